//! Well written, but said twice, in circles, or in a shape that no platform writes.

use crate::estate::{Estate, account, place_of, reads, role};

#[test]
fn a_key_that_stands_twice_is_told() {
    let text = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: other, namespace: shop}\nrules: []\nrules:\n- {apiGroups: [\"\"], resources: [pods], verbs: [get]}\n";
    Estate::new()
        .with("twice.yaml", text)
        .answers(&["twice.yaml:5:1"]);
    let json = r#"{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a", "namespace": "shop", "name": "b"}}"#;
    let (_, column) = place_of(json, "\"name\": \"b\"");
    Estate::new()
        .with("twice.json", json)
        .answers(&[&format!("twice.json:1:{column}")]);
}

#[test]
fn an_object_that_stands_twice_with_other_content_is_told() {
    let role = |verb: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: twin, namespace: shop}}\nrules:\n- {{apiGroups: [\"\"], resources: [pods], verbs: [{verb}]}}\n---\n"
        )
    };
    let binding = "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: twin, namespace: shop}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: twin}\nsubjects: [{kind: ServiceAccount, name: web}]\n";
    let estate = Estate::new();
    estate
        .with(
            "twins.yaml",
            format!("{}{}{binding}", role("get"), role("delete")),
        )
        .answers(&["twin"]);
    let (deletes, _) = estate.can("system:serviceaccount:shop:web", "core/pods:delete", "shop/a");
    let (gets, _) = estate.can("system:serviceaccount:shop:web", "core/pods:get", "shop/a");
    assert!(
        deletes != "no" && gets != "no",
        "neither reading may be dropped for certain: get {gets}, delete {deletes}"
    );

    let estate = Estate::new();
    let other = "arn:aws:iam::444455556666:root";
    estate
        .with(
            "twins.json",
            account(&[role_of("twin", other, "one"), role_of("twin", other, "two")]),
        )
        .answers(&["twin"]);
}

fn role_of(name: &str, trusts: &str, bucket: &str) -> String {
    role(name, trusts, &reads(bucket))
}

#[test]
fn cluster_roles_that_aggregate_each_other_end() {
    let aggregates = |name: &str, other: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: {name}, labels: {{into: {other}}}}}\naggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{into: {name}}}}}]}}\n---\n"
        )
    };
    let leaf = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: leaf, labels: {into: a}}\nrules: [{apiGroups: [\"\"], resources: [nodes], verbs: [get]}]\n---\n";
    let binding = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: b}\nsubjects: [{kind: ServiceAccount, name: web, namespace: shop}]\n";
    let estate = Estate::new();
    let text = format!(
        "{}{}{}{leaf}{binding}",
        aggregates("a", "b"),
        aggregates("b", "a"),
        aggregates("itself", "itself")
    );
    estate.with("circle.yaml", text).answers(&[]);
    let (word, ran) = estate.can("system:serviceaccount:shop:web", "core/nodes:get", "/n");
    assert_eq!(word, "yes", "{ran:?}");
    let (word, ran) = estate.can("system:serviceaccount:shop:web", "core/nodes:delete", "/n");
    assert_eq!(word, "no", "{ran:?}");
}

#[test]
fn roles_that_trust_each_other_end() {
    let names = ["a", "b", "c"];
    let roles: Vec<String> = (0..3)
        .map(|at| {
            let arn = |to: usize| format!("arn:aws:iam::444455556666:role/{}", names[to % 3]);
            let assume = format!(
                r#"{{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "{}"}}"#,
                arn(at + 1)
            );
            role(
                names[at],
                &arn(at + 2),
                &format!("{assume}, {}", reads(names[at])),
            )
        })
        .collect();
    let estate = Estate::new();
    estate.with("circle.json", account(&roles)).answers(&[]);
    let (word, ran) = estate.can(
        "arn:aws:iam::444455556666:role/a",
        "s3:GetObject",
        "arn:aws:s3:::c/x",
    );
    assert_eq!(word, "yes", "{ran:?}");
    assert!(ran.out.contains("through"), "{ran:?}");
    let (word, ran) = estate.can(
        "arn:aws:iam::444455556666:role/a",
        "s3:GetObject",
        "arn:aws:s3:::d/x",
    );
    assert_eq!(word, "no", "{ran:?}");
}

#[test]
fn shapes_that_no_platform_writes_are_told_by_place() {
    let yaml = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: odd, namespace: shop}\nrules: everything\n";
    Estate::new().with("odd.yaml", yaml).answers(&["odd.yaml:4:8"]);
    let odd = account(&[
        role("statement-is-a-number", "arn:aws:iam::444455556666:root", "7"),
        role(
            "effect",
            "arn:aws:iam::444455556666:root",
            r#"{"Effect": "Maybe", "Action": "s3:*", "Resource": "*"}"#,
        ),
        role(
            "operator",
            "arn:aws:iam::444455556666:root",
            r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringsLike": {"a": "b"}}}"#,
        ),
    ]);
    let at = |needle: &str| format!("odd.json:{}:", place_of(&odd, needle).0);
    let estate = Estate::new();
    estate.with("odd.json", &odd).answers(&[&at("[7]"), &at("Maybe")]);
    // An operator that nobody knows is well written: a gap where it decides, not a fault of the file.
    for role in ["statement-is-a-number", "effect", "operator"] {
        let (word, ran) = estate.can(
            &format!("arn:aws:iam::444455556666:role/{role}"),
            "s3:GetObject",
            "arn:aws:s3:::a/b",
        );
        assert_eq!(word, "unknown", "{role}: {ran:?}");
    }
}
