//! Users, roles and root users put in order, and the steps of compiling them.

mod build;

use std::collections::BTreeMap;
use std::sync::Arc;

use leastwise_model::{IdentityIndex, IdentityKind, Remark, Settings, Snapshot, Step, Text};
use leastwise_permset::{Case, Context, Pattern, PermissionSet, Region, Strings};
use rustc_hash::FxHashMap;

use super::accounts::{self, Accounts, Reach, assume, partition_of};
use super::facts::{Mentioned, Who};
use super::holdings::{self, Held, Holder, Policies};
use super::trusts::{self, Admitted, Around, Reading, Trusting};
use super::units::Units;
use super::{entitlements, nature, techniques};
use crate::catalogue::PrincipalKind;
use crate::credentials::Row;
use crate::export::{Export, Group, Managed, Pages, Role, User};
use crate::keys::Keys;
use crate::lower::account_of;
use crate::policy::{Document, Piece, Variables, pieces};
use crate::told::{Entity, Told};
use build::{Build, Session};

/// One identity to be.
enum Subject {
    User(Box<User>),
    Role(Box<Role>),
    Root(Text),
}

impl Subject {
    fn arn(&self) -> &Text {
        match self {
            Self::User(user) => &user.entity.arn,
            Self::Role(role) => &role.entity.arn,
            Self::Root(arn) => arn,
        }
    }
}

/// What a technique needs to know of an identity.
pub struct Person {
    /// In the snapshot.
    pub index: IdentityIndex,
    /// Canonical id.
    pub arn: Text,
    /// Its account.
    pub account: Text,
    /// What sort of identity.
    pub kind: IdentityKind,
    /// Whether its policies and its trust can be changed.
    pub editable: bool,
    /// Whether it is in an instance profile.
    pub profile: bool,
    /// How many access keys it has, where a report tells.
    pub keys: Option<usize>,
    /// How it signs in, where a report tells.
    pub console: Option<Console>,
    /// The policy that bounds it.
    pub boundary: Option<Text>,
    /// The groups it is a member of, by canonical id.
    pub groups: Vec<Text>,
    /// Documents it holds.
    pub held: Vec<Held>,
    /// What keeps a grant from taking full effect.
    pub restraint: holdings::Restraint,
    /// Services that may act as it.
    pub services: Vec<trusts::Service>,
    /// Ways of taking it on.
    pub ways: Vec<trusts::Way>,
}

/// How a user signs in to the console.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    /// With a password.
    pub password: bool,
    /// And with a second factor.
    pub second_factor: bool,
}

/// Everything that is being compiled.
pub struct People<'s> {
    settings: &'s Settings,
    subjects: Vec<Subject>,
    groups: Vec<Group>,
    managed: BTreeMap<Text, Managed>,
    reports: BTreeMap<Text, Row>,
    accounts: Accounts,
    identities: FxHashMap<Text, IdentityIndex>,
    roles: FxHashMap<(Text, Text), IdentityIndex>,
    everybody: Arc<[IdentityIndex]>,
}

/// Who lives in one account.
#[derive(Default)]
struct Members {
    /// Users and roles.
    actors: Vec<IdentityIndex>,
    /// The same with the root user.
    everyone: Vec<IdentityIndex>,
    users: Vec<IdentityIndex>,
}

fn account_text(arn: &str) -> Text {
    account_of(arn).unwrap_or_default().into()
}

