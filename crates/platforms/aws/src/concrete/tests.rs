//! Compiled sets against the twin, on small random worlds.

use std::collections::BTreeMap;

use leastwise_bench::Random;
use leastwise_document::{Limits, read};
use leastwise_model::{File, Platform, Settings, Snapshot, Text};
use leastwise_permset::{Answers, Context, Key, Request};
use serde_json::Value;

use super::above::Above;
use super::account::{Actor, allowed, context, home, of_resource};
use super::resource::Resources;
use super::world::organization::Organization;
use super::world::resources::Resource as Policed;
use super::{Asked, applies, world};
use crate::export::{Export, Role};
use crate::keys::{Keys, canonical};
use crate::lower::{Caller, Lowering, Within};
use crate::policy::{Effect, parse_encoded};
use crate::sessions;

/// How many worlds and requests a run tries; together more than ten thousand.
const WORLDS: u64 = 60;
const REQUESTS: usize = 40;

fn items(text: &str, mut each: impl FnMut(leastwise_document::Item)) {
    let faults = read(text.as_bytes(), &Limits::default(), &mut each);
    assert!(faults.is_empty(), "{faults:?}");
}

fn request(action: &str, resource: &str, context: &BTreeMap<String, Vec<String>>) -> Request {
    let mut made = Context::new();
    for (key, values) in context {
        let key: Key = canonical(key);
        made.set(
            key,
            values.iter().map(|value| Box::from(value.as_str())).collect(),
        );
    }
    Request::new(action, resource).within(made)
}

/// Whether a gap is about ways of becoming others, which no world shows.
fn of_ways(gap: &str) -> bool {
    let said = [
        "how many access keys",
        "have a password",
        "may do to itself once",
        "may do with other tags",
        " lets ",
        "resource control policies",
        "lets other accounts in",
    ];
    let mut unseen = include_str!("../../data/unseen.tsv")
        .lines()
        .filter(|row| !row.starts_with('#'));
    let unseen = unseen.any(|row| {
        let what = row
            .split('\t')
            .nth(1)
            .and_then(|what| what.split("{account}").next());
        what.is_some_and(|head| gap.starts_with(head))
    });
    unseen || said.iter().any(|said| gap.contains(said))
}

/// A context as the twin reads it.
type Keyed = BTreeMap<String, Vec<String>>;

/// A random world: as it was told, as the twin reads it, and compiled.
pub(super) struct Made {
    /// What was exported of the two accounts.
    pub accounts: [Value; 2],
    pub organization: Option<Organization>,
    pub policed: Vec<Policed>,
    /// Sessions, as the input of the call with which they began.
    pub sessions: Vec<Value>,
    pub export: Export,
    pub above: Above,
    pub resources: Resources,
    pub snapshot: Snapshot,
}

impl Made {
    pub(super) fn new(random: &mut Random) -> Self {
        let mut export = Export::default();
        let mut snapshot = Snapshot::new();
        let mut reader = crate::Aws.reader(&Settings::default());
        let file = snapshot.add_file(File {
            path: "world.json".into(),
            unit: "world".into(),
        });
        let accounts = world::ACCOUNTS.map(|id| world::account(random, id));
        for account in &accounts {
            items(&account.to_string(), |item| {
                assert!(export.take(file, &item));
                let _ = reader.take(file, "world.json", item);
            });
        }
        let organization = world::organization::organization(random);
        let policed = world::resources::resources(random);
        let above = organization.iter().flat_map(Organization::outputs);
        for text in above.chain(policed.iter().flat_map(Policed::outputs)) {
            items(&text, |item| {
                let taken = reader.take(file, "world.json", item);
                assert!(matches!(taken, leastwise_model::Taken::Yes), "{text}");
            });
        }
        let sessions = world::sessions(random, &accounts);
        for session in &sessions {
            items(&session.to_string(), |item| {
                assert!(sessions::take(
                    file,
                    &item,
                    &mut export.sessions,
                    &mut export.remarks
                ));
                let _ = reader.take(file, "world.json", item);
            });
        }
        reader.compile(&mut snapshot);
        assert!(
            snapshot.remarks.is_empty() && snapshot.gaps.keys().all(|atom| of_ways(atom.as_str())),
            "{:?}",
            snapshot.gaps.keys()
        );
        Self {
            above: organization.as_ref().map(Above::of).unwrap_or_default(),
            resources: Resources::of(&policed),
            accounts,
            organization,
            policed,
            sessions,
            export,
            snapshot,
        }
    }

    /// Users, roles and sessions of roles, with their tags.
    pub(super) fn actors(&self) -> impl Iterator<Item = (Actor<'_>, BTreeMap<Text, Text>)> {
        let users = self.export.users.iter().map(|user| {
            let actor = Actor {
                entity: &user.entity,
                groups: user.groups.iter().map(|(name, _)| &**name).collect(),
                boundary: user.actor.boundary.as_ref().map(|boundary| &*boundary.arn),
                role: false,
                session: None,
            };
            (actor, user.actor.tags.clone().unwrap_or_default())
        });
        let of = |role: &Role| {
            let sessions = self.export.sessions.iter();
            let own = sessions.filter(|session| session.role == role.entity.arn);
            [None].into_iter().chain(own.map(Some)).collect::<Vec<_>>()
        };
        let roles = self.export.roles.iter();
        let roles = roles.flat_map(move |role| of(role).into_iter().map(move |session| (role, session)));
        let roles = roles.map(|(role, session)| {
            let actor = Actor {
                entity: &role.entity,
                groups: Vec::new(),
                boundary: role.actor.boundary.as_ref().map(|boundary| &*boundary.arn),
                role: true,
                session,
            };
            (actor, role.actor.tags.clone().unwrap_or_default())
        });
        users.chain(roles)
    }

