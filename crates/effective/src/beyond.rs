//! What an identity can do as others, or after giving itself or them more.

use std::collections::BTreeSet;

use leastwise_model::{Gain, IdentityIndex};
use leastwise_permset::{Atom, Guard, PermissionSet};
use rustc_hash::FxHashMap;

use crate::answer::{Answer, How, Leg, Outcome, Path};
use crate::certainty::Certainty;
use crate::inquiry::{Inquiry, Telling};
use crate::powers::Powers;
use crate::walk::{Reached, Trace};

impl Inquiry<'_, '_> {
    /// Who surely comes to be able to make the request, where those for whom `is_yes` surely can as themselves.
    pub(crate) fn surely(&self, is_yes: &dyn Fn(IdentityIndex) -> bool) -> Powers {
        let world = self.world;
        let each = world.snapshot().each_identity();
        let direct = each.map(|(index, _)| is_yes(index)).collect();
        let gives = |gain: &PermissionSet, target: IdentityIndex| {
            self.shared(gain).is_some()
                && world.knows(self.question, target)
                && self.given(gain, target) == Outcome::Yes
        };
        Powers::new(world, direct, gives, Certainty::is_sure)
    }

    /// The answer of one who surely comes to it, and does not hold it; `None` where that is not so.
    pub(crate) fn coming(&self, surely: &Powers, asked: IdentityIndex) -> Option<Answer> {
        let coming = surely.coming(asked)?;
        let way = match self.telling {
            Telling::InFull => surely.path(self.world, asked),
            Telling::InOutline => Path::new(),
        };
        let paths = match coming.how {
            How::Through => {
                let end = self.own(coming.end);
                let ends = end.paths.iter();
                ends.map(|last| [way.as_slice(), last.as_slice()].concat())
                    .collect()
            }
            How::Direct | How::ByGranting => vec![way],
        };
        let identity = self.world.snapshot().identity(asked)?;
        let assuming = match self.question.complete {
            true => Vec::new(),
            false => crate::ask::relevant(identity, &Outcome::Yes),
        };
        Some(Answer {
            outcome: Outcome::Yes,
            how: Some(coming.how),
            paths,
            assuming,
        })
    }

    /// What `asked` can do as others, or after giving itself or them more; `direct` is what it can do as itself.
    pub(crate) fn beyond(&self, asked: IdentityIndex, direct: Answer) -> Answer {
        let (reached, trace) = self.world.walk(asked, false);
        let (sure, sure_trace) = self.world.walk(asked, true);
        let certain: BTreeSet<IdentityIndex> = sure.iter().map(|reached| reached.identity).collect();
        let most = most_over_ways(&reached, &trace);
        let mut best = direct;
        for other in &reached {
            let is_sure = certain.contains(&other.identity);
            let over_way = if is_sure {
                SURE
            } else {
                most_at(&most, other.identity)
            };
            let answer = self.own(other.identity);
            // A way makes no answer better: only one that wins is traced.
            if rank(&answer.outcome).min(over_way) <= rank(&best.outcome) {
                continue;
            }
            let way = self.way(if is_sure { &sure_trace } else { &trace }, other.identity);
            let outcome = if is_sure {
                answer.outcome.clone()
            } else {
                weaken(answer.outcome.clone(), &way)
            };
            if rank(&outcome) > rank(&best.outcome) {
                let paths = answer.paths.iter();
                best = Answer {
                    outcome,
                    how: Some(How::Through),
                    paths: paths
                        .map(|last| [way.as_slice(), last.as_slice()].concat())
                        .collect(),
                    assuming: Vec::new(),
                };
                if best.outcome == Outcome::Yes {
                    return best;
                }
            }
        }
        self.granting(asked, best, &reached, &certain, &trace, &sure_trace)
    }

