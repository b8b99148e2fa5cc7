//! Roles of the token store, tokens, and what secrets engines mint.

use leastwise_model::{Identity, IdentityKind, Snapshot, Text};
use leastwise_permset::{Label, PermissionSet};

use super::super::identity::{self, Draft, What};
use super::super::logins::glob;
use super::super::policies::{Holds, Name, Policies, Who};
use super::entities::{Groups, value};
use super::{World, listed, step};
use crate::export::{Namespace, TokenRole};

/// Up to so many policies of a token role every pair is looked at.
const PAIRS: usize = 8;

pub(super) fn compile(
    world: &World<'_>,
    path: &Text,
    namespace: &Namespace,
    policies: &mut Policies,
    snapshot: &mut Snapshot,
    drafts: &mut Vec<Draft>,
) {
    token_roles(world, path, namespace, policies, snapshot, drafts);
    tokens(world, path, namespace, policies, snapshot, drafts);
    for (place, role) in &namespace.engine_roles {
        let statement = role
            .about
            .iter()
            .map(|(key, text)| format!("{key} = {text}"))
            .collect::<Vec<_>>()
            .join(", ");
        let label = step(
            snapshot,
            "engine role",
            &format!("{path}{place}"),
            statement,
            &role.location,
        );
        let mut found = identity::at(world, path, place, &role.name, IdentityKind::Role, &role.location);
        found.labels = role.about.clone();
        found.description = format!("what {path}{} mints on another system", role.mount).into();
        drafts.push(elsewhere(path, place, found, label));
    }
    for (place, connection) in &namespace.connections {
        let user = connection
            .username
            .as_deref()
            .unwrap_or("an account that was not exported");
        let statement = format!("connects as {user}");
        let label = step(
            snapshot,
            "connection",
            &format!("{path}{place}"),
            statement,
            &connection.location,
        );
        let kind = IdentityKind::User;
        let mut found = identity::at(world, path, place, &connection.name, kind, &connection.location);
        // Databases are called so too.
        found.names.truncate(1);
        found.description = format!(
            "the account with which {path}{} reaches a server",
            connection.mount
        )
        .into();
        drafts.push(elsewhere(path, place, found, label));
    }
}

/// Somebody on another system, who holds nothing here.
fn elsewhere(path: &Text, place: &Text, mut found: Identity, label: Label) -> Draft {
    let holds = Holds::default();
    identity::hold(&mut found, &holds, label, &[]);
    Draft {
        identity: found,
        namespace: path.clone(),
        what: What::Minted(place.clone()),
        token: Vec::new(),
        own: Vec::new(),
        entity: None,
        missing: holds,
        label,
    }
}

/// The policies that tokens of a role can be given, whatever the one who asks holds.
fn allowed(path: &Text, role: &TokenRole, policies: &Policies) -> Vec<Name> {
    let mut names: Vec<Name> = role
        .allowed
        .iter()
        .map(|name| (path.clone(), name.clone()))
        .collect();
    for (namespace, name) in policies.names().filter(|(namespace, _)| namespace == path) {
        if role.allowed_globs.iter().any(|pattern| glob(pattern, name)) {
            names.push((namespace.clone(), name.clone()));
        }
    }
    names.retain(|(_, name)| {
        !role.disallowed.contains(name) && !role.disallowed_globs.iter().any(|pattern| glob(pattern, name))
    });
    names.sort();
    names.dedup();
    names
}

