//! Small helpers for text.

use leastwise_document::{Node, Position, Value};

/// A text as JSON writes it.
pub(crate) fn quoted(text: &str) -> String {
    Node {
        at: Position::default(),
        value: Value::Text(text.into()),
    }
    .to_json()
}
