//! Who comes to hold something: directly, by becoming somebody who does, or by widening what one holds.
//!
//! Found backwards from the holders, for all identities at once. `World::reach` gives the same from one identity.

use std::collections::BTreeMap;
use std::rc::Rc;

use leastwise_effective::{Certainty, How, Opening, Path, Ways, World};
use leastwise_model::{Gain, IdentityIndex, Targets};
use leastwise_permset::{Atom, PermissionSet};

/// A widening of a set that gives somebody what is asked for.
#[derive(Clone, Debug)]
struct Widening {
    /// The place of the opportunity among the snapshot's.
    opportunity: u32,
    /// Who widens.
    actor: IdentityIndex,
    /// How one becomes the actor; `None` where one is.
    to_actor: Option<Rc<Ways>>,
    /// Whose set is widened.
    target: IdentityIndex,
    /// How one becomes the target; `None` where one is.
    to_target: Option<Rc<Ways>>,
}

/// Who comes to hold something, with ways that `admit` lets count.
pub(crate) struct Powers {
    /// Whether each identity holds it as itself.
    direct: Vec<bool>,
    /// Ways to those who do.
    through: Ways,
    /// Who can have a set widened so that they hold it.
    widening: BTreeMap<IdentityIndex, Widening>,
    /// Ways to those.
    toward_widening: Ways,
}

/// How one identity comes to hold it beyond what it holds as itself.
pub(crate) struct Coming {
    /// Through somebody, or by granting.
    pub how: How,
    /// Who holds it in the end: the one it becomes, or whose set is widened.
    pub end: IdentityIndex,
    /// The first opportunity on the way, which is the identity's own.
    pub opportunity: u32,
}

impl Powers {
    /// `direct` tells who holds it; `gives` tells whether adding a set to what an identity holds gives it.
    pub fn new(
        world: &World,
        direct: Vec<bool>,
        gives: impl Fn(&PermissionSet, IdentityIndex) -> bool,
        admit: impl Fn(&Certainty) -> bool + Copy,
    ) -> Self {
        let holders: Vec<IdentityIndex> = (0u32..)
            .zip(&direct)
            .filter(|(_, holds)| **holds)
            .map(|(at, _)| IdentityIndex(at))
            .collect();
        let through = world.ways_to(&holders, admit);
        let mut powers = Self {
            direct,
            through,
            widening: BTreeMap::new(),
            toward_widening: Ways::default(),
        };
        for opening in world.widening() {
            powers.widen(world, &opening, &gives, admit);
        }
        let actors: Vec<IdentityIndex> = powers.widening.keys().copied().collect();
        if !actors.is_empty() {
            powers.toward_widening = world.ways_to(&actors, admit);
        }
        powers
    }

    /// Looks at the opportunities of one opening.
    fn widen(
        &mut self,
        world: &World,
        opening: &Opening<'_>,
        gives: impl Fn(&PermissionSet, IdentityIndex) -> bool,
        admit: impl Fn(&Certainty) -> bool + Copy,
    ) {
        let holders: Vec<IdentityIndex> = world
            .holders_of(opening)
            .into_iter()
            .filter(|(_, certainty)| admit(certainty))
            .map(|(holder, _)| holder)
            .collect();
        if holders.is_empty() {
            return;
        }
        // Whose sets can be widened so that they hold it, and by which opportunity.
        let mut targets: BTreeMap<IdentityIndex, u32> = BTreeMap::new();
        for index in opening.opportunities {
            let Some(opportunity) = world.snapshot().opportunities.get(*index as usize) else {
                continue;
            };
            let Gain::Grant(gain) = &opportunity.gain else {
                continue;
            };
            match &opportunity.targets {
                Targets::Actor => {
                    for holder in &holders {
                        if !self.comes(*holder) && gives(gain, *holder) {
                            self.add(*holder, *index, (*holder, None), (*holder, None));
                        }
                    }
                }
                Targets::These(these) => {
                    for target in these.iter().filter(|target| gives(gain, **target)) {
                        targets.entry(*target).or_insert(*index);
                    }
                }
            }
        }
        for holder in &holders {
            if let Some(opportunity) = targets.get(holder) {
                self.add(*holder, *opportunity, (*holder, None), (*holder, None));
            }
        }
        if targets.is_empty() {
            return;
        }
        // Somebody who can become both who widens and whose set is widened, or is one of them.
        let ends: Vec<IdentityIndex> = targets.keys().copied().collect();
        let to_target = Rc::new(world.ways_to(&ends, admit));
        let to_actor = Rc::new(world.ways_to(&holders, admit));
        let candidates = to_actor
            .iter()
            .map(|(index, _)| index)
            .chain(holders.iter().copied());
        for index in candidates {
            if self.comes(index) {
                continue;
            }
            let there = to_target.next(index).is_some();
            let target = if there { to_target.end(index) } else { index };
            let Some(opportunity) = targets.get(&target) else {
                continue;
            };
            let actor = to_actor.end(index);
            let by_ways = |is: bool, ways: &Rc<Ways>| is.then(|| ways.clone());
            self.add(
                index,
                *opportunity,
                (actor, by_ways(actor != index, &to_actor)),
                (target, by_ways(there, &to_target)),
            );
        }
    }

