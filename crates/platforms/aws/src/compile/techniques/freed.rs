//! Rows that take the policy of a resource away: what it refused, and the identity's own policies allow, is open then.
//!
//! What the policy granted ends with it. Source: IAM User Guide, "Policy evaluation logic".

use leastwise_model::{ActionBits, Effect};

use super::writes::Documents;
use super::*;
use crate::compile::holdings::{IDENTITY_POLICIES, RESOURCES};

impl Ways<'_> {
    /// Whether a policy of a resource refuses something to some identity of an account.
    pub(super) fn refused_by_resources(&self, home: &Account) -> bool {
        let mut people = home.identities.iter().filter_map(|index| self.person(*index));
        people.any(is_refused)
    }

    /// What each identity of an account may free, where a policy of a resource refuses it something.
    pub(super) fn each_freed(
        &mut self,
        technique: TechniqueIndex,
        asked: &ActionBits,
        documents: &Documents<'_>,
        home: &Account,
        domain: &Strings,
    ) {
        for index in home.identities.iter() {
            let able = self.able(*index).is_some_and(|able| able.may_hold(asked));
            if !able || !self.person(*index).is_some_and(is_refused) {
                continue;
            }
            let Some(identity) = self.snapshot.identity(*index) else {
                continue;
            };
            let held = identity.holding.effective();
            let layers = identity.holding.layers.iter();
            let own = layers.filter_map(|layer| match layer.effect {
                Effect::Grants if &*layer.title == IDENTITY_POLICIES => Some(layer.set.clone()),
                _ => None,
            });
            let own = PermissionSet::union_of(own);
            let bounds = identity.holding.layers.iter();
            let bounds = bounds.filter(|layer| matches!(layer.effect, Effect::Bounds { .. }));
            let bounds: Vec<PermissionSet> = bounds.map(|layer| layer.set.clone()).collect();
            for slice in self.writable(&held, documents.need) {
                let Some(mut opening) = self.opening(documents, domain, *index, &slice) else {
                    continue;
                };
                let within = bounds.iter().chain([&own, &opening.gain]).cloned();
                opening.gain = PermissionSet::intersection_of(within);
                if opening.is_new_to(&held) {
                    self.found.opportunities.push(Opportunity {
                        technique,
                        needs: vec![opening.need],
                        bearers: alone(*index),
                        targets: Targets::Actor,
                        gain: Gain::Grant(opening.gain),
                        step: None,
                    });
                }
            }
        }
    }
}

fn is_refused(person: &Person) -> bool {
    let mut denies = person.restraint.denies.iter();
    denies.any(|(unit, _)| *unit == RESOURCES)
}
