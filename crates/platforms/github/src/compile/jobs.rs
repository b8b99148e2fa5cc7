//! Jobs: what their tokens may do, which secrets they read, which tokens for other systems they have.

mod calls;
mod unit;

use std::collections::BTreeSet;

use leastwise_model::{IdentityKind, Location, Side, Snapshot, Text, Workload};
use leastwise_permset::{Case, Element, Guard, Label, Pattern, PermissionSet, Region, Strings};

use super::World;
use super::drafts::{Class, Draft, Tell, bare, grants, machine, rest_on, step};
use super::gaps::{gap, so};
use super::rules::{Actor, writable};
use super::runs::{self, Runs, Where};
use super::site::Site;
use super::ways::{from_strangers, toward_job};
use crate::expression::Secrets;
use crate::levels::{Cases, Level};
use crate::subject::tokens;
use crate::workflow::Runner;

pub(super) use calls::{Reference, is_commit};
pub(super) use unit::{Unit, units};

/// Drafts the jobs of a site.
pub(super) fn compile(world: &World<'_>, site: &Site<'_>, drafts: &mut Vec<Draft>, snapshot: &mut Snapshot) {
    if !site.runs {
        return;
    }
    for workflow in &site.workflows {
        for unit in units(world, site, workflow, snapshot) {
            draft(world, site, &unit, drafts, snapshot);
        }
    }
}

fn draft(
    world: &World<'_>,
    site: &Site<'_>,
    unit: &Unit<'_>,
    drafts: &mut Vec<Draft>,
    snapshot: &mut Snapshot,
) {
    let mut identity = bare(
        world,
        &site.owner,
        &unit.id,
        &unit.name,
        IdentityKind::ServiceAccount,
    );
    identity.nature = machine("a job of a workflow");
    identity.location = Some(unit.location.clone());
    identity.workloads_known = true;
    identity.workloads.push(Workload {
        kind: "Job".into(),
        name: unit.name.clone(),
        running: None,
        location: Some(unit.location.clone()),
    });
    rest_on(&mut identity, &site.assumptions);
    if site.about.environments.is_none() && unit.environment.is_some() {
        let layer = format!("rules of environments of {}", site.full);
        let settle = format!("gh api repos/{}/environments", site.full);
        rest_on(&mut identity, &[super::assume(layer, settle, Side::Removes)]);
    }
    let what = format!("{} in {}", unit.key, unit.workflow.path);
    let label = step(snapshot, "job", &unit.id, what, Some(&unit.location));
    let permissions = unit.permission_step(site, snapshot);
    identity.holding.layers.push(grants(
        "permissions of its token",
        token_set(site, &unit.token, snapshot)
            .labelled(permissions)
            .labelled(label),
    ));
    if !unit.secrets.named.is_empty() || unit.secrets.all {
        let mut secrets = secrets_set(site, &unit.secrets, unit.environment.as_deref());
        if unit.secrets.all && site.about.secrets.is_none() {
            secrets = secrets.union(&untold_secrets(site, snapshot));
        }
        identity
            .holding
            .layers
            .push(grants("secrets", secrets.labelled(label)));
    }
    identity.environment = unit
        .environment
        .clone()
        .filter(|name| !crate::expression::is_computed(name));
    let mut tells = Vec::new();
    strays(site, unit, &mut tells, snapshot);
    let runner = match unit.runner {
        Runner::Hosted => Some("github-hosted"),
        Runner::SelfHosted => Some("self-hosted"),
        Runner::Unknown => None,
    };
    let started = runs::started(&unit.workflow.triggers, snapshot);
    let at = Where {
        environment: unit.environment.as_ref(),
        id: &unit.id,
        workflow: (unit.workflow.path.clone(), unit.workflow.name.clone()),
        called: unit.called.clone(),
        runner,
    };
    let found = runs::runs(site, &started, &at, snapshot);
    let present = |found: &Runs, tells: &mut Vec<Tell>| {
        let claims = unit
            .token
            .iter()
            .filter(|(_, levels)| levels.get("id-token") == Level::Write);
        let claims = claims.map(|(literals, _)| {
            let mut runs = found.runs.clone();
            for run in &mut runs {
                run.doubt.extend(literals.iter().cloned());
            }
            tokens(&site.home, &runs)
        });
        let claims = PermissionSet::union_of(claims);
        if !claims.is_plainly_empty() {
            tells.push(Tell::Tokens {
                claims,
                step: permissions,
            });
        }
    };
    present(&found, &mut tells);
    // What a stranger starts runs for that event alone.
    for (one, way) in from_strangers(site, unit, &started, &found, snapshot) {
        let event = one.trigger.event.clone();
        let mut identity = identity.clone();
        let id = format!("{}:{event}", unit.id);
        identity.id = format!("github:{id}").into();
        identity.names = vec![id.into()];
        identity.name = format!("{}:{event}", unit.name).into();
        let mut own = vec![way];
        strays(site, unit, &mut own, snapshot);
        let runs = found.runs.iter().filter(|run| run.event.as_ref() == Some(&event));
        let found = Runs {
            runs: runs.cloned().collect(),
            gate: found.gate.clone(),
        };
        present(&found, &mut own);
        drafts.push(Draft {
            class: Class::Job,
            identity,
            tells: own,
        });
    }
    toward_job(world, site, unit, &found, label, &mut tells);
    drafts.push(Draft {
        class: Class::Job,
        identity,
        tells,
    });
}

