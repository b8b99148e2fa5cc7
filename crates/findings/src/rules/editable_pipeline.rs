//! # people change without a review what runs as an identity that becomes one of production
//!
//! What a pipeline does is written down in files. Somebody who does not set the rules there may change what runs as the
//! identity, and nobody else has to look at it first; and the identity becomes one of production on another platform.
//! Stages come from the settings and from labels; where they are not known the rule is silent.
//!
//! ## Why it matters
//!
//! Whoever has the right to write holds production, whatever the rules for production say; so does whoever takes over
//! one of their accounts.
//!
//! ## Example that triggers it
//!
//! The trust admits every branch, and of branches only `main` is protected.
//!
//! ```toml leastwise.toml
//! [accounts."111122223333"]
//! environment = "prod"
//! ```
//! ```yaml docs/.github/workflows/publish.yml
//! on: {push: {branches: [main]}}
//! permissions: {id-token: write}
//! jobs:
//!   publish:
//!     runs-on: ubuntu-latest
//!     steps:
//!     - run: make publish
//! ```
//! ```json github.json
//! {"leastwise": "github-export/v1", "checkouts": {"docs": "acme/docs"}, "responses": {
//!   "repos/acme/docs": {"id": 42, "owner": {"id": 7}, "default_branch": "main", "visibility": "private", "created_at": "2024-01-01T00:00:00Z"},
//!   "repos/acme/docs/actions/oidc/customization/sub": {"use_default": true, "use_immutable_subject": false},
//!   "repos/acme/docs/branches": [{"name": "main", "protected": true}],
//!   "repos/acme/docs/branches/main/protection": {"enforce_admins": {"enabled": true}, "required_pull_request_reviews": {"required_approving_review_count": 1}},
//!   "repos/acme/docs/collaborators": [{"login": "dev", "id": 1, "type": "User", "role_name": "write", "permissions": {"pull": true, "triage": true, "push": true, "maintain": false, "admin": false}}],
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
//! The trust admits the protected branch alone.
//!
//! ```toml leastwise.toml
//! [accounts."111122223333"]
//! environment = "prod"
//! ```
//! ```yaml docs/.github/workflows/publish.yml
//! on: {push: {branches: [main]}}
//! permissions: {id-token: write}
//! jobs:
//!   publish:
//!     runs-on: ubuntu-latest
//!     steps:
//!     - run: make publish
//! ```
//! ```json github.json
//! {"leastwise": "github-export/v1", "checkouts": {"docs": "acme/docs"}, "responses": {
//!   "repos/acme/docs": {"id": 42, "owner": {"id": 7}, "default_branch": "main", "visibility": "private", "created_at": "2024-01-01T00:00:00Z"},
//!   "repos/acme/docs/actions/oidc/customization/sub": {"use_default": true, "use_immutable_subject": false},
//!   "repos/acme/docs/branches": [{"name": "main", "protected": true}],
//!   "repos/acme/docs/branches/main/protection": {"enforce_admins": {"enabled": true}, "required_pull_request_reviews": {"required_approving_review_count": 1}},
//!   "repos/acme/docs/collaborators": [{"login": "dev", "id": 1, "type": "User", "role_name": "write", "permissions": {"pull": true, "triage": true, "push": true, "maintain": false, "admin": false}}],
//!   "repos/acme/docs/environments": {"environments": []}, "repos/acme/docs/rulesets": []}}
//! ```
//! ```json account.json
//! {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
//!   "Path": "/", "RoleName": "site", "RoleId": "AROAEXAMPLESITE0000001", "Arn": "arn:aws:iam::111122223333:role/site",
//!   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity",
//!     "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, "StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/docs:ref:refs/heads/main"}}}]},
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
//! Pin the trust to a branch or an environment whose changes somebody else reviews, or have them reviewed.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI6:2025, direct: a pipeline whose trust in a cloud is wider than its review
//! - owasp-nhi-2025 NHI10:2025, partial: people act as what should be a machine
//! - nist-csf-2.0 PR.AA-05, direct: no separation between who changes and who approves
//! - nist-800-53r5 CM-5, direct: production can be changed by a change that nobody approved
//! - nist-800-53r5 AC-5, direct: one person writes and runs
//! - iso-27001-2022 A.8.31, partial: what is not released yet acts on production
//! - pci-dss-4.0.1 7.2.5, direct: a system account with more than it needs
//! - mitre-attack T1199, partial: a trusted relationship wider than meant

use std::collections::BTreeSet;

use leastwise_effective::{Next, Steps, Ways};
use leastwise_model::{ActionClass, ActionClasses, IdentityIndex, InstanceIndex, Nature, Target, Verb};

use crate::estate::Estate;
use crate::found::{Draft, Found, Groups};
use crate::rule::Rule;
use crate::severity::Reached;
use crate::words::is_production;

