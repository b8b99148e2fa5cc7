//! What is told of the input: what was lost, what is odd, and what nobody recognized.

use leastwise_model::{Remark, Snapshot};
use leastwise_report::text::{clean, counted};

use super::Estate;
use crate::terminal::Terminal;

/// `file:line:column: `, as far as known.
pub fn place(snapshot: &Snapshot, remark: &Remark) -> String {
    let Some(location) = &remark.location else {
        return String::new();
    };
    let path = snapshot.file(location.file).map_or("?", |file| &file.path);
    match (location.line, location.column) {
        (0, _) => format!("{path}: "),
        (line, 0) => format!("{path}:{line}: "),
        (line, column) => format!("{path}:{line}:{column}: "),
    }
}

/// How many remarks are told in full where nobody asked for all.
const TOLD: usize = 10;

/// Tells on standard error what was lost, what is odd and what nobody recognized.
pub fn tell(estate: &Estate, terminal: &Terminal) {
    let (lost, odd): (Vec<&Remark>, Vec<&Remark>) =
        estate.snapshot.remarks.iter().partition(|remark| remark.loses);
    let shown = if terminal.verbose { usize::MAX } else { TOLD };
    let alike = if terminal.verbose {
        lost.iter().map(|remark| (*remark, 0)).collect()
    } else {
        together(&lost)
    };
    for (remark, more) in alike.iter().take(shown) {
        tell_remark(estate, remark, "not read", *more, terminal);
    }
    if alike.len() > shown {
        terminal.tell(&format!(
            "not read: {} more places (-v lists them)",
            alike.len() - shown
        ));
    }
    if terminal.verbose {
        for remark in odd {
            tell_remark(estate, remark, "remark", 0, terminal);
        }
        for place in &estate.unrecognized {
            terminal.tell(&format!("not recognized: {}", clean(place)));
        }
        return;
    }
    let mut counts = Vec::new();
    if !estate.unrecognized.is_empty() {
        counts.push(format!(
            "{} not recognized",
            counted(estate.unrecognized.len(), "file or part", "files or parts")
        ));
    }
    if !odd.is_empty() {
        counts.push(counted(odd.len(), "remark", "remarks"));
    }
    if !counts.is_empty() {
        terminal.tell(&format!("{} (-v lists them)", counts.join(", ")));
    }
}

/// Remarks of which one says all: the same thing of the same file. The first of each, with how many follow it.
fn together<'a>(remarks: &[&'a Remark]) -> Vec<(&'a Remark, usize)> {
    let mut groups: Vec<(&Remark, usize)> = Vec::new();
    let file = |remark: &Remark| remark.location.as_ref().map(|location| location.file);
    for remark in remarks {
        match groups.last_mut() {
            Some((first, more)) if file(first) == file(remark) && first.what == remark.what => *more += 1,
            _ => groups.push((remark, 0)),
        }
    }
    groups
}

fn tell_remark(estate: &Estate, remark: &Remark, word: &str, more: usize, terminal: &Terminal) {
    let place = place(&estate.snapshot, remark);
    let more = if more > 0 {
        format!(" (and {} more of this file)", counted(more, "place", "places"))
    } else {
        String::new()
    };
    terminal.tell(&format!("{word}: {}{}{more}", clean(&place), clean(&remark.what)));
    if !remark.hint.is_empty() {
        terminal.tell(&format!("  hint: {}", clean(&remark.hint)));
    }
}
