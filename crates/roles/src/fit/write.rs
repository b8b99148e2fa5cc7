//! The file of a role, from what it says.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{Identity, Platform};
use serde_json::{Map, Value, json};

use super::Wish;
use super::candidates::{Said, Why};
use crate::excess::Evidence;
use crate::files::{RoleFault, canonical};

/// Actions or resources, and when they were last used.
type Dated<'a> = (BTreeSet<&'a str>, Option<jiff::Timestamp>);

/// Writes it in canonical form. Permissions on the same resources for the same reason are one.
pub(super) fn role(
    evidence: &Evidence<'_>,
    identity: &Identity,
    platform: &'static dyn Platform,
    wish: &Wish<'_>,
    said: &[Said],
) -> Result<String, Vec<RoleFault>> {
    let mut grouped: BTreeMap<(bool, BTreeSet<&str>), Dated<'_>> = BTreeMap::new();
    // First by action: one action on several resources is one permission.
    let mut by_action: BTreeMap<(bool, &str), Dated<'_>> = BTreeMap::new();
    for one in said {
        let (used, last) = match one.why {
            Why::Declared => (false, None),
            Why::Used(last) => (true, Some(last)),
        };
        for action in &one.actions {
            let entry = by_action.entry((used, action)).or_default();
            entry.0.extend(one.resources.iter().map(String::as_str));
            entry.1 = entry.1.max(last);
        }
    }
    for ((used, action), (resources, last)) in by_action {
        let entry = grouped.entry((used, resources)).or_default();
        entry.0.insert(action);
        entry.1 = entry.1.max(last);
    }
    let permissions: Vec<Value> = grouped
        .into_iter()
        .map(|((_, resources), (actions, last))| {
            let reason = match last {
                None => "declared in leastwise.toml".to_owned(),
                Some(last) => format!(
                    "used, last on {}; not declared: confirm it or take it out",
                    day(last)
                ),
            };
            json!({ "actions": actions, "resources": resources, "reason": reason })
        })
        .collect();
    let mut role = Map::new();
    role.insert("id".into(), json!(wish.id));
    role.insert("name".into(), json!(format!("What {} needs", identity.name)));
    role.insert("platform".into(), json!(platform.name()));
    role.insert("environment".into(), json!(wish.environment));
    if let Some(owner) = &identity.owner {
        role.insert("owner".into(), json!(&*owner.team));
    }
    role.insert("state".into(), json!("proposed"));
    role.insert("permissions".into(), Value::Array(permissions));
    role.insert("assigned_to".into(), json!([{ "identity": &*identity.id }]));
    let logs = evidence_rows(evidence, identity);
    if !logs.is_empty() {
        role.insert("evidence".into(), Value::Array(logs));
    }
    canonical("role.yaml", Value::Object(role).to_string().as_bytes()).map(|canonical| canonical.text)
}

fn evidence_rows(evidence: &Evidence<'_>, identity: &Identity) -> Vec<Value> {
    let instance = evidence.world().snapshot().instance(identity.instance);
    let Some(instance) = instance else {
        return Vec::new();
    };
    let mut kinds: BTreeMap<&str, (jiff::Timestamp, jiff::Timestamp)> = BTreeMap::new();
    for log in &evidence.observed().logs {
        if log.platform == instance.platform && (log.instance.is_empty() || *log.instance == *instance.name) {
            let window = kinds.entry(&log.kind).or_insert((log.first, log.last));
            *window = (window.0.min(log.first), window.1.max(log.last));
        }
    }
    let rows = kinds.into_iter().map(|(kind, (first, last))| {
        json!({
            "source": format!("{} log of {} {}", kind, instance.platform, instance.name),
            "window": format!("{} to {}", day(first), day(last)),
            "granularity": "action and resource",
        })
    });
    rows.collect()
}

fn day(at: jiff::Timestamp) -> String {
    at.to_string().split('T').next().unwrap_or_default().to_owned()
}
