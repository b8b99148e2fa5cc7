//! The hard case of texts: a word in all of some patterns and in none of others, by a walk through the product.
//!
//! A state is one position in each wanted pattern and the set of positions reached in the unwanted ones. States
//! are visited breadth first, so that the word found is a shortest one, and a state is dropped where an earlier
//! one at the same wanted positions reached fewer unwanted positions: whatever leads on from it leads on from that
//! one as well. Without unwanted patterns the walk is at most the product of the patterns' lengths; with them it is
//! exponential in the worst case, which the budget bounds.

use rustc_hash::FxHashMap;

use crate::glob::{Unit, units, unmentioned};
use crate::limits::{Budget, Limit};
use crate::pattern::{Case, Pattern, fold};

/// A shortest text in all of `wanted` and none of `unwanted`; `None` where there is none. Holes in `wanted` stand
/// for any text; `unwanted` must have none.
pub(crate) fn shortest(
    wanted: &[&Pattern],
    unwanted: &[&Pattern],
    budget: &Budget,
) -> Result<Option<String>, Limit> {
    let other = unmentioned(wanted.iter().chain(unwanted).copied());
    let wanted: Vec<Track<'_>> = wanted
        .iter()
        .map(|pattern| Track {
            units: units(pattern),
            case: pattern.case(),
        })
        .collect();
    let mixed = {
        let folded = |case: &Case| *case == Case::Folded;
        let cases: Vec<Case> = wanted
            .iter()
            .map(|track| track.case)
            .chain(unwanted.iter().map(|p| p.case()))
            .collect();
        cases.iter().any(folded) && !cases.iter().all(folded)
    };
    Walk {
        wanted,
        unwanted: Unwanted::new(unwanted),
        other,
        mixed,
    }
    .run(budget)
}

struct Track<'p> {
    units: Vec<Unit<'p>>,
    case: Case,
}

struct Walk<'p> {
    wanted: Vec<Track<'p>>,
    unwanted: Unwanted<'p>,
    /// Stands for all characters that no pattern mentions.
    other: char,
    /// Whether some patterns fold and some do not, so that the cases of a letter must be told apart.
    mixed: bool,
}

struct State {
    /// One position in each wanted pattern.
    at: Box<[u32]>,
    reached: Box<[u64]>,
    /// The state before, and the character that led here.
    from: Option<(usize, char)>,
}

