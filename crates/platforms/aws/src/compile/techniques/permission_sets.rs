//! Rows on what who administers IAM Identity Center can do: change the permission sets from which roles are made, and have them
//! assigned to a user that it controls.
//!
//! Only identities of the management account can, and those of accounts to which that is delegated, which reach nothing in
//! the management account. Where no export tells who administers, no way is taken to be open, and answers name that. A
//! permission set whose ARN is not known may be one that a policy names: who may change any is told from who may change some.
//! Source: IAM Identity Center User Guide, "Delegated administration", "Permission sets".
//!
//! **Growth of cost.** For each row, once for each role of a permission set, or each account; nothing where nobody of the estate
//! is known to administer and to hold what the row needs.

use super::attached::Attached;
use super::entities::lifted;
use super::*;
use crate::compile::administration::{Administers, Administration};
use crate::compile::trusts::SignIns;
use crate::identity_center::{IdentityCenter, Kind, set_of_role};

/// What was told of IAM Identity Center and who administers it.
#[derive(Clone, Copy)]
pub struct Center<'a> {
    /// Permission sets and assignments.
    pub told: &'a IdentityCenter,
    /// Who administers it.
    pub administration: &'a Administration,
    /// Which sign-ins roles let through.
    pub sign_ins: &'a SignIns,
    /// Names of buckets by the account whose they are.
    pub buckets: &'a BTreeMap<Text, Vec<Pattern>>,
}

/// An account that administers.
pub(super) struct Administrator<'a> {
    pub account: &'a Text,
    /// Whether that was delegated to it.
    delegated: bool,
    pub bearers: Arc<[IdentityIndex]>,
}

/// What words of a row stand for, and what must be so.
#[derive(Default)]
struct Meaning {
    words: Vec<(&'static str, Text)>,
    doubt: Option<Literal>,
    /// Which permission sets it cannot be.
    things: Option<Things>,
}

impl<'a> Ways<'a> {
    /// One opportunity for each role of a permission set, and each account that administers.
    pub(super) fn permission_sets(&mut self, row: &Row, technique: TechniqueIndex, policies: &Policies) {
        let administrators = self.administrators_of(row);
        if administrators.is_empty() {
            return;
        }
        let names: FxHashMap<UnitIndex, &Text> =
            policies.managed.iter().map(|(arn, unit)| (*unit, arn)).collect();
        let (people, accounts) = (self.people, self.accounts);
        let mut attached = Attached::default();
        for person in people {
            let (Some(set), Some(home)) = (set_of_role(&person.arn), accounts.get(&person.account)) else {
                continue;
            };
            let becomes = row.gain == GainWord::Become;
            if becomes && !self.center.sign_ins.contains_key(&person.arn) {
                continue;
            }
            let Some((doubts, _, _)) = self.applies(row, person, None) else {
                continue;
            };
            for administrator in &administrators {
                let Some(more) = self.reaches(administrator, &person.account, Some(set)) else {
                    continue;
                };
                for meaning in self.meanings(row, set, person, administrator) {
                    let mut doubts = doubts.clone();
                    doubts.extend(more.iter().cloned().chain(meaning.doubt));
                    let subject = Subject {
                        account: &person.account,
                        partition: &home.partition,
                        doubts,
                        words: meaning.words,
                        things: meaning.things,
                        ..Subject::default()
                    };
                    let needs = self.needs(row, &subject);
                    for (without, _) in lifted(row, person, &names) {
                        let gain = match row.gain {
                            GainWord::Become => Gain::Become,
                            GainWord::Own(_) => Gain::Grant(self.own(person, &without)),
                            GainWord::Policies => match self.attached(person, policies, &mut attached) {
                                Some(set) => Gain::Grant(set),
                                None => continue,
                            },
                            _ => Gain::Grant(self.worth(person, &without)),
                        };
                        let bearers = administrator.bearers.clone();
                        self.push(technique, needs.clone(), bearers, alone(person.index), gain, None);
                    }
                }
            }
        }
    }

    /// The accounts that administer, with those of their identities who may hold what a row needs.
    pub(super) fn administrators_of(&mut self, row: &Row) -> Vec<Administrator<'a>> {
        let accounts = self.accounts;
        let mut found = Vec::new();
        for (account, home) in accounts {
            let delegated = match self.center.administration.by(account) {
                Administers::All => false,
                Administers::Delegated if row.requires.contains(&Requirement::Organization) => continue,
                Administers::Delegated => true,
                Administers::Not | Administers::Untold => continue,
            };
            let mut bearers = self.bearers(row, account, home, &Strings::none());
            if row.requires.contains(&Requirement::SignedIn) {
                let signed_in = |index: &IdentityIndex| {
                    let person = self.person(*index);
                    person.is_some_and(|person| set_of_role(&person.arn).is_some())
                };
                bearers = bearers.iter().copied().filter(signed_in).collect();
            }
            if !bearers.is_empty() {
                found.push(Administrator {
                    account,
                    delegated,
                    bearers,
                });
            }
        }
        found
    }