impl<'s> People<'s> {
    /// Sorts identities and accounts, and gives them their places in the snapshot.
    pub fn new(
        export: Export,
        managed: BTreeMap<Text, Managed>,
        reports: BTreeMap<Text, Row>,
        settings: &'s Settings,
        snapshot: &mut Snapshot,
    ) -> Self {
        let Export {
            users,
            groups,
            roles,
            pages,
            ..
        } = export;
        let mut subjects: Vec<Subject> = users
            .into_iter()
            .map(|user| Subject::User(Box::new(user)))
            .collect();
        subjects.extend(roles.into_iter().map(|role| Subject::Role(Box::new(role))));
        subjects.extend(
            reports
                .values()
                .filter(|row| row.root)
                .map(|row| Subject::Root(row.arn.clone())),
        );
        subjects.sort_by(|a, b| a.arn().cmp(b.arn()));

        let mut partitions: BTreeMap<Text, Text> = BTreeMap::new();
        let arns = subjects.iter().map(Subject::arn);
        let arns = arns
            .chain(groups.iter().map(|group| &group.entity.arn))
            .chain(managed.keys())
            .chain(reports.keys());
        for arn in arns {
            if let Some(account) = account_of(arn)
                && !partitions.contains_key(account)
            {
                partitions.insert(account.into(), partition_of(arn).into());
            }
        }
        let mut accounts: Accounts = partitions
            .iter()
            .map(|(id, partition)| {
                let pages: Option<Pages> = pages.get(id).copied();
                (
                    id.clone(),
                    accounts::add(id, partition, pages, settings, snapshot),
                )
            })
            .collect();

        let base = snapshot.identities.len();
        let place = |at: usize| IdentityIndex(u32::try_from(base + at).unwrap_or(u32::MAX));
        let mut identities = FxHashMap::default();
        let mut roles = FxHashMap::default();
        let mut members: BTreeMap<Text, Members> = BTreeMap::new();
        let mut everybody = Vec::new();
        for (at, subject) in subjects.iter().enumerate() {
            let index = place(at);
            let account = account_text(subject.arn());
            identities.insert(subject.arn().clone(), index);
            let living = members.entry(account.clone()).or_default();
            living.everyone.push(index);
            match subject {
                Subject::User(_) => {
                    living.actors.push(index);
                    living.users.push(index);
                }
                Subject::Role(role) => {
                    living.actors.push(index);
                    roles.insert((account, role.entity.name.clone()), index);
                }
                Subject::Root(_) => continue,
            }
            everybody.push(index);
        }
        for (id, living) in members {
            if let Some(account) = accounts.get_mut(&id) {
                account.identities = living.actors.into();
                account.everyone = living.everyone.into();
                account.users = living.users.into();
            }
        }
        Self {
            settings,
            subjects,
            groups,
            managed,
            reports,
            accounts,
            identities,
            roles,
            everybody: everybody.into(),
        }
    }

