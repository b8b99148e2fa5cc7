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
mod group;

use self::group::Group;
use crate::cells::{self, Held};
use crate::context::{Answers, Atom, Key, Request};
use crate::copied;
use crate::guard::Condition;
use crate::limits::{Budget, Limit};
use crate::region::Region;
use crate::set::{Node, PermissionSet};
use crate::strings::Strings;
use crate::texts::{self, Demand};

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

/// What must change in the model for a demand to be met.
enum Change {
    Action(Box<str>),
    Resource(Box<str>),
    Key(Key, Held),
    Answer(Atom, bool),
    Whole(Request),
    /// Whether a way out of this excluded part was taken.
    Left(usize, bool),
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

struct Mark {
    actions: usize,
    resources: usize,
    conditions: usize,
    excluded: usize,
    groups: usize,
    choices: usize,
    copies: usize,
    changes: usize,
}

/// One way to satisfy an excluded part.
enum Way<'s> {
    Demand(Constraint<'s>),
    Require(&'s PermissionSet, bool),
}

/// An excluded part that holds the model.
enum Part<'s> {
    Region(&'s Region),
    Set(&'s PermissionSet),
}

/// The ways out of an excluded part.
struct Exit<'s> {
    /// Its place among the parts that are marked when left; a region needs no mark, since every way out of it is a
    /// demand that the model meets at once.
    from: Option<usize>,
    ways: Vec<Way<'s>>,
    /// The limit that leaves open whether there are more ways.
    doubt: Option<Limit>,
}

impl Exit<'_> {
    fn cost(&self) -> usize {
        self.ways.len() + usize::from(self.doubt.is_some())
    }
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

    /// The excluded parts that hold the model, with their places among those that are marked.
    fn violated(&self) -> Result<Vec<(Option<usize>, Part<'s>)>, Limit> {
        self.budget.spend(self.excluded.len() / 2)?;
        let mut hit = Vec::new();
        for (index, (set, left)) in self.excluded.iter().enumerate() {
            if !left && set.contains_given(&self.model, &self.answers) {
                hit.push(match set.node() {
                    Node::Region(region) => (None, Part::Region(region)),
                    _ => (Some(index), Part::Set(set)),
                });
            }
        }
        for group in &self.groups {
            let (found, visited) = group.holding(&self.model, &self.answers);
            self.budget.spend(visited / 2)?;
            hit.extend(found.into_iter().map(|region| (None, Part::Region(region))));
        }
        Ok(hit)
    }

    /// The ways out of the violated part that has the fewest; `None` where no part is violated.
    fn best_exclusion(&mut self) -> Result<Option<Exit<'s>>, Limit> {
        let hit = self.violated()?;
        for (_, part) in &hit {
            if let Part::Region(region) = part
                && region.guard.is_always()
                && texts::plainly_within(&self.actions, &region.actions)
                && texts::plainly_within(&self.resources, &region.resources)
            {
                return Ok(Some(Exit {
                    from: None,
                    ways: Vec::new(),
                    doubt: None,
                }));
            }
        }
        let mut best: Option<Exit<'s>> = None;
        for (from, part) in hit.into_iter().take(8) {
            let (ways, doubt) = match part {
                Part::Region(region) => self.ways_out(region)?,
                Part::Set(set) => match set.node() {
                    Node::Intersection(sets) => {
                        (sets.iter().map(|set| Way::Require(set, false)).collect(), None)
                    }
                    Node::Difference(given, taken) => {
                        (vec![Way::Require(given, false), Way::Require(taken, true)], None)
                    }
                    Node::Region(_) | Node::Union(_) | Node::Labelled(..) => continue,
                },
            };
            let exit = Exit { from, ways, doubt };
            if best.as_ref().is_none_or(|best| exit.cost() < best.cost()) {
                let enough = exit.cost() <= 1;
                best = Some(exit);
                if enough {
                    break;
                }
            }
        }
        Ok(best)
    }

    /// The demands that keep the request out of `region` and can be met, and the limit that leaves open whether
    /// there are more.
    fn ways_out(&mut self, region: &'s Region) -> Result<(Vec<Way<'s>>, Option<Limit>), Limit> {
        let mut ways = Vec::new();
        let mut doubt = None;
        let denials = region
            .guard
            .literals()
            .iter()
            .map(|l| Constraint::Context(&l.condition, !l.holds));
        let out = [
            Constraint::Action(&region.actions, false),
            Constraint::Resource(&region.resources, false),
        ];
        for constraint in out.into_iter().chain(denials) {
            match self.change_for(constraint) {
                Ok(Some(_)) => ways.push(Way::Demand(constraint)),
                Ok(None) => {}
                Err(limit @ Limit::Steps(_)) => return Err(limit),
                Err(limit) => doubt = doubt.or(Some(limit)),
            }
        }
        Ok((ways, doubt))
    }

