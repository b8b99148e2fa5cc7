//! What dies and what stays of an identity's reach when a statement is taken away.

use std::borrow::Cow;
use std::collections::BTreeMap;

use leastwise_effective::{Fallen, Statement, World};
use leastwise_model::IdentityIndex;
use schemars::JsonSchema;
use serde::Serialize;

use crate::path::{self, PathStep};
use crate::style::{ALARM, QUIET, STRONG, paint};
use crate::table::{Cell, Column, Table};
use crate::text::{clean, counted, grouped};

/// What becomes of somebody whom the identity can become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// The identity cannot become it any more.
    Dies,
    /// It could for certain, and can under conditions or depending on gaps.
    Weakens,
    /// As before.
    Stays,
}

impl Fate {
    fn as_str(self) -> &'static str {
        match self {
            Self::Dies => "dies",
            Self::Weakens => "weakens",
            Self::Stays => "stays",
        }
    }
}

/// Somebody whom the identity can become.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FateRow<'a> {
    /// Who.
    pub identity: Cow<'a, str>,
    /// What becomes of that.
    pub fate: Fate,
}

/// What dies and what stays of a reach without a statement.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RevokedView<'a> {
    /// Whose reach it is.
    pub identity: Cow<'a, str>,
    /// What is taken away.
    pub statement: PathStep<'a>,
    /// How many it cannot become any more.
    pub dies_count: usize,
    /// How many it can become only under conditions or depending on gaps.
    pub weakens_count: usize,
    /// How many it can become as before.
    pub stays_count: usize,
    /// How many catalogued actions it can perform as itself, before.
    pub actions_before: usize,
    /// And after.
    pub actions_after: usize,
    /// Classes of actions that it and all those whom it can become lose together.
    pub classes_lost: Vec<String>,
    /// Whether it comes to control of a whole account or cluster for certain, before.
    pub controls_before: bool,
    /// And after.
    pub controls_after: bool,
    /// Whom it can become before, those first whom it loses.
    pub becomes: Vec<FateRow<'a>>,
}

/// A reach before and after a statement is taken away.
pub struct Revoked<'w> {
    world: &'w World,
    statement: &'w Statement,
    before: Fallen,
    after: Fallen,
    actions: (usize, usize),
    fates: Vec<(Fate, IdentityIndex)>,
}

/// Finds the reach of an identity before and after.
#[must_use]
pub fn find<'w>(
    world: &'w World,
    without: &World,
    identity: IdentityIndex,
    statement: &'w Statement,
) -> Revoked<'w> {
    let (before, after) = (world.reach(identity), without.reach(identity));
    let left: BTreeMap<IdentityIndex, bool> = after
        .becomes
        .iter()
        .map(|reached| (reached.identity, reached.sure))
        .collect();
    let mut fates: Vec<(Fate, IdentityIndex)> = before
        .becomes
        .iter()
        .map(|reached| match left.get(&reached.identity) {
            None => (Fate::Dies, reached.identity),
            Some(false) if reached.sure => (Fate::Weakens, reached.identity),
            Some(_) => (Fate::Stays, reached.identity),
        })
        .collect();
    fates.sort_unstable();
    let actions = |world: &World| world.abilities(identity).map_or(0, |abilities| abilities.count);
    Revoked {
        actions: (actions(world), actions(without)),
        world,
        statement,
        before,
        after,
        fates,
    }
}

impl Revoked<'_> {
    fn count(&self, fate: Fate) -> usize {
        self.fates.iter().filter(|(one, _)| *one == fate).count()
    }

    fn classes_lost(&self) -> Vec<String> {
        leastwise_model::ActionClass::all()
            .filter(|class| self.before.classes.contains(*class) && !self.after.classes.contains(*class))
            .map(|class| class.to_string())
            .collect()
    }
}

