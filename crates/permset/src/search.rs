//! The search for a request: depth first over a set's tree, never multiplying it out, led by a model.
//!
//! The state holds demands on each dimension (strings the action must or must not be in, the same for the resource,
//! conditions that must hold or fail) and always one *model*, a concrete request with answers to the atoms that
//! meets all demands so far. Parts of the tree that the model already satisfies need no attention. A part that it
//! violates is turned into demands: at once where there is one way to satisfy it, by branching where there are
//! several. A demand that the model meets costs one test; else a new text or value is computed, and where there is
//! none the branch is dead. When nothing is violated, the model is the witness.
//!
//! Growth: for a union against a union about (members × the few members of the other that a model hits); each
//! excluded region that overlaps in several dimensions at once doubles the branches in the worst case, which the
//! budget bounds.

use std::rc::Rc;

use rustc_hash::FxHashMap;

mod copies;
mod exits;
mod group;
mod model;

use self::exits::Exit;
use self::group::Group;
use self::model::Change;
use crate::context::{Answers, Request};
use crate::guard::Condition;
use crate::limits::{Budget, Limit};
use crate::set::{Node, PermissionSet};
use crate::strings::Strings;
use crate::texts::Demand;

/// How a search for a member ended.
pub(crate) enum Found {
    /// There is none, whatever the atoms' answers are.
    Nothing,
    /// This one, with these answers.
    Member(Request, Answers),
    /// A limit stood in the way.
    Stopped(Limit),
}

/// Looks for a member of `set`, over all answers to its atoms.
pub(crate) fn member(set: &PermissionSet, budget: &Budget) -> Found {
    let mut search = Search {
        budget,
        actions: Vec::new(),
        resources: Vec::new(),
        conditions: Vec::new(),
        excluded: Vec::new(),
        groups: Vec::new(),
        filed: FxHashMap::default(),
        choices: Vec::new(),
        copies: 0,
        model: Request::new("x", "x"),
        answers: Answers::none(),
        changes: Vec::new(),
        doubt: None,
    };
    if search.require(set, true) && search.run(0) {
        if set.contains_given(&search.model, &search.answers) {
            return Found::Member(search.model, search.answers);
        }
        debug_assert!(false, "a model that satisfies all demands is a member");
        search.doubt = Some(Limit::Replay);
    }
    search.doubt.map_or(Found::Nothing, Found::Stopped)
}

