//! Who can become whom: by running something as a service account, by its tokens, by impersonation.
//!
//! One opportunity for each namespace, workload, pod, secret, account, user or group and technique: linear in the
//! input. Those of a namespace share their targets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leastwise_model::{Gap, IdentityIndex, Side, Snapshot, Text};
use leastwise_permset::{Atom, Condition, Guard};

use super::accounts::{People, Person, Who};
use super::adding::{Adding, named, need, need_one_of, need_when};
use super::identities::Placed;
use super::impersonation::of_impersonation;
use super::secrets::{self, Taken};
use super::{Techniques, World, certificates, machines, operators, proxied};
use crate::object::{WORK_KINDS, Work};
use crate::rule::request;

/// Adds the opportunities of a cluster to become somebody.
pub(crate) fn compile(
    world: &World<'_>,
    people: &People<'_>,
    placed: &Placed,
    techniques: &Techniques,
    snapshot: &mut Snapshot,
) {
    let mut adding = Adding {
        snapshot,
        techniques,
        bearers: placed.everybody.clone(),
    };
    let mut order: Vec<usize> = (0..people.all.len()).collect();
    order.sort_unstable_by_key(|at| placed.index(*at));
    let sorted: Vec<(usize, &Person<'_>)> = order
        .into_iter()
        .filter_map(|at| Some((at, people.all.get(at)?)))
        .collect();

    let accounts = Accounts::of(world, &sorted, placed, adding.snapshot);
    let taken = Taken::of(world, adding.snapshot);
    let making = WORK_KINDS
        .each_ref()
        .map(|kind| Text::from(format!("{}:create", kind.resource)));
    for (guard, namespaces) in &accounts.0 {
        for (namespace, accounts) in namespaces {
            of_namespace(namespace, accounts, guard, &making, taken.as_ref(), &mut adding);
        }
        of_templates(world, namespaces, guard, &mut adding);
    }
    operators::of_operators(world, &sorted, placed, &accounts.0, &mut adding);
    of_pods(world, &sorted, placed, &mut adding);
    of_tokens(world, &sorted, placed, &accounts, &mut adding);
    of_missing_accounts(world, &sorted, placed, &mut adding);
    of_impersonation(&sorted, placed, &mut adding);
    machines::of_machines(world, people, placed, &mut adding);
    certificates::of_certificates(&sorted, placed, &mut adding);
}

/// Service accounts of each namespace, sorted.
pub(super) type ByNamespace = BTreeMap<Text, Arc<[IdentityIndex]>>;

/// Accounts by namespace: those that exist, and under a gap those that are only mentioned.
struct Accounts([(Guard, ByNamespace); 2]);

impl Accounts {
    fn of(
        world: &World<'_>,
        people: &[(usize, &Person<'_>)],
        placed: &Placed,
        snapshot: &mut Snapshot,
    ) -> Self {
        let mut found: [BTreeMap<&Text, Vec<IdentityIndex>>; 2] = Default::default();
        let [sure, doubtful] = &mut found;
        for (at, person) in people {
            if let (Who::Account { namespace, .. }, Some(index)) = (&person.who, placed.index(*at)) {
                if person.exists() {
                    sure.entry(namespace).or_default().push(index);
                } else if !world.complete.knows_accounts(namespace) {
                    doubtful.entry(namespace).or_default().push(index);
                }
            }
        }
        let doubt = match doubtful.is_empty() {
            true => Guard::always(),
            false => gap(
                format!(
                    "the input does not hold all service accounts of cluster `{}`",
                    world.name
                ),
                "service accounts that are only mentioned",
                "kubectl get serviceaccounts -A -o json",
                snapshot,
            ),
        };
        let mut guards = [Guard::always(), doubt].into_iter();
        Self(found.map(|namespaces| {
            let namespaces = namespaces
                .into_iter()
                .map(|(name, accounts)| (name.clone(), accounts.into()));
            (guards.next().unwrap_or_default(), namespaces.collect())
        }))
    }

    /// Under which guard an account exists; `None` where it does not.
    fn guard(&self, namespace: &Text, index: IdentityIndex) -> Option<&Guard> {
        self.0.iter().find_map(|(guard, namespaces)| {
            namespaces
                .get(namespace)?
                .binary_search(&index)
                .is_ok()
                .then_some(guard)
        })
    }
}

/// Whatever makes pods may name any account of its namespace: no verb on service accounts is checked.
fn of_namespace(
    namespace: &Text,
    accounts: &Arc<[IdentityIndex]>,
    guard: &Guard,
    making: &[Text],
    taken: Option<&Taken>,
    adding: &mut Adding<'_>,
) {
    let nameless = format!("{namespace}/");
    for action in making {
        adding.become_one_of(
            "run-pod",
            vec![need_when(action, &nameless, guard.clone())],
            accounts,
        );
    }
    secrets::of_namespace(namespace, accounts, guard, taken, adding);
}

/// The name of an object as requests spell it.
fn spelled(world: &World<'_>, work: &Work) -> String {
    format!("{}/{}", world.home(&work.meta), work.meta.name)
}

fn of_templates(world: &World<'_>, namespaces: &ByNamespace, guard: &Guard, adding: &mut Adding<'_>) {
    let mut seen = BTreeSet::new();
    for work in &world.work {
        let Some(kind) = WORK_KINDS.get(work.kind).filter(|kind| kind.template_changes) else {
            continue;
        };
        let resource = spelled(world, work);
        let Some(accounts) = namespaces.get(&world.home(&work.meta)) else {
            continue;
        };
        if !seen.insert((work.kind, resource.clone())) {
            continue;
        }
        for verb in ["update", "patch"] {
            let action: Text = format!("{}:{verb}", kind.resource).into();
            let needs = vec![need_when(&action, &resource, guard.clone())];
            adding.become_one_of("change-template", needs, accounts);
        }
    }
}

/// Ways into pods that run and hold the token of their account.
fn of_pods(world: &World<'_>, people: &[(usize, &Person<'_>)], placed: &Placed, adding: &mut Adding<'_>) {
    let [exec, exec_get, attach, attach_get]: [Text; 4] = [
        "core/pods/exec:create",
        "core/pods/exec:get",
        "core/pods/attach:create",
        "core/pods/attach:get",
    ]
    .map(Into::into);
    let changes: [(&str, Text); 4] = [
        ("replace-image", "core/pods:update".into()),
        ("replace-image", "core/pods:patch".into()),
        ("debug-container", "core/pods/ephemeralcontainers:update".into()),
        ("debug-container", "core/pods/ephemeralcontainers:patch".into()),
    ];
    // By machine, `None` where nobody says on which a pod runs; and under what it runs.
    let mut nodes: BTreeMap<(Option<Text>, Guard), Vec<IdentityIndex>> = BTreeMap::new();
    for (at, person) in people {
        let Some(index) = placed.index(*at) else { continue };
        let target: Arc<[IdentityIndex]> = Arc::from([index]);
        for (work, pod) in &person.pods {
            let mounted = pod
                .automount
                .or(person.declared.and_then(|account| account.automount))
                .unwrap_or(true);
            if work.running == Some(false) || pod.finished || !(mounted || pod.token_volume) {
                continue;
            }
            let running = match work.running {
                None => running_unknown(world, adding.snapshot),
                Some(_) => Guard::always(),
            };
            let resource = spelled(world, work);
            let mut add = |technique: &str, action: &Text, guard: &Guard| {
                adding.become_one_of(
                    technique,
                    vec![need_when(action, &resource, guard.clone())],
                    &target,
                );
            };
            add("exec", &exec, &running);
            for (technique, action) in &changes {
                add(technique, action, &running);
            }
            if pod.stdin {
                add("attach", &attach, &running);
            }
            if let Some(old) = exec_by_get(world, adding.snapshot) {
                let both = running.literals().iter().chain(old.literals()).cloned();
                let guard = Guard::all_of(both);
                let mut add = |technique: &str, action: &Text| {
                    adding.become_one_of(
                        technique,
                        vec![need_when(action, &resource, guard.clone())],
                        &target,
                    );
                };
                add("exec-get", &exec_get);
                if pod.stdin {
                    add("attach-get", &attach_get);
                }
            }
            let there = match (&pod.node, running.is_always()) {
                (None, true) => proxied::elsewhere(world, adding.snapshot),
                _ => running,
            };
            nodes.entry((pod.node.clone(), there)).or_default().push(index);
        }
    }
    for ((node, running), mut accounts) in nodes {
        accounts.sort_unstable();
        accounts.dedup();
        let accounts = accounts.into();
        for (technique, verb) in [("nodes-proxy", "create"), ("nodes-proxy-get", "get")] {
            let action: Text = format!("core/nodes/proxy:{verb}").into();
            let need = match &node {
                Some(node) => need_when(&action, &format!("/{node}"), running.clone()),
                None => need_one_of(&action, [named(&action, "").when(running.clone())]),
            };
            adding.become_one_of(technique, vec![need], &accounts);
        }
    }
}

pub(crate) fn gap(name: String, what: &str, settle: &str, snapshot: &mut Snapshot) -> Guard {
    let atom = Atom::new(&name);
    if !snapshot.gaps.contains_key(&atom) {
        snapshot.add_gap(Gap {
            atom: atom.clone(),
            what: what.into(),
            settle: settle.into(),
            side: Side::Adds,
        });
    }
    Guard::all_of([Condition::Atom(atom).holds()])
}

fn running_unknown(world: &World<'_>, snapshot: &mut Snapshot) -> Guard {
    gap(
        format!(
            "the input does not say whether the pods of cluster `{}` run",
            world.name
        ),
        "pods without `status`",
        "kubectl get pods -A -o json",
        snapshot,
    )
}

/// Under what `get` is enough to run a command in a pod; `None` where it is not.
pub(super) fn exec_by_get(world: &World<'_>, snapshot: &mut Snapshot) -> Option<Guard> {
    match world.version {
        Some(version) => (version < (1, 35)).then(Guard::always),
        None => Some(gap(
            format!(
                "the cluster version of `{}` is not known (before 1.35 `get` is enough to run a command in a pod)",
                world.name
            ),
            "the release that the cluster runs",
            "kubectl version, then in leastwise.toml: [clusters.NAME] version = \"1.36\"",
            snapshot,
        )),
    }
}

fn of_tokens(
    world: &World<'_>,
    people: &[(usize, &Person<'_>)],
    placed: &Placed,
    accounts: &Accounts,
    adding: &mut Adding<'_>,
) {
    let issue: Text = "core/serviceaccounts/token:create".into();
    let reads = ["get", "list", "watch", "patch"].map(|verb| Text::from(format!("core/secrets:{verb}")));
    let mut listed: BTreeMap<&Text, Vec<IdentityIndex>> = BTreeMap::new();
    for (at, person) in people {
        let (Who::Account { namespace, name }, Some(index)) = (&person.who, placed.index(*at)) else {
            continue;
        };
        let Some(guard) = accounts.guard(namespace, index) else {
            continue;
        };
        let target: Arc<[IdentityIndex]> = Arc::from([index]);
        let needs = vec![need_when(&issue, &format!("{namespace}/{name}"), guard.clone())];
        adding.become_one_of("token-request", needs, &target);
        for secret in person.secrets.iter().filter(|secret| !secret.invalid) {
            let resource = format!("{}/{}", world.home(&secret.meta), secret.meta.name);
            for action in &reads {
                adding.become_one_of("token-secret", vec![need(action, &resource)], &target);
            }
            let accounts = listed.entry(namespace).or_default();
            if accounts.last() != Some(&index) {
                accounts.push(index);
            }
        }
    }
    for (namespace, accounts) in listed {
        let (nameless, accounts) = (format!("{namespace}/"), Arc::from(accounts));
        for action in reads
            .iter()
            .filter(|action| action.ends_with(":list") || action.ends_with(":watch"))
        {
            adding.become_one_of("token-secret", vec![need(action, &nameless)], &accounts);
        }
    }
}

/// A binding names an account, not its uid: whoever makes the account that is missing, and can run as it or have its
/// token, holds what the binding gives.
fn of_missing_accounts(
    world: &World<'_>,
    people: &[(usize, &Person<'_>)],
    placed: &Placed,
    adding: &mut Adding<'_>,
) {
    let create: Text = "core/serviceaccounts:create".into();
    for (at, person) in people {
        let (Who::Account { namespace, name }, Some(index), None) =
            (&person.who, placed.index(*at), person.exists().then_some(()))
        else {
            continue;
        };
        if !world.complete.knows_accounts(namespace) {
            continue;
        }
        let nameless = format!("{namespace}/");
        let token = request(
            "core/serviceaccounts/token:create",
            &format!("{namespace}/{name}"),
        );
        let pods = WORK_KINDS
            .iter()
            .map(|kind| request(&format!("{}:create", kind.resource), &nameless));
        let run = need_one_of(
            "core/serviceaccounts/token:create",
            std::iter::once(token).chain(pods),
        );
        adding.become_one_of(
            "create-account",
            vec![need(&create, &nameless), run],
            &Arc::from([index]),
        );
    }
}
