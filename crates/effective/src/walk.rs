//! Walks over who can become whom, and the ways back.

use std::collections::{BTreeSet, VecDeque};

use leastwise_model::{IdentityIndex, Text};
use leastwise_permset::{Answers, Meeting, PermissionSet, Region, Strings, Witness};
use rustc_hash::FxHashMap;

use crate::answer::{Leg, Path};
use crate::certainty::Certainty;
use crate::graph::{Doubts, Edge};
use crate::powers::Steps;
use crate::world::World;

/// Somebody that an identity can become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Who.
    pub identity: IdentityIndex,
    /// After how many steps of becoming, at the fewest.
    pub hops: u32,
    /// Whether every step of that way is certain.
    pub sure: bool,
}

/// How each identity was first reached.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    pub(crate) came_from: FxHashMap<IdentityIndex, (IdentityIndex, u32, Certainty)>,
}

impl World {
    /// The opportunities open to an identity.
    pub fn edges(&self, from: IdentityIndex) -> impl Iterator<Item = Edge<'_>> {
        self.graph().edges(self, from)
    }

    /// Whether some steps, of anybody, are less than certain.
    #[must_use]
    pub fn doubts(&self) -> Doubts {
        self.graph().doubts()
    }

    /// Whom `from` can become, directly or in several steps that are sure enough. Linear in the opportunities met.
    pub(crate) fn walk(&self, from: IdentityIndex, steps: Steps) -> (Vec<Reached>, Trace) {
        let graph = self.graph();
        let mut trace = Trace::default();
        let mut order = Vec::new();
        let mut met = graph.unmet();
        let mut seen: Vec<bool> = vec![false; self.snapshot().identities.len()];
        let mut mark = |index: IdentityIndex| {
            seen.get_mut(index.0 as usize)
                .is_some_and(|seen| !std::mem::replace(seen, true))
        };
        mark(from);
        let mut queue = VecDeque::from([(from, 0u32, true)]);
        while let Some((actor, hops, sure)) = queue.pop_front() {
            // Certain steps come first, so that of two ways of one length the certain one is kept.
            let admit = |certainty: &Certainty| steps.admit(certainty);
            graph.open_unmet(actor, &mut met, admit, |bundle, certainty| {
                for (target, index) in graph.becoming(bundle) {
                    if !mark(*target) {
                        continue;
                    }
                    let sure = sure && certainty.is_sure();
                    trace
                        .came_from
                        .insert(*target, (actor, *index, certainty.clone()));
                    order.push(Reached {
                        identity: *target,
                        hops: hops + 1,
                        sure,
                    });
                    queue.push_back((*target, hops + 1, sure));
                }
            });
        }
        (order, trace)
    }

    /// Whom `from` can become for certain, itself included, by place. Linear in the opportunities met.
    pub(crate) fn surely_reached(&self, from: IdentityIndex) -> Vec<bool> {
        let graph = self.graph();
        let mut met = graph.unmet();
        let mut reached = vec![false; self.snapshot().identities.len()];
        let mut left = vec![from];
        while let Some(actor) = left.pop() {
            let Some(known) = reached.get_mut(actor.0 as usize) else {
                continue;
            };
            if std::mem::replace(known, true) {
                continue;
            }
            graph.open_unmet(actor, &mut met, Certainty::is_sure, |bundle, _| {
                let targets = graph.becoming(bundle).iter().map(|(target, _)| *target);
                left.extend(targets.filter(|target| reached.get(target.0 as usize) == Some(&false)));
            });
        }
        reached
    }

    /// The way to `target`, from where a walk began, with the statements under every step.
    pub(crate) fn retrace(&self, trace: &Trace, target: IdentityIndex) -> Path {
        self.retrace_with(trace, target, |edge| self.legs_of(edge))
    }

    /// The way to `target`, from where a walk began, with what `under` says of each step before it.
    pub(crate) fn retrace_with(
        &self,
        trace: &Trace,
        target: IdentityIndex,
        under: impl Fn(&Edge<'_>) -> Path,
    ) -> Path {
        let mut hops = Vec::new();
        let mut at = target;
        while let Some((from, index, certainty)) = trace.came_from.get(&at) {
            hops.push((*from, at, *index, certainty));
            at = *from;
            if hops.len() > self.snapshot().identities.len() {
                break;
            }
        }
        hops.reverse();
        let mut path = Path::new();
        for (from, to, index, certainty) in hops {
            let Some(opportunity) = self.snapshot().opportunities.get(index as usize) else {
                continue;
            };
            let edge = Edge {
                from,
                index,
                opportunity,
                certainty,
            };
            path.extend(under(&edge));
            let (when, gaps) = match certainty {
                Certainty::Surely => (Vec::new(), Vec::new()),
                Certainty::When(guards) => (guards.clone(), Vec::new()),
                Certainty::Depends(atoms) => (Vec::new(), atoms.clone()),
            };
            path.push(Leg::Becomes {
                from,
                to,
                technique: opportunity.technique,
                step: opportunity.step,
                when,
                gaps,
            });
        }
        path
    }

    /// The statements by which an identity meets the needs of an opportunity, one leg for each need it must hold.
    pub(crate) fn legs_of(&self, edge: &Edge<'_>) -> Vec<Leg> {
        let set = self.effective(edge.from);
        let facts = self
            .snapshot()
            .identity(edge.from)
            .map(|identity| &identity.holding.facts);
        // A statement that cannot hold for this very identity is no part of its way.
        let own = facts.map_or_else(PermissionSet::everything, |facts| {
            Region::everything()
                .when(crate::ask::fixed(&facts.known, &facts.absent))
                .into()
        });
        let mut legs = Vec::new();
        for need in &edge.opportunity.needs {
            if need.side != leastwise_model::NeedSide::Holder {
                continue;
            }
            let any = set.intersection(&need.set);
            let both = any.intersection(&own);
            let met = self.met(edge.from, &both, need);
            let Some(witness) = met.or_else(|| self.met(edge.from, &any, need)) else {
                continue;
            };
            let none = Answers::none();
            let answers = if witness.atoms.is_empty() {
                &none
            } else {
                &witness.answers
            };
            let mut trails = both.trails(&witness.request, answers, 1);
            if trails.is_empty() {
                trails = any.trails(&witness.request, answers, 1);
            }
            if trails.is_empty() {
                trails = set.trails(&witness.request, &Answers::none(), 1);
            }
            legs.push(Leg::Holds {
                identity: edge.from,
                action: Text::from(&*witness.request.action),
                resource: Text::from(&*witness.request.resource),
                steps: trails.into_iter().next().unwrap_or_default(),
            });
        }
        legs
    }

    /// The request by which `actor`, holding `both` of what a need asks for, meets it: that which the need names where
    /// it can be made, else one for people to read.
    fn met(
        &self,
        actor: IdentityIndex,
        both: &PermissionSet,
        need: &leastwise_model::Need,
    ) -> Option<Witness> {
        let resource = need.resource.as_ref();
        let named = Region::new(
            Strings::literal(&need.action),
            resource.map_or_else(Strings::any, |resource| Strings::literal(resource)),
        );
        let named = both.intersection(&PermissionSet::from(named));
        let everything = PermissionSet::everything();
        let meeting = |set: &PermissionSet| match set.meets(&everything, self.limits()) {
            Meeting::Surely(witness) => Some((witness, true)),
            Meeting::Depends(witness) => Some((witness, false)),
            Meeting::Never | Meeting::Unknown(_) => None,
        };
        // A request that needs no gap is told before one that does.
        let by_name = meeting(&named);
        let by_any = match &by_name {
            Some((_, true)) => None,
            _ => meeting(both).filter(|(_, sure)| *sure || by_name.is_none()),
        };
        let (set, first) = match (by_any, by_name) {
            (Some((witness, _)), _) => (both, witness),
            (None, Some((witness, _))) if resource.is_some() => return Some(witness),
            (None, Some((witness, _))) => (&named, witness),
            (None, None) => return None,
        };
        Some(self.natural(actor, set, &first).unwrap_or(first))
    }

    /// Who can become `target`, directly or in several steps: surely, and at most.
    #[must_use]
    pub fn reachers(&self, targets: &[IdentityIndex], sure_only: bool) -> Vec<IdentityIndex> {
        let graph = self.graph();
        let mut seen: BTreeSet<IdentityIndex> = targets.iter().copied().collect();
        let mut queue: VecDeque<IdentityIndex> = targets.iter().copied().collect();
        let mut met = graph.unmet();
        while let Some(at) = queue.pop_front() {
            for index in graph.toward(at) {
                graph.holders_unmet(*index, &mut met, |holder, certainty| {
                    if (certainty.is_sure() || !sure_only) && seen.insert(holder) {
                        queue.push_back(holder);
                    }
                });
            }
        }
        seen.into_iter()
            .filter(|index| !targets.contains(index))
            .collect()
    }
}
