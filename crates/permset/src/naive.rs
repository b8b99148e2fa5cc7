//! The obviously right twin: every question decided by trying every request of a small finite universe.
//!
//! Nothing here is clever. A [`Universe`] lists strings, values of keys and atoms; its requests are the product
//! of those lists; a question is answered by [`PermissionSet::contains_given`] on each of them. Everything that
//! the symbolic side claims about a set is compared with this in tests.
//!
//! What a finite universe can and cannot show: a member found here is a member. That none is found here says
//! nothing of strings and values that the universe does not list.
//!
//! Cost: actions × resources × (product over the keys of their value sets) × 2^atoms memberships a question. A
//! universe of 21 actions, 21 resources, two keys of ten value sets each and two atoms has 176,400 cases.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::context::{Answers, Atom, Context, Key, Request, Values};
use crate::guard::Condition;
use crate::pattern::{Case, Element, Pattern};
use crate::set::{Node, PermissionSet};
use crate::strings::Strings;
use crate::values::Test;

/// A finite choice of actions, resources, contexts and atoms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Universe {
    /// The actions.
    pub actions: Vec<Box<str>>,
    /// The resources.
    pub resources: Vec<Box<str>>,
    /// The keys with what each may hold; `None` is absent. A key not listed is always absent.
    pub keys: Vec<(Key, Vec<Option<Values>>)>,
    /// The atoms; one not listed is always answered with no.
    pub atoms: Vec<Atom>,
}

/// Whether a universe has a member of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// No request is a member, however the atoms are answered.
    Nowhere,
    /// This request is a member under these answers; none is under all answers.
    Somehow(Request, Answers),
    /// This request is a member however the atoms are answered.
    Surely(Request),
}

/// The keys and atoms that a set mentions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// The keys of conditions and of holes.
    pub keys: BTreeSet<Key>,
    /// The atoms.
    pub atoms: BTreeSet<Atom>,
}

/// All strings over `alphabet` of at most `length` characters, shortest first.
///
/// There are 1 + n + n² + … of them, where n is the size of the alphabet.
#[must_use]
pub fn strings_up_to(alphabet: &[char], length: usize) -> Vec<Box<str>> {
    let mut all = vec![String::new()];
    let mut longest = all.clone();
    for _ in 0..length {
        longest = longest
            .iter()
            .flat_map(|text| alphabet.iter().map(move |c| format!("{text}{c}")))
            .collect();
        all.extend(longest.iter().cloned());
    }
    all.into_iter().map(Into::into).collect()
}

/// What a key may hold: absent, empty, each one of `values`, and each of `pairs`.
#[must_use]
pub fn value_sets(values: &[&str], pairs: &[(&str, &str)]) -> Vec<Option<Values>> {
    let mut sets = vec![None, Some(Values::new())];
    sets.extend(values.iter().map(|value| Some(Values::from([Box::from(*value)]))));
    sets.extend(
        pairs
            .iter()
            .map(|(one, two)| Some(Values::from([Box::from(*one), Box::from(*two)]))),
    );
    sets
}

/// Whether `text` belongs to `pattern`, by following the set of positions that can be reached in the text, one
/// element after the other. Written apart from [`Pattern::matches`] on purpose.
#[must_use]
pub fn matches(pattern: &Pattern, text: &str, context: &Context) -> bool {
    let text: Vec<char> = text.chars().collect();
    let same = |one: char, two: char| match pattern.case() {
        Case::Exact => one == two,
        Case::Folded => one == two || lower(one) == lower(two),
    };
    let literally = |wanted: &str, from: usize| -> Option<usize> {
        let mut at = from;
        for c in wanted.chars() {
            if !same(*text.get(at)?, c) {
                return None;
            }
            at += 1;
        }
        Some(at)
    };
    let mut reached = BTreeSet::from([0]);
    for element in pattern.elements() {
        let mut next = BTreeSet::new();
        for from in reached {
            match element {
                Element::Text(wanted) => next.extend(literally(wanted, from)),
                Element::One => next.extend((from < text.len()).then_some(from + 1)),
                Element::OneExcept(c) => {
                    next.extend(text.get(from).filter(|t| !same(**t, *c)).map(|_| from + 1))
                }
                Element::Many => next.extend(from..=text.len()),
                Element::ManyExcept(c) => {
                    let run = text.iter().skip(from).take_while(|t| !same(**t, *c)).count();
                    next.extend(from..=from + run);
                }
                Element::Hole(key) => {
                    let values = context.get(key).into_iter().flatten();
                    next.extend(values.filter_map(|value| literally(value, from)));
                }
            }
        }
        reached = next;
    }
    reached.contains(&text.len())
}

/// The lower-case form of a character that has one of one character.
fn lower(c: char) -> char {
    let lowered: Vec<char> = c.to_lowercase().collect();
    match *lowered {
        [one] => one,
        _ => c,
    }
}

/// The keys and atoms that `set` mentions anywhere, also where they cannot matter.
#[must_use]
pub fn mentions(set: &PermissionSet) -> Mentions {
    let mut found = Mentions::default();
    collect(set, &mut found);
    found
}

fn collect(set: &PermissionSet, found: &mut Mentions) {
    match set.node() {
        Node::Region(region) => {
            found
                .keys
                .extend(region.actions.holes().chain(region.resources.holes()).cloned());
            for literal in region.guard.literals() {
                found.keys.extend(literal.condition.key().cloned());
                match &literal.condition {
                    Condition::Some(_, test) | Condition::Every(_, test) => {
                        found.keys.extend(test_holes(test).into_iter().cloned());
                    }
                    Condition::Atom(atom) => {
                        found.atoms.insert(atom.clone());
                    }
                    Condition::Absent(_) => {}
                }
            }
        }
        Node::Union(sets) | Node::Intersection(sets) => sets.iter().for_each(|set| collect(set, found)),
        Node::Difference(given, taken) => {
            collect(given, found);
            collect(taken, found);
        }
        Node::Labelled(_, set) => collect(set, found),
    }
}

