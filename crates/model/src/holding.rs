//! What an identity holds, layer by layer, and what follows from who it is.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use leastwise_permset::{Context, Key, PermissionSet};

use crate::Text;

/// What a layer does to what the others give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// Its requests are let through, if no other layer objects.
    Grants,
    /// Only its requests can be let through.
    Bounds {
        /// Whether it also bounds what the resource's own side grants to this identity.
        others: bool,
    },
    /// Its requests are refused, whoever grants them.
    Denies,
}

/// One layer of what an identity holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// What it does.
    pub effect: Effect,
    /// What people call it: `identity policies`, `permissions boundary`, `role bindings`.
    pub title: Text,
    /// Its requests, labelled with the steps that say so.
    #[serde(skip)]
    pub set: PermissionSet,
}

/// Context keys whose values follow from the identity itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Keys with known values.
    #[serde(with = "crate::format::context")]
    pub known: Context,
    /// Keys known to be absent from its requests.
    #[serde(with = "crate::format::keys")]
    pub absent: BTreeSet<Key>,
}

/// All that one identity holds on its platform.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// The layers; the order is the order of explanations.
    pub layers: Vec<Layer>,
    /// What follows from who it is.
    pub facts: Facts,
}

impl Holding {
    /// What it can do when only its own side speaks: all that is granted, within every bound, less every denial.
    /// Costs a few pointers; to be kept by whoever asks often.
    #[must_use]
    pub fn effective(&self) -> PermissionSet {
        let granted = PermissionSet::union_of(self.sets(|effect| effect == Effect::Grants));
        self.within(Some(granted), |_| true)
    }

    /// The most that a grant made on the resource's side can give it: everything, within the bounds that bind
    /// such grants, less every denial.
    #[must_use]
    pub fn ceiling(&self) -> PermissionSet {
        self.within(None, |others| others)
    }

    fn within(&self, granted: Option<PermissionSet>, binding: impl Fn(bool) -> bool) -> PermissionSet {
        let bounds = self.sets(|effect| matches!(effect, Effect::Bounds { others } if binding(others)));
        let allowed = PermissionSet::intersection_of(granted.into_iter().chain(bounds));
        allowed.difference(&PermissionSet::union_of(
            self.sets(|effect| effect == Effect::Denies),
        ))
    }

    fn sets(&self, wanted: impl Fn(Effect) -> bool) -> impl Iterator<Item = PermissionSet> {
        self.layers
            .iter()
            .filter(move |layer| wanted(layer.effect))
            .map(|layer| layer.set.clone())
    }
}
