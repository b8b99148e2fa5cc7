//! How bad it is that somebody gains something: the same table as for findings.

use leastwise_effective::{Goal, Steps, World};
use leastwise_model::{ActionClasses, IdentityIndex, InstanceIndex, Settings};
use leastwise_permset::{Label, Meeting, PermissionSet};
use std::collections::BTreeMap;

use crate::estate::Estate;
use crate::severity::{Reached, Severity, Trigger};

/// Weighs what identities of one estate gain.
pub struct Scales<'w> {
    estate: Estate<'w>,
    /// For each crown jewel, the requests that count as reaching it, by instance.
    jewels: Vec<BTreeMap<InstanceIndex, PermissionSet>>,
}

impl<'w> Scales<'w> {
    /// For an estate and what its owners say about it. Linear in crown jewels.
    #[must_use]
    pub fn new(world: &'w World, settings: &'w Settings) -> Self {
        let jewels = settings.crown_jewels.iter().filter_map(|jewel| {
            let Goal::Requests(requests) = Goal::jewel(world, jewel) else {
                return None;
            };
            Some(requests)
        });
        Self {
            estate: Estate::new(world, settings, None),
            jewels: jewels.collect(),
        }
    }

    /// How bad it is that an identity gains requests of these classes; `controls` tells whether it comes to control its
    /// whole instance by them.
    #[must_use]
    pub fn gain(
        &self,
        index: IdentityIndex,
        classes: ActionClasses,
        requests: &PermissionSet,
        controls: bool,
    ) -> Severity {
        let mut reached = Reached::by(classes);
        if self.reaches_jewel(index, requests) {
            reached = reached.max(Reached::CrownJewel);
        }
        if controls {
            reached = Reached::Administration;
        }
        Severity::of(reached, self.estate.trigger(index))
    }

    /// How bad it is that one identity can become another.
    #[must_use]
    pub fn becoming(&self, from: IdentityIndex, to: IdentityIndex) -> Severity {
        let world = self.estate.world;
        let powers = world.administrators(Steps::Certain);
        let mut reached = Reached::by(self.estate.rights(to).classes);
        if self.reaches_jewel(to, &world.effective(to)) {
            reached = reached.max(Reached::CrownJewel);
        }
        if powers.holds(to) || powers.coming(to).is_some() {
            reached = Reached::Administration;
        }
        Severity::of(reached, self.estate.trigger(from))
    }

    /// How bad it is that whoever is given something gains requests of these classes, where nobody is known to hold it.
    #[must_use]
    pub fn unheld(classes: ActionClasses) -> Severity {
        Severity::of(Reached::by(classes), Trigger::Itself)
    }

    /// Whether one of these statements, on the way to a request, is one by which the platform's owner attaches something,
    /// and none of them was put there by anybody else: a gift to everybody.
    #[must_use]
    pub fn is_gift(&self, steps: &[Label]) -> bool {
        let provided = |label: &Label| self.estate.step(*label).is_some_and(|step| step.provided);
        let attaches = |label: &Label| self.estate.entitlement_of(*label).is_none();
        steps.iter().all(provided) && steps.iter().any(attaches)
    }

    /// Whether some request of these reaches a crown jewel, as far as is known.
    fn reaches_jewel(&self, index: IdentityIndex, requests: &PermissionSet) -> bool {
        let Some(home) = self.estate.identity(index).map(|identity| identity.instance) else {
            return false;
        };
        let jewels = self.jewels.iter().filter_map(|jewel| jewel.get(&home));
        let limits = self.estate.world.limits();
        jewels
            .map(|jewel| requests.meets(jewel, limits))
            .any(|meeting| !matches!(meeting, Meeting::Never))
    }
}
