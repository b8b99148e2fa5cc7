//! Tokens by making a secret: whoever makes a secret of type `kubernetes.io/service-account-token` and reads it has a
//! token of the account that the secret names.
//!
//! A secret is made under a name that no other has (kubernetes/kubernetes
//! `staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go`, `Create`), so whoever reads only some names
//! needs one of these to be free.

use std::collections::BTreeSet;
use std::sync::Arc;

use leastwise_model::{IdentityIndex, Need, NeedSide, Snapshot, Text};
use leastwise_permset::{Guard, Pattern, PermissionSet, Region, Strings};

use super::World;
use super::adding::{Adding, named, need_when};
use super::opportunities::gap;
use crate::object::Rule;
use crate::rule::{request, touches};

const READS: [&str; 4] = ["get", "list", "watch", "patch"];

/// The secrets that rules name, and the question whether objects of these names are there.
pub(crate) struct Taken {
    names: BTreeSet<Text>,
    free: Guard,
}

impl Taken {
    /// `None` where no rule on secrets names any, or whoever may make secrets may read all of them anyway.
    pub(crate) fn of(world: &World<'_>, snapshot: &mut Snapshot) -> Option<Self> {
        let reads = |rule: &Rule| READS.iter().any(|verb| touches(rule, "", "secrets", verb));
        let makes_only = world.roles.iter().any(|role| {
            let mut unnamed = role.rules.iter().filter(|rule| rule.names.is_empty());
            unnamed.clone().any(|rule| touches(rule, "", "secrets", "create")) && !unnamed.any(reads)
        });
        if !makes_only {
            return None;
        }
        let names: BTreeSet<Text> = (world.roles.iter())
            .flat_map(|role| &role.rules)
            .filter(|rule| reads(rule))
            .flat_map(|rule| rule.names.iter().cloned())
            .collect();
        if names.is_empty() {
            return None;
        }
        let free = gap(
            format!(
                "the input does not say which names of secrets of cluster `{}` are free",
                world.name
            ),
            "whether secrets that roles name exist: a new one cannot take the name of another",
            "kubectl get secrets -A -o name",
            snapshot,
        );
        Some(Self { names, free })
    }

    /// Requests with this action on secrets of these names.
    fn named(&self, action: &str, namespace: &str) -> PermissionSet {
        let texts = (self.names.iter()).map(|name| Pattern::literal(&format!("{namespace}/{name}")));
        Region::new(Strings::literal(action), Strings::any_of(texts)).into()
    }
}

/// Adds what making secrets in a namespace gives: the accounts of which `exist` says that they are there.
pub(crate) fn of_namespace(
    namespace: &str,
    accounts: &Arc<[IdentityIndex]>,
    exist: &Guard,
    taken: Option<&Taken>,
    adding: &mut Adding<'_>,
) {
    let create: Text = "core/secrets:create".into();
    let nameless = format!("{namespace}/");
    let mut add = |guard: Guard, names: &dyn Fn(&str) -> PermissionSet| {
        let all = ["core/secrets:list", "core/secrets:watch"].map(|action| request(action, &nameless).into());
        let some = READS.map(|verb| names(&format!("core/secrets:{verb}")));
        let read = Need {
            side: NeedSide::Holder,
            action: "core/secrets:get".into(),
            resource: None,
            set: PermissionSet::union_of(all.into_iter().chain(some)),
        };
        let needs = vec![need_when(&create, &nameless, guard), read];
        adding.become_one_of("token-secret-create", needs, accounts);
    };
    let any = |action: &str| PermissionSet::from(named(action, namespace));
    let Some(taken) = taken else {
        add(exist.clone(), &any);
        return;
    };
    add(exist.clone(), &|action| {
        any(action).difference(&taken.named(action, namespace))
    });
    let both = exist.literals().iter().chain(taken.free.literals()).cloned();
    add(Guard::all_of(both), &any);
}
