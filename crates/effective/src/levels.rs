//! Everybody who comes to what is asked for, at each degree of certainty; found backwards for all identities at once.
//!
//! Three walks, each linear in the graph: an identity is as sure as the surest way that it has, whatever the lengths of
//! the ways are.

use std::cell::RefCell;

use leastwise_model::{Gain, IdentityIndex};
use leastwise_permset::{PermissionSet, Witness};
use rustc_hash::FxHashMap;

use crate::answer::{How, Outcome, Path};
use crate::arrivals::{Arrival, Move};
use crate::certainty::Certainty;
use crate::powers::{Powers, Steps};
use crate::world::World;

/// What a set gives of what is asked for: the best answer to one of its requests, and that request.
#[derive(Clone, Debug)]
pub struct Held {
    /// What is so of the best request.
    pub outcome: Outcome,
    /// The best request; `None` where one request or an identity is asked about, and where nothing is given.
    pub witness: Option<Witness>,
}

impl Held {
    pub(crate) fn nothing() -> Self {
        Self::from(Outcome::No)
    }
}

impl From<Outcome> for Held {
    fn from(outcome: Outcome) -> Self {
        Self {
            outcome,
            witness: None,
        }
    }
}

/// Everybody who comes to it.
pub(crate) struct Levels<'w> {
    world: &'w World,
    direct: Vec<Held>,
    /// What gains give, by their addresses and to whom.
    given: FxHashMap<(usize, IdentityIndex), Held>,
    /// For each level at which more come to it than at the one above, from the surest on.
    powers: Vec<(Steps, Powers)>,
}

impl<'w> Levels<'w> {
    /// `direct` is what each identity holds as itself, by place; `gives` tells what a gain gives to an identity, and is
    /// asked once for each of both, where `may` does not exclude the opportunity, by
    /// its place.
    pub(crate) fn new(
        world: &'w World,
        direct: Vec<Held>,
        may: impl Fn(u32) -> bool,
        gives: impl Fn(&PermissionSet, IdentityIndex) -> Held,
    ) -> Self {
        let given: RefCell<FxHashMap<(usize, IdentityIndex), Held>> = RefCell::default();
        let doubts = world.doubts();
        let mut found: Vec<(Steps, Powers)> = Vec::new();
        for steps in Steps::ALL {
            // Where nothing is less sure than the level above, who comes to it is the same there.
            let less_sure = |outcome: &Outcome| match outcome {
                Outcome::When(_) => steps == Steps::Conditional,
                Outcome::Unknown { .. } => steps == Steps::AtMost,
                Outcome::Yes | Outcome::No => false,
            };
            let differs = match steps {
                Steps::Certain => true,
                Steps::Conditional => doubts.conditional,
                Steps::AtMost => doubts.dependent,
            };
            let ends = |held: &Held| less_sure(&held.outcome);
            if !differs && !direct.iter().any(ends) && !given.borrow().values().any(ends) {
                continue;
            }
            let gives = |gain: &PermissionSet, target: IdentityIndex| {
                let mut given = given.borrow_mut();
                let held = given.entry((gain.address(), target));
                steps.allow(&held.or_insert_with(|| gives(gain, target)).outcome)
            };
            let holds = direct.iter().map(|held| steps.allow(&held.outcome)).collect();
            let admit = |certainty: &Certainty| steps.admit(certainty);
            found.push((steps, Powers::among(world, holds, &may, gives, admit)));
        }
        Self {
            world,
            direct,
            given: given.into_inner(),
            powers: found,
        }
    }

    /// The powers of the levels that differ, from the surest on.
    fn each(&self) -> impl Iterator<Item = (Steps, &Powers)> {
        self.powers.iter().map(|(steps, powers)| (*steps, powers))
    }

    fn at(&self, steps: Steps) -> Option<&Powers> {
        self.each().find(|(at, _)| *at == steps).map(|(_, powers)| powers)
    }

    /// How an identity comes to it, over its surest way; `None` where it does not.
    pub(crate) fn of(&self, index: IdentityIndex) -> Option<Arrival> {
        self.each().find_map(|(steps, powers)| {
            let arrival = |how, end| Arrival {
                identity: index,
                how,
                steps,
                end,
            };
            if powers.holds(index) {
                return Some(arrival(How::Direct, index));
            }
            let coming = powers.coming(index)?;
            Some(arrival(coming.how, coming.end))
        })
    }

    /// How sure the surest way of an identity is; `None` where it has none.
    pub(crate) fn steps_of(&self, index: IdentityIndex) -> Option<Steps> {
        self.of(index).map(|arrival| arrival.steps)
    }

    /// What each identity holds as itself, by place.
    pub(crate) fn direct(&self) -> &[Held] {
        &self.direct
    }

    /// The steps of the way of an arrival.
    pub(crate) fn moves(&self, arrival: &Arrival) -> Vec<Move> {
        let powers = self.at(arrival.steps);
        powers.map_or_else(Vec::new, |powers| powers.moves(self.world, arrival.identity))
    }

    /// The legs of that way, without what the one who acts in the end holds as itself.
    pub(crate) fn way(&self, arrival: &Arrival) -> Path {
        let powers = self.at(arrival.steps);
        powers.map_or_else(Path::new, |powers| powers.path(self.world, arrival.identity))
    }

    /// What the one who acts in the end makes of it, after these moves: what it holds, or what it was given.
    pub(crate) fn held(&self, arrival: &Arrival, moves: &[Move]) -> Option<&Held> {
        if arrival.how != How::ByGranting {
            return self.direct.get(arrival.end.0 as usize);
        }
        let last = moves.iter().rfind(|one| one.widens)?;
        let opportunities = &self.world.snapshot().opportunities;
        match &opportunities.get(last.opportunity as usize)?.gain {
            Gain::Grant(gain) => self.given.get(&(gain.address(), last.to)),
            Gain::Become => None,
        }
    }

    /// What is so for the one who arrives, along its whole way.
    pub(crate) fn outcome(&self, arrival: &Arrival) -> Outcome {
        let moves = self.moves(arrival);
        let end = self.held(arrival, &moves);
        let end = end.map_or(Outcome::Yes, |held| held.outcome.clone());
        moves.iter().fold(end, |so_far, one| so_far.after(&one.certainty))
    }
}
