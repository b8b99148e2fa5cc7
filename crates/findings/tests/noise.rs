//! How much is said where there is nothing to say, and where there is much.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot read its input must stop"
)]

mod common;

use std::path::Path;

use leastwise_findings::{Options, check};

fn halcyon(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/halcyon-pay");
    std::fs::read_to_string(root.join(path)).unwrap()
}

/// What a cluster holds before anybody puts anything in: its default roles and bindings, its own accounts.
fn empty_cluster() -> String {
    let export: serde_json::Value =
        serde_json::from_str(&halcyon("kubernetes/prod-eks/export.json")).unwrap();
    let items = export["items"].as_array().unwrap().iter().filter(|item| {
        let meta = &item["metadata"];
        let is_default = meta["labels"]["kubernetes.io/bootstrapping"] == "rbac-defaults";
        match item["kind"].as_str().unwrap() {
            "ClusterRole" | "ClusterRoleBinding" | "Role" | "RoleBinding" => is_default,
            "ServiceAccount" => {
                let name = meta["name"].as_str().unwrap();
                name == "default" || meta["namespace"] == "kube-system" && name.ends_with("-controller")
            }
            "Namespace" => ["kube-system", "default"]
                .iter()
                .any(|name| meta["name"] == *name),
            _ => false,
        }
    });
    let items: Vec<serde_json::Value> = items.cloned().collect();
    assert!(items.len() > 60, "{}", items.len());
    serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

#[test]
fn a_cluster_of_default_roles_gives_no_finding_of_its_own() {
    let ready = common::ready(&[("cluster.json", empty_cluster())]);
    let report = ready.report();
    let own: Vec<_> = report
        .own()
        .map(|finding| format!("{:?} {}", finding.rule, finding.title))
        .collect();
    assert_eq!(own, Vec::<String>::new());
    // The platform's own: who aggregates roles, who passes every authorizer, accounts that a distribution lacks.
    let apart: Vec<_> = report.findings.iter().map(|finding| finding.rule.name).collect();
    assert!(apart.len() <= 8, "{apart:?}");
    // Nobody said who owns, what is needed, what must not fall; so nothing is said about that.
    let silent: Vec<_> = report.silent.iter().map(|silence| silence.rule.name).collect();
    assert_eq!(
        silent,
        ["excess", "path-to-crown-jewel", "unowned", "crosses-environments"]
    );
}

/// The same as the files from which a cluster is made: nothing in them was stored by a server.
fn manifests() -> String {
    let mut list: serde_json::Value = serde_json::from_str(&empty_cluster()).unwrap();
    for item in list["items"].as_array_mut().unwrap() {
        let meta = item["metadata"].as_object_mut().unwrap();
        for key in ["uid", "resourceVersion", "creationTimestamp", "managedFields"] {
            meta.remove(key);
        }
    }
    list.to_string()
}

#[test]
fn manifests_of_default_roles_lack_nothing_that_anybody_could_tell() {
    let ready = common::ready(&[("cluster.json", manifests())]);
    let report = ready.report();
    let names: Vec<_> = report.findings.iter().map(|finding| finding.rule.name).collect();
    assert!(!names.contains(&"armed-binding"), "{names:?}");
    assert!(report.own().next().is_none() && names.len() <= 3, "{names:?}");
    assert!(
        report
            .silent
            .iter()
            .any(|silence| silence.rule.name == "armed-binding")
    );
}

#[test]
fn rules_about_age_are_silent_when_the_day_is_not_known() {
    let files = [
        (
            "account.json",
            halcyon("aws/halcyon-prod/account-authorization-details.json"),
        ),
        (
            "credential-report.csv",
            halcyon("aws/halcyon-prod/credential-report.csv"),
        ),
    ];
    let ready = common::ready(&files);
    let report = check(&ready.world, &ready.settings, None, &Options::default());
    for name in ["unused-credential", "old-credential"] {
        assert!(report.findings.iter().all(|finding| finding.rule.name != name));
        assert!(report.silent.iter().any(|silence| silence.rule.name == name));
    }
}

#[test]
fn rules_can_be_chosen_and_left_out() {
    let ready = common::ready(&[("cluster.json", halcyon("kubernetes/prod-eks/export.json"))]);
    let chosen = |only: &[&str], except: &[&str]| {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect();
        let options = Options {
            only: list(only),
            except: list(except),
        };
        let report = check(&ready.world, &ready.settings, None, &options);
        report
            .findings
            .iter()
            .map(|finding| finding.rule.id)
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(chosen(&["LW006"], &[]).into_iter().collect::<Vec<_>>(), ["LW006"]);
    assert_eq!(chosen(&["shared-identity"], &["lw006"]).len(), 0);
    assert!(!chosen(&[], &["shared-identity"]).contains("LW006"));
}
