//! Rows that are tried once for each account in which who administers IAM Identity Center can make a role of its own
//! choosing, and what is said where nobody told who that is.

use leastwise_model::Assumption;

use super::permission_sets::directory;
use super::*;
use crate::compile::accounts::of_account;
use crate::compile::administration::Administers;

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
                for requirement in &row.requires {
                    if let Requirement::Unseen(unseen) = requirement {
                        let name = unseen.what.replace("{account}", account);
                        doubts.push(self.atom(&name, unseen.settle));
                    }
                }
                let subject = Subject {
                    account,
                    partition: &home.partition,
                    doubts,
                    words: vec![directory(home, administrator)],
                    ..Subject::default()
                };
                let needs = self.needs(row, &subject);
                let (targets, gain) = match row.gain {
                    GainWord::Become => (Targets::These(self.taken_over(account)), Gain::Become),
                    _ => (
                        Targets::Actor,
                        Gain::Grant(self.all_of(account, administrator.account)),
                    ),
                };
                if matches!(&targets, Targets::These(these) if these.is_empty()) {
                    continue;
                }
                self.snapshot.opportunities.push(Opportunity {
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

    /// What policies can give an identity of an account, as far as it is about resources of just that account where who
    /// gains it lives elsewhere.
    fn all_of(&self, account: &Text, actor: &Text) -> PermissionSet {
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

    /// Names on answers that nobody told who administers, where somebody could use that.
    pub(super) fn name_untold_administration(&mut self) {
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
            for index in home.everyone.iter() {
                if let Some(identity) = self.snapshot.identities.get_mut(index.0 as usize) {
                    identity.assumptions.push(untold.clone());
                }
            }
        }
    }

    fn untold(&self) -> Assumption {
        let (layer, settle) = match self.center.administration.management() {
            None => (
                "administration of the organization and of IAM Identity Center",
                "aws organizations describe-organization",
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
