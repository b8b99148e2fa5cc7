//! # a trust admits by a pattern more than one identity
//!
//! A trust says with a wildcard, or by saying nothing, whose tokens it admits, and several identities of the issuer
//! match. The issuer is ours; what strangers can match is [`open-trust`](LW011).
//!
//! ## Why it matters
//!
//! Everybody who matches becomes the identity, those who ask for it and those who never did; and who matches
//! tomorrow is decided by whoever gives names.
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
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {uid: "4", name: orders, namespace: shop, annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/orders"}}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {uid: "5", name: web, namespace: shop}}
//! ```
//! ```json account.json
//! {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
//!   "Path": "/", "RoleName": "orders", "RoleId": "AROAEXAMPLEORDERS00001", "Arn": "arn:aws:iam::111122223333:role/orders",
//!   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/SHOP"}, "Action": "sts:AssumeRoleWithWebIdentity",
//!     "Condition": {"StringEquals": {"oidc.example.com/id/SHOP:aud": "sts.amazonaws.com"}, "StringLike": {"oidc.example.com/id/SHOP:sub": "system:serviceaccount:shop:*"}}}]},
//!   "RolePolicyList": [{"PolicyName": "orders", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-orders/*"}]}}],
//!   "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []}]}
//! ```
//!
//! ## Example that does not
//!
//! The wildcard leaves nobody but the one that is meant.
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
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {uid: "5", name: web, namespace: shop}}
//! ```
//! ```json account.json
//! {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
//!   "Path": "/", "RoleName": "orders", "RoleId": "AROAEXAMPLEORDERS00001", "Arn": "arn:aws:iam::111122223333:role/orders",
//!   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/SHOP"}, "Action": "sts:AssumeRoleWithWebIdentity",
//!     "Condition": {"StringEquals": {"oidc.example.com/id/SHOP:aud": "sts.amazonaws.com"}, "StringLike": {"oidc.example.com/id/SHOP:sub": "system:serviceaccount:shop:order?"}}}]},
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
//! Name in the trust those who need the identity, letter by letter.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI6:2025, direct: a trust of a cloud or cluster that is too wide
//! - owasp-nhi-2025 NHI5:2025, direct: rights for identities that do not need them
//! - nist-csf-2.0 PR.AA-05, direct: access is not confined to need
//! - nist-800-53r5 AC-6, direct: rights beyond the assigned task
//! - iso-27001-2022 A.8.3, direct: access is not restricted
//! - pci-dss-4.0.1 7.2.5, direct: a system account that others can use
//! - mitre-attack T1199, partial: a trusted relationship wider than meant

use std::collections::BTreeSet;

use leastwise_model::IdentityIndex;
use leastwise_permset::Context;

use crate::estate::Estate;
use crate::found::{Draft, Found};
use crate::rule::Rule;
use crate::severity::Reached;
use crate::trusted::{bearers, issuer_of, pattern, trusts};

pub(crate) static RULE: Rule = Rule {
    id: "LW023",
    name: "wide-trust",
    source: include_str!("wide_trust.rs"),
    follows: false,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    let nothing = Context::new();
    for (trust, subjects) in trusts(estate) {
        let Some(issuer) = issuer_of(estate, trust) else {
            continue;
        };
        let wild: Vec<_> = subjects
            .iter()
            .filter(|subject| subject.contains(['*', '?']))
            .map(|subject| pattern(subject))
            .collect();
        if wild.is_empty() && !subjects.is_empty() {
            continue;
        }
        let matching: BTreeSet<IdentityIndex> = bearers(estate, issuer)
            .into_iter()
            .filter(|(name, _)| subjects.is_empty() || wild.iter().any(|one| one.matches(name, &nothing)))
            .map(|(_, index)| index)
            .collect();
        if matching.len() < 2 {
            continue;
        }
        let name = estate.identity(trust.target).map_or("", |identity| &identity.id);
        let asking = issuer
            .requests
            .iter()
            .filter(|request| *request.asks == *name)
            .map(|request| request.identity)
            .collect::<BTreeSet<_>>()
            .len();
        let by = match subjects.first() {
            Some(first) => format!("`{first}`"),
            None => "any subject".to_owned(),
        };
        let home = estate
            .snapshot()
            .instance(issuer.instance)
            .map_or("", |instance| &instance.title);
        let classes = estate.rights(trust.target).classes;
        found.add(Draft {
            cause: Some(trust.step),
            reached: match estate.administers(trust.target) {
                true => Reached::Administration,
                false => Reached::by(classes),
            },
            classes,
            title: format!(
                "{{who}} admits whoever matches {by}: {} of {home} do, {asking} ask for it",
                matching.len(),
            ),
            fix: format!("name in {} those who need it", estate.call(trust.step)),
            about: name.to_owned(),
            ..Draft::about(vec![trust.target])
        });
    }
}
