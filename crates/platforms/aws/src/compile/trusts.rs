//! Trust policies: whom roles admit.
//!
//! Within one account a trust policy that names the caller suffices; one that names the account leaves the decision to
//! the caller's policies; across accounts both sides must allow. Root users take on no roles. A trust that names a role
//! admits all its sessions. Sources: IAM User Guide, "AWS JSON policy elements: Principal" and "How to use trust policies
//! with IAM roles"; AWS STS API Reference, "AssumeRole".

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leastwise_model::{
    Admits, Dangling, DanglingKind, Evidence, FileIndex, IdentityIndex, NeedSide, Remark, Settings, Snapshot,
    Step, Text, Trust,
};
use leastwise_permset::{Context, Guard, Label, Literal, PermissionSet, Region, Strings};
use rustc_hash::FxHashMap;

use super::accounts::{Account, Accounts, assume};
use super::location;
use crate::keys::Keys;
use crate::lower::{
    Caller, Demands, Lowering, Within, account_of, actions, is_account, principal_demands,
    refused_unless_listed, session,
};
use crate::policy::{Document, Effect, Kind, Principal, Statement};

/// One way of taking on a role.
pub struct Way {
    /// Whose policies decide.
    pub side: NeedSide,
    /// Whom it is open to.
    pub bearers: Arc<[IdentityIndex]>,
    /// The requests that the trust policy lets through.
    pub set: PermissionSet,
    /// The statement.
    pub label: Label,
}

/// How a trust policy lets a service in.
#[derive(Clone)]
pub struct Service {
    /// Its full name.
    pub name: Box<str>,
    /// What must turn out true for it; none where it is sure.
    pub doubt: Option<Literal>,
    /// The statement.
    pub label: Label,
}

/// What the trust policy of one role says.
#[derive(Default)]
pub struct Reading {
    /// Ways of taking the role on.
    pub ways: Vec<Way>,
    /// Services it admits, by name without partition suffix.
    pub services: Vec<Service>,
    /// What it tells about who acts as the role.
    pub evidence: Vec<Evidence>,
}

/// What all trust policies together let through.
#[derive(Default)]
pub struct Admitted {
    /// By account: roles whose trust admits it without any condition.
    pub whole: BTreeMap<Text, Vec<Text>>,
    /// By account: what else trust policies admit of it.
    pub accounts: BTreeMap<Text, Vec<PermissionSet>>,
    /// What trust policies admit of everybody.
    pub anyone: Vec<PermissionSet>,
    /// By identity: roles of its own account whose trust names it.
    pub here: FxHashMap<IdentityIndex, Vec<PermissionSet>>,
    /// By identity: roles of other accounts whose trust names it.
    pub elsewhere: FxHashMap<IdentityIndex, Vec<PermissionSet>>,
    /// By account: roles whose trust lets everyone of the account in, whatever their policies say.
    pub open: BTreeMap<Text, Vec<PermissionSet>>,
}

/// A role, as far as its trust policy needs it.
pub struct Trusting<'a> {
    /// In the snapshot.
    pub index: IdentityIndex,
    /// Canonical id.
    pub arn: &'a Text,
    /// Short name.
    pub name: &'a Text,
    /// Its account.
    pub account: &'a Text,
    /// The file of its description.
    pub file: FileIndex,
    /// Whether AWS made it.
    pub provided: bool,
}

/// What reading trust policies needs to know.
pub struct Around<'a> {
    /// Accounts of the estate.
    pub accounts: &'a Accounts,
    /// Identities of the estate by id.
    pub identities: &'a FxHashMap<Text, IdentityIndex>,
    /// Roles by account and name, for sessions.
    pub roles: &'a FxHashMap<(Text, Text), IdentityIndex>,
    /// Every user and role.
    pub everybody: &'a Arc<[IdentityIndex]>,
    /// Identities that have a boundary, by id.
    pub bounded: &'a Strings,
    /// What the owners say.
    pub settings: &'a Settings,
}

/// Whether somebody may pass tags into sessions of the role; true where that cannot be told.
pub fn may_pass_tags(document: Option<&Document>) -> bool {
    let Some(document) = document.filter(|document| document.unreadable.is_none()) else {
        return true;
    };
    document.statements.iter().any(|statement| {
        statement.effect != Some(Effect::Deny)
            && actions(&statement.actions).contains("sts:TagSession", &Context::new())
    })
}

fn speaks_of(statement: &Statement, action: &str) -> bool {
    actions(&statement.actions).contains(action, &Context::new())
}

