//! Roles of auth methods: what a login through each holds.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{Assumption, IdentityKind, Side, Snapshot, Text};

use super::super::identity::{self, Draft, What};
use super::super::logins::{self, Fit, Says};
use super::super::policies::{Holds, Name, Policies, Who};
use super::entities::{Groups, value};
use super::{ALTERNATIVES, World, listed, one_of, step};
use crate::export::{Entity, Namespace, Role};
use crate::roles::LOGIN;

/// Compiles the roles of a namespace; the entities that are one role's and no other's, by id.
pub(super) fn compile(
    world: &World<'_>,
    path: &Text,
    namespace: &Namespace,
    groups: &Groups<'_>,
    policies: &mut Policies,
    snapshot: &mut Snapshot,
    drafts: &mut Vec<Draft>,
) -> BTreeSet<Text> {
    let known = Known::of(namespace, groups);
    let mut merged = BTreeSet::new();
    for (place, role) in &namespace.roles {
        let kind = logins::kind_of(namespace, &role.mount);
        let one = logins::is_one(kind, role);
        let token = logins::token_policies(path, role);
        let title = format!("{path}{place}");
        let label = step(
            snapshot,
            "auth role",
            &title,
            format!("{LOGIN}{}", listed(&token)),
            &role.location,
        );
        let mut fits: Vec<(&Text, &Entity, Fit)> = Vec::new();
        let its_own = known
            .named
            .get(&(&*role.mount, role.name.to_lowercase()))
            .filter(|_| one);
        let others = known.with_policies.get(&*role.mount);
        let others = others.into_iter().flat_map(|at| at.candidates(kind, role));
        for (id, entity, alias) in its_own.into_iter().chain(others) {
            let fit = logins::fit(kind, role, alias);
            if fit != Fit::No {
                fits.push((id, entity, fit));
            }
        }
        let certain = fits.iter().find(|(_, _, fit)| one && *fit == Fit::Yes);
        let settle = "export identity/entity/id/<id> of every entity";
        let (holds, own, entity) = match certain {
            Some((id, entity, _)) => {
                let own = groups.policies(id, entity);
                let names = [&token[..], &own[..]].concat();
                let of = |template: &str| value(id, entity, groups, template);
                let mut holds = policies.holds(&names, Who::Known(&of), world, snapshot);
                groups.unknown(id, entity, &mut holds, snapshot);
                if entity.disabled {
                    holds.disable();
                }
                // An entity that others can log in as too stands by itself.
                if entity.aliases.len() == 1 {
                    merged.insert((*id).clone());
                }
                (holds, own, Some((*id).clone()))
            }
            None => (
                several(&title, &token, &fits, groups, policies, world, settle, snapshot),
                Vec::new(),
                None,
            ),
        };
        let name = &role.name;
        let mut found = identity::at(world, path, place, name, kind_of_identity(role), &role.location);
        found.nature = identity::nature(&[kind].into());
        if let Some(entity) = entity.as_ref().and_then(|id| namespace.entities.get(id)) {
            found.labels = entity.metadata.clone();
            found.owner = identity::owner(&entity.metadata);
            found.created = entity.created;
            if let Some(id) = entity_names(&entity.name, found.names.as_slice()) {
                found.names.push(id);
            }
        }
        found
            .names
            .extend(entity.clone().filter(|id| merged.contains(id)));
        found.description = demands(role).join("; ").into();
        if kind == "ldap" || kind == "okta" || kind == "radius" {
            found.assumptions.push(Assumption {
                layer: format!("groups of the directory behind {}", role.mount).into(),
                settle: "look up in the directory who is in which group".into(),
                side: Side::Both,
            });
        }
        if namespace.entities.is_empty() {
            found.assumptions.push(Assumption {
                layer: "entities and groups".into(),
                settle: "export identity/entity/id/<id> and identity/group/id/<id>".into(),
                side: Side::Both,
            });
        }
        identity::hold(&mut found, &holds, label, &role.networks);
        drafts.push(Draft {
            identity: found,
            namespace: path.clone(),
            what: What::Role(place.clone()),
            token,
            own,
            entity,
            missing: holds,
            label,
        });
    }
    merged
}

fn entity_names(name: &Text, known: &[Text]) -> Option<Text> {
    (!name.is_empty() && !known.contains(name)).then(|| name.clone())
}

fn kind_of_identity(role: &Role) -> IdentityKind {
    match &*role.collection {
        "users" => IdentityKind::User,
        "groups" | "teams" => IdentityKind::Group,
        _ => IdentityKind::Role,
    }
}

