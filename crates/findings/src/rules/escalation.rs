//! # an identity can make itself an administrator
//!
//! The identity does not control its account or cluster, but it can widen what it holds until it does: attach a
//! policy to itself, write a new version of its own policy, bind a role it may bind. Every step is checked against all
//! bounds and denials. Identities that share the statement that lets them begin are one finding.
//!
//! ## Why it matters
//!
//! What an identity can give itself it holds. A review of its present rights shows a harmless deployer.
//!
//! ## Example that triggers it
//!
//! An operator that keeps its own role up to date, and may write into it what it does not hold.
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: ServiceAccount
//! metadata: {name: operator, namespace: ops}
//! ---
//! apiVersion: rbac.authorization.k8s.io/v1
//! kind: ClusterRole
//! metadata: {name: operator}
//! rules: [{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], resourceNames: [operator], verbs: [get, update, escalate]}]
//! ---
//! apiVersion: rbac.authorization.k8s.io/v1
//! kind: ClusterRoleBinding
//! metadata: {name: operator}
//! roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: operator}
//! subjects: [{kind: ServiceAccount, name: operator, namespace: ops}]
//! ```
//!
//! ## Example that does not
//!
//! Without `escalate`, the API server lets nobody write rules they do not hold.
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: ServiceAccount
//! metadata: {name: operator, namespace: ops}
//! ---
//! apiVersion: rbac.authorization.k8s.io/v1
//! kind: ClusterRole
//! metadata: {name: operator}
//! rules: [{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], resourceNames: [operator], verbs: [get, update]}]
//! ---
//! apiVersion: rbac.authorization.k8s.io/v1
//! kind: ClusterRoleBinding
//! metadata: {name: operator}
//! roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: operator}
//! subjects: [{kind: ServiceAccount, name: operator, namespace: ops}]
//! ```
//!
//! ## Severity
//!
//! Critical where others can trigger the identity, else high.
//!
//! ## Fix
//!
//! Take away the request on the path, or confine it: to roles below a boundary, to named roles.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI5:2025, direct: the identity can hold everything
//! - owasp-agentic-2026 ASI03, partial: applies where the identity is an agent's
//! - nist-csf-2.0 PR.AA-05, direct: entitlements can be changed by who holds them
//! - nist-800-207 tenet 4, partial: policy is in the hands of the one it binds
//! - nist-800-207 tenet 6, partial: policy is in the hands of the one it binds
//! - nist-800-53r5 AC-6(1), direct: access to security functions
//! - nist-800-53r5 AC-6(5), direct: a privileged account that is not treated as one
//! - iso-27001-2022 A.8.2, direct: a privileged right that nobody sees
//! - pci-dss-4.0.1 7.2.5, direct: a system account with more than it needs
//! - cis-kubernetes-1.12 5.1.8, direct: binding and escalating
//! - mitre-attack T1098.003, direct: adding roles to an account one holds
//! - mitre-attack T1548.005, partial: elevating what one holds

use leastwise_effective::{How, Steps};

use crate::arrivals::arrivals;
use crate::estate::Estate;
use crate::found::{Draft, Found};
use crate::rule::Rule;
use crate::severity::Reached;

pub(crate) static RULE: Rule = Rule {
    id: "LW003",
    name: "escalation",
    source: include_str!("escalation.rs"),
    follows: true,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    let certain = estate.administration(Steps::Certain);
    let conditional = estate.administration(Steps::Conditional);
    for arrival in arrivals(estate, certain, conditional, How::ByGranting, |_| true) {
        let home = estate.home(arrival.end);
        let technique = estate.technique(arrival.opportunity);
        found.add(Draft {
            cause: arrival.cause,
            reached: Reached::Administration,
            title: format!("{{who}} can make {{itself}} administrator of {home}: can {technique}"),
            witness: arrival.witness,
            path: arrival.path,
            fix: match arrival.cause {
                Some(label) => format!("take the first request of the path out of {}", estate.call(label)),
                None => "take away the first request of the path".to_string(),
            },
            confidence: arrival.confidence,
            about: home.to_string(),
            ..Draft::about(arrival.identities)
        });
    }
}
