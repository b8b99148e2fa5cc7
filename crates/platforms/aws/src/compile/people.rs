//! Users, roles and root users put in order, and the steps of compiling them.

mod actors;
mod admissions;
mod build;
mod mentions;
mod order;
mod sessions;

use std::collections::BTreeMap;
use std::sync::Arc;

use leastwise_model::{Assumption, Holding, IdentityIndex, IdentityKind, Remark, Settings, Snapshot, Text};
use leastwise_permset::PermissionSet;
use rustc_hash::FxHashMap;

use super::accounts::Accounts;
use super::administration::Administration;
use super::controls::{Controls, Lower};
use super::facts::Mentioned;
use super::holdings::{self, Held, Policies};
use super::rules::Rules;
use super::runs::Runs;
use super::strangers::{self, Speech};
use super::trusts;
use super::units::Units;
use super::{entitlements, techniques};
use crate::credentials::Row;
use crate::export::{Group, Managed, Role, User};
use crate::identity_center::IdentityCenter;
use crate::keys::Keys;
use crate::lower::{Caller, account_of};
use crate::organization::Organization;
use crate::resources::Resources;
use crate::running::Running;
use actors::Standing;
use build::Build;
use mentions::meet;

/// One identity to be.
enum Subject {
    User(Box<User>),
    Role(Box<Role>),
    Root(Text),
    Session(Box<crate::sessions::Session>),
}

