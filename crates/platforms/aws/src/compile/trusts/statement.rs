//! One statement of a trust policy: whom it lets in, and under which conditions.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{Admits, IdentityIndex, NeedSide, Remark, Step, Text};
use leastwise_permset::{Context, Guard, Label, PermissionSet, Region, Strings};

use super::super::accounts::assume;
use super::super::location;
use super::{Reader, Way};
use crate::lower::{
    Demands, Lowering, account_of, actions, is_account, principal_demands, refused_unless_listed, session,
    without,
};
use crate::policy::{Effect, Principal, Statement};

pub(super) fn speaks_of(statement: &Statement, action: &str) -> bool {
    actions(&statement.actions).contains(action, &Context::new())
}

/// What a request must be allowed beside `sts:AssumeRole` to meet a statement's conditions: passing the tags, or setting
/// the source identity, that one of them asks for. Sources: IAM User Guide, "Pass session tags in AWS STS" and "Monitor
/// and control actions taken with assumed roles".
pub(super) fn asks_for(statement: &Statement) -> BTreeSet<&'static str> {
    let asked = statement
        .conditions
        .iter()
        .filter(|one| without(one) == Some(false));
    asked
        .filter_map(|condition| {
            let key = condition.key.to_ascii_lowercase();
            if key.starts_with("aws:requesttag/") || key == "aws:tagkeys" {
                Some("sts:TagSession")
            } else {
                (key == "sts:sourceidentity").then_some("sts:SetSourceIdentity")
            }
        })
        .collect()
}

