//! What role files say.

use std::fmt;

use jiff::Timestamp;
use leastwise_document::Position;
use leastwise_model::{RolePermission, Text, Written};

/// Where a role is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Being written; it is not rendered.
    Draft,
    /// Complete; it waits for a decision and is not rendered.
    Proposed,
    /// It may be assigned and is rendered.
    Active,
    /// Assigned, and rendered as nothing until it is active again.
    Suspended,
    /// Rendered, and given to nobody new.
    Deprecated,
    /// Rendered nowhere; kept for history.
    Retired,
}

impl State {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Proposed => "proposed",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deprecated => "deprecated",
            Self::Retired => "retired",
        }
    }

    /// The state of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [
            Self::Draft,
            Self::Proposed,
            Self::Active,
            Self::Suspended,
            Self::Deprecated,
            Self::Retired,
        ]
        .into_iter()
        .find(|state| state.as_str() == name)
    }

    /// Whether roles in it are rendered.
    #[must_use]
    pub fn is_rendered(self) -> bool {
        match self {
            Self::Active | Self::Deprecated => true,
            Self::Draft | Self::Proposed | Self::Suspended | Self::Retired => false,
        }
    }
}

/// A moment that a file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// As it is written.
    pub written: Written,
    /// The moment; for a day, its end in UTC.
    pub end: Timestamp,
}

/// One permission.
#[derive(Clone, Debug, PartialEq)]
pub struct Permission {
    /// Actions, resources and condition.
    pub what: RolePermission,
    /// Why it is needed.
    pub reason: Written,
}

/// Who holds a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The identity, as the platform names it.
    pub identity: Written,
    /// What runs as it.
    pub workload: Option<Written>,
    /// Until when.
    pub expires: Option<Due>,
}

/// What showed that permissions are needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The log or the declaration.
    pub source: Written,
    /// The time that it covers.
    pub window: Option<Written>,
    /// How finely it tells apart what was used.
    pub granularity: Option<Written>,
    /// A digest of it.
    pub digest: Option<Written>,
}

/// A technical role: a bundle of permissions on one platform, in one environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// The file that says it.
    pub file: Text,
    /// Its id.
    pub id: Written,
    /// What it does, in a few words.
    pub name: Written,
    /// What it is for.
    pub purpose: Option<Written>,
    /// Its platform.
    pub platform: Written,
    /// Its environment.
    pub environment: Written,
    /// The team that answers for it.
    pub owner: Option<Written>,
    /// The person who answers for it.
    pub sponsor: Option<Written>,
    /// Where it is in its life.
    pub state: State,
    /// Ids of roles that it includes.
    pub includes: Vec<Written>,
    /// Its own permissions.
    pub permissions: Vec<Permission>,
    /// Who holds it.
    pub assigned_to: Vec<Assignment>,
    /// Until when it may be used.
    pub expires: Option<Due>,
    /// Duties that it has a part in.
    pub duties: Vec<Written>,
    /// Ids of exceptions that it relies on.
    pub exceptions: Vec<Written>,
    /// The tier of review.
    pub review_tier: Option<Written>,
    /// When it was reviewed last.
    pub review_last: Option<Due>,
    /// What showed that its permissions are needed.
    pub evidence: Vec<Evidence>,
}

/// Why somebody needs technical roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BusinessRole {
    /// The file that says it.
    pub file: Text,
    /// Its id.
    pub id: Written,
    /// What it is called.
    pub name: Option<Written>,
    /// Who answers for it.
    pub owner: Option<Written>,
    /// Why there is such a role.
    pub why: Written,
    /// Ids of technical roles.
    pub roles: Vec<Written>,
}

/// Something wrong with role files. Displays as place and cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleFault {
    /// In which file.
    pub file: Text,
    /// Where in it; `None` where it is about the whole.
    pub at: Option<Position>,
    /// What is wrong, lower case, without full stop.
    pub what: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

impl RoleFault {
    pub(crate) fn new(file: &Text, at: Position, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            file: file.clone(),
            at: Some(at),
            what: what.into(),
            hint: hint.into(),
        }
    }
}

impl fmt::Display for RoleFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(at) => write!(f, "{}:{}:{}: {}", self.file, at.line, at.column, self.what),
            None => write!(f, "{}: {}", self.file, self.what),
        }
    }
}

impl std::error::Error for RoleFault {}
