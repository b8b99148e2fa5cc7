//! What was there when somebody began to look: known, counted, and always told as such.
//!
//! A baseline is a list of fingerprints. They are made of what an item is, of whom it is about and of what is gained, so that
//! somebody more who gains the same is new, and a line that moved is not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::gate::{Item, Standing};

/// What every baseline begins with.
pub const SCHEMA: &str = "leastwise/baseline/v1";

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It is no JSON, or its fields are not those of a baseline.
    #[error("not a baseline: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It is of another version.
    #[error("its schema is `{0}`, and this version reads `leastwise/baseline/v1`")]
    Version(String),
}

/// What is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    known: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    schema: String,
    items: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    fingerprint: String,
    /// What it is, for who reads the file.
    what: String,
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// Where it is none.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let written: Written = serde_json::from_str(text)?;
        if written.schema != SCHEMA {
            return Err(BaselineError::Version(written.schema));
        }
        let rows = written.items.into_iter();
        Ok(Self {
            known: rows.map(|row| (row.fingerprint, row.what)).collect(),
        })
    }

    /// All these are known; `what` says in a line what each is.
    #[must_use]
    pub fn of<'i>(items: impl IntoIterator<Item = &'i Item>, what: impl Fn(&Item) -> String) -> Self {
        let named = items.into_iter();
        Self {
            known: named
                .map(|item| (item.fingerprint.to_string(), what(item)))
                .collect(),
        }
    }

    /// As a file, in the order of fingerprints.
    ///
    /// # Errors
    /// Where it cannot be written as JSON, which no baseline makes.
    pub fn write(&self) -> serde_json::Result<String> {
        let rows = self.known.iter().map(|(fingerprint, what)| Row {
            fingerprint: fingerprint.clone(),
            what: what.clone(),
        });
        let mut text = serde_json::to_string_pretty(&Written {
            schema: SCHEMA.to_owned(),
            items: rows.collect(),
        })?;
        text.push('\n');
        Ok(text)
    }

    /// How many it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// The names of what it holds, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
    }

    /// Whether it holds an item of this name.
    pub(crate) fn holds(&self, name: &str) -> bool {
        self.known.contains_key(name)
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Marks what it holds among items, and tells how many of its own are not there any more.
    pub fn apply(&self, items: &mut [Item]) -> usize {
        let mut met = std::collections::BTreeSet::new();
        for item in items {
            let name = item.fingerprint.to_string();
            if self.known.contains_key(&name) {
                item.standing = Standing::Known;
                met.insert(name);
            }
        }
        self.known.len() - met.len()
    }
}
