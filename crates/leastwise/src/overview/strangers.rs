//! Whether strangers, whoever signs up with a platform, come to what must not fall.

use std::collections::BTreeSet;

use leastwise_effective::{Arrivals, Goal, Path, Statement, Steps, World};
use leastwise_model::{CrownJewel, IdentityIndex, Text};

use super::Jewel;

/// Strangers who come to a crown jewel for certain.
pub struct Strangers {
    /// The identity that stands for them.
    pub identity: IdentityIndex,
    /// The way to the first of the jewels that they reach.
    pub path: Path,
    /// Who acts in the end.
    pub end: IdentityIndex,
    /// In how many steps they become that one.
    pub hops: usize,
    /// The jewels that they reach, those of the settings that stand first before others.
    pub jewels: Vec<Text>,
    first: CrownJewel,
}

impl Strangers {
    /// The statements of the way without any of which strangers would not come to the first jewel at all, in the order of
    /// the way.
    pub fn cuts(&self, world: &World) -> Vec<Statement> {
        let goal = Goal::jewel(world, &self.first);
        let arrivals = world.arrivals(&goal);
        let arrival = arrivals.of(self.identity);
        arrival
            .map(|arrival| world.cuts_of(&arrivals, &arrival))
            .unwrap_or_default()
    }
}

/// The first strangers who come to a jewel. Whoever a platform lets in unseen is among them where it issues tokens that
/// others admit.
pub(super) fn of(world: &World, settings: &[CrownJewel], jewels: &[Jewel]) -> Option<Strangers> {
    let issuers = world.snapshot().issuers.iter();
    let strangers: BTreeSet<IdentityIndex> = issuers.flat_map(|issuer| issuer.strangers.clone()).collect();
    strangers.into_iter().find_map(|identity| {
        let reached: Vec<(&CrownJewel, &Jewel)> = settings
            .iter()
            .zip(jewels)
            .filter(|(_, jewel)| jewel.direct.contains(&identity) || jewel.through.contains(&identity))
            .collect();
        let (first, _) = reached.first()?;
        let goal = Goal::jewel(world, first);
        let arrivals = world.arrivals(&goal);
        let (path, end, hops) = way(&arrivals, identity)?;
        Some(Strangers {
            identity,
            path,
            end,
            hops,
            jewels: reached.iter().map(|(_, jewel)| jewel.name.clone()).collect(),
            first: (*first).clone(),
        })
    })
}

fn way(arrivals: &Arrivals<'_>, identity: IdentityIndex) -> Option<(Path, IdentityIndex, usize)> {
    let arrival = arrivals
        .of(identity)
        .filter(|arrival| arrival.steps == Steps::Certain)?;
    let hops = arrivals.moves(&arrival).len();
    Some((arrivals.path(&arrival), arrival.end, hops))
}
