//! The cases of the platforms, answered by the product itself: every folder of `crates/platforms/*/cases` is read with
//! `--in`, its questions go through `ask`, and every answer must be the one that the case claims. The platforms' own
//! tests answer the same questions from what they compile, without what this adds: so a claim that only one of the two
//! keeps is found. The folders of `trust-cases` hold exports of several platforms: only the product joins them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot read its input must stop"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

fn main() -> ExitCode {
    let platforms = Path::new(env!("CARGO_MANIFEST_DIR")).join("../platforms");
    let mut trials = Vec::new();
    for platform in ["aws", "kubernetes", "vault", "postgresql", "github"] {
        for folder in entries(&platforms.join(platform).join("cases")) {
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            trials.push(Trial::test(format!("{platform}/{name}"), move || {
                case(&folder, &name)
            }));
        }
    }
    for folder in entries(&Path::new(env!("CARGO_MANIFEST_DIR")).join("trust-cases")) {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        trials.push(Trial::test(format!("trust/{name}"), move || case(&folder, &name)));
    }
    assert!(trials.len() > 100, "the cases are there");
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

/// A copy without what is not input; the folder keeps its name, which is that of its cluster.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for path in entries(from) {
        let name = path.file_name().unwrap().to_str().unwrap();
        if matches!(name, "questions.jsonl" | "README.md" | "remarks.txt") {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

fn lines(text: &str) -> Result<Vec<Value>, serde_json::Error> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(serde_json::from_str)
        .collect()
}

fn case(folder: &Path, name: &str) -> Result<(), Failed> {
    let place = tempfile::tempdir()?;
    fs::create_dir(place.path().join(".git"))?;
    copy(folder, &place.path().join(name))?;
    let claims = lines(&fs::read_to_string(folder.join("questions.jsonl"))?)?;
    let questions: Vec<String> = claims
        .iter()
        .map(|claim| {
            let asked = claim.as_object().unwrap().iter();
            let asked = asked.filter(|(key, _)| !matches!(&***key, "answer" | "how" | "because"));
            Value::Object(asked.map(|(key, value)| (key.clone(), value.clone())).collect()).to_string()
        })
        .collect();
    fs::write(place.path().join("questions"), questions.join("\n"))?;
    let out = Command::new(env!("CARGO_BIN_EXE_leastwise"))
        .args(["ask", "questions", "--in", name])
        .current_dir(place.path())
        .output()?;
    let answers = lines(&String::from_utf8(out.stdout)?)?;
    if answers.len() != claims.len() {
        return Err(format!(
            "{} answers to {} questions\n{}",
            answers.len(),
            claims.len(),
            String::from_utf8_lossy(&out.stderr)
        )
        .into());
    }
    let wrong: Vec<String> = claims
        .iter()
        .zip(&answers)
        .filter_map(|(claim, answer)| differs(claim, answer).map(|what| format!("{}: {what}", claim["id"])))
        .collect();
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}

fn differs(claim: &Value, answer: &Value) -> Option<String> {
    let wanted = claim["answer"].as_str().unwrap();
    let got = if answer.get("error").is_some() {
        "objection"
    } else {
        answer["answer"].as_str().unwrap()
    };
    let how_differs = got == "yes" && claim.get("how").is_some_and(|how| answer["how"] != *how);
    if got != wanted || how_differs {
        return Some(format!("claimed is {claim}, the answer is {answer}"));
    }
    // The case names a gap, the product says it in a sentence.
    let silent = got == "unknown" && answer["because"].as_array().is_none_or(Vec::is_empty);
    silent.then(|| format!("the answer does not say because of what: {answer}"))
}
