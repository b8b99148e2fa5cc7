//! One identity, put together from its description, its policies and the credential report.

use leastwise_model::{
    Assumption, Facts, Identity, IdentityIndex, IdentityKind, LastUse, Nature, Snapshot, Text,
};

use super::super::accounts::Account;
use super::super::facts::{InOrganization, Who};
use super::super::holdings::{self, Held};
use super::super::trusts::Reading;
use super::super::{location, nature};
use super::actors::Standing;
use super::{Console, Person, is_protected};
use crate::catalogue::PrincipalKind;
use crate::credentials::Row;
use crate::export::{Actor, Entity};

/// What only roles have.
pub(super) struct Session {
    pub last_use: LastUse,
    pub description: Text,
    /// The instance profiles that hold it, by name.
    pub profiles: Vec<Text>,
}

/// What is needed to build one identity.
pub(super) struct Build<'a> {
    pub home: &'a Account,
    pub account: &'a Text,
    pub index: IdentityIndex,
    /// Where the account stands in its organization.
    pub place: Option<&'a InOrganization>,
    /// Layers of which nothing was exported.
    pub assumptions: Vec<Assumption>,
    pub row: Option<Row>,
}

impl Build<'_> {
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one identity, each from another place"
    )]
    pub(super) fn actor(
        &mut self,
        entity: Entity,
        actor: Actor,
        kind: IdentityKind,
        facts: Facts,
        layers: Vec<leastwise_model::Layer>,
        restraint: holdings::Restraint,
        held: Vec<Held>,
        nature: Nature,
        session: Option<Session>,
        reading: Reading,
    ) -> (Identity, Person) {
        let row = self.row.take();
        let tags = actor.tags;
        let labels = tags.unwrap_or_default();
        let tag = |names: &[&str]| {
            names.iter().find_map(|name| {
                labels
                    .iter()
                    .find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_empty())
            })
        };
        let owner = nature::owner(tag(&nature::OWNER_TAGS));
        let environment = tag(&nature::ENVIRONMENT_TAGS).map(|(_, value)| value.clone());
        let provided = is_protected(&entity.arn);
        let profiles = session.as_ref().map(|session| session.profiles.clone());
        let profiles = profiles.unwrap_or_default();
        let keys = row.as_ref().map(|row| row.keys);
        let (last_use, description) = match session {
            Some(session) => (session.last_use, session.description),
            None => (
                row.as_ref().map_or(LastUse::Unknown, |row| row.last_use),
                "".into(),
            ),
        };
        let person = Person {
            index: self.index,
            arn: entity.arn.clone(),
            account: self.account.clone(),
            kind,
            session: None,
            editable: !provided,
            profiles,
            keys,
            console: row.as_ref().map(|row| Console {
                password: row.password,
                second_factor: row.second_factor,
            }),
            boundary: actor.boundary.map(|boundary| boundary.arn),
            groups: Vec::new(),
            held,
            restraint,
            services: reading.services,
            ways: reading.ways,
        };
        let identity = Identity {
            names: entity.unique.into_iter().collect(),
            nature,
            holding: leastwise_model::Holding { layers, facts },
            assumptions: std::mem::take(&mut self.assumptions),
            credentials: row.map(|row| row.credentials).unwrap_or_default(),
            labels,
            description,
            owner,
            environment: environment.or_else(|| self.home.environment.clone()),
            created: entity.created,
            last_use,
            location: Some(location(entity.spot.file, &entity.spot.place)),
            provided,
            ..Identity::new(entity.arn, entity.name, kind, self.home.instance)
        };
        (identity, person)
    }

    /// The root user of the account, known from the credential report.
    pub(super) fn root(
        &mut self,
        arn: Text,
        standing: &Standing<'_>,
        snapshot: &mut Snapshot,
    ) -> (Identity, Person) {
        let row = self.row.take();
        let who = Who {
            arn: &arn,
            account: self.account,
            kind: PrincipalKind::Root,
            name: None,
            userid: Some(self.account),
            tags: None,
            place: self.place,
        };
        let facts = standing.mentioned.facts(&who);
        let layers = holdings::root_layers(self.account, standing.reach, snapshot);
        let nature = Nature::Human(vec![leastwise_model::Evidence {
            human: true,
            what: "root user of the account".into(),
        }]);
        let person = Person {
            index: self.index,
            arn: arn.clone(),
            account: self.account.clone(),
            kind: IdentityKind::Root,
            session: None,
            editable: false,
            profiles: Vec::new(),
            keys: row.as_ref().map(|row| row.keys),
            console: None,
            boundary: None,
            groups: Vec::new(),
            held: Vec::new(),
            restraint: holdings::Restraint::default(),
            services: Vec::new(),
            ways: Vec::new(),
        };
        let identity = Identity {
            nature,
            holding: leastwise_model::Holding { layers, facts },
            assumptions: std::mem::take(&mut self.assumptions),
            environment: self.home.environment.clone(),
            created: row.as_ref().and_then(|row| row.created),
            last_use: row.as_ref().map_or(LastUse::Unknown, |row| row.last_use),
            location: row.as_ref().map(|row| row.location.clone()),
            credentials: row.map(|row| row.credentials).unwrap_or_default(),
            provided: true,
            unbounded: Some("root user of the account".into()),
            ..Identity::new(arn, "root".into(), IdentityKind::Root, self.home.instance)
        };
        (identity, person)
    }
}
