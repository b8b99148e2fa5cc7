//! How often, when first, when last, on which days.

use jiff::Timestamp;

use crate::days::Days;

/// How often something happened, and when. Tallies add up in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// How often.
    pub count: u64,
    /// The first and the last instant, in microseconds since the beginning of 1970.
    first: i64,
    last: i64,
    /// On which days.
    pub days: Days,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            count: 0,
            first: i64::MAX,
            last: i64::MIN,
            days: Days::default(),
        }
    }
}

impl Tally {
    /// Of calls that a query has counted: the first instant and the last one, on one day, in microseconds.
    pub(crate) fn of(count: u64, first: i64, last: i64) -> Self {
        Self {
            count,
            first,
            last,
            days: [Days::day_of(first), Days::day_of(last)].into_iter().collect(),
        }
    }

    /// Counts one instant, in microseconds.
    pub(crate) fn one(&mut self, microsecond: i64) {
        self.count += 1;
        self.days.insert(Days::day_of(microsecond));
        self.first = self.first.min(microsecond);
        self.last = self.last.max(microsecond);
    }

    /// Adds another tally.
    pub fn add(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.days.unite(&other.days);
    }

    /// The first instant; nothing where there is none.
    #[must_use]
    pub fn first(&self) -> Option<Timestamp> {
        (self.count > 0).then(|| Timestamp::from_microsecond(self.first).ok())?
    }

    /// The last instant; nothing where there is none.
    #[must_use]
    pub fn last(&self) -> Option<Timestamp> {
        (self.count > 0).then(|| Timestamp::from_microsecond(self.last).ok())?
    }
}
