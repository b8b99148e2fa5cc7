//! Findings as rows: what programs read, and a plain table. What other formats make of them starts from here.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anstyle::Style;
use leastwise_effective::World;
use leastwise_findings::{Finding, Report, Severity};
use leastwise_model::IdentityIndex;
use leastwise_permset::Request;
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
    /// One request that shows it, of the first of the identities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<WitnessRow<'a>>,
    /// What would put it right.
    pub fix: Cow<'a, str>,
    /// The statement to change for that, where it is not the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix_step: Option<PathStep<'a>>,
    /// For which clauses of standards it is evidence; never more than that.
    pub standards: Vec<StandardRow>,
    /// Layers of which the estate holds nothing, on which it rests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assuming: Vec<Cow<'a, str>>,
    /// Whether the platform's owner put it there: told, but not counted.
    pub provided: bool,
    /// Its stable name.
    pub fingerprint: String,
}

/// A request.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WitnessRow<'a> {
    /// The action.
    pub action: Cow<'a, str>,
    /// The resource.
    pub resource: Cow<'a, str>,
    /// The context keys that it needs, with their values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub context: BTreeMap<Cow<'a, str>, Vec<Cow<'a, str>>>,
}

/// A clause of a standard, and what a finding says about it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StandardRow {
    /// The framework's short name, such as `nist-800-53r5`.
    pub framework: &'static str,
    /// The clause's id, as the framework writes it.
    pub id: &'static str,
    /// How strong the evidence is: `direct` or `partial`.
    pub strength: &'static str,
    /// Why it is evidence.
    pub basis: &'static str,
}

/// Everything that rules say about an estate.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FindingsView<'a> {
    /// Findings: the platform's own last, else the worst first.
    pub findings: Vec<FindingRow<'a>>,
    /// Rules that could not speak.
    pub silent: Vec<SilentRow<'a>>,
    /// Where rules could not decide.
    pub undecided: Vec<UndecidedRow<'a>>,
}

/// Identities about which a rule could not decide.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct UndecidedRow<'a> {
    /// The rule's id.
    pub rule: Cow<'a, str>,
    /// About whom, sorted.
    pub identities: Vec<Cow<'a, str>>,
    /// The gaps that decide.
    pub gaps: Vec<Cow<'a, str>>,
}

/// Everything that rules say, as programs read it: the body of `leastwise/findings/v1`.
#[must_use]
pub fn view<'a>(world: &'a World, report: &'a Report) -> FindingsView<'a> {
    let undecided = report.undecided.iter().map(|undecided| UndecidedRow {
        rule: Cow::Borrowed(undecided.rule.id),
        identities: ids(world, &undecided.identities),
        gaps: undecided.gaps.iter().map(|gap| Cow::Borrowed(&**gap)).collect(),
    });
    FindingsView {
        findings: rows(world, report),
        silent: silent(report),
        undecided: undecided.collect(),
    }
}

fn ids<'a>(world: &'a World, identities: &[IdentityIndex]) -> Vec<Cow<'a, str>> {
    identities
        .iter()
        .map(|index| Cow::Borrowed(path::id(world.snapshot(), *index)))
        .collect()
}

fn witness(request: &Request) -> WitnessRow<'_> {
    WitnessRow {
        action: Cow::Borrowed(&request.action),
        resource: Cow::Borrowed(&request.resource),
        context: request
            .context
            .iter()
            .map(|(key, values)| {
                let values = values.iter().map(|value| Cow::Borrowed(&**value)).collect();
                (Cow::Borrowed(key.as_str()), values)
            })
            .collect(),
    }
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
        identities: ids(world, &finding.identities),
        missing: finding.missing.as_deref().map(Cow::Borrowed),
        cause: finding.cause.map(|label| path::statement(snapshot, label)),
        path: path::steps(snapshot, &finding.path),
        witness: finding.witness.as_ref().map(witness),
        fix: Cow::Borrowed(&finding.fix.what),
        fix_step: finding
            .fix
            .step
            .filter(|step| finding.cause != Some(*step))
            .map(|label| path::statement(snapshot, label)),
        standards: finding
            .standards()
            .map(|mapping| StandardRow {
                framework: mapping.clause.framework.key,
                id: mapping.clause.id,
                strength: mapping.strength.as_str(),
                basis: mapping.basis,
            })
            .collect(),
        assuming: finding
            .assuming
            .iter()
            .map(|layer| Cow::Borrowed(&*layer.layer))
            .collect(),
        provided: finding.provided,
        fingerprint: finding.fingerprint.to_string(),
    }
}

pub(crate) fn style(severity: &str) -> Style {
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
        let found = bare.contains([':', '/']).then(|| world.called(bare)).flatten();
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
        Column::number("findings"),
        Column::text("worst"),
        Column::text("rule"),
        Column::sentence("for example"),
    ]);
    for row in rows {
        table.push([
            row.findings.to_string().into(),
            Cell::styled(row.severity.as_ref(), style(&row.severity)),
            row.name.as_ref().into(),
            row.example.as_str().into(),
        ]);
    }
    table
}
