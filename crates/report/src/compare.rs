//! What differs between two policies, or between two estates.

use std::borrow::Cow;
use std::collections::BTreeMap;

use leastwise_effective::{Change, Comparison, World};
use leastwise_permset::{Relation, Witness};
use schemars::JsonSchema;
use serde::Serialize;

use crate::path;
use crate::style::{NO, QUIET, STRONG, UNKNOWN, WHEN, YES, paint};
use crate::table::{Cell, Column, Table};
use crate::text::{clean, counted};

/// One concrete request that proves a difference.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WitnessView {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// The keys that are present, with their values.
    pub context: BTreeMap<String, Vec<String>>,
    /// Whether the action is outside the platform's catalogue: a wildcard also covers actions to come.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hypothetical: bool,
}

impl WitnessView {
    /// The request in a phrase.
    #[must_use]
    pub fn request(&self) -> String {
        format!(
            "{} on {}{}{}",
            self.action,
            self.resource,
            self.with(),
            self.doubt()
        )
    }

    fn with(&self) -> String {
        let context: Vec<String> = self
            .context
            .iter()
            .map(|(key, values)| format!("{key}={}", values.join(",")))
            .collect();
        if context.is_empty() {
            String::new()
        } else {
            format!(" with {}", context.join(" and "))
        }
    }

    fn doubt(&self) -> &'static str {
        if self.hypothetical {
            " (an action that does not exist yet)"
        } else {
            ""
        }
    }
}

/// How NEW stands to OLD.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ComparisonView<'a> {
    /// `equal`, `narrower`, `wider`, `incomparable` or `unknown`.
    pub relation: Cow<'a, str>,
    /// Requests that only NEW lets through.
    pub added: Vec<WitnessView>,
    /// Requests that only OLD lets through.
    pub removed: Vec<WitnessView>,
    /// What they refuse, compared the same way; missing where neither refuses anything. NEW is `wider` here where
    /// it refuses more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denies: Option<Box<ComparisonView<'a>>>,
    /// What is not known and decides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Cow<'a, str>>,
}

/// What became of one identity.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChangeRow<'a> {
    /// Who.
    pub identity: Cow<'a, str>,
    /// `appeared`, `vanished` or `changed`.
    pub change: Cow<'a, str>,
    /// How its permissions changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<ComparisonView<'a>>,
}

/// What differs between two estates, identity by identity.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChangesView<'a> {
    /// The estate as a whole: `equal`, `narrower`, `wider`, `incomparable` or `unknown`.
    pub relation: Cow<'a, str>,
    /// Those that differ, in the order of ids.
    pub identities: Vec<ChangeRow<'a>>,
}

/// The word for a relation.
#[must_use]
pub fn relation_word(relation: Relation) -> &'static str {
    match relation {
        Relation::Equal => "equal",
        Relation::Narrower => "narrower",
        Relation::Wider => "wider",
        Relation::Incomparable => "incomparable",
        Relation::Unknown => "unknown",
    }
}

/// A witness as programs read it.
#[must_use]
pub fn witness(witness: &Witness) -> WitnessView {
    WitnessView {
        action: witness.request.action.to_string(),
        resource: witness.request.resource.to_string(),
        context: witness
            .request
            .context
            .iter()
            .map(|(key, values)| (key.to_string(), values.iter().map(ToString::to_string).collect()))
            .collect(),
        hypothetical: witness.hypothetical,
    }
}

/// A comparison as programs read it; `denies` is that of what both refuse.
#[must_use]
pub fn view<'a>(allows: &'a Comparison, denies: Option<&'a Comparison>) -> ComparisonView<'a> {
    ComparisonView {
        relation: Cow::Borrowed(relation_word(allows.relation)),
        added: allows.added.iter().map(witness).collect(),
        removed: allows.removed.iter().map(witness).collect(),
        denies: denies.map(|denies| Box::new(view(denies, None))),
        because: allows
            .because
            .iter()
            .map(|because| Cow::Borrowed(&**because))
            .collect(),
    }
}

/// Two relations as one, of what is allowed to more.
fn joined(a: Relation, b: Relation) -> Relation {
    match (a, b) {
        (Relation::Unknown, _) | (_, Relation::Unknown) => Relation::Unknown,
        (Relation::Equal, other) | (other, Relation::Equal) => other,
        (Relation::Narrower, Relation::Narrower) => Relation::Narrower,
        (Relation::Wider, Relation::Wider) => Relation::Wider,
        _ => Relation::Incomparable,
    }
}

/// How the whole estate changed: somebody new who can do something is wider.
#[must_use]
pub fn overall(changes: &[Change]) -> Relation {
    changes.iter().fold(Relation::Equal, |all, change| {
        joined(
            all,
            match change {
                Change::Appeared(_) => Relation::Wider,
                Change::Vanished(_) => Relation::Narrower,
                Change::Changed { comparison, .. } => comparison.relation,
            },
        )
    })
}

/// The changes as programs read them.
#[must_use]
pub fn changes<'a>(old: &'a World, new: &'a World, changes: &'a [Change]) -> ChangesView<'a> {
    ChangesView {
        relation: Cow::Borrowed(relation_word(overall(changes))),
        identities: changes
            .iter()
            .map(|change| {
                let (identity, word, comparison) = match change {
                    Change::Appeared(index) => (path::id(new.snapshot(), *index), "appeared", None),
                    Change::Vanished(index) => (path::id(old.snapshot(), *index), "vanished", None),
                    Change::Changed {
                        new: index,
                        comparison,
                        ..
                    } => (
                        path::id(new.snapshot(), *index),
                        "changed",
                        Some(view(comparison, None)),
                    ),
                };
                ChangeRow {
                    identity: Cow::Borrowed(identity),
                    change: Cow::Borrowed(word),
                    comparison,
                }
            })
            .collect(),
    }
}

