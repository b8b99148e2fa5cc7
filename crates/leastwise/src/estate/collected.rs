//! The manifest that stands beside what was collected: no export, but it knows what is missing from one.

use std::collections::BTreeMap;

use leastwise_model::{FileIndex, Location, Remark, Snapshot};
use leastwise_report::collected::{Asked, Collected, Outcome, State};
use serde::Deserialize;

const SCHEMA: &str = "leastwise/collected/v1";
/// Where remarks on questions and on parts stand.
const POINTERS: [&str; 2] = ["/asked", "/parts"];

#[derive(Deserialize)]
struct Manifest {
    schema: String,
    #[serde(flatten)]
    collected: Collected,
}

/// Questions that are alike and failed for one reason.
#[derive(Default)]
struct Alike<'a> {
    questions: usize,
    parts: Vec<&'a str>,
}

/// What could not be collected, if this is a manifest.
pub fn failures(file: FileIndex, bytes: &[u8]) -> Option<Vec<Remark>> {
    let head = bytes.get(..bytes.len().min(200))?;
    if !head.windows(SCHEMA.len()).any(|part| part == SCHEMA.as_bytes()) {
        return None;
    }
    let manifest: Manifest = serde_json::from_slice(bytes).ok()?;
    if manifest.schema != SCHEMA {
        return None;
    }
    let collected = manifest.collected;
    let mut order = Vec::new();
    let mut failed: BTreeMap<(&str, &str), Alike<'_>> = BTreeMap::new();
    for asked in collected
        .asked
        .iter()
        .filter(|one| one.outcome == Outcome::Failed)
    {
        let key = (question(asked), asked.why.as_deref().unwrap_or("it failed"));
        let alike = failed.entry(key).or_insert_with(|| {
            order.push(key);
            Alike::default()
        });
        alike.questions += 1;
        if !asked.part.is_empty() && !alike.parts.contains(&asked.part.as_str()) {
            alike.parts.push(&asked.part);
        }
    }
    let product = &collected.product;
    let again = format!("let whoever collects read it, and collect {product} again");
    let mut remarks: Vec<Remark> = Vec::new();
    for (name, why) in order {
        let Some(alike) = failed.get(&(name, why)) else {
            continue;
        };
        let what = format!("`{name}` was not collected: {why}{}", alike.told());
        remarks.push(remark(file, "/asked", what, again.clone()));
    }
    for part in collected
        .parts
        .iter()
        .filter(|part| part.state == State::Unfinished)
    {
        let what = format!("{} was not collected to its end: the run ended before", part.name);
        let hint = format!("run the same `leastwise collect {product}` again, which asks for the rest");
        remarks.push(remark(file, "/parts", what, hint));
    }
    Some(remarks)
}

/// Whether a remark is one of these.
pub fn is_of_manifest(snapshot: &Snapshot, remark: &Remark) -> bool {
    remark.location.as_ref().is_some_and(|at| {
        let file = snapshot.file(at.file);
        POINTERS.contains(&&*at.pointer) && file.is_some_and(|file| file.path.ends_with("collected.json"))
    })
}

/// What was asked, without of what where there are parts: a refusal concerns all of a kind.
fn question(asked: &Asked) -> &str {
    match asked.part.is_empty() {
        true => &asked.name,
        false => asked.name.split(" --").next().unwrap_or(&asked.name),
    }
}

impl Alike<'_> {
    fn told(&self) -> String {
        let Some(first) = self.parts.first() else {
            return String::new();
        };
        let more = match self.parts.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let questions = match self.questions {
            1 => String::new(),
            many => format!("; {many} questions"),
        };
        format!(" (of {first}{more}{questions})")
    }
}

fn remark(file: FileIndex, pointer: &str, what: String, hint: String) -> Remark {
    Remark {
        location: Some(Location {
            file,
            line: 1,
            column: 1,
            pointer: pointer.into(),
        }),
        what: what.into(),
        hint: hint.into(),
        loses: false,
    }
}
