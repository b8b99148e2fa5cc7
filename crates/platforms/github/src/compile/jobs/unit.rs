//! Jobs with all that workflows which call one another make of them.

use leastwise_model::{Location, Remark, Side, Snapshot, Text};
use leastwise_permset::Label;

use super::super::World;
use super::super::gaps::{gap, so};
use super::super::site::Site;
use super::calls::{Reference, Target, resolve};
use super::permission_label;
use crate::expression::Secrets;
use crate::levels::{Cases, Level, Levels, within};
use crate::workflow::{Call, Fetch, Given, Job, Passed, Permissions, Runner, Workflow};

/// How deep workflows may call one another.
const DEPTH: usize = 10;

/// A job that runs.
pub(crate) struct Unit<'e> {
    /// `owner/name:ci.yml:build`; jobs of called workflows stand behind the job that calls, after `/`.
    pub id: String,
    pub name: Text,
    pub key: Text,
    /// The workflow that an event starts.
    pub workflow: &'e Workflow,
    pub token: Cases,
    block: Option<&'e Permissions>,
    pub secrets: Secrets,
    pub environment: Option<Text>,
    pub runner: Runner,
    pub conditional: bool,
    pub called: Option<(Text, Vec<Text>)>,
    /// Workflows and actions that it uses.
    pub uses: Vec<Text>,
    pub injected: Vec<(&'static str, Location)>,
    pub fetches: Vec<Fetch>,
    pub location: Location,
}

impl Unit<'_> {
    /// What says which permissions it has.
    pub fn permission_step(&self, site: &Site<'_>, snapshot: &mut Snapshot) -> Label {
        let Some(block) = self.block else {
            let said = match restricted(site) {
                Some(true) => "the default is restricted",
                Some(false) => "the default is permissive",
                None => "the default",
            };
            return permission_label(snapshot, said.to_owned(), site.about.location.as_ref());
        };
        let said = match &block.given {
            Given::ReadAll => "permissions: read-all".to_owned(),
            Given::WriteAll => "permissions: write-all".to_owned(),
            Given::Named(named) if named.is_empty() => "permissions: {}".to_owned(),
            Given::Named(named) => {
                let word = |level: &Level| match level {
                    Level::None => "none",
                    Level::Read => "read",
                    Level::Write => "write",
                };
                let named: Vec<String> = named
                    .iter()
                    .map(|(name, level)| format!("{name}: {}", word(level)))
                    .collect();
                format!("permissions: {{{}}}", named.join(", "))
            }
        };
        permission_label(snapshot, said, Some(&block.location))
    }
}

/// Whether the default is restricted; the organization's restriction holds for its repositories.
fn restricted(site: &Site<'_>) -> Option<bool> {
    let organization = site.account.and_then(|account| account.defaults);
    match (organization, site.about.defaults) {
        (Some(false), _) | (_, Some(false)) => Some(true),
        (_, Some(true)) => Some(false),
        (_, None) => None,
    }
}

/// The permissions of a token for which no block says any.
pub(in crate::compile) fn defaults(site: &Site<'_>, snapshot: &mut Snapshot) -> Cases {
    match restricted(site) {
        Some(true) => vec![(Vec::new(), Levels::restricted())],
        Some(false) => vec![(Vec::new(), Levels::permissive())],
        None => {
            let name = format!("the default permissions of tokens of {} are not known", site.full);
            let settle = format!("gh api repos/{}/actions/permissions/workflow", site.full);
            let atom = gap(snapshot, name, settle, Side::Adds);
            vec![
                (vec![so(&atom).negate()], Levels::restricted()),
                (vec![so(&atom)], Levels::permissive()),
            ]
        }
    }
}

fn given(permissions: &Permissions) -> Cases {
    let levels = match &permissions.given {
        Given::ReadAll => Levels::read_all(),
        Given::WriteAll => Levels::write_all(),
        Given::Named(named) => Levels::named(named.iter().cloned()),
    };
    vec![(Vec::new(), levels)]
}

