//! Slices: together they are the set over one action.

use super::*;
use crate::{Case, Label, Pattern, Region, Test};

fn region(action: &str, resource: &str) -> Region {
    Region::new(
        Strings::one(Pattern::glob(action, Case::Folded)),
        Strings::one(Pattern::glob(resource, Case::Exact)),
    )
}

fn show(set: &PermissionSet, action: &str) -> Vec<String> {
    let slices = set.on_action(action, &Limits::default()).unwrap();
    slices
        .iter()
        .map(|slice| {
            let resources: Vec<String> = slice.resources.iter().map(ToString::to_string).collect();
            let trail: Vec<u32> = slice.trail.iter().map(|label| label.0).collect();
            format!("{} / {} / {trail:?}", resources.join(" & "), slice.guard)
        })
        .collect()
}

#[test]
fn exceptions_stand_beside_what_they_cut_and_nowhere_else() {
    let mfa = Condition::Some(Key::single("mfa"), Test::Truth(true));
    let allow = PermissionSet::union_of([
        PermissionSet::from(region("s3:*", "a/*")).labelled(Label(1)),
        PermissionSet::from(region("s3:get*", "b")).labelled(Label(2)),
        PermissionSet::from(region("ec2:*", "*")).labelled(Label(3)),
    ]);
    let deny = PermissionSet::from(region("*", "a/secret/*").when(Guard::all_of([mfa.fails()])));
    let set = allow.difference(&deny);
    assert_eq!(
        show(&set, "s3:GetObject"),
        [
            "a/* & not a/secret/* / always / [1]",
            "a/* / mfa is true / [1]",
            "b / always / [2]"
        ]
    );
    assert_eq!(show(&set, "s3:PutObject").len(), 2);
    assert!(show(&set, "iam:PassRole").is_empty());
}

#[test]
fn what_is_denied_as_a_whole_has_no_slice() {
    let set =
        PermissionSet::from(region("s3:*", "a/*")).difference(&PermissionSet::from(region("s3:Get*", "*")));
    assert!(show(&set, "s3:GetObject").is_empty());
    assert_eq!(show(&set, "s3:PutObject"), ["a/* / always / []"]);
}

#[test]
fn too_many_slices_are_said() {
    let choice = |i: usize| {
        PermissionSet::union_of(["a", "b"].map(|value| {
            let test = Test::Text(Strings::literal(value));
            let guard = Guard::all_of([Condition::Some(Key::new(&format!("k{i}")), test).holds()]);
            PermissionSet::from(Region::everything().when(guard))
        }))
    };
    let set = PermissionSet::intersection_of((0..20).map(choice));
    let few = Limits {
        slices: 64,
        ..Limits::default()
    };
    assert_eq!(set.on_action("a", &few), Err(Limit::Slices(64)));
    let set = PermissionSet::intersection_of((0..4).map(choice));
    assert_eq!(set.on_action("a", &few).map(|slices| slices.len()), Ok(16));
}
