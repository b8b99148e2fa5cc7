//! What a gate says, for people on a terminal.

use leastwise_governance::gate::{Item, Kind, Verdict};

use super::{Told, accepted_words, excuse_words, title, verdict_words};
use crate::findings;
use crate::path;
use crate::style::{ALARM, COMMAND, QUIET, STRONG, UNKNOWN, YES, paint};
use crate::text::{clean, counted, wrapped};

/// How many lines a paragraph may take.
const LINES: usize = 6;
/// Of so many the names are told.
const NAMED: usize = 5;
/// So many things that cannot be told are listed.
const UNKNOWNS: usize = 20;

/// Every item that is open with its path, what cannot be told, then what people have accepted, one line each; the verdict
/// last. `width` in columns.
#[must_use]
pub fn text(told: &Told<'_>, width: usize) -> String {
    let mut out = String::new();
    for item in told.open() {
        open(told, item, width, &mut out);
        out.push('\n');
    }
    unknown(told, width, &mut out);
    accepted(told, width, &mut out);
    for lapsed in told.lapsed {
        let when = if lapsed.over { "ended" } else { "ends" };
        let said = format!(
            "exception {} of {} {when} on {}",
            lapsed.id, lapsed.owner, lapsed.expires
        );
        out.push_str(&format!("{}  {}\n", paint(STRONG, "warning"), clean(&said)));
    }
    for (line, said) in excuse_words(told) {
        let place = line.map_or_else(String::new, |line| format!(" ({}:{line})", told.excuses.file));
        let lines = wrapped(
            &clean(&format!("{said}{place}")),
            width.saturating_sub(9).max(20),
            LINES,
        );
        for (place, line) in lines.iter().enumerate() {
            let head = if place == 0 {
                paint(STRONG, "warning").to_string()
            } else {
                " ".repeat(7)
            };
            out.push_str(&format!("{head}  {line}\n"));
        }
    }
    let style = match told.verdict() {
        Verdict::Passes => YES,
        Verdict::Fails(_) => ALARM,
        Verdict::Unknown => UNKNOWN,
    };
    let words = verdict_words(told);
    let (word, rest) = words.split_once(':').unwrap_or((&words, ""));
    out.push_str(&format!("{}:{rest}\n", paint(style, word)));
    let mut beside = Vec::new();
    if told.gate.less > 0 {
        beside.push(format!(
            "{} less than before",
            counted(told.gate.less, "holder has", "holders have")
        ));
    }
    if told.gone > 0 {
        let gone = counted(told.gone, "item", "items");
        beside.push(format!(
            "{gone} of the baseline {} not there any more",
            if told.gone == 1 { "is" } else { "are" }
        ));
    }
    if !beside.is_empty() {
        out.push_str(&format!("{}\n", paint(QUIET, beside.join("; "))));
    }
    out
}

/// What sort of thing an item is, for people.
pub(super) fn word(item: &Item) -> &'static str {
    match item.kind {
        Kind::Access => "new access",
        Kind::Becoming => "new way to become others",
        Kind::Finding => "finding",
        Kind::Granted => "must not be granted",
    }
}

fn open(told: &Told<'_>, item: &Item, width: usize, out: &mut String) {
    let snapshot = told.world.snapshot();
    let rule = item
        .rule
        .map_or_else(String::new, |rule| format!("  {} {}", rule.name, rule.id));
    out.push_str(&format!(
        "{}  {}{}\n",
        paint(findings::style(item.severity.as_str()), item.severity),
        paint(STRONG, word(item)),
        paint(QUIET, rule),
    ));
    paragraph(out, "", &title(item), width);
    names(out, "who", item.who.iter().map(|who| &*who.id), width);
    names(out, "becomes", item.whom.iter().map(|id| &**id), width);
    if let Some(place) = &item.place {
        let how = match (item.kind, item.fresh) {
            (Kind::Access | Kind::Becoming, false) => " (as it was before)",
            _ => "",
        };
        out.push_str(&format!(
            "  {:10} {}{}\n",
            "at",
            paint(COMMAND, clean(&place.to_string())),
            paint(QUIET, how)
        ));
    }
    for said in &item.before {
        paragraph(out, "before", &format!("refused by {said}"), width);
    }
    if !item.through.is_empty() {
        let others = counted(item.through.len(), "other who", "others who");
        paragraph(
            out,
            "also",
            &format!(
                "{others} can become {}",
                if item.who.len() == 1 { "it" } else { "one of them" }
            ),
            width,
        );
    }
    for layer in super::assuming(told, item) {
        paragraph(out, "assuming", &format!("no {layer}"), width);
    }
    paragraph(out, "standing", &accepted_words(told, item), width);
    paragraph(out, "fix", &item.fix, width);
    out.push_str(&format!("  {:10} {}\n", "name", paint(QUIET, item.fingerprint)));
    out.push_str(&path::text(snapshot, &item.path, width));
}

/// More than one name, a few of them.
fn names<'n>(out: &mut String, word: &str, names: impl ExactSizeIterator<Item = &'n str>, width: usize) {
    let count = names.len();
    if count < 3 {
        return;
    }
    for (place, name) in names.take(NAMED).enumerate() {
        paragraph(out, if place == 0 { word } else { " " }, name, width);
    }
    if let Some(more) = count.checked_sub(NAMED).filter(|more| *more > 0) {
        paragraph(out, " ", &format!("and {more} more"), width);
    }
}

fn unknown(told: &Told<'_>, width: usize, out: &mut String) {
    let all = &told.gate.unknown;
    for unknown in all.iter().take(UNKNOWNS) {
        out.push_str(&format!(
            "{}  {}\n",
            paint(UNKNOWN, "unknown"),
            clean(&unknown.what)
        ));
        if let Some(place) = &unknown.place {
            out.push_str(&format!(
                "  {:10} {}\n",
                "at",
                paint(COMMAND, clean(&place.to_string()))
            ));
        }
        for because in &unknown.because {
            paragraph(out, "because", &because.gap, width);
            paragraph(out, "settle", &because.settle, width);
        }
        out.push('\n');
    }
    if let Some(more) = all.len().checked_sub(UNKNOWNS).filter(|more| *more > 0) {
        out.push_str(&format!("{}  and {more} more\n\n", paint(UNKNOWN, "unknown")));
    }
}

fn accepted(told: &Told<'_>, width: usize, out: &mut String) {
    let mut any = false;
    for item in told.accepted() {
        any = true;
        let head = format!("accepted  {}  ", item.severity);
        let said = format!("{} ({})", title(item), accepted_words(told, item));
        let lines = wrapped(&clean(&said), width.saturating_sub(head.len()).max(20), LINES);
        for (place, line) in lines.iter().enumerate() {
            match place {
                0 => out.push_str(&format!("{}{line}\n", paint(QUIET, &head))),
                _ => out.push_str(&format!("{:indent$}{line}\n", "", indent = head.len())),
            }
        }
    }
    if any {
        out.push('\n');
    }
}

/// A word, and beside it some lines; nothing where there is no text.
fn paragraph(out: &mut String, word: &str, text: &str, width: usize) {
    if text.is_empty() {
        return;
    }
    let indent = if word.is_empty() { 2 } else { 13 };
    let lines = wrapped(&clean(text), width.saturating_sub(indent).max(20), LINES);
    for (place, line) in lines.iter().enumerate() {
        let head = if place == 0 { word } else { "" };
        match indent {
            2 => out.push_str(&format!("  {line}\n")),
            _ => out.push_str(&format!("  {head:10} {line}\n")),
        }
    }
}
