//! Rows that are tried once for each account in which who administers IAM Identity Center can make a role of its own
//! choosing, and what is said where nobody told who that is.

use leastwise_model::Assumption;

use super::permission_sets::{Administrator, directory};
use super::worth::listed;
use super::*;
use crate::compile::accounts::of_account;
use crate::compile::administration::Administers;
use crate::compile::holdings::CONTROLS;

impl Ways<'_> {
    /// One opportunity for each account in which a role can be made from a permission set.
    pub(super) fn members(&mut self, row: &Row, technique: TechniqueIndex) {
        let administrators = self.administrators_of(row);
        if administrators.is_empty() {
            return;
        }
        let accounts = self.accounts;
        for (account, home) in accounts {
            for administrator in &administrators {
                let Some(mut doubts) = self.reaches(administrator, account, None) else {
                    continue;
                };
                doubts.extend(self.unseen(row, account));
                let subject = Subject {
                    account,
                    partition: &home.partition,
                    doubts,
                    words: vec![
                        directory(home, administrator),
                        ("{management}", administrator.account.clone()),
                    ],
                    ..Subject::default()
                };
                let needs = self.needs(row, &subject);
                if row.handed().next().is_some() {
                    self.handed(row, account, technique, needs, administrator);
                    continue;
                }
                if row.gain == GainWord::Uncontrolled {
                    self.uncontrolled(account, technique, &needs, administrator);
                    continue;
                }
                let (targets, gain) = match row.gain {
                    GainWord::Become => (Targets::These(self.taken_over(account)), Gain::Become),
                    GainWord::Acts(actions) => {
                        let asked = PermissionSet::from(Region::new(listed(actions), Strings::any()));
                        let all = self.all_of(account, administrator.account);
                        (Targets::Actor, Gain::Grant(all.intersection(&asked)))
                    }
                    _ => (
                        Targets::Actor,
                        Gain::Grant(self.all_of(account, administrator.account)),
                    ),
                };
                if matches!(&targets, Targets::These(these) if these.is_empty()) {
                    continue;
                }
                self.found.opportunities.push(Opportunity {
                    technique,
                    needs,
                    bearers: administrator.bearers.clone(),
                    targets,
                    gain,
                    step: None,
                });
            }
        }
    }

    /// One opportunity for all identities of an account to whom policies of the organization refuse the same.
    fn uncontrolled(
        &mut self,
        account: &Text,
        technique: TechniqueIndex,
        needs: &[Need],
        administrator: &Administrator<'_>,
    ) {
        let mut alike: BTreeMap<Vec<usize>, (Vec<IdentityIndex>, PermissionSet)> = BTreeMap::new();
        let accounts = self.accounts;
        let everyone = accounts.get(account).map(|home| home.everyone.iter());
        for person in everyone
            .into_iter()
            .flatten()
            .filter_map(|index| self.person(*index))
        {
            let denies = person.restraint.denies.iter();
            let controls = denies.filter(|(unit, _)| *unit == CONTROLS).map(|(_, set)| set);
            let key: Vec<usize> = controls.clone().map(PermissionSet::address).collect();
            if key.is_empty() {
                continue;
            }
            let lifted = || PermissionSet::union_of(controls.cloned());
            let entry = alike.entry(key).or_insert_with(|| (Vec::new(), lifted()));
            entry.0.push(person.index);
        }
        if alike.is_empty() {
            return;
        }
        let name = format!(
            "what identities of account {account} may do once policies of its organization no longer refuse it was not looked at"
        );
        let doubt = self.atom(
            &name,
            "compare their policies with what the policies of the organization refuse",
        );
        let perhaps = PermissionSet::from(Region::everything().when(Guard::all_of([doubt])));
        // In the order of the first member: addresses differ from run to run.
        let mut groups: Vec<(Vec<IdentityIndex>, PermissionSet)> = alike.into_values().collect();
        groups.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (targets, lifted) in groups {
            self.push(
                technique,
                needs.to_vec(),
                administrator.bearers.clone(),
                targets.into(),
                Gain::Grant(lifted.intersection(&perhaps)),
                None,
            );
        }
    }

    /// What policies can give an identity of an account, as far as it is about resources of just that account where who
    /// gains it lives elsewhere.
    pub(super) fn all_of(&self, account: &Text, actor: &Text) -> PermissionSet {
        let most = self.reach.get(account).map(|reach| reach.most.clone());
        let most = most.unwrap_or_else(PermissionSet::empty);
        if account == actor {
            return most;
        }
        let buckets = self.center.buckets.get(account).into_iter().flatten().cloned();
        let own = Strings::any_of(buckets.chain([of_account(account)]));
        most.intersection(&Region::new(Strings::any(), own).into())
    }

    /// The roles of an account that somebody who holds all that policies can give there admits itself to.
    fn taken_over(&mut self, account: &Text) -> Arc<[IdentityIndex]> {
        if let Some(known) = self.taken_over.get(account) {
            return known.clone();
        }
        let update = Strings::one(Pattern::glob("iam:UpdateAssumeRolePolicy", Case::Folded));
        let most = self.reach.get(account).map(|reach| reach.most.clone());
        let roles = self.accounts.get(account).map(|home| home.identities.clone());
        let open = |index: &IdentityIndex| {
            let (Some(person), Some(most)) = (self.person(*index), &most) else {
                return false;
            };
            let asked = Region::new(update.clone(), Strings::literal(&person.arn));
            person.kind == IdentityKind::Role
                && person.editable
                && matches!(most.meets(&asked.into(), &Limits::default()), Meeting::Surely(_))
        };
        let roles = roles.iter().flat_map(|roles| roles.iter().copied());
        let found: Arc<[IdentityIndex]> = roles.filter(open).collect();
        self.taken_over.insert(account.clone(), found.clone());
        found
    }

    /// What names on answers that nobody told who administers, where somebody could use that.
    pub(super) fn untold_administration(&self) -> Vec<(IdentityIndex, Assumption)> {
        let mut found = Vec::new();
        let asked: Vec<_> = rows()
            .iter()
            .filter(|row| matches!(row.on, On::Set | On::Member))
            .map(able::asked)
            .collect();
        let accounts = self.accounts;
        for (account, home) in accounts {
            if self.center.administration.by(account) != Administers::Untold {
                continue;
            }
            let could = |index: &IdentityIndex| {
                let able = self.able(*index);
                able.is_some_and(|able| asked.iter().any(|asked| able.may_hold(asked)))
            };
            if !home.identities.iter().any(could) {
                continue;
            }
            let untold = self.untold();
            found.extend(home.everyone.iter().map(|index| (*index, untold.clone())));
        }
        found
    }

    fn untold(&self) -> Assumption {
        let (layer, settle) = match self.center.administration.management() {
            None => (
                "administration of the organization and of IAM Identity Center",
                "aws organizations describe-organization, list-accounts, and list-delegated-administrators --service-principal sso.amazonaws.com",
            ),
            Some(_) => (
                "delegated administration of IAM Identity Center",
                "aws organizations list-delegated-administrators --service-principal sso.amazonaws.com",
            ),
        };
        Assumption {
            layer: layer.into(),
            settle: settle.into(),
            side: Side::Adds,
        }
    }
}
