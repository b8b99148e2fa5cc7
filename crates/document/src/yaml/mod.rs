//! YAML, one document or many.
//!
//! Scalars are typed by the core schema of YAML 1.2.2, section 10.3: plain `true`, `null`, `~`, `12` and the
//! like, in their spellings there; everything quoted is a text. Plain `yes`, `no`, `on`, `off` stay texts, though
//! some native readers, which follow YAML 1.1, take them for booleans. A merge key `<<` is merged (YAML 1.1 merge
//! type): what the map says itself counts, then the earlier of the merged maps. A value with a tag of the
//! application (`!Name value`) is not what it looks like, so it is read as a map with the one key `!Name`.
//!
//! Documents begin at lines with `---` and nowhere else, so after a fault reading goes on at the next such line.

mod reader;
mod scalar;

use saphyr_parser::Parser;

use crate::fault::{Fault, FaultKind, Faults, Loss};
use crate::node::Position;
use crate::{Item, Limits};
use reader::{Reader, Stop};

/// Where in its file and in its stream a text begins.
#[derive(Clone, Copy)]
pub(crate) struct Start {
    /// Lines before it.
    pub(crate) line: u32,
    /// Documents before it.
    pub(crate) document: u32,
}

/// Reads a stream of YAML documents. `cut` tells why the bytes end too early, if they do.
pub(crate) fn read(
    bytes: &[u8],
    limits: &Limits,
    mut start: Start,
    cut: Option<FaultKind>,
    faults: &mut Faults,
    each: &mut dyn FnMut(Item),
) {
    let mut rest = bytes;
    loop {
        let (text, wrong) = text_before_fault(rest);
        let cause = wrong.clone().or_else(|| {
            if text.len() == rest.len() {
                cut.clone()
            } else {
                None
            }
        });
        let reached = read_text(text, limits, start, cause.is_some(), faults, each);
        let Some(kind) = cause else { return };
        let last_line = text.rfind('\n').map_or(0, |end| end + 1);
        let at = Position {
            line: start.line.saturating_add(1).saturating_add(count_lines(text)),
            column: narrow(text.get(last_line..).unwrap_or_default().chars().count() + 1),
        };
        // A binary file is not searched for more; nor is one that ends too early.
        let from = if matches!(wrong, Some(FaultKind::NotUtf8(_))) {
            rest.get(last_line..).unwrap_or_default()
        } else {
            &[]
        };
        // The line of the fault itself cannot begin a document that reads.
        let next = from
            .windows(4)
            .position(|window| window == b"\n---")
            .and_then(|end| from.get(end + 1..).map(|tail| (tail, end)));
        let loss = if next.is_some() {
            Loss::Element
        } else {
            Loss::Remainder
        };
        faults.push(Fault {
            at,
            pointer: String::new(),
            kind,
            loss,
        });
        let Some((tail, end)) = next else { return };
        let skipped = from
            .get(..end)
            .unwrap_or_default()
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        start = Start {
            line: at.line.saturating_add(narrow(skipped)),
            document: reached,
        };
        rest = tail;
    }
}

/// The text up to the first byte that is not text.
fn text_before_fault(bytes: &[u8]) -> (&str, Option<FaultKind>) {
    let (text, wrong) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let (valid, invalid) = bytes
                .split_at_checked(error.valid_up_to())
                .unwrap_or((bytes, &[]));
            let byte = invalid.first().copied().unwrap_or_default();
            (
                std::str::from_utf8(valid).unwrap_or_default(),
                Some(FaultKind::NotUtf8(byte)),
            )
        }
    };
    // The parser takes NUL for the end, which would hide what follows.
    match text.find('\0') {
        Some(end) => (text.get(..end).unwrap_or_default(), Some(FaultKind::Binary)),
        None => (text, wrong),
    }
}

/// Reads documents of a text that is known to be one; returns the number of the next document.
///
/// `cut`: the end of the text is not the end of the file, so what only ends there is not delivered.
fn read_text(
    text: &str,
    limits: &Limits,
    mut start: Start,
    cut: bool,
    faults: &mut Faults,
    each: &mut dyn FnMut(Item),
) -> u32 {
    let mut rest = text;
    let mut end_chars = cut.then(|| text.chars().count());
    loop {
        let mut reader = Reader::new(Parser::new_from_str(rest), limits, start, end_chars, faults);
        let stop = match reader.stream(each) {
            Ok(()) => return reader.document(),
            Err(stop) => stop,
        };
        let document = reader.document().saturating_add(1);
        let begun = reader.document_line();
        let mut fault = match stop {
            Stop::Cut => return document,
            Stop::Fault(fault) => fault,
        };
        // A document begins at `---` at or behind the fault, and behind the start of the one that failed.
        let fault_line = fault
            .at
            .line
            .saturating_sub(start.line)
            .max(begun.saturating_add(1))
            .max(2);
        let mut line = 0_u32;
        let mut next = None;
        let mut offset = 0;
        for each_line in rest.split_inclusive('\n') {
            line = line.saturating_add(1);
            if line == fault_line.min(fault.at.line.saturating_sub(start.line)) && each_line.contains("{{") {
                fault.kind = FaultKind::Template;
            }
            if line >= fault_line && each_line.starts_with("---") {
                next = rest.get(offset..);
                break;
            }
            offset += each_line.len();
        }
        let Some(tail) = next else {
            if cut {
                // What is behind the cut is told there.
                fault.loss = Loss::Element;
            }
            faults.push(*fault);
            return document;
        };
        fault.loss = Loss::Element;
        faults.push(*fault);
        if let Some(chars) = &mut end_chars {
            *chars = chars.saturating_sub(rest.get(..offset).unwrap_or_default().chars().count());
        }
        start = Start {
            line: start.line.saturating_add(line.saturating_sub(1)),
            document,
        };
        rest = tail;
    }
}

fn count_lines(text: &str) -> u32 {
    narrow(text.bytes().filter(|byte| *byte == b'\n').count())
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
