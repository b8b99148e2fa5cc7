//! People of a cluster → identities of the snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;

use leastwise_model::{
    Credential, CredentialKind, Effect, Evidence, Facts, Holding, Identity, IdentityIndex, IdentityKind,
    LastUse, Layer, Nature, Owner, Snapshot, Step, Text, Workload,
};
use leastwise_permset::{PermissionSet, Region};
use rustc_hash::FxHashMap;

use super::accounts::{ANONYMOUS, MASTERS, NODE_PREFIX, NODES, People, Person, Who};
use super::{World, implicit};
use super::{assumptions, machines};
use crate::object::{Labels, WORK_KINDS, label};

/// Labels and annotations in which teams are named, the most telling first.
const OWNER_KEYS: [&str; 6] = [
    "a8r.io/owner",
    "owner",
    "team",
    "app.kubernetes.io/owner",
    "app.kubernetes.io/team",
    "backstage.io/owner",
];
/// Labels in which stages are named.
const ENVIRONMENT_KEYS: [&str; 4] = ["environment", "env", "app.kubernetes.io/environment", "stage"];

/// Where people stand in the snapshot.
pub(crate) struct Placed {
    indices: Vec<IdentityIndex>,
    /// Everybody of the cluster.
    pub everybody: Arc<[IdentityIndex]>,
    /// Members of groups by virtue of who they are: local places by the group's local place.
    pub members: FxHashMap<usize, Vec<usize>>,
}

impl Placed {
    pub(crate) fn index(&self, person: usize) -> Option<IdentityIndex> {
        self.indices.get(person).copied()
    }
}

/// Adds an identity for each of the people, sorted by id.
pub(crate) fn place(world: &World<'_>, people: &People<'_>, snapshot: &mut Snapshot) -> Placed {
    let mut order: Vec<(String, usize)> = people
        .all
        .iter()
        .enumerate()
        .map(|(at, person)| (person.who.id(), at))
        .collect();
    order.sort_unstable();

    let mut members: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    let mut implied: Vec<Vec<usize>> = vec![Vec::new(); people.all.len()];
    let mut known: FxHashMap<String, Option<usize>> = FxHashMap::default();
    for (_, at) in &order {
        let Some(person) = people.all.get(*at) else {
            continue;
        };
        for name in person.who.groups() {
            let group = *known
                .entry(name)
                .or_insert_with_key(|name| people.find(&Who::Group(name.as_str().into())));
            if let (Some(group), Some(implied)) = (group, implied.get_mut(*at)) {
                members.entry(group).or_default().push(*at);
                implied.push(group);
            }
        }
    }
    let mut groups: Vec<usize> = members.keys().copied().collect();
    groups.sort_unstable();
    let mut inherited: FxHashMap<usize, PermissionSet> = FxHashMap::default();
    for at in groups {
        let Some(Person {
            who: Who::Group(name),
            parts,
            ..
        }) = people.all.get(at)
        else {
            continue;
        };
        if parts.is_empty() {
            continue;
        }
        let statement = format!("member of group {name}, implicit");
        let label = implicit(snapshot, "group membership", name, statement);
        inherited.insert(at, PermissionSet::union_of(parts.iter().cloned()).labelled(label));
    }

    let mapped = mapped_groups(world, people, snapshot);
    let namespaces: FxHashMap<&Text, &Labels> = world
        .namespaces
        .iter()
        .map(|namespace| (&namespace.meta.name, &namespace.labels))
        .collect();
    let assumptions = assumptions::of(world);
    let machines = machines::holdings(world, snapshot);
    let mut indices = vec![IdentityIndex(0); people.all.len()];
    let mut everybody = Vec::with_capacity(order.len());
    for (id, at) in order {
        let Some(person) = people.all.get(at) else {
            continue;
        };
        let of_groups = implied
            .get(at)
            .into_iter()
            .flatten()
            .filter_map(|group| inherited.get(group).cloned());
        let of_map = person
            .mapped
            .iter()
            .filter_map(|group| mapped.get(group).cloned());
        let parts = person.parts.iter().cloned().chain(of_groups);
        let set = PermissionSet::union_of(parts.chain(of_map));
        let mut identity = identity(world, person, &id, set, &namespaces, &assumptions, snapshot);
        if let Who::User(name) = &person.who {
            identity.holding.layers.extend(machines.get(name).cloned());
        }
        let index = snapshot.add_identity(identity);
        // As which a pod runs that names no account.
        if matches!(&person.who, Who::Account { name, .. } if &**name == "default") {
            snapshot.implicit.push(index);
        }
        everybody.push(index);
        if let Some(slot) = indices.get_mut(at) {
            *slot = index;
        }
    }
    Placed {
        indices,
        everybody: everybody.into(),
        members,
    }
}

/// What the groups give into which the map of identities of the cloud puts users.
fn mapped_groups(
    world: &World<'_>,
    people: &People<'_>,
    snapshot: &mut Snapshot,
) -> FxHashMap<Text, PermissionSet> {
    let Some(mapping) = world.mapping else {
        return FxHashMap::default();
    };
    let mut given = FxHashMap::default();
    let mut groups: Vec<&Text> = people.all.iter().flat_map(|person| &person.mapped).collect();
    groups.sort_unstable();
    groups.dedup();
    for group in groups {
        let found = people.find(&Who::Group(group.clone()));
        let Some(person) = found.and_then(|at| people.all.get(at)) else {
            continue;
        };
        if person.parts.is_empty() {
            continue;
        }
        let label = snapshot.add_step(Step {
            kind: "mapped group".into(),
            name: group.clone(),
            statement: format!("member of group {group}, by the config map {}", mapping.meta.name).into(),
            location: Some(mapping.meta.location.clone()),
            provided: false,
        });
        let set = PermissionSet::union_of(person.parts.iter().cloned()).labelled(label);
        given.insert(group.clone(), set);
    }
    given
}

