//! Runs the cases: every folder of `cases/` holds exports, questions with their answers, and a README that says what is
//! claimed and where the claim comes from.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a case that cannot be read is a failed test"
)]

mod reach;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use leastwise_document::{Limits as ReadLimits, Node, read};
use leastwise_model::{File, IdentityIndex, Platform, Settings, Snapshot};
use leastwise_permset::{Context, Key, Limits, Openness, PermissionSet, Question, Verdict};
use leastwise_postgresql::PostgreSql;

use reach::{Manner, reach};

/// The snapshot of all exports of a case; the folder's name is the unit under which they were found.
fn snapshot(folder: &Path) -> Snapshot {
    let unit = folder.file_name().unwrap().to_str().unwrap();
    let mut snapshot = Snapshot::new();
    let mut reader = PostgreSql.reader(&Settings::default());
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|ending| ending == "json" || ending == "sql" || ending == "conf")
        })
        .collect();
    paths.sort();
    for path in paths {
        let told = format!("{unit}/{}", path.file_name().unwrap().to_str().unwrap());
        let file = snapshot.add_file(File {
            path: told.as_str().into(),
            unit: unit.into(),
        });
        if path.extension().is_some_and(|ending| ending != "json") {
            assert!(
                reader.take_text(file, &told, &fs::read_to_string(&path).unwrap()),
                "{told}"
            );
            continue;
        }
        let faults = read(&fs::read(&path).unwrap(), &ReadLimits::default(), &mut |item| {
            let _ = reader.take(file, &told, item);
        });
        assert!(faults.is_empty(), "{told}: {faults:?}");
    }
    reader.compile(&mut snapshot);
    snapshot
}

fn identity(snapshot: &Snapshot, name: &str) -> Result<IdentityIndex, String> {
    let mut found = snapshot
        .each_identity()
        .filter(|(_, identity)| &*identity.id == name || identity.names.iter().any(|known| &**known == name));
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Ok(index),
        (None, _) => Err(format!("no identity is called `{name}`")),
        (Some(_), Some(_)) => Err(format!("several identities are called `{name}`")),
    }
}

/// `yes`, `no`, `when`, or `unknown`; with the gaps or the guards.
fn direct(set: &PermissionSet, action: &str, resource: &str, known: &Context) -> (&'static str, Vec<String>) {
    let absent = BTreeSet::new();
    let question = Question {
        action,
        resource,
        known,
        absent: &absent,
        given: None,
    };
    match set.verdict(&question, &|_| Openness::Open, &Limits::default()) {
        Verdict::Always => ("yes", Vec::new()),
        Verdict::Never => ("no", Vec::new()),
        Verdict::When(guards) => ("when", guards.iter().map(|guard| format!("{guard:?}")).collect()),
        Verdict::Depends(atoms) => ("unknown", atoms.iter().map(ToString::to_string).collect()),
        Verdict::Unknown(limit) => panic!("{limit}"),
    }
}

fn rank(answer: &str) -> u8 {
    match answer {
        "yes" => 3,
        "when" => 2,
        "unknown" => 1,
        _ => 0,
    }
}

/// The answer when becoming others and giving oneself more count, with the capacity.
fn beyond(
    snapshot: &Snapshot,
    from: IdentityIndex,
    action: &str,
    resource: &str,
    known: &Context,
) -> (&'static str, &'static str, Vec<String>) {
    let best = |sure: bool, granting: bool| {
        let reached = reach(snapshot, from, Manner { sure, granting });
        let answers = reached
            .into_iter()
            .map(|set| direct(&set, action, resource, known));
        answers
            .max_by_key(|(answer, _)| rank(answer))
            .unwrap_or(("no", Vec::new()))
    };
    for (granting, how) in [(false, "through"), (true, "by-granting")] {
        let (answer, why) = best(true, granting);
        if matches!(answer, "yes" | "when") {
            return (answer, how, why);
        }
    }
    let (answer, mut why) = best(false, true);
    if answer == "no" {
        return ("no", "", why);
    }
    for opportunity in &snapshot.opportunities {
        let atoms = opportunity.needs.iter().flat_map(|need| need.set.atoms());
        why.extend(atoms.map(|atom| atom.to_string()));
    }
    ("unknown", "", why)
}

fn context(node: Option<&Node>) -> Context {
    let mut context = Context::new();
    for (key, value) in node.map(Node::entries).unwrap_or_default() {
        let values: Vec<&str> = match value.text() {
            Some(one) => vec![one],
            None => value.list().iter().filter_map(Node::text).collect(),
        };
        context = context.with(Key::new(&key.text), values);
    }
    context
}

fn check(snapshot: &Snapshot, question: &Node) -> Result<(), String> {
    let text = |key: &str| question.get(key).and_then(Node::text);
    let need = |key: &str| text(key).ok_or_else(|| format!("`{key}` is missing"));
    let (action, resource, wanted) = (need("action")?, need("resource")?, need("answer")?);
    if let Some(objection) = PostgreSql.objection(action, resource) {
        return if wanted == "objection" {
            Ok(())
        } else {
            Err(objection.to_string())
        };
    }
    let index = identity(snapshot, need("identity")?)?;
    let known = context(question.get("context"));
    let set = snapshot.identities[index.0 as usize].holding.effective();
    let (mut answer, mut why) = direct(&set, action, resource, &known);
    let mut how = "direct";
    if text("reach") == Some("any") && answer != "yes" {
        let (wider, capacity, more) = beyond(snapshot, index, action, resource, &known);
        if rank(wider) > rank(answer) {
            (answer, how, why) = (wider, capacity, more);
        }
    }
    if answer != wanted {
        return Err(format!("answers {answer} ({how}; {why:?}), not {wanted}"));
    }
    if let Some(wanted) = text("how").filter(|_| answer != "no")
        && how != wanted
    {
        return Err(format!("answers {how}, not {wanted}"));
    }
    let because = question.get("because").map(Node::list).unwrap_or_default();
    for wanted in because.iter().filter_map(Node::text) {
        if !why.iter().any(|gap| gap.contains(wanted)) {
            return Err(format!("nothing among {why:?} says `{wanted}`"));
        }
    }
    Ok(())
}

#[test]
fn every_case_answers_as_it_claims() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut wrong = Vec::new();
    let mut folders: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    assert!(folders.len() >= 25, "{} cases", folders.len());
    for folder in folders {
        let snapshot = snapshot(&folder);
        let questions = folder.join("questions.jsonl");
        let mut answers = BTreeSet::new();
        let faults = read(
            &fs::read(&questions).unwrap(),
            &ReadLimits::default(),
            &mut |item| {
                answers.extend(item.node.get("answer").and_then(Node::text).map(str::to_owned));
                if let Err(what) = check(&snapshot, &item.node) {
                    let line = item.node.position().line;
                    wrong.push(format!("{}:{line}: {what}", questions.display()));
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
        if !readme.contains("\nSource: ") {
            wrong.push(format!(
                "{}: README.md must hold the claim and its source",
                folder.display()
            ));
        }
        let remarks = fs::read_to_string(folder.join("remarks.txt")).unwrap_or_default();
        for wanted in remarks.lines().filter(|line| !line.is_empty()) {
            if !snapshot.remarks.iter().any(|remark| remark.what.contains(wanted)) {
                let said: Vec<_> = snapshot.remarks.iter().map(|remark| &*remark.what).collect();
                wrong.push(format!(
                    "{}: no remark says `{wanted}`; there are {said:?}",
                    folder.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
