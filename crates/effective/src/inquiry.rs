//! One request about which several identities are asked: what was found for one holds for all.

use std::cell::RefCell;
use std::rc::Rc;

use leastwise_model::{Gain, IdentityIndex};
use leastwise_permset::{Key, Node, PermissionSet, Request};
use rustc_hash::FxHashMap;

use crate::answer::{Answer, Outcome, Path, Question};
use crate::graph::Edge;
use crate::requests::{MayHold, may_lie_in};
use crate::walk::Trace;
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
    pub(crate) world: &'w World,
    pub(crate) question: &'q Question<'q>,
    pub(crate) telling: Telling,
    request: Request,
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

    pub(crate) fn own(&self, actor: IdentityIndex) -> Rc<Answer> {
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

    pub(crate) fn under(&self, edge: &Edge<'_>) -> Path {
        match self.telling {
            Telling::InFull => self.world.legs_of(edge),
            Telling::InOutline => Path::new(),
        }
    }

    pub(crate) fn way(&self, trace: &Trace, target: IdentityIndex) -> Path {
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

    pub(crate) fn shared(&self, set: &PermissionSet) -> Option<PermissionSet> {
        let known = self.narrow.borrow().get(&set.address()).cloned();
        known.unwrap_or_else(|| {
            let narrowed = self.narrowed(set);
            self.narrow.borrow_mut().insert(set.address(), narrowed.clone());
            narrowed
        })
    }

    pub(crate) fn widenings(&self, actor: IdentityIndex) -> Rc<[Edge<'w>]> {
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
    pub(crate) fn widens(&self, index: u32) -> bool {
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
    pub(crate) fn given(&self, gain: &PermissionSet, target: IdentityIndex) -> Outcome {
        let key = (gain.address(), target);
        if let Some(known) = self.given.borrow().get(&key) {
            return known.clone();
        }
        let (known, absent) = self.world.circumstances(self.question, target, gain);
        let point = self.question.in_circumstances(&known, &absent);
        let openness = |key: &Key| self.world.openness(target, key);
        let outcome = crate::ask::outcome(gain.verdict(&point, &openness, self.world.limits()));
        self.given.borrow_mut().insert(key, outcome.clone());
        outcome
    }
}