/// A token of a role has any of the allowed policies, as whoever asks likes. Which ones together let a request through:
/// one, but for what `sudo` and parameters of two policies for one path make, so pairs and all together are added.
fn token_roles(
    world: &World<'_>,
    path: &Text,
    namespace: &Namespace,
    policies: &mut Policies,
    snapshot: &mut Snapshot,
    drafts: &mut Vec<Draft>,
) {
    for (name, role) in &namespace.token_roles {
        let allowed = allowed(path, role, policies);
        let default: Vec<Name> = if role.default_policy {
            vec![(path.clone(), "default".into())]
        } else {
            Vec::new()
        };
        let mut choices: Vec<Vec<Name>> = allowed.iter().map(|one| vec![one.clone()]).collect();
        if allowed.len() <= PAIRS {
            for (at, one) in allowed.iter().enumerate() {
                choices.extend(
                    allowed
                        .iter()
                        .skip(at + 1)
                        .map(|other| vec![one.clone(), other.clone()]),
                );
            }
        }
        choices.push(allowed.clone());
        choices.sort();
        choices.dedup();
        let mut holds = Holds::default();
        let mut sets = Vec::new();
        for mut choice in choices {
            choice.extend(default.iter().cloned());
            let held = policies.holds(&choice, Who::Unknown, world, snapshot);
            sets.push(held.set.clone());
            holds.missing.extend(held.missing);
            holds.assumptions = held.assumptions;
        }
        holds.missing.sort();
        holds.missing.dedup();
        holds.set = PermissionSet::union_of(sets);
        let place = format!("auth/token/roles/{name}");
        let label = step(
            snapshot,
            "token role",
            &format!("{path}{place}"),
            format!("policies that its tokens can be given: {}", listed(&allowed)),
            &role.location,
        );
        let mut found = identity::at(world, path, &place, name, IdentityKind::Role, &role.location);
        found.description = "tokens that this role mints, with any of the policies that it allows".into();
        if role.allowed.is_empty() && role.allowed_globs.is_empty() {
            found.description = "tokens that this role mints, with policies of whoever asks for them".into();
        }
        if role.orphan {
            found.labels.insert("orphan".into(), "true".into());
        }
        identity::hold(&mut found, &holds, label, &role.networks);
        drafts.push(Draft {
            identity: found,
            namespace: path.clone(),
            what: What::TokenRole(name.clone()),
            token: [allowed, default].concat(),
            own: Vec::new(),
            entity: None,
            missing: holds,
            label,
        });
    }
}

fn tokens(
    world: &World<'_>,
    path: &Text,
    namespace: &Namespace,
    policies: &mut Policies,
    snapshot: &mut Snapshot,
    drafts: &mut Vec<Draft>,
) {
    let groups = Groups::of(path, namespace);
    for (accessor, token) in &namespace.tokens {
        let held: Vec<Name> = token
            .policies
            .iter()
            .map(|name| (path.clone(), name.clone()))
            .collect();
        let known = token
            .entity
            .as_ref()
            .and_then(|id| namespace.entities.get_key_value(id));
        let is_root = token.policies.iter().any(|name| &**name == "root");
        let own = known
            .map(|(id, entity)| groups.policies(id, entity))
            .unwrap_or_default();
        let names = [&held[..], &own[..]].concat();
        let holds = match (is_root, known) {
            (true, _) => Holds {
                set: super::super::ways::everything(path),
                ..Holds::default()
            },
            (false, Some((id, entity))) => {
                let of = |template: &str| value(id, entity, &groups, template);
                let mut holds = policies.holds(&names, Who::Known(&of), world, snapshot);
                groups.unknown(id, entity, &mut holds, snapshot);
                if entity.disabled {
                    holds.disable();
                }
                holds
            }
            (false, None) => {
                let who = if token.entity.is_some() {
                    Who::Unknown
                } else {
                    Who::Nobody
                };
                policies.holds(&names, who, world, snapshot)
            }
        };
        let place = format!("auth/token/accessor/{accessor}");
        let label = step(
            snapshot,
            "token",
            &token.name,
            format!("policies: {}; of its entity: {}", listed(&held), listed(&own)),
            &token.location,
        );
        let kind = if is_root {
            IdentityKind::Root
        } else {
            IdentityKind::User
        };
        let mut found = identity::at(world, path, &place, &token.name, kind, &token.location);
        // Many tokens have the name of their method.
        found.names.truncate(1);
        found.created = token.created;
        if is_root {
            found.unbounded = Some("it holds the policy `root`".into());
        }
        let mut labels = std::collections::BTreeMap::new();
        labels.insert(Text::from("type"), token.kind.clone());
        labels.insert(Text::from("path"), token.path.clone());
        if token.orphan {
            labels.insert("orphan".into(), "true".into());
        }
        if !token.expires {
            labels.insert("expires".into(), "never".into());
        }
        found.labels = labels;
        if token.entity.is_some() && known.is_none() {
            found.assumptions.push(leastwise_model::Assumption {
                layer: "policies of the token's entity".into(),
                settle: "export identity/entity/id/<id> of every entity".into(),
                side: leastwise_model::Side::Both,
            });
        }
        identity::hold(&mut found, &holds, label, &[]);
        drafts.push(Draft {
            identity: found,
            namespace: path.clone(),
            what: What::Token(accessor.clone()),
            token: if is_root { Vec::new() } else { held },
            own,
            entity: token.entity.clone(),
            missing: holds,
            label,
        });
    }
}
