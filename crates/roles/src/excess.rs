//! Excess: what an identity holds and nobody declares it to need, nor was it seen to use it, though a log would have shown it.
//!
//! All that an identity can do as itself, but for what its platform gives to everybody, falls into four parts, its [`Color`]s. They are differences of permission sets:
//!
//! - *needed* = held ∩ declared
//! - *used* = (held ∖ declared) ∩ seen
//! - *unobservable* = (held ∖ declared ∖ seen) ∩ what the logs would not have shown, or do not tell clearly
//! - *excess* = held ∖ declared ∖ seen ∖ unobservable
//!
//! Together they are what is held, and no request is in two of them. Use is taken widely: a use whose resource is not known is
//! a use of that action on everything. So excess errs on the side of less.
//!
//! Cost: linear in observations, and for each identity a few memberships for each action of which something was declared, seen,
//! or in part unobservable, with a search where those leave a color open. All other actions are sorted as bits.

mod confidence;
mod evidence;
mod gifts;
mod grants;
mod hidden;
mod shades;
mod split;
#[cfg(test)]
mod tests;

use leastwise_permset::PermissionSet;

pub use confidence::{Confidence, Level, Reason};
pub use evidence::{Evidence, Known};
pub use grants::{GrantSplit, grants};
pub use split::{Split, Untold};

/// What is known of the need for something that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Color {
    /// Its owner declares it as needed.
    Needed,
    /// It was used, and is not declared: the owner confirms or refuses.
    Used,
    /// Neither, though the logs would have shown its use.
    Excess,
    /// The logs could not have shown its use, or do not tell it clearly.
    Unobservable,
}

impl Color {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Needed, Self::Used, Self::Excess, Self::Unobservable];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Needed => "needed",
            Self::Used => "used",
            Self::Excess => "excess",
            Self::Unobservable => "unobservable",
        }
    }

    /// That of this color, of something told by color in their order.
    pub(crate) fn of<T>(self, by_color: &[T; 4]) -> &T {
        let [needed, used, excess, unobservable] = by_color;
        match self {
            Self::Needed => needed,
            Self::Used => used,
            Self::Excess => excess,
            Self::Unobservable => unobservable,
        }
    }
}

/// What is held, by color: disjoint sets that together are what is held.
#[derive(Clone, Debug, Default)]
pub struct Colors([PermissionSet; 4]);

impl Colors {
    /// Divides what is held by what is declared, what was seen, and what would not have been.
    #[must_use]
    pub fn of(
        held: &PermissionSet,
        declared: &PermissionSet,
        seen: &PermissionSet,
        hidden: &PermissionSet,
    ) -> Self {
        let undeclared = held.difference(declared);
        let unseen = undeclared.difference(seen);
        Self([
            held.intersection(declared),
            undeclared.intersection(seen),
            unseen.difference(hidden),
            unseen.intersection(hidden),
        ])
    }

    /// The part of one color.
    #[must_use]
    pub fn part(&self, color: Color) -> &PermissionSet {
        color.of(&self.0)
    }
}
