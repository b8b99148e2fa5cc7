//! Policies on resources: whom they let in, and whom they refuse.
//!
//! Within the owner's account a policy that names an identity suffices; a boundary holds back what it grants to a role, and
//! not what it grants to a user, to one session, or to everybody. One that names the account leaves it to the policies of
//! identities; for a key nothing else does. From other accounts both sides must allow. A refusal refuses whomever it names.
//!
//! Sources: IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic", "Permissions boundaries for
//! IAM entities", "AWS JSON policy elements: Principal"; AWS KMS Developer Guide, "Key policies in AWS KMS"; Amazon S3 User
//! Guide, "Blocking public access to your Amazon S3 storage".
//!
//! **Growth of cost.** Linear in statements and the principals that they name; what everybody may is shared.

mod endpoints;
mod grants;
mod owner_only;
mod public;
mod read;
mod refusals;
mod share;
mod whom;

use std::collections::BTreeMap;

use leastwise_model::{IdentityIndex, Text};
use leastwise_permset::{Pattern, PermissionSet};
use rustc_hash::FxHashMap;

use super::strangers::NOWHERE;

pub use read::{Readers, read, scope};
use refusals::Refusals;
pub use share::Share;

/// What policies on resources say, by whom they name.
#[derive(Default)]
pub struct Spoken {
    told: bool,
    /// By owner: what everybody in its account may.
    open: BTreeMap<Text, Vec<PermissionSet>>,
    /// What everybody elsewhere may whose own policies allow it.
    anyone: Vec<PermissionSet>,
    /// What of it is granted to whoever it may be, and not to somebody who is not known.
    strangers: Vec<PermissionSet>,
    /// By account: what its identities may whose own policies allow it.
    accounts: BTreeMap<Text, Vec<PermissionSet>>,
    /// By identity of the owner's account: what it may by its name.
    here: FxHashMap<IdentityIndex, Vec<PermissionSet>>,
    /// By role of the owner's account: what one of its sessions may.
    sessions: FxHashMap<IdentityIndex, Vec<PermissionSet>>,
    /// By identity of another account.
    elsewhere: FxHashMap<IdentityIndex, Vec<PermissionSet>>,
    /// What they refuse.
    refusals: Refusals,
    /// By owner: keys whose policies are known, and what these leave to the policies of identities.
    keys: BTreeMap<Text, Vec<Pattern>>,
    delegated: BTreeMap<Text, Vec<PermissionSet>>,
    /// Names of buckets by owner.
    buckets: BTreeMap<Text, Vec<Pattern>>,
}

impl Spoken {
    /// What the policies grant to one identity of the owner's account by its name.
    pub fn here(&self, index: IdentityIndex) -> PermissionSet {
        list(self.here.get(&index))
    }

    /// What they grant to single sessions of a role.
    pub fn sessions(&self, index: IdentityIndex) -> PermissionSet {
        list(self.sessions.get(&index))
    }

    /// What they grant to one identity of another account, if its own policies do as well.
    pub fn elsewhere(&self, index: IdentityIndex) -> PermissionSet {
        list(self.elsewhere.get(&index))
    }

    /// What they grant to strangers, and what they refuse to them.
    pub fn to_strangers(&self) -> (PermissionSet, PermissionSet) {
        let refused = self.refusals.to_account(NOWHERE);
        (PermissionSet::union_of(self.strangers.iter().cloned()), refused)
    }

    /// What they refuse to one identity of what its policies allow and of what they grant.
    pub fn refused(&self, account: &str, index: IdentityIndex, allows: &PermissionSet) -> PermissionSet {
        self.refusals.to_identity(account, index, allows)
    }

    /// What they refuse to one identity by its name.
    pub fn refused_by_name(&self, index: IdentityIndex) -> PermissionSet {
        self.refusals.by_name(index)
    }

    /// Whether anything was exported.
    pub fn is_told(&self) -> bool {
        self.told
    }

    /// Names of buckets by the account that owns them.
    pub fn buckets(&self) -> &BTreeMap<Text, Vec<Pattern>> {
        &self.buckets
    }

    /// Patterns of buckets that are known to be of other accounts than this one.
    pub fn buckets_of_others(&self, account: &str) -> impl Iterator<Item = &Pattern> {
        let account: Box<str> = account.into();
        let others = self.buckets.iter().filter(move |(owner, _)| ***owner != *account);
        others.flat_map(|(_, patterns)| patterns)
    }
}

fn list(sets: Option<&Vec<PermissionSet>>) -> PermissionSet {
    PermissionSet::union_of(sets.into_iter().flatten().cloned())
}
