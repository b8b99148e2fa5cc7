//! Every rule is described in one place, completely, and claims no more than evidence.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot read its input must stop"
)]

use std::collections::BTreeSet;

use leastwise_findings::{clauses, explain, rule, rules};

#[test]
fn ids_are_in_order_and_names_are_unique() {
    let ids: Vec<&str> = rules().iter().map(|rule| rule.id).collect();
    let expected: Vec<String> = (1..=ids.len()).map(|number| format!("LW{number:03}")).collect();
    assert_eq!(ids, expected);
    let names: BTreeSet<&str> = rules().iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), ids.len());
    assert!(ids.len() >= 14);
}

#[test]
fn every_page_is_complete() {
    for rule in rules() {
        let page = rule.page();
        assert!(!page.title.is_empty() && page.title.len() < 90, "{rule:?}: title");
        assert!(page.summary.len() > 60, "{rule:?}: summary");
        assert!(!page.fix.is_empty(), "{rule:?}: fix");
        for heading in ["Why it matters", "Severity", "Fix", "Standards"] {
            assert!(
                page.body.contains(&format!("\n## {heading}\n")),
                "{rule:?}: {heading}"
            );
        }
        assert!(
            !page.triggers.is_empty() && !page.silent.is_empty(),
            "{rule:?}: examples"
        );
        assert_ne!(page.triggers, page.silent, "{rule:?}: examples");
    }
}

#[test]
fn every_clause_that_is_named_is_in_the_data() {
    for rule in rules() {
        let page = rule.page();
        assert_eq!(page.unknown_standards, Vec::<String>::new(), "{rule:?}");
        assert!(page.standards.len() >= 4, "{rule:?}");
        let mut named: Vec<_> = page.standards.iter().map(|mapping| mapping.clause).collect();
        assert!(named.iter().all(|clause| clauses().contains(clause)));
        named.sort();
        let all = named.len();
        named.dedup();
        assert_eq!(named.len(), all, "{rule:?} names a clause twice");
        assert!(
            page.standards.iter().all(|mapping| mapping.basis.len() > 10),
            "{rule:?}"
        );
    }
}

#[test]
fn nothing_claims_compliance() {
    for rule in rules() {
        let text = rule.markdown().to_lowercase();
        for word in ["complian", "certified", "passes"] {
            assert!(!text.contains(word), "{rule:?} says {word}");
        }
        assert!(text.contains("is evidence for"), "{rule:?}");
    }
}

#[test]
fn rules_are_found_by_id_and_by_name_in_any_case() {
    for known in rules() {
        assert_eq!(rule(known.id), Some(*known));
        assert_eq!(rule(&known.name.to_uppercase()), Some(*known));
        assert!(
            explain(&known.id.to_lowercase())
                .is_some_and(|page| page.starts_with(&format!("# {}", known.id)))
        );
    }
    assert_eq!(explain("LW000"), None);
    assert_eq!(explain(""), None);
}