/// It as programs read it.
#[must_use]
pub fn view<'a>(revoked: &'a Revoked<'_>) -> RevokedView<'a> {
    let snapshot = revoked.world.snapshot();
    RevokedView {
        identity: Cow::Borrowed(path::id(snapshot, revoked.before.identity)),
        statement: path::statement(snapshot, revoked.statement.label()),
        dies_count: revoked.count(Fate::Dies),
        weakens_count: revoked.count(Fate::Weakens),
        stays_count: revoked.count(Fate::Stays),
        actions_before: revoked.actions.0,
        actions_after: revoked.actions.1,
        classes_lost: revoked.classes_lost(),
        controls_before: revoked.before.administers.is_some(),
        controls_after: revoked.after.administers.is_some(),
        becomes: revoked
            .fates
            .iter()
            .map(|(fate, index)| FateRow {
                identity: Cow::Borrowed(path::id(snapshot, *index)),
                fate: *fate,
            })
            .collect(),
    }
}

/// Whom the identity can become, with what becomes of that, as a table.
#[must_use]
pub fn table(revoked: &Revoked<'_>) -> Table {
    table_of(revoked, usize::MAX)
}

fn table_of(revoked: &Revoked<'_>, most: usize) -> Table {
    let mut table = Table::new(&[Column::text("fate"), Column::long("becomes")]);
    for (fate, index) in revoked.fates.iter().take(most) {
        let style = if *fate == Fate::Stays { QUIET } else { STRONG };
        table.push([
            Cell::styled(fate.as_str(), style),
            path::id(revoked.world.snapshot(), *index).into(),
        ]);
    }
    table
}

/// How many are listed on a terminal.
const SHOWN: usize = 25;

/// It as people read it.
#[must_use]
pub fn text(revoked: &Revoked<'_>, width: usize) -> String {
    let snapshot = revoked.world.snapshot();
    let who = paint(STRONG, clean(path::id(snapshot, revoked.before.identity)));
    let mut out = format!("{who}, if this is taken away:\n");
    if let Some(step) = snapshot.step(revoked.statement.label()) {
        out.push_str(&path::excerpt(snapshot, step, width));
    }
    let (before, after) = revoked.actions;
    out.push_str(&match before == after {
        true => format!(
            "\n  as itself it can perform {} as before\n",
            counted(before, "action", "actions")
        ),
        false => format!(
            "\n  as itself it can perform {}, not {}\n",
            counted(after, "action", "actions"),
            grouped(before)
        ),
    });
    let fates = [
        (Fate::Dies, "no more"),
        (Fate::Weakens, "only under conditions or gaps"),
        (Fate::Stays, "as before"),
    ];
    let fates: Vec<String> = fates
        .into_iter()
        .map(|(fate, what)| (revoked.count(fate), what))
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", grouped(count)))
        .collect();
    out.push_str(&match fates.is_empty() {
        true => "  it can become nobody else, before as after\n".to_owned(),
        false => format!("  of those whom it can become: {}\n", fates.join(", ")),
    });
    let lost = revoked.classes_lost();
    if !lost.is_empty() {
        out.push_str(&format!(
            "  with all these together it loses: {}\n",
            lost.join(", ")
        ));
    }
    match (&revoked.before.administers, &revoked.after.administers) {
        (Some(_), None) => {
            out.push_str("  it does not come to control of a whole account or cluster any more\n")
        }
        (Some(_), Some(_)) => out.push_str(&format!(
            "  {}\n",
            paint(
                ALARM,
                "it comes to control of a whole account or cluster all the same"
            )
        )),
        (None, _) => {}
    }
    if !revoked.fates.is_empty() {
        out.push_str(&format!("\n{}", table_of(revoked, SHOWN).terminal(width, "  ")));
        let more = revoked.fates.len().saturating_sub(SHOWN);
        if more > 0 {
            let rest = format!("and {} more: --format json lists all", grouped(more));
            out.push_str(&format!("  {}\n", paint(QUIET, rest)));
        }
    }
    crate::fold::folded(&out, width)
}
