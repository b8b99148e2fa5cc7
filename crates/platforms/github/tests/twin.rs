//! Compiled sets against the twin, on random small repositories written out as GitHub has them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot make its world must stop"
)]

use std::collections::BTreeMap;
use std::fmt::Write;

use leastwise_document::{Limits, read};
use leastwise_github::GitHub;
use leastwise_github::concrete::{self, Block, Event, Job, Level, Protection, Repository, Workflow};
use leastwise_model::{File, Platform, Settings, Snapshot, Taken};
use leastwise_permset::{Answers, Context, Key, Request};

const PERMISSIONS: [&str; 8] = [
    "contents",
    "issues",
    "packages",
    "id-token",
    "metadata",
    "models",
    "actions",
    "pull-requests",
];
const REFS: [&str; 8] = [
    "refs/heads/main",
    "refs/heads/dev",
    "refs/heads/release/1",
    "refs/heads/release/1/a",
    "refs/heads/release",
    "refs/tags/v1",
    "refs/pull/7/merge",
    "refs/heads/mai",
];
const FILTERS: [&str; 6] = ["main", "release/*", "release/**", "*", "**", "m*n"];
const BRANCHES: [&str; 3] = ["main", "dev", "release/1"];
const PEOPLE: [(&str, &str); 5] = [
    ("a", "read"),
    ("b", "triage"),
    ("c", "write"),
    ("d", "maintain"),
    ("e", "admin"),
];

/// A small generator, so that a failure names its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }

    fn block(&mut self) -> Option<Block> {
        match self.roll(6) {
            0 | 1 => None,
            2 => Some(Block::ReadAll),
            3 => Some(Block::WriteAll),
            _ => {
                let mut named = BTreeMap::new();
                for _ in 0..self.roll(4) {
                    let name = *self.pick(&PERMISSIONS);
                    let level = match (name, self.roll(3)) {
                        ("id-token", 0) | (_, 0) => Level::None,
                        ("id-token", _) => Level::Write,
                        ("models" | "metadata", _) => Level::Read,
                        (_, 1) => Level::Read,
                        _ => Level::Write,
                    };
                    named.insert(name.to_owned(), level);
                }
                named.remove("metadata");
                Some(Block::Named(named.into_iter().collect()))
            }
        }
    }

    fn repository(&mut self) -> Repository {
        let workflows = (0..2 + self.roll(2))
            .map(|number| self.workflow(number))
            .collect();
        let mut protections = Vec::new();
        for branch in BRANCHES {
            if self.one_in(2) {
                protections.push(Protection {
                    branch: branch.to_owned(),
                    reviewed: self.one_in(2),
                    admins: self.one_in(2),
                    pushers: self.one_in(3).then(|| vec!["c".to_owned()]),
                });
            }
        }
        let template = match self.roll(4) {
            0 => Some(vec!["repo".to_owned(), "job_workflow_ref".to_owned()]),
            1 => Some(vec!["repository_owner".to_owned(), "context".to_owned()]),
            _ => None,
        };
        Repository {
            owner: "acme".to_owned(),
            name: "shop".to_owned(),
            owner_id: 7,
            id: 42,
            default_branch: "main".to_owned(),
            permissive: self.one_in(2),
            restricted_organization: self.one_in(4),
            immutable: self.one_in(3),
            template,
            workflows,
            protections,
        }
    }

    fn workflow(&mut self, number: usize) -> Workflow {
        let mut events = Vec::new();
        // The last ones are called only; calls go to later workflows, so that they end.
        if number == 0 || self.one_in(2) {
            for kind in 0..3 {
                if self.one_in(2) {
                    events.push(match kind {
                        0 if self.one_in(3) => Event::Push(None),
                        0 => Event::Push(Some(
                            (0..=self.roll(2))
                                .map(|_| (*self.pick(&FILTERS)).to_owned())
                                .collect(),
                        )),
                        1 => Event::PullRequest,
                        _ => Event::Schedule,
                    });
                }
            }
        }
        let jobs = (0..=self.roll(2)).map(|job| Job {
            key: format!("j{job}"),
            permissions: self.block(),
            environment: self
                .one_in(4)
                .then(|| ["production", "blue:green"][self.roll(2)].to_owned()),
            calls: (number == 0 && self.one_in(3)).then_some(1),
        });
        let mut jobs: Vec<Job> = jobs.collect();
        for job in jobs.iter_mut().filter(|job| job.calls.is_some()) {
            job.environment = None;
        }
        Workflow {
            file: format!("w{number}.yml"),
            permissions: self.block(),
            events,
            jobs,
        }
    }
}

