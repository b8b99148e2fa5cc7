//! Observed use for people: who did anything, and what.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{Basis, UseOutcome};
use leastwise_usage::{Days, Rollup, Row, Tally};

use super::{Rest, silent};
use crate::style::{ALARM, CARE, QUIET, STRONG, paint};
use crate::table::{Cell, Column, Table};
use crate::text::{clean, counted, grouped};

/// What one identity did, in sum.
#[derive(Default)]
struct Person<'a> {
    used: BTreeSet<&'a str>,
    refused: BTreeSet<&'a str>,
    events: u64,
    denied: u64,
    unknown: u64,
    last: Option<jiff::Timestamp>,
    days: Days,
    sessions: BTreeSet<&'a str>,
}

const LEGEND: &str = "used: actions that went through; only denied: actions that never did; unclear: failed, and nobody knows why";

/// Who did anything, for people: one line an identity.
#[must_use]
pub fn page(rollup: &Rollup, rows: &[Row<'_>], rest: &Rest, width: usize) -> String {
    let mut people: BTreeMap<&str, Person<'_>> = BTreeMap::new();
    for row in rows {
        let person = people.entry(row.identity).or_default();
        let action = if row.action.is_empty() {
            row.operation
        } else {
            row.action
        };
        match row.outcome {
            UseOutcome::Allowed | UseOutcome::AllowedInError => person.used.insert(action),
            UseOutcome::Denied => person.refused.insert(action),
            UseOutcome::Unknown => false,
        };
        if row.further {
            continue;
        }
        person.events += row.count;
        match row.outcome {
            UseOutcome::Denied => person.denied += row.count,
            UseOutcome::Unknown => person.unknown += row.count,
            UseOutcome::Allowed | UseOutcome::AllowedInError => {
                person.last = person.last.max(row.tally.last())
            }
        }
        person.days.unite(&row.tally.days);
        if !row.session.is_empty() {
            person.sessions.insert(row.session);
        }
    }
    let mut table = Table::new(&[
        Column::long("identity"),
        Column::number("used"),
        Column::number("only denied"),
        Column::number("events"),
        Column::number("denied"),
        Column::number("unclear"),
        Column::number("days"),
        Column::text("last use"),
        Column::text("sessions"),
    ]);
    for (identity, person) in &people {
        let number = |count: u64| if count == 0 { String::new() } else { big(count) };
        let only = person.refused.difference(&person.used).count();
        table.push([
            (*identity).into(),
            grouped(person.used.len()).into(),
            Cell::styled(number(only as u64), CARE),
            big(person.events).into(),
            number(person.denied).into(),
            number(person.unknown).into(),
            grouped(person.days.count()).into(),
            person.last.map(day).unwrap_or_default().into(),
            sessions(&person.sessions).into(),
        ]);
    }
    format!(
        "{}\n{}\n{}\n",
        head(rollup, people.len(), rest),
        table.terminal(width, ""),
        paint(QUIET, LEGEND)
    )
}

/// What alike uses of one identity have in common, for people: the action (where none is known, what was called), how that is
/// known, the outcome and the resource.
type Act<'a> = (&'a str, Basis, UseOutcome, Option<&'a str>);

/// The actions of the identities that were asked for, for people.
#[must_use]
pub fn detail(rows: &[Row<'_>], width: usize) -> String {
    let mut out = String::new();
    let same = |one: &Row<'_>, other: &Row<'_>| {
        (one.identity, one.incarnation) == (other.identity, other.incarnation)
    };
    for group in rows.chunk_by(same) {
        let Some(first) = group.first() else { continue };
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&paint(STRONG, clean(first.identity)).to_string());
        if !first.incarnation.is_empty() {
            out.push_str(&paint(QUIET, format!(" {}", clean(first.incarnation))).to_string());
        }
        out.push('\n');
        let mut acts: BTreeMap<Act<'_>, Tally> = BTreeMap::new();
        for row in group {
            let action = if row.action.is_empty() {
                row.operation
            } else {
                row.action
            };
            let act = (action, row.basis, row.outcome, row.resource.as_deref());
            acts.entry(act).or_default().add(row.tally);
        }
        let mut table = Table::new(&[
            Column::text("action"),
            Column::text("known"),
            Column::text("outcome"),
            Column::long("resource"),
            Column::number("count"),
            Column::number("days"),
            Column::text("last"),
        ]);
        for ((action, basis, outcome, resource), tally) in &acts {
            table.push([
                (*action).into(),
                basis.as_str().into(),
                outcome_cell(*outcome),
                resource.unwrap_or("not known").into(),
                big(tally.count).into(),
                grouped(tally.days.count()).into(),
                tally.last().map(day).unwrap_or_default().into(),
            ]);
        }
        out.push_str(&table.terminal(width, "  "));
        let texts = |text: for<'r> fn(&'r Row<'r>) -> &'r str| -> BTreeSet<String> {
            group
                .iter()
                .map(|row| text(row).to_owned())
                .filter(|text| !text.is_empty())
                .collect()
        };
        for (what, all) in [
            ("sessions", texts(|row| row.session)),
            ("vouched for by", texts(|row| row.issuer)),
            ("on its behalf", texts(|row| row.via)),
        ] {
            let all: Vec<String> = all.iter().map(|text| clean(text).into_owned()).collect();
            if !all.is_empty() {
                let all = if all == ["*"] {
                    "many".to_owned()
                } else {
                    few(&all).join(", ")
                };
                out.push_str(&format!("  {} {all}\n", paint(QUIET, format!("{what}:"))));
            }
        }
    }
    out
}

fn outcome_cell(outcome: UseOutcome) -> Cell {
    match outcome {
        UseOutcome::Allowed | UseOutcome::AllowedInError => outcome.as_str().into(),
        UseOutcome::Denied => Cell::styled(outcome.as_str(), ALARM),
        UseOutcome::Unknown => Cell::styled(outcome.as_str(), CARE),
    }
}

fn head(rollup: &Rollup, people: usize, rest: &Rest) -> String {
    let window = rollup.window();
    let mut out = String::new();
    let events = usize::try_from(window.count).unwrap_or(usize::MAX);
    out.push_str(&format!(
        "{} by {}",
        paint(STRONG, counted(events, "event", "events")),
        counted(people, "identity", "identities"),
    ));
    if let (Some(first), Some(last)) = (window.first(), window.last()) {
        out.push_str(&format!(", {} to {}", day(first), day(last)));
        let silent = silent(&window);
        out.push_str(&match silent.as_slice() {
            [] => format!(", {}", counted(window.days.count(), "day", "days")),
            all => format!(
                ", records on {}, none on {}",
                counted(window.days.count(), "day", "days"),
                crate::text::listed(&few(all))
            ),
        });
    }
    out.push('\n');
    for (platform, instance, kinds, areas) in places(rollup) {
        let instance = if instance.is_empty() {
            String::new()
        } else {
            format!(" {}", clean(instance))
        };
        let areas: Vec<String> = areas
            .into_iter()
            .filter(|area| !area.is_empty())
            .map(str::to_owned)
            .collect();
        let areas = if areas.is_empty() {
            String::new()
        } else {
            format!(" in {}", few(&areas).join(", "))
        };
        out.push_str(&format!("  {platform}{instance}: {}{areas}\n", kinds.join(", ")));
    }
    if rest.outside > 0 {
        let outside = usize::try_from(rest.outside).unwrap_or(usize::MAX);
        out.push_str(&format!(
            "  {} outside of the window left out\n",
            counted(outside, "event", "events")
        ));
    }
    out
}

/// Kinds of logs with how many events each has, and parts.
type Kinds<'r> = (BTreeMap<&'r str, u64>, BTreeSet<&'r str>);

type InstancePlaces<'r> = (&'r str, &'r str, Vec<String>, Vec<&'r str>);

