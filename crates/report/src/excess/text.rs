//! Colors of what is held, for people.

use super::{ExcessView, ExcessesView, GrantRow};
use crate::style::{ALARM, CARE, QUIET, STRONG, paint};
use crate::table::{Cell, Column, Table};
use crate::text::{clean, counted, grouped, wrapped};

const LEGEND: &str = "needed: declared; used: seen, not declared; excess: neither, though logs would have shown it; unseen: no log could have shown it, or none tells it clearly";

/// Everybody, one line each.
#[must_use]
pub fn summary(view: &ExcessesView<'_>) -> Table {
    let mut table = Table::new(&[
        Column::long("identity"),
        Column::number("excess"),
        Column::text("gravest excess"),
        Column::number("needed"),
        Column::number("used"),
        Column::number("unseen"),
        Column::number("uses"),
        Column::text("confidence"),
        Column::text("owner"),
    ]);
    for row in &view.identities {
        let grave = row
            .gravest
            .as_deref()
            .is_some_and(|class| class.starts_with("grant") || class.starts_with("impersonate"));
        let class = row.gravest.clone().unwrap_or_default();
        table.push([
            row.identity.as_ref().into(),
            grouped(row.counts.excess).into(),
            match grave {
                true => Cell::styled(class, CARE),
                false => class.into(),
            },
            grouped(row.counts.needed).into(),
            grouped(row.counts.used).into(),
            grouped(row.counts.unobservable).into(),
            grouped(usize::try_from(row.uses).unwrap_or(usize::MAX)).into(),
            match row.counts.excess {
                0 => "".into(),
                _ => row.confidence.as_ref().into(),
            },
            row.owner.as_deref().unwrap_or_default().into(),
        ]);
    }
    table
}

/// The statements of one identity.
#[must_use]
pub fn grants(view: &ExcessView<'_>) -> Table {
    let mut table = Table::new(&[
        Column::number("excess"),
        Column::number("needed"),
        Column::number("used"),
        Column::number("unseen"),
        Column::long("statement"),
        Column::text("at"),
        Column::reason("for example"),
    ]);
    for grant in &view.grants {
        let number = |count: usize| if count == 0 { String::new() } else { grouped(count) };
        let example = match (&grant.witness, grant.all_excess) {
            (Some(witness), true) => format!("all of it is excess: {}", witness.request()),
            (Some(witness), false) => format!("excess: {}", witness.request()),
            (None, _) => String::new(),
        };
        table.push([
            Cell::styled(
                number(grant.counts.excess),
                if grant.all_excess { ALARM } else { CARE },
            ),
            number(grant.counts.needed).into(),
            number(grant.counts.used).into(),
            number(grant.counts.unobservable).into(),
            called(grant).into(),
            place(grant).into(),
            example.into(),
        ]);
    }
    table
}

/// What people call a statement: the outermost name on the way to it.
fn called(grant: &GrantRow<'_>) -> String {
    let named = grant.steps.iter().find(|step| !step.name.is_empty());
    match (named, grant.steps.first()) {
        (Some(step), _) => format!("{} {}", step.kind, step.name),
        (None, Some(step)) => step.kind.to_string(),
        (None, None) => String::new(),
    }
}

/// Where it stands: the innermost place on the way to it.
fn place(grant: &GrantRow<'_>) -> String {
    let stands = grant
        .steps
        .iter()
        .rev()
        .find_map(|step| Some((step.file.as_ref()?, step.line?)));
    stands
        .map(|(file, line)| format!("{file}:{line}"))
        .unwrap_or_default()
}

/// One identity, for people.
#[must_use]
pub fn detail(view: &ExcessView<'_>, width: usize) -> String {
    let mut out = format!(
        "{} holds {} as itself\n",
        paint(STRONG, clean(&view.identity)),
        counted(view.held, "action", "actions")
    );
    out.push_str(&format!(
        "  {} excess, {} needed, {} used and not declared, {} unobservable\n",
        paint(ALARM, grouped(view.counts.excess)),
        grouped(view.counts.needed),
        grouped(view.counts.used),
        grouped(view.counts.unobservable),
    ));
    if !view.declared {
        out.push_str("  nothing is declared for it under `[[declared]]` in leastwise.toml\n");
    }
    let mut table = Table::new(&[
        Column::text("class"),
        Column::number("excess"),
        Column::number("needed"),
        Column::number("used"),
        Column::number("unseen"),
    ]);
    for row in &view.classes {
        let number = |count: usize| if count == 0 { String::new() } else { grouped(count) };
        table.push([
            row.class.as_str().into(),
            number(row.counts.excess).into(),
            number(row.counts.needed).into(),
            number(row.counts.used).into(),
            number(row.counts.unobservable).into(),
        ]);
    }
    if !table.is_empty() {
        out.push('\n');
        out.push_str(&table.terminal(width, "  "));
    }
    if view.counts.excess > 0 {
        confidence(view, width, &mut out);
    }
    if !view.unobservable_because.is_empty() {
        out.push_str("\nUnobservable, because\n");
        for row in &view.unobservable_because {
            let actions = counted(row.actions, "action", "actions");
            line(&format!("{actions}: {}", row.why), width, &mut out);
            if !row.settle.is_empty() {
                line(&format!("  to settle it: {}", row.settle), width, &mut out);
            }
        }
    }
    if !view.grants.is_empty() {
        out.push_str("\nBy statement\n");
        out.push_str(&grants(view).terminal(width, "  "));
    }
    out.push_str(&format!(
        "\n{}\n",
        paint(QUIET, wrapped(LEGEND, width, 8).join("\n"))
    ));
    out
}

fn confidence(view: &ExcessView<'_>, width: usize, out: &mut String) {
    out.push_str(&format!(
        "\nThat the excess is not needed is told with {} confidence\n",
        paint(STRONG, &view.confidence.level)
    ));
    for reason in &view.confidence.speaks_for {
        line(&format!("+ {reason}"), width, out);
    }
    for reason in &view.confidence.speaks_against {
        line(&format!("- {reason}"), width, out);
    }
    for shown in &view.shown_by {
        let how = if shown.assumed {
            "taken to be recorded"
        } else {
            "recorded"
        };
        line(&format!("  {how}: {}", shown.what), width, out);
    }
}

fn line(text: &str, width: usize, out: &mut String) {
    for part in wrapped(&clean(text), width.saturating_sub(4), 8) {
        out.push_str(&format!("  {part}\n"));
    }
}
