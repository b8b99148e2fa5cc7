//! JSON and YAML read into trees in which each value knows where it stands.
//!
//! ```
//! use leastwise_document::{Limits, read};
//!
//! let file = br#"{"items": [{"name": "reader"}, {"name": "writer"}], "kind": "RoleList"}"#;
//! let mut seen = Vec::new();
//! let faults = read(file, &Limits::default(), &mut |item| {
//!     let name = item.node.get("name").and_then(|name| name.text()).unwrap_or_default();
//!     let kind = item.collection.as_ref().and_then(|c| c.kind.as_deref()).unwrap_or_default();
//!     seen.push(format!("{kind}{} {name} line {} column {}", item.pointer,
//!         item.node.position().line, item.node.position().column));
//! });
//! assert!(faults.is_empty());
//! assert_eq!(seen, ["RoleList/items/0 reader line 1 column 12", "RoleList/items/1 writer line 1 column 32"]);
//! ```
//!
//! [`read`] takes the bytes of one file and hands over [`Item`]s: a whole document, or one element of a list
//! that a document consists of. A [`Node`] is a [`Value`] with its [`Position`]. What could not be read is a
//! [`Fault`], which says where, why, what to do, and what was lost ([`Loss`]).
//!
//! **Growth of cost.** Time is linear in the bytes (and in the nodes that YAML aliases expand to, which are
//! limited). Memory is the bytes, one item, and the small rest of the map that holds a streamed list.
//!
//! **Two readings of one list.** The keys around a streamed list (`kind`, a continuation marker) often stand
//! behind it. At the first streamed list of a map the reader therefore looks ahead to the end of the map; for
//! JSON that is a scan for brackets at a small part of the price of reading, for YAML a second run of the
//! parser that builds nothing.
//!
//! **What this crate does not do.** It opens no file, knows no platform, checks no schema, and keeps no text
//! for writing it back.

mod encoding;
mod fault;
#[doc(hidden)]
pub mod fuzz;
mod json;
mod limits;
mod names;
mod node;
mod row;
pub mod skim;
mod yaml;

use std::sync::Arc;

pub use fault::{Fault, FaultKind, Loss};
pub use limits::Limits;
pub use node::{Key, Node, Position, Value, pointer_join};

pub use row::row;

use encoding::Form;
use fault::Faults;

/// One thing read out of a file: a whole document, or one element of a list that a document consists of.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The thing itself.
    pub node: Node,
    /// JSON pointer (RFC 6901) of the node within its document; empty for the whole document.
    pub pointer: String,
    /// Which value of a JSON stream, or which document of a YAML stream, counted from 0, empty ones included.
    pub document: u32,
    /// The key of the top-level map from whose list the element comes; none for a whole document and for an
    /// element of a top-level list.
    pub from: Option<Box<str>>,
    /// The map around the list from which the element comes; present exactly when `from` is.
    pub collection: Option<Arc<Collection>>,
}

/// The map around a list whose elements are delivered alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Collection {
    /// The scalar under `kind`, wherever it stands in the map.
    pub kind: Option<Box<str>>,
    /// The scalar under `apiVersion`, wherever it stands in the map.
    pub api_version: Option<Box<str>>,
    /// All entries of the map in file order; each list that is delivered element by element stands as an
    /// empty list. Here a caller sees which lists there were and whether the export says it is incomplete.
    /// If the file is cut off or malformed further on, the entries up to there.
    pub rest: Vec<(Key, Node)>,
}

impl Collection {
    fn new(rest: Vec<(Key, Node)>) -> Self {
        let scalar = |name: &str| {
            let (_, node) = rest.iter().rev().find(|(key, _)| &*key.text == name)?;
            node.scalar().map(Box::from)
        };
        Self {
            kind: scalar("kind"),
            api_version: scalar("apiVersion"),
            rest,
        }
    }

    /// The entry of the map under a key; the last one where the key is repeated.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.rest
            .iter()
            .rev()
            .find(|(name, _)| &*name.text == key)
            .map(|(_, node)| node)
    }
}

/// Reads a file and hands over its items in file order; returns what could not be read, in file order.
///
/// The form is told by content: what begins like a JSON map or list is a stream of JSON values (one, one a
/// line, or simply one after another); everything else is a stream of YAML documents. Text is UTF-8 with or
/// without byte order mark, or UTF-16. A line `---` after a JSON value begins a YAML document.
///
/// - A top-level map with a list under one of [`Limits::stream_keys`] is delivered element by element, each
///   with its [`Collection`]. If all those lists are empty, the map is delivered whole: the list is known to
///   be empty, which is different from not known.
/// - A top-level list is delivered element by element, an empty one whole.
/// - Any other document is delivered whole; one that is null is not delivered.
///
/// What stands before a fault has been delivered; an element with a fault that loses something
/// ([`Fault::loses`]) is not delivered. Reading goes on behind the fault where the next element, line of JSON
/// Lines or YAML document can be told for sure.
pub fn read(bytes: &[u8], limits: &Limits, each: &mut dyn FnMut(Item)) -> Vec<Fault> {
    let mut faults = Faults::new(limits.faults_max);
    let text = encoding::decode(bytes);
    match encoding::form(&text.bytes) {
        Form::Json => json::read(&text.bytes, limits, text.cut, &mut faults, each),
        Form::Yaml => {
            let start = yaml::Start { line: 0, document: 0 };
            yaml::read(&text.bytes, limits, start, text.cut, &mut faults, each);
        }
    }
    faults.finish()
}

#[cfg(test)]
mod tests;