fn identity(
    world: &World<'_>,
    person: &Person<'_>,
    id: &str,
    set: PermissionSet,
    namespaces: &FxHashMap<&Text, &Labels>,
    assumptions: &assumptions::Assumptions,
    snapshot: &mut Snapshot,
) -> Identity {
    let mut layers = vec![Layer {
        effect: Effect::Grants,
        title: "role bindings".into(),
        set,
    }];
    let mut assuming = assumptions.all.clone();
    let mut unbounded = None;
    let nothing = Labels::default();
    let labels = person.declared.map_or(&nothing, |account| &account.labels);
    let (kind, name, names, nature, provided, of_namespace) = match &person.who {
        Who::Account { namespace, name } => {
            let mut evidence = vec![sign(false, "service account")];
            if !person.work.is_empty() {
                evidence.push(sign(false, "runs workloads"));
            }
            (
                IdentityKind::ServiceAccount,
                name.clone(),
                vec![id.into()],
                Nature::NonHuman(evidence),
                person.declared.is_some_and(|account| account.meta.provided)
                    || person.provided && &**namespace == "kube-system",
                namespaces.get(namespace).copied(),
            )
        }
        Who::User(name) => {
            assuming.extend((&**name != ANONYMOUS).then(|| assumptions.memberships.clone()));
            if name.starts_with(NODE_PREFIX) {
                assuming.push(assumptions.nodes.clone());
            }
            let nature = if name.starts_with("system:") && &**name != ANONYMOUS {
                Nature::NonHuman(vec![sign(false, "name reserved for components of the cluster")])
            } else if name.ends_with(".gserviceaccount.com") {
                Nature::NonHuman(vec![sign(false, "name of a service account of the cloud")])
            } else {
                Nature::Unknown
            };
            let names = vec![name.clone(), format!("user:{name}").into()];
            (
                IdentityKind::User,
                name.clone(),
                names,
                nature,
                name.starts_with("system:"),
                None,
            )
        }
        Who::Group(name) => {
            if &**name == MASTERS {
                let why: Text = "members of system:masters pass every authorizer".into();
                let label = implicit(snapshot, "privileged group", name, why.to_string());
                layers.push(Layer {
                    effect: Effect::Grants,
                    title: "privileged group".into(),
                    set: PermissionSet::from(Region::everything()).labelled(label),
                });
                unbounded = Some(why);
                // Nothing that is not in the input can change what this group can do.
                assuming.clear();
            }
            if &**name == NODES {
                assuming.push(assumptions.nodes.clone());
            }
            let names = vec![name.clone(), format!("group:{name}").into()];
            (
                IdentityKind::Group,
                name.clone(),
                names,
                Nature::Unknown,
                name.starts_with("system:"),
                None,
            )
        }
    };
    let owner = OWNER_KEYS
        .iter()
        .find_map(|key| Some((label(labels, key)?, format!("`{key}` of the service account"))));
    let owner = owner.or_else(|| {
        OWNER_KEYS
            .iter()
            .find_map(|key| Some((label(of_namespace?, key)?, format!("`{key}` of the namespace"))))
    });
    let stage = |labels: &Labels| {
        ENVIRONMENT_KEYS
            .iter()
            .find_map(|key| label(labels, key).cloned())
    };
    Identity {
        names,
        nature,
        holding: Holding {
            layers,
            facts: Facts::default(),
        },
        assumptions: assuming,
        credentials: credentials(person),
        workloads: workloads(world, person),
        workloads_known: !world.work.is_empty(),
        labels: labels.iter().cloned().collect::<BTreeMap<_, _>>(),
        description: label(labels, "kubernetes.io/description")
            .cloned()
            .unwrap_or_else(|| "".into()),
        owner: owner.map(|(team, source)| Owner {
            team: team.clone(),
            source: source.into(),
        }),
        environment: stage(labels)
            .or_else(|| of_namespace.and_then(stage))
            .or_else(|| world.environment.clone()),
        created: person.declared.and_then(|account| account.created),
        location: person.declared.map(|account| account.meta.location.clone()),
        provided,
        stranger: person.who.is_stranger(),
        unbounded,
        ..Identity::new(
            format!("kubernetes:{}:{id}", world.name).into(),
            name,
            kind,
            world.instance,
        )
    }
}

fn sign(human: bool, what: &str) -> Evidence {
    Evidence {
        human,
        what: what.into(),
    }
}

fn credentials(person: &Person<'_>) -> Vec<Credential> {
    let mut credentials: Vec<Credential> = person
        .secrets
        .iter()
        .map(|secret| Credential {
            kind: CredentialKind::Token,
            name: format!("token in secret {}", secret.meta.name).into(),
            active: !secret.invalid,
            rotated: secret.created,
            last_use: secret.last_used.map_or(LastUse::Unknown, LastUse::At),
            location: Some(secret.meta.location.clone()),
        })
        .collect();
    credentials.sort_by(|a, b| a.name.cmp(&b.name));
    credentials
}

fn workloads(world: &World<'_>, person: &Person<'_>) -> Vec<Workload> {
    let mut workloads: Vec<Workload> = person
        .work
        .iter()
        .map(|(work, running)| Workload {
            kind: WORK_KINDS.get(work.kind).map_or("", |kind| kind.kind).into(),
            name: format!("{}/{}", world.home(&work.meta), work.meta.name).into(),
            running: *running,
            location: Some(work.meta.location.clone()),
        })
        .collect();
    workloads.sort();
    workloads
}
