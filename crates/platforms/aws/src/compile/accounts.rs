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

use super::resources::{Share, Spoken};
use super::trusts::{PRESENT, SIGN_IN};
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
pub fn add(
    id: &Text,
    partition: &str,
    pages: Option<Pages>,
    settings: &Settings,
    snapshot: &mut Snapshot,
) -> Account {
    let said = settings.accounts.iter().find(|account| account.id == *id);
    let environment = said.and_then(|account| account.environment.clone());
    let instance = snapshot.add_instance(Instance {
        platform: crate::NAME,
        name: id.clone(),
        title: said
            .and_then(|account| account.name.clone())
            .unwrap_or_else(|| id.clone()),
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
pub fn of_account(account: &str) -> Pattern {
    let text = |text: &str| Element::Text(text.into());
    let field = || Element::ManyExcept(':');
    let elements = [
        text("arn:"),
        field(),
        text(":"),
        field(),
        text(":"),
        field(),
        text(&format!(":{account}:")),
        Element::Many,
    ];
    Pattern::new(elements, Case::Exact)
}

/// What the other side of a request lets identities of one account do.
pub struct Reach {
    /// Requests on resources that identities can reach by their own policies alone: those of the account, those of AWS
    /// (`arn:aws:iam::aws:policy/…`), and those whose names carry no account, unless the settings say that they are
    /// another's. All of these must hold.
    pub own: Vec<PermissionSet>,
    /// Taking on a role, any role, in whatever way.
    pub assume: PermissionSet,
    /// Taking on roles whose trust policies admit the account or everybody.
    pub admitted: PermissionSet,
    /// The most that policies can give an identity of the account.
    pub most: PermissionSet,
    /// What policies on resources say to all its identities.
    pub share: Share,
}

/// The action by which a role is taken on.
pub fn assume() -> Strings {
    Strings::one(Pattern::glob("sts:AssumeRole", Case::Folded))
}

/// The actions by which a role is taken on: no policy of an identity lets those be called that present a token, for which the
/// trust policy alone decides (AWS STS API Reference, "AssumeRoleWithSAML" and "AssumeRoleWithWebIdentity").
fn taking_on() -> Strings {
    let tokens = [SIGN_IN, PRESENT].map(|action| Pattern::glob(action, Case::Folded));
    Strings::any_of(assume().patterns().iter().cloned().chain(tokens))
}

/// The action by which an administrator of an organization acts as the root user of a member, and nobody as that of the
/// own account (AWS STS API Reference, "AssumeRoot").
fn assume_root() -> Strings {
    Strings::one(Pattern::glob("sts:AssumeRoot", Case::Folded))
}

/// The root user of an account, or of any.
fn root_of(account: Option<&str>) -> Pattern {
    let whose = match account {
        Some(account) => Element::Text(account.into()),
        None => Element::ManyExcept(':'),
    };
    let elements = [
        Element::Text("arn:".into()),
        Element::ManyExcept(':'),
        Element::Text(":iam::".into()),
        whose,
        Element::Text(":root".into()),
    ];
    Pattern::new(elements, Case::Exact)
}

impl Reach {
    /// Of an account, where trust policies admit this, and policies on resources say the rest.
    pub fn new(account: &str, admitted: PermissionSet, spoken: &Spoken, settings: &Settings) -> Self {
        let mut own = vec![PermissionSet::from(Region::new(
            Strings::any(),
            own_resources(account),
        ))];
        let settled = of_others(account, settings).map(|text| Pattern::glob(text, Case::Exact));
        let others = Strings::any_of(settled.chain(spoken.buckets_of_others(account).cloned()));
        if !others.patterns().is_empty() {
            own.push(Region::new(Strings::any(), others.complement()).into());
        }
        let roles = PermissionSet::from(Region::new(taking_on(), Strings::any()));
        let assume = roles.union(&Region::new(assume_root(), Strings::one(root_of(Some(account)))).into());
        let most = PermissionSet::intersection_of(own.iter().cloned())
            .difference(&assume)
            .union(&admitted);
        let share = spoken.share(account);
        let reach = Self {
            own,
            assume,
            admitted,
            most,
            share,
        };
        let most = reach.with_keys(reach.most.clone(), &PermissionSet::everything());
        let most = PermissionSet::union_of([most, reach.share.open.clone(), reach.share.admitted.clone()]);
        Self {
            most: less(most, &reach.share.denies),
            ..reach
        }
    }

    /// The root users of the other accounts of an organization lie within reach of its management account.
    pub fn open_members(&mut self) {
        let roots = Region::new(assume_root(), Strings::one(root_of(None)));
        if let Some(own) = self.own.first_mut() {
            *own = own.union(&roots.into());
        }
    }

    /// What grants on identities' side come to, for requests other than taking on a role or the own root user.
    pub fn at_home(&self, allows: &PermissionSet, assumes: bool) -> PermissionSet {
        let allows = if assumes {
            allows.difference(&self.assume)
        } else {
            allows.clone()
        };
        if allows.is_plainly_empty() {
            return allows;
        }
        let home = PermissionSet::intersection_of(self.own.iter().cloned().chain([allows.clone()]));
        self.with_keys(home, &allows)
    }

    /// The same with keys whose policies are known as far as these leave them to policies of identities.
    fn with_keys(&self, home: PermissionSet, allows: &PermissionSet) -> PermissionSet {
        if self.share.keys.is_plainly_empty() {
            return home;
        }
        let delegated = self.share.delegated.intersection(allows);
        home.difference(&self.share.keys).union(&delegated)
    }
}

/// What is left of a set.
pub fn less(set: PermissionSet, taken: &PermissionSet) -> PermissionSet {
    if taken.is_plainly_empty() {
        set
    } else {
        set.difference(taken)
    }
}

/// Names of the account's own resources, of AWS's, and such that carry no account.
fn own_resources(account: &str) -> Strings {
    let own = ["", account, "aws"].map(of_account);
    Strings::any_of(own.into_iter().chain([Pattern::literal("*")]))
}

/// Requests on an account's own resources, and on such whose names carry no account.
pub fn belonging(account: &str) -> Region {
    let own = ["", account].map(of_account);
    Region::new(
        Strings::any(),
        Strings::any_of(own.into_iter().chain([Pattern::literal("*")])),
    )
}

/// Patterns of resources whose names carry no account and which the settings give to another.
fn of_others<'s>(account: &str, settings: &'s Settings) -> impl Iterator<Item = &'s str> {
    let account: Box<str> = account.into();
    let others = settings.crown_jewels.iter().filter(move |jewel| {
        let here = jewel
            .platform
            .as_deref()
            .is_none_or(|platform| platform == crate::NAME);
        here && jewel
            .instance
            .as_deref()
            .is_some_and(|instance| *instance != *account)
    });
    others
        .flat_map(|jewel| jewel.resources.iter())
        .map(|resource| &**resource)
        .filter(|resource| {
            // Only where the account field is plainly empty: everything else names its account itself.
            let mut fields = resource.split(':');
            fields.next() == Some("arn") && fields.nth(3) == Some("")
        })
}
