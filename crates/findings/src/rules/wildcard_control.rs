//! # a statement of patterns gives rights over rights, on everything
//!
//! A statement that names actions by a pattern (`iam:*`, all verbs on all resources of a group) gives control actions
//! that nobody listed: granting, making credentials, becoming others. The rule looks for such statements that speak of
//! every resource by themselves, and that at least one identity really holds after all bounds and denials. Statements that give
//! control of the whole instance are left to `administrator`.
//!
//! ## Why it matters
//!
//! A pattern also covers what the platform adds tomorrow. Control actions are the ones with which an identity gets
//! everything else.
//!
//! ## Example that triggers it
//!
//! ```json account.json
//! {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
//!   "Path": "/", "RoleName": "onboarding", "RoleId": "AROAEXAMPLEONBOARDING1", "Arn": "arn:aws:iam::111122223333:role/onboarding",
//!   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
//!   "RolePolicyList": [{"PolicyName": "keys", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:*AccessKey*", "Resource": "*"}]}}],
//!   "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []}]}
//! ```
//!
//! ## Example that does not
//!
//! ```json account.json
//! {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
//!   "Path": "/", "RoleName": "onboarding", "RoleId": "AROAEXAMPLEONBOARDING1", "Arn": "arn:aws:iam::111122223333:role/onboarding",
//!   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
//!   "RolePolicyList": [{"PolicyName": "keys", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
//!     {"Effect": "Allow", "Action": "iam:*AccessKey*", "Resource": "arn:aws:iam::111122223333:user/partner-1"},
//!     {"Effect": "Allow", "Action": "iam:UpdateAccessKey", "Resource": "*"}]}}],
//!   "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []}]}
//! ```
//!
//! ## Severity
//!
//! As for rights or identities of a part: high where others can trigger a holder, else medium.
//!
//! ## Fix
//!
//! Name the actions that are needed, and the resources.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI5:2025, direct: control actions that nobody chose
//! - nist-csf-2.0 PR.AA-05, direct: entitlements are not defined by need
//! - nist-800-53r5 AC-6(1), direct: access to security functions is not authorized one by one
//! - iso-27001-2022 A.8.2, direct: privileged rights given by a pattern
//! - pci-dss-4.0.1 7.2.5, direct: a system account with more than it needs
//! - cis-kubernetes-1.12 5.1.3, direct: a wildcard in a role
//! - csa-ccm-4 IAM-10, partial: privileged roles are not defined
//! - mitre-attack T1098.003, partial: what such a statement can be used for

use std::collections::BTreeMap;

use leastwise_model::{ActionBits, IdentityIndex, Target, Verb};
use leastwise_permset::{Inclusion, Node, Pattern, PermissionSet, Region, Strings};

use crate::estate::Estate;
use crate::found::{Draft, Found};
use crate::rule::Rule;
use crate::severity::Reached;

