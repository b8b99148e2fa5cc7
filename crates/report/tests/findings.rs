//! Findings of the demonstration estate in every form: SARIF is valid, refers to what it holds, and does not change.

#![allow(clippy::unwrap_used, reason = "in a test, to stop is to fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use leastwise_document::{Limits, read};
use leastwise_effective::World;
use leastwise_findings::{Options, Report, check};
use leastwise_model::{File, Platform, Settings, Snapshot, Taken};
use leastwise_report::{detail, envelope, findings, sarif::sarif};
use serde_json::Value;

static PLATFORMS: [&dyn Platform; 2] = [&leastwise_aws::Aws, &leastwise_kubernetes::Kubernetes];

const FILES: [&str; 3] = [
    "aws/halcyon-prod/account-authorization-details.json",
    "kubernetes/prod-eks/export.json",
    "kubernetes/prod-eks/manifests/refund-bot.yaml",
];

fn text(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/halcyon-pay");
    std::fs::read_to_string(root.join(path)).unwrap()
}

fn estate() -> (World, Report) {
    estate_of(&FILES.map(|path| (path, text(path))))
}

fn estate_of(files: &[(&str, String)]) -> (World, Report) {
    let settings = Settings::default();
    let mut snapshot = Snapshot::new();
    let mut readers: Vec<_> = PLATFORMS
        .iter()
        .map(|platform| platform.reader(&settings))
        .collect();
    for (path, text) in files {
        let file = snapshot.add_file(File {
            path: (*path).into(),
            unit: "estate".into(),
        });
        let faults = read(text.as_bytes(), &Limits::default(), &mut |item| {
            let mut rest = Some(item);
            for reader in &mut readers {
                let Some(item) = rest.take() else { break };
                if let Taken::No(back) = reader.take(file, path, item) {
                    rest = Some(*back);
                }
            }
        });
        assert!(faults.is_empty());
    }
    for reader in readers {
        reader.compile(&mut snapshot);
    }
    let world = World::new(snapshot, &PLATFORMS);
    let report = check(&world, &settings, None, &Options::default());
    (world, report)
}

#[test]
fn sarif_is_valid_against_its_schema() {
    let (world, report) = estate();
    let document: Value = serde_json::from_str(&sarif(&world, &report, "0.1.0").unwrap()).unwrap();
    let mut schema: Value = serde_json::from_str(include_str!("data/sarif-schema-2.1.0.json")).unwrap();
    // The schema has one pattern that is no regular expression (a bracket is missing), for a field not used here.
    for place in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][place]["properties"]["language"];
        assert!(language.as_object_mut().unwrap().remove("pattern").is_some());
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(&document)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn sarif_refers_to_what_it_holds() {
    let (world, report) = estate();
    let document: Value = serde_json::from_str(&sarif(&world, &report, "0.1.0").unwrap()).unwrap();
    let run = &document["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), report.findings.len());
    let mut with_flow = 0;
    for (result, finding) in results.iter().zip(&report.findings) {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(
            world.snapshot().files.iter().any(|file| &*file.path == uri),
            "{uri}"
        );
        assert_eq!(
            result["partialFingerprints"]["leastwise/v1"],
            finding.fingerprint.to_string()
        );
        assert_eq!(result["level"] == "none", finding.provided);
        with_flow += usize::from(result["codeFlows"].is_array());
    }
    assert!(with_flow > 5, "{with_flow}");
    for rule in rules {
        let severity: f64 = rule["properties"]["security-severity"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!((0.0..=10.0).contains(&severity));
        for relation in rule["relationships"].as_array().unwrap() {
            let target = &relation["target"];
            let at = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
            let taxonomy = &run["taxonomies"][at(&target["toolComponent"]["index"])];
            assert_eq!(taxonomy["name"], target["toolComponent"]["name"]);
            assert_eq!(taxonomy["taxa"][at(&target["index"])]["id"], target["id"]);
        }
    }
}

#[test]
fn every_form_is_the_same_every_time_and_holds_every_finding() {
    let (world, report) = estate();
    let (again, other) = estate();
    let first = sarif(&world, &report, "0.1.0").unwrap();
    assert_eq!(first, sarif(&again, &other, "0.1.0").unwrap());
    assert_eq!(first.lines().count(), 1);
    let json = envelope::json("findings", findings::view(&world, &report)).unwrap();
    assert_eq!(
        json,
        envelope::json("findings", findings::view(&again, &other)).unwrap()
    );
    let document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["schema"], "leastwise/findings/v1");
    assert_eq!(
        document["findings"].as_array().unwrap().len(),
        report.findings.len()
    );
    let text = detail::text(&world, &report, 100);
    for finding in &report.findings {
        assert!(text.contains(&finding.title), "{}", finding.title);
    }
    for silence in &report.silent {
        assert!(text.contains(silence.because), "{}", silence.because);
    }
}

/// Fingerprint and the places of every finding.
fn places(files: &[(&str, String)]) -> BTreeMap<String, Vec<(u64, u64)>> {
    let (world, report) = estate_of(files);
    let document: Value = serde_json::from_str(&sarif(&world, &report, "0.1.0").unwrap()).unwrap();
    let results = document["runs"][0]["results"].as_array().unwrap();
    let place = |location: &Value| {
        let region = &location["physicalLocation"]["region"];
        (
            // A whole file, where no statement is to blame.
            region["startLine"].as_u64().unwrap_or(0),
            region["startColumn"].as_u64().unwrap_or(1),
        )
    };
    let of = |result: &Value| {
        (
            result["partialFingerprints"]["leastwise/v1"]
                .as_str()
                .unwrap()
                .to_string(),
            result["locations"]
                .as_array()
                .unwrap()
                .iter()
                .map(place)
                .collect(),
        )
    };
    results.iter().map(of).collect()
}

/// The JSON exports as one line each, the YAML one further down; and all of them the last first, with the objects of
/// the cluster in another order.
fn moved() -> Vec<(&'static str, String)> {
    let mut files: Vec<(&str, String)> = FILES
        .into_iter()
        .map(|path| {
            let text = text(path);
            let Ok(mut value) = serde_json::from_str::<Value>(&text) else {
                return (path, format!("# moved\n\n\n{text}"));
            };
            if let Some(items) = value["items"].as_array_mut() {
                items.reverse();
            }
            (path, value.to_string())
        })
        .collect();
    files.reverse();
    files
}

#[test]
fn findings_keep_their_fingerprints_when_their_places_move() {
    let before = places(&FILES.map(|path| (path, text(path))));
    let after = places(&moved());
    let kept = |places: &BTreeMap<String, Vec<(u64, u64)>>| places.keys().cloned().collect::<Vec<_>>();
    assert_eq!(kept(&before), kept(&after));
    assert_ne!(before, after);
}

#[test]
fn places_in_a_file_of_one_line_are_told_apart_by_column() {
    let of_one_line: Vec<(u64, u64)> = places(&moved())
        .into_values()
        .flatten()
        .filter(|(line, _)| *line == 1)
        .collect();
    let columns: BTreeSet<u64> = of_one_line.iter().map(|(_, column)| *column).collect();
    assert!(
        columns.len() > 5 && columns.last() > Some(&1_000),
        "{of_one_line:?}"
    );
}
