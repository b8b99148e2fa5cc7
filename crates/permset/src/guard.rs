//! Guards: what the context of a request must satisfy.

use crate::context::{Answers, Atom, Context, Key};
use crate::values::Test;

/// One question about a context.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// The key is absent. (A key with no values is present.)
    Absent(Key),
    /// The key is present and at least one of its values passes.
    Some(Key, Test),
    /// The key is present and all of its values pass; so it does where it has none.
    Every(Key, Test),
    /// Something that is not known, or that no other condition can express.
    Atom(Atom),
}

/// A condition, or its denial.
///
/// Denials reach what a platform says about missing keys: not `Some(k, t)` holds where `k` is absent or no
/// value passes; not `Every(k, not t)` holds where `k` is absent or some value passes `t`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Literal {
    /// What is asked.
    pub condition: Condition,
    /// The answer that satisfies this literal.
    pub holds: bool,
}

/// A conjunction of literals: sorted, without repeats; the empty guard always holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guard(Box<[Literal]>);

impl Condition {
    /// Whether it is so in `context`, with atoms answered by `answers`.
    #[must_use]
    pub fn evaluate(&self, context: &Context, answers: &Answers) -> bool {
        match self {
            Self::Absent(key) => context.get(key).is_none(),
            Self::Some(key, test) => context
                .get(key)
                .is_some_and(|values| values.iter().any(|value| test.passes(value, context))),
            Self::Every(key, test) => context
                .get(key)
                .is_some_and(|values| values.iter().all(|value| test.passes(value, context))),
            Self::Atom(atom) => answers.holds(atom),
        }
    }

    /// The key it speaks of; `None` for an atom.
    #[must_use]
    pub fn key(&self) -> Option<&Key> {
        match self {
            Self::Absent(key) | Self::Some(key, _) | Self::Every(key, _) => Some(key),
            Self::Atom(_) => None,
        }
    }

    /// The literal that asks for it.
    #[must_use]
    pub fn holds(self) -> Literal {
        Literal {
            condition: self,
            holds: true,
        }
    }

    /// The literal that forbids it.
    #[must_use]
    pub fn fails(self) -> Literal {
        Literal {
            condition: self,
            holds: false,
        }
    }
}

impl Literal {
    /// Whether it is satisfied.
    #[must_use]
    pub fn evaluate(&self, context: &Context, answers: &Answers) -> bool {
        self.condition.evaluate(context, answers) == self.holds
    }

    /// The opposite.
    #[must_use]
    pub fn negate(&self) -> Self {
        Self {
            condition: self.condition.clone(),
            holds: !self.holds,
        }
    }
}

impl Guard {
    /// The guard that always holds.
    #[must_use]
    pub fn always() -> Self {
        Self::default()
    }

    /// All of these.
    pub fn all_of(literals: impl IntoIterator<Item = Literal>) -> Self {
        let mut literals: Vec<Literal> = literals.into_iter().collect();
        literals.sort();
        literals.dedup();
        Self(literals.into())
    }

    /// Its literals, in order.
    #[must_use]
    pub fn literals(&self) -> &[Literal] {
        &self.0
    }

    /// Whether it has no literal.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether all literals are satisfied.
    #[must_use]
    pub fn evaluate(&self, context: &Context, answers: &Answers) -> bool {
        self.0.iter().all(|literal| literal.evaluate(context, answers))
    }
}
