//! # a workload asks for an identity that does not admit it
//!
//! A workload says which identity of another platform it wants to act as, and that one's trust admits none of its tokens.
//! Only the one who is asked decides, so it never becomes it. Where a gap decides, or the one asked for is in no
//! export, the rule is silent; `leastwise reach` tells of such requests. A workload that asks and is given no token to ask
//! with is told of wherever the one asked for is.
//!
//! ## Why it matters
//!
//! It gives no access, so it is no danger by itself; but it fails at run time, or is what remains of a move, and
//! whoever repairs it in haste widens the trust.
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
//! ```
//! ```json account.json
//! {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
//!   "Path": "/", "RoleName": "orders", "RoleId": "AROAEXAMPLEORDERS00001", "Arn": "arn:aws:iam::111122223333:role/orders",
//!   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/SHOP"}, "Action": "sts:AssumeRoleWithWebIdentity",
//!     "Condition": {"StringEquals": {"oidc.example.com/id/SHOP:aud": "sts.amazonaws.com", "oidc.example.com/id/SHOP:sub": "system:serviceaccount:shop:order"}}}]},
//!   "RolePolicyList": [{"PolicyName": "orders", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-orders/*"}]}}],
//!   "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []}]}
//! ```
//!
//! ## Example that does not
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
//! Low: nothing is reached.
//!
//! ## Fix
//!
//! Take the request away, or name the workload, and only it, in the trust.
//!
//! ## Standards
//!
//! - nist-csf-2.0 PR.AA-05, partial: an entitlement that is asked for and not given
//! - nist-800-53r5 CM-5, partial: a change that was made on one side only
//! - iso-27001-2022 A.5.18, partial: a right that was asked for and neither given nor withdrawn
//! - csa-ccm-4 IAM-07, partial: a change that was not followed through

use std::collections::BTreeSet;

use leastwise_model::IdentityIndex;

use crate::estate::Estate;
use crate::found::{Draft, Found};
use crate::rule::Rule;
use crate::severity::Reached;

pub(crate) static RULE: Rule = Rule {
    id: "LW022",
    name: "dead-request",
    source: include_str!("dead_request.rs"),
    follows: true,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    for issuer in &estate.snapshot().issuers {
        for request in &issuer.requests {
            let asks = &request.asks;
            if let Some(lacks) = &request.lacks {
                found.add(Draft {
                    reached: Reached::Reading,
                    title: format!("{{who}} ask{{s}} to become {asks}: {lacks}"),
                    fix: format!("take away what asks for {asks}, or give its pods what they lack"),
                    about: asks.to_string(),
                    ..Draft::about(vec![request.identity])
                });
                continue;
            }
            let Some(target) = estate.world.called(asks) else {
                continue;
            };
            let admitted: BTreeSet<IdentityIndex> = estate
                .world
                .edges(request.identity)
                .flat_map(|edge| edge.targets().to_vec())
                .collect();
            if admitted.contains(&target) {
                continue;
            }
            found.add(Draft {
                reached: Reached::Reading,
                title: format!("{{who}} ask{{s}} to become {asks}, whose trust does not admit {{itself}}"),
                fix: format!("take away what asks for {asks}, or name the workload in its trust"),
                about: asks.to_string(),
                ..Draft::about(vec![request.identity])
            });
        }
    }
}
