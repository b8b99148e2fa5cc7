//! A set with some of the request already fixed: the action, the resource, and what is known of the context.
//!
//! What is left speaks only of the rest. Linear in the distinct parts, but for patterns that copy values of keys not
//! known: those become one condition for each way in which the fixed text can have been put together.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::context::{Context, Key};
use crate::copied;
use crate::depth::on_deep_stack;
use crate::guard::{Condition, Guard, Literal};
use crate::limits::{Budget, Limit, Limits};
use crate::pattern::{Case, Element, Pattern};
use crate::region::Region;
use crate::set::{Node, PermissionSet};
use crate::strings::Strings;
use crate::values::Test;

/// The part of a request that is fixed.
pub(crate) struct Fixed<'a> {
    pub(crate) action: &'a str,
    pub(crate) resource: Option<&'a str>,
    pub(crate) known: &'a Context,
    pub(crate) absent: &'a BTreeSet<Key>,
    /// Whether the labels of what is given are kept, and parts with different labels apart.
    pub(crate) trails: bool,
}

/// The requests of `set` with what is fixed: regions of it speak of every action (and of every resource where one
/// is fixed) and their guards only of keys that are neither known nor absent.
pub(crate) fn reduce(
    set: &PermissionSet,
    fixed: &Fixed<'_>,
    budget: &Budget,
) -> Result<PermissionSet, Limit> {
    on_deep_stack(set, || {
        Reduction {
            fixed,
            budget,
            done: FxHashMap::default(),
        }
        .walk(set, fixed.trails)
    })
}

impl PermissionSet {
    /// A set with the same requests of one action, whatever it says of others, for many questions about that action:
    /// no statement that does not speak of it is in it. Labels are kept. Linear in the distinct parts.
    ///
    /// # Errors
    /// When a limit is hit.
    pub fn for_action(&self, action: &str, limits: &Limits) -> Result<Self, Limit> {
        let fixed = Fixed {
            action,
            resource: None,
            known: Context::nowhere(),
            absent: &BTreeSet::new(),
            trails: true,
        };
        reduce(self, &fixed, &Budget::new(limits))
    }
}

struct Reduction<'a> {
    fixed: &'a Fixed<'a>,
    budget: &'a Budget,
    done: FxHashMap<(usize, bool), PermissionSet>,
}

pub(crate) fn is_everything(set: &PermissionSet) -> bool {
    match set.node() {
        Node::Intersection(sets) => sets.is_empty(),
        Node::Region(region) => {
            region.actions.is_any() && region.resources.is_any() && region.guard.is_always()
        }
        Node::Labelled(_, inner) => is_everything(inner),
        _ => false,
    }
}

fn all_of(sets: Vec<PermissionSet>) -> PermissionSet {
    if sets.iter().any(PermissionSet::is_plainly_empty) {
        return PermissionSet::empty();
    }
    let kept: Vec<PermissionSet> = sets
        .into_iter()
        .filter(|set| !is_everything(set) || matches!(set.node(), Node::Labelled(..)))
        .collect();
    PermissionSet::intersection_of(kept)
}

fn without(given: PermissionSet, taken: &PermissionSet) -> PermissionSet {
    if given.is_plainly_empty() || is_everything(taken) {
        return PermissionSet::empty();
    }
    given.difference(taken)
}

