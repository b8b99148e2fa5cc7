//! What becomes of access when roles change.

use std::borrow::Cow;

use leastwise_roles::plan::{Change, Difference, Plan};
use schemars::JsonSchema;
use serde::Serialize;

use crate::compare::{WitnessView, witness};
use crate::style::{COMMAND, NO, QUIET, STRONG, UNKNOWN, YES, paint};
use crate::table::{Column, Table};
use crate::text::{clean, counted, listed};

/// Access of one permission.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DifferenceRow<'a> {
    /// The classes of what it is.
    pub classes: Vec<String>,
    /// A request that shows it.
    pub witness: WitnessView,
    /// The file of the permission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<Cow<'a, str>>,
    /// Its line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

/// What becomes of one role, or of one identity.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlanRow<'a> {
    /// The id of the role, or the identity.
    pub name: Cow<'a, str>,
    /// Its platform.
    pub platform: Cow<'a, str>,
    /// `appears`, `goes` or `changes`.
    pub change: Cow<'a, str>,
    /// What is possible that was not.
    pub gained: Vec<DifferenceRow<'a>>,
    /// What was possible and is not.
    pub lost: Vec<DifferenceRow<'a>>,
    /// What is not known and decides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Cow<'a, str>>,
}

/// What becomes of access.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlanView<'a> {
    /// By role, those of which something becomes.
    pub roles: Vec<PlanRow<'a>>,
    /// By identity, those of whom something becomes.
    pub identities: Vec<PlanRow<'a>>,
}

/// A plan as programs read it: the body of `leastwise/plan/v1`.
#[must_use]
pub fn view(plan: &Plan) -> PlanView<'_> {
    PlanView {
        roles: plan.roles.iter().map(row).collect(),
        identities: plan.identities.iter().map(row).collect(),
    }
}

fn word(change: &Change) -> &'static str {
    match (change.was, change.is) {
        (false, _) => "appears",
        (true, false) => "goes",
        (true, true) => "changes",
    }
}

fn row(change: &Change) -> PlanRow<'_> {
    PlanRow {
        name: Cow::Borrowed(&change.name),
        platform: Cow::Borrowed(change.platform),
        change: Cow::Borrowed(word(change)),
        gained: change.gained.iter().map(difference).collect(),
        lost: change.lost.iter().map(difference).collect(),
        because: change.unknown.iter().map(|gap| Cow::Borrowed(&**gap)).collect(),
    }
}

fn difference(one: &Difference) -> DifferenceRow<'_> {
    DifferenceRow {
        classes: one.classes.iter().map(|class| class.to_string()).collect(),
        witness: witness(&one.witness),
        file: one.place.as_ref().map(|(file, _)| Cow::Borrowed(&**file)),
        line: one.place.as_ref().map(|(_, line)| *line),
    }
}

/// A plan for reading: each role and each identity with what it gains and loses, and the sums.
#[must_use]
pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    for (heading, changes) in [("role", &plan.roles), ("identity", &plan.identities)] {
        for change in changes {
            let mark = match (change.was, change.is) {
                (false, _) => paint(NO, "+"),
                (true, false) => paint(YES, "-"),
                (true, true) => paint(STRONG, "~"),
            };
            let about = format!("{}, {}", change.platform, word(change));
            out.push_str(&format!(
                "{mark} {heading} {}  {}\n",
                paint(STRONG, clean(&change.name)),
                paint(QUIET, about)
            ));
            for (sign, style, all) in [("+", NO, &change.gained), ("-", YES, &change.lost)] {
                for one in all {
                    line(&mut out, &paint(style, sign).to_string(), one);
                }
            }
            for gap in &change.unknown {
                out.push_str(&format!("    {} {}\n", paint(UNKNOWN, "?"), clean(gap)));
            }
        }
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(&format!("{}\n", summary(plan)));
    out
}

fn line(out: &mut String, sign: &str, one: &Difference) {
    let classes: Vec<String> = one.classes.iter().map(|class| class.to_string()).collect();
    let request = witness(&one.witness).request();
    let place = one.place.as_ref().map_or_else(String::new, |(file, line)| {
        format!("  {}", paint(COMMAND, clean(&format!("{file}:{line}"))))
    });
    out.push_str(&format!(
        "    {sign} {}: {}{place}\n",
        listed(&classes),
        clean(&request)
    ));
}

/// The sums in a line.
#[must_use]
pub fn summary(plan: &Plan) -> String {
    if plan.roles.is_empty() && plan.identities.is_empty() {
        return "plan: no access changes".to_owned();
    }
    let gaining = plan
        .identities
        .iter()
        .filter(|change| !change.gained.is_empty())
        .count();
    let losing = plan
        .identities
        .iter()
        .filter(|change| !change.lost.is_empty())
        .count();
    let unknown = plan
        .roles
        .iter()
        .chain(&plan.identities)
        .filter(|change| !change.unknown.is_empty());
    let unknown = match unknown.count() {
        0 => String::new(),
        count => format!("; {} not known", counted(count, "is", "are")),
    };
    format!(
        "plan: {}; {} access, {} access{unknown}",
        counted(plan.roles.len(), "role", "roles"),
        counted(gaining, "identity gains", "identities gain"),
        counted(losing, "loses", "lose"),
    )
}

/// A plan as a table, one row for each difference.
#[must_use]
pub fn table(plan: &Plan) -> Table {
    let mut table = Table::new(&[
        Column::text("of"),
        Column::long("name"),
        Column::text("change"),
        Column::text("access"),
        Column::text("classes"),
        Column::long("such as"),
        Column::long("at"),
    ]);
    for (of, changes) in [("role", &plan.roles), ("identity", &plan.identities)] {
        for change in changes {
            for (access, all) in [("gained", &change.gained), ("lost", &change.lost)] {
                for one in all {
                    let classes: Vec<String> = one.classes.iter().map(|class| class.to_string()).collect();
                    let place = one.place.as_ref();
                    table.push([
                        of.into(),
                        (&*change.name).into(),
                        word(change).into(),
                        access.into(),
                        classes.join(", ").into(),
                        witness(&one.witness).request().into(),
                        place
                            .map_or_else(String::new, |(file, line)| format!("{file}:{line}"))
                            .into(),
                    ]);
                }
            }
        }
    }
    table
}
