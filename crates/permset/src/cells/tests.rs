//! What one key can hold: claims and counter-claims.

use super::*;
use crate::Range;
use crate::limits::Limits;

fn text(glob: &str) -> Test {
    Test::Text(Strings::one(Pattern::glob(glob, Case::Exact)))
}

fn number(from: Option<i128>, to: Option<i128>) -> Test {
    let units = |n: i128| Decimal(n * Decimal::ONE);
    Test::Number(
        [Range {
            from: from.map(units),
            to: to.map(units),
        }]
        .into(),
    )
}

fn network(text: &str) -> Test {
    Test::Network(Network::parse(text).into_iter().collect())
}

fn find(key: &Key, literals: &[crate::Literal]) -> Result<Option<Held>, Limit> {
    let demands: Vec<(&Condition, bool)> = literals.iter().map(|l| (&l.condition, l.holds)).collect();
    let found = solve(key, &demands, &Budget::new(&Limits::default()));
    if let Ok(Some(held)) = &found {
        let mut context = Context::new();
        context.replace(key, held.clone());
        assert!(
            literals
                .iter()
                .all(|l| l.evaluate(&context, &crate::Answers::none())),
            "{held:?}"
        );
    }
    found
}

/// Whether something can be held, by a key of several values and by one of a single value.
fn check(make: impl Fn(&Key) -> Vec<crate::Literal>, several: bool, single: bool) {
    for (key, expected) in [(Key::new("k"), several), (Key::single("k"), single)] {
        let literals = make(&key);
        let found = find(&key, &literals).unwrap();
        assert_eq!(found.is_some(), expected, "{key} {literals:?}: {found:?}");
    }
}

fn some(key: &Key, test: Test) -> crate::Literal {
    Condition::Some(key.clone(), test).holds()
}

fn every(key: &Key, test: Test) -> crate::Literal {
    Condition::Every(key.clone(), test).holds()
}

#[test]
fn two_different_values_need_a_key_that_holds_several() {
    check(|k| vec![some(k, text("a")), some(k, text("b"))], true, false);
    check(|k| vec![some(k, text("a*")), some(k, text("*b"))], true, true);
    check(|k| vec![some(k, text("a")), every(k, text("b"))], false, false);
    check(
        |k| vec![some(k, text("a")), some(k, text("a")).negate()],
        false,
        false,
    );
}

#[test]
fn a_key_of_a_single_value_is_never_present_without_one() {
    let nothing = || Test::Text(Strings::none());
    check(|k| vec![every(k, nothing())], true, false);
    check(
        |k| vec![every(k, nothing()), Condition::Absent(k.clone()).fails()],
        true,
        false,
    );
    check(|k| vec![Condition::Absent(k.clone()).fails()], true, true);
}

#[test]
fn absent_is_taken_where_it_serves() {
    let key = Key::new("k");
    assert_eq!(find(&key, &[some(&key, text("a")).negate()]), Ok(Some(None)));
    assert_eq!(find(&key, &[every(&key, text("a")).negate()]), Ok(Some(None)));
    let present = Condition::Absent(key.clone()).fails();
    let held = find(&key, &[some(&key, text("a")).negate(), present])
        .unwrap()
        .unwrap();
    assert!(held.is_some());
}

#[test]
fn numbers_moments_and_addresses_are_decided_by_their_boundaries() {
    check(
        |k| vec![some(k, number(Some(3), None)), every(k, number(None, Some(2)))],
        false,
        false,
    );
    check(
        |k| vec![some(k, number(Some(2), None)), every(k, number(None, Some(2)))],
        true,
        true,
    );
    // Between two neighboring whole numbers there are others.
    check(
        |k| {
            vec![
                every(k, number(Some(1), Some(2))),
                some(k, number(Some(1), Some(1))).negate(),
                some(k, number(Some(2), Some(2))).negate(),
            ]
        },
        true,
        true,
    );
    check(
        |k| {
            vec![
                some(k, network("10.1.0.0/16")),
                some(k, network("10.0.0.0/8")).negate(),
            ]
        },
        false,
        false,
    );
    check(
        |k| {
            vec![
                some(k, network("10.0.0.0/8")),
                some(k, network("10.1.0.0/16")).negate(),
            ]
        },
        true,
        true,
    );
    check(
        |k| vec![every(k, network("::/0")), some(k, network("0.0.0.0/0"))],
        false,
        false,
    );
    let halves = || {
        Test::Network(
            ["0.0.0.0/1", "128.0.0.0/1"]
                .iter()
                .filter_map(|n| Network::parse(n))
                .collect(),
        )
    };
    check(
        |k| vec![some(k, network("0.0.0.0/0")), some(k, halves()).negate()],
        false,
        false,
    );
    let moment = |from: i64| {
        Test::Instant(
            [Range {
                from: Some(Instant(from)),
                to: None,
            }]
            .into(),
        )
    };
    check(
        |k| vec![some(k, moment(5)), some(k, moment(6)).negate()],
        true,
        true,
    );
    check(
        |k| vec![some(k, moment(6)), some(k, moment(5)).negate()],
        false,
        false,
    );
}

#[test]
fn one_value_can_be_seen_as_several_types() {
    // A moment can be written as a number, and `1` is both.
    let moment = || {
        Test::Instant(
            [Range {
                from: Some(Instant(0)),
                to: None,
            }]
            .into(),
        )
    };
    check(
        |k| vec![every(k, moment()), some(k, number(Some(1), None))],
        true,
        true,
    );
    check(
        |k| vec![every(k, moment()), some(k, number(None, Some(-1)))],
        false,
        false,
    );
    check(
        |k| vec![every(k, Test::Truth(true)), some(k, network("0.0.0.0/0"))],
        false,
        false,
    );
    check(
        |k| vec![every(k, Test::Truth(true)), some(k, text("T*"))],
        true,
        true,
    );
}

#[test]
fn what_mixed_tests_leave_open_is_said() {
    let key = Key::single("k");
    let literals = [some(&key, text("1??????")), some(&key, number(Some(7), Some(50)))];
    assert_eq!(find(&key, &literals), Err(Limit::Values(key.clone())));
    let literals = [
        some(&key, text("x??????")),
        some(&key, number(Some(7), Some(2_000_000))),
    ];
    assert_ne!(find(&key, &literals).map(|found| found.is_some()), Ok(true));
}
