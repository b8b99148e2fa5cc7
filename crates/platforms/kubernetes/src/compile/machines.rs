//! The machines of a cluster: what they hold, and who takes them over.
//!
//! Whoever has a machine has what its kubelet may do: have tokens issued for the accounts of the pods that run there, and read
//! the secrets that these mount (kubernetes/kubernetes `plugin/pkg/auth/authorizer/node`); on a machine that runs an API
//! server, everything. A machine is known by the pods that run on it.
//!
//! A pod takes over its machine where it is privileged or mounts the machine's files. Pod Security refuses such pods in
//! namespaces that are labelled so (Kubernetes documentation, "Pod Security Standards" and "Pod Security Admission").
//! Webhooks and policies may refuse them, which is not evaluated: then it is unknown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leastwise_model::{Effect, IdentityIndex, Layer, Need, Snapshot, Text};
use leastwise_permset::{Guard, PermissionSet, Region};
use rustc_hash::FxHashMap;

use super::accounts::{People, Who};
use super::adding::{Adding, need, need_one_of, need_when};
use super::identities::Placed;
use super::opportunities::{exec_by_get, gap};
use super::{World, implicit};
use crate::object::{ControlKind, Host, Labels, PodState, Selector, WORK_KINDS, Work, label};
use crate::rule::request;

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

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

/// What becomes of a pod that asks for its machine.
enum Admitted {
    /// It runs, if this holds.
    When(Guard),
    /// It is refused by the label of its namespace; with it away it would run, if this holds.
    Refused { volumes_pass: bool, without: Guard },
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
    let mut all: Vec<IdentityIndex> = machines.values().copied().collect();
    all.sort_unstable();
    let all: Arc<[IdentityIndex]> = all.into();
    for namespace in namespaces(world) {
        of_namespace(world, &namespace, &all, adding);
    }
    for (node, work, pod) in running(world) {
        let (Some(index), Some(host)) = (machines.get(node), pod.host) else {
            continue;
        };
        of_pod(world, node, work, host, &Arc::from([*index]), adding);
    }
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

/// Makes pods in a namespace, directly or by what makes them.
fn making(nameless: &str) -> Need {
    let all = WORK_KINDS
        .iter()
        .map(|kind| request(&format!("{}:create", kind.resource), nameless));
    need_one_of("core/pods:create", all)
}

fn of_namespace(
    world: &World<'_>,
    namespace: &Text,
    machines: &Arc<[IdentityIndex]>,
    adding: &mut Adding<'_>,
) {
    let nameless = format!("{namespace}/");
    match admitted(world, namespace, adding.snapshot) {
        Admitted::When(guard) => {
            for kind in &WORK_KINDS {
                let action: Text = format!("{}:create", kind.resource).into();
                let needs = vec![need_when(&action, &nameless, guard.clone())];
                adding.become_one_of("escape", needs, machines);
            }
        }
        Admitted::Refused {
            volumes_pass,
            without,
        } => {
            for verb in ["update", "patch"] {
                let action: Text = format!("core/namespaces:{verb}").into();
                let unlabel = need_when(&action, &format!("{namespace}/{namespace}"), without.clone());
                adding.become_one_of("unlabel-and-escape", vec![unlabel, making(&nameless)], machines);
            }
            if volumes_pass {
                let needs = vec![
                    need_when(&"core/persistentvolumes:create".into(), "/", without),
                    need(&"core/persistentvolumeclaims:create".into(), &nameless),
                    making(&nameless),
                ];
                adding.become_one_of("host-volume", needs, machines);
            }
        }
    }
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
                "whether a process of pod `{}/{}` of cluster `{}` can take over its machine by what it mounts of it",
                world.home(&work.meta),
                work.meta.name,
                world.name
            ),
            "as which user the containers of a pod run that mounts files of its machine",
            "read the image's user, and securityContext of the pod",
            adding.snapshot,
        ),
    };
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

fn admitted(world: &World<'_>, namespace: &Text, snapshot: &mut Snapshot) -> Admitted {
    let known = world.namespaces.iter().find(|one| one.meta.name == *namespace);
    let without = unrefused(world, namespace, known.map(|one| &one.selectable), snapshot);
    let open = |what: &str, snapshot: &mut Snapshot| {
        let name = format!("{what} of namespace `{namespace}` of cluster `{}`", world.name);
        let settle = format!("kubectl get namespace {namespace} -o json");
        let guard = gap(
            name,
            "whether Pod Security refuses privileged pods in a namespace",
            &settle,
            snapshot,
        );
        Admitted::When(both(&guard, &without))
    };
    if world.version.is_some_and(|version| version < (1, 25)) {
        return open("the PodSecurityPolicies, which are not evaluated,", snapshot);
    }
    let Some(known) = known else {
        return open("the labels", snapshot);
    };
    match label(&known.selectable, ENFORCE).map(|level| &**level) {
        None | Some("privileged") => Admitted::When(without),
        Some("baseline") => Admitted::Refused {
            volumes_pass: true,
            without,
        },
        // Pods there do not run as root, so that what they mount is not all theirs.
        Some("restricted") => Admitted::Refused {
            volumes_pass: false,
            without,
        },
        Some(_) => open("the unknown Pod Security level", snapshot),
    }
}

fn both(first: &Guard, second: &Guard) -> Guard {
    Guard::all_of(first.literals().iter().chain(second.literals()).cloned())
}

/// That no webhook or policy refuses a pod.
fn unrefused(world: &World<'_>, namespace: &Text, labels: Option<&Labels>, snapshot: &mut Snapshot) -> Guard {
    let policies: BTreeMap<&Text, bool> = world
        .controls
        .iter()
        .filter_map(|control| match &control.what {
            ControlKind::Policy { pods } => Some((&control.meta.name, *pods)),
            ControlKind::Webhooks(_) | ControlKind::PolicyBinding { .. } => None,
        })
        .collect();
    let mut own: Vec<(Text, Text)> = labels.into_iter().flatten().cloned().collect();
    // The API server puts it on every namespace.
    own.push(("kubernetes.io/metadata.name".into(), namespace.clone()));
    let own: Labels = own.into();
    let selects = |selector: &Selector| labels.is_none() || selector.selects(&own);
    let mut guard = Guard::always();
    for control in &world.controls {
        let asked = match &control.what {
            ControlKind::Webhooks(selectors) => selectors.iter().any(selects),
            ControlKind::PolicyBinding { policy, selector } => {
                policies.get(policy).copied().unwrap_or(true) && selects(selector)
            }
            ControlKind::Policy { .. } => false,
        };
        if asked {
            let name = format!(
                "whether `{}` of cluster `{}` refuses privileged pods",
                control.meta.name, world.name
            );
            let settle = "kubectl apply --dry-run=server of a privileged pod, where that is allowed";
            let admits = gap(
                name,
                "what a webhook or an admission policy refuses",
                settle,
                snapshot,
            );
            guard = both(&guard, &admits);
        }
    }
    guard
}
