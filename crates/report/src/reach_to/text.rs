//! Who comes to a goal, as people read it.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_effective::{Cut, How, Shape, Steps, World};
use leastwise_model::{Assumption, Snapshot};

use super::{Found, first, technique, word};
use crate::answer::{self, how_word};
use crate::fold::folded;
use crate::identities::kind_word;
use crate::path;
use crate::reach::{Stages, stage};
use crate::style::{ALARM, QUIET, STRONG, paint};
use crate::text::{clean, counted, grouped, wrapped};

/// How many ways are listed on a terminal, and how many of these are told in full.
const LISTED: usize = 20;
const TOLD: usize = 3;
/// How many places to cut are shown.
const CUTS: usize = 5;

/// Who comes to it, where to cut, and the ways by their shape with an example in full.
#[must_use]
pub fn text(world: &World, found: &Found, stages: Stages, width: usize) -> String {
    let snapshot = world.snapshot();
    let mut out = headline(snapshot, found);
    if stages == Stages::Told && !found.comers.is_empty() {
        out.push_str(&format!("  {}\n", clean(&by_stage(snapshot, found))));
    }
    if !found.cuts.best.is_empty() {
        out.push_str(&cuts(snapshot, found, width));
    } else if found.comers.len() > found.so_sure(Steps::AtMost) {
        let nowhere = "no single statement cuts anybody off: each has another way, or needs no statement";
        out.push_str(&format!("\n  {}\n", paint(QUIET, nowhere)));
    }
    if !found.shapes.is_empty() {
        out.push_str(&ways(snapshot, found, width));
    }
    out.push_str(&assuming(found, width));
    folded(&out, width)
}

fn headline(snapshot: &Snapshot, found: &Found) -> String {
    let goal = paint(STRONG, clean(&found.to));
    let deed = match found.is_identity {
        true => "can become",
        false => "can come to act on",
    };
    if found.comers.is_empty() {
        return format!("nobody {deed} {goal}\n");
    }
    let (all, parts) = counts(snapshot, found);
    let mut out = format!("{all} {deed} {goal}\n");
    for line in parts {
        out.push_str(&format!("  {line}\n"));
    }
    out
}

/// How many come from which stage; those of no known one last.
fn by_stage(snapshot: &Snapshot, found: &Found) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut untold = 0usize;
    for comer in &found.comers {
        match stage(snapshot, comer.arrival.identity) {
            Some(stage) => *counts.entry(stage).or_default() += 1,
            None => untold += 1,
        }
    }
    let told = counts
        .iter()
        .map(|(stage, count)| format!("{} of {stage}", grouped(*count)));
    let untold = (untold > 0).then(|| format!("{} of no known stage", grouped(untold)));
    told.chain(untold).collect::<Vec<_>>().join(", ")
}

/// How many of how many; and how these come, and how surely, a line each.
pub(super) fn counts(snapshot: &Snapshot, found: &Found) -> (String, Vec<String>) {
    let all = format!(
        "{} of {}",
        counted(found.comers.len(), "identity", "identities"),
        grouped(snapshot.identities.len()),
    );
    let line = |parts: [(usize, &str); 3]| {
        let parts = parts.into_iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts
            .map(|(count, what)| format!("{} {what}", grouped(count)))
            .collect();
        parts.join(", ")
    };
    let mut lines = Vec::new();
    if !found.is_identity {
        lines.push(line([
            (found.how_many(How::Direct), "directly"),
            (found.how_many(How::Through), "by becoming others"),
            (found.how_many(How::ByGranting), "by granting more"),
        ]));
    }
    lines.push(line([
        (found.so_sure(Steps::Certain), "surely"),
        (found.so_sure(Steps::Conditional), "under a condition"),
        (found.so_sure(Steps::AtMost), "depending on what is not known"),
    ]));
    (all, lines)
}

/// Places to cut by what they cut off: those that cut off the same identities together.
pub(super) fn alike(found: &Found) -> Vec<Vec<&Cut>> {
    let mut alike: Vec<Vec<&Cut>> = Vec::new();
    for cut in &found.cuts.best {
        let same = |others: &&mut Vec<&Cut>| others.iter().any(|other| other.cut_off == cut.cut_off);
        match alike.iter_mut().find(same) {
            Some(others) => others.push(cut),
            None => alike.push(vec![cut]),
        }
    }
    alike
}

