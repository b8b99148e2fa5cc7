//! What managed policies of an account say that may be attached to a permission set.
//!
//! A permission set names such a policy by its path and name; in each account it is the one that stands there. Source: IAM
//! Identity Center API Reference, "AttachCustomerManagedPolicyReferenceToPermissionSet".
//!
//! **Growth of cost.** Linear in the policies of an account, once for the account, and once for each role of a permission set
//! where what they say depends on who holds them.

use super::*;

/// By account, what its managed policies say; `None` where that depends on who holds them.
pub(super) type Attached = FxHashMap<Text, Option<PermissionSet>>;

impl Ways<'_> {
    /// What one or another managed policy of its account would give an identity; `None` where there is none.
    pub(super) fn attached(
        &mut self,
        person: &Person,
        policies: &Policies,
        known: &mut Attached,
    ) -> Option<PermissionSet> {
        let own = policies.described.keys().filter(|arn| {
            let account = account_of(arn).filter(|_| !is_provided(arn));
            account.is_some_and(|account| account == &*person.account)
        });
        let units: Vec<UnitIndex> = own.filter_map(|arn| policies.managed.get(arn).copied()).collect();
        if units.is_empty() {
            return None;
        }
        let shared = match known.get(&person.account) {
            Some(shared) => shared.clone(),
            None => {
                let alike = units.iter().all(|unit| self.units.is_shared(*unit));
                let said = alike.then(|| self.said_by_one(&units, person));
                known.insert(person.account.clone(), said.clone());
                said
            }
        };
        let said = shared.unwrap_or_else(|| self.said_by_one(&units, person));
        Some(said.intersection(&self.worth(person, &Without::default())))
    }

    /// What one of some documents allows an identity and does not itself refuse.
    fn said_by_one(&mut self, units: &[UnitIndex], person: &Person) -> PermissionSet {
        let identity = self.snapshot.identity(person.index);
        let facts: Facts = identity
            .map(|identity| identity.holding.facts.clone())
            .unwrap_or_default();
        let caller = Caller::Identity(&facts, None);
        let each = units.iter().map(|unit| {
            let sets = self.sets(*unit, caller);
            sets.allows.difference(&sets.denies)
        });
        PermissionSet::union_of(each.collect::<Vec<_>>())
    }
}
