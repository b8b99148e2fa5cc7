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
    powers: [Powers; 3],
}

impl<'w> Levels<'w> {
    /// `direct` is what each identity holds as itself, by place; `gives` tells what a gain gives to an identity, and is
    /// asked once for each of both.
    pub(crate) fn new(
        world: &'w World,
        direct: Vec<Held>,
        gives: impl Fn(&PermissionSet, IdentityIndex) -> Held,
    ) -> Self {
        let given: RefCell<FxHashMap<(usize, IdentityIndex), Held>> = RefCell::default();
        let powers = Steps::ALL.map(|steps| {
            let gives = |gain: &PermissionSet, target: IdentityIndex| {
                let mut given = given.borrow_mut();
                let held = given.entry((gain.address(), target));
                steps.allow(&held.or_insert_with(|| gives(gain, target)).outcome)
            };
            let holds = direct.iter().map(|held| steps.allow(&held.outcome)).collect();
            Powers::new(world, holds, gives, |certainty| steps.admit(certainty))
        });
        Self {
            world,
            direct,
            given: given.into_inner(),
            powers,
        }
    }

    fn at(&self, steps: Steps) -> &Powers {
        let [certain, conditional, at_most] = &self.powers;
        match steps {
            Steps::Certain => certain,
            Steps::Conditional => conditional,
            Steps::AtMost => at_most,
        }
    }

    /// How an identity comes to it, over its surest way; `None` where it does not.
    pub(crate) fn of(&self, index: IdentityIndex) -> Option<Arrival> {
        Steps::ALL.into_iter().find_map(|steps| {
            let powers = self.at(steps);
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
        let comes = |steps: &Steps| {
            let powers = self.at(*steps);
            powers.holds(index) || powers.coming(index).is_some()
        };
        Steps::ALL.into_iter().find(comes)
    }

    /// What each identity holds as itself, by place.
    pub(crate) fn direct(&self) -> &[Held] {
        &self.direct
    }

    /// The steps of the way of an arrival.
    pub(crate) fn moves(&self, arrival: &Arrival) -> Vec<Move> {
        self.at(arrival.steps).moves(self.world, arrival.identity)
    }

    /// The legs of that way, without what the one who acts in the end holds as itself.
    pub(crate) fn way(&self, arrival: &Arrival) -> Path {
        self.at(arrival.steps).path(self.world, arrival.identity)
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
