//! Policies as the server reads them: rules with paths, capabilities and constraints.
//!
//! Source: `ParseACLPolicyWithTemplating` of openbao/openbao internal/vault/policy/policy.go, and
//! hashicorp/vault vault/policy.go. What the server refuses to store is refused here.

mod duration;
mod json;
mod rule;

use std::collections::BTreeMap;

use jiff::Timestamp;
use leastwise_document::{Node, Position};

use crate::hcl::{self, Entry, Kind, Value};
use crate::operation::{Operation, Operations};
use crate::product::Product;

/// Why a text is no policy that the server would store, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFault {
    /// Where in the text.
    pub at: Position,
    /// Why, without full stop.
    pub what: String,
}

/// A policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// Its rules, in order.
    pub rules: Vec<Rule>,
}

/// What one path of a policy says.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The path as it is written, templates included.
    pub path: Box<str>,
    /// Nothing is let through, whatever else the path is given.
    pub denies: bool,
    /// The capabilities; none where it denies.
    pub operations: Operations,
    /// What requests must satisfy besides.
    pub constraints: Constraints,
    /// From when on the rule is as if it were not written (OpenBao).
    pub expires: Option<Timestamp>,
    /// Where it begins.
    pub at: Position,
    /// Its text, compact.
    pub text: Box<str>,
}

/// What a rule demands of requests besides their path and operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constraints {
    /// Values by parameter, names in lower case; no values: any.
    pub allowed: BTreeMap<Box<str>, Vec<Given>>,
    /// Values by parameter, names in lower case; no values: any.
    pub denied: BTreeMap<Box<str>, Vec<Given>>,
    /// Parameters that must be there, as written.
    pub required: Vec<Box<str>>,
    /// The answer must be wrapped for at least so long, in nanoseconds; 0 for no demand.
    pub wrap_min: i64,
    /// The answer must be wrapped for at most so long, in nanoseconds; 0 for no demand.
    pub wrap_max: i64,
    /// How many keys a list may ask for; 0 for any number (OpenBao).
    pub page: i64,
    /// Methods of multi-factor authentication that are asked for.
    pub mfa: bool,
    /// Operations that others must approve; `None` where none need to.
    pub approval: Option<Operations>,
}

impl Constraints {
    /// Whether there are none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// A value that a rule lists for a parameter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Given {
    /// A text, in which `*` at the beginning and at the end is any text.
    Text(Box<str>),
    /// Something else, as compact JSON.
    Json(Box<str>),
    /// What no value of a request is equal to for the server: numbers.
    Nothing(Box<str>),
}

impl Policy {
    /// Reads a policy as `product` does at the moment `now`, in HCL or, where it begins with `{`, in JSON. A rule that
    /// ended before `now` is left out, with whatever is wrong in it.
    ///
    /// # Errors
    /// Where the server would refuse to store it.
    pub fn parse(text: &str, product: Product, now: Option<Timestamp>) -> Result<Self, PolicyFault> {
        if text.trim_start().starts_with('{') {
            return Self::of_entries(&json::parse(text)?, None, product, now);
        }
        let entries = hcl::parse(text).map_err(|fault| PolicyFault {
            at: fault.at,
            what: fault.what,
        })?;
        Self::of_entries(&entries, Some(text), product, now)
    }

    /// Reads a policy that was written as JSON, as [`Policy::parse`] does.
    ///
    /// # Errors
    /// Where the server would refuse to store it.
    pub fn of_json(node: &Node, product: Product, now: Option<Timestamp>) -> Result<Self, PolicyFault> {
        Self::of_entries(&json::entries(node)?, None, product, now)
    }

    fn of_entries(
        entries: &[Entry],
        text: Option<&str>,
        product: Product,
        now: Option<Timestamp>,
    ) -> Result<Self, PolicyFault> {
        let mut rules = Vec::new();
        for entry in entries {
            let keys: Vec<&str> = entry.keys.iter().map(String::as_str).collect();
            match keys.as_slice() {
                ["path", ..] => {
                    let path = keys.get(1).copied().unwrap_or("path");
                    rules.extend(rule::read(path, entry, text, product, now)?);
                }
                ["name", ..] => {
                    text_of(&entry.value)?;
                }
                _ => {
                    let key = keys.first().copied().unwrap_or_default();
                    return Err(fault(
                        entry.at,
                        format!("`{key}` is no key of a policy, which has `path` and `name`"),
                    ));
                }
            }
        }
        Ok(Self { rules })
    }
}

fn fault(at: Position, what: impl Into<String>) -> PolicyFault {
    PolicyFault {
        at,
        what: what.into(),
    }
}

fn text_of(value: &Value) -> Result<&str, PolicyFault> {
    match &value.kind {
        Kind::Text(text) | Kind::Number(text) => Ok(text),
        _ => Err(fault(value.at, "not a text")),
    }
}

fn texts_of(value: &Value) -> Result<Vec<&str>, PolicyFault> {
    match &value.kind {
        Kind::List(values) => values.iter().map(text_of).collect(),
        _ => Err(fault(value.at, "not a list of texts")),
    }
}

fn operation(name: &str, product: Product) -> Option<Operation> {
    Operation::named(name).filter(|operation| operation.known_to(product))
}

#[cfg(test)]
mod tests;
