//! Who can become a job, and what it has for other systems.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leastwise_model::{
    Gain, IdentityIndex, Need, NeedSide, Opportunity, Side, Snapshot, Stray, Targets, Text, TokenHolder,
};
use leastwise_permset::{Emptiness, Guard, Label, Limits, Literal, PermissionSet, Region, Strings};

use super::World;
use super::drafts::{By, Class, Tell, step};
use super::gaps::{gap, so};
use super::jobs::{Reference, Unit, is_commit};
use super::rules::{APPROVED, approved};
use super::runs::{Runs, Started};
use super::site::Site;
use crate::expression::written_in;
use crate::refs::Refs;
use crate::subject::Run;

/// Changing workflows.
pub(super) const WORKFLOWS: &str = "workflows:write";
/// Changing other content.
pub(super) const CONTENTS: &str = "contents:write";

/// A need of the holder's own set.
pub(super) fn need(action: &str, resource: Option<&str>, set: PermissionSet) -> Need {
    Need {
        side: NeedSide::Holder,
        action: action.into(),
        resource: resource.map(Text::from),
        set,
    }
}

/// One action on a whole repository.
pub(super) fn on_repository(action: &str, full: &str, literals: Vec<Literal>) -> Need {
    let region = Region::new(Strings::literal(action), Strings::literal(full));
    need(action, Some(full), region.when(Guard::all_of(literals)).into())
}

/// The refs that somebody has to change so that a run does what they like; a pull request of the repository's own takes
/// any branch.
fn pushed<'r>(run: &'r Run, site: &'r Site<'_>, branches: &'r Refs) -> &'r Refs {
    match run.event.as_deref() {
        // What a queue holds was approved for its target.
        Some("merge_group") => &site.default.0,
        _ if pulls(run) => branches,
        _ => &run.refs,
    }
}

/// Whether it runs for the merge commit of a pull request.
fn pulls(run: &Run) -> bool {
    run.refs == Refs::merges()
}

/// Changing the workflow wherever a job runs: on a ref that no rule protects, and on one of each rule, as far as there
/// are any. Whoever meets all has every token that the job can have.
fn everywhere(site: &Site<'_>, found: &Runs, guard: &Guard) -> Vec<Need> {
    let actions = Strings::literal(WORKFLOWS);
    let always = Guard::always();
    let branches = Refs::branches();
    let allowed = found.gate.refs.as_ref();
    let allowed = allowed.map(|refs| refs.requests(&actions, &site.full, &always));
    let ruled = |rule: &super::rules::Rule| rule.refs.requests(&actions, &site.full, &always);
    let ruled: Vec<PermissionSet> = site.rules.iter().map(ruled).collect();
    let mut sets = BTreeSet::new();
    for run in &found.runs {
        let pull = pulls(run);
        let mut set = pushed(run, site, &branches).requests(&actions, &site.full, guard);
        match &allowed {
            // A gate that lets the run of a pull request through does not ask for its branch.
            Some(allowed) if !pull => set = set.intersection(allowed),
            _ => {}
        }
        sets.insert(set.difference(&PermissionSet::union_of(ruled.iter().cloned())));
        // Of branches to make a pull request from, one is as good as another.
        if !pull {
            sets.extend(ruled.iter().map(|ruled| set.intersection(ruled)));
        }
    }
    let some = |set: &PermissionSet| !matches!(set.emptiness(&Limits::default()), Emptiness::Empty);
    sets.into_iter()
        .filter(some)
        .map(|set| need(WORKFLOWS, None, set))
        .collect()
}

/// Tells who can become a job.
pub(super) fn toward_job(
    world: &World<'_>,
    site: &Site<'_>,
    unit: &Unit<'_>,
    found: &Runs,
    label: Label,
    tells: &mut Vec<Tell>,
) {
    let gate = &found.gate;
    let mut literals = gate.doubt.clone();
    if gate.approval {
        literals.push(approved(APPROVED));
    }
    let mut way = |technique, needs, by| {
        tells.push(Tell::Way {
            technique,
            needs,
            by,
            step: Some(label),
        });
    };
    let needs = everywhere(site, found, &Guard::all_of(literals));
    if !needs.is_empty() {
        way("github:change-the-workflow", needs, By::Actors);
    }
    for uses in &unit.uses {
        let Reference::Elsewhere { repository, path, at } = Reference::of(uses) else {
            continue;
        };
        let Some(other) = world.site(&repository).filter(|other| other.full != site.full) else {
            continue;
        };
        if is_commit(&at) {
            continue;
        }
        let workflow = path.contains("/.github/workflows/");
        let (action, by) = if workflow {
            (WORKFLOWS, By::Actors)
        } else {
            (CONTENTS, By::All)
        };
        // It runs wherever the job does, when others start and approve it.
        let set = Refs::named(&at).requests(&Strings::literal(action), &other.full, &Guard::always());
        way("github:change-what-it-uses", vec![need(action, None, set)], by);
    }
}

