//! # an identity of a rehearsal stage can act in production
//!
//! The identity belongs to development, test or another stage where things are tried, and it can become an identity of
//! production, in one step or by way of others. Where the way leads over another identity of such a stage, that one is told
//! alone. Stages come from the settings and from labels; where they are not known the rule is silent.
//!
//! ## Why it matters
//!
//! What is tried out is guarded less. Whoever gets hold of it must not get production with it.
//!
//! ## Example that triggers it
//!
//! ```toml leastwise.toml
//! [accounts."111122223333"]
//! environment = "dev"
//! [accounts."444455556666"]
//! environment = "prod"
//! ```
//! ```json dev.json
//! {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
//!   "Path": "/", "RoleName": "batch", "RoleId": "AROAEXAMPLEBATCHDEV001", "Arn": "arn:aws:iam::111122223333:role/batch",
//!   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
//!   "RolePolicyList": [{"PolicyName": "settle", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::*:role/settle"}]}}],
//!   "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []}]}
//! ```
//! ```json prod.json
//! {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
//!   "Path": "/", "RoleName": "settle", "RoleId": "AROAEXAMPLESETTLEPRD01", "Arn": "arn:aws:iam::444455556666:role/settle",
//!   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/batch"}, "Action": "sts:AssumeRole"}]},
//!   "RolePolicyList": [{"PolicyName": "settle", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-settlement/*"}]}}],
//!   "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []}]}
//! ```
//!
//! ## Example that does not
//!
//! The trust of production does not name the role of development.
//!
//! ```toml leastwise.toml
//! [accounts."111122223333"]
//! environment = "dev"
//! [accounts."444455556666"]
//! environment = "prod"
//! ```
//! ```json dev.json
//! {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
//!   "Path": "/", "RoleName": "batch", "RoleId": "AROAEXAMPLEBATCHDEV001", "Arn": "arn:aws:iam::111122223333:role/batch",
//!   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
//!   "RolePolicyList": [{"PolicyName": "settle", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::*:role/settle"}]}}],
//!   "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []}]}
//! ```
//! ```json prod.json
//! {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
//!   "Path": "/", "RoleName": "settle", "RoleId": "AROAEXAMPLESETTLEPRD01", "Arn": "arn:aws:iam::444455556666:role/settle",
//!   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
//!   "RolePolicyList": [{"PolicyName": "settle", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-settlement/*"}]}}],
//!   "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []}]}
//! ```
//!
//! ## Severity
//!
//! By what it can do in production: critical for control of it, high with rights over rights or identities, medium
//! where it can change something, else low.
//!
//! ## Fix
//!
//! Give the rehearsal an identity of its own in its own stage; take its name out of production's trust.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI8:2025, direct: stages are not apart
//! - nist-csf-2.0 PR.AA-05, direct: access across stages is not confined to need
//! - nist-800-207 tenet 1, partial: production is not protected from rehearsal
//! - nist-800-53r5 AC-6, direct: rights beyond the assigned task
//! - nist-800-53r5 CM-5, partial: production can be changed from a stage without its controls
//! - iso-27001-2022 A.8.31, direct: development and production are not apart
//! - pci-dss-4.0.1 7.2.5, direct: a system account with more than it needs
//! - mitre-attack T1078, partial: an account of a weaker stage opens a stronger one

use leastwise_effective::{Next, Steps, Ways};
use leastwise_model::IdentityIndex;

use crate::estate::Estate;
use crate::finding::Confidence;
use crate::found::{Draft, Found, Groups};
use crate::rule::Rule;
use crate::severity::Reached;
use crate::words::{is_production, is_rehearsal, steps};

pub(crate) static RULE: Rule = Rule {
    id: "LW019",
    name: "crosses-environments",
    source: include_str!("crosses_environments.rs"),
    follows: true,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    let stage = |index: IdentityIndex| estate.stage(index);
    let all = || estate.identities().map(|(index, _)| index);
    let production: Vec<IdentityIndex> = all()
        .filter(|index| stage(*index).is_some_and(is_production))
        .collect();
    let rehearsal: Vec<IdentityIndex> = all()
        .filter(|index| stage(*index).is_some_and(is_rehearsal))
        .collect();
    if all().all(|index| stage(index).is_none()) {
        found.silent(
            "no source tells the stages of accounts and clusters",
            "set `environment` of accounts and clusters in the settings, or label identities with `env`",
        );
        return;
    }
    let certain = estate.world.ways_to(&production, |it| Steps::Certain.admit(it));
    let conditional = estate
        .world
        .ways_to(&production, |it| Steps::Conditional.admit(it));
    let mut groups: Groups<(Confidence, IdentityIndex, u32, u32)> = Groups::new();
    for index in rehearsal {
        let (confidence, next, to) = match (step(estate, &certain, index), step(estate, &conditional, index))
        {
            (Some((next, to)), _) => (Confidence::Certain, next, to),
            (None, Some((next, to))) => (Confidence::Conditional, next, to),
            (None, None) => continue,
        };
        let cause = estate.blame_for(index, next.opportunity);
        groups
            .entry((cause, (confidence, to, next.opportunity, next.hops)))
            .or_default()
            .push(index);
    }
    for ((cause, (confidence, to, opportunity, hops)), identities) in groups {
        let Some(first) = estate.representative(&identities) else {
            continue;
        };
        let ways = if confidence == Confidence::Certain {
            &certain
        } else {
            &conditional
        };
        let target = estate.identity(to).map_or("", |identity| &identity.id);
        let classes = estate.rights(to).classes;
        found.add(Draft {
            cause,
            reached: if estate.administers(to) {
                Reached::Administration
            } else {
                Reached::by(classes)
            },
            classes,
            title: format!(
                "{{who}} of {} can become {target} of {}{}: can {}",
                stage(first).unwrap_or_default(),
                stage(to).unwrap_or_default(),
                if hops > 1 {
                    format!(" in {}", steps(hops))
                } else {
                    String::new()
                },
                estate.technique(opportunity)
            ),
            path: estate.world.path_along(ways, first),
            fix: match cause {
                Some(label) if hops > 1 => {
                    format!("take the first request of the path out of {}", estate.call(label))
                }
                Some(label) => format!("take {target} out of {}", estate.call(label)),
                None if hops > 1 => "take away the first step of the path".to_string(),
                None => format!("take the rehearsal out of the trust of {target}"),
            },
            confidence,
            about: target.to_string(),
            ..Draft::about(identities)
        });
    }
}

/// The first step of somebody's way to production and who is come to, unless the way leads over another rehearsal.
fn step(estate: &Estate<'_>, ways: &Ways, from: IdentityIndex) -> Option<(Next, IdentityIndex)> {
    let next = ways.next(from)?;
    let mut at = next.to;
    while let Some(further) = ways.next(at) {
        if estate.stage(at).is_some_and(is_rehearsal) {
            return None;
        }
        at = further.to;
    }
    Some((next.clone(), at))
}
