//! Deep and wide trees answer like shallow ones.

use crate::{Answers, Emptiness, Inclusion, Label, Limits, PermissionSet, Region, Request, Strings};

const DEPTH: u32 = 20_000;

fn place(i: u32) -> PermissionSet {
    PermissionSet::from(Region::new(Strings::any(), Strings::literal(&i.to_string())))
}

fn request(i: u32) -> Request {
    Request::new("a", &i.to_string())
}

#[test]
fn a_long_chain_of_unions_answers_like_one_union() {
    let deep = (0..DEPTH).fold(PermissionSet::empty(), |set, i| set.union(&place(i)));
    assert!(deep.contains(&request(0)) && deep.contains(&request(DEPTH - 1)));
    assert!(!deep.contains(&request(DEPTH)));
    assert_eq!(deep.trails(&request(7), &Answers::none(), 9).len(), 1);
    assert!(matches!(
        deep.emptiness(&Limits::default()),
        Emptiness::Inhabited(_)
    ));
    assert_eq!(
        deep.included_in(&PermissionSet::everything(), &Limits::default()),
        Inclusion::Holds
    );
    assert_eq!(deep.surely().address(), deep.address());
}

#[test]
fn a_long_chain_of_differences_and_unions_does_not_overflow() {
    let mut deep = PermissionSet::everything();
    for i in 0..DEPTH {
        deep = if i % 2 == 0 {
            deep.difference(&place(i))
        } else {
            deep.union(&place(i - 1)).labelled(Label(i))
        };
    }
    assert!(deep.contains(&request(2)));
    let last = deep.difference(&place(3));
    assert!(!last.contains(&request(3)) && last.trails(&request(3), &Answers::none(), 1).is_empty());
    assert!(deep.surely().contains(&request(2)));
}

#[test]
fn a_wide_union_lies_in_itself_and_not_in_less() {
    let wide = |skip: u32| PermissionSet::union_of((0..5_000).filter(|i| *i != skip).map(place));
    let (all, less) = (wide(9_999), wide(1_234));
    assert_eq!(
        all.included_in(&wide(9_998), &Limits::default()),
        Inclusion::Holds
    );
    assert_eq!(less.included_in(&all, &Limits::default()), Inclusion::Holds);
    let Inclusion::Fails(witness) = all.included_in(&less, &Limits::default()) else {
        panic!("one place is missing");
    };
    assert_eq!(&*witness.request.resource, "1234");
}
