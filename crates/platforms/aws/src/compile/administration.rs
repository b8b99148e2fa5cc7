//! Who administers an organization and its IAM Identity Center.
//!
//! The management account does, and for single services the accounts to which that is delegated; nobody else can, whatever
//! its policies allow. Sources: AWS Organizations User Guide, "Delegated administrator for AWS services that work with
//! Organizations"; IAM Identity Center User Guide, "Delegated administration".

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::Text;

use crate::identity_center::IdentityCenter;
use crate::organization::{Delegates, Organization};

/// The service whose administration may be delegated here.
pub const CENTER: &str = "sso.amazonaws.com";

/// Whether an account administers IAM Identity Center.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Administers {
    /// It is the management account.
    All,
    /// It does for the management account, but nothing that reaches into that.
    Delegated,
    /// It does not.
    Not,
    /// No export tells.
    Untold,
}

/// What is known of who administers.
#[derive(Debug)]
pub struct Administration {
    /// The management account, where one is known.
    management: Option<Text>,
    members: BTreeSet<Text>,
    delegates: Delegates,
    /// ARNs of permission sets by name.
    sets: BTreeMap<Text, Text>,
}

impl Administration {
    /// What exports of an organization and of its IAM Identity Center tell.
    pub fn of(organization: &Organization, center: &IdentityCenter) -> Self {
        let owner = center.owner();
        let management = organization.management().or(owner);
        // Of two organizations nobody knows whose the rest is.
        let one = owner.is_none_or(|owner| Some(owner) == management);
        let mut members = organization
            .members()
            .map(|(_, members)| members)
            .unwrap_or_default();
        members.extend(center.assignments.keys().map(|(_, account)| account.clone()));
        members.extend(center.sets.values().flat_map(|set| set.accounts.iter().cloned()));
        let named = center
            .sets
            .iter()
            .filter_map(|(arn, set)| Some((set.name.clone()?, arn.clone())));
        Self {
            management: management.filter(|_| one).cloned(),
            members,
            delegates: organization.delegates(CENTER),
            sets: named.collect(),
        }
    }

    /// Whether an account administers IAM Identity Center.
    pub fn by(&self, account: &str) -> Administers {
        match &self.management {
            None => Administers::Untold,
            Some(management) if **management == *account => Administers::All,
            Some(_) if self.delegates.these.contains(account) => Administers::Delegated,
            Some(_) if self.delegates.all && self.members.contains(account) => Administers::Not,
            Some(_) => Administers::Untold,
        }
    }

    /// The management account, where one is known.
    pub fn management(&self) -> Option<&Text> {
        self.management.as_ref()
    }

    /// Whether an account is known to be in the organization.
    pub fn has(&self, account: &str) -> bool {
        self.members.contains(account) || self.management.as_deref() == Some(account)
    }

    /// The ARNs of permission sets whose names are known.
    pub fn sets(&self) -> impl Iterator<Item = &Text> {
        self.sets.values()
    }

    /// The ARN of a permission set by its name.
    pub fn set(&self, name: &str) -> Option<&Text> {
        self.sets.get(name)
    }
}
