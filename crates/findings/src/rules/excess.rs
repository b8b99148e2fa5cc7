//! # an identity can do more than its owner says it needs
//!
//! Where the settings declare what an identity needs, this rule takes that away from what the identity can really do.
//! What is left is the excess, and one request of it is the witness. What the platform itself gives to every identity
//! is not counted. Without a declaration the rule says nothing about an identity.
//!
//! ## Why it matters
//!
//! Whoever takes over an identity takes over all that it can do, not only what its program does. Excess costs nothing
//! to remove, as nobody uses it.
//!
//! ## Example that triggers it
//!
//! The owner says: one secret. The role says: every secret of the namespace.
//!
//! ```toml leastwise.toml
//! [[declared]]
//! identity = "kubernetes:*:system:serviceaccount:shop:api"
//! permissions = [{ action = "core/secrets:get", resource = "shop/db" }]
//! ```
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: ServiceAccount
//! metadata: {name: api, namespace: shop}
//! ---
//! apiVersion: rbac.authorization.k8s.io/v1
//! kind: Role
//! metadata: {name: api, namespace: shop}
//! rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
//! ---
//! apiVersion: rbac.authorization.k8s.io/v1
//! kind: RoleBinding
//! metadata: {name: api, namespace: shop}
//! roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: api}
//! subjects: [{kind: ServiceAccount, name: api, namespace: shop}]
//! ```
//!
//! ## Example that does not
//!
//! ```toml leastwise.toml
//! [[declared]]
//! identity = "kubernetes:*:system:serviceaccount:shop:api"
//! permissions = [{ action = "core/secrets:get", resource = "shop/db" }]
//! ```
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: ServiceAccount
//! metadata: {name: api, namespace: shop}
//! ---
//! apiVersion: rbac.authorization.k8s.io/v1
//! kind: Role
//! metadata: {name: api, namespace: shop}
//! rules: [{apiGroups: [""], resources: [secrets], resourceNames: [db], verbs: [get]}]
//! ---
//! apiVersion: rbac.authorization.k8s.io/v1
//! kind: RoleBinding
//! metadata: {name: api, namespace: shop}
//! roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: api}
//! subjects: [{kind: ServiceAccount, name: api, namespace: shop}]
//! ```
//!
//! ## Severity
//!
//! By the worst class of action in the excess; high where the excess holds rights or other identities, or where the
//! identity administers its instance.
//!
//! ## Fix
//!
//! Narrow the statement on the path to what is declared, or declare the need with its owner.
//! `leastwise fit ID` proposes a role.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI5:2025, direct: excess is what overprivileged means, with a request that shows it
//! - owasp-agentic-2026 ASI03, partial: applies where the identity is an agent's
//! - owasp-llm-2025 LLM06:2025, partial: applies where the identity is an agent's
//! - nist-csf-2.0 PR.AA-05, direct: rights beyond the need are not least privilege
//! - nist-800-207 tenet 4, partial: standing rights beyond the need are no dynamic policy
//! - nist-800-53r5 AC-6, direct: rights beyond the assigned task
//! - nist-800-53r5 AC-6(7), partial: shows what a review of privileges has to decide
//! - iso-27001-2022 A.5.15, direct: rights differ from what the owner laid down
//! - iso-27001-2022 A.8.2, partial: where the excess is privileged
//! - pci-dss-4.0.1 7.2.5, direct: a system account with more than it needs
//! - csa-ccm-4 IAM-05, direct: rights beyond the need
//! - mitre-attack T1078.004, partial: what a stolen account can be used for

use leastwise_model::{ActionBits, IdentityIndex, Text};
use leastwise_permset::{Emptiness, PermissionSet, Region, Strings};

use crate::estate::{Estate, matches, mention};
use crate::found::{Draft, Found};
use crate::rule::Rule;
use crate::severity::Reached;

pub(crate) static RULE: Rule = Rule {
    id: "LW001",
    name: "excess",
    source: include_str!("excess.rs"),
    follows: false,
    check,
};