impl Reduction<'_> {
    fn walk(&mut self, set: &PermissionSet, trails: bool) -> Result<PermissionSet, Limit> {
        if let Node::Region(region) = set.node() {
            return self.region(region);
        }
        if let Some(done) = self.done.get(&(set.address(), trails)) {
            return Ok(done.clone());
        }
        let made = match set.node() {
            Node::Region(region) => self.region(region)?,
            Node::Union(sets) => {
                let mut parts = Vec::new();
                for set in sets {
                    let part = self.walk(set, trails)?;
                    if !trails && is_everything(&part) {
                        parts = vec![part];
                        break;
                    }
                    if !part.is_plainly_empty() {
                        parts.push(part);
                    }
                }
                if parts.is_empty() {
                    PermissionSet::empty()
                } else {
                    PermissionSet::union_of(parts)
                }
            }
            Node::Intersection(sets) => {
                let mut parts = Vec::new();
                for set in sets {
                    let part = self.walk(set, trails)?;
                    if part.is_plainly_empty() {
                        parts = vec![part];
                        break;
                    }
                    parts.push(part);
                }
                all_of(parts)
            }
            Node::Difference(given, taken) => {
                let given = self.walk(given, trails)?;
                if given.is_plainly_empty() {
                    given
                } else {
                    without(given, &self.walk(taken, false)?)
                }
            }
            Node::Labelled(label, inner) => {
                let inner = self.walk(inner, trails)?;
                if inner.is_plainly_empty() || !trails {
                    inner
                } else {
                    inner.labelled(*label)
                }
            }
        };
        self.done.insert((set.address(), trails), made.clone());
        Ok(made)
    }

    fn region(&mut self, region: &Region) -> Result<PermissionSet, Limit> {
        self.budget.spend(1)?;
        let actions = self.holding(&region.actions, self.fixed.action)?;
        if actions.is_plainly_empty() {
            return Ok(actions);
        }
        let mut parts = vec![actions];
        let resources = match self.fixed.resource {
            Some(resource) => {
                parts.push(self.holding(&region.resources, resource)?);
                Strings::any()
            }
            None => copied::filled_where(&region.resources, self.fixed.known, self.fixed.absent).into_owned(),
        };
        if parts.iter().any(PermissionSet::is_plainly_empty) {
            return Ok(PermissionSet::empty());
        }
        let mut literals: Vec<Literal> = Vec::new();
        for literal in region.guard.literals() {
            let made = self.literal(literal)?;
            if made.is_plainly_empty() {
                return Ok(PermissionSet::empty());
            }
            match made.node() {
                Node::Region(Region { guard, .. }) => literals.extend(guard.literals().iter().cloned()),
                _ => parts.push(made),
            }
        }
        parts.retain(|part| !is_everything(part));
        let rest = Region {
            actions: Strings::any(),
            resources,
            guard: Guard::all_of(literals),
        };
        if !parts.is_empty() && rest.resources.is_any() && rest.guard.is_always() {
            return Ok(all_of(parts));
        }
        parts.insert(0, PermissionSet::from(rest));
        Ok(if parts.len() == 1 {
            parts.remove(0)
        } else {
            all_of(parts)
        })
    }

    /// When `text` is in `strings`.
    fn holding(&self, strings: &Strings, text: &str) -> Result<PermissionSet, Limit> {
        let strings = copied::filled_where(strings, self.fixed.known, self.fixed.absent);
        if strings.holes().next().is_none() {
            return Ok(if strings.contains(text, Context::nowhere()) {
                PermissionSet::everything()
            } else {
                PermissionSet::empty()
            });
        }
        let mut ways = Vec::new();
        for pattern in strings.patterns() {
            if pattern.holes().next().is_none() {
                if pattern.matches(text, Context::nowhere()) {
                    ways = vec![PermissionSet::everything()];
                    break;
                }
                continue;
            }
            self.budget.spend(8)?;
            let Some(readings) = copied::readings(pattern, text, self.budget.limits().slices) else {
                return Err(Limit::Slices(self.budget.limits().slices));
            };
            for reading in readings {
                let guard = Guard::all_of(
                    reading
                        .iter()
                        .map(|(key, value)| holds_text(key, value, pattern.case()).holds()),
                );
                ways.push(PermissionSet::from(Region::everything().when(guard)));
            }
        }
        let inside = PermissionSet::union_of(ways);
        Ok(if !strings.is_complement() {
            inside
        } else if inside.is_plainly_empty() {
            PermissionSet::everything()
        } else {
            without(PermissionSet::everything(), &inside)
        })
    }

    /// When `literal` is satisfied; a region of every action and resource where one guard can say it.
    fn literal(&self, literal: &Literal) -> Result<PermissionSet, Limit> {
        let condition = &literal.condition;
        let Some(key) = condition.key() else {
            return Ok(guarded(literal.clone()));
        };
        let held = self.fixed.known.get(key);
        if held.is_none() && !self.fixed.absent.contains(key) {
            let condition = match condition {
                Condition::Some(key, test) => Condition::Some(key.clone(), self.test(test)),
                Condition::Every(key, test) => Condition::Every(key.clone(), self.test(test)),
                other => other.clone(),
            };
            return Ok(guarded(Literal {
                condition,
                holds: literal.holds,
            }));
        }
        let all = |truth: bool| {
            if truth {
                PermissionSet::everything()
            } else {
                PermissionSet::empty()
            }
        };
        let inside = match (condition, held) {
            (Condition::Absent(_), held) => all(held.is_none()),
            (_, None) | (Condition::Atom(_), _) => PermissionSet::empty(),
            (Condition::Some(_, test), Some(values)) => {
                let mut ways = Vec::new();
                for value in values {
                    ways.push(self.passing(test, value)?);
                }
                if ways.iter().any(is_everything) {
                    all(true)
                } else {
                    PermissionSet::union_of(ways)
                }
            }
            (Condition::Every(_, test), Some(values)) => {
                let mut needs = Vec::new();
                for value in values {
                    needs.push(self.passing(test, value)?);
                }
                all_of(needs)
            }
        };
        Ok(match (literal.holds, inside.is_plainly_empty()) {
            (true, _) => inside,
            (false, true) => all(true),
            (false, false) => without(all(true), &inside),
        })
    }

    /// When `value` passes `test`.
    fn passing(&self, test: &Test, value: &str) -> Result<PermissionSet, Limit> {
        match test {
            Test::Text(strings) => self.holding(strings, value),
            Test::Not(inner) => {
                let inside = self.passing(inner, value)?;
                Ok(if inside.is_plainly_empty() {
                    PermissionSet::everything()
                } else {
                    without(PermissionSet::everything(), &inside)
                })
            }
            other => Ok(if other.passes(value, Context::nowhere()) {
                PermissionSet::everything()
            } else {
                PermissionSet::empty()
            }),
        }
    }

    fn test(&self, test: &Test) -> Test {
        match test {
            Test::Text(strings) => {
                Test::Text(copied::filled_where(strings, self.fixed.known, self.fixed.absent).into_owned())
            }
            Test::Not(inner) => Test::Not(Box::new(self.test(inner))),
            other => other.clone(),
        }
    }
}

/// The condition that a key has `value` among its values, in letters as `case` compares them.
fn holds_text(key: &Key, value: &str, case: Case) -> Condition {
    let pattern = Pattern::new([Element::Text(value.into())], case);
    Condition::Some(key.clone(), Test::Text(Strings::one(pattern)))
}

fn guarded(literal: Literal) -> PermissionSet {
    PermissionSet::from(Region::everything().when(Guard::all_of([literal])))
}
