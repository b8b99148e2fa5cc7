//! # the identity that workloads get unasked has rights
//!
//! A workload that names no identity runs as the one its surroundings prescribe. Here somebody gave that one rights.
//! What the platform gives to every identity does not count.
//!
//! ## Why it matters
//!
//! Whatever is started there next holds the rights too, without anybody deciding so.
//!
//! ## Example that triggers it
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: List
//! items:
//! - {apiVersion: v1, kind: Namespace, metadata: {name: batch}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: batch}}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: Role
//!   metadata: {name: jobs, namespace: batch}
//!   rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: RoleBinding
//!   metadata: {name: jobs, namespace: batch}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: jobs}
//!   subjects: [{kind: ServiceAccount, name: default, namespace: batch}]
//! ```
//!
//! ## Example that does not
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: List
//! items:
//! - {apiVersion: v1, kind: Namespace, metadata: {name: batch}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: batch}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: jobs, namespace: batch}}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: Role
//!   metadata: {name: jobs, namespace: batch}
//!   rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: RoleBinding
//!   metadata: {name: jobs, namespace: batch}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: jobs}
//!   subjects: [{kind: ServiceAccount, name: jobs, namespace: batch}]
//! ```
//!
//! ## Severity
//!
//! By the rights, as others can always trigger it: high with rights over rights or identities, medium where it can
//! change something, else low.
//!
//! ## Fix
//!
//! Give the rights to an identity of their own, and let the workload that needs them name it.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI5:2025, direct: every workload of the surroundings holds the rights
//! - owasp-nhi-2025 NHI9:2025, partial: whatever starts there shares the identity
//! - nist-csf-2.0 PR.AA-05, direct: rights are given without a decision
//! - nist-800-53r5 AC-6, direct: rights beyond the assigned task
//! - iso-27001-2022 A.5.15, direct: access without a decision
//! - pci-dss-4.0.1 7.2.5, direct: a system account with more than it needs
//! - cis-kubernetes-1.12 5.1.5, direct: the default service account is used

use crate::estate::Estate;
use crate::found::{Draft, Found};
use crate::rule::Rule;
use crate::severity::Reached;

pub(crate) static RULE: Rule = Rule {
    id: "LW007",
    name: "default-account-with-rights",
    source: include_str!("default_account_with_rights.rs"),
    follows: false,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    for index in &estate.snapshot().implicit {
        let (Some(identity), rights) = (estate.identity(*index), estate.rights(*index)) else {
            continue;
        };
        if rights.is_empty() {
            continue;
        }
        let Some(shown) = estate.show(*index, &rights.actions) else {
            continue;
        };
        let cause = estate.blame(&shown.steps);
        let reached = if estate.administers(*index) {
            Reached::Administration
        } else {
            Reached::by(rights.classes)
        };
        let words: Vec<String> = rights.classes.iter().map(|class| class.to_string()).collect();
        found.add(Draft {
            cause,
            reached,
            classes: rights.classes,
            title: format!(
                "{{who}}, which workloads get unasked, {{has}} rights ({})",
                words.join(", ")
            ),
            path: shown.path(*index),
            witness: Some(shown.request),
            fix: match cause {
                Some(label) => format!("give what {} says to an identity of its own", estate.call(label)),
                None => "give the rights to an identity of their own".to_string(),
            },
            about: identity.id.to_string(),
            ..Draft::about(vec![*index])
        });
    }
}
