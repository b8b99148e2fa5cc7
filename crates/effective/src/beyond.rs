//! What an identity can do as others, or after giving itself or them more.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use leastwise_model::{Gain, IdentityIndex};
use leastwise_permset::{Atom, Guard, Key, Node, PermissionSet, Request};
use rustc_hash::FxHashMap;

use crate::answer::{Answer, How, Leg, Outcome, Path, Question};
use crate::certainty::Certainty;
use crate::graph::Edge;
use crate::powers::Powers;
use crate::requests::{MayHold, may_lie_in};
use crate::walk::{Reached, Trace};
use crate::world::World;

/// How much an answer tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// Its ways, with the statements under every step.
    InFull,
    /// Its ways without statements, as far as it is known without looking for these: through whom, or that something is
    /// granted.
    InOutline,
}

/// One request about which several identities are asked: what was found for one holds for all.
pub(crate) struct Inquiry<'w, 'q> {
    world: &'w World,
    question: &'q Question<'q>,
    request: Request,
    telling: Telling,
    /// Who may hold the request, where the world has an index of that.
    indexed: Option<MayHold>,
    /// What each can do as itself.
    own: RefCell<FxHashMap<IdentityIndex, Rc<Answer>>>,
    /// The widenings open to each whose gain may hold the request.
    widenings: RefCell<FxHashMap<IdentityIndex, Rc<[Edge<'w>]>>>,
    /// They among the opportunities of each bundle.
    of_bundle: RefCell<FxHashMap<u32, Rc<[u32]>>>,
    /// What of a part, by address, speaks of the request.
    narrow: RefCell<FxHashMap<usize, Option<PermissionSet>>>,
    /// What a gain, by address, lets a target do.
    given: RefCell<FxHashMap<(usize, IdentityIndex), Outcome>>,
}

impl<'w, 'q> Inquiry<'w, 'q> {
    /// Nothing is found yet. Whose identity `question` names does not matter.
    pub(crate) fn new(world: &'w World, question: &'q Question<'q>, telling: Telling) -> Self {
        let request = Request::new(question.action, question.resource);
        Self {
            world,
            question,
            indexed: world.requests().map(|requests| requests.may_hold(&request)),
            request,
            telling,
            own: RefCell::default(),
            widenings: RefCell::default(),
            of_bundle: RefCell::default(),
            narrow: RefCell::default(),
            given: RefCell::default(),
        }
    }

    fn own(&self, actor: IdentityIndex) -> Rc<Answer> {
        if let Some(known) = self.own.borrow().get(&actor) {
            return Rc::clone(known);
        }
        let possible = self.may_be().is_none_or(|all| all.binary_search(&actor).is_ok());
        let set = self.world.effective(actor);
        let set = Some(set).filter(|_| possible).and_then(|set| self.narrowed(&set));
        let answer = Rc::new(match set {
            Some(set) => self.world.ask_actor(self.question, actor, &set),
            None => Answer::no(),
        });
        self.own.borrow_mut().insert(actor, Rc::clone(&answer));
        answer
    }

    fn under(&self, edge: &Edge<'_>) -> Path {
        match self.telling {
            Telling::InFull => self.world.legs_of(edge),
            Telling::InOutline => Path::new(),
        }
    }

    fn way(&self, trace: &Trace, target: IdentityIndex) -> Path {
        self.world.retrace_with(trace, target, |edge| self.under(edge))
    }

    /// What of a set speaks of the request, guards and atoms aside: it says of the request what the whole does. `None`
    /// where nothing does. What stands under labels is looked at once; the set must be one of the world's.
    pub(crate) fn narrowed(&self, set: &PermissionSet) -> Option<PermissionSet> {
        let some = |sets: &[PermissionSet]| -> Vec<PermissionSet> {
            sets.iter().filter_map(|set| self.narrowed(set)).collect()
        };
        match set.node() {
            Node::Region(region) => may_lie_in(region, &self.request).then(|| set.clone()),
            Node::Union(sets) => {
                let kept = some(sets);
                (!kept.is_empty()).then(|| PermissionSet::union_of(kept))
            }
            Node::Intersection(sets) => {
                let kept: Option<Vec<PermissionSet>> = sets.iter().map(|set| self.narrowed(set)).collect();
                kept.map(PermissionSet::intersection_of)
            }
            Node::Difference(given, taken) => {
                let given = self.narrowed(given)?;
                Some(match self.narrowed(taken) {
                    Some(taken) => given.difference(&taken),
                    None => given,
                })
            }
            Node::Labelled(label, inner) => {
                let inner = match inner.node() {
                    Node::Region(region) => may_lie_in(region, &self.request).then(|| inner.clone()),
                    _ => self.shared(inner),
                };
                inner.map(|inner| inner.labelled(*label))
            }
        }
    }

