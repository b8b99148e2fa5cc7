//! Who can become whom, compared with a twin that tries every identity with every opportunity.

mod small;

use std::collections::BTreeSet;

use leastwise_effective::{Outcome, Question, Reach, Telling};
use leastwise_model::{Gain, IdentityIndex, Need, NeedSide, Snapshot, Targets};
use leastwise_permset::{Answers, Context, Guard, Request};
use proptest::prelude::*;

use small::{ACTIONS, RESOURCES, contexts, estate, gap, told_apart_by_action, world};

/// Resources that no pattern of this platform tells from others that it does not name.
const UNNAMED: [&str; 4] = ["x/0", "x/0/1", "z/0", "z/0/1"];

/// The twin: a need is met where some context that the caller can choose lets some request through.
fn met(snapshot: &Snapshot, actor: IdentityIndex, need: &Need, answers: &Answers) -> bool {
    let Some(identity) = snapshot.identity(actor) else {
        return false;
    };
    let own = match need.side {
        NeedSide::Holder => identity.holding.effective(),
        NeedSide::NotRefused => identity.holding.ceiling(),
    };
    ACTIONS.iter().any(|action| {
        RESOURCES.iter().chain(&UNNAMED).any(|resource| {
            contexts().iter().any(|context| {
                let request = Request::new(action, resource).within(context.clone());
                own.contains_given(&request, answers) && need.set.contains_given(&request, answers)
            })
        })
    })
}

/// What is open at most: the gap as favorable as it can be.
fn open(snapshot: &Snapshot, actor: IdentityIndex) -> BTreeSet<u32> {
    open_given(snapshot, actor, &Answers::holding([gap()]))
}

fn open_given(snapshot: &Snapshot, actor: IdentityIndex, answers: &Answers) -> BTreeSet<u32> {
    (0u32..)
        .zip(&snapshot.opportunities)
        .filter(|(_, opportunity)| {
            opportunity.bearers.contains(&actor)
                && opportunity
                    .needs
                    .iter()
                    .all(|need| met(snapshot, actor, need, answers))
        })
        .map(|(index, _)| index)
        .collect()
}

fn closure(snapshot: &Snapshot, from: IdentityIndex) -> BTreeSet<IdentityIndex> {
    let mut reached = BTreeSet::from([from]);
    loop {
        let before = reached.len();
        for actor in reached.clone() {
            for index in open(snapshot, actor) {
                let opportunity = &snapshot.opportunities[index as usize];
                if let (Gain::Become, Targets::These(targets)) = (&opportunity.gain, &opportunity.targets) {
                    reached.extend(targets.iter().copied());
                }
            }
        }
        if reached.len() == before {
            reached.remove(&from);
            return reached;
        }
    }
}