fn block_text(block: &Block, indent: &str) -> String {
    match block {
        Block::ReadAll => format!("{indent}permissions: read-all\n"),
        Block::WriteAll => format!("{indent}permissions: write-all\n"),
        Block::Named(named) if named.is_empty() => format!("{indent}permissions: {{}}\n"),
        Block::Named(named) => {
            let mut text = format!("{indent}permissions:\n");
            for (name, level) in named {
                let level = format!("{level:?}").to_lowercase();
                writeln!(text, "{indent}  {name}: {level}").unwrap();
            }
            text
        }
    }
}

fn workflow_text(repository: &Repository, workflow: &Workflow) -> String {
    let mut text = "on:\n  workflow_call:\n".to_owned();
    for event in &workflow.events {
        match event {
            Event::Push(None) => text.push_str("  push:\n"),
            Event::Push(Some(filters)) => {
                let filters: Vec<String> = filters.iter().map(|filter| format!("'{filter}'")).collect();
                writeln!(text, "  push:\n    branches: [{}]", filters.join(", ")).unwrap();
            }
            Event::PullRequest => text.push_str("  pull_request:\n"),
            Event::Schedule => text.push_str("  schedule:\n    - cron: '0 0 * * *'\n"),
        }
    }
    text.extend(workflow.permissions.iter().map(|block| block_text(block, "")));
    text.push_str("jobs:\n");
    for job in &workflow.jobs {
        writeln!(text, "  {}:", job.key).unwrap();
        text.extend(job.permissions.iter().map(|block| block_text(block, "    ")));
        if let Some(called) = job.calls {
            writeln!(
                text,
                "    uses: ./.github/workflows/{}",
                repository.workflows[called].file
            )
            .unwrap();
            continue;
        }
        if let Some(environment) = &job.environment {
            writeln!(text, "    environment: '{environment}'").unwrap();
        }
        text.push_str("    runs-on: ubuntu-latest\n    steps:\n      - run: make\n");
    }
    text
}

fn export_text(repository: &Repository) -> String {
    let quoted = |names: &[String]| {
        let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
        names.join(",")
    };
    let default = |write: bool| {
        format!(
            "{{\"default_workflow_permissions\":\"{}\"}}",
            if write { "write" } else { "read" }
        )
    };
    let claims = repository.template.as_deref();
    let claims = claims.map(|claims| format!(",\"include_claim_keys\":[{}]", quoted(claims)));
    let people = PEOPLE.map(|(login, role)| {
        let rank = PEOPLE.iter().position(|(_, other)| *other == role).unwrap();
        let flags = ["pull", "triage", "push", "maintain", "admin"];
        let flags: Vec<String> = flags
            .iter()
            .zip(0..)
            .map(|(flag, at)| format!("\"{flag}\":{}", at <= rank))
            .collect();
        format!(
            "{{\"login\":\"{login}\",\"permissions\":{{{}}}}}",
            flags.join(",")
        )
    });
    let mut rules = String::new();
    let mut names = Vec::new();
    for rule in &repository.protections {
        names.push(format!("{{\"name\":\"{}\",\"protected\":true}}", rule.branch));
        let reviews = match rule.reviewed {
            true => "\"required_pull_request_reviews\":{\"required_approving_review_count\":1},",
            false => "",
        };
        let pushers = rule.pushers.as_deref().map(|pushers| {
            let users: Vec<String> = pushers
                .iter()
                .map(|login| format!("{{\"login\":\"{login}\"}}"))
                .collect();
            format!(
                "\"restrictions\":{{\"users\":[{}],\"teams\":[],\"apps\":[]}},",
                users.join(",")
            )
        });
        write!(
            rules,
            "\"repos/acme/shop/branches/{}/protection\":{{{reviews}{}\"enforce_admins\":{{\"enabled\":{}}}}},",
            rule.branch,
            pushers.unwrap_or_default(),
            rule.admins
        )
        .unwrap();
    }
    let organization = match repository.restricted_organization {
        true => format!("\"orgs/acme/actions/permissions/workflow\":{},", default(false)),
        false => String::new(),
    };
    format!(
        "{{\"leastwise\":\"github-export/v1\",\"checkouts\":{{\".\":\"acme/shop\"}},\"responses\":{{{rules}{organization}\
         \"repos/acme/shop\":{{\"id\":42,\"owner\":{{\"id\":7}},\"default_branch\":\"main\",\"visibility\":\"private\"}},\
         \"repos/acme/shop/actions/permissions/workflow\":{},\
         \"repos/acme/shop/actions/oidc/customization/sub\":{{\"use_default\":{},\"use_immutable_subject\":{}{}}},\
         \"repos/acme/shop/branches\":[{}],\"repos/acme/shop/rulesets\":[],\"repos/acme/shop/environments\":[],\
         \"repos/acme/shop/collaborators\":[{}]}}}}",
        default(repository.permissive),
        repository.template.is_none(),
        repository.immutable,
        claims.unwrap_or_default(),
        names.join(","),
        people.join(",")
    )
}

