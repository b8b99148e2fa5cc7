//! Runs the cases: every folder of `cases/` holds native files, questions with their answers, and a README that says
//! what is claimed and where the claim comes from.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a case that cannot be read is a failed test"
)]

mod reach;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use leastwise_aws::Aws;
use leastwise_document::{Limits as ReadLimits, Node, read};
use leastwise_model::{File, IdentityIndex, Platform, Settings, Snapshot};
use leastwise_permset::{Context, Key, Limits, Openness, PermissionSet, Question, Verdict};

use reach::{Manner, reach};

/// The snapshot of all native files of a case, in the order of their names.
fn snapshot(folder: &Path) -> Snapshot {
    let mut snapshot = Snapshot::new();
    let mut reader = Aws.reader(&Settings::default());
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if matches!(&*name, "questions.jsonl" | "README.md" | "remarks.txt") {
            continue;
        }
        let file = snapshot.add_file(File {
            path: name.as_str().into(),
            unit: "case".into(),
        });
        let bytes = fs::read(&path).unwrap();
        if name.ends_with(".csv") {
            assert!(
                reader.take_text(file, &name, std::str::from_utf8(&bytes).unwrap()),
                "{name}"
            );
            continue;
        }
        let faults = read(&bytes, &ReadLimits::default(), &mut |item| {
            assert!(
                matches!(reader.take(file, &name, item), leastwise_model::Taken::Yes),
                "{name}"
            );
        });
        assert!(faults.is_empty(), "{}: {faults:?}", path.display());
    }
    reader.compile(&mut snapshot);
    snapshot
}

/// The keys of a question that are present and those that are absent; with those that follow from the identity.
fn circumstances(snapshot: &Snapshot, index: IdentityIndex, question: &Node) -> (Context, BTreeSet<Key>) {
    let (mut known, mut absent) = (Context::new(), BTreeSet::new());
    for (key, value) in question.get("context").map(Node::entries).unwrap_or_default() {
        let key = Aws.key(&key.text);
        if value.is_null() {
            absent.insert(key);
        } else if value.is_list() {
            known = known.with(key, value.list().iter().filter_map(Node::scalar));
        } else {
            known = known.with(key, value.scalar());
        }
    }
    let facts = &snapshot.identities[index.0 as usize].holding.facts;
    for (key, values) in facts.known.iter() {
        if known.get(key).is_none() && !absent.contains(key) {
            known.set(key.clone(), values.clone());
        }
    }
    absent.extend(
        facts
            .absent
            .iter()
            .filter(|key| known.get(key).is_none())
            .cloned(),
    );
    (known, absent)
}

/// `yes`, `when`, `no`, or `unknown` with the names of the gaps.
fn direct(
    set: &PermissionSet,
    action: &str,
    resource: &str,
    (known, absent): &(Context, BTreeSet<Key>),
    stranger: bool,
) -> (&'static str, Vec<String>) {
    let question = Question {
        action,
        resource,
        known,
        absent,
        given: None,
    };
    let openness = |key: &Key| match Aws.key_origin(key).is_chosen(stranger) {
        true => Openness::Favourable,
        false => Openness::Open,
    };
    match set.verdict(&question, &openness, &Limits::default()) {
        Verdict::Always => ("yes", Vec::new()),
        Verdict::Never => ("no", Vec::new()),
        Verdict::When(_) => ("when", Vec::new()),
        Verdict::Depends(atoms) => ("unknown", atoms.iter().map(ToString::to_string).collect()),
        Verdict::Unknown(limit) => panic!("{limit}"),
    }
}

