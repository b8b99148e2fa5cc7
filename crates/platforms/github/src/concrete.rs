//! One token, one ref at a time, as the documentation tells: the slow twin of what is compiled.
//!
//! It works on a plain description of a repository, knows no sets and no patterns beyond one text against one text, and
//! looks every fact up where it is needed.

use std::collections::BTreeMap;

/// How far a permission reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Not at all.
    None,
    /// Reading.
    Read,
    /// Writing, and reading.
    Write,
}

/// A `permissions` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// `read-all`.
    ReadAll,
    /// `write-all`.
    WriteAll,
    /// These and no others.
    Named(Vec<(String, Level)>),
}

/// An event that starts a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A push to branches that match one of these filters, or to any branch or tag.
    Push(Option<Vec<String>>),
    /// A pull request.
    PullRequest,
    /// A time.
    Schedule,
}

/// A job.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its key.
    pub key: String,
    /// Its block.
    pub permissions: Option<Block>,
    /// Its environment.
    pub environment: Option<String>,
    /// The workflow of the same repository that it calls, by number.
    pub calls: Option<usize>,
}

/// A workflow.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// The name of its file.
    pub file: String,
    /// Its block.
    pub permissions: Option<Block>,
    /// What starts it; only others call one without events.
    pub events: Vec<Event>,
    /// Its jobs.
    pub jobs: Vec<Job>,
}

/// A rule on one branch.
#[derive(Clone, Debug)]
pub struct Protection {
    /// The branch.
    pub branch: String,
    /// Whether a change needs somebody's approval.
    pub reviewed: bool,
    /// Whether administrators are bound.
    pub admins: bool,
    /// Who may push, where not everybody may who may write.
    pub pushers: Option<Vec<String>>,
}

/// A repository.
#[derive(Clone, Debug)]
pub struct Repository {
    /// Its owner.
    pub owner: String,
    /// Its name.
    pub name: String,
    /// The owner's number.
    pub owner_id: u64,
    /// Its number.
    pub id: u64,
    /// Its default branch.
    pub default_branch: String,
    /// Whether its default permissions are permissive.
    pub permissive: bool,
    /// Whether the organization's are restricted.
    pub restricted_organization: bool,
    /// Whether subjects name ids.
    pub immutable: bool,
    /// Its template for subjects, where it has one of its own.
    pub template: Option<Vec<String>>,
    /// Its workflows.
    pub workflows: Vec<Workflow>,
    /// Its rules.
    pub protections: Vec<Protection>,
}

/// What a default gives, after the table of the GITHUB_TOKEN reference.
fn default_level(permissive: bool, permission: &str) -> Level {
    match (permission, permissive) {
        ("metadata", _) => Level::Read,
        ("id-token", _) | ("artifact-metadata", _) => Level::None,
        ("models", true) => Level::Read,
        (_, true) => Level::Write,
        ("contents" | "packages", false) => Level::Read,
        (_, false) => Level::None,
    }
}

/// What a block gives, after the workflow syntax.
fn block_level(block: &Block, permission: &str) -> Level {
    match (block, permission) {
        (_, "metadata") => Level::Read,
        (Block::ReadAll, "id-token") => Level::None,
        (Block::WriteAll, "models") | (Block::ReadAll, _) => Level::Read,
        (Block::WriteAll, _) => Level::Write,
        (Block::Named(named), _) => named
            .iter()
            .find(|(name, _)| name == permission)
            .map_or(Level::None, |(_, level)| *level),
    }
}

/// How far a permission of the token of a job reaches. `chain` is the way to it: the number of the workflow that an event
/// starts, with the number of a job; and so on for workflows that are called. `None` where there is no such way.
#[must_use]
pub fn level(repository: &Repository, chain: &[(usize, usize)], permission: &str) -> Option<Level> {
    let mut handed: Option<Level> = None;
    for (workflow, job) in chain {
        let workflow = repository.workflows.get(*workflow)?;
        let job = workflow.jobs.get(*job)?;
        let block = job.permissions.as_ref().or(workflow.permissions.as_ref());
        let own = block.map(|block| block_level(block, permission));
        handed = Some(match (own, handed) {
            (Some(own), Some(above)) => own.min(above),
            (Some(own), None) => own,
            (None, Some(above)) => above,
            (None, None) => {
                let permissive = repository.permissive && !repository.restricted_organization;
                default_level(permissive, permission)
            }
        });
    }
    handed
}

