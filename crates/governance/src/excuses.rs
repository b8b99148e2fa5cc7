//! What a change does to what excuses it: exceptions that it adds, lengthens or alters, and items that it adds to the baseline.
//!
//! A change may bring its own excuse. That is allowed, for somebody has to write exceptions; but who reviews it must see it.

use std::collections::BTreeSet;

use leastwise_model::Text;

use crate::baseline::Baseline;
use crate::exceptions::Exceptions;
use crate::gate::{Item, Standing};

/// What a change does to an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alteration {
    /// It was not there.
    Added,
    /// It ended on this day.
    Lengthened(Text),
    /// It accepted something else, or for somebody else.
    Altered,
}

impl Alteration {
    /// The word for it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Lengthened(_) => "lengthened",
            Self::Altered => "altered",
        }
    }
}

/// An exception that a change adds, lengthens or alters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excuse {
    /// Its id.
    pub id: Text,
    /// The team that answers for it.
    pub owner: Text,
    /// Its last day.
    pub expires: Text,
    /// The line where it begins.
    pub line: usize,
    /// What the change does to it.
    pub alteration: Alteration,
}

/// What a change excuses itself with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excuses {
    /// Exceptions, in their order.
    pub exceptions: Vec<Excuse>,
    /// The file of exceptions, as it was given.
    pub file: Text,
    /// Names of items that the change adds to the baseline.
    pub known: BTreeSet<Text>,
    /// Files of exceptions or of a baseline of which the older version is not known.
    pub untold: Vec<Text>,
}

impl Excuses {
    /// Whether people have accepted an item by something that the change itself brings.
    #[must_use]
    pub fn speak_of(&self, item: &Item) -> bool {
        match &item.standing {
            Standing::Known => self.known.contains(&*item.fingerprint.to_string()),
            Standing::Excepted(ids) => ids.iter().any(|id| self.of(id).is_some()),
            Standing::Open | Standing::Lapsed(_) | Standing::Undated(_) => false,
        }
    }

    /// What the change does to the exception of this id, if anything.
    #[must_use]
    pub fn of(&self, id: &str) -> Option<&Excuse> {
        self.exceptions.iter().find(|one| *one.id == *id)
    }
}

impl Exceptions {
    /// Those that accept something which those before did not, or for longer. Pairs of exceptions of one id.
    #[must_use]
    pub fn beyond(&self, before: &Self) -> Vec<Excuse> {
        let altered = self.all.iter().filter_map(|one| {
            let named = || before.all.iter().filter(|old| old.id == one.id);
            let same = named().filter(|old| old.identity == one.identity && old.scope == one.scope);
            let alteration = match same.max_by_key(|old| old.end) {
                Some(old) if old.end >= one.end => return None,
                Some(old) => Alteration::Lengthened(old.expires.clone()),
                None if named().next().is_some() => Alteration::Altered,
                None => Alteration::Added,
            };
            Some(Excuse {
                id: one.id.clone(),
                owner: one.owner.clone(),
                expires: one.expires.clone(),
                line: one.line,
                alteration,
            })
        });
        altered.collect()
    }
}

impl Baseline {
    /// The names of the items that it holds and one before did not.
    #[must_use]
    pub fn beyond(&self, before: &Self) -> BTreeSet<Text> {
        let new = self.names().filter(|name| !before.holds(name));
        new.map(Text::from).collect()
    }
}
