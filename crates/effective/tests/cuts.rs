//! Who comes to a goal, and where to cut, compared with twins that ask and compute everything again.

mod small;

use std::collections::{BTreeMap, BTreeSet};

use leastwise_effective::{Cut, Goal, How, Leg, Outcome, Question, Reach, Sought, Statement, Steps, World};
use leastwise_model::{Effect, FileIndex, Gain, IdentityIndex, Location, Snapshot, Step, Targets, Text};
use leastwise_permset::{Context, Guard, Label, Node, PermissionSet};
use proptest::prelude::*;

use small::{ACTIONS, RESOURCES, estate, world};

/// A statement for every label that a set of this platform has, and one for each grant and opportunity.
fn stated(mut snapshot: Snapshot) -> Snapshot {
    let step = |at: u32| Step {
        kind: "statement".into(),
        // Some statements have several labels.
        name: format!("s{}", if at == 2 { 1 } else { at }).into(),
        statement: "".into(),
        location: Some(Location {
            file: FileIndex(0),
            line: 1,
            column: 1,
            pointer: "".into(),
        }),
        provided: false,
    };
    (0..3).for_each(|at| {
        snapshot.add_step(step(at));
    });
    let mut fresh = 3;
    let mut label = |steps: &mut Vec<Step>| {
        steps.push(step(fresh));
        fresh += 1;
        Label(fresh - 1)
    };
    for identity in &mut snapshot.identities {
        for layer in identity
            .holding
            .layers
            .iter_mut()
            .filter(|layer| layer.effect == Effect::Grants)
        {
            let sets: Vec<PermissionSet> = match layer.set.node() {
                Node::Union(sets) => sets.to_vec(),
                _ => vec![layer.set.clone()],
            };
            layer.set = PermissionSet::union_of(sets.into_iter().map(|set| match set.node() {
                Node::Labelled(..) => set,
                _ => set.labelled(label(&mut snapshot.steps)),
            }));
        }
    }
    for (at, opportunity) in snapshot.opportunities.iter_mut().enumerate() {
        opportunity.step = Some(label(&mut snapshot.steps));
        // Some of them widen sets: of those who use them, or of their targets.
        match at % 3 {
            1 => opportunity.gain = Gain::Grant(PermissionSet::everything()),
            2 => {
                opportunity.gain = Gain::Grant(PermissionSet::everything());
                if at == 5 {
                    opportunity.targets = Targets::Actor;
                }
            }
            _ => {}
        }
    }
    snapshot
}

fn goal(world: &World, action: &str, resource: &str) -> Goal {
    Goal::requests(
        world,
        &Sought {
            actions: &[Text::from(action)],
            resources: &[Text::from(resource)],
            class: &|_| true,
            platform: None,
            instance: None,
        },
    )
}

fn known(world: &World, goal: &Goal) -> BTreeMap<IdentityIndex, Steps> {
    let arrivals = world.arrivals(goal);
    let all = arrivals.all();
    all.iter()
        .map(|arrival| (arrival.identity, arrival.steps))
        .collect()
}

/// The twin: every statement is taken out of the whole estate, and everything is found anew.
fn every_cut(world: &World, goal: &Goal) -> BTreeMap<Label, (BTreeSet<IdentityIndex>, usize)> {
    let is_known = |steps: Option<&Steps>| matches!(steps, Some(Steps::Certain | Steps::Conditional));
    let before = known(world, goal);
    let mut cuts = BTreeMap::new();
    for statement in world.statements(|_| true) {
        let left = world.without(&statement);
        let after = known(&left, goal);
        let lost: BTreeSet<IdentityIndex> = before
            .iter()
            .filter(|(index, steps)| is_known(Some(steps)) && !is_known(after.get(index)))
            .map(|(index, _)| *index)
            .collect();
        let in_doubt = lost.iter().filter(|index| after.contains_key(index)).count();
        if !lost.is_empty() {
            cuts.insert(statement.label(), (lost, in_doubt));
        }
    }
    cuts
}