type Aliased<'n> = (&'n Text, &'n Entity, &'n crate::export::Alias);

/// Entities by the mounts at which they are known.
struct Known<'n> {
    /// By mount and the role or user that the alias names.
    named: BTreeMap<(&'n str, String), Aliased<'n>>,
    /// Those with policies, by mount.
    with_policies: BTreeMap<&'n str, AtMount<'n>>,
}

/// Entities at one mount, in order, and by what roles ask of them.
#[derive(Default)]
struct AtMount<'n> {
    all: Vec<Aliased<'n>>,
    /// By what the alias says; `None` where it says nothing.
    by: BTreeMap<(Says, Option<String>), Vec<usize>>,
}

impl<'n> AtMount<'n> {
    fn add(&mut self, aliased: Aliased<'n>) {
        let (_, _, alias) = aliased;
        let at = self.all.len();
        self.all.push(aliased);
        for (what, value) in logins::said(alias) {
            self.by.entry((what, value)).or_default().push(at);
        }
    }

    /// Those that a login through a role may be, in order: at least all of which [`logins::fit`] does not say no.
    fn candidates(&self, kind: &str, role: &Role) -> Vec<&Aliased<'n>> {
        let met = logins::asked(kind, role).into_iter().map(|(what, values)| {
            let values = values.into_iter().map(Some).chain([None]);
            let lists = values.filter_map(|value| self.by.get(&(what, value)));
            lists.collect::<Vec<_>>()
        });
        // All that is asked for must be said: whichever question fewest meet is enough to find them.
        let Some(fewest) = met.min_by_key(|lists| lists.iter().map(|list| list.len()).sum::<usize>()) else {
            return self.all.iter().collect();
        };
        let places: BTreeSet<usize> = fewest.into_iter().flatten().copied().collect();
        places
            .into_iter()
            .filter_map(|place| self.all.get(place))
            .collect()
    }
}

impl<'n> Known<'n> {
    fn of(namespace: &'n Namespace, groups: &Groups<'_>) -> Self {
        let mut known = Self {
            named: BTreeMap::new(),
            with_policies: BTreeMap::new(),
        };
        let mounts = logins::mounts(namespace);
        for (id, entity) in &namespace.entities {
            let has_policies = !groups.policies(id, entity).is_empty();
            for alias in &entity.aliases {
                let Some(mount) = logins::mount_of(alias, &mounts) else {
                    continue;
                };
                let aliased = (id, entity, alias);
                let role = alias.metadata.get("role_name").unwrap_or(&alias.name);
                known.named.entry((mount, role.to_lowercase())).or_insert(aliased);
                if has_policies {
                    known.with_policies.entry(mount).or_default().add(aliased);
                }
            }
        }
        known
    }
}

/// What a login holds that may be one of several entities.
#[allow(clippy::too_many_arguments, reason = "they come from four places")]
fn several(
    title: &str,
    token: &[Name],
    fits: &[(&Text, &Entity, Fit)],
    groups: &Groups<'_>,
    policies: &mut Policies,
    world: &World<'_>,
    settle: &str,
    snapshot: &mut Snapshot,
) -> Holds {
    let base = policies.holds(token, Who::Unknown, world, snapshot);
    let own: BTreeSet<Vec<Name>> = fits
        .iter()
        .map(|(id, entity, _)| groups.policies(id, entity))
        .filter(|own| !own.is_empty())
        .collect();
    if own.is_empty() {
        return base;
    }
    let mut alternatives = vec![(
        base.set.clone(),
        format!("whether a login through {title} is an entity without policies"),
    )];
    for own in own.into_iter().take(ALTERNATIVES) {
        let names = [token, &own[..]].concat();
        let holds = policies.holds(&names, Who::Unknown, world, snapshot);
        alternatives.push((
            holds.set,
            format!(
                "whether a login through {title} is an entity with the policies {}",
                listed(&own)
            ),
        ));
    }
    let mut holds = Holds {
        set: one_of(alternatives, settle, snapshot),
        ..base
    };
    holds.forget_why();
    holds
}

/// What a role asks of whoever logs in, readable.
pub(in super::super) fn demands(role: &Role) -> Vec<String> {
    let sign = if role.globs { "like" } else { "=" };
    role.bounds
        .iter()
        .map(|(key, values)| {
            let sign = if key.starts_with("bound_claims") {
                sign
            } else {
                "="
            };
            format!("{key} {sign} {}", values.join(" | "))
        })
        .collect()
}
