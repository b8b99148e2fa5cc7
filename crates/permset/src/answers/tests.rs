//! Inclusion, meeting and comparison: claims and counter-claims, with and without atoms.

use super::*;
use crate::{
    Case, Condition, Context, Element, Guard, Key, Literal, Network, Pattern, Region, Strings, Test,
};

fn glob(actions: &str, resources: &str) -> Region {
    let all = |text: &str, case| Strings::any_of(text.split(' ').map(|one| Pattern::glob(one, case)));
    Region::new(all(actions, Case::Folded), all(resources, Case::Exact))
}

fn set(actions: &str, resources: &str) -> PermissionSet {
    PermissionSet::from(glob(actions, resources))
}

fn guarded(actions: &str, resources: &str, literals: impl IntoIterator<Item = Literal>) -> PermissionSet {
    PermissionSet::from(glob(actions, resources).when(Guard::all_of(literals)))
}

fn atom(name: &str) -> Condition {
    Condition::Atom(Atom::new(name))
}

fn inclusion(a: &PermissionSet, b: &PermissionSet) -> &'static str {
    match a.included_in(b, &Limits::default()) {
        Inclusion::Holds => "holds",
        Inclusion::Fails(witness) => {
            assert!(witness.atoms.is_empty());
            assert!(a.contains(&witness.request) && !b.contains(&witness.request));
            "fails"
        }
        Inclusion::Depends(witness) => {
            assert!(!witness.atoms.is_empty());
            assert!(a.difference(b).contains_given(&witness.request, &witness.answers));
            "depends"
        }
        Inclusion::Unknown(_) => "unknown",
    }
}

#[test]
fn narrower_is_included_and_wider_is_not() {
    let (narrow, wide) = (set("s3:GetObject s3:List*", "a/*"), set("s3:*", "*"));
    assert_eq!(inclusion(&narrow, &wide), "holds");
    assert_eq!(inclusion(&wide, &narrow), "fails");
    assert_eq!(
        narrow.compare(&wide, &Limits::default()).relation,
        Relation::Narrower
    );
    assert_eq!(
        wide.compare(&narrow, &Limits::default()).relation,
        Relation::Wider
    );
    let comparison = set("a", "*").compare(&set("b", "*"), &Limits::default());
    assert_eq!(comparison.relation, Relation::Incomparable);
    assert_eq!(
        comparison.added.map(|witness| witness.request.action),
        Some("a".into())
    );
    assert_eq!(
        comparison.removed.map(|witness| witness.request.action),
        Some("b".into())
    );
}

#[test]
fn several_regions_can_cover_one_together() {
    let halves = PermissionSet::union_of([
        set("*", "a/*"),
        PermissionSet::from(Region::new(
            Strings::any(),
            Strings::one(Pattern::glob("a/*", Case::Exact)).complement(),
        )),
    ]);
    assert_eq!(inclusion(&PermissionSet::everything(), &halves), "holds");
    let key = Key::new("k");
    let by_guard = PermissionSet::union_of([
        guarded("*", "*", [Condition::Absent(key.clone()).holds()]),
        guarded(
            "*",
            "*",
            [Condition::Some(key.clone(), Test::Truth(true)).holds()],
        ),
        guarded(
            "*",
            "*",
            [Condition::Some(key.clone(), Test::Truth(true)).fails()],
        ),
    ]);
    assert_eq!(inclusion(&PermissionSet::everything(), &by_guard), "holds");
    // A key that holds several values, or none, satisfies neither of these.
    let truths = absent_or_all_one_way(&key);
    assert_eq!(inclusion(&PermissionSet::everything(), &truths), "fails");
}

/// Requests whose key is absent, or whose values are all true, or none of them is.
fn absent_or_all_one_way(key: &Key) -> PermissionSet {
    let every = |test| Condition::Every(key.clone(), test).holds();
    PermissionSet::union_of([
        guarded("*", "*", [Condition::Absent(key.clone()).holds()]),
        guarded("*", "*", [every(Test::Truth(true))]),
        guarded("*", "*", [every(Test::Not(Box::new(Test::Truth(true))))]),
    ])
}

#[test]
fn a_key_of_one_value_is_decided_by_either_side() {
    let key = Key::single("k");
    let either = absent_or_all_one_way(&key);
    assert_eq!(inclusion(&PermissionSet::everything(), &either), "holds");
}

#[test]
fn a_deny_that_is_lifted_is_added_access() {
    let allow = set("s3:*", "*");
    let office = Condition::Some(
        Key::single("ip"),
        Test::Network(Network::parse("10.0.0.0/8").into_iter().collect()),
    );
    let before = allow.difference(&guarded("s3:Delete*", "*", [office.clone().fails()]));
    assert_eq!(inclusion(&before, &allow), "holds");
    let Inclusion::Fails(witness) = allow.included_in(&before, &Limits::default()) else {
        panic!("what was denied is new");
    };
    // The deny fires where the key is absent, too.
    assert!(witness.request.context.is_empty());
    let at_work = guarded("s3:Delete*", "*", [office.holds()]);
    assert_eq!(inclusion(&at_work, &before), "holds");
}