fn compile(repository: &Repository) -> Snapshot {
    let mut snapshot = Snapshot::new();
    let mut reader = GitHub.reader(&Settings::default());
    let mut files = vec![("estate/github.json".to_owned(), export_text(repository))];
    for workflow in &repository.workflows {
        let path = format!("estate/.github/workflows/{}", workflow.file);
        files.push((path, workflow_text(repository, workflow)));
    }
    for (path, text) in files {
        let file = snapshot.add_file(File {
            path: path.as_str().into(),
            unit: "estate".into(),
        });
        let faults = read(text.as_bytes(), &Limits::default(), &mut |item| {
            assert!(
                matches!(reader.take(file, &path, item), Taken::Yes),
                "{path}\n{text}"
            );
        });
        assert!(faults.is_empty(), "{path}: {faults:?}\n{text}");
    }
    reader.compile(&mut snapshot);
    snapshot
}

/// The ways to jobs that run, with the end of their ids.
fn chains(repository: &Repository) -> Vec<(String, Vec<(usize, usize)>)> {
    let mut found = Vec::new();
    for (at, workflow) in repository.workflows.iter().enumerate() {
        if workflow.events.is_empty() {
            continue;
        }
        for (number, job) in workflow.jobs.iter().enumerate() {
            let id = format!("{}:{}", workflow.file, job.key);
            match job.calls {
                None => found.push((id, vec![(at, number)])),
                Some(called) => {
                    for (inner, job) in repository.workflows[called].jobs.iter().enumerate() {
                        found.push((format!("{id}/{}", job.key), vec![(at, number), (called, inner)]));
                    }
                }
            }
        }
    }
    found
}

const DECIDING: [&str; 8] = [
    "sub",
    "ref",
    "event_name",
    "repository",
    "repository_id",
    "workflow_ref",
    "job_workflow_ref",
    "environment",
];

/// A token with these claims, and all that is in every token besides.
fn context(claims: &BTreeMap<&'static str, String>) -> Context {
    let others = [
        "aud",
        "actor",
        "actor_id",
        "check_run_id",
        "job_workflow_sha",
        "jti",
        "ref_protected",
        "run_attempt",
        "run_id",
        "run_number",
        "sha",
        "workflow_sha",
    ];
    let mut context = Context::new();
    for claim in others {
        context = context.with(Key::single(claim), ["x"]);
    }
    let workflow = claims["workflow_ref"].split('@').next().unwrap();
    let pull = claims["event_name"].starts_with("pull_request");
    let kind = if claims["ref"].starts_with("refs/tags/") {
        "tag"
    } else {
        "branch"
    };
    let fixed = [
        ("base_ref", if pull { "main" } else { "" }),
        ("head_ref", if pull { "topic" } else { "" }),
        ("ref_type", kind),
        ("repository_owner", "acme"),
        ("repository_owner_id", "7"),
        ("repository_visibility", "private"),
        ("runner_environment", "github-hosted"),
        ("workflow", workflow.strip_prefix("acme/shop/").unwrap()),
    ];
    for (claim, value) in fixed {
        context = context.with(Key::single(claim), [value]);
    }
    for (claim, value) in claims {
        context = context.with(Key::single(claim), [value]);
    }
    context
}

