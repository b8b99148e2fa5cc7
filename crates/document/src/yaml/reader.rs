//! Parser events to nodes.

mod top;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::{Start, narrow, scalar};
use crate::fault::{Fault, FaultKind, Faults, Loss};
use crate::names::Names;
use crate::node::{Key, Node, Position, Value, pointer_push, repeated_keys};
use crate::{Item, Limits};

/// Why a stream cannot be read to its end.
pub(super) enum Stop {
    /// Its text is cut off here, which is told where it is cut.
    Cut,
    /// It is malformed.
    Fault(Box<Fault>),
}

enum Step {
    Key(Arc<str>),
    Index(usize),
}

/// What an anchor names.
#[derive(Clone)]
struct Anchored {
    node: Node,
    /// Nodes in it, and one more for each KiB of text.
    weight: usize,
    /// Maps and lists inside one another.
    height: u32,
}

pub(super) struct Reader<'a, 'f> {
    parser: Parser<'a, StrInput<'a>>,
    limits: &'f Limits,
    start: Start,
    /// Number of characters in the text if it is cut off at its end.
    end_chars: Option<usize>,
    faults: &'f mut Faults,
    path: Vec<Step>,
    anchors: BTreeMap<usize, Anchored>,
    /// Anchors that are open around the value being read: what is anchored inside is kept twice.
    anchors_open: usize,
    /// What aliases may still add.
    budget: usize,
    /// Whether the element being read holds something that could not be kept.
    lost: bool,
    /// Line of the text on which the document being read begins.
    document_line: u32,
    /// The document read last, until it is known that nothing else belonged to it.
    whole: Option<Item>,
    names: Names,
}

type Read<T> = Result<T, Stop>;

impl<'a, 'f> Reader<'a, 'f> {
    pub(super) fn new(
        parser: Parser<'a, StrInput<'a>>,
        limits: &'f Limits,
        start: Start,
        end_chars: Option<usize>,
        faults: &'f mut Faults,
    ) -> Self {
        Self {
            parser,
            limits,
            start,
            end_chars,
            faults,
            path: Vec::new(),
            anchors: BTreeMap::new(),
            anchors_open: 0,
            budget: limits.alias_nodes_max,
            lost: false,
            document_line: 0,
            whole: None,
            names: Names::default(),
        }
    }

    /// The number of the document being read, or of the next one.
    pub(super) fn document(&self) -> u32 {
        self.start.document
    }

    /// Line of the text on which the document being read begins.
    pub(super) fn document_line(&self) -> u32 {
        self.document_line
    }

    fn next(&mut self) -> Read<(Event<'a>, Span)> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(self.stop(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn stop(&self, error: &ScanError) -> Stop {
        if self.end_chars.is_some_and(|end| error.marker().index() >= end) {
            return Stop::Cut;
        }
        Stop::Fault(Box::new(Fault {
            at: self.position(*error.marker()),
            pointer: self.pointer(),
            kind: FaultKind::Yaml(error.info().into()),
            loss: Loss::Remainder,
        }))
    }

    /// Stops if what has been read may only seem complete: YAML ends a value where something else begins, so
    /// a value before a fault or before a cut may lack its remainder.
    fn confirm(&mut self) -> Read<()> {
        match self.parser.peek() {
            Some(Ok((_, span))) if self.end_chars.is_some_and(|end| span.start.index() >= end) => {
                Err(Stop::Cut)
            }
            Some(Ok(_)) | None => Ok(()),
            Some(Err(error)) => Err(self.stop(&error)),
        }
    }

