//! What a family of opportunities leaves open to whoever holds the same of all actions that it asks for.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::build::{Actor, Builder, Hold, Opened};
use super::families::Family;
use super::held::Stretch;
use super::needs::Met;
use crate::certainty::Certainty;

impl Builder<'_> {
    /// What a family leaves open to whoever holds what this identity does of all actions that it asks for.
    pub(super) fn combine(
        &mut self,
        actor: &mut Actor,
        number: u32,
        family: &Family,
        asks: &[Box<[u32]>],
        first: &Certainty,
    ) {
        let mut holds: Vec<Vec<(u32, Hold)>> = Vec::with_capacity(asks.len());
        for choices in asks {
            let mut of_need: Vec<(u32, Hold)> = Vec::with_capacity(choices.len());
            for action in choices {
                let hold = self.hold(actor, *action);
                if !self.stretches(hold).is_empty() {
                    of_need.push((*action, hold));
                }
            }
            if of_need.is_empty() {
                return;
            }
            holds.push(of_need);
        }
        if !holds.iter().flatten().all(|(_, hold)| hold.plain) {
            let candidates = self.candidates(family, &holds);
            self.link_parts(actor, family, candidates, first);
            return;
        }
        let numbers: Box<[u32]> = holds
            .iter()
            .flat_map(|of_need| {
                let held = of_need.iter().flat_map(|(action, hold)| [*action, hold.number]);
                held.chain([u32::MAX])
            })
            .collect();
        let key = (number, numbers);
        let bundles = match self.combined.get(&key) {
            Some(known) => known.clone(),
            None => {
                let bundles: Opened = self.combination(actor, number, family, &holds).into();
                self.combined.insert(key, bundles.clone());
                bundles
            }
        };
        let found = bundles
            .iter()
            .map(|(bundle, certainty)| (*bundle, first.clone().and(certainty)));
        actor.found.extend(found);
    }

    /// The opportunities of a family whose further needs these plain holds meet, as bundles. The same for everybody
    /// who holds so.
    fn combination(
        &mut self,
        actor: &mut Actor,
        number: u32,
        family: &Family,
        holds: &[Vec<(u32, Hold)>],
    ) -> Vec<(u32, Certainty)> {
        let everything = |(of_need, certain): (&Vec<(u32, Hold)>, &[u32])| {
            of_need.iter().any(|(action, hold)| {
                certain.contains(action) && **self.stretches(*hold) == [Stretch::EVERYTHING]
            })
        };
        let certain = family.certain.iter().map(|certain| &**certain);
        if holds.iter().zip(certain).all(everything) {
            return vec![(self.whole(number, family), Certainty::Surely)];
        }
        let met: Vec<Vec<Met>> = holds.iter().map(|of_need| self.met(of_need)).collect();
        let mut sure: Vec<u32> = Vec::new();
        let mut doubtful: Vec<usize> = Vec::new();
        for place in narrowest(family, &met) {
            let Some(part) = family.parts.get(place) else {
                continue;
            };
            let surely = part.rest.iter().zip(&met).try_fold(true, |so_far, (need, met)| {
                let found = met.binary_search_by_key(need, |met| met.need).ok()?;
                Some(so_far && met.get(found)?.sure)
            });
            match surely {
                Some(true) => sure.extend(part.indices.iter()),
                Some(false) => doubtful.push(place),
                None => {}
            }
        }
        sure.sort_unstable();
        let mut found = Vec::new();
        if !sure.is_empty() {
            found.push((self.intern(sure.into()), Certainty::Surely));
        }
        found.extend(self.by_certainty(actor, family, doubtful, &Certainty::Surely));
        found
    }

    /// The parts of a family that these holds may leave open.
    fn candidates(&mut self, family: &Family, holds: &[Vec<(u32, Hold)>]) -> Vec<usize> {
        let met: Vec<Vec<Met>> = holds.iter().map(|of_need| self.met(of_need)).collect();
        narrowest(family, &met)
    }

    /// The needs that some holds may meet, whatever their guards; sorted, each once.
    fn met(&mut self, of_need: &[(u32, Hold)]) -> Vec<Met> {
        let mut met: Vec<Met> = Vec::new();
        for (action, hold) in of_need {
            for stretch in self.stretches(*hold).clone().iter() {
                met.extend(self.met_by(*action, stretch.language).iter());
            }
        }
        // What meets a need for certain comes first of the same need.
        met.sort_unstable_by_key(|met| (met.need, !met.sure));
        met.dedup_by_key(|met| met.need);
        met
    }

    pub(super) fn met_by(&mut self, action: u32, language: u32) -> Arc<[Met]> {
        let resources = self.cutter.languages.get(language);
        self.needs
            .met_by(action, language, resources, self.world.limits())
    }

    /// Links some parts of a family, each by its own certainty.
    pub(super) fn link_parts(
        &mut self,
        actor: &mut Actor,
        family: &Family,
        parts: impl IntoIterator<Item = usize>,
        first: &Certainty,
    ) {
        let found = self.by_certainty(actor, family, parts, first);
        actor.found.extend(found);
    }

    /// Some parts of a family as bundles of what is equally sure.
    fn by_certainty(
        &mut self,
        actor: &mut Actor,
        family: &Family,
        parts: impl IntoIterator<Item = usize>,
        first: &Certainty,
    ) -> Vec<(u32, Certainty)> {
        let mut by_certainty: BTreeMap<Certainty, Vec<u32>> = BTreeMap::new();
        for part in parts.into_iter().filter_map(|part| family.parts.get(part)) {
            let met = part.rest.iter().try_fold(first.clone(), |so_far, number| {
                Some(so_far.and(&self.need(actor, *number)?))
            });
            if let Some(certainty) = met {
                by_certainty
                    .entry(certainty)
                    .or_default()
                    .extend(part.indices.iter());
            }
        }
        let mut found = Vec::with_capacity(by_certainty.len());
        for (certainty, mut indices) in by_certainty {
            indices.sort_unstable();
            found.push((self.intern(indices.into()), certainty));
        }
        found
    }
}

/// The parts of a family of which one further need, that with the fewest, is met.
fn narrowest(family: &Family, met: &[Vec<Met>]) -> Vec<usize> {
    let fewest = (0..met.len()).min_by_key(|place| met.get(*place).map_or(0, Vec::len));
    let Some((place, met)) = fewest.and_then(|place| Some((place, met.get(place)?))) else {
        return (0..family.parts.len()).collect();
    };
    let Some(by_need) = family.by_need.get(place) else {
        return Vec::new();
    };
    met.iter()
        .filter_map(|met| by_need.get(&met.need))
        .flat_map(|parts| parts.iter().map(|part| *part as usize))
        .collect()
}
