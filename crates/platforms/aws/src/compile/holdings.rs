//! What each identity holds: its policies, those of its groups, its boundary.

mod dangling;
mod layers;
mod policies;

use std::collections::BTreeMap;
use std::sync::Arc;

use leastwise_model::{Assumption, Facts, IdentityIndex, Side, Text};
use leastwise_permset::{Label, PermissionSet};

use super::accounts::Reach;
use super::resources::Spoken;
use super::rules::Rules;
use super::trusts::Admitted;
use super::units::UnitIndex;
pub use layers::root_layers;
pub use policies::{Membership, Policies};

/// The layers that no export holds, whatever else there is; `exported` says whether policies of some resources are known.
pub fn assumptions(exported: bool) -> Vec<Assumption> {
    let layer = if exported {
        "policies of resources other than those exported; grants, access lists and shares of resources; policies of sessions \
         and of VPC endpoints; who owns another resource whose name carries no account"
    } else {
        "policies, grants, access lists and shares of resources; policies of sessions and of VPC endpoints; who owns a \
         resource whose name carries no account"
    };
    vec![Assumption {
        layer: layer.into(),
        settle: "aws s3api get-bucket-policy, aws kms get-key-policy, and the like for each service".into(),
        side: Side::Both,
    }]
}

/// Stands for the boundary among documents that refuse something.
pub const BOUNDARY: UnitIndex = UnitIndex(u32::MAX);

/// Stands for the policies of the organization among documents that refuse something.
pub const CONTROLS: UnitIndex = UnitIndex(u32::MAX - 1);

/// Stands for the policies of resources among documents that refuse something.
pub const RESOURCES: UnitIndex = UnitIndex(u32::MAX - 2);

/// The layer of what an identity's boundary lets through.
pub const BOUNDARY_LAYER: &str = "permissions boundary";

/// The layer of what an identity's own policies grant by themselves.
pub const IDENTITY_POLICIES: &str = "identity policies";

/// The layer of what the policies of a session let through.
pub const SESSION_POLICY: &str = "session policy";

/// The layer of what they refuse.
pub const SESSION_DENIES: &str = "session policy denies";

/// The layer of what policies on resources and trust policies of roles grant, whatever an identity's own policies say.
pub const TRUST_POLICIES: &str = "resource policies and trust policies";

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
    /// What policies on resources say.
    pub spoken: &'a Spoken,
    /// What an account's policies can reach.
    pub reach: &'a BTreeMap<Text, Reach>,
    /// Whether it is a role.
    pub role: bool,
    /// The unique id of a role.
    pub unique: Option<&'a str>,
    /// How disputed rules are read.
    pub rules: Rules,
}

/// A shared list of one.
pub fn alone(index: IdentityIndex) -> Arc<[IdentityIndex]> {
    Arc::from([index])
}
