//! Audit policies against what they must and must not be taken to log.

use leastwise_document::{Limits, read};
use leastwise_model::{
    FileIndex, Identity, Instance, LogScope, Platform, Settings, Sighting, Snapshot, Source,
};
use leastwise_permset::Request;

use super::AuditPolicies;

fn account() -> (Instance, Identity) {
    let export = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: api, namespace: shop}}";
    let mut snapshot = Snapshot::default();
    let mut reader = crate::Kubernetes.reader(&Settings::default());
    read(export.as_bytes(), &Limits::default(), &mut |item| {
        reader.take(FileIndex(0), "cluster", item);
    });
    reader.compile(&mut snapshot);
    let account = snapshot
        .identities
        .iter()
        .find(|identity| identity.id.ends_with("shop:api"));
    (
        snapshot.instances[0].clone(),
        account.expect("it is there").clone(),
    )
}

/// Whether requests of the service account `shop:api` would have been in the log.
fn check(policy: Option<&str>, seen: &[&str], cases: &[(&str, &str, bool)]) {
    let (instance, identity) = account();
    let mut policies = AuditPolicies::default();
    if let Some(policy) = policy {
        read(policy.as_bytes(), &Limits::default(), &mut |item| {
            policies.take("policy.yaml", item, &mut Vec::new());
        });
    }
    policies.source(&Source {
        platform: "kubernetes",
        instance: &instance.name,
        area: "",
        kind: "audit",
    });
    for action in seen {
        policies.sighting(&Sighting {
            identity: &format!("kubernetes:{}:user:someone", instance.name),
            action,
            resource: None,
        });
    }
    let coverage = policies.coverage(&instance, &identity);
    for (action, resource, shown) in cases {
        let request = Request::new(action, resource);
        let hidden = coverage.unshown.iter().any(|one| one.requests.contains(&request));
        assert_eq!(!hidden, *shown, "{action} {resource}");
    }
}

#[test]
fn the_first_rule_that_fits_decides() {
    let policy = "
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: None, users: ['system:kube-proxy'], verbs: [get]}
- {level: None, userGroups: ['system:serviceaccounts:shop'], resources: [{group: '', resources: [endpoints]}]}
- {level: None, nonResourceURLs: ['/healthz*', /version]}
- {level: Metadata, resources: [{group: '', resources: [secrets, 'pods/*']}]}
- {level: Request, namespaces: [shop], resources: [{group: apps}]}
- {level: Metadata, verbs: [delete]}
- {level: Request, omitStages: [ResponseComplete]}
";
    check(
        Some(policy),
        &[],
        &[
            ("core/secrets:get", "shop/db", true),
            ("core/endpoints:get", "shop/api", false),
            ("core/endpoints:delete", "shop/api", false),
            ("core/pods/exec:create", "shop/api-1", true),
            ("core/pods:get", "shop/api-1", true),
            ("core/configmaps:get", "shop/x", false),
            ("core/configmaps:delete", "shop/x", true),
            ("apps/deployments:get", "shop/api", true),
            ("apps/deployments:get", "other/api", false),
            ("nonresource:get", "/healthz/ready", false),
            ("nonresource:delete", "/healthz/ready", false),
            ("nonresource:delete", "/metrics", true),
            ("rbac.authorization.k8s.io/roles:bind", "shop/admin", false),
        ],
    );
}

#[test]
fn without_a_policy_what_anybody_was_seen_to_do_is_taken_to_be_logged() {
    check(
        None,
        &["core/secrets:get"],
        &[
            ("core/secrets:get", "shop/db", true),
            ("core/secrets:list", "shop/", false),
            ("core/users:impersonate", "/alice", false),
        ],
    );
}
