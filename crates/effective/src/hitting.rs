//! Smallest choices that hit every one of some sets.
//!
//! Branch and bound: one element of a smallest set that is not hit must be chosen; sets that have nothing in common must
//! each be hit by an element of its own, which bounds what is left from below. Exponential in the worst case, and ended
//! after a number of branches.

use std::collections::{BTreeMap, BTreeSet};

/// A choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// What is chosen.
    pub elements: BTreeSet<usize>,
    /// No fewer elements hit all the sets.
    pub at_least: usize,
}

/// So many branches are looked at.
const BRANCHES: usize = 200_000;

/// A choice that hits every set, none of which is empty, as small as is found; of choices as small, one that weighs least.
pub(crate) fn hitting(sets: &[&BTreeSet<usize>], weight: &dyn Fn(usize) -> usize) -> Chosen {
    // Who hits a set hits what contains it.
    let mut least: Vec<&BTreeSet<usize>> = Vec::new();
    let mut ordered = sets.to_vec();
    ordered.sort_by_key(|set| set.len());
    for set in ordered {
        if !least.iter().any(|known| known.is_subset(set)) {
            least.push(set);
        }
    }
    let mut search = Search {
        sets: least,
        weight,
        best: None,
        branches: BRANCHES,
    };
    let root = search.disjoint(&BTreeSet::new());
    search.branch(&mut BTreeSet::new(), 0);
    let ended = search.branches == 0;
    let elements = search.best.map(|(_, _, elements)| elements).unwrap_or_default();
    Chosen {
        at_least: if ended { root } else { elements.len() },
        elements,
    }
}

struct Search<'s> {
    /// Smallest first.
    sets: Vec<&'s BTreeSet<usize>>,
    weight: &'s dyn Fn(usize) -> usize,
    /// The best choice so far, with its size and its weight.
    best: Option<(usize, usize, BTreeSet<usize>)>,
    branches: usize,
}

impl Search<'_> {
    fn branch(&mut self, chosen: &mut BTreeSet<usize>, weight: usize) {
        let size = chosen.len();
        let open = self.sets.iter().find(|set| set.is_disjoint(chosen)).copied();
        let Some(open) = open else {
            if self
                .best
                .as_ref()
                .is_none_or(|best| (size, weight) < (best.0, best.1))
            {
                self.best = Some((size, weight, chosen.clone()));
            }
            return;
        };
        // The first descent always ends: it is the greedy choice.
        if let Some((best, best_weight, _)) = &self.best {
            let least = size + self.disjoint(chosen);
            if least > *best || least == *best && weight >= *best_weight {
                return;
            }
            if self.branches == 0 {
                return;
            }
            self.branches -= 1;
        }
        for element in self.most_first(open, chosen) {
            let more = (self.weight)(element);
            chosen.insert(element);
            self.branch(chosen, weight + more);
            chosen.remove(&element);
        }
    }

    /// The elements of a set, those first that hit most of what is not hit, then those that weigh least.
    fn most_first(&self, set: &BTreeSet<usize>, chosen: &BTreeSet<usize>) -> Vec<usize> {
        let mut hits: BTreeMap<usize, usize> = set.iter().map(|element| (*element, 0)).collect();
        for open in self.sets.iter().filter(|open| open.is_disjoint(chosen)) {
            for element in open.intersection(set) {
                *hits.entry(*element).or_default() += 1;
            }
        }
        let mut elements: Vec<usize> = set.iter().copied().collect();
        elements.sort_by_key(|element| {
            let hit = hits.get(element).copied().unwrap_or_default();
            (std::cmp::Reverse(hit), (self.weight)(*element), *element)
        });
        elements
    }

    /// How many sets that are not hit have nothing in common, at least.
    fn disjoint(&self, chosen: &BTreeSet<usize>) -> usize {
        let mut taken: BTreeSet<usize> = BTreeSet::new();
        let mut count = 0;
        for set in self.sets.iter().filter(|set| set.is_disjoint(chosen)) {
            if set.is_disjoint(&taken) {
                taken.extend(set.iter());
                count += 1;
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every choice out of few elements, smallest first.
    fn slowly(sets: &[BTreeSet<usize>], elements: usize, weight: &dyn Fn(usize) -> usize) -> (usize, usize) {
        let choices = (0u32..1 << elements)
            .map(|bits| -> BTreeSet<usize> { (0..elements).filter(|at| bits >> at & 1 == 1).collect() });
        let hits = |choice: &BTreeSet<usize>| sets.iter().all(|set| !set.is_disjoint(choice));
        let all = choices.filter(hits);
        let sized = all.map(|choice| (choice.len(), choice.iter().map(|at| weight(*at)).sum()));
        sized.min().unwrap_or_default()
    }

    proptest! {
        // hitting(S) is a smallest choice that hits S, and of those one that weighs least
        #[test]
        fn a_choice_is_as_small_as_trying_all_of_them_tells(
            sets in prop::collection::vec(prop::collection::btree_set(0usize..9, 1..5), 0..9),
            weights in prop::collection::vec(0usize..4, 9),
        ) {
            let weight = |at: usize| weights.get(at).copied().unwrap_or_default();
            let each: Vec<&BTreeSet<usize>> = sets.iter().collect();
            let chosen = hitting(&each, &weight);
            let weighs: usize = chosen.elements.iter().map(|at| weight(*at)).sum();
            prop_assert!(sets.iter().all(|set| !set.is_disjoint(&chosen.elements)));
            prop_assert_eq!((chosen.elements.len(), weighs), slowly(&sets, 9, &weight));
            prop_assert_eq!(chosen.at_least, chosen.elements.len());
        }
    }
}