fn test_holes(test: &Test) -> Vec<&Key> {
    match test {
        Test::Text(strings) => Strings::holes(strings).collect(),
        Test::Not(inner) => test_holes(inner),
        Test::Number(_) | Test::Instant(_) | Test::Network(_) | Test::Truth(_) => Vec::new(),
    }
}

impl Universe {
    /// How many requests it has.
    #[must_use]
    pub fn size(&self) -> usize {
        let contexts: usize = self.keys.iter().map(|(_, sets)| sets.len()).product();
        self.actions.len() * self.resources.len() * contexts
    }

    /// The same without the keys and atoms that none of `sets` mentions: they cannot make a difference there.
    #[must_use]
    pub fn narrowed_to(&self, sets: &[&PermissionSet]) -> Self {
        let mut found = Mentions::default();
        sets.iter().for_each(|set| collect(set, &mut found));
        let mut narrowed = self.clone();
        narrowed.keys.retain(|(key, _)| found.keys.contains(key));
        narrowed.atoms.retain(|atom| found.atoms.contains(atom));
        narrowed
    }

    /// Every context: one choice for each key.
    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        let mut contexts = vec![Context::new()];
        for (key, sets) in &self.keys {
            contexts = contexts
                .iter()
                .flat_map(|context| {
                    sets.iter().map(|values| {
                        let mut context = context.clone();
                        if let Some(values) = values {
                            context.set(key.clone(), values.clone());
                        }
                        context
                    })
                })
                .collect();
        }
        contexts
    }

    /// Every way to answer the atoms.
    #[must_use]
    pub fn answers(&self) -> Vec<Answers> {
        let mut chosen: Vec<Vec<Atom>> = vec![Vec::new()];
        for atom in &self.atoms {
            let with: Vec<Vec<Atom>> = chosen
                .iter()
                .map(|held| held.iter().chain([atom]).cloned().collect())
                .collect();
            chosen.extend(with);
        }
        chosen.into_iter().map(Answers::holding).collect()
    }

    /// Shows every request to `visit` until it breaks.
    pub fn try_each<T>(&self, mut visit: impl FnMut(&Request) -> ControlFlow<T>) -> Option<T> {
        for context in self.contexts() {
            let mut request = Request::new("", "").within(context);
            for action in &self.actions {
                request.action.clone_from(action);
                for resource in &self.resources {
                    request.resource.clone_from(resource);
                    if let ControlFlow::Break(found) = visit(&request) {
                        return Some(found);
                    }
                }
            }
        }
        None
    }

    /// Every request of which `predicate` is true.
    pub fn filter(&self, mut predicate: impl FnMut(&Request) -> bool) -> Vec<Request> {
        let mut found = Vec::new();
        let _all: Option<()> = self.try_each(|request| {
            if predicate(request) {
                found.push(request.clone());
            }
            ControlFlow::Continue(())
        });
        found
    }

    /// Whether `set` has a member: for all answers, for some, or not at all.
    #[must_use]
    pub fn presence(&self, set: &PermissionSet) -> Presence {
        let all = self.answers();
        let mut somehow = None;
        let surely = self.try_each(|request| {
            let holding = all
                .iter()
                .filter(|answers| set.contains_given(request, answers))
                .collect::<Vec<_>>();
            match holding.first() {
                Some(_) if holding.len() == all.len() => return ControlFlow::Break(request.clone()),
                Some(answers) if somehow.is_none() => {
                    somehow = Some((request.clone(), (*answers).clone()));
                }
                _ => {}
            }
            ControlFlow::Continue(())
        });
        match (surely, somehow) {
            (Some(request), _) => Presence::Surely(request),
            (None, Some((request, answers))) => Presence::Somehow(request, answers),
            (None, None) => Presence::Nowhere,
        }
    }

    /// What of `a` lies outside `b`: [`Presence::Nowhere`] where `a` is included in `b`.
    #[must_use]
    pub fn outside(&self, a: &PermissionSet, b: &PermissionSet) -> Presence {
        self.presence(&a.difference(b))
    }

    /// What `a` and `b` share.
    #[must_use]
    pub fn shared(&self, a: &PermissionSet, b: &PermissionSet) -> Presence {
        self.presence(&a.intersection(b))
    }

    /// A request and answers that tell `a` from `b`, where there are any.
    #[must_use]
    pub fn distinguish(&self, a: &PermissionSet, b: &PermissionSet) -> Option<(Request, Answers)> {
        let all = self.answers();
        self.try_each(|request| {
            let differing =
                |answers: &&Answers| a.contains_given(request, answers) != b.contains_given(request, answers);
            match all.iter().find(differing) {
                Some(answers) => ControlFlow::Break((request.clone(), answers.clone())),
                None => ControlFlow::Continue(()),
            }
        })
    }

    /// The members of `set` under `answers`.
    #[must_use]
    pub fn members(&self, set: &PermissionSet, answers: &Answers) -> Vec<Request> {
        self.filter(|request| set.contains_given(request, answers))
    }

    /// The requests that are members however the atoms are answered.
    #[must_use]
    pub fn surely(&self, set: &PermissionSet) -> Vec<Request> {
        let all = self.answers();
        self.filter(|request| all.iter().all(|answers| set.contains_given(request, answers)))
    }

    /// The requests that are members for some answers of the atoms.
    #[must_use]
    pub fn at_most(&self, set: &PermissionSet) -> Vec<Request> {
        let all = self.answers();
        self.filter(|request| all.iter().any(|answers| set.contains_given(request, answers)))
    }
}