pub(crate) static RULE: Rule = Rule {
    id: "LW002",
    name: "wildcard-control",
    source: include_str!("wildcard_control.rs"),
    follows: false,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    let mut masks: BTreeMap<&str, ActionBits> = BTreeMap::new();
    for entitlement in &estate.snapshot().entitlements {
        let Some(platform) = estate.platform(entitlement.instance) else {
            continue;
        };
        if entitlement.provided || entitlement.holders.is_empty() {
            continue;
        }
        let control = masks.entry(platform.name()).or_insert_with(|| {
            estate.mask(platform, |class| {
                class.target == Target::Control && matches!(class.verb, Verb::Grant | Verb::Impersonate)
            })
        });
        for statement in entitlement
            .statements
            .iter()
            .filter(|statement| !statement.denies)
        {
            let mut given = Vec::new();
            regions(&statement.set, &mut given);
            let mut covered = ActionBits::none();
            for region in given.iter().filter(|region| is_by_pattern(region)) {
                covered.unite(&estate.select(platform, &region.actions));
            }
            covered.intersect(control);
            let mut everywhere = ActionBits::none();
            plainly_everywhere(&statement.set, &mut |region| {
                everywhere.unite(&estate.select(platform, &region.actions));
            });
            everywhere.intersect(&covered);
            let mut left = covered.clone();
            left.subtract(&everywhere);
            // What is given under a condition alone is given nowhere whatever the circumstances.
            if matches!(given.as_slice(), [only] if !is_unconditional(only, estate)) {
                left = ActionBits::none();
            }
            // What does not let a name through that nobody gives is not everywhere.
            let instance = entitlement.instance;
            for action in left.iter() {
                if estate.may_give_stranger(&given, instance, action)
                    && estate.gives_everywhere(&statement.set, instance, action)
                {
                    everywhere.insert(action);
                }
            }
            let covered = everywhere;
            let all = estate.control(entitlement.instance);
            if covered.is_empty()
                || matches!(
                    all.included_in(&statement.set, estate.world.limits()),
                    Inclusion::Holds
                )
            {
                continue;
            }
            let Some((holders, action)) = holders(estate, &entitlement.holders, &covered) else {
                continue;
            };
            let Some(first) = estate.representative(&holders) else {
                continue;
            };
            let mut one = ActionBits::none();
            one.insert(action);
            let shown = estate.show(first, &one);
            let classes = estate.classes(platform, &covered);
            found.add(Draft {
                cause: Some(statement.label),
                reached: Reached::Control,
                classes,
                title: format!(
                    "{} gives {{who}} {} control actions by a pattern, on everything, such as {}",
                    estate.call(statement.label),
                    covered.count(),
                    platform.catalogue().name(action)
                ),
                path: shown.as_ref().map(|shown| shown.path(first)).unwrap_or_default(),
                witness: shown.map(|shown| shown.request),
                fix: format!(
                    "list the actions and resources that are needed in {}",
                    estate.call(statement.label)
                ),
                ..Draft::about(holders)
            });
        }
    }
}

/// Those who really hold one of the actions on every resource, and one such action of the first of them.
fn holders(
    estate: &Estate<'_>,
    candidates: &[IdentityIndex],
    covered: &ActionBits,
) -> Option<(Vec<IdentityIndex>, usize)> {
    const TRIES: usize = 8;
    let mut found: Option<usize> = None;
    let mut holders = Vec::new();
    for index in candidates.iter().filter(|index| !estate.administers(**index)) {
        let mut held = (*estate.rights(*index).actions).clone();
        held.intersect(covered);
        let everywhere = held
            .iter()
            .take(TRIES)
            .find(|action| estate.everywhere(*index, *action));
        if let Some(action) = everywhere {
            found.get_or_insert(action);
            holders.push(*index);
        }
    }
    found.map(|action| (holders, action))
}

/// The regions that plainly speak of every resource, whatever the circumstances.
fn plainly_everywhere(set: &PermissionSet, each: &mut dyn FnMut(&Region)) {
    match set.node() {
        Node::Region(region) if region.resources.is_any() && region.guard.is_always() => each(region),
        Node::Union(sets) => sets.iter().for_each(|set| plainly_everywhere(set, each)),
        Node::Labelled(_, inner) => plainly_everywhere(inner, each),
        Node::Region(_) | Node::Intersection(_) | Node::Difference(..) => {}
    }
}

/// Whether a region names actions by a pattern.
fn is_by_pattern(region: &Region) -> bool {
    let literal = |pattern: &Pattern| pattern.as_literal().is_some();
    region.actions.is_complement() || !region.actions.patterns().iter().all(literal)
}

/// Whether a region's guard holds in every context.
fn is_unconditional(region: &Region, estate: &Estate<'_>) -> bool {
    region.guard.is_always() || {
        let guarded = Region::new(Strings::any(), Strings::any()).when(region.guard.clone());
        let everything = PermissionSet::everything();
        !matches!(
            everything.included_in(&guarded.into(), estate.world.limits()),
            Inclusion::Fails(_)
        )
    }
}

/// The regions that give something.
fn regions<'s>(set: &'s PermissionSet, found: &mut Vec<&'s Region>) {
    match set.node() {
        Node::Region(region) => found.push(region),
        Node::Union(sets) | Node::Intersection(sets) => sets.iter().for_each(|set| regions(set, found)),
        Node::Difference(given, _) => regions(given, found),
        Node::Labelled(_, inner) => regions(inner, found),
    }
}
