//! A slow, obvious reading of opportunities: whom somebody can become, and what they can give themselves, by trying
//! every opportunity again until nothing new comes of it.

use std::collections::BTreeMap;

use leastwise_model::{Gain, IdentityIndex, NeedSide, Snapshot, Targets};
use leastwise_permset::{Limits, Meeting, PermissionSet};

/// What somebody reaches.
pub struct Reached {
    /// What each identity that can be become holds there.
    pub sets: BTreeMap<IdentityIndex, PermissionSet>,
}

/// Which opportunities are tried.
#[derive(Clone, Copy)]
pub struct Manner {
    /// Only what is sure, or all that is possible.
    pub sure: bool,
    /// Whether giving oneself more counts.
    pub granting: bool,
}

/// Whom `from` can become, and what they hold.
pub fn reach(snapshot: &Snapshot, from: IdentityIndex, manner: Manner) -> Reached {
    let own = |index: IdentityIndex| snapshot.identities[index.0 as usize].holding.effective();
    let mut sets = BTreeMap::from([(from, own(from))]);
    let mut used = vec![Vec::new(); snapshot.opportunities.len()];
    loop {
        let mut grown = false;
        for (opportunity, used) in snapshot.opportunities.iter().zip(&mut used) {
            if matches!(opportunity.gain, Gain::Grant(_)) && !manner.granting {
                continue;
            }
            let actors: Vec<IdentityIndex> = sets
                .keys()
                .copied()
                .filter(|actor| !used.contains(actor))
                .collect();
            for actor in actors {
                let open = opportunity.bearers.contains(&actor);
                let met = opportunity.needs.iter().all(|need| {
                    assert_eq!(need.side, NeedSide::Holder);
                    match sets[&actor].meets(&need.set, &Limits::default()) {
                        Meeting::Surely(_) => true,
                        Meeting::Depends(_) => !manner.sure,
                        Meeting::Never => false,
                        Meeting::Unknown(limit) => panic!("{limit}"),
                    }
                });
                if !(open && met) {
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
                    other => panic!("no opportunity of Kubernetes is {other:?}"),
                }
            }
        }
        if !grown {
            return Reached { sets };
        }
    }
}
