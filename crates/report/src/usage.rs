//! Observed use: what logs tell in sum, and what they could not be read for.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{Basis, UseOutcome};
use leastwise_usage::{Days, Place, Quarantine, Rollup, Row, Tally};
use schemars::JsonSchema;
use serde::Serialize;

use crate::style::{ALARM, CARE, QUIET, STRONG, paint};
use crate::table::{Cell, Column, Table};
use crate::text::{clean, counted, grouped};

/// All that was read.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct UsageView<'a> {
    /// When anything happened at all.
    pub window: Window,
    /// The logs that told it.
    pub sources: Vec<SourceView<'a>>,
    /// What was used, alike uses together, sorted.
    pub uses: Vec<UseRow<'a>>,
    /// Records that could not be used, by reason.
    pub skipped: Vec<SkippedRow>,
    /// Records that rightly tell no use, by reason.
    pub without_use: Vec<WithoutUse>,
    /// Files that could not be read to their end.
    pub broken: Vec<Broken>,
}

/// When anything happened.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Window {
    /// How many events were counted.
    pub events: u64,
    /// The first instant, by the clocks of the logs.
    pub first: Option<String>,
    /// The last instant.
    pub last: Option<String>,
    /// On how many days anything happened.
    pub days: usize,
    /// Days between the first and the last on which nothing was logged, as ranges.
    pub silent: Vec<String>,
    /// How many events were delivered again, and left out.
    pub duplicates: u64,
    /// Whether no event was counted twice; false where there were too many to tell duplicates that are far apart.
    pub exact: bool,
    /// How many events lay outside of the window that was asked for.
    pub outside: u64,
}

/// A log.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SourceView<'a> {
    /// Its platform.
    pub platform: Cow<'a, str>,
    /// The account, cluster or server; empty where the records do not tell.
    pub instance: Cow<'a, str>,
    /// A part of it, such as a region.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub area: Cow<'a, str>,
    /// The platform's word for the kind of log.
    pub kind: Cow<'a, str>,
    /// How many events came from it.
    pub events: u64,
    /// The first instant.
    pub first: Option<String>,
    /// The last instant.
    pub last: Option<String>,
    /// On how many days it told anything.
    pub days: usize,
}

/// Uses that are alike.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct UseRow<'a> {
    /// The canonical id of the identity whose permissions counted, or what the log tells.
    pub identity: Cow<'a, str>,
    /// What tells it from another of its name.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub incarnation: Cow<'a, str>,
    /// The workload or session that acted through it; `*` where they were too many.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub session: Cow<'a, str>,
    /// Who vouched for it.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub issuer: Cow<'a, str>,
    /// The service that called on its behalf.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub via: Cow<'a, str>,
    /// What was called, in the log's words.
    pub operation: Cow<'a, str>,
    /// The action; missing where none is known or needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<Cow<'a, str>>,
    /// `exact`: the log names the action; `mapped`: a table that cites its source; `named`: a guess, by the name alone; `free`: no
    /// permission is needed; `unmapped`: none is known.
    pub basis: Cow<'a, str>,
    /// The resource, or a pattern for a group of them; missing where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<Cow<'a, str>>,
    /// Whether the resources were too many to be told apart.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub folded: bool,
    /// `allowed`, `allowed-in-error`, `denied` or `unknown`.
    pub outcome: Cow<'a, str>,
    /// Whether the same events stand in another row as well: leave out such rows to count events.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub further: bool,
    /// How often.
    pub count: u64,
    /// The first instant.
    pub first: String,
    /// The last instant.
    pub last: String,
    /// The days on which it happened, as ranges.
    pub days: Vec<String>,
}

/// Records that could not be used, for one reason.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SkippedRow {
    /// Why.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// Where the first ones stand.
    pub places: Vec<PlaceRow>,
}

/// Where a record stands.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlaceRow {
    /// The file.
    pub file: String,
    /// Which of its records, counted from 1.
    pub record: u64,
    /// Where it begins in the unpacked file.
    pub byte: u64,
}

/// Records that tell no use, for one reason.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WithoutUse {
    /// Why.
    pub reason: String,
    /// How many.
    pub count: u64,
}

/// A file that could not be read to its end.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Broken {
    /// The file.
    pub file: String,
    /// What stands in the way.
    pub why: String,
}

/// What was read beside the rollup.
#[derive(Clone, Debug, Default)]
pub struct Rest {
    /// What could not be used.
    pub quarantine: Quarantine,
    /// What tells no use, by reason.
    pub without_use: BTreeMap<&'static str, u64>,
    /// Files that could not be read to their ends, with the words for it.
    pub broken: Vec<(String, String)>,
    /// How many events lay outside of the window that was asked for.
    pub outside: u64,
}

