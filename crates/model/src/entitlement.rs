//! What was granted as a unit, who is admitted, and references that lead nowhere.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use leastwise_permset::{Label, PermissionSet};

use crate::Text;
use crate::identity::IdentityIndex;
use crate::snapshot::InstanceIndex;
use crate::step::Location;

/// One statement of an entitlement.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Statement {
    /// Its step.
    #[serde(with = "crate::format::label")]
    pub label: Label,
    /// Whether it takes away instead of giving.
    pub denies: bool,
    /// Its requests, before any other statement is weighed.
    #[serde(skip)]
    pub set: PermissionSet,
}

/// The unit a platform lets one grant: a policy, a role with rules.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entitlement {
    /// The platform's word for it.
    pub kind: Text,
    /// Its canonical name.
    pub name: Text,
    /// Where it lives.
    pub instance: InstanceIndex,
    /// Its statements, in order.
    pub statements: Vec<Statement>,
    /// Who holds it, sorted, without those that hold it only as a bound.
    pub holders: Arc<[IdentityIndex]>,
    /// Whether the platform's owner made it.
    pub provided: bool,
    /// Where it is declared.
    pub location: Option<Location>,
}

/// Whom a trust admits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Admits {
    /// Whoever asks.
    Anyone,
    /// Whatever identities of another instance that instance itself lets through.
    Instance {
        /// How it is named, such as an account id.
        name: Text,
        /// Whether the estate holds it or its settings name it.
        known: bool,
    },
    /// One named identity.
    Identity {
        /// Its name.
        name: Text,
        /// Whether it exists in the estate; `None` where its home was not exported.
        exists: Option<bool>,
    },
    /// A service run by the platform's owner.
    Service(Text),
    /// Holders of tokens of an issuer.
    Issuer {
        /// The issuer.
        issuer: Text,
        /// The subjects whose tokens it admits, with `*` and `?`; none where it does not ask for any, so that every
        /// token of the issuer will do.
        subjects: Vec<Text>,
        /// What it demands of the token, readable.
        demands: Text,
    },
}

/// A statement on who may become whom, as it is written; whether anybody really can is for opportunities.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trust {
    /// Whom one may become.
    pub target: IdentityIndex,
    /// Whom it admits.
    pub admits: Admits,
    /// Readable demands on the request (an external id, multi-factor authentication, a network); empty if none.
    pub demands: Vec<Text>,
    /// Its statement.
    #[serde(with = "crate::format::label")]
    pub step: Label,
}

/// Which end of a reference is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DanglingKind {
    /// The role or policy that is granted does not exist: whoever creates it decides what is granted.
    Entitlement,
    /// The identity to which it is granted does not exist: whoever creates it holds the grant.
    Subject,
}

/// A grant of which one end is missing, armed for whoever creates that end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Dangling {
    /// Which end.
    pub kind: DanglingKind,
    /// Where.
    pub instance: InstanceIndex,
    /// The name of the missing end.
    pub missing: Text,
    /// Who would gain, where that end exists.
    pub subjects: Vec<IdentityIndex>,
    /// What would be gained, where that end exists.
    #[serde(with = "crate::format::presence")]
    pub gives: Option<PermissionSet>,
    /// The request that creates the missing end: action and resource.
    pub armed_by: Option<(Text, Text)>,
    /// The grant.
    #[serde(with = "crate::format::label")]
    pub step: Label,
    /// Whether the export is known to be complete, so that "missing" means "does not exist".
    pub complete: bool,
}
