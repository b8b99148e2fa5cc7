//! What documents come to: what is let through, and what is refused.

use leastwise_permset::{Label, PermissionSet};

/// What a document lets through and what it refuses.
#[derive(Clone, Debug)]
pub struct Sets {
    /// Its allows.
    pub allows: PermissionSet,
    /// Its denies.
    pub denies: PermissionSet,
}

impl Sets {
    /// Nothing.
    pub fn none() -> Self {
        Self {
            allows: PermissionSet::empty(),
            denies: PermissionSet::empty(),
        }
    }

    /// Under a name.
    pub fn labelled(&self, label: Label) -> Self {
        let under = |set: &PermissionSet| {
            if set.is_plainly_empty() {
                set.clone()
            } else {
                set.labelled(label)
            }
        };
        Self {
            allows: under(&self.allows),
            denies: under(&self.denies),
        }
    }

    /// All of them together.
    pub fn together(sets: impl IntoIterator<Item = Self>) -> Self {
        let (allows, denies): (Vec<_>, Vec<_>) =
            sets.into_iter().map(|sets| (sets.allows, sets.denies)).unzip();
        Self {
            allows: PermissionSet::union_of(allows),
            denies: PermissionSet::union_of(denies),
        }
    }
}