    /// Who asks, where the identity's own facts say the same as the twin.
    pub(super) fn who(
        &self,
        actor: &Actor<'_>,
        tags: &BTreeMap<Text, Text>,
    ) -> BTreeMap<String, Vec<String>> {
        let mut who = context(actor, tags);
        self.above.context(home(actor), &mut who);
        who
    }

    /// A random request of somebody, with its whole context.
    pub(super) fn request(
        &self,
        random: &mut Random,
        who: &BTreeMap<String, Vec<String>>,
    ) -> Option<(&'static str, String, Keyed)> {
        let resources = world::resources();
        let action = world::ACTIONS[random.below(world::ACTIONS.len())];
        let resource = &resources[random.below(resources.len())];
        // Nobody takes on a bucket.
        if action == "sts:AssumeRole" && self.resources.knows(resource) {
            return None;
        }
        let mut context = who.clone();
        for (key, values) in world::circumstances(random, action) {
            context.insert(key.to_owned(), values.into_iter().map(str::to_owned).collect());
        }
        of_resource(
            &self.export,
            Some(&self.above),
            Some(&self.resources),
            action,
            resource,
            &mut context,
        );
        Some((action, resource.clone(), context))
    }

    /// What the twin decides.
    pub(super) fn allowed(&self, actor: &Actor<'_>, asked: &Asked<'_>) -> bool {
        allowed(&self.export, &self.above, &self.resources, actor, asked)
    }
}

#[test]
fn an_identity_may_what_its_documents_say() {
    let (mut checks, mut yes) = (0, 0);
    for seed in 0..WORLDS {
        let mut random = Random::new(seed);
        let made = Made::new(&mut random);
        for (actor, tags) in made.actors() {
            let found = made
                .snapshot
                .identities
                .iter()
                .find(|identity| *identity.id == *actor.id());
            let identity = found.expect("every user, role and session is an identity");
            let effective = identity.holding.effective();
            let who = made.who(&actor, &tags);
            for (key, values) in identity.holding.facts.known.iter() {
                let values: Vec<String> = values.iter().map(|value| value.to_string()).collect();
                assert_eq!(who.get(&key.as_str().to_lowercase()), Some(&values), "{key}");
            }
            for key in &identity.holding.facts.absent {
                assert!(!who.contains_key(&key.as_str().to_lowercase()), "{key}");
            }
            for _ in 0..REQUESTS {
                let Some((action, resource, context)) = made.request(&mut random, &who) else {
                    continue;
                };
                let asked = Asked {
                    action,
                    resource: &resource,
                    context: &context,
                };
                let wanted = made.allowed(&actor, &asked);
                let got = effective.contains_given(&request(action, &resource, &context), &Answers::none());
                checks += 1;
                yes += usize::from(wanted);
                assert_eq!(
                    got,
                    wanted,
                    "world {seed}: {} {action} {resource} {context:?}\n{:?}",
                    actor.id(),
                    made.accounts
                );
            }
        }
    }
    assert!(checks >= 10_000 && yes * 20 > checks, "{yes} of {checks}");
}

/// A statement lowered for anybody copies from the request what a statement lowered for one identity has filled in.
#[test]
fn a_statement_speaks_of_what_it_says() {
    let (mut checks, mut yes) = (0, 0);
    let resources = world::resources();
    for seed in 0..1500 {
        let mut random = Random::new(seed ^ 0x5eed);
        let text = world::document(&mut random).to_string();
        let mut document = None;
        items(&text, |item| document = Some(parse_encoded(&item.node, "")));
        let document = document.expect("one document");
        let mut keys = Keys::default();
        let mut gaps = BTreeMap::new();
        for statement in &document.statements {
            let within = Within {
                title: "a",
                settle: "b",
                variables: document.variables,
                account: None,
            };
            let effect = statement.effect.unwrap_or(Effect::Allow);
            let mut lowering = Lowering {
                keys: &mut keys,
                gaps: &mut gaps,
            };
            let set = lowering.statement(statement, effect, within, Caller::Anyone);
            for _ in 0..8 {
                let action = world::ACTIONS[random.below(world::ACTIONS.len())];
                let resource = &resources[random.below(resources.len())];
                let mut context: BTreeMap<String, Vec<String>> = BTreeMap::new();
                context.insert(
                    "aws:principalarn".into(),
                    vec!["arn:aws:iam::111122223333:role/r1".into()],
                );
                if random.chance(0.5) {
                    context.insert("aws:username".into(), vec!["anna".into()]);
                }
                if random.chance(0.5) {
                    context.insert("aws:principaltag/t".into(), vec!["x".into()]);
                }
                for (key, values) in world::circumstances(&mut random, action) {
                    context.insert(key.to_owned(), values.into_iter().map(str::to_owned).collect());
                }
                of_resource(&Export::default(), None, None, action, resource, &mut context);
                let wanted = applies(
                    statement,
                    document.variables,
                    &Asked {
                        action,
                        resource,
                        context: &context,
                    },
                );
                let got = set.contains(&request(action, resource, &context));
                checks += 1;
                yes += usize::from(wanted);
                assert_eq!(got, wanted, "{action} {resource} {context:?}\n{text}");
            }
        }
        assert!(gaps.is_empty(), "{gaps:?}\n{text}");
    }
    assert!(checks >= 10_000 && yes * 20 > checks, "{yes} of {checks}");
}
