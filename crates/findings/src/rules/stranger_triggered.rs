//! # strangers set an identity in motion that reaches production
//!
//! Whoever signs up with the platform decides what runs as the identity, by a text or by code that they send, such as the
//! title of a pull request; and the identity becomes one of production on another platform. Where stages are not known,
//! any identity elsewhere counts that is not of a stage where things are tried. What a trust admits of strangers by itself
//! is [`open-trust`](LW011).
//!
//! ## Why it matters
//!
//! Nobody has to get in: a pull request is enough.
//!
//! ## Example that triggers it
//!
//! ```yaml docs/.github/workflows/preview.yml
//! on: pull_request_target
//! permissions: {id-token: write}
//! jobs:
//!   preview:
//!     runs-on: ubuntu-latest
//!     steps:
//!     - run: echo "${{ github.event.pull_request.title }}"
//! ```
//! ```json github.json
//! {"leastwise": "github-export/v1", "checkouts": {"docs": "acme/docs"}, "responses": {
//!   "repos/acme/docs": {"id": 42, "owner": {"id": 7}, "default_branch": "main", "visibility": "public", "created_at": "2024-01-01T00:00:00Z"},
//!   "repos/acme/docs/actions/oidc/customization/sub": {"use_default": true, "use_immutable_subject": false},
//!   "repos/acme/docs/environments": {"environments": []}, "repos/acme/docs/rulesets": []}}
//! ```
//! ```json account.json
//! {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
//!   "Path": "/", "RoleName": "site", "RoleId": "AROAEXAMPLESITE0000001", "Arn": "arn:aws:iam::111122223333:role/site",
//!   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity",
//!     "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, "StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/docs:*"}}}]},
//!   "RolePolicyList": [{"PolicyName": "site", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-site/*"}]}}],
//!   "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []}]}
//! ```
//!
//! ## Example that does not
//!
//! The text reaches the command as a variable.
//!
//! ```yaml docs/.github/workflows/preview.yml
//! on: pull_request_target
//! permissions: {id-token: write}
//! jobs:
//!   preview:
//!     runs-on: ubuntu-latest
//!     steps:
//!     - env: {TITLE: "${{ github.event.pull_request.title }}"}
//!       run: echo "$TITLE"
//! ```
//! ```json github.json
//! {"leastwise": "github-export/v1", "checkouts": {"docs": "acme/docs"}, "responses": {
//!   "repos/acme/docs": {"id": 42, "owner": {"id": 7}, "default_branch": "main", "visibility": "public", "created_at": "2024-01-01T00:00:00Z"},
//!   "repos/acme/docs/actions/oidc/customization/sub": {"use_default": true, "use_immutable_subject": false},
//!   "repos/acme/docs/environments": {"environments": []}, "repos/acme/docs/rulesets": []}}
//! ```
//! ```json account.json
//! {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
//!   "Path": "/", "RoleName": "site", "RoleId": "AROAEXAMPLESITE0000001", "Arn": "arn:aws:iam::111122223333:role/site",
//!   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity",
//!     "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, "StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/docs:*"}}}]},
//!   "RolePolicyList": [{"PolicyName": "site", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-site/*"}]}}],
//!   "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []}]}
//! ```
//!
//! ## Severity
//!
//! By what is reached: critical where it administers or can come to it, high with rights over rights or identities,
//! medium where it can change something, else low.
//!
//! ## Fix
//!
//! Hand over what strangers send as data, and let what runs for them have no token for others. Or pin the trust to what
//! runs for reviewed changes alone.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI6:2025, direct: a pipeline whose trust in a cloud can be used from outside
//! - owasp-nhi-2025 NHI8:2025, partial: what is tried out reaches production
//! - nist-csf-2.0 PR.AA-05, direct: access is not confined to need
//! - nist-800-207 tenet 6, partial: whoever asks is not told apart before access
//! - nist-800-53r5 AC-3, direct: enforcement is by-passed by what runs for others
//! - nist-800-53r5 CM-5, direct: production can be changed by a change that nobody approved
//! - iso-27001-2022 A.8.3, direct: access is not restricted
//! - pci-dss-4.0.1 7.2.5, direct: a system account that others can use
//! - mitre-attack T1199, direct: a trusted relationship that is open to everybody
//! - mitre-attack T1550.001, partial: the token of a run is used for others

use std::collections::BTreeSet;

use leastwise_effective::{Path, Steps};
use leastwise_model::IdentityIndex;

