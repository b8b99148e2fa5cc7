//! `check --base REV`: the older version comes out of the user's own `git`, and nothing of the repository is touched.
#![expect(
    clippy::expect_used,
    reason = "a test that cannot make its repository must stop"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const BEFORE: &str = "\
apiVersion: v1
kind: ServiceAccount
metadata: {name: api, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: api, namespace: shop}
rules:
- {apiGroups: [\"\"], resources: [pods], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: api, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: api}
subjects:
- {kind: ServiceAccount, name: api, namespace: shop}
";

fn git(place: &Path, words: &[&str]) -> String {
    let out = Command::new("git")
        .arg("-C")
        .arg(place)
        .args(["-c", "user.name=test", "-c", "user.email=test@example.com"])
        .args(words)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git is needed by this test");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

fn check(place: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_leastwise"))
        .arg("check")
        .args(words)
        .current_dir(place)
        .output()
        .expect("it runs")
}

fn told(out: &Output) -> (Option<i32>, String) {
    let all = [out.stdout.as_slice(), out.stderr.as_slice()].concat();
    (out.status.code(), String::from_utf8_lossy(&all).into_owned())
}

/// A repository with one commit, settings at its root, and a change that is not committed.
fn repository() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a folder");
    git(place.path(), &["init", "-q", "-b", "main"]);
    let at = |name: &str| place.path().join(name);
    fs::create_dir_all(at("deploy/app")).expect("made");
    fs::write(at("leastwise.toml"), "[clusters.shop-eu]\npath = \"deploy\"\n").expect("written");
    fs::write(at("deploy/app/rbac.yaml"), BEFORE).expect("written");
    git(place.path(), &["add", "."]);
    git(place.path(), &["commit", "-q", "-m", "first"]);
    let after = BEFORE.replace("verbs: [get]}", "verbs: [get, delete]}");
    fs::write(at("deploy/app/rbac.yaml"), after).expect("written");
    place
}

#[test]
fn what_is_new_since_a_revision_is_told_by_todays_names() {
    let place = repository();
    let before = git(place.path(), &["status", "--porcelain"]);
    for words in [
        ["deploy", "--base", "main"],
        [".", "--base", "HEAD"],
        ["deploy/app/rbac.yaml", "--base", "main"],
    ] {
        let (code, said) = told(&check(place.path(), &words));
        assert_eq!(code, Some(12), "{said}");
        assert!(
            said.contains("kubernetes:shop-eu:system:serviceaccount:shop:api gains delete system"),
            "{said}"
        );
        assert!(said.contains("deploy/app/rbac.yaml:9:3"), "{said}");
        assert!(!said.contains("/tmp"), "{said}");
    }
    assert_eq!(git(place.path(), &["status", "--porcelain"]), before);
    git(place.path(), &["commit", "-q", "-a", "-m", "second"]);
    let (code, said) = told(&check(place.path(), &["deploy", "--base", "HEAD"]));
    assert_eq!((code, said.as_str()), (Some(0), "passes: nothing new\n"));
    let (code, _) = told(&check(&place.path().join("deploy"), &["app", "--base", "HEAD~1"]));
    assert_eq!(code, Some(12));
}

#[test]
fn a_path_that_a_revision_lacks_is_new_as_a_whole() {
    let place = repository();
    fs::create_dir(place.path().join("new")).expect("made");
    fs::write(place.path().join("new/rbac.yaml"), BEFORE).expect("written");
    let (code, said) = told(&check(
        place.path(),
        &["new", "--base", "main", "--fail-on", "low"],
    ));
    assert_eq!(code, Some(11), "{said}");
}

#[test]
fn what_is_no_revision_is_wrong_usage() {
    let place = repository();
    for named in ["nowhere", "--upload-pack=x", "main:deploy/app/rbac.yaml", "-v"] {
        let (code, said) = told(&check(place.path(), &["deploy", &format!("--base={named}")]));
        assert_eq!(code, Some(2), "{named}: {said}");
        assert!(said.contains("neither a path nor a revision"), "{said}");
    }
    git(place.path(), &["branch", "deploy"]);
    let (code, said) = told(&check(place.path(), &["deploy", "--base", "deploy"]));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("a path and a revision"), "{said}");
}

#[test]
fn an_exception_that_is_not_in_the_revision_is_marked() {
    const EXCEPTION: &str = "\
[[exception]]
id = \"EX-1\"
owner = \"shop\"
reason = \"old pods are removed by hand\"
expires = \"2026-12-31\"
identity = \"kubernetes:shop-eu:system:serviceaccount:shop:api\"
actions = [\"core/pods:delete\"]
resources = [\"shop/*\"]
";
    let place = repository();
    fs::write(place.path().join("leastwise-exceptions.toml"), EXCEPTION).expect("written");
    let words = ["deploy", "--base", "main", "--now", "2026-11-21"];
    let (code, said) = told(&check(place.path(), &words));
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("EX-1, added by this change"), "{said}");
    assert!(
        said.contains("this change adds exception EX-1 of shop, until 2026-12-31"),
        "{said}"
    );
    git(place.path(), &["add", "leastwise-exceptions.toml"]);
    git(place.path(), &["commit", "-q", "-m", "an exception"]);
    let (code, said) = told(&check(place.path(), &words));
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("this change"), "{said}");
}
