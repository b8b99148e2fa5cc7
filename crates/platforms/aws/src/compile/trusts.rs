//! Trust policies: whom roles admit.
//!
//! Within one account a trust policy that names the caller suffices; one that names the account leaves the decision to
//! the caller's policies; across accounts both sides must allow. Root users take on no roles. A trust that names a role
//! admits all its sessions. Sources: IAM User Guide, "AWS JSON policy elements: Principal" and "How to use trust policies
//! with IAM roles"; AWS STS API Reference, "AssumeRole".

mod federated;
mod principal;
mod statement;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leastwise_model::{
    Evidence, FileIndex, Gap, IdentityIndex, NeedSide, Remark, Settings, Snapshot, Step, Text,
};
use leastwise_permset::{
    Condition as Ask, Context, Emptiness, Guard, Key, Label, Limits, Literal, PermissionSet, Region, Strings,
    Test,
};
use rustc_hash::FxHashMap;

use super::accounts::{Accounts, assume};
use super::location;
use crate::keys::Keys;
use crate::lower::{Lowering, Within, actions};
use crate::policy::{Document, Effect, Sized, Statement, doubt, too_long};
use federated::Refusal;
use statement::{asks_for, speaks_of};

pub use federated::{PRESENT, SIGN_IN, SignIns, claim_count, technique};

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

/// How a trust policy lets a service in, or whoever comes from a provider of tokens or sign-ins.
#[derive(Clone)]
pub struct Service {
    /// Its full name, or the ARN of the provider.
    pub name: Box<str>,
    /// What must turn out true for it; none where it is sure.
    pub doubt: Option<Literal>,
    /// The same where it is a gap only if somebody controls the provider.
    pub gap: Option<Gap>,
    /// The statement.
    pub label: Label,
}

/// What the trust policy of one role says.
#[derive(Default)]
pub struct Reading {
    /// Ways of taking the role on.
    pub ways: Vec<Way>,
    /// Services and providers it admits.
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
    /// Roles that nobody takes on by policies without being allowed these actions on the role as well.
    pub also: BTreeMap<Text, BTreeSet<&'static str>>,
    /// Sign-ins of people from IAM Identity Center.
    pub sign_ins: SignIns,
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
    /// Whether it is in an instance profile.
    pub profile: bool,
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
    /// What the organization refuses on each account's resources, whoever asks.
    pub refused: &'a BTreeMap<Text, PermissionSet>,
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
    /// What is refused to those who present tokens.
    refusals: Vec<Refusal>,
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
    if let Some(why) = too_long(Sized::Trust, role.arn, document.characters) {
        snapshot.remarks.push(Remark {
            location: Some(location(role.file, &document.place)),
            what: format!("AWS would not take {title}: {why}").into(),
            hint: "admit fewer, or by conditions".into(),
            loses: false,
        });
    }
    let organization = around.refused.get(role.account);
    let within = Within {
        title: &title,
        settle: &settle,
        variables: document.variables,
        account: Some(role.account),
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
        service_denied: organization.is_some_and(|refused| touches_services(refused, role.arn)),
        refusals: organization.map(Refusal::of_everybody).into_iter().collect(),
    };
    let statements: Vec<(Statement, Label)> = document
        .statements
        .into_iter()
        .map(|mut statement| {
            if statement.principals.is_none() {
                doubt(&mut statement, "it names no principal");
            }
            let label = reader.step(&statement);
            (statement, label)
        })
        .collect();
    let denying = statements
        .iter()
        .filter(|(statement, _)| statement.effect != Some(Effect::Allow));
    let denies: Vec<PermissionSet> = denying
        .map(|(statement, label)| {
            reader.refuses_tokens(statement);
            reader.denied(statement).labelled(*label)
        })
        .collect();
    reader.denies = PermissionSet::union_of(denies);
    let allows = || {
        let statements = statements.iter().map(|(statement, _)| statement);
        statements.filter(|statement| statement.effect != Some(Effect::Deny))
    };
    // What every statement that admits anybody asks for, its caller must be allowed in any case.
    let mut also: Option<BTreeSet<&'static str>> = None;
    for statement in allows().filter(|statement| speaks_of(statement, "sts:AssumeRole")) {
        let asked = asks_for(statement);
        also = Some(match also {
            Some(also) => also.intersection(&asked).copied().collect(),
            None => asked,
        });
    }
    if let Some(also) = also.filter(|also| !also.is_empty()) {
        reader.admitted.also.insert(role.arn.clone(), also);
    }
    for (statement, label) in &statements {
        if statement.effect != Some(Effect::Deny) {
            let lets = |action: &&str| allows().any(|statement| speaks_of(statement, action));
            let whole = asks_for(statement).iter().all(lets);
            reader.allowed(statement, whole, *label);
        }
    }
    reader.reading
}

/// Whether services are refused to take on a role, or may be.
fn touches_services(refused: &PermissionSet, role: &str) -> bool {
    let service = Ask::Some(
        Key::single("aws:PrincipalIsAWSService"),
        Test::Text(Strings::literal("true")),
    );
    let asked = Region::new(assume(), Strings::literal(role)).when(Guard::all_of([service.holds()]));
    let both = refused.intersection(&asked.into());
    !matches!(both.emptiness(&Limits::default()), Emptiness::Empty)
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
    let on =
        |action: Strings| Region::new(action, Strings::literal(role.arn)).when(Guard::all_of([atom.clone()]));
    let set = PermissionSet::from(on(assume()));
    let signing_in = PermissionSet::from(on(Strings::literal(SIGN_IN)));
    let label = snapshot.add_step(Step {
        kind: "trust policy".into(),
        name: role.name.clone(),
        statement: Box::default(),
        location: None,
        provided: role.provided,
    });
    let set = set.labelled(label);
    let ways = admitted.sign_ins.entry(role.arn.clone());
    ways.or_default().push((signing_in.labelled(label), label));
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
