//! Actions found by name and by pattern, in the order of names.

use std::ops::Range;

use super::glob::{self, Glob};
use super::{ActionId, ActionSet, Catalogue};

impl Catalogue {
    /// The action with this `service:Action` name, in whatever case.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<ActionId> {
        let at = self.first_not_below(name.as_bytes());
        let id = ActionId::from_index(at)?;
        (at < self.len() && self.name(id).eq_ignore_ascii_case(name)).then_some(id)
    }

    /// The actions that a policy's action pattern means: case-insensitive, `*` any text, `?` any one character.
    #[must_use]
    pub fn matching(&self, pattern: &str) -> ActionSet {
        let glob = Glob::new(pattern);
        let mut set = ActionSet::new();
        let range = self.with_prefix(glob.prefix());
        if glob.is_prefix_only() {
            set.insert_range(range);
            return set;
        }
        for index in range {
            let Some(id) = ActionId::from_index(index) else {
                break;
            };
            if glob.matches(self.name(id).as_bytes()) {
                set.insert(id);
            }
        }
        set
    }

    /// The position of the first action whose name is not below `name`, both lower-cased.
    fn first_not_below(&self, name: &[u8]) -> usize {
        self.partition(|candidate| glob::compare(candidate, name).is_lt())
    }

    /// The actions whose lower-cased name starts with `prefix`, which is lower-cased.
    fn with_prefix(&self, prefix: &[u8]) -> Range<usize> {
        let from = self.first_not_below(prefix);
        let to = self.partition(|candidate| {
            glob::compare(candidate, prefix).is_lt() || glob::starts_with(candidate, prefix)
        });
        from..to
    }

    /// Binary search: the number of actions for which `before` holds; it must hold for a first part of them only.
    fn partition(&self, before: impl Fn(&[u8]) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let Some(id) = ActionId::from_index(middle) else {
                break;
            };
            if before(self.name(id).as_bytes()) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}
