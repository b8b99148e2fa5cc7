//! What logs would have shown: which requests a source records, as its configuration or its records tell.
//!
//! Where a request that was made would not stand in the logs, that it does not stand there says nothing. So a platform tells
//! which requests those are, and why; whatever is left was not made.

use std::sync::Arc;

use jiff::Timestamp;
use leastwise_document::Item;
use leastwise_permset::{PermissionSet, Strings};

use crate::Text;
use crate::identity::Identity;
use crate::platform::Taken;
use crate::snapshot::{Instance, Remark};
use crate::uses::Source;

/// Requests that the logs would not have shown, though they were made.
#[derive(Clone, Debug)]
pub struct Unshown {
    /// Which.
    pub requests: PermissionSet,
    /// Why, in words that read well behind "unobservable:".
    pub why: Text,
    /// What would settle it; may be empty.
    pub settle: Text,
}

/// What the logs are taken to show, and what says so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShownBy {
    /// What is shown, and by which configuration or which records.
    pub what: Text,
    /// Whether it is concluded from records: no configuration says it.
    pub assumed: bool,
}

/// What the logs of one instance show of what an identity does.
#[derive(Clone, Debug, Default)]
pub struct LogCoverage {
    /// What they do not show. A request that is in none of these would be in the logs if it had been made.
    pub unshown: Vec<Unshown>,
    /// Why the rest is taken to be shown.
    pub shown_by: Vec<ShownBy>,
    /// What the platform itself reports of the identity's use, beside any log.
    pub reported: Option<Reported>,
}

/// A report of a platform on what an identity used last, without single uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// From when on it would tell a use.
    pub first: Timestamp,
    /// When it was asked for.
    pub last: Timestamp,
    /// What it is called.
    pub by: Text,
}

/// A use that a log told of.
#[derive(Clone, Copy, Debug)]
pub struct Sighting<'a> {
    /// Whose use, as the log's reader spells it.
    pub identity: &'a str,
    /// The action; empty where none is known.
    pub action: &'a str,
    /// The resource, or a pattern for the group that it belongs to; nothing where it is not known, or where many were folded.
    pub resource: Option<&'a str>,
}

/// Gathers what tells which requests the logs of one platform show: first configurations and records, then questions.
pub trait LogScope: Send + Sync {
    /// Takes an item if it is a configuration of the platform's logs. Remarks say what of it is not understood, and so counts
    /// as not recorded.
    fn take(&mut self, path: &str, item: Item, remarks: &mut Vec<Remark>) -> Taken;
    /// Takes note of a log that told anything at all.
    fn source(&mut self, source: &Source<'_>);
    /// Takes note of a use that a log told.
    fn sighting(&mut self, sighting: &Sighting<'_>);
    /// What the logs show of what an identity of an instance does. Identities of whom the same holds get the same storage.
    fn coverage(&mut self, instance: &Instance, identity: &Identity) -> Arc<LogCoverage>;
    /// The actions that an operation could have needed besides those that are known for it; nothing where logs name actions.
    fn meant(&self, _operation: &str) -> Option<Strings> {
        None
    }
}
