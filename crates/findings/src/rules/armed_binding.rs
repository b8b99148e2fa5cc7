//! # a grant waits for one of its ends to be created
//!
//! A grant names a role that does not exist, or an identity that does not exist. Whoever creates the missing end
//! decides what is granted, or takes what is granted.
//!
//! ## Why it matters
//!
//! It is a door without a house. To create an object of that name looks harmless, and no permission on the grant
//! itself is needed.
//!
//! ## Example that triggers it
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: List
//! items:
//! - {apiVersion: v1, kind: Namespace, metadata: {uid: "1", name: shop}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {uid: "2", name: checker, namespace: shop}}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: Role
//!   metadata: {uid: "3", name: other, namespace: shop}
//!   rules: []
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: ClusterRole
//!   metadata: {uid: "4", name: view, labels: {kubernetes.io/bootstrapping: rbac-defaults}}
//!   rules: []
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: RoleBinding
//!   metadata: {uid: "5", name: migrator, namespace: shop}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: migrator}
//!   subjects: [{kind: ServiceAccount, name: checker, namespace: shop}]
//! ```
//!
//! ## Example that does not
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: List
//! items:
//! - {apiVersion: v1, kind: Namespace, metadata: {uid: "6", name: shop}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {uid: "7", name: checker, namespace: shop}}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: Role
//!   metadata: {uid: "8", name: migrator, namespace: shop}
//!   rules: []
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: ClusterRole
//!   metadata: {uid: "9", name: view, labels: {kubernetes.io/bootstrapping: rbac-defaults}}
//!   rules: []
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: RoleBinding
//!   metadata: {uid: "10", name: migrator, namespace: shop}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: migrator}
//!   subjects: [{kind: ServiceAccount, name: checker, namespace: shop}]
//! ```
//!
//! ## Severity
//!
//! By what the grant gives; where the role is missing, as for changing something, because its creator decides. Low where
//! nobody can create what is missing. Where the export may be incomplete the rule is silent, and manifests always may
//! be: only what a running system lists proves that something is not there.
//!
//! ## Fix
//!
//! Remove the grant, or create what it names.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI1:2025, direct: what remains when an identity or role was removed
//! - owasp-nhi-2025 NHI5:2025, partial: rights for whoever takes the name
//! - nist-csf-2.0 PR.AA-05, direct: an entitlement that nobody manages
//! - nist-800-53r5 AC-2, partial: access outlives its account
//! - iso-27001-2022 A.5.18, direct: a right that was not withdrawn
//! - csa-ccm-4 IAM-07, direct: a change that was not followed through
//! - mitre-attack T1098.006, partial: rights by creating an object

use leastwise_model::{DanglingKind, IdentityIndex, Text};
use leastwise_permset::{Inclusion, Meeting, PermissionSet, Region, Request, Strings};

use crate::estate::{Estate, mention};
use crate::found::{Draft, Found};
use crate::rule::Rule;
use crate::severity::Reached;

pub(crate) static RULE: Rule = Rule {
    id: "LW009",
    name: "armed-binding",
    source: include_str!("armed_binding.rs"),
    follows: false,
    check,
};

/// How many of those who could arm a grant are named.
const NAMED: usize = 2;

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    let dangling = &estate.snapshot().dangling;
    if dangling.iter().any(|dangling| !dangling.complete) {
        found.silent(
            "an export of bindings came without all roles and accounts",
            "export roles, bindings and accounts of the whole cluster or account together",
        );
    }
    for dangling in dangling.iter().filter(|dangling| dangling.complete) {
        let mut identities = dangling.subjects.clone();
        if let (DanglingKind::Subject, Some(missing)) =
            (dangling.kind, estate.world.called(&dangling.missing))
        {
            identities.push(missing);
        }
        let reached = match (&dangling.gives, &dangling.armed_by) {
            (None, None) => Reached::Reading,
            (None, Some(_)) => Reached::Changing,
            (Some(gives), _) => gain(estate, dangling.instance, gives),
        };
        let armers = armers(estate, dangling.instance, dangling.armed_by.as_ref());
        let names: Vec<&str> = armers
            .iter()
            .take(NAMED)
            .filter_map(|index| estate.identity(*index))
            .map(|identity| &*identity.id)
            .collect();
        let by = match (armers.len(), names.join(", ")) {
            (0, _) => String::new(),
            (count, names) if count <= NAMED => format!("; {names} could create it"),
            (count, names) => format!("; {names} and {} others could create it", count - NAMED),
        };
        let grant = estate.call(dangling.step);
        let missing = &dangling.missing;
        found.add(Draft {
            missing: Some(missing.clone()),
            cause: Some(dangling.step),
            reached,
            title: match dangling.kind {
                DanglingKind::Entitlement => format!("{grant} grants `{missing}`, which does not exist{by}"),
                DanglingKind::Subject if dangling.armed_by.is_none() => {
                    format!(
                        "{grant} grants to `{missing}`, which no longer exists; nobody can take its place"
                    )
                }
                DanglingKind::Subject => format!("{grant} grants to `{missing}`, which does not exist{by}"),
            },
            witness: dangling
                .armed_by
                .as_ref()
                .map(|(action, resource)| Request::new(action, resource)),
            fix: match dangling.kind {
                DanglingKind::Subject if dangling.armed_by.is_none() => {
                    format!("remove `{missing}` from {grant}")
                }
                _ => format!("remove {grant}, or create `{missing}`"),
            },
            ..Draft::about(identities)
        });
    }
}

/// What holding `gives` reaches.
fn gain(estate: &Estate<'_>, instance: leastwise_model::InstanceIndex, gives: &PermissionSet) -> Reached {
    let Some(platform) = estate.platform(instance) else {
        return Reached::Changing;
    };
    if matches!(
        estate.control(instance).included_in(gives, estate.world.limits()),
        Inclusion::Holds
    ) {
        return Reached::Administration;
    }
    let mut actions = leastwise_model::ActionBits::none();
    mention(gives, &mut |strings| {
        actions.unite(&estate.select(platform, strings))
    });
    Reached::by(estate.classes(platform, &actions))
}

/// Who can create the missing end and administers nothing.
fn armers(
    estate: &Estate<'_>,
    instance: leastwise_model::InstanceIndex,
    armed_by: Option<&(Text, Text)>,
) -> Vec<IdentityIndex> {
    let Some((action, resource)) = armed_by else {
        return Vec::new();
    };
    let request = PermissionSet::from(Region::new(Strings::literal(action), Strings::literal(resource)));
    let number = estate
        .platform(instance)
        .and_then(|platform| platform.catalogue().find(action));
    estate
        .identities()
        .filter(|(index, identity)| {
            identity.instance == instance
                && !identity.provided
                && !estate.administers(*index)
                && number.is_none_or(|number| estate.rights(*index).actions.contains(number))
                && matches!(
                    estate
                        .world
                        .effective(*index)
                        .meets(&request, estate.world.limits()),
                    Meeting::Surely(_)
                )
        })
        .map(|(index, _)| index)
        .collect()
}
