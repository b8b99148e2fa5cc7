//! # an identity controls its whole account or cluster
//!
//! The list of who really administers, by the statement that makes it so. What the platform's owner put there (the
//! root of an account, the groups of a control plane) is listed apart.
//!
//! ## Why it matters
//!
//! Everything else rests on this list being short and known.
//!
//! ## Example that triggers it
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: ServiceAccount
//! metadata: {name: installer, namespace: ops}
//! ---
//! apiVersion: rbac.authorization.k8s.io/v1
//! kind: ClusterRole
//! metadata: {name: cluster-admin, labels: {kubernetes.io/bootstrapping: rbac-defaults}}
//! rules:
//! - {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}
//! - {nonResourceURLs: ["*"], verbs: ["*"]}
//! ---
//! apiVersion: rbac.authorization.k8s.io/v1
//! kind: ClusterRoleBinding
//! metadata: {name: installer}
//! roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
//! subjects: [{kind: ServiceAccount, name: installer, namespace: ops}]
//! ```
//!
//! ## Example that does not
//!
//! Bound in one namespace, the same role does not control the cluster.
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: ServiceAccount
//! metadata: {name: installer, namespace: ops}
//! ---
//! apiVersion: rbac.authorization.k8s.io/v1
//! kind: ClusterRole
//! metadata: {name: cluster-admin, labels: {kubernetes.io/bootstrapping: rbac-defaults}}
//! rules:
//! - {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}
//! - {nonResourceURLs: ["*"], verbs: ["*"]}
//! ---
//! apiVersion: rbac.authorization.k8s.io/v1
//! kind: RoleBinding
//! metadata: {name: installer, namespace: ops}
//! roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
//! subjects: [{kind: ServiceAccount, name: installer, namespace: ops}]
//! ```
//!
//! ## Severity
//!
//! Critical where others can trigger the identity, high where only it can, medium for people and groups.
//!
//! ## Fix
//!
//! Bind the rights that are needed instead. `leastwise fit ID` proposes a role from declared or observed need.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI5:2025, direct: an identity that can do everything
//! - nist-csf-2.0 PR.AA-05, direct: full administration is never least privilege for one program
//! - nist-800-53r5 AC-6(5), direct: the list of privileged accounts
//! - iso-27001-2022 A.8.2, direct: the list of privileged rights
//! - pci-dss-4.0.1 7.2.5, direct: a system account with everything
//! - csa-ccm-4 IAM-09, partial: administration, data and keys are in one hand
//! - cis-kubernetes-1.12 5.1.1, direct: who holds cluster-admin
//! - cis-aws-7.0 2.14, direct: who holds full administration
//! - mitre-attack T1078.004, partial: what a stolen account can be used for

use std::collections::BTreeMap;

use leastwise_model::{IdentityIndex, InstanceIndex};
use leastwise_permset::Label;

use crate::estate::Estate;
use crate::found::{Draft, Found};
use crate::rule::Rule;
use crate::severity::Reached;

pub(crate) static RULE: Rule = Rule {
    id: "LW016",
    name: "administrator",
    source: include_str!("administrator.rs"),
    follows: false,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    let mut groups: BTreeMap<(Option<Label>, InstanceIndex), Vec<IdentityIndex>> = BTreeMap::new();
    for (index, identity) in estate
        .identities()
        .filter(|(index, _)| estate.administers(*index))
    {
        let cause = match identity.unbounded {
            Some(_) => None,
            None => estate
                .show_within(index, &estate.control(identity.instance))
                .and_then(|it| estate.blame(&it.steps)),
        };
        groups.entry((cause, identity.instance)).or_default().push(index);
    }
    for ((cause, instance), identities) in groups {
        let Some(first) = estate.representative(&identities) else {
            continue;
        };
        let unbounded = estate
            .identity(first)
            .and_then(|identity| identity.unbounded.clone());
        let home = estate.home(first);
        let shown = match unbounded {
            Some(_) => None,
            None => estate.show_within(first, &estate.control(instance)),
        };
        found.add(Draft {
            cause,
            reached: Reached::Administration,
            title: match &unbounded {
                Some(why) => format!("{{who}} control{{s}} all of {home} ({why})"),
                None => format!("{{who}} control{{s}} all of {home}"),
            },
            path: shown.as_ref().map(|shown| shown.path(first)).unwrap_or_default(),
            witness: shown.map(|shown| shown.request),
            fix: match cause {
                Some(label) => format!("give only what is needed instead of {}", estate.call(label)),
                None => "keep it for emergencies".to_string(),
            },
            about: home.to_string(),
            ..Draft::about(identities)
        });
    }
}
