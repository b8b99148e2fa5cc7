//! # strangers can become an identity
//!
//! A trust admits everybody, or an account that is neither ours nor a known partner without a shared secret, or
//! tokens of an issuer that strangers use too without saying whose.
//!
//! ## Why it matters
//!
//! Who may become an identity is decided by its trust alone. An open one needs no stolen credential.
//!
//! ## Example that triggers it
//!
//! ```json account.json
//! {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
//!   "Path": "/", "RoleName": "publisher", "RoleId": "AROAEXAMPLEPUBLISHER01", "Arn": "arn:aws:iam::111122223333:role/publisher",
//!   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity",
//!     "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, "StringLike": {"token.actions.githubusercontent.com:sub": "repo:example-shop*"}}}]},
//!   "RolePolicyList": [{"PolicyName": "site", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-site/*"}]}}],
//!   "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []}]}
//! ```
//!
//! ## Example that does not
//!
//! The repository is named to its end.
//!
//! ```json account.json
//! {"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
//!   "Path": "/", "RoleName": "publisher", "RoleId": "AROAEXAMPLEPUBLISHER01", "Arn": "arn:aws:iam::111122223333:role/publisher",
//!   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}, "Action": "sts:AssumeRoleWithWebIdentity",
//!     "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, "StringLike": {"token.actions.githubusercontent.com:sub": "repo:example-shop/site:*"}}}]},
//!   "RolePolicyList": [{"PolicyName": "site", "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-site/*"}]}}],
//!   "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": []}]}
//! ```
//!
//! ## Severity
//!
//! By what the identity can do: critical where it administers, high with rights over rights or identities, else
//! medium: nobody meant strangers to read either.
//!
//! ## Fix
//!
//! Name whom the trust is for: the account and an external id, the organization, the repository and its branch.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI6:2025, direct: a trust of a cloud or pipeline that is too wide
//! - owasp-nhi-2025 NHI4:2025, partial: who authenticates is not checked enough
//! - owasp-agentic-2026 ASI04, partial: a pipeline of strangers can supply what runs
//! - nist-csf-2.0 PR.AA-03, direct: callers are not authenticated as those who are meant
//! - nist-800-207 tenet 4, partial: access does not depend on who asks
//! - nist-800-207 tenet 6, direct: authorization is not strictly enforced before access
//! - nist-800-53r5 AC-3, direct: access is not enforced by identity
//! - nist-800-53r5 SA-9, partial: where the stranger is a supplier's account
//! - iso-27001-2022 A.8.3, direct: access is not restricted
//! - pci-dss-4.0.1 7.2.5, direct: a system account that others can use
//! - cis-aws-7.0 2.21, partial: open to everybody
//! - mitre-attack T1199, direct: a trusted relationship that strangers can use
//! - mitre-attack T1078.004, partial: a cloud account taken without a stolen credential

use std::collections::BTreeSet;

use leastwise_model::{Accepted, Admits, IdentityIndex, Text, Trust};
use leastwise_permset::{Case, Condition, Context, Key, Label, Node, Pattern, PermissionSet, Test};

use crate::estate::Estate;
use crate::found::{Draft, Found};
use crate::rule::Rule;
use crate::severity::Reached;
use crate::trusted::acceptance_of;

pub(crate) static RULE: Rule = Rule {
    id: "LW011",
    name: "open-trust",
    source: include_str!("open_trust.rs"),
    follows: true,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    let strangers = Strangers::of(estate);
    for trust in &estate.snapshot().trusts {
        let (Some(why), Some(identity)) = (open(estate, &strangers, trust), estate.identity(trust.target))
        else {
            continue;
        };
        let classes = estate
            .world
            .abilities(trust.target)
            .map(|it| it.classes)
            .unwrap_or_default();
        // What strangers read is never small.
        let reached = match estate.administers(trust.target) {
            true => Reached::Administration,
            false => Reached::by(classes).max(Reached::Changing),
        };
        found.add(Draft {
            cause: Some(trust.step),
            reached,
            classes,
            title: format!("{{who}} is open to strangers: {why}"),
            fix: format!("say in {} whom it is for", estate.call(trust.step)),
            about: identity.id.to_string(),
            ..Draft::about(vec![trust.target])
        });
    }
}

/// Why a trust is open to strangers.
fn open(estate: &Estate<'_>, strangers: &Strangers<'_>, trust: &Trust) -> Option<String> {
    match &trust.admits {
        Admits::Anyone if trust.demands.is_empty() => Some("its trust admits everybody".to_string()),
        Admits::Instance { name, known: false } => {
            let partner = estate
                .settings
                .partners
                .iter()
                .any(|partner| partner.account == *name);
            let ours = estate.settings.accounts.iter().any(|account| account.id == *name);
            (trust.demands.is_empty() && !partner && !ours)
                .then(|| format!("its trust admits {name}, which is unknown, and asks for no external id"))
        }
        Admits::Issuer { issuer, subjects, .. } => {
            let prefix = pinned_by(issuer);
            let wide = prefix.and_then(|prefix| subjects.iter().find(|one| !is_pinned(one, prefix)));
            let is_open = match strangers.become_by(trust, issuer) {
                Some(told) => told,
                None if prefix.is_none() || pins_otherwise(estate, trust) => false,
                None => subjects.is_empty() || wide.is_some(),
            };
            is_open.then(|| match (wide, subjects.is_empty()) {
                (Some(subject), _) => {
                    format!("its trust admits `{subject}` of {issuer}, which strangers can match")
                }
                (None, true) => format!("its trust admits tokens of {issuer} that strangers get too"),
                (None, false) => format!("its trust admits subjects of {issuer} that strangers get too"),
            })
        }
        Admits::Anyone | Admits::Instance { .. } | Admits::Identity { .. } | Admits::Service(_) => None,
    }
}

