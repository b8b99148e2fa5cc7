//! A value of a document and where it stands.

use std::fmt::Write;
use std::sync::Arc;

/// Where something begins in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// Line, counted from 1.
    pub line: u32,
    /// Column, counted from 1 in characters (Unicode scalar values); a byte order mark does not count.
    pub column: u32,
}

/// A value of a document and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where the value begins; a YAML block text (`|`, `>`) begins with its first line. What a YAML alias
    /// stands for keeps the position where it was written.
    pub at: Position,
    /// The value.
    pub value: Value,
}

/// What a document can say.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// JSON `null`; in YAML also `~` and nothing at all.
    Null,
    /// A boolean. Plain `yes`, `no`, `on` and `off` in YAML are texts, as in YAML 1.2.
    Bool(bool),
    /// A number as it is written, so that no digit and no leading zero is lost.
    Number(Box<str>),
    /// A text.
    Text(Box<str>),
    /// A list.
    List(Vec<Node>),
    /// A map in file order; a key that is repeated stands in it as often as in the file.
    Map(Vec<(Key, Node)>),
}

/// A key of a map and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key, shared with the same key elsewhere; in YAML a number or boolean as a key is the text as written.
    pub text: Arc<str>,
    /// Where the key begins.
    pub at: Position,
}

impl Node {
    /// Where the value begins.
    pub fn position(&self) -> Position {
        self.at
    }

    /// The value under a key of a map. Where the key is repeated (which is a fault of the file) it is the
    /// last one, as for the usual native readers; [`Node::entries`] holds them all. Grows with the entries.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .rev()
            .find(|(name, _)| &*name.text == key)
            .map(|(_, node)| node)
    }

    /// The text, if it is one; a number or boolean is not.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The text, or the number or boolean as text: for fields that writers of YAML forget to quote.
    pub fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Number(text) => Some(text),
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The number as written, if it is one.
    pub fn number(&self) -> Option<&str> {
        match &self.value {
            Value::Number(text) => Some(text),
            Value::Null | Value::Bool(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The boolean, if it is one.
    pub fn boolean(&self) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(value),
            Value::Null | Value::Number(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Whether the value is null.
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// Whether the value is a map.
    pub fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    /// Whether the value is a list.
    pub fn is_list(&self) -> bool {
        matches!(self.value, Value::List(_))
    }

    /// The elements of a list; empty if it is not one.
    pub fn list(&self) -> &[Node] {
        match &self.value {
            Value::List(elements) => elements,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Map(_) => &[],
        }
    }

    /// The entries of a map in file order; empty if it is not one.
    pub fn entries(&self) -> &[(Key, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::List(_) => &[],
        }
    }

    /// What the value is, for messages: `a list`, `a text` and so on.
    pub fn kind_name(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// The node that a JSON pointer (RFC 6901) names; the node itself for the empty one.
    pub fn find(&self, pointer: &str) -> Option<&Node> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer
            .strip_prefix('/')?
            .split('/')
            .try_fold(self, |node, step| match &node.value {
                Value::List(elements) => elements.get(step.parse::<usize>().ok()?),
                Value::Map(_) if step.contains('~') => node.get(&step.replace("~1", "/").replace("~0", "~")),
                Value::Map(_) => node.get(step),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => None,
            })
    }

    /// Whether both say the same, wherever they stand. Order of entries counts.
    pub fn same(&self, other: &Node) -> bool {
        match (&self.value, &other.value) {
            (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b)),
            (Value::Map(a), Value::Map(b)) => {
                let same = |((k, a), (l, b)): (&(Key, Node), &(Key, Node))| k.text == l.text && a.same(b);
                a.len() == b.len() && a.iter().zip(b).all(same)
            }
            (a, b) => a == b,
        }
    }

    /// Only these fields of a map, or of each map of a list: `x` is the whole of `x`, `x.y` is `y` within `x`, or within each
    /// of the maps that `x` lists; `*` is any name, and one that ends in `*` any that begins so. What is kept whole is what
    /// `keep` makes of it, by its key; `None` leaves it out. Linear in the node times the fields.
    #[must_use]
    pub fn cut(&self, fields: &[&str], keep: &dyn Fn(&str, &Self) -> Option<Self>) -> Self {
        let at = self.at;
        if self.is_list() {
            let cut = self.list().iter().map(|one| one.cut(fields, keep));
            let value = Value::List(cut.collect());
            return Self { at, value };
        }
        let mut kept: Vec<(Key, Self)> = Vec::new();
        for (key, value) in self.entries() {
            let mut deeper: Vec<&str> = Vec::new();
            let mut whole = false;
            for field in fields {
                match field.split_once('.') {
                    Some((first, rest)) if first == "*" || first == &*key.text => deeper.push(rest),
                    Some(_) => {}
                    None => {
                        whole |= match field.strip_suffix('*') {
                            Some(begin) => key.text.starts_with(begin),
                            None => *field == &*key.text,
                        };
                    }
                }
            }
            if whole {
                kept.extend(keep(&key.text, value).map(|value| (key.clone(), value)));
            } else if !deeper.is_empty() && (value.is_map() || value.is_list()) {
                kept.push((key.clone(), value.cut(&deeper, keep)));
            }
        }
        let value = Value::Map(kept);
        Self { at, value }
    }

    /// The node as JSON on one line without spaces. A YAML number that JSON cannot spell (`0x1F`, `.inf`)
    /// becomes a text.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out);
        out
    }

    fn write_json(&self, out: &mut String) {
        match &self.value {
            Value::Null => out.push_str("null"),
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Number(text) if crate::json::is_number(text.as_bytes()) => out.push_str(text),
            Value::Number(text) | Value::Text(text) => write_text(out, text),
            Value::List(elements) => {
                out.push('[');
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    element.write_json(out);
                }
                out.push(']');
            }
            Value::Map(entries) => {
                out.push('{');
                for (index, (key, node)) in entries.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_text(out, &key.text);
                    out.push(':');
                    node.write_json(out);
                }
                out.push('}');
            }
        }
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // U+007F and the C1 controls need no escape in JSON, but a terminal obeys them.
            character if character.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            character => out.push(character),
        }
    }
    out.push('"');
}

