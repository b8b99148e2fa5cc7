//! Component: emptiness, inclusion, meeting and their witnesses, against the naive twin.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_permset::fuzz::check;
use leastwise_permset::naive::{Universe, mentions, strings_up_to};
use leastwise_permset::{
    Atom, Case, Emptiness, Guard, Inclusion, Key, Limits, Pattern, PermissionSet, Region, Relation, Strings,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::support::{Focus, World, cases, guard, kin, strings, universe, world};

proptest! {
    #![proptest_config(cases(384))]

    /// empty(A) ⟹ no r ∈ A in the universe; inhabited(A, w) ⟹ w ∈ A, whatever the atoms that w does not name
    #[test]
    fn emptiness_agrees_with_its_twin(World { universe, a, b, c } in world()) {
        for set in [&a, &a.difference(&b), &a.intersection(&b).difference(&c), &a.difference(&b.union(&c))] {
            check::emptiness(&universe, set);
        }
    }

    /// A ⊆ B ⟹ no r ∈ A ∖ B in the universe; fails(w) ⟹ w ∈ A ∖ B for all answers; depends(w) ⟹ for its own
    /// answers, and no request of the universe for all
    #[test]
    fn inclusion_agrees_with_its_twin(World { universe, a, b, .. } in world()) {
        check::inclusion(&universe, &a, &b);
    }

    /// never ⟹ no r ∈ A ∩ B in the universe; surely(w) ⟹ w ∈ A ∩ B for all answers; depends(w) ⟹ for its own,
    /// and no request of the universe for all; A meets B as B meets A
    #[test]
    fn meeting_agrees_with_its_twin(World { universe, a, b, .. } in world()) {
        check::meeting(&universe, &a, &b);
    }

    /// fewer steps give the same kind of answer or unknown, and the same question has the same answer
    #[test]
    fn limits_make_unknown_and_never_wrong(World { a, b, .. } in world(), steps in 0..400u64) {
        check::limits(&a, &b, steps);
    }

    /// compare(A, B) mirrors compare(B, A); equal ⟺ ⊆ both ways; narrower ⟹ ⊆ and not ⊇
    #[test]
    fn comparison_is_antisymmetric(World { universe, a, b, .. } in world()) {
        let limits = Limits::default();
        let (there, back) = (a.compare(&b, &limits), b.compare(&a, &limits));
        let mirrored = match there.relation {
            Relation::Narrower => Relation::Wider,
            Relation::Wider => Relation::Narrower,
            other => other,
        };
        prop_assert_eq!(back.relation, mirrored);
        prop_assert_eq!(&there.within, &a.included_in(&b, &limits));
        prop_assert_eq!(&there.added, &back.removed);
        prop_assert_eq!(&there.removed, &back.added);
        match there.relation {
            Relation::Equal => prop_assert_eq!(universe.distinguish(&a, &b), None),
            Relation::Narrower => prop_assert!(there.added.is_none() && there.removed.is_some()),
            Relation::Wider => prop_assert!(there.added.is_some() && there.removed.is_none()),
            Relation::Incomparable => prop_assert!(there.added.is_some() && there.removed.is_some()),
            Relation::Unknown => {}
        }
        for (witness, set) in [(&there.added, a.difference(&b)), (&there.removed, b.difference(&a))] {
            witness.iter().for_each(|witness| check::replay(&set, witness));
        }
    }

    /// A.surely() ⊆ A ⊆ A.at_most() under every answer; neither mentions an atom
    #[test]
    fn bounds_enclose_the_set(World { universe, a, .. } in world()) {
        let (surely, at_most) = (a.surely(), a.at_most());
        prop_assert!(mentions(&surely).atoms.is_empty() && mentions(&at_most).atoms.is_empty());
        for answers in universe.answers() {
            let wrong = universe.filter(|request| {
                let member = a.contains_given(request, &answers);
                surely.contains(request) && !member || member && !at_most.contains(request)
            });
            prop_assert_eq!(wrong.first(), None);
        }
        check::holds(&surely, &a);
        check::holds(&a, &at_most);
        if mentions(&a).atoms.is_empty() {
            prop_assert_eq!(universe.distinguish(&surely, &a), None);
            prop_assert_eq!(universe.distinguish(&at_most, &a), None);
        }
    }

    /// keys(A) and atoms(A) are those that A mentions
    #[test]
    fn keys_and_atoms_are_those_mentioned(World { a, .. } in world()) {
        let found = mentions(&a);
        prop_assert_eq!(a.keys().into_iter().collect::<BTreeSet<Key>>(), found.keys);
        prop_assert_eq!(a.atoms().into_iter().collect::<BTreeSet<Atom>>(), found.atoms);
    }
}

proptest! {
    #![proptest_config(cases(2048))]

    /// empty(S ∩ T ∖ U) ⟹ no short string is in it; inhabited ⟹ its witness is; for sets of strings alone
    #[test]
    fn strings_agree_with_their_twin(s in strings(), t in strings(), u in strings()) {
        let region = |strings: &Strings| PermissionSet::from(Region::new(strings.clone(), Strings::literal("a")));
        let set = region(&s).intersection(&region(&t)).difference(&region(&u));
        let universe = Universe {
            actions: strings_up_to(&['a', 'A', '/'], 3),
            resources: vec!["a".into()],
            ..universe(Focus::Names).narrowed_to(&[&set])
        };
        check::emptiness(&universe, &set);
    }

    /// the same for p ∩ q, p ∖ q, q ∖ p and what is in neither, where p and q are nearly one pattern
    #[test]
    fn patterns_of_one_kin_agree_with_their_twin((p, q) in kin(), short in prop::bool::ANY) {
        let region = |strings: Strings| PermissionSet::from(Region::new(strings, Strings::literal("a")));
        let (p, q) = (region(Strings::one(p)), region(Strings::one(q)));
        let within = if short {
            region(Strings::one(Pattern::glob("?", Case::Exact)))
        } else {
            region(Strings::any())
        };
        for set in [p.intersection(&q), p.difference(&q), q.difference(&p), within.difference(&p.union(&q))] {
            let set = within.intersection(&set);
            let universe = Universe {
                actions: strings_up_to(&['a', 'A', '/', 'b'], 3),
                resources: vec!["a".into()],
                ..universe(Focus::Names).narrowed_to(&[&set])
            };
            check::emptiness(&universe, &set);
        }
    }

    /// a guard that no context satisfies ⟹ none of the universe does; else its witness does
    #[test]
    fn guards_agree_with_their_twin(guard in guard(Focus::Guards)) {
        let set = PermissionSet::from(Region::everything().when(guard));
        let universe = Universe {
            actions: vec!["".into()],
            resources: vec!["".into()],
            ..universe(Focus::Guards).narrowed_to(&[&set])
        };
        check::emptiness(&universe, &set);
    }
}

/// within the default limits, at most 2 in 100 random differences are left unknown
#[test]
fn unknown_is_rare() {
    let mut runner = TestRunner::new(cases(1));
    let (mut unknown, mut all) = (BTreeMap::<String, usize>::new(), 0);
    for _ in 0..1000 {
        let World { a, b, .. } = world().new_tree(&mut runner).unwrap().current();
        all += 1;
        if let Emptiness::Unknown(limit) = a.difference(&b).emptiness(&Limits::default()) {
            *unknown.entry(limit.to_string()).or_default() += 1;
        }
    }
    println!("unknown: {unknown:?} of {all}");
    assert!(
        unknown.values().sum::<usize>() * 50 <= all,
        "{unknown:?} of {all}"
    );
}

/// everything is inhabited, nothing is not; everything lies not within nothing
#[test]
fn ends_are_what_they_are() {
    let limits = Limits::default();
    let always = PermissionSet::from(Region::everything().when(Guard::always()));
    assert!(matches!(always.emptiness(&limits), Emptiness::Inhabited(_)));
    assert_eq!(PermissionSet::empty().emptiness(&limits), Emptiness::Empty);
    assert!(matches!(
        always.included_in(&PermissionSet::empty(), &limits),
        Inclusion::Fails(_)
    ));
    assert_eq!(
        PermissionSet::empty().included_in(&always, &limits),
        Inclusion::Holds
    );
}
