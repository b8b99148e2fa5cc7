//! The slow twin: one concrete request decided straight from the documents, statement by statement, in the order in which
//! the IAM User Guide tells it. It knows no sets; what the compiler makes is compared with it.

mod above;
mod account;
mod condition;
mod matching;
mod resource;
mod simulator;
mod tests;
mod world;

use std::collections::BTreeMap;

use crate::policy::{Choice, Document, Effect, Statement, Variables};

/// One request with its whole context: a key that is not there is absent. Keys are in lower case.
pub struct Asked<'a> {
    /// What is to be done.
    pub action: &'a str,
    /// To what.
    pub resource: &'a str,
    /// Under which circumstances.
    pub context: &'a BTreeMap<String, Vec<String>>,
}

/// Whether a statement speaks of a request; principals aside.
pub fn applies(statement: &Statement, variables: Variables, asked: &Asked<'_>) -> bool {
    acts_on(&statement.actions, asked.action)
        && statement
            .resources
            .as_ref()
            .is_none_or(|choice| concerns(choice, variables, asked))
        && statement
            .conditions
            .iter()
            .all(|one| condition::holds(one, variables, asked))
}

fn acts_on(choice: &Choice, action: &str) -> bool {
    let listed = choice
        .texts
        .iter()
        .any(|text| matching::glob(&matching::plain(&text.to_lowercase()), &action.to_lowercase()));
    listed != choice.except
}

fn concerns(choice: &Choice, variables: Variables, asked: &Asked<'_>) -> bool {
    // What copies a variable without a value matches no resource.
    let listed = choice.texts.iter().any(|text| {
        matching::filled(text, variables, asked.context)
            .is_some_and(|tokens| matching::glob(&tokens, asked.resource))
    });
    listed != choice.except
}

/// Whether some statement of a document with this effect speaks of a request.
pub fn says(document: &Document, effect: Effect, asked: &Asked<'_>) -> bool {
    document
        .statements
        .iter()
        .any(|statement| statement.effect == Some(effect) && applies(statement, document.variables, asked))
}