impl Reader<'_> {
    pub(super) fn step(&mut self, statement: &Statement) -> Label {
        for doubt in &statement.doubts {
            self.snapshot.remarks.push(Remark {
                location: Some(location(self.role.file, &statement.place)),
                what: format!("a statement of {} is not clear: {doubt}", self.within.title).into(),
                hint: self.within.settle.into(),
                loses: true,
            });
        }
        let name = match &statement.sid {
            Some(sid) => format!("{}#{sid}", self.role.name).into(),
            None => self.role.name.clone(),
        };
        self.snapshot.add_step(Step {
            kind: "trust policy statement".into(),
            name,
            statement: statement.text.clone(),
            location: Some(location(self.role.file, &statement.place)),
            provided: self.role.provided,
        })
    }

    pub(super) fn demands(&mut self, statement: &Statement, effect: Effect) -> Vec<Demands> {
        let mut lowering = Lowering {
            keys: &mut *self.keys,
            gaps: &mut self.snapshot.gaps,
        };
        lowering.demands(statement, effect, self.within, self.role.arn)
    }

    /// Requests to take on this role for which one of `who` and one of `conditions` holds.
    fn requests(&self, who: &[Demands], conditions: &[Demands]) -> PermissionSet {
        PermissionSet::union_of(who.iter().flat_map(|who| {
            conditions.iter().map(|condition| {
                let guard = Guard::all_of(who.iter().chain(condition).cloned());
                Region::new(assume(), Strings::literal(self.role.arn))
                    .when(guard)
                    .into()
            })
        }))
    }

    pub(super) fn denied(&mut self, statement: &Statement) -> PermissionSet {
        if !speaks_of(statement, "sts:AssumeRole") {
            return PermissionSet::empty();
        }
        let conditions = self.demands(statement, Effect::Deny);
        let who = match &statement.principals {
            Some(principals) if principals.except => {
                self.service_denied = true;
                refused_unless_listed(&principals.list, self.around.bounded)
            }
            Some(principals) => {
                self.service_denied |= principals
                    .list
                    .iter()
                    .any(|principal| matches!(principal, Principal::Anyone | Principal::Service(_)));
                principal_demands(principals)
            }
            None => vec![Vec::new()],
        };
        self.requests(&who, &conditions)
    }

    /// What a statement admits; `whole` unless it asks for what the trust policy lets nobody pass.
    pub(super) fn allowed(&mut self, statement: &Statement, whole: bool, label: Label) {
        let assumes = whole && speaks_of(statement, "sts:AssumeRole");
        let federates = speaks_of(statement, "sts:AssumeRoleWithWebIdentity")
            || speaks_of(statement, "sts:AssumeRoleWithSAML");
        if !assumes && !federates {
            return;
        }
        let conditions = self.demands(statement, Effect::Allow);
        let readable: Vec<Text> = statement
            .conditions
            .iter()
            .map(|condition| condition.to_string().into())
            .collect();
        let (list, except) = match &statement.principals {
            Some(principals) => (&*principals.list, principals.except),
            None => (&[][..], false),
        };
        if assumes && (except || !statement.doubts.is_empty()) {
            let who = match &statement.principals {
                Some(principals) if statement.doubts.is_empty() => principal_demands(principals),
                _ => vec![Vec::new()],
            };
            self.everyone(&who, &conditions, label);
            self.trust(Admits::Anyone, &readable, label);
        }
        if except {
            return;
        }
        // Identities by account, so that one statement makes one way an account.
        let mut named: BTreeMap<Text, Vec<IdentityIndex>> = BTreeMap::new();
        let mut whole: BTreeSet<Text> = BTreeSet::new();
        for principal in list {
            match principal {
                Principal::Anyone => {
                    if assumes {
                        self.everyone(&[Vec::new()], &conditions, label);
                    }
                    self.trust(Admits::Anyone, &readable, label);
                }
                Principal::Aws(text) if is_account(text) => {
                    let account: Text = account_of(text).unwrap_or_default().into();
                    let known = self.around.accounts.contains_key(&account)
                        || self
                            .around
                            .settings
                            .accounts
                            .iter()
                            .any(|said| said.id == account)
                        || self
                            .around
                            .settings
                            .partners
                            .iter()
                            .any(|partner| partner.account == account);
                    self.trust(
                        Admits::Instance {
                            name: account.clone(),
                            known,
                        },
                        &readable,
                        label,
                    );
                    whole.insert(account);
                }
                Principal::Aws(text) => {
                    if let Some((account, index)) = self.identity(text, &readable, label) {
                        if !assumes {
                            continue;
                        }
                        if session(text).is_some() {
                            self.session(text, &account, index, &conditions, label);
                        } else {
                            named.entry(account).or_default().push(index);
                        }
                    }
                }
                Principal::Service(name) => self.service(name, statement, assumes, label, &readable),
                Principal::Federated(name) => self.federated(name, statement, &readable, label),
                Principal::Canonical(id) => {
                    self.trust(
                        Admits::Identity {
                            name: (&**id).into(),
                            exists: None,
                        },
                        &readable,
                        label,
                    );
                }
            }
        }
        if !assumes {
            return;
        }
        for account in whole {
            let set = self
                .requests(&[Vec::new()], &conditions)
                .difference(&self.denies)
                .labelled(label);
            if conditions.iter().any(Vec::is_empty) && self.denies.is_plainly_empty() {
                self.admitted
                    .whole
                    .entry(account.clone())
                    .or_default()
                    .push(self.role.arn.clone());
            } else {
                self.admitted
                    .accounts
                    .entry(account.clone())
                    .or_default()
                    .push(set.clone());
            }
            if let Some(bearers) = self
                .around
                .accounts
                .get(&account)
                .map(|account| account.identities.clone())
            {
                self.reading.ways.push(Way {
                    side: NeedSide::Holder,
                    bearers,
                    set,
                    label,
                });
            }
        }
        for (account, identities) in named {
            self.particular(&account, identities, &[Vec::new()], &conditions, label);
        }
    }

    /// These identities of one account, under further demands on who asks.
    fn particular(
        &mut self,
        account: &Text,
        mut identities: Vec<IdentityIndex>,
        who: &[Demands],
        conditions: &[Demands],
        label: Label,
    ) {
        identities.sort_unstable();
        identities.dedup();
        let set = self
            .requests(who, conditions)
            .difference(&self.denies)
            .labelled(label);
        let (side, admitted) = if account == self.role.account {
            (NeedSide::NotRefused, &mut self.admitted.here)
        } else {
            (NeedSide::Holder, &mut self.admitted.elsewhere)
        };
        for identity in &identities {
            admitted.entry(*identity).or_default().push(set.clone());
        }
        self.reading.ways.push(Way {
            side,
            bearers: identities.into(),
            set,
            label,
        });
    }

    fn session(
        &mut self,
        text: &str,
        account: &Text,
        role: IdentityIndex,
        conditions: &[Demands],
        label: Label,
    ) {
        let principals = crate::policy::Principals {
            except: false,
            list: [Principal::Aws(text.into())].into(),
        };
        let who = principal_demands(&principals);
        self.particular(account, vec![role], &who, conditions, label);
    }

    /// Everybody, as far as `who` does not set them apart.
    fn everyone(&mut self, who: &[Demands], conditions: &[Demands], label: Label) {
        let set = self
            .requests(who, conditions)
            .difference(&self.denies)
            .labelled(label);
        self.admitted.anyone.push(set.clone());
        self.admitted
            .open
            .entry(self.role.account.clone())
            .or_default()
            .push(set.clone());
        let own = self
            .around
            .accounts
            .get(self.role.account)
            .map(|account| account.identities.clone());
        if let Some(bearers) = own {
            self.reading.ways.push(Way {
                side: NeedSide::NotRefused,
                bearers,
                set: set.clone(),
                label,
            });
        }
        let bearers = self.around.everybody.clone();
        self.reading.ways.push(Way {
            side: NeedSide::Holder,
            bearers,
            set,
            label,
        });
    }
}
