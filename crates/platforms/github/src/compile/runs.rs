//! When a job runs: by which event, for which ref, in which environment; and who can cause that.

use std::collections::BTreeMap;

use leastwise_model::{Remark, Side, Snapshot, Text};
use leastwise_permset::{Atom, Key, Literal};

use super::gaps::{gap, so};
use super::site::Site;
use crate::export::Policy;
use crate::expression::is_computed;
use crate::refs::Refs;
use crate::rows::rows;
use crate::subject::{Run, Stage, Tail};
use crate::workflow::Trigger;

const EVENTS: &str = include_str!("../../data/events.tsv");

/// Activities of events that only those cause who may triage or write.
const OF_MEMBERS: [&str; 10] = [
    "assigned",
    "unassigned",
    "labeled",
    "unlabeled",
    "milestoned",
    "demilestoned",
    "locked",
    "pinned",
    "transferred",
    "answered",
];

/// A trigger, with what its event means.
pub(super) struct Started<'w> {
    pub trigger: &'w Trigger,
    kind: &'static str,
    /// Whether people without a right to write can cause it, for what it runs as it stands.
    pub strangers: bool,
    /// Whether they can only with an activity that this does not name.
    pub perhaps: bool,
}

/// What the events of a workflow mean; an event that does not exist is told.
pub(super) fn started<'w>(triggers: &'w [Trigger], snapshot: &mut Snapshot) -> Vec<Started<'w>> {
    let mut all = Vec::new();
    for trigger in triggers {
        let row = rows(EVENTS).find(|row| row.first() == Some(&&*trigger.event));
        let Some([_, kind, by, ..]) = row.as_deref() else {
            snapshot.remarks.push(Remark {
                location: Some(trigger.location.clone()),
                what: format!("`{}` is no event that starts workflows; left out", trigger.event).into(),
                hint: "correct the event".into(),
                loses: false,
            });
            continue;
        };
        let members = trigger
            .types
            .as_ref()
            .is_some_and(|types| !types.is_empty() && types.iter().all(|one| OF_MEMBERS.contains(&&**one)));
        all.push(Started {
            trigger,
            kind,
            // What a pull request's own commit brings runs without secrets where a stranger opened it.
            strangers: *by == "anyone" && *kind != "merge",
            perhaps: members,
        });
    }
    all
}

/// The refs for which a started workflow runs.
pub(super) fn refs(started: &Started<'_>, site: &Site<'_>) -> (Refs, Vec<Literal>) {
    let trigger = started.trigger;
    match started.kind {
        "pushed" if &*trigger.event == "push" => {
            let (branches, tags) = (trigger.branches.as_deref(), trigger.tags.as_deref());
            let (no_branches, no_tags) = (
                trigger.branches_ignored.as_deref(),
                trigger.tags_ignored.as_deref(),
            );
            let of_branches = || Refs::of_filter(false, branches, no_branches);
            let of_tags = || Refs::of_filter(true, tags, no_tags);
            let refs = match (branches.or(no_branches).is_some(), tags.or(no_tags).is_some()) {
                (true, false) => of_branches(),
                (false, true) => of_tags(),
                (true, true) => of_branches().and(of_tags()),
                (false, false) => Refs::all(),
            };
            (refs, Vec::new())
        }
        "pushed" => (Refs::all(), Vec::new()),
        "tag" => (Refs::tags(), Vec::new()),
        "merge" => (Refs::merges(), Vec::new()),
        "queue" => (Refs::queue(), Vec::new()),
        _ => {
            let (refs, doubt) = &site.default;
            (refs.clone(), doubt.iter().map(so).collect())
        }
    }
}

/// Whether two names are those of one environment.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    one == other || one.to_lowercase() == other.to_lowercase()
}

/// What is told of an environment, by its name.
pub(super) fn by_name<'a, T>(all: &'a BTreeMap<Text, T>, name: &str) -> Option<&'a T> {
    let told = || all.iter().find(|(known, _)| same_name(known, name));
    all.get(name).or_else(|| told().map(|(_, told)| told))
}

/// What of an environment decides about a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Gate {
    /// Whether somebody must approve.
    pub approval: bool,
    /// The refs from which one may deploy; any where none is told.
    pub refs: Option<Refs>,
    pub doubt: Vec<Literal>,
}

/// That tokens name an environment as jobs spell it, not as it is called.
pub(super) fn spelled(site: &Site<'_>, known: &str, snapshot: &mut Snapshot) -> Atom {
    let what = format!(
        "whether tokens name environment {known} of {} as it is called or as a job spells it is not known",
        site.full
    );
    let settle = "print the claims of a token of such a job".to_owned();
    gap(snapshot, what, settle, Side::Both)
}