/// Appends one step to a JSON pointer, escaping `~` and `/` (RFC 6901, section 3).
pub fn pointer_join(base: &str, key: &str) -> String {
    let mut pointer = String::with_capacity(base.len() + key.len() + 1);
    pointer.push_str(base);
    pointer_push(&mut pointer, key);
    pointer
}

pub(crate) fn pointer_push(pointer: &mut String, key: &str) {
    pointer.push('/');
    if key.contains(['~', '/']) {
        pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
    } else {
        pointer.push_str(key);
    }
}

/// Calls `repeated` for each key that stands before it in the same map already.
///
/// Maps are small nearly always: then all pairs, lengths first; a large one is sorted.
pub(crate) fn repeated_keys(entries: &[(Key, Node)], mut repeated: impl FnMut(&Key)) {
    if entries.len() <= 12 {
        for (index, (key, _)) in entries.iter().enumerate() {
            if entries
                .iter()
                .take(index)
                .any(|(earlier, _)| earlier.text == key.text)
            {
                repeated(key);
            }
        }
    } else {
        let mut order: Vec<usize> = (0..entries.len()).collect();
        let text = |index: usize| entries.get(index).map(|(key, _)| &*key.text);
        // Stable: of equal keys the first in the file stays first.
        order.sort_by(|a, b| text(*a).cmp(&text(*b)));
        let mut found: Vec<usize> = order
            .windows(2)
            .filter_map(|pair| match pair {
                [a, b] if text(*a) == text(*b) => Some(*b),
                _ => None,
            })
            .collect();
        found.sort_unstable();
        for (key, _) in found.into_iter().filter_map(|index| entries.get(index)) {
            repeated(key);
        }
    }
}
