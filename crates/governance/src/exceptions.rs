//! What people accept for a while: with who answers for it, why, and until when.
//!
//! ```toml
//! [[exception]]
//! id = "EX-7"
//! owner = "shop"
//! reason = "restores need it until the new tool is there"
//! expires = "2026-12-31"                                         # the last day
//! identity = "kubernetes:*:system:serviceaccount:shop:restore"   # `*` and `?`
//! actions = ["core/secrets:get"]                                 # everything that is new lies in these …
//! resources = ["shop/*"]                                         # … on these
//!
//! [[exception]]
//! id = "EX-8"
//! owner = "platform"
//! reason = "the deployer starts pods; admission control pins their accounts"
//! expires = "2027-01-31"
//! ticket = "SEC-12"
//! identity = "kubernetes:*:system:serviceaccount:ci:deployer"
//! becomes = "kubernetes:*:system:serviceaccount:shop:*"
//!
//! [[exception]]
//! id = "EX-9"
//! owner = "shop"
//! reason = "the vendor needs it until the contract ends"
//! expires = "2026-11-30"
//! rule = "open-trust"
//! identity = "arn:aws:iam::111122223333:role/vendor"
//! ```
//!
//! An exception says exactly one of: what may be done (`actions`, `resources`), who may be become (`becomes`), which rule may
//! speak (`rule`), or one item by its `fingerprint`. An access is accepted where all its requests lie in those of exceptions
//! for its identity together: nothing more comes in with what was accepted.

mod apply;
mod read;

use jiff::Timestamp;
use leastwise_model::Text;

pub use apply::Lapsed;

/// The name of the file.
pub const FILE_NAME: &str = "leastwise-exceptions.toml";

/// What is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// New access that lies in these requests.
    Access {
        /// Patterns of actions.
        actions: Vec<Text>,
        /// Patterns of resources.
        resources: Vec<Text>,
    },
    /// Becoming those whose id matches.
    Becoming(Text),
    /// What a rule finds, by its id.
    Rule(&'static str),
    /// One item.
    Fingerprint(Text),
}

/// Something accepted for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Its id.
    pub id: Text,
    /// The team that answers for it.
    pub owner: Text,
    /// Why.
    pub reason: Text,
    /// Where it was talked about.
    pub ticket: Option<Text>,
    /// The last day, as written.
    pub expires: Text,
    /// The moment after which it does not hold.
    pub end: Timestamp,
    /// Whom it is for, as a pattern; everybody where a fingerprint says it.
    pub identity: Option<Text>,
    /// What it accepts.
    pub scope: Scope,
    /// The line where it begins.
    pub line: usize,
}

/// All exceptions of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exceptions {
    /// In their order.
    pub all: Vec<Exception>,
}

/// Why a file of exceptions cannot be used: the place in the text and the cause.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {what}")]
pub struct ExceptionsError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, lower case, without full stop.
    pub what: String,
}

impl Exceptions {
    /// Reads a file of exceptions. Linear in its text.
    ///
    /// # Errors
    /// Where it is no TOML, or says what no exception says, or not all that it must.
    pub fn parse(text: &str) -> Result<Self, ExceptionsError> {
        read::read(text)
    }
}

#[cfg(test)]
mod tests;