impl Subject {
    fn arn(&self) -> &Text {
        match self {
            Self::User(user) => &user.entity.arn,
            Self::Role(role) => &role.entity.arn,
            Self::Root(arn) => arn,
            Self::Session(session) => &session.arn,
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
    /// The role that it is a session of, which nobody becomes and nothing changes but by its role.
    pub session: Option<IdentityIndex>,
    /// Whether its policies and its trust can be changed.
    pub editable: bool,
    /// The instance profiles that hold it, by name.
    pub profiles: Vec<Text>,
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
    /// What answers rest on, by the ARN of an identity or by the account that it is in.
    assumptions: BTreeMap<Text, Vec<Assumption>>,
    running: Running,
}

fn account_text(arn: &str) -> Text {
    account_of(arn).unwrap_or_default().into()
}

impl<'s> People<'s> {
    /// Compiles everything into the snapshot; says which sign-ins roles let through.
    pub fn compile(
        mut self,
        organization: Organization,
        resources: Resources,
        center: &IdentityCenter,
        snapshot: &mut Snapshot,
    ) -> trusts::SignIns {
        let mut keys = Keys::with(self.told(&organization, &resources));
        self.meet(&mut keys);
        let documents = organization.documents().chain(resources.documents());
        documents.for_each(|one| meet(one, &mut keys));
        let places = self.places(&organization);
        let mentioned = Mentioned::of(&keys);
        self.tell_of_resources(&resources, snapshot);
        let strangers = self
            .admits_strangers(&resources)
            .then(|| self.known(&organization, &resources));
        if strangers.is_some() {
            let last = u32::try_from(snapshot.identities.len() + self.subjects.len()).unwrap_or(u32::MAX);
            let everybody = self.everybody.iter().copied();
            self.everybody = everybody.chain([IdentityIndex(last)]).collect();
        }
        let mut units = Units::new();
        let mut policies = Policies::read(
            std::mem::take(&mut self.managed),
            std::mem::take(&mut self.groups),
            &mut units,
            &mut keys,
            snapshot,
        );
        let spoken = self.spoken(resources, &mut keys, snapshot);
        let administration = Administration::of(&organization, center);
        let mut controls = Controls::read(
            organization,
            self.accounts.keys(),
            &spoken,
            &mut units,
            &mut keys,
            snapshot,
        );
        let refused = controls.refused_by_account(
            self.accounts.keys(),
            &mut Lower {
                units: &mut units,
                keys: &mut keys,
                snapshot: &mut *snapshot,
            },
        );
        let tags_certain = self.tags_certain();
        let rules = Rules::new(self.settings);
        let mut readings = self.trusts(&refused, &mut keys, snapshot);
        let admitted = readings.1;
        let mut reach = self.reach(&admitted, &spoken, snapshot);
        if let Some(own) = administration
            .management()
            .and_then(|account| reach.get_mut(account))
        {
            own.open_members();
        }
        for (account, reach) in &mut reach {
            let mut lower = Lower {
                units: &mut units,
                keys: &mut keys,
                snapshot: &mut *snapshot,
            };
            reach.most = controls.within(account, reach.most.clone(), &mut lower);
        }

        let standing = Standing {
            mentioned: &mentioned,
            admitted: &admitted,
            spoken: &spoken,
            reach: &reach,
            rules,
        };
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
                home,
                account: &account,
                index,
                place: places.get(&account),
                assumptions: controls.assumptions(&account),
                row,
            };
            let mut lower = Lower {
                units: &mut units,
                keys: &mut keys,
                snapshot: &mut *snapshot,
            };
            let (mut identity, mut person) = match subject {
                Subject::Root(arn) => build.root(arn, &standing, snapshot),
                Subject::User(user) => build.user(*user, reading, &standing, &mut policies, &mut lower),
                Subject::Role(role) => {
                    build.role(*role, certain, reading, &standing, &mut policies, &mut lower)
                }
                Subject::Session(session) => {
                    let role = self.identities.get(&session.role).copied().unwrap_or(index);
                    let bearer = people.binary_search_by_key(&role, |person: &Person| person.index);
                    let bearer = bearer.ok().and_then(|at| people.get(at));
                    let parts = bearer.and_then(|bearer| {
                        sessions::session(*session, index, bearer, &standing, &mut policies, &mut lower)
                    });
                    if let Some((identity, person)) = parts {
                        snapshot.identities.push(identity);
                        people.push(person);
                    }
                    continue;
                }
            };
            if !is_service_linked(&identity.id) {
                let unique = identity
                    .names
                    .first()
                    .filter(|_| person.kind == IdentityKind::Role);
                let Holding { layers, facts } = &mut identity.holding;
                let count = layers.len();
                controls.bind(
                    &account,
                    Caller::Identity(facts, unique.map(|unique| &**unique)),
                    &mut Lower {
                        units: &mut units,
                        keys: &mut keys,
                        snapshot: &mut *snapshot,
                    },
                    layers,
                    &mut person.restraint,
                );
                if layers.len() > count {
                    identity.unbounded = None;
                }
            }
            let open = reach
                .get(&account)
                .is_some_and(|reach| !reach.share.open.is_plainly_empty());
            if open && person.boundary.is_some() {
                identity.assumptions.push(rules.on_star("boundary"));
            }
            for whose in [&identity.id, &account] {
                let told = self.assumptions.get(whose).into_iter().flatten();
                identity.assumptions.extend(told.cloned());
            }
            snapshot.identities.push(identity);
            people.push(person);
        }
        if let Some(known) = strangers {
            let (granted, refused) = spoken.to_strangers();
            let trusts = admitted.anyone.iter().cloned();
            let speech = Speech {
                granted: PermissionSet::union_of([granted].into_iter().chain(trusts)),
                refused,
                controlled: controls.refused(
                    strangers::NOWHERE,
                    Caller::Anyone,
                    &mut Lower {
                        units: &mut units,
                        keys: &mut keys,
                        snapshot: &mut *snapshot,
                    },
                ),
            };
            let mut assuming = holdings::assumptions(spoken.is_told());
            assuming.extend(controls.assumptions(&strangers::NOWHERE.into()));
            strangers::add(speech, &known, &mentioned, assuming, snapshot);
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
        snapshot.remarks.extend(self.running.remarks.iter().cloned());
        let runs = Runs::new(&self.running, &people);
        runs.tell(snapshot);
        techniques::add(
            &people,
            &mut policies,
            &self.accounts,
            &reach,
            &runs,
            techniques::Center {
                told: center,
                administration: &administration,
                sign_ins: &admitted.sign_ins,
                buckets: spoken.buckets(),
            },
            Lower {
                units: &mut units,
                keys: &mut keys,
                snapshot,
            },
        );
        admitted.sign_ins
    }
}

/// Whether a role belongs to AWS: linked to a service, or made by IAM Identity Center.
pub fn is_protected(arn: &str) -> bool {
    arn.contains(":role/aws-service-role/") || arn.contains(":role/aws-reserved/")
}

/// Whether a role is linked to a service, so that the organization's policies do not bind it.
fn is_service_linked(arn: &str) -> bool {
    arn.contains(":role/aws-service-role/")
}
