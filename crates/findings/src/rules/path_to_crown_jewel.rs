//! # an identity reaches a crown jewel by a detour
//!
//! The settings name what must not fall. The identity has no access of its own to it, but gets there: by becoming
//! others, in one step or in several, or by giving itself more. Left out are administrators, whoever can make
//! itself or become one (other rules say so), and identities that are declared to need it. Without crown jewels in
//! the settings the rule is silent.
//!
//! ## Why it matters
//!
//! A list of who has access to the jewel does not show it.
//!
//! ## Example that triggers it
//!
//! ```toml leastwise.toml
//! [[crown-jewels]]
//! name = "card key"
//! actions = ["core/secrets:get"]
//! resources = ["shop/card-key"]
//! ```
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: List
//! items:
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: runner, namespace: shop}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: api, namespace: shop}}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: Role
//!   metadata: {name: runner, namespace: shop}
//!   rules: [{apiGroups: [""], resources: [pods], verbs: [create]}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: RoleBinding
//!   metadata: {name: runner, namespace: shop}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: runner}
//!   subjects: [{kind: ServiceAccount, name: runner, namespace: shop}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: Role
//!   metadata: {name: api, namespace: shop}
//!   rules: [{apiGroups: [""], resources: [secrets], resourceNames: [card-key], verbs: [get]}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: RoleBinding
//!   metadata: {name: api, namespace: shop}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: api}
//!   subjects: [{kind: ServiceAccount, name: api, namespace: shop}]
//! ```
//!
//! ## Example that does not
//!
//! ```toml leastwise.toml
//! [[crown-jewels]]
//! name = "card key"
//! actions = ["core/secrets:get"]
//! resources = ["shop/card-key"]
//! ```
//! ```yaml cluster.yaml
//! apiVersion: v1
//! kind: List
//! items:
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: runner, namespace: jobs}}
//! - {apiVersion: v1, kind: ServiceAccount, metadata: {name: api, namespace: shop}}
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: Role
//!   metadata: {name: runner, namespace: jobs}
//!   rules: [{apiGroups: [""], resources: [pods], verbs: [create]}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: RoleBinding
//!   metadata: {name: runner, namespace: jobs}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: runner}
//!   subjects: [{kind: ServiceAccount, name: runner, namespace: jobs}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: Role
//!   metadata: {name: api, namespace: shop}
//!   rules: [{apiGroups: [""], resources: [secrets], resourceNames: [card-key], verbs: [get]}]
//! - apiVersion: rbac.authorization.k8s.io/v1
//!   kind: RoleBinding
//!   metadata: {name: api, namespace: shop}
//!   roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: api}
//!   subjects: [{kind: ServiceAccount, name: api, namespace: shop}]
//! ```
//!
//! ## Severity
//!
//! Critical where others can trigger the identity, else high.
//!
//! ## Fix
//!
//! Cut the path where it costs least: often the first step. Where the access is meant, declare it.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI5:2025, direct: access that nobody granted on purpose
//! - owasp-agentic-2026 ASI03, partial: applies where the identity is an agent's
//! - nist-csf-2.0 PR.AA-05, direct: what can be reached exceeds what was granted on paper
//! - nist-800-207 tenet 1, partial: the resource is not protected by its own policy alone
//! - nist-800-53r5 AC-6, direct: rights beyond the assigned task
//! - nist-800-53r5 AC-3, partial: enforcement is by-passed by acting as somebody else
//! - iso-27001-2022 A.8.3, direct: access to information is not restricted
//! - pci-dss-4.0.1 7.2.5, direct: a system account with more than it needs
//! - mitre-attack T1548.005, direct: acting as a more privileged identity
//! - mitre-attack T1530, partial: where the jewel is stored data

use std::cell::RefCell;
use std::collections::BTreeMap;

use leastwise_effective::{How, Powers, Steps, World};
use leastwise_model::{ActionBits, CrownJewel, IdentityIndex};
use leastwise_permset::{Label, Meeting, PermissionSet};
use rustc_hash::FxHashMap;

use crate::arrivals::{Arrival, arrivals};
use crate::estate::{Estate, matches, mention};
use crate::found::{Draft, Found};
use crate::rule::Rule;
use crate::severity::Reached;

