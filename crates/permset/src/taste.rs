//! The smallest witness, in the order people prefer: an action that exists, a resource of a valid shape, few context
//! keys, short text.

use crate::answers::{Emptiness, Witness};
use crate::context::{Key, Request};
use crate::guard::{Condition, Guard};
use crate::limits::{Budget, Limits};
use crate::pattern::Pattern;
use crate::region::Region;
use crate::search::{self, Found};
use crate::set::{Node, PermissionSet};
use crate::strings::Strings;

/// What a catalogue knows that makes a witness natural.
pub trait Taste {
    /// The catalogued actions in `within`, most natural first.
    fn actions(&self, within: &Strings) -> Vec<Box<str>>;
    /// The shapes of resource that `action` takes, most natural first.
    fn resources(&self, action: &str) -> Vec<Pattern>;
}

impl PermissionSet {
    /// Whether any request is a member for some answers to the atoms, like [`PermissionSet::emptiness`], with the
    /// smallest witness in this order: catalogued action, valid shape of resource, few context keys, short text. A
    /// witness whose action is outside the catalogue is marked hypothetical.
    ///
    /// One search for each catalogued action until one succeeds, then up to two for each of its shapes; all of them
    /// share the steps of `limits`, and where those run out the witness found without the catalogue is returned.
    #[must_use]
    pub fn smallest_witness(&self, taste: &dyn Taste, limits: &Limits) -> Emptiness {
        let budget = Budget::new(limits);
        let (request, answers) = match search::member(self, &budget) {
            Found::Nothing => return Emptiness::Empty,
            Found::Stopped(limit) => return Emptiness::Unknown(limit),
            Found::Member(request, answers) => (request, answers),
        };
        let first = self.leanest(self.witness(request, answers));
        let absent = Guard::all_of(self.keys().into_iter().map(|key| Condition::Absent(key).holds()));
        // A member in one of these places; `None` where there is none, or none was found.
        let within = |action: &str, shapes: Strings, guard: &Guard| {
            let place = Region::new(Strings::literal(action), shapes).when(guard.clone());
            match search::member(&PermissionSet::from(place).intersection(self), &budget) {
                Found::Member(request, answers) => Some(self.leanest(self.witness(request, answers))),
                Found::Nothing | Found::Stopped(_) => None,
            }
        };
        let smallest = |action: &str| {
            let mut shapes = taste.resources(action);
            if shapes.is_empty() {
                shapes.push(Pattern::any());
            }
            let somewhere = within(action, Strings::any_of(shapes.clone()), &Guard::always())?;
            let found = shapes.into_iter().find_map(|shape| {
                let shape = Strings::one(shape);
                within(action, shape.clone(), &absent).or_else(|| within(action, shape, &Guard::always()))
            });
            Some(found.unwrap_or(somewhere))
        };
        for action in taste.actions(&self.given_actions()) {
            if let Some(witness) = smallest(&action) {
                return Emptiness::Inhabited(witness);
            }
            if budget.is_spent() {
                break;
            }
        }
        let catalogued = !taste.actions(&Strings::literal(&first.request.action)).is_empty();
        Emptiness::Inhabited(Witness {
            hypothetical: !catalogued,
            ..first
        })
    }

    /// The witness without the keys that it does not need.
    fn leanest(&self, mut witness: Witness) -> Witness {
        let keys: Vec<Key> = witness
            .request
            .context
            .iter()
            .map(|(key, _)| key.clone())
            .collect();
        for key in keys {
            let mut request: Request = witness.request.clone();
            request.context.remove(&key);
            if self.contains_given(&request, &witness.answers) {
                let lean = self.witness(request, witness.answers.clone());
                if lean.atoms.len() <= witness.atoms.len() {
                    witness = lean;
                }
            }
        }
        witness
    }

    /// Strings that hold every action of every member.
    fn given_actions(&self) -> Strings {
        let mut patterns = Vec::new();
        let mut stack = vec![self];
        while let Some(set) = stack.pop() {
            match set.node() {
                Node::Region(region)
                    if region.actions.is_complement() || region.actions.holes().next().is_some() =>
                {
                    return Strings::any();
                }
                Node::Region(region) => patterns.extend(region.actions.patterns().iter().cloned()),
                Node::Union(sets) => stack.extend(sets.iter()),
                // Any one of the parts bounds the whole; the first is as good as another.
                Node::Intersection(sets) => match sets.first() {
                    Some(first) => stack.push(first),
                    None => return Strings::any(),
                },
                Node::Difference(given, _) | Node::Labelled(_, given) => stack.push(given),
            }
        }
        Strings::any_of(patterns)
    }
}

#[cfg(test)]
mod tests;
