//! Texts that stand in many rows, each kept once.

use std::sync::Arc;

use rustc_hash::FxHashMap;

/// The number of a text in one [`Names`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name(pub u32);

/// Stands for sessions that are too many to be told apart.
pub(crate) const MANY: Name = Name(1);

/// Texts by number. The empty text is number 0, `*` is number 1.
#[derive(Debug)]
pub(crate) struct Names {
    numbers: FxHashMap<Arc<str>, Name>,
    texts: Vec<Arc<str>>,
}

impl Default for Names {
    fn default() -> Self {
        let mut names = Self {
            numbers: FxHashMap::default(),
            texts: Vec::new(),
        };
        names.add("");
        names.add("*");
        names
    }
}

impl Names {
    /// The number of a text, a new one where it has none yet.
    pub fn number(&mut self, text: &str) -> Name {
        if text.is_empty() {
            return Name::default();
        }
        match self.numbers.get(text) {
            Some(name) => *name,
            None => self.add(text),
        }
    }

    fn add(&mut self, text: &str) -> Name {
        // Four thousand million different texts do not fit into memory.
        let name = Name(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        let text: Arc<str> = text.into();
        self.texts.push(text.clone());
        self.numbers.insert(text, name);
        name
    }

    /// The text of a number.
    pub fn text(&self, name: Name) -> &str {
        self.texts.get(name.0 as usize).map_or("", |text| text)
    }
}
