//! Who may be wrong where a log and an estate disagree.

use std::collections::BTreeMap;

use jiff::Timestamp;
use leastwise_effective::{Outcome, World};
use leastwise_model::{Basis, IdentityIndex};

use super::Seen;

/// Who may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The estate is of another time than the log.
    StaleSnapshot,
    /// Something decides that the estate does not hold.
    MissingLayer,
    /// The table that says which action an operation needs.
    Mapping,
    /// Whoever compiled the estate: nothing else is left.
    Engine,
}

impl Cause {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StaleSnapshot => "stale-snapshot",
            Self::MissingLayer => "missing-layer",
            Self::Mapping => "mapping",
            Self::Engine => "engine",
        }
    }
}

/// Who may be wrong, and why one thinks so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Who.
    pub cause: Cause,
    /// What speaks for it.
    pub why: String,
    /// What would settle it; may be empty.
    pub settle: String,
}

/// When each request went through, and when it was refused.
pub(super) struct Ends<'a>(BTreeMap<Asked<'a>, [Option<Span>; 2]>);

/// An identity, an action, a resource as far as it is told.
type Asked<'a> = (&'a str, &'a str, Option<&'a str>);

/// The first and the last instant.
type Span = (Timestamp, Timestamp);

impl<'a> Ends<'a> {
    pub fn of<'s>(all: impl Iterator<Item = &'s Seen<'a>>) -> Self
    where
        'a: 's,
    {
        let mut ends = BTreeMap::new();
        for seen in all {
            let one = seen.first_use;
            let asked: Asked<'a> = (&one.identity, &one.action, one.resource.as_deref());
            let [allowed, refused] = ends.entry(asked).or_insert([None, None]);
            let span: &mut Option<Span> = if one.outcome.proves() { allowed } else { refused };
            let (first, last) = span.unwrap_or((seen.first, seen.last));
            *span = Some((first.min(seen.first), last.max(seen.last)));
        }
        Self(ends)
    }

    /// When the same request ended the other way.
    fn other_way(&self, seen: &Seen<'_>) -> Option<Span> {
        let one = seen.first_use;
        let [allowed, refused] = self
            .0
            .get(&(&*one.identity, &*one.action, one.resource.as_deref()))?;
        if one.outcome.proves() { *refused } else { *allowed }
    }
}

/// The reasons for a disagreement, in this order, and at least one. `mapped_well` says whether somebody holds the action for whom
/// the operation went through.
pub(super) fn reasons(
    world: &World,
    index: IdentityIndex,
    seen: &Seen<'_>,
    answer: &Outcome,
    ends: &Ends<'_>,
    mapped_well: bool,
) -> Vec<Reason> {
    let mut all = Vec::new();
    let mut add = |cause, why: String, settle: &str| {
        all.push(Reason {
            cause,
            why,
            settle: settle.to_owned(),
        });
    };
    let made = world
        .snapshot()
        .identity(index)
        .and_then(|identity| identity.created);
    if let Some(made) = made.filter(|made| *made > seen.last) {
        let why = format!(
            "the estate's identity was made on {}, after all of these uses",
            day(made)
        );
        add(Cause::StaleSnapshot, why, "");
    }
    match ends.other_way(seen) {
        Some((_, last)) if last < seen.first => {
            let why = format!("the same request ended the other way until {}", day(last));
            add(Cause::StaleSnapshot, why, "export the estate of these days");
        }
        Some((first, _)) if first > seen.last => {
            let why = format!("the same request ended the other way from {} on", day(first));
            add(Cause::StaleSnapshot, why, "export the estate of these days");
        }
        Some(_) => {
            let why = "the same request ended both ways in the same time, by what the log does not tell";
            add(Cause::MissingLayer, why.to_owned(), "");
        }
        None => {}
    }
    let mapped = seen.first_use.basis == Basis::Mapped;
    let table = format!(
        "that `{}` needs this action is known from a table, not from the log",
        seen.first_use.operation
    );
    if mapped && !mapped_well && seen.first_use.outcome.proves() {
        let why = format!("{table}, and nobody for whom it went through surely holds it");
        add(Cause::Mapping, why, "");
    }
    for assumed in world.assumed(index, answer) {
        let why = format!("nothing is known of {}", assumed.layer);
        add(Cause::MissingLayer, why, &assumed.settle);
    }
    if mapped && (mapped_well || !seen.first_use.outcome.proves()) {
        add(Cause::Mapping, table, "");
    }
    if all.is_empty() {
        all.push(Reason {
            cause: Cause::Engine,
            why: "nothing else is left, if the estate is of the days of the log".to_owned(),
            settle: String::new(),
        });
    }
    all
}

fn day(at: Timestamp) -> String {
    at.to_string().split('T').next().unwrap_or_default().to_owned()
}
