//! One text in several sets: claims and counter-claims.

use super::*;
use crate::limits::Limits;
use crate::{Element, Key};

fn set(text: &str, case: Case) -> Strings {
    Strings::any_of(text.split(' ').map(|one| Pattern::glob(one, case)))
}

/// What is found for texts in all of `wanted` and none of `unwanted`, patterns apart by spaces.
fn find(wanted: &[&str], unwanted: &[&str], case: Case) -> Option<String> {
    let wanted: Vec<Strings> = wanted.iter().map(|text| set(text, case)).collect();
    let unwanted: Vec<Strings> = unwanted.iter().map(|text| set(text, case)).collect();
    let demands: Vec<Demand<'_>> = wanted
        .iter()
        .map(|s| (s, true))
        .chain(unwanted.iter().map(|s| (s, false)))
        .collect();
    let found = solve(&demands, &Budget::new(&Limits::default())).unwrap();
    if let Some(text) = &found {
        assert!(
            demands
                .iter()
                .all(|(s, holds)| s.contains(text, Context::nowhere()) == *holds),
            "{text}"
        );
    }
    found
}

fn check(wanted: &[&str], unwanted: &[&str], expected: Option<&str>) {
    assert_eq!(
        find(wanted, unwanted, Case::Exact).as_deref(),
        expected,
        "{wanted:?} without {unwanted:?}"
    );
}

#[test]
fn witnesses_are_short_and_readable() {
    check(&["*"], &[], Some("x"));
    check(&["s3:Get*"], &[], Some("s3:Get"));
    check(&["q-??"], &[], Some("q-xx"));
    check(&["a*"], &["a"], Some("ax"));
    check(&[], &["x", "y*"], Some("z"));
}

#[test]
fn patterns_meet_or_do_not() {
    check(&["a*", "*b"], &[], Some("ab"));
    check(&["a*b", "*ab*"], &[], Some("ab"));
    check(&["aa*b", "a*bb"], &[], Some("aabb"));
    check(&["a*", "b*"], &[], None);
    check(&["*a", "*b"], &[], None);
    check(&["?", "??"], &[], None);
    check(&["*a*", "?"], &[], Some("a"));
    check(&["a b c", "c d", "?"], &[], Some("c"));
    check(&["a b", "c d"], &[], None);
}

#[test]
fn a_union_can_cover_what_none_of_its_patterns_does() {
    // Every text is empty or has one character or more.
    let empty = Strings::literal("");
    let some = Strings::one(Pattern::glob("?*", Case::Exact));
    let demands = [(&empty, false), (&some, false)];
    assert_eq!(solve(&demands, &Budget::new(&Limits::default())), Ok(None));
    // Beginning with `a` or not.
    let a = Strings::one(Pattern::glob("a*", Case::Exact));
    let not_a = Strings::any_of([
        Pattern::new([Element::OneExcept('a'), Element::Many], Case::Exact),
        Pattern::literal(""),
    ]);
    assert_eq!(
        solve(&[(&a, false), (&not_a, false)], &Budget::new(&Limits::default())),
        Ok(None)
    );
    check(&["a*"], &["a?*"], Some("a"));
    check(&["a*"], &["a?*", "a"], None);
    check(&["*a??"], &["*a?b", "*a?c"], Some("axx"));
}

#[test]
fn cases_of_letters_are_told_apart_where_patterns_do() {
    let folded = set("ab*", Case::Folded);
    let exact = set("ab* Ab* aB*", Case::Exact);
    let budget = Budget::new(&Limits::default());
    let found = solve(&[(&folded, true), (&exact, false)], &budget)
        .unwrap()
        .unwrap();
    assert!(found.starts_with("AB"), "{found}");
    // The Kelvin sign folds to `k`.
    let folded = set("k", Case::Folded);
    let exact = set("k K", Case::Exact);
    assert_eq!(
        solve(&[(&folded, true), (&exact, false)], &budget),
        Ok(Some("\u{212A}".into()))
    );
    let exact = set("k K \u{212A}", Case::Exact);
    assert_eq!(solve(&[(&folded, true), (&exact, false)], &budget), Ok(None));
    assert_eq!(find(&["S3:get*"], &["s3:GET*"], Case::Folded), None);
}

#[test]
fn a_copied_value_contradicts_itself_and_nothing_else() {
    let hole = |tail: &str| {
        Strings::one(Pattern::new(
            [
                Element::Text("a/".into()),
                Element::Hole(Key::new("k")),
                Element::Text(tail.into()),
            ],
            Case::Exact,
        ))
    };
    let budget = Budget::new(&Limits::default());
    assert_eq!(
        solve(&[(&hole("/b"), true), (&hole("/b"), false)], &budget),
        Ok(None)
    );
    assert!(
        solve(&[(&hole("/b"), true), (&hole("/c"), false)], &budget)
            .unwrap()
            .is_some()
    );
    assert_eq!(
        solve(&[(&hole("/b"), true), (&set("b*", Case::Exact), true)], &budget),
        Ok(None)
    );
    assert_eq!(
        solve(&[(&hole("/b"), true), (&set("a/*", Case::Exact), false)], &budget),
        Ok(None)
    );
}

#[test]
fn running_out_of_steps_is_said() {
    let wanted = set("*a*b*c*a*b*c?????", Case::Exact);
    let other = set("*c*b*a*c*b*a*", Case::Exact);
    let few = Limits {
        steps: 20,
        ..Limits::default()
    };
    assert_eq!(
        solve(&[(&wanted, true), (&other, true)], &Budget::new(&few)),
        Err(Limit::Steps(20))
    );
    assert!(find(&["*a*b*c*a*b*c?????", "*c*b*a*c*b*a*"], &[], Case::Exact).is_some());
}
