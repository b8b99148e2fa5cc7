//! For which audiences pods hold tokens of their account.

use std::collections::BTreeSet;

use leastwise_document::Node;

use crate::catalogue::rows;

/// By which labels of pods a cloud's webhook projects a token.
pub(crate) const ANNOTATIONS: &str = include_str!("../../data/token-annotations.tsv");

/// The projected tokens of a pod's volumes.
pub(super) fn projected(volumes: Option<&Node>) -> Vec<&Node> {
    let volumes = volumes.into_iter().flat_map(Node::list);
    volumes
        .filter_map(|volume| volume.find("/projected/sources"))
        .flat_map(Node::list)
        .filter_map(|source| source.get("serviceAccountToken"))
        .collect()
}

/// The audiences of these tokens, and those for which a webhook projects one because of a label of the pod.
pub(super) fn audiences<'n>(tokens: &[&'n Node], labels: Option<&Node>) -> BTreeSet<&'n str> {
    let told = tokens
        .iter()
        .filter_map(|token| token.get("audience").and_then(Node::scalar))
        .filter(|audience| !audience.is_empty());
    let labelled = rows(ANNOTATIONS).filter_map(|row| {
        let [_, _, usual, pods, ..] = *row else {
            return None;
        };
        let (name, value) = pods.split_once('=')?;
        let given = labels?.get(name).and_then(Node::scalar)?;
        (given == value).then_some(usual)
    });
    told.chain(labelled).collect()
}
