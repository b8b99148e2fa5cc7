//! How sure it is that something is open to somebody.

use leastwise_permset::{Atom, Guard, Limit, Verdict};

/// How sure it is that an opportunity is open to an identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// It is open.
    Surely,
    /// It is open when one of these guards is met.
    When(Vec<Guard>),
    /// It depends on gaps, or on a limit that was hit (an atom whose name begins with `limit: `).
    Depends(Vec<Atom>),
}

impl Certainty {
    pub(crate) fn of(verdict: Verdict) -> Option<Self> {
        match verdict {
            Verdict::Always => Some(Self::Surely),
            Verdict::When(guards) => Some(Self::When(guards)),
            Verdict::Never => None,
            Verdict::Depends(atoms) => Some(Self::Depends(atoms)),
            Verdict::Unknown(limit) => Some(Self::limited(&limit)),
        }
    }

    /// A limit was hit before it could be told.
    pub(crate) fn limited(limit: &Limit) -> Self {
        Self::Depends(vec![Atom::new(&format!("limit: {limit}"))])
    }

    /// Both must be so.
    pub(crate) fn and(self, other: &Self) -> Self {
        match (self, other) {
            (Self::Surely, other) => other.clone(),
            (this, Self::Surely) => this,
            (Self::Depends(mut atoms), Self::Depends(more)) => {
                atoms.extend(more.iter().cloned());
                atoms.sort();
                atoms.dedup();
                Self::Depends(atoms)
            }
            (Self::Depends(atoms), Self::When(_)) => Self::Depends(atoms),
            (Self::When(_), Self::Depends(atoms)) => Self::Depends(atoms.clone()),
            (Self::When(left), Self::When(right)) => {
                let both =
                    |a: &Guard, b: &Guard| Guard::all_of(a.literals().iter().chain(b.literals()).cloned());
                let mut guards: Vec<Guard> = left
                    .iter()
                    .flat_map(|a| right.iter().map(move |b| both(a, b)))
                    .collect();
                guards.sort();
                guards.dedup();
                Self::When(guards)
            }
        }
    }

    /// Whether it is certain.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        *self == Self::Surely
    }
}
