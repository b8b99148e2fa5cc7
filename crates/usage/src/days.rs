//! A set of days.

/// Days since the first of January 1970 (UTC), as bits. Sparse: far-away days by broken clocks cost no more than others. The
/// first block stands by itself, for most things happen within a few weeks and there are many of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// A block of 64 days and its bits; no bits where no day is in.
    first: (i32, u64),
    /// The blocks behind it, ascending.
    further: Vec<(i32, u64)>,
}

const DAY: i64 = 86_400_000_000;

impl Days {
    /// The day of an instant in microseconds since the beginning of 1970.
    #[must_use]
    pub fn day_of(microsecond: i64) -> i32 {
        // Instants of `jiff` lie within ten thousand years, whose days fit.
        i32::try_from(microsecond.div_euclid(DAY)).unwrap_or(i32::MAX)
    }

    /// Puts a day in.
    pub fn insert(&mut self, day: i32) {
        self.unite_block(day.div_euclid(64), 1_u64 << day.rem_euclid(64));
    }

    fn unite_block(&mut self, block: i32, bits: u64) {
        let first = &mut self.first;
        if first.1 == 0 {
            *first = (block, bits);
        } else if block == first.0 {
            first.1 |= bits;
        } else if block < first.0 {
            let behind = std::mem::replace(first, (block, bits));
            self.further.insert(0, behind);
        } else {
            match self.further.binary_search_by_key(&block, |(block, _)| *block) {
                Ok(at) => {
                    if let Some((_, held)) = self.further.get_mut(at) {
                        *held |= bits;
                    }
                }
                Err(at) => self.further.insert(at, (block, bits)),
            }
        }
    }

    /// The blocks that hold a day, ascending.
    fn blocks(&self) -> impl Iterator<Item = (i32, u64)> {
        let all = std::iter::once(&self.first).chain(&self.further).copied();
        all.filter(|(_, bits)| *bits != 0)
    }

    /// Puts all days of `other` in.
    pub fn unite(&mut self, other: &Self) {
        for (block, bits) in other.blocks() {
            self.unite_block(block, bits);
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.blocks().map(|(_, bits)| bits.count_ones() as usize).sum()
    }

    /// The days, in order.
    pub fn iter(&self) -> impl Iterator<Item = i32> {
        self.blocks().flat_map(|(block, bits)| {
            (0..64)
                .filter(move |bit| bits >> bit & 1 == 1)
                .map(move |bit| block * 64 + bit)
        })
    }
}

impl FromIterator<i32> for Days {
    fn from_iter<I: IntoIterator<Item = i32>>(all: I) -> Self {
        let mut days = Self::default();
        for day in all {
            days.insert(day);
        }
        days
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::Days;

    #[test]
    fn days_begin_at_midnight_utc_also_before_1970() {
        assert_eq!(Days::day_of(0), 0);
        assert_eq!(Days::day_of(86_399_999_999), 0);
        assert_eq!(Days::day_of(86_400_000_000), 1);
        assert_eq!(Days::day_of(-1), -1);
    }

    proptest! {
        // days(a) ∪ days(b) = days(a ∪ b), as sets of numbers have it
        #[test]
        fn a_set_of_days_is_a_set(a in prop::collection::vec(-300_i32..300, 0..40), b in prop::collection::vec(-300_i32..300, 0..40)) {
            let mut days: Days = a.iter().copied().collect();
            days.unite(&b.iter().copied().collect());
            let set: BTreeSet<i32> = a.iter().chain(&b).copied().collect();
            prop_assert_eq!(days.iter().collect::<Vec<_>>(), set.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(days.count(), set.len());
        }
    }
}