/// The gate before an environment; no gate where the environment has no rules, or does not exist yet.
pub(super) fn gate(site: &Site<'_>, name: &str, snapshot: &mut Snapshot) -> Gate {
    let environments = site.about.environments.as_ref();
    let found = environments.and_then(|all| all.iter().find(|(known, _)| same_name(known, name)));
    let Some((name, environment)) = found else {
        return Gate::default();
    };
    let full = &site.full;
    let mut doubt = Vec::new();
    let mut unknown = |what: String, settle: String| {
        doubt.push(so(&gap(snapshot, what, settle, Side::Removes)).negate());
    };
    if environment.custom {
        unknown(
            format!("when the Apps that guard environment {name} of {full} agree is not known"),
            format!("look at the deployment protection rules of {name} in {full}"),
        );
    }
    let refs = match environment.policy {
        Policy::Any => None,
        Policy::ProtectedBranches => match &site.about.protected {
            Some(branches) if branches.is_empty() => None,
            Some(branches) => Some(
                branches
                    .iter()
                    .map(|branch| Refs::branch(branch))
                    .fold(Refs::default(), Refs::and),
            ),
            None => {
                unknown(
                    format!("which branches of {full} are protected is not known"),
                    format!("gh api 'repos/{full}/branches?protected=true'"),
                );
                None
            }
        },
        Policy::Selected => match by_name(&site.about.policies, name) {
            Some(policies) => Some(
                policies
                    .iter()
                    .map(|(pattern, tags)| Refs::of_policy(pattern, *tags))
                    .fold(Refs::default(), Refs::and),
            ),
            None => {
                unknown(
                    format!("from which refs one may deploy to {name} of {full} is not known"),
                    format!("gh api repos/{full}/environments/{name}/deployment-branch-policies"),
                );
                None
            }
        },
    };
    if refs.as_ref().is_some_and(|refs| refs.wide) {
        unknown(
            format!("from which refs one may deploy to {name} of {full} could not be told"),
            format!("look at the patterns of {name} in {full}"),
        );
    }
    Gate {
        approval: environment.reviewers,
        refs,
        doubt,
    }
}

/// A job's runs, and the gates that they stand before.
pub(super) struct Runs {
    pub runs: Vec<Run>,
    pub gate: Gate,
}

/// What a job says of where it runs.
pub(super) struct Where<'a> {
    pub environment: Option<&'a Text>,
    pub id: &'a str,
    pub workflow: (Text, Text),
    pub called: Option<(Text, Vec<Text>)>,
    pub runner: Option<&'static str>,
}

/// The runs of a job that these events start.
pub(super) fn runs(
    site: &Site<'_>,
    started: &[Started<'_>],
    at: &Where<'_>,
    snapshot: &mut Snapshot,
) -> Runs {
    let mut stages: Vec<(Stage, Vec<Literal>)> = Vec::new();
    let mut gated = Gate::default();
    match at.environment {
        None => stages.push((Stage::None, Vec::new())),
        Some(name) if is_computed(name) => {
            let what = format!("which environment {} uses is computed when it runs", at.id);
            let settle = format!("look at what `{name}` can be");
            let atom = gap(snapshot, what, settle, Side::Both);
            stages.push((Stage::Except(Vec::new()), vec![so(&atom)]));
            stages.push((Stage::None, vec![so(&atom).negate()]));
        }
        Some(name) => {
            gated = gate(site, name, snapshot);
            let mut literals = gated.doubt.clone();
            if let Some(refs) = &gated.refs {
                literals.extend(refs.literals(&Key::single("ref")));
            }
            let environments = site.about.environments.as_ref();
            let known = environments.and_then(|all| all.keys().find(|known| same_name(known, name)));
            match known.filter(|known| *known != name) {
                None => stages.push((Stage::Named(name.clone()), literals)),
                Some(known) => {
                    let atom = spelled(site, known, snapshot);
                    let with = |literal| [literals.clone(), vec![literal]].concat();
                    stages.push((Stage::Named(name.clone()), with(so(&atom))));
                    stages.push((Stage::Named(known.clone()), with(so(&atom).negate())));
                }
            }
        }
    }
    let mut runs = Vec::new();
    for one in started {
        let (refs, doubt) = refs(one, site);
        if refs.is_empty() || one.kind == "caller" {
            continue;
        }
        let mut doubt = doubt;
        if refs.wide {
            let what = format!("for which refs {} runs could not be told", at.id);
            let settle = "look at the filters of its events".to_owned();
            doubt.push(so(&gap(snapshot, what, settle, Side::Removes)).negate());
        }
        let tails = match one.kind {
            "merge" if &*one.trigger.event == "pull_request" => vec![(Tail::PullRequest, None)],
            "merge" | "base" => {
                let what = format!(
                    "whether subjects of {} say pull_request or the ref is not known",
                    one.trigger.event
                );
                let settle = "print the claims of a token in such a run".to_owned();
                let atom = gap(snapshot, what, settle, Side::Both);
                vec![
                    (Tail::PullRequest, Some(so(&atom))),
                    (Tail::Ref, Some(so(&atom).negate())),
                ]
            }
            _ => vec![(Tail::Ref, None)],
        };
        for (tail, known) in tails {
            for (stage, literals) in &stages {
                let mut all = doubt.clone();
                all.extend(literals.iter().chain(&known).cloned());
                let run = Run {
                    event: Some(one.trigger.event.clone()),
                    refs: refs.clone(),
                    tail,
                    stage: stage.clone(),
                    workflow: Some(at.workflow.clone()),
                    called: at.called.clone(),
                    runner: at.runner,
                    doubt: all,
                };
                if run.happens() {
                    runs.push(run);
                }
            }
        }
    }
    Runs { runs, gate: gated }
}
