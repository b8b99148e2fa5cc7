//! The lists that a walk backwards needs.

use std::sync::Arc;

use leastwise_model::{Gain, IdentityIndex, Opportunity, Targets};

use super::Graph;
use super::lists::Lists;
use crate::certainty::Certainty;
use crate::world::World;

/// A graph that can also be walked backwards.
pub(super) fn reversed(mut graph: Graph, world: &World, opportunities: &[Opportunity]) -> Graph {
    for links in &mut graph.links {
        links.sort_by(|a, b| (a.bundle, a.certainty()).cmp(&(b.bundle, b.certainty())));
        links.dedup_by_key(|link| link.bundle);
        links.shrink_to_fit();
    }
    let identities = || (0u32..).map(IdentityIndex);
    graph.linked = Lists::new(graph.bundles.len(), || {
        let each = identities().zip(&graph.links);
        each.flat_map(|(index, links)| links.iter().map(move |link| (link.bundle, index)))
    });
    graph.holding = Lists::new(graph.parts.len(), || {
        let each = identities().zip(&graph.parts_of);
        each.flat_map(|(index, parts)| parts.iter().map(move |part| (*part, index)))
    });
    graph.opened_by = Lists::new(graph.bundles.len(), || {
        let each = (0u32..).zip(&graph.parts);
        each.flat_map(|(part, bundles)| bundles.iter().map(move |bundle| (*bundle, part)))
    });
    graph.bundles_of = Lists::new(opportunities.len(), || {
        let each = (0u32..).zip(&graph.bundles);
        each.flat_map(|(bundle, indices)| indices.iter().map(move |index| (*index, bundle)))
    });
    for link in graph.links.iter().flatten() {
        graph.doubts.conditional |= matches!(link.certainty(), Certainty::When(_));
        graph.doubts.dependent |= matches!(link.certainty(), Certainty::Depends(_));
    }
    graph.becoming = graph
        .bundles
        .iter()
        .map(|indices| becoming(indices, opportunities))
        .collect();
    graph.toward = Lists::new(world.snapshot().identities.len(), || {
        let each = (0u32..).zip(opportunities);
        let becomes = each.filter(|(_, opportunity)| opportunity.gain == Gain::Become);
        becomes.flat_map(|(index, opportunity)| {
            let targets: &[IdentityIndex] = match &opportunity.targets {
                Targets::These(targets) => targets,
                Targets::Actor => &[],
            };
            targets.iter().map(move |target| (target.0, index))
        })
    });
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
