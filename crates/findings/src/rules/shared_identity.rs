//! # several workloads run as one identity
//!
//! Workloads that have nothing to do with one another use the same identity, or several services of the platform may
//! take the same role. Workloads that carry one name, with something added to it, count as one. What comes from other platforms with
//! tokens counts by its home: a role that jobs of two repositories take, or accounts of two clusters, has two users.
//!
//! ## Why it matters
//!
//! The identity must hold what any of them needs, so each holds what all need. Logs do not tell which of them acted,
//! and none can be cut off alone.
//!
//! ## Example that triggers it
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: List
//! items:
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: shared, namespace: shop}}
//! - apiVersion: apps/v1
//!   kind: Deployment
//!   metadata: {name: refunds, namespace: shop}
//!   spec: {selector: {matchLabels: {app: refunds}}, template: {metadata: {labels: {app: refunds}}, spec: {serviceAccountName: shared, containers: [{name: a, image: a}]}}}
//! - apiVersion: apps/v1
//!   kind: Deployment
//!   metadata: {name: invoices, namespace: shop}
//!   spec: {selector: {matchLabels: {app: invoices}}, template: {metadata: {labels: {app: invoices}}, spec: {serviceAccountName: shared, containers: [{name: a, image: a}]}}}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: Role
//!   metadata: {name: shared, namespace: shop}
//!   rules: [{apiGroups: [""], resources: [configmaps], verbs: [get]}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: RoleBinding
//!   metadata: {name: shared, namespace: shop}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: shared}
//!   subjects: [{kind: ServiceAccount, name: shared, namespace: shop}]
//! ```
//!
//! ## Example that does not
//!
//! One program, and the job that migrates its data.
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: List
//! items:
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: refunds, namespace: shop}}
//! - apiVersion: apps/v1
//!   kind: Deployment
//!   metadata: {name: refunds, namespace: shop}
//!   spec: {selector: {matchLabels: {app: refunds}}, template: {metadata: {labels: {app: refunds}}, spec: {serviceAccountName: refunds, containers: [{name: a, image: a}]}}}
//! - apiVersion: apps/v1
//!   kind: Deployment
//!   metadata: {name: refunds-migration, namespace: shop}
//!   spec: {selector: {matchLabels: {app: m}}, template: {metadata: {labels: {app: m}}, spec: {serviceAccountName: refunds, containers: [{name: a, image: a}]}}}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: Role
//!   metadata: {name: refunds, namespace: shop}
//!   rules: [{apiGroups: [""], resources: [configmaps], verbs: [get]}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: RoleBinding
//!   metadata: {name: refunds, namespace: shop}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: refunds}
//!   subjects: [{kind: ServiceAccount, name: refunds, namespace: shop}]
//! ```
//!
//! ## Severity
//!
//! As for rights over rights where the identity administers; else medium where it can change something, and low where
//! it cannot.
//!
//! ## Fix
//!
//! Give each workload an identity of its own, with what it needs.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI9:2025, direct: one identity for several workloads
//! - nist-csf-2.0 PR.AA-01, direct: a workload has no identity of its own
//! - nist-800-207 tenet 3, partial: access cannot be granted to one workload
//! - nist-800-53r5 IA-4, direct: the identifier does not identify
//! - nist-800-53r5 AC-2, partial: the account's use is not one
//! - iso-27001-2022 A.5.16, direct: a shared identity
//! - pci-dss-4.0.1 7.2.5, partial: each holds what all need
//! - mitre-attack T1078, partial: one stolen account serves for several workloads

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{Accepted, Admits, Identity, IdentityIndex, Targets};

use crate::estate::Estate;
use crate::found::{Draft, Found};
use crate::rule::Rule;

