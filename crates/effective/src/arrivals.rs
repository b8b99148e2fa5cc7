//! Everybody who comes to a goal, how, and how surely; found backwards for all identities at once.

use std::collections::BTreeSet;

use leastwise_model::IdentityIndex;
use leastwise_permset::{Context, Guard, Meeting, PermissionSet, Witness};

use crate::answer::{Answer, How, Outcome, Path, Question};
use crate::certainty::Certainty;
use crate::goal::Goal;
use crate::levels::{Held, Levels};
use crate::powers::Steps;
use crate::who::Wanted;
use crate::world::World;

/// One who comes to the goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Who.
    pub identity: IdentityIndex,
    /// In which capacity.
    pub how: How,
    /// How sure the surest way is.
    pub steps: Steps,
    /// Who acts in the end.
    pub end: IdentityIndex,
}

/// One step of a way: an identity becomes another, or widens what another (or itself) holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Who acts.
    pub from: IdentityIndex,
    /// Whom it becomes, or whose set it widens.
    pub to: IdentityIndex,
    /// The place of the opportunity among the snapshot's.
    pub opportunity: u32,
    /// How sure it is that it is open.
    pub certainty: Certainty,
    /// Whether it widens a set.
    pub widens: bool,
}

/// Everybody who comes to a goal.
pub struct Arrivals<'w> {
    world: &'w World,
    goal: &'w Goal,
    levels: Levels<'w>,
    /// The same without what is assumed, where something is.
    unassumed: Option<Box<Arrivals<'w>>>,
}

impl World {
    /// What an identity holds of a goal as itself.
    pub(crate) fn held_of(&self, goal: &Goal, index: IdentityIndex) -> Held {
        match goal {
            Goal::Identity(target) if *target == index => Outcome::Yes.into(),
            _ => self.given_of(goal, &self.effective(index), index),
        }
    }

    /// What a set in the hands of an identity gives of a goal.
    pub(crate) fn given_of(&self, goal: &Goal, set: &PermissionSet, index: IdentityIndex) -> Held {
        let Some(requests) = goal.requests_of(self, index) else {
            return Held::nothing();
        };
        if matches!(set.meets(requests, self.limits()), Meeting::Never) {
            return Held::nothing();
        }
        let wanted = Wanted {
            requests,
            known: &Context::new(),
            absent: &BTreeSet::new(),
            given: &Guard::always(),
            any: true,
        };
        let (outcome, witness) = self.works(index, set, &wanted);
        Held { outcome, witness }
    }

    /// Everybody who comes to a goal: as themselves, by becoming somebody, by widening what they or those hold.
    #[must_use]
    pub fn arrivals<'w>(&'w self, goal: &'w Goal) -> Arrivals<'w> {
        let each = self.snapshot().each_identity();
        let direct = each.map(|(index, _)| self.held_of(goal, index)).collect();
        self.arrivals_of(goal, direct)
    }

    /// The same, where what each identity holds as itself is known.
    pub(crate) fn arrivals_of<'w>(&'w self, goal: &'w Goal, direct: Vec<Held>) -> Arrivals<'w> {
        Arrivals {
            world: self,
            goal,
            levels: Levels::new(
                self,
                direct,
                |_| true,
                |gain, target| self.given_of(goal, gain, target),
            ),
            unassumed: self
                .without_assumed()
                .map(|without| Box::new(without.arrivals(goal))),
        }
    }
}

impl<'w> Arrivals<'w> {
    /// What is asked who comes to.
    #[must_use]
    pub fn goal(&self) -> &'w Goal {
        self.goal
    }

    /// How an identity comes to it, over its surest way; `None` where it does not.
    #[must_use]
    pub fn of(&self, index: IdentityIndex) -> Option<Arrival> {
        self.levels.of(index)
    }

    /// How sure the surest way of an identity is; `None` where it has none.
    #[must_use]
    pub fn steps_of(&self, index: IdentityIndex) -> Option<Steps> {
        self.levels.steps_of(index)
    }

    /// Everybody who comes to it, in the order of identities; who is to be become does not count.
    #[must_use]
    pub fn all(&self) -> Vec<Arrival> {
        let each = self.world.snapshot().each_identity();
        let counts = |index: &IdentityIndex| !matches!(self.goal, Goal::Identity(target) if target == index);
        each.map(|(index, _)| index)
            .filter(counts)
            .filter_map(|index| self.of(index))
            .collect()
    }

    /// What each identity holds of the goal as itself, by place.
    #[must_use]
    pub fn direct(&self) -> &[Held] {
        self.levels.direct()
    }

    /// The steps of the way of an arrival.
    #[must_use]
    pub fn moves(&self, arrival: &Arrival) -> Vec<Move> {
        self.levels.moves(arrival)
    }

    /// What the one who acts in the end makes of it: what it holds, or what it was given.
    #[must_use]
    pub fn held(&self, arrival: &Arrival) -> Option<&Held> {
        self.levels.held(arrival, &self.moves(arrival))
    }

    /// The answer for the one who arrives, without its paths.
    #[must_use]
    pub fn answer(&self, arrival: &Arrival) -> Answer {
        let outcome = self.levels.outcome(arrival);
        let mut assuming = self
            .world
            .snapshot()
            .identity(arrival.identity)
            .map(|identity| crate::ask::relevant(identity, &outcome))
            .unwrap_or_default();
        if let Some(without) = &self.unassumed {
            assuming.extend(self.world.resting(&outcome, |_| {
                let arrival = without.of(arrival.identity);
                arrival.map_or(Outcome::No, |arrival| without.levels.outcome(&arrival))
            }));
        }
        Answer {
            outcome,
            how: Some(arrival.how),
            paths: Vec::new(),
            assuming,
        }
    }

    /// The request that an arrival ends in, for people to read; `None` where the goal is an identity.
    #[must_use]
    pub fn request(&self, arrival: &Arrival) -> Option<Witness> {
        let held = self.held(arrival)?;
        let first = held.witness.clone()?;
        if arrival.how == How::ByGranting {
            return Some(first);
        }
        let requests = self.goal.requests_of(self.world, arrival.end)?;
        let set = self.world.effective(arrival.end).intersection(requests);
        let natural = self.world.natural(arrival.end, &set, &first);
        let alike = |natural: &Witness| {
            let outcome = self
                .world
                .ask_as(&question(arrival.end, natural), arrival.end)
                .outcome;
            std::mem::discriminant(&outcome) == std::mem::discriminant(&held.outcome)
        };
        Some(natural.filter(alike).unwrap_or(first))
    }

    /// The legs of the way of an arrival, to the statements that give what is asked for.
    #[must_use]
    pub fn path(&self, arrival: &Arrival) -> Path {
        let mut path = self.levels.way(arrival);
        if arrival.how != How::ByGranting
            && let Some(witness) = self.request(arrival)
        {
            let asked = question(arrival.end, &witness);
            let ways = self.world.ask_as(&asked, arrival.end).paths;
            path.extend(ways.into_iter().next().unwrap_or_default());
        }
        path
    }

    /// The last stretch of that alone: what the one who acts in the end holds as itself.
    pub(crate) fn last_stretch(&self, arrival: &Arrival) -> Path {
        self.path(&Arrival {
            identity: arrival.end,
            how: How::Direct,
            ..*arrival
        })
    }
}

fn question(identity: IdentityIndex, witness: &Witness) -> Question<'_> {
    Question::direct(identity, &witness.request.action, &witness.request.resource)
}