    /// Compiles everything into the snapshot.
    pub fn compile(mut self, snapshot: &mut Snapshot) {
        let mut keys = Keys::with(self.told());
        self.meet(&mut keys);
        let mentioned = Mentioned::of(&keys);
        let mut units = Units::new();
        let mut policies = Policies::read(
            std::mem::take(&mut self.managed),
            std::mem::take(&mut self.groups),
            &mut units,
            &mut keys,
            snapshot,
        );
        let tags_certain = self.tags_certain();
        let mut readings = self.trusts(&mut keys, snapshot);
        let admitted = readings.1;
        let reach = self.reach(&admitted, snapshot);

        let subjects = std::mem::take(&mut self.subjects);
        let mut people = Vec::with_capacity(subjects.len());
        for (at, subject) in subjects.into_iter().enumerate() {
            let index = self
                .identities
                .get(subject.arn())
                .copied()
                .unwrap_or(IdentityIndex(u32::MAX));
            let account = account_text(subject.arn());
            let Some(home) = self.accounts.get(&account) else {
                continue;
            };
            let reading = readings.0.get_mut(at).map(std::mem::take).unwrap_or_default();
            let row = self.reports.remove(subject.arn());
            let certain = tags_certain.get(at).copied().unwrap_or(false);
            let mut build = Build {
                settings: self.settings,
                home,
                account: &account,
                index,
                mentioned: &mentioned,
                row,
            };
            let (identity, person) = match subject {
                Subject::Root(arn) => build.root(arn, &reach, snapshot),
                Subject::User(user) => {
                    let User {
                        mut entity,
                        actor,
                        groups,
                    } = *user;
                    let who = Who {
                        arn: &entity.arn,
                        account: &account,
                        kind: PrincipalKind::User,
                        name: Some(&entity.name),
                        userid: entity.unique.as_deref(),
                        tags: actor.tags.as_ref(),
                    };
                    let facts = mentioned.facts(&who);
                    let holder = Holder {
                        index,
                        account: &account,
                        facts: &facts,
                        admitted: &admitted,
                        reach: &reach,
                        role: false,
                        unique: None,
                    };
                    let parts = policies.held(&mut entity, &groups, &mut units, &mut keys, snapshot);
                    let (layers, restraint) = policies.layers(
                        &holder,
                        &parts,
                        &entity,
                        actor.boundary.as_ref(),
                        &mut units,
                        &mut keys,
                        snapshot,
                    );
                    let evidence = nature::of_user(build.row.as_ref());
                    let (identity, mut person) = build.actor(
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
                    person.groups = policies.group_ids(&account, &groups);
                    (identity, person)
                }
                Subject::Role(role) => {
                    let Role {
                        mut entity,
                        actor,
                        trust: _,
                        profiles,
                        last_use,
                        description,
                    } = *role;
                    let who = Who {
                        arn: &entity.arn,
                        account: &account,
                        kind: PrincipalKind::Role,
                        name: None,
                        userid: None,
                        tags: actor.tags.as_ref().filter(|_| certain),
                    };
                    let facts = mentioned.facts(&who);
                    let unique = entity.unique.clone();
                    let holder = Holder {
                        index,
                        account: &account,
                        facts: &facts,
                        admitted: &admitted,
                        reach: &reach,
                        role: true,
                        unique: unique.as_deref(),
                    };
                    let parts = policies.held(&mut entity, &[], &mut units, &mut keys, snapshot);
                    let (layers, restraint) = policies.layers(
                        &holder,
                        &parts,
                        &entity,
                        actor.boundary.as_ref(),
                        &mut units,
                        &mut keys,
                        snapshot,
                    );
                    let evidence = nature::of_role(&entity.arn, &profiles, &reading);
                    let session = Session {
                        last_use,
                        description,
                        profile: !profiles.is_empty(),
                    };
                    build.actor(
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
            };
            snapshot.identities.push(identity);
            people.push(person);
        }
        for row in self.reports.values() {
            snapshot.remarks.push(Remark {
                location: Some(row.location.clone()),
                what: format!(
                    "`{}` is in the credential report but not in the account's export",
                    row.arn
                )
                .into(),
                hint: "export the account's authorization details again".into(),
                loses: true,
            });
        }
        policies.dangling(&people, &self.accounts, snapshot);
        entitlements::add(&policies, &people, &units, &self.accounts, snapshot);
        techniques::add(
            &people,
            &mut policies,
            &self.accounts,
            &reach,
            &mut units,
            &mut keys,
            snapshot,
        );
    }

    /// What the export tells of users and roles as resources.
    fn told(&self) -> Told {
        let mut told = Told::default();
        for subject in &self.subjects {
            let (entity, actor) = match subject {
                Subject::User(user) => (&user.entity, &user.actor),
                Subject::Role(role) => (&role.entity, &role.actor),
                Subject::Root(_) => continue,
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
    fn meet(&self, keys: &mut Keys) {
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
                Subject::Root(_) => continue,
            };
            entity
                .inline
                .iter()
                .for_each(|inline| meet(&inline.document, keys));
        }
    }

    /// For each identity, whether its own tags are all the tags its requests can carry.
    fn tags_certain(&self) -> Vec<bool> {
        self.subjects
            .iter()
            .map(|subject| match subject {
                Subject::Role(role) => !trusts::may_pass_tags(role.trust.as_ref()),
                Subject::User(_) => true,
                Subject::Root(_) => false,
            })
            .collect()
    }

    fn trusts(&mut self, keys: &mut Keys, snapshot: &mut Snapshot) -> (Vec<Reading>, Admitted) {
        let bounded = self.subjects.iter().filter_map(|subject| match subject {
            Subject::User(user) => user.actor.boundary.as_ref().map(|_| &user.entity.arn),
            Subject::Role(role) => role.actor.boundary.as_ref().map(|_| &role.entity.arn),
            Subject::Root(_) => None,
        });
        let bounded = Strings::any_of(bounded.map(|arn| Pattern::literal(arn)));
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
        };
        for subject in &mut subjects {
            let Subject::Role(role) = subject else {
                readings.push(Reading::default());
                continue;
            };
            let document = role.trust.take();
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
                file: role.entity.spot.file,
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
        self.subjects = subjects;
        (readings, admitted)
    }

    /// What the other side of requests lets identities of each account do.
    fn reach(&self, admitted: &Admitted, snapshot: &mut Snapshot) -> BTreeMap<Text, Reach> {
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
                Reach::new(id, PermissionSet::union_of(sets), self.settings),
            );
        }
        reach
    }
}

fn meet(document: &Document, keys: &mut Keys) {
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

/// Whether a role belongs to AWS: linked to a service, or made by IAM Identity Center.
pub fn is_protected(arn: &str) -> bool {
    arn.contains(":role/aws-service-role/") || arn.contains(":role/aws-reserved/")
}

/// Whether a pattern of the settings means an identity.
pub fn matches(pattern: &str, id: &str) -> bool {
    Pattern::glob(pattern, Case::Exact).matches(id, &Context::new())
}
