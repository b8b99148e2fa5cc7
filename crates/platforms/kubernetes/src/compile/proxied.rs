//! What nodes/proxy gives beside the identities of pods: all that a kubelet does for those who come to it.
//!
//! The API server passes such a request on as itself, and kubelets let it do everything; so whoever may make it reads what the
//! kubelet tells of the machine and of each pod there, and runs commands in these (`data/kubelet-proxy.tsv`). It never lists the pods
//! of a namespace: a kubelet knows its own. A role that names no machines gives this for whatever pod runs; one that names
//! some, for the pods that run there.
//!
//! One opportunity for each role with such a rule, each guard of its bindings and each verb: linear in roles, and in pods for
//! roles that name machines.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leastwise_model::{IdentityIndex, Snapshot, Text};
use leastwise_permset::{Case, Element, Guard, Pattern, PermissionSet, Region, Strings};

use super::adding::{Adding, named, need_one_of};
use super::bindings::Bound;
use super::identities::Placed;
use super::opportunities::gap;
use super::roles::{Roles, guarded};
use super::{Techniques, World, constrained, implicit};
use crate::catalogue::rows;
use crate::rule::{Native, touches};

const GIVEN: &str = include_str!("../../data/kubelet-proxy.tsv");

/// Adds what is gained through kubelets.
pub(super) fn compile(
    world: &World<'_>,
    roles: &Roles<'_>,
    bound: &[Bound<'_>],
    placed: &Placed,
    techniques: &Techniques,
    snapshot: &mut Snapshot,
) {
    let mut holders: BTreeMap<(usize, &Guard), BTreeSet<IdentityIndex>> = BTreeMap::new();
    // Nodes are in no namespace, so that bindings of one give nothing here.
    for bound in bound.iter().filter(|bound| bound.namespace.is_none()) {
        for at in bound.roles.iter().filter(|at| asks_kubelets(roles, **at)) {
            let these = constrained::holders(bound, placed);
            holders
                .entry((*at, &bound.guard))
                .or_default()
                .extend(these.iter());
        }
    }
    if holders.is_empty() {
        return;
    }
    let pods = Pods::of(world);
    let mut adding = Adding {
        snapshot,
        techniques,
        bearers: placed.everybody.clone(),
    };
    for ((at, guard), holders) in holders {
        let bearers: Arc<[IdentityIndex]> = holders.into_iter().collect();
        let Some(compiled) = roles.get(at).filter(|_| !bearers.is_empty()) else {
            continue;
        };
        for verb in VERBS {
            let Some(machines) = Machines::of(roles.rules(at), verb) else {
                continue;
            };
            let given = given(verb, &machines, &pods.on(world, &machines, adding.snapshot));
            let said = "a kubelet does for whoever may make requests to it what it does for the API server";
            let label = implicit(adding.snapshot, "kubelet", &"nodes/proxy".into(), said.to_owned());
            let given = guarded(&guarded(&given, &compiled.guard), guard).labelled(label);
            let action = format!("core/nodes/proxy:{verb}");
            let needs = vec![need_one_of(&action, [named(&action, "")])];
            adding.gain("kubelet", needs, Some(&bearers), given);
        }
    }
}

/// The verbs by which a kubelet does more than tell that it has no such path.
const VERBS: [&str; 2] = ["get", "create"];

fn asks(rule: &Native, verb: &str) -> bool {
    touches(rule, "", "nodes/proxy", verb)
}

/// Whether a role may make requests to kubelets, and may not do everything anyway.
fn asks_kubelets(roles: &Roles<'_>, at: usize) -> bool {
    let star = |words: &[Text]| words.iter().any(|word| &**word == "*");
    let all = |rule: &Native| {
        let core = star(&rule.groups) || rule.groups.iter().any(|group| group.is_empty());
        core && star(&rule.resources) && star(&rule.verbs) && rule.names.is_empty()
    };
    let asks = |rule: &Native| VERBS.iter().any(|verb| asks(rule, verb));
    roles.rules(at).any(asks) && !roles.rules(at).any(all)
}

/// To which machines a role lets requests through.
enum Machines {
    All,
    These(BTreeSet<Text>),
}

impl Machines {
    fn of<'r>(rules: impl Iterator<Item = &'r Native>, verb: &str) -> Option<Self> {
        let mut these = BTreeSet::new();
        for rule in rules.filter(|rule| asks(rule, verb)) {
            if rule.names.is_empty() {
                return Some(Self::All);
            }
            these.extend(rule.names.iter().filter(|name| !name.is_empty()).cloned());
        }
        (!these.is_empty()).then_some(Self::These(these))
    }
}

