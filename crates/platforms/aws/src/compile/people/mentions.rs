//! What documents mention, and what the export tells of users and roles as resources, before anything is lowered.

use std::collections::BTreeMap;

use leastwise_model::Text;

use super::{People, Subject};
use crate::compile::facts::InOrganization;
use crate::compile::resources::scope;
use crate::compile::trusts;
use crate::keys::Keys;
use crate::organization::Organization;
use crate::policy::{Document, Piece, Variables, pieces};
use crate::resources::Resources;
use crate::told::{Entity, Told};

impl People<'_> {
    /// What the export tells of users and roles as resources.
    pub(super) fn told(&self, organization: &Organization, resources: &Resources) -> Told {
        let mut told = Told::default();
        for (arn, owner) in resources.owned() {
            told.own(owner, scope(arn).patterns().iter().cloned());
        }
        if let Some((id, accounts)) = organization.members() {
            told.join(id, accounts);
        }
        for subject in &self.subjects {
            let (entity, actor) = match subject {
                Subject::User(user) => (&user.entity, &user.actor),
                Subject::Role(role) => (&role.entity, &role.actor),
                Subject::Root(_) | Subject::Session(_) => continue,
            };
            let lower = |tags: &BTreeMap<Text, Text>| {
                let tags = tags.iter();
                tags.map(|(name, value)| (name.to_ascii_lowercase().into(), value.clone()))
                    .collect()
            };
            let boundary = actor.boundary.as_ref().map(|boundary| boundary.arn.clone());
            // Where two exports differ the name is none that a policy can have.
            let known = boundary.as_ref().is_none_or(|arn| !arn.contains(' '));
            told.add(
                entity.arn.clone(),
                Entity {
                    tags: actor.tags.as_ref().map(lower),
                    boundary: known.then_some(boundary),
                },
            );
        }
        told
    }

    /// Meets every key that a document mentions.
    pub(super) fn meet(&self, keys: &mut Keys) {
        for group in &self.groups {
            group
                .entity
                .inline
                .iter()
                .for_each(|inline| meet(&inline.document, keys));
        }
        for policy in self.managed.values() {
            policy
                .versions
                .iter()
                .filter_map(|version| version.document.as_ref())
                .for_each(|one| meet(one, keys));
        }
        for subject in &self.subjects {
            let entity = match subject {
                Subject::User(user) => &user.entity,
                Subject::Role(role) => {
                    role.trust.iter().for_each(|trust| meet(trust, keys));
                    &role.entity
                }
                Subject::Session(session) => {
                    session.inline.iter().for_each(|policy| meet(policy, keys));
                    continue;
                }
                Subject::Root(_) => continue,
            };
            entity
                .inline
                .iter()
                .for_each(|inline| meet(&inline.document, keys));
        }
    }

    /// Where each account stands in its organization, as far as that is known.
    pub(super) fn places(&self, organization: &Organization) -> BTreeMap<Text, InOrganization> {
        let place = |account: &Text| {
            Some(InOrganization {
                id: organization.id_of(account)?.clone(),
                path: organization.path_of(account),
            })
        };
        let accounts = self.accounts.keys();
        accounts
            .filter_map(|account| Some((account.clone(), place(account)?)))
            .collect()
    }

    /// For each identity, whether its own tags are all the tags its requests can carry.
    pub(super) fn tags_certain(&self) -> Vec<bool> {
        self.subjects
            .iter()
            .map(|subject| match subject {
                Subject::Role(role) => !trusts::may_pass_tags(role.trust.as_ref()),
                Subject::User(_) => true,
                Subject::Root(_) | Subject::Session(_) => false,
            })
            .collect()
    }
}

/// Meets every key that one document mentions.
pub(super) fn meet(document: &Document, keys: &mut Keys) {
    for statement in &document.statements {
        for condition in &statement.conditions {
            keys.info(&condition.key);
        }
        if document.variables == Variables::Substituted {
            for text in statement.variable_texts().filter(|text| text.contains("${")) {
                for piece in pieces(text, document.variables) {
                    if let Piece::Variable { key, .. } = piece {
                        keys.info(key);
                    }
                }
            }
        }
    }
}
