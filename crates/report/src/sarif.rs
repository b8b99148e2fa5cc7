//! Findings as SARIF 2.1.0, for code scanning services and for whatever reads that format.
//!
//! One run; a rule for each that found something, with its page as help; a result for each finding, with its stable
//! fingerprint, its place and its path as a code flow; a taxonomy for each framework of standards that is named. What
//! the platform's owner put there is informational, so that no service counts it. Rules that could not speak are
//! notifications of the run. No time and no machine's name is in it: the same findings give the same bytes.
//!
//! Source: OASIS, *Static Analysis Results Interchange Format (SARIF) Version 2.1.0*; for `security-severity`, which
//! the standard does not have, GitHub Docs, *SARIF support for code scanning*.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use leastwise_effective::World;
use leastwise_findings::{Clause, Finding, Framework, Report, Rule, Severity};
use leastwise_model::Snapshot;
use serde_json::{Map, Value, json};

use crate::path::{self, PathStep};

/// How many identities of one finding are listed; the number of all is always told.
const LISTED: usize = 100;

/// The findings as one SARIF document, without line breaks but for the last. `version` is that of the program.
///
/// # Errors
/// Where a document cannot be written as JSON, which no report makes.
pub fn sarif(world: &World, report: &Report, version: &str) -> serde_json::Result<String> {
    let rules = Rules::of(report);
    let results: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| result(world, &rules, finding))
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "leastwise",
                "version": version,
                "informationUri": "https://github.com/leastwise/leastwise",
                "rules": rules.descriptors(report),
                "supportedTaxonomies": rules.frameworks().map(|(index, framework)| {
                    json!({"name": framework.key, "index": index})
                }).collect::<Vec<_>>(),
            }},
            "taxonomies": rules.taxonomies(),
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": notifications(report),
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut text = serde_json::to_string(&document)?;
    text.push('\n');
    Ok(text)
}

/// The rules that found something, and the clauses that they name, each in a fixed place.
struct Rules {
    rules: Vec<&'static Rule>,
    clauses: BTreeMap<Framework, Vec<Clause>>,
}

impl Rules {
    fn of(report: &Report) -> Self {
        let mut rules: Vec<&'static Rule> = report.findings.iter().map(|finding| finding.rule).collect();
        rules.sort_by_key(|rule| rule.id);
        rules.dedup();
        let mut clauses: BTreeMap<Framework, Vec<Clause>> = BTreeMap::new();
        for mapping in report.findings.iter().flat_map(Finding::standards) {
            let of_framework = clauses.entry(mapping.clause.framework).or_default();
            if let Err(at) = of_framework.binary_search(&mapping.clause) {
                of_framework.insert(at, mapping.clause);
            }
        }
        Self { rules, clauses }
    }

    fn frameworks(&self) -> impl Iterator<Item = (usize, &Framework)> {
        self.clauses.keys().enumerate()
    }

    fn place(&self, rule: &Rule) -> usize {
        self.rules
            .iter()
            .position(|other| *other == rule)
            .unwrap_or_default()
    }

    fn descriptors(&self, report: &Report) -> Vec<Value> {
        self.rules
            .iter()
            .map(|rule| {
                let page = rule.page();
                let findings = report.findings.iter().filter(|finding| finding.rule == *rule);
                // Services take one number for all results of a rule: that of the worst that counts.
                let worst = findings
                    .clone()
                    .filter(|finding| !finding.provided)
                    .map(|finding| finding.severity)
                    .max()
                    .unwrap_or(Severity::Low);
                json!({
                    "id": rule.id,
                    "name": rule.name,
                    "shortDescription": {"text": page.title},
                    "fullDescription": {"text": page.summary},
                    "help": {"text": page.fix, "markdown": rule.markdown()},
                    "defaultConfiguration": {"level": level(worst)},
                    "properties": {
                        "tags": ["security", "identity"],
                        "security-severity": score(worst),
                    },
                    "relationships": self.relationships(rule, report),
                })
            })
            .collect()
    }