struct Counts {
    permissions: usize,
    tokens: usize,
    refs: usize,
}

fn compare(seed: u64, counts: &mut Counts) {
    let mut dice = Dice(seed);
    let repository = dice.repository();
    let snapshot = compile(&repository);
    let identity = |id: &str| {
        let id = format!("github:{id}");
        snapshot.each_identity().find(|(_, identity)| *identity.id == *id)
    };
    let ways = chains(&repository);
    let all: Vec<BTreeMap<&'static str, String>> = ways
        .iter()
        .flat_map(|(_, chain)| {
            REFS.iter()
                .flat_map(|at| concrete::tokens(&repository, chain, at))
        })
        .collect();
    for (id, chain) in &ways {
        let (index, job) =
            identity(&format!("acme/shop:{id}")).unwrap_or_else(|| panic!("seed {seed}: no {id}"));
        let set = job.holding.effective();
        for permission in PERMISSIONS {
            let wanted = concrete::level(&repository, chain, permission).unwrap();
            for (word, level) in [("read", Level::Read), ("write", Level::Write)] {
                let action = format!("{permission}:{word}");
                // Tokens are written or not; there is nothing to read.
                if action == "id-token:read" {
                    continue;
                }
                let got = set.contains(&Request::new(&action, "acme/shop"));
                assert_eq!(got, wanted >= level, "seed {seed}: {id} {action}");
                counts.permissions += 1;
            }
        }
        let holders = snapshot.issuers.iter().flat_map(|issuer| &issuer.holders);
        let claims = holders
            .filter(|holder| holder.identity == index)
            .find_map(|holder| holder.claims.clone());
        let own: Vec<_> = REFS
            .iter()
            .flat_map(|at| concrete::tokens(&repository, chain, at))
            .collect();
        // Its own tokens, those of other jobs, and each with one claim of another.
        let mut tried: Vec<BTreeMap<&'static str, String>> = own.iter().chain(&all).cloned().collect();
        for _ in 0..8 {
            if own.is_empty() || all.is_empty() {
                break;
            }
            let mut mixed = dice.pick(&own).clone();
            let claim = *dice.pick(&DECIDING);
            match dice.pick(&all).get(claim) {
                Some(value) => mixed.insert(claim, value.clone()),
                None => mixed.remove(claim),
            };
            tried.push(mixed);
        }
        for token in tried {
            let wanted = own.contains(&token);
            let request = Request::new("", "").within(context(&token));
            let got = claims
                .as_ref()
                .is_some_and(|claims| claims.contains_given(&request, &Answers::none()));
            assert_eq!(got, wanted, "seed {seed}: {id} {token:?}");
            counts.tokens += 1;
        }
    }
    for (login, role) in PEOPLE {
        let (_, person) = identity(&format!("acme:user:{login}")).unwrap();
        let set = person.holding.effective();
        for branch in ["main", "dev", "release/1", "release/2", "x"] {
            for approved in [false, true] {
                let wanted = concrete::may_change(&repository, login, role, branch, approved);
                let request = Request::new("workflows:write", &format!("acme/shop:refs/heads/{branch}"));
                let context = match approved {
                    true => Context::new().with(Key::single("github:reviewed"), ["true"]),
                    false => Context::new(),
                };
                let got = set.contains(&request.within(context));
                assert_eq!(got, wanted, "seed {seed}: {login} {branch} {approved}");
                counts.refs += 1;
            }
        }
    }
}

#[test]
fn compiled_sets_say_what_the_documentation_says() {
    let worlds = std::env::var("TWIN_WORLDS")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(400);
    let mut counts = Counts {
        permissions: 0,
        tokens: 0,
        refs: 0,
    };
    for seed in 0..worlds {
        compare(seed, &mut counts);
    }
    let Counts {
        permissions,
        tokens,
        refs,
    } = counts;
    let all = permissions + tokens + refs;
    assert!(
        all >= 10_000,
        "only {permissions} permissions, {tokens} tokens and {refs} refs were compared"
    );
}
