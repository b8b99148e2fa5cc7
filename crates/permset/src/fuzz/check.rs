//! What the symbolic answers must be, given a universe in which everything was tried.

use std::collections::BTreeSet;

use crate::answers::{Emptiness, Inclusion, Meeting, Witness};
use crate::context::{Answers, Atom, Context, Request};
use crate::limits::{Limit, Limits};
use crate::naive::{self, Presence, Universe};
use crate::set::PermissionSet;
use crate::verdict::{Openness, Question, Verdict};

/// All ways to answer the atoms that `set` mentions.
fn all_answers(set: &PermissionSet) -> Vec<Answers> {
    Universe {
        atoms: naive::mentions(set).atoms.into_iter().collect(),
        ..Universe::default()
    }
    .answers()
}

/// Not knowing is allowed, but never because a witness did not stand up to evaluation.
pub fn honest(limit: &Limit) {
    assert_ne!(limit, &Limit::Replay);
}

/// The witness is a member under its own answers and under all that agree with them on the atoms it relies on;
/// keys that hold one value hold one in it.
pub fn replay(set: &PermissionSet, witness: &Witness) {
    assert!(
        set.contains_given(&witness.request, &witness.answers),
        "{witness:?}"
    );
    let mentions = naive::mentions(set);
    assert!(
        witness.atoms.iter().all(|atom| mentions.atoms.contains(atom)),
        "{witness:?}"
    );
    for answers in all_answers(set) {
        let agrees = |atom: &Atom| answers.holds(atom) == witness.answers.holds(atom);
        if witness.atoms.iter().all(agrees) {
            assert!(
                set.contains_given(&witness.request, &answers),
                "{witness:?} under {answers:?}"
            );
        }
    }
    for key in mentions.keys.iter().filter(|key| key.is_single()) {
        let held = witness.request.context.get(key);
        assert!(held.is_none_or(|values| values.len() == 1), "{witness:?}");
    }
}

/// The witness is a member under every way to answer.
pub fn replay_surely(set: &PermissionSet, witness: &Witness) {
    for answers in all_answers(set) {
        assert!(
            set.contains_given(&witness.request, &answers),
            "{witness:?} under {answers:?}"
        );
    }
}

/// Emptiness of `set`, against `universe`.
pub fn emptiness(universe: &Universe, set: &PermissionSet) {
    match set.emptiness(&Limits::default()) {
        Emptiness::Empty => assert_eq!(universe.presence(set), Presence::Nowhere, "{set}"),
        Emptiness::Inhabited(witness) => replay(set, &witness),
        Emptiness::Unknown(limit) => honest(&limit),
    }
}

/// Whether `a` lies within `b`, against `universe`.
pub fn inclusion(universe: &Universe, a: &PermissionSet, b: &PermissionSet) {
    let rest = a.difference(b);
    match a.included_in(b, &Limits::default()) {
        Inclusion::Holds => assert_eq!(universe.presence(&rest), Presence::Nowhere),
        Inclusion::Fails(witness) => {
            replay(&rest, &witness);
            replay_surely(&rest, &witness);
        }
        Inclusion::Depends(witness) => {
            replay(&rest, &witness);
            let found = universe.presence(&rest);
            assert!(!matches!(found, Presence::Surely(_)), "{found:?}");
        }
        Inclusion::Unknown(limit) => honest(&limit),
    }
}

/// Whether `a` and `b` have a member in common, against `universe`, and the same the other way round.
pub fn meeting(universe: &Universe, a: &PermissionSet, b: &PermissionSet) {
    let both = a.intersection(b);
    let meeting = a.meets(b, &Limits::default());
    match &meeting {
        Meeting::Never => assert_eq!(universe.presence(&both), Presence::Nowhere),
        Meeting::Surely(witness) => {
            replay(&both, witness);
            replay_surely(&both, witness);
        }
        Meeting::Depends(witness) => {
            replay(&both, witness);
            let found = universe.presence(&both);
            assert!(!matches!(found, Presence::Surely(_)), "{found:?}");
        }
        Meeting::Unknown(limit) => honest(limit),
    }
    match (&meeting, &b.meets(a, &Limits::default())) {
        (Meeting::Unknown(_), _) | (_, Meeting::Unknown(_)) => {}
        (one, other) => assert_eq!(std::mem::discriminant(one), std::mem::discriminant(other)),
    }
}

