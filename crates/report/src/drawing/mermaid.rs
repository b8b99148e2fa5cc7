//! A picture as mermaid, which code hosts draw in comments and documents.

use std::fmt::Write as _;

use leastwise_effective::Steps;

use super::{Drawn, DrawnStep, Picture, Side};
use crate::text::clean;

/// The picture.
#[must_use]
pub fn mermaid(picture: &Picture) -> String {
    let mut out = String::from("flowchart LR\n");
    for line in [&picture.title].into_iter().chain(&picture.counts) {
        let _ = writeln!(out, "  %% {}", comment(line));
    }
    for (at, drawn) in picture.boxes.iter().enumerate() {
        let _ = writeln!(out, "  b{at}[\"{}\"]", label(drawn));
    }
    let mut cut = Vec::new();
    let steps = picture.boxes.iter().enumerate();
    let steps = steps.filter_map(|(at, drawn)| Some((at, drawn.step.as_ref()?)));
    for (number, (at, step)) in steps.enumerate() {
        if !step.cuts.is_empty() {
            cut.push(number.to_string());
        }
        let (from, to) = match picture.side {
            Side::Right => (at, step.next),
            Side::Left => (step.next, at),
        };
        let _ = writeln!(out, "  b{from} {}|\"{}\"| b{to}", arrow(step.sure), on_line(step));
    }
    out.push_str("  classDef root fill:#fef2f2,stroke:#b91c1c,color:#111827\n");
    out.push_str("  classDef plain fill:#ffffff,stroke:#9ca3af,color:#111827\n");
    out.push_str("  classDef folded fill:#f3f4f6,stroke:#9ca3af,color:#111827,stroke-dasharray:3 3\n");
    for (class, of) in [
        ("root", members(picture, |drawn| drawn.step.is_none())),
        (
            "plain",
            members(picture, |drawn| drawn.step.is_some() && !drawn.folded),
        ),
        ("folded", members(picture, |drawn| drawn.folded)),
    ] {
        if !of.is_empty() {
            let _ = writeln!(out, "  class {} {class}", of.join(","));
        }
    }
    if !cut.is_empty() {
        let _ = writeln!(
            out,
            "  linkStyle {} stroke:#b91c1c,stroke-width:2px",
            cut.join(",")
        );
    }
    for line in &picture.cuts {
        let _ = writeln!(
            out,
            "  %% cut here {}: {}: {}",
            line.number,
            comment(&line.said),
            comment(&line.statement)
        );
    }
    for note in &picture.notes {
        let _ = writeln!(out, "  %% {}", comment(note));
    }
    out
}

fn members(picture: &Picture, counts: impl Fn(&Drawn) -> bool) -> Vec<String> {
    let all = picture.boxes.iter().enumerate();
    all.filter(|(_, drawn)| counts(drawn))
        .map(|(at, _)| format!("b{at}"))
        .collect()
}

fn arrow(sure: Steps) -> &'static str {
    match sure {
        Steps::Certain => "-->",
        Steps::Conditional | Steps::AtMost => "-.->",
    }
}

fn label(drawn: &Drawn) -> String {
    let mut out = format!("<b>{}</b>", escaped(&drawn.head));
    let alarm = [&drawn.alarm].into_iter().filter(|alarm| !alarm.is_empty());
    for line in drawn.lines.iter().chain(alarm) {
        let _ = write!(out, "<br/>{}", escaped(line));
    }
    out
}

fn on_line(step: &DrawnStep) -> String {
    let mut parts = Vec::new();
    if !step.cuts.is_empty() {
        let numbers: Vec<String> = step.cuts.iter().map(ToString::to_string).collect();
        parts.push(format!("<b>cut here {}</b>", numbers.join(",")));
    }
    let how = step
        .how
        .iter()
        .fold(String::new(), |so_far, line| match so_far.as_str() {
            "" => line.clone(),
            before if before.ends_with('-') => format!("{before}{line}"),
            before => format!("{before} {line}"),
        });
    parts.push(match step.sure {
        Steps::Certain => escaped(&how),
        Steps::Conditional => format!("{}, when", escaped(&how)),
        Steps::AtMost => format!("{}, not known", escaped(&how)),
    });
    if !step.place.is_empty() {
        parts.push(escaped(&step.place));
    }
    parts.join("<br/>")
}

/// Text within quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in clean(text).chars() {
        match c {
            '"' | '#' | '&' | '<' | '>' | '`' | '|' | '\\' | '%' => {
                let _ = write!(out, "#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// Text behind `%%`: one line, and nothing that a reader of comments takes for a directive.
fn comment(text: &str) -> String {
    clean(text).replace("%%", "% %").replace(['{', '}'], "'")
}
