//! JSON, JSON Lines and JSON values one after another.
//!
//! Why a tokenizer of our own: positions must be exact for keys as well, and free of charge. The pull parsers
//! at hand (jiter 0.18 among them) hand out an object's key only after its colon, so where the key began is
//! gone; they compute lines by counting from the start of the file; and they cannot go on behind a value that
//! is well-formed but not wanted (too deep, not UTF-8). The grammar is RFC 8259.

mod cursor;
pub(crate) mod leap;
mod skip;
pub(crate) mod text;
mod top;

use std::borrow::Cow;

use crate::fault::{Fault, FaultKind, Faults, Loss};
use crate::limits::Limits;
use crate::names::Names;
use crate::node::{Key, Node, Value, pointer_push, repeated_keys};
use crate::{Item, yaml};
use cursor::Cursor;

pub(crate) use text::is_number;

/// Why a value cannot be read to its end. Boxed: it is rare, and results are passed all the time.
type Stop = Box<Fault>;

/// A step into a value, for pointers of faults.
enum Step {
    /// The key as written, between its quotes.
    Key(usize, usize),
    Index(usize),
}

struct Reader<'a, 'f> {
    cursor: Cursor<'a>,
    limits: &'f Limits,
    faults: &'f mut Faults,
    path: Vec<Step>,
    /// Whether the element being read holds something that could not be kept.
    lost: bool,
    /// Where texts with escapes are put together.
    scratch: Vec<u8>,
    /// Entries and elements of what is open, innermost last. Each map and list leaves it for a vector of its
    /// exact size when it closes: one allocation, and no slack to keep.
    entries: Vec<(Key, Node)>,
    nodes: Vec<Node>,
    names: Names,
    /// Whether the document being read was looked ahead in.
    looked_ahead: bool,
}

/// Reads a stream of JSON values. `cut` tells why the bytes end too early, if they do.
pub(crate) fn read(
    bytes: &[u8],
    limits: &Limits,
    cut: Option<FaultKind>,
    faults: &mut Faults,
    each: &mut dyn FnMut(Item),
) {
    let mut reader = Reader {
        cursor: Cursor::new(bytes),
        limits,
        faults,
        path: Vec::new(),
        lost: false,
        scratch: Vec::new(),
        entries: Vec::new(),
        nodes: Vec::new(),
        names: Names::default(),
        looked_ahead: false,
    };
    let mut document = 0_u32;
    let mut returns = 0_u32;
    loop {
        reader.cursor.skip_space();
        if reader.cursor.peek().is_none() {
            break;
        }
        if reader.cursor.at_line_start() && reader.cursor.rest().starts_with(b"---") {
            let start = yaml::Start {
                line: reader.cursor.lines_before(),
                document,
            };
            return yaml::read(reader.cursor.rest(), limits, start, cut, reader.faults, each);
        }
        let begin = reader.cursor.clone();
        reader.path.clear();
        reader.entries.clear();
        reader.nodes.clear();
        reader.lost = false;
        reader.looked_ahead = false;
        if let Err(mut fault) = reader.document(document, each) {
            let looked_ahead = std::mem::take(&mut reader.looked_ahead);
            returns = returns.saturating_add(u32::from(looked_ahead));
            match behind_bad_line(begin, &fault) {
                Some(next) if returns <= RETURNS_MAX => {
                    fault.loss = Loss::Element;
                    reader.cursor = next;
                    reader.faults.push(*fault);
                }
                _ if cut.is_some() && fault.kind == FaultKind::Truncated => break,
                _ => return reader.faults.push(*fault),
            }
        }
        document = document.saturating_add(1);
    }
    if let Some(kind) = cut {
        let at = reader.cursor.position_ahead(bytes.len());
        reader.faults.push(Fault {
            at,
            pointer: String::new(),
            kind,
            loss: Loss::Remainder,
        });
    }
}

/// How often reading may return to the line behind a bad one after looking ahead far beyond it: each time
/// costs up to a scan of the whole file.
const RETURNS_MAX: u32 = 64;

/// The next line, if values plainly stand one a line: the bad one and the next are maps that begin a line, and
/// the fault showed at once. A line that ends too early within a list shows only on the second next one.
fn behind_bad_line<'a>(begin: Cursor<'a>, fault: &Fault) -> Option<Cursor<'a>> {
    let mut next = begin.clone();
    let lines = begin.at_line_start()
        && begin.peek() == Some(b'{')
        && fault.at.line.saturating_sub(begin.position().line) <= 2
        && next.next_line()
        && next.rest().starts_with(b"{\"");
    lines.then_some(next)
}

