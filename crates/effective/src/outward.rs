//! Requests to become somebody who is not in the estate: what that one may do is not known, and not nothing.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{Gap, IdentityIndex, Side, Snapshot, Stray, Text, TokenRequest};
use leastwise_permset::Atom;

use crate::world::World;

impl World {
    /// Whom these ask to become, with a token that they have, that is not in the estate. Linear in requests.
    pub fn outward(&self, askers: &BTreeSet<IdentityIndex>) -> Vec<&TokenRequest> {
        let issuers = self.snapshot().issuers.iter();
        let requests = issuers.flat_map(|issuer| &issuer.requests);
        requests
            .filter(|request| {
                request.lacks.is_none()
                    && askers.contains(&request.identity)
                    && self.called(&request.asks).is_none()
            })
            .collect()
    }
}

/// Adds the gap that such a request is, for whoever asks. Linear in identities where anybody asks for anything.
pub(crate) fn add_strays(snapshot: &mut Snapshot) {
    if snapshot.issuers.iter().all(|issuer| issuer.requests.is_empty()) {
        return;
    }
    let known: BTreeSet<&Text> = snapshot
        .identities
        .iter()
        .flat_map(|identity| identity.names.iter().chain([&identity.id]))
        .collect();
    let mut gaps: BTreeMap<Atom, Gap> = BTreeMap::new();
    let mut strays: Vec<(usize, Stray)> = Vec::new();
    for (at, issuer) in snapshot.issuers.iter().enumerate() {
        let outside = |request: &&TokenRequest| request.lacks.is_none() && !known.contains(&request.asks);
        for request in issuer.requests.iter().filter(outside) {
            let gap = gap(snapshot, request);
            let identity = request.identity;
            strays.push((
                at,
                Stray {
                    identity,
                    gap: gap.atom.clone(),
                },
            ));
            gaps.insert(gap.atom.clone(), gap);
        }
    }
    for (_, gap) in gaps {
        snapshot.add_gap(gap);
    }
    for (at, stray) in strays {
        if let Some(issuer) = snapshot.issuers.get_mut(at) {
            issuer.strays.push(stray);
        }
    }
}

fn gap(snapshot: &Snapshot, request: &TokenRequest) -> Gap {
    let who = snapshot
        .identity(request.identity)
        .map_or("", |identity| &identity.id);
    let what = format!(
        "what {} may do elsewhere is not known: {who} asks to become it, and no export tells of it",
        request.asks
    );
    Gap {
        atom: Atom::new(&what),
        what: what.into(),
        settle: request.settle.clone(),
        side: Side::Adds,
    }
}
