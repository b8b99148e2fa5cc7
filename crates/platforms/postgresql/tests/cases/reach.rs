//! A slow, obvious reading of opportunities: whom somebody can become, and what they can give themselves, by trying
//! every opportunity again until nothing new comes of it.

use std::collections::BTreeMap;

use leastwise_model::{Gain, IdentityIndex, Snapshot, Targets};
use leastwise_permset::{Limits, Meeting, PermissionSet};

/// Which opportunities are tried.
#[derive(Clone, Copy)]
pub struct Manner {
    /// Only what is sure, or all that is possible.
    pub sure: bool,
    /// Whether giving oneself more counts.
    pub granting: bool,
}

/// The sets of all whom `from` can become, itself included, with what they gave themselves.
pub fn reach(snapshot: &Snapshot, from: IdentityIndex, manner: Manner) -> Vec<PermissionSet> {
    let own = |index: IdentityIndex| snapshot.identities[index.0 as usize].holding.effective();
    let mut sets = BTreeMap::from([(from, own(from))]);
    let mut used = vec![Vec::new(); snapshot.opportunities.len()];
    loop {
        let mut grown = false;
        for (opportunity, used) in snapshot.opportunities.iter().zip(&mut used) {
            if matches!(opportunity.gain, Gain::Grant(_)) && !manner.granting {
                continue;
            }
            for actor in sets.keys().copied().collect::<Vec<_>>() {
                let open = opportunity.bearers.contains(&actor);
                let met =
                    |need: &leastwise_model::Need| match sets[&actor].meets(&need.set, &Limits::default()) {
                        Meeting::Surely(_) => true,
                        Meeting::Depends(_) => !manner.sure,
                        Meeting::Never => false,
                        Meeting::Unknown(limit) => panic!("{limit}"),
                    };
                if used.contains(&actor) || !open || !opportunity.needs.iter().all(met) {
                    continue;
                }
                used.push(actor);
                grown = true;
                match (&opportunity.gain, &opportunity.targets) {
                    (Gain::Become, Targets::These(targets)) => {
                        for target in targets.iter() {
                            sets.entry(*target).or_insert_with(|| own(*target));
                        }
                    }
                    (Gain::Grant(set), Targets::Actor) => {
                        let more = sets[&actor].union(set);
                        sets.insert(actor, more);
                    }
                    other => panic!("no opportunity of PostgreSQL is {other:?}"),
                }
            }
        }
        if !grown {
            return sets.into_values().collect();
        }
    }
}
