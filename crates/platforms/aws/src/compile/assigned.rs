//! People of IAM Identity Center, and the roles that they sign in to.
//!
//! A permission set that is assigned in an account has a role there, named after it, whose trust policy lets in whoever
//! comes from Identity Center for it: its assignments decide who does. So a person holds the right to present such a sign-in
//! for just these roles, and whatever the role is not in the export, or whoever is in a group is not known, is a gap.
//! Sources: IAM Identity Center User Guide, "Permission sets" and "Referencing permission sets in resource policies";
//! AWS STS API Reference, "AssumeRoleWithSAML".

mod stale;

use std::collections::BTreeMap;
use std::sync::Arc;

use leastwise_model::{
    Effect, Evidence, Facts, Gain, Gap, Holding, Identity, IdentityIndex, IdentityKind, Instance,
    InstanceIndex, Layer, Nature, Need, NeedSide, Opportunity, Remark, Side, Snapshot, Step, Targets, Text,
};
use leastwise_permset::{Atom, Condition, Context, Guard, Label, Literal, PermissionSet, Region, Strings};

use super::location;
use super::trusts::{SIGN_IN, SignIns, technique};
use crate::identity_center::{Assigned, IdentityCenter, Kind, set_of_role};
use crate::keys::canonical;
use crate::lower::account_of;

pub use stale::stale;

/// Whom sign-ins to AWS are for: the audience of their assertions, by partition.
fn audience(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "https://signin.amazonaws.cn/saml",
        "aws-us-gov" => "https://signin.amazonaws-us-gov.com/saml",
        _ => "https://signin.aws.amazon.com/saml",
    }
}

/// A user or a group of the directory.
type Principal = (Kind, Text);

struct Assigning<'a> {
    center: &'a IdentityCenter,
    snapshot: &'a mut Snapshot,
    /// Roles of permission sets, by account and name of the set.
    roles: BTreeMap<(Text, Text), Vec<(IdentityIndex, Text)>>,
    /// What each principal holds.
    held: BTreeMap<Principal, Vec<PermissionSet>>,
    partition: Text,
}

/// Adds the users and groups that anything is assigned to, and how they become roles. Grows with assignments and members.
pub fn add(center: &IdentityCenter, sign_ins: &SignIns, snapshot: &mut Snapshot) {
    if center.assignments.is_empty() && center.sets.is_empty() {
        return;
    }
    let mut assigning = Assigning {
        roles: roles(snapshot),
        center,
        snapshot,
        held: BTreeMap::new(),
        partition: "aws".into(),
    };
    assigning.partition();
    for ((set, account), assignments) in &center.assignments {
        assigning.assigned(set, account, &assignments.told);
        if !assignments.whole {
            assigning.unknown(set, account);
        }
    }
    assigning.untold();
    assigning.people(sign_ins);
}

fn roles(snapshot: &Snapshot) -> BTreeMap<(Text, Text), Vec<(IdentityIndex, Text)>> {
    let mut roles: BTreeMap<(Text, Text), Vec<(IdentityIndex, Text)>> = BTreeMap::new();
    for (at, identity) in snapshot.identities.iter().enumerate() {
        if let (Some(set), Some(account)) = (set_of_role(&identity.id), account_of(&identity.id)) {
            let index = IdentityIndex(u32::try_from(at).unwrap_or(u32::MAX));
            let role = (index, identity.id.clone());
            roles.entry((account.into(), set.into())).or_default().push(role);
        }
    }
    roles
}

