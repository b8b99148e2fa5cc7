//! # an identity can take over a machine that runs others' workloads
//!
//! It can start something that has the machine it runs on, or run a command in something that has: then it is that machine,
//! and has what the machine hands to everything that runs there. Who controls the cluster anyway is not told here, nor what
//! the platform made to start things.
//!
//! ## Why it matters
//!
//! A right to deploy in one corner is read as a right over that corner. On the machine lie the tokens and secrets of all
//! corners.
//!
//! ## Example that triggers it
//!
//! A builder creates pods where nothing refuses privileged ones.
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: List
//! items:
//! - {apiVersion: v1, kind: Namespace, metadata: {name: ci, uid: n1}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: builder, namespace: ci, uid: s1}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: shop, namespace: shop, uid: s2}}
//! - apiVersion: v1
//!   kind: Pod
//!   metadata: {name: shop-0, namespace: shop, uid: p1}
//!   spec: {serviceAccountName: shop, nodeName: node-1, containers: [{name: shop, image: shop}]}
//!   status: {phase: Running}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: Role
//!   metadata: {name: builder, namespace: ci, uid: r1}
//!   rules: [{apiGroups: [""], resources: [pods], verbs: [create]}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: RoleBinding
//!   metadata: {name: builder, namespace: ci, uid: b1}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
//!   subjects: [{kind: ServiceAccount, name: builder, namespace: ci}]
//! ```
//!
//! ## Example that does not
//!
//! The namespace is labelled so that such pods are refused.
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: List
//! items:
//! - {apiVersion: v1, kind: Namespace, metadata: {name: ci, uid: n1, labels: {pod-security.kubernetes.io/enforce: baseline}}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: builder, namespace: ci, uid: s1}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: shop, namespace: shop, uid: s2}}
//! - apiVersion: v1
//!   kind: Pod
//!   metadata: {name: shop-0, namespace: shop, uid: p1}
//!   spec: {serviceAccountName: shop, nodeName: node-1, containers: [{name: shop, image: shop}]}
//!   status: {phase: Running}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: Role
//!   metadata: {name: builder, namespace: ci, uid: r1}
//!   rules: [{apiGroups: [""], resources: [pods], verbs: [create]}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: RoleBinding
//!   metadata: {name: builder, namespace: ci, uid: b1}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
//!   subjects: [{kind: ServiceAccount, name: builder, namespace: ci}]
//! ```
//!
//! ## Severity
//!
//! By what the machine reaches: that of a control plane is the whole cluster; of another, identities of a part of it.
//!
//! ## Fix
//!
//! Have what is started refused where it asks for its machine: on Kubernetes, label the namespace with a Pod Security level;
//! or take the request on the path away.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI5:2025, direct: more than the workload needs
//! - nist-csf-2.0 PR.AA-05, direct: entitlements reach beyond what they are written for
//! - nist-800-53r5 AC-6, direct: rights beyond the assigned task
//! - iso-27001-2022 A.8.2, partial: a privileged right that nobody sees
//! - cis-kubernetes-1.12 5.1.4, direct: who can create pods
//! - mitre-attack T1611, direct: out of a container onto its machine

use leastwise_effective::{Certainty, Next, Path, Steps, Ways};
use leastwise_model::{IdentityIndex, Targets, Text};
use leastwise_permset::Label;

use crate::estate::Estate;
use crate::found::{Draft, Found, Groups};
use crate::rule::Rule;
use crate::severity::Reached;

pub(crate) static RULE: Rule = Rule {
    id: "LW026",
    name: "machine-takeover",
    source: include_str!("machine_takeover.rs"),
    follows: true,
    check,
};

/// The effect of techniques by which somebody has the machine that the target is.
const HOST: &str = "host";

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    let machines = machines(estate);
    if machines.is_empty() {
        return;
    }
    let certain = estate.world.ways_to(&machines, |it| Steps::Certain.admit(it));
    let at_most = estate.world.ways_to(&machines, |it| Steps::AtMost.admit(it));
    let takes = |ways: &Ways, index: IdentityIndex| {
        let next = ways.next(index).filter(|next| next.hops == 1)?;
        takes_over(estate, next.opportunity).then(|| next.clone())
    };
    let mut groups: Groups<u32> = Groups::new();
    let (mut doubtful, mut gaps) = (Vec::new(), Vec::new());
    for (index, identity) in estate.identities() {
        if estate.administers(index) || identity.provided {
            continue;
        }
        if let Some(next) = takes(&certain, index) {
            let cause = estate.blame_for(index, next.opportunity);
            groups.entry((cause, next.opportunity)).or_default().push(index);
        } else if let Some(Next {
            certainty: Certainty::Depends(atoms),
            ..
        }) = takes(&at_most, index)
            && identity.unbounded.is_none()
        {
            doubtful.push(index);
            gaps.extend(atoms.iter().map(|atom| Text::from(atom.as_str())));
        }
    }
    for ((cause, opportunity), identities) in groups {
        found.add(draft(estate, &certain, cause, opportunity, identities));
    }
    found.undecided(doubtful, gaps);
}

fn draft(
    estate: &Estate<'_>,
    certain: &Ways,
    cause: Option<Label>,
    opportunity: u32,
    identities: Vec<IdentityIndex>,
) -> Draft {
    let reached = machines_of(estate, opportunity);
    let whole = reached.iter().any(|machine| estate.administers(*machine));
    let home = reached.first().map_or("", |machine| estate.home(*machine));
    let first = estate.representative(&identities);
    Draft {
        cause,
        reached: if whole {
            Reached::Administration
        } else {
            Reached::Control
        },
        title: format!(
            "{{who}} can take over machines of {home}: can {}",
            estate.technique(opportunity)
        ),
        path: first.map_or_else(Path::new, |first| estate.world.path_along(certain, first)),
        fix: match cause {
            Some(label) => format!(
                "take the first request of the path out of {}, or have it refused",
                estate.call(label)
            ),
            None => "take away the first step of the path, or have it refused".to_string(),
        },
        about: home.to_string(),
        ..Draft::about(identities)
    }
}

/// All machines that somebody can take over.
fn machines(estate: &Estate<'_>) -> Vec<IdentityIndex> {
    let count = u32::try_from(estate.snapshot().opportunities.len()).unwrap_or(u32::MAX);
    let all = (0..count).filter(|at| takes_over(estate, *at));
    let mut machines: Vec<IdentityIndex> = all.flat_map(|at| machines_of(estate, at)).copied().collect();
    machines.sort_unstable();
    machines.dedup();
    machines
}

fn takes_over(estate: &Estate<'_>, opportunity: u32) -> bool {
    let snapshot = estate.snapshot();
    let technique = snapshot
        .opportunities
        .get(opportunity as usize)
        .and_then(|it| snapshot.techniques.get(it.technique.0 as usize));
    technique.is_some_and(|technique| &*technique.effect == HOST)
}

fn machines_of<'w>(estate: &Estate<'w>, opportunity: u32) -> &'w [IdentityIndex] {
    match estate
        .snapshot()
        .opportunities
        .get(opportunity as usize)
        .map(|it| &it.targets)
    {
        Some(Targets::These(these)) => these,
        Some(Targets::Actor) | None => &[],
    }
}