/// Places to cut; those that cut off the same identities together.
fn cuts(snapshot: &Snapshot, found: &Found, width: usize) -> String {
    let mut out = String::new();
    for these in alike(found).iter().take(CUTS) {
        for (at, cut) in these.iter().enumerate() {
            let doubt = match cut.in_doubt {
                0 => String::new(),
                some => format!(", of whom {} can no longer be told", grouped(some)),
            };
            let others = match cut.holders {
                0 => String::new(),
                some => format!(
                    "; {} what it gives",
                    counted(some, "identity holds", "identities hold")
                ),
            };
            out.push_str(&match at {
                0 => format!(
                    "\n  {}  cuts off {} of {}{doubt}{others}\n",
                    paint(ALARM, "cut here"),
                    grouped(cut.cut_off.len()),
                    grouped(found.cuts.known),
                ),
                _ => format!(
                    "  {}, which cuts off the same{doubt}{others}\n",
                    paint(ALARM, "or here")
                ),
            });
            if let Some(step) = snapshot.step(cut.statement.label()) {
                out.push_str(&path::excerpt(snapshot, step, width));
            }
        }
    }
    if found.cuts.untried > 0 {
        let untried = counted(
            found.cuts.untried,
            "further statement was",
            "further statements were",
        );
        out.push_str(&format!("\n  {}\n", paint(QUIET, format!("{untried} not tried"))));
    }
    out
}

fn ways(snapshot: &Snapshot, found: &Found, width: usize) -> String {
    let mut out = String::from("\n");
    for (way, shape) in (1usize..).zip(found.shapes.iter().take(LISTED)) {
        let word = word(shape.steps);
        out.push_str(&format!(
            "  {}  {}  {}, {}\n",
            paint(STRONG, format!("way {way}")),
            paint(word.style(), word.as_str()),
            counted(shape.arrivals.len(), "identity", "identities"),
            how_word(shape.how),
        ));
        for line in wrapped(&over(snapshot, shape), width.saturating_sub(9), 4) {
            out.push_str(&format!("         {}\n", clean(&line)));
        }
    }
    let rest = found.shapes.len().saturating_sub(LISTED);
    if rest > 0 {
        let rest = format!("and {} more", counted(rest, "way", "ways"));
        out.push_str(&format!("  {}\n", paint(QUIET, rest)));
    }
    for ((way, shape), example) in (1usize..).zip(&found.shapes).zip(&found.examples).take(TOLD) {
        out.push_str(&format!(
            "\n  {}, such as {}\n",
            paint(STRONG, format!("way {way}")),
            clean(first(snapshot, shape))
        ));
        out.push_str(&path::text(snapshot, example, width));
    }
    let more = found.shapes.len().saturating_sub(TOLD);
    let rest = match more {
        0 => "--format json names everybody".to_owned(),
        more => format!(
            "--format json names everybody, and tells an example of {}",
            counted(more, "further way", "further ways")
        ),
    };
    out.push_str(&format!("\n  {}\n", paint(QUIET, rest)));
    out
}

/// A shape in words: kinds of identities, and the techniques between them.
fn over(snapshot: &Snapshot, shape: &Shape) -> String {
    let mut out = String::new();
    let mut before = "";
    for station in &shape.stations {
        if station.title != before {
            out.push_str(&format!("{} ", station.title));
            before = station.title;
        }
        out.push_str(&kind_word(station.kind).replace('-', " "));
        if let Some(by) = technique(snapshot, station) {
            let by = by.split_once(':').map_or(by, |(_, by)| by);
            out.push_str(&match station.widens {
                true => format!(", which grants more by {by}, → "),
                false => format!(" –{by}→ "),
            });
        }
    }
    out
}

/// The layers assumed absent, on which some of the answers rest.
fn assuming(found: &Found, width: usize) -> String {
    let all = found.comers.iter().flat_map(|comer| &comer.answer.assuming);
    let mut seen = BTreeSet::new();
    let assuming: Vec<Assumption> = all
        .filter(|assumption| seen.insert(assumption.layer.clone()))
        .cloned()
        .collect();
    let Some(comer) = found.comers.first() else {
        return String::new();
    };
    let answer = leastwise_effective::Answer {
        assuming,
        ..comer.answer.clone()
    };
    let Some(line) = answer::assuming(&answer) else {
        return String::new();
    };
    let lines = wrapped(&line, width.saturating_sub(2), 6);
    let lines = lines
        .iter()
        .map(|line| format!("  {}\n", paint(QUIET, clean(line))));
    format!("\n{}", lines.collect::<String>())
}
