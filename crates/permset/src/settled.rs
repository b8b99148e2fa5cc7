//! Membership of one request as far as what is fixed of it tells: the quick answer to most questions.
//!
//! Answers have three values: yes, no, and *that rests on what is open*. A yes or a no holds whatever the open keys
//! hold and whatever the atoms' answers are; the third means only that this walk does not show it. Nothing is built,
//! and the walk ends where the parts that stand in several places would make it long.

use crate::context::{Context, Key};
use crate::depth;
use crate::guard::{Condition, Literal};
use crate::reduce::Fixed;
use crate::region::Region;
use crate::set::{Node, PermissionSet};
use crate::strings::Strings;
use crate::values::Test;

/// How many parts are visited; what is larger is worth remembering what was seen.
const PARTS: u32 = 4_096;

/// Whether the request that `fixed` describes, with its resource, is a member of `set`.
pub(crate) fn settled(set: &PermissionSet, fixed: &Fixed<'_>) -> Option<bool> {
    if set.depth() > depth::SHALLOW {
        return None;
    }
    let mut walk = Walk {
        fixed,
        resource: fixed.resource?,
        left: PARTS,
    };
    walk.holds(set)
}

struct Walk<'a> {
    fixed: &'a Fixed<'a>,
    resource: &'a str,
    left: u32,
}

impl Walk<'_> {
    fn holds(&mut self, set: &PermissionSet) -> Option<bool> {
        self.left = self.left.checked_sub(1)?;
        match set.node() {
            Node::Region(region) => self.admits(region),
            Node::Union(sets) => any(sets.iter().map(|set| self.holds(set))),
            Node::Intersection(sets) => not(any(sets.iter().map(|set| not(self.holds(set))))),
            Node::Difference(given, taken) => match self.holds(given) {
                Some(false) => Some(false),
                first => match (first, self.holds(taken)) {
                    (_, Some(true)) => Some(false),
                    (Some(true), Some(false)) => Some(true),
                    _ => None,
                },
            },
            Node::Labelled(_, inner) => self.holds(inner),
        }
    }

    fn admits(&self, region: &Region) -> Option<bool> {
        let action = self.within(&region.actions, self.fixed.action);
        if action == Some(false) {
            return action;
        }
        let resource = self.within(&region.resources, self.resource);
        if resource == Some(false) {
            return resource;
        }
        let literals = region
            .guard
            .literals()
            .iter()
            .map(|literal| not(self.literal(literal)));
        not(any([not(action), not(resource)].into_iter().chain(literals)))
    }

    fn is_fixed(&self, key: &Key) -> bool {
        self.fixed.known.get(key).is_some() || self.fixed.absent.contains(key)
    }

    fn within(&self, strings: &Strings, text: &str) -> Option<bool> {
        let inside = any(strings.patterns().iter().map(|pattern| {
            if pattern.holes().all(|key| self.is_fixed(key)) {
                // A key that is not known is absent here, and matches nothing.
                Some(pattern.matches(text, self.fixed.known))
            } else if pattern.begins(text) {
                None
            } else {
                Some(false)
            }
        }));
        inside.map(|inside| inside != strings.is_complement())
    }

    fn literal(&self, literal: &Literal) -> Option<bool> {
        let condition = &literal.condition;
        let key = condition.key()?;
        let held = self.fixed.known.get(key);
        if held.is_none() && !self.fixed.absent.contains(key) {
            return None;
        }
        let answer = match (condition, held) {
            (Condition::Absent(_), held) => Some(held.is_none()),
            (_, None) => Some(false),
            (Condition::Some(_, test), Some(values)) => {
                any(values.iter().map(|value| self.passes(test, value)))
            }
            (Condition::Every(_, test), Some(values)) => {
                not(any(values.iter().map(|value| not(self.passes(test, value)))))
            }
            (Condition::Atom(_), _) => None,
        };
        answer.map(|answer| answer == literal.holds)
    }

    fn passes(&self, test: &Test, value: &str) -> Option<bool> {
        match test {
            Test::Text(strings) => self.within(strings, value),
            Test::Not(inner) => not(self.passes(inner, value)),
            other => Some(other.passes(value, Context::nowhere())),
        }
    }
}

/// Whether one of them is a yes.
pub(crate) fn any(each: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut sure = Some(false);
    for answer in each {
        match answer {
            Some(true) => return Some(true),
            Some(false) => {}
            None => sure = None,
        }
    }
    sure
}

/// The opposite of an answer.
pub(crate) fn not(answer: Option<bool>) -> Option<bool> {
    answer.map(|answer| !answer)
}
