//! What is not known, and what would settle it.

use leastwise_permset::Atom;
use serde::{Deserialize, Serialize};

use crate::Text;

/// On which side a gap can err.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// What is missing could only add access.
    Adds,
    /// What is missing could only remove access.
    Removes,
    /// Either.
    Both,
}

/// Something that the estate mentions but does not hold, and that could change an answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Gap {
    /// The atom that stands for it in guards. Its name reads well after "unknown, because".
    #[serde(with = "crate::format::atom")]
    pub atom: Atom,
    /// What is missing, in a sentence without full stop.
    pub what: Text,
    /// The command or export that would settle it.
    pub settle: Text,
    /// On which side it can err.
    pub side: Side,
}

/// A layer of which the estate holds nothing at all, taken to be absent; answers that rest on it name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Assumption {
    /// The layer, such as `organization policies`.
    pub layer: Text,
    /// The command or export that would replace the assumption by knowledge.
    pub settle: Text,
    /// On which side the assumption can err.
    pub side: Side,
}