pub(crate) static RULE: Rule = Rule {
    id: "LW006",
    name: "shared-identity",
    source: include_str!("shared_identity.rs"),
    follows: false,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    let mut services: BTreeMap<IdentityIndex, Vec<&str>> = BTreeMap::new();
    for trust in &estate.snapshot().trusts {
        if let Admits::Service(service) = &trust.admits {
            services.entry(trust.target).or_default().push(service);
        }
    }
    let mut elsewhere = from_elsewhere(estate);
    for (index, identity) in estate.identities() {
        if estate.rights(index).is_empty() {
            continue;
        }
        let workloads = unrelated(identity);
        let mut admitted = services.remove(&index).unwrap_or_default();
        admitted.sort_unstable();
        admitted.dedup();
        let admitted = apart(&admitted);
        let (what, mut names) = match workloads.len() >= admitted.len() {
            true => ("workloads", workloads),
            false => ("services", admitted),
        };
        let elsewhere = elsewhere.remove(&index).unwrap_or_default();
        let what = if elsewhere.is_empty() { what } else { "users" };
        names.extend(elsewhere);
        let count = names.len();
        if count < 2 {
            continue;
        }
        let few: Vec<&str> = names.iter().take(4).copied().collect();
        let more = if names.len() > few.len() { ", ..." } else { "" };
        found.add(Draft {
            reached: estate.standing(index),
            title: format!(
                "{{who}} {{is}} shared by {count} {what}: {}{more}",
                few.join(", ")
            ),
            fix: format!("give each of the {what} an identity of its own"),
            about: identity.id.to_string(),
            location: identity.location.clone(),
            ..Draft::about(vec![index])
        });
    }
}

/// The homes of those that become an identity for certain with tokens of their own: as canonical ids begin, up to the name of
/// a cluster or of a repository. Who asks to become another is no user. Linear in opportunities.
fn from_elsewhere<'e>(estate: &'e Estate<'_>) -> BTreeMap<IdentityIndex, BTreeSet<&'e str>> {
    let snapshot = estate.snapshot();
    let tokens = snapshot.acceptances.iter();
    let tokens = tokens.filter(|one| matches!(one.admits, Accepted::Token { .. }));
    let ways: BTreeSet<_> = tokens.map(|one| (one.step, one.technique)).collect();
    let mut asked: BTreeMap<IdentityIndex, Vec<&str>> = BTreeMap::new();
    for request in snapshot.issuers.iter().flat_map(|issuer| &issuer.requests) {
        asked.entry(request.identity).or_default().push(&request.asks);
    }
    let mut homes: BTreeMap<IdentityIndex, BTreeSet<&str>> = BTreeMap::new();
    for way in &snapshot.opportunities {
        let by_token = way.step.is_some_and(|step| ways.contains(&(step, way.technique)));
        let Targets::These(targets) = &way.targets else {
            continue;
        };
        if !by_token || !way.needs.is_empty() {
            continue;
        }
        for target in targets.iter() {
            let called = estate.identity(*target).map_or("", |identity| &identity.id);
            for bearer in way.bearers.iter() {
                let user = estate.identity(*bearer).filter(|user| !user.provided);
                let meant = asked.get(bearer).is_none_or(|asked| asked.contains(&called));
                if let (Some(user), true) = (user, meant) {
                    homes.entry(*target).or_default().insert(home(&user.id));
                }
            }
        }
    }
    homes
}

/// The beginning of a canonical id: platform, and cluster or repository.
fn home(id: &str) -> &str {
    let second = id.match_indices(':').nth(1);
    second.and_then(|(at, _)| id.get(..at)).unwrap_or(id)
}

/// Names of the workloads that run as an identity, without those whose name another's begins.
fn unrelated(identity: &Identity) -> Vec<&str> {
    let mut names: Vec<&str> = identity
        .workloads
        .iter()
        .map(|workload| &*workload.name)
        .collect();
    names.sort_unstable();
    names.dedup();
    let all = names.clone();
    names.retain(|name| {
        !all.iter().any(|other| {
            name.strip_prefix(other)
                .is_some_and(|rest| rest.starts_with(['-', '_', '.']))
        })
    });
    names
}

/// Services without those that are a part of another: whose name ends with its whole name, as `edgelambda.…` does with
/// `lambda.…`. AWS asks to trust both for one function (AWS Lambda Developer Guide, Lambda@Edge, "Function execution
/// role").
fn apart<'n>(names: &[&'n str]) -> Vec<&'n str> {
    let part = |name: &str| names.iter().any(|other| *other != name && name.ends_with(other));
    names.iter().copied().filter(|name| !part(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::{apart, home};

    #[test]
    fn a_home_is_a_cluster_or_a_repository() {
        assert_eq!(
            home("kubernetes:one:system:serviceaccount:shop:api"),
            "kubernetes:one"
        );
        assert_eq!(home("github:acme/shop:ci.yml:test"), "github:acme/shop");
    }

    #[test]
    fn a_service_and_its_part_are_one() {
        let pair = ["edgelambda.amazonaws.com", "lambda.amazonaws.com"];
        assert_eq!(apart(&pair), ["lambda.amazonaws.com"]);
        let strangers = ["ec2.amazonaws.com", "lambda.amazonaws.com"];
        assert_eq!(apart(&strangers), strangers);
    }
}
