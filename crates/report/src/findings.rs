//! Findings as rows: what programs read, and a plain table. What other formats make of them starts from here.

use std::borrow::Cow;

use anstyle::Style;
use leastwise_effective::World;
use leastwise_findings::{Finding, Report, Severity};
use schemars::JsonSchema;
use serde::Serialize;

use crate::path::{self, PathStep};
use crate::style::{ALARM, CARE, QUIET};
use crate::table::{Cell, Column, Table};

/// What one rule says about one cause.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FindingRow<'a> {
    /// The rule's id.
    pub rule: Cow<'a, str>,
    /// The rule's name.
    pub name: Cow<'a, str>,
    /// How bad it is: `low`, `medium`, `high` or `critical`.
    pub severity: Cow<'a, str>,
    /// How sure it is: `certain`, `conditional` or `likely`.
    pub confidence: Cow<'a, str>,
    /// What is so, in one line.
    pub title: Cow<'a, str>,
    /// Whom it is about, sorted; they share the cause.
    pub identities: Vec<Cow<'a, str>>,
    /// The name of what it is about where that does not exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Cow<'a, str>>,
    /// The statement that makes it so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<PathStep<'a>>,
    /// The way of the first of the identities to what it reaches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<PathStep<'a>>,
    /// What would put it right.
    pub fix: Cow<'a, str>,
    /// Whether the platform's owner put it there: told, but not counted.
    pub provided: bool,
    /// Its stable name.
    pub fingerprint: String,
}

/// A rule that could not speak.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SilentRow<'a> {
    /// The rule's id.
    pub rule: Cow<'a, str>,
    /// The rule's name.
    pub name: Cow<'a, str>,
    /// What is missing.
    pub because: Cow<'a, str>,
    /// What would let it speak.
    pub settle: Cow<'a, str>,
}

/// The findings as programs read them.
#[must_use]
pub fn rows<'a>(world: &'a World, report: &'a Report) -> Vec<FindingRow<'a>> {
    report
        .findings
        .iter()
        .map(|finding| row(world, finding))
        .collect()
}

/// The rules that could not speak.
#[must_use]
pub fn silent(report: &Report) -> Vec<SilentRow<'_>> {
    report
        .silent
        .iter()
        .map(|silence| SilentRow {
            rule: Cow::Borrowed(silence.rule.id),
            name: Cow::Borrowed(silence.rule.name),
            because: Cow::Borrowed(silence.because),
            settle: Cow::Borrowed(silence.settle),
        })
        .collect()
}

fn row<'a>(world: &'a World, finding: &'a Finding) -> FindingRow<'a> {
    let snapshot = world.snapshot();
    FindingRow {
        rule: Cow::Borrowed(finding.rule.id),
        name: Cow::Borrowed(finding.rule.name),
        severity: Cow::Borrowed(finding.severity.as_str()),
        confidence: Cow::Borrowed(finding.confidence.as_str()),
        title: Cow::Borrowed(&finding.title),
        identities: finding
            .identities
            .iter()
            .map(|index| Cow::Borrowed(path::id(snapshot, *index)))
            .collect(),
        missing: finding.missing.as_deref().map(Cow::Borrowed),
        cause: finding.cause.map(|label| path::statement(snapshot, label)),
        path: path::steps(snapshot, &finding.path),
        fix: Cow::Borrowed(&finding.fix.what),
        provided: finding.provided,
        fingerprint: finding.fingerprint.to_string(),
    }
}

fn style(severity: &str) -> Style {
    if severity == Severity::Critical.as_str() || severity == Severity::High.as_str() {
        ALARM
    } else if severity == Severity::Medium.as_str() {
        CARE
    } else {
        QUIET
    }
}

/// What one rule found, in sum.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RuleRow<'a> {
    /// The rule's id.
    pub rule: Cow<'a, str>,
    /// The rule's name.
    pub name: Cow<'a, str>,
    /// How bad its worst finding is.
    pub severity: Cow<'a, str>,
    /// How many findings there are, without those on what the platforms made.
    pub findings: usize,
    /// Its worst finding, with identities by their short names.
    pub example: String,
}

/// The findings that count, rule by rule, the worst first.
#[must_use]
pub fn by_rule<'a>(world: &World, report: &'a Report) -> Vec<RuleRow<'a>> {
    let mut rules: Vec<RuleRow<'a>> = Vec::new();
    for finding in report.own() {
        match rules.iter_mut().find(|row| row.rule == finding.rule.id) {
            Some(row) => row.findings += 1,
            None => rules.push(RuleRow {
                rule: Cow::Borrowed(finding.rule.id),
                name: Cow::Borrowed(finding.rule.name),
                severity: Cow::Borrowed(finding.severity.as_str()),
                findings: 1,
                example: with_short_names(world, &finding.title),
            }),
        }
    }
    rules
}

/// `text` with each identity's id replaced by its short name.
fn with_short_names(world: &World, text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let bare = word.trim_end_matches([',', ':', ';', '.', ')']);
        // Looking up what is no id costs a search for what is spelled alike.
        let found = bare.contains([':', '/']).then(|| world.find(bare).ok()).flatten();
        match found {
            Some(index) => {
                format!(
                    "{}{}",
                    path::shortest(world, index),
                    word.get(bare.len()..).unwrap_or_default()
                )
            }
            None => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The rules as a table, in their order.
#[must_use]
pub fn table(rows: &[RuleRow<'_>]) -> Table {
    let mut table = Table::new(&[
        Column::text("worst"),
        Column::number("count"),
        Column::text("rule"),
        Column::sentence("for example"),
    ]);
    for row in rows {
        table.push([
            Cell::styled(row.severity.as_ref(), style(&row.severity)),
            row.findings.to_string().into(),
            row.name.as_ref().into(),
            row.example.as_str().into(),
        ]);
    }
    table
}