/// The subjects that a statement asks of a token, as globs; none where it asks for none, or in a way that is no list.
fn subjects(statement: &Statement) -> Vec<Text> {
    let asks = statement.conditions.iter().filter(|condition| {
        let plain = condition.operator.is_some_and(|operator| {
            !operator.negated && matches!(operator.kind, Kind::Text | Kind::TextFolded | Kind::Glob)
        });
        plain && condition.key.to_ascii_lowercase().ends_with(":sub")
    });
    asks.flat_map(|condition| condition.values.iter())
        .map(|value| Text::from(&**value))
        .collect()
}

/// One trust policy being read.
struct Reader<'r> {
    role: &'r Trusting<'r>,
    around: &'r Around<'r>,
    within: Within<'r>,
    keys: &'r mut Keys,
    snapshot: &'r mut Snapshot,
    admitted: &'r mut Admitted,
    reading: Reading,
    denies: PermissionSet,
    service_denied: bool,
}

/// Reads the trust policy of a role: what it admits goes to `admitted` and, as it is written, to the snapshot.
pub fn read(
    role: &Trusting<'_>,
    document: Option<Document>,
    around: &Around<'_>,
    keys: &mut Keys,
    snapshot: &mut Snapshot,
    admitted: &mut Admitted,
) -> Reading {
    let title = format!("the trust policy of {}", role.arn);
    let settle = format!("aws iam get-role --role-name {}", role.name);
    let Some(document) = document.filter(|document| document.unreadable.is_none()) else {
        return unknown(role, &title, &settle, around, keys, snapshot, admitted);
    };
    let within = Within {
        title: &title,
        settle: &settle,
        variables: document.variables,
    };
    let mut reader = Reader {
        role,
        around,
        within,
        keys,
        snapshot,
        admitted,
        reading: Reading::default(),
        denies: PermissionSet::empty(),
        service_denied: false,
    };
    let statements: Vec<(Statement, Label)> = document
        .statements
        .into_iter()
        .map(|statement| {
            let label = reader.step(&statement);
            (statement, label)
        })
        .collect();
    let denying = statements
        .iter()
        .filter(|(statement, _)| statement.effect != Some(Effect::Allow));
    let denies: Vec<PermissionSet> = denying
        .map(|(statement, label)| reader.denied(statement).labelled(*label))
        .collect();
    reader.denies = PermissionSet::union_of(denies);
    for (statement, label) in &statements {
        if statement.effect != Some(Effect::Deny) {
            reader.allowed(statement, *label);
        }
    }
    reader.reading
}

/// A role whose trust policy is not known: it may admit anyone.
fn unknown(
    role: &Trusting<'_>,
    title: &str,
    settle: &str,
    around: &Around<'_>,
    keys: &mut Keys,
    snapshot: &mut Snapshot,
    admitted: &mut Admitted,
) -> Reading {
    snapshot.remarks.push(Remark {
        location: None,
        what: format!("{title} is not in the export or cannot be understood").into(),
        hint: settle.into(),
        loses: true,
    });
    let name = format!(
        "whom {} admits is not known: its trust policy is missing or cannot be understood",
        role.arn
    );
    let atom = Lowering {
        keys,
        gaps: &mut snapshot.gaps,
    }
    .gap(&name, settle, leastwise_model::Side::Adds);
    let region = Region::new(assume(), Strings::literal(role.arn)).when(Guard::all_of([atom]));
    let set = PermissionSet::from(region);
    let label = snapshot.add_step(Step {
        kind: "trust policy".into(),
        name: role.name.clone(),
        statement: Box::default(),
        location: None,
        provided: role.provided,
    });
    let set = set.labelled(label);
    admitted.anyone.push(set.clone());
    admitted
        .open
        .entry(role.account.clone())
        .or_default()
        .push(set.clone());
    let own = around
        .accounts
        .get(role.account)
        .map(|account| account.identities.clone());
    let way = |side, bearers| Way {
        side,
        bearers,
        set: set.clone(),
        label,
    };
    let mut ways = vec![way(NeedSide::Holder, around.everybody.clone())];
    ways.extend(own.map(|bearers| way(NeedSide::NotRefused, bearers)));
    Reading {
        ways,
        ..Reading::default()
    }
}

