//! What a client printed: pages as one answer, and the fields of it that are kept.

use leastwise_document::{Key, Limits, Node, Position, Value, read};

/// Only these fields of an answer.
pub(super) fn cut(node: &Node, fields: &[&str]) -> Node {
    node.cut(fields, &|_, value| Some(value.clone()))
}

/// The texts or numbers at a path of keys, within each of the maps of a list.
pub(super) fn elements(node: &Node, at: &str) -> Vec<String> {
    if node.is_list() {
        return node.list().iter().flat_map(|one| elements(one, at)).collect();
    }
    match at.split_once('.') {
        Some((first, rest)) => node
            .get(first)
            .map(|inner| elements(inner, rest))
            .unwrap_or_default(),
        None => {
            let value = node
                .get(at)
                .and_then(|value| value.scalar().or_else(|| value.number()));
            value.map(str::to_owned).into_iter().collect()
        }
    }
}

/// Pages as one answer: elements behind each other, and lists of the same key joined.
pub(super) fn whole(bytes: &[u8]) -> Option<Node> {
    let limits = Limits {
        stream_keys: &[],
        ..Limits::default()
    };
    let mut pages: Vec<Node> = Vec::new();
    let mut loose: Vec<Node> = Vec::new();
    let faults = read(bytes, &limits, &mut |item| match item.pointer.is_empty() {
        true => pages.push(item.node),
        false => loose.push(item.node),
    });
    if faults.iter().any(leastwise_document::Fault::loses) {
        return None;
    }
    if pages.iter().all(Node::is_list) {
        for page in pages {
            if let Value::List(elements) = page.value {
                loose.extend(elements);
            }
        }
        let at = Position { line: 1, column: 1 };
        let value = Value::List(loose);
        return Some(Node { at, value });
    }
    let mut pages = pages.into_iter();
    let mut first = pages.next()?;
    for page in pages {
        let (Value::Map(known), Value::Map(more)) = (&mut first.value, page.value) else {
            return None;
        };
        join(known, more);
    }
    Some(first)
}

/// Adds to lists what another page has of the same key.
fn join(known: &mut [(Key, Node)], more: Vec<(Key, Node)>) {
    for (key, node) in more {
        let same = known.iter_mut().find(|(known, _)| known.text == key.text);
        if let (
            Some((
                _,
                Node {
                    value: Value::List(list),
                    ..
                },
            )),
            Value::List(further),
        ) = (same, node.value)
        {
            list.extend(further);
        }
    }
}
