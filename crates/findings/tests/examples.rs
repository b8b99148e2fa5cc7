//! The examples on every rule's page, through the real platforms: the first triggers the rule, the second does not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot read its input must stop"
)]

mod common;

use leastwise_findings::{ExampleFile, Finding, Rule, rules};

fn found(files: &[ExampleFile], rule: &'static Rule) -> Vec<(String, Finding)> {
    let pairs: Vec<(&str, &str)> = files.iter().map(|file| (file.path, file.text.as_str())).collect();
    let ready = common::ready(&pairs);
    let report = ready.report();
    let findings = report
        .findings
        .into_iter()
        .filter(|finding| finding.rule == rule && !finding.provided);
    findings
        .map(|finding| (ready.about(&finding).join(" "), finding))
        .collect()
}

#[test]
fn each_example_triggers_its_rule_and_its_twin_does_not() {
    let mut wrong = Vec::new();
    for rule in rules() {
        let page = rule.page();
        if found(&page.triggers, rule).is_empty() {
            wrong.push(format!("{rule:?}: the example does not trigger it"));
        }
        for (about, finding) in found(&page.silent, rule) {
            wrong.push(format!(
                "{rule:?}: the twin triggers it: {about}: {}",
                finding.title
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_finding_says_what_to_do_and_where_it_stands() {
    for rule in rules() {
        for (about, finding) in found(&rule.page().triggers, rule) {
            assert!(!finding.fix.what.is_empty(), "{rule:?} {about}");
            assert!(finding.location.is_some(), "{rule:?} {about}");
            assert!(!finding.title.contains('{'), "{rule:?}: {}", finding.title);
        }
    }
}