impl Assigning<'_> {
    fn partition(&mut self) {
        let arn = self.center.sets.keys().next();
        if let Some(partition) = arn.and_then(|arn| arn.split(':').nth(1)) {
            self.partition = partition.into();
        }
    }

    fn set_name(&self, set: &Text) -> Text {
        let told = self.center.sets.get(set).and_then(|told| told.name.clone());
        told.unwrap_or_else(|| set.clone())
    }

    /// One permission set in one account.
    fn assigned(&mut self, set: &Text, account: &Text, told: &[Assigned]) {
        let name = self.set_name(set);
        for one in told {
            let (kind, principal) = self.principal(one.kind, &one.id);
            let step = self.snapshot.add_step(Step {
                kind: "account assignment".into(),
                name: format!("{name} in {account}").into(),
                statement: format!("{kind} {principal}: {name} in {account}").into(),
                location: Some(location(one.spot.file, &one.spot.place)),
                provided: false,
            });
            let right = self.right(&name, account).labelled(step);
            self.hold((one.kind, one.id.clone()), right.clone());
            if one.kind == Kind::Group {
                self.members(&one.id, &right);
            }
        }
    }

    /// The right to sign in to the role of a permission set in an account; where no such role is in the export, what that
    /// gives is not known.
    fn right(&mut self, name: &Text, account: &Text) -> PermissionSet {
        match self.roles.get(&(account.clone(), name.clone())) {
            Some(roles) => {
                let arns = Strings::any_of(
                    roles
                        .iter()
                        .map(|(_, arn)| leastwise_permset::Pattern::literal(arn)),
                );
                Region::new(Strings::literal(SIGN_IN), arns).into()
            }
            None => {
                let what = format!(
                    "what permission set {name} gives in account {account} is not known: its role there is not in the export"
                );
                let settle = format!("aws iam get-account-authorization-details, in account {account}");
                let doubt = self.gap(&what, &settle);
                Region::everything().when(Guard::all_of([doubt])).into()
            }
        }
    }

    /// Hands what a group holds to its members, and perhaps to everybody where nobody tells who they are.
    fn members(&mut self, group: &Text, right: &PermissionSet) {
        let empty = crate::identity_center::Members::default();
        let members = self.center.members.get(group).unwrap_or(&empty);
        for user in &members.users {
            self.hold((Kind::User, user.clone()), right.clone());
        }
        if members.whole {
            return;
        }
        let (_, name) = self.principal(Kind::Group, group);
        let what = format!("who is in group {name} of IAM Identity Center is not known");
        let settle = format!("aws identitystore list-group-memberships --group-id {group}");
        let doubt = self.gap(&what, &settle);
        self.perhaps(&right.intersection(&Region::everything().when(Guard::all_of([doubt])).into()));
        self.remark(what, settle);
    }

    /// Nobody tells who is assigned a permission set in an account.
    fn unknown(&mut self, set: &Text, account: &Text) {
        let name = self.set_name(set);
        let what = format!("who is assigned permission set {name} in account {account} is not known");
        let settle = format!(
            "aws sso-admin list-account-assignments --account-id {account} --permission-set-arn {set}"
        );
        let doubt = self.gap(&what, &settle);
        let right = self.right(&name, account);
        self.perhaps(&right.intersection(&Region::everything().when(Guard::all_of([doubt])).into()));
        self.remark(what, settle);
    }

    /// Roles and provisioned accounts of whose assignments nothing was told.
    fn untold(&mut self) {
        let center = self.center;
        let mut names: BTreeMap<Text, Text> = BTreeMap::new();
        for (arn, set) in &center.sets {
            for account in &set.accounts {
                if !center.assignments.contains_key(&(arn.clone(), account.clone())) {
                    self.unknown(arn, account);
                }
            }
            names.extend(set.name.iter().map(|name| (name.clone(), arn.clone())));
        }
        let roles: Vec<(Text, Text)> = self.roles.keys().cloned().collect();
        for (account, name) in roles {
            match names.get(&name) {
                Some(set) => {
                    let told = center.assignments.contains_key(&(set.clone(), account.clone()));
                    let provisioned = center
                        .sets
                        .get(set)
                        .is_some_and(|set| set.accounts.contains(&account));
                    if !told && !provisioned {
                        self.unknown(set, &account);
                    }
                }
                None => self.remark(
                    format!("the permission set {name} of a role in account {account} is not in the export"),
                    "aws sso-admin list-permission-sets, and describe-permission-set for each".into(),
                ),
            }
        }
    }

    fn hold(&mut self, principal: Principal, right: PermissionSet) {
        self.held.entry(principal).or_default().push(right);
    }

    /// Everybody of the directory holds it, perhaps.
    fn perhaps(&mut self, right: &PermissionSet) {
        let center = self.center;
        for user in center.users.keys() {
            self.hold((Kind::User, user.clone()), right.clone());
        }
    }

    fn gap(&mut self, what: &str, settle: &str) -> Literal {
        let atom = self.snapshot.add_gap(Gap {
            atom: Atom::new(what),
            what: what.into(),
            settle: settle.into(),
            side: Side::Adds,
        });
        Condition::Atom(atom).holds()
    }

    fn remark(&mut self, what: String, hint: String) {
        self.snapshot.remarks.push(Remark {
            location: None,
            what: what.into(),
            hint: hint.into(),
            loses: false,
        });
    }

    /// What a principal is, and what people call it.
    fn principal(&self, kind: Kind, id: &Text) -> (&'static str, Text) {
        let (word, names) = match kind {
            Kind::User => ("user", &self.center.users),
            Kind::Group => ("group", &self.center.groups),
        };
        (word, names.get(id).unwrap_or(id).clone())
    }

    /// Makes the identities, and the ways from them to the roles.
    fn people(self, sign_ins: &SignIns) {
        let store = self
            .center
            .store
            .clone()
            .unwrap_or_else(|| "identity-center".into());
        let held: Vec<(Principal, PermissionSet, Text)> = self
            .held
            .iter()
            .map(|((kind, id), rights)| {
                let (_, name) = self.principal(*kind, id);
                (
                    (*kind, id.clone()),
                    PermissionSet::union_of(rights.iter().cloned()),
                    name,
                )
            })
            .collect();
        if held.is_empty() {
            return;
        }
        let instance = self.snapshot.add_instance(Instance {
            platform: crate::NAME,
            name: store.clone(),
            title: format!("IAM Identity Center {store}").into(),
            version: None,
            environment: None,
        });
        let first = self.snapshot.identities.len();
        for (principal, set, name) in held {
            let identity = identity(principal, set, name, instance, &self.partition);
            self.snapshot.identities.push(identity);
        }
        let all = first..self.snapshot.identities.len();
        let bearers: Arc<[IdentityIndex]> = all
            .map(|at| IdentityIndex(u32::try_from(at).unwrap_or(u32::MAX)))
            .collect();
        let technique = technique("aws:sign-in", self.snapshot);
        for (index, arn) in self.roles.into_values().flatten() {
            for (set, step) in sign_ins.get(&arn).into_iter().flatten() {
                self.snapshot
                    .opportunities
                    .push(way(technique, &arn, set, *step, &bearers, index));
            }
        }
    }
}

