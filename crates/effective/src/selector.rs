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
    selected: Mutex<Selected>,
}

/// What was selected by which strings.
#[derive(Default)]
struct Selected {
    by_strings: FxHashMap<Strings, Arc<ActionBits>>,
    /// By where the strings stand, which is quicker; they are kept so that nothing else comes to stand there.
    by_place: FxHashMap<(usize, bool), (Strings, Arc<ActionBits>)>,
}

impl Selector {
    pub(crate) fn new(catalogue: &'static dyn ActionCatalogue) -> Self {
        let mut by_class: Vec<(ActionClass, ActionBits)> = ActionClass::all()
            .map(|class| (class, ActionBits::none()))
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
        let place = (actions.address(), actions.is_complement());
        // What another thread spoiled is only slower.
        let Ok(mut selected) = self.selected.lock() else {
            return Arc::new(self.catalogue.select(actions));
        };
        if let Some((_, bits)) = selected.by_place.get(&place) {
            return bits.clone();
        }
        let bits = match selected.by_strings.get(actions) {
            Some(bits) => bits.clone(),
            None => {
                let bits = Arc::new(self.catalogue.select(actions));
                selected.by_strings.insert(actions.clone(), bits.clone());
                bits
            }
        };
        selected.by_place.insert(place, (actions.clone(), bits.clone()));
        bits
    }

    /// The catalogued actions of any class for which `wanted` holds.
    pub fn any_of(&self, wanted: impl Fn(ActionClass) -> bool) -> ActionBits {
        let mut bits = ActionBits::none();
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
