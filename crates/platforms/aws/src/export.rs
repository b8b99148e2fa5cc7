//! Account authorization details, as `aws iam get-account-authorization-details` gives them, kept typed.
//!
//! Pages, files and accounts may come in any mix: an item says itself what it is and, by its ARN, whose. Documents are
//! maps or texts. Source: IAM API Reference, "GetAccountAuthorizationDetails".

mod take;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use leastwise_document::Node;
use leastwise_model::{Assumption, FileIndex, LastUse, Remark, Text};
use rustc_hash::FxHashSet;

use crate::policy::{Document, Place};
use crate::running::Running;
use crate::sessions::Session;

/// A place in a file of the estate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The file.
    pub file: FileIndex,
    /// Where in it.
    pub place: Place,
}

/// A policy that belongs to one user, group or role.
#[derive(Clone, Debug)]
pub struct Inline {
    /// Its name.
    pub name: Text,
    /// What it says.
    pub document: Document,
}

/// A managed policy that a user, group or role refers to.
#[derive(Clone, Debug)]
pub struct Attached {
    /// The policy.
    pub arn: Text,
    /// Where the reference stands.
    pub place: Place,
}

/// What users, groups and roles have in common.
#[derive(Clone, Debug)]
pub struct Entity {
    /// Canonical id.
    pub arn: Text,
    /// Name without path.
    pub name: Text,
    /// The unique id, never used again.
    pub unique: Option<Text>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Its own policies.
    pub inline: Vec<Inline>,
    /// Managed policies.
    pub attached: Vec<Attached>,
    /// Where it stands.
    pub spot: Spot,
}

/// What users and roles have in common beyond.
#[derive(Clone, Debug, Default)]
pub struct Actor {
    /// The policy that bounds it.
    pub boundary: Option<Attached>,
    /// Its tags; `None` where the export does not say.
    pub tags: Option<BTreeMap<Text, Text>>,
}

/// A user.
#[derive(Clone, Debug)]
pub struct User {
    /// What it is.
    pub entity: Entity,
    /// Boundary and tags.
    pub actor: Actor,
    /// The groups it is a member of, by name, and where that stands.
    pub groups: Vec<(Text, Place)>,
}

/// A group.
#[derive(Clone, Debug)]
pub struct Group {
    /// What it is.
    pub entity: Entity,
}

/// A role.
#[derive(Clone, Debug)]
pub struct Role {
    /// What it is.
    pub entity: Entity,
    /// Boundary and tags.
    pub actor: Actor,
    /// Who may take it on.
    pub trust: Option<Document>,
    /// Its instance profiles, by name.
    pub profiles: Vec<Text>,
    /// When it was last used.
    pub last_use: LastUse,
    /// What somebody wrote about it.
    pub description: Text,
}

/// One version of a managed policy.
#[derive(Clone, Debug)]
pub struct Version {
    /// Such as `v3`.
    pub id: Text,
    /// Whether it is the one that counts.
    pub default: bool,
    /// What it says; `None` where the export does not.
    pub document: Option<Document>,
}

/// A managed policy.
#[derive(Clone, Debug)]
pub struct Managed {
    /// Canonical name.
    pub arn: Text,
    /// Its versions, in the order of the export.
    pub versions: Vec<Version>,
    /// Where it stands.
    pub spot: Spot,
}

/// Whether the pages of an account's export are all there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pages {
    /// A page says that another follows.
    pub more: bool,
    /// A page is the last, or the only one.
    pub last: bool,
}

/// All that was taken.
#[derive(Debug, Default)]
pub struct Export {
    /// Users.
    pub users: Vec<User>,
    /// Groups.
    pub groups: Vec<Group>,
    /// Roles.
    pub roles: Vec<Role>,
    /// Managed policies.
    pub policies: Vec<Managed>,
    /// What to tell about the input.
    pub remarks: Vec<Remark>,
    /// Pages by account.
    pub pages: BTreeMap<Text, Pages>,
    /// What answers rest on, by the ARN of an identity or by the account that it is in.
    pub assumptions: BTreeMap<Text, Vec<Assumption>>,
    /// What runs as roles.
    pub running: Running,
    /// Sessions with policies of their own.
    pub sessions: Vec<Session>,
    names: FxHashSet<Text>,
}

impl Export {
    /// Text that many objects share.
    pub(crate) fn intern(&mut self, text: &str) -> Text {
        if let Some(known) = self.names.get(text) {
            return known.clone();
        }
        let text: Text = text.into();
        self.names.insert(text.clone());
        text
    }
}

/// A moment as AWS writes it: ISO 8601, or seconds since 1970.
#[must_use]
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    let instant = leastwise_permset::Instant::parse(text)?;
    Timestamp::from_microsecond(instant.0).ok()
}

fn moment_of(node: &Node, key: &str) -> Option<Timestamp> {
    node.get(key).and_then(Node::scalar).and_then(moment)
}