/// For each account or cluster: the kinds of its logs with how many events, and its parts.
fn places(rollup: &Rollup) -> Vec<InstancePlaces<'_>> {
    let mut all: BTreeMap<(&str, &str), Kinds<'_>> = BTreeMap::new();
    for row in rollup.sources() {
        let (kinds, areas) = all.entry((row.source.platform, row.source.instance)).or_default();
        *kinds.entry(row.source.kind).or_default() += row.tally.count;
        areas.insert(row.source.area);
    }
    all.into_iter()
        .map(|((platform, instance), (kinds, areas))| {
            let kinds = kinds
                .into_iter()
                .map(|(kind, count)| format!("{} {kind}", big(count)));
            (platform, instance, kinds.collect(), areas.into_iter().collect())
        })
        .collect()
}

/// Some of many.
fn few(all: &[String]) -> Vec<String> {
    const SHOWN: usize = 5;
    let mut shown: Vec<String> = all.iter().take(SHOWN).cloned().collect();
    if all.len() > SHOWN {
        shown.push(format!("{} more", all.len() - SHOWN));
    }
    shown
}

fn sessions(all: &BTreeSet<&str>) -> String {
    match all.iter().copied().collect::<Vec<_>>()[..] {
        [] => String::new(),
        [one] if one != "*" => one.to_owned(),
        _ if all.contains("*") => "many".to_owned(),
        _ => grouped(all.len()),
    }
}

fn day(at: jiff::Timestamp) -> String {
    at.to_string().split('T').next().unwrap_or_default().to_owned()
}

fn big(count: u64) -> String {
    grouped(usize::try_from(count).unwrap_or(usize::MAX))
}
