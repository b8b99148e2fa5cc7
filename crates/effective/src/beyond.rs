//! What an identity can do as others, or after giving itself or them more.

use std::collections::BTreeSet;

use leastwise_model::{Gain, IdentityIndex};
use leastwise_permset::PermissionSet;

use crate::answer::{Answer, How, Leg, Outcome, Path};
use crate::arrivals::Arrival;
use crate::inquiry::{Inquiry, Telling};
use crate::levels::{Held, Levels};
use crate::powers::Steps;
use crate::walk::{Reached, Trace};
use crate::world::World;

/// Whom one who asks comes to be, over steps that are sure enough.
struct Walked {
    steps: Steps,
    reached: Vec<Reached>,
    trace: Trace,
}

impl<'w> Inquiry<'w, '_> {
    /// Everybody who comes to be able to make the request, where `direct` is what each can do as itself.
    pub(crate) fn levels(&self, direct: Vec<Held>) -> Levels<'w> {
        let may = |index: u32| self.widens(index);
        let gives = |gain: &PermissionSet, target: IdentityIndex| {
            match self.world.knows(self.question, target) {
                true => self.given(gain, target),
                false => Outcome::No,
            }
            .into()
        };
        Levels::new(self.world, direct, may, gives)
    }

    /// The answer of one who comes to it.
    pub(crate) fn coming(&self, levels: &Levels<'_>, arrival: &Arrival) -> Answer {
        let way = match self.telling {
            Telling::InFull => levels.way(arrival),
            Telling::InOutline => Path::new(),
        };
        let outcome = levels.outcome(arrival);
        let paths = match arrival.how {
            How::Through => {
                let end = self.own(arrival.end);
                let ends = end.paths.iter();
                ends.map(|last| [way.as_slice(), last.as_slice()].concat())
                    .collect()
            }
            How::Direct | How::ByGranting => vec![way],
        };
        let assuming = match self.world.snapshot().identity(arrival.identity) {
            Some(identity) if !self.question.complete => {
                let mut question = self.question.clone();
                question.identity = arrival.identity;
                let again = |without: &World| without.ask(&question).outcome;
                let resting = self.world.resting(&outcome, again);
                [crate::ask::relevant(identity, &outcome), resting].concat()
            }
            _ => Vec::new(),
        };
        Answer {
            outcome,
            how: Some(arrival.how),
            paths,
            assuming,
        }
    }

    /// What `asked` can do as others, or after giving itself or them more; `direct` is what it can do as itself. The
    /// surest way counts, of those the shortest.
    pub(crate) fn beyond(&self, asked: IdentityIndex, direct: Answer) -> Answer {
        let doubts = self.world.doubts();
        let mut walked: Option<Walked> = None;
        for steps in Steps::ALL {
            if steps.allow(&direct.outcome) {
                return direct;
            }
            let as_before = match steps {
                Steps::Certain => false,
                Steps::Conditional => !doubts.conditional,
                Steps::AtMost => !doubts.dependent,
            };
            let walk = match walked.take() {
                Some(walk) if as_before => Walked { steps, ..walk },
                _ => {
                    let (reached, trace) = self.world.walk(asked, steps);
                    Walked {
                        steps,
                        reached,
                        trace,
                    }
                }
            };
            let found = self.through(&walk).or_else(|| self.granting(asked, &walk));
            if let Some(answer) = found {
                return answer;
            }
            walked = Some(walk);
        }
        direct
    }

    /// As the first of those it becomes who can.
    fn through(&self, walked: &Walked) -> Option<Answer> {
        walked.reached.iter().find_map(|other| {
            let answer = self.own(other.identity);
            if !walked.steps.allow(&answer.outcome) {
                return None;
            }
            let way = self.way(&walked.trace, other.identity);
            let paths = answer.paths.iter();
            Some(Answer {
                outcome: over(answer.outcome.clone(), &way),
                how: Some(How::Through),
                paths: paths
                    .map(|last| [way.as_slice(), last.as_slice()].concat())
                    .collect(),
                assuming: Vec::new(),
            })
        })
    }

    /// By the first widening of what it or one of those holds that is enough.
    fn granting(&self, asked: IdentityIndex, walked: &Walked) -> Option<Answer> {
        let others = walked.reached.iter().map(|other| other.identity);
        let own: BTreeSet<IdentityIndex> = [asked].into_iter().chain(others.clone()).collect();
        for actor in [asked].into_iter().chain(others) {
            for edge in self.widenings(actor).iter() {
                let Gain::Grant(gain) = &edge.opportunity.gain else {
                    continue;
                };
                if !walked.steps.admit(edge.certainty) {
                    continue;
                }
                let concerned = |target: &&IdentityIndex| {
                    own.contains(target) && self.world.knows(self.question, **target)
                };
                for target in edge.targets().iter().filter(concerned) {
                    let outcome = self.given(gain, *target);
                    if !walked.steps.allow(&outcome) {
                        continue;
                    }
                    let mut way = self.way(&walked.trace, actor);
                    way.extend(self.under(edge));
                    way.push(Leg::Grants {
                        from: actor,
                        to: *target,
                        technique: edge.technique(),
                        step: edge.opportunity.step,
                    });
                    if *target != asked && *target != actor {
                        way.extend(self.way(&walked.trace, *target));
                    }
                    return Some(Answer {
                        outcome: over(outcome.after(edge.certainty), &way),
                        how: Some(How::ByGranting),
                        paths: vec![way],
                        assuming: Vec::new(),
                    });
                }
            }
        }
        None
    }
}

/// An outcome at the end of a way that is itself not certain.
fn over(outcome: Outcome, way: &[Leg]) -> Outcome {
    way.iter().fold(outcome, |outcome, leg| match leg {
        Leg::Becomes { when, gaps, .. } => outcome.when(when).given(gaps),
        Leg::Holds { .. } | Leg::Grants { .. } => outcome,
    })
}