/// How whoever sees a repository makes a job do what they like, by one of its events: the way, and the event.
pub(super) fn from_strangers<'w>(
    site: &Site<'_>,
    unit: &Unit<'_>,
    started: &'w [Started<'w>],
    found: &Runs,
    snapshot: &mut Snapshot,
) -> Vec<(&'w Started<'w>, Tell)> {
    let mut ways = Vec::new();
    for one in started.iter().filter(|one| one.strangers) {
        let event = &*one.trigger.event;
        if !found.runs.iter().any(|run| run.event.as_deref() == Some(event)) {
            continue;
        }
        let injected = unit.injected.iter();
        let injected = injected.filter(|(context, _)| written_in(context).contains(&event));
        let injected = injected
            .map(|(context, at)| (format!("runs {context} as code"), at))
            .next();
        let fetches = unit.fetches.iter();
        let fetches = fetches.filter(|fetch| !(fetch.refused && event == "pull_request_target"));
        let fetches = fetches
            .map(|fetch| ("fetches code of a pull request".to_owned(), &fetch.location))
            .next();
        let technique = match &injected {
            Some(_) => "github:inject-into-the-workflow",
            None => "github:have-own-code-checked-out",
        };
        let sure = injected.is_some();
        let Some((what, at)) = injected.or(fetches) else {
            continue;
        };
        let here = step(snapshot, "step", &unit.id, what, Some(at));
        let mut literals = found.gate.doubt.clone();
        if found.gate.approval {
            literals.push(approved(APPROVED));
        }
        if unit.conditional || one.perhaps {
            let what = format!(
                "for whom {} runs on {event} (its `if`, its types) is not evaluated",
                unit.id
            );
            let settle = "read its condition".to_owned();
            literals.push(so(&gap(snapshot, what, settle, Side::Adds)));
        }
        if !sure {
            let what = format!(
                "whether {} runs code of pull requests that it fetches is not known",
                unit.id
            );
            let settle = "look at the steps behind the one that fetches".to_owned();
            literals.push(so(&gap(snapshot, what, settle, Side::Adds)));
        }
        let way = Tell::Way {
            technique,
            needs: vec![on_repository("metadata:read", &site.full, literals)],
            by: By::People,
            step: Some(here),
        };
        ways.push((one, way));
    }
    ways
}

/// Adds all that was told of identities, by their places.
pub(super) fn compile(
    world: &World<'_>,
    tells: Vec<(IdentityIndex, Class, Vec<Tell>)>,
    snapshot: &mut Snapshot,
) {
    let of = |wanted: &dyn Fn(Class) -> bool| -> Arc<[IdentityIndex]> {
        let chosen = tells.iter().filter(|(_, class, _)| wanted(*class));
        chosen.map(|(index, ..)| *index).collect()
    };
    let actors = of(&|class| class != Class::Job);
    let people = of(&|class| class == Class::Person);
    let narrow = of(&|class| matches!(class, Class::Job | Class::Narrow));
    let all = of(&|_| true);
    let issuers: BTreeMap<_, _> = snapshot
        .issuers
        .iter()
        .enumerate()
        .map(|(at, issuer)| (issuer.instance, at))
        .collect();
    for (index, _, tells) in tells {
        let instance = snapshot.identity(index).map(|identity| identity.instance);
        let issuer = instance.and_then(|instance| issuers.get(&instance)).copied();
        for tell in tells {
            match tell {
                Tell::Way {
                    technique,
                    needs,
                    by,
                    step,
                } => {
                    let bearers = match by {
                        By::Actors => &actors,
                        By::People => &people,
                        By::Narrow => &narrow,
                        By::All => &all,
                    };
                    snapshot.opportunities.push(Opportunity {
                        technique: world.technique(technique),
                        needs,
                        bearers: bearers.clone(),
                        targets: Targets::These(Arc::from([index])),
                        gain: Gain::Become,
                        step,
                    });
                }
                Tell::Widen {
                    technique,
                    needs,
                    gains,
                } => snapshot.opportunities.push(Opportunity {
                    technique: world.technique(technique),
                    needs,
                    bearers: Arc::from([index]),
                    targets: Targets::Actor,
                    gain: Gain::Grant(gains),
                    step: None,
                }),
                Tell::Tokens { claims, step } => {
                    if let Some(issuer) = issuer.and_then(|at| snapshot.issuers.get_mut(at)) {
                        issuer.holders.push(TokenHolder {
                            identity: index,
                            audience: None,
                            claims: Some(claims),
                            step: Some(step),
                        });
                    }
                }
                Tell::Taker => {
                    if let Some(issuer) = issuer.and_then(|at| snapshot.issuers.get_mut(at)) {
                        issuer.takers.push(index);
                    }
                }
                Tell::Stray(gap) => {
                    if let Some(issuer) = issuer.and_then(|at| snapshot.issuers.get_mut(at)) {
                        issuer.strays.push(Stray { identity: index, gap });
                    }
                }
            }
        }
    }
}