    fn shared(&self, set: &PermissionSet) -> Option<PermissionSet> {
        let known = self.narrow.borrow().get(&set.address()).cloned();
        known.unwrap_or_else(|| {
            let narrowed = self.narrowed(set);
            self.narrow.borrow_mut().insert(set.address(), narrowed.clone());
            narrowed
        })
    }

    fn widenings(&self, actor: IdentityIndex) -> Rc<[Edge<'w>]> {
        if let Some(known) = self.widenings.borrow().get(&actor) {
            return Rc::clone(known);
        }
        let graph = self.world.graph();
        let open = graph.edges_among(self.world, actor, |bundle, keep| {
            self.of_bundle(bundle).iter().for_each(|index| keep(*index));
        });
        let open: Rc<[Edge<'w>]> = open.collect();
        self.widenings.borrow_mut().insert(actor, Rc::clone(&open));
        open
    }

    fn of_bundle(&self, bundle: u32) -> Rc<[u32]> {
        if let Some(known) = self.of_bundle.borrow().get(&bundle) {
            return Rc::clone(known);
        }
        let widens = |index: &u32| self.widens(*index);
        let all = self.world.graph().bundle(bundle).iter().copied();
        let kept: Rc<[u32]> = all.filter(widens).collect();
        self.of_bundle.borrow_mut().insert(bundle, Rc::clone(&kept));
        kept
    }

    /// Whether an opportunity widens a set by what may hold the request.
    fn widens(&self, index: u32) -> bool {
        if let Some(indexed) = &self.indexed {
            return indexed.gains.contains(&index);
        }
        let opportunity = self.world.snapshot().opportunities.get(index as usize);
        match opportunity.map(|it| &it.gain) {
            Some(Gain::Grant(gain)) => self.shared(gain).is_some(),
            Some(Gain::Become) | None => false,
        }
    }

    /// Those to whom an opportunity is open that widens a set by what may hold the request.
    pub(crate) fn widening(&self) -> Vec<IdentityIndex> {
        let mut found = Vec::new();
        let graph = self.world.graph();
        match &self.indexed {
            Some(indexed) => {
                let mut met = graph.unmet();
                for index in &indexed.gains {
                    graph.holders_unmet(*index, &mut met, |holder, _| found.push(holder));
                }
            }
            None => {
                for opening in self.world.widening() {
                    if opening.opportunities.iter().any(|index| self.widens(*index)) {
                        let holders = self.world.holders_of(&opening).into_iter();
                        found.extend(holders.map(|(holder, _)| holder));
                    }
                }
            }
        }
        found
    }

    /// Those whose set may hold the request; `None` where no index tells.
    pub(crate) fn may_be(&self) -> Option<&[IdentityIndex]> {
        self.indexed.as_ref().map(|indexed| &*indexed.identities)
    }

    /// What a widening lets its target do.
    fn given(&self, gain: &PermissionSet, target: IdentityIndex) -> Outcome {
        let key = (gain.address(), target);
        if let Some(known) = self.given.borrow().get(&key) {
            return known.clone();
        }
        let (known, absent) = self.world.circumstances(self.question, target, gain);
        let point = leastwise_permset::Question {
            action: self.question.action,
            resource: self.question.resource,
            known: &known,
            absent: &absent,
        };
        let openness = |key: &Key| self.world.openness(target, key);
        let outcome = crate::world::outcome(gain.verdict(&point, &openness, self.world.limits()));
        self.given.borrow_mut().insert(key, outcome.clone());
        outcome
    }

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
            false => crate::world::relevant(identity, &Outcome::Yes),
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
