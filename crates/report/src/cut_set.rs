//! `reach --to --cut`: the few statements that together end the ways to a goal over others and over grants.

use std::borrow::Cow;

use leastwise_effective::{CutSet, World};
use leastwise_model::{IdentityIndex, Snapshot};
use schemars::JsonSchema;
use serde::Serialize;

use crate::fold::folded;
use crate::path::{self, PathStep};
use crate::style::{ALARM, QUIET, STRONG, paint};
use crate::table::{Column, Table};
use crate::text::{clean, counted, grouped};

/// How many identities are named on a terminal.
const NAMED: usize = 10;

/// Statements that end ways together.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CutSetView<'a> {
    /// The resource, the identity or the crown jewel.
    pub to: Cow<'a, str>,
    /// The statements, in the order in which they stand: what they give is to be taken away.
    pub statements: Vec<PathStep<'a>>,
    /// No fewer statements end these ways.
    pub at_least: usize,
    /// Who comes to it over others or over grants now, and is then not known to.
    pub ended: Vec<Cow<'a, str>>,
    /// How many of those may come to it still, depending on gaps.
    pub in_doubt_count: usize,
    /// Who comes to it as itself, and still does.
    pub kept: Vec<Cow<'a, str>>,
    /// Who comes to it over statements that nobody can take away, or by which somebody comes to it as itself.
    pub uncut: Vec<Cow<'a, str>>,
}

/// It as programs read it.
#[must_use]
pub fn view<'a>(snapshot: &'a Snapshot, to: &'a str, cut: &'a CutSet) -> CutSetView<'a> {
    let names = |all: &'a [IdentityIndex]| all.iter().map(|one| path::id(snapshot, *one).into()).collect();
    let statements = cut.statements.iter();
    CutSetView {
        to: to.into(),
        statements: statements
            .map(|one| path::statement(snapshot, one.label()))
            .collect(),
        at_least: cut.at_least,
        ended: names(&cut.ended),
        in_doubt_count: cut.in_doubt,
        kept: names(&cut.kept),
        uncut: names(&cut.uncut),
    }
}

/// The statements, as a table.
#[must_use]
pub fn table(view: &CutSetView<'_>) -> Table {
    let mut table = Table::new(&[Column::long("statement"), Column::long("at")]);
    for one in &view.statements {
        let at = match (&one.file, one.line) {
            (Some(file), Some(line)) => format!("{file}:{line}"),
            (Some(file), None) => file.to_string(),
            (None, _) => String::new(),
        };
        let named = format!("{} {}", one.kind, one.name);
        table.push(vec![named.trim_end().to_owned().into(), at.into()]);
    }
    table
}

/// It as people read it.
#[must_use]
pub fn text(world: &World, to: &str, cut: &CutSet, width: usize) -> String {
    let snapshot = world.snapshot();
    let goal = paint(STRONG, clean(to));
    let mut out = match (cut.ended.len(), cut.statements.len()) {
        (0, _) if cut.uncut.is_empty() => format!("nobody comes to {goal} over others or over grants\n"),
        (0, _) => format!("no statement ends a way to {goal}\n"),
        (ended, count) => format!(
            "{} together {} every way of {} to {goal}\n",
            counted(count, "statement", "statements"),
            if count == 1 { "ends" } else { "end" },
            counted(ended, "identity", "identities"),
        ),
    };
    if !cut.statements.is_empty() {
        out.push_str(
            &match cut.statements.len() - cut.at_least.min(cut.statements.len()) {
                0 => "  no fewer statements do\n".to_string(),
                gap => format!(
                    "  it takes {} at least: {} may be one too many\n",
                    grouped(cut.at_least),
                    counted(gap, "of these", "of these")
                ),
            },
        );
    }
    if cut.in_doubt > 0 {
        out.push_str(&format!(
            "  of {} of them it can then no longer be told\n",
            grouped(cut.in_doubt)
        ));
    }
    for statement in &cut.statements {
        if let Some(step) = snapshot.step(statement.label()) {
            out.push_str(&format!("\n  {}\n", paint(ALARM, "cut here")));
            out.push_str(&path::excerpt(snapshot, step, width));
        }
    }
    let mut named = |what: &str, all: &[IdentityIndex]| {
        if all.is_empty() {
            return;
        }
        out.push_str(&format!(
            "\n  {} {what}\n",
            counted(all.len(), "identity", "identities")
        ));
        for one in all.iter().take(NAMED) {
            out.push_str(&format!("     {}\n", clean(path::id(snapshot, *one))));
        }
        if all.len() > NAMED {
            let more = format!("and {} more", grouped(all.len() - NAMED));
            out.push_str(&format!("     {}\n", paint(QUIET, more)));
        }
    };
    named(
        if cut.kept.len() == 1 {
            "comes to it as itself, and still does"
        } else {
            "come to it as themselves, and still do"
        },
        &cut.kept,
    );
    named(
        "still over statements that nobody can take away, or by which somebody comes to it as itself",
        &cut.uncut,
    );
    folded(&out, width)
}
