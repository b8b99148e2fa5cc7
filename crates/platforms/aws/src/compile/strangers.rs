//! Whoever is outside of the estate: identities of accounts that nobody knows, and requests that nobody signed.
//!
//! Their own side allows whatever they like, so what policies of resources and trust policies grant to everybody is theirs,
//! less what these and the organization's resource control policies refuse. They are in none of the accounts and
//! organizations that are known; else they are whoever it takes. One identity stands for all of them, where a policy may
//! admit everybody. Who is named, by account, organization or id, is somebody, and no stranger. Sources: IAM User Guide, "AWS JSON policy elements: Principal", "Cross-account policy evaluation logic".

use std::collections::BTreeSet;

use leastwise_model::{
    Assumption, Effect, Facts, Holding, Identity, IdentityIndex, IdentityKind, Instance, Layer, Snapshot,
    Text,
};
use leastwise_permset::{
    Case, Condition, Context, Guard, Key, Literal, Pattern, PermissionSet, Region, Strings, Test,
};

use super::facts::Mentioned;
use super::holdings::TRUST_POLICIES;
use crate::keys::canonical;
use crate::lower::account_of;
use crate::policy::{Document, Effect as Said, Principal};
use crate::resources::{Policy, Resources};

/// Its canonical id.
pub const ID: &str = "aws:anyone";

/// What its account would be called, if it were one.
pub const NOWHERE: &str = "elsewhere";

/// Accounts, organizations and identities that are known or named, so that no stranger is one of them.
#[derive(Default)]
pub struct Known {
    /// Accounts of the estate, of its organization, of which the settings tell, and that conditions name.
    pub accounts: BTreeSet<Text>,
    /// Organizations.
    pub organizations: BTreeSet<Text>,
    /// Unique ids of identities.
    pub ids: BTreeSet<Text>,
}

impl Known {
    /// Adds whom the conditions of a document name: who is named is not whoever it may be.
    pub fn named_in(&mut self, document: &Document) {
        for condition in document.statements.iter().flat_map(|one| one.conditions.iter()) {
            let key = condition.key.to_ascii_lowercase();
            for value in &condition.values {
                let whole =
                    |text: &str| (!text.is_empty() && !text.contains(['*', '?', '$'])).then(|| text.into());
                let head = |end: char| value.split(end).next().and_then(whole);
                match key.as_str() {
                    "aws:principalaccount" | "kms:calleraccount" | "aws:principalarn" => {
                        self.accounts.extend(account_of(value).map(Text::from));
                    }
                    "aws:principalorgid" => self.organizations.extend(whole(value)),
                    "aws:principalorgpaths" => self.organizations.extend(head('/')),
                    "aws:userid" => self.ids.extend(head(':')),
                    _ => {}
                }
            }
        }
    }
}

/// What is said to strangers.
pub struct Speech {
    /// Granted by policies of resources and trust policies.
    pub granted: PermissionSet,
    /// Refused by policies of resources.
    pub refused: PermissionSet,
    /// Refused by resource control policies.
    pub controlled: PermissionSet,
}

/// Whether a document may admit everybody.
pub fn may_admit(document: &Document) -> bool {
    let open = |statement: &crate::policy::Statement| {
        let principals = statement.principals.as_ref();
        let anyone = principals.is_none_or(|it| it.except || it.list.contains(&Principal::Anyone));
        statement.effect != Some(Said::Deny) && (anyone || !statement.doubts.is_empty())
    };
    document.unreadable.is_some() || document.statements.iter().any(open)
}

/// Whether a policy of a resource may admit everybody.
pub fn may_be_admitted(resources: &Resources) -> bool {
    resources.policies.values().any(|one| match &one.policy {
        _ if one.owner.is_none() => true,
        Policy::None => false,
        Policy::Unread(_) => true,
        Policy::Document(document) => may_admit(document),
    })
}

/// Adds the identity that stands for strangers.
pub fn add(
    speech: Speech,
    known: &Known,
    mentioned: &Mentioned,
    assumptions: Vec<Assumption>,
    snapshot: &mut Snapshot,
) -> IdentityIndex {
    let instance = snapshot.add_instance(Instance {
        platform: crate::NAME,
        name: NOWHERE.into(),
        title: "outside of the estate".into(),
        version: None,
        environment: None,
    });
    let layer = |effect, title: &str, set: PermissionSet| Layer {
        effect,
        title: title.into(),
        set,
    };
    let mut layers = vec![
        layer(Effect::Grants, TRUST_POLICIES, speech.granted),
        layer(
            Effect::Bounds { others: true },
            "whoever is outside of the estate",
            PermissionSet::from(Region::everything().when(outside(known))),
        ),
    ];
    let refusals = [
        ("resource policy denies", speech.refused),
        ("resource control policy denies", speech.controlled),
    ];
    for (title, set) in refusals {
        if !set.is_plainly_empty() {
            layers.push(layer(Effect::Denies, title, set));
        }
    }
    let facts = Facts {
        known: Context::new().with(Key::single("aws:PrincipalIsAWSService"), ["false"]),
        absent: mentioned.of_services_only(),
    };
    snapshot.add_identity(Identity {
        names: vec!["anyone".into()],
        holding: Holding { layers, facts },
        assumptions,
        description: "whoever is outside of the estate".into(),
        provided: true,
        stranger: true,
        ..Identity::new(ID.into(), "anyone".into(), IdentityKind::Group, instance)
    })
}

/// That whoever asks is of no account and no organization that is known, and nobody who is named.
fn outside(known: &Known) -> Guard {
    let not = |key: Key, patterns: Vec<Pattern>| -> Option<Literal> {
        let some = !patterns.is_empty();
        some.then(|| Condition::Some(key, Test::Text(Strings::any_of(patterns))).fails())
    };
    let each = |texts: &BTreeSet<Text>, shape: &dyn Fn(&str) -> Pattern| -> Vec<Pattern> {
        texts.iter().map(|text| shape(text)).collect()
    };
    let glob = |text: String| Pattern::glob(&text, Case::Exact);
    let (accounts, organizations) = (&known.accounts, &known.organizations);
    let ids = each(&known.ids, &Pattern::literal).into_iter();
    let sessions = each(&known.ids, &|id| glob(format!("{id}:*")));
    let literals = [
        not(
            Key::single("aws:PrincipalAccount"),
            each(accounts, &Pattern::literal),
        ),
        not(
            Key::single("kms:CallerAccount"),
            each(accounts, &Pattern::literal),
        ),
        not(
            Key::single("aws:PrincipalArn"),
            each(accounts, &|id| glob(format!("arn:*:*::{id}:*"))),
        ),
        not(
            Key::single("aws:PrincipalOrgID"),
            each(organizations, &Pattern::literal),
        ),
        not(
            canonical("aws:PrincipalOrgPaths"),
            each(organizations, &|id| glob(format!("{id}/*"))),
        ),
        not(Key::single("aws:userid"), ids.chain(sessions).collect()),
    ];
    Guard::all_of(literals.into_iter().flatten())
}
