//! Files, folders, settings and readers of the output that are not as they should be.

use std::process::{Command, Stdio};

use crate::estate::{Estate, drained, waited};

#[test]
fn two_exports_of_unnamed_clusters_stay_apart() {
    let export = |verb: &str| {
        format!(
            r#"{{"apiVersion": "v1", "kind": "List", "items": [
  {{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {{"name": "web", "namespace": "shop", "uid": "{verb}-1"}}, "rules": [{{"apiGroups": [""], "resources": ["pods"], "verbs": ["{verb}"]}}]}},
  {{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {{"name": "web", "namespace": "shop", "uid": "{verb}-2"}}, "roleRef": {{"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "web"}}, "subjects": [{{"kind": "ServiceAccount", "name": "web"}}]}}]}}"#
        )
    };
    let estate = Estate::new();
    estate
        .with("east.json", export("get"))
        .with("west.json", export("delete"));
    let (_, ran) = estate.can("system:serviceaccount:shop:web", "core/pods:get", "shop/a");
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.err.contains("kubernetes:east:") && ran.err.contains("kubernetes:west:"),
        "{ran:?}"
    );
    assert!(ran.err.contains("leastwise.toml"), "the way out is told: {ran:?}");
    for (cluster, verb, expected) in [
        ("east", "get", "yes"),
        ("east", "delete", "no"),
        ("west", "get", "no"),
        ("west", "delete", "yes"),
    ] {
        let id = format!("kubernetes:{cluster}:system:serviceaccount:shop:web");
        let (word, ran) = estate.can(&id, &format!("core/pods:{verb}"), "shop/a");
        assert_eq!(word, expected, "{id} {verb}: {ran:?}");
    }
}

#[test]
fn malformed_settings_end_the_run_with_their_place() {
    for (text, place) in [
        ("name = \"x\"\n[clusters.a\n", "leastwise.toml:2:"),
        ("name = \"x\"\nunknown-key = 1\n", "leastwise.toml:2:1"),
        ("[settings]\nunused-days = \"ninety\"\n", "leastwise.toml:2:15"),
        ("[[crown-jewels]]\nname = \"a\"\n", "leastwise.toml:1:"),
    ] {
        let estate = Estate::new();
        let ran = estate.with("leastwise.toml", text).run(&["scan", "."]);
        assert_eq!(ran.code, 2, "{text}: {ran:?}");
        assert!(ran.err.contains(place), "{text}: {place} is not told: {ran:?}");
    }
    let estate = Estate::new();
    let ran = estate
        .with("leastwise.toml", b"name = \"caf\xE9\"\n")
        .run(&["scan", "."]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.err.contains("leastwise.toml") && ran.err.contains("UTF-8"),
        "{ran:?}"
    );
}

#[test]
fn a_path_that_is_not_there_is_a_wrong_use() {
    let ran = Estate::new().run(&["scan", "no-such-folder"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("no-such-folder"), "{ran:?}");
}

#[test]
fn a_reader_that_stops_early_is_no_failure() {
    let estate = Estate::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_leastwise"))
        .args(["identities", "--in", "."])
        .current_dir(estate.folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let err = drained(child.stderr.take());
    let code = waited(&mut child, "identities");
    let err = err.join().unwrap();
    assert!(!err.contains("panicked") && code != 1, "{code}: {err}");
}
