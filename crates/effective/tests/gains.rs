//! What is new between two estates, compared with a twin that tries every request and every step of becoming.

mod small;

use std::collections::BTreeMap;

use leastwise_effective::{Certainty, Gains, Likeness, World};
use leastwise_model::{ActionClass, Gain, IdentityIndex, Target, Targets, Verb};
use leastwise_permset::{Answers, PermissionSet, Request};
use proptest::prelude::*;

use small::{ACTIONS, RESOURCES, contexts, estate, gap, world};

/// Resources that no pattern of this platform tells from others that it does not name.
const UNNAMED: [&str; 4] = ["x/0", "x/0/1", "z/0", "z/0/1"];
/// The same for actions.
const OTHER: &str = "b:other";

/// Both answers to the one question that nobody has answered.
fn answers() -> [Answers; 2] {
    [Answers::none(), Answers::holding([gap()])]
}

fn requests() -> Vec<Request> {
    let actions = ACTIONS.iter().chain([&OTHER]);
    let points = actions.flat_map(|action| {
        let resources = RESOURCES.iter().chain(&UNNAMED);
        resources.map(move |resource| Request::new(action, resource))
    });
    let all = points.flat_map(|request| {
        let contexts = contexts().into_iter();
        contexts.map(move |context| request.clone().within(context))
    });
    all.collect()
}

/// The requests that are new for each answer, in the order of [`answers`].
fn new(old: &PermissionSet, now: &PermissionSet) -> Vec<(Request, [bool; 2])> {
    let told = |request: &Request| {
        answers().map(|given| now.contains_given(request, &given) && !old.contains_given(request, &given))
    };
    requests()
        .into_iter()
        .map(|request| (told(&request), request))
        .map(|(new, request)| (request, new))
        .collect()
}

/// For each identity but the last, which is taken to have appeared: what it could do, what it can, and what is told of it.
fn each(old: &World, now: &World) -> Vec<(PermissionSet, PermissionSet, Gains)> {
    let mut likeness = Likeness::default();
    let last = now.snapshot().identities.len() - 1;
    now.snapshot()
        .each_identity()
        .map(|(index, identity)| {
            let before = (index.0 as usize != last)
                .then(|| old.twin(&identity.id))
                .flatten();
            let was = before.map_or_else(PermissionSet::empty, |before| old.effective(before));
            (
                was,
                now.effective(index),
                now.gains_since(old, index, before, &mut likeness),
            )
        })
        .collect()
}

fn impersonates() -> ActionClass {
    ActionClass::new(Verb::Impersonate, Target::Control)
}

/// The surest way from one to another: 2 for certain, 1 under a condition, 0 where it depends on the gap.
fn ways(world: &World) -> BTreeMap<(IdentityIndex, IdentityIndex), u8> {
    let mut ways = BTreeMap::new();
    for (from, _) in world.snapshot().each_identity() {
        for edge in world.edges(from) {
            if let (Gain::Become, Targets::These(targets)) =
                (&edge.opportunity.gain, &edge.opportunity.targets)
            {
                let rank = match edge.certainty {
                    Certainty::Surely => 2,
                    Certainty::When(_) => 1,
                    Certainty::Depends(_) => 0,
                };
                for to in targets.iter().filter(|to| **to != from) {
                    let known = ways.entry((from, *to)).or_insert(rank);
                    *known = rank.max(*known);
                }
            }
        }
    }
    ways
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    // new ∖ old = ∅ ⇔ nothing is told; every request of it is in what some statement gives, or some statement is doubtful
    #[test]
    fn everything_that_is_new_is_told_and_nothing_else((old, now) in (estate(), estate())) {
        let (old, now) = (world(old), world(now));
        for (was, is, gains) in each(&old, &now) {
            let all = new(&was, &is);
            let any = all.iter().any(|(_, new)| new.contains(&true));
            prop_assert_eq!(any, !gains.sure.is_empty() || !gains.doubtful.is_empty());
            for (request, new) in &all {
                for (given, new) in answers().iter().zip(new) {
                    let within = |set: &PermissionSet| set.contains_given(request, given);
                    let covered = gains.sure.iter().any(|gained| within(&gained.requests));
                    prop_assert!(!new || covered || !gains.doubtful.is_empty(), "{:?} is not told", request);
                }
            }
            if all.iter().any(|(_, new)| *new == [true, true]) && gains.doubtful.is_empty() {
                prop_assert!(!gains.sure.is_empty());
            }
        }
    }

    // witness ∈ new ∖ old, whatever is not known; the classes are those of what is new
    #[test]
    fn witnesses_are_new_and_classes_are_of_what_is_new((old, now) in (estate(), estate())) {
        let (old, now) = (world(old), world(now));
        for (was, is, gains) in each(&old, &now) {
            for gained in &gains.sure {
                for given in answers() {
                    let request = &gained.witness.request;
                    let is_new = is.contains_given(request, &given) && !was.contains_given(request, &given);
                    let depends = !gained.witness.atoms.is_empty();
                    prop_assert!(is_new || depends, "{:?} is not new", request);
                }
                let becoming = |request: &Request| &*request.action == "a:become";
                let mut of_statement = new(&was, &is).into_iter().filter(|(request, _)| {
                    answers().iter().any(|given| gained.requests.contains_given(request, given))
                });
                let gains_it = of_statement.any(|(request, new)| becoming(&request) && new.contains(&true));
                prop_assert_eq!(gains_it, gained.classes.contains(impersonates()));
            }
        }
    }

    // ways(new) ∖ ways(old), by how sure they are; who controls its instance is left out
    #[test]
    fn new_ways_are_those_that_were_not_there_or_less_sure((old, now) in (estate(), estate())) {
        let (old, now) = (world(old), world(now));
        let same: Vec<Option<IdentityIndex>> =
            now.snapshot().identities.iter().map(|identity| old.twin(&identity.id)).collect();
        let before = ways(&old);
        let instance = |index: IdentityIndex| now.snapshot().identity(index).map(|identity| identity.instance);
        let wanted: Vec<(IdentityIndex, IdentityIndex)> = ways(&now)
            .into_iter()
            .filter(|(pair, rank)| before.get(pair).is_none_or(|before| before < rank))
            .map(|(pair, _)| pair)
            .filter(|(from, to)| !now.administers(*from) || instance(*from) != instance(*to))
            .collect();
        let found: Vec<(IdentityIndex, IdentityIndex)> =
            now.ways_since(&old, &same).into_iter().map(|way| (way.from, way.to)).collect();
        prop_assert_eq!(found, wanted);
    }

    // an estate adds nothing to itself
    #[test]
    fn nothing_is_new_where_nothing_changed(snapshot in estate()) {
        let (old, now) = (world(snapshot.clone()), world(snapshot));
        let mut likeness = Likeness::default();
        for (index, _) in now.snapshot().each_identity() {
            let gains = now.gains_since(&old, index, Some(index), &mut likeness);
            prop_assert!(gains.sure.is_empty() && gains.doubtful.is_empty());
        }
    }
}