/// The answer when becoming others and giving more count, with the capacity.
fn beyond(
    snapshot: &Snapshot,
    from: IdentityIndex,
    action: &str,
    resource: &str,
    question: &Node,
) -> (&'static str, &'static str, Vec<String>) {
    let best = |manner: Manner| {
        let mut answers: Vec<(&'static str, Vec<String>)> = reach(snapshot, from, manner)
            .into_iter()
            .map(|(index, set)| {
                let stranger = snapshot.identity(index).is_some_and(|it| it.stranger);
                let circumstances = circumstances(snapshot, index, question);
                direct(&set, action, resource, &circumstances, stranger)
            })
            .collect();
        let rank = |answer: &str| {
            ["yes", "when", "unknown", "no"]
                .iter()
                .position(|one| *one == answer)
        };
        answers.sort_by_key(|(answer, _)| rank(answer));
        answers.swap_remove(0)
    };
    for (granting, how) in [(false, "through"), (true, "by-granting")] {
        let (answer, _) = best(Manner { sure: true, granting });
        if answer == "yes" {
            return ("yes", how, Vec::new());
        }
    }
    let (possible, mut gaps) = best(Manner {
        sure: false,
        granting: true,
    });
    if possible == "no" {
        return ("no", "", Vec::new());
    }
    let needs = snapshot
        .opportunities
        .iter()
        .flat_map(|opportunity| &opportunity.needs);
    gaps.extend(
        needs
            .flat_map(|need| need.set.atoms())
            .map(|atom| atom.to_string()),
    );
    ("unknown", "", gaps)
}

fn check(snapshot: &Snapshot, question: &Node) -> Result<(), String> {
    let text = |key: &str| question.get(key).and_then(Node::text);
    let need = |key: &str| text(key).ok_or_else(|| format!("`{key}` is missing"));
    let (action, resource, wanted) = (need("action")?, need("resource")?, need("answer")?);
    if let Some(objection) = Aws.objection(action, resource) {
        return if wanted == "objection" {
            Ok(())
        } else {
            Err(objection.to_string())
        };
    }
    let name = need("identity")?;
    let found = snapshot
        .each_identity()
        .find(|(_, identity)| &*identity.id == name);
    let (index, identity) = found.ok_or_else(|| format!("no identity is called `{name}`"))?;
    let set = identity.holding.effective();
    let (mut answer, mut gaps) = direct(
        &set,
        action,
        resource,
        &circumstances(snapshot, index, question),
        identity.stranger,
    );
    let mut how = "direct";
    if text("reach") == Some("any") && answer != "yes" {
        let (wider, capacity, more) = beyond(snapshot, index, action, resource, question);
        if wider == "yes" || answer == "no" {
            (answer, how, gaps) = (wider, capacity, more);
        }
    }
    if answer != wanted {
        return Err(format!("answers {answer} ({how}; {gaps:?}), not {wanted}"));
    }
    if let Some(wanted) = text("how").filter(|_| answer == "yes")
        && how != wanted
    {
        return Err(format!("answers {how}, not {wanted}"));
    }
    for wanted in question
        .get("because")
        .map(Node::list)
        .unwrap_or_default()
        .iter()
        .filter_map(Node::text)
    {
        if !gaps.iter().any(|gap| gap.contains(wanted)) {
            return Err(format!("no gap among {gaps:?} says `{wanted}`"));
        }
    }
    Ok(())
}

#[test]
fn every_case_answers_as_it_claims() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    let mut folders: Vec<PathBuf> = fs::read_dir(root.join("cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    assert!(!folders.is_empty());
    for folder in folders {
        let snapshot = snapshot(&folder);
        let path = folder.join("questions.jsonl");
        let mut answers = BTreeSet::new();
        let faults = read(&fs::read(&path).unwrap(), &ReadLimits::default(), &mut |item| {
            answers.extend(item.node.get("answer").and_then(Node::text).map(str::to_owned));
            if let Err(what) = check(&snapshot, &item.node) {
                wrong.push(format!(
                    "{}:{}: {what}",
                    path.display(),
                    item.node.position().line
                ));
            }
        });
        wrong.extend(faults.iter().map(|fault| format!("{}: {fault}", path.display())));
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
