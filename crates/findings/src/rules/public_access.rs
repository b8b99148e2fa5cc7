//! # open to whoever it may be
//!
//! Somebody outside of the estate, whom nobody names, may do something: read a bucket, use a key, send to a queue, call the
//! interface of a cluster without credentials.
//!
//! ## Why it matters
//!
//! No credential has to be stolen, and nobody is asked. What is meant for all the world is seldom more than a file to
//! download.
//!
//! ## Example that triggers it
//!
//! ```json account.json
//! {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
//!   "Path": "/", "RoleName": "reports", "RoleId": "AROAEXAMPLEREPORTS001", "Arn": "arn:aws:iam::111122223333:role/reports",
//!   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
//!   "RolePolicyList": [], "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []}]}
//! ```
//!
//! ```json queue.json
//! {"Attributes": {"QueueArn": "arn:aws:sqs:eu-west-1:111122223333:orders",
//!   "Policy": "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"sqs:ReceiveMessage\", \"Resource\": \"arn:aws:sqs:eu-west-1:111122223333:orders\"}]}"}}
//! ```
//!
//! ## Example that does not
//!
//! Only identities of one organization are let in.
//!
//! ```json account.json
//! {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
//!   "Path": "/", "RoleName": "reports", "RoleId": "AROAEXAMPLEREPORTS001", "Arn": "arn:aws:iam::111122223333:role/reports",
//!   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
//!   "RolePolicyList": [], "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []}]}
//! ```
//!
//! ```json queue.json
//! {"Attributes": {"QueueArn": "arn:aws:sqs:eu-west-1:111122223333:orders",
//!   "Policy": "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"sqs:ReceiveMessage\", \"Resource\": \"arn:aws:sqs:eu-west-1:111122223333:orders\", \"Condition\": {\"StringEquals\": {\"aws:PrincipalOrgID\": \"o-exampleorgid\"}}}]}"}}
//! ```
//!
//! ## Severity
//!
//! By what may be done: critical where it administers, high with rights over rights or identities, else medium: what strangers
//! read is never small. Low where the statement itself is for a place that it writes out and that a stranger does not choose: an endpoint, a
//! network, addresses in blocks of /8 or smaller (/32 or smaller in IPv6).
//!
//! ## Fix
//!
//! Name whom it is for: the account, the organization, the role; or take the statement away.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI4:2025, direct: nobody is authenticated
//! - nist-csf-2.0 PR.AA-05, direct: access is not confined to need
//! - nist-csf-2.0 PR.AA-03, direct: callers are not authenticated
//! - nist-800-207 tenet 6, direct: authorization is not strictly enforced before access
//! - nist-800-53r5 AC-3, direct: access is not enforced by identity
//! - nist-800-53r5 AC-6, direct: rights of those who need none
//! - iso-27001-2022 A.8.3, direct: access is not restricted
//! - cis-aws-7.0 2.21, direct: open to everybody
//! - mitre-attack T1530, direct: data that anybody may fetch

use std::collections::{BTreeMap, BTreeSet};

use leastwise_effective::{Outcome, Question};
use leastwise_model::{ActionBits, Effect, IdentityIndex, KeyOrigin, Text};
use leastwise_permset::{
    Condition, Label, Literal, Meeting, Node, Pattern, PermissionSet, Region, Strings, Test,
};

use crate::estate::{Estate, mention};
use crate::finding::Confidence;
use crate::found::{Draft, Found};
use crate::rule::Rule;
use crate::severity::Reached;

pub(crate) static RULE: Rule = Rule {
    id: "LW028",
    name: "public-access",
    source: include_str!("public_access.rs"),
    follows: false,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    // Of who is let in to be somebody else, `open-trust` tells.
    let trusts: BTreeSet<Label> = estate.snapshot().trusts.iter().map(|trust| trust.step).collect();
    let mut open: BTreeMap<Option<Label>, Draft> = BTreeMap::new();
    for (index, identity) in estate.identities().filter(|(_, identity)| identity.stranger) {
        let own = estate.world.effective(index).difference(&estate.gifts(index));
        let mut said: BTreeMap<Option<Label>, Vec<PermissionSet>> = BTreeMap::new();
        let layers = identity.holding.layers.iter();
        let grants = layers.filter(|layer| layer.effect == Effect::Grants);
        for (label, part) in grants.flat_map(|layer| statements(&layer.set)) {
            said.entry(label).or_default().push(part);
        }
        said.retain(|label, _| label.is_none_or(|label| !trusts.contains(&label)));
        for (label, parts) in said {
            let part = PermissionSet::union_of(parts);
            let requests = part.intersection(&own);
            match estate
                .world
                .effective(index)
                .meets(&requests, estate.world.limits())
            {
                Meeting::Never => {}
                Meeting::Depends(witness) => {
                    let gaps = witness.atoms.iter().map(|atom| Text::from(atom.as_str()));
                    found.undecided(vec![index], gaps.collect());
                }
                Meeting::Unknown(limit) => found.undecided(vec![index], vec![limit.to_string().into()]),
                Meeting::Surely(_) => {
                    let Some(draft) = draft(estate, index, label, &part, &requests) else {
                        continue;
                    };
                    let known = open.entry(draft.cause).or_insert(draft);
                    known.identities.push(index);
                }
            }
        }
    }
    open.into_values().for_each(|draft| found.add(draft));
}

