//! Smallest witnesses: catalogued before invented.

use super::*;
use crate::{Case, Context};

struct Shop;

impl Taste for Shop {
    fn actions(&self, within: &Strings) -> Vec<Box<str>> {
        let all = ["shop:Read", "shop:Write", "shop:Close"];
        all.into_iter()
            .filter(|action| within.contains(action, Context::nowhere()))
            .map(Into::into)
            .collect()
    }

    fn resources(&self, action: &str) -> Vec<Pattern> {
        match action {
            "shop:Close" => vec![Pattern::literal("*")],
            _ => vec![
                Pattern::glob("shop/shelf/*", Case::Exact),
                Pattern::glob("shop/*", Case::Exact),
            ],
        }
    }
}

fn witness(set: &PermissionSet) -> Option<(String, String, bool)> {
    match set.smallest_witness(&Shop, &Limits::default()) {
        Emptiness::Inhabited(witness) => {
            assert!(set.contains_given(&witness.request, &witness.answers));
            Some((
                witness.request.action.into(),
                witness.request.resource.into(),
                witness.hypothetical,
            ))
        }
        _ => None,
    }
}

fn region(action: &str, resource: &str) -> PermissionSet {
    PermissionSet::from(Region::new(
        Strings::one(Pattern::glob(action, Case::Folded)),
        Strings::one(Pattern::glob(resource, Case::Exact)),
    ))
}

fn expect(action: &str, resource: &str, hypothetical: bool) -> Option<(String, String, bool)> {
    Some((action.into(), resource.into(), hypothetical))
}

#[test]
fn a_catalogued_action_on_a_valid_shape_comes_first() {
    assert_eq!(
        witness(&region("shop:*", "*")),
        expect("shop:Read", "shop/shelf/", false)
    );
    assert_eq!(
        witness(&region("shop:*", "shop/till*")),
        expect("shop:Read", "shop/till", false)
    );
    let unread = region("shop:*", "*").difference(&region("shop:Read", "*"));
    assert_eq!(witness(&unread), expect("shop:Write", "shop/shelf/", false));
    assert_eq!(
        witness(&region("shop:close", "*")),
        expect("shop:Close", "*", false)
    );
}

#[test]
fn what_no_catalogued_action_shows_is_hypothetical() {
    let found = witness(&region("shop:Paint", "*"));
    assert_eq!(
        found.map(|(action, _, hypothetical)| (action, hypothetical)),
        Some(("shop:paint".into(), true))
    );
    assert_eq!(witness(&region("a", "*").difference(&region("*", "*"))), None);
}

#[test]
fn fewer_keys_come_before_more() {
    let key = Key::single("k");
    let with = PermissionSet::from(
        Region::everything().when(Guard::all_of([Condition::Absent(key.clone()).fails()])),
    );
    let Emptiness::Inhabited(found) = with
        .union(&region("shop:Read", "*"))
        .smallest_witness(&Shop, &Limits::default())
    else {
        panic!("it has members");
    };
    assert!(found.request.context.is_empty());
    let Emptiness::Inhabited(found) = with.smallest_witness(&Shop, &Limits::default()) else {
        panic!("it has members");
    };
    assert_eq!(found.request.context.len(), 1);
}