/// All of it.
#[must_use]
pub fn view<'a>(rollup: &'a Rollup, rows: &'a [Row<'a>], rest: &Rest) -> UsageView<'a> {
    let window = rollup.window();
    UsageView {
        window: Window {
            events: window.count,
            first: window.first().map(|at| at.to_string()),
            last: window.last().map(|at| at.to_string()),
            days: window.days.count(),
            silent: silent(&window),
            duplicates: rollup.duplicates(),
            exact: !rollup.forgot(),
            outside: rest.outside,
        },
        sources: rollup
            .sources()
            .into_iter()
            .map(|row| SourceView {
                platform: row.source.platform.into(),
                instance: row.source.instance.into(),
                area: row.source.area.into(),
                kind: row.source.kind.into(),
                events: row.tally.count,
                first: row.tally.first().map(|at| at.to_string()),
                last: row.tally.last().map(|at| at.to_string()),
                days: row.tally.days.count(),
            })
            .collect(),
        uses: rows.iter().map(use_row).collect(),
        skipped: rest
            .quarantine
            .iter()
            .map(|(reason, skipped)| SkippedRow {
                reason: reason.to_owned(),
                count: skipped.count,
                places: skipped.places.iter().map(place_row).collect(),
            })
            .collect(),
        without_use: rest
            .without_use
            .iter()
            .map(|(reason, count)| WithoutUse {
                reason: (*reason).to_owned(),
                count: *count,
            })
            .collect(),
        broken: rest
            .broken
            .iter()
            .map(|(file, why)| Broken {
                file: file.clone(),
                why: why.clone(),
            })
            .collect(),
    }
}

fn place_row(place: &Place) -> PlaceRow {
    PlaceRow {
        file: place.file.clone(),
        record: place.record,
        byte: place.byte,
    }
}

fn use_row<'a>(row: &'a Row<'a>) -> UseRow<'a> {
    let moment = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    UseRow {
        identity: row.identity.into(),
        incarnation: row.incarnation.into(),
        session: row.session.into(),
        issuer: row.issuer.into(),
        via: row.via.into(),
        operation: row.operation.into(),
        action: (!row.action.is_empty()).then_some(row.action.into()),
        basis: row.basis.as_str().into(),
        resource: row.resource.as_deref().map(Cow::Borrowed),
        folded: row.folded,
        outcome: row.outcome.as_str().into(),
        further: row.further,
        count: row.count,
        first: moment(row.tally.first()),
        last: moment(row.tally.last()),
        days: ranges(row.tally.days.iter()),
    }
}

/// Days as ranges: `2026-01-01..2026-01-05`, `2026-01-07`.
fn ranges(days: impl Iterator<Item = i32>) -> Vec<String> {
    let mut all: Vec<(i32, i32)> = Vec::new();
    for day in days {
        match all.last_mut() {
            Some((_, last)) if *last + 1 == day => *last = day,
            _ => all.push((day, day)),
        }
    }
    all.into_iter()
        .map(|(first, last)| {
            if first == last {
                date(first)
            } else {
                format!("{}..{}", date(first), date(last))
            }
        })
        .collect()
}

fn date(day: i32) -> String {
    let second = i64::from(day) * 86_400;
    match jiff::Timestamp::from_second(second) {
        Ok(at) => at.to_string().split('T').next().unwrap_or_default().to_owned(),
        Err(_) => String::new(),
    }
}

/// How far apart days may be for those between them to be named one by one: clocks may be wrong by centuries.
const SILENCE: i32 = 3_700;

/// Days between the first and the last on which nothing was logged, as ranges.
fn silent(window: &Tally) -> Vec<String> {
    let mut silent = Vec::new();
    let days: Vec<i32> = window.days.iter().collect();
    for pair in days.windows(2) {
        if let [one, next] = pair
            && next - one > 1
        {
            if next - one > SILENCE {
                silent.push(format!("{}..{}", date(one + 1), date(next - 1)));
            } else {
                silent.extend(ranges(one + 1..*next));
            }
        }
    }
    silent
}

/// Every row, for other programs.
#[must_use]
pub fn uses<'a>(rows: &'a [Row<'a>]) -> Vec<UseRow<'a>> {
    rows.iter().map(use_row).collect()
}

/// Every row as a table: what a spreadsheet or `awk` reads.
#[must_use]
pub fn rows(rows: &[Row<'_>]) -> Table {
    let mut table = Table::new(&[
        Column::long("identity"),
        Column::text("incarnation"),
        Column::text("session"),
        Column::text("issuer"),
        Column::text("via"),
        Column::text("operation"),
        Column::text("action"),
        Column::text("basis"),
        Column::text("resource"),
        Column::text("outcome"),
        Column::text("further"),
        Column::number("count"),
        Column::text("first"),
        Column::text("last"),
        Column::number("days"),
    ]);
    for row in rows {
        let moment = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        table.push([
            row.identity.into(),
            row.incarnation.into(),
            row.session.into(),
            row.issuer.into(),
            row.via.into(),
            row.operation.into(),
            row.action.into(),
            row.basis.as_str().into(),
            row.resource.clone().unwrap_or_default().into(),
            row.outcome.as_str().into(),
            if row.further { "further" } else { "" }.into(),
            row.count.to_string().into(),
            moment(row.tally.first()).into(),
            moment(row.tally.last()).into(),
            row.tally.days.count().to_string().into(),
        ]);
    }
    table
}

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
