//! What a gate says, as annotations of a workflow run.
//!
//! Source: GitHub Docs, *Workflow commands for GitHub Actions*, "Setting an error message"; the escapes are those of
//! `packages/core/src/command.ts` in actions/toolkit.

use leastwise_governance::gate::{Item, Place};

use super::text::word;
use super::{Told, accepted_words, excuse_words, title, verdict_words};
use crate::text::clean;

/// One command for each item, for what cannot be told and for exceptions that have ended; the verdict as plain text last.
#[must_use]
pub fn annotations(told: &Told<'_>) -> String {
    let mut out = String::new();
    for item in &told.gate.items {
        let command = match (told.fails(item), item.standing.is_accepted()) {
            (true, _) => "error",
            (false, true) if !told.excuses.speak_of(item) => "notice",
            (false, _) => "warning",
        };
        out.push_str(&line(
            command,
            item.place.as_ref(),
            &heading(item),
            &message(told, item),
        ));
    }
    for unknown in &told.gate.unknown {
        let because: Vec<&str> = unknown.because.iter().map(|because| &*because.gap).collect();
        let said = format!("{}: {}", unknown.what, because.join("; "));
        out.push_str(&line(
            "error",
            unknown.place.as_ref(),
            "leastwise: unknown",
            &said,
        ));
    }
    for lapsed in told.lapsed {
        let when = if lapsed.over { "ended" } else { "ends" };
        let said = format!(
            "exception {} of {} {when} on {}",
            lapsed.id, lapsed.owner, lapsed.expires
        );
        out.push_str(&line("warning", None, "leastwise: exception", &said));
    }
    for (at, said) in excuse_words(told) {
        let place = at.and_then(|at| {
            Some(Place {
                file: told.excuses.file.clone(),
                line: u32::try_from(at).ok()?,
                column: 0,
            })
        });
        out.push_str(&line(
            "warning",
            place.as_ref(),
            "leastwise: what is accepted",
            &said,
        ));
    }
    out.push_str(&format!("leastwise check {}\n", verdict_words(told)));
    out
}

fn heading(item: &Item) -> String {
    format!("leastwise: {} ({})", word(item), item.severity)
}

fn message(told: &Told<'_>, item: &Item) -> String {
    let mut said = title(item);
    let accepted = accepted_words(told, item);
    if !accepted.is_empty() {
        said.push_str(&format!(" ({accepted})"));
    }
    if !item.fix.is_empty() {
        said.push_str(&format!(". Fix: {}", item.fix));
    }
    said
}

fn line(command: &str, place: Option<&Place>, heading: &str, message: &str) -> String {
    let mut properties = Vec::new();
    if let Some(place) = place {
        let file = place.file.strip_prefix("./").unwrap_or(&place.file);
        properties.push(format!("file={}", property(file)));
        if place.line > 0 {
            properties.push(format!("line={}", place.line));
        }
        if place.column > 0 {
            properties.push(format!("col={}", place.column));
        }
    }
    properties.push(format!("title={}", property(heading)));
    format!(
        "::{command} {}::{}\n",
        properties.join(","),
        data(&clean(message))
    )
}

/// Text after the command. Nothing in an estate may end a line and begin another command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{Place, line};

    #[test]
    fn nothing_in_an_estate_begins_another_command() {
        let place = Place {
            file: "a,b:c.yaml".into(),
            line: 3,
            column: 0,
        };
        assert_eq!(
            line("error", Some(&place), "x: 100%", "a\n::error::b"),
            "::error file=a%2Cb%3Ac.yaml,line=3,title=x%3A 100%25::a\\n::error::b\n"
        );
    }
}