    /// Reads the value that an event begins; `depth` maps and lists are open around it.
    fn value(&mut self, event: Event<'a>, span: Span, depth: u32) -> Read<Node> {
        let at = self.position(span.start);
        let (anchor, tag) = match &event {
            Event::Scalar(_, _, anchor, tag)
            | Event::SequenceStart(anchor, tag)
            | Event::MappingStart(anchor, tag) => {
                (*anchor, tag.as_ref().and_then(|tag| application_tag(tag)))
            }
            _ => (0, None),
        };
        let depth = depth + u32::from(tag.is_some());
        self.anchors_open += usize::from(anchor > 0);
        let value = match event {
            Event::Alias(id) => return Ok(self.alias(id, at, depth)),
            Event::Scalar(text, _, _, _) if text.len() > self.limits.text_max => {
                self.lose(FaultKind::TextTooLong(self.limits.text_max), at);
                Value::Null
            }
            Event::Scalar(text, style, _, tag) => scalar_value(text, style, tag.as_deref()),
            Event::SequenceStart(..) | Event::MappingStart(..) if depth >= self.limits.depth() => {
                self.lose(FaultKind::TooDeep(self.limits.depth()), at);
                self.skip_open()?;
                Value::Null
            }
            Event::SequenceStart(..) => self.list(depth)?,
            Event::MappingStart(..) => self.map(depth)?,
            // The parser gives no other event where a value stands.
            _ => Value::Null,
        };
        let mut node = Node { at, value };
        if let Some(tag) = tag {
            node = Node {
                at,
                value: Value::Map(vec![(Key { text: tag, at }, node)]),
            };
        }
        if anchor > 0 {
            self.anchors_open = self.anchors_open.saturating_sub(1);
            self.keep_anchored(anchor, &node);
        }
        Ok(node)
    }

    fn list(&mut self, depth: u32) -> Read<Value> {
        let mut elements = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Value::List(elements));
            }
            self.path.push(Step::Index(elements.len()));
            elements.push(self.value(event, span, depth + 1)?);
            self.path.pop();
        }
    }

    fn map(&mut self, depth: u32) -> Read<Value> {
        let mut map = Entries::default();
        while let Some((key, merge)) = self.key()? {
            let (event, span) = self.next()?;
            let node = self.value(event, span, depth + 1)?;
            self.path.pop();
            map.push(key, node, merge);
        }
        Ok(Value::Map(self.close(map)))
    }

    /// Reads the next key of a map and enters it into the path; none at the map's end, which is read over.
    fn key(&mut self) -> Read<Option<(Key, bool)>> {
        loop {
            let (event, span) = self.next()?;
            let at = self.position(span.start);
            let mut merge = false;
            let text = match event {
                Event::MappingEnd => return Ok(None),
                Event::Scalar(text, style, anchor, tag) => {
                    merge = text == "<<" && style == ScalarStyle::Plain && tag.is_none();
                    if text.len() > self.limits.text_max {
                        self.lose(FaultKind::TextTooLong(self.limits.text_max), at);
                    }
                    if anchor > 0 {
                        let value = Value::Text((&*text).into());
                        self.keep_anchored(anchor, &Node { at, value });
                    }
                    self.names.share(text.as_bytes())
                }
                Event::Alias(id) => self.alias(id, at, 0).scalar().map(Arc::from),
                Event::SequenceStart(..) | Event::MappingStart(..) => {
                    self.skip_open()?;
                    None
                }
                _ => None,
            };
            if let Some(text) = text {
                self.path.push(Step::Key(text.clone()));
                return Ok(Some((Key { text, at }, merge)));
            }
            self.lose(FaultKind::KeyNotText, at);
            match self.next()?.0 {
                Event::SequenceStart(..) | Event::MappingStart(..) => self.skip_open()?,
                _ => {}
            }
        }
    }

    /// Reports repeated keys and merges what is to be merged.
    fn close(&mut self, map: Entries) -> Vec<(Key, Node)> {
        let Entries { mut own, merges } = map;
        repeated_keys(&own, |key| {
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
        if merges.is_empty() {
            return own;
        }
        let mut present: BTreeSet<Arc<str>> = own.iter().map(|(key, _)| key.text.clone()).collect();
        for node in merges {
            let maps = match node.value {
                Value::Map(_) => vec![node],
                Value::List(maps) if maps.iter().all(Node::is_map) => maps,
                _ => {
                    self.lose(FaultKind::Merge, node.at);
                    continue;
                }
            };
            for map in maps {
                let Value::Map(entries) = map.value else { continue };
                own.extend(
                    entries
                        .into_iter()
                        .filter(|(key, _)| present.insert(key.text.clone())),
                );
            }
        }
        own
    }

    fn alias(&mut self, id: usize, at: Position, depth: u32) -> Node {
        let null = Node {
            at,
            value: Value::Null,
        };
        let Some(anchored) = self.anchors.get(&id) else {
            self.lose(FaultKind::AliasWithinItself, at);
            return null;
        };
        if depth + anchored.height > self.limits.depth() {
            self.lose(FaultKind::TooDeep(self.limits.depth()), at);
            return null;
        }
        match self.budget.checked_sub(anchored.weight) {
            Some(left) => {
                self.budget = left;
                anchored.node.clone()
            }
            None => {
                self.lose(FaultKind::AliasExpansion(self.limits.alias_nodes_max), at);
                null
            }
        }
    }

    /// Keeps a copy for aliases. What stands inside another anchored value is a second copy and is paid for.
    fn keep_anchored(&mut self, id: usize, node: &Node) {
        let (weight, height) = measure(node);
        if self.anchors_open > 0 {
            match self.budget.checked_sub(weight) {
                Some(left) => self.budget = left,
                None => return self.lose(FaultKind::AliasExpansion(self.limits.alias_nodes_max), node.at),
            }
        }
        self.anchors.insert(
            id,
            Anchored {
                node: node.clone(),
                weight,
                height,
            },
        );
    }

    /// Reads over the remainder of a map or list whose start has been read, keeping what is anchored in it.
    fn skip_open(&mut self) -> Read<()> {
        let mut open = 1_usize;
        while open > 0 {
            let (event, span) = self.next()?;
            match &event {
                Event::SequenceEnd | Event::MappingEnd => open -= 1,
                Event::SequenceStart(0, _) | Event::MappingStart(0, _) => open += 1,
                Event::SequenceStart(..) | Event::MappingStart(..) | Event::Scalar(_, _, 1.., _) => {
                    self.value(event, span, 2)?;
                }
                Event::StreamEnd => return Ok(()),
                _ => {}
            }
        }
        Ok(())
    }

    fn position(&self, marker: Marker) -> Position {
        Position {
            line: self.start.line.saturating_add(narrow(marker.line())),
            column: narrow(marker.col().saturating_add(1)),
        }
    }

    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.path {
            match step {
                Step::Key(key) => pointer_push(&mut pointer, key),
                Step::Index(index) => pointer_push(&mut pointer, &index.to_string()),
            }
        }
        pointer
    }

    fn lose(&mut self, kind: FaultKind, at: Position) {
        self.lost = true;
        self.faults.push(Fault {
            at,
            pointer: self.pointer(),
            kind,
            loss: Loss::Element,
        });
    }
}

