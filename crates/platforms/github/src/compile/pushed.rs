//! Workflows that are not there yet: what a push, or the pull request of a fork, can bring along.
//!
//! A workflow runs as it stands at the ref of its run. So whoever may change a ref writes a workflow there, with all
//! permissions that a token can have, and is bound by the rules on refs and on environments alone.

use std::collections::BTreeSet;

use leastwise_model::{IdentityKind, Side, Snapshot, Text};
use leastwise_permset::{Guard, Label, Literal, PermissionSet, Region, Strings};

use super::drafts::{By, Class, Draft, Tell, bare, grants, machine, rest_on, step};
use super::gaps::{gap, so};
use super::jobs::{machine_gap, secret_gap, secrets_set, token_set};
use super::rules::{APPROVED, RUN_APPROVED, approved};
use super::runs::{Gate, by_name, gate, spelled};
use super::site::Site;
use super::ways::{CONTENTS, WORKFLOWS, need, on_repository};
use super::{World, assume};
use crate::export::Visibility;
use crate::expression::Secrets;
use crate::levels::Levels;
use crate::refs::Refs;
use crate::subject::{Run, Stage, Tail, tokens};
use crate::workflow::Runner;

/// Drafts what pushes and pull requests to a repository can bring.
pub(super) fn compile(world: &World<'_>, site: &Site<'_>, drafts: &mut Vec<Draft>, snapshot: &mut Snapshot) {
    if !site.runs || !site.known {
        return;
    }
    let guarded = guarded(site, snapshot);
    let open: Vec<Text> = guarded.iter().map(|(name, _)| name.clone()).collect();
    let mut free = Refs::all();
    for rule in &site.rules {
        free = free.without(&rule.refs);
    }
    let pushed = Pushed { world, site };
    drafts.push(pushed.onto("", &free, &open, true, snapshot));
    let mut named = BTreeSet::new();
    for rule in &site.rules {
        if named.insert(rule.name.clone()) {
            let refs = site.rules.iter().filter(|other| other.name == rule.name);
            let refs = refs
                .map(|rule| rule.refs.clone())
                .fold(Refs::default(), Refs::and);
            drafts.push(pushed.onto(&rule.name, &refs, &open, false, snapshot));
        }
    }
    for (name, gate) in &guarded {
        drafts.push(pushed.environment(name, gate, snapshot));
    }
    drafts.push(pushed.fork(&open, snapshot));
}

/// Whether something was set.
enum Setting {
    Yes,
    No,
    Perhaps(Literal),
}

/// The environments that have rules, in order.
fn guarded(site: &Site<'_>, snapshot: &mut Snapshot) -> Vec<(Text, Gate)> {
    let names = site.about.environments.iter().flat_map(|all| all.keys());
    let gates = names.map(|name| (name.clone(), gate(site, name, snapshot)));
    gates
        .filter(|(_, gate)| gate.approval || gate.refs.is_some() || !gate.doubt.is_empty())
        .collect()
}

struct Pushed<'w, 'e> {
    world: &'w World<'e>,
    site: &'w Site<'e>,
}

