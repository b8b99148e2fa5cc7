//! Files as they are best written: fields in one order, texts plain where they can be, lists without order sorted.
//!
//! A comment that would be lost is a fault, never dropped in silence: what a `#` begins is a comment where the file says the
//! same without it. Comments above the first field are kept. Cost: the file, read again for each `#` in it.

use leastwise_document::{Limits, Node, Value, read};
use leastwise_model::Text;

use super::fields::{Field, Shape};
use super::read::{document, file as said, table};
use super::role::RoleFault;

/// A file in its canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canonical {
    /// The text.
    pub text: String,
}

/// A file of a role, or of business roles, in canonical form. It says the same, and its own canonical form is itself.
///
/// # Errors
/// Where the file cannot be read, or holds a comment that has no place in the canonical form.
pub fn canonical(file: &str, bytes: &[u8]) -> Result<Canonical, Vec<RoleFault>> {
    let file = Text::from(file);
    said(&file, bytes)?;
    let node = document(&file, bytes)?;
    let (head, lost) = comments(&file, bytes, &node);
    if !lost.is_empty() {
        return Err(lost);
    }
    let mut out = Writer { text: head };
    out.map(&node, table(&node).0, 0, false);
    Ok(Canonical { text: out.text })
}

/// The comments above the first field, and a fault for every other.
fn comments(file: &Text, bytes: &[u8], node: &Node) -> (String, Vec<RoleFault>) {
    let text = String::from_utf8_lossy(bytes);
    let first = node.entries().first().map_or(u32::MAX, |(key, _)| key.at.line);
    let mut head = String::new();
    let mut lost = Vec::new();
    let mut start = 0;
    for (number, line) in (1u32..).zip(text.split_inclusive('\n')) {
        if number < first && line.trim_start().starts_with('#') {
            head.push_str(line.trim());
            head.push('\n');
        } else if number >= first || !line.trim_start().starts_with('#') {
            for (at, _) in line.match_indices('#') {
                let end = start + line.trim_end_matches(['\r', '\n']).len();
                let without = [text.get(..start + at), text.get(end..)]
                    .map(Option::unwrap_or_default)
                    .concat();
                if same(&without, node) {
                    let column = u32::try_from(line.get(..at).unwrap_or_default().chars().count() + 1);
                    let at = leastwise_document::Position {
                        line: number,
                        column: column.unwrap_or(u32::MAX),
                    };
                    let what = "the comment would be lost";
                    let hint = "move it above the first field, or say it in `purpose`, `reason` or `why`";
                    lost.push(RoleFault::new(file, at, what, hint));
                    break;
                }
            }
        }
        start += line.len();
    }
    (head, lost)
}

/// Whether a text says what a node says.
fn same(text: &str, node: &Node) -> bool {
    let mut nodes = Vec::new();
    let limits = Limits {
        stream_keys: &[],
        ..Limits::default()
    };
    let faults = read(text.as_bytes(), &limits, &mut |item| nodes.push(item.node));
    faults.is_empty() && matches!(nodes.as_slice(), [only] if only.same(node))
}

struct Writer {
    text: String,
}

impl Writer {
    /// The entries of a map; the first without indentation where it stands behind a `- `.
    fn map(&mut self, node: &Node, fields: &[Field], indent: usize, listed: bool) {
        let mut listed = listed;
        for field in fields {
            let Some(value) = node.get(field.name) else {
                continue;
            };
            self.key(field.name, if listed { 0 } else { indent });
            listed = false;
            self.field(value, field, indent);
        }
    }

    fn key(&mut self, key: &str, indent: usize) {
        self.text.push_str(&" ".repeat(indent));
        self.text.push_str(&scalar_text(key));
        self.text.push(':');
    }

    fn line(&mut self, text: &str) {
        self.text.push(' ');
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn field(&mut self, node: &Node, field: &Field, indent: usize) {
        match &field.shape {
            Shape::Text | Shape::Id | Shape::Word(_) | Shape::Day => self.line(&scalar(node)),
            Shape::Texts | Shape::Ids => {
                let mut texts: Vec<&str> = node.list().iter().filter_map(Node::text).collect();
                texts.sort_unstable();
                texts.dedup();
                self.text.push('\n');
                for text in texts {
                    self.text.push_str(&" ".repeat(indent + 2));
                    self.text.push('-');
                    self.line(&scalar_text(text));
                }
            }
            Shape::Map(fields) => {
                self.text.push('\n');
                self.map(node, fields, indent + 2, false);
            }
            Shape::Maps(fields) => {
                self.text.push('\n');
                for element in node.list() {
                    self.text.push_str(&" ".repeat(indent + 2));
                    self.text.push_str("- ");
                    self.map(element, fields, indent + 4, true);
                }
            }
            Shape::Native => self.native(node, indent),
        }
    }

    /// A value of any shape behind a key.
    fn native(&mut self, node: &Node, indent: usize) {
        match &node.value {
            Value::Map(entries) if !entries.is_empty() => {
                self.text.push('\n');
                for (key, value) in entries {
                    self.key(&key.text, indent + 2);
                    self.native(value, indent + 2);
                }
            }
            // Lists stand on one line: what is in them may be a list or a map again.
            Value::List(_) | Value::Map(_) => self.line(&node.to_json()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => self.line(&scalar(node)),
        }
    }
}

/// A value that is neither a list nor a map.
fn scalar(node: &Node) -> String {
    match &node.value {
        Value::Text(text) => scalar_text(text),
        // As written: in JSON some of the numbers that YAML knows become texts.
        Value::Number(text) => text.to_string(),
        _ => node.to_json(),
    }
}

/// A text, in quotes where a reader of YAML 1.1 or 1.2 might take it for something else without them.
fn scalar_text(text: &str) -> String {
    const WORDS: [&str; 10] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "~"];
    let day =
        text.len() >= 10 && text.starts_with(|c: char| c.is_ascii_digit()) && text.get(4..5) == Some("-");
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') || day;
    let plain = begins
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains('\u{feff}')
        && !text.chars().any(char::is_control)
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if plain && read_alone(text) {
        text.to_owned()
    } else {
        Node {
            at: leastwise_document::Position::default(),
            value: Value::Text(text.into()),
        }
        .to_json()
    }
}

/// Whether a text that stands behind a key without quotes is read as itself.
fn read_alone(text: &str) -> bool {
    let mut found = false;
    let faults = read(
        format!("key: {text}\n").as_bytes(),
        &Limits::default(),
        &mut |item| {
            found = item.node.get("key").and_then(Node::text) == Some(text);
        },
    );
    faults.is_empty() && found
}
