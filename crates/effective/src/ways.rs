//! Whom identities can become that they could not before.

use leastwise_model::IdentityIndex;
use rustc_hash::FxHashMap;

use crate::answer::{Leg, Path};
use crate::certainty::Certainty;
use crate::graph::Edge;
use crate::world::World;

/// A step of becoming that is new, or surer than it was.
#[derive(Clone, Debug)]
pub struct NewWay {
    /// Who.
    pub from: IdentityIndex,
    /// Whom it becomes.
    pub to: IdentityIndex,
    /// By which opportunity of the snapshot, the surest first.
    pub opportunity: u32,
    /// How sure that is.
    pub certainty: Certainty,
}

/// The surest way to each whom one identity becomes.
type Surest<'w> = FxHashMap<IdentityIndex, (u32, &'w Certainty)>;

fn rank(certainty: &Certainty) -> u8 {
    match certainty {
        Certainty::Surely => 2,
        Certainty::When(_) => 1,
        Certainty::Depends(_) => 0,
    }
}

impl World {
    /// Steps of becoming that `old` does not have, or has less surely, in the order of identities; `same` tells who an
    /// identity of this world is in the old one. Who controls an instance in this world becomes everybody there: its steps
    /// within the instance are left out, for it can do all that they lead to. Linear in the opportunities met.
    #[must_use]
    pub fn ways_since(&self, old: &World, same: &[Option<IdentityIndex>]) -> Vec<NewWay> {
        let was = |index: IdentityIndex| same.get(index.0 as usize).copied().flatten();
        let mut found = Vec::new();
        for (from, identity) in self.snapshot().each_identity() {
            let now = self.surest(from);
            if now.is_empty() {
                continue;
            }
            let controls = self.administers(from);
            let then = was(from).map(|from| old.surest(from)).unwrap_or_default();
            for (to, (opportunity, certainty)) in now {
                let home = self.snapshot().identity(to).map(|to| to.instance);
                if controls && home == Some(identity.instance) {
                    continue;
                }
                let known = was(to).and_then(|to| then.get(&to));
                if known.is_none_or(|(_, known)| rank(known) < rank(certainty)) {
                    found.push(NewWay {
                        from,
                        to,
                        opportunity,
                        certainty: certainty.clone(),
                    });
                }
            }
        }
        found.sort_by_key(|way| (way.from, way.to));
        found
    }

    fn surest(&self, from: IdentityIndex) -> Surest<'_> {
        let graph = self.graph();
        let mut surest = Surest::default();
        for (bundle, certainty) in graph.open(from) {
            for (to, opportunity) in graph.becoming(bundle) {
                if *to == from {
                    continue;
                }
                let better = surest
                    .get(to)
                    .is_none_or(|(_, known)| rank(known) < rank(certainty));
                if better {
                    surest.insert(*to, (*opportunity, certainty));
                }
            }
        }
        surest
    }

    /// The statements under a step of becoming, and the step.
    #[must_use]
    pub fn way(&self, way: &NewWay) -> Path {
        let Some(opportunity) = self.snapshot().opportunities.get(way.opportunity as usize) else {
            return Path::new();
        };
        let edge = Edge {
            from: way.from,
            index: way.opportunity,
            opportunity,
            certainty: &way.certainty,
        };
        let mut path = self.legs_of(&edge);
        let (when, gaps) = match &way.certainty {
            Certainty::Surely => (Vec::new(), Vec::new()),
            Certainty::When(guards) => (guards.clone(), Vec::new()),
            Certainty::Depends(atoms) => (Vec::new(), atoms.clone()),
        };
        path.push(Leg::Becomes {
            from: way.from,
            to: way.to,
            technique: opportunity.technique,
            step: opportunity.step,
            when,
            gaps,
        });
        path
    }
}
