//! Accounts: who lives in them, and what their side lets its own identities reach.
//!
//! A request crosses from one account into another only if both sides allow it. Policies of identities speak for the
//! caller's side; the other side speaks through policies on resources, of which account authorization details hold one
//! kind, the trust policies of roles. So what an identity's own policies allow holds on resources of its own account, on
//! resources whose names carry no account, and on roles that admit it.
//! Source: IAM User Guide, "Cross-account policy evaluation logic".

use std::collections::BTreeMap;
use std::sync::Arc;

use leastwise_model::{IdentityIndex, Instance, InstanceIndex, Settings, Snapshot, Text};
use leastwise_permset::{Case, Element, Pattern, PermissionSet, Region, Strings};

use crate::export::Pages;

/// One account of the estate.
pub struct Account {
    /// In the snapshot.
    pub instance: InstanceIndex,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: Text,
    /// Its stage, where the settings tell.
    pub environment: Option<Text>,
    /// Whether all pages of its export are there; then what is not in it does not exist.
    pub complete: bool,
    /// Its users and roles.
    pub identities: Arc<[IdentityIndex]>,
    /// The same with the account's root user.
    pub everyone: Arc<[IdentityIndex]>,
    /// Its users.
    pub users: Arc<[IdentityIndex]>,
}

/// All accounts of the estate, by id.
pub type Accounts = BTreeMap<Text, Account>;

/// The partition of an ARN.
pub fn partition_of(arn: &str) -> &str {
    arn.split(':').nth(1).unwrap_or("aws")
}

/// Adds an account to the snapshot.
pub fn add(id: &Text, partition: &str, pages: Option<Pages>, settings: &Settings, snapshot: &mut Snapshot) -> Account {
    let said = settings.accounts.iter().find(|account| account.id == *id);
    let environment = said.and_then(|account| account.environment.clone());
    let instance = snapshot.add_instance(Instance {
        platform: crate::NAME,
        name: id.clone(),
        title: said.and_then(|account| account.name.clone()).unwrap_or_else(|| id.clone()),
        version: None,
        environment: environment.clone(),
    });
    let none: Arc<[IdentityIndex]> = Arc::from([]);
    Account {
        instance,
        partition: partition.into(),
        environment,
        complete: pages.is_some_and(|pages| pages.last),
        identities: none.clone(),
        everyone: none.clone(),
        users: none,
    }
}

/// ARNs whose account field is this text.
fn of_account(account: &str) -> Pattern {
    let text = |text: &str| Element::Text(text.into());
    let field = || Element::ManyExcept(':');
    let elements =
        [text("arn:"), field(), text(":"), field(), text(":"), field(), text(&format!(":{account}:")), Element::Many];
    Pattern::new(elements, Case::Exact)
}

/// Resources that an identity of an account can reach by its own policies alone: those of the account, those of AWS
/// (`arn:aws:iam::aws:policy/…`), and those whose names carry no account, unless the settings say that they are
/// another's.
pub fn own_resources(account: &str, settings: &Settings) -> PermissionSet {
    let own = ["", account, "aws"].map(of_account);
    let own = Strings::any_of(own.into_iter().chain([Pattern::literal("*")]));
    let others = settings.crown_jewels.iter().filter(|jewel| {
        let here = jewel.platform.as_deref().is_none_or(|platform| platform == crate::NAME);
        here && jewel.instance.as_deref().is_some_and(|instance| instance != account)
    });
    let others = others.flat_map(|jewel| jewel.resources.iter()).filter(|resource| {
        // Only where the account field is plainly empty: everything else names its account itself.
        let mut fields = resource.split(':');
        fields.next() == Some("arn") && fields.nth(3) == Some("")
    });
    let others = Strings::any_of(others.map(|resource| Pattern::glob(resource, Case::Exact)));
    PermissionSet::from(Region::new(Strings::any(), own))
        .difference(&if others.patterns().is_empty() {
            PermissionSet::empty()
        } else {
            Region::new(Strings::any(), others).into()
        })
}

/// The action by which a role is taken on.
pub fn assume() -> Strings {
    Strings::one(Pattern::glob("sts:AssumeRole", Case::Folded))
}

/// What identities of an account can reach by their own policies: its own resources, but of roles only those whose trust
/// policies admit them, here and elsewhere.
pub fn reach(account: &str, roles_known: bool, admitted: &PermissionSet, settings: &Settings) -> PermissionSet {
    let own = own_resources(account, settings);
    let roles = Pattern::new(
        [
            Element::Text("arn:".into()),
            Element::ManyExcept(':'),
            Element::Text(format!(":iam::{account}:role/").into()),
            Element::Many,
        ],
        Case::Exact,
    );
    let own = if roles_known { own.difference(&Region::new(assume(), Strings::one(roles)).into()) } else { own };
    if admitted.is_plainly_empty() {
        return own;
    }
    // The action first: it sets nearly every question apart from the many trust policies.
    let admitted = PermissionSet::from(Region::new(assume(), Strings::any())).intersection(admitted);
    own.union(&admitted)
}
