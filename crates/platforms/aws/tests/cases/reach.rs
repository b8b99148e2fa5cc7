//! A slow, obvious reading of opportunities: whom somebody can become, and what they can give each other, by trying
//! every opportunity again until nothing new comes of it.

use std::collections::BTreeMap;

use leastwise_model::{Gain, IdentityIndex, NeedSide, Snapshot, Targets};
use leastwise_permset::{
    Condition, Guard, Limits, Literal, Meeting, Pattern, PermissionSet, Region, Strings, Test,
};

/// Which opportunities are tried.
#[derive(Clone, Copy)]
pub struct Manner {
    /// Only what is sure, or all that is possible.
    pub sure: bool,
    /// Whether giving oneself or others more counts.
    pub granting: bool,
}

/// Everything that follows from who the identity is, as a set of requests.
fn facts(snapshot: &Snapshot, index: IdentityIndex) -> PermissionSet {
    let facts = &snapshot.identities[index.0 as usize].holding.facts;
    let mut literals: Vec<Literal> = Vec::new();
    for (key, values) in facts.known.iter() {
        let all = Strings::any_of(values.iter().map(|value| Pattern::literal(value)));
        literals.push(Condition::Every(key.clone(), Test::Text(all)).holds());
        for value in values {
            literals.push(Condition::Some(key.clone(), Test::Text(Strings::literal(value))).holds());
        }
    }
    literals.extend(
        facts
            .absent
            .iter()
            .map(|key| Condition::Absent(key.clone()).holds()),
    );
    Region::everything().when(Guard::all_of(literals)).into()
}

/// Whom `from` can become, with what they hold then.
pub fn reach(
    snapshot: &Snapshot,
    from: IdentityIndex,
    manner: Manner,
) -> BTreeMap<IdentityIndex, PermissionSet> {
    let holding = |index: IdentityIndex| &snapshot.identities[index.0 as usize].holding;
    let mut given: BTreeMap<IdentityIndex, PermissionSet> = BTreeMap::new();
    let mut reached = vec![from];
    let mut used = vec![Vec::new(); snapshot.opportunities.len()];
    loop {
        let mut grown = false;
        for (opportunity, used) in snapshot.opportunities.iter().zip(&mut used) {
            if matches!(opportunity.gain, Gain::Grant(_)) && !manner.granting {
                continue;
            }
            for actor in reached.clone() {
                let itself = [actor];
                let targets = match &opportunity.targets {
                    Targets::These(targets) => &**targets,
                    Targets::Actor => &itself[..],
                };
                let open = opportunity.bearers.contains(&actor);
                if !open || used.contains(&actor) || opportunity.gain == Gain::Become && *targets == [actor] {
                    continue;
                }
                let met = opportunity.needs.iter().all(|need| {
                    let side = match need.side {
                        NeedSide::Holder => holding(actor).effective(),
                        NeedSide::NotRefused => holding(actor).ceiling(),
                    };
                    let side = given.get(&actor).map_or(side.clone(), |more| side.union(more));
                    let asked = need.set.intersection(&facts(snapshot, actor));
                    match side.meets(&asked, &Limits::default()) {
                        Meeting::Surely(_) => true,
                        Meeting::Depends(_) => !manner.sure,
                        Meeting::Never => false,
                        Meeting::Unknown(limit) => panic!("{limit}"),
                    }
                });
                if !met {
                    continue;
                }
                used.push(actor);
                grown = true;
                for target in targets.iter() {
                    match &opportunity.gain {
                        Gain::Become if !reached.contains(target) => reached.push(*target),
                        Gain::Become => {}
                        Gain::Grant(set) => {
                            let more = given.get(target).map_or(set.clone(), |had| had.union(set));
                            given.insert(*target, more);
                        }
                    }
                }
            }
        }
        if !grown {
            let all = |index: IdentityIndex| {
                let own = holding(index).effective();
                (
                    index,
                    given.get(&index).map_or(own.clone(), |more| own.union(more)),
                )
            };
            return reached.into_iter().map(all).collect();
        }
    }
}
