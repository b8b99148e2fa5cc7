//! # the name says reading, the rights say more
//!
//! A name, a label, a description or the owner says that the identity only reads (`readonly`, `viewer`, `auditor`),
//! but it can change or delete things, run programs, or hand out rights.
//!
//! ## Why it matters
//!
//! People decide by names. Nobody looks twice at a reader, neither in a review nor in an incident.
//!
//! ## Example that triggers it
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: ServiceAccount
//! metadata: {name: readonly-dashboard, namespace: shop}
//! ---
//! apiVersion: rbac.authorization.k8s.io/v1
//! kind: Role
//! metadata: {name: dashboard, namespace: shop}
//! rules: [{apiGroups: [""], resources: [pods], verbs: [get, list, delete]}]
//! ---
//! apiVersion: rbac.authorization.k8s.io/v1
//! kind: RoleBinding
//! metadata: {name: dashboard, namespace: shop}
//! roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: dashboard}
//! subjects: [{kind: ServiceAccount, name: readonly-dashboard, namespace: shop}]
//! ```
//!
//! ## Example that does not
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: ServiceAccount
//! metadata: {name: readonly-dashboard, namespace: shop}
//! ---
//! apiVersion: rbac.authorization.k8s.io/v1
//! kind: Role
//! metadata: {name: dashboard, namespace: shop}
//! rules: [{apiGroups: [""], resources: [pods], verbs: [get, list]}]
//! ---
//! apiVersion: rbac.authorization.k8s.io/v1
//! kind: RoleBinding
//! metadata: {name: dashboard, namespace: shop}
//! roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: dashboard}
//! subjects: [{kind: ServiceAccount, name: readonly-dashboard, namespace: shop}]
//! ```
//!
//! ## Severity
//!
//! By the rights: high with rights over rights or identities where others can trigger it, else medium.
//!
//! ## Fix
//!
//! Take away what is no reading, or call it what it is.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI5:2025, direct: more rights than what it is called
//! - nist-csf-2.0 PR.AA-05, partial: what is documented and what is granted differ
//! - nist-800-53r5 AC-6, direct: rights beyond the assigned task
//! - nist-800-53r5 AC-6(7), partial: a review by names would miss it
//! - iso-27001-2022 A.5.15, partial: rights differ from what was laid down
//! - pci-dss-4.0.1 7.2.5, direct: a system account with more than it needs
//! - csa-ccm-4 IAM-05, direct: rights beyond the need

use leastwise_model::{ActionClass, Identity, IdentityIndex, Nature, Target, Verb};

use crate::estate::{Estate, matches};
use crate::finding::Confidence;
use crate::found::{Draft, Found};
use crate::rule::Rule;
use crate::severity::Reached;
use crate::words::says_reading;

pub(crate) static RULE: Rule = Rule {
    id: "LW008",
    name: "misleading-name",
    source: include_str!("misleading_name.rs"),
    follows: false,
    check,
};

/// What no reader needs. Running queries is execution on data, and reading it; that is left to readers.
fn is_no_reading(class: ActionClass) -> bool {
    match class.verb {
        Verb::Read | Verb::List => false,
        Verb::Execute => class.target != Target::Data,
        Verb::Write | Verb::Delete | Verb::Impersonate | Verb::Grant | Verb::Revoke => true,
    }
}

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    for (index, identity) in estate.identities() {
        if matches!(identity.nature, Nature::Human(_)) {
            continue;
        }
        let Some((word, place)) = claim(estate, identity) else {
            continue;
        };
        judge(estate, found, index, &word, &place);
    }
}

/// The word by which something says that an identity reads, and where it says so.
fn claim(estate: &Estate<'_>, identity: &Identity) -> Option<(String, String)> {
    let declared = estate
        .settings
        .declared
        .iter()
        .filter(|declared| matches(&declared.identity, identity));
    let by_owner = declared
        .filter_map(|declared| declared.says.as_deref())
        .find_map(|says| Some((says_reading(says)?, "its owner".to_string())));
    by_owner
        .or_else(|| Some((says_reading(&identity.name)?, "its name".to_string())))
        .or_else(|| {
            identity
                .labels
                .iter()
                .find_map(|(key, value)| Some((says_reading(value)?, format!("its label `{key}`"))))
        })
        .or_else(|| {
            Some((
                says_reading(&identity.description)?,
                "its description".to_string(),
            ))
        })
}

fn judge(estate: &Estate<'_>, found: &mut Found<'_, '_>, index: IdentityIndex, word: &str, place: &str) {
    let Some(platform) = estate.world.platform_of(index) else {
        return;
    };
    let rights = estate.rights(index);
    // What reads a stored credential is reading first; whether that is too much is for other rules. So are rights to
    // become somebody where there is nobody to become.
    let mut reading = estate.mask(platform, |class| matches!(class.verb, Verb::Read | Verb::List));
    let mut changing = estate.mask(platform, |class| {
        is_no_reading(class) && !matches!(class.verb, Verb::Impersonate)
    });
    reading.subtract(&changing);
    if estate
        .world
        .edges(index)
        .any(|edge| edge.becomes() && edge.certainty.is_sure())
    {
        changing.unite(&estate.mask(platform, |class| class.verb == Verb::Impersonate));
        changing.subtract(&reading);
    }
    changing.intersect(&rights.actions);
    if changing.is_empty() {
        return;
    }
    let classes = estate.classes(platform, &changing);
    let told: Vec<ActionClass> = classes.iter().filter(|class| is_no_reading(*class)).collect();
    let worst = told
        .iter()
        .copied()
        .max_by_key(|class| (Reached::by(std::iter::once(*class).collect()), class.verb));
    let Some(worst) = worst else { return };
    let mut telling = estate.mask(platform, |class| class == worst);
    telling.intersect(&changing);
    let Some(shown) = estate
        .show(index, &telling)
        .or_else(|| estate.show(index, &changing))
    else {
        return;
    };
    let words: Vec<String> = told.iter().map(ToString::to_string).collect();
    let cause = estate.blame(&shown.steps);
    found.add(Draft {
        cause,
        reached: if estate.administers(index) {
            Reached::Administration
        } else {
            Reached::by(classes)
        },
        classes,
        title: format!("{{who}} says `{word}` ({place}), but can {}", words.join(", ")),
        path: shown.path(index),
        fix: match cause {
            Some(label) => format!(
                "take `{}` out of {}, or rename it",
                shown.request.action,
                estate.call(label)
            ),
            None => "take away what is no reading, or rename it".to_string(),
        },
        witness: Some(shown.request),
        confidence: Confidence::Likely,
        about: estate
            .identity(index)
            .map(|identity| identity.id.to_string())
            .unwrap_or_default(),
        ..Draft::about(vec![index])
    });
}
