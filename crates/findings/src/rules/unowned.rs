//! # nobody owns an identity
//!
//! The identity has rights, and neither the settings nor a label names a team that answers for it. Where no identity
//! of the estate has an owner there is no source of owners, and the rule is silent.
//!
//! ## Why it matters
//!
//! Nobody will be asked whether it is still needed, and nobody will rotate, narrow or remove it.
//!
//! ## Example that triggers it
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: List
//! items:
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: api, namespace: shop, labels: {team: shop}}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: old, namespace: shop}}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: Role
//!   metadata: {name: config, namespace: shop}
//!   rules: [{apiGroups: [""], resources: [configmaps], verbs: [get]}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: RoleBinding
//!   metadata: {name: config, namespace: shop}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: config}
//!   subjects:
//!   - {kind: ServiceAccount, name: api, namespace: shop}
//!   - {kind: ServiceAccount, name: old, namespace: shop}
//! ```
//!
//! ## Example that does not
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: List
//! items:
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: api, namespace: shop, labels: {team: shop}}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: old, namespace: shop, labels: {team: shop}}}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: Role
//!   metadata: {name: config, namespace: shop}
//!   rules: [{apiGroups: [""], resources: [configmaps], verbs: [get]}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: RoleBinding
//!   metadata: {name: config, namespace: shop}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: config}
//!   subjects:
//!   - {kind: ServiceAccount, name: api, namespace: shop}
//!   - {kind: ServiceAccount, name: old, namespace: shop}
//! ```
//!
//! ## Severity
//!
//! Low.
//!
//! ## Fix
//!
//! Name the team: by a label, or by a row under `[[owners]]` in the settings.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI1:2025, direct: an identity that nobody will remove
//! - owasp-agentic-2026 ASI10, partial: applies where the identity is an agent's
//! - nist-csf-2.0 PR.AA-01, direct: an identity that nobody manages
//! - nist-csf-2.0 GV.RR-02, direct: nobody is responsible
//! - nist-800-53r5 AC-2, direct: an account without a manager
//! - nist-800-53r5 PS-4, partial: where its owner has left
//! - iso-27001-2022 A.5.16, direct: an identity without an owner
//! - iso-27001-2022 A.5.18, partial: nobody reviews its rights
//! - pci-dss-4.0.1 7.2.5.1, partial: nobody can review it
//! - csa-ccm-4 IAM-03, direct: the inventory lacks the owner
//! - mitre-attack T1078, partial: an account whose misuse nobody would notice

use leastwise_model::{IdentityIndex, IdentityKind, InstanceIndex, Nature};

use crate::estate::{Estate, matches};
use crate::found::{Draft, Found};
use crate::rule::Rule;

pub(crate) static RULE: Rule = Rule {
    id: "LW018",
    name: "unowned",
    source: include_str!("unowned.rs"),
    follows: false,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    if estate.settings.owners.is_empty() && estate.identities().all(|(_, identity)| identity.owner.is_none())
    {
        found.silent(
            "no source names owners",
            "label identities with `team`, or add `[[owners]]` to the settings",
        );
        return;
    }
    let mut groups: std::collections::BTreeMap<(InstanceIndex, bool), Vec<IdentityIndex>> =
        std::collections::BTreeMap::new();
    for (index, identity) in estate.identities() {
        let person = matches!(identity.nature, Nature::Human(_));
        let kind = matches!(identity.kind, IdentityKind::Group | IdentityKind::Root);
        let owned = identity.owner.is_some()
            || estate
                .settings
                .owners
                .iter()
                .any(|rule| matches(&rule.pattern, identity));
        if person || kind || owned || estate.rights(index).is_empty() {
            continue;
        }
        groups
            .entry((identity.instance, identity.provided))
            .or_default()
            .push(index);
    }
    for ((_, provided), identities) in groups {
        // What the platform's owner made, it owns.
        if provided {
            continue;
        }
        let Some(first) = identities.first().copied() else {
            continue;
        };
        let home = estate.home(first);
        found.add(Draft {
            title: format!("{{who}} {{is}} owned by nobody, in {home}"),
            fix: "name the team by a label, or under `[[owners]]` in the settings".to_string(),
            about: "unowned".to_string(),
            location: estate
                .identity(first)
                .and_then(|identity| identity.location.clone()),
            ..Draft::about(identities)
        });
    }
}
