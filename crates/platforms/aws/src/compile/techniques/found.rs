//! What rows find, each on whichever thread, and what they share.

use std::sync::{MutexGuard, PoisonError};

use super::*;

/// What one row finds.
#[derive(Default)]
pub(super) struct Found {
    pub opportunities: Vec<Opportunity>,
    /// Steps of these opportunities, whose labels go on from those of the snapshot as it was before any row.
    pub steps: Vec<Step>,
    pub gaps: BTreeMap<Atom, Gap>,
}

impl Found {
    /// Adds it to a snapshot that had `first` steps before any row.
    pub fn add_to(self, first: usize, snapshot: &mut Snapshot) {
        let own = |label: &&mut Label| label.0 as usize >= first;
        let shift = u32::try_from(snapshot.steps.len() - first).unwrap_or(u32::MAX);
        for mut opportunity in self.opportunities {
            if let Some(label) = opportunity.step.as_mut().filter(own) {
                label.0 += shift;
            }
            snapshot.opportunities.push(opportunity);
        }
        snapshot.steps.extend(self.steps);
        for gap in self.gaps.into_values() {
            snapshot.add_gap(gap);
        }
    }
}

/// What equals something that there is already shares its storage, whichever row finds it.
#[derive(Default)]
pub(super) struct Interned {
    /// What needs ask for, so that it is decided once.
    pub sets: Mutex<FxHashSet<PermissionSet>>,
    /// The names of targets, as resources of needs: each stands in many of them.
    pub names: Mutex<FxHashMap<Text, Strings>>,
}

/// No thread leaves it half written.
pub(super) fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