#[test]
fn who_holds_the_same_of_another_action_is_told_apart() {
    let snapshot = told_apart_by_action();
    let open: Vec<bool> = snapshot
        .each_identity()
        .map(|(index, _)| !open(&snapshot, index).is_empty())
        .collect();
    assert_eq!(open, [false, false, true, false, false]);
    let world = world(snapshot);
    for (at, open) in (0u32..).zip(open) {
        assert_eq!(world.edges(IdentityIndex(at)).next().is_some(), open, "{at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    // edges(i) = { o | i bears o, and i's set meets every need of o }
    #[test]
    fn edges_are_the_opportunities_whose_needs_are_met(snapshot in estate()) {
        let world = world(snapshot);
        for (index, _) in world.snapshot().each_identity() {
            let fast: BTreeSet<u32> = world.edges(index).map(|edge| edge.index).collect();
            let twin: BTreeSet<u32> = open(world.snapshot(), index)
                .into_iter()
                .filter(|at| {
                    let opportunity = &world.snapshot().opportunities[*at as usize];
                    let own = matches!(&opportunity.targets, Targets::These(targets) if **targets == [index]);
                    !(own && opportunity.gain == Gain::Become)
                })
                .collect();
            let fast: BTreeSet<u32> = fast
                .into_iter()
                .filter(|at| {
                    let opportunity = &world.snapshot().opportunities[*at as usize];
                    let own = matches!(&opportunity.targets, Targets::These(targets) if **targets == [index]);
                    !(own && opportunity.gain == Gain::Become)
                })
                .collect();
            prop_assert_eq!(fast, twin, "{:?}", index);
        }
    }

    // edge(i, o) is certain ⇔ i's set meets every need of o whatever the gap is: it can only add
    #[test]
    fn certain_edges_do_not_depend_on_gaps(snapshot in estate()) {
        let world = world(snapshot);
        for (index, _) in world.snapshot().each_identity() {
            let becomes_itself = |at: &u32| {
                let opportunity = &world.snapshot().opportunities[*at as usize];
                matches!(&opportunity.targets, Targets::These(targets) if **targets == [index])
                    && opportunity.gain == Gain::Become
            };
            let sure = world.edges(index).filter(|edge| edge.certainty.is_sure());
            let fast: BTreeSet<u32> = sure.map(|edge| edge.index).filter(|at| !becomes_itself(at)).collect();
            let twin = open_given(world.snapshot(), index, &Answers::none());
            let twin: BTreeSet<u32> = twin.into_iter().filter(|at| !becomes_itself(at)).collect();
            prop_assert_eq!(fast, twin, "{:?}", index);
        }
    }

    // reach(i) = least fixpoint of becoming, without i; and i ∈ reachers(j) ⇔ j ∈ reach(i)
    #[test]
    fn reach_is_the_closure_of_becoming(snapshot in estate()) {
        let world = world(snapshot);
        for (index, _) in world.snapshot().each_identity() {
            let fallen = world.reach(index);
            let fast: BTreeSet<IdentityIndex> = fallen.becomes.iter().map(|reached| reached.identity).collect();
            prop_assert_eq!(&fast, &closure(world.snapshot(), index));
            for (other, _) in world.snapshot().each_identity().filter(|(other, _)| *other != index) {
                let back = world.reachers(&[other], false).contains(&index);
                prop_assert_eq!(back, fast.contains(&other), "{:?} {:?}", index, other);
            }
        }
    }

    // ask(any) ≠ no ⇔ somebody in reach(i) ∪ {i} holds it, in some context the caller can choose
    #[test]
    fn beyond_is_what_the_reached_can_do(snapshot in estate()) {
        let indexed = world(snapshot.clone());
        indexed.index_requests();
        let world = world(snapshot);
        for (index, _) in world.snapshot().each_identity() {
            let mut all = closure(world.snapshot(), index);
            all.insert(index);
            for action in ACTIONS {
                for resource in RESOURCES {
                    let question = Question {
                        identity: index,
                        action,
                        resource,
                        known: Context::new(),
                        absent: BTreeSet::new(),
                        given: Guard::always(),
                        reach: Reach::Any,
                        complete: false,
                    };
                    let answer = world.ask(&question);
                    let holds = all.iter().any(|actor| {
                        contexts().iter().any(|context| {
                            let request = Request::new(action, resource).within(context.clone());
                            world.effective(*actor).contains_given(&request, &Answers::holding([gap()]))
                        })
                    });
                    prop_assert_eq!(answer.outcome != Outcome::No, holds, "{:?} {} {}", index, action, resource);
                    if answer.outcome == Outcome::Yes {
                        prop_assert!(!answer.paths.is_empty());
                    }
                    let mut holders = question.clone();
                    holders.identity = IdentityIndex(0);
                    for world in [&world, &indexed] {
                        let all = world.who_can(&holders, Telling::InOutline);
                        let listed = all.iter().find(|holder| holder.identity == index);
                        prop_assert_eq!(listed.is_some(), holds);
                        if let Some(listed) = listed {
                            // Of ways that are equally sure, each may tell another.
                            let kind = std::mem::discriminant(&answer.outcome);
                            prop_assert_eq!(std::mem::discriminant(&listed.answer.outcome), kind);
                        }
                    }
                }
            }
        }
    }
}
