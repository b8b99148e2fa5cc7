//! Runs the cases: every folder of `cases/` holds native files, questions with their answers, and a README that says
//! what is claimed and where the claim comes from. Questions of what can be reached are answered by the product's own tests.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a case that cannot be read is a failed test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use leastwise_document::{Limits as ReadLimits, Node, read};
use leastwise_github::GitHub;
use leastwise_model::{File, KeyOrigin, Platform, Reader, Settings, Snapshot};
use leastwise_permset::{Key, Limits, Openness, Question, Verdict};

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

fn take(folder: &Path, shown: &str, unit: &str, reader: &mut Box<dyn Reader>, snapshot: &mut Snapshot) {
    for path in entries(folder) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let told = format!("{shown}/{name}");
        if path.is_dir() {
            take(&path, &told, unit, reader, snapshot);
            continue;
        }
        if matches!(name, "questions.jsonl" | "README.md" | "remarks.txt") {
            continue;
        }
        let file = snapshot.add_file(File {
            path: told.as_str().into(),
            unit: unit.into(),
        });
        let faults = read(&fs::read(&path).unwrap(), &ReadLimits::default(), &mut |item| {
            let taken = reader.take(file, &told, item);
            assert!(
                matches!(taken, leastwise_model::Taken::Yes),
                "{told} is not recognized"
            );
        });
        assert!(faults.is_empty(), "{told}: {faults:?}");
    }
}

/// The snapshot of all native files of a case.
fn snapshot(folder: &Path) -> Snapshot {
    let unit = folder.file_name().unwrap().to_str().unwrap();
    let mut snapshot = Snapshot::new();
    let mut reader = GitHub.reader(&Settings::default());
    take(folder, unit, unit, &mut reader, &mut snapshot);
    reader.compile(&mut snapshot);
    snapshot
}

fn check(snapshot: &Snapshot, question: &Node) -> Result<(), String> {
    let text = |key: &str| question.get(key).and_then(Node::text);
    let need = |key: &str| text(key).ok_or_else(|| format!("`{key}` is missing"));
    let (action, resource, wanted) = (need("action")?, need("resource")?, need("answer")?);
    if let Some(objection) = GitHub.objection(action, resource) {
        return if wanted == "objection" {
            Ok(())
        } else {
            Err(objection.to_string())
        };
    }
    let name = need("identity")?;
    let mut named = snapshot
        .identities
        .iter()
        .filter(|identity| &*identity.id == name || identity.names.iter().any(|known| &**known == name));
    let (Some(identity), None) = (named.next(), named.next()) else {
        return Err(format!("not one identity is called `{name}`"));
    };
    let mut known = identity.holding.facts.known.clone();
    let mut absent: BTreeSet<Key> = identity.holding.facts.absent.clone();
    for (key, value) in question.get("context").map(Node::entries).unwrap_or_default() {
        let key = GitHub.key(&key.text);
        if value.is_null() {
            absent.insert(key);
        } else {
            known = known.with(key, value.scalar());
        }
    }
    let asked = Question {
        action,
        resource,
        known: &known,
        absent: &absent,
        given: None,
    };
    let open = |key: &Key| match GitHub.key_origin(key) {
        KeyOrigin::Caller | KeyOrigin::Secret => Openness::Favourable,
        KeyOrigin::World | KeyOrigin::Identity => Openness::Open,
    };
    let set = identity.holding.effective();
    let (answer, gaps) = match set.verdict(&asked, &open, &Limits::default()) {
        Verdict::Always => ("yes", Vec::new()),
        Verdict::Never => ("no", Vec::new()),
        Verdict::When(_) => ("when", Vec::new()),
        Verdict::Depends(atoms) => ("unknown", atoms),
        Verdict::Unknown(limit) => return Err(limit.to_string()),
    };
    if answer != wanted {
        return Err(format!("answers {answer} ({gaps:?}), not {wanted}"));
    }
    for wanted in question.get("because").map(Node::list).unwrap_or_default() {
        let wanted = wanted.text().unwrap_or_default();
        if !gaps.iter().any(|gap| gap.as_str().contains(wanted)) {
            return Err(format!("no gap among {gaps:?} says `{wanted}`"));
        }
    }
    Ok(())
}

#[test]
fn every_case_answers_as_it_claims() {
    let mut wrong = Vec::new();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("cases");
    for folder in entries(&root) {
        let snapshot = snapshot(&folder);
        let questions = folder.join("questions.jsonl");
        let mut answers = BTreeSet::new();
        let faults = read(
            &fs::read(&questions).unwrap(),
            &ReadLimits::default(),
            &mut |item| {
                let question = &item.node;
                answers.extend(question.get("answer").and_then(Node::text).map(str::to_owned));
                if question.get("reach").and_then(Node::text) == Some("any") {
                    return;
                }
                if let Err(what) = check(&snapshot, question) {
                    wrong.push(format!(
                        "{}:{}: {what}",
                        questions.display(),
                        question.position().line
                    ));
                }
            },
        );
        wrong.extend(
            faults
                .iter()
                .map(|fault| format!("{}: {fault}", questions.display())),
        );
        if answers.len() < 2 {
            wrong.push(format!(
                "{}: a claim needs what must be and what must not",
                folder.display()
            ));
        }
        let readme = fs::read_to_string(folder.join("README.md")).unwrap_or_default();
        if readme.trim().lines().count() < 2 {
            wrong.push(format!(
                "{}: README.md must hold the claim and its source",
                folder.display()
            ));
        }
        let remarks = fs::read_to_string(folder.join("remarks.txt")).unwrap_or_default();
        for wanted in remarks.lines().filter(|line| !line.is_empty()) {
            if !snapshot.remarks.iter().any(|remark| remark.what.contains(wanted)) {
                wrong.push(format!("{}: no remark says `{wanted}`", folder.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
