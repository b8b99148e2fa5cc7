//! The demonstration estate must give the findings it says it gives, and none that it says it does not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot read its input must stop"
)]

mod common;

use std::collections::BTreeSet;
use std::path::Path;

/// Topics of the estate's list, and the rules that speak of each.
const TOPICS: [(&str, &[&str]); 18] = [
    (
        "can-administer",
        &["escalation", "becomes-administrator", "administrator"],
    ),
    ("reads-all-secrets", &["reads-all-secrets"]),
    ("excess", &["excess"]),
    ("crosses-environments", &["crosses-environments"]),
    ("shared-identity", &["shared-identity"]),
    ("misleading-name", &["misleading-name"]),
    ("left-behind", &["left-behind"]),
    ("unowned", &["unowned"]),
    ("armed-binding", &["armed-binding"]),
    ("default-account-with-rights", &["default-account-with-rights"]),
    ("human-use", &["human-use"]),
    ("open-trust", &["open-trust"]),
    ("open-door", &["open-door"]),
    ("path-to-crown-jewel", &["path-to-crown-jewel"]),
    ("unused-credential", &["unused-credential"]),
    ("old-credential", &["old-credential"]),
    ("stranger-triggered", &["stranger-triggered"]),
    ("editable-pipeline", &["editable-pipeline"]),
];

fn halcyon() -> common::Ready {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/halcyon-pay");
    common::folder(&root, |name| name.starts_with("expected") || name == "README.md")
}

#[test]
fn expected_findings_are_found_and_others_are_not() {
    let ready = halcyon();
    let report = ready.report();
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    for finding in report.own() {
        for id in ready.about(finding) {
            seen.insert((finding.rule.name.to_string(), id));
        }
    }
    let expected = include_str!("../../../examples/halcyon-pay/expected-findings.txt");
    let mut wrong = Vec::new();
    for line in expected
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (wanted, rest) = match line.strip_prefix('!') {
            Some(rest) => (false, rest),
            None => (true, line),
        };
        let (topic, id) = rest.split_once('\t').unwrap();
        let rules = TOPICS.iter().find(|(name, _)| *name == topic).unwrap().1;
        let is_found = rules
            .iter()
            .any(|rule| seen.contains(&((*rule).to_string(), id.to_string())));
        if is_found != wanted {
            wrong.push(line);
        }
    }
    if std::env::var_os("LEASTWISE_PRINT").is_some() {
        for finding in &report.findings {
            println!(
                "{} {} {:?} {}",
                finding.severity, finding.provided, finding.rule, finding.title
            );
        }
        println!("{:#?}\n{:#?}", report.silent, report.undecided);
        for rule in leastwise_findings::rules() {
            let started = std::time::Instant::now();
            let options = leastwise_findings::Options {
                only: vec![rule.id.to_string()],
                except: Vec::new(),
            };
            let now = "2026-11-21T00:00:00Z".parse().unwrap();
            let count = leastwise_findings::check(&ready.world, &ready.settings, Some(now), &options)
                .findings
                .len();
            println!("{rule:?} {count} {:?}", started.elapsed());
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_same_estate_gives_the_same_fingerprints_and_all_differ() {
    let (first, second) = (halcyon().report(), halcyon().report());
    let prints = |report: &leastwise_findings::Report| -> Vec<_> {
        report
            .findings
            .iter()
            .map(|finding| finding.fingerprint)
            .collect()
    };
    assert_eq!(prints(&first), prints(&second));
    let unique: BTreeSet<_> = prints(&first).into_iter().collect();
    assert_eq!(unique.len(), first.findings.len());
}

#[test]
fn a_finding_names_clauses_of_its_platforms_and_of_no_other() {
    let report = halcyon().report();
    let mut own = BTreeSet::new();
    for finding in &report.findings {
        assert!(!finding.platforms.is_empty(), "{}", finding.title);
        for mapping in finding.standards() {
            if let Some(platform) = mapping.clause.platform {
                assert!(
                    finding.platforms.contains(&platform),
                    "{} of {:?} names {}",
                    finding.title,
                    finding.platforms,
                    mapping.clause.framework.key
                );
                own.insert(platform);
            }
        }
        assert!(
            finding
                .standards()
                .any(|mapping| mapping.clause.platform.is_none())
        );
    }
    assert_eq!(Vec::from_iter(own), ["aws", "kubernetes"]);
}
