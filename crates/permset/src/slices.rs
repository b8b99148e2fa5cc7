//! A set over one action, written as alternatives: for target languages that have no nesting.
//!
//! Alternatives are multiplied out, so their number is exponential in the worst case; impossible ones are dropped as
//! they arise, an exception that an alternative already avoids adds nothing, and the limit on slices bounds the rest.

use std::collections::{BTreeMap, BTreeSet};

use crate::cells;
use crate::context::{Context, Key};
use crate::copied;
use crate::depth::on_deep_stack;
use crate::guard::{Condition, Guard, Literal};
use crate::limits::{Budget, Limit, Limits};
use crate::reduce::{Fixed, reduce};
use crate::set::{Node, PermissionSet, Trail};
use crate::strings::Strings;
use crate::texts;

/// One alternative of a set over one action.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slice {
    /// The resource must be in all of these; none of them means every resource.
    pub resources: Vec<Strings>,
    /// What the context must satisfy.
    pub guard: Guard,
    /// The labels of the parts that grant it, outermost first.
    pub trail: Trail,
}

impl PermissionSet {
    /// The requests with `action`, as alternatives: a request is a member when its resource and context fit one of
    /// the slices. They may overlap, and none of them is plainly impossible. In the order of the set's parts.
    ///
    /// # Errors
    ///
    /// The limit that was hit where there are too many.
    pub fn on_action(&self, action: &str, limits: &Limits) -> Result<Vec<Slice>, Limit> {
        let budget = Budget::new(limits);
        let fixed = Fixed {
            action,
            resource: None,
            known: Context::nowhere(),
            absent: &BTreeSet::new(),
            trails: true,
        };
        let reduced = reduce(self, &fixed, &budget)?;
        alternatives(&reduced, &budget, true)
    }
}

/// The alternatives of a set whose regions speak of every action.
pub(crate) fn alternatives(set: &PermissionSet, budget: &Budget, trails: bool) -> Result<Vec<Slice>, Limit> {
    let mut found = on_deep_stack(set, || expand(set, true, trails, budget))?;
    let mut seen = BTreeSet::new();
    found.retain(|slice| seen.insert(slice.clone()));
    Ok(found)
}

fn everything() -> Slice {
    Slice {
        resources: Vec::new(),
        guard: Guard::always(),
        trail: Trail::new(),
    }
}

fn expand(set: &PermissionSet, holds: bool, trails: bool, budget: &Budget) -> Result<Vec<Slice>, Limit> {
    budget.spend(1)?;
    let found = match (set.node(), holds) {
        (Node::Labelled(label, inner), _) => {
            let mut found = expand(inner, holds, trails, budget)?;
            if trails && holds {
                found.iter_mut().for_each(|slice| slice.trail.insert(0, *label));
            }
            found
        }
        (Node::Region(region), true) => {
            let resources = if region.resources.is_any() {
                vec![]
            } else {
                vec![region.resources.clone()]
            };
            let slice = Slice {
                resources,
                guard: region.guard.clone(),
                trail: Trail::new(),
            };
            if possible(&slice, budget)? {
                vec![slice]
            } else {
                vec![]
            }
        }
        (Node::Region(region), false) => {
            let mut ways = Vec::new();
            if !region.resources.is_any() {
                ways.push(Slice {
                    resources: vec![region.resources.clone().complement()],
                    ..everything()
                });
            }
            for literal in region.guard.literals() {
                ways.push(Slice {
                    guard: Guard::all_of([literal.negate()]),
                    ..everything()
                });
            }
            ways
        }
        (Node::Union(sets), true) | (Node::Intersection(sets), false) => {
            let mut found = Vec::new();
            for set in sets {
                found.extend(expand(set, holds, trails, budget)?);
                check(&found, budget)?;
            }
            found
        }
        (Node::Union(sets), false) | (Node::Intersection(sets), true) => {
            let mut found = vec![everything()];
            for set in sets {
                if found.is_empty() {
                    break;
                }
                found = product(&found, &expand(set, holds, trails && holds, budget)?, budget)?;
            }
            found
        }
        (Node::Difference(given, taken), true) => {
            let given = expand(given, true, trails, budget)?;
            without(given, taken, budget)?
        }
        (Node::Difference(given, taken), false) => {
            let mut found = expand(given, false, false, budget)?;
            found.extend(expand(taken, true, false, budget)?);
            found
        }
    };
    check(&found, budget)?;
    Ok(found)
}

/// Takes the parts of `taken` away one after the other, so that each can be dropped where it does not matter.
fn without(given: Vec<Slice>, taken: &PermissionSet, budget: &Budget) -> Result<Vec<Slice>, Limit> {
    match taken.node() {
        Node::Union(sets) => {
            let mut left = given;
            for set in sets {
                left = without(left, set, budget)?;
            }
            Ok(left)
        }
        Node::Labelled(_, inner) => without(given, inner, budget),
        _ => product(&given, &expand(taken, false, false, budget)?, budget),
    }
}

