//! Action patterns and sets, each against a slow twin.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::super::{ActionId, ActionSet};
use super::{action, catalogue};

/// The obvious matcher: letter by letter, every way to split at a `*`.
fn matches(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), _) => (0..=text.len()).any(|taken| matches(rest, &text[taken..])),
        (Some(('?', rest)), Some((_, more))) => matches(rest, more),
        (Some((wanted, rest)), Some((letter, more))) => wanted == letter && matches(rest, more),
        _ => false,
    }
}

/// The names that a pattern means, found the slow way.
fn slow(pattern: &str) -> Vec<ActionId> {
    static NAMES: LazyLock<Vec<Vec<char>>> = LazyLock::new(|| {
        let letters = |id| catalogue().name(id).to_lowercase().chars().collect();
        catalogue().actions().map(letters).collect()
    });
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    catalogue()
        .actions()
        .filter(|id| matches(&pattern, &NAMES[id.index()]))
        .collect()
}

#[test]
fn patterns_mean_what_the_slow_matcher_says() {
    let patterns = [
        "*",
        "s3:*",
        "S3:get*",
        "s3:GetObject",
        "s3:GetObject?",
        "s3:*Object",
        "s3*",
        "s3:?etObject",
        "*:*Tag*",
        "iam:*Role*Policy",
        "inspector:*",
        "inspector2:*",
        "route53:*",
        "*:Get**",
        "**",
        "ec2:Describe*s",
        "",
        "s3",
        ":",
        "?3:*",
        "s3:",
        "é*",
    ];
    for pattern in patterns {
        assert_eq!(
            catalogue().matching(pattern).iter().collect::<Vec<_>>(),
            slow(pattern),
            "{pattern}"
        );
    }
}

#[test]
fn a_service_prefix_does_not_leak_into_services_that_start_alike() {
    let s3 = catalogue().matching("s3:*");
    assert!(s3.contains(action("s3:GetObject")));
    for other in [
        "s3-outposts:GetObject",
        "s3express:CreateSession",
        "s3tables:GetTable",
        "s3-object-lambda:GetObject",
    ] {
        assert!(!s3.contains(action(other)), "{other}");
    }
}

#[test]
fn star_means_every_action() {
    assert_eq!(catalogue().matching("*").count(), catalogue().len());
    assert_eq!(catalogue().matching("*:*").count(), catalogue().len());
}

/// A set of some actions.
fn some() -> impl Strategy<Value = ActionSet> {
    proptest::collection::vec(0_usize..22_091, 0..40)
        .prop_map(|numbers| numbers.into_iter().filter_map(ActionId::from_index).collect())
}

proptest! {
    // a = (a \ b) ∪ (a ∩ b)
    #[test]
    fn difference_and_meet_rebuild(a in some(), b in some()) {
        prop_assert_eq!(a.minus(&b).union(&a.intersect(&b)), a);
    }

    #[test]
    fn operations_speak_of_members(a in some(), b in some()) {
        for id in a.union(&b).iter() {
            prop_assert!(a.contains(id) || b.contains(id));
            prop_assert_eq!(a.intersect(&b).contains(id), a.contains(id) && b.contains(id));
            prop_assert_eq!(a.minus(&b).contains(id), a.contains(id) && !b.contains(id));
        }
        prop_assert_eq!(a.iter().count(), a.count());
        prop_assert_eq!(a.minus(&b).is_empty(), a.is_subset(&b));
        prop_assert_eq!(a.clone().into_iter().collect::<ActionSet>(), a.clone());
        let mut less = a.clone();
        for id in a.iter() { less.remove(id); }
        prop_assert_eq!(less, ActionSet::new());
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_patterns_mean_what_the_slow_matcher_says(pattern in "[a-z*?]{0,3}[:*]?[gGeE?*]{0,3}[a-z*?]{0,4}") {
        prop_assume!(pattern.matches('*').count() <= 4);
        prop_assert_eq!(catalogue().matching(&pattern).iter().collect::<Vec<_>>(), slow(&pattern));
    }
}
