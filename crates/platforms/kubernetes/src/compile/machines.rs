//! The machines of a cluster: what they hold, and who takes them over.
//!
//! Whoever has a machine has what its kubelet may do: have tokens issued for the accounts of the pods that run there, and read
//! the secrets that these mount (kubernetes/kubernetes `plugin/pkg/auth/authorizer/node`); on a machine that runs an API
//! server, everything. A machine is known by the pods that run on it.
//!
//! A pod takes over its machine where it is privileged or mounts the machine's files. Pod Security refuses such pods in
//! namespaces that are labelled so (Kubernetes documentation, "Pod Security Standards" and "Pod Security Admission").
//! Webhooks and policies may refuse them, which is not evaluated: then it is unknown, but for who takes them away.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leastwise_model::{Effect, IdentityIndex, Layer, Snapshot, Text};
use leastwise_permset::{Guard, PermissionSet, Region};
use rustc_hash::FxHashMap;

use super::accounts::{People, Who};
use super::adding::{Adding, need_when};
use super::controls::{Space, both};
use super::identities::Placed;
use super::opportunities::{exec_by_get, gap};
use super::starting::{Level, Starting, of_new_pods, of_running_pod};
use super::{World, implicit};
use crate::object::{Host, PodState, Refusing, Work};
use crate::rule::request;

/// The label by which a namespace tells Pod Security what to refuse.
pub(super) const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// Pods that run, with the machines they run on.
pub(super) fn running<'w>(world: &'w World<'_>) -> impl Iterator<Item = (&'w Text, &'w Work, &'w PodState)> {
    world.work.iter().filter_map(|work| {
        let pod = work.pod.as_ref().filter(|_| work.running == Some(true))?;
        Some((pod.node.as_ref()?, *work, pod))
    })
}

/// What each machine may do, by the name of its user.
pub(super) fn holdings(world: &World<'_>, snapshot: &mut Snapshot) -> FxHashMap<Text, Layer> {
    let mut held: BTreeMap<&Text, Vec<Region>> = BTreeMap::new();
    let mut serving: BTreeSet<&Text> = BTreeSet::new();
    for (node, work, pod) in running(world) {
        let home = world.home(&work.meta);
        let regions = held.entry(node).or_default();
        let account = format!("{home}/{}", work.account);
        regions.push(request("core/serviceaccounts/token:create", &account));
        for secret in &pod.secrets {
            let resource = format!("{home}/{secret}");
            regions.extend(
                ["get", "list", "watch"].map(|verb| request(&format!("core/secrets:{verb}"), &resource)),
            );
        }
        if pod.authorization_mode.is_some() {
            serving.insert(node);
        }
    }
    let mut layers = FxHashMap::default();
    for (node, regions) in held {
        let Who::User(user) = Who::of_node(node) else {
            continue;
        };
        let (kind, said, set) = if serving.contains(node) {
            let said = format!("the machine {node} runs an API server: who has it has the cluster");
            ("API server", said, PermissionSet::from(Region::everything()))
        } else {
            let said = format!("the machine {node} serves the pods that run on it");
            let set = PermissionSet::union_of(regions.into_iter().map(PermissionSet::from));
            ("node authorizer", said, set)
        };
        let label = implicit(snapshot, kind, node, said);
        let layer = Layer {
            effect: Effect::Grants,
            title: kind.into(),
            set: set.labelled(label),
        };
        layers.insert(user, layer);
    }
    layers
}

/// Adds who takes over machines.
pub(super) fn of_machines(world: &World<'_>, people: &People<'_>, placed: &Placed, adding: &mut Adding<'_>) {
    let mut machines: BTreeMap<&Text, IdentityIndex> = BTreeMap::new();
    for (node, ..) in running(world) {
        let found = people.find(&Who::of_node(node)).and_then(|at| placed.index(at));
        machines.extend(found.map(|index| (node, index)));
    }
    if machines.is_empty() {
        return;
    }
    let constrained = constrained(world, adding.snapshot);
    let mut all: BTreeMap<Guard, Vec<IdentityIndex>> = BTreeMap::new();
    for (node, index) in &machines {
        let guard = both(&constrained, &ordinary(world, node, adding.snapshot));
        all.entry(guard).or_default().push(*index);
    }
    let all = all.into_iter().map(|(guard, mut machines)| {
        machines.sort_unstable();
        (guard, machines.into())
    });
    let all: Vec<(Guard, Arc<[IdentityIndex]>)> = all.collect();
    let mut work: BTreeMap<Text, Vec<&Work>> = BTreeMap::new();
    for one in &world.work {
        work.entry(world.home(&one.meta)).or_default().push(one);
    }
    for namespace in namespaces(world) {
        let space = Space::of(world, &namespace);
        space.remark(adding.snapshot);
        let level = level(world, &space, adding.snapshot);
        let starting = Starting {
            space: &space,
            level: &level,
        };
        let work = work.get(&namespace).map_or(&[][..], Vec::as_slice);
        let ways = of_new_pods(&namespace, work);
        for (guard, machines) in &all {
            starting.add(&ways, guard, machines, adding);
        }
        for one in work {
            let node = one.pod.as_ref().and_then(|pod| pod.node.as_ref());
            let machine = node
                .filter(|_| one.running == Some(true))
                .and_then(|node| machines.get(node));
            if let Some(index) = machine {
                let ways = of_running_pod(&namespace, one);
                let guard = node.map_or_else(Guard::always, |node| ordinary(world, node, adding.snapshot));
                starting.add(&ways, &both(&constrained, &guard), &Arc::from([*index]), adding);
            }
        }
    }
    for (node, work, pod) in running(world) {
        let (Some(index), Some(host)) = (machines.get(node), pod.host) else {
            continue;
        };
        of_pod(world, node, work, host, &Arc::from([*index]), adding);
    }
}