/// Whom those become who stand for strangers, whatever the circumstances are.
struct Strangers<'w> {
    /// Issuers whose own platform says who strangers are.
    issuers: BTreeSet<&'w Text>,
    /// Targets, with the statement that lets them in.
    targets: BTreeSet<(Option<Label>, IdentityIndex)>,
}

impl<'w> Strangers<'w> {
    fn of(estate: &Estate<'w>) -> Self {
        let issuers = estate.snapshot().issuers.iter();
        let open: Vec<_> = issuers.filter(|issuer| !issuer.strangers.is_empty()).collect();
        let strangers: BTreeSet<IdentityIndex> = open
            .iter()
            .flat_map(|issuer| &issuer.strangers)
            .copied()
            .collect();
        let edges = strangers
            .iter()
            .flat_map(|stranger| estate.world.edges(*stranger));
        let sure = edges.filter(|edge| edge.certainty.is_sure());
        Self {
            issuers: open.iter().filter_map(|issuer| issuer.url.as_ref()).collect(),
            targets: sure
                .flat_map(|edge| {
                    let step = edge.opportunity.step;
                    edge.targets()
                        .iter()
                        .map(move |target| (step, *target))
                        .collect::<Vec<_>>()
                })
                .collect(),
        }
    }

    /// Whether they become the target by this statement; `None` where the issuer does not say who they are.
    fn become_by(&self, trust: &Trust, issuer: &Text) -> Option<bool> {
        self.issuers
            .contains(issuer)
            .then(|| self.targets.contains(&(Some(trust.step), trust.target)))
    }
}

/// Whether a statement asks for a claim other than the subject and the audience letter by letter, at least to begin with.
fn pins_otherwise(estate: &Estate<'_>, trust: &Trust) -> bool {
    let Some((acceptance, Accepted::Token { claims, .. })) =
        acceptance_of(estate, trust).map(|one| (one, &one.admits))
    else {
        return false;
    };
    let says_whose = |key: &Key| {
        let name = key.as_str();
        name.get(..claims.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(claims))
            && name
                .get(claims.len()..)
                .is_some_and(|claim| !matches!(claim, "sub" | "aud"))
    };
    let mut keys = acceptance.set.keys().into_iter();
    keys.any(|key| says_whose(&key) && asked_literally(&acceptance.set, &key))
}

/// Whether every way into a set asks that a key begins with some text.
fn asked_literally(set: &PermissionSet, key: &Key) -> bool {
    match set.node() {
        Node::Region(region) => region.guard.literals().iter().any(|literal| {
            matches!(
                &literal.condition,
                Condition::Some(asked, Test::Text(strings))
                    if asked == key
                        && literal.holds
                        && !strings.is_complement()
                        && strings.patterns().iter().all(|pattern| !pattern.prefix().is_empty())
            )
        }),
        Node::Union(sets) => sets.iter().all(|set| asked_literally(set, key)),
        Node::Intersection(sets) => sets.iter().any(|set| asked_literally(set, key)),
        Node::Difference(given, _) => asked_literally(given, key),
        Node::Labelled(_, inner) => asked_literally(inner, key),
    }
}

/// For an issuer whose tokens strangers get too: how a subject must begin so that it is nobody else's.
fn pinned_by(issuer: &Text) -> Option<&'static str> {
    let nothing = Context::new();
    include_str!("../../data/shared-issuers.tsv")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .find(|(pattern, _)| {
            let bare = issuer.strip_prefix("https://").unwrap_or(issuer);
            Pattern::glob(pattern, Case::Folded).matches(bare, &nothing)
        })
        .and_then(|(_, rest)| rest.split('\t').next())
}

/// Whether the literal beginning of a subject reaches past the part that names its owner. In `prefix`, `+` stands
/// for text that must be there.
fn is_pinned(subject: &str, prefix: &str) -> bool {
    let literal = subject
        .find(['*', '?'])
        .map_or(subject, |at| subject.get(..at).unwrap_or_default());
    let mut rest = literal;
    let mut parts = prefix.split('+');
    match parts.next().and_then(|first| rest.strip_prefix(first)) {
        Some(behind) => rest = behind,
        None => return false,
    }
    for part in parts {
        match rest.find(part) {
            Some(at) if at > 0 => rest = rest.get(at + part.len()..).unwrap_or_default(),
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::is_pinned;

    #[test]
    fn an_owner_must_be_named_to_its_end() {
        let prefix = "repo:+/";
        assert!(is_pinned("repo:example/site:ref:refs/heads/main", prefix));
        assert!(is_pinned("repo:example/*", prefix));
        assert!(!is_pinned("repo:example*", prefix));
        assert!(!is_pinned("repo:*/site:ref:refs/heads/main", prefix));
        assert!(!is_pinned("*", prefix));
        assert!(!is_pinned("repo:/x", prefix));
    }
}
