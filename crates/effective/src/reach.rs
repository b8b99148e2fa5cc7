//! What falls with an identity: everybody it can become, what they can do together, and by which path.

use std::collections::{BTreeSet, VecDeque};

use leastwise_model::{ActionClasses, CrownJewel, Gain, IdentityIndex, Text};
use leastwise_permset::{
    Answers, Case, Guard, Meeting, Pattern, PermissionSet, Region, Request, Strings, Witness,
};
use rustc_hash::FxHashMap;

use crate::answer::{Answer, How, Leg, Outcome, Path, Question};
use crate::certainty::Certainty;
use crate::graph::{Doubts, Edge};
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

/// What falls with an identity.
#[derive(Clone, Debug)]
pub struct Fallen {
    /// Whose fall it is.
    pub identity: IdentityIndex,
    /// Whom it can become, nearest first; sure ways before others of the same length.
    pub becomes: Vec<Reached>,
    /// What it and all those can do together.
    pub classes: ActionClasses,
    /// How many of those it can become for certain.
    pub surely: usize,
    /// The shortest way to one who controls its whole instance: itself (an empty path), or another.
    pub administers: Option<(How, Path)>,
    trace: Trace,
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

    /// Whom `from` can become, directly or in several steps. Linear in the opportunities met.
    pub(crate) fn walk(&self, from: IdentityIndex, sure_only: bool) -> (Vec<Reached>, Trace) {
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
            let admit = |certainty: &Certainty| !sure_only || certainty.is_sure();
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

    /// What falls with `identity`.
    #[must_use]
    pub fn reach(&self, identity: IdentityIndex) -> Fallen {
        let (mut becomes, trace) = self.walk(identity, false);
        if self.doubts() != Doubts::default() {
            let (sure, _) = self.walk(identity, true);
            let certain: BTreeSet<IdentityIndex> = sure.iter().map(|reached| reached.identity).collect();
            for reached in &mut becomes {
                reached.sure = certain.contains(&reached.identity);
            }
        }
        let surely = becomes.iter().filter(|reached| reached.sure).count();
        becomes.sort_by_key(|reached| (reached.hops, !reached.sure, reached.identity));
        let classes = [identity]
            .into_iter()
            .chain(becomes.iter().map(|reached| reached.identity))
            .filter_map(|index| self.abilities(index))
            .fold(ActionClasses::default(), |all, abilities| {
                all.union(abilities.classes)
            });
        let mut fallen = Fallen {
            identity,
            becomes,
            classes,
            surely,
            administers: None,
            trace,
        };
        fallen.administers = self.administration_from(&fallen);
        fallen
    }

    fn administration_from(&self, fallen: &Fallen) -> Option<(How, Path)> {
        if self.administers(fallen.identity) {
            return Some((How::Direct, Path::new()));
        }
        let through = fallen
            .becomes
            .iter()
            .find(|reached| reached.sure && self.administers(reached.identity));
        if let Some(reached) = through {
            return Some((How::Through, self.path_to(fallen, reached.identity)));
        }
        let own: BTreeSet<IdentityIndex> = [fallen.identity]
            .into_iter()
            .chain(
                fallen
                    .becomes
                    .iter()
                    .filter(|reached| reached.sure)
                    .map(|reached| reached.identity),
            )
            .collect();
        let actors = [fallen.identity].into_iter().chain(
            fallen
                .becomes
                .iter()
                .filter(|reached| reached.sure)
                .map(|reached| reached.identity),
        );
        for actor in actors {
            let open = self.graph().open(actor);
            for (bundle, _) in open.filter(|(_, certainty)| certainty.is_sure()) {
                for (index, target) in self.strong().get(bundle as usize).into_iter().flatten() {
                    let Some(opportunity) = self.snapshot().opportunities.get(*index as usize) else {
                        continue;
                    };
                    let Gain::Grant(gain) = &opportunity.gain else {
                        continue;
                    };
                    let target = match target {
                        Some(target) if own.contains(target) => *target,
                        None if self.would_administer(actor, gain) => actor,
                        _ => continue,
                    };
                    let mut path = self.path_to(fallen, actor);
                    path.extend(self.path_of_widening(actor, *index, target));
                    return Some((How::ByGranting, path));
                }
            }
        }
        None
    }

    /// The shortest way from the fallen identity to `target`: what it uses of each opportunity, and whom it becomes.
    #[must_use]
    pub fn path_to(&self, fallen: &Fallen, target: IdentityIndex) -> Path {
        self.retrace(&fallen.trace, target)
    }

    pub(crate) fn retrace(&self, trace: &Trace, target: IdentityIndex) -> Path {
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
            path.extend(self.legs_of(&edge));
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
        let mut legs = Vec::new();
        for need in &edge.opportunity.needs {
            if need.side != leastwise_model::NeedSide::Holder {
                continue;
            }
            let both = set.intersection(&need.set);
            let Some(witness) = self.met(edge.from, &both, need) else {
                continue;
            };
            let mut trails = both.trails(&witness.request, &witness.answers, 1);
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
        let some = |set: &PermissionSet| match set.meets(&everything, self.limits()) {
            Meeting::Surely(witness) | Meeting::Depends(witness) => Some(witness),
            Meeting::Never | Meeting::Unknown(_) => None,
        };
        let (set, first) = match some(&named) {
            Some(witness) if resource.is_some() => return Some(witness),
            Some(witness) => (&named, witness),
            None => (both, some(both)?),
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

    /// The requests that count as reaching a crown jewel.
    #[must_use]
    pub fn jewel_requests(jewel: &CrownJewel) -> PermissionSet {
        let strings = |patterns: &[Text], case: Case| {
            Strings::any_of(patterns.iter().map(|pattern| Pattern::glob(pattern, case)))
        };
        let actions = if jewel.actions.is_empty() {
            Strings::any()
        } else {
            strings(&jewel.actions, Case::Folded)
        };
        PermissionSet::from(Region::new(actions, strings(&jewel.resources, Case::Exact)))
    }
}

/// A quick no: whether the request lies in the set at all, guards and atoms aside.
pub(crate) fn may_hold(set: &PermissionSet, request: &Request) -> bool {
    use leastwise_permset::Node;
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

fn uncertain(outcome: Outcome, mut atoms: Vec<leastwise_permset::Atom>) -> Outcome {
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
