//! # a trust rests on a name that can be given up
//!
//! A trust admits subjects by the name of what has them, a repository or its owner, and not by the number that it keeps. What
//! the estate holds of the issuer says which names those are. A trust that asks for a number as well, or beside the
//! name, is left out; one that asks for the name by another claim than the subject is told by `leastwise reach --if-renamed OLD=NEW`.
//!
//! ## Why it matters
//!
//! Who calls it otherwise, or moves it to another owner, ends the trust. And where numbers are left open, or there are none,
//! whoever takes the name becomes what the trust opens.
//!
//! ## Example that triggers it
//!
//! Any numbers will do.
//!
//! ```json github.json
//! {"leastwise": "github-export/v1", "responses": {
//!   "repos/acme/docs": {"id": 42, "owner": {"id": 7}, "default_branch": "main", "visibility": "private", "created_at": "2024-01-01T00:00:00Z"},
//!   "repos/acme/docs/actions/oidc/customization/sub": {"use_default": true, "use_immutable_subject": true},
//!   "repos/acme/docs/environments": {"environments": []}, "repos/acme/docs/rulesets": []}}
//! ```
//! ```json account.json
//! {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
//!   "Path": "/", "RoleName": "site", "RoleId": "AROAEXAMPLESITE0000001", "Arn": "arn:aws:iam::111122223333:role/site",
//!   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity",
//!     "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, "StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme@*/docs@*:ref:refs/heads/main"}}}]},
//!   "RolePolicyList": [{"PolicyName": "site", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-site/*"}]}}],
//!   "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []}]}
//! ```
//!
//! ## Example that does not
//!
//! The numbers are asked for.
//!
//! ```json github.json
//! {"leastwise": "github-export/v1", "responses": {
//!   "repos/acme/docs": {"id": 42, "owner": {"id": 7}, "default_branch": "main", "visibility": "private", "created_at": "2024-01-01T00:00:00Z"},
//!   "repos/acme/docs/actions/oidc/customization/sub": {"use_default": true, "use_immutable_subject": true},
//!   "repos/acme/docs/environments": {"environments": []}, "repos/acme/docs/rulesets": []}}
//! ```
//! ```json account.json
//! {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
//!   "Path": "/", "RoleName": "site", "RoleId": "AROAEXAMPLESITE0000001", "Arn": "arn:aws:iam::111122223333:role/site",
//!   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity",
//!     "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, "StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme@7/docs@42:ref:refs/heads/main"}}}]},
//!   "RolePolicyList": [{"PolicyName": "site", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-site/*"}]}}],
//!   "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []}]}
//! ```
//!
//! ## Severity
//!
//! Low where all that is known is that the trust ends. Where whoever takes the name is admitted, by what the identity behind the
//! trust can do: critical where it administers, high with rights over rights or identities, medium where it can change
//! something, else low.
//!
//! ## Fix
//!
//! Ask in the trust for the number, which is never given to another.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI6:2025, partial: a trust that whoever takes a name fulfils
//! - nist-csf-2.0 PR.AA-05, partial: an entitlement that follows a name
//! - nist-800-53r5 IA-4, partial: an identifier that can be given to another
//! - iso-27001-2022 A.5.16, partial: an identity known by a name that changes hands
//! - mitre-attack T1199, partial: a trusted relationship that can be taken over

use leastwise_model::{Accepted, NamedSubjects, Text, Trust};
use leastwise_permset::{Context, Request};

use crate::estate::Estate;
use crate::found::{Draft, Found};
use crate::rule::Rule;
use crate::severity::Reached;
use crate::trusted::{acceptance_of, can_begin, issuers_of, trusts};

pub(crate) static RULE: Rule = Rule {
    id: "LW027",
    name: "trust-in-a-name",
    source: include_str!("trust_in_a_name.rs"),
    follows: false,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    for (trust, subjects) in trusts(estate) {
        let names: Vec<&NamedSubjects> = issuers_of(estate, trust)
            .flat_map(|issuer| &issuer.named)
            .collect();
        let by_name = |subject: &Text| {
            let named = names
                .iter()
                .filter(|named| subject.starts_with(&*named.beginning));
            named.max_by_key(|named| named.beginning.len()).copied()
        };
        let by_number = |named: &NamedSubjects| {
            let others = subjects.iter().filter(|subject| by_name(subject).is_none());
            others.into_iter().any(|other| can_begin(other, &named.instead))
        };
        let mut told: Vec<Told<'_>> = subjects
            .iter()
            .filter_map(|subject| Some((subject, by_name(subject)?)))
            .filter(|(_, named)| !by_number(named))
            .map(|(subject, named)| Told {
                subject,
                named,
                taken: taken(estate, trust, subject, named),
            })
            .collect();
        // One of several subjects is told: that by which most is lost.
        told.sort_by_key(|told| (std::cmp::Reverse(told.taken), told.subject));
        if let Some(told) = told.first() {
            tell(estate, found, trust, told);
        }
    }
}

/// A subject by which a trust asks for a name.
struct Told<'t> {
    subject: &'t Text,
    named: &'t NamedSubjects,
    taken: Taken,
}

/// What whoever takes a name that was given up has of a trust.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Taken {
    Nothing,
    Perhaps,
    All,
}

fn taken(estate: &Estate<'_>, trust: &Trust, subject: &Text, named: &NamedSubjects) -> Taken {
    match (named.taken, asks_nothing_else(estate, trust, subject)) {
        (Some(true), true) => Taken::All,
        (None, true) => Taken::Perhaps,
        (Some(false), _) | (_, false) => Taken::Nothing,
    }
}

fn tell(estate: &Estate<'_>, found: &mut Found<'_, '_>, trust: &Trust, told: &Told<'_>) {
    let Told {
        subject,
        named,
        taken,
    } = told;
    let classes = estate.rights(trust.target).classes;
    let (reached, then) = match taken {
        Taken::All if estate.administers(trust.target) => (
            Reached::Administration,
            ", and whoever takes the old one is admitted",
        ),
        Taken::All => (
            Reached::by(classes),
            ", and whoever takes the old one is admitted",
        ),
        Taken::Perhaps => (
            Reached::Reading,
            ", and whoever takes the old one may be admitted",
        ),
        Taken::Nothing => (Reached::Reading, ""),
    };
    found.add(Draft {
        cause: Some(trust.step),
        reached,
        classes,
        title: format!(
            "{{who}} admits `{subject}` by the name of {}: another name ends that{then}",
            named.called
        ),
        fix: format!(
            "ask in {} for `{}`, which no name changes",
            estate.call(trust.step),
            named.instead
        ),
        about: subject.to_string(),
        ..Draft::about(vec![trust.target])
    });
}

/// Whether a token with that subject and the usual audience is admitted whatever else it says.
fn asks_nothing_else(estate: &Estate<'_>, trust: &Trust, subject: &Text) -> bool {
    let Some(acceptance) = acceptance_of(estate, trust) else {
        return false;
    };
    let Accepted::Token { claims, audience, .. } = &acceptance.admits else {
        return false;
    };
    let some = subject.replace(['*', '?'], "1");
    let token = Context::new()
        .with(format!("{claims}sub").as_str(), [some.as_str()])
        .with(format!("{claims}aud").as_str(), [&**audience]);
    let request = Request::new(&acceptance.action, &acceptance.resource).within(token);
    acceptance.set.contains(&request)
}
