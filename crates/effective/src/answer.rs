//! Questions and answers.

use std::collections::BTreeSet;

use leastwise_model::{Assumption, IdentityIndex, TechniqueIndex, Text};
use leastwise_permset::{Atom, Context, Guard, Key, Label, PermissionSet, Question as Point, Region};

use crate::certainty::Certainty;

/// How far an answer looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Only what the identity can do as itself.
    #[default]
    Direct,
    /// Also what it can do as others, and what it can give itself.
    Any,
}

/// May this identity perform this action on this resource?
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Who.
    pub identity: IdentityIndex,
    /// One concrete action; nothing in it is special.
    pub action: &'a str,
    /// One concrete resource; nothing in it is special.
    pub resource: &'a str,
    /// Keys whose values are given.
    pub known: Context,
    /// Keys that are given as absent.
    pub absent: BTreeSet<Key>,
    /// What else is given of the context; nothing where it is met always.
    pub given: Guard,
    /// How far to look.
    pub reach: Reach,
    /// Whether the context, layers, memberships and role references given are all there is: keys not given are
    /// absent and no layer is assumed.
    pub complete: bool,
}

impl<'a> Question<'a> {
    /// Its action on its resource, in circumstances.
    pub(crate) fn in_circumstances<'c>(&'c self, known: &'c Context, absent: &'c BTreeSet<Key>) -> Point<'c> {
        Point {
            action: self.action,
            resource: self.resource,
            known,
            absent,
            given: Some(&self.given).filter(|given| !given.is_always()),
        }
    }

    /// What of a set is left where what is given holds.
    pub(crate) fn within(&self, set: &PermissionSet) -> PermissionSet {
        match self.given.is_always() {
            true => set.clone(),
            false => set.intersection(&Region::everything().when(self.given.clone()).into()),
        }
    }

    /// What an identity can do as itself, with nothing given of the context.
    #[must_use]
    pub fn direct(identity: IdentityIndex, action: &'a str, resource: &'a str) -> Self {
        Self {
            identity,
            action,
            resource,
            known: Context::new(),
            absent: BTreeSet::new(),
            given: Guard::always(),
            reach: Reach::Direct,
            complete: false,
        }
    }
}

/// What is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It can.
    Yes,
    /// It can when one of these guards is met.
    When(Vec<Guard>),
    /// It cannot.
    No,
    /// It depends on what is not known.
    Unknown {
        /// The gaps that decide, by their atoms.
        gaps: Vec<Atom>,
        /// What else stood in the way: a limit that was hit.
        limit: Option<Text>,
    },
}

impl Outcome {
    /// The same after a step that may be less than certain.
    pub(crate) fn after(self, step: &Certainty) -> Self {
        match step {
            Certainty::Surely => self,
            Certainty::When(guards) => self.when(guards),
            Certainty::Depends(gaps) => self.given(gaps),
        }
    }

    /// The same where one of these guards must be met as well; none of them stands for no condition.
    pub(crate) fn when(self, guards: &[Guard]) -> Self {
        match self {
            outcome if guards.is_empty() => outcome,
            Self::Yes => Self::When(guards.to_vec()),
            Self::When(own) => {
                let both = own.iter().flat_map(|a| {
                    let met =
                        move |b: &Guard| Guard::all_of(a.literals().iter().chain(b.literals()).cloned());
                    guards.iter().map(met)
                });
                Self::When(both.collect())
            }
            other @ (Self::No | Self::Unknown { .. }) => other,
        }
    }

    /// The same where it depends on these gaps as well, if there are any.
    pub(crate) fn given(self, atoms: &[Atom]) -> Self {
        match self {
            outcome if atoms.is_empty() => outcome,
            Self::No => Self::No,
            Self::Yes | Self::When(_) => Self::Unknown {
                gaps: atoms.to_vec(),
                limit: None,
            },
            Self::Unknown { mut gaps, limit } => {
                gaps.extend(atoms.iter().cloned());
                gaps.sort();
                gaps.dedup();
                Self::Unknown { gaps, limit }
            }
        }
    }
}

/// In which capacity a yes holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// As itself.
    Direct,
    /// As somebody it can become.
    Through,
    /// After giving itself, or one it can become, more.
    ByGranting,
}

/// One stretch of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leg {
    /// The statements, outermost first, by which the identity that acts here may make the request that this leg
    /// needs.
    Holds {
        /// Who acts.
        identity: IdentityIndex,
        /// The action.
        action: Text,
        /// The resource; for needs that any of several would meet, the one found.
        resource: Text,
        /// Labels of the native statements, outermost first.
        steps: Vec<Label>,
    },
    /// The identity becomes another.
    Becomes {
        /// Who acts.
        from: IdentityIndex,
        /// Whom it becomes.
        to: IdentityIndex,
        /// How.
        technique: TechniqueIndex,
        /// The statement on the target's side, if there is one.
        step: Option<Label>,
        /// Conditions that must be met on the way; empty where none.
        when: Vec<Guard>,
        /// Gaps on which it depends; empty where it is sure.
        gaps: Vec<Atom>,
    },
    /// The identity widens what `to` holds (which may be itself).
    Grants {
        /// Who acts.
        from: IdentityIndex,
        /// Who gains.
        to: IdentityIndex,
        /// How.
        technique: TechniqueIndex,
        /// The statement on the target's side, if there is one.
        step: Option<Label>,
    },
}

impl Leg {
    /// The labels of the native statements on it, outermost first.
    #[must_use]
    pub fn statements(&self) -> &[Label] {
        match self {
            Self::Holds { steps, .. } => steps,
            Self::Becomes { step, .. } | Self::Grants { step, .. } => step.as_slice(),
        }
    }
}

/// The ordered legs by which a permission reaches an identity.
pub type Path = Vec<Leg>;

/// The answer to a [`Question`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What is so.
    pub outcome: Outcome,
    /// In which capacity; `None` for a no.
    pub how: Option<How>,
    /// Ways by which it is so, shortest first, a few; for an unknown, ways that would be open.
    pub paths: Vec<Path>,
    /// Layers assumed absent, on which the answer rests.
    pub assuming: Vec<Assumption>,
}

impl Answer {
    /// A plain no.
    pub(crate) fn no() -> Self {
        Self {
            outcome: Outcome::No,
            how: None,
            paths: Vec::new(),
            assuming: Vec::new(),
        }
    }
}
