//! Compiled sets against the twin, on small random worlds.

use std::collections::BTreeMap;

use leastwise_bench::Random;
use leastwise_document::{Limits, read};
use leastwise_model::{File, Platform, Settings, Snapshot};
use leastwise_permset::{Answers, Context, Key, Request};

use super::above::Above;
use super::account::{Actor, allowed, context, home, of_resource};
use super::resource::Resources;
use super::{Asked, applies, world};
use crate::export::Export;
use crate::keys::{Keys, canonical};
use crate::lower::{Caller, Lowering, Within};
use crate::policy::{Effect, parse_encoded};

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
        " was exported",
        "closed to new customers",
        "may do to itself once",
        " lets ",
        "resource control policies",
        "lets other accounts in",
    ];
    said.iter().any(|said| gap.contains(said))
}

#[test]
fn an_identity_may_what_its_documents_say() {
    let (mut checks, mut yes) = (0, 0);
    for seed in 0..WORLDS {
        let mut random = Random::new(seed);
        let mut export = Export::default();
        let mut snapshot = Snapshot::new();
        let mut reader = crate::Aws.reader(&Settings::default());
        let file = snapshot.add_file(File {
            path: "world.json".into(),
            unit: "world".into(),
        });
        let texts = world::ACCOUNTS.map(|id| world::account(&mut random, id).to_string());
        for text in &texts {
            items(text, |item| {
                assert!(export.take(file, &item));
                let _ = reader.take(file, "world.json", item);
            });
        }
        let organization = world::organization::organization(&mut random);
        let outputs = organization
            .as_ref()
            .map(world::organization::Organization::outputs);
        for text in outputs.iter().flatten() {
            items(text, |item| {
                let taken = reader.take(file, "world.json", item);
                assert!(matches!(taken, leastwise_model::Taken::Yes), "{text}");
            });
        }
        let resources = world::resources::resources(&mut random);
        let told: Vec<String> = resources.iter().flat_map(|one| one.outputs()).collect();
        for text in &told {
            items(text, |item| {
                let taken = reader.take(file, "world.json", item);
                assert!(matches!(taken, leastwise_model::Taken::Yes), "{text}");
            });
        }
        let policed = Resources::of(&resources);
        let above = organization.as_ref().map(Above::of).unwrap_or_default();
        reader.compile(&mut snapshot);
        assert!(
            snapshot.remarks.is_empty() && snapshot.gaps.keys().all(|atom| of_ways(atom.as_str())),
            "{:?}",
            snapshot.gaps.keys()
        );

        let users = export.users.iter().map(|user| {
            let actor = Actor {
                entity: &user.entity,
                groups: user.groups.iter().map(|(name, _)| &**name).collect(),
                boundary: user.actor.boundary.as_ref().map(|boundary| &*boundary.arn),
                role: false,
            };
            (actor, user.actor.tags.clone().unwrap_or_default())
        });
        let roles = export.roles.iter().map(|role| {
            let actor = Actor {
                entity: &role.entity,
                groups: Vec::new(),
                boundary: role.actor.boundary.as_ref().map(|boundary| &*boundary.arn),
                role: true,
            };
            (actor, role.actor.tags.clone().unwrap_or_default())
        });
        for (actor, tags) in users.chain(roles) {
            let found = snapshot
                .identities
                .iter()
                .find(|identity| identity.id == actor.entity.arn);
            let identity = found.expect("every user and role is an identity");
            let effective = identity.holding.effective();
            let mut who = context(&actor, &tags);
            above.context(home(&actor), &mut who);
            for (key, values) in identity.holding.facts.known.iter() {
                let values: Vec<String> = values.iter().map(|value| value.to_string()).collect();
                assert_eq!(who.get(&key.as_str().to_lowercase()), Some(&values), "{key}");
            }
            for key in &identity.holding.facts.absent {
                assert!(!who.contains_key(&key.as_str().to_lowercase()), "{key}");
            }
            let resources = world::resources();
            for _ in 0..REQUESTS {
                let action = world::ACTIONS[random.below(world::ACTIONS.len())];
                let resource = &resources[random.below(resources.len())];
                // Nobody takes on a bucket.
                if action == "sts:AssumeRole" && policed.knows(resource) {
                    continue;
                }
                let mut context = who.clone();
                for (key, values) in world::circumstances(&mut random, action) {
                    context.insert(key.to_owned(), values.into_iter().map(str::to_owned).collect());
                }
                of_resource(
                    &export,
                    Some(&above),
                    Some(&policed),
                    action,
                    resource,
                    &mut context,
                );
                let asked = Asked {
                    action,
                    resource,
                    context: &context,
                };
                let wanted = allowed(&export, &above, &policed, &actor, &asked);
                let got = effective.contains_given(&request(action, resource, &context), &Answers::none());
                checks += 1;
                yes += usize::from(wanted);
                assert_eq!(
                    got, wanted,
                    "world {seed}: {} {action} {resource} {context:?}\n{}\n{}\n{outputs:?}\n{told:?}",
                    actor.entity.arn, texts[0], texts[1]
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