/// What a call has handed down so far.
#[derive(Clone)]
struct Down<'e> {
    /// `owner/name:ci.yml:deploy`, up to the calling job.
    prefix: String,
    ceiling: Cases,
    block: Option<&'e Permissions>,
    /// The secrets that each name stands for; `None` for all.
    passed: Option<Vec<(Text, Secrets)>>,
    called: (Text, Vec<Text>),
    uses: Vec<Text>,
    conditional: bool,
    path: Vec<(Text, Text)>,
}

struct Unfolding<'w, 'e, 's> {
    world: &'w World<'e>,
    /// The site whose event starts the run.
    site: &'w Site<'e>,
    started: &'e Workflow,
    default: Cases,
    units: Vec<Unit<'e>>,
    snapshot: &'s mut Snapshot,
}

/// The jobs that a workflow starts, those of workflows that it calls included. A workflow that only others call starts
/// none.
pub(in crate::compile) fn units<'e>(
    world: &World<'e>,
    site: &Site<'e>,
    workflow: &'e Workflow,
    snapshot: &mut Snapshot,
) -> Vec<Unit<'e>> {
    if workflow
        .triggers
        .iter()
        .all(|trigger| &*trigger.event == "workflow_call")
    {
        return Vec::new();
    }
    let default = defaults(site, snapshot);
    let mut unfolding = Unfolding {
        world,
        site,
        started: workflow,
        default,
        units: Vec::new(),
        snapshot,
    };
    unfolding.workflow(site, workflow, None);
    unfolding.units
}

impl<'e> Unfolding<'_, 'e, '_> {
    /// `holder`: the site that holds the workflow.
    fn workflow(&mut self, holder: &Site<'e>, workflow: &'e Workflow, down: Option<&Down<'e>>) {
        for job in &workflow.jobs {
            self.job(holder, workflow, job, down);
        }
    }