impl Walk<'_> {
    fn run(mut self, budget: &Budget) -> Result<Option<String>, Limit> {
        let start = State {
            at: vec![0; self.wanted.len()].into(),
            reached: self.unwanted.start(),
            from: None,
        };
        if self.unwanted.hopeless(&start.reached) {
            return Ok(None);
        }
        let mut seen: FxHashMap<Box<[u32]>, Vec<Box<[u64]>>> = FxHashMap::default();
        let mut states = vec![start];
        let mut next = 0;
        let mut letters = Vec::new();
        while let Some(state) = states.get(next) {
            if self.accepts(state) {
                return Ok(Some(spell(&states, next)));
            }
            self.letters(state, &mut letters);
            let (at, reached) = (state.at.clone(), state.reached.clone());
            for letter in &letters {
                budget.spend(4 + reached.len())?;
                let Some(steps) = self.steps(&at, *letter) else {
                    continue;
                };
                let unwanted = self.unwanted.step(&reached, *letter);
                if self.unwanted.hopeless(&unwanted) {
                    continue;
                }
                for target in tuples(&steps) {
                    let known = seen.entry(target.clone()).or_default();
                    budget.spend(2 + known.len() * unwanted.len() / 8)?;
                    if known.iter().any(|less| is_subset(less, &unwanted)) {
                        continue;
                    }
                    known.push(unwanted.clone());
                    states.push(State {
                        at: target,
                        reached: unwanted.clone(),
                        from: Some((next, *letter)),
                    });
                }
            }
            next += 1;
        }
        Ok(None)
    }

    fn accepts(&self, state: &State) -> bool {
        let all = self.wanted.iter().zip(&state.at).all(|(track, at)| {
            track
                .units
                .get(*at as usize..)
                .is_some_and(|rest| rest.iter().all(|unit| unit.repeats()))
        });
        all && !self.unwanted.accepts(&state.reached)
    }

    /// The characters worth telling apart in `state`, most readable first.
    fn letters(&self, state: &State, letters: &mut Vec<char>) {
        letters.clear();
        let mut free = true;
        for (track, at) in self.wanted.iter().zip(&state.at) {
            let mut only = Vec::new();
            let mut fixed = true;
            for unit in track.units.iter().skip(*at as usize) {
                match unit {
                    Unit::Char(c) => self.variants(*c, track.case, &mut only),
                    Unit::OneExcept(c) | Unit::ManyExcept(c) => {
                        self.variants(*c, track.case, &mut only);
                        fixed = false;
                    }
                    _ => fixed = false,
                }
                if !unit.repeats() {
                    break;
                }
            }
            if fixed {
                *letters = only;
                free = false;
                break;
            }
            letters.extend(only);
        }
        if free {
            self.unwanted.each(&state.reached, |unit, case| match unit {
                Unit::Char(c) | Unit::OneExcept(c) | Unit::ManyExcept(c) => self.variants(c, case, letters),
                _ => {}
            });
            letters.push(self.other);
        }
        let other = self.other;
        letters.sort_unstable_by_key(|c| (*c != other, !c.is_ascii_alphanumeric(), *c));
        letters.dedup();
    }

    /// All characters that a unit with `c` takes or excludes and that some pattern may tell apart.
    fn variants(&self, c: char, case: Case, into: &mut Vec<char>) {
        into.push(c);
        if case == Case::Folded && self.mixed {
            into.extend(unfold(c));
        }
    }

    /// For each wanted pattern the positions after `letter`; `None` where one has none.
    fn steps(&self, at: &[u32], letter: char) -> Option<Vec<Vec<u32>>> {
        let mut all = Vec::with_capacity(at.len());
        for (track, at) in self.wanted.iter().zip(at) {
            let mut next = Vec::new();
            for (position, unit) in (*at..).zip(track.units.iter().skip(*at as usize)) {
                if unit.takes(letter, track.case) {
                    next.push(if unit.repeats() { position } else { position + 1 });
                }
                if !unit.repeats() {
                    break;
                }
            }
            if next.is_empty() {
                return None;
            }
            all.push(next);
        }
        Some(all)
    }
}

/// Every way to take one of each.
fn tuples(choices: &[Vec<u32>]) -> Vec<Box<[u32]>> {
    let mut found: Vec<Vec<u32>> = vec![Vec::with_capacity(choices.len())];
    for choice in choices {
        found = found
            .iter()
            .flat_map(|head| {
                choice.iter().map(|last| {
                    let mut tuple = head.clone();
                    tuple.push(*last);
                    tuple
                })
            })
            .collect();
    }
    found.into_iter().map(Vec::into_boxed_slice).collect()
}

fn spell(states: &[State], last: usize) -> String {
    let mut letters = Vec::new();
    let mut at = states.get(last);
    while let Some(State {
        from: Some((before, letter)),
        ..
    }) = at
    {
        letters.push(*letter);
        at = states.get(*before);
    }
    letters.iter().rev().collect()
}

fn is_subset(less: &[u64], more: &[u64]) -> bool {
    less.iter().zip(more).all(|(less, more)| less & !more == 0)
}

/// The positions of all unwanted patterns side by side in one set of bits.
struct Unwanted<'p> {
    units: Vec<Option<(Unit<'p>, Case)>>,
    first: Box<[u64]>,
    repeats: Box<[u64]>,
    ends: Box<[u64]>,
    /// Positions from which every text is taken.
    takes_all: Box<[u64]>,
    /// For each letter the positions that move on with it and those that stay.
    masks: FxHashMap<char, [Box<[u64]>; 2]>,
}

