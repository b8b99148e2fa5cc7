//! Vault and OpenBao policies compiled into permission sets.
mod hcl;
mod lower;
mod operation;
mod path;
mod policy;
mod product;
mod template;
mod words;
pub mod concrete;
pub use operation::{Operation, Operations};
pub use policy::{Constraints, Given, Policy, PolicyFault, Rule};
pub use product::Product;
mod protected;

use jiff::Timestamp;
use leastwise_permset::{Label, PermissionSet};

/// The requests that a token under all of `policies` may make on a server without further mounts, templates left open; each
/// rule under a label that numbers it over all policies. `now`: what ended before is over.
#[must_use]
pub fn allows(policies: &[Policy], product: Product, now: Option<Timestamp>) -> PermissionSet {
    let protected = protected::paths(product, protected::BUILT_IN);
    let held: Vec<lower::Held<'_>> = policies
        .iter()
        .flat_map(|policy| &policy.rules)
        .zip(0..)
        .map(|(rule, number)| lower::Held {
            rule,
            namespace: "",
            label: Label(number),
            until: None,
        })
        .collect();
    let world = lower::World {
        product,
        now,
        protected: &protected,
    };
    lower::lower(&held, &world, &|_| path::Value::Open).map_or_else(|_| PermissionSet::empty(), |lowered| lowered.set)
}
