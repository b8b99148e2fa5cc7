//! Documents, and the lists that are delivered element by element.

use std::sync::Arc;

use super::{Reader, Step, Stop};
use crate::fault::{FaultKind, Faults};
use crate::names::Names;
use crate::node::{Key, Node, Value, pointer_push};
use crate::{Collection, Item};

impl Reader<'_, '_> {
    pub(super) fn document(&mut self, document: u32, each: &mut dyn FnMut(Item)) -> Result<(), Stop> {
        match self.cursor.peek() {
            Some(b'{') => self.top_map(document, each),
            Some(b'[') => self.top_list(document, each),
            _ => {
                let node = self.value(0)?;
                if !self.lost && !node.is_null() {
                    each(Item {
                        node,
                        pointer: String::new(),
                        document,
                        from: None,
                        collection: None,
                    });
                }
                Ok(())
            }
        }
    }

    fn top_list(&mut self, document: u32, each: &mut dyn FnMut(Item)) -> Result<(), Stop> {
        let at = self.cursor.position();
        if self.elements("", document, None, each)? == 0 {
            let node = Node {
                at,
                value: Value::List(Vec::new()),
            };
            each(Item {
                node,
                pointer: String::new(),
                document,
                from: None,
                collection: None,
            });
        }
        Ok(())
    }

    fn top_map(&mut self, document: u32, each: &mut dyn FnMut(Item)) -> Result<(), Stop> {
        let at = self.cursor.position();
        let mut entries: Vec<(Key, Node)> = Vec::new();
        let mut collection: Option<Arc<Collection>> = None;
        let mut elements = 0;
        let mut more = self.open(b'}');
        while more {
            let key = self.key()?;
            let node = if self.cursor.peek() == Some(b'[') && self.limits.streams(&key.text) {
                let at = self.cursor.position();
                self.looked_ahead = true;
                let around = collection.get_or_insert_with(|| Arc::new(self.look_ahead(&entries, &key)));
                let mut base = String::new();
                pointer_push(&mut base, &key.text);
                let from = Some((&*key.text, &*around));
                elements += self.elements(&base, document, from, each)?;
                Node {
                    at,
                    value: Value::List(Vec::new()),
                }
            } else {
                self.value(1)?
            };
            self.path.pop();
            entries.push((key, node));
            more = self.another(b'}', "`,` or `}`")?;
        }
        self.report_repeated(&entries);
        if elements == 0 && !self.lost {
            let node = Node {
                at,
                value: Value::Map(entries),
            };
            each(Item {
                node,
                pointer: String::new(),
                document,
                from: None,
                collection: None,
            });
        }
        Ok(())
    }

    /// Delivers the elements of a list one by one and counts them, lost ones included.
    fn elements(
        &mut self,
        base: &str,
        document: u32,
        from: Option<(&str, &Arc<Collection>)>,
        each: &mut dyn FnMut(Item),
    ) -> Result<usize, Stop> {
        let depth = if from.is_some() { 2 } else { 1 };
        let lost_around = self.lost;
        let mut index = 0;
        let mut more = self.open(b']');
        while more {
            self.path.push(Step::Index(index));
            self.lost = false;
            let node = self.value(depth)?;
            if node.number().is_some() && self.cursor.peek().is_none() {
                // More digits may be missing.
                return Err(self.stop(FaultKind::Truncated));
            }
            self.path.pop();
            if !self.lost {
                each(Item {
                    node,
                    pointer: format!("{base}/{index}"),
                    document,
                    from: from.map(|(key, _)| key.into()),
                    collection: from.map(|(_, collection)| Arc::clone(collection)),
                });
            }
            index += 1;
            more = self.another(b']', "`,` or `]`")?;
        }
        self.lost = lost_around;
        Ok(index)
    }

    /// The entries of the map in which the cursor stands before a streamed list, that list's key included.
    fn look_ahead(&self, before: &[(Key, Node)], key: &Key) -> Collection {
        let mut entries = before.to_vec();
        // What is wrong there is told when it is read.
        let mut faults = Faults::new(0);
        let mut ahead = Reader {
            cursor: self.cursor.clone(),
            limits: self.limits,
            faults: &mut faults,
            path: Vec::new(),
            lost: false,
            scratch: Vec::new(),
            entries: Vec::new(),
            nodes: Vec::new(),
            names: Names::default(),
            looked_ahead: false,
        };
        let mut key = key.clone();
        loop {
            let at = ahead.cursor.position();
            ahead.lost = false;
            if ahead.cursor.peek() == Some(b'[') && ahead.limits.streams(&key.text) {
                entries.push((
                    key,
                    Node {
                        at,
                        value: Value::List(Vec::new()),
                    },
                ));
                if !ahead.cursor.leap_value() {
                    break;
                }
            } else {
                let Ok(node) = ahead.value(1) else { break };
                if !ahead.lost {
                    entries.push((key, node));
                }
            }
            match ahead.another(b'}', "") {
                Ok(true) => {}
                Ok(false) | Err(_) => break,
            }
            match ahead.key() {
                Ok(next) => key = next,
                Err(_) => break,
            }
        }
        Collection::new(entries)
    }
}
