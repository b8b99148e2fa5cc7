//! The action, the hook and the job for GitLab: each is read as its service reads it, and its command line is run on a change that
//! adds access and on one that does not. Where there is no `git` or `bash`, the tests fail and say so.
#![expect(
    clippy::expect_used,
    reason = "a test that cannot find its own files must stop"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use leastwise_document::{Limits, Node, read};

const ROLE: &str = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: api}
rules:
- {apiGroups: [\"\"], resources: [pods], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: api}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: api}
subjects:
- {kind: ServiceAccount, name: api, namespace: shop}
";

/// A file of this repository; of one that is a list, what it begins with.
fn file(name: &str) -> Node {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    let mut items = Vec::new();
    let bytes = fs::read(&path).expect("the file is there");
    let faults = read(&bytes, &Limits::default(), &mut |item| items.push(item.node));
    assert!(faults.is_empty(), "{name}: {faults:?}");
    items.into_iter().next().expect("a document")
}

fn text<'n>(node: &'n Node, path: &[&str]) -> &'n str {
    let found = path.iter().fold(node, |node, key| match key.parse::<usize>() {
        Ok(at) => node.list().get(at).expect("an element"),
        Err(_) => node.get(key).expect("a field"),
    });
    found.scalar().expect("a text")
}

fn run(place: &Path, words: &[&str], variables: &[(&str, &str)]) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_leastwise"));
    let folder = program.parent().expect("a folder").display().to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    let (first, rest) = words.split_first().expect("a program");
    Command::new(first)
        .args(rest)
        .current_dir(place)
        .env("PATH", format!("{folder}:{path}"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .envs(variables.iter().copied())
        .output()
        .expect("git and bash are needed by this test")
}

/// A repository with a commit; what it holds now is the role with `verbs`.
fn repository(verbs: &str) -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a folder");
    let write = |text: &str| fs::write(place.path().join("rbac.yaml"), text).expect("written");
    write(ROLE);
    for words in [
        &["init", "-q"][..],
        &["add", "."],
        &["commit", "-q", "-m", "first"],
    ] {
        let person = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
        let all = [&["git"], &person[..], words].concat();
        let out = run(place.path(), &all, &[]);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }
    write(&ROLE.replace("[get]", verbs));
    place
}

/// The command line passes what adds nothing, and fails with 12 where something of high severity is added.
fn check(words: &[&str], variables: &[(&str, &str)]) {
    for (verbs, code) in [("[get]", 0), ("[get, delete]", 12)] {
        let place = repository(verbs);
        let out = run(place.path(), words, variables);
        let told = [out.stdout, out.stderr].concat();
        assert_eq!(
            out.status.code(),
            Some(code),
            "{}",
            String::from_utf8_lossy(&told)
        );
    }
}

#[test]
fn the_action_runs_what_it_says() {
    let action = file("action.yml");
    let inputs = action.get("inputs").expect("inputs");
    let default = |input: &str| text(inputs, &[input, "default"]);
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("told.txt").display().to_string();
    let variables = [
        ("PATHS", default("paths")),
        ("BASE", "HEAD"),
        ("FAIL_ON", default("fail-on")),
        ("FORMAT", default("format")),
        ("OUTPUT", &copy),
    ];
    let env = action
        .get("runs")
        .and_then(|runs| runs.get("steps")?.list().first()?.get("env"));
    let given: Vec<&str> = env
        .expect("env")
        .entries()
        .iter()
        .map(|(key, _)| &*key.text)
        .collect();
    assert_eq!(given, variables.map(|(name, _)| name));
    let script = text(&action, &["runs", "steps", "0", "run"]);
    check(
        &[
            "bash",
            "--noprofile",
            "--norc",
            "-e",
            "-o",
            "pipefail",
            "-c",
            script,
        ],
        &variables,
    );
    assert!(fs::read_to_string(&copy).expect("written").contains("::error"));
}

#[test]
fn the_hook_runs_what_it_says() {
    let hooks = file(".pre-commit-hooks.yaml");
    let entry = text(&hooks, &["entry"]);
    let argument = text(&hooks, &["args", "0"]);
    // Its words are those that a shell would make of it.
    check(&["bash", "-c", &format!("{entry} {argument}")], &[]);
}

#[test]
fn the_job_for_gitlab_runs_what_it_says() {
    let job = file("templates/gitlab.yml");
    let job = job.get("leastwise-check").expect("the job");
    let variable = |name: &str| text(job, &["variables", name]);
    let variables = [
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "HEAD"),
        ("LEASTWISE_PATHS", variable("LEASTWISE_PATHS")),
        ("LEASTWISE_FAIL_ON", variable("LEASTWISE_FAIL_ON")),
    ];
    check(&["sh", "-c", text(job, &["script", "0"])], &variables);
}
