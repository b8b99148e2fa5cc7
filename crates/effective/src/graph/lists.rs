//! Many short lists in one piece of memory.

/// A list for each of some places. What it takes beside its items is one number for each place.
#[derive(Debug)]
pub(super) struct Lists<T> {
    /// Where the list of each place ends among all items.
    ends: Vec<usize>,
    items: Vec<T>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self {
            ends: Vec::new(),
            items: Vec::new(),
        }
    }
}

impl<T: Copy> Lists<T> {
    /// The items of each of `count` places, in the order of `pairs`, which are gone through twice. Those of other places are
    /// left out.
    pub fn new<I: Iterator<Item = (u32, T)>>(count: usize, pairs: impl Fn() -> I) -> Self {
        let mut ends = vec![0; count];
        for (place, _) in pairs() {
            if let Some(end) = ends.get_mut(place as usize) {
                *end += 1;
            }
        }
        let mut total = 0;
        for end in &mut ends {
            // For now where the list begins.
            total += std::mem::replace(end, total);
        }
        let filler = pairs().next().map(|(_, item)| item);
        let mut items: Vec<T> = filler.into_iter().cycle().take(total).collect();
        for (place, item) in pairs() {
            let Some(next) = ends.get_mut(place as usize) else {
                continue;
            };
            if let Some(at) = items.get_mut(*next) {
                *at = item;
            }
            *next += 1;
        }
        Self { ends, items }
    }

    /// The list of a place; nothing where there is none.
    pub fn of(&self, place: u32) -> &[T] {
        let place = place as usize;
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before));
        let end = self.ends.get(place);
        end.and_then(|end| self.items.get(start.copied().unwrap_or(0)..*end))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lists_are_those_of_vectors(pairs in proptest::collection::vec((0..7u32, 0..9u8), 0..30)) {
            let count = 5;
            let lists = Lists::new(count, || pairs.iter().copied());
            for place in 0..9 {
                let kept = |pair: &&(u32, u8)| pair.0 == place && (place as usize) < count;
                let slow: Vec<u8> = pairs.iter().filter(kept).map(|(_, item)| *item).collect();
                prop_assert_eq!(lists.of(place), slow.as_slice());
            }
        }
    }
}
