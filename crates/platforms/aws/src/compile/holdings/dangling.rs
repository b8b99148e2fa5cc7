//! Attachments of policies that the export does not have.

use std::collections::BTreeMap;

use leastwise_model::{Dangling, DanglingKind, IdentityIndex, Snapshot, Text};
use leastwise_permset::Label;
use rustc_hash::FxHashMap;

use super::Policies;
use crate::compile::accounts::Accounts;
use crate::compile::is_provided;
use crate::compile::people::Person;
use crate::compile::units::UnitIndex;

impl Policies {
    /// Attachments of policies that are not there.
    pub fn dangling(&self, people: &[Person], accounts: &Accounts, snapshot: &mut Snapshot) {
        let mut holders: FxHashMap<UnitIndex, Vec<(IdentityIndex, Label)>> = FxHashMap::default();
        let missing: BTreeMap<UnitIndex, &Text> = self
            .missing
            .iter()
            .filter_map(|arn| Some((*self.managed.get(arn)?, arn)))
            .collect();
        if missing.is_empty() {
            return;
        }
        for person in people.iter().filter(|person| person.session.is_none()) {
            for held in person.held.iter().filter(|held| missing.contains_key(&held.unit)) {
                if let Some(label) = held.steps[1] {
                    holders.entry(held.unit).or_default().push((person.index, label));
                }
            }
        }
        for (unit, arn) in missing {
            let holders = holders.remove(&unit).unwrap_or_default();
            let Some((first, step)) = holders.first().copied() else {
                continue;
            };
            let account = people
                .iter()
                .find(|person| person.index == first)
                .map(|person| &person.account);
            let Some(account) = account.and_then(|account| accounts.get(account)) else {
                continue;
            };
            let mut subjects: Vec<IdentityIndex> = holders.into_iter().map(|(index, _)| index).collect();
            subjects.dedup();
            snapshot.dangling.push(Dangling {
                kind: DanglingKind::Entitlement,
                instance: account.instance,
                missing: arn.clone(),
                subjects,
                gives: None,
                armed_by: (!is_provided(arn)).then(|| ("iam:CreatePolicy".into(), arn.clone())),
                step,
                // AWS does not delete a policy that is attached: the export is what lacks it.
                complete: false,
            });
        }
    }
}
