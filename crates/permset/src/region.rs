//! Regions: action strings × resource strings × guard.

use crate::context::{Answers, Request};
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

    /// Whether `request` lies within, with atoms answered by `answers`.
    #[must_use]
    pub fn contains(&self, request: &Request, answers: &Answers) -> bool {
        self.actions.contains(&request.action, &request.context)
            && self.resources.contains(&request.resource, &request.context)
            && self.guard.evaluate(&request.context, answers)
    }
}
