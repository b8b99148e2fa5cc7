//! Generators of synthetic estates, and the benchmarks that use them.
//!
//! Every generator is deterministic (same arguments, same bytes on every machine), streams its output, and writes the native format
//! that the platform's own client writes. Nothing here is measured against or read by the product itself.
//!
//! ```
//! use leastwise_bench::{AwsAccount, aws_account};
//!
//! let mut export = Vec::new();
//! let size = aws_account(&AwsAccount { roles: 10, ..AwsAccount::default() }, &mut export)?;
//! assert_eq!(size.identities, 10 + AwsAccount::default().users);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! - [`aws_account`], [`aws_estate`]: account authorization details of one account, of many;
//! - [`kubernetes_cluster`]: a cluster's export as one list;
//! - [`vault_server`]: an export of a Vault or OpenBao server;
//! - [`postgresql_server`]: an export of a PostgreSQL server;
//! - [`cloud_trail`], [`kubernetes_audit`]: audit logs, with the truth about them;
//! - [`demo_trail`], [`demo_audit`]: the logs of the demo estate;
//! - [`planted_roles`]: who needs which permission, with roles hidden in it;
//! - [`repository`]: roles as code and manifests, before and after a change;
//! - [`policy_pairs`]: pairs of AWS policy documents to compare;
//! - [`calibration`]: how fast this machine is today, to be printed beside every figure.

mod assignments;
mod aws;
mod aws_policy;
mod calibration;
mod demo_logs;
mod json;
mod kubernetes;
mod logs;
mod pairs;
mod postgresql;
mod random;
mod repository;
mod vault;

pub use assignments::{PlantedRoles, planted_roles};
pub use aws::{AwsAccount, AwsEstate, Grants, aws_account, aws_estate};
pub use calibration::calibration;
pub use demo_logs::{demo_audit, demo_trail};
pub use kubernetes::{Cluster, kubernetes_cluster};
pub use logs::{AuditLogs, Truth, Truths, cloud_trail, kubernetes_audit};
pub use pairs::policy_pairs;
pub use postgresql::{PostgreSqlServer, postgresql_server};
pub use random::Random;
pub use repository::{Repository, repository};
pub use vault::{VaultServer, vault_server};

/// How much a generator has written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Identities: AWS roles and users, Kubernetes service accounts, entities and roles of Vault, roles of PostgreSQL.
    pub identities: usize,
    /// Grants made directly to identities: AWS attachments and inline statements, or Kubernetes bindings.
    pub grants: usize,
    /// Objects in the export: policies, roles, users and groups, or items of the list.
    pub objects: usize,
}

impl Size {
    fn add(&mut self, other: Self) {
        self.identities += other.identities;
        self.grants += other.grants;
        self.objects += other.objects;
    }
}