fn way(
    technique: leastwise_model::TechniqueIndex,
    role: &Text,
    set: &PermissionSet,
    step: Label,
    bearers: &Arc<[IdentityIndex]>,
    target: IdentityIndex,
) -> Opportunity {
    Opportunity {
        technique,
        needs: vec![Need {
            side: NeedSide::Holder,
            action: SIGN_IN.into(),
            resource: Some(role.clone()),
            set: set.clone(),
        }],
        bearers: bearers.clone(),
        targets: Targets::These([target].into()),
        gain: Gain::Become,
        step: Some(step),
    }
}

fn identity(
    (kind, id): Principal,
    set: PermissionSet,
    name: Text,
    instance: InstanceIndex,
    partition: &str,
) -> Identity {
    let (word, kind) = match kind {
        Kind::User => ("user", IdentityKind::User),
        Kind::Group => ("group", IdentityKind::Group),
    };
    let known = Context::new()
        .with(canonical("SAML:aud"), [audience(partition)])
        .with(canonical("aws:PrincipalIsAWSService"), ["false"]);
    Identity {
        names: vec![name.clone()],
        nature: Nature::Human(vec![Evidence {
            human: true,
            what: format!("{word} of IAM Identity Center").into(),
        }]),
        holding: Holding {
            layers: vec![Layer {
                effect: Effect::Grants,
                title: "account assignments".into(),
                set,
            }],
            facts: Facts {
                known,
                ..Facts::default()
            },
        },
        ..Identity::new(
            format!("arn:{partition}:identitystore:::{word}/{id}").into(),
            name,
            kind,
            instance,
        )
    }
}
