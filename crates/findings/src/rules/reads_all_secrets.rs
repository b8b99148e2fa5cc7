//! # an identity reads every stored credential of its account or cluster
//!
//! The identity can read secrets wherever they are, not only its own: list the secrets of all namespaces, get every
//! value of a secret store. Administrators are left out, they are listed by `administrator`.
//!
//! ## Why it matters
//!
//! Stored credentials are other identities. Who reads them all is everybody whose credential is among them.
//!
//! ## Example that triggers it
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: ServiceAccount
//! metadata: {name: reports, namespace: data}
//! ---
//! apiVersion: rbac.authorization.k8s.io/v1
//! kind: ClusterRole
//! metadata: {name: secret-reader}
//! rules: [{apiGroups: [""], resources: [secrets], verbs: [get, list]}]
//! ---
//! apiVersion: rbac.authorization.k8s.io/v1
//! kind: ClusterRoleBinding
//! metadata: {name: reports}
//! roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: secret-reader}
//! subjects: [{kind: ServiceAccount, name: reports, namespace: data}]
//! ```
//!
//! ## Example that does not
//!
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: ServiceAccount
//! metadata: {name: reports, namespace: data}
//! ---
//! apiVersion: rbac.authorization.k8s.io/v1
//! kind: ClusterRole
//! metadata: {name: secret-reader}
//! rules: [{apiGroups: [""], resources: [secrets], verbs: [get, list]}]
//! ---
//! apiVersion: rbac.authorization.k8s.io/v1
//! kind: RoleBinding
//! metadata: {name: reports, namespace: data}
//! roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: secret-reader}
//! subjects: [{kind: ServiceAccount, name: reports, namespace: data}]
//! ```
//!
//! ## Severity
//!
//! High; medium for people and groups.
//!
//! ## Fix
//!
//! Bind the role in the namespaces whose secrets are needed, or name the secrets.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI5:2025, direct: the credentials of all others
//! - owasp-nhi-2025 NHI2:2025, partial: one identity from which all secrets leak
//! - nist-csf-2.0 PR.AA-05, direct: access to secrets is not confined to need
//! - nist-800-53r5 AC-6, direct: rights beyond the assigned task
//! - nist-800-53r5 IA-5, partial: credentials are not protected from others than their holders
//! - iso-27001-2022 A.5.17, direct: secrets for authentication are open to others than their holders
//! - iso-27001-2022 A.8.3, direct: information is not restricted to need
//! - pci-dss-4.0.1 7.2.5, direct: a system account with more than it needs
//! - cis-kubernetes-1.12 5.1.2, direct: who can read secrets
//! - mitre-attack T1552.007, partial: reading secrets through the orchestrator's API

use std::collections::BTreeMap;

use leastwise_model::{ActionBits, IdentityIndex, Target, Verb};
use leastwise_permset::Label;

use crate::estate::{Estate, statement_for};
use crate::found::{Draft, Found};
use crate::rule::Rule;
use crate::severity::Reached;

pub(crate) static RULE: Rule = Rule {
    id: "LW005",
    name: "reads-all-secrets",
    source: include_str!("reads_all_secrets.rs"),
    follows: false,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    for platform in estate.platforms() {
        let catalogue = platform.catalogue();
        // Reading what is often a credential: reads control data, and thereby may become others.
        let mut secrets = estate.mask(platform, |class| {
            class.target == Target::Control && matches!(class.verb, Verb::Read | Verb::List)
        });
        secrets.intersect(&estate.mask(platform, |class| class.verb == Verb::Impersonate));
        let mut groups: BTreeMap<Option<Label>, (ActionBits, Vec<IdentityIndex>)> = BTreeMap::new();
        for (index, identity) in estate.identities() {
            let here = estate
                .platform(identity.instance)
                .is_some_and(|it| it.name() == platform.name());
            if !here || estate.administers(index) {
                continue;
            }
            let mut held = (*estate.rights(index).actions).clone();
            held.intersect(&secrets);
            let everywhere: Vec<usize> = held
                .iter()
                .filter(|action| estate.everywhere(index, *action))
                .collect();
            let Some(first) = everywhere.first() else { continue };
            let steps = statement_for(&estate.world.effective(index), catalogue.name(*first), None);
            let cause = steps.and_then(|steps| estate.blame(&steps));
            let (actions, identities) = groups
                .entry(cause)
                .or_insert_with(|| (ActionBits::none(), Vec::new()));
            everywhere.into_iter().for_each(|action| actions.insert(action));
            identities.push(index);
        }
        for (cause, (actions, identities)) in groups {
            let Some(first) = estate.representative(&identities) else {
                continue;
            };
            let shown = estate.show(first, &actions);
            let names: Vec<&str> = actions
                .iter()
                .take(3)
                .map(|action| catalogue.name(action))
                .collect();
            found.add(Draft {
                cause,
                reached: Reached::Credentials,
                classes: estate.classes(platform, &actions),
                title: format!(
                    "{{who}} can read every secret of {} ({})",
                    estate.home(first),
                    names.join(", ")
                ),
                path: shown.as_ref().map(|shown| shown.path(first)).unwrap_or_default(),
                witness: shown.map(|shown| shown.request),
                fix: match cause {
                    Some(label) => format!("confine {} to the secrets that are needed", estate.call(label)),
                    None => "confine it to the secrets that are needed".to_string(),
                },
                ..Draft::about(identities)
            });
        }
    }
}