fn colored(relation: Relation) -> String {
    let style = match relation {
        Relation::Equal => YES,
        Relation::Narrower => YES,
        Relation::Wider => NO,
        Relation::Incomparable => WHEN,
        Relation::Unknown => UNKNOWN,
    };
    paint(style, relation_word(relation)).to_string()
}

/// A comparison of two policies as people read it.
#[must_use]
pub fn text(allows: &Comparison, denies: Option<&Comparison>) -> String {
    let mut out = format!(
        "NEW is {} {} OLD\n",
        colored(allows.relation),
        joiner(allows.relation)
    );
    out.push_str(&witnesses(allows, "only NEW allows", "only OLD allows"));
    if let Some(denies) = denies.filter(|denies| denies.relation != Relation::Equal) {
        out.push_str(&format!(
            "what NEW denies is {} {} what OLD denies\n",
            colored(denies.relation),
            joiner(denies.relation)
        ));
        out.push_str(&witnesses(denies, "only NEW denies", "only OLD denies"));
    }
    out
}

fn joiner(relation: Relation) -> &'static str {
    match relation {
        Relation::Equal => "to",
        Relation::Narrower | Relation::Wider => "than",
        Relation::Incomparable => "with",
        Relation::Unknown => "in relation to",
    }
}

fn witnesses(comparison: &Comparison, added: &str, removed: &str) -> String {
    let mut out = String::new();
    for (label, found) in [(added, &comparison.added), (removed, &comparison.removed)] {
        if let Some(found) = found {
            out.push_str(&format!("  {label}: {}\n", request(found)));
        }
    }
    for because in &comparison.because {
        out.push_str(&format!("  {} {}\n", paint(STRONG, "because"), clean(because)));
    }
    out
}

/// A witness as people read it.
pub(crate) fn request(found: &Witness) -> String {
    let view = witness(found);
    format!(
        "{} on {}{}{}",
        paint(STRONG, clean(&view.action)),
        clean(&view.resource),
        clean(&view.with()),
        paint(QUIET, view.doubt())
    )
}

/// A witness in a cell, without its context.
fn short(found: Option<&Witness>) -> String {
    found
        .map(|found| format!("{} on {}", found.request.action, found.request.resource))
        .unwrap_or_default()
}

/// A comparison of two policies as a table: what is let through, then what is refused if anything is.
#[must_use]
pub fn policy_table(allows: &Comparison, denies: Option<&Comparison>) -> Table {
    let mut table = Table::new(&[
        Column::text("of"),
        Column::text("relation"),
        Column::long("only new"),
        Column::long("only old"),
        Column::long("because"),
    ]);
    for (of, comparison) in [("allows", Some(allows)), ("denies", denies)] {
        let Some(comparison) = comparison else { continue };
        table.push([
            of.into(),
            relation_word(comparison.relation).into(),
            short(comparison.added.as_ref()).into(),
            short(comparison.removed.as_ref()).into(),
            comparison.because.join("; ").into(),
        ]);
    }
    table
}

/// The changes as a table.
#[must_use]
pub fn table(old: &World, new: &World, list: &[Change]) -> Table {
    let mut table = Table::new(&[
        Column::text("relation"),
        Column::long("identity"),
        Column::long("only new"),
        Column::long("only old"),
        Column::long("because"),
    ]);
    for change in list {
        let (word, style, identity, comparison) = match change {
            Change::Appeared(index) => ("appeared", NO, path::id(new.snapshot(), *index), None),
            Change::Vanished(index) => ("vanished", YES, path::id(old.snapshot(), *index), None),
            Change::Changed {
                new: index,
                comparison,
                ..
            } => {
                let style = match comparison.relation {
                    Relation::Equal | Relation::Narrower => YES,
                    Relation::Wider => NO,
                    Relation::Incomparable => WHEN,
                    Relation::Unknown => UNKNOWN,
                };
                (
                    relation_word(comparison.relation),
                    style,
                    path::id(new.snapshot(), *index),
                    Some(comparison),
                )
            }
        };
        table.push([
            Cell::styled(word, style),
            identity.into(),
            short(comparison.and_then(|comparison| comparison.added.as_ref())).into(),
            short(comparison.and_then(|comparison| comparison.removed.as_ref())).into(),
            comparison
                .map(|comparison| comparison.because.join("; "))
                .unwrap_or_default()
                .into(),
        ]);
    }
    table
}

/// The changes as people read them.
#[must_use]
pub fn changes_text(old: &World, new: &World, list: &[Change], width: usize) -> String {
    let relation = overall(list);
    let mut out = format!("NEW is {} {} OLD", colored(relation), joiner(relation));
    if list.is_empty() {
        out.push_str(": every identity can do exactly the same\n");
        return out;
    }
    out.push_str(&format!(
        ": {}\n\n",
        counted(list.len(), "identity differs", "identities differ")
    ));
    out.push_str(&table(old, new, list).terminal(width, "  "));
    out
}
