//! Identities that come to hold something by becoming others or by granting, grouped by the statement that lets them
//! take the first step.

use std::collections::BTreeMap;

use leastwise_effective::{How, Leg, Path, Powers};
use leastwise_model::IdentityIndex;
use leastwise_permset::{Label, Request};

use crate::estate::Estate;
use crate::finding::Confidence;

/// Identities that come to hold something in the same way.
pub(crate) struct Arrival {
    pub identities: Vec<IdentityIndex>,
    /// The statement that lets them take the first step.
    pub cause: Option<Label>,
    /// Who holds it in the end, on that way.
    pub end: IdentityIndex,
    /// The first opportunity on that way.
    pub opportunity: u32,
    pub confidence: Confidence,
    pub path: Path,
    pub witness: Option<Request>,
}

/// All arrivals of one kind, over certain steps first, then those that need conditional ones. `wanted` says who is
/// of interest.
pub(crate) fn arrivals(
    estate: &Estate<'_>,
    certain: &Powers,
    conditional: &Powers,
    how: How,
    wanted: impl Fn(IdentityIndex) -> bool,
) -> Vec<Arrival> {
    type Key = (
        Confidence,
        bool,
        Option<Label>,
        Option<leastwise_model::InstanceIndex>,
    );
    let mut groups: BTreeMap<Key, Vec<IdentityIndex>> = BTreeMap::new();
    for (index, _) in estate.identities() {
        let (confidence, coming) = match (certain.coming(index), conditional.coming(index)) {
            (Some(coming), _) => (Confidence::Certain, coming),
            (None, Some(coming)) => (Confidence::Conditional, coming),
            (None, None) => continue,
        };
        if coming.how != how || !wanted(index) {
            continue;
        }
        // What the platform's owner made needs no cause: nobody is going to change it.
        let provided = estate.identity(index).is_some_and(|identity| identity.provided);
        let cause = if provided {
            None
        } else {
            estate.blame_for(index, coming.opportunity)
        };
        let home = estate.identity(coming.end).map(|identity| identity.instance);
        groups
            .entry((confidence, provided, cause, home))
            .or_default()
            .push(index);
    }
    groups
        .into_iter()
        .filter_map(|((confidence, _, cause, _), identities)| {
            let powers = if confidence == Confidence::Certain {
                certain
            } else {
                conditional
            };
            let first = estate.representative(&identities)?;
            let coming = powers.coming(first)?;
            let path = powers.path(estate.world, first);
            let witness = path.iter().find_map(|leg| match leg {
                Leg::Holds { action, resource, .. } => Some(Request::new(action, resource)),
                _ => None,
            });
            Some(Arrival {
                identities,
                cause,
                end: coming.end,
                opportunity: coming.opportunity,
                confidence,
                path,
                witness,
            })
        })
        .collect()
}
