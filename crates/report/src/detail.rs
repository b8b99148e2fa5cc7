//! Findings one by one, for reading: what is so, the statement that makes it so, the way there, and what to do.

use leastwise_effective::World;
use leastwise_findings::{Finding, Report};

use crate::findings::style;
use crate::path;
use crate::style::{COMMAND, QUIET, STRONG, paint};
use crate::text::{clean, counted};

/// How many identities of one finding are named.
const NAMED: usize = 8;

/// Every finding that counts, the worst first; then what the platforms made, what rules could not say, and why.
#[must_use]
pub fn text(world: &World, report: &Report, width: usize) -> String {
    let mut out = String::new();
    for finding in report.own() {
        out.push_str(&one(world, finding, width));
        out.push('\n');
    }
    let provided: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| finding.provided)
        .collect();
    if !provided.is_empty() {
        out.push_str(&format!(
            "{}\n",
            paint(QUIET, "made by the platform, not counted")
        ));
        for finding in provided {
            out.push_str(&format!("  {}  {}\n", finding.rule.name, clean(&finding.title)));
        }
        out.push('\n');
    }
    for silence in &report.silent {
        out.push_str(&format!(
            "{} {}: {}; {}\n",
            paint(QUIET, "silent"),
            silence.rule.name,
            silence.because,
            silence.settle
        ));
    }
    for undecided in &report.undecided {
        out.push_str(&format!(
            "{} {}: about {}, because of {}\n",
            paint(QUIET, "not known"),
            undecided.rule.name,
            counted(undecided.identities.len(), "identity", "identities"),
            clean(&undecided.gaps.join("; "))
        ));
    }
    out
}

/// One finding.
#[must_use]
pub fn one(world: &World, finding: &Finding, width: usize) -> String {
    let snapshot = world.snapshot();
    let severity = finding.severity.as_str();
    let mut out = format!(
        "{} {} {}\n  {}\n",
        paint(style(severity), severity),
        finding.rule.id,
        finding.rule.name,
        paint(STRONG, clean(&finding.title))
    );
    if finding.identities.len() > 1 {
        for index in finding.identities.iter().take(NAMED) {
            out.push_str(&format!("    {}\n", clean(path::id(snapshot, *index))));
        }
        let more = finding.identities.len().saturating_sub(NAMED);
        if more > 0 {
            out.push_str(&format!("    and {more} more\n"));
        }
    }
    if finding.path.is_empty() {
        if let Some(step) = finding.cause.and_then(|label| snapshot.step(label)) {
            out.push_str(&path::excerpt(snapshot, step, width));
        }
    } else {
        out.push_str(&path::text(snapshot, &finding.path, width));
    }
    out.push_str(&format!("  fix: {}\n", clean(&finding.fix.what)));
    out.push_str(&format!(
        "  {} {}\n",
        paint(COMMAND, format!("leastwise explain {}", finding.rule.id)),
        paint(QUIET, finding.fingerprint)
    ));
    out
}
