//! Real manifests, where `LEASTWISE_KUBERNETES_MANIFESTS` names a folder with Argo CD's `argo-cd-install.yaml`, Flux's
//! `flux-*.yaml` and the default roles of a release in `default-roles-*/`. Says so where it does not.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a file that cannot be read is a failed test, and a test that does not run says so"
)]

use std::fs;
use std::path::{Path, PathBuf};

use leastwise_document::{Limits, read};
use leastwise_kubernetes::Kubernetes;
use leastwise_model::{File, Platform, Settings, Snapshot};
use leastwise_permset::{Answers, Request};

fn folder() -> Option<PathBuf> {
    let found = std::env::var_os("LEASTWISE_KUBERNETES_MANIFESTS").map(PathBuf::from);
    if found.is_none() {
        println!("not run: LEASTWISE_KUBERNETES_MANIFESTS names no folder of real manifests");
    }
    found
}

fn snapshot(folder: &Path, wanted: impl Fn(&str) -> bool) -> Snapshot {
    let mut snapshot = Snapshot::new();
    let mut reader = Kubernetes.reader(&Settings::default());
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path)
            } else {
                paths.push(path)
            }
        }
    }
    paths.sort();
    for path in paths {
        let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        if wanted(&name) {
            let file = snapshot.add_file(File {
                path: name.as_str().into(),
                unit: "real".into(),
            });
            let faults = read(&fs::read(&path).unwrap(), &Limits::default(), &mut |item| {
                let _ = reader.take(file, &name, item);
            });
            assert!(faults.is_empty(), "{name}: {faults:?}");
        }
    }
    reader.compile(&mut snapshot);
    snapshot
}

fn can(snapshot: &Snapshot, identity: &str, action: &str, resource: &str) -> bool {
    let id = format!("kubernetes:real:{identity}");
    let identity = snapshot.identities.iter().find(|one| *one.id == *id);
    let identity = identity.expect("the identity that the question names");
    identity
        .holding
        .effective()
        .contains_given(&Request::new(action, resource), &Answers::none())
}

#[test]
fn the_default_roles_of_a_release() {
    let Some(folder) = folder() else { return };
    let snapshot = snapshot(&folder, |name| name.starts_with("default-roles"));
    assert!(
        snapshot.remarks.iter().all(|remark| !remark.loses),
        "{:?}",
        snapshot.remarks
    );
    let can = |who: &str, action: &str, resource: &str| can(&snapshot, who, action, resource);
    let aggregator = "system:serviceaccount:kube-system:clusterrole-aggregation-controller";
    assert!(can(
        aggregator,
        "rbac.authorization.k8s.io/clusterroles:escalate",
        "/edit"
    ));
    assert!(!can(aggregator, "core/secrets:get", "a/b"));
    assert!(can("group:system:authenticated", "nonresource:get", "/version"));
    assert!(!can(
        "group:system:unauthenticated",
        "nonresource:get",
        "/metrics"
    ));
    assert!(can("group:system:masters", "core/secrets:get", "a/b"));
    assert!(can(
        "user:system:kube-scheduler",
        "core/pods/binding:create",
        "a/b"
    ));
    let rules = |name: &str| {
        let found = snapshot
            .entitlements
            .iter()
            .find(|one| &*one.name == name)
            .unwrap();
        leastwise_permset::PermissionSet::union_of(found.statements.iter().map(|one| one.set.clone()))
    };
    let (view, edit, admin) = (rules("view"), rules("edit"), rules("admin"));
    let secrets = Request::new("core/secrets:get", "a/b");
    assert!(!view.contains(&secrets) && edit.contains(&secrets) && admin.contains(&secrets));
    let bind = Request::new("rbac.authorization.k8s.io/rolebindings:create", "a/");
    assert!(!edit.contains(&bind) && admin.contains(&bind));
    let limits = leastwise_permset::Limits::default();
    assert!(matches!(
        view.included_in(&edit, &limits),
        leastwise_permset::Inclusion::Holds
    ));
    assert!(matches!(
        edit.included_in(&admin, &limits),
        leastwise_permset::Inclusion::Holds
    ));
}

#[test]
fn argo_cd_and_flux() {
    let Some(folder) = folder() else { return };
    let snapshot = snapshot(&folder, |_| true);
    for remark in &snapshot.remarks {
        println!("{} ({})", remark.what, remark.hint);
    }
    println!(
        "{} identities, {} steps, {} opportunities, {} dangling, {} gaps",
        snapshot.identities.len(),
        snapshot.steps.len(),
        snapshot.opportunities.len(),
        snapshot.dangling.len(),
        snapshot.gaps.len()
    );
    let can = |who: &str, action: &str, resource: &str| {
        can(
            &snapshot,
            &format!("system:serviceaccount:{who}"),
            action,
            resource,
        )
    };
    assert!(can(
        "argocd:argocd-application-controller",
        "core/secrets:get",
        "payments/key"
    ));
    assert!(can(
        "argocd:argocd-server",
        "argoproj.io/applications:get",
        "payments/web"
    ));
    assert!(!can("argocd:argocd-redis", "core/secrets:get", "payments/key"));
    // Flux binds cluster-admin, which only the default roles define.
    assert!(can("flux-system:kustomize-controller", "core/nodes:delete", "/n"));
    assert!(can(
        "flux-system:source-controller",
        "core/serviceaccounts/token:create",
        "payments/api"
    ));
    assert!(!can("flux-system:source-controller", "core/nodes:delete", "/n"));
}