/// Names of machines on which privileged pods may be refused, or those of others, by what they begin with.
const APART: [&str; 4] = ["fargate-", "gk3-", "virtual-node", "virtual-kubelet"];

/// That a machine runs privileged pods of anybody.
fn ordinary(world: &World<'_>, node: &Text, snapshot: &mut Snapshot) -> Guard {
    if !APART.iter().any(|begin| node.starts_with(begin)) {
        return Guard::always();
    }
    gap(
        format!(
            "whether machine `{node}` of cluster `{}` runs privileged pods",
            world.name
        ),
        "what a platform without machines of one's own refuses",
        "its documentation; kubectl get node NAME -o json tells which it is",
        snapshot,
    )
}

/// That constraints of OpenShift admit privileged pods, and commands in them.
fn constrained(world: &World<'_>, snapshot: &mut Snapshot) -> Guard {
    if !world.refusing.contains(&Refusing::Constraints) {
        return Guard::always();
    }
    gap(
        format!(
            "which SecurityContextConstraints of cluster `{}` admit privileged pods, and whose",
            world.name
        ),
        "what SecurityContextConstraints refuse, which are not evaluated",
        "oc adm policy who-can use securitycontextconstraints/privileged",
        snapshot,
    )
}

/// Every namespace that something says to be there.
fn namespaces(world: &World<'_>) -> BTreeSet<Text> {
    let objects = world.accounts.iter().map(|one| world.home(&one.meta));
    let work = world.work.iter().map(|one| world.home(&one.meta));
    let bindings = world.bindings.iter().filter(|one| !one.cluster);
    let named = world.namespaces.iter().map(|one| one.meta.name.clone());
    objects
        .chain(work)
        .chain(bindings.map(|one| world.home(&one.meta)))
        .chain(named)
        .collect()
}

/// Ways into a pod that has its machine.
fn of_pod(
    world: &World<'_>,
    node: &Text,
    work: &Work,
    host: Host,
    machine: &Arc<[IdentityIndex]>,
    adding: &mut Adding<'_>,
) {
    let guard = match host {
        Host::All => Guard::always(),
        Host::Files => gap(
            format!(
                "whether a process of pod `{}/{}` of cluster `{}` can take over its machine by what it has of it",
                world.home(&work.meta),
                work.meta.name,
                world.name
            ),
            "as which user the containers of a pod run that has files of its machine, or capabilities",
            "read the image's user, and securityContext of the pod",
            adding.snapshot,
        ),
    };
    let guard = both(&guard, &constrained(world, adding.snapshot));
    let pod = format!("{}/{}", world.home(&work.meta), work.meta.name);
    let ways = [
        ("core/pods/exec:create", pod),
        ("core/nodes/proxy:create", format!("/{node}")),
        ("core/nodes/proxy:get", format!("/{node}")),
    ];
    let by_get = ("core/pods/exec:get", ways[0].1.clone());
    let ways = ways.into_iter().map(|way| (way, guard.clone()));
    let old = exec_by_get(world, adding.snapshot).map(|old| (by_get, both(&guard, &old)));
    for ((action, resource), guard) in ways.chain(old) {
        let needs = vec![need_when(&action.into(), &resource, guard)];
        adding.become_one_of("exec-host", needs, machine);
    }
}

fn level(world: &World<'_>, space: &Space<'_>, snapshot: &mut Snapshot) -> Level {
    let namespace = space.namespace;
    let open = |what: &str, snapshot: &mut Snapshot| {
        let name = format!("{what} of namespace `{namespace}` of cluster `{}`", world.name);
        let settle = format!("kubectl get namespace {namespace} -o json");
        let guard = gap(
            name,
            "whether Pod Security refuses privileged pods in a namespace",
            &settle,
            snapshot,
        );
        Level::Passes(guard, None)
    };
    if world.version.is_some_and(|version| version < (1, 25)) {
        return open("the PodSecurityPolicies, which are not evaluated,", snapshot);
    }
    let Some(enforced) = space.agreed(ENFORCE) else {
        return open("the labels", snapshot);
    };
    match enforced.map(|level| &**level) {
        None if world.refusing.contains(&Refusing::Default) => open(
            "the cluster's own default of Pod Security, or an exemption,",
            snapshot,
        ),
        None => {
            let said = format!(
                "namespace {namespace} has no Pod Security label, and the cluster's own default is taken to refuse nothing"
            );
            let taken = implicit(snapshot, "Pod Security", namespace, said);
            Level::Passes(Guard::always(), Some(taken))
        }
        Some("privileged") => Level::Passes(Guard::always(), None),
        Some("baseline") => Level::Refuses { volumes_pass: true },
        // Pods there do not run as root, so that what they mount is not all theirs.
        Some("restricted") => Level::Refuses { volumes_pass: false },
        Some(_) => open("the unknown Pod Security level", snapshot),
    }
}
