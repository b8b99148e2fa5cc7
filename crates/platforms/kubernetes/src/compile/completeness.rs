//! Which objects exist only if they are in the input.
//!
//! A manifest says what somebody wants to be there, never what is not: the role or account that it does not hold may
//! come from the next one. Only what a running cluster has listed proves absence, and only of the kind and namespace
//! that was listed. No listing says how it was asked for; so it is told by what every cluster holds: each namespace has
//! a service account `default` (kubernetes/kubernetes `pkg/controller/serviceaccount/serviceaccounts_controller.go`),
//! `kube-system` has roles and the cluster has cluster roles of its own
//! (`plugin/pkg/auth/authorizer/rbac/bootstrappolicy`), and `default` and `kube-system` are always there
//! (`pkg/controlplane/controller/systemnamespaces`).

use leastwise_model::Text;
use rustc_hash::FxHashSet;

use super::World;

const SYSTEM: &str = "kube-system";
const DEFAULT: &str = "default";

/// What was listed whole.
#[derive(Debug, Default)]
pub(crate) struct Completeness {
    cluster_roles: bool,
    /// Of all namespaces.
    all_roles: bool,
    all_accounts: bool,
    all_pods: bool,
    namespaces: bool,
    /// The namespaces of which something of the kind was listed.
    roles_of: FxHashSet<Text>,
    accounts_of: FxHashSet<Text>,
    known_namespaces: FxHashSet<Text>,
}

impl Completeness {
    /// Looks at every object of a running cluster once. Where an object could not be read (`broken`) nothing is
    /// complete.
    pub(crate) fn of(world: &World<'_>, broken: bool) -> Self {
        let mut found = Self::default();
        if broken {
            return found;
        }
        found.cluster_roles = world
            .roles
            .iter()
            .any(|role| role.cluster && role.meta.live && role.meta.provided);
        for role in world.roles.iter().filter(|role| !role.cluster && role.meta.live) {
            found.roles_of.insert(world.home(&role.meta));
        }
        for account in &world.accounts {
            if account.meta.live && &*account.meta.name == DEFAULT {
                found.accounts_of.insert(world.home(&account.meta));
            }
        }
        for namespace in world.namespaces.iter().filter(|namespace| namespace.meta.live) {
            found.known_namespaces.insert(namespace.meta.name.clone());
        }
        let pods = world
            .work
            .iter()
            .filter(|work| work.pod.is_some() && work.meta.live);
        let pods_of: FxHashSet<Text> = pods.map(|work| world.home(&work.meta)).collect();
        let in_all = |set: &FxHashSet<Text>| set.contains(SYSTEM) && set.len() > 1;
        found.all_roles = in_all(&found.roles_of);
        found.all_accounts = in_all(&found.accounts_of) && found.accounts_of.contains(DEFAULT);
        found.all_pods = in_all(&pods_of);
        found.namespaces = in_all(&found.known_namespaces) && found.known_namespaces.contains(DEFAULT);
        found
    }

    /// Whether a role of `namespace`, or a cluster role, exists only if it is in the input.
    pub(crate) fn knows_roles(&self, namespace: Option<&Text>) -> bool {
        match namespace {
            None => self.cluster_roles,
            Some(namespace) => self.all_roles || self.roles_of.contains(namespace) || self.has_no(namespace),
        }
    }

    /// Whether a service account of `namespace` exists only if it is in the input.
    pub(crate) fn knows_accounts(&self, namespace: &Text) -> bool {
        self.accounts_of.contains(namespace)
            || self.has_no(namespace)
            // A namespace that is there has an account of its own, so one without was not listed.
            || self.all_accounts && !self.known_namespaces.contains(namespace)
    }

    /// Whether all service accounts of the cluster are in the input.
    pub(crate) fn knows_all_accounts(&self) -> bool {
        self.all_accounts
    }

    /// Whether a pod exists only if it is in the input.
    pub(crate) fn knows_all_pods(&self) -> bool {
        self.all_pods
    }

    /// Whether there is no such namespace.
    fn has_no(&self, namespace: &Text) -> bool {
        self.namespaces && !self.known_namespaces.contains(namespace)
    }
}
