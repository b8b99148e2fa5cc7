//! What a rule says about an estate.

use leastwise_effective::Path;
use leastwise_model::{ActionClasses, Assumption, IdentityIndex, Location, Text};
use leastwise_permset::{Label, Request};

use crate::fingerprint::Fingerprint;
use crate::rule::Rule;
use crate::severity::Severity;
use crate::standards::Mapping;

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// It follows from what the estate holds.
    Certain,
    /// It follows where the conditions on its path are met.
    Conditional,
    /// It rests on a sign that can mislead, such as a name.
    Likely,
}

impl Confidence {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Conditional => "conditional",
            Self::Likely => "likely",
        }
    }
}

/// What would put it right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What to change, in a sentence.
    pub what: String,
    /// The statement to change or remove, where there is one.
    pub step: Option<Label>,
}

/// A rule's statement about a snapshot, with what proves it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Which rule says so.
    pub rule: &'static Rule,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// What is so, in one line.
    pub title: String,
    /// Whom it is about, sorted; they share the cause.
    pub identities: Vec<IdentityIndex>,
    /// The names of the platforms that it speaks of, sorted: of whom it is about and of those on the path; empty where
    /// that is not known.
    pub platforms: Vec<&'static str>,
    /// The name of what it is about where that does not exist (the missing end of a grant).
    pub missing: Option<Text>,
    /// The statement that makes it so.
    pub cause: Option<Label>,
    /// The classes of what is gained.
    pub classes: ActionClasses,
    /// One request that shows it, of the first of the identities.
    pub witness: Option<Request>,
    /// The way of the first of the identities to what it reaches.
    pub path: Path,
    /// What would put it right.
    pub fix: Fix,
    /// Whether the platform's owner put it there: told, but counted apart.
    pub provided: bool,
    /// Layers of which nothing is known, on which it rests.
    pub assuming: Vec<Assumption>,
    /// Its stable name.
    pub fingerprint: Fingerprint,
    /// Where the statement that makes it so stands, else where the identity is declared.
    pub location: Option<Location>,
}

impl Finding {
    /// For which clauses of standards it is evidence: those of its rule that are for its platforms.
    pub fn standards(&self) -> impl Iterator<Item = &'static Mapping> {
        self.rule
            .standards()
            .iter()
            .filter(|mapping| mapping.clause.concerns(&self.platforms))
    }
}

/// A rule that could not speak, because its source of truth is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Which rule.
    pub rule: &'static Rule,
    /// What is missing, in a phrase.
    pub because: &'static str,
    /// What would let it speak.
    pub settle: &'static str,
}

/// Identities about which a rule cannot decide, because of gaps.
#[derive(Clone, Debug)]
pub struct Undecided {
    /// Which rule.
    pub rule: &'static Rule,
    /// About whom, sorted.
    pub identities: Vec<IdentityIndex>,
    /// Names of the gaps that decide, sorted.
    pub gaps: Vec<Text>,
}

/// All that the rules say about an estate.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Findings: the platform's own last, else the worst first.
    pub findings: Vec<Finding>,
    /// Rules that could not speak.
    pub silent: Vec<Silence>,
    /// Where rules could not decide.
    pub undecided: Vec<Undecided>,
}

impl Report {
    /// The findings that count: those that the platform's owner did not put there.
    pub fn own(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| !finding.provided)
    }

    /// The worst severity of the findings that count.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.own().map(|finding| finding.severity).max()
    }
}