/// What is not known of what a job does elsewhere.
fn strays(site: &Site<'_>, unit: &Unit<'_>, tells: &mut Vec<Tell>, snapshot: &mut Snapshot) {
    if !unit.secrets.named.is_empty() || unit.secrets.all {
        tells.push(Tell::Stray(secret_gap(site, snapshot)));
    }
    if unit.runner != Runner::Hosted {
        tells.push(Tell::Stray(machine_gap(site, unit.runner, snapshot)));
    }
}

/// That what the machines are that jobs run on is not known.
pub(super) fn machine_gap(
    site: &Site<'_>,
    runner: Runner,
    snapshot: &mut Snapshot,
) -> leastwise_permset::Atom {
    let what = match runner {
        Runner::Hosted | Runner::SelfHosted => "as what the machines of runners that",
        Runner::Unknown => "on which machines, and as what they,",
    };
    let what = format!("{what} {} runs on act elsewhere is not known", site.full);
    let settle = format!(
        "gh api repos/{}/actions/runners; look at the credentials of those machines",
        site.full
    );
    gap(snapshot, what, settle, Side::Adds)
}

/// That what secrets open elsewhere is not known.
pub(super) fn secret_gap(site: &Site<'_>, snapshot: &mut Snapshot) -> leastwise_permset::Atom {
    let what = format!("what the secrets of {} open elsewhere is not known", site.full);
    let settle = "look up whose keys they hold".to_owned();
    gap(snapshot, what, settle, Side::Adds)
}

/// What a token may do in its repository, under each answer to what is not known.
pub(super) fn token_set(site: &Site<'_>, cases: &Cases, snapshot: &mut Snapshot) -> PermissionSet {
    let mut parts = Vec::new();
    for (literals, levels) in cases {
        let mut actions = Vec::new();
        for (name, level) in &levels.0 {
            let reads = crate::catalogue::shape(&format!("{name}:read")).is_some();
            if *level >= Level::Read && reads {
                actions.push(Pattern::literal(&format!("{name}:read")));
            }
            if *level == Level::Write {
                actions.push(Pattern::literal(&format!("{name}:write")));
            }
        }
        if actions.is_empty() {
            continue;
        }
        let guard = Guard::all_of(literals.iter().cloned());
        let here = Region::new(Strings::any_of(actions), Strings::literal(&site.full));
        parts.push(here.when(guard.clone()).into());
        if levels.get("contents") == Level::Write {
            let writes = Strings::literal("contents:write");
            let refs = writable(&writes, &site.full, &site.rules, Actor::Job, snapshot);
            parts.push(match guard.is_always() {
                true => refs,
                false => refs.intersection(&Region::everything().when(guard).into()),
            });
        }
    }
    PermissionSet::union_of(parts)
}

/// The secrets of these names that a job can read, where lists say that there are any.
pub(super) fn secrets_set(site: &Site<'_>, secrets: &Secrets, environment: Option<&str>) -> PermissionSet {
    let (full, owner) = (&site.full, &site.owner);
    let about = site.about;
    let of_environment = environment.and_then(|name| runs::by_name(&about.environment_secrets, name));
    // It is asked for as it is called.
    let environments = about.environments.iter().flat_map(|all| all.keys());
    let known = environments.chain(about.environment_secrets.keys());
    let called = environment.and_then(|name| {
        known
            .map(|known| &**known)
            .find(|known| runs::same_name(known, name))
    });
    let environment = called.or(environment);
    let mut resources = Vec::new();
    let in_environment = |name: &str| {
        format!(
            "{full}:environment/{}:secret/{name}",
            environment.unwrap_or_default()
        )
    };
    let in_repository = |name: &str| format!("{full}:secret/{name}");
    let in_organization = |name: &str| format!("{owner}:secret/{name}");
    for name in &secrets.named {
        let is_in = |list: Option<&BTreeSet<Text>>| list.is_some_and(|list| list.contains(name));
        // Of several with one name the nearest counts.
        if is_in(of_environment) {
            resources.push(in_environment(name));
        } else if is_in(about.secrets.as_ref()) {
            resources.push(in_repository(name));
        } else if is_in(about.organization_secrets.as_ref()) {
            resources.push(in_organization(name));
        } else if about.secrets.is_none() || about.organization_secrets.is_none() {
            // Where it is kept is not told; it is asked for by the repository.
            resources.push(in_repository(name));
        }
    }
    if secrets.all {
        resources.extend(
            of_environment
                .into_iter()
                .flatten()
                .map(|name| in_environment(name)),
        );
        resources.extend(about.secrets.iter().flatten().map(|name| in_repository(name)));
        let organization = about.organization_secrets.iter().flatten();
        resources.extend(organization.map(|name| in_organization(name)));
    }
    let resources = Strings::any_of(resources.iter().map(|name| Pattern::literal(name)));
    Region::new(Strings::literal("secret:use"), resources).into()
}

/// Every secret that a repository may have of which nothing tells which it has.
fn untold_secrets(site: &Site<'_>, snapshot: &mut Snapshot) -> PermissionSet {
    let full = &site.full;
    let what = format!("which secrets {full} has is not known");
    let settle = format!("gh api repos/{full}/actions/secrets");
    let atom = gap(snapshot, what, settle, Side::Adds);
    let head = Element::Text(format!("{full}:secret/").into());
    let any = Strings::one(Pattern::new([head, Element::Many], Case::Exact));
    let region = Region::new(Strings::literal("secret:use"), any);
    region.when(Guard::all_of([so(&atom)])).into()
}

/// A step for a block of permissions, or for the default.
pub(super) fn permission_label(snapshot: &mut Snapshot, said: String, location: Option<&Location>) -> Label {
    step(snapshot, "permissions", "permissions", said, location)
}
