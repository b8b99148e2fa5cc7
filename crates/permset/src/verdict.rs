//! The answer for one concrete action and resource when some of the context is open.

use std::collections::BTreeSet;

use crate::context::{Atom, Context, Key};
use crate::copied;
use crate::guard::{Condition, Guard, Literal};
use crate::limits::{Budget, Limit, Limits};
use crate::pattern::Element;
use crate::reduce::{Fixed, is_everything, reduce};
use crate::region::Region;
use crate::search::{self, Found};
use crate::set::PermissionSet;
use crate::settled::settled;
use crate::slices::{alternatives, guard_possible};
use crate::strings::Strings;
use crate::values::Test;

/// One concrete action on one concrete resource, with what is known of the context.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What is to be done.
    pub action: &'a str,
    /// To what.
    pub resource: &'a str,
    /// The keys that are known to be present, with their values.
    pub known: &'a Context,
    /// The keys that are known to be absent. A key neither known nor absent is open.
    pub absent: &'a BTreeSet<Key>,
    /// What else is known to hold of the context; `None` where nothing is.
    pub given: Option<&'a Guard>,
}

/// How an open key is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Openness {
    /// The caller chooses it, so it is as favorable as it can be.
    Favourable,
    /// The world sets it, so the answer speaks of it.
    Open,
}

/// The answer to a [`Question`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes, whatever the open keys hold.
    Always,
    /// No, whatever the open keys hold.
    Never,
    /// Yes where one of these guards holds, else no. They speak of open keys; of a favorable key only where its
    /// value is tied to an open one and the tie could not be resolved.
    When(Vec<Guard>),
    /// It depends on the answers to these atoms.
    Depends(Vec<Atom>),
    /// A limit stood in the way.
    Unknown(Limit),
}

impl PermissionSet {
    /// Whether `question` is answered with yes: always, never, or when. Keys that are neither known nor absent are
    /// taken as `open` says.
    ///
    /// Linear in the set where all keys that matter are known; else the guards of the regions that match are written
    /// as alternatives and simplified, which is exponential in their number in the worst case and bounded by
    /// `limits`.
    #[must_use]
    pub fn verdict(
        &self,
        question: &Question<'_>,
        open: &dyn Fn(&Key) -> Openness,
        limits: &Limits,
    ) -> Verdict {
        decide(self, question, open, &Budget::new(limits)).unwrap_or_else(Verdict::Unknown)
    }

    /// What is left to decide of `question`: the contexts in which it is answered with yes, as requests of every
    /// action and resource. It speaks only of open keys and of atoms. Linear in the distinct parts.
    ///
    /// # Errors
    /// When a limit is hit.
    pub fn open_part(&self, question: &Question<'_>, limits: &Limits) -> Result<Self, Limit> {
        reduce(self, &question.fixed(), &Budget::new(limits))
    }
}

impl<'a> Question<'a> {
    fn fixed(&self) -> Fixed<'a> {
        Fixed {
            action: self.action,
            resource: Some(self.resource),
            known: self.known,
            absent: self.absent,
            trails: false,
        }
    }
}

fn decide(
    set: &PermissionSet,
    question: &Question<'_>,
    open: &dyn Fn(&Key) -> Openness,
    budget: &Budget,
) -> Result<Verdict, Limit> {
    let fixed = question.fixed();
    if let Some(member) = settled(set, &fixed) {
        return Ok(if member { Verdict::Always } else { Verdict::Never });
    }
    let domain = match question.given {
        Some(given) => reduce(&guarded(given.clone()), &fixed, budget)?,
        None => PermissionSet::everything(),
    };
    let reduced = match question.given {
        Some(_) => reduce(&set.intersection(&domain), &fixed, budget)?,
        None => reduce(set, &fixed, budget)?,
    };
    if reduced.is_plainly_empty() {
        return Ok(Verdict::Never);
    }
    if is_everything(&reduced) {
        return Ok(Verdict::Always);
    }
    let mut guards: BTreeSet<Guard> = BTreeSet::new();
    for slice in alternatives(&reduced, budget, false)? {
        guards.insert(without_favorable(&slice.guard, open, budget)?);
    }
    let given = either(guards.iter().cloned());
    let at_most: BTreeSet<Guard> = guards
        .iter()
        .map(|guard| Guard::all_of(guard.literals().iter().filter(|l| !is_atom(l)).cloned()))
        .collect();
    let widest = either(at_most.iter().cloned());
    if !exists(&widest, budget)? {
        return Ok(Verdict::Never);
    }
    let atoms = given.atoms();
    if !atoms.is_empty() && exists(&widest.difference(&given), budget)? {
        let mut decisive = Vec::new();
        for atom in atoms {
            if matters(&guards, &atom, budget)? {
                decisive.push(atom);
            }
        }
        return Ok(Verdict::Depends(decisive));
    }
    if !exists(&domain.difference(&widest), budget)? {
        return Ok(Verdict::Always);
    }
    let known = |literal: &&Literal| {
        question
            .given
            .is_some_and(|given| given.literals().contains(literal))
    };
    let news = simplest(at_most.into_iter().collect(), budget)?.into_iter();
    let news = news.map(|guard| Guard::all_of(guard.literals().iter().filter(|it| !known(it)).cloned()));
    Ok(Verdict::When(news.collect()))
}

fn is_atom(literal: &Literal) -> bool {
    matches!(literal.condition, Condition::Atom(_))
}

fn guarded(guard: Guard) -> PermissionSet {
    PermissionSet::from(Region::everything().when(guard))
}

fn either(guards: impl IntoIterator<Item = Guard>) -> PermissionSet {
    PermissionSet::union_of(guards.into_iter().map(guarded))
}