/// The verdict on `action` and `resource` where every key of `universe` is open, against that universe.
pub fn verdict(universe: &Universe, set: &PermissionSet, action: &str, resource: &str) {
    let (known, absent) = (Context::new(), BTreeSet::new());
    let question = Question {
        action,
        resource,
        known: &known,
        absent: &absent,
        given: None,
    };
    let verdict = set.verdict(&question, &|_| Openness::Open, &Limits::default());
    for context in universe.contexts() {
        let request = Request::new(action, resource).within(context);
        let members: Vec<bool> = universe
            .answers()
            .iter()
            .map(|answers| set.contains_given(&request, answers))
            .collect();
        let all = |truth: bool| members.iter().all(|member| *member == truth);
        match &verdict {
            Verdict::Always => assert!(all(true), "always, but not {request:?}"),
            Verdict::Never => assert!(all(false), "never, but {request:?}"),
            Verdict::When(guards) => {
                let holds = guards
                    .iter()
                    .any(|guard| guard.evaluate(&request.context, &Answers::none()));
                assert!(all(holds), "{guards:?} is {holds} for {request:?}");
            }
            Verdict::Depends(atoms) => assert!(!atoms.is_empty()),
            Verdict::Unknown(limit) => honest(limit),
        }
    }
}

/// The slices of `set` on each action of `universe`, against that universe.
pub fn slices(universe: &Universe, set: &PermissionSet) {
    for action in &universe.actions {
        let slices = match set.on_action(action, &Limits::default()) {
            Ok(slices) => slices,
            Err(limit) => return honest(&limit),
        };
        let here = Universe {
            actions: vec![action.clone()],
            ..universe.clone()
        };
        for answers in universe.answers() {
            let wrong = here.filter(|request| {
                let mut fitting = slices.iter().filter(|slice| {
                    slice
                        .resources
                        .iter()
                        .all(|one| one.contains(&request.resource, &request.context))
                        && slice.guard.evaluate(&request.context, &answers)
                });
                fitting.next().is_some() != set.contains_given(request, &answers)
            });
            assert_eq!(wrong.first(), None, "{set}: {slices:?}");
        }
    }
}

/// `a` lies within `b`, or that is honestly not known.
pub fn holds(a: &PermissionSet, b: &PermissionSet) {
    match a.included_in(b, &Limits::default()) {
        Inclusion::Holds => {}
        Inclusion::Unknown(limit) => honest(&limit),
        other => assert_eq!(other, Inclusion::Holds, "{a} in {b}"),
    }
}

/// The answers about `a` and `b` within `steps` steps, against those within the default limits.
pub fn limits(a: &PermissionSet, b: &PermissionSet, steps: u64) {
    let (few, many) = (
        Limits {
            steps,
            ..Limits::default()
        },
        Limits::default(),
    );
    let rest = a.difference(b);
    match (rest.emptiness(&few), rest.emptiness(&many)) {
        (Emptiness::Unknown(limit), _) | (_, Emptiness::Unknown(limit)) => honest(&limit),
        (one, other) => assert_eq!(std::mem::discriminant(&one), std::mem::discriminant(&other)),
    }
    match (a.included_in(b, &few), a.included_in(b, &many)) {
        (Inclusion::Unknown(limit), _) | (_, Inclusion::Unknown(limit)) => honest(&limit),
        (one, other) => assert_eq!(std::mem::discriminant(&one), std::mem::discriminant(&other)),
    }
    match (a.meets(b, &few), a.meets(b, &many)) {
        (Meeting::Unknown(limit), _) | (_, Meeting::Unknown(limit)) => honest(&limit),
        (one, other) => assert_eq!(std::mem::discriminant(&one), std::mem::discriminant(&other)),
    }
    assert_eq!(rest.emptiness(&many), rest.emptiness(&many));
    assert_eq!(a.included_in(b, &many), a.included_in(b, &many));
}
