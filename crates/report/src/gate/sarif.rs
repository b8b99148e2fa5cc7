//! What a gate says, as SARIF: each item on the line that makes it so.

use leastwise_findings::Rule;
use leastwise_governance::gate::{Item, Kind, Standing};
use serde_json::{Value, json};

use super::{Told, accepted_words, excuse_words, title};
use crate::path;
use crate::sarif::{level, of_step, physical, score};

/// How many identities of one item are listed; the number of all is always told.
const LISTED: usize = 100;

/// Items as results of one run, without line breaks but for the last; what people have accepted is suppressed, and what cannot
/// be told is a notification of the run. `version` is that of the program.
///
/// # Errors
/// Where a document cannot be written as JSON, which no gate makes.
pub fn sarif(told: &Told<'_>, version: &str) -> serde_json::Result<String> {
    let mut rules: Vec<(&'static str, Option<&'static Rule>)> = told.gate.items.iter().map(rule).collect();
    rules.sort_by_key(|(id, _)| *id);
    rules.dedup_by_key(|(id, _)| *id);
    let place = |item: &Item| {
        let (id, _) = rule(item);
        rules
            .iter()
            .position(|(other, _)| *other == id)
            .unwrap_or_default()
    };
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "leastwise",
                "version": version,
                "informationUri": "https://github.com/leastwise/leastwise",
                "rules": rules.iter().map(|(id, rule)| descriptor(id, *rule)).collect::<Vec<_>>(),
            }},
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": excuses(told).chain(told.gate.unknown.iter().map(|unknown| {
                    let because: Vec<&str> = unknown.because.iter().map(|because| &*because.gap).collect();
                    let mut note = json!({
                        "level": "error",
                        "message": {"text": format!("unknown {}: {}", unknown.what, because.join("; "))},
                    });
                    if let (Some(place), Some(note)) = (&unknown.place, note.as_object_mut()) {
                        let at = json!([{"physicalLocation": physical(&place.file, place.line, place.column)}]);
                        note.insert("locations".to_owned(), at);
                    }
                    note
                })).collect::<Vec<_>>(),
            }],
            "columnKind": "unicodeCodePoints",
            "results": told.gate.items.iter().map(|item| result(told, item, place(item))).collect::<Vec<_>>(),
        }],
    });
    let mut text = serde_json::to_string(&document)?;
    text.push('\n');
    Ok(text)
}

/// What the change excuses itself with, as notifications of the run.
fn excuses(told: &Told<'_>) -> impl Iterator<Item = Value> {
    let file = told.excuses.file.clone();
    excuse_words(told).into_iter().map(move |(line, said)| {
        let mut note = json!({"level": "warning", "message": {"text": said}});
        if let (Some(line), Some(note)) = (
            line.and_then(|line| u32::try_from(line).ok()),
            note.as_object_mut(),
        ) {
            note.insert(
                "locations".to_owned(),
                json!([{"physicalLocation": physical(&file, line, 0)}]),
            );
        }
        note
    })
}

fn rule(item: &Item) -> (&'static str, Option<&'static Rule>) {
    match (item.kind, item.rule) {
        (_, Some(rule)) => (rule.id, Some(rule)),
        (Kind::Access, None) => ("new-access", None),
        (Kind::Becoming, None) => ("new-way", None),
        (Kind::Granted, None) => ("not-granted", None),
        (Kind::Finding, None) => ("finding", None),
    }
}

fn descriptor(id: &str, rule: Option<&'static Rule>) -> Value {
    if let Some(rule) = rule {
        let page = rule.page();
        return json!({
            "id": rule.id,
            "name": rule.name,
            "shortDescription": {"text": page.title},
            "fullDescription": {"text": page.summary},
            "help": {"text": page.fix, "markdown": rule.markdown()},
            "properties": {"tags": ["security", "identity"]},
        });
    }
    let (short, help) = match id {
        "new-access" => (
            "somebody can do what it could not before the change",
            "Take the statement back or narrow it, or accept it as an exception with an owner, a reason and a last day.",
        ),
        "new-way" => (
            "somebody can become an identity that it could not before the change",
            "Take the trust or the permission back that opens the way, or accept it as an exception.",
        ),
        "not-granted" => (
            "somebody is granted what the gate says that nobody may have",
            "Take the grant away.",
        ),
        _ => ("something is new", "Decide on it."),
    };
    json!({
        "id": id,
        "name": id,
        "shortDescription": {"text": short},
        "help": {"text": help},
        "properties": {"tags": ["security", "identity"]},
    })
}

fn result(told: &Told<'_>, item: &Item, rule_index: usize) -> Value {
    let snapshot = told.world.snapshot();
    let fix = match item.fix.as_str() {
        "" => String::new(),
        fix => format!(" Fix: {fix}."),
    };
    let identities: Vec<&str> = item.who.iter().take(LISTED).map(|who| &*who.id).collect();
    let mut properties = json!({
        "security-severity": score(item.severity),
        "severity": item.severity.as_str(),
        "identities": identities,
        "identityCount": item.who.len(),
    });
    if let (Some(found), Some(properties)) = (&item.witness, properties.as_object_mut()) {
        properties.insert(
            "witness".to_owned(),
            json!({"action": found.request.action, "resource": found.request.resource}),
        );
    }
    let mut out = json!({
        "ruleId": rule(item).0,
        "ruleIndex": rule_index,
        "level": level(item.severity),
        "message": {"text": format!("{}.{fix}", title(item))},
        "partialFingerprints": {"leastwise/v1": item.fingerprint.to_string()},
        "baselineState": match item.standing {
            Standing::Known => "unchanged",
            _ => "new",
        },
        "properties": properties,
    });
    let Some(fields) = out.as_object_mut() else {
        return out;
    };
    if let Some(place) = &item.place {
        let logical: Vec<Value> = identities
            .iter()
            .map(|name| json!({"fullyQualifiedName": name, "kind": "resource"}))
            .collect();
        let mut location = json!({"physicalLocation": physical(&place.file, place.line, place.column)});
        if let (false, Some(location)) = (logical.is_empty(), location.as_object_mut()) {
            location.insert("logicalLocations".to_owned(), Value::Array(logical));
        }
        fields.insert("locations".to_owned(), json!([location]));
    }
    let steps = path::steps(snapshot, &item.path);
    if !steps.is_empty() {
        let locations: Vec<Value> = steps
            .iter()
            .map(|step| json!({"location": of_step(step)}))
            .collect();
        fields.insert(
            "codeFlows".to_owned(),
            json!([{"threadFlows": [{"locations": locations}]}]),
        );
    }
    if item.standing.is_accepted() {
        // What a change accepts by itself somebody still has to look at.
        let status = match told.excuses.speak_of(item) {
            true => "underReview",
            false => "accepted",
        };
        fields.insert(
            "suppressions".to_owned(),
            json!([{"kind": "external", "status": status, "justification": accepted_words(told, item)}]),
        );
    }
    out
}