impl Pushed<'_, '_> {
    /// What every such workflow holds: its token, and the secrets that are there.
    fn draft(&self, tail: &str, environment: Option<&str>, snapshot: &mut Snapshot) -> Draft {
        let site = self.site;
        let id = format!("{}:{tail}", site.full);
        let mut identity = bare(self.world, &site.owner, &id, tail, IdentityKind::Role);
        identity.nature = machine("a workflow that a push can bring");
        identity.location = site.about.location.clone();
        identity.provided = true;
        identity.environment = environment.map(Text::from);
        rest_on(&mut identity, &site.assumptions);
        if site.about.environments.is_none() {
            let layer = format!("rules of environments of {}", site.full);
            let settle = format!("gh api repos/{}/environments", site.full);
            rest_on(&mut identity, &[assume(layer, settle, Side::Both)]);
        }
        if site.about.secrets.is_none() {
            let layer = format!("secrets of {}", site.full);
            let settle = format!("gh api repos/{}/actions/secrets", site.full);
            rest_on(&mut identity, &[assume(layer, settle, Side::Adds)]);
        }
        if site.about.collaborators.is_none() {
            let layer = format!("people with rights in {}", site.full);
            let settle = format!("gh api repos/{}/collaborators", site.full);
            rest_on(&mut identity, &[assume(layer, settle, Side::Adds)]);
        }
        let mut tells = Vec::new();
        let mut jobs = site.workflows.iter().flat_map(|workflow| &workflow.jobs);
        if jobs.any(|job| job.runner == Runner::SelfHosted) {
            tells.push(Tell::Stray(machine_gap(site, Runner::SelfHosted, snapshot)));
        } else {
            let layer = format!("runners of one's own for {}", site.full);
            let settle = format!("gh api repos/{}/actions/runners", site.full);
            rest_on(&mut identity, &[assume(layer, settle, Side::Adds)]);
        }
        let label = step(
            snapshot,
            "workflow",
            &id,
            "a workflow says itself which permissions it has".to_owned(),
            site.about.location.as_ref(),
        );
        let token = token_set(site, &vec![(Vec::new(), Levels::write_all())], snapshot);
        let layers = &mut identity.holding.layers;
        layers.push(grants("permissions of its token", token.labelled(label)));
        let everything = Secrets {
            all: true,
            ..Secrets::default()
        };
        let lists = [&site.about.secrets, &site.about.organization_secrets];
        let any = lists
            .iter()
            .any(|list| list.as_ref().is_some_and(|list| !list.is_empty()));
        let own = environment.and_then(|name| by_name(&site.about.environment_secrets, name));
        if any || own.is_some_and(|own| !own.is_empty()) {
            layers.push(grants(
                "secrets",
                secrets_set(site, &everything, environment).labelled(label),
            ));
            tells.push(Tell::Stray(secret_gap(site, snapshot)));
        }
        Draft {
            class: Class::Job,
            identity,
            tells,
        }
    }

    /// A workflow pushed onto some refs; pull requests come with those that no rule protects.
    fn onto(&self, rule: &str, refs: &Refs, open: &[Text], pulls: bool, snapshot: &mut Snapshot) -> Draft {
        let full = &self.site.full;
        let tail = match rule {
            "" => "pushed-workflow".to_owned(),
            rule => format!("pushed-workflow:{rule}"),
        };
        let mut draft = self.draft(&tail, None, snapshot);
        let mut doubt = Vec::new();
        if refs.wide {
            let what = format!("which refs of {full} rules speak of could not be told");
            let settle = format!("look at the patterns of rules of {full}");
            doubt.push(so(&gap(snapshot, what, settle, Side::Both)).negate());
        }
        let elsewhere = || Stage::Except(open.to_vec());
        let mut runs = vec![
            Run::of(refs.clone(), Tail::Ref, Stage::None, doubt.clone()),
            Run::of(refs.clone(), Tail::Ref, elsewhere(), doubt.clone()),
        ];
        if pulls {
            runs.push(Run::of(
                Refs::merges(),
                Tail::PullRequest,
                Stage::None,
                doubt.clone(),
            ));
            runs.push(Run::of(Refs::merges(), Tail::PullRequest, elsewhere(), doubt));
        }
        let what = match rule {
            "" => format!("a workflow on a ref of {full} that no rule protects"),
            rule => format!("a workflow on a ref of {full} that {rule} protects"),
        };
        let label = step(
            snapshot,
            "workflow",
            &tail,
            what,
            self.site.about.location.as_ref(),
        );
        draft.tells.push(Tell::Tokens {
            claims: tokens(&self.site.home, &runs),
            step: label,
        });
        draft.tells.push(Tell::Way {
            technique: "github:push-a-workflow",
            needs: vec![need(
                WORKFLOWS,
                None,
                refs.requests(&Strings::literal(WORKFLOWS), full, &Guard::always()),
            )],
            by: By::Actors,
            step: Some(label),
        });
        if !rule.is_empty() {
            let administers = on_repository("administration:write", full, Vec::new());
            let writes = on_repository(CONTENTS, full, Vec::new());
            draft.tells.push(Tell::Way {
                technique: "github:lift-protection-and-push",
                needs: vec![administers, writes],
                by: By::Actors,
                step: Some(label),
            });
        }
        self.by_code(refs, Vec::new(), &mut draft, label, snapshot);
        draft
    }

