//! Everybody who can become one of several targets, found backwards in one walk, each with the next step.
//!
//! [`World::reach`] looks forward from one identity. A question about all identities at once (who can become an
//! administrator?) is answered from the other end: linear in the opportunities met, however many ask.

use std::collections::VecDeque;
use std::collections::hash_map::Entry;

use leastwise_model::{Gain, IdentityIndex, Targets};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::answer::{Leg, Path};
use crate::certainty::Certainty;
use crate::graph::{Edge, Met};
use crate::walk::Trace;
use crate::world::World;

/// The first step of the shortest way of one identity toward the targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// The place of the opportunity among the snapshot's.
    pub opportunity: u32,
    /// Whom the identity becomes by it.
    pub to: IdentityIndex,
    /// How sure it is that it is open.
    pub certainty: Certainty,
    /// How many steps it is to a target, this one included.
    pub hops: u32,
}

/// The ways of all identities toward some targets.
#[derive(Clone, Debug, Default)]
pub struct Ways {
    next: FxHashMap<IdentityIndex, Next>,
}

impl Ways {
    /// The first step of an identity; `None` for a target itself and for whoever cannot become one.
    #[must_use]
    pub fn next(&self, from: IdentityIndex) -> Option<&Next> {
        self.next.get(&from)
    }

    /// Everybody who can become a target, in order.
    #[must_use]
    pub fn sources(&self) -> Vec<IdentityIndex> {
        let mut all: Vec<IdentityIndex> = self.next.keys().copied().collect();
        all.sort_unstable();
        all
    }

    /// How many can become a target.
    #[must_use]
    pub fn len(&self) -> usize {
        self.next.len()
    }

    /// Whether nobody can.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.next.is_empty()
    }

    /// The target at which the way of an identity ends; itself where it has no way.
    #[must_use]
    pub fn end(&self, from: IdentityIndex) -> IdentityIndex {
        let mut at = from;
        // A way has no circles, as every step was found later than the one it leads to.
        while let Some(next) = self.next(at) {
            at = next.to;
        }
        at
    }
}

/// Opportunities that are open together.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'w> {
    bundle: u32,
    /// Places of the opportunities among the snapshot's, sorted.
    pub opportunities: &'w [u32],
}

impl World {
    /// Everybody who can become one of `targets` by steps that `admit` lets count, and how. Linear in the
    /// opportunities met.
    #[must_use]
    pub fn ways_to(&self, targets: &[IdentityIndex], admit: impl Fn(&Certainty) -> bool) -> Ways {
        self.ways_within(targets, admit, |_| true, &mut self.graph().unmet())
    }

    /// As [`World::ways_to`], through those only for whom `within` holds.
    pub(crate) fn ways_within(
        &self,
        targets: &[IdentityIndex],
        admit: impl Fn(&Certainty) -> bool,
        within: impl Fn(IdentityIndex) -> bool,
        met: &mut Met,
    ) -> Ways {
        met.forget();
        let graph = self.graph();
        let mut ways = Ways::default();
        let ends: FxHashSet<IdentityIndex> = targets.iter().copied().collect();
        let mut queue: VecDeque<(IdentityIndex, u32)> = VecDeque::new();
        let mut first = targets.to_vec();
        first.sort_unstable();
        first.dedup();
        queue.extend(first.into_iter().map(|target| (target, 0)));
        while let Some((to, hops)) = queue.pop_front() {
            for opportunity in graph.toward(to) {
                graph.holders_unmet(*opportunity, met, |holder, certainty| {
                    if !admit(certainty) || !within(holder) || ends.contains(&holder) {
                        return;
                    }
                    if let Entry::Vacant(vacant) = ways.next.entry(holder) {
                        vacant.insert(Next {
                            opportunity: *opportunity,
                            to,
                            certainty: certainty.clone(),
                            hops: hops + 1,
                        });
                        queue.push_back((holder, hops + 1));
                    }
                });
            }
        }
        ways
    }

    /// The way of `from`, leg by leg; empty where it has none.
    #[must_use]
    pub fn path_along(&self, ways: &Ways, from: IdentityIndex) -> Path {
        let mut trace = Trace::default();
        let mut at = from;
        while let Some(next) = ways.next(at) {
            trace
                .came_from
                .insert(next.to, (at, next.opportunity, next.certainty.clone()));
            at = next.to;
        }
        self.retrace(&trace, at)
    }

    /// Bundles of opportunities of which at least one widens somebody's set.
    pub fn widening(&self) -> impl Iterator<Item = Opening<'_>> {
        let graph = self.graph();
        let widens = |index: &u32| {
            let opportunity = self.snapshot().opportunities.get(*index as usize);
            opportunity.is_some_and(|opportunity| matches!(opportunity.gain, Gain::Grant(_)))
        };
        (0..graph.bundle_count()).filter_map(move |bundle| {
            let opportunities = graph.bundle(bundle);
            opportunities.iter().any(widens).then_some(Opening {
                bundle,
                opportunities,
            })
        })
    }

    /// Whom an opening is open to, and how sure that is; sorted, each once.
    #[must_use]
    pub fn holders_of(&self, opening: &Opening<'_>) -> Vec<(IdentityIndex, &Certainty)> {
        let mut holders: Vec<(IdentityIndex, &Certainty)> = self.graph().holders(opening.bundle).collect();
        holders.sort();
        holders.dedup_by_key(|(holder, _)| *holder);
        holders
    }

    /// The legs by which `from` widens the set of `to` with an opportunity.
    #[must_use]
    pub fn path_of_widening(&self, from: IdentityIndex, index: u32, to: IdentityIndex) -> Path {
        let Some(opportunity) = self.snapshot().opportunities.get(index as usize) else {
            return Path::new();
        };
        let edge = Edge {
            from,
            index,
            opportunity,
            certainty: &Certainty::Surely,
        };
        let mut path = self.legs_of(&edge);
        path.push(Leg::Grants {
            from,
            to,
            technique: opportunity.technique,
            step: opportunity.step,
        });
        path
    }

    /// For each identity, whether somebody else for whom `counts` holds can become it, in one step that does not
    /// depend on gaps. Linear in bundles and their holders.
    #[must_use]
    pub fn entered(&self, counts: impl Fn(IdentityIndex) -> bool) -> Vec<bool> {
        let graph = self.graph();
        let mut entered = vec![false; self.snapshot().identities.len()];
        for bundle in 0..graph.bundle_count() {
            let counting = |(holder, certainty): &(IdentityIndex, &Certainty)| {
                counts(*holder) && !matches!(certainty, Certainty::Depends(_))
            };
            let mut holders = graph.holders(bundle).filter(counting).map(|(holder, _)| holder);
            let Some(first) = holders.next() else { continue };
            let second = holders.any(|holder| holder != first);
            for index in graph.bundle(bundle) {
                let Some(opportunity) = self.snapshot().opportunities.get(*index as usize) else {
                    continue;
                };
                if let (Gain::Become, Targets::These(targets)) = (&opportunity.gain, &opportunity.targets) {
                    for target in targets.iter().filter(|target| second || **target != first) {
                        if let Some(entered) = entered.get_mut(target.0 as usize) {
                            *entered = true;
                        }
                    }
                }
            }
        }
        entered
    }
}
