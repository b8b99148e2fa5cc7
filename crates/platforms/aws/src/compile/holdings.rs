//! What each identity holds: its policies, those of its groups, its boundary.

mod dangling;
mod layers;
mod policies;

use std::collections::BTreeMap;
use std::sync::Arc;

use leastwise_model::{Assumption, Facts, IdentityIndex, Side, Text};
use leastwise_permset::{Label, PermissionSet};

use super::accounts::Reach;
use super::trusts::Admitted;
use super::units::UnitIndex;
pub use layers::root_layers;
pub use policies::Policies;

/// The layers that account authorization details do not hold.
pub fn assumptions() -> Vec<Assumption> {
    use std::sync::OnceLock;
    static LAYERS: OnceLock<Vec<Assumption>> = OnceLock::new();
    LAYERS
        .get_or_init(|| {
            vec![
                Assumption {
                    layer: "organization policies (service and resource control policies)".into(),
                    settle: "aws organizations list-policies --filter SERVICE_CONTROL_POLICY, and RESOURCE_CONTROL_POLICY"
                        .into(),
                    side: Side::Removes,
                },
                Assumption {
                    layer: "policies on resources, of sessions and of VPC endpoints; who owns a resource whose name carries no account"
                        .into(),
                    settle: "aws s3api get-bucket-policy, aws kms get-key-policy, and the like for each service".into(),
                    side: Side::Both,
                },
            ]
        })
        .clone()
}

/// Stands for the boundary among documents that refuse something.
pub const BOUNDARY: UnitIndex = UnitIndex(u32::MAX);

/// The layer of what trust policies grant, whatever an identity's own policies say.
pub const TRUST_POLICIES: &str = "trust policies";

/// One document that an identity holds, and by which steps.
#[derive(Clone, Debug)]
pub struct Held {
    /// The document.
    pub unit: UnitIndex,
    /// Steps from the identity to the document, outermost first.
    pub steps: [Option<Label>; 2],
}

/// What keeps a grant to an identity from taking full effect.
#[derive(Clone, Debug, Default)]
pub struct Restraint {
    /// What its boundary lets through.
    pub bound: Option<PermissionSet>,
    /// Refusals, by the document that holds them.
    pub denies: Vec<(UnitIndex, PermissionSet)>,
}

/// An identity, as far as its layers need it.
pub struct Holder<'a> {
    /// In the snapshot.
    pub index: IdentityIndex,
    /// Its account.
    pub account: &'a Text,
    /// What follows from who it is.
    pub facts: &'a Facts,
    /// What trust policies let through.
    pub admitted: &'a Admitted,
    /// What an account's policies can reach.
    pub reach: &'a BTreeMap<Text, Reach>,
    /// Whether it is a role.
    pub role: bool,
    /// The unique id of a role.
    pub unique: Option<&'a str>,
}

/// A shared list of one.
pub fn alone(index: IdentityIndex) -> Arc<[IdentityIndex]> {
    Arc::from([index])
}