    fn job(&mut self, holder: &Site<'e>, workflow: &'e Workflow, job: &'e Job, down: Option<&Down<'e>>) {
        let block = job.permissions.as_ref().or(workflow.permissions.as_ref());
        let (token, block) = match (block, down) {
            (Some(block), None) => (given(block), Some(block)),
            (None, None) => (self.default.clone(), None),
            (Some(block), Some(down)) => (within(&given(block), &down.ceiling), Some(block)),
            (None, Some(down)) => (down.ceiling.clone(), down.block),
        };
        let secrets = handed(
            &job.secrets,
            down.and_then(|down| down.passed.as_deref()),
            job.environment.is_some(),
        );
        let file = self.started.path.rsplit('/').next().unwrap_or_default();
        let id = match down {
            None => format!("{}:{file}:{}", self.site.full, job.key),
            Some(down) => format!("{}/{}", down.prefix, job.key),
        };
        let conditional = job.conditional || down.is_some_and(|down| down.conditional);
        let mut uses: Vec<Text> = down.map(|down| down.uses.clone()).unwrap_or_default();
        let Some(call) = &job.calls else {
            uses.extend(job.actions.iter().map(|(action, _)| action.clone()));
            let name = id.rsplit(':').next().unwrap_or_default().into();
            self.units.push(Unit {
                name,
                id,
                key: job.key.clone(),
                workflow: self.started,
                token,
                block,
                secrets,
                environment: job.environment.clone(),
                runner: job.runner,
                conditional,
                called: down.map(|down| down.called.clone()),
                uses,
                injected: job.injected.clone(),
                fetches: job.fetches.clone(),
                location: job.location.clone(),
            });
            return;
        };
        let mut path = down.map(|down| down.path.clone()).unwrap_or_default();
        path.push((holder.full.clone(), workflow.path.clone()));
        let passed = match &call.secrets {
            Passed::All => down.and_then(|down| down.passed.clone()),
            Passed::Named(named) => Some(
                named
                    .iter()
                    .map(|(name, made_of)| {
                        let passed = down.and_then(|down| down.passed.as_deref());
                        (name.clone(), handed(made_of, passed, false))
                    })
                    .collect(),
            ),
        };
        match resolve(self.world, holder, call) {
            Target::Found {
                site,
                workflow,
                path: file,
                refs,
            } => {
                let again = path.contains(&(site.full.clone(), workflow.path.clone()));
                if again || path.len() > DEPTH {
                    let what = match again {
                        true => format!("`{}` is called in a circle; GitHub refuses to run it", call.uses),
                        false => format!(
                            "`{}` is called more than {DEPTH} levels deep; GitHub refuses to run it",
                            call.uses
                        ),
                    };
                    self.tell(call, what, "break the chain of calls");
                    return;
                }
                if !workflow
                    .triggers
                    .iter()
                    .any(|trigger| &*trigger.event == "workflow_call")
                {
                    let what = format!(
                        "`{}` cannot be called: `workflow_call` is not among its events",
                        call.uses
                    );
                    self.tell(call, what, "add `on: workflow_call` to it");
                    return;
                }
                uses.push(call.uses.clone());
                let inner = Down {
                    prefix: id,
                    ceiling: token,
                    block,
                    passed,
                    called: (file, refs),
                    uses,
                    conditional,
                    path,
                };
                self.workflow(site, workflow, Some(&inner));
            }
            Target::Untold { what, settle } => {
                let (what, settle) = match crate::expression::is_computed(&call.uses) {
                    true => (
                        format!("which workflow `{}` names is not known", call.uses),
                        "name the workflow without an expression".to_owned(),
                    ),
                    false => (what, settle),
                };
                self.tell(call, what.clone(), &settle);
                let atom = gap(self.snapshot, what, settle, Side::Adds);
                let least: Cases = vec![(vec![so(&atom).negate()], Levels::named([]))];
                let most = token.into_iter().map(|(mut literals, levels)| {
                    literals.push(so(&atom));
                    literals.sort();
                    (literals, levels)
                });
                uses.push(call.uses.clone());
                let all = match &passed {
                    None => Secrets {
                        all: true,
                        ..Secrets::default()
                    },
                    Some(named) => named.iter().fold(Secrets::default(), |mut all, (_, made_of)| {
                        all.extend(made_of);
                        all
                    }),
                };
                let called = match Reference::of(&call.uses) {
                    Reference::Elsewhere { path, at, .. } => Some((path, super::calls::spellings(&at))),
                    Reference::Here(_) | Reference::None => None,
                };
                let name = id.rsplit(':').next().unwrap_or_default().into();
                self.units.push(Unit {
                    name,
                    id,
                    key: job.key.clone(),
                    workflow: self.started,
                    token: least.into_iter().chain(most).collect(),
                    block,
                    secrets: all,
                    environment: Some("${{ not known }}".into()),
                    runner: Runner::Unknown,
                    conditional,
                    called,
                    uses,
                    injected: Vec::new(),
                    fetches: Vec::new(),
                    location: call.location.clone(),
                });
            }
        }
    }

    fn tell(&mut self, call: &Call, what: String, hint: &str) {
        let remark = Remark {
            location: Some(call.location.clone()),
            what: what.into(),
            hint: hint.into(),
            loses: false,
        };
        if !self.snapshot.remarks.contains(&remark) {
            self.snapshot.remarks.push(remark);
        }
    }
}

/// What the secrets that a job mentions are, where calls hand over only some. Those of an environment need no handing
/// over.
fn handed(mentioned: &Secrets, passed: Option<&[(Text, Secrets)]>, environment: bool) -> Secrets {
    let Some(passed) = passed else {
        return mentioned.clone();
    };
    let mut all = Secrets::default();
    for (name, made_of) in passed {
        if mentioned.all || mentioned.named.contains(name) {
            all.extend(made_of);
        }
    }
    if environment {
        let own = mentioned.named.iter();
        all.named.extend(
            own.filter(|name| !passed.iter().any(|(known, _)| known == *name))
                .cloned(),
        );
    }
    all
}