    /// What changes other content there may change what workflows run.
    fn by_code(
        &self,
        refs: &Refs,
        mut literals: Vec<Literal>,
        draft: &mut Draft,
        label: Label,
        snapshot: &mut Snapshot,
    ) {
        let full = &self.site.full;
        let what = format!("whether runs of {full} run code that was pushed is not known");
        let settle = "look at what the steps of its workflows run".to_owned();
        literals.push(so(&gap(snapshot, what, settle, Side::Adds)));
        let set = refs.requests(&Strings::literal(CONTENTS), full, &Guard::all_of(literals));
        draft.tells.push(Tell::Way {
            technique: "github:change-the-code",
            needs: vec![need(CONTENTS, None, set)],
            by: By::Narrow,
            step: Some(label),
        });
    }

    /// A workflow that runs in an environment with rules.
    fn environment(&self, name: &Text, gate: &Gate, snapshot: &mut Snapshot) -> Draft {
        let full = &self.site.full;
        let tail = format!("pushed-workflow:environment/{name}");
        let mut draft = self.draft(&tail, Some(name), snapshot);
        let refs = gate.refs.clone().unwrap_or_else(Refs::all);
        let stage = Stage::Named(name.clone());
        // Whoever writes the workflow chooses the spelling as well.
        let otherwise = vec![so(&spelled(self.site, name, snapshot))];
        let mut runs = Vec::new();
        for (stage, doubt) in [(stage, Vec::new()), (Stage::Spelled(name.clone()), otherwise)] {
            runs.push(Run::of(refs.clone(), Tail::Ref, stage.clone(), doubt.clone()));
            if gate.refs.is_none() {
                runs.push(Run::of(Refs::merges(), Tail::PullRequest, stage, doubt));
            }
        }
        let environments = self.site.about.environments.as_ref();
        let location = environments
            .and_then(|all| all.get(name))
            .map(|found| found.location.clone());
        let what = format!("a workflow that runs in environment {name} of {full}");
        let label = step(snapshot, "environment", name, what, location.as_ref());
        draft.tells.push(Tell::Tokens {
            claims: tokens(&self.site.home, &runs),
            step: label,
        });
        let mut literals = gate.doubt.clone();
        if gate.approval {
            literals.push(approved(APPROVED));
        }
        self.by_code(&refs, literals.clone(), &mut draft, label, snapshot);
        let guard = Guard::all_of(literals);
        let pushing = |refs: &Refs, guard: &Guard| refs.requests(&Strings::literal(WORKFLOWS), full, guard);
        draft.tells.push(Tell::Way {
            technique: "github:push-for-an-environment",
            needs: vec![need(WORKFLOWS, None, pushing(&refs, &guard))],
            by: By::Actors,
            step: Some(label),
        });
        draft.tells.push(Tell::Way {
            technique: "github:force-into-an-environment",
            needs: vec![
                on_repository("environments:write", full, Vec::new()),
                need(WORKFLOWS, None, pushing(&Refs::all(), &Guard::always())),
            ],
            by: By::Actors,
            step: Some(label),
        });
        draft
    }

