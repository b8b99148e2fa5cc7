//! Policies written as JSON: objects in one another are keys after one another, and a list of objects is these objects
//! (`hashicorp/hcl`, json/parser/flatten.go).

use leastwise_document::{Limits, Node, Position, Value as Json};

use super::{PolicyFault, fault};
use crate::hcl::{Entry, Kind, Value};

/// The entries of a text.
pub(super) fn parse(text: &str) -> Result<Vec<Entry>, PolicyFault> {
    let mut nodes = Vec::new();
    let limits = Limits {
        stream_keys: &[],
        ..Limits::default()
    };
    let faults = leastwise_document::read(text.as_bytes(), &limits, &mut |item| nodes.push(item.node));
    if let Some(first) = faults.iter().find(|fault| fault.loses()) {
        return Err(fault(first.at, first.to_string()));
    }
    match nodes.as_slice() {
        [node] => entries(node),
        _ => Err(fault(Position { line: 1, column: 1 }, "not one JSON object")),
    }
}

/// The entries of an object.
pub(super) fn entries(node: &Node) -> Result<Vec<Entry>, PolicyFault> {
    if !node.is_map() {
        return Err(fault(node.at, "not a JSON object"));
    }
    let mut found = Vec::new();
    for (key, value) in node.entries() {
        if &*key.text == "path" {
            paths(value, &mut found)?;
        } else {
            found.push(entry(vec![key.text.to_string()], key.at, value));
        }
    }
    Ok(found)
}

fn paths(node: &Node, found: &mut Vec<Entry>) -> Result<(), PolicyFault> {
    match &node.value {
        Json::Map(entries) => {
            for (path, rule) in entries {
                let rules: Vec<&Node> = if rule.is_list() {
                    rule.list().iter().collect()
                } else {
                    vec![rule]
                };
                for rule in rules {
                    found.push(entry(
                        vec!["path".to_owned(), path.text.to_string()],
                        path.at,
                        rule,
                    ));
                }
            }
            Ok(())
        }
        Json::List(objects) => objects.iter().try_for_each(|object| paths(object, found)),
        _ => Err(fault(node.at, "`path` is not an object")),
    }
}

fn entry(keys: Vec<String>, at: Position, node: &Node) -> Entry {
    Entry {
        keys,
        at,
        value: value(node),
        span: (0, 0),
    }
}

fn value(node: &Node) -> Value {
    let kind = match &node.value {
        Json::Null => Kind::Null,
        Json::Bool(value) => Kind::Bool(*value),
        Json::Number(text) => Kind::Number(text.to_string()),
        Json::Text(text) => Kind::Text(text.to_string()),
        Json::List(nodes) => Kind::List(nodes.iter().map(value).collect()),
        Json::Map(entries) => Kind::Object(
            entries
                .iter()
                .map(|(key, node)| entry(vec![key.text.to_string()], key.at, node))
                .collect(),
        ),
    };
    Value { at: node.at, kind }
}
