//! # an identity has rights and nothing uses it
//!
//! Nothing runs as the identity although what runs is known, or it did nothing for longer than the settings allow
//! (90 days if they say nothing). Identities that the settings call dormant are left out, as are those that never had
//! rights. Age is only known where the rule knows what day it is.
//!
//! ## Why it matters
//!
//! The service is gone, the rights are not. Nobody would notice who uses them.
//!
//! ## Example that triggers it
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: List
//! items:
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: scorer, namespace: risk}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: api, namespace: risk}}
//! - apiVersion: v1
//!   kind: Pod
//!   metadata: {name: api-1, namespace: risk}
//!   spec: {serviceAccountName: api, containers: [{name: a, image: a}]}
//! - apiVersion: apps/v1
//!   kind: Deployment
//!   metadata: {name: api, namespace: risk}
//!   spec: {selector: {matchLabels: {app: api}}, template: {metadata: {labels: {app: api}}, spec: {serviceAccountName: api, containers: [{name: a, image: a}]}}}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: Role
//!   metadata: {name: secrets, namespace: risk}
//!   rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: RoleBinding
//!   metadata: {name: secrets, namespace: risk}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: secrets}
//!   subjects: [{kind: ServiceAccount, name: scorer, namespace: risk}]
//! ```
//!
//! ## Example that does not
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: List
//! items:
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: api, namespace: risk}}
//! - apiVersion: v1
//!   kind: Pod
//!   metadata: {name: api-1, namespace: risk}
//!   spec: {serviceAccountName: api, containers: [{name: a, image: a}]}
//! - apiVersion: apps/v1
//!   kind: Deployment
//!   metadata: {name: api, namespace: risk}
//!   spec: {selector: {matchLabels: {app: api}}, template: {metadata: {labels: {app: api}}, spec: {serviceAccountName: api, containers: [{name: a, image: a}]}}}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: Role
//!   metadata: {name: secrets, namespace: risk}
//!   rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: RoleBinding
//!   metadata: {name: secrets, namespace: risk}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: secrets}
//!   subjects: [{kind: ServiceAccount, name: api, namespace: risk}]
//! ```
//!
//! ## Severity
//!
//! As for rights over rights where the identity administers (high where others can trigger it); else medium where it
//! can change something, and low where it cannot.
//!
//! ## Fix
//!
//! Remove the grants, then the identity. `leastwise offboard ID` lists them in order. Where it is silent by design,
//! say so under `dormant` in the settings.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI1:2025, direct: an identity that outlived its service
//! - owasp-agentic-2026 ASI10, partial: applies where the identity is an agent's
//! - nist-csf-2.0 PR.AA-05, partial: rights without a use
//! - nist-800-207 tenet 7, partial: what is known about use improves nothing
//! - nist-800-53r5 AC-2(3), direct: an unused account is not disabled
//! - iso-27001-2022 A.5.18, direct: rights that were not withdrawn
//! - pci-dss-4.0.1 7.2.5.1, direct: what a review of system accounts would remove
//! - cis-controls-8.1 5.3, direct: a dormant account
//! - csa-ccm-4 IAM-07, direct: rights were not withdrawn
//! - mitre-attack T1078.004, partial: an account whose use nobody notices

use leastwise_model::{Identity, IdentityIndex, IdentityKind, LastUse, Nature};

use super::unused_credential::days;
use crate::estate::Estate;
use crate::found::{Draft, Found};
use crate::rule::Rule;

pub(crate) static RULE: Rule = Rule {
    id: "LW015",
    name: "left-behind",
    source: include_str!("left_behind.rs"),
    follows: false,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    if estate.now.is_none() {
        found.silent(
            "it is not known what day it is, so only workloads are looked at",
            "say so with `--now DATE`",
        );
    }
    for (index, identity) in estate.identities() {
        let person = matches!(identity.nature, Nature::Human(_) | Nature::Mixed(_));
        // What is only mentioned by a grant was never there to be left behind.
        let kind =
            matches!(identity.kind, IdentityKind::Group | IdentityKind::Root) || identity.location.is_none();
        if person || kind || estate.is_dormant(identity) || estate.rights(index).is_empty() {
            continue;
        }
        if let Some(why) = unused(estate, index, identity) {
            let classes = estate.rights(index).classes;
            found.add(Draft {
                reached: estate.standing(index),
                classes,
                title: format!("{{who}} {{has}} rights and {why}"),
                fix: "remove its grants, then the identity; or call it dormant in the settings".to_string(),
                about: identity.id.to_string(),
                location: identity.location.clone(),
                ..Draft::about(vec![index])
            });
        }
    }
}

/// Why an identity is thought to be left behind.
fn unused(estate: &Estate<'_>, index: IdentityIndex, identity: &Identity) -> Option<String> {
    let most = i64::from(estate.settings.thresholds.unused_days);
    let young = |now| identity.created.is_some_and(|created| days(created, now) <= most);
    match (estate.now, identity.last_use) {
        (Some(now), LastUse::At(then)) => {
            let since = days(then, now);
            return (since > most).then(|| format!("did nothing for {since} days"));
        }
        (Some(now), LastUse::Never) if !young(now) && identity.created.is_some() => {
            return Some("was never used".to_string());
        }
        _ => {}
    }
    // Somebody who can become it may be all the use it has; only where nobody can, no workload means no use.
    let idle = identity.workloads_known && identity.workloads.is_empty() && !estate.is_trusting(index);
    idle.then(|| "nothing runs as it".to_string())
}
