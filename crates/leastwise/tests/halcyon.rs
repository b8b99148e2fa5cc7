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

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

fn estate() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/halcyon-pay")
}

/// Asks every question of a file in one batch and lists the answers that are not the expected ones.
fn wrong_answers(expected: &str) -> Vec<String> {
    let text = std::fs::read_to_string(estate().join(expected)).expect("the expectations are there");
    let claims: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("one claim a line"))
        .collect();
    differing(&estate(), &claims)
}

/// Asks every question in one batch and lists the answers that are not the expected ones.
fn differing(estate: &Path, claims: &[Value]) -> Vec<String> {
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
        .arg(estate)
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

/// Copies a folder.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => {
                std::fs::copy(entry.path(), &target).expect("copied");
            }
        }
    }
}

#[test]
fn one_line_of_a_trust_ends_the_way_of_a_pull_request() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&estate(), folder.path());
    let place = folder
        .path()
        .join("aws/halcyon-shared/account-authorization-details.json");
    let text = std::fs::read_to_string(&place).expect("the account is there");
    let wide = "\"repo:halcyon-pay/*\"";
    let narrow = "\"repo:halcyon-pay/platform-infra:ref:refs/heads/main\"";
    assert_eq!(text.matches(wide).count(), 1, "one line is wide");
    std::fs::write(&place, text.replace(wide, narrow)).expect("written");
    let claim = |identity: &str, answer: &str| {
        json!({
            "claim": identity, "identity": identity, "action": "s3:GetObject",
            "resource": "arn:aws:s3:::halcyon-customer-data/cards/2026-11.csv",
            "context": {}, "reach": "any", "answer": answer,
        })
    };
    let claims = [
        claim("github:halcyon-pay:anyone", "no"),
        claim(
            "github:halcyon-pay/developer-docs:preview.yml:preview:pull_request_target",
            "no",
        ),
        claim("github:halcyon-pay/storefront:ci.yml:test", "no"),
        claim("github:halcyon-pay/platform-infra:apply.yml:apply", "yes"),
    ];
    assert_eq!(differing(folder.path(), &claims), Vec::<String>::new());
}
