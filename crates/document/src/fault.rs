//! What could not be read, where, why, and what to do.

use std::fmt;
use std::sync::Arc;

use crate::node::Position;

/// Something in a file that could not be read as it stands. Displays as cause and way out, without the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it is.
    pub at: Position,
    /// JSON pointer of the innermost value that was being read, within its document.
    pub pointer: String,
    /// What it is.
    pub kind: FaultKind,
    /// What was lost by it.
    pub loss: Loss,
}

/// What a fault cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// Nothing: everything was delivered as it stands.
    Nothing,
    /// The element or document in which the fault stands, or its remainder; reading went on behind it.
    Element,
    /// Everything from here to the end of the file.
    Remainder,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The file ends in the middle of a value.
    Truncated,
    /// JSON grammar: what would have been right here, and what stands here.
    Unexpected {
        /// What would have been right.
        expected: &'static str,
        /// What stands there instead; none for a control character or the like, which is described.
        found: Box<str>,
    },
    /// YAML grammar, in the parser's words.
    Yaml(Box<str>),
    /// YAML grammar, on a line with `{{`.
    Template,
    /// A byte that is not UTF-8.
    NotUtf8(u8),
    /// A surrogate without its partner or half a unit in UTF-16.
    NotUtf16,
    /// A NUL character in YAML: the file is binary.
    Binary,
    /// A `\u` escape that is half a surrogate pair, or a `\` before a character that JSON does not escape.
    Escape(Box<str>),
    /// A key that stands in its map already.
    DuplicateKey(Arc<str>),
    /// More maps and lists inside one another than allowed.
    TooDeep(u32),
    /// A text longer than allowed, in bytes.
    TextTooLong(usize),
    /// YAML aliases add more nodes than allowed.
    AliasExpansion(usize),
    /// A YAML alias that stands within the value it names.
    AliasWithinItself,
    /// A YAML key that is a map or a list.
    KeyNotText,
    /// A YAML merge key `<<` whose value is neither a map nor a list of maps.
    Merge,
    /// So many further faults are not listed.
    Further(u64),
}

impl Fault {
    /// Whether reading stopped here, so that the remainder of the file is unknown.
    pub fn fatal(&self) -> bool {
        self.loss == Loss::Remainder
    }

    /// Whether anything was lost by it. If not, it is a warning.
    pub fn loses(&self) -> bool {
        self.loss != Loss::Nothing
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => {
                f.write_str("ends in the middle of a value: the file looks cut off; export it again")
            }
            Self::Unexpected { expected, found } => {
                write!(f, "expected {expected} but found {found}: not valid JSON; correct it or export it again")
            }
            Self::Yaml(info) => {
                write!(f, "not valid YAML: {info}; check the indentation, quotes and brackets up to here")
            }
            Self::Template => f.write_str(
                "not valid YAML, and the line holds `{{`: this looks like a template; render it first and give the result",
            ),
            Self::NotUtf8(byte) => write!(
                f,
                "byte 0x{byte:02X} is not UTF-8: the file may be in Windows-1252 or Latin-1; save it as UTF-8"
            ),
            Self::NotUtf16 => {
                f.write_str("not valid UTF-16: the file looks damaged; export it again, best as UTF-8")
            }
            Self::Binary => {
                f.write_str("holds a NUL character: the file is not text; give the export itself, unpacked, as UTF-8")
            }
            Self::Escape(escape) => {
                write!(f, "`{escape}` does not stand for a character: correct the escape or export the file again")
            }
            Self::DuplicateKey(key) => {
                write!(f, "key `{key}` stands twice in one map and readers differ on which counts: remove one")
            }
            Self::TooDeep(max) => {
                write!(f, "more than {max} maps and lists inside one another: left out; flatten it or raise the limit")
            }
            Self::TextTooLong(max) => {
                write!(f, "text longer than {max} bytes: left out; shorten it or raise the limit")
            }
            Self::AliasExpansion(max) => write!(
                f,
                "aliases add more than {max} values to the document: left out; write the values in place of the aliases"
            ),
            Self::AliasWithinItself => {
                f.write_str("alias stands within the value it names: left out; write the value in place of the alias")
            }
            Self::KeyNotText => f.write_str(
                "key is a map or a list: left out; use a text as key, or render the template first if this is one",
            ),
            Self::Merge => f.write_str(
                "merge key `<<` names neither a map nor a list of maps: left out; write the entries in its place",
            ),
            Self::Further(count) => write!(f, "{count} further faults in this file are not listed: repair these first"),
        }
    }
}

/// The faults of one file, listed up to a number.
pub(crate) struct Faults {
    listed: Vec<Fault>,
    listed_max: usize,
    further: u64,
    further_loss: Loss,
    further_at: Position,
}

impl Faults {
    pub(crate) fn new(listed_max: usize) -> Self {
        Self {
            listed: Vec::new(),
            listed_max,
            further: 0,
            further_loss: Loss::Nothing,
            further_at: Position::default(),
        }
    }

    pub(crate) fn push(&mut self, fault: Fault) {
        if self.listed.len() < self.listed_max {
            self.listed.push(fault);
        } else {
            if self.further == 0 {
                self.further_at = fault.at;
            }
            self.further += 1;
            self.further_loss = self.further_loss.max(fault.loss);
        }
    }

    pub(crate) fn finish(mut self) -> Vec<Fault> {
        if self.further > 0 {
            self.listed.push(Fault {
                at: self.further_at,
                pointer: String::new(),
                kind: FaultKind::Further(self.further),
                loss: self.further_loss,
            });
        }
        self.listed
    }
}