/// The entries of a map while it is being read.
#[derive(Clone, Default)]
struct Entries {
    own: Vec<(Key, Node)>,
    /// Values of merge keys.
    merges: Vec<Node>,
}

impl Entries {
    fn push(&mut self, key: Key, node: Node, merge: bool) {
        if merge {
            self.merges.push(node);
        } else {
            self.own.push((key, node));
        }
    }
}

/// The tag as written if it is the application's and not one of YAML's own.
fn application_tag(tag: &Tag) -> Option<Arc<str>> {
    let written = format!("{}{}", tag.handle, tag.suffix);
    let own = tag.is_yaml_core_schema() || written == "!" || written.starts_with("tag:yaml.org,2002:");
    (!own).then(|| written.into())
}

fn scalar_value(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let typed = match tag {
        None => style == ScalarStyle::Plain,
        // `!!int "3"` is a number; `!!str 3` and `! 3` are texts.
        Some(tag) => tag.is_yaml_core_schema() && matches!(&*tag.suffix, "int" | "float" | "bool" | "null"),
    };
    let plain_with_application_tag =
        style == ScalarStyle::Plain && tag.is_some_and(|tag| application_tag(tag).is_some());
    if typed || plain_with_application_tag {
        scalar::plain(&text)
    } else {
        Value::Text(text.into())
    }
}

/// Nodes with one more for each KiB of text, and maps and lists inside one another.
fn measure(node: &Node) -> (usize, u32) {
    let inner = |sum: (usize, u32), node: &Node| {
        let (weight, height) = measure(node);
        (sum.0 + weight, sum.1.max(height))
    };
    match &node.value {
        Value::Null | Value::Bool(_) => (1, 0),
        Value::Number(text) | Value::Text(text) => (1 + text.len() / 1024, 0),
        Value::List(elements) => {
            let (weight, height) = elements.iter().fold((1, 0), inner);
            (weight, height + 1)
        }
        Value::Map(entries) => {
            let keys: usize = entries.iter().map(|(key, _)| 1 + key.text.len() / 1024).sum();
            let (weight, height) = entries.iter().map(|(_, node)| node).fold((1 + keys, 0), inner);
            (weight, height + 1)
        }
    }
}