    /// The clauses that findings of a rule name: on other platforms they would name others.
    fn relationships(&self, rule: &Rule, report: &Report) -> Vec<Value> {
        let mut platforms: Vec<&str> = Vec::new();
        for finding in report.findings.iter().filter(|finding| finding.rule == rule) {
            if finding.platforms.is_empty() {
                platforms.clear();
                break;
            }
            platforms.extend(&finding.platforms);
            platforms.sort_unstable();
            platforms.dedup();
        }
        rule.standards()
            .iter()
            .filter(|mapping| mapping.clause.concerns(&platforms))
            .filter_map(|mapping| {
                let framework = mapping.clause.framework;
                let at = self.frameworks().find(|(_, other)| **other == framework)?.0;
                let index = self.clauses.get(&framework)?.binary_search(&mapping.clause).ok()?;
                Some(json!({
                    "target": {
                        "id": mapping.clause.id,
                        "index": index,
                        "toolComponent": {"name": framework.key, "index": at},
                    },
                    "kinds": ["relevant"],
                    "description": {"text": format!("evidence ({}): {}", mapping.strength.as_str(), mapping.basis)},
                }))
            })
            .collect()
    }

    fn taxonomies(&self) -> Vec<Value> {
        self.clauses
            .iter()
            .map(|(framework, clauses)| {
                let taxa: Vec<Value> = clauses
                    .iter()
                    .map(|clause| json!({"id": clause.id, "shortDescription": {"text": clause.title}}))
                    .collect();
                json!({
                    "name": framework.key,
                    "shortDescription": {"text": framework.title},
                    "fullDescription": {"text": framework.source},
                    "isComprehensive": false,
                    "taxa": taxa,
                })
            })
            .collect()
    }
}

pub(crate) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// In the middle of the range that services call so.
pub(crate) fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}

fn result(world: &World, rules: &Rules, finding: &Finding) -> Value {
    let snapshot = world.snapshot();
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| {
        out.insert(key.to_owned(), value);
    };
    put("ruleId", json!(finding.rule.id));
    put("ruleIndex", json!(rules.place(finding.rule)));
    match finding.provided {
        true => {
            put("kind", json!("informational"));
            put("level", json!("none"));
        }
        false => put("level", json!(level(finding.severity))),
    }
    put(
        "message",
        json!({"text": format!("{}. Fix: {}.", finding.title, finding.fix.what)}),
    );
    put("locations", json!([location(snapshot, finding)]));
    put(
        "partialFingerprints",
        json!({"leastwise/v1": finding.fingerprint.to_string()}),
    );
    let steps = path::steps(snapshot, &finding.path);
    if !steps.is_empty() {
        let locations: Vec<Value> = steps
            .iter()
            .map(|step| json!({"location": of_step(step)}))
            .collect();
        put("codeFlows", json!([{"threadFlows": [{"locations": locations}]}]));
    }
    let identities: Vec<&str> = finding
        .identities
        .iter()
        .take(LISTED)
        .map(|index| path::id(snapshot, *index))
        .collect();
    let mut properties = json!({
        "security-severity": score(finding.severity),
        "severity": finding.severity.as_str(),
        "confidence": finding.confidence.as_str(),
        "identities": identities,
        "identityCount": finding.identities.len(),
    });
    if let (Some(witness), Some(properties)) = (&finding.witness, properties.as_object_mut()) {
        properties.insert(
            "witness".to_owned(),
            json!({"action": witness.action, "resource": witness.resource}),
        );
    }
    put("properties", properties);
    Value::Object(out)
}