    fn take(&mut self, way: &Way<'s>) -> bool {
        match way {
            Way::Demand(constraint) => self.demand(*constraint),
            Way::Require(set, holds) => self.require(set, *holds),
        }
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

    /// Adds one demand and makes the model meet it. `false` where no model can, or where that is not known.
    fn demand(&mut self, constraint: Constraint<'s>) -> bool {
        let change = if self.model_meets(constraint) {
            None
        } else {
            match self.change_for(constraint) {
                Ok(Some(change)) => Some(change),
                Ok(None) => return false,
                Err(limit) => return self.give_up(limit),
            }
        };
        self.copies += usize::from(copies(constraint));
        self.push(constraint);
        if let Some(change) = change {
            let undo = self.apply(change);
            self.changes.push(undo);
        }
        true
    }

    fn model_meets(&self, constraint: Constraint<'_>) -> bool {
        match constraint {
            Constraint::Action(strings, holds) => {
                strings.contains(&self.model.action, &self.model.context) == holds
            }
            Constraint::Resource(strings, holds) => {
                strings.contains(&self.model.resource, &self.model.context) == holds
            }
            // An atom that no demand speaks of has no answer yet, so that both sides of it are demands.
            Constraint::Context(Condition::Atom(_), _) => false,
            Constraint::Context(condition, holds) => {
                condition.evaluate(&self.model.context, &self.answers) == holds
            }
        }
    }

    /// A change of the model so that it meets all demands and this one; `None` where there is none.
    fn change_for(&mut self, constraint: Constraint<'s>) -> Result<Option<Change>, Limit> {
        if let Constraint::Context(Condition::Atom(atom), holds) = constraint {
            let denied = self.conditions.iter().any(|(condition, given)| {
                *given != holds && matches!(condition, Condition::Atom(other) if other == atom)
            });
            return Ok((!denied).then(|| Change::Answer(atom.clone(), holds)));
        }
        self.push(constraint);
        let found = if self.copies > 0 || copies(constraint) {
            self.whole().map(|found| found.map(Change::Whole))
        } else {
            match constraint {
                Constraint::Action(..) => texts::solve(&self.actions, self.budget)
                    .map(|found| found.map(|text| Change::Action(text.into()))),
                Constraint::Resource(..) => texts::solve(&self.resources, self.budget)
                    .map(|found| found.map(|text| Change::Resource(text.into()))),
                Constraint::Context(condition, _) => match condition.key() {
                    Some(key) => {
                        let demands: Vec<(&Condition, bool)> = self
                            .conditions
                            .iter()
                            .filter(|(c, _)| c.key() == Some(key))
                            .copied()
                            .collect();
                        cells::solve(key, &demands, self.budget)
                            .map(|found| found.map(|held| Change::Key(key.clone(), held)))
                    }
                    None => Ok(None),
                },
            }
        };
        self.pop(constraint);
        found
    }

    fn push(&mut self, constraint: Constraint<'s>) {
        match constraint {
            Constraint::Action(strings, holds) => self.actions.push((strings, holds)),
            Constraint::Resource(strings, holds) => self.resources.push((strings, holds)),
            Constraint::Context(condition, holds) => self.conditions.push((condition, holds)),
        }
    }

    fn pop(&mut self, constraint: Constraint<'s>) {
        match constraint {
            Constraint::Action(..) => drop(self.actions.pop()),
            Constraint::Resource(..) => drop(self.resources.pop()),
            Constraint::Context(..) => drop(self.conditions.pop()),
        }
    }

    /// Changes the model; returns the change that undoes it.
    fn apply(&mut self, change: Change) -> Change {
        match change {
            Change::Action(text) => Change::Action(std::mem::replace(&mut self.model.action, text)),
            Change::Resource(text) => Change::Resource(std::mem::replace(&mut self.model.resource, text)),
            Change::Key(key, held) => {
                let before = self.model.context.replace(&key, held);
                Change::Key(key, before)
            }
            Change::Answer(atom, holds) => {
                let before = self.answers.holds(&atom);
                self.answers.set(&atom, holds);
                Change::Answer(atom, before)
            }
            Change::Whole(request) => Change::Whole(std::mem::replace(&mut self.model, request)),
            Change::Left(index, left) => {
                // Undoing meets parts that are gone already.
                let before = self
                    .excluded
                    .get_mut(index)
                    .map(|(_, was)| std::mem::replace(was, left));
                Change::Left(index, before.unwrap_or(false))
            }
        }
    }

    fn mark(&self) -> Mark {
        Mark {
            actions: self.actions.len(),
            resources: self.resources.len(),
            conditions: self.conditions.len(),
            excluded: self.excluded.len(),
            groups: self.groups.len(),
            choices: self.choices.len(),
            copies: self.copies,
            changes: self.changes.len(),
        }
    }

    fn undo(&mut self, mark: &Mark) {
        self.actions.truncate(mark.actions);
        self.resources.truncate(mark.resources);
        self.conditions.truncate(mark.conditions);
        self.excluded.truncate(mark.excluded);
        self.groups.truncate(mark.groups);
        self.choices.truncate(mark.choices);
        self.copies = mark.copies;
        while self.changes.len() > mark.changes {
            if let Some(change) = self.changes.pop() {
                self.apply(change);
            }
        }
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

/// Whether a demand copies context values.
fn copies(constraint: Constraint<'_>) -> bool {
    match constraint {
        Constraint::Action(strings, _) | Constraint::Resource(strings, _) => strings.holes().next().is_some(),
        Constraint::Context(condition, _) => copied::holes_of(condition).next().is_some(),
    }
}
