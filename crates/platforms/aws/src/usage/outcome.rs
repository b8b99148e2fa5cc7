//! What an error says of the permission: rows of `data/event-errors.tsv`.

use leastwise_model::UseOutcome;
use rustc_hash::FxHashMap;

use super::table::{fits, rows};

/// The rows.
pub(super) struct Errors {
    exact: FxHashMap<&'static str, UseOutcome>,
    patterns: Vec<(&'static str, UseOutcome)>,
}

impl Errors {
    pub fn embedded() -> Self {
        let (mut exact, mut patterns) = (FxHashMap::default(), Vec::new());
        for row in rows(include_str!("../../data/event-errors.tsv")) {
            let [code, word, ..] = row[..] else { continue };
            let Some(outcome) = UseOutcome::ALL
                .into_iter()
                .find(|outcome| outcome.as_str() == word)
            else {
                continue;
            };
            if code.contains('*') {
                patterns.push((code, outcome));
            } else {
                exact.insert(code, outcome);
            }
        }
        Self { exact, patterns }
    }

    /// What became of a call that ended with this code, or with none.
    pub fn outcome(&self, code: Option<&str>) -> UseOutcome {
        let Some(code) = code.filter(|code| !code.is_empty()) else {
            return UseOutcome::Allowed;
        };
        if let Some(outcome) = self.exact.get(code) {
            return *outcome;
        }
        let row = self.patterns.iter().find(|(pattern, _)| fits(pattern, code));
        row.map_or(UseOutcome::Unknown, |(_, outcome)| *outcome)
    }
}
