//! Component: boolean algebra, decided symbolically and tried on a universe.

use leastwise_permset::fuzz::check;
use leastwise_permset::{Inclusion, Label, Limits, PermissionSet};
use proptest::prelude::*;

use crate::support::{World, cases, world};

type Outcome = Result<(), TestCaseError>;

/// left = right: on every request of the universe, and by inclusion both ways.
fn equal(world: &World, left: &PermissionSet, right: &PermissionSet) -> Outcome {
    prop_assert_eq!(world.universe.distinguish(left, right), None);
    check::holds(left, right);
    check::holds(right, left);
    Ok(())
}

/// everything ∖ A
fn not(a: &PermissionSet) -> PermissionSet {
    PermissionSet::everything().difference(a)
}

proptest! {
    #![proptest_config(cases(64))]

    /// A ∪ B = B ∪ A; A ∩ B = B ∩ A
    #[test]
    fn order_of_parts_does_not_matter(world in world()) {
        let World { a, b, .. } = &world;
        equal(&world, &a.union(b), &b.union(a))?;
        equal(&world, &a.intersection(b), &b.intersection(a))?;
    }

    /// (A ∪ B) ∪ C = A ∪ (B ∪ C); (A ∩ B) ∩ C = A ∩ (B ∩ C)
    #[test]
    fn grouping_does_not_matter(world in world()) {
        let World { a, b, c, .. } = &world;
        equal(&world, &a.union(b).union(c), &a.union(&b.union(c)))?;
        equal(&world, &a.intersection(b).intersection(c), &a.intersection(&b.intersection(c)))?;
    }

    /// A ∪ A = A; A ∩ A = A; A labelled = A
    #[test]
    fn repeating_changes_nothing(world in world()) {
        let World { a, .. } = &world;
        equal(&world, &a.union(a), a)?;
        equal(&world, &a.intersection(a), a)?;
        equal(&world, &a.labelled(Label(7)), a)?;
    }

    /// A ∩ (B ∪ C) = (A ∩ B) ∪ (A ∩ C)
    #[test]
    fn meet_distributes_over_union(world in world()) {
        let World { a, b, c, .. } = &world;
        equal(&world, &a.intersection(&b.union(c)), &a.intersection(b).union(&a.intersection(c)))?;
    }

    /// A ∪ (B ∩ C) = (A ∪ B) ∩ (A ∪ C)
    #[test]
    fn union_distributes_over_meet(world in world()) {
        let World { a, b, c, .. } = &world;
        equal(&world, &a.union(&b.intersection(c)), &a.union(b).intersection(&a.union(c)))?;
    }

    /// A ∪ (A ∩ B) = A; A ∩ (A ∪ B) = A
    #[test]
    fn the_larger_absorbs(world in world()) {
        let World { a, b, .. } = &world;
        equal(&world, &a.union(&a.intersection(b)), a)?;
        equal(&world, &a.intersection(&a.union(b)), a)?;
    }

    /// ¬(A ∪ B) = ¬A ∩ ¬B, where ¬A = everything ∖ A
    #[test]
    fn de_morgan_of_union(world in world()) {
        let World { a, b, .. } = &world;
        equal(&world, &not(&a.union(b)), &not(a).intersection(&not(b)))?;
    }

    /// ¬(A ∩ B) = ¬A ∪ ¬B
    #[test]
    fn de_morgan_of_meet(world in world()) {
        let World { a, b, .. } = &world;
        equal(&world, &not(&a.intersection(b)), &not(a).union(&not(b)))?;
    }

    /// ¬¬A = A; A ∪ ¬A = everything; A ∩ ¬A = ∅
    #[test]
    fn the_rest_of_the_rest(world in world()) {
        let World { a, .. } = &world;
        equal(&world, &not(&not(a)), a)?;
        equal(&world, &a.union(&not(a)), &PermissionSet::everything())?;
        equal(&world, &a.intersection(&not(a)), &PermissionSet::empty())?;
    }

    /// A = (A ∖ B) ∪ (A ∩ B)
    #[test]
    fn difference_and_meet_rebuild(world in world()) {
        let World { a, b, .. } = &world;
        equal(&world, &a.difference(b).union(&a.intersection(b)), a)?;
    }

    /// A ∖ B = A ∩ ¬B; (A ∖ B) ∩ B = ∅
    #[test]
    fn difference_is_meeting_the_rest(world in world()) {
        let World { a, b, .. } = &world;
        equal(&world, &a.difference(b), &a.intersection(&not(b)))?;
        equal(&world, &a.difference(b).intersection(b), &PermissionSet::empty())?;
    }

    /// (A ∖ B) ∖ C = A ∖ (B ∪ C); (A ∪ B) ∖ C = (A ∖ C) ∪ (B ∖ C)
    #[test]
    fn differences_in_a_row(world in world()) {
        let World { a, b, c, .. } = &world;
        equal(&world, &a.difference(b).difference(c), &a.difference(&b.union(c)))?;
        equal(&world, &a.union(b).difference(c), &a.difference(c).union(&b.difference(c)))?;
    }

    /// A ∖ (B ∖ C) = (A ∖ B) ∪ (A ∩ B ∩ C)
    #[test]
    fn exceptions_of_exceptions(world in world()) {
        let World { a, b, c, .. } = &world;
        let given_back = PermissionSet::intersection_of([a.clone(), b.clone(), c.clone()]);
        equal(&world, &a.difference(&b.difference(c)), &a.difference(b).union(&given_back))?;
    }

    /// A ∖ A = ∅; A ∖ ∅ = A; A ∖ everything = ∅, also with atoms and holes
    #[test]
    fn nothing_is_left_of_itself(world in world()) {
        let World { a, .. } = &world;
        equal(&world, &a.difference(a), &PermissionSet::empty())?;
        equal(&world, &a.difference(&a.labelled(Label(1))), &PermissionSet::empty())?;
        equal(&world, &a.difference(&PermissionSet::empty()), a)?;
        equal(&world, &a.difference(&PermissionSet::everything()), &PermissionSet::empty())?;
    }

    /// A ∪ ∅ = A; A ∩ everything = A; A ∪ everything = everything; A ∩ ∅ = ∅
    #[test]
    fn empty_and_everything_are_the_ends(world in world()) {
        let World { a, .. } = &world;
        let (none, all) = (PermissionSet::empty(), PermissionSet::everything());
        equal(&world, &a.union(&none), a)?;
        equal(&world, &a.intersection(&all), a)?;
        equal(&world, &a.union(&all), &all)?;
        equal(&world, &a.intersection(&none), &none)?;
    }

    /// ∅ ⊆ A ∩ B ⊆ A ⊆ A ∪ B ⊆ everything; A ∖ B ⊆ A; A ⊆ A
    #[test]
    fn inclusion_follows_the_operations(world in world()) {
        let World { a, b, .. } = &world;
        check::holds(&PermissionSet::empty(), &a.intersection(b));
        check::holds(&a.intersection(b), a);
        check::holds(&a.intersection(b), b);
        check::holds(a, &a.union(b));
        check::holds(b, &a.union(b));
        check::holds(&a.union(b), &PermissionSet::everything());
        check::holds(&a.difference(b), a);
        check::holds(a, a);
    }

    /// A ⊆ B ∧ B ⊆ C ⟹ A ⊆ C; A ⊆ B ∧ B ⊆ A ⟹ A = B; A ⊆ B ⟹ A ∪ B = B ∧ A ∩ B = A
    #[test]
    fn inclusion_is_an_order(world in world()) {
        let limits = Limits::default();
        let World { a, b, c, .. } = &world;
        let holds = |left: &PermissionSet, right: &PermissionSet| left.included_in(right, &limits) == Inclusion::Holds;
        for (x, y, z) in [(a, b, c), (a, c, b), (b, a, c), (b, c, a), (c, a, b), (c, b, a)] {
            if holds(x, y) {
                equal(&world, &x.union(y), y)?;
                equal(&world, &x.intersection(y), x)?;
                if holds(y, z) {
                    check::holds(x, z);
                }
                if holds(y, x) {
                    equal(&world, x, y)?;
                }
            }
        }
    }
}
