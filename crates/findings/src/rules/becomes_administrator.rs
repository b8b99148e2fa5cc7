//! # an identity can become an administrator
//!
//! The identity does not control its account or cluster, but it can become somebody who does, in one step or in
//! several: assume a role, start a pod as a service account, read its token, make a key for a user. Identities that
//! share the statement that lets them begin are one finding.
//!
//! ## Why it matters
//!
//! The right to become somebody is all that somebody's rights. It is written where nobody looks for it: in a right to
//! create pods, in another role's trust.
//!
//! ## Example that triggers it
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: List
//! items:
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: builder, namespace: ci}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: root, namespace: ci}}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: ClusterRole
//!   metadata: {name: cluster-admin, labels: {kubernetes.io/bootstrapping: rbac-defaults}}
//!   rules:
//!   - {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}
//!   - {nonResourceURLs: ["*"], verbs: ["*"]}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: ClusterRoleBinding
//!   metadata: {name: root}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
//!   subjects: [{kind: ServiceAccount, name: root, namespace: ci}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: Role
//!   metadata: {name: builder, namespace: ci}
//!   rules: [{apiGroups: [""], resources: [pods], verbs: [create]}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: RoleBinding
//!   metadata: {name: builder, namespace: ci}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
//!   subjects: [{kind: ServiceAccount, name: builder, namespace: ci}]
//! ```
//!
//! ## Example that does not
//!
//! The administrator lives in another namespace, where the builder cannot create pods.
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: List
//! items:
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: builder, namespace: ci}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: root, namespace: ops}}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: ClusterRole
//!   metadata: {name: cluster-admin, labels: {kubernetes.io/bootstrapping: rbac-defaults}}
//!   rules:
//!   - {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}
//!   - {nonResourceURLs: ["*"], verbs: ["*"]}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: ClusterRoleBinding
//!   metadata: {name: root}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
//!   subjects: [{kind: ServiceAccount, name: root, namespace: ops}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: Role
//!   metadata: {name: builder, namespace: ci}
//!   rules: [{apiGroups: [""], resources: [pods], verbs: [create]}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: RoleBinding
//!   metadata: {name: builder, namespace: ci}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
//!   subjects: [{kind: ServiceAccount, name: builder, namespace: ci}]
//! ```
//!
//! ## Severity
//!
//! Critical where others can trigger the identity, else high.
//!
//! ## Fix
//!
//! Cut the first step: narrow the right to become, or move the administrator out of reach.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI5:2025, direct: the identity can act as one that holds everything
//! - owasp-agentic-2026 ASI03, partial: applies where the identity is an agent's
//! - nist-csf-2.0 PR.AA-05, direct: what can be reached exceeds what was granted on paper
//! - nist-800-207 tenet 6, partial: a standing right to act as somebody else
//! - nist-800-53r5 AC-6(1), direct: access to security functions
//! - nist-800-53r5 AC-6(5), direct: a privileged account that is not treated as one
//! - iso-27001-2022 A.8.2, direct: a privileged right that nobody sees
//! - pci-dss-4.0.1 7.2.5, direct: a system account with more than it needs
//! - cis-kubernetes-1.12 5.1.4, partial: where the step is creating pods
//! - mitre-attack T1548.005, direct: acting as a more privileged identity
//! - mitre-attack T1550.001, partial: where the step is taking its token

use leastwise_effective::{How, Steps};
use leastwise_model::Text;

use crate::arrivals::arrivals;
use crate::estate::Estate;
use crate::found::{Draft, Found};
use crate::rule::Rule;
use crate::severity::Reached;

pub(crate) static RULE: Rule = Rule {
    id: "LW004",
    name: "becomes-administrator",
    source: include_str!("becomes_administrator.rs"),
    follows: true,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    let certain = estate.administration(Steps::Certain);
    let conditional = estate.administration(Steps::Conditional);
    for arrival in arrivals(estate, certain, conditional, How::Through, |_| true) {
        let home = estate.home(arrival.end);
        let end = estate.identity(arrival.end).map_or("", |identity| &identity.id);
        let technique = estate.technique(arrival.opportunity);
        found.add(Draft {
            cause: arrival.cause,
            reached: Reached::Administration,
            title: format!("{{who}} can become {end}, administrator of {home}: can {technique}"),
            witness: arrival.witness,
            path: arrival.path,
            fix: match arrival.cause {
                Some(label) => format!("take the first request of the path out of {}", estate.call(label)),
                None => "take away the first step of the path".to_string(),
            },
            confidence: arrival.confidence,
            about: home.to_string(),
            ..Draft::about(arrival.identities)
        });
    }
    undecided(estate, found);
}

/// Whoever comes to administer only if a gap is what it could be.
fn undecided(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    let conditional = estate.administration(Steps::Conditional);
    let at_most = estate.administration(Steps::AtMost);
    let mut identities = Vec::new();
    let mut gaps = Vec::new();
    for (index, identity) in estate.identities().filter(|(_, identity)| !identity.provided) {
        if conditional.coming(index).is_none()
            && at_most.coming(index).is_some()
            && identity.unbounded.is_none()
        {
            identities.push(index);
            gaps.extend(at_most.gaps(index).iter().map(|atom| Text::from(atom.as_str())));
        }
    }
    found.undecided(identities, gaps);
}