#[test]
fn a_set_minus_itself_is_empty_even_with_gaps() {
    let key = Key::new("team");
    let copy = Strings::one(Pattern::new(
        [Element::Text("t/".into()), Element::Hole(key)],
        Case::Exact,
    ));
    let gaps = PermissionSet::union_of([
        guarded("a*", "*", [atom("members").holds()]),
        PermissionSet::from(Region::new(Strings::any(), copy)),
    ])
    .difference(&guarded("ab*", "*", [atom("policy").fails()]));
    assert_eq!(inclusion(&gaps, &gaps.labelled(crate::Label(1))), "holds");
    assert_eq!(inclusion(&gaps, &PermissionSet::empty()), "fails");
}

#[test]
fn answers_tell_what_holds_anyway_from_what_depends() {
    let unknown = guarded("s3:*", "*", [atom("members").holds()]);
    assert_eq!(inclusion(&unknown, &PermissionSet::empty()), "depends");
    assert_eq!(inclusion(&unknown, &set("s3:*", "*")), "holds");
    // Either way it is granted, once by one statement and once by the other.
    let either = unknown.union(&guarded("s3:*", "*", [atom("members").fails()]));
    assert_eq!(inclusion(&either, &PermissionSet::empty()), "fails");
    assert!(
        either.surely().is_plainly_empty(),
        "the bound by polarity does not see it"
    );
    // Each of two requests is granted in one case only.
    let one_of = unknown.union(&guarded("ec2:*", "*", [atom("members").fails()]));
    assert_eq!(inclusion(&one_of, &PermissionSet::empty()), "depends");
    let (a, b) = (set("s3:Get*", "*"), one_of);
    assert!(matches!(a.meets(&b, &Limits::default()), Meeting::Depends(_)));
    assert!(matches!(a.meets(&either, &Limits::default()), Meeting::Surely(_)));
    assert_eq!(
        set("iam:*", "*").meets(&either, &Limits::default()),
        Meeting::Never
    );
}

#[test]
fn bounds_enclose_by_polarity() {
    let given = set("a", "*").union(&guarded("b", "*", [atom("p").holds()]));
    let taken = guarded("*", "x", [atom("q").holds()]);
    let held = given.difference(&taken);
    let (least, greatest) = (held.surely(), held.at_most());
    assert!(least.contains(&Request::new("a", "y")) && !least.contains(&Request::new("a", "x")));
    assert!(greatest.contains(&Request::new("b", "x")) && !least.contains(&Request::new("b", "y")));
    assert_eq!(inclusion(&least, &greatest), "holds");
    assert_eq!((held.atoms().len(), least.atoms().len()), (2, 0));
}

#[test]
fn copied_values_are_found_in_the_texts() {
    let hole = |key: &str| Element::Hole(Key::single(key));
    let home = Region::new(
        Strings::any(),
        Strings::one(Pattern::new(
            [
                Element::Text("home/".into()),
                hole("user"),
                Element::Text("/".into()),
                Element::Many,
            ],
            Case::Exact,
        )),
    );
    let home = PermissionSet::from(home);
    assert_eq!(inclusion(&home, &set("*", "home/*")), "holds");
    let Meeting::Surely(witness) = home.meets(&set("*", "home/bob/diary"), &Limits::default()) else {
        panic!("bob reads his diary");
    };
    assert!(home.contains(&witness.request));
    assert_eq!(
        home.meets(&set("*", "away/*"), &Limits::default()),
        Meeting::Never
    );
    // A tag that must equal the caller's.
    let own = Condition::Some(
        Key::single("resource-team"),
        Test::Text(Strings::one(Pattern::new([hole("team")], Case::Exact))),
    );
    let own = guarded("*", "*", [own.holds()]);
    assert_eq!(inclusion(&own, &PermissionSet::empty()), "fails");
    let payments = |key: &str| Condition::Some(Key::single(key), Test::Text(Strings::literal("payments")));
    let both = guarded(
        "*",
        "*",
        [
            payments("team").holds(),
            payments("resource-team").fails(),
            Condition::Absent(Key::single("resource-team")).fails(),
        ],
    );
    assert_eq!(inclusion(&both, &own), "fails");
}

#[test]
fn nested_differences_are_undone() {
    let (a, b) = (set("s3:*", "*"), set("*", "secret/*"));
    // a − (a − b) = a ∩ b
    let shared = a.difference(&a.difference(&b));
    assert_eq!(
        shared.compare(&a.intersection(&b), &Limits::default()).relation,
        Relation::Equal
    );
    assert_eq!(inclusion(&a, &a.difference(&b)), "fails");
}

#[test]
fn limits_are_said_and_not_guessed_past() {
    let few = Limits {
        steps: 3,
        ..Limits::default()
    };
    let wide = PermissionSet::union_of((0..100).map(|i| set("s3:*", &format!("b{i}"))));
    assert_eq!(
        wide.included_in(&set("s3:*", "b*"), &few),
        Inclusion::Unknown(Limit::Steps(3))
    );
    assert_eq!(inclusion(&wide, &set("s3:*", "b*")), "holds");
}

#[test]
fn witness_contexts_are_as_small_as_the_demands() {
    let key = Key::single("mfa");
    let held = guarded(
        "*",
        "*",
        [Condition::Some(key.clone(), Test::Truth(true)).holds()],
    );
    let Emptiness::Inhabited(witness) = held.emptiness(&Limits::default()) else {
        panic!("it has members")
    };
    assert_eq!(witness.request.context, Context::new().with("mfa", ["true"]));
    assert_eq!(
        held.difference(&held.labelled(crate::Label(1)))
            .emptiness(&Limits::default()),
        Emptiness::Empty
    );
}