/// The parts of a set, each with the innermost statement that says it.
fn statements(set: &PermissionSet) -> Vec<(Option<Label>, PermissionSet)> {
    match set.node() {
        Node::Region(_) => vec![(None, set.clone())],
        Node::Union(sets) => sets.iter().flat_map(statements).collect(),
        Node::Labelled(label, inner) => {
            let parts = statements(inner).into_iter();
            parts.map(|(own, part)| (own.or(Some(*label)), part)).collect()
        }
        Node::Difference(given, taken) => {
            let parts = statements(given).into_iter();
            parts
                .map(|(label, part)| (label, part.difference(taken)))
                .collect()
        }
        Node::Intersection(sets) => {
            let said = |set: &PermissionSet| statements(set).iter().any(|(label, _)| label.is_some());
            let Some(at) = sets.iter().position(said) else {
                return vec![(None, set.clone())];
            };
            let (saying, within): (Vec<_>, Vec<_>) =
                sets.iter().enumerate().partition(|(each, _)| *each == at);
            let within = PermissionSet::intersection_of(within.into_iter().map(|(_, set)| set.clone()));
            let parts = saying.into_iter().flat_map(|(_, set)| statements(set));
            parts
                .map(|(label, part)| (label, part.intersection(&within)))
                .collect()
        }
    }
}

/// Whether all that a statement says is for a place that the caller does not choose: values that it writes out, or blocks of
/// addresses that are not half the world.
fn confined(estate: &Estate<'_>, index: IdentityIndex, said: &PermissionSet) -> bool {
    let of_a_place = |literal: &Literal| {
        let Condition::Some(key, test) = &literal.condition else {
            return false;
        };
        let origin = estate
            .world
            .platform_of(index)
            .map(|platform| platform.key_origin(key));
        let narrow = match test {
            Test::Text(strings) => {
                let written = |pattern: &Pattern| !pattern.prefix().is_empty();
                !strings.is_complement() && strings.patterns().iter().all(written)
            }
            Test::Network(blocks) => blocks
                .iter()
                .all(|block| block.bits() >= if block.address().is_ipv4() { 8 } else { 32 }),
            _ => false,
        };
        literal.holds && narrow && matches!(origin, Some(KeyOrigin::World | KeyOrigin::Secret))
    };
    match said.node() {
        Node::Region(region) => region.guard.literals().iter().any(of_a_place),
        Node::Union(sets) => sets.iter().all(|set| confined(estate, index, set)),
        Node::Intersection(sets) => sets.iter().any(|set| confined(estate, index, set)),
        Node::Difference(set, _) | Node::Labelled(_, set) => confined(estate, index, set),
    }
}

/// What one statement lets a stranger do.
fn draft(
    estate: &Estate<'_>,
    index: IdentityIndex,
    label: Option<Label>,
    said: &PermissionSet,
    requests: &PermissionSet,
) -> Option<Draft> {
    let platform = estate.world.platform_of(index)?;
    let shown = estate.show_within(index, requests)?;
    let (action, resource) = (&*shown.request.action, &*shown.request.resource);
    let asked = Question::direct(index, action, resource);
    let (confidence, when) = match estate.world.ask(&asked).outcome {
        Outcome::Yes => (Confidence::Certain, ""),
        _ => (Confidence::Conditional, ", under a condition"),
    };
    let catalogue = platform.catalogue();
    let mut actions = ActionBits::none();
    mention(requests, &mut |strings| {
        actions.unite(&estate.select(platform, strings))
    });
    let limits = estate.world.limits();
    let mut open = ActionBits::none();
    for action in actions.iter() {
        let region = Region::new(Strings::literal(catalogue.name(action)), Strings::any());
        if matches!(requests.meets(&region.into(), limits), Meeting::Surely(_)) {
            open.insert(action);
        }
    }
    let classes = estate.classes(platform, &open);
    let reached = match confined(estate, index, said) {
        true => Reached::Reading,
        false => Reached::by(classes).max(Reached::Changing),
    };
    let cause = label.or_else(|| estate.blame(&shown.steps));
    Some(Draft {
        cause,
        reached,
        classes,
        title: format!("{{who}} may {action} on {resource}{when}"),
        fix: match cause {
            Some(label) => format!("say in {} whom it is for, or take it away", estate.call(label)),
            None => "say whom it is for, or take it away".to_string(),
        },
        about: resource.to_owned(),
        confidence,
        path: shown.path(index),
        witness: Some(shown.request),
        ..Draft::about(Vec::new())
    })
}
