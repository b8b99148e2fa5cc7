//! Regions: action strings × resource strings × guard.

use crate::context::{Answers, Key, Request};
use crate::copied;
use crate::guard::Guard;
use crate::strings::Strings;

/// All requests whose action and resource lie in given sets of strings and whose context satisfies a guard.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region {
    /// The actions.
    pub actions: Strings,
    /// The resources.
    pub resources: Strings,
    /// What the context must satisfy.
    pub guard: Guard,
}

impl Region {
    /// Without any demand on the context.
    #[must_use]
    pub fn new(actions: Strings, resources: Strings) -> Self {
        Self {
            actions,
            resources,
            guard: Guard::always(),
        }
    }

    /// Every request.
    #[must_use]
    pub fn everything() -> Self {
        Self::new(Strings::any(), Strings::any())
    }

    /// The same under `guard` instead of its own.
    #[must_use]
    pub fn when(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }

    /// The context keys that its patterns and its guard name, some perhaps more than once.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        let of_guard = self.guard.literals().iter().flat_map(|literal| {
            let copied = copied::holes_of(&literal.condition);
            literal.condition.key().into_iter().chain(copied)
        });
        self.actions.holes().chain(self.resources.holes()).chain(of_guard)
    }

    /// Whether `request` lies within, with atoms answered by `answers`.
    #[must_use]
    pub fn contains(&self, request: &Request, answers: &Answers) -> bool {
        self.actions.contains(&request.action, &request.context)
            && self.resources.contains(&request.resource, &request.context)
            && self.guard.evaluate(&request.context, answers)
    }
}
