//! What is taken to be absent because the input holds nothing of it, and named by the answers that rest on that.

use leastwise_model::{Assumption, Side};

use super::{World, authorizers};
use crate::defaults;

/// What is taken to be absent because the input holds nothing of it.
pub(super) struct Assumptions {
    /// For everybody.
    pub all: Vec<Assumption>,
    /// For users.
    pub memberships: Assumption,
    /// For machines.
    pub nodes: Assumption,
}

pub(super) fn assumption(layer: &str, settle: &str, side: Side) -> Assumption {
    Assumption {
        layer: layer.into(),
        settle: settle.into(),
        side,
    }
}

/// What answers about a cluster rest on.
pub(super) fn of(world: &World<'_>) -> Assumptions {
    let mut all = Vec::new();
    if let Some(release) = world.assumed {
        all.push(defaults::assumption(release, Side::Adds));
    } else if !world.full {
        let settle = "kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o json";
        all.push(assumption("default roles and bindings", settle, Side::Adds));
    }
    all.extend(authorizers::besides(world));
    if let Some([_, layer, settle, _]) = &world.cloud {
        all.push(assumption(layer, settle, Side::Adds));
    }
    let mut kinds = Vec::new();
    if !world.work.iter().any(|work| work.pod.is_some()) {
        kinds.push("pods");
    }
    if !world.secrets_seen {
        kinds.push("secrets");
    }
    if !kinds.is_empty() {
        let settle = match kinds.contains(&"secrets") {
            true => "kubectl get pods,secrets -A -o json, without the `data` of the secrets",
            false => "kubectl get pods -A -o json",
        };
        all.push(assumption(
            &format!(
                "objects that give access to service accounts ({})",
                kinds.join(", ")
            ),
            settle,
            Side::Adds,
        ));
    }
    if world.homeless {
        let settle = "render the manifests with their namespace, or export the cluster";
        all.push(assumption(
            "namespace of objects that name none",
            settle,
            Side::Both,
        ));
    }
    Assumptions {
        all,
        memberships: assumption(
            "further groups of users",
            "the groups that the identity provider or client certificates give to the user",
            Side::Adds,
        ),
        nodes: assumption(
            "node authorizer",
            "kubectl auth can-i --as system:node:NAME --as-group system:nodes",
            Side::Adds,
        ),
    }
}
