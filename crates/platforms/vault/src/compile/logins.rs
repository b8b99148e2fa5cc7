//! Which entity a login through a role is, as far as the export tells.

use std::collections::BTreeMap;

use leastwise_model::Text;

use crate::export::{Alias, Namespace, Role};

/// Whether a login through a role is the entity with an alias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    Yes,
    Maybe,
    No,
}

/// The type of the auth method at a mount; its name where the export does not tell.
pub(super) fn kind_of<'n>(namespace: &'n Namespace, mount: &'n str) -> &'n str {
    let known = namespace.auth.as_ref().and_then(|auth| auth.get(mount));
    match known {
        Some(mount) if !mount.kind.is_empty() => &mount.kind,
        _ => mount.strip_prefix("auth/").unwrap_or(mount).trim_end_matches('/'),
    }
}

/// Whether all logins through a role are one entity.
pub(super) fn is_one(kind: &str, role: &Role) -> bool {
    kind == "approle" || &*role.collection == "users"
}

/// The mounts of auth methods by their accessors.
pub(super) fn mounts(namespace: &Namespace) -> BTreeMap<&str, &str> {
    let all = namespace.auth.iter().flatten();
    all.map(|(path, mount)| (&*mount.accessor, &**path)).collect()
}

/// The mount at which an alias is known.
pub(super) fn mount_of<'a>(alias: &'a Alias, mounts: &BTreeMap<&str, &'a str>) -> Option<&'a str> {
    if alias.mount.is_empty() {
        mounts.get(&*alias.accessor).copied()
    } else {
        Some(&alias.mount)
    }
}

/// Whether a login through `role` can be the entity known as `alias` at the same mount.
pub(super) fn fit(kind: &str, role: &Role, alias: &Alias) -> Fit {
    let says = |key: &str| alias.metadata.get(key);
    match kind {
        "approle" => match says("role_name") {
            Some(name) if *name == role.name => Fit::Yes,
            Some(_) => Fit::No,
            None => Fit::Maybe,
        },
        _ if &*role.collection == "users" => {
            if alias.name.eq_ignore_ascii_case(&role.name) {
                Fit::Yes
            } else {
                Fit::No
            }
        }
        "kubernetes" => {
            let bound = |field: &str, key: &str| match (role.bounds.get(field), says(key)) {
                (Some(wanted), Some(is)) => wanted.iter().any(|pattern| glob(pattern, is)),
                _ => true,
            };
            let names = bound("bound_service_account_names", "service_account_name");
            // A selector of namespaces may admit what the list does not.
            let selector = role.bounds.contains_key(NAMESPACE_SELECTOR);
            let namespaces =
                selector || bound("bound_service_account_namespaces", "service_account_namespace");
            if names && namespaces { Fit::Maybe } else { Fit::No }
        }
        _ => Fit::Maybe,
    }
}

/// What an alias says that a role may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Says {
    /// The role of an approle.
    Role,
    /// Its own name, in lower case.
    Name,
    /// A service account.
    Account,
    /// The service account's namespace.
    AccountNamespace,
}

/// What an alias says; `None` where it says nothing.
pub(super) fn said(alias: &Alias) -> [(Says, Option<String>); 4] {
    let says = |key: &str| alias.metadata.get(key).map(|value| value.to_string());
    [
        (Says::Role, says("role_name")),
        (Says::Name, Some(alias.name.to_ascii_lowercase())),
        (Says::Account, says("service_account_name")),
        (Says::AccountNamespace, says("service_account_namespace")),
    ]
}

/// What an alias must say, if it says it at all, so that [`fit`] does not say no: each a list of values of which it says
/// one. Empty where no list of values tells.
pub(super) fn asked(kind: &str, role: &Role) -> Vec<(Says, Vec<String>)> {
    let plain = |what: Says, field: &str| {
        let wanted = role.bounds.get(field)?;
        let plain = wanted.iter().all(|pattern| !pattern.contains('*'));
        plain.then(|| (what, wanted.iter().map(|name| name.to_string()).collect()))
    };
    match kind {
        "approle" => vec![(Says::Role, vec![role.name.to_string()])],
        _ if &*role.collection == "users" => vec![(Says::Name, vec![role.name.to_ascii_lowercase()])],
        "kubernetes" => {
            let names = plain(Says::Account, "bound_service_account_names");
            let namespaces = plain(Says::AccountNamespace, "bound_service_account_namespaces");
            let namespaces = namespaces.filter(|_| !role.bounds.contains_key(NAMESPACE_SELECTOR));
            names.into_iter().chain(namespaces).collect()
        }
        _ => Vec::new(),
    }
}

/// Admits namespaces by their labels.
const NAMESPACE_SELECTOR: &str = "bound_service_account_namespace_selector";

/// `*` anywhere stands for any text.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    if !pattern.contains('*') {
        return pattern == text;
    }
    let pattern = leastwise_permset::Pattern::new(
        pattern.split('*').enumerate().flat_map(|(at, part)| {
            let many = (at > 0).then_some(leastwise_permset::Element::Many);
            many.into_iter()
                .chain([leastwise_permset::Element::Text(part.into())])
        }),
        leastwise_permset::Case::Exact,
    );
    pattern.matches(text, &leastwise_permset::Context::new())
}

/// The policies of a login in its namespace.
pub(super) fn token_policies(namespace: &Text, role: &Role) -> Vec<(Text, Text)> {
    let mut names: Vec<(Text, Text)> = role
        .policies
        .iter()
        .map(|name| (namespace.clone(), name.clone()))
        .collect();
    if role.default_policy {
        names.push((namespace.clone(), "default".into()));
    }
    names.sort();
    names.dedup();
    names
}
