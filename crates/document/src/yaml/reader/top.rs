//! Documents, and the lists that are delivered element by element.

use std::sync::Arc;

use saphyr_parser::{Event, Span};

use super::{Entries, Read, Reader, Step};
use crate::fault::Faults;
use crate::names::Names;
use crate::node::{Key, Node, Value, pointer_push};
use crate::yaml::narrow;
use crate::{Collection, Item};

impl Reader<'_, '_> {
    /// Reads all documents.
    pub(in crate::yaml) fn stream(&mut self, each: &mut dyn FnMut(Item)) -> Read<()> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(()),
                Event::DocumentStart(_) => {
                    self.document_line = narrow(span.start.line());
                    self.path.clear();
                    self.anchors.clear();
                    self.anchors_open = 0;
                    self.budget = self.limits.alias_nodes_max;
                    self.lost = false;
                    self.top(each)?;
                }
                Event::DocumentEnd => {
                    self.confirm()?;
                    if let Some(item) = self.whole.take() {
                        each(item);
                    }
                    self.start.document = self.start.document.saturating_add(1);
                }
                _ => {}
            }
        }
    }

    fn top(&mut self, each: &mut dyn FnMut(Item)) -> Read<()> {
        let (event, span) = self.next()?;
        match event {
            Event::MappingStart(_, None) => self.top_map(span, each),
            Event::SequenceStart(_, None) => {
                if self.elements("", None, each)? == 0 {
                    let node = Node {
                        at: self.position(span.start),
                        value: Value::List(Vec::new()),
                    };
                    self.hold_whole(node);
                }
                Ok(())
            }
            event => {
                let node = self.value(event, span, 0)?;
                if !self.lost && !node.is_null() {
                    self.hold_whole(node);
                }
                Ok(())
            }
        }
    }

    fn hold_whole(&mut self, node: Node) {
        let document = self.start.document;
        self.whole = Some(Item {
            node,
            pointer: String::new(),
            document,
            from: None,
            collection: None,
        });
    }

    fn top_map(&mut self, span: Span, each: &mut dyn FnMut(Item)) -> Read<()> {
        let at = self.position(span.start);
        let mut map = Entries::default();
        let mut collection: Option<Arc<Collection>> = None;
        let mut elements = 0;
        while let Some((key, merge)) = self.key()? {
            let (event, span) = self.next()?;
            let node = match event {
                Event::SequenceStart(_, None) if self.limits.streams(&key.text) => {
                    let around =
                        collection.get_or_insert_with(|| Arc::new(self.look_ahead(&map, &key, span)));
                    let mut base = String::new();
                    pointer_push(&mut base, &key.text);
                    elements += self.elements(&base, Some((&*key.text, &*around)), each)?;
                    Node {
                        at: self.position(span.start),
                        value: Value::List(Vec::new()),
                    }
                }
                event => self.value(event, span, 1)?,
            };
            self.path.pop();
            map.push(key, node, merge);
        }
        let entries = self.close(map);
        if elements == 0 && !self.lost {
            self.hold_whole(Node {
                at,
                value: Value::Map(entries),
            });
        }
        Ok(())
    }

    /// Delivers the elements of a list whose start has been read; counts them, lost ones included.
    fn elements(
        &mut self,
        base: &str,
        from: Option<(&str, &Arc<Collection>)>,
        each: &mut dyn FnMut(Item),
    ) -> Read<usize> {
        let depth = if from.is_some() { 2 } else { 1 };
        let lost_around = self.lost;
        let mut index = 0;
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                self.lost = lost_around;
                return Ok(index);
            }
            self.path.push(Step::Index(index));
            self.lost = false;
            let node = self.value(event, span, depth)?;
            self.path.pop();
            if !self.lost {
                self.confirm()?;
                each(Item {
                    node,
                    pointer: format!("{base}/{index}"),
                    document: self.start.document,
                    from: from.map(|(key, _)| key.into()),
                    collection: from.map(|(_, collection)| Arc::clone(collection)),
                });
            }
            index += 1;
        }
    }

    /// The entries of the map in which a streamed list begins, whose key and start have been read.
    fn look_ahead(&self, before: &Entries, key: &Key, list: Span) -> Collection {
        let mut faults = Faults::new(0);
        let mut ahead = Reader {
            parser: self.parser.clone(),
            limits: self.limits,
            start: self.start,
            end_chars: self.end_chars,
            faults: &mut faults,
            path: Vec::new(),
            anchors: self.anchors.clone(),
            anchors_open: 0,
            budget: self.budget,
            lost: false,
            document_line: self.document_line,
            whole: None,
            names: Names::default(),
        };
        let mut map = before.clone();
        map.push(
            key.clone(),
            Node {
                at: self.position(list.start),
                value: Value::List(Vec::new()),
            },
            false,
        );
        // A fault ends the look ahead; it is told when it is read.
        let _ = ahead.skip_open().and_then(|()| ahead.rest_of_map(&mut map));
        Collection::new(ahead.close(map))
    }

    fn rest_of_map(&mut self, map: &mut Entries) -> Read<()> {
        while let Some((key, merge)) = self.key()? {
            let (event, span) = self.next()?;
            self.lost = false;
            let node = match event {
                Event::SequenceStart(_, None) if self.limits.streams(&key.text) => {
                    self.skip_open()?;
                    Node {
                        at: self.position(span.start),
                        value: Value::List(Vec::new()),
                    }
                }
                event => self.value(event, span, 1)?,
            };
            self.path.pop();
            if !self.lost {
                self.confirm()?;
                map.push(key, node, merge);
            }
        }
        Ok(())
    }
}
