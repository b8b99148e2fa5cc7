//! Whom trust policies admit, and what that lets the identities of each account reach.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{IdentityIndex, Snapshot, Step, Text};
use leastwise_permset::{Pattern, PermissionSet, Region, Strings};

use super::{People, Subject, account_text, is_protected, sessions};
use crate::compile::accounts::{Reach, assume};
use crate::compile::resources::{self, Readers, Spoken};
use crate::compile::strangers;
use crate::compile::trusts::{self, Admitted, Around, Reading, Trusting};
use crate::keys::Keys;
use crate::organization::Organization;
use crate::resources::Resources;

impl People<'_> {
    pub(super) fn trusts(
        &mut self,
        refused: &BTreeMap<Text, PermissionSet>,
        keys: &mut Keys,
        snapshot: &mut Snapshot,
    ) -> (Vec<Reading>, Admitted) {
        let bounded = self.bounded();
        let mut admitted = Admitted::default();
        let mut readings = Vec::with_capacity(self.subjects.len());
        let mut subjects = std::mem::take(&mut self.subjects);
        let around = Around {
            accounts: &self.accounts,
            identities: &self.identities,
            roles: &self.roles,
            everybody: &self.everybody,
            bounded: &bounded,
            settings: self.settings,
            refused,
        };
        for subject in &mut subjects {
            let Subject::Role(role) = subject else {
                readings.push(Reading::default());
                continue;
            };
            let document = role.trust.take();
            let elsewhere = document.as_ref().and_then(|document| document.file);
            let account = account_text(&role.entity.arn);
            let trusting = Trusting {
                index: self
                    .identities
                    .get(&role.entity.arn)
                    .copied()
                    .unwrap_or(IdentityIndex(u32::MAX)),
                arn: &role.entity.arn,
                name: &role.entity.name,
                account: &account,
                file: elsewhere.unwrap_or(role.entity.spot.file),
                provided: is_protected(&role.entity.arn),
                profile: !role.profiles.is_empty(),
            };
            readings.push(trusts::read(
                &trusting,
                document,
                &around,
                keys,
                snapshot,
                &mut admitted,
            ));
        }
        sessions::admit(&subjects, &self.identities, &mut readings);
        self.subjects = subjects;
        (readings, admitted)
    }

    /// Whether a trust policy, or the policy of a resource, may admit whoever is outside of the estate.
    pub(super) fn admits_strangers(&self, resources: &Resources) -> bool {
        let trusts = |subject: &Subject| match subject {
            Subject::Role(role) => role.trust.as_ref().is_none_or(strangers::may_admit),
            Subject::User(_) | Subject::Root(_) | Subject::Session(_) => false,
        };
        self.subjects.iter().any(trusts) || strangers::may_be_admitted(resources)
    }

    /// Says of which accounts policies of resources are told; what was declared as code tells all that it manages.
    pub(super) fn tell_of_resources(&self, resources: &Resources, snapshot: &mut Snapshot) {
        let owners = resources.policies.values().filter_map(|one| one.owner.as_ref());
        let told: BTreeSet<&Text> = owners.chain(self.assumptions.keys()).collect();
        let instances = self.accounts.iter().filter(|(id, _)| told.contains(id));
        let mut instances: Vec<_> = instances.map(|(_, account)| account.instance).collect();
        instances.sort();
        snapshot.told.resources.extend(instances);
    }

    /// Accounts and organizations that are known or named.
    pub(super) fn known(&self, organization: &Organization, resources: &Resources) -> strangers::Known {
        let told = self.settings.accounts.iter().map(|account| account.id.clone());
        let partners = self
            .settings
            .partners
            .iter()
            .map(|partner| partner.account.clone());
        let mut known = strangers::Known {
            accounts: self
                .accounts
                .keys()
                .cloned()
                .chain(told)
                .chain(partners)
                .collect(),
            ..strangers::Known::default()
        };
        let trusts = self.subjects.iter().filter_map(|subject| match subject {
            Subject::Role(role) => role.trust.as_ref(),
            Subject::User(_) | Subject::Root(_) | Subject::Session(_) => None,
        });
        let documents = trusts
            .chain(resources.documents())
            .chain(organization.documents());
        documents.for_each(|document| known.named_in(document));
        if let Some((id, accounts)) = organization.members() {
            known.accounts.extend(accounts);
            known.organizations.insert(id);
        }
        known
    }

    /// The identities that have a boundary, by id.
    pub(super) fn bounded(&self) -> Strings {
        let bounded = self.subjects.iter().filter_map(|subject| match subject {
            Subject::User(user) => user.actor.boundary.as_ref().map(|_| &user.entity.arn),
            Subject::Role(role) => role.actor.boundary.as_ref().map(|_| &role.entity.arn),
            Subject::Root(_) | Subject::Session(_) => None,
        });
        Strings::any_of(bounded.map(|arn| Pattern::literal(arn)))
    }

    /// What policies on resources say.
    pub(super) fn spoken(&self, resources: Resources, keys: &mut Keys, snapshot: &mut Snapshot) -> Spoken {
        let around = Readers {
            accounts: &self.accounts,
            identities: &self.identities,
            roles: &self.roles,
            bounded: &self.bounded(),
        };
        resources::read(resources, &around, keys, snapshot)
    }

    /// What the other side of requests lets identities of each account do.
    pub(super) fn reach(
        &self,
        admitted: &Admitted,
        spoken: &Spoken,
        snapshot: &mut Snapshot,
    ) -> BTreeMap<Text, Reach> {
        let mut reach = BTreeMap::new();
        for id in self.accounts.keys() {
            let mut sets: Vec<PermissionSet> = Vec::new();
            if let Some(roles) = admitted.whole.get(id) {
                // One step for all: each role's own trust policy stands in the ways of becoming it.
                let label = snapshot.add_step(Step {
                    kind: "trust policies".into(),
                    name: format!("roles that trust account {id}").into(),
                    statement: format!("{{\"Principal\":{{\"AWS\":\"{id}\"}}}}").into(),
                    location: None,
                    provided: false,
                });
                let roles = Strings::any_of(roles.iter().map(|arn| Pattern::literal(arn)));
                sets.push(PermissionSet::from(Region::new(assume(), roles)).labelled(label));
            }
            sets.extend(admitted.accounts.get(id).into_iter().flatten().cloned());
            sets.extend(admitted.anyone.iter().cloned());
            reach.insert(
                id.clone(),
                Reach::new(id, PermissionSet::union_of(sets), spoken, self.settings),
            );
        }
        reach
    }
}
