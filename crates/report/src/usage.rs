//! Observed use: what logs tell in sum, and what they could not be read for.

mod page;

use std::borrow::Cow;
use std::collections::BTreeMap;

use leastwise_usage::{Place, Quarantine, Rollup, Row, Tally};
use schemars::JsonSchema;
use serde::Serialize;

use crate::table::{Column, Table};

pub use page::{detail, page};

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