/// Every choice of fewer statements than that.
fn fewer_than(all: &[Statement], count: usize) -> Vec<Vec<&Statement>> {
    let mut choices: Vec<Vec<usize>> = vec![Vec::new()];
    let mut from = 0;
    for _ in 1..count {
        let last = choices.len();
        for at in from..last {
            let next = choices[at].last().map_or(0, |one| one + 1);
            for one in next..all.len() {
                let longer = [&*choices[at], &[one]].concat();
                choices.push(longer);
            }
        }
        from = last;
    }
    let chosen = |choice: Vec<usize>| choice.into_iter().map(|at| &all[at]).collect();
    choices.truncate(if count == 0 { 0 } else { choices.len() });
    choices.into_iter().map(chosen).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    // arrivals(g) = { i | ask(i, g, any) ≠ no }, and each is as sure as the answer of ask
    #[test]
    fn arrivals_are_those_whose_answer_is_not_no(snapshot in estate()) {
        let world = world(stated(snapshot));
        for action in ACTIONS {
            for resource in RESOURCES {
                let goal = goal(&world, action, resource);
                let arrivals = world.arrivals(&goal);
                for (index, _) in world.snapshot().each_identity() {
                    let answer = world.ask(&Question {
                        identity: index,
                        action,
                        resource,
                        known: Context::new(),
                        absent: BTreeSet::new(),
                        given: Guard::always(),
                        reach: Reach::Any,
                        complete: false,
                    });
                    let arrival = arrivals.of(index);
                    prop_assert_eq!(arrival.is_some(), answer.outcome != Outcome::No);
                    let Some(arrival) = arrival else { continue };
                    let steps = match &answer.outcome {
                        Outcome::Yes => Steps::Certain,
                        Outcome::When(_) => Steps::Conditional,
                        _ => Steps::AtMost,
                    };
                    prop_assert_eq!(arrival.steps, steps);
                    prop_assert_eq!(arrivals.answer(&arrival).outcome == Outcome::Yes, arrival.steps == Steps::Certain);
                    prop_assert!(!arrivals.path(&arrival).is_empty());
                    let widens = arrivals.path(&arrival).iter().any(|leg| matches!(leg, Leg::Grants { .. }));
                    prop_assert_eq!(widens, arrival.how == How::ByGranting);
                }
            }
        }
    }

    // arrivals(become t) = reachers(t)
    #[test]
    fn who_comes_to_be_somebody_are_its_reachers(snapshot in estate()) {
        let world = world(stated(snapshot));
        for (target, _) in world.snapshot().each_identity() {
            let goal = Goal::Identity(target);
            let arrivals = world.arrivals(&goal);
            let found: Vec<IdentityIndex> = arrivals.all().iter().map(|arrival| arrival.identity).collect();
            prop_assert_eq!(found, world.reachers(&[target], false));
        }
    }

    // cut_set(g) ends all that it says, no fewer statements do, and who acts as itself keeps what it acts by
    #[test]
    fn a_cut_set_ends_what_no_fewer_statements_end(snapshot in estate(), target in 0u32..5, at in 0usize..20) {
        let world = world(stated(snapshot));
        let (action, resource) = (ACTIONS[at % 4], RESOURCES[at / 4]);
        for goal in [goal(&world, action, resource), Goal::Identity(IdentityIndex(target))] {
            let arrivals = world.arrivals(&goal);
            let cut = world.cut_set(&arrivals);
            let is_known = |steps: Option<&Steps>| matches!(steps, Some(Steps::Certain | Steps::Conditional));
            let all = arrivals.all();
            let sure = |direct: bool| -> Vec<IdentityIndex> {
                let sure = all.iter().filter(|one| one.steps != Steps::AtMost);
                sure.filter(|one| (one.how == How::Direct) == direct).map(|one| one.identity).collect()
            };
            prop_assert_eq!(&cut.kept, &sure(true));
            let mut others = cut.ended.clone();
            others.extend(&cut.uncut);
            others.sort();
            prop_assert_eq!(others, sure(false));
            let after = |chosen: &[&Statement]| {
                let left = chosen.iter().fold(None, |left: Option<World>, one| {
                    Some(left.as_ref().unwrap_or(&world).without(one))
                });
                known(left.as_ref().unwrap_or(&world), &goal)
            };
            let chosen: Vec<&Statement> = cut.statements.iter().collect();
            let left = after(&chosen);
            prop_assert!(cut.ended.iter().all(|index| !is_known(left.get(index))));
            prop_assert!(cut.kept.iter().all(|index| is_known(left.get(index))));
            prop_assert_eq!(cut.ended.iter().filter(|index| left.contains_key(index)).count(), cut.in_doubt);
            prop_assert!(cut.at_least <= chosen.len());
            // Statements by which somebody acts as itself stay.
            let acted: BTreeSet<Label> = all.iter()
                .filter(|one| one.how == How::Direct && one.steps != Steps::AtMost)
                .flat_map(|one| arrivals.path(one))
                .flat_map(|leg| leg.statements().to_vec())
                .collect();
            let free: Vec<Statement> = world.statements(|_| true).into_iter()
                .filter(|one| !one.labels.iter().any(|label| acted.contains(label)))
                .collect();
            prop_assert!(chosen.iter().all(|one| free.contains(one)));
            for fewer in fewer_than(&free, cut.at_least.min(3)) {
                let left = after(&fewer);
                prop_assert!(cut.ended.iter().any(|index| is_known(left.get(index))), "{:?} suffices", fewer);
            }
        }
    }

    // cuts(g) = the statements s with arrivals(g) ∖ arrivals(g without s) ≠ ∅, those that cut off most first
    #[test]
    fn cuts_are_what_computing_everything_again_tells(snapshot in estate(), target in 0u32..5, at in 0usize..20) {
        let world = world(stated(snapshot));
        let (action, resource) = (ACTIONS[at % 4], RESOURCES[at / 4]);
        for goal in [goal(&world, action, resource), Goal::Identity(IdentityIndex(target))] {
            let twin = every_cut(&world, &goal);
            let all = world.cuts(&world.arrivals(&goal), usize::MAX).best;
            for cut in &all {
                let lost: BTreeSet<IdentityIndex> = cut.cut_off.iter().copied().collect();
                prop_assert_eq!(twin.get(&cut.statement.label()), Some(&(lost, cut.in_doubt)));
            }
            prop_assert_eq!(all.len(), twin.len(), "{:?} twin {:?}", goal, twin);
            prop_assert!(all.is_sorted_by_key(|cut| std::cmp::Reverse(cut.cut_off.len())));
            let two = world.cuts(&world.arrivals(&goal), 2).best;
            let counts = |cuts: &[Cut]| cuts.iter().map(|cut| cut.cut_off.len()).collect::<Vec<_>>();
            prop_assert_eq!(counts(&two), counts(&all[..all.len().min(2)]));
        }
    }
}