fn exists(set: &PermissionSet, budget: &Budget) -> Result<bool, Limit> {
    match search::member(set, budget) {
        Found::Nothing => Ok(false),
        Found::Member(..) => Ok(true),
        Found::Stopped(limit) => Err(limit),
    }
}

/// Whether the answer to `atom` changes anything.
fn matters(guards: &BTreeSet<Guard>, atom: &Atom, budget: &Budget) -> Result<bool, Limit> {
    let with = |answer: bool| {
        either(guards.iter().filter_map(|guard| {
            let mut kept = Vec::new();
            for literal in guard.literals() {
                match &literal.condition {
                    Condition::Atom(other) if other == atom => {
                        if literal.holds != answer {
                            return None;
                        }
                    }
                    _ => kept.push(literal.clone()),
                }
            }
            Some(Guard::all_of(kept))
        }))
    };
    let (yes, no) = (with(true), with(false));
    Ok(exists(&yes.difference(&no), budget)? || exists(&no.difference(&yes), budget)?)
}

/// The guard without the literals on favorable keys. Each key on its own can satisfy its literals (impossible
/// alternatives are gone), so they say nothing about the others, but where values are copied from key to key.
fn without_favorable(
    guard: &Guard,
    open: &dyn Fn(&Key) -> Openness,
    budget: &Budget,
) -> Result<Guard, Limit> {
    let favorable = |key: &Key| open(key) == Openness::Favourable;
    let literals = guard.literals();
    // Keys that are tied to others by copies, with all that they are tied to.
    let mut tied: BTreeSet<&Key> = BTreeSet::new();
    for literal in literals {
        for key in copied::holes_of(&literal.condition) {
            tied.insert(key);
            tied.extend(literal.condition.key());
        }
    }
    let mut kept = Vec::new();
    let mut ties = Vec::new();
    let mut chosen = Vec::new();
    for literal in literals {
        match literal.condition.key() {
            Some(key) if tied.contains(key) => ties.push(literal.clone()),
            Some(key) if favorable(key) => chosen.push(literal.clone()),
            _ => kept.push(literal.clone()),
        }
    }
    // An alternative survives where its guard stayed undecided; whoever leans on that must know.
    if !chosen.is_empty() && !exists(&guarded(Guard::all_of(chosen)), budget)? {
        return Ok(guard.clone());
    }
    if ties.is_empty() {
        return Ok(Guard::all_of(kept));
    }
    if tied.iter().all(|key| favorable(key)) {
        return match exists(&guarded(Guard::all_of(ties)), budget)? {
            true => Ok(Guard::all_of(kept)),
            // Cannot be: the alternative was possible. Keep it as it is.
            false => Ok(guard.clone()),
        };
    }
    for literal in &ties {
        let alone = |key: &Key| {
            ties.iter()
                .filter(|other| {
                    other.condition.key() == Some(key)
                        || copied::holes_of(&other.condition).any(|hole| hole == key)
                })
                .count()
                == 1
        };
        match (&literal.condition, literal.holds) {
            // A favorable key that need only match a copy: it can wherever there is something to copy.
            (Condition::Some(key, Test::Text(strings)), true)
                if favorable(key)
                    && alone(key)
                    && !strings.is_complement()
                    && strings.patterns().len() == 1 =>
            {
                let elements = strings.patterns().iter().flat_map(|pattern| pattern.elements());
                kept.extend(elements.filter_map(|element| match element {
                    Element::Hole(hole) => {
                        Some(Condition::Some(hole.clone(), Test::Text(Strings::any())).holds())
                    }
                    _ => None,
                }));
            }
            _ => kept.push(literal.clone()),
        }
    }
    Ok(Guard::all_of(kept))
}

/// The same alternatives with fewer and shorter guards: literals that change nothing go, then guards that do.
fn simplest(mut guards: Vec<Guard>, budget: &Budget) -> Result<Vec<Guard>, Limit> {
    let whole = either(guards.iter().cloned());
    let size: usize = guards.iter().map(|guard| guard.literals().len()).sum();
    if size <= 64 {
        for guard in &mut guards {
            let mut index = 0;
            while index < guard.literals().len() {
                let fewer = Guard::all_of(
                    guard
                        .literals()
                        .iter()
                        .enumerate()
                        .filter(|(at, _)| *at != index)
                        .map(|(_, l)| l.clone()),
                );
                if settled_no(exists(&guarded(fewer.clone()).difference(&whole), budget))? {
                    *guard = fewer;
                } else {
                    index += 1;
                }
            }
        }
    }
    guards.sort_by(|a, b| (a.literals().len(), a).cmp(&(b.literals().len(), b)));
    guards.dedup();
    let mut index = guards.len();
    while index > 0 && guards.len() > 1 && guards.len() <= 64 {
        index -= 1;
        let others = either(
            guards
                .iter()
                .enumerate()
                .filter(|(at, _)| *at != index)
                .map(|(_, g)| g.clone()),
        );
        let Some(guard) = guards.get(index) else { continue };
        if settled_no(exists(&guarded(guard.clone()).difference(&others), budget))? {
            guards.remove(index);
        }
    }
    let mut kept = Vec::new();
    for guard in guards {
        if guard_possible(&guard, budget)? {
            kept.push(guard);
        }
    }
    Ok(kept)
}

fn settled_no(found: Result<bool, Limit>) -> Result<bool, Limit> {
    match found {
        Ok(found) => Ok(!found),
        Err(limit @ Limit::Steps(_)) => Err(limit),
        Err(_) => Ok(false),
    }
}

#[cfg(test)]
mod tests;
