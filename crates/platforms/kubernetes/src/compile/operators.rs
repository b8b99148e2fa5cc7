//! Who has something done as somebody else by the custom resources of operators.
//!
//! Operators do what custom resources say with rights that their authors need not have. Which do is a table,
//! `data/operators.tsv`. An operator that starts a pod with the author's command, as an account of its namespace that the author names, makes
//! the author that account; that is certain where the operator runs, may watch the namespace and may start pods there. What others do
//! for an author depends on how they are configured, which no export of a cluster shows: that is unknown.
//!
//! One opportunity for each row and namespace; none for operators of which nothing in the input speaks.

mod schedules;

use std::sync::Arc;

use leastwise_model::{IdentityIndex, Need, Text};
use leastwise_permset::{Answers, Emptiness, Guard, Limits, PermissionSet, Region, Request, Strings};

use super::World;
use super::accounts::{Person, Who};
use super::adding::{Adding, named, need_one_of};
use super::controls::both;
use super::identities::Placed;
use super::opportunities::{ByNamespace, gap};
use crate::catalogue::rows;
use crate::object::{Binding, WORK_KINDS};
use crate::rule::request;

const OPERATORS: &str = include_str!("../../data/operators.tsv");

/// What an operator runs of which it is read what there is.
const CRON: &str = "argoproj.io/cronworkflows";
const ROLLOUTS: &str = "argoproj.io/rollouts";

/// A row of the table.
struct Deputy {
    resource: &'static str,
    verbs: &'static str,
    controller: &'static str,
    whom: &'static str,
    place: &'static str,
    by: &'static str,
    settle: &'static str,
}

/// The account as which an operator runs.
struct Controller<'p> {
    index: IdentityIndex,
    namespace: &'p Text,
    /// The workload.
    name: &'p Text,
    runs: bool,
    set: PermissionSet,
}

/// Adds what operators do for those who write their resources.
pub(super) fn of_operators(
    world: &World<'_>,
    people: &[(usize, &Person<'_>)],
    placed: &Placed,
    accounts: &[(Guard, ByNamespace)],
    adding: &mut Adding<'_>,
) {
    for row in rows(OPERATORS) {
        let [resource, verbs, controller, whom, place, by, settle, _] = *row else {
            continue;
        };
        let deputy = Deputy {
            resource,
            verbs,
            controller,
            whom,
            place,
            by,
            settle,
        };
        let controllers = controllers(&deputy, people, placed, adding);
        if controllers.is_empty() && !is_mentioned(world, deputy.resource) {
            continue;
        }
        if [CRON, ROLLOUTS].contains(&deputy.resource) && !deputy.verbs.contains("create") {
            schedules::of_schedules(world, &deputy, &controllers, people, placed, accounts, adding);
        }
        if deputy.whom == "controller" {
            of_controllers(world, &deputy, &controllers, accounts, adding);
        } else {
            of_accounts(world, &deputy, &controllers, accounts, adding);
        }
    }
}

/// The accounts of workloads that are called like an operator.
fn controllers<'p>(
    deputy: &Deputy,
    people: &[(usize, &'p Person<'_>)],
    placed: &Placed,
    adding: &Adding<'_>,
) -> Vec<Controller<'p>> {
    let mut found = Vec::new();
    for (at, person) in people {
        let (Who::Account { namespace, .. }, Some(index)) = (&person.who, placed.index(*at)) else {
            continue;
        };
        let called = person.work.iter().filter(|(work, _)| {
            let pod = WORK_KINDS.get(work.kind).is_some_and(|kind| kind.kind == "Pod");
            is_called(&work.meta.name, deputy.controller, pod)
        });
        // One that runs tells more than one that may.
        let Some((work, runs)) = called.max_by_key(|(_, runs)| *runs == Some(true)) else {
            continue;
        };
        let identity = adding.snapshot.identity(index);
        found.push(Controller {
            index,
            namespace,
            name: &work.meta.name,
            runs: *runs == Some(true),
            set: identity.map_or_else(PermissionSet::empty, |identity| identity.holding.effective()),
        });
    }
    found
}

