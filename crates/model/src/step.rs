//! Native statements and where they stand: the material of paths.

use crate::Text;
use crate::snapshot::FileIndex;
use serde::{Deserialize, Serialize};

/// A place in one file of the estate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    /// Which file.
    pub file: FileIndex,
    /// Line, from 1; 0 where the format has none.
    pub line: u32,
    /// Column in characters, from 1; 0 where the format has none.
    pub column: u32,
    /// JSON pointer of the value within its document, such as `/items/4/rules/0`.
    pub pointer: Box<str>,
}

/// One native statement on the way from an identity to what it may do. Sets refer to it by their labels:
/// `Label(n)` is the `n`th step of the snapshot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Step {
    /// What kind of statement, in the platform's own words: `inline policy statement`, `RoleBinding`, ...
    pub kind: Text,
    /// What it is called, such as the policy's or the binding's name; may be empty.
    pub name: Text,
    /// The native text, compact, at most a few hundred characters.
    pub statement: Box<str>,
    /// Where it stands; `None` for what a platform decides by itself (an implicit group, a built-in rule).
    pub location: Option<Location>,
    /// Whether the platform's owner put it there (default roles, service-linked roles, managed policies).
    pub provided: bool,
}
