//! What expressions in a workflow mention: secrets, and text that strangers write.
//!
//! An expression is looked at as text: which contexts it names. What it evaluates to is not asked.

use std::collections::BTreeSet;

use leastwise_document::{Node, Value};
use leastwise_model::Text;

use crate::rows::rows;

const UNTRUSTED: &str = include_str!("../data/untrusted.tsv");

/// The secrets that something mentions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Secrets {
    /// By name, in upper case: names of secrets do not depend on case.
    pub named: BTreeSet<Text>,
    /// Whether it reads the whole context, or a name that it computes.
    pub all: bool,
}

impl Secrets {
    pub fn extend(&mut self, other: &Self) {
        self.named.extend(other.named.iter().cloned());
        self.all |= other.all;
    }
}

/// The texts between `${{` and `}}`.
pub(crate) fn expressions(text: &str) -> impl Iterator<Item = &str> {
    text.split("${{")
        .skip(1)
        .map(|rest| rest.split_once("}}").map_or(rest, |(inner, _)| inner))
}

/// Whether something is an expression, so that its value is known at run time alone.
pub(crate) fn is_computed(text: &str) -> bool {
    text.contains("${{")
}

/// Every text within a node.
pub(crate) fn texts<'n>(node: &'n Node, each: &mut dyn FnMut(&'n str)) {
    match &node.value {
        Value::Text(text) => each(text),
        Value::List(elements) => elements.iter().for_each(|element| texts(element, each)),
        Value::Map(entries) => entries.iter().for_each(|(_, value)| texts(value, each)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Adds the secrets that the expressions of a node mention.
pub(crate) fn secrets_of(node: &Node, found: &mut Secrets) {
    texts(node, &mut |text| {
        for expression in expressions(text) {
            secrets_in(expression, found);
        }
    });
}

/// As [`secrets_of`], for a text that is an expression as it stands (`if`).
pub(crate) fn secrets_in(expression: &str, found: &mut Secrets) {
    let lower = expression.to_ascii_lowercase();
    let mut rest = 0;
    while let Some(at) = lower.get(rest..).and_then(|text| text.find("secrets")) {
        let start = rest + at;
        let end = start + "secrets".len();
        rest = end;
        let before = lower.get(..start).and_then(|head| head.chars().next_back());
        let joins = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '\'');
        if before.is_some_and(joins) {
            continue;
        }
        let behind = expression.get(end..).unwrap_or_default().trim_start();
        let name: String = match behind.chars().next() {
            Some('.') => {
                let name = behind.trim_start_matches('.').chars();
                name.take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                    .collect()
            }
            Some('[') => {
                let inner = behind.trim_start_matches('[').trim_start();
                let quoted = inner.strip_prefix('\'').and_then(|name| name.split_once('\''));
                quoted.map(|(name, _)| name.to_owned()).unwrap_or_default()
            }
            Some(c) if c.is_alphanumeric() || c == '_' || c == '-' => continue,
            _ => String::new(),
        };
        match name.is_empty() {
            true => found.all = true,
            // The token of the job, not a secret that somebody stored.
            false if name.eq_ignore_ascii_case("GITHUB_TOKEN") => {}
            false => {
                found.named.insert(name.to_ascii_uppercase().into());
            }
        }
    }
}

/// A context that whoever causes an event writes, if an expression in a text that is run mentions one.
pub(crate) fn untrusted(text: &str) -> Option<&'static str> {
    expressions(text).find_map(|expression| {
        let plain: String = expression
            .to_ascii_lowercase()
            .replace("['", ".")
            .replace("']", "")
            .split_whitespace()
            .collect();
        rows(UNTRUSTED)
            .filter_map(|row| row.first().copied())
            .find(|context| mentions(&plain, context))
    })
}

/// The events in which strangers write a context.
pub(crate) fn written_in(context: &str) -> Vec<&'static str> {
    let mut rows = rows(UNTRUSTED);
    let row = rows.find(|row| row.first() == Some(&context));
    row.and_then(|row| row.get(1).copied())
        .map(|events| events.split(' ').collect())
        .unwrap_or_default()
}

/// Whether an expression names a context or a part of it, and no longer name that begins so.
fn mentions(expression: &str, context: &str) -> bool {
    let mut rest = expression;
    while let Some(at) = rest.find(context) {
        let (head, tail) = rest.split_at(at);
        let tail = tail.get(context.len()..).unwrap_or_default();
        let part_of_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let begins = head
            .chars()
            .next_back()
            .is_none_or(|c| !part_of_name(c) && c != '.');
        let ends = tail.chars().next().is_none_or(|c| !part_of_name(c));
        if begins && ends {
            return true;
        }
        rest = tail;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{Secrets, secrets_in, untrusted};

    fn named(expression: &str) -> (Vec<String>, bool) {
        let mut found = Secrets::default();
        secrets_in(expression, &mut found);
        (
            found.named.iter().map(|name| name.to_string()).collect(),
            found.all,
        )
    }

    #[test]
    fn secrets_are_named_by_dot_or_by_bracket() {
        assert_eq!(
            named("secrets.aws_key || secrets['OTHER']"),
            (vec!["AWS_KEY".into(), "OTHER".into()], false)
        );
        assert_eq!(named("secrets.GITHUB_TOKEN"), (vec![], false));
    }

    #[test]
    fn a_computed_name_is_every_secret() {
        assert_eq!(named("toJSON(secrets)"), (vec![], true));
        assert_eq!(named("secrets[matrix.name]"), (vec![], true));
        assert_eq!(named("env.my_secrets.x == 'secrets.y'"), (vec![], false));
        assert_eq!(named("needs.a.outputs.secrets_b"), (vec![], false));
    }

    #[test]
    fn a_title_is_written_by_strangers_and_a_number_is_not() {
        assert_eq!(
            untrusted("echo ${{ github.event.issue.title }}"),
            Some("github.event.issue.title")
        );
        assert_eq!(
            untrusted("echo ${{ github.event['issue']['title'] }}"),
            Some("github.event.issue.title")
        );
        assert_eq!(untrusted("echo ${{ github.event.issue.number }}"), None);
        assert_eq!(untrusted("echo ${{ github.event.issue.titles }}"), None);
        assert_eq!(untrusted("echo github.head_ref"), None);
    }
}
