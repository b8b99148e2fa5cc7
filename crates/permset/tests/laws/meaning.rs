//! Component: what a set means, before anything symbolic.

use leastwise_permset::{Answers, Guard, Label, PermissionSet, naive};
use proptest::prelude::*;

use crate::support::{Focus, World, cases, guard, literal, test, universe, world};

proptest! {
    #![proptest_config(cases(64))]

    /// r ∈ A ∪ B ⟺ r ∈ A ∨ r ∈ B; r ∈ A ∩ B ⟺ r ∈ A ∧ r ∈ B; r ∈ A ∖ B ⟺ r ∈ A ∧ r ∉ B
    #[test]
    fn operations_are_what_they_are_called(World { universe, a, b, c } in world()) {
        let (union, both, without) = (a.union(&b), a.intersection(&b), a.difference(&b));
        let (unions, meets) = (PermissionSet::union_of([a.clone(), b.clone(), c.clone()]),
            PermissionSet::intersection_of([a.clone(), b.clone(), c.clone()]));
        for answers in universe.answers() {
            let wrong = universe.filter(|request| {
                let c = c.contains_given(request, &answers);
                let (a, b) = (a.contains_given(request, &answers), b.contains_given(request, &answers));
                union.contains_given(request, &answers) != (a || b)
                    || both.contains_given(request, &answers) != (a && b)
                    || without.contains_given(request, &answers) != (a && !b)
                    || unions.contains_given(request, &answers) != (a || b || c)
                    || meets.contains_given(request, &answers) != (a && b && c)
            });
            prop_assert_eq!(wrong.first(), None);
        }
    }

    /// union_of(∅) = ∅, intersection_of(∅) = everything, labelled(A) = A
    #[test]
    fn empty_operations_and_labels(World { universe, a, .. } in world()) {
        prop_assert_eq!(universe.members(&PermissionSet::union_of([]), &Answers::none()).len(), 0);
        let all = universe.members(&PermissionSet::intersection_of([]), &Answers::none());
        prop_assert_eq!(all.len(), universe.size());
        prop_assert_eq!(universe.distinguish(&a, &a.labelled(Label(7))), None);
    }

    /// r ∈ A ⟺ A has a trail to r; at most `limit` trails, and a smaller limit keeps the first ones
    #[test]
    fn trails_are_the_ways_in(World { universe, a, .. } in world()) {
        let narrowed = naive::Universe {
            actions: universe.actions.iter().take(6).cloned().collect(),
            resources: universe.resources.iter().take(3).cloned().collect(),
            ..universe
        };
        for answers in narrowed.answers() {
            let wrong = narrowed.filter(|request| {
                let trails = a.trails(request, &answers, 64);
                let first = a.trails(request, &answers, 1);
                trails.is_empty() == a.contains_given(request, &answers)
                    || trails.len() > 64
                    || first.len() > 1
                    || first.first() != trails.first()
                    || !a.trails(request, &answers, 0).is_empty()
            });
            prop_assert_eq!(wrong.first(), None);
        }
    }

    /// what a set does not mention cannot matter to it
    #[test]
    fn unmentioned_keys_do_not_matter(World { universe, a, .. } in world()) {
        let found = naive::mentions(&a);
        for (key, sets) in &universe.keys {
            if found.keys.contains(key) {
                continue;
            }
            for values in sets.iter().flatten() {
                let wrong = universe.filter(|request| {
                    let mut other = request.clone();
                    other.context.set(key.clone(), values.clone());
                    a.contains(request) != a.contains(&other)
                });
                prop_assert_eq!(wrong.first(), None);
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(512))]

    /// a guard holds ⟺ each of its literals does; a literal and its denial never agree
    #[test]
    fn guard_is_the_conjunction_of_its_literals(
        guard in guard(Focus::Guards), other in literal(test().boxed(), vec!["p", "q", "r"]),
    ) {
        let universe = universe(Focus::Guards);
        let more = Guard::all_of(guard.literals().iter().rev().chain([&other, &other]).cloned());
        for context in universe.contexts() {
            for answers in universe.answers() {
                let each = guard.literals().iter().all(|literal| literal.evaluate(&context, &answers));
                prop_assert_eq!(guard.evaluate(&context, &answers), each);
                let holds = other.evaluate(&context, &answers);
                prop_assert_eq!(other.negate().evaluate(&context, &answers), !holds);
                prop_assert_eq!(more.evaluate(&context, &answers), each && holds);
            }
        }
        prop_assert_eq!(other.negate().negate(), other);
    }

    /// some value passes t ⟺ present ∧ ¬(every value passes ¬t)
    #[test]
    fn some_and_every_are_dual(t in test()) {
        use leastwise_permset::Condition::{Absent, Every, Some};
        let universe = universe(Focus::Guards);
        for context in universe.contexts() {
            let none = Answers::none();
            let some = Some("k".into(), t.clone()).evaluate(&context, &none);
            let every = Every("k".into(), t.clone().negate()).evaluate(&context, &none);
            let present = !Absent("k".into()).evaluate(&context, &none);
            prop_assert_eq!(some, present && !every);
        }
    }
}
