//! Users and roles: what they hold, and what follows from who they are.

use std::collections::BTreeMap;

use leastwise_model::{Facts, Identity, IdentityIndex, IdentityKind, Text};

use super::Person;
use super::build::{Build, Session};
use crate::catalogue::PrincipalKind;
use crate::compile::accounts::Reach;
use crate::compile::controls::Lower;
use crate::compile::facts::{Mentioned, Who};
use crate::compile::holdings::{Holder, Policies};
use crate::compile::nature;
use crate::compile::resources::Spoken;
use crate::compile::rules::Rules;
use crate::compile::trusts::{Admitted, Reading};
use crate::export::{Role, User};

/// What stands around every identity.
pub(super) struct Standing<'a> {
    /// The keys that documents mention.
    pub mentioned: &'a Mentioned,
    /// What trust policies let through.
    pub admitted: &'a Admitted,
    /// What policies on resources say.
    pub spoken: &'a Spoken,
    /// What an account's policies can reach.
    pub reach: &'a BTreeMap<Text, Reach>,
    /// How disputed rules are read.
    pub rules: Rules,
}

impl<'a> Standing<'a> {
    /// What the layers of an identity need to know of it, for a user.
    pub(super) fn holder<'h>(&self, index: IdentityIndex, account: &'h Text, facts: &'h Facts) -> Holder<'h>
    where
        'a: 'h,
    {
        Holder {
            index,
            account,
            facts,
            admitted: self.admitted,
            spoken: self.spoken,
            reach: self.reach,
            role: false,
            unique: None,
            rules: self.rules,
        }
    }
}

impl Build<'_> {
    /// A user.
    pub(super) fn user(
        &mut self,
        user: User,
        reading: Reading,
        standing: &Standing<'_>,
        policies: &mut Policies,
        lower: &mut Lower<'_>,
    ) -> (Identity, Person) {
        let User {
            mut entity,
            actor,
            groups,
        } = user;
        let facts = standing.mentioned.facts(&Who {
            arn: &entity.arn,
            account: self.account,
            kind: PrincipalKind::User,
            name: Some(&entity.name),
            userid: entity.unique.as_deref(),
            tags: actor.tags.as_ref(),
            place: self.place,
        });
        let holder = standing.holder(self.index, self.account, &facts);
        let Lower {
            units,
            keys,
            snapshot,
        } = lower;
        let parts = policies.held(&mut entity, &groups, units, keys, snapshot);
        let boundary = actor.boundary.as_ref();
        let (layers, restraint) = policies.layers(&holder, &parts, &entity, boundary, units, keys, snapshot);
        let evidence = nature::of_user(self.row.as_ref());
        let (identity, mut person) = self.actor(
            entity,
            actor,
            IdentityKind::User,
            facts,
            layers,
            restraint,
            parts,
            evidence,
            None,
            reading,
        );
        person.groups = policies.group_ids(self.account, &groups);
        (identity, person)
    }

    /// A role; `certain` says whether its own tags are all that its sessions can carry.
    pub(super) fn role(
        &mut self,
        role: Role,
        certain: bool,
        reading: Reading,
        standing: &Standing<'_>,
        policies: &mut Policies,
        lower: &mut Lower<'_>,
    ) -> (Identity, Person) {
        let Role {
            mut entity,
            actor,
            trust: _,
            profiles,
            last_use,
            description,
        } = role;
        let facts = standing.mentioned.facts(&Who {
            arn: &entity.arn,
            account: self.account,
            kind: PrincipalKind::Role,
            name: None,
            userid: None,
            tags: actor.tags.as_ref().filter(|_| certain),
            place: self.place,
        });
        let unique = entity.unique.clone();
        let holder = Holder {
            role: true,
            unique: unique.as_deref(),
            ..standing.holder(self.index, self.account, &facts)
        };
        let Lower {
            units,
            keys,
            snapshot,
        } = lower;
        let parts = policies.held(&mut entity, &[], units, keys, snapshot);
        let boundary = actor.boundary.as_ref();
        let (layers, restraint) = policies.layers(&holder, &parts, &entity, boundary, units, keys, snapshot);
        let evidence = nature::of_role(&entity.arn, &profiles, &reading);
        let session = Session {
            last_use,
            description,
            profiles,
        };
        self.actor(
            entity,
            actor,
            IdentityKind::Role,
            facts,
            layers,
            restraint,
            parts,
            evidence,
            Some(session),
            reading,
        )
    }
}