pub(crate) static RULE: Rule = Rule {
    id: "LW017",
    name: "path-to-crown-jewel",
    source: include_str!("path_to_crown_jewel.rs"),
    follows: true,
    check,
};

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    if estate.settings.crown_jewels.is_empty() {
        found.silent(
            "the settings name no crown jewels",
            "name what must not fall under `[[crown-jewels]]`",
        );
        return;
    }
    // Those who come to several jewels in the same way are one finding.
    let mut ways: BTreeMap<(Option<Label>, How, Vec<IdentityIndex>), Vec<Way<'_>>> = BTreeMap::new();
    for jewel in &estate.settings.crown_jewels {
        for (how, way) in judge(estate, jewel) {
            ways.entry((way.arrival.cause, how, way.arrival.identities.clone()))
                .or_default()
                .push(way);
        }
    }
    for ((cause, how, identities), mut ways) in ways {
        let jewels: Vec<&str> = ways.iter().map(|way| &*way.jewel.name).collect();
        let jewels = jewels.join(", ");
        if ways.is_empty() {
            continue;
        }
        let Way {
            arrival, requests, ..
        } = ways.swap_remove(0);
        let end = estate.identity(arrival.end).map_or("", |identity| &identity.id);
        let by = match how {
            How::ByGranting => format!("by widening what {end} holds"),
            How::Direct | How::Through => format!("as {end}"),
        };
        let mut path = arrival.path;
        if let Some(shown) = estate.show_within(arrival.end, &requests) {
            path.extend(shown.path(arrival.end));
        }
        found.add(Draft {
            cause,
            reached: Reached::CrownJewel,
            title: format!(
                "{{who}} can reach {jewels} {by}: can {}",
                estate.technique(arrival.opportunity)
            ),
            witness: arrival.witness,
            path,
            fix: match cause {
                Some(label) => format!("take the first request of the path out of {}", estate.call(label)),
                None => "take away the first step of the path".to_string(),
            },
            confidence: arrival.confidence,
            about: jewels,
            ..Draft::about(identities)
        });
    }
}

/// How some come to a jewel.
struct Way<'s> {
    jewel: &'s CrownJewel,
    requests: PermissionSet,
    arrival: Arrival,
}

fn judge<'s>(estate: &Estate<'s>, jewel: &'s CrownJewel) -> Vec<(How, Way<'s>)> {
    let requests = World::jewel_requests(jewel);
    let limits = estate.world.limits();
    let mut selected: FxHashMap<&'static str, ActionBits> = FxHashMap::default();
    let mut direct = vec![false; estate.snapshot().identities.len()];
    let lives_here = |index: IdentityIndex| {
        estate.instance(index).is_some_and(|instance| {
            jewel
                .platform
                .as_deref()
                .is_none_or(|platform| platform == instance.platform)
                && jewel
                    .instance
                    .as_deref()
                    .is_none_or(|name| name == &*instance.name)
        })
    };
    for (index, _) in estate.identities().filter(|(index, _)| lives_here(*index)) {
        let Some(platform) = estate.world.platform_of(index) else {
            continue;
        };
        let actions = selected.entry(platform.name()).or_insert_with(|| {
            let mut bits = ActionBits::none();
            mention(&requests, &mut |strings| {
                bits.unite(&estate.select(platform, strings))
            });
            bits
        });
        if estate.has_any(index, actions)
            && let Some(place) = direct.get_mut(index.0 as usize)
        {
            let meets = estate.world.effective(index).meets(&requests, limits);
            *place = matches!(meets, Meeting::Surely(_));
        }
    }
    let memo: RefCell<FxHashMap<usize, bool>> = RefCell::default();
    let gives = |gain: &PermissionSet, target: IdentityIndex| {
        lives_here(target)
            && *memo
                .borrow_mut()
                .entry(gain.address())
                .or_insert_with(|| matches!(gain.meets(&requests, limits), Meeting::Surely(_)))
    };
    let certain = Powers::new(estate.world, direct.clone(), gives, |it| Steps::Certain.admit(it));
    let conditional = Powers::new(estate.world, direct, gives, |it| Steps::Conditional.admit(it));
    // Who comes to administer anything is told by other rules, and reaches all of it.
    let administers = estate.administration(Steps::Certain);
    let may_administer = estate.administration(Steps::Conditional);
    let wanted = |index: IdentityIndex| {
        !estate.administers(index)
            && administers.coming(index).is_none()
            && (certain.coming(index).is_some() || may_administer.coming(index).is_none())
            && !is_declared(estate, index, &requests)
    };
    [How::Through, How::ByGranting]
        .into_iter()
        .flat_map(|how| {
            let found = arrivals(estate, &certain, &conditional, how, wanted);
            let requests = requests.clone();
            found.into_iter().map(move |arrival| {
                (
                    how,
                    Way {
                        jewel,
                        requests: requests.clone(),
                        arrival,
                    },
                )
            })
        })
        .collect()
}

/// Whether the owner declares that the identity needs some of it.
fn is_declared(estate: &Estate<'_>, index: IdentityIndex, requests: &PermissionSet) -> bool {
    let (Some(identity), Some(platform)) = (estate.identity(index), estate.world.platform_of(index)) else {
        return false;
    };
    estate
        .settings
        .declared
        .iter()
        .filter(|declared| !declared.permissions.is_empty() && matches(&declared.identity, identity))
        .flat_map(|declared| &declared.permissions)
        .any(|permission| {
            let need = platform.requests(&permission.action, &permission.resource);
            matches!(need.meets(requests, estate.world.limits()), Meeting::Surely(_))
        })
}
