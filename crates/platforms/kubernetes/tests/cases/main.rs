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

use leastwise_document::{Limits as ReadLimits, Node, read};
use leastwise_kubernetes::Kubernetes;
use leastwise_model::{File, IdentityIndex, Platform, Settings, Snapshot};
use leastwise_permset::{Context, Limits, Openness, PermissionSet, Question, Verdict};

use reach::{Manner, reach};

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            found.extend(files_below(&entry));
        } else {
            found.push(entry);
        }
    }
    found
}

/// The snapshot of all native files of a case; the folder's name is the unit under which they were found.
fn snapshot(folder: &Path) -> Snapshot {
    let unit = folder.file_name().unwrap().to_str().unwrap();
    let mut snapshot = Snapshot::new();
    let mut reader = Kubernetes.reader(&Settings::default());
    for path in files_below(folder) {
        let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        if name == "questions.jsonl" || name == "README.md" || name == "remarks.txt" {
            continue;
        }
        let path_told = format!("{unit}/{name}");
        let file = snapshot.add_file(File {
            path: path_told.as_str().into(),
            unit: unit.into(),
        });
        let bytes = fs::read(&path).unwrap();
        let faults = read(&bytes, &ReadLimits::default(), &mut |item| {
            let _ = reader.take(file, &path_told, item);
        });
        assert!(faults.is_empty(), "{path_told}: {faults:?}");
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

/// `yes`, `no`, or `unknown` with the names of the gaps.
fn direct(set: &PermissionSet, action: &str, resource: &str) -> (&'static str, Vec<String>) {
    let (known, absent) = (Context::new(), BTreeSet::new());
    let question = Question {
        action,
        resource,
        known: &known,
        absent: &absent,
        given: None,
    };
    match set.verdict(&question, &|_| Openness::Open, &Limits::default()) {
        Verdict::Always => ("yes", Vec::new()),
        Verdict::Never => ("no", Vec::new()),
        Verdict::When(_) => ("when", Vec::new()),
        Verdict::Depends(atoms) => ("unknown", atoms.iter().map(ToString::to_string).collect()),
        Verdict::Unknown(limit) => panic!("{limit}"),
    }
}

/// The answer when becoming others and giving oneself more count, with the capacity.
fn beyond(
    snapshot: &Snapshot,
    from: IdentityIndex,
    action: &str,
    resource: &str,
) -> (&'static str, &'static str, Vec<String>) {
    let any = |manner: Manner| {
        let reached = reach(snapshot, from, manner);
        let answers: Vec<_> = reached
            .sets
            .values()
            .map(|set| direct(set, action, resource))
            .collect();
        (
            answers.iter().any(|(answer, _)| *answer == "yes"),
            answers.iter().any(|(answer, _)| *answer != "no"),
            answers.into_iter().flat_map(|(_, gaps)| gaps).collect::<Vec<_>>(),
        )
    };
    for (granting, how) in [(false, "through"), (true, "by-granting")] {
        if any(Manner { sure: true, granting }).0 {
            return ("yes", how, Vec::new());
        }
    }
    let (_, possible, mut gaps) = any(Manner {
        sure: false,
        granting: true,
    });
    if !possible {
        return ("no", "", Vec::new());
    }
    for opportunity in &snapshot.opportunities {
        gaps.extend(
            opportunity
                .needs
                .iter()
                .flat_map(|need| need.set.atoms())
                .map(|atom| atom.to_string()),
        );
    }
    ("unknown", "", gaps)
}

fn check(snapshot: &Snapshot, question: &Node) -> Result<(), String> {
    let text = |key: &str| question.get(key).and_then(Node::text);
    let need = |key: &str| text(key).ok_or_else(|| format!("`{key}` is missing"));
    let (action, resource, wanted) = (need("action")?, need("resource")?, need("answer")?);
    if let Some(objection) = Kubernetes.objection(action, resource) {
        return if wanted == "objection" {
            Ok(())
        } else {
            Err(objection.to_string())
        };
    }
    let index = identity(snapshot, need("identity")?)?;
    let set = snapshot.identities[index.0 as usize].holding.effective();
    let (mut answer, mut gaps) = direct(&set, action, resource);
    let mut how = "direct";
    if text("reach") == Some("any") && answer != "yes" {
        let (wider, capacity, more) = beyond(snapshot, index, action, resource);
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

/// Every question of a file against the snapshot; what went wrong.
fn failures(
    snapshot: &Snapshot,
    questions: &Path,
    wanted: impl Fn(&Node) -> bool,
) -> (Vec<String>, BTreeSet<String>) {
    let (mut wrong, mut answers) = (Vec::new(), BTreeSet::new());
    let bytes = fs::read(questions).unwrap();
    let faults = read(&bytes, &ReadLimits::default(), &mut |item| {
        if wanted(&item.node) {
            answers.extend(item.node.get("answer").and_then(Node::text).map(str::to_owned));
            if let Err(what) = check(snapshot, &item.node) {
                wrong.push(format!(
                    "{}:{}: {what}",
                    questions.display(),
                    item.node.position().line
                ));
            }
        }
    });
    wrong.extend(
        faults
            .iter()
            .map(|fault| format!("{}: {fault}", questions.display())),
    );
    (wrong, answers)
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_case_answers_as_it_claims() {
    let mut wrong = Vec::new();
    let mut folders: Vec<PathBuf> = fs::read_dir(root().join("cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();

    for folder in folders {
        let snapshot = snapshot(&folder);
        let (more, answers) = failures(&snapshot, &folder.join("questions.jsonl"), |_| true);
        wrong.extend(more);
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

/// The synthetic estate that the whole product answers questions on; its questions on this platform alone.
#[test]
fn the_example_estate_answers_as_expected() {
    let estate = root().join("../../../examples/halcyon-pay");
    let mut snapshot = snapshot(&estate.join("kubernetes/prod-eks"));
    snapshot.remarks.retain(|remark| remark.loses);
    assert!(snapshot.remarks.is_empty(), "{:?}", snapshot.remarks);
    let ours = |question: &Node| {
        question
            .get("identity")
            .and_then(Node::text)
            .is_some_and(|name| name.starts_with("kubernetes:"))
    };
    let (wrong, answers) = failures(&snapshot, &estate.join("expected.jsonl"), ours);
    assert!(answers.len() >= 2 && wrong.is_empty(), "\n{}", wrong.join("\n"));
}
