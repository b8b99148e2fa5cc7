//! The readable form.

use crate::{
    Atom, Case, Condition, Decimal, Guard, Instant, Key, Network, Pattern, PermissionSet, Range, Region,
    Strings, Test,
};

#[test]
fn literals_read_like_sentences() {
    let key = Key::single("aws:SourceIp");
    let text = |texts: &[&str]| {
        Test::Text(Strings::any_of(
            texts.iter().map(|t| Pattern::glob(t, Case::Exact)),
        ))
    };
    let network = Test::Network(Network::parse("10.0.0.0/8").into_iter().collect());
    let units = |n: i128| Some(Decimal(n * Decimal::ONE));
    for (literal, expected) in [
        (
            Condition::Some(key.clone(), network.clone()).holds(),
            "aws:SourceIp in 10.0.0.0/8",
        ),
        (
            Condition::Some(key.clone(), network).fails(),
            "aws:SourceIp is absent or not in 10.0.0.0/8",
        ),
        (
            Condition::Absent("aws:PrincipalTag/team".into()).holds(),
            "aws:PrincipalTag/team is absent",
        ),
        (Condition::Absent("k".into()).fails(), "k is present"),
        (
            Condition::Some("aws:TagKeys".into(), text(&["a", "b"])).holds(),
            "any of aws:TagKeys is one of (a | b)",
        ),
        (
            Condition::Some("aws:TagKeys".into(), text(&["a*"])).fails(),
            "aws:TagKeys is absent or every one does not match a*",
        ),
        (
            Condition::Atom(Atom::new("group x members")).holds(),
            "unknown: group x members",
        ),
        (
            Condition::Some(
                key.clone(),
                Test::Number(
                    [Range {
                        from: units(1),
                        to: units(5),
                    }]
                    .into(),
                ),
            )
            .holds(),
            "aws:SourceIp is at least 1 and at most 5",
        ),
        (
            Condition::Some(
                key,
                Test::Instant(
                    [Range {
                        from: None,
                        to: Some(Instant(0)),
                    }]
                    .into(),
                ),
            )
            .holds(),
            "aws:SourceIp is until 1970-01-01T00:00:00Z",
        ),
    ] {
        assert_eq!(literal.to_string(), expected);
    }
}

#[test]
fn sets_are_written_as_they_were_made() {
    let region = Region::new(
        Strings::one(Pattern::glob("s3:Get*", Case::Folded)),
        Strings::one(Pattern::glob("a/*", Case::Exact)),
    );
    let guarded = region
        .clone()
        .when(Guard::all_of([Condition::Absent("k".into()).holds()]));
    let set = PermissionSet::from(region).difference(&PermissionSet::from(guarded));
    assert_eq!(
        set.to_string(),
        "{s3:get* on a/*} but not {s3:get* on a/* when k is absent}"
    );
    assert_eq!(PermissionSet::empty().to_string(), "nothing");
    assert_eq!(PermissionSet::everything().to_string(), "everything");
    assert_eq!(Guard::always().to_string(), "always");
}
