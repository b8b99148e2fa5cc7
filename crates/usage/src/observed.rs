//! Observed use at rest: what a rollup says, out of a rollup or out of the file that one was written to.

use jiff::Timestamp;
use leastwise_model::{Basis, UseOutcome, log_instant};
use serde::Deserialize;

use crate::{Days, Rollup};

/// What files of rollups call themselves.
const SCHEMA: &str = "leastwise/usage/v1";

/// Uses that are alike, for whoever asks what was needed: sessions and services that called are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The canonical id of the identity, or what the log tells.
    pub identity: String,
    /// What was called, in the log's words.
    pub operation: String,
    /// The action; empty where none is known or needed.
    pub action: String,
    /// How that is known.
    pub basis: Basis,
    /// The resource or a pattern for a group of them; nothing where it is not known.
    pub resource: Option<String>,
    /// Whether the resources were too many, and the pattern is what their names share.
    pub folded: bool,
    /// What became of it.
    pub outcome: UseOutcome,
    /// How often.
    pub count: u64,
    /// The first instant.
    pub first: Timestamp,
    /// The last instant.
    pub last: Timestamp,
    /// The days on which it happened.
    pub days: Days,
}

/// A log that told something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedLog {
    /// Its platform's name.
    pub platform: String,
    /// The account, cluster or server; may be empty.
    pub instance: String,
    /// A part of it; may be empty.
    pub area: String,
    /// The platform's word for the kind of log.
    pub kind: String,
    /// The first instant.
    pub first: Timestamp,
    /// The last instant.
    pub last: Timestamp,
    /// On how many days it told anything.
    pub days: usize,
}

/// Everything that logs told in sum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Uses, in the order of the rollup.
    pub uses: Vec<Observation>,
    /// The logs.
    pub logs: Vec<ObservedLog>,
}

/// Why a file of a rollup cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollupError(String);

impl std::fmt::Display for RollupError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RollupError {}

/// What leaving out a time did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Rows that lay in it whole.
    pub rows: usize,
    /// Rows that lay in it in part, and stay.
    pub partly: usize,
}

impl From<&Rollup> for Observed {
    fn from(rollup: &Rollup) -> Self {
        let uses = rollup.rows().into_iter().map(|row| Observation {
            identity: row.identity.to_owned(),
            operation: row.operation.to_owned(),
            action: row.action.to_owned(),
            basis: row.basis,
            resource: row.resource.clone(),
            folded: row.folded,
            outcome: row.outcome,
            count: row.count,
            first: row.tally.first().unwrap_or_default(),
            last: row.tally.last().unwrap_or_default(),
            days: row.tally.days.clone(),
        });
        let logs = rollup.sources().into_iter().map(|row| ObservedLog {
            platform: row.source.platform.to_owned(),
            instance: row.source.instance.to_owned(),
            area: row.source.area.to_owned(),
            kind: row.source.kind.to_owned(),
            first: row.tally.first().unwrap_or_default(),
            last: row.tally.last().unwrap_or_default(),
            days: row.tally.days.count(),
        });
        Self {
            uses: uses.collect(),
            logs: logs.collect(),
        }
    }
}

impl Observed {
    /// Whether a file begins like one that `usage --format json` wrote.
    #[must_use]
    pub fn recognise(head: &[u8]) -> bool {
        let head = String::from_utf8_lossy(head.get(..256).unwrap_or(head));
        head.trim_start().starts_with('{') && head.contains(SCHEMA)
    }

    /// Reads what `usage --format json` wrote. Linear in the file.
    ///
    /// # Errors
    /// Where it is no such file, or a row of it says what no row can.
    pub fn read(bytes: &[u8]) -> Result<Self, RollupError> {
        let file: File = serde_json::from_slice(bytes).map_err(|error| RollupError(error.to_string()))?;
        if file.schema != SCHEMA {
            return Err(RollupError(format!("it is a `{}`, no `{SCHEMA}`", file.schema)));
        }
        let uses = file.uses.into_iter().enumerate();
        let uses: Result<Vec<Observation>, RollupError> = uses
            .map(|(at, row)| row.observation().ok_or_else(|| wrong("use", at)))
            .collect();
        let logs = file.sources.into_iter().enumerate();
        let logs: Result<Vec<ObservedLog>, RollupError> = logs
            .map(|(at, row)| row.log().ok_or_else(|| wrong("source", at)))
            .collect();
        Ok(Self {
            uses: uses?,
            logs: logs?,
        })
    }

    /// Adds what another says.
    pub fn add(&mut self, other: Self) {
        self.uses.extend(other.uses);
        self.logs.extend(other.logs);
    }

    /// Leaves out what happened from one instant on and before another. A row is told in days: it goes where all of it surely
    /// lies in that time, and stays where some of it may not.
    pub fn leave_out(&mut self, from: Timestamp, to: Timestamp) -> LeftOut {
        let midnight = |day: i32| i64::from(day) * 86_400;
        let within = |day: i32| midnight(day) >= from.as_second() && midnight(day + 1) <= to.as_second();
        let mut left_out = LeftOut::default();
        self.uses.retain_mut(|row| {
            let all = row.first >= from && row.last < to;
            if all || row.days.count() > 0 && row.days.iter().all(within) {
                left_out.rows += 1;
                return false;
            }
            let touches = |day: i32| midnight(day) < to.as_second() && midnight(day + 1) > from.as_second();
            left_out.partly += usize::from(row.days.iter().any(touches));
            true
        });
        left_out
    }
}