impl<'p> Unwanted<'p> {
    fn new(patterns: &[&'p Pattern]) -> Self {
        let mut all = Vec::new();
        let mut firsts = Vec::new();
        let mut everythings = Vec::new();
        for pattern in patterns {
            firsts.push(all.len());
            all.extend(
                units(pattern)
                    .into_iter()
                    .map(|unit| Some((unit, pattern.case()))),
            );
            if let Some(Some((Unit::Many, _))) = all.last() {
                everythings.push(all.len() - 1);
            }
            all.push(None);
        }
        let words = all.len().div_ceil(64);
        let bits = |positions: &mut dyn Iterator<Item = usize>| {
            let mut bits = vec![0_u64; words].into_boxed_slice();
            for position in positions {
                set(&mut bits, position);
            }
            bits
        };
        let repeats = bits(
            &mut (0..all.len()).filter(|at| matches!(all.get(*at), Some(Some((unit, _))) if unit.repeats())),
        );
        let ends = bits(&mut (0..all.len()).filter(|at| matches!(all.get(*at), Some(None))));
        Self {
            first: bits(&mut firsts.into_iter()),
            takes_all: bits(&mut everythings.into_iter()),
            units: all,
            repeats,
            ends,
            masks: FxHashMap::default(),
        }
    }

    fn start(&self) -> Box<[u64]> {
        let mut start = self.first.clone();
        self.close(&mut start);
        start
    }

    /// Adds what is reached by letting repeats take nothing.
    fn close(&self, states: &mut [u64]) {
        loop {
            let mut grew = false;
            let mut carry = 0;
            for (word, repeats) in states.iter_mut().zip(&self.repeats) {
                let leaving = *word & repeats;
                let added = (leaving << 1) | carry;
                carry = leaving >> 63;
                grew |= added & !*word != 0;
                *word |= added;
            }
            if !grew {
                return;
            }
        }
    }

    fn step(&mut self, states: &[u64], letter: char) -> Box<[u64]> {
        if !self.masks.contains_key(&letter) {
            let mut moves = vec![0_u64; states.len()].into_boxed_slice();
            let mut stays = moves.clone();
            for (at, unit) in self.units.iter().enumerate() {
                if let Some((unit, case)) = unit
                    && unit.takes(letter, *case)
                {
                    set(if unit.repeats() { &mut stays } else { &mut moves }, at);
                }
            }
            self.masks.insert(letter, [moves, stays]);
        }
        let mut next = vec![0_u64; states.len()].into_boxed_slice();
        if let Some([moves, stays]) = self.masks.get(&letter) {
            let mut carry = 0;
            for (((next, state), moves), stays) in next.iter_mut().zip(states).zip(moves).zip(stays) {
                let moving = state & moves;
                *next = (moving << 1) | carry | (state & stays);
                carry = moving >> 63;
            }
        }
        self.close(&mut next);
        next
    }

    fn accepts(&self, states: &[u64]) -> bool {
        states
            .iter()
            .zip(&self.ends)
            .any(|(state, ends)| state & ends != 0)
    }

    /// Whether every continuation is unwanted.
    fn hopeless(&self, states: &[u64]) -> bool {
        states
            .iter()
            .zip(&self.takes_all)
            .any(|(state, all)| state & all != 0)
    }

    fn each(&self, states: &[u64], mut visit: impl FnMut(Unit<'p>, Case)) {
        for (word, bits) in states.iter().enumerate() {
            let mut rest = *bits;
            while rest != 0 {
                let at = word * 64 + rest.trailing_zeros() as usize;
                rest &= rest - 1;
                if let Some(Some((unit, case))) = self.units.get(at) {
                    visit(*unit, *case);
                }
            }
        }
    }
}

fn set(bits: &mut [u64], at: usize) {
    if let Some(word) = bits.get_mut(at / 64) {
        *word |= 1 << (at % 64);
    }
}

/// The characters other than `folded` whose folded form it is.
fn unfold(folded: char) -> Vec<char> {
    if folded.is_ascii() {
        let mut found = Vec::new();
        if folded.is_ascii_lowercase() {
            found.push(folded.to_ascii_uppercase());
        }
        if folded == 'k' {
            found.push('\u{212A}'); // KELVIN SIGN
        }
        return found;
    }
    // Rare: letters beyond ASCII where folding and exact patterns meet. All cased letters lie in these planes.
    ('\u{80}'..='\u{1FFFF}')
        .filter(|c| *c != folded && fold(*c) == folded)
        .collect()
}

#[cfg(test)]
mod tests;
