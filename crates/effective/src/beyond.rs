//! What an identity can do as others, or after giving itself or them more.

use std::collections::BTreeSet;

use leastwise_model::{Gain, IdentityIndex};
use leastwise_permset::{Atom, Guard, Node, PermissionSet, Request};

use crate::answer::{Answer, How, Leg, Outcome, Question};
use crate::certainty::Certainty;
use crate::walk::{Reached, Trace};
use crate::world::World;

impl World {
    /// What an identity can do as others, or after giving itself or them more; `direct` is what it can do as itself.
    pub(crate) fn ask_beyond(&self, question: &Question<'_>, direct: Answer) -> Answer {
        let (reached, trace) = self.walk(question.identity, false);
        let (sure, sure_trace) = self.walk(question.identity, true);
        let certain: BTreeSet<IdentityIndex> = sure.iter().map(|reached| reached.identity).collect();
        let mut best = direct;
        for other in &reached {
            let is_sure = certain.contains(&other.identity);
            let answer = self.ask_as(question, other.identity);
            // A way makes no answer better: only one that could win is traced.
            if rank(&answer.outcome) <= rank(&best.outcome) {
                continue;
            }
            let way = self.retrace(if is_sure { &sure_trace } else { &trace }, other.identity);
            let outcome = if is_sure {
                answer.outcome
            } else {
                weaken(answer.outcome, &way)
            };
            if rank(&outcome) > rank(&best.outcome) {
                let paths = answer
                    .paths
                    .into_iter()
                    .map(|last| [way.clone(), last].concat())
                    .collect();
                best = Answer {
                    outcome,
                    how: Some(How::Through),
                    paths,
                    assuming: Vec::new(),
                };
                if best.outcome == Outcome::Yes {
                    return best;
                }
            }
        }
        self.ask_granting(question, best, &reached, &certain, &trace, &sure_trace)
    }

    fn ask_granting(
        &self,
        question: &Question<'_>,
        mut best: Answer,
        reached: &[Reached],
        certain: &BTreeSet<IdentityIndex>,
        trace: &Trace,
        sure_trace: &Trace,
    ) -> Answer {
        let mut own: BTreeSet<IdentityIndex> = reached.iter().map(|other| other.identity).collect();
        own.insert(question.identity);
        let request = Request::new(question.action, question.resource);
        for actor in [question.identity]
            .into_iter()
            .chain(reached.iter().map(|other| other.identity))
        {
            let actor_sure = actor == question.identity || certain.contains(&actor);
            for edge in self.edges(actor) {
                let Gain::Grant(gain) = &edge.opportunity.gain else {
                    continue;
                };
                if !may_hold(gain, &request) {
                    continue;
                }
                let concerned =
                    |target: &&IdentityIndex| own.contains(target) && self.knows(question, **target);
                for target in edge.targets().iter().filter(concerned) {
                    let target_sure = *target == question.identity || certain.contains(target);
                    let (known, absent) = self.circumstances(question, *target, gain);
                    let point = leastwise_permset::Question {
                        action: question.action,
                        resource: question.resource,
                        known: &known,
                        absent: &absent,
                    };
                    let verdict = gain.verdict(&point, &|key| self.openness(*target, key), self.limits());
                    let mut outcome = crate::world::outcome(verdict);
                    if rank(&outcome) <= rank(&best.outcome) {
                        continue;
                    }
                    let mut way = self.retrace(if actor_sure { sure_trace } else { trace }, actor);
                    way.extend(self.legs_of(&edge));
                    way.push(Leg::Grants {
                        from: actor,
                        to: *target,
                        technique: edge.technique(),
                        step: edge.opportunity.step,
                    });
                    if *target != question.identity && *target != actor {
                        way.extend(self.retrace(if target_sure { sure_trace } else { trace }, *target));
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

/// A quick no: whether the request lies in the set at all, guards and atoms aside.
pub(crate) fn may_hold(set: &PermissionSet, request: &Request) -> bool {
    match set.node() {
        Node::Region(region) => {
            region.actions.contains(&request.action, &request.context)
                && (region.resources.holes().next().is_some()
                    || region.resources.contains(&request.resource, &request.context))
        }
        Node::Union(sets) => sets.iter().any(|set| may_hold(set, request)),
        Node::Intersection(sets) => sets.iter().all(|set| may_hold(set, request)),
        Node::Difference(given, _) => may_hold(given, request),
        Node::Labelled(_, set) => may_hold(set, request),
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
