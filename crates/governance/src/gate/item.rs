//! One thing that is new.

use std::cmp::Reverse;

use leastwise_effective::Path;
use leastwise_findings::{Fingerprint, Rule, Severity};
use leastwise_model::{ActionClasses, Identity, Location, Platform, Snapshot, Text};
use leastwise_permset::{Label, PermissionSet, Witness};

/// What sort of thing is new, or is not as it was asserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Somebody can make a request as itself that it could not.
    Access,
    /// Somebody can become somebody.
    Becoming,
    /// A rule finds something.
    Finding,
    /// Somebody can make a request that nobody should.
    Granted,
}

impl Kind {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Becoming => "becoming",
            Self::Finding => "finding",
            Self::Granted => "granted",
        }
    }
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// As it was given, with `/`.
    pub file: Text,
    /// Line, from 1; 0 where it is not known.
    pub line: u32,
    /// Column in characters, from 1; 0 where it is not known.
    pub column: u32,
}

impl Place {
    /// The place of a location.
    #[must_use]
    pub fn of(snapshot: &Snapshot, location: &Location) -> Option<Self> {
        let file = snapshot.file(location.file)?.path.clone();
        Some(Self {
            file,
            line: location.line,
            column: location.column,
        })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.line, self.column) {
            (0, _) => write!(f, "{}", self.file),
            (line, 0) => write!(f, "{}:{line}", self.file),
            (line, column) => write!(f, "{}:{line}:{column}", self.file),
        }
    }
}

/// Somebody whom an item is about.
#[derive(Clone)]
pub struct Who {
    /// Canonical id, or what people call it.
    pub id: Text,
    /// Further names.
    pub names: Vec<Text>,
    /// Its platform.
    pub platform: Option<&'static dyn Platform>,
    /// The requests that are new for it, at least; `None` where requests say nothing about the item.
    pub requests: Option<PermissionSet>,
}

impl std::fmt::Debug for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Who").field(&self.id).finish()
    }
}

impl Who {
    /// An identity.
    #[must_use]
    pub fn identity(
        identity: &Identity,
        platform: Option<&'static dyn Platform>,
        requests: Option<PermissionSet>,
    ) -> Self {
        Self {
            id: identity.id.clone(),
            names: identity.names.clone(),
            platform,
            requests,
        }
    }
}

/// How an item stands to what people have accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has accepted it.
    #[default]
    Open,
    /// It is in the baseline.
    Known,
    /// Exceptions accept it, by their ids.
    Excepted(Vec<Text>),
    /// Exceptions would accept it, by their ids, but not any more.
    Lapsed(Vec<Text>),
    /// Exceptions may accept it, by their ids: it is not known what day it is.
    Undated(Vec<Text>),
}

impl Standing {
    /// Whether people have accepted it.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Known | Self::Excepted(_))
    }
}

/// One thing that is new.
#[derive(Clone, Debug)]
pub struct Item {
    /// What sort of thing.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// About whom, in order; empty where nobody is known to hold what gives it.
    pub who: Vec<Who>,
    /// Whose holders are meant where nobody is known, or what is about something that is no identity.
    pub holder: Option<String>,
    /// Whom they can become.
    pub whom: Vec<Text>,
    /// Who else comes to it, by becoming one of `who`.
    pub through: Vec<Text>,
    /// The classes of what is gained.
    pub classes: ActionClasses,
    /// A request that shows it, of the first of `who`.
    pub witness: Option<Witness>,
    /// The way of the first of `who`, in the new estate.
    pub path: Path,
    /// The statement that makes it so.
    pub step: Option<Label>,
    /// Where that stands.
    pub place: Option<Place>,
    /// Whether that statement was not there before, as it is.
    pub fresh: bool,
    /// What refused the request before, in words.
    pub before: Vec<String>,
    /// The rule that finds it.
    pub rule: Option<&'static Rule>,
    /// What is so, in one line, where a rule finds it.
    pub title: String,
    /// What would put it right, where that is known.
    pub fix: String,
    /// Its stable name.
    pub fingerprint: Fingerprint,
    /// Whether people have accepted it.
    pub standing: Standing,
}

impl Item {
    /// An item about which nothing is said yet.
    pub(crate) fn new(kind: Kind, severity: Severity) -> Self {
        Self {
            kind,
            severity,
            who: Vec::new(),
            holder: None,
            whom: Vec::new(),
            through: Vec::new(),
            classes: ActionClasses::default(),
            witness: None,
            path: Path::new(),
            step: None,
            place: None,
            fresh: true,
            before: Vec::new(),
            rule: None,
            title: String::new(),
            fix: String::new(),
            fingerprint: Fingerprint::of([""; 0]),
            standing: Standing::Open,
        }
    }

    /// Gives it its name, which is made of what it is: `cause` names what makes it so.
    pub(crate) fn named(mut self, cause: &str) -> Self {
        let ids = self.who.iter().map(|who| who.id.to_string());
        let mut parts = vec![self.kind.as_str().to_owned(), cause.to_owned()];
        parts.extend(self.holder.clone());
        parts.extend(ids);
        parts.push("becomes".to_owned());
        parts.extend(self.whom.iter().map(ToString::to_string));
        parts.extend(self.classes.iter().map(|class| class.to_string()));
        self.fingerprint = Fingerprint::of(parts);
        self
    }

    /// The worst first, then by place.
    pub(crate) fn order(&self) -> impl Ord + use<> {
        (
            Reverse(self.severity),
            self.kind,
            self.place.clone(),
            self.who.first().map(|who| who.id.clone()),
            self.fingerprint,
        )
    }
}

/// What a statement is called, for names that stay the same.
pub(super) fn call(snapshot: &Snapshot, step: Option<Label>) -> String {
    let step = step.and_then(|label| snapshot.step(label));
    let Some(step) = step else { return String::new() };
    format!("{}\n{}\n{}", step.kind, step.name, step.statement)
}