    fn comes(&self, index: IdentityIndex) -> bool {
        self.holds(index) || self.through.next(index).is_some() || self.widening.contains_key(&index)
    }

    fn add(
        &mut self,
        index: IdentityIndex,
        opportunity: u32,
        (actor, to_actor): (IdentityIndex, Option<Rc<Ways>>),
        (target, to_target): (IdentityIndex, Option<Rc<Ways>>),
    ) {
        let widening = || Widening {
            opportunity,
            actor,
            to_actor,
            target,
            to_target,
        };
        self.widening.entry(index).or_insert_with(widening);
    }

    /// Whether an identity holds it as itself.
    pub fn holds(&self, index: IdentityIndex) -> bool {
        self.direct.get(index.0 as usize).copied().unwrap_or_default()
    }

    /// How an identity that does not hold it comes to hold it; `None` where it does not.
    pub fn coming(&self, index: IdentityIndex) -> Option<Coming> {
        if self.holds(index) {
            return None;
        }
        if let Some(next) = self.through.next(index) {
            let end = self.through.end(index);
            return Some(Coming {
                how: How::Through,
                end,
                opportunity: next.opportunity,
            });
        }
        let widening = self.widening.get(&self.toward_widening.end(index))?;
        let first = self
            .toward_widening
            .next(index)
            .or_else(|| widening.to_actor.as_ref()?.next(index));
        let opportunity = first.map_or(widening.opportunity, |next| next.opportunity);
        Some(Coming {
            how: How::ByGranting,
            end: widening.target,
            opportunity,
        })
    }

    /// The gaps on the first steps of that way, where it has any.
    pub fn gaps(&self, index: IdentityIndex) -> Vec<Atom> {
        let first = |ways: &Ways| match ways.next(index).map(|next| &next.certainty) {
            Some(Certainty::Depends(atoms)) => atoms.clone(),
            _ => Vec::new(),
        };
        let mut gaps = first(&self.through);
        gaps.extend(first(&self.toward_widening));
        gaps
    }

    /// The legs of that way.
    pub fn path(&self, world: &World, index: IdentityIndex) -> Path {
        let Some(coming) = self.coming(index) else {
            return Path::new();
        };
        if coming.how == How::Through {
            return world.path_along(&self.through, index);
        }
        let mut path = world.path_along(&self.toward_widening, index);
        let by = self.toward_widening.end(index);
        let Some(widening) = self.widening.get(&by) else {
            return path;
        };
        let along = |ways: &Option<Rc<Ways>>| {
            ways.as_ref()
                .map(|ways| world.path_along(ways, by))
                .unwrap_or_default()
        };
        path.extend(along(&widening.to_actor));
        path.extend(world.path_of_widening(widening.actor, widening.opportunity, widening.target));
        path.extend(along(&widening.to_target));
        path
    }
}
