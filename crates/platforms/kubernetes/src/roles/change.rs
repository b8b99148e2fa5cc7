//! Commands of `kubectl` that take a subject out of a binding, and those that put it back.
//!
//! Sources: Kubernetes documentation, "kubectl patch"; RFC 6902, "JavaScript Object Notation (JSON) Patch".

use leastwise_model::{Change, Identity, Step, Text, shell_word as word};
use serde_json::{Value, json};

const GROUP: &str = "rbac.authorization.k8s.io";

/// How to take an identity out of a binding that names it itself. The patch looks first whether the binding still does.
pub(super) fn taken(identity: &Identity, step: &Step) -> Option<Change> {
    let kind = ["RoleBinding", "ClusterRoleBinding"]
        .into_iter()
        .find(|known| **known == *step.kind)?;
    let (namespace, name) = match step.name.split_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, &*step.name),
    };
    let binding: Value = serde_json::from_str(&step.statement).ok()?;
    let subjects = binding.get("subjects")?.as_array()?;
    let (at, subject) = subjects
        .iter()
        .enumerate()
        .find(|(_, subject)| names(identity, subject))?;
    let mut subject = subject.clone();
    if subject.get("kind").and_then(Value::as_str) != Some("ServiceAccount") {
        subject.as_object_mut()?.insert("apiGroup".into(), json!(GROUP));
    }
    let path = format!("/subjects/{at}");
    let there = json!({ "op": "test", "path": format!("{path}/name"), "value": subject.get("name")? });
    let gone = json!([there, { "op": "remove", "path": path }]);
    // A list without elements is not kept: it is made anew.
    let back = match subjects.len() {
        1 => json!([{ "op": "add", "path": "/subjects", "value": [subject] }]),
        _ => json!([{ "op": "add", "path": "/subjects/-", "value": subject }]),
    };
    let place = namespace.map_or_else(String::new, |namespace| format!("-n {} ", word(namespace)));
    let patch = |patch: &Value| -> Text {
        let (kind, patch) = (kind.to_ascii_lowercase(), word(&patch.to_string()));
        format!(
            "kubectl {place}patch {kind} {} --type=json -p {patch}",
            word(name)
        )
        .into()
    };
    Some(Change {
        change: vec![patch(&gone)],
        undo: vec![patch(&back)],
        // The other subjects stay.
        alone: true,
    })
}

/// Whether a subject is an identity, and no group that it is in.
fn names(identity: &Identity, subject: &Value) -> bool {
    let text = |key: &str| subject.get(key).and_then(Value::as_str);
    let (Some(kind), Some(name)) = (text("kind"), text("name")) else {
        return false;
    };
    let full = match (kind, text("namespace")) {
        ("ServiceAccount", Some(namespace)) => format!("system:serviceaccount:{namespace}:{name}"),
        ("ServiceAccount", None) => return false,
        ("User", _) => format!("user:{name}"),
        _ => format!("group:{name}"),
    };
    identity.id.splitn(3, ':').nth(2) == Some(full.as_str())
}