    /// What the pull request of a fork brings: it reads, unless a private repository was set to give more.
    fn fork(&self, open: &[Text], snapshot: &mut Snapshot) -> Draft {
        let site = self.site;
        let full = &site.full;
        let mut draft = self.draft("fork-workflow", None, snapshot);
        let label = step(
            snapshot,
            "pull request",
            "fork-workflow",
            format!("a workflow that the pull request of a fork of {full} brings"),
            site.about.location.as_ref(),
        );
        let private = matches!(
            site.about.visibility,
            Some(Visibility::Private | Visibility::Internal)
        );
        let public = site.about.visibility == Some(Visibility::Public);
        let forks = site.about.forks.unwrap_or_default();
        let asked = format!("gh api repos/{full}/actions/permissions/fork-pr-workflows-private-repos");
        // What counts for private repositories alone, with the gap where it is not known whether it does.
        let mut given = |told: Option<bool>, what: &str| match (told, public, private) {
            (_, true, _) | (Some(false), ..) => Setting::No,
            (Some(true), _, true) => Setting::Yes,
            (Some(true), ..) | (None, ..) => {
                let what = format!("whether pull requests of forks of {full} are given {what} is not known");
                Setting::Perhaps(so(&gap(snapshot, what, asked.clone(), Side::Adds)))
            }
        };
        let (write, secrets) = (
            given(forks.write, "tokens that write"),
            given(forks.secrets, "secrets"),
        );
        let all = Levels::write_all;
        let cases = match &write {
            Setting::Yes => vec![(Vec::new(), all())],
            Setting::No => vec![(Vec::new(), all().read_only())],
            Setting::Perhaps(so) => vec![(vec![so.negate()], all().read_only()), (vec![so.clone()], all())],
        };
        let layers = &mut draft.identity.holding.layers;
        match &secrets {
            Setting::Yes => {}
            Setting::No => {
                layers.retain(|layer| &*layer.title != "secrets");
                draft.tells.clear();
            }
            Setting::Perhaps(so) => {
                let guard = Guard::all_of([so.clone()]);
                for layer in layers.iter_mut().filter(|layer| &*layer.title == "secrets") {
                    let perhaps = Region::everything().when(guard.clone()).into();
                    layer.set = layer.set.intersection(&perhaps);
                }
            }
        }
        let set = token_set(site, &cases, snapshot);
        if let Some(layer) = draft.identity.holding.layers.first_mut() {
            layer.set = set.labelled(label);
        }
        let doubt = match write {
            Setting::Yes => Some(Vec::new()),
            Setting::Perhaps(so) => Some(vec![so]),
            Setting::No => None,
        };
        if let Some(doubt) = doubt {
            let stages = [Stage::None, Stage::Except(open.to_vec())];
            let runs = stages.map(|stage| Run::of(Refs::merges(), Tail::PullRequest, stage, doubt.clone()));
            draft.tells.push(Tell::Tokens {
                claims: tokens(&site.home, &runs),
                step: label,
            });
        }
        let mut literals = Vec::new();
        let mut unknown = |what: String, settle: String| {
            literals.push(so(&gap(snapshot, what, settle, Side::Removes)).negate());
        };
        match (private, forks.run) {
            (true, Some(false)) => return draft,
            (true, None) => unknown(
                format!("whether pull requests of forks run workflows in {full} is not known"),
                asked,
            ),
            _ => {}
        }
        if private && site.about.allows_forks == Some(false) {
            return draft;
        }
        // Whoever contributed before needs no approval under the laxer policies; who that is, no export tells.
        if !private || forks.approval == Some(true) {
            literals.push(approved(RUN_APPROVED));
        }
        draft.tells.push(Tell::Way {
            technique: "github:open-a-pull-request",
            needs: vec![on_repository("contents:read", full, literals)],
            by: By::People,
            step: Some(label),
        });
        draft
    }
}

/// Every request that changes refs of a repository.
pub(super) fn any_push(full: &str) -> PermissionSet {
    let actions = Strings::any_of([WORKFLOWS, CONTENTS].map(leastwise_permset::Pattern::literal));
    Refs::all().requests(&actions, full, &Guard::always())
}
