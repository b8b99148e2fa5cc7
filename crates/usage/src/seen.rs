//! Which events were counted already.
//!
//! Logs are delivered late and more than once, and sums do not forgive it. So the ids of events are remembered before
//! anything is summed: 64 bits of each, in two generations of [`GENERATION`] ids. When the younger one is full, the elder is
//! forgotten. Memory is therefore bounded (76 MB), and so is what is promised:
//!
//! - An event that comes again within the next [`GENERATION`] events is counted once, always.
//! - One that comes again after more than twice as many is counted again. Its row's count grows; nothing else changes, for the
//!   outcome, the first and last instant and the days are the same. [`Seen::forgot`] says whether that could have happened.
//! - Two different events of the same 64 bits within the window would be taken for one: of two thousand logs of a thousand
//!   million events each, about one has such a pair.
//!
//! Files that may hold the same event (of one account, region and day) belong into one rollup: merging rollups cannot tell.

use rustc_hash::FxHashSet;

/// How many ids a generation holds: as many as fill the table that a power of two makes.
pub const GENERATION: usize = 3_670_016;

/// Ids of events, the last ones.
#[derive(Debug, Default)]
pub struct Seen {
    younger: FxHashSet<u64>,
    elder: FxHashSet<u64>,
    capacity: Option<usize>,
    forgot: bool,
}

impl Seen {
    /// With generations of another size.
    #[must_use]
    pub fn of(capacity: usize) -> Self {
        Self {
            capacity: Some(capacity),
            ..Self::default()
        }
    }

    /// Whether an event is new; from then on it is not.
    pub fn is_new(&mut self, id: &str, part: u8) -> bool {
        let id = fingerprint(id.as_bytes(), part);
        if self.elder.contains(&id) || !self.younger.insert(id) {
            return false;
        }
        if self.younger.len() >= self.capacity.unwrap_or(GENERATION) {
            self.forgot |= !self.elder.is_empty();
            self.elder = std::mem::take(&mut self.younger);
        }
        true
    }

    /// Whether ids were forgotten, so that duplicates far apart may have been counted.
    #[must_use]
    pub fn forgot(&self) -> bool {
        self.forgot
    }
}

/// 64 bits of an id. Ids are random for the most part, but nobody promises which of their bits are: each word is multiplied
/// and folded (the mixing of wyhash), so that every bit of the id reaches every bit of the result.
fn fingerprint(id: &[u8], part: u8) -> u64 {
    let fold = |a: u64, b: u64| {
        let product = u128::from(a) * u128::from(b);
        (product as u64) ^ ((product >> 64) as u64)
    };
    let mut state = 0x9E37_79B9_7F4A_7C15 ^ u64::from(part) ^ ((id.len() as u64) << 8);
    let (words, tail) = id.as_chunks::<8>();
    for word in words {
        state = fold(state ^ u64::from_le_bytes(*word), 0xA076_1D64_78BD_642F);
    }
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(tail) {
        *to = *from;
    }
    let state = fold(state ^ u64::from_le_bytes(last), 0xE703_7ED1_A0B4_28DB);
    fold(state ^ 0x8EBC_6AF0_9C88_C6E3, 0x5899_65CC_7537_4CC3)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Seen, fingerprint};

    #[test]
    fn an_event_is_new_once_and_its_parts_are_events_of_their_own() {
        let mut seen = Seen::default();
        assert!(seen.is_new("a", 0));
        assert!(seen.is_new("a", 1));
        assert!(seen.is_new("b", 0));
        assert!(!seen.is_new("a", 0));
        assert!(!seen.is_new("a", 1));
        assert!(!seen.forgot());
    }

    #[test]
    fn within_a_generation_nothing_is_forgotten_and_beyond_two_it_is_said() {
        let mut seen = Seen::of(10);
        assert!(seen.is_new("first", 0));
        for number in 0..10 {
            assert!(seen.is_new(&number.to_string(), 0));
        }
        assert!(!seen.is_new("first", 0), "ten others in between");
        for number in 10..30 {
            assert!(seen.is_new(&number.to_string(), 0));
        }
        assert!(seen.is_new("first", 0), "thirty others in between");
        assert!(seen.forgot());
    }

    #[test]
    fn ids_that_differ_little_differ_in_their_bits() {
        let all: BTreeSet<u64> = (0..100_000)
            .map(|number| fingerprint(format!("00000000-0000-0000-0000-{number:012}").as_bytes(), 0))
            .collect();
        assert_eq!(all.len(), 100_000);
        let low: BTreeSet<u64> = all.iter().map(|id| id & 0xFFFF).collect();
        assert!(low.len() > 50_000, "{}", low.len());
    }
}