fn wrong(what: &str, at: usize) -> RollupError {
    RollupError(format!(
        "{what} number {} has a word, an instant or a day that no rollup has",
        at + 1
    ))
}

#[derive(Deserialize)]
struct File {
    schema: String,
    sources: Vec<LogRow>,
    uses: Vec<UseRow>,
}

#[derive(Deserialize)]
struct LogRow {
    platform: String,
    instance: String,
    #[serde(default)]
    area: String,
    kind: String,
    first: Option<String>,
    last: Option<String>,
    days: usize,
}

#[derive(Deserialize)]
struct UseRow {
    identity: String,
    operation: String,
    #[serde(default)]
    action: String,
    basis: String,
    resource: Option<String>,
    #[serde(default)]
    folded: bool,
    outcome: String,
    count: u64,
    first: String,
    last: String,
    days: Vec<String>,
}

impl LogRow {
    fn log(self) -> Option<ObservedLog> {
        Some(ObservedLog {
            first: log_instant(self.first.as_deref()?)?,
            last: log_instant(self.last.as_deref()?)?,
            platform: self.platform,
            instance: self.instance,
            area: self.area,
            kind: self.kind,
            days: self.days,
        })
    }
}

impl UseRow {
    fn observation(self) -> Option<Observation> {
        let mut days = Days::default();
        for range in &self.days {
            let (first, last) = range.split_once("..").unwrap_or((range, range));
            let (first, last) = (day(first)?, day(last)?);
            // A broken clock may stand anywhere; a range over ages is none.
            if last.checked_sub(first)? > 40_000 {
                return None;
            }
            (first..=last).for_each(|day| days.insert(day));
        }
        Some(Observation {
            basis: Basis::ALL
                .into_iter()
                .find(|basis| basis.as_str() == self.basis)?,
            outcome: UseOutcome::ALL
                .into_iter()
                .find(|outcome| outcome.as_str() == self.outcome)?,
            first: log_instant(&self.first)?,
            last: log_instant(&self.last)?,
            identity: self.identity,
            operation: self.operation,
            action: self.action,
            resource: self.resource,
            folded: self.folded,
            count: self.count,
            days,
        })
    }
}

fn day(text: &str) -> Option<i32> {
    Some(Days::day_of(
        log_instant(&format!("{text}T00:00:00Z"))?.as_microsecond(),
    ))
}

#[cfg(test)]
mod tests {
    use super::Observed;
    use leastwise_model::log_instant;

    const FILE: &str = r#"{"schema":"leastwise/usage/v1",
        "sources":[{"platform":"aws","instance":"1","kind":"management","events":3,"first":"2026-03-01T00:00:00Z","last":"2026-03-05T00:00:00Z","days":2}],
        "uses":[
          {"identity":"a","operation":"x:Y","action":"x:Y","basis":"mapped","outcome":"allowed","count":2,"first":"2026-03-01T10:00:00Z","last":"2026-03-02T10:00:00Z","days":["2026-03-01..2026-03-02"]},
          {"identity":"a","operation":"x:Z","basis":"unmapped","outcome":"unknown","count":1,"first":"2026-03-02T10:00:00Z","last":"2026-03-02T10:00:00Z","days":["2026-03-02"]}]}"#;

    #[test]
    fn a_written_rollup_is_read_and_what_is_none_is_refused() {
        assert!(Observed::recognise(FILE.as_bytes()));
        let read = Observed::read(FILE.as_bytes()).expect("a rollup");
        assert_eq!(read.uses[0].days.iter().count(), 2);
        assert_eq!((read.uses[1].action.as_str(), read.logs.len()), ("", 1));
        for (from, to) in [
            ("leastwise/usage/v1", "leastwise/scan/v1"),
            ("mapped", "guessed"),
            ("2026-03-01..", "9999-"),
        ] {
            assert!(Observed::read(FILE.replace(from, to).as_bytes()).is_err(), "{to}");
        }
    }

    #[test]
    fn a_row_is_left_out_only_where_all_of_it_surely_is() {
        let at = |text: &str| log_instant(text).expect("an instant");
        let cases = [
            ("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z", 1, 1),
            ("2026-03-01T10:00:00Z", "2026-03-02T10:00:01Z", 2, 0),
            ("2026-03-02T12:00:00Z", "2026-03-03T00:00:00Z", 0, 2),
            ("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z", 0, 0),
        ];
        for (from, to, rows, partly) in cases {
            let mut read = Observed::read(FILE.as_bytes()).expect("a rollup");
            let left_out = read.leave_out(at(from), at(to));
            assert_eq!((left_out.rows, left_out.partly), (rows, partly), "{from}");
            assert_eq!(read.uses.len(), 2 - rows);
        }
    }
}