/// What is given: requests on the machines, and on the pods that run there.
fn given(verb: &str, machines: &Machines, pods: &PermissionSet) -> PermissionSet {
    let mut parts = Vec::new();
    for row in rows(GIVEN) {
        let [by, of, actions, ..] = *row else { continue };
        if by != verb {
            continue;
        }
        let actions = Strings::any_of(actions.split(',').map(Pattern::literal));
        parts.push(match (of, machines) {
            ("pod", _) => PermissionSet::from(Region::new(actions, Strings::any())).intersection(pods),
            (_, Machines::All) => {
                let name = Pattern::new(
                    [Element::Text("/".into()), Element::One, Element::Many],
                    Case::Exact,
                );
                Region::new(actions, Strings::one(name)).into()
            }
            (_, Machines::These(names)) => {
                let names = names.iter().map(|name| Pattern::literal(&format!("/{name}")));
                Region::new(actions, Strings::any_of(names)).into()
            }
        });
    }
    PermissionSet::union_of(parts)
}

/// Where the pods of the input run.
struct Pods {
    /// By namespace and name: the machine, `None` where the pod waits for one or nobody says, and whether somebody says.
    known: BTreeMap<String, (Option<Text>, bool)>,
}

impl Pods {
    fn of(world: &World<'_>) -> Self {
        let mut known: BTreeMap<String, (Option<Text>, bool)> = BTreeMap::new();
        for work in &world.work {
            let Some(pod) = &work.pod else { continue };
            let told = pod.node.is_some() || work.running == Some(false);
            let here = (pod.node.clone(), told);
            let name = format!("{}/{}", world.home(&work.meta), work.meta.name);
            // Told twice with different machines, it may be on either.
            let one = known.entry(name).or_insert_with(|| here.clone());
            if *one != here {
                *one = (None, false);
            }
        }
        Self { known }
    }

    fn which(&self, wanted: impl Fn(Option<&Text>, bool) -> bool) -> PermissionSet {
        let these = self
            .known
            .iter()
            .filter(|(_, (node, told))| wanted(node.as_ref(), *told));
        let names: Vec<Pattern> = these.map(|(name, _)| Pattern::literal(name)).collect();
        match names.is_empty() {
            true => PermissionSet::empty(),
            false => Region::new(Strings::any(), Strings::any_of(names)).into(),
        }
    }

    /// Any request on a pod of these machines. A pod that waits for a machine is on none; one that the input does not hold, or
    /// of which it does not say where it is, may be on any.
    fn on(&self, world: &World<'_>, machines: &Machines, snapshot: &mut Snapshot) -> PermissionSet {
        let namespace = [Element::OneExcept('/'), Element::ManyExcept('/')];
        let name = [Element::Text("/".into()), Element::One, Element::Many];
        let name = Pattern::new(namespace.into_iter().chain(name), Case::Exact);
        let all = PermissionSet::from(Region::new(Strings::any(), Strings::one(name)));
        let Machines::These(names) = machines else {
            return all.difference(&self.which(|node, told| node.is_none() && told));
        };
        let sure = self.which(|node, _| node.is_some_and(|node| names.contains(node)));
        let unknown = match world.complete.knows_all_pods() {
            true => self.which(|_, told| !told),
            false => all.difference(&self.which(|_, told| told)),
        };
        if unknown.is_plainly_empty() {
            return sure;
        }
        sure.union(&guarded(&unknown, &elsewhere(world, snapshot)))
    }
}

/// That a pod of which nobody says where it runs runs on the machine that is asked about.
pub(super) fn elsewhere(world: &World<'_>, snapshot: &mut Snapshot) -> Guard {
    gap(
        format!("on which machines the other pods of cluster `{}` run", world.name),
        "pods that the input does not hold, or holds without their machine",
        "kubectl get pods -A -o json",
        snapshot,
    )
}
