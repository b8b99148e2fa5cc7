//! The laws of colors, over random sets and over a small account.

use std::collections::BTreeMap;

use leastwise_document::{Limits as Reading, read};
use leastwise_effective::World;
use leastwise_model::{
    Declared, DeclaredPermission, File, FileIndex, LogScope, Platform, Settings, Snapshot,
};
use leastwise_permset::{
    Answers, Atom, Case, Condition, Context, Emptiness, Guard, Limits, Pattern, PermissionSet, Region,
    Request, Strings,
};
use leastwise_usage::Observed;
use proptest::prelude::*;

use super::shades::Sets;
use super::{Color, Colors, Evidence, grants};

fn strings() -> impl Strategy<Value = Strings> {
    let patterns = prop::collection::vec("[ab*?]{0,3}", 1..3);
    (patterns, any::<bool>()).prop_map(|(patterns, complement)| {
        let strings = Strings::any_of(patterns.iter().map(|text| Pattern::glob(text, Case::Exact)));
        if complement { strings.complement() } else { strings }
    })
}

fn set() -> impl Strategy<Value = PermissionSet> {
    let region = (strings(), strings(), 0..4u8).prop_map(|(actions, resources, guard)| {
        let literal = match guard {
            0 => Some(Condition::Atom(Atom::new("gap")).holds()),
            1 => Some(Condition::Absent(leastwise_permset::Key::new("k")).fails()),
            _ => None,
        };
        PermissionSet::from(Region::new(actions, resources).when(Guard::all_of(literal)))
    });
    region.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(PermissionSet::union_of),
            (inner.clone(), inner).prop_map(|(a, b)| a.difference(&b)),
        ]
    })
}

proptest! {
    // needed ∪ used ∪ excess ∪ unobservable = held, and no two of them meet; excess is in none of declared, seen, hidden
    #[test]
    fn every_request_that_is_held_has_exactly_one_color(
        held in set(), declared in set(), seen in set(), hidden in set(),
        action in "[ab]{0,3}", resource in "[ab]{0,3}", present in any::<bool>(), gap in any::<bool>(),
    ) {
        let colors = Colors::of(&held, &declared, &seen, &hidden);
        let context = if present { Context::new().with("k", ["v"]) } else { Context::new() };
        let request = Request::new(&action, &resource).within(context);
        let answers = Answers::holding(gap.then(|| Atom::new("gap")));
        let is = |set: &PermissionSet| set.contains_given(&request, &answers);
        let have: Vec<Color> = Color::ALL.into_iter().filter(|color| is(colors.part(*color))).collect();
        let expected = match (is(&held), is(&declared), is(&seen), is(&hidden)) {
            (false, ..) => vec![],
            (_, true, ..) => vec![Color::Needed],
            (_, _, true, _) => vec![Color::Used],
            (_, _, _, true) => vec![Color::Unobservable],
            (_, _, _, false) => vec![Color::Excess],
        };
        prop_assert_eq!(have, expected);
    }

    // the same by search: differences and meetings are empty
    #[test]
    fn colors_are_disjoint_and_make_up_what_is_held(
        held in set(), declared in set(), seen in set(), hidden in set(),
    ) {
        let limits = Limits::default();
        let colors = Colors::of(&held, &declared, &seen, &hidden);
        let parts = Color::ALL.map(|color| colors.part(color).clone());
        let empty = |set: PermissionSet| !matches!(set.emptiness(&limits), Emptiness::Inhabited(_));
        for (at, one) in parts.iter().enumerate() {
            for other in &parts[at + 1..] {
                prop_assert!(empty(one.intersection(other)));
            }
        }
        let all = PermissionSet::union_of(parts);
        prop_assert!(empty(all.difference(&held)));
        prop_assert!(empty(held.difference(&all)));
    }

    // the slow twin: the colors that an action has are those whose part is inhabited by it
    #[test]
    fn shades_of_an_action_are_those_that_a_search_finds(
        held in set(), declared in set(), seen in set(), hidden in set(), action in "[ab]{0,3}", whole in any::<bool>(),
    ) {
        let limits = Limits::default();
        let only = PermissionSet::from(Region::new(Strings::literal(&action), Strings::any()));
        let hidden = if whole { hidden.union(&only) } else { hidden };
        let colors = Colors::of(&held, &declared, &seen, &hidden);
        let found = Color::ALL.map(|color| {
            let part = colors.part(color).intersection(&only);
            matches!(part.emptiness(&limits), Emptiness::Inhabited(_))
        });
        let sets = Sets { held: &held, declared: &declared, seen: &seen, hidden: &hidden };
        prop_assert_eq!(sets.shades(&action, whole, &limits), found);
    }
}