/// One demand on the request.
#[derive(Clone, Copy)]
enum Constraint<'s> {
    Action(&'s Strings, bool),
    Resource(&'s Strings, bool),
    Context(&'s Condition, bool),
}

struct Search<'s, 'b> {
    budget: &'b Budget,
    actions: Vec<Demand<'s>>,
    resources: Vec<Demand<'s>>,
    conditions: Vec<(&'s Condition, bool)>,
    /// Parts that the request must not be in, each with whether a way out was already taken; none is a union.
    excluded: Vec<(&'s PermissionSet, bool)>,
    /// Wide unions that the request must not be in.
    groups: Vec<Rc<Group<'s>>>,
    /// The groups made so far, by the address of their union, with the parts that are no regions.
    filed: FxHashMap<usize, (Rc<Group<'s>>, Rc<[&'s PermissionSet]>)>,
    /// Unions that the request must be in, each with whether a member was already chosen.
    choices: Vec<(&'s PermissionSet, bool)>,
    /// How many demands copy context values: while there are any, the model is made as a whole.
    copies: usize,
    model: Request,
    answers: Answers,
    /// What undoes the changes made to the model, latest last.
    changes: Vec<Change>,
    /// The first limit that made the search give up a branch without knowing.
    doubt: Option<Limit>,
}

impl<'s> Search<'s, '_> {
    /// Whether the demands can be met; the model is then the witness. Else the state is as before.
    fn run(&mut self, depth: u32) -> bool {
        let mark = self.mark();
        let found = self.settle(depth);
        if !found {
            self.undo(&mark);
        }
        found
    }

    fn settle(&mut self, depth: u32) -> bool {
        loop {
            if let Err(limit) = self.budget.spend(1 + self.choices.len() / 2) {
                return self.give_up(limit);
            }
            if depth > self.budget.limits().depth {
                return self.give_up(Limit::Depth(self.budget.limits().depth));
            }
            if let Some(index) = self.violated_choice() {
                return self.choose(index, depth);
            }
            match self.best_exclusion() {
                Err(limit) => return self.give_up(limit),
                Ok(None) => return true,
                Ok(Some(Exit {
                    from,
                    mut ways,
                    doubt,
                })) => {
                    if let Some(limit) = doubt {
                        self.give_up(limit);
                    }
                    if let Some(index) = from {
                        // Ways into other parts take effect later: until then the model may still be in this one.
                        let undo = self.apply(Change::Left(index, true));
                        self.changes.push(undo);
                    }
                    let Some(last) = ways.pop() else { return false };
                    for way in ways {
                        let mark = self.mark();
                        if self.take(&way) && self.run(depth + 1) {
                            return true;
                        }
                        self.undo(&mark);
                    }
                    // The last way needs no new frame.
                    if !self.take(&last) {
                        return false;
                    }
                }
            }
        }
    }

    fn give_up(&mut self, limit: Limit) -> bool {
        self.doubt.get_or_insert(limit);
        false
    }

    /// The smallest union that must hold the request and does not hold the model.
    fn violated_choice(&self) -> Option<usize> {
        let open = self
            .choices
            .iter()
            .enumerate()
            .filter(|(_, (set, chosen))| !chosen && !set.contains_given(&self.model, &self.answers));
        open.min_by_key(|(_, (set, _))| width(set))
            .map(|(index, _)| index)
    }

    fn choose(&mut self, index: usize, depth: u32) -> bool {
        let Some((set, chosen)) = self.choices.get_mut(index) else {
            return false;
        };
        *chosen = true;
        for member in members(set) {
            if let Err(limit) = self.budget.spend(1) {
                self.give_up(limit);
                break;
            }
            let mark = self.mark();
            if self.require(member, true) && self.run(depth + 1) {
                return true;
            }
            self.undo(&mark);
        }
        if let Some((_, chosen)) = self.choices.get_mut(index) {
            *chosen = false;
        }
        false
    }

    /// Demands that the request is in `set`, or is not. `false` where that is impossible.
    fn require(&mut self, set: &'s PermissionSet, holds: bool) -> bool {
        let mut stack = vec![(set, holds)];
        while let Some((set, holds)) = stack.pop() {
            match (set.node(), holds) {
                (Node::Labelled(_, inner), _) => stack.push((inner, holds)),
                (Node::Region(region), true) => {
                    let fine = self.demand(Constraint::Action(&region.actions, true))
                        && self.demand(Constraint::Resource(&region.resources, true))
                        && region.guard.literals().iter().all(|literal| {
                            self.demand(Constraint::Context(&literal.condition, literal.holds))
                        });
                    if !fine {
                        return false;
                    }
                }
                (Node::Region(_), false) => self.excluded.push((set, false)),
                (Node::Union(sets), true) => match &**sets {
                    [] => return false,
                    [one] => stack.push((one, true)),
                    _ => self.choices.push((set, false)),
                },
                (Node::Intersection(sets), true) => stack.extend(sets.iter().rev().map(|set| (set, true))),
                (Node::Union(sets), false) if sets.len() >= group::WORTHWHILE => {
                    let (group, others) = self.group(set);
                    self.groups.push(group);
                    stack.extend(others.iter().rev().map(|set| (*set, false)));
                }
                (Node::Union(sets), false) => stack.extend(sets.iter().rev().map(|set| (set, false))),
                (Node::Intersection(sets), false) => match &**sets {
                    [] => return false,
                    [one] => stack.push((one, false)),
                    _ => self.excluded.push((set, false)),
                },
                (Node::Difference(given, taken), true) => {
                    stack.push((taken, false));
                    stack.push((given, true));
                }
                (Node::Difference(..), false) => self.excluded.push((set, false)),
            }
        }
        true
    }

    /// The regions of a wide union, filed once.
    fn group(&mut self, union: &'s PermissionSet) -> (Rc<Group<'s>>, Rc<[&'s PermissionSet]>) {
        let filed = self.filed.entry(union.address()).or_insert_with(|| {
            let (group, others) = Group::new(union);
            (Rc::new(group), others.into())
        });
        (Rc::clone(&filed.0), Rc::clone(&filed.1))
    }
}

/// The parts of a union, those of unions right within it included.
fn members(set: &PermissionSet) -> Vec<&PermissionSet> {
    let mut found = Vec::new();
    let mut stack = vec![set];
    while let Some(set) = stack.pop() {
        match set.node() {
            Node::Union(sets) => stack.extend(sets.iter().rev()),
            Node::Labelled(_, inner) => stack.push(inner),
            _ => found.push(set),
        }
    }
    found
}

/// How many parts a union has, those of unions within it counted once.
fn width(set: &PermissionSet) -> usize {
    match set.node() {
        Node::Union(sets) => sets.len(),
        _ => 1,
    }
}
