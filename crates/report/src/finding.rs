//! Findings for reading: each with whom it is about, why, and what would put it right.

use leastwise_effective::World;
use leastwise_findings::{Confidence, Finding, Report};

use crate::path;
use crate::style::{ALARM, CARE, QUIET, STRONG, paint};
use crate::text::{clean, counted, wrapped};

/// Of so many identities the names are told.
const NAMED: usize = 5;
/// How many lines a title or a fix may take.
const LINES: usize = 6;

/// Every finding, the worst first, those of the platforms' owners last; `width` in columns. Linear in findings.
#[must_use]
pub fn text(world: &World, report: &Report, width: usize) -> String {
    if report.findings.is_empty() {
        return "no findings\n".to_owned();
    }
    let mut out = String::new();
    for (place, finding) in report.findings.iter().enumerate() {
        if place > 0 {
            out.push('\n');
        }
        one(world, finding, width, &mut out);
    }
    let own = report.own().count();
    let provided = report.findings.len() - own;
    out.push_str(&format!("\n{}", counted(own, "finding", "findings")));
    if provided > 0 {
        out.push_str(&format!("; {provided} more on what the platforms made"));
    }
    out.push('\n');
    out
}

fn one(world: &World, finding: &Finding, width: usize, out: &mut String) {
    let snapshot = world.snapshot();
    let style = match finding.severity.as_str() {
        "critical" | "high" => ALARM,
        "medium" => CARE,
        _ => QUIET,
    };
    let provided = if finding.provided {
        "  made by the platform"
    } else {
        ""
    };
    out.push_str(&format!(
        "{}  {}  {}{}\n",
        paint(style, finding.severity),
        paint(STRONG, finding.rule.name),
        paint(QUIET, finding.rule.id),
        paint(QUIET, provided),
    ));
    paragraph(out, "", &finding.title, width);
    let sure = match finding.confidence {
        Confidence::Certain => "",
        Confidence::Conditional => "where a condition is met",
        Confidence::Likely => "likely, not certain",
    };
    if !sure.is_empty() {
        paragraph(out, "sure", sure, width);
    }
    if finding.identities.len() > 1 {
        for (place, index) in finding.identities.iter().take(NAMED).enumerate() {
            let word = if place == 0 { "about" } else { " " };
            paragraph(out, word, path::id(snapshot, *index), width);
        }
        if let Some(more) = finding
            .identities
            .len()
            .checked_sub(NAMED)
            .filter(|more| *more > 0)
        {
            paragraph(out, " ", &format!("and {more} more"), width);
        }
    }
    if let Some(witness) = &finding.witness {
        let request = format!("{} on {}", witness.action, witness.resource);
        paragraph(out, "such as", &request, width);
    }
    paragraph(out, "fix", &finding.fix.what, width);
    for assumption in &finding.assuming {
        paragraph(out, "assuming", &format!("no {}", assumption.layer), width);
    }
    out.push_str(&format!(
        "  {:11} {}\n",
        "fingerprint",
        paint(QUIET, finding.fingerprint)
    ));
    if finding.path.is_empty() {
        if let Some(step) = finding.cause.and_then(|label| snapshot.step(label)) {
            out.push_str(&path::excerpt(snapshot, step, width));
        }
    } else {
        out.push_str(&path::text(snapshot, &finding.path, width));
    }
}

/// A word, and beside it some lines.
fn paragraph(out: &mut String, word: &str, text: &str, width: usize) {
    let indent = if word.is_empty() { 2 } else { 14 };
    let lines = wrapped(&clean(text), width.saturating_sub(indent).max(20), LINES);
    for (place, line) in lines.iter().enumerate() {
        let head = if place == 0 { word } else { "" };
        match indent {
            2 => out.push_str(&format!("  {line}\n")),
            _ => out.push_str(&format!("  {head:11} {line}\n")),
        }
    }
}
