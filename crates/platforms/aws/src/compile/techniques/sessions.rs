//! Sessions of roles that are widened: what a role comes to hold its sessions hold at once, within their policies.
//!
//! Source: IAM User Guide, "Session policies": they limit what the policies of the role grant, as these stand.

use leastwise_model::{Gain, IdentityIndex, Opportunity, Snapshot, Targets};
use leastwise_permset::PermissionSet;

use super::Person;
use crate::compile::holdings::{SESSION_DENIES, SESSION_POLICY, alone};

/// Adds to some opportunities what those that grant something to a role grant to its sessions. Nothing where there are no
/// sessions, else linear in these opportunities for each.
pub(super) fn widened(people: &[Person], snapshot: &Snapshot, opportunities: &mut Vec<Opportunity>) {
    for person in people {
        let Some(role) = person.session else { continue };
        let layers = snapshot
            .identity(person.index)
            .map(|identity| identity.holding.layers.clone());
        let layers = layers.unwrap_or_default();
        let titled = |title: &str| {
            let mut found = layers.iter().filter(|layer| *layer.title == *title);
            found.next().map(|layer| layer.set.clone())
        };
        let (bound, denies) = (titled(SESSION_POLICY), titled(SESSION_DENIES));
        let added = opportunities.iter().filter_map(|way| {
            let gain = granted(way, role)?;
            let gain = PermissionSet::intersection_of([gain].into_iter().chain(bound.clone()));
            let gain = gain.difference(&PermissionSet::union_of(denies.clone()));
            Some(Opportunity {
                targets: Targets::These(alone(person.index)),
                gain: Gain::Grant(gain),
                ..way.clone()
            })
        });
        let added: Vec<Opportunity> = added.collect();
        opportunities.extend(added);
    }
}

/// What an opportunity grants to a role.
fn granted(way: &Opportunity, role: IdentityIndex) -> Option<PermissionSet> {
    match (&way.targets, &way.gain) {
        (Targets::These(targets), Gain::Grant(set)) if targets.contains(&role) => Some(set.clone()),
        _ => None,
    }
}
