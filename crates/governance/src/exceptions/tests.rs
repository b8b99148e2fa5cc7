//! What a file of exceptions may say, and how its faults are named.

use super::*;

fn fault(text: &str) -> String {
    Exceptions::parse(text)
        .expect_err("must not be accepted")
        .to_string()
}

const GOOD: &str =
    "[[exception]]\nid = \"EX-1\"\nowner = \"shop\"\nreason = \"because\"\nexpires = \"2026-12-31\"\n";

#[test]
fn the_example_in_the_documentation_is_read_whole() {
    let example: String = include_str!("../exceptions.rs")
        .lines()
        .skip_while(|line| *line != "//! ```toml")
        .skip(1)
        .take_while(|line| *line != "//! ```")
        .map(|line| line.trim_start_matches("//!").to_owned() + "\n")
        .collect();
    let exceptions = Exceptions::parse(&example).expect("the example is right").all;
    assert_eq!(exceptions.len(), 3);
    assert_eq!(exceptions[0].end.to_string(), "2027-01-01T00:00:00Z");
    assert!(matches!(&exceptions[1].scope, Scope::Becoming(_)));
    assert_eq!(exceptions[2].scope, Scope::Rule("LW011"));
}

#[test]
fn what_is_missing_or_unknown_is_named() {
    assert_eq!(
        fault("[[exceptions]]\n"),
        "1:3: `exceptions` is no field of a file of exceptions; did you mean `exception`?"
    );
    assert_eq!(
        fault("[[exception]]\nid = \"EX-1\"\n"),
        "1:1: the exception has no `expires`: an exception has a last day"
    );
    assert_eq!(
        fault(&format!("{GOOD}identity = \"*\"\n")),
        "1:1: an exception has exactly one of `actions`, `becomes`, `rule` and `fingerprint`"
    );
    assert_eq!(
        fault(&format!("{GOOD}identity = \"*\"\nrule = \"escalaton\"\n")),
        "7:8: no rule is called `escalaton`; did you mean `escalation`?"
    );
    assert_eq!(
        fault(&format!("{GOOD}rule = \"escalation\"\n")),
        "1:1: the exception has no `identity`"
    );
    assert_eq!(
        fault("[[exception]]\nexpires = \"soon\"\n"),
        "2:11: `expires` is a day such as 2026-12-31"
    );
    let twice = format!("{GOOD}fingerprint = \"a\"\n{GOOD}fingerprint = \"b\"\n");
    assert_eq!(fault(&twice), "7:1: exception `EX-1` stands at line 1 as well");
}
