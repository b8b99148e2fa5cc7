//! The example estate must give the answers that stand beside it: what must be possible and what must not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot read its input must stop"
)]
#![expect(clippy::expect_used, reason = "a test that cannot run its program must stop")]

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

/// Asks every question of a file in one batch and lists the answers that are not the expected ones.
fn wrong_answers(expected: &str) -> Vec<String> {
    let estate = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/halcyon-pay");
    let text = std::fs::read_to_string(estate.join(expected)).expect("the expectations are there");
    let claims: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("one claim a line"))
        .collect();
    let questions: Vec<String> = claims
        .iter()
        .enumerate()
        .map(|(id, claim)| {
            let mut question = json!({"id": id});
            for key in ["identity", "action", "resource", "context", "reach", "complete"] {
                if let Some(value) = claim.get(key) {
                    question[key] = value.clone();
                }
            }
            question.to_string()
        })
        .collect();
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), questions.join("\n")).expect("written");
    let out = Command::new(env!("CARGO_BIN_EXE_leastwise"))
        .arg("ask")
        .arg(file.path())
        .arg("--in")
        .arg(&estate)
        .output()
        .expect("it runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let answers: Vec<Value> = String::from_utf8(out.stdout)
        .expect("text")
        .lines()
        .map(|line| serde_json::from_str(line).expect("one answer a line"))
        .collect();
    assert_eq!(answers.len(), claims.len());
    assert!(!claims.is_empty());
    let differs = |claim: &Value, answer: &Value| {
        ["answer", "how"].iter().any(|key| {
            claim
                .get(key)
                .is_some_and(|wanted| answer.get(key) != Some(wanted))
        })
    };
    claims
        .iter()
        .zip(&answers)
        .filter(|(claim, answer)| differs(claim, answer))
        .map(|(claim, answer)| format!("{}: {} {}", claim["claim"], answer["answer"], answer["how"]))
        .collect()
}

#[test]
fn what_must_be_possible_is_and_what_must_not_is_not() {
    assert_eq!(wrong_answers("expected.jsonl"), Vec::<String>::new());
}

#[test]
fn ways_across_platforms_are_followed_as_far_as_they_are_known() {
    assert_eq!(
        wrong_answers("expected-across-platforms.jsonl"),
        Vec::<String>::new()
    );
}