    /// What must be so for an administrator to reach an account, by a permission set that has a role there or by any; `None`
    /// where it does not.
    pub(super) fn reaches(
        &mut self,
        administrator: &Administrator<'_>,
        account: &Text,
        set: Option<&str>,
    ) -> Option<Vec<Literal>> {
        let administration = self.center.administration;
        let management = administration.management()?;
        if administrator.delegated && account == management {
            return None;
        }
        let mut doubts = Vec::new();
        if !administration.has(account) {
            let name = format!(
                "whether account {account} is in the organization of account {management} is not known"
            );
            doubts.push(self.atom(&name, "aws organizations list-accounts"));
        }
        if let Some(set) = set.filter(|_| administrator.delegated) {
            match self.provisioned(set, management) {
                Some(true) => return None,
                Some(false) => {}
                None => {
                    let name = format!(
                        "whether permission set {set} has a role in the management account, so that no delegated administrator changes it, is not known"
                    );
                    let settle = "aws sso-admin list-accounts-for-provisioned-permission-set";
                    doubts.push(self.atom(&name, settle));
                }
            }
        }
        Some(doubts)
    }

    /// Whether a permission set has a role in an account, where that is known.
    fn provisioned(&self, set: &str, account: &Text) -> Option<bool> {
        let here = |person: &&Person| person.account == *account && set_of_role(&person.arn) == Some(set);
        if self.people.iter().any(|person| here(&person)) {
            return Some(true);
        }
        if self.accounts.get(account).is_some_and(|home| home.complete) {
            return Some(false);
        }
        let arn = self.center.administration.set(set)?;
        let told = self.center.told.sets.get(arn)?;
        (!told.accounts.is_empty()).then(|| told.accounts.contains(account))
    }

    /// What the words of a row stand for, in each way in which it may be tried on a role.
    fn meanings(
        &mut self,
        row: &Row,
        set: &str,
        person: &Person,
        administrator: &Administrator<'_>,
    ) -> Vec<Meaning> {
        let accounts = self.accounts;
        let Some(home) = accounts.get(&person.account) else {
            return Vec::new();
        };
        if row.requires.contains(&Requirement::Group) {
            return self.groups_assigned(set, person, home, administrator);
        }
        let partition = &home.partition;
        let named = |instance: &str, arn: &str| {
            vec![
                ("{set}", Text::from(arn)),
                ("{instance}", Text::from(instance)),
                directory(home, administrator),
            ]
        };
        let any = format!("arn:{partition}:sso:::instance/*");
        if let Some(arn) = self.center.administration.set(set) {
            let instance = arn.rsplit(":permissionSet/").next();
            let instance = instance.and_then(|rest| rest.split('/').next());
            let instance = instance.map(|id| format!("arn:{partition}:sso:::instance/{id}"));
            return vec![Meaning {
                words: named(instance.as_deref().unwrap_or(&any), arn),
                ..Meaning::default()
            }];
        }
        let name = format!("which permission set the roles `AWSReservedSSO_{set}_…` come from is not known");
        let doubt = self.atom(
            &name,
            "aws sso-admin list-permission-sets, and describe-permission-set for each",
        );
        let some = named(&any, &format!("arn:{partition}:sso:::permissionSet/*"));
        let whichever = named(
            &format!("arn:{partition}:sso:::instance/{WHICHEVER}"),
            &format!("arn:{partition}:sso:::permissionSet/{WHICHEVER}/{WHICHEVER}"),
        );
        let known = self.center.administration.sets();
        let known = Strings::any_of(known.map(|arn| Pattern::literal(arn)));
        let except = match known.patterns() {
            [] => PermissionSet::empty(),
            _ => Region::new(Strings::any(), known).into(),
        };
        vec![
            Meaning {
                words: whichever,
                ..Meaning::default()
            },
            Meaning {
                words: some,
                doubt: Some(doubt),
                things: Some(Things {
                    pattern: "{set}",
                    only: None,
                    except,
                }),
            },
        ]
    }

    /// The groups that are assigned the permission set of a role; where not all are told, perhaps any.
    fn groups_assigned(
        &mut self,
        set: &str,
        person: &Person,
        home: &Account,
        administrator: &Administrator<'_>,
    ) -> Vec<Meaning> {
        let partition = &home.partition;
        let group = |id: &str| Text::from(format!("arn:{partition}:identitystore:::group/{id}"));
        let known = self.center.administration.set(set);
        let known = known.and_then(|arn| {
            let pair = (arn.clone(), person.account.clone());
            self.center.told.assignments.get(&pair)
        });
        let told = known.map(|known| known.told.as_slice()).unwrap_or_default();
        let groups = told.iter().filter(|one| one.kind == Kind::Group);
        let words = |id: &str| vec![("{group}", group(id)), directory(home, administrator)];
        let meaning = |words, doubt| Meaning {
            words,
            doubt,
            things: None,
        };
        let mut found: Vec<Meaning> = groups.map(|one| meaning(words(&one.id), None)).collect();
        if known.is_none_or(|known| !known.whole) {
            let name = format!(
                "which groups are assigned permission set {set} in account {} is not known",
                person.account
            );
            let doubt = self.atom(&name, "aws sso-admin list-account-assignments");
            found.push(meaning(words("*"), Some(doubt)));
        }
        found
    }
}

/// The part of a name that no policy writes out.
const WHICHEVER: &str = "~";

/// The directory of IAM Identity Center as policies name it. It is the management account's: what policies elsewhere name
/// by an ARN is not followed.
pub(super) fn directory(home: &Account, administrator: &Administrator<'_>) -> (&'static str, Text) {
    let arn = match administrator.delegated {
        true => "*".into(),
        false => format!(
            "arn:{}:identitystore::{}:identitystore/*",
            home.partition, administrator.account
        )
        .into(),
    };
    ("{directory}", arn)
}