use crate::estate::Estate;
use crate::finding::Confidence;
use crate::found::{Draft, Found};
use crate::rule::Rule;
use crate::severity::Reached;
use crate::words::{is_production, is_rehearsal};

pub(crate) static RULE: Rule = Rule {
    id: "LW024",
    name: "stranger-triggered",
    source: include_str!("stranger_triggered.rs"),
    follows: true,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    let issuers = estate.snapshot().issuers.iter();
    let strangers: BTreeSet<IdentityIndex> = issuers.flat_map(|issuer| issuer.strangers.clone()).collect();
    for stranger in strangers {
        let home = estate.identity(stranger).map(|identity| identity.instance);
        let fallen = estate.world.reach(stranger);
        let triggered = fallen.becomes.iter().filter(|reached| reached.hops == 1);
        for reached in triggered {
            if estate
                .identity(reached.identity)
                .map(|identity| identity.instance)
                == home
            {
                judge(estate, found, stranger, reached.identity);
            }
        }
    }
}

/// Whether what runs as an identity matters, as far as stages are known.
fn matters(estate: &Estate<'_>, index: IdentityIndex) -> bool {
    match estate.stage(index) {
        Some(stage) => is_production(stage),
        None => estate
            .instance(index)
            .and_then(|instance| instance.environment.as_deref())
            .is_none_or(|stage| !is_rehearsal(stage)),
    }
}

/// What a stranger reaches through an identity that it sets in motion: the gravest, of those the nearest.
fn judge(estate: &Estate<'_>, found: &mut Found<'_, '_>, stranger: IdentityIndex, triggered: IdentityIndex) {
    let home = estate.identity(triggered).map(|identity| identity.instance);
    let fallen = estate.world.reach(triggered);
    let weight = |index: IdentityIndex| {
        let certain = estate.administration(Steps::Certain);
        match estate.administers(index) || certain.coming(index).is_some() {
            true => Reached::Administration,
            false => Reached::by(estate.rights(index).classes),
        }
    };
    let elsewhere = fallen.becomes.iter().filter(|reached| {
        let there = estate
            .identity(reached.identity)
            .map(|identity| identity.instance);
        reached.sure && there != home && matters(estate, reached.identity)
    });
    let gravest = elsewhere.max_by_key(|reached| {
        let nearest = std::cmp::Reverse((reached.hops, reached.identity));
        (weight(reached.identity), nearest)
    });
    let Some(gravest) = gravest else { return };
    let Some((confidence, path, cause)) = way(estate, stranger, triggered, gravest.identity) else {
        return;
    };
    let target = estate
        .identity(gravest.identity)
        .map_or("", |identity| &identity.id);
    let steps = crate::words::steps(gravest.hops);
    let fix = match cause {
        Some(label) => format!(
            "take what strangers send as data in {}, or let it have no token for others",
            estate.call(label)
        ),
        None => "take what strangers send as data, or let it have no token for others".to_owned(),
    };
    found.add(Draft {
        cause,
        reached: weight(gravest.identity),
        classes: estate.rights(gravest.identity).classes,
        title: format!(
            "{{who}} does what strangers send it, and can become {target} of {} in {steps}",
            estate.home(gravest.identity),
        ),
        path,
        fix,
        confidence,
        about: target.to_owned(),
        ..Draft::about(vec![triggered])
    });
}

type Way = (Confidence, Path, Option<leastwise_permset::Label>);

/// The way of a stranger to a target through what it sets in motion, and the statement by which it does.
fn way(
    estate: &Estate<'_>,
    stranger: IdentityIndex,
    triggered: IdentityIndex,
    target: IdentityIndex,
) -> Option<Way> {
    let world = estate.world;
    let sure = [
        (Confidence::Certain, Steps::Certain),
        (Confidence::Conditional, Steps::Conditional),
    ];
    let (confidence, first, opportunity) = sure.into_iter().find_map(|(confidence, steps)| {
        let ways = world.ways_to(&[triggered], |it| steps.admit(it));
        let next = ways.next(stranger).filter(|next| next.hops == 1)?;
        let opportunity = next.opportunity;
        Some((confidence, ways, opportunity))
    })?;
    let rest = world.ways_to(&[target], |it| Steps::Certain.admit(it));
    let mut path = world.path_along(&first, stranger);
    path.extend(world.path_along(&rest, triggered));
    let opportunities = &estate.snapshot().opportunities;
    let step = opportunities.get(opportunity as usize).and_then(|one| one.step);
    Some((confidence, path, step))
}
