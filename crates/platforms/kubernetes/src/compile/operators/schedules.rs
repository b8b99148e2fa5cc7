//! What runs again and again under an operator, or keeps running: who changes it, or the template that it runs, has the next run
//! do it.
//!
//! What a cron workflow says goes before what its template says, so that a template chooses the account where the cron
//! workflow names none. Sources: Argo Workflows documentation, "Cron Workflows", "Workflow Templates" and "Service Accounts"; Argo
//! Rollouts documentation, "Specification" (spec.template).

use std::collections::BTreeSet;
use std::sync::Arc;

use leastwise_model::{IdentityIndex, Need, Text};
use leastwise_permset::Guard;

use super::super::World;
use super::super::accounts::{Person, Who};
use super::super::adding::{Adding, need_one_of};
use super::super::identities::Placed;
use super::super::opportunities::ByNamespace;
use super::{CRON, Controller, Deputy, ROLLOUTS, served};
use crate::object::{Schedule, ScheduleKind};
use crate::rule::request;

/// Adds who becomes accounts through cron workflows or rollouts that are there.
pub(super) fn of_schedules(
    world: &World<'_>,
    deputy: &Deputy,
    controllers: &[Controller<'_>],
    people: &[(usize, &Person<'_>)],
    placed: &Placed,
    accounts: &[(Guard, ByNamespace)],
    adding: &mut Adding<'_>,
) {
    let templates: BTreeSet<(Text, bool)> = live(world).filter_map(|one| template(world, one)).collect();
    for cron in live(world) {
        let runs = match &cron.what {
            ScheduleKind::Cron {
                account,
                template,
                suspended,
            } if deputy.resource == CRON => Some((account, template.as_ref().filter(|_| !suspended))),
            ScheduleKind::Rollout if deputy.resource == ROLLOUTS => None,
            _ => continue,
        };
        let namespace = world.home(&cron.meta);
        let Some(served) = served(world, deputy, controllers, &namespace, adding) else {
            continue;
        };
        // Whoever changes it names any account, and lets it run.
        let all = |adding: &mut Adding<'_>, need: &Need| {
            for (exist, namespaces) in accounts {
                if let (true, Some(targets)) = (*exist == Guard::always(), namespaces.get(&namespace)) {
                    adding.become_one_of("operator-pod", vec![need.clone()], targets);
                }
            }
        };
        let own = format!("{namespace}/{}", cron.meta.name);
        all(adding, &change(deputy.resource, &own, &served));
        let Some((account, Some((name, cluster)))) = runs else {
            continue;
        };
        let (resource, name) = match cluster {
            true => ("argoproj.io/clusterworkflowtemplates", format!("/{name}")),
            false => ("argoproj.io/workflowtemplates", format!("{namespace}/{name}")),
        };
        if !templates.contains(&(name.as_str().into(), *cluster)) {
            continue;
        }
        let need = change(resource, &name, &served);
        match account {
            None => all(adding, &need),
            Some(account) => {
                let target = target(&namespace, account, people, placed);
                adding.become_one_of("operator-pod", vec![need], &target);
            }
        }
    }
}

/// Those that a server has told.
fn live<'a>(world: &'a World<'_>) -> impl Iterator<Item = &'a Schedule> {
    world.schedules.iter().copied().filter(|one| one.meta.live)
}

/// A template as requests name it, and whether it is the cluster's.
fn template(world: &World<'_>, schedule: &Schedule) -> Option<(Text, bool)> {
    let ScheduleKind::Template { cluster } = schedule.what else {
        return None;
    };
    let namespace = match cluster {
        true => "".into(),
        false => world.home(&schedule.meta),
    };
    Some((format!("{namespace}/{}", schedule.meta.name).into(), cluster))
}

/// One of the requests that change an object.
fn change(resource: &str, name: &str, guard: &Guard) -> Need {
    let regions = ["update", "patch"].map(|verb| {
        let action = format!("{resource}:{verb}");
        request(&action, name).when(guard.clone())
    });
    need_one_of(&format!("{resource}:update"), regions)
}

fn target(
    namespace: &Text,
    account: &Text,
    people: &[(usize, &Person<'_>)],
    placed: &Placed,
) -> Arc<[IdentityIndex]> {
    let who = Who::Account {
        namespace: namespace.clone(),
        name: account.clone(),
    };
    let found = people
        .iter()
        .find(|(_, person)| person.who == who && person.exists());
    found.and_then(|(at, _)| placed.index(*at)).into_iter().collect()
}