/// How many actions in doubt are decided one by one; the others count as needed.
const DECIDED: usize = 400;
/// How many actions are tried for one that can be shown.
const TRIES: usize = 16;

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    let declared: Vec<_> = estate
        .settings
        .declared
        .iter()
        .filter(|declared| !declared.permissions.is_empty())
        .collect();
    if declared.is_empty() {
        found.silent(
            "the settings declare no needs",
            "declare what identities need under `[[declared]]`",
        );
        return;
    }
    for (index, identity) in estate.identities() {
        let Some(platform) = estate.world.platform_of(index) else {
            continue;
        };
        let mut mine = declared
            .iter()
            .filter(|declared| matches(&declared.identity, identity))
            .peekable();
        if mine.peek().is_none() {
            continue;
        }
        let need = PermissionSet::union_of(
            mine.flat_map(|declared| &declared.permissions)
                .map(|permission| platform.requests(&permission.action, &permission.resource)),
        );
        judge(estate, found, index, &need);
    }
}

fn judge(estate: &Estate<'_>, found: &mut Found<'_, '_>, index: IdentityIndex, need: &PermissionSet) {
    let Some(platform) = estate.world.platform_of(index) else {
        return;
    };
    let catalogue = platform.catalogue();
    let limits = estate.world.limits();
    let excess = estate
        .world
        .effective(index)
        .difference(need)
        .difference(&estate.gifts(index));
    let mut needed = ActionBits::none();
    mention(need, &mut |actions| {
        needed.unite(&estate.select(platform, actions))
    });
    let mut actions = (*estate.rights(index).actions).clone();
    let mut doubtful = actions.clone();
    doubtful.intersect(&needed);
    for (tried, action) in doubtful.iter().enumerate() {
        let here = Region::new(Strings::literal(catalogue.name(action)), Strings::any());
        let left = excess.intersection(&PermissionSet::from(here));
        if tried >= DECIDED || !matches!(left.emptiness(limits), Emptiness::Inhabited(_)) {
            let mut only = ActionBits::none();
            only.insert(action);
            actions.subtract(&only);
        }
    }
    let classes = estate.classes(platform, &actions);
    let Some(worst) = worst_first(estate, platform, &actions) else {
        return;
    };
    let shown = worst.iter().take(TRIES).find_map(|action| {
        let here = Region::new(Strings::literal(catalogue.name(action)), Strings::any());
        estate.show_within(index, &excess.intersection(&PermissionSet::from(here)))
    });
    let Some(shown) = shown else {
        let gaps = excess
            .atoms()
            .iter()
            .map(|atom| Text::from(atom.as_str()))
            .collect();
        found.undecided(vec![index], gaps);
        return;
    };
    let administers = estate.administers(index);
    let cause = estate.blame(&shown.steps);
    let words: Vec<String> = classes.iter().map(|class| class.to_string()).collect();
    let count = actions.count();
    let plural = if count == 1 { "" } else { "s" };
    found.add(Draft {
        cause,
        classes,
        reached: if administers {
            Reached::Administration
        } else {
            Reached::by(classes)
        },
        title: format!(
            "{{who}} can do more than is declared: {count} action{plural} ({})",
            words.join(", ")
        ),
        path: shown.path(index),
        fix: match cause {
            Some(label) => format!(
                "narrow {} to what is declared, or declare the need",
                estate.call(label)
            ),
            None => "narrow what it holds to what is declared, or declare the need".to_string(),
        },
        witness: Some(shown.request),
        about: estate
            .identity(index)
            .map(|identity| identity.id.to_string())
            .unwrap_or_default(),
        ..Draft::about(vec![index])
    });
}

/// The actions of the worst class that is there.
fn worst_first(
    estate: &Estate<'_>,
    platform: &'static dyn leastwise_model::Platform,
    actions: &ActionBits,
) -> Option<ActionBits> {
    let classes = estate.classes(platform, actions);
    let worst = classes.iter().max_by_key(|class| {
        let alone = std::iter::once(*class).collect();
        (Reached::by(alone), class.verb)
    })?;
    let mut bits = estate.mask(platform, |class| class == worst);
    bits.intersect(actions);
    Some(bits)
}