/// Where a finding stands: its statement's place, and whom it is about.
fn location(snapshot: &Snapshot, finding: &Finding) -> Value {
    let place = finding.location.as_ref();
    let file = place
        .and_then(|place| snapshot.file(place.file))
        .or(snapshot.files.first());
    let mut out = Map::new();
    if let Some(file) = file {
        let line = place.map_or(0, |place| place.line);
        let column = place.map_or(0, |place| place.column);
        out.insert("physicalLocation".to_owned(), physical(&file.path, line, column));
    }
    let names: Vec<Value> = finding
        .identities
        .iter()
        .take(LISTED)
        .map(|index| path::id(snapshot, *index))
        .chain(finding.missing.as_deref())
        .map(|name| json!({"fullyQualifiedName": name, "kind": "resource"}))
        .collect();
    if !names.is_empty() {
        out.insert("logicalLocations".to_owned(), Value::Array(names));
    }
    Value::Object(out)
}

pub(crate) fn of_step(step: &PathStep<'_>) -> Value {
    let mut out = Map::new();
    if let Some(file) = &step.file {
        let place = physical(
            file,
            step.line.unwrap_or_default(),
            step.column.unwrap_or_default(),
        );
        out.insert("physicalLocation".to_owned(), place);
    }
    let mut text = String::new();
    let _ = match (&step.becomes, &step.grants, &step.action) {
        (Some(other), _, _) => write!(text, "{} becomes {other}", step.identity),
        (_, Some(other), _) if *other == step.identity => {
            write!(text, "{} grants itself more", step.identity)
        }
        (_, Some(other), _) => write!(text, "{} grants more to {other}", step.identity),
        (_, _, Some(action)) => {
            let on = step.resource.as_deref().filter(|resource| !resource.is_empty());
            let on = on.map(|resource| format!(" on {resource}")).unwrap_or_default();
            write!(text, "{} may {action}{on}", step.identity)
        }
        _ => write!(text, "{}", step.identity),
    };
    let by = match step.name.is_empty() {
        true => step.kind.to_string(),
        false => format!("{} {}", step.kind, step.name),
    };
    if !by.is_empty() {
        let _ = write!(text, " ({by})");
    }
    out.insert("message".to_owned(), json!({"text": text}));
    Value::Object(out)
}

pub(crate) fn physical(path: &str, line: u32, column: u32) -> Value {
    let mut place = json!({"artifactLocation": {"uri": uri(path)}});
    if line > 0
        && let Some(place) = place.as_object_mut()
    {
        let region = match column {
            0 => json!({"startLine": line}),
            column => json!({"startLine": line, "startColumn": column}),
        };
        place.insert("region".to_owned(), region);
    }
    place
}

/// A path as a URI reference (RFC 3986): relative paths stay relative, and no part of them is taken for a scheme.
fn uri(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    let mut out = String::new();
    if path.starts_with('/') {
        out.push_str("file://");
    } else if path.split('/').next().is_some_and(|first| first.contains(':')) {
        out.push_str("./");
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'/'
            | b':'
            | b'@'
            | b'+'
            | b','
            | b'=' => out.push(char::from(byte)),
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    out
}

fn notifications(report: &Report) -> Vec<Value> {
    let silent = report.silent.iter().map(|silence| {
        json!({
            "level": "note",
            "descriptor": {"id": silence.rule.id},
            "message": {"text": format!(
                "{} is silent: {}; {}", silence.rule.name, silence.because, silence.settle
            )},
        })
    });
    let undecided = report.undecided.iter().map(|undecided| {
        let count = undecided.identities.len();
        json!({
            "level": "warning",
            "descriptor": {"id": undecided.rule.id},
            "message": {"text": format!(
                "{} could not decide about {count} identities: {}", undecided.rule.name, undecided.gaps.join("; ")
            )},
        })
    });
    silent.chain(undecided).collect()
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_references_that_lead_back_to_them() {
        assert_eq!(uri("./a/b.json"), "a/b.json");
        assert_eq!(uri("/srv/a b#1.json"), "file:///srv/a%20b%231.json");
        assert_eq!(uri("c:d/e"), "./c:d/e");
        assert_eq!(uri("größe.yaml"), "gr%C3%B6%C3%9Fe.yaml");
        assert_eq!(uri("100%.json"), "100%25.json");
    }
}
