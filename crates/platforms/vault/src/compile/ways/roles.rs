//! By auth methods and their roles.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leastwise_model::{Gain, IdentityIndex, Snapshot, Targets, Text};
use leastwise_permset::PermissionSet;

use super::super::identity::What;
use super::super::people::Placed;
use super::super::policies::Policies;
use super::super::{World, logins};
use super::{Adding, NEW, need};
use crate::export::Namespace;
use crate::operation::Operation;

/// How many names of new roles are tried, one for each pattern of a rule.
const NEW_NAMES: usize = 32;

pub(super) fn compile(
    world: &World<'_>,
    path: &Text,
    namespace: &Namespace,
    policies: &Policies,
    placed: &Placed,
    any: &PermissionSet,
    snapshot: &mut Snapshot,
) {
    let everybody = &placed.everybody;
    let mut mounts: BTreeMap<&Text, Vec<IdentityIndex>> = BTreeMap::new();
    let mut adding = Adding { world, snapshot };
    for (place, role) in &namespace.roles {
        let Some(index) = placed.by_what.get(&(path.clone(), What::Role(place.clone()))) else {
            continue;
        };
        mounts.entry(&role.mount).or_default().push(*index);
        let kind = logins::kind_of(namespace, &role.mount);
        let at = format!("{path}{place}");
        let itself = Arc::from([*index]);
        let attach = ["token_policies", "policies"];
        for carried in attach {
            let needs = vec![need(Operation::Update, &at, &[carried])];
            adding.gain("write-own-role", needs, &itself, any);
        }
        match kind {
            "approle" => {
                for secret in ["secret-id", "custom-secret-id"] {
                    for id in [Operation::Read, Operation::Update] {
                        let needs = vec![
                            need(Operation::Update, &format!("{at}/{secret}"), &[]),
                            need(id, &format!("{at}/role-id"), &[]),
                        ];
                        adding.become_one("issue-secret-id", needs, everybody, *index);
                    }
                }
            }
            "userpass" => {
                for place in [format!("{at}/password"), at.clone()] {
                    let needs = vec![need(Operation::Update, &place, &["password"])];
                    adding.become_one("set-password", needs, everybody, *index);
                }
            }
            "cert" => {
                let needs = vec![need(Operation::Update, &at, &["certificate"])];
                adding.become_one("replace-certificate", needs, everybody, *index);
            }
            _ => {}
        }
    }
    for (mount, roles) in &mounts {
        if matches!(logins::kind_of(namespace, mount), "jwt" | "oidc" | "kubernetes") {
            let needs = vec![need(Operation::Update, &format!("{path}{mount}config"), &[])];
            let targets = Targets::These(roles.clone().into());
            adding.add("change-auth-config", needs, everybody, targets, Gain::Become);
        }
    }
    let known = namespace.auth.iter().flat_map(BTreeMap::keys);
    let all: BTreeSet<&Text> = known.chain(mounts.keys().copied()).collect();
    for mount in all {
        let (collection, technique) = match logins::kind_of(namespace, mount) {
            "approle" => ("role", "create-approle"),
            "userpass" => ("users", "create-user"),
            _ => continue,
        };
        let base = format!("{mount}{collection}/");
        for name in new_names(policies, path, &base) {
            let at = format!("{path}{base}{name}");
            let mut needs = vec![need(Operation::Create, &at, &["token_policies"])];
            if collection == "role" {
                needs.push(need(Operation::Update, &format!("{at}/secret-id"), &[]));
                needs.push(need(Operation::Read, &format!("{at}/role-id"), &[]));
            }
            adding.gain(technique, needs, everybody, any);
        }
    }
}

/// Names of roles that do not exist, one for each way in which rules let such roles be made.
pub(super) fn new_names(policies: &Policies, namespace: &Text, base: &str) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = [NEW.to_owned()].into();
    for path in policies.paths(namespace) {
        let Some(rest) = path.trim_start_matches('/').strip_prefix(base) else {
            continue;
        };
        let name = rest.split('/').next().unwrap_or_default();
        if name.contains(['*', '+']) && names.len() < NEW_NAMES {
            names.insert(name.replace(['*', '+'], NEW));
        }
    }
    names
}
