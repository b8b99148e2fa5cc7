//! A role that fits, for people, and the script that undoes the way there.

use std::borrow::Cow;

use leastwise_roles::fit::Replayed;

use super::{BoundRow, FitView, HandleRow};
use crate::style::{ALARM, COMMAND, QUIET, STRONG, YES, paint};
use crate::text::{clean, counted, wrapped};

/// The role and what is proved of it, for people.
#[must_use]
pub fn text(view: &FitView<'_>, width: usize) -> String {
    let mut out = match &view.native {
        Some(native) => format!("{native}\n"),
        None => format!("{}\n", view.role),
    };
    let mut line = |text: String| {
        for part in wrapped(&text, width.saturating_sub(4), 8) {
            out.push_str(&format!("  {part}\n"));
        }
    };
    for proved in &view.proved {
        line(format!("proved: {proved}"));
    }
    if view.beyond.is_empty() {
        line("beyond the need: nothing".into());
    }
    for beyond in &view.beyond {
        line(format!(
            "beyond the need: {}, for example {}",
            clean(&beyond.permission),
            clean(&beyond.witness.request())
        ));
    }
    for unheld in &view.declared_not_held {
        line(format!(
            "declared and not held, so not in the role: {}",
            clean(unheld)
        ));
    }
    for replay in &view.replay {
        let events = counted(
            usize::try_from(replay.events).unwrap_or(usize::MAX),
            "event",
            "events",
        );
        let examples = clean(&replay.examples.join("; ")).into_owned();
        line(match &*replay.became {
            became if became == Replayed::Allowed.as_str() => format!("replayed and allowed: {events}"),
            became if became == Replayed::Refused.as_str() => {
                format!("replayed and refused: {events}: {examples}")
            }
            became if became == Replayed::InPart.as_str() => {
                format!("replayed, and the log does not tell on what: {events}: {examples}")
            }
            _ => format!("logged, and not held today: {events}: {examples}"),
        });
    }
    line(format!(
        "left behind: {} of excess; {} that no log could have shown: declare what of them is needed",
        counted(view.excess_gone, "action", "actions"),
        counted(view.unobservable_gone, "action", "actions"),
    ));
    steps(view, width, &mut out);
    out
}

/// The way there: what goes before, the role, what goes after.
fn steps(view: &FitView<'_>, width: usize, out: &mut String) {
    out.push_str(&format!("\n{}\n", paint(STRONG, "The way there")));
    let mut number = 0;
    let mut tell = |what: String, commands: &[Cow<'_, str>], rest: &[String]| {
        number += 1;
        out.push_str(&format!("  {number} {what}\n"));
        // A command that is broken into lines is another command.
        for command in commands {
            out.push_str(&format!("    {}\n", paint(COMMAND, &clean(command))));
        }
        for text in rest {
            for part in wrapped(text, width.saturating_sub(6), 4) {
                out.push_str(&format!("    {part}\n"));
            }
        }
    };
    let (before, after): (Vec<_>, Vec<_>) = view.removal.iter().partition(|row| row.when == "before");
    for row in before {
        tell(format!("detach {}", called(row)), &row.take, &about(row));
    }
    tell(
        format!("{} the role, beside what is held", paint(YES, "attach")),
        &[],
        &[
            "canary: detach what follows from one workload or for one day first, and look for refusals"
                .to_owned(),
        ],
    );
    for row in after {
        tell(format!("detach {}", called(row)), &row.take, &about(row));
    }
    if let Some(bound) = &view.instead {
        instead_text(bound, width, out);
    }
    let hint = "To undo a step, put back what was detached: --undo FILE writes the commands, --format json has each statement as it is written now.";
    out.push('\n');
    for part in wrapped(hint, width, 0) {
        out.push_str(&format!("{}\n", paint(QUIET, &part)));
    }
}

/// What comes to the same where statements are shared.
fn instead_text(bound: &BoundRow<'_>, width: usize, out: &mut String) {
    if let Some(why) = &bound.refused {
        for part in wrapped(
            &format!("no bound instead: {}", clean(why)),
            width.saturating_sub(2),
            2,
        ) {
            out.push_str(&format!("  {part}\n"));
        }
        return;
    }
    out.push_str("  or, without detaching anything, keep it within the role (the policy of --as json):\n");
    for (word, commands) in [("", &bound.take), ("undo: ", &bound.undo)] {
        for command in commands {
            out.push_str(&format!("    {word}{}\n", paint(COMMAND, &clean(command))));
        }
    }
}

/// The commands that undo every step of the way, last step first, as a script; what no command brings back is a remark in it.
#[must_use]
pub fn undo(view: &FitView<'_>) -> String {
    let mut out = format!(
        "#!/bin/sh\n# Brings back what {} held before the role, last step first.\nset -eu\n",
        one_line(&view.identity)
    );
    let (before, after): (Vec<_>, Vec<_>) = view.removal.iter().partition(|row| row.when == "before");
    for row in before.into_iter().chain(after).rev() {
        out.push_str(&format!("\n# {}\n", one_line(&called(row))));
        for command in &row.undo {
            out.push_str(&format!("{command}\n"));
        }
        if row.undo.is_empty() {
            let statement = one_line(&row.detach.statement);
            out.push_str(&format!("# by hand, no command brings it back: {statement}\n"));
        }
    }
    out
}

/// A text in which nothing ends the line of a remark.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn called(row: &HandleRow<'_>) -> String {
    let step = &row.detach;
    let place = match (&step.file, step.line) {
        (Some(file), Some(line)) => format!(" ({file}:{line})"),
        _ => String::new(),
    };
    format!("{} {}{place}", step.kind, clean(&step.name))
}

fn about(row: &HandleRow<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for loss in &row.losses {
        let (identity, request) = (clean(&loss.identity), loss.witness.request());
        all.push(match loss.missed {
            true => format!(
                "{}: {identity} loses what it may need, for example {request}: give it a role of its own first",
                paint(ALARM, "stop")
            ),
            false => format!("{identity} loses excess with it, for example {request}"),
        });
    }
    if row.losses.is_empty() {
        all.push("nobody else loses anything".to_owned());
    }
    if !row.shared_with.is_empty() {
        let shown: Vec<&str> = row.shared_with.iter().take(3).map(|id| &**id).collect();
        let more = match row.shared_with.len().saturating_sub(3) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        all.push(format!(
            "do not change its statements in place: they are also held by {}{more}",
            clean(&shown.join(", "))
        ));
    }
    all
}
