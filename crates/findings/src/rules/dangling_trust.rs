//! # a trust admits somebody who does not exist
//!
//! A trust names the subject of a token that nobody has: the estate holds everybody to whom the issuer gives tokens, and
//! none is called so. Where it may not hold everybody the rule is silent: then nobody can tell.
//!
//! Of issuers whose subjects begin with the name of an owner, this is told of owners all of whose parts are listed; a subject
//! whose holder is kept and does nothing any more, such as an archived repository, is found as well.
//!
//! ## Why it matters
//!
//! Whoever creates an identity of that name becomes what the trust opens, and needs no right there. It is what remains
//! when a workload is taken away and its role is not.
//!
//! ## Example that triggers it
//!
//! ```toml leastwise.toml
//! [clusters.shop]
//! path = "cluster.yaml"
//! issuer = "https://oidc.example.com/id/SHOP"
//! ```
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: List
//! items:
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {uid: "1", name: default, namespace: default}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {uid: "2", name: default, namespace: kube-system}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {uid: "3", name: default, namespace: shop}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {uid: "5", name: web, namespace: shop}}
//! ```
//! ```json account.json
//! {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
//!   "Path": "/", "RoleName": "orders", "RoleId": "AROAEXAMPLEORDERS00001", "Arn": "arn:aws:iam::111122223333:role/orders",
//!   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/SHOP"}, "Action": "sts:AssumeRoleWithWebIdentity",
//!     "Condition": {"StringEquals": {"oidc.example.com/id/SHOP:aud": "sts.amazonaws.com", "oidc.example.com/id/SHOP:sub": "system:serviceaccount:shop:orders"}}}]},
//!   "RolePolicyList": [{"PolicyName": "orders", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-orders/*"}]}}],
//!   "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []}]}
//! ```
//!
//! ## Example that does not
//!
//! The service account is there.
//!
//! ```toml leastwise.toml
//! [clusters.shop]
//! path = "cluster.yaml"
//! issuer = "https://oidc.example.com/id/SHOP"
//! ```
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: List
//! items:
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {uid: "1", name: default, namespace: default}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {uid: "2", name: default, namespace: kube-system}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {uid: "3", name: default, namespace: shop}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {uid: "4", name: orders, namespace: shop, annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/orders"}}}
//! ```
//! ```json account.json
//! {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
//!   "Path": "/", "RoleName": "orders", "RoleId": "AROAEXAMPLEORDERS00001", "Arn": "arn:aws:iam::111122223333:role/orders",
//!   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/SHOP"}, "Action": "sts:AssumeRoleWithWebIdentity",
//!     "Condition": {"StringEquals": {"oidc.example.com/id/SHOP:aud": "sts.amazonaws.com", "oidc.example.com/id/SHOP:sub": "system:serviceaccount:shop:orders"}}}]},
//!   "RolePolicyList": [{"PolicyName": "orders", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-orders/*"}]}}],
//!   "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []}]}
//! ```
//!
//! ## Severity
//!
//! By what the identity behind the trust can do: critical where it administers, high with rights over rights or
//! identities, medium where it can change something, else low.
//!
//! ## Fix
//!
//! Take the subject out of the trust, or the identity behind it away if nobody else needs it.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI1:2025, direct: what remains when a workload was removed
//! - owasp-nhi-2025 NHI6:2025, partial: a trust that whoever takes a name fulfils
//! - nist-csf-2.0 PR.AA-05, direct: an entitlement that nobody manages
//! - nist-800-53r5 AC-2, partial: access outlives its account
//! - iso-27001-2022 A.5.18, direct: a right that was not withdrawn
//! - csa-ccm-4 IAM-07, direct: a change that was not followed through
//! - mitre-attack T1199, partial: a trusted relationship that can be taken over

use leastwise_model::{KnownSubjects, Text, Trust};

use crate::estate::Estate;
use crate::found::{Draft, Found};
use crate::rule::Rule;
use crate::severity::Reached;
use crate::trusted::{bearers, can_begin, issuer_of, known_of, pattern, trusts};

pub(crate) static RULE: Rule = Rule {
    id: "LW021",
    name: "dangling-trust",
    source: include_str!("dangling_trust.rs"),
    follows: false,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    let mut partial = false;
    for (trust, subjects) in trusts(estate) {
        for subject in subjects {
            let nobody = known_of(estate, trust).find_map(|known| nobody_of(known, subject));
            if let Some(nobody) = nobody {
                tell(estate, found, trust, subject, nobody);
            }
        }
        let Some(issuer) = issuer_of(estate, trust) else {
            continue;
        };
        if !issuer.whole {
            // What an issuer of families of tokens gives out is not told by names.
            partial |= issuer.holders.iter().all(|holder| holder.claims.is_none());
            continue;
        }
        let all = bearers(estate, issuer);
        let home = estate
            .snapshot()
            .instance(issuer.instance)
            .map_or("", |instance| &instance.title);
        for subject in subjects {
            let pattern = pattern(subject);
            let nothing = leastwise_permset::Context::new();
            if all.iter().any(|(name, index)| {
                pattern.matches(name, &nothing)
                    && estate
                        .identity(*index)
                        .is_some_and(|identity| identity.location.is_some())
            }) {
                continue;
            }
            tell(estate, found, trust, subject, &missing(&format!(" of {home}")));
        }
    }
    if partial {
        found.silent(
            "an issuer's export came without all identities to whom it gives tokens",
            "export the service accounts of all namespaces: kubectl get serviceaccounts -A -o json",
        );
    }
}

fn missing(of: &str) -> String {
    format!("{of}, which does not exist: whoever takes the name becomes it")
}

/// What to say of a subject that nobody has, among those of which it is known who has them; `None` where somebody has it,
/// or it is not among them.
fn nobody_of(known: &KnownSubjects, subject: &str) -> Option<&'static str> {
    let rest = subject.strip_prefix(&*known.beginning)?;
    let can_be = |goes_on: &Text| can_begin(rest, goes_on);
    match (known.taken.iter().any(can_be), known.idle.iter().any(can_be)) {
        (true, _) => None,
        (false, true) => Some(", whose holder is kept and does nothing any more"),
        (false, false) => Some(", which does not exist: whoever takes the name becomes it"),
    }
}

fn tell(estate: &Estate<'_>, found: &mut Found<'_, '_>, trust: &Trust, subject: &Text, what: &str) {
    let classes = estate.rights(trust.target).classes;
    found.add(Draft {
        missing: Some(subject.clone()),
        cause: Some(trust.step),
        reached: match estate.administers(trust.target) {
            true => Reached::Administration,
            false => Reached::by(classes),
        },
        classes,
        title: format!("{{who}} admits `{subject}`{what}"),
        fix: format!("take `{subject}` out of {}", estate.call(trust.step)),
        about: subject.to_string(),
        ..Draft::about(vec![trust.target])
    });
}