    fn granting(
        &self,
        asked: IdentityIndex,
        mut best: Answer,
        reached: &[Reached],
        certain: &BTreeSet<IdentityIndex>,
        trace: &Trace,
        sure_trace: &Trace,
    ) -> Answer {
        let most = most_over_ways(reached, trace);
        let mut own: BTreeSet<IdentityIndex> = reached.iter().map(|other| other.identity).collect();
        own.insert(asked);
        let others = reached.iter().map(|other| other.identity);
        for actor in [asked].into_iter().chain(others) {
            let actor_sure = actor == asked || certain.contains(&actor);
            for edge in self.widenings(actor).iter() {
                let Gain::Grant(gain) = &edge.opportunity.gain else {
                    continue;
                };
                let concerned = |target: &&IdentityIndex| {
                    own.contains(target) && self.world.knows(self.question, **target)
                };
                for target in edge.targets().iter().filter(concerned) {
                    let target_sure = *target == asked || certain.contains(target);
                    let mut outcome = self.given(gain, *target);
                    let apart = *target != asked && *target != actor;
                    let over = |sure, whom| if sure { SURE } else { most_at(&most, whom) };
                    let over_way = over(actor_sure, actor)
                        .min(over(target_sure || !apart, *target))
                        .min(most_of(edge.certainty));
                    if rank(&outcome).min(over_way) <= rank(&best.outcome) {
                        continue;
                    }
                    let mut way = self.way(if actor_sure { sure_trace } else { trace }, actor);
                    way.extend(self.under(edge));
                    way.push(Leg::Grants {
                        from: actor,
                        to: *target,
                        technique: edge.technique(),
                        step: edge.opportunity.step,
                    });
                    if apart {
                        way.extend(self.way(if target_sure { sure_trace } else { trace }, *target));
                    }
                    match edge.certainty {
                        Certainty::Surely => {}
                        Certainty::When(guards) => outcome = conditional(outcome, guards.clone()),
                        Certainty::Depends(atoms) => outcome = uncertain(outcome, atoms.clone()),
                    }
                    if !(actor_sure && target_sure) {
                        outcome = weaken(outcome, &way);
                    }
                    if rank(&outcome) > rank(&best.outcome) {
                        best = Answer {
                            outcome,
                            how: Some(How::ByGranting),
                            paths: vec![way],
                            assuming: Vec::new(),
                        };
                    }
                    if best.outcome == Outcome::Yes {
                        return best;
                    }
                }
            }
        }
        best
    }
}

/// How much an outcome says that it can be done.
fn rank(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::No => 0,
        Outcome::Unknown { .. } => 1,
        Outcome::When(_) => 2,
        Outcome::Yes => 3,
    }
}

/// The rank of what is certain.
const SURE: u8 = 3;

/// The best rank that is left of a yes over a step.
fn most_of(certainty: &Certainty) -> u8 {
    match certainty {
        Certainty::Surely => SURE,
        Certainty::When(_) => 2,
        Certainty::Depends(_) => 1,
    }
}

/// The best rank that is left of a yes over the way to each.
fn most_over_ways(reached: &[Reached], trace: &Trace) -> FxHashMap<IdentityIndex, u8> {
    let mut most: FxHashMap<IdentityIndex, u8> = FxHashMap::default();
    // In the order of a walk, whoever is come from stands before.
    for other in reached {
        if let Some((from, _, certainty)) = trace.came_from.get(&other.identity) {
            let before = most_at(&most, *from);
            most.insert(other.identity, before.min(most_of(certainty)));
        }
    }
    most
}

/// That of one; of whoever asks, everything.
fn most_at(most: &FxHashMap<IdentityIndex, u8>, identity: IdentityIndex) -> u8 {
    most.get(&identity).copied().unwrap_or(SURE)
}

fn conditional(outcome: Outcome, guards: Vec<Guard>) -> Outcome {
    match outcome {
        Outcome::Yes => Outcome::When(guards),
        Outcome::When(own) => {
            let both = own.iter().flat_map(|a| {
                guards
                    .iter()
                    .map(move |b| Guard::all_of(a.literals().iter().chain(b.literals()).cloned()))
            });
            Outcome::When(both.collect())
        }
        other => other,
    }
}

fn uncertain(outcome: Outcome, mut atoms: Vec<Atom>) -> Outcome {
    match outcome {
        Outcome::No => Outcome::No,
        Outcome::Yes | Outcome::When(_) => Outcome::Unknown {
            gaps: atoms,
            limit: None,
        },
        Outcome::Unknown { gaps, limit } => {
            atoms.extend(gaps);
            atoms.sort();
            atoms.dedup();
            Outcome::Unknown { gaps: atoms, limit }
        }
    }
}

/// An outcome at the end of a way that is itself not certain.
fn weaken(outcome: Outcome, way: &[Leg]) -> Outcome {
    way.iter().fold(outcome, |outcome, leg| match leg {
        Leg::Becomes { when, gaps, .. } => {
            let outcome = if when.is_empty() {
                outcome
            } else {
                conditional(outcome, when.clone())
            };
            if gaps.is_empty() {
                outcome
            } else {
                uncertain(outcome, gaps.clone())
            }
        }
        Leg::Holds { .. } | Leg::Grants { .. } => outcome,
    })
}
