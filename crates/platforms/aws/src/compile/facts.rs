//! Context keys whose values follow from who asks.
//!
//! Only what is certain: a session of a role can carry tags beyond the role's own wherever its trust policy lets somebody
//! pass them, and a user can ask with temporary credentials, so neither multi-factor authentication nor the age of a token
//! follows from the identity. Source: IAM User Guide, "AWS global condition context keys".

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use leastwise_model::{Facts, Text};
use leastwise_permset::{Context, Key};

use crate::catalogue::{Catalogue, PrincipalKind};
use crate::keys::{Keys, canonical};

/// The keys that policies of the estate mention, as far as an identity can decide them.
pub struct Mentioned {
    /// `aws:PrincipalTag/…`
    principal_tags: Vec<Key>,
    /// Keys that not everybody's requests carry, with those whose do.
    carried: Vec<(Key, Vec<PrincipalKind>)>,
}

/// Where an account stands in its organization.
pub struct InOrganization {
    /// `aws:PrincipalOrgID`
    pub id: Text,
    /// `aws:PrincipalOrgPaths`
    pub path: Option<String>,
}

/// Who asks.
pub struct Who<'a> {
    /// Canonical id.
    pub arn: &'a str,
    /// The account.
    pub account: &'a str,
    /// What sort of principal.
    pub kind: PrincipalKind,
    /// `aws:username`
    pub name: Option<&'a str>,
    /// `aws:userid`, where it does not depend on the session.
    pub userid: Option<&'a str>,
    /// Where its account stands in its organization, where that is known.
    pub place: Option<&'a InOrganization>,
    /// Tags, where they are certain.
    pub tags: Option<&'a BTreeMap<Text, Text>>,
}

/// The keys that every identity carries: one text of each for all of them.
struct Own {
    arn: Key,
    account: Key,
    caller_account: Key,
    kind: Key,
    is_service: Key,
    organization: Key,
    organization_paths: Key,
    name: Key,
    userid: Key,
}

static OWN: LazyLock<Own> = LazyLock::new(|| Own {
    arn: Key::single("aws:PrincipalArn"),
    account: Key::single("aws:PrincipalAccount"),
    caller_account: Key::single("kms:CallerAccount"),
    kind: Key::single("aws:PrincipalType"),
    is_service: Key::single("aws:PrincipalIsAWSService"),
    organization: Key::single("aws:PrincipalOrgID"),
    organization_paths: canonical("aws:PrincipalOrgPaths"),
    name: Key::single("aws:username"),
    userid: Key::single("aws:userid"),
});

const PRINCIPAL_TAG: &str = "aws:PrincipalTag/";

impl Mentioned {
    /// Sorts the keys that were met.
    pub fn of(keys: &Keys) -> Self {
        let mut found = Self {
            principal_tags: Vec::new(),
            carried: Vec::new(),
        };
        for key in keys.met() {
            if key.as_str().starts_with(PRINCIPAL_TAG) {
                found.principal_tags.push(key.clone());
            }
            if let Some(rule) = Catalogue::embedded().key_rule(key.as_str()) {
                found.carried.push((key, rule.carried_by.clone()));
            }
        }
        found
    }

    /// Keys that only AWS services carry, whoever asks.
    pub fn of_services_only(&self) -> BTreeSet<Key> {
        let only = |kinds: &[PrincipalKind]| kinds.iter().all(|kind| *kind == PrincipalKind::Service);
        let carried = self.carried.iter().filter(|(_, kinds)| only(kinds));
        carried.map(|(key, _)| key.clone()).collect()
    }

    /// What follows for one identity.
    pub fn facts(&self, who: &Who<'_>) -> Facts {
        let kind = match who.kind {
            PrincipalKind::User => "User",
            PrincipalKind::Role => "AssumedRole",
            _ => "Account",
        };
        let own = &*OWN;
        let mut known = Context::new()
            .with(own.arn.clone(), [who.arn])
            .with(own.account.clone(), [who.account])
            .with(own.caller_account.clone(), [who.account])
            .with(own.kind.clone(), [kind])
            .with(own.is_service.clone(), ["false"]);
        if let Some(place) = who.place {
            known = known.with(own.organization.clone(), [&*place.id]);
            if let Some(path) = &place.path {
                known = known.with(own.organization_paths.clone(), [path.as_str()]);
            }
        }
        if let Some(name) = who.name {
            known = known.with(own.name.clone(), [name]);
        }
        if let Some(userid) = who.userid {
            known = known.with(own.userid.clone(), [userid]);
        }
        let mut absent: BTreeSet<Key> = self
            .carried
            .iter()
            .filter(|(_, kinds)| !kinds.contains(&who.kind))
            .map(|(key, _)| key.clone())
            .collect();
        if let Some(tags) = who.tags {
            for (name, value) in tags {
                known = known.with(canonical_tag(name), [&**value]);
            }
            absent.extend(
                self.principal_tags
                    .iter()
                    .filter(|key| known.get(key).is_none())
                    .cloned(),
            );
        }
        Facts { known, absent }
    }
}

/// The key of a principal's tag.
fn canonical_tag(name: &str) -> Key {
    Key::single(&format!("{PRINCIPAL_TAG}{}", name.to_ascii_lowercase()))
}
