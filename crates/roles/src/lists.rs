//! Many short lists of numbers in one piece of memory: the rows of a sparse matrix, or its columns.

use std::ops::Range;

/// Lists of numbers, each ascending and without repetition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lists {
    /// Where each list ends.
    ends: Vec<usize>,
    items: Vec<u32>,
}

impl Lists {
    /// `count` lists out of pairs of list and item, in any order, repeated or not. Linear but for sorting each list.
    pub(crate) fn from_pairs(count: usize, pairs: &[(u32, u32)]) -> Self {
        let mut places = vec![0_usize; count + 1];
        for (list, _) in pairs {
            if let Some(place) = places.get_mut(*list as usize + 1) {
                *place += 1;
            }
        }
        let mut sum = 0;
        for place in &mut places {
            sum += *place;
            *place = sum;
        }
        let ends: Vec<usize> = places.iter().skip(1).copied().collect();
        let mut items = vec![0_u32; pairs.len()];
        for (list, item) in pairs {
            if let Some(place) = places.get_mut(*list as usize) {
                if let Some(slot) = items.get_mut(*place) {
                    *slot = *item;
                }
                *place += 1;
            }
        }
        let mut start = 0;
        let mut sorted = Self {
            ends: Vec::with_capacity(count),
            items: Vec::with_capacity(items.len()),
        };
        for end in ends {
            let list = items.get_mut(start..end).unwrap_or_default();
            list.sort_unstable();
            let mut last = None;
            for item in list {
                if last != Some(*item) {
                    sorted.items.push(*item);
                    last = Some(*item);
                }
            }
            sorted.ends.push(sorted.items.len());
            start = end;
        }
        sorted
    }

    /// Adds a list that is ascending and without repetition.
    pub(crate) fn push(&mut self, list: impl IntoIterator<Item = u32>) {
        self.items.extend(list);
        self.ends.push(self.items.len());
    }

    /// How many lists there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many items there are in all lists.
    pub(crate) fn sum(&self) -> usize {
        self.items.len()
    }

    /// Where the items of a list stand among all items.
    pub(crate) fn range(&self, list: u32) -> Range<usize> {
        let at = list as usize;
        let start = at
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .copied();
        let start = start.unwrap_or(0);
        start..self.ends.get(at).copied().unwrap_or(start)
    }

    /// A list; nothing where there is none of this number.
    pub(crate) fn get(&self, list: u32) -> &[u32] {
        self.items.get(self.range(list)).unwrap_or_default()
    }

    /// Every list, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        numbers(self.len()).map(|list| self.get(list))
    }

    /// Which of `count` items stands in which lists.
    pub(crate) fn transposed(&self, count: usize) -> Self {
        let mut places = vec![0_usize; count + 1];
        for item in &self.items {
            if let Some(place) = places.get_mut(*item as usize + 1) {
                *place += 1;
            }
        }
        let mut sum = 0;
        for place in &mut places {
            sum += *place;
            *place = sum;
        }
        let ends = places.iter().skip(1).copied().collect();
        let mut items = vec![0_u32; self.items.len()];
        for (at, list) in self.iter().enumerate() {
            for item in list {
                if let Some(place) = places.get_mut(*item as usize) {
                    if let Some(slot) = items.get_mut(*place) {
                        *slot = number(at);
                    }
                    *place += 1;
                }
            }
        }
        Self { ends, items }
    }
}

/// A place as a number of ours; there are never more than four thousand million of anything.
pub(crate) fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The numbers below `count`.
pub(crate) fn numbers(count: usize) -> Range<u32> {
    0..number(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_in_any_order_become_ascending_lists() {
        let lists = Lists::from_pairs(3, &[(2, 5), (0, 7), (2, 1), (0, 7), (2, 5)]);
        assert_eq!(lists.iter().collect::<Vec<_>>(), [&[7][..], &[], &[1, 5]]);
        assert_eq!(lists.sum(), 3);
        assert!(lists.get(9).is_empty());
    }

    #[test]
    fn transposing_twice_is_nothing() {
        let lists = Lists::from_pairs(4, &[(0, 1), (0, 2), (3, 0), (3, 2)]);
        assert_eq!(
            lists.transposed(3).iter().collect::<Vec<_>>(),
            [&[3][..], &[0], &[0, 3]]
        );
        assert_eq!(lists.transposed(3).transposed(4), lists);
    }
}
