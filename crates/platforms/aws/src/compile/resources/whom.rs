//! Whom a statement of a resource's policy names, and so to whom what it says belongs.

use leastwise_model::{IdentityIndex, Side, Text};
use leastwise_permset::{Condition as Ask, Guard, Key, Literal, PermissionSet, Region, Strings, Test};

use super::owner_only::owner_only;
use super::read::Reader;
use super::refusals::Whom;
use crate::lower::{account_of, is_account, principal_demands, refused_unless_listed, session};
use crate::policy::{Principal, Principals};
use crate::resources::{is_key, service};

impl Reader<'_> {
    /// Grants to everybody: here whatever their policies say, elsewhere if these allow it.
    pub(super) fn everybody(&mut self, set: &PermissionSet) {
        self.spoken.refusals.grants(self.arn, Whom::Everybody);
        let owners: Vec<Text> = match self.owner {
            // It may be any account's.
            "" => self.around.accounts.keys().cloned().collect(),
            owner => vec![owner.into()],
        };
        for owner in owners {
            self.spoken.open.entry(owner).or_default().push(set.clone());
        }
        if let Some(set) = self.to_others(set) {
            self.spoken.anyone.push(set);
        }
    }

    /// The same, strangers among them.
    pub(super) fn whoever(&mut self, set: &PermissionSet) {
        self.everybody(set);
        if let Some(set) = self.to_others(set) {
            self.spoken.strangers.push(set);
        }
    }

    /// Keeps a refusal.
    pub(super) fn refuse(&mut self, whom: Whom, set: PermissionSet) {
        self.spoken.refusals.own(self.arn, self.owner, &self.services);
        self.spoken.refusals.refuse(self.arn, whom, set);
    }

    /// Leaves requests on a key to the policies of the owner's identities.
    pub(super) fn delegate(&mut self, set: &PermissionSet) {
        if is_key(self.arn) {
            let owner: Text = self.owner.into();
            self.spoken.delegated.entry(owner).or_default().push(set.clone());
        }
    }

    /// What of a grant holds for other accounts.
    fn to_others(&self, set: &PermissionSet) -> Option<PermissionSet> {
        let doubts = self.others.as_ref()?;
        let set = match owner_only(service(self.arn)) {
            Some(refused) => set.difference(refused),
            None => set.clone(),
        };
        if doubts.is_empty() {
            return Some(set);
        }
        let region = Region::everything().when(Guard::all_of(doubts.iter().cloned()));
        Some(set.intersection(&region.into()))
    }

    pub(super) fn allow(&mut self, set: &PermissionSet, principals: &Principals) {
        if principals.except {
            let set = among(set, &principal_demands(principals));
            return self.whoever(&set);
        }
        for principal in &principals.list {
            match principal {
                Principal::Anyone => {
                    self.whoever(set);
                    self.delegate(set);
                }
                Principal::Aws(text) if is_account(text) => {
                    let account = account_of(text).unwrap_or_default();
                    if account == self.owner {
                        self.delegate(set);
                    } else if let Some(set) = self.to_others(set) {
                        let whom = Whom::Account(account.into());
                        self.spoken.refusals.grants(self.arn, whom);
                        let known = self.spoken.accounts.entry(account.into()).or_default();
                        known.push(set);
                    }
                }
                Principal::Aws(text) => self.named(text, set),
                Principal::Canonical(id) => {
                    let name = format!("which account the canonical user {id} is was not exported");
                    let atom = self.gap(&name, "aws s3api list-buckets, as that account", Side::Adds);
                    let set = among(set, &[vec![atom]]);
                    if let Some(set) = self.to_others(&set) {
                        self.spoken.refusals.grants(self.arn, Whom::Everybody);
                        self.spoken.anyone.push(set);
                    }
                }
                Principal::Federated(name) => {
                    let name = format!("whose sessions come from {name} follows from no export");
                    let atom = self.gap(&name, self.settle, Side::Adds);
                    let set = among(set, &[vec![atom]]);
                    self.everybody(&set);
                }
                Principal::Service(_) => {}
            }
        }
    }

    /// The identity that a principal names, if the estate has it.
    fn identity(&self, text: &str) -> Option<IdentityIndex> {
        match (session(text), account_of(text)) {
            (Some((role, _)), Some(account)) => {
                self.around.roles.get(&(account.into(), role.into())).copied()
            }
            _ => self.around.identities.get(text).copied(),
        }
    }

    /// Grants to an identity of whatever account, whatever its own policies say.
    pub(super) fn by_name(&mut self, text: &str, set: PermissionSet) {
        if let Some(index) = self.identity(text) {
            self.spoken.refusals.grants(self.arn, Whom::Identity(index));
            self.spoken.here.entry(index).or_default().push(set);
        }
    }

    fn named(&mut self, text: &str, set: &PermissionSet) {
        let Some(index) = self.identity(text) else {
            if text.contains(":federated-user/") {
                self.federated_user(text, set);
            }
            return;
        };
        let here = account_of(text) == Some(self.owner);
        self.spoken.refusals.grants(self.arn, Whom::Identity(index));
        let one = Principals {
            except: false,
            list: [Principal::Aws(text.into())].into(),
        };
        let single = session(text).is_some();
        let set = if single {
            among(set, &principal_demands(&one))
        } else {
            set.clone()
        };
        if here {
            let known = if single {
                &mut self.spoken.sessions
            } else {
                &mut self.spoken.here
            };
            known.entry(index).or_default().push(set);
        } else if let Some(set) = self.to_others(&set) {
            self.spoken.elsewhere.entry(index).or_default().push(set);
        }
    }

    /// Grants to a session of `sts:GetFederationToken`, which a user of the account may have taken.
    fn federated_user(&mut self, text: &str, set: &PermissionSet) {
        let name = format!("who acts as {text} follows from no export");
        let atom = self.gap(&name, self.settle, Side::Adds);
        let account = account_of(text).unwrap_or_default();
        let is =
            |key: &str, value: &str| Ask::Some(Key::single(key), Test::Text(Strings::literal(value))).holds();
        let users = [
            is("aws:PrincipalAccount", account),
            is("aws:PrincipalType", "User"),
        ];
        let set = among(set, &[[&[atom], &users[..]].concat()]);
        if account == self.owner {
            self.everybody(&set);
        } else if let Some(set) = self.to_others(&set) {
            self.spoken
                .refusals
                .grants(self.arn, Whom::Account(account.into()));
            self.spoken.accounts.entry(account.into()).or_default().push(set);
        }
    }

    pub(super) fn deny(&mut self, set: &PermissionSet, principals: &Principals) {
        if principals.except {
            let who = refused_unless_listed(&principals.list, self.around.bounded);
            self.refuse(Whom::Everybody, among(set, &who));
            return;
        }
        for principal in &principals.list {
            match principal {
                Principal::Anyone => self.refuse(Whom::Everybody, set.clone()),
                Principal::Aws(text) if is_account(text) => {
                    let account: Text = account_of(text).unwrap_or_default().into();
                    self.refuse(Whom::Account(account), set.clone());
                }
                Principal::Aws(text) => {
                    if let Some(index) = self.identity(text) {
                        let one = Principals {
                            except: false,
                            list: [principal.clone()].into(),
                        };
                        let set = if session(text).is_some() {
                            among(set, &principal_demands(&one))
                        } else {
                            set.clone()
                        };
                        self.refuse(Whom::Identity(index), set);
                    }
                }
                Principal::Canonical(name) | Principal::Federated(name) => {
                    let name = format!("whether {name} stands for whoever asks follows from no export");
                    let atom = self.gap(&name, self.settle, Side::Removes);
                    let set = among(set, &[vec![atom]]);
                    self.refuse(Whom::Everybody, set);
                }
                Principal::Service(_) => {}
            }
        }
    }
}

/// The requests of a set by callers for whom one of these alternatives holds.
pub(super) fn among(set: &PermissionSet, who: &[Vec<Literal>]) -> PermissionSet {
    let guards = who.iter().map(|demands| {
        let region = Region::everything().when(Guard::all_of(demands.iter().cloned()));
        PermissionSet::from(region)
    });
    set.intersection(&PermissionSet::union_of(guards))
}