impl<'a> Reader<'a, '_> {
    /// Reads the value at the cursor; `depth` maps and lists are open around it.
    fn value(&mut self, depth: u32) -> Result<Node, Stop> {
        let at = self.cursor.position();
        let value = match self.cursor.peek() {
            Some(b'"') => Value::Text(self.text()?),
            Some(b'{' | b'[') if depth >= self.limits.depth() => {
                self.lose(FaultKind::TooDeep(self.limits.depth()));
                self.skip_value()?;
                Value::Null
            }
            Some(b'{') => self.map(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word(b"true", Value::Bool(true))?,
            Some(b'f') => self.word(b"false", Value::Bool(false))?,
            Some(b'n') => self.word(b"null", Value::Null)?,
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Node { at, value })
    }

    fn map(&mut self, depth: u32) -> Result<Value, Stop> {
        let start = self.entries.len();
        let mut more = self.open(b'}');
        while more {
            let key = self.key()?;
            let node = self.value(depth + 1)?;
            self.path.pop();
            self.entries.push((key, node));
            more = self.another(b'}', "`,` or `}`")?;
        }
        let entries: Vec<(Key, Node)> = self.entries.drain(start..).collect();
        self.report_repeated(&entries);
        Ok(Value::Map(entries))
    }

    fn list(&mut self, depth: u32) -> Result<Value, Stop> {
        let start = self.nodes.len();
        let mut more = self.open(b']');
        while more {
            self.path.push(Step::Index(self.nodes.len() - start));
            let node = self.value(depth + 1)?;
            self.nodes.push(node);
            self.path.pop();
            more = self.another(b']', "`,` or `]`")?;
        }
        Ok(Value::List(self.nodes.drain(start..).collect()))
    }

    /// Steps over the opening bracket; whether something stands before the closing one, else over that too.
    fn open(&mut self, close: u8) -> bool {
        self.cursor.at += 1;
        self.cursor.skip_space();
        let empty = self.cursor.peek() == Some(close);
        self.cursor.at += usize::from(empty);
        !empty
    }

    /// Behind an entry or element: whether another one follows, else steps over the closing bracket.
    fn another(&mut self, close: u8, expected: &'static str) -> Result<bool, Stop> {
        self.cursor.skip_space();
        match self.cursor.peek() {
            Some(b',') => {
                self.cursor.at += 1;
                self.cursor.skip_space();
                Ok(true)
            }
            Some(byte) if byte == close => {
                self.cursor.at += 1;
                Ok(false)
            }
            _ => Err(self.unexpected(expected)),
        }
    }

    /// Reads a key and its colon, and enters the key into the path.
    fn key(&mut self) -> Result<Key, Stop> {
        let at = self.cursor.position();
        if self.cursor.peek() != Some(b'"') {
            return Err(self.unexpected("a key in double quotes"));
        }
        let start = self.cursor.at + 1;
        let text = self.key_text()?;
        self.path.push(Step::Key(start, self.cursor.at.saturating_sub(1)));
        self.cursor.skip_space();
        if self.cursor.peek() != Some(b':') {
            return Err(self.unexpected("`:`"));
        }
        self.cursor.at += 1;
        self.cursor.skip_space();
        Ok(Key { text, at })
    }

    fn report_repeated(&mut self, entries: &[(Key, Node)]) {
        repeated_keys(entries, |key| {
            let mut pointer = self.pointer();
            pointer_push(&mut pointer, &key.text);
            let kind = FaultKind::DuplicateKey(key.text.clone());
            self.faults.push(Fault {
                at: key.at,
                pointer,
                kind,
                loss: Loss::Nothing,
            });
        });
    }

    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.path {
            match step {
                Step::Key(start, end) => {
                    let key = text::unescape_lossy(self.cursor.slice(*start, *end));
                    pointer_push(&mut pointer, &key);
                }
                Step::Index(index) => pointer_push(&mut pointer, &index.to_string()),
            }
        }
        pointer
    }

    /// Notes that something at the cursor cannot be kept, while reading goes on.
    fn lose(&mut self, kind: FaultKind) {
        self.lose_at(kind, self.cursor.position());
    }

    fn lose_at(&mut self, kind: FaultKind, at: crate::Position) {
        self.lost = true;
        self.faults.push(Fault {
            at,
            pointer: self.pointer(),
            kind,
            loss: Loss::Element,
        });
    }

    fn stop(&self, kind: FaultKind) -> Stop {
        Box::new(Fault {
            at: self.cursor.position(),
            pointer: self.pointer(),
            kind,
            loss: Loss::Remainder,
        })
    }

    /// The fault of what stands at the cursor where something else should.
    fn unexpected(&self, expected: &'static str) -> Stop {
        let rest = self.cursor.rest();
        let Some(first) = rest.first() else {
            return self.stop(FaultKind::Truncated);
        };
        let start = rest.get(..4).unwrap_or(rest);
        let valid = match std::str::from_utf8(start) {
            Ok(text) => Cow::Borrowed(text),
            Err(error) => String::from_utf8_lossy(start.get(..error.valid_up_to()).unwrap_or_default()),
        };
        let found = match valid.chars().next() {
            None => return self.stop(FaultKind::NotUtf8(*first)),
            Some('\n' | '\r') => "the end of the line".into(),
            Some(character) if character.is_control() => format!("U+{:04X}", u32::from(character)).into(),
            Some(character) => format!("`{character}`").into(),
        };
        self.stop(FaultKind::Unexpected { expected, found })
    }
}

#[cfg(test)]
mod tests;
