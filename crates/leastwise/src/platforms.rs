//! The list of platforms. A new one is one crate and one line here.

use leastwise_model::Platform;

/// Every platform that this program reads, in the order in which content is offered to them.
pub static PLATFORMS: &[&'static dyn Platform] = &[
    &leastwise_aws::Aws,
    &leastwise_kubernetes::Kubernetes,
    &leastwise_vault::Vault,
    &leastwise_postgresql::PostgreSql,
    &leastwise_github::GitHub,
];