/// Whether a filter of branches matches a name: `*` stays within a segment, `**` does not.
fn matches(filter: &str, name: &str) -> bool {
    if let Some(rest) = filter.strip_prefix("**") {
        return (0..=name.len())
            .filter_map(|at| name.get(at..))
            .any(|tail| matches(rest, tail));
    }
    if let Some(rest) = filter.strip_prefix('*') {
        let segment = name.find('/').unwrap_or(name.len());
        return (0..=segment)
            .filter_map(|at| name.get(at..))
            .any(|tail| matches(rest, tail));
    }
    match (filter.chars().next(), name.chars().next()) {
        (None, None) => true,
        (Some(wanted), Some(found)) if wanted == found => {
            let (filter, name) = (filter.get(wanted.len_utf8()..), name.get(found.len_utf8()..));
            filter
                .zip(name)
                .is_some_and(|(filter, name)| matches(filter, name))
        }
        _ => false,
    }
}

/// The events that start a workflow for a ref, with their names.
fn events_for(repository: &Repository, workflow: &Workflow, at: &str) -> Vec<&'static str> {
    let started = workflow.events.iter().filter_map(|event| match event {
        Event::Push(None) => {
            (at.starts_with("refs/heads/") || at.starts_with("refs/tags/")).then_some("push")
        }
        Event::Push(Some(filters)) => {
            let name = at.strip_prefix("refs/heads/")?;
            filters
                .iter()
                .any(|filter| matches(filter, name))
                .then_some("push")
        }
        Event::PullRequest => {
            (at.starts_with("refs/pull/") && at.ends_with("/merge")).then_some("pull_request")
        }
        Event::Schedule => {
            (at.strip_prefix("refs/heads/") == Some(repository.default_branch.as_str())).then_some("schedule")
        }
    });
    started.collect()
}

/// The claims that decide, of every token that a job has in runs for a ref; none where it may not ask for tokens.
#[must_use]
pub fn tokens(
    repository: &Repository,
    chain: &[(usize, usize)],
    at: &str,
) -> Vec<BTreeMap<&'static str, String>> {
    let may = level(repository, chain, "id-token") == Some(Level::Write);
    let started = chain
        .first()
        .and_then(|(first, _)| repository.workflows.get(*first));
    let last = chain.last().and_then(|(workflow, job)| {
        let workflow = repository.workflows.get(*workflow)?;
        Some((workflow, workflow.jobs.get(*job)?))
    });
    let (true, Some(started), Some((holder, job))) = (may, started, last) else {
        return Vec::new();
    };
    let Repository {
        owner,
        name,
        owner_id,
        id,
        ..
    } = repository;
    let full = format!("{owner}/{name}");
    let file = |workflow: &Workflow| format!("{full}/.github/workflows/{}@{at}", workflow.file);
    let mut found = Vec::new();
    for event in events_for(repository, started, at) {
        let context = match (&job.environment, event) {
            (Some(environment), _) => format!("environment:{}", environment.replace(':', "%3A")),
            (None, "pull_request") => "pull_request".to_owned(),
            (None, _) => format!("ref:{at}"),
        };
        let repo = match repository.immutable {
            true => format!("repo:{owner}@{owner_id}/{name}@{id}"),
            false => format!("repo:{full}"),
        };
        let usual = ["repo".to_owned(), "context".to_owned()];
        let parts = repository.template.as_deref().unwrap_or(&usual).iter();
        let parts = parts.map(|claim| match claim.as_str() {
            "repo" => repo.clone(),
            "context" => context.clone(),
            "job_workflow_ref" => format!("job_workflow_ref:{}", file(holder)),
            "repository_owner" => format!("repository_owner:{owner}"),
            other => format!("{other}:"),
        });
        let mut claims = BTreeMap::from([
            ("sub", parts.collect::<Vec<_>>().join(":")),
            ("ref", at.to_owned()),
            ("event_name", event.to_owned()),
            ("repository", full.clone()),
            ("repository_id", id.to_string()),
            ("workflow_ref", file(started)),
            ("job_workflow_ref", file(holder)),
        ]);
        if let Some(environment) = &job.environment {
            claims.insert("environment", environment.clone());
        }
        found.push(claims);
    }
    found
}

/// Whether somebody with a role may change a branch, with or without somebody's approval.
#[must_use]
pub fn may_change(repository: &Repository, login: &str, role: &str, branch: &str, approved: bool) -> bool {
    if !["write", "maintain", "admin"].contains(&role) {
        return false;
    }
    let here = repository.protections.iter().filter(|rule| rule.branch == branch);
    let mut free = here.map(|rule| {
        if role == "admin" && !rule.admins {
            return true;
        }
        let named = |pushers: &Vec<String>| pushers.iter().any(|pusher| pusher == login);
        rule.pushers.as_ref().is_none_or(named) && (!rule.reviewed || approved)
    });
    free.all(|free| free)
}
