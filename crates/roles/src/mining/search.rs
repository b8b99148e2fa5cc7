//! Fewer roles: take some neighbors out, grow others in their place, keep what is not worse.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::cover::{Cover, Role};
use super::random::Random;

/// How often roles are taken out.
const ROUNDS_MAX: u32 = 4000;
/// How often without coming to fewer.
const IN_VAIN_MAX: u32 = 600;
/// Steps of growing in all rounds together.
const STEPS_MAX: u64 = 500_000_000;
/// How many roles are taken out at once, at least and at most.
const RUINED: (u64, u64) = (2, 13);
const SEED: u64 = 0x726F_6C65_7365_6564;

/// Ruins and recreates until no more than `enough` roles are left, or a limit of rounds or steps is met. Never a limit of
/// time: the same input gives the same roles on every machine.
pub(crate) fn improve(cover: &mut Cover<'_>, enough: usize) {
    cover.prune();
    let mut random = Random::new(SEED);
    let until = cover.steps.saturating_add(STEPS_MAX);
    let mut in_vain = 0;
    for _ in 0..ROUNDS_MAX {
        if in_vain > IN_VAIN_MAX
            || cover.roles.len() <= enough
            || cover.roles.len() < 2
            || cover.steps > until
        {
            break;
        }
        let before = cover.roles.clone();
        let size = RUINED.0 + random.below(RUINED.1 - RUINED.0 + 1);
        let places = neighbors(&cover.roles, size, &mut random);
        let touched: BTreeSet<u32> = places
            .iter()
            .filter_map(|place| before.get(*place))
            .flat_map(|role| role.entries.iter().copied())
            .collect();
        cover.take(&places);
        let mut open: Vec<u32> = touched
            .into_iter()
            .filter(|entry| !cover.is_covered(*entry))
            .collect();
        while let Some(start) = random.pick(&open) {
            let role = cover.grow(start, Some(&mut random));
            cover.add(Rc::new(role));
            open.retain(|entry| !cover.is_covered(*entry));
        }
        cover.prune();
        in_vain += 1;
        if cover.roles.len() < before.len() {
            in_vain = 0;
        } else if cover.roles.len() > before.len() {
            cover.restore(before);
        }
    }
}

/// The places of a role and of those that share most rows and columns with it.
fn neighbors(roles: &[Rc<Role>], size: u64, random: &mut Random) -> BTreeSet<usize> {
    let places: Vec<usize> = (0..roles.len()).collect();
    let Some(first) = random.pick(&places) else {
        return BTreeSet::new();
    };
    let shared = |a: &[u32], b: &[u32]| {
        let (few, many) = if a.len() < b.len() { (a, b) } else { (b, a) };
        few.iter().filter(|item| many.binary_search(item).is_ok()).count() as u64
    };
    let mut near: Vec<(u64, usize)> = roles
        .iter()
        .enumerate()
        .filter_map(|(place, role)| {
            let middle = roles.get(first)?;
            let common =
                1 + shared(&role.rows, &middle.rows) * 4 + shared(&role.columns, &middle.columns) * 4;
            // Shaken, so that the same role is not always taken out with the same others.
            let weight = common * (64 + random.below(64));
            Some((if place == first { u64::MAX } else { weight }, place))
        })
        .collect();
    near.sort_unstable_by(|a, b| b.cmp(a));
    near.iter()
        .take(usize::try_from(size).unwrap_or(usize::MAX))
        .map(|(_, place)| *place)
        .collect()
}
