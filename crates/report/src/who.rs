//! Who can do something.

use std::borrow::Cow;

use leastwise_effective::{Answer, Holder, How};
use leastwise_model::Snapshot;
use schemars::JsonSchema;
use serde::Serialize;

use crate::answer::{AnswerView, Word, view as answer_view};
use crate::path::{self, stations};
use crate::table::{Cell, Column, Table};

/// One who can, or for whom nobody can tell.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WhoRow<'a> {
    /// Who.
    pub identity: Cow<'a, str>,
    /// The answer for this identity; never a no.
    #[serde(flatten)]
    pub answer: AnswerView<'a>,
}

/// Everybody whose answer is not no.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WhoView<'a> {
    /// The action asked for.
    pub action: Cow<'a, str>,
    /// The resource asked for.
    pub resource: Cow<'a, str>,
    /// In the order of the estate.
    pub identities: Vec<WhoRow<'a>>,
}

/// The answers as programs read them.
#[must_use]
pub fn view<'a>(
    snapshot: &'a Snapshot,
    action: &'a str,
    resource: &'a str,
    found: &'a [Holder],
) -> WhoView<'a> {
    WhoView {
        action: Cow::Borrowed(action),
        resource: Cow::Borrowed(resource),
        identities: found
            .iter()
            .map(|Holder { identity, answer }| WhoRow {
                identity: Cow::Borrowed(path::id(snapshot, *identity)),
                answer: answer_view(snapshot, answer),
            })
            .collect(),
    }
}

/// The answers as a table.
#[must_use]
pub fn table(snapshot: &Snapshot, found: &[Holder]) -> Table {
    let mut table = Table::new(&[
        Column::text("answer"),
        Column::long("identity"),
        Column::long("how"),
        Column::reason("condition or gap"),
    ]);
    for Holder { identity, answer } in found {
        let word = Word::of(&answer.outcome);
        let seen = answer_view(snapshot, answer);
        let depends: Vec<String> = seen
            .when
            .iter()
            .cloned()
            .chain(seen.because.iter().map(|because| because.gap.to_string()))
            .collect();
        table.push([
            Cell::styled(word.as_str(), word.style()),
            path::id(snapshot, *identity).into(),
            how(snapshot, answer).into(),
            depends.join("; or ").into(),
        ]);
    }
    table
}

/// The capacity in a few words, with whom it goes through.
#[must_use]
pub fn how(snapshot: &Snapshot, answer: &Answer) -> String {
    let Some(first) = answer.paths.first() else {
        return answer
            .how
            .map(crate::answer::how_word)
            .unwrap_or_default()
            .to_owned();
    };
    let last = stations(first)
        .last()
        .map_or("", |index| path::id(snapshot, *index));
    match answer.how {
        Some(How::Direct) => "direct".into(),
        Some(How::Through) => format!("through {last}"),
        Some(How::ByGranting) => "by granting".into(),
        None => String::new(),
    }
}
