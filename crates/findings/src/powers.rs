//! Who comes to hold something: directly, by becoming somebody who does, or by widening what one holds.
//!
//! Found backwards from the holders, for all identities at once. `World::reach` gives the same from one identity.

use std::collections::BTreeMap;
use std::rc::Rc;

use leastwise_effective::{Certainty, How, Path, Ways, World};
use leastwise_model::{Gain, IdentityIndex, Targets};
use leastwise_permset::PermissionSet;

/// A widening of a set that gives somebody what is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Widening {
    /// The place of the opportunity among the snapshot's.
    pub opportunity: u32,
    /// Who widens.
    pub actor: IdentityIndex,
    /// Whose set is widened; the actor can become it.
    pub target: IdentityIndex,
}

/// Who comes to hold something, with ways that `admit` lets count.
pub(crate) struct Powers {
    /// Whether each identity holds it as itself.
    pub direct: Vec<bool>,
    /// Ways to those who do.
    pub through: Ways,
    /// Who can widen a set so that they hold it.
    widening: BTreeMap<IdentityIndex, Widening>,
    /// Ways of actors to the targets they widen.
    to_target: BTreeMap<IdentityIndex, Rc<Ways>>,
    /// Ways to those who can widen.
    toward_widening: Ways,
}

/// How one identity comes to hold it beyond what it holds as itself.
pub(crate) struct Coming<'p> {
    /// Through somebody, or by granting.
    pub how: How,
    /// Who holds it in the end: the one it becomes, or whose set is widened.
    pub end: IdentityIndex,
    /// The first opportunity on the way.
    pub opportunity: u32,
    /// Who widens, and what; `None` where it just becomes somebody.
    pub widening: Option<&'p Widening>,
}

impl Powers {
    /// `holders` hold it; `gives` tells whether adding a set to what an identity holds gives it.
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
            to_target: BTreeMap::new(),
            toward_widening: Ways::default(),
        };
        powers.find_widening(world, gives, admit);
        let actors: Vec<IdentityIndex> = powers.widening.keys().copied().collect();
        if !actors.is_empty() {
            powers.toward_widening = world.ways_to(&actors, admit);
        }
        powers
    }

    fn find_widening(
        &mut self,
        world: &World,
        gives: impl Fn(&PermissionSet, IdentityIndex) -> bool,
        admit: impl Fn(&Certainty) -> bool + Copy,
    ) {
        let snapshot = world.snapshot();
        for opening in world.widening() {
            let holders: Vec<IdentityIndex> = opening
                .holders
                .iter()
                .copied()
                .filter(|holder| world.open_to(&opening, *holder).is_some_and(admit))
                .collect();
            if holders.is_empty() {
                continue;
            }
            // Whose sets can be widened so that they hold it, and by which opportunity.
            let mut targets: BTreeMap<IdentityIndex, u32> = BTreeMap::new();
            for index in opening.opportunities {
                let Some(opportunity) = snapshot.opportunities.get(*index as usize) else {
                    continue;
                };
                let Gain::Grant(gain) = &opportunity.gain else {
                    continue;
                };
                match &opportunity.targets {
                    Targets::Actor => {
                        for holder in holders.iter().filter(|holder| gives(gain, **holder)) {
                            self.add(Widening {
                                opportunity: *index,
                                actor: *holder,
                                target: *holder,
                            });
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
                    self.add(Widening {
                        opportunity: *opportunity,
                        actor: *holder,
                        target: *holder,
                    });
                }
            }
            if targets.is_empty() || holders.iter().all(|holder| self.comes(*holder)) {
                continue;
            }
            let ends: Vec<IdentityIndex> = targets.keys().copied().collect();
            let ways = Rc::new(world.ways_to(&ends, admit));
            for holder in &holders {
                if ways.next(*holder).is_some() && !self.comes(*holder) {
                    let target = ways.end(*holder);
                    if let Some(opportunity) = targets.get(&target) {
                        self.add(Widening {
                            opportunity: *opportunity,
                            actor: *holder,
                            target,
                        });
                        self.to_target.insert(*holder, ways.clone());
                    }
                }
            }
        }
    }

    fn comes(&self, index: IdentityIndex) -> bool {
        self.holds(index) || self.through.next(index).is_some() || self.widening.contains_key(&index)
    }

    fn add(&mut self, widening: Widening) {
        self.widening.entry(widening.actor).or_insert(widening);
    }

    /// Whether an identity holds it as itself.
    pub fn holds(&self, index: IdentityIndex) -> bool {
        self.direct.get(index.0 as usize).copied().unwrap_or_default()
    }

    /// How an identity that does not hold it comes to hold it; `None` where it does not.
    pub fn coming(&self, index: IdentityIndex) -> Option<Coming<'_>> {
        if self.holds(index) {
            return None;
        }
        if let Some(next) = self.through.next(index) {
            let end = self.through.end(index);
            return Some(Coming {
                how: How::Through,
                end,
                opportunity: next.opportunity,
                widening: None,
            });
        }
        let actor = self.toward_widening.end(index);
        let widening = self.widening.get(&actor)?;
        let opportunity = self
            .toward_widening
            .next(index)
            .map_or(widening.opportunity, |next| next.opportunity);
        Some(Coming {
            how: How::ByGranting,
            end: widening.target,
            opportunity,
            widening: Some(widening),
        })
    }

    /// The legs of that way.
    pub fn path(&self, world: &World, index: IdentityIndex) -> Path {
        let Some(coming) = self.coming(index) else {
            return Path::new();
        };
        let Some(widening) = coming.widening else {
            return world.path_along(&self.through, index);
        };
        let mut path = world.path_along(&self.toward_widening, index);
        path.extend(world.path_of_widening(widening.actor, widening.opportunity, widening.target));
        if let Some(ways) = self.to_target.get(&widening.actor) {
            path.extend(world.path_along(ways, widening.actor));
        }
        path
    }
}
