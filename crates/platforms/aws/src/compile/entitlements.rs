//! Policies as units of what was granted, with who holds them.

use std::sync::Arc;

use leastwise_model::{Entitlement, IdentityIndex, Snapshot, Text};
use rustc_hash::FxHashMap;

use super::accounts::Accounts;
use super::holdings::Policies;
use super::people::Person;
use super::units::{UnitIndex, Units};
use super::{is_provided, location};
use crate::lower::account_of;

/// Who holds each document, sorted.
pub fn holders(people: &[Person]) -> FxHashMap<UnitIndex, Vec<IdentityIndex>> {
    let mut holders: FxHashMap<UnitIndex, Vec<IdentityIndex>> = FxHashMap::default();
    for person in people.iter().filter(|person| person.session.is_none()) {
        for held in &person.held {
            let list = holders.entry(held.unit).or_default();
            if list.last() != Some(&person.index) {
                list.push(person.index);
            }
        }
    }
    holders
}

/// Adds managed policies, then inline ones.
pub fn add(
    policies: &Policies,
    people: &[Person],
    units: &Units,
    accounts: &Accounts,
    snapshot: &mut Snapshot,
) {
    let mut holders = holders(people);
    let managed: Text = "managed policy".into();
    let inline: Text = "inline policy".into();
    let first = accounts.values().next();
    for (arn, policy) in &policies.described {
        let Some(unit) = policies.managed.get(arn) else {
            continue;
        };
        let home = account_of(arn).and_then(|id| accounts.get(id)).or(first);
        let Some(home) = home else { continue };
        snapshot.entitlements.push(Entitlement {
            kind: managed.clone(),
            name: arn.clone(),
            instance: home.instance,
            statements: units.said(*unit).collect(),
            holders: holders.remove(unit).unwrap_or_default().into(),
            provided: is_provided(arn),
            location: Some(location(policy.spot.file, &policy.spot.place)),
        });
    }
    for policy in &policies.inline {
        let Some(home) = accounts.get(&policy.account) else {
            continue;
        };
        let held: Arc<[IdentityIndex]> = holders.remove(&policy.unit).unwrap_or_default().into();
        snapshot.entitlements.push(Entitlement {
            kind: inline.clone(),
            name: policy.name.clone(),
            instance: home.instance,
            statements: units.said(policy.unit).collect(),
            holders: held,
            provided: false,
            location: Some(policy.location.clone()),
        });
    }
}
