//! Roles of auth methods, entities, groups, roles of the token store, tokens, and what secrets engines mint.

mod entities;
mod minted;
mod roles;

pub(super) use roles::demands;

use std::collections::BTreeMap;
use std::sync::Arc;

use leastwise_model::{Gap, IdentityIndex, IdentityKind, Side, Snapshot, Text};
use leastwise_permset::{Atom, Condition, Guard, PermissionSet, Region};

use super::identity::{self, Draft, What};
use super::policies::{Name, Policies, Who};
use super::{World, implicit, step};

/// How many ways a login can turn out before it is one gap.
const ALTERNATIVES: usize = 16;

/// Where everybody stands.
#[derive(Default)]
pub(super) struct Placed {
    /// Everybody on the server, sorted.
    pub everybody: Arc<[IdentityIndex]>,
    /// By namespace and what they are.
    pub by_what: BTreeMap<(Text, What), IdentityIndex>,
    pub under: Vec<Under>,
}

/// The policies that somebody is under.
pub(super) struct Under {
    pub index: IdentityIndex,
    pub namespace: Text,
    pub what: What,
    pub token: Vec<Name>,
    pub own: Vec<Name>,
    /// The entity, where it is known.
    pub entity: Option<Text>,
}

pub(super) fn compile(world: &World<'_>, policies: &mut Policies, snapshot: &mut Snapshot) -> Placed {
    let mut drafts: Vec<Draft> = Vec::new();
    if world.loose {
        alone(world, policies, snapshot, &mut drafts);
    } else {
        for (path, namespace) in &world.server.namespaces {
            let groups = entities::Groups::of(path, namespace);
            let merged = roles::compile(world, path, namespace, &groups, policies, snapshot, &mut drafts);
            entities::compile(
                world,
                path,
                namespace,
                &groups,
                &merged,
                policies,
                snapshot,
                &mut drafts,
            );
            minted::compile(world, path, namespace, policies, snapshot, &mut drafts);
        }
    }
    drafts.sort_by(|a, b| a.identity.id.cmp(&b.identity.id));
    drafts.dedup_by(|a, b| a.identity.id == b.identity.id);
    let mut placed = Placed::default();
    let mut everybody = Vec::new();
    for draft in drafts {
        let index = snapshot.add_identity(draft.identity);
        everybody.push(index);
        let names: Vec<Name> = draft.token.iter().chain(&draft.own).cloned().collect();
        policies.held_by(&names, &draft.missing, index, draft.label);
        placed
            .by_what
            .insert((draft.namespace.clone(), draft.what.clone()), index);
        placed.under.push(Under {
            index,
            namespace: draft.namespace,
            what: draft.what,
            token: draft.token,
            own: draft.own,
            entity: draft.entity,
        });
    }
    placed.everybody = everybody.into();
    placed
}

/// Where nothing but policies is known: what a token under each policy alone may do.
fn alone(world: &World<'_>, policies: &mut Policies, snapshot: &mut Snapshot, drafts: &mut Vec<Draft>) {
    for (path, namespace) in &world.server.namespaces {
        for (name, stored) in &namespace.policies {
            let names = vec![(path.clone(), name.clone())];
            if !policies.names().any(|known| names.contains(known)) {
                continue;
            }
            let holds = policies.holds(&names, Who::Unknown, world, snapshot);
            let place = format!("sys/policies/acl/{name}");
            let mut found = identity::at(world, path, &place, name, IdentityKind::Role, &stored.location);
            found.description = "a token that holds this policy alone".into();
            let label = implicit(snapshot, "token", name, "a token that holds this policy alone");
            identity::hold(&mut found, &holds, label, &[]);
            drafts.push(Draft {
                identity: found,
                namespace: path.clone(),
                what: What::Policy(name.clone()),
                token: names,
                own: Vec::new(),
                entity: None,
                missing: holds,
                label,
            });
        }
    }
}

/// Exactly one of some sets, and it is not known which: what all have for sure, the rest as the atom of each says.
fn one_of(
    alternatives: Vec<(PermissionSet, String)>,
    settle: &str,
    snapshot: &mut Snapshot,
) -> PermissionSet {
    let sure = PermissionSet::intersection_of(alternatives.iter().map(|(set, _)| set.clone()));
    let maybe = alternatives.into_iter().map(|(set, what)| {
        let atom = snapshot.add_gap(Gap {
            atom: Atom::new(&what),
            what: what.as_str().into(),
            settle: settle.into(),
            side: Side::Both,
        });
        set.intersection(&when(atom))
    });
    let maybe: Vec<PermissionSet> = maybe.collect();
    sure.union(&PermissionSet::union_of(maybe))
}

fn when(atom: Atom) -> PermissionSet {
    let guard = Guard::all_of([Condition::Atom(atom).holds()]);
    Region::everything().when(guard).into()
}

/// The names of policies for people.
fn listed(names: &[Name]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<String> = names
        .iter()
        .map(|(namespace, name)| format!("{namespace}{name}"))
        .collect();
    names.join(", ")
}
