//! The part of an estate that has to do with a goal: those who come to it, and the opportunities by which they do.
//!
//! Who does not come to a goal does not come to it either when less is given, so that nobody else need be looked at.

use std::collections::BTreeSet;
use std::sync::Arc;

use leastwise_model::{Gain, IdentityIndex, Opportunity, Snapshot, Targets};
use leastwise_permset::Label;
use rustc_hash::FxHashMap;

use crate::answer::Outcome;
use crate::arrivals::Arrivals;
use crate::goal::Goal;
use crate::levels::Held;
use crate::powers::Steps;
use crate::without::{Statement, Taking};
use crate::world::World;

/// A smaller estate in which the same identities come to the goal, over the same ways.
pub(crate) struct Slice<'w> {
    world: &'w World,
    goal: Goal,
    snapshot: Snapshot,
    direct: Vec<Held>,
    /// Who each identity is in the whole estate.
    of: Vec<IdentityIndex>,
}

impl<'w> Slice<'w> {
    /// The slice of all who come to a goal, itself included where it is an identity.
    pub(crate) fn new(world: &'w World, arrivals: &Arrivals<'_>) -> Self {
        let of = concerned(world, arrivals);
        let here: FxHashMap<IdentityIndex, IdentityIndex> =
            of.iter().copied().zip((0u32..).map(IdentityIndex)).collect();
        let whole = world.snapshot();
        let snapshot = Snapshot {
            instances: whole.instances.clone(),
            identities: of
                .iter()
                .filter_map(|index| whole.identity(*index).cloned())
                .collect(),
            techniques: whole.techniques.clone(),
            opportunities: whole
                .opportunities
                .iter()
                .filter_map(|opportunity| within(opportunity, &here))
                .collect(),
            ..Snapshot::default()
        };
        let goal = match arrivals.goal() {
            Goal::Identity(target) => Goal::Identity(here.get(target).copied().unwrap_or(*target)),
            Goal::Requests(all) => Goal::Requests(all.clone()),
        };
        let direct = of
            .iter()
            .filter_map(|index| arrivals.direct().get(index.0 as usize).cloned())
            .collect();
        Self {
            world,
            goal,
            snapshot,
            direct,
            of,
        }
    }

    /// How surely each identity of the slice comes to the goal without what a statement gives.
    pub(crate) fn without(&self, statement: &Statement) -> Vec<(IdentityIndex, Option<Steps>)> {
        let labels: BTreeSet<Label> = statement.labels.iter().copied().collect();
        self.less(&labels, |arrivals| {
            let here = (0u32..).map(IdentityIndex).map(|at| arrivals.steps_of(at));
            self.of.iter().copied().zip(here).collect()
        })
    }

    /// Who an identity of the slice is in the whole estate.
    pub(crate) fn whole(&self, index: IdentityIndex) -> Option<IdentityIndex> {
        self.of.get(index.0 as usize).copied()
    }

    /// What is said of those who come to the goal without what is given under some labels, by their places in the slice.
    pub(crate) fn less<R>(&self, labels: &BTreeSet<Label>, say: impl FnOnce(&Arrivals<'_>) -> R) -> R {
        let mut snapshot = self.snapshot.clone();
        let less = Taking::new(labels).out_of(&mut snapshot);
        let world = World::joined(snapshot, self.world.platforms().to_vec());
        let direct = (0u32..)
            .zip(&self.direct)
            .zip(less)
            .map(|((at, held), less)| match less {
                true => world.held_of(&self.goal, IdentityIndex(at)),
                false => held.clone(),
            })
            .collect();
        say(&world.arrivals_of(&self.goal, direct))
    }
}

/// What of an opportunity concerns those who are here.
fn within(opportunity: &Opportunity, here: &FxHashMap<IdentityIndex, IdentityIndex>) -> Option<Opportunity> {
    let those = |these: &Arc<[IdentityIndex]>| -> Arc<[IdentityIndex]> {
        these
            .iter()
            .filter_map(|index| here.get(index).copied())
            .collect()
    };
    let targets = match &opportunity.targets {
        Targets::Actor => Targets::Actor,
        Targets::These(these) => Targets::These(those(these)),
    };
    let bearers = those(&opportunity.bearers);
    let nobody = matches!(&targets, Targets::These(these) if these.is_empty());
    (!bearers.is_empty() && !nobody).then(|| Opportunity {
        targets,
        bearers,
        ..opportunity.clone()
    })
}

/// Who comes to a goal, and who is on a way to widen a set so that somebody does: whoever may do so, whose set it is, and
/// everybody who can become one of them.
fn concerned(world: &World, arrivals: &Arrivals<'_>) -> Vec<IdentityIndex> {
    let goal = arrivals.goal();
    let mut all: BTreeSet<IdentityIndex> = arrivals.all().iter().map(|arrival| arrival.identity).collect();
    if let Goal::Identity(target) = goal {
        all.insert(*target);
    }
    let mut ends: BTreeSet<IdentityIndex> = BTreeSet::new();
    for opening in world.widening() {
        let opportunities = opening.opportunities.iter();
        let mut gives = false;
        for opportunity in opportunities.filter_map(|at| world.snapshot().opportunities.get(*at as usize)) {
            if let (Gain::Grant(gain), Targets::These(targets)) = (&opportunity.gain, &opportunity.targets) {
                let given =
                    |target: &&IdentityIndex| world.given_of(goal, gain, **target).outcome != Outcome::No;
                let before = ends.len();
                ends.extend(targets.iter().filter(given));
                gives |= ends.len() > before || targets.iter().any(|target| ends.contains(target));
            }
        }
        if gives {
            ends.extend(world.holders_of(&opening).into_iter().map(|(holder, _)| holder));
        }
    }
    let ends: Vec<IdentityIndex> = ends.into_iter().collect();
    all.extend(world.reachers(&ends, false));
    all.extend(ends);
    all.into_iter().collect()
}
