//! A row of the result of [`super::query`]: a record, for alike ones of a day.

use std::borrow::Cow;

use jiff::Timestamp;
use leastwise_document::row;
use leastwise_document::skim::{Skim, Stop};
use leastwise_model::{Alike, log_instant};

/// What such a row calls itself.
const SCHEMA: &str = "leastwise/cloudtrail-calls/v1";

/// The columns.
const NAMES: [&str; 6] = ["schema", "record", "calls", "records", "first", "last"];

/// More than anybody calls on a day: a larger number is none.
const MOST: u64 = 1_000_000_000_000;

/// A row, as it is written.
#[derive(Debug, Default)]
pub(super) struct Calls {
    values: [String; NAMES.len()],
}

fn place(name: &str) -> Option<usize> {
    NAMES.iter().position(|known| known.eq_ignore_ascii_case(name))
}

impl Calls {
    /// Reads a line of JSON; nothing where it is something else.
    pub fn read(skim: &mut Skim<'_>) -> Result<Option<Self>, Stop> {
        let mut calls = Self::default();
        skim.members(&mut |key, skim| {
            let at = std::str::from_utf8(key).ok().and_then(place);
            let Some(value) = at.and_then(|at| calls.values.get_mut(at)) else {
                return Ok(false);
            };
            let text = if skim.peek()? == b'"' {
                skim.text()?.map(|text| text.get().into_owned())
            } else {
                Some(String::from_utf8_lossy(skim.raw()?).into_owned())
            };
            *value = text.unwrap_or_default();
            Ok(true)
        })?;
        Ok((calls.get("schema") == SCHEMA).then_some(calls))
    }

    /// The order of the columns, where this is the first row of such a file.
    pub fn columns(head: &str) -> Option<Vec<Option<usize>>> {
        let columns: Vec<Option<usize>> = row(head).iter().map(|name| place(name)).collect();
        (0..NAMES.len())
            .all(|at| columns.contains(&Some(at)))
            .then_some(columns)
    }

    /// Reads a row of CSV.
    pub fn of_row(columns: &[Option<usize>], text: &str) -> Option<Self> {
        let row = row(text);
        let mut calls = Self::default();
        if row.len() != columns.len() {
            return None;
        }
        for (at, value) in columns.iter().zip(row) {
            if let Some(field) = at.and_then(|at| calls.values.get_mut(at)) {
                *field = value;
            }
        }
        (calls.get("schema") == SCHEMA).then_some(calls)
    }

    fn get(&self, name: &str) -> &str {
        place(name)
            .and_then(|at| self.values.get(at))
            .map_or("", String::as_str)
    }

    /// The record.
    pub fn record(&self) -> &str {
        self.get("record")
    }

    /// For how many records it stands: at least one.
    pub fn records(&self) -> u64 {
        let records = self.get("records").parse().unwrap_or(1);
        if (1..=MOST).contains(&records) { records } else { 1 }
    }

    /// When the first of the calls was, as written.
    pub fn first(&self) -> Cow<'_, str> {
        self.get("first").into()
    }

    /// The calls, of which this is the first; nothing where the row cannot be.
    pub fn alike(&self, first: Timestamp) -> Option<Alike> {
        let last = log_instant(self.get("last"))?;
        let alike = Alike {
            last,
            calls: self.get("calls").parse().ok()?,
            records: self.get("records").parse().ok()?,
        };
        let day = |at: Timestamp| at.as_second().div_euclid(86_400);
        let fits = alike.calls > 0
            && alike.calls <= alike.records
            && alike.records <= MOST
            && first <= last
            && day(first) == day(last)
            && (alike.calls > 1 || first == last);
        fits.then_some(alike)
    }
}