pub(crate) static RULE: Rule = Rule {
    id: "LW025",
    name: "editable-pipeline",
    source: include_str!("editable_pipeline.rs"),
    follows: true,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    let pipelines: Vec<IdentityIndex> = pipelines(estate);
    if pipelines.is_empty() {
        return;
    }
    let production: Vec<IdentityIndex> = estate
        .identities()
        .map(|(index, _)| index)
        .filter(|index| estate.stage(*index).is_some_and(is_production))
        .collect();
    if production.is_empty() {
        found.silent(
            "no source tells which accounts and clusters are of production",
            "set `environment` of accounts and clusters in the settings, or label identities with `env`",
        );
        return;
    }
    let home = |index: IdentityIndex| estate.identity(index).map(|identity| identity.instance);
    // Stages of pipelines themselves do not make a target of them.
    let homes: BTreeSet<InstanceIndex> = pipelines.iter().filter_map(|one| home(*one)).collect();
    let targets: Vec<IdentityIndex> = production
        .into_iter()
        .filter(|target| home(*target).is_some_and(|home| !homes.contains(&home)))
        .collect();
    let ways = estate.world.ways_to(&targets, |it| Steps::Certain.admit(it));
    let mut groups: Groups<IdentityIndex> = Groups::new();
    let mut editors: BTreeSet<(IdentityIndex, IdentityIndex)> = BTreeSet::new();
    for pipeline in pipelines {
        let Some(next) = ways.next(pipeline) else { continue };
        let people = people(estate, pipeline);
        if people.is_empty() {
            continue;
        }
        let target = ways.end(pipeline);
        editors.extend(people.into_iter().map(|person| (target, person)));
        groups
            .entry((estate.blame_for(pipeline, next.opportunity), target))
            .or_default()
            .push(pipeline);
    }
    for ((cause, target), identities) in groups {
        let count = editors.iter().filter(|(of, _)| *of == target).count();
        tell(estate, found, &ways, (cause, target), &identities, count);
    }
}

/// Identities with tokens of an issuer whose identities run what is written down for them.
fn pipelines(estate: &Estate<'_>) -> Vec<IdentityIndex> {
    let issuers = estate.snapshot().issuers.iter().filter(|issuer| issuer.pipelines);
    let strangers: BTreeSet<IdentityIndex> = issuers
        .clone()
        .flat_map(|issuer| issuer.strangers.clone())
        .collect();
    let holders = issuers
        .flat_map(|issuer| &issuer.holders)
        .map(|holder| holder.identity);
    let all: BTreeSet<IdentityIndex> = holders.filter(|index| !strangers.contains(index)).collect();
    all.into_iter().collect()
}

/// Who decides what a pipeline does with nobody's consent, and sets no rules there.
fn people(estate: &Estate<'_>, pipeline: IdentityIndex) -> Vec<IdentityIndex> {
    let ways = estate.world.ways_to(&[pipeline], |it| Steps::Certain.admit(it));
    let edits = |index: &IdentityIndex| ways.next(*index).is_some_and(|next: &Next| next.hops == 1);
    let person = |index: &IdentityIndex| {
        estate.identity(*index).is_some_and(|identity| {
            !identity.provided
                && !matches!(identity.nature, Nature::NonHuman(_))
                && identity.workloads.is_empty()
        })
    };
    ways.sources()
        .into_iter()
        .filter(|index| edits(index) && person(index) && !sets_rules(estate.rights(*index).classes))
        .collect()
}

fn sets_rules(classes: ActionClasses) -> bool {
    let grants = |class: ActionClass| class.verb == Verb::Grant && class.target == Target::Control;
    classes.iter().any(grants)
}

fn tell(
    estate: &Estate<'_>,
    found: &mut Found<'_, '_>,
    ways: &Ways,
    (cause, target): (Option<leastwise_permset::Label>, IdentityIndex),
    identities: &[IdentityIndex],
    people: usize,
) {
    let Some(first) = estate.representative(identities) else {
        return;
    };
    let certain = estate.administration(Steps::Certain);
    let controls = estate.administers(target) || certain.coming(target).is_some();
    let classes = estate.rights(target).classes;
    let name = |index: IdentityIndex| estate.identity(index).map_or("", |identity| &*identity.id);
    let who = match people {
        1 => "one person changes".to_owned(),
        many => format!("{many} people change"),
    };
    found.add(Draft {
        cause,
        reached: match controls {
            true => Reached::Administration,
            false => Reached::by(classes),
        },
        classes,
        title: format!(
            "{{who}} is what a pipeline becomes that {who} without a review: {}",
            name(first),
        ),
        path: estate.world.path_along(ways, first),
        fix: match cause {
            Some(label) => format!("pin {} to what is reviewed", estate.call(label)),
            None => "have changes of it reviewed".to_owned(),
        },
        about: name(target).to_owned(),
        ..Draft::about(vec![target])
    });
}