fn check(found: &[Slice], budget: &Budget) -> Result<(), Limit> {
    let slices = budget.limits().slices;
    if found.len() > slices {
        Err(Limit::Slices(slices))
    } else {
        Ok(())
    }
}

/// What is in both, alternative by alternative.
fn product(left: &[Slice], right: &[Slice], budget: &Budget) -> Result<Vec<Slice>, Limit> {
    let mut found: Vec<Slice> = Vec::new();
    for one in left {
        let mut joined: Vec<Slice> = Vec::new();
        for other in right {
            budget.spend(1)?;
            if other.trail.is_empty() && implies(one, other, budget)? {
                joined = vec![one.clone()];
                break;
            }
            let mut resources = one.resources.clone();
            resources.extend(
                other
                    .resources
                    .iter()
                    .filter(|s| !one.resources.contains(s))
                    .cloned(),
            );
            let guard = Guard::all_of(one.guard.literals().iter().chain(other.guard.literals()).cloned());
            let trail = [one.trail.as_slice(), other.trail.as_slice()].concat();
            let slice = Slice {
                resources,
                guard,
                trail,
            };
            if possible(&slice, budget)? {
                joined.push(slice);
            }
        }
        found.extend(joined);
        check(&found, budget)?;
    }
    absorb(found, budget)
}

/// Drops alternatives that lie in another one with the same trail.
fn absorb(slices: Vec<Slice>, budget: &Budget) -> Result<Vec<Slice>, Limit> {
    if slices.len() > 256 {
        return Ok(slices);
    }
    let within = |narrow: &Slice, wide: &Slice| {
        narrow.trail == wide.trail
            && wide
                .resources
                .iter()
                .all(|strings| narrow.resources.contains(strings))
            && wide
                .guard
                .literals()
                .iter()
                .all(|literal| narrow.guard.literals().contains(literal))
    };
    budget.spend(slices.len() * slices.len() / 8)?;
    let mut kept: Vec<Slice> = Vec::new();
    for slice in slices {
        if !kept.iter().any(|wide| within(&slice, wide)) {
            kept.retain(|narrow| !within(narrow, &slice));
            kept.push(slice);
        }
    }
    Ok(kept)
}

/// Whether an alternative has a member as far as each of its dimensions tells.
fn possible(slice: &Slice, budget: &Budget) -> Result<bool, Limit> {
    let demands: Vec<texts::Demand<'_>> = slice.resources.iter().map(|strings| (strings, true)).collect();
    if demands.len() > 1 && settled(texts::solve(&demands, budget))? == Some(false) {
        return Ok(false);
    }
    guard_possible(&slice.guard, budget)
}

/// Whether a guard can be satisfied as far as each of its keys tells.
pub(crate) fn guard_possible(guard: &Guard, budget: &Budget) -> Result<bool, Limit> {
    let literals = guard.literals();
    if literals.len() < 2 && literals.iter().all(|l| copied::test_of(&l.condition).is_none()) {
        return Ok(true);
    }
    let mut keys: BTreeMap<&Key, Vec<(&Condition, bool)>> = BTreeMap::new();
    for literal in literals {
        if literals.contains(&literal.negate()) {
            return Ok(false);
        }
        if let Some(key) = literal.condition.key() {
            keys.entry(key)
                .or_default()
                .push((&literal.condition, literal.holds));
        }
    }
    for (key, demands) in keys {
        if settled(cells::solve(key, &demands, budget))? == Some(false) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether something was found; `None` where that stayed open, which an alternative survives.
fn settled<T>(found: Result<Option<T>, Limit>) -> Result<Option<bool>, Limit> {
    match found {
        Ok(found) => Ok(Some(found.is_some())),
        Err(limit @ Limit::Steps(_)) => Err(limit),
        Err(_) => Ok(None),
    }
}

/// Whether all of `one` lies in `other`, as far as it shows in one dimension at a time.
fn implies(one: &Slice, other: &Slice, budget: &Budget) -> Result<bool, Limit> {
    for strings in &other.resources {
        let mut demands: Vec<texts::Demand<'_>> = one.resources.iter().map(|s| (s, true)).collect();
        demands.push((strings, false));
        if settled(texts::solve(&demands, budget))? != Some(false) {
            return Ok(false);
        }
    }
    for literal in other.guard.literals() {
        if one.guard.literals().contains(literal) {
            continue;
        }
        let opposite = literal.negate();
        let related: Vec<Literal> = one
            .guard
            .literals()
            .iter()
            .filter(|known: &&Literal| known.condition.key() == literal.condition.key())
            .cloned()
            .chain([opposite])
            .collect();
        if guard_possible(&Guard::all_of(related), budget)? {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