/// Whether a workload has this name, after that of a release of a chart; a pod has one or two parts more.
fn is_called(name: &str, wanted: &str, pod: bool) -> bool {
    let ends = |name: &str| {
        name.strip_suffix(wanted)
            .is_some_and(|before| before.is_empty() || before.ends_with('-'))
    };
    let shorter = |name: &str| name.rsplit_once('-').map(|(name, _)| name.to_owned());
    let once = shorter(name).filter(|_| pod);
    let twice = once.as_deref().and_then(shorter);
    ends(name) || [once, twice].iter().flatten().any(|name| ends(name))
}

/// Whether a role speaks of a resource by the name of its group.
fn is_mentioned(world: &World<'_>, resource: &str) -> bool {
    let Some((group, resource)) = resource.split_once('/') else {
        return false;
    };
    let mut rules = world.roles.iter().flat_map(|role| &role.rules);
    rules.any(|rule| {
        rule.groups.iter().any(|given| &**given == group)
            && rule
                .resources
                .iter()
                .any(|given| &**given == "*" || &**given == resource)
    })
}

/// What an operator does as the accounts of namespaces.
fn of_accounts(
    world: &World<'_>,
    deputy: &Deputy,
    controllers: &[Controller<'_>],
    accounts: &[(Guard, ByNamespace)],
    adding: &mut Adding<'_>,
) {
    let technique = match deputy.whom {
        "pod" => "operator-pod",
        _ => "operator-account",
    };
    for (exist, namespaces) in accounts {
        for (namespace, accounts) in namespaces {
            let Some(mut guard) = served(world, deputy, controllers, namespace, adding) else {
                continue;
            };
            if deputy.settle != "-" {
                guard = both(&guard, &partly(world, deputy, deputy.controller, adding));
            }
            let place = match deputy.place {
                "cluster" => "",
                _ => namespace,
            };
            let need = write(deputy, place, &both(exist, &guard));
            adding.become_one_of(technique, vec![need], accounts);
        }
    }
}

/// What an operator does as itself.
fn of_controllers(
    world: &World<'_>,
    deputy: &Deputy,
    controllers: &[Controller<'_>],
    accounts: &[(Guard, ByNamespace)],
    adding: &mut Adding<'_>,
) {
    let everywhere: Vec<Text> = {
        let all = accounts.iter().flat_map(|(_, namespaces)| namespaces.keys());
        let mut all: Vec<Text> = all.cloned().collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    for controller in controllers {
        let target: Arc<[IdentityIndex]> = Arc::from([controller.index]);
        let own = std::slice::from_ref(controller.namespace);
        let outside = [Text::from("")];
        let namespaces = match deputy.place {
            "own" => own,
            "cluster" => &outside,
            _ => &everywhere,
        };
        for namespace in namespaces {
            let one = std::slice::from_ref(controller);
            let Some(guard) = served(world, deputy, one, namespace, adding) else {
                continue;
            };
            let who = format!("{}/{}", controller.namespace, controller.name);
            let guard = both(&guard, &partly(world, deputy, &who, adding));
            adding.become_one_of("operator", vec![write(deputy, namespace, &guard)], &target);
        }
    }
}

/// One of the requests by which an author has it done; those on what has a name need such an object, which is not read.
fn write(deputy: &Deputy, namespace: &str, guard: &Guard) -> Need {
    let nameless = format!("{namespace}/");
    let regions = deputy.verbs.split(',').map(|verb| {
        let action = format!("{}:{verb}", deputy.resource);
        let region = match verb {
            "create" => request(&action, &nameless),
            _ => named(&action, namespace),
        };
        region.when(guard.clone())
    });
    need_one_of(&format!("{}:create", deputy.resource), regions)
}

/// Under what an operator does what resources in a namespace say; `None` where none does.
fn served(
    world: &World<'_>,
    deputy: &Deputy,
    controllers: &[Controller<'_>],
    namespace: &str,
    adding: &mut Adding<'_>,
) -> Option<Guard> {
    if controllers.is_empty() {
        return Some(gap(
            format!(
                "whether `{}` runs in cluster `{}`, of whose resources a role speaks",
                deputy.controller, world.name
            ),
            "an operator whose resources are spoken of and that is not in the input",
            "kubectl get deployments,statefulsets,pods -A -o json",
            adding.snapshot,
        ));
    }
    let mut best: Option<Guard> = None;
    for controller in controllers {
        let Some(guard) = serves(world, deputy, controller, namespace, adding) else {
            continue;
        };
        if best.is_none() || guard == Guard::always() {
            best = Some(guard);
        }
    }
    best
}

fn serves(
    world: &World<'_>,
    deputy: &Deputy,
    controller: &Controller<'_>,
    namespace: &str,
    adding: &mut Adding<'_>,
) -> Option<Guard> {
    let nameless = format!("{namespace}/");
    let watch = format!("{}:watch", deputy.resource);
    let asked = [watch.as_str(), deputy.by].map(|action| Request::new(action, &nameless));
    let asked = asked.iter().take(if deputy.by == "-" { 1 } else { 2 });
    let anything = Answers::holding(adding.snapshot.gaps.keys().cloned());
    let can = |answers: &Answers| {
        asked
            .clone()
            .all(|request| controller.set.contains_given(request, answers))
    };
    if controller.runs && can(&Answers::none()) {
        return Some(Guard::always());
    }
    let open = can(&anything) || !knows_rights(world, deputy, controller);
    open.then(|| {
        gap(
            format!(
                "whether `{}/{}` of cluster `{}` does what {} in `{namespace}` say",
                controller.namespace, controller.name, world.name, deputy.resource
            ),
            "an operator of which it is not known that it runs, or what it may do",
            "kubectl get pods,roles,rolebindings,clusterroles,clusterrolebindings -A -o json",
            adding.snapshot,
        )
    })
}

/// Whether what an operator may do is in the input: it may watch such resources somewhere, or bindings were exported.
fn knows_rights(world: &World<'_>, deputy: &Deputy, controller: &Controller<'_>) -> bool {
    let exported = |binding: &&Binding| binding.cluster && binding.meta.live && binding.meta.provided;
    if world.bindings.iter().any(exported) {
        return true;
    }
    let watch = format!("{}:watch", deputy.resource);
    let anywhere = Region::new(Strings::literal(&watch), Strings::any());
    let works = controller.set.intersection(&anywhere.into());
    works.emptiness(&Limits::default()) != Emptiness::Empty
}

/// That an operator does just what is asked about, or has something of it to do.
fn partly(world: &World<'_>, deputy: &Deputy, who: &str, adding: &mut Adding<'_>) -> Guard {
    if deputy.whom == "pod" {
        return gap(
            format!(
                "which {} cluster `{}` has that `{who}` would run otherwise",
                deputy.resource, world.name
            ),
            "resources of an operator that are there already",
            deputy.settle,
            adding.snapshot,
        );
    }
    gap(
        format!(
            "what `{who}` of cluster `{}` does for who writes {}",
            world.name, deputy.resource
        ),
        "what an operator does for the authors of its resources",
        deputy.settle,
        adding.snapshot,
    )
}

#[cfg(test)]
mod tests {
    use super::{OPERATORS, is_called, rows};

    #[test]
    fn a_workload_is_called_after_its_release_and_a_pod_after_its_workload() {
        for (name, pod) in [
            ("workflow-controller", false),
            ("ci-workflow-controller", false),
            ("ci-workflow-controller-6d5f-x2k9p", true),
            ("workflow-controller-0", true),
        ] {
            assert!(is_called(name, "workflow-controller", pod), "{name}");
        }
        for (name, pod) in [
            ("myworkflow-controller", false),
            ("workflow-controller-metrics", false),
            ("workflow-controller-0", false),
            ("workflow-controller-a-b-c", true),
        ] {
            assert!(!is_called(name, "workflow-controller", pod), "{name}");
        }
    }

    #[test]
    fn every_row_says_what_it_may() {
        for row in rows(OPERATORS) {
            let [resource, verbs, _, whom, place, by, settle, source] = *row else {
                panic!("{row:?}");
            };
            assert!(
                resource
                    .split_once('/')
                    .is_some_and(|(group, _)| group.contains('.'))
            );
            assert!(
                verbs
                    .split(',')
                    .all(|verb| ["create", "update", "patch"].contains(&verb))
            );
            assert!(["pod", "account", "controller"].contains(&whom), "{whom}");
            assert!(["any", "own", "cluster"].contains(&place), "{place}");
            assert_eq!(whom == "pod" && verbs == "create", settle == "-", "{resource}");
            assert!(whom != "pod" || by != "-", "{resource}");
            assert!(source.contains("documentation"), "{source}");
        }
    }
}
