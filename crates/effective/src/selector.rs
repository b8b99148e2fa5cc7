//! A platform's catalogue, with what is asked of it again and again kept.

use std::sync::{Arc, Mutex};

use leastwise_model::{ActionBits, ActionCatalogue, ActionClass, ActionClasses};
use leastwise_permset::Strings;
use rustc_hash::FxHashMap;

/// Selections from one platform's catalogue, each made once.
pub struct Selector {
    catalogue: &'static dyn ActionCatalogue,
    /// The actions of each class.
    by_class: Vec<(ActionClass, ActionBits)>,
    selected: Mutex<FxHashMap<Strings, Arc<ActionBits>>>,
}

impl Selector {
    pub(crate) fn new(catalogue: &'static dyn ActionCatalogue) -> Self {
        let mut by_class: Vec<(ActionClass, ActionBits)> = ActionClass::all()
            .map(|class| (class, ActionBits::none(catalogue.len())))
            .collect();
        for action in 0..catalogue.len() {
            let classes = catalogue.classes(catalogue.name(action));
            for (class, members) in &mut by_class {
                if classes.contains(*class) {
                    members.insert(action);
                }
            }
        }
        Self {
            catalogue,
            by_class,
            selected: Mutex::default(),
        }
    }

    /// The catalogue.
    #[must_use]
    pub fn catalogue(&self) -> &'static dyn ActionCatalogue {
        self.catalogue
    }

    /// The catalogued actions within `actions`.
    #[must_use]
    pub fn select(&self, actions: &Strings) -> Arc<ActionBits> {
        let known = self.selected.lock().ok();
        if let Some(bits) = known.as_ref().and_then(|known| known.get(actions)) {
            return bits.clone();
        }
        drop(known);
        let bits = Arc::new(self.catalogue.select(actions));
        if let Ok(mut known) = self.selected.lock() {
            known.insert(actions.clone(), bits.clone());
        }
        bits
    }

    /// The catalogued actions of any class for which `wanted` holds.
    pub fn any_of(&self, wanted: impl Fn(ActionClass) -> bool) -> ActionBits {
        let mut bits = ActionBits::none(self.catalogue.len());
        for (_, members) in self.by_class.iter().filter(|(class, _)| wanted(*class)) {
            bits.unite(members);
        }
        bits
    }

    /// The classes of some actions.
    #[must_use]
    pub fn classes(&self, actions: &ActionBits) -> ActionClasses {
        self.by_class
            .iter()
            .filter(|(_, members)| members.meets(actions))
            .map(|(class, _)| *class)
            .collect()
    }
}
