//! The lists that a walk backwards needs.

use std::sync::Arc;

use leastwise_model::{Gain, IdentityIndex, Opportunity, Targets};

use super::Graph;
use crate::certainty::Certainty;
use crate::world::World;

/// A graph that can also be walked backwards.
pub(super) fn reversed(mut graph: Graph, world: &World, opportunities: &[Opportunity]) -> Graph {
    for links in &mut graph.links {
        links.sort_by(|a, b| (a.bundle, &a.certainty).cmp(&(b.bundle, &b.certainty)));
        links.dedup_by_key(|link| link.bundle);
    }
    graph.linked = vec![Vec::new(); graph.bundles.len()];
    for (index, links) in (0u32..).zip(&graph.links) {
        for link in links {
            add(&mut graph.linked, link.bundle, IdentityIndex(index));
        }
    }
    graph.holding = vec![Vec::new(); graph.parts.len()];
    for (index, parts) in (0u32..).zip(&graph.parts_of) {
        for part in parts.iter() {
            add(&mut graph.holding, *part, IdentityIndex(index));
        }
    }
    graph.opened_by = vec![Vec::new(); graph.bundles.len()];
    for (part, bundles) in (0u32..).zip(&graph.parts) {
        for bundle in bundles.iter() {
            add(&mut graph.opened_by, *bundle, part);
        }
    }
    graph.bundles_of = vec![Vec::new(); opportunities.len()];
    for (bundle, indices) in (0u32..).zip(&graph.bundles) {
        for index in indices.iter() {
            add(&mut graph.bundles_of, *index, bundle);
        }
    }
    for link in graph.links.iter().flatten() {
        graph.doubts.conditional |= matches!(link.certainty, Certainty::When(_));
        graph.doubts.dependent |= matches!(link.certainty, Certainty::Depends(_));
    }
    graph.becoming = graph
        .bundles
        .iter()
        .map(|indices| becoming(indices, opportunities))
        .collect();
    graph.toward = vec![Vec::new(); world.snapshot().identities.len()];
    for (index, opportunity) in (0u32..).zip(opportunities) {
        if let (Gain::Become, Targets::These(targets)) = (&opportunity.gain, &opportunity.targets) {
            for target in targets.iter() {
                add(&mut graph.toward, target.0, index);
            }
        }
    }
    graph
}

/// Whom one becomes by some opportunities, in order, and by which of them first.
fn becoming(indices: &[u32], opportunities: &[Opportunity]) -> Box<[(IdentityIndex, u32)]> {
    let mut found: Vec<(IdentityIndex, u32)> = Vec::new();
    let mut last: Option<&Targets> = None;
    for index in indices {
        let Some(opportunity) = opportunities.get(*index as usize) else {
            continue;
        };
        if let (Gain::Become, Targets::These(targets)) = (&opportunity.gain, &opportunity.targets) {
            let same = matches!(last, Some(Targets::These(last)) if Arc::ptr_eq(last, targets));
            if !same {
                found.extend(targets.iter().map(|target| (*target, *index)));
            }
            last = Some(&opportunity.targets);
        }
    }
    found.sort_unstable();
    found.dedup_by_key(|(target, _)| *target);
    found.into()
}

fn add<T>(lists: &mut [Vec<T>], place: u32, item: T) {
    if let Some(list) = lists.get_mut(place as usize) {
        list.push(item);
    }
}