impl Reader<'_> {
    fn step(&mut self, statement: &Statement) -> Label {
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

    fn demands(&mut self, statement: &Statement, effect: Effect) -> Vec<Demands> {
        let mut lowering = Lowering {
            keys: &mut *self.keys,
            gaps: &mut self.snapshot.gaps,
        };
        lowering.demands(statement, effect, self.within, Caller::Anyone)
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

    fn denied(&mut self, statement: &Statement) -> PermissionSet {
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

    fn allowed(&mut self, statement: &Statement, label: Label) {
        let assumes = speaks_of(statement, "sts:AssumeRole");
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

    fn trust(&mut self, admits: Admits, demands: &[Text], step: Label) {
        self.snapshot.trusts.push(Trust {
            target: self.role.index,
            admits,
            demands: demands.to_vec(),
            step,
        });
    }

    /// The identity that a principal names, if the estate has it.
    fn identity(&mut self, text: &str, readable: &[Text], label: Label) -> Option<(Text, IdentityIndex)> {
        let name: Text = text.into();
        let Some(account) = account_of(text).map(Text::from) else {
            // A unique id stands where an ARN stood once: its identity was deleted.
            let found = self.around.identities.get(&name).copied();
            self.trust(
                Admits::Identity {
                    name: name.clone(),
                    exists: Some(false),
                },
                readable,
                label,
            );
            if found.is_none() {
                self.dangling(name, true, label);
            }
            return None;
        };
        let index = match session(text) {
            Some((role, _)) => self.around.roles.get(&(account.clone(), role.into())).copied(),
            None => self.around.identities.get(&name).copied(),
        };
        let home: Option<&Account> = self.around.accounts.get(&account);
        let is_identity = [":user/", ":role/", ":assumed-role/"]
            .iter()
            .any(|kind| text.contains(kind));
        let exists = match index {
            Some(_) => Some(true),
            None => home.filter(|home| home.complete && is_identity).map(|_| false),
        };
        self.trust(
            Admits::Identity {
                name: name.clone(),
                exists,
            },
            readable,
            label,
        );
        if exists == Some(false) {
            self.dangling(name, false, label);
        }
        index.map(|index| (account, index))
    }

    fn dangling(&mut self, missing: Text, complete: bool, step: Label) {
        let Some(instance) = self
            .around
            .accounts
            .get(self.role.account)
            .map(|account| account.instance)
        else {
            return;
        };
        self.snapshot.dangling.push(Dangling {
            kind: DanglingKind::Subject,
            instance,
            missing,
            subjects: vec![self.role.index],
            gives: None,
            // Trusts are kept by unique id: whoever creates a namesake is not trusted.
            armed_by: None,
            step,
            complete,
        });
    }

    fn service(&mut self, name: &str, statement: &Statement, assumes: bool, label: Label, readable: &[Text]) {
        self.trust(Admits::Service(name.into()), readable, label);
        self.evidence(false, format!("trusted by the service {name}"));
        if !assumes {
            return;
        }
        let own_account = |condition: &crate::policy::Condition| {
            condition.key.eq_ignore_ascii_case("aws:SourceAccount")
                && !condition.written.to_ascii_lowercase().contains("not")
                && condition
                    .values
                    .iter()
                    .any(|value| **value == **self.role.account)
        };
        let plain = statement.doubts.is_empty() && statement.conditions.iter().all(own_account);
        let doubt = (!plain || self.service_denied).then(|| {
            let name = format!(
                "whether {} lets {name} in depends on conditions of the service's own call",
                self.role.arn
            );
            let mut lowering = Lowering {
                keys: &mut *self.keys,
                gaps: &mut self.snapshot.gaps,
            };
            lowering.gap(&name, self.within.settle, leastwise_model::Side::Both)
        });
        self.reading.services.push(Service {
            name: name.into(),
            doubt,
            label,
        });
    }

    fn federated(&mut self, name: &str, statement: &Statement, readable: &[Text], label: Label) {
        let subjects = subjects(statement);
        let provider = name
            .split_once(":oidc-provider/")
            .map(|(_, issuer)| format!("https://{issuer}"));
        let issuer = provider.clone().unwrap_or_else(|| name.to_owned());
        let demands = readable.join(" and ");
        self.trust(
            Admits::Issuer {
                issuer: issuer.into(),
                subjects,
                demands: demands.into(),
            },
            readable,
            label,
        );
        if name.contains(":saml-provider/") {
            self.evidence(true, format!("people sign in through {name}"));
        } else if provider.is_some() {
            self.evidence(false, format!("trusted tokens of {name}"));
        }
    }

    fn evidence(&mut self, human: bool, what: String) {
        self.reading.evidence.push(Evidence {
            human,
            what: what.into(),
        });
    }
}
