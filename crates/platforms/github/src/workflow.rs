//! A workflow file: its triggers, permissions and jobs, each with its place.
//!
//! Read from the tree with positions that every export is read into: a statement is shown with its line, and one odd
//! part of a file hides no other. A crate that models workflows reads the same files in this crate's tests, and both
//! must agree. Source: "Workflow syntax for GitHub Actions".

mod read;
mod steps;

use leastwise_document::Node;
use leastwise_model::{FileIndex, Location, Remark, Text};

use crate::expression::Secrets;
use crate::levels::Level;

pub(crate) use read::read;
pub(crate) use steps::COMMANDS;

/// A workflow.
#[derive(Clone, Debug)]
pub(crate) struct Workflow {
    /// The path of its file in the repository.
    pub path: Text,
    /// Its name; the path where it has none.
    pub name: Text,
    pub triggers: Vec<Trigger>,
    pub permissions: Option<Permissions>,
    pub jobs: Vec<Job>,
    pub location: Location,
}

/// What starts it.
#[derive(Clone, Debug)]
pub(crate) struct Trigger {
    pub event: Text,
    pub branches: Option<Vec<Text>>,
    pub branches_ignored: Option<Vec<Text>>,
    pub tags: Option<Vec<Text>>,
    pub tags_ignored: Option<Vec<Text>>,
    /// Activities of the event.
    pub types: Option<Vec<Text>>,
    pub location: Location,
}

/// A `permissions` block.
#[derive(Clone, Debug)]
pub(crate) struct Permissions {
    pub given: Given,
    pub location: Location,
}

/// What a `permissions` block gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    ReadAll,
    WriteAll,
    /// These and nothing else.
    Named(Vec<(Text, Level)>),
}

/// A job.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub key: Text,
    pub permissions: Option<Permissions>,
    /// The workflow that it calls.
    pub calls: Option<Call>,
    /// The name of its environment, as it is written.
    pub environment: Option<Text>,
    pub runner: Runner,
    /// Whether it runs only under a condition.
    pub conditional: bool,
    /// Secrets that it mentions.
    pub secrets: Secrets,
    /// Actions that its steps use, with their place.
    pub actions: Vec<(Text, Location)>,
    /// Steps that run text which strangers write: the context, and the place.
    pub injected: Vec<(&'static str, Location)>,
    /// Steps that fetch code of a pull request.
    pub fetches: Vec<Fetch>,
    pub location: Location,
}

/// A step that fetches code of a pull request, or what its run left behind.
#[derive(Clone, Debug)]
pub(crate) struct Fetch {
    pub location: Location,
    /// Whether the action refuses code of forks in workflows that `pull_request_target` starts.
    pub refused: bool,
}

/// A workflow that a job calls.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub uses: Text,
    pub secrets: Passed,
    pub location: Location,
}

/// The secrets that a call hands over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    All,
    /// By the name that the called workflow has for each: what it is made of.
    Named(Vec<(Text, Secrets)>),
}

/// On what a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runner {
    Hosted,
    SelfHosted,
    /// It is computed, or a name of the organization's own.
    Unknown,
}

/// Whether a document is a workflow.
pub(crate) fn is_workflow(node: &Node) -> bool {
    let starts = node.get("on").is_some() || node.get("true").is_some();
    starts && node.get("jobs").is_some_and(Node::is_map) && node.get("apiVersion").is_none()
}

/// Where nodes of a file stand.
pub(crate) struct Place<'r> {
    pub file: FileIndex,
    pub remarks: &'r mut Vec<Remark>,
}

impl Place<'_> {
    pub fn of(&self, node: &Node, pointer: &str) -> Location {
        Location {
            file: self.file,
            line: node.at.line,
            column: node.at.column,
            pointer: pointer.into(),
        }
    }

    pub fn remark(&mut self, location: Location, what: String, hint: &str) {
        self.remarks.push(Remark {
            location: Some(location),
            what: what.into(),
            hint: hint.into(),
            loses: false,
        });
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a case that cannot be read is a failed test")]
mod tests;
