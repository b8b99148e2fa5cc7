//! Aggregated cluster roles: whose rules they collect.
//!
//! Source: kubernetes/kubernetes `pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go`.
//! The controller overwrites the rules of a cluster role that has an `aggregationRule` with the union of the
//! rules of all cluster roles that any of its selectors selects, itself left out, and does so again whenever one
//! of them changes. In a live export that has been done; a manifest waits for it.

use std::collections::BTreeSet;

use leastwise_model::Text;
use rustc_hash::FxHashMap;

use crate::object::{Requirement, Role};

/// Whether the rules in the file are not those that the role will have.
pub(crate) fn is_pending(role: &Role) -> bool {
    role.aggregation.is_some() && !role.meta.live && role.rules.is_empty()
}

/// For each cluster role whose rules are pending, the cluster roles (by place in `roles`, in order of name) whose
/// own rules it ends up with: the least fixpoint of the controller's step.
///
/// Costs the selections and, for each pending role, the pending roles it reaches.
pub(crate) fn sources(roles: &[&Role]) -> FxHashMap<usize, Vec<usize>> {
    let pending: Vec<usize> = (0..roles.len())
        .filter(|at| roles.get(*at).is_some_and(|role| is_pending(role)))
        .collect();
    if pending.is_empty() {
        return FxHashMap::default();
    }
    let mut by_label: FxHashMap<(&Text, &Text), Vec<usize>> = FxHashMap::default();
    for (at, role) in roles.iter().enumerate().filter(|(_, role)| role.cluster) {
        for (key, value) in &role.labels {
            by_label.entry((key, value)).or_default().push(at);
        }
    }
    let mut selected: FxHashMap<usize, BTreeSet<usize>> = FxHashMap::default();
    for at in &pending {
        let Some(role) = roles.get(*at) else { continue };
        let found = selected.entry(*at).or_default();
        for selector in role.aggregation.iter().flatten() {
            // Selectors nearly always ask for one label; then only those that have it are looked at.
            let candidates: Vec<usize> = match selector.0.first() {
                Some(Requirement::In(key, values)) => values
                    .iter()
                    .filter_map(|value| by_label.get(&(key, value)))
                    .flatten()
                    .copied()
                    .collect(),
                _ => (0..roles.len()).collect(),
            };
            let chosen = |candidate: &usize| {
                roles.get(*candidate).is_some_and(|other| {
                    other.cluster && other.meta.name != role.meta.name && selector.selects(&other.labels)
                })
            };
            found.extend(candidates.into_iter().filter(chosen));
        }
    }
    pending
        .iter()
        .map(|start| {
            let (mut seen, mut open, mut leaves) = (BTreeSet::from([*start]), vec![*start], BTreeSet::new());
            while let Some(at) = open.pop() {
                match selected.get(&at) {
                    Some(next) => open.extend(next.iter().copied().filter(|next| seen.insert(*next))),
                    None => {
                        leaves.insert(at);
                    }
                }
            }
            let mut leaves: Vec<usize> = leaves.into_iter().collect();
            leaves.sort_by_key(|at| roles.get(*at).map(|role| &role.meta.name));
            (*start, leaves)
        })
        .collect()
}
