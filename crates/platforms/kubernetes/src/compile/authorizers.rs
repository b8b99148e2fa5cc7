//! Whom an API server asks whether a request may pass.
//!
//! Source: Kubernetes documentation, "Authorization" (Configuring the API Server using an authorization config file).

use leastwise_model::{Assumption, Remark, Side, Snapshot};
use leastwise_permset::Guard;

use super::World;
use super::assumptions::assumption;
use super::opportunities::gap;
use crate::cluster::Cluster;
use crate::object::Authorizer;

const SETTLE: &str = "the API server's --authorization-mode or --authorization-config: \
                      kubectl get pods -n kube-system -l component=kube-apiserver -o json";

/// The different configurations of one cluster. That there are several is said.
pub(super) fn configured<'a>(cluster: &Cluster<'a>, snapshot: &mut Snapshot) -> Vec<&'a [Authorizer]> {
    let mut found: Vec<&[Authorizer]> = Vec::new();
    let each = cluster.files.iter().flat_map(|objects| &objects.authorizers);
    for configuration in each {
        if !found.contains(&&**configuration) {
            found.push(configuration);
        }
    }
    if found.len() > 1 {
        snapshot.remarks.push(Remark {
            location: None,
            what: format!(
                "the input holds {} different `AuthorizationConfiguration` of cluster `{}`: answers rest on all of them",
                found.len(),
                cluster.name
            )
            .into(),
            hint: "leave the one that the API server reads, or name each cluster in leastwise.toml".into(),
            loses: false,
        });
    }
    found
}

/// The `--authorization-mode` of each API server in the input.
fn modes<'a>(world: &World<'a>) -> Vec<&'a str> {
    let told = |work: &&'a crate::object::Work| work.pod.as_ref()?.authorization_mode.as_deref();
    world.work.iter().filter_map(told).collect()
}

/// Under what roles and bindings count: they do not where the API server does not ask about them.
pub(super) fn of_roles(world: &World<'_>, snapshot: &mut Snapshot) -> Guard {
    let asked = match world.authorizers.is_empty() {
        false => (world.authorizers.iter()).all(|all| all.iter().any(|one| &*one.kind == "RBAC")),
        true => (modes(world).iter()).all(|mode| mode.split(',').any(|mode| mode == "RBAC")),
    };
    if asked {
        return Guard::always();
    }
    let name = format!(
        "whether the API server of cluster `{}` asks its roles",
        world.name
    );
    let what = "an API server whose configuration does not name RBAC among its authorizers";
    gap(name, what, SETTLE, snapshot)
}

/// Who else is asked whether a request may pass, as far as it is known.
pub(super) fn besides(world: &World<'_>) -> Vec<Assumption> {
    if world.authorizers.is_empty() {
        let modes = modes(world);
        let known = |mode: &&str| mode.split(',').all(|mode| matches!(mode, "Node" | "RBAC"));
        let told = !modes.is_empty() && modes.iter().all(known);
        let unknown = assumption("other authorizers (webhooks)", SETTLE, Side::Both);
        return if told { Vec::new() } else { vec![unknown] };
    }
    let mut all: Vec<Assumption> = Vec::new();
    for configured in &world.authorizers {
        // Who is asked before the roles can refuse what they grant; who is asked after them only lets more pass.
        let mut side = Side::Both;
        for authorizer in *configured {
            match &*authorizer.kind {
                "RBAC" => side = Side::Adds,
                "Node" => {}
                kind => {
                    let layer = format!("authorizer {} ({kind})", authorizer.name);
                    match all.iter_mut().find(|known| *known.layer == *layer) {
                        Some(known) if side == Side::Both => known.side = side,
                        Some(_) => {}
                        None => all.push(assumption(&layer, "kubectl auth can-i, which asks it too", side)),
                    }
                }
            }
        }
    }
    all
}