const ACCOUNT: &str = r#"{"RoleDetailList":[{"Path":"/","RoleName":"reports","RoleId":"AROA1","Arn":"arn:aws:iam::111122223333:role/reports",
 "AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[]},
 "RolePolicyList":[
  {"PolicyName":"wide","PolicyDocument":{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":["s3:*","kms:Decrypt","iam:PassRole","iam:Create*","ec2:Describe*"],"Resource":"*"},
    {"Effect":"Deny","Action":"s3:Put*","Resource":"arn:aws:s3:::cards/*"}]}},
  {"PolicyName":"keys","PolicyDocument":{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":["kms:DisableKey"],"Resource":"arn:aws:kms:eu-west-1:111122223333:key/1"}]}}]}],
 "UserDetailList":[],"GroupDetailList":[],"Policies":[]}"#;

const ROLLUP: &str = r#"{"schema":"leastwise/usage/v1","sources":[
 {"platform":"aws","instance":"111122223333","area":"eu-west-1","kind":"management","first":"2026-01-01T00:00:00Z","last":"2026-04-30T00:00:00Z","days":120}],
 "uses":[
 {"identity":"arn:aws:iam::111122223333:role/reports","operation":"kms:Decrypt","action":"kms:Decrypt","basis":"mapped","outcome":"allowed","count":2,"first":"2026-03-01T10:00:00Z","last":"2026-03-02T10:00:00Z","days":["2026-03-01..2026-03-02"]},
 {"identity":"arn:aws:iam::111122223333:role/reports","operation":"s3:GetObject","action":"s3:GetObject","basis":"mapped","resource":"arn:aws:s3:::figures/*","outcome":"allowed","count":2,"first":"2026-03-01T10:00:00Z","last":"2026-03-02T10:00:00Z","days":["2026-03-01..2026-03-02"]},
 {"identity":"arn:aws:iam::111122223333:role/reports","operation":"iam:CreateUser","action":"iam:CreateUser","basis":"exact","outcome":"denied","count":1,"first":"2026-03-01T10:00:00Z","last":"2026-03-01T10:00:00Z","days":["2026-03-01"]},
 {"identity":"arn:aws:iam::111122223333:role/reports","operation":"ec2:Unheard","basis":"unmapped","outcome":"allowed","count":1,"first":"2026-03-01T10:00:00Z","last":"2026-03-01T10:00:00Z","days":["2026-03-01"]}]}"#;

fn world() -> World {
    let mut snapshot = Snapshot::default();
    snapshot.files.push(File {
        path: "account.json".into(),
        unit: ".".into(),
    });
    let mut reader = leastwise_aws::Aws.reader(&Settings::default());
    read(ACCOUNT.as_bytes(), &Reading::default(), &mut |item| {
        reader.take(FileIndex(0), "account.json", item);
    });
    reader.compile(&mut snapshot);
    World::new(snapshot, &[&leastwise_aws::Aws])
}

fn scopes() -> BTreeMap<&'static str, Box<dyn LogScope>> {
    let logged = leastwise_aws::Aws.logged().expect("CloudTrail is read");
    [("aws", logged.scope(&Settings::default()))].into()
}

#[test]
fn actions_are_counted_as_every_single_one_is_decided() {
    let world = world();
    let observed = Observed::read(ROLLUP.as_bytes()).expect("a rollup");
    let declared = [Declared {
        identity: "arn:aws:iam::*:role/reports".into(),
        permissions: vec![
            DeclaredPermission {
                action: "s3:List*".into(),
                resource: "*".into(),
            },
            DeclaredPermission {
                action: "s3:PutObject".into(),
                resource: "arn:aws:s3:::figures/*".into(),
            },
        ],
        says: None,
    }];
    let evidence = Evidence::new(&world, &declared, &observed, scopes());
    let splits = evidence.split_all();
    let index = world
        .find("arn:aws:iam::111122223333:role/reports")
        .expect("it is there");
    let split = splits
        .iter()
        .find(|split| split.identity == index)
        .expect("it is there");
    let catalogue = leastwise_aws::Aws.catalogue();
    let color = |action: &str| -> Vec<&str> {
        let at = catalogue.find(action).expect("an action");
        let has = Color::ALL
            .into_iter()
            .filter(|color| split.actions(*color).contains(at));
        has.map(Color::as_str).collect()
    };
    assert_eq!(color("kms:Decrypt"), ["used"]);
    assert_eq!(color("s3:GetObject"), ["used", "unobservable"]);
    assert_eq!(color("s3:ListBucket"), ["needed"]);
    assert_eq!(color("s3:PutObject"), ["needed", "unobservable"]);
    assert_eq!(color("s3:PutBucketPolicy"), ["excess"]);
    assert_eq!(color("kms:DisableKey"), ["excess"]);
    assert_eq!(color("iam:CreateGroup"), ["excess"]);
    assert_eq!(color("iam:CreateUser"), ["unobservable"], "tried and refused");
    assert_eq!(color("iam:PassRole"), ["unobservable"]);
    assert_eq!(
        color("ec2:DescribeVpcs"),
        ["unobservable"],
        "it may have been meant"
    );
    assert_eq!(color("iam:DeleteUser"), [""; 0]);

    // the slow twin: every action by a search in every color
    let limits = Limits::default();
    for at in 0..catalogue.len() {
        let only = Region::new(Strings::literal(catalogue.name(at)), Strings::any());
        for color in Color::ALL {
            let here = split.colors.part(color).intersection(&only.clone().into());
            let some = matches!(here.emptiness(&limits), Emptiness::Inhabited(_));
            assert_eq!(
                split.actions(color).contains(at),
                some,
                "{} {color:?}",
                catalogue.name(at)
            );
        }
    }

    let statements = grants(&world, split);
    assert_eq!(statements.len(), 2);
    let keys = statements
        .iter()
        .find(|one| one.abilities[0].count == 1)
        .expect("the second");
    assert!(keys.is_all_excess());
    let witness = keys.witness.as_ref().expect("a request");
    assert_eq!(&*witness.request.action, "kms:DisableKey");
    assert!(split.colors.part(Color::Excess).contains(&witness.request));
}

#[test]
fn without_logs_nothing_is_excess() {
    let world = world();
    let observed = Observed::default();
    let evidence = Evidence::new(&world, &[], &observed, scopes());
    for split in evidence.split_all() {
        assert!(split.actions(Color::Excess).is_empty());
        assert_eq!(split.actions(Color::Unobservable).count(), split.held());
        // Everybody may ask who they are: nobody gave that, and nobody can take it away.
        let abilities = world.abilities(split.identity).expect("it is there");
        assert_eq!(split.held() + 1, abilities.count);
    }
}
