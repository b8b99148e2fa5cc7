//! How few roles are possible at least: a fooling set.
//!
//! A fooling set is a set of cells no two of which one role could give without giving something that is not needed. Each of
//! them needs a role of its own, so there are at least as many roles as it has cells; checking it takes two probes for each
//! pair. A large one is sought among the essential cells: greedily, those with the fewest companions first, then by forcing
//! one more cell in, taking out those that stand against it, and filling up again.

use super::entries::Entries;
use super::matrix::Matrix;
use super::random::Random;

/// How often a cell is forced in.
const ROUNDS_MAX: u32 = 20_000;
/// How often without coming to more.
const IN_VAIN_MAX: u32 = 4_000;
/// How many cells may be looked at in all rounds together.
const STEPS_MAX: u64 = 300_000_000;
/// Of how many cells the best is taken when one is forced in.
const SAMPLE: u32 = 6;
const SEED: u64 = 0x6C65_6173_7477_6973;

/// Cells no two of which can share a role.
struct Fooling<'m> {
    matrix: &'m Matrix,
    entries: &'m Entries,
    chosen: Vec<u32>,
    is_chosen: Vec<bool>,
    /// For each entry, how many chosen ones it could share a role with; a chosen one counts itself.
    against: Vec<u32>,
    steps: u64,
}

impl Fooling<'_> {
    fn is_chosen(&self, entry: u32) -> bool {
        self.is_chosen.get(entry as usize) == Some(&true)
    }

    fn against(&self, entry: u32) -> u32 {
        self.against.get(entry as usize).copied().unwrap_or_default()
    }

    fn insert(&mut self, entry: u32) {
        let (against, steps) = (&mut self.against, &mut self.steps);
        self.entries.companions(self.matrix, entry, |other| {
            *steps += 1;
            if let Some(count) = against.get_mut(other as usize) {
                *count += 1;
            }
        });
        if let Some(chosen) = self.is_chosen.get_mut(entry as usize) {
            *chosen = true;
        }
        self.chosen.push(entry);
    }

    /// Takes an entry out; what nothing stands against any more goes to `freed`.
    fn remove(&mut self, entry: u32, freed: &mut Vec<u32>) {
        let (against, steps) = (&mut self.against, &mut self.steps);
        self.entries.companions(self.matrix, entry, |other| {
            *steps += 1;
            if let Some(count) = against.get_mut(other as usize) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    freed.push(other);
                }
            }
        });
        if let Some(chosen) = self.is_chosen.get_mut(entry as usize) {
            *chosen = false;
        }
        self.chosen.retain(|other| *other != entry);
    }
}

/// A large fooling set, as numbers of entries, ascending; once it has `enough`, it cannot grow.
///
/// Greedy choice costs one look at every entry and at the companions of those chosen; the rounds after it are limited in
/// number and in steps, never in time.
pub(crate) fn fooling(
    matrix: &Matrix,
    entries: &Entries,
    companionships: &[u64],
    enough: impl Fn(usize) -> bool,
) -> Vec<u32> {
    let mut set = Fooling {
        matrix,
        entries,
        chosen: Vec::new(),
        is_chosen: vec![false; entries.len()],
        against: vec![0; entries.len()],
        steps: 0,
    };
    let few = |entry: &u32| companionships.get(*entry as usize).copied().unwrap_or_default();
    let mut order: Vec<u32> = entries.all().collect();
    order.sort_by_key(few);
    for entry in order {
        if set.against(entry) == 0 {
            set.insert(entry);
        }
    }
    let mut best = set.chosen.clone();
    let mut random = Random::new(SEED);
    set.steps = 0;
    let mut moved_in_round = vec![0_u32; entries.len()];
    let mut found_in = 0;
    for round in 1..=ROUNDS_MAX {
        if round - found_in > IN_VAIN_MAX || enough(best.len()) || set.steps > STEPS_MAX {
            break;
        }
        let Some(forced) = sample(&set, &moved_in_round, &mut random) else {
            continue;
        };
        let mut out = Vec::new();
        entries.companions(matrix, forced, |other| {
            if set.is_chosen(other) {
                out.push(other);
            }
        });
        let mut freed = Vec::new();
        for entry in &out {
            set.remove(*entry, &mut freed);
            if let Some(moved) = moved_in_round.get_mut(*entry as usize) {
                *moved = round;
            }
        }
        let mut inserted = vec![forced];
        set.insert(forced);
        freed.sort_by_key(|entry| (few(entry), *entry));
        freed.dedup();
        // Now and then in another order, so that ties do not always fall the same way.
        if !freed.is_empty() && random.below(4) == 0 {
            let by = usize::try_from(random.below(freed.len() as u64)).unwrap_or_default();
            freed.rotate_left(by);
        }
        for entry in freed {
            if set.against(entry) == 0 {
                set.insert(entry);
                inserted.push(entry);
            }
        }
        if inserted.len() < out.len() && random.below(64) > 0 {
            // A loss is rarely worth it: back to where we were.
            for entry in &inserted {
                set.remove(*entry, &mut Vec::new());
            }
            for entry in out {
                set.insert(entry);
            }
        }
        if set.chosen.len() > best.len() {
            best.clone_from(&set.chosen);
            found_in = round;
        }
    }
    best.sort_unstable();
    best
}

/// Of some entries that are not chosen, the one that the fewest chosen stand against; of those, what was not moved for
/// longest.
fn sample(set: &Fooling<'_>, moved_in_round: &[u32], random: &mut Random) -> Option<u32> {
    let mut best: Option<(u32, u32, u32)> = None;
    for _ in 0..SAMPLE {
        let entry = u32::try_from(random.below(set.entries.len() as u64)).ok()?;
        if set.is_chosen(entry) {
            continue;
        }
        let moved = moved_in_round.get(entry as usize).copied().unwrap_or_default();
        let key = (set.against(entry), moved, entry);
        if best.is_none_or(|best| key < best) {
            best = Some(key);
        }
    }
    best.map(|(_, _, entry)| entry)
}
