//! What differs between two sets, or between two worlds.

use leastwise_model::{IdentityIndex, Text};
use leastwise_permset::{Inclusion, PermissionSet, Relation, Taste, Witness};

use crate::taste::Catalogued;
use crate::world::World;

/// How a new set stands to an old one, with a request for each side that proves it.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The new set in relation to the old.
    pub relation: Relation,
    /// A request that only the new set lets through.
    pub added: Option<Witness>,
    /// A request that only the old set lets through.
    pub removed: Option<Witness>,
    /// Gaps on which it depends, and limits that were hit, readable.
    pub because: Vec<Text>,
}

/// What became of one identity.
#[derive(Clone, Debug)]
pub enum Change {
    /// It is new.
    Appeared(IdentityIndex),
    /// It is gone; its index in the old world.
    Vanished(IdentityIndex),
    /// What it can do has changed, or cannot be told.
    Changed {
        /// In the old world.
        old: IdentityIndex,
        /// In the new world.
        new: IdentityIndex,
        /// How.
        comparison: Box<Comparison>,
    },
}

/// Compares two sets. Cost is that of two inclusions, and of two smallest witnesses where they differ.
#[must_use]
pub fn compare_sets(
    old: &PermissionSet,
    new: &PermissionSet,
    taste: &dyn Taste,
    limits: &leastwise_permset::Limits,
) -> Comparison {
    let mut because = Vec::new();
    let mut side = |less: &PermissionSet, more: &PermissionSet| match more.included_in(less, limits) {
        Inclusion::Holds => (Some(true), None),
        Inclusion::Fails(witness) => {
            let smallest = match more.difference(less).smallest_witness(taste, limits) {
                leastwise_permset::Emptiness::Inhabited(smallest) if smallest.atoms.is_empty() => smallest,
                _ => witness,
            };
            (Some(false), Some(smallest))
        }
        Inclusion::Depends(witness) => {
            because.extend(witness.atoms.iter().map(|atom| Text::from(atom.as_str())));
            (None, Some(witness))
        }
        Inclusion::Unknown(limit) => {
            because.push(Text::from(limit.to_string()));
            (None, None)
        }
    };
    let (nothing_added, added) = side(old, new);
    let (nothing_removed, removed) = side(new, old);
    because.sort();
    because.dedup();
    let relation = match (nothing_added, nothing_removed) {
        (Some(true), Some(true)) => Relation::Equal,
        (Some(true), Some(false)) => Relation::Narrower,
        (Some(false), Some(true)) => Relation::Wider,
        (Some(false), Some(false)) => Relation::Incomparable,
        _ => Relation::Unknown,
    };
    Comparison {
        relation,
        added,
        removed,
        because,
    }
}

impl World {
    /// What changed for each identity since `old`, by canonical id, in the order of ids. Identities whose
    /// permissions are equal are left out.
    pub fn changes_since(&self, old: &World) -> Vec<Change> {
        let mut changes: Vec<(Text, Change)> = Vec::new();
        for (index, identity) in self.snapshot().each_identity() {
            let Ok(before) = old.find(&identity.id) else {
                changes.push((identity.id.clone(), Change::Appeared(index)));
                continue;
            };
            let Some(platform) = self.platform_of(index) else {
                continue;
            };
            let taste = Catalogued(platform);
            let comparison = compare_sets(
                &old.effective(before),
                &self.effective(index),
                &taste,
                self.limits(),
            );
            if comparison.relation != Relation::Equal {
                let change = Change::Changed {
                    old: before,
                    new: index,
                    comparison: Box::new(comparison),
                };
                changes.push((identity.id.clone(), change));
            }
        }
        for (index, identity) in old.snapshot().each_identity() {
            if self.find(&identity.id).is_err() {
                changes.push((identity.id.clone(), Change::Vanished(index)));
            }
        }
        changes.sort_by(|a, b| a.0.cmp(&b.0));
        changes.into_iter().map(|(_, change)| change).collect()
    }
}
