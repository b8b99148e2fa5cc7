//! Rows by which rights in an organization are handed on to a member: by the resource policy of the organization, or by making
//! the member administrator of a service.
//!
//! Identities of the member gain by that what their own policies allow, if anything; how far these go is not looked at, so that all
//! of it is a gap. Sources: AWS Organizations User Guide, "Delegated administrator for AWS Organizations", "Delegated administrator
//! for AWS services that work with Organizations".

use super::permission_sets::Administrator;
use super::worth::listed;
use super::*;
use crate::compile::accounts::of_account;

impl Ways<'_> {
    /// One opportunity for those identities of a member whose policies may let them use what is handed on.
    pub(super) fn handed(
        &mut self,
        row: &Row,
        account: &Text,
        technique: TechniqueIndex,
        needs: Vec<Need>,
        administrator: &Administrator<'_>,
    ) {
        let (management, accounts) = (administrator.account, self.accounts);
        let Some(home) = accounts.get(account).filter(|_| account != management) else {
            return;
        };
        let asked: Vec<_> = row.handed().map(able::one).collect();
        let uses = |index: &IdentityIndex| {
            let able = self.able(*index);
            able.is_some_and(|able| match row.gain {
                GainWord::Hands(_) => asked.iter().any(|action| able.may_hold(action)),
                _ => asked.iter().all(|action| able.may_hold(action)),
            })
        };
        let targets: Arc<[IdentityIndex]> = home.identities.iter().copied().filter(uses).collect();
        let gain = match row.gain {
            GainWord::Hands(actions) => {
                let theirs = Strings::any_of([of_account(management), Pattern::literal("*")]);
                Region::new(listed(actions), theirs).into()
            }
            _ => self.of_members(management),
        };
        let bearers = administrator.bearers.clone();
        self.push(technique, needs, bearers, targets, Gain::Grant(gain), None);
    }

    /// What policies can give in the members of the organization, on their own resources.
    fn of_members(&mut self, management: &Text) -> PermissionSet {
        if let Some(known) = &self.members {
            return known.clone();
        }
        let members = self.accounts.keys().filter(|account| {
            let administration = self.center.administration;
            *account != management && administration.has(account)
        });
        let all = PermissionSet::union_of(members.map(|account| self.all_of(account, management)));
        self.members = Some(all.clone());
        all
    }
}
