//! # one entitlement serves workloads that have nothing in common
//!
//! A policy or role that gives many different things is held by the identities of several teams, or of workloads in
//! several places. It grew with each of them. Entitlements that only read, and those of the platform's owner, are
//! left out.
//!
//! ## Why it matters
//!
//! Each holder gets what any of them ever needed, and nobody dares to narrow it. A technical role says what may be
//! done on one system for one purpose; this one says what was convenient.
//!
//! ## Example that triggers it
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: List
//! items:
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: api, namespace: shop, labels: {team: shop}}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: ledger, namespace: books, labels: {team: finance}}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: mailer, namespace: mail, labels: {team: outreach}}}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: ClusterRole
//!   metadata: {name: app}
//!   rules:
//!   - {apiGroups: [""], resources: [secrets, configmaps, pods, services], verbs: [get, list, create, update, delete]}
//!   - {apiGroups: [apps], resources: [deployments, statefulsets], verbs: [get, list, create, update, delete]}
//!   - {apiGroups: [batch], resources: [jobs, cronjobs], verbs: [get, list, create, update, delete]}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: ClusterRoleBinding
//!   metadata: {name: app}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: app}
//!   subjects:
//!   - {kind: ServiceAccount, name: api, namespace: shop}
//!   - {kind: ServiceAccount, name: ledger, namespace: books}
//!   - {kind: ServiceAccount, name: mailer, namespace: mail}
//! ```
//!
//! ## Example that does not
//!
//! A narrow role may be shared by everybody.
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: List
//! items:
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: api, namespace: shop, labels: {team: shop}}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: ledger, namespace: books, labels: {team: finance}}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: mailer, namespace: mail, labels: {team: outreach}}}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: ClusterRole
//!   metadata: {name: leader-election}
//!   rules: [{apiGroups: [coordination.k8s.io], resources: [leases], verbs: [get, create, update]}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: ClusterRoleBinding
//!   metadata: {name: leader-election}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: leader-election}
//!   subjects:
//!   - {kind: ServiceAccount, name: api, namespace: shop}
//!   - {kind: ServiceAccount, name: ledger, namespace: books}
//!   - {kind: ServiceAccount, name: mailer, namespace: mail}
//! ```
//!
//! ## Severity
//!
//! Medium; low where people hold it.
//!
//! ## Fix
//!
//! Split it by purpose: one technical role for what each group of workloads needs.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI5:2025, direct: each holder has what any of them needed
//! - nist-csf-2.0 PR.AA-05, direct: entitlements are not defined by need
//! - nist-800-53r5 AC-6, direct: rights beyond the assigned task
//! - iso-27001-2022 A.5.15, partial: no rule says what the role is for
//! - pci-dss-4.0.1 7.2.1, partial: the access model has one class for everything
//! - cis-controls-8.1 6.8, partial: a role that follows no task
//! - csa-ccm-4 IAM-05, direct: rights beyond the need

use std::collections::BTreeSet;

use leastwise_model::{ActionBits, Identity, IdentityIndex, Target, Verb};

use crate::estate::{Estate, mention};
use crate::finding::Confidence;
use crate::found::{Draft, Found};
use crate::rule::Rule;
use crate::severity::Reached;

pub(crate) static RULE: Rule = Rule {
    id: "LW010",
    name: "catch-all",
    source: include_str!("catch_all.rs"),
    follows: false,
    check,
};

/// From how many groups of holders on an entitlement is called reused.
const GROUPS: usize = 3;
/// From how many changing actions on an entitlement is called wide.
const ACTIONS: usize = 12;

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    for entitlement in &estate.snapshot().entitlements {
        let Some(platform) = estate.platform(entitlement.instance) else {
            continue;
        };
        if entitlement.provided || entitlement.holders.len() < GROUPS {
            continue;
        }
        let mut actions = ActionBits::none();
        for statement in entitlement
            .statements
            .iter()
            .filter(|statement| !statement.denies)
        {
            mention(&statement.set, &mut |strings| {
                actions.unite(&estate.select(platform, strings))
            });
        }
        let mut changing = estate.mask(platform, |class| !matches!(class.verb, Verb::Read | Verb::List));
        changing.intersect(&actions);
        let classes = estate.classes(platform, &changing);
        let targets: BTreeSet<Target> = classes.iter().map(|class| class.target).collect();
        if changing.count() < ACTIONS || targets.len() < 2 {
            continue;
        }
        let holders: Vec<IdentityIndex> = entitlement
            .holders
            .iter()
            .copied()
            .filter(|index| estate.has_any(*index, &changing))
            .collect();
        let groups: BTreeSet<&str> = holders
            .iter()
            .filter_map(|index| estate.identity(*index))
            .filter(|identity| !identity.provided)
            .filter_map(group)
            .collect();
        if groups.len() < GROUPS {
            continue;
        }
        let few: Vec<&str> = groups.iter().take(4).copied().collect();
        let more = if groups.len() > few.len() { ", ..." } else { "" };
        found.add(Draft {
            cause: entitlement
                .statements
                .iter()
                .find(|statement| !statement.denies)
                .map(|it| it.label),
            reached: Reached::by(classes).min(Reached::Changing),
            classes,
            title: format!(
                "{} `{}` with {} changing actions is held for {} purposes: {}{more}",
                entitlement.kind,
                entitlement.name,
                changing.count(),
                groups.len(),
                few.join(", ")
            ),
            fix: format!(
                "split {} `{}` by what its holders need",
                entitlement.kind, entitlement.name
            ),
            confidence: Confidence::Likely,
            about: entitlement.name.to_string(),
            location: entitlement.location.clone(),
            ..Draft::about(holders)
        });
    }
}

/// What tells one purpose from another: the owner, else where its workloads are.
fn group(identity: &Identity) -> Option<&str> {
    match &identity.owner {
        Some(owner) => Some(&owner.team),
        None => identity
            .workloads
            .first()
            .map(|workload| match workload.name.split_once('/') {
                Some((place, _)) => place,
                None => &workload.name,
            }),
    }
}
