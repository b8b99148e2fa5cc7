//! Who may log in through which role, as trusts that no platform owns.

mod accepted;

use std::collections::BTreeSet;

use leastwise_model::{Admits, IdentityIndex, Snapshot, Text, Trust};
use leastwise_permset::Label;

use super::identity::What;
use super::people::Placed;
use super::{World, logins, step};
use crate::export::{Namespace, Role};

pub(super) fn compile(world: &World<'_>, placed: &Placed, snapshot: &mut Snapshot) {
    for (path, namespace) in &world.server.namespaces {
        for (place, role) in &namespace.roles {
            let Some(target) = placed.by_what.get(&(path.clone(), What::Role(place.clone()))) else {
                continue;
            };
            let kind = logins::kind_of(namespace, &role.mount);
            let admits = admits(kind, namespace, role);
            if admits.is_empty() {
                continue;
            }
            let demands = super::people::demands(role);
            let label = step(
                snapshot,
                "auth role",
                &format!("{path}{place}"),
                demands.join("; "),
                &role.location,
            );
            for admits in admits {
                trust(*target, admits, &demands, label, snapshot);
            }
            accepted::compile(world, path, namespace, (place, role), *target, label, snapshot);
        }
    }
}

/// Whether all is told by which the server admits holders of foreign tokens: its methods are known, each that takes tokens
/// names their issuer, and each of their roles was exported. Methods that take secrets of the server itself admit no token.
pub(super) fn all_told(world: &World<'_>) -> bool {
    let told = |namespace: &Namespace, mount: &str, kind: &str| match kind {
        "token" | "ns_token" | "approle" | "userpass" | "ldap" | "okta" | "radius" => true,
        "jwt" | "kubernetes" => {
            let folder = format!("{mount}role/");
            let every = |names: &BTreeSet<Text>| {
                let mut places = names.iter().map(|name| Text::from(format!("{folder}{name}")));
                places.all(|place| namespace.roles.contains_key(&place))
            };
            namespace.named_issuers.contains(mount) && namespace.lists.get(folder.as_str()).is_some_and(every)
        }
        _ => false,
    };
    let all = &world.server.namespaces;
    !world.loose
        && all.contains_key("")
        && all.values().all(|namespace| {
            let methods = namespace.auth.as_ref();
            methods.is_some_and(|methods| {
                methods
                    .iter()
                    .all(|(mount, about)| told(namespace, mount, &about.kind))
            })
        })
}

fn trust(target: IdentityIndex, admits: Admits, demands: &[String], step: Label, snapshot: &mut Snapshot) {
    snapshot.trusts.push(Trust {
        target,
        admits,
        demands: demands.iter().map(|demand| demand.as_str().into()).collect(),
        step,
    });
}

fn values<'r>(role: &'r Role, key: &str) -> &'r [Text] {
    role.bounds.get(key).map_or(&[], Vec::as_slice)
}

/// Whom a role admits. Methods whose secrets the server itself holds (AppRole, users with passwords) admit by credential.
fn admits(kind: &str, namespace: &Namespace, role: &Role) -> Vec<Admits> {
    let issuer = || {
        namespace
            .issuers
            .get(&role.mount)
            .cloned()
            .unwrap_or_else(|| format!("the issuer of {}", role.mount).into())
    };
    let named = |key: &str| -> Vec<Admits> {
        values(role, key)
            .iter()
            .map(|name| Admits::Identity {
                name: name.clone(),
                exists: None,
            })
            .collect()
    };
    let instances = |key: &str| -> Vec<Admits> {
        values(role, key)
            .iter()
            .map(|name| Admits::Instance {
                name: name.clone(),
                known: false,
            })
            .collect()
    };
    let demands: Text = super::people::demands(role).join("; ").into();
    match kind {
        "jwt" | "oidc" => {
            let mut subjects: Vec<Text> = values(role, "bound_subject").to_vec();
            if subjects.is_empty() {
                subjects = values(role, "bound_claims.sub").to_vec();
            }
            if subjects.is_empty() {
                subjects = values(role, "bound_claims./sub").to_vec();
            }
            vec![Admits::Issuer {
                issuer: issuer(),
                subjects,
                demands,
            }]
        }
        "kubernetes" => {
            let (names, spaces) = (
                values(role, "bound_service_account_names"),
                values(role, "bound_service_account_namespaces"),
            );
            let star = [Text::from("*")];
            let selected = role
                .bounds
                .contains_key("bound_service_account_namespace_selector");
            let spaces = if spaces.is_empty() || selected {
                &star[..]
            } else {
                spaces
            };
            let subjects = spaces
                .iter()
                .flat_map(|space| {
                    names
                        .iter()
                        .map(move |name| format!("system:serviceaccount:{space}:{name}").into())
                })
                .collect();
            vec![Admits::Issuer {
                issuer: issuer(),
                subjects,
                demands,
            }]
        }
        "cert" => vec![Admits::Issuer {
            issuer: format!("the certificate authority of {}certs/{}", role.mount, role.name).into(),
            subjects: [
                "allowed_common_names",
                "allowed_names",
                "allowed_uri_sans",
                "allowed_dns_sans",
            ]
            .into_iter()
            .flat_map(|key| values(role, key).to_vec())
            .collect(),
            demands,
        }],
        "aws" => [named("bound_iam_principal_arn"), instances("bound_account_id")].concat(),
        "gcp" => [named("bound_service_accounts"), instances("bound_projects")].concat(),
        "azure" => [
            named("bound_service_principal_ids"),
            named("bound_group_ids"),
            instances("bound_subscription_ids"),
        ]
        .concat(),
        _ => Vec::new(),
    }
}
