//! Component: smallest cases of what is easily got wrong.

use leastwise_permset::fuzz::check;
use leastwise_permset::{
    Atom, Case, Condition, Context, Element, Emptiness, Guard, Inclusion, Key, Limit, Limits, Literal,
    Pattern, PermissionSet, Region, Strings, Taste, Test,
};

fn when(literals: impl IntoIterator<Item = Literal>) -> PermissionSet {
    PermissionSet::from(Region::everything().when(Guard::all_of(literals)))
}

fn copy_of(key: &Key) -> Strings {
    Strings::one(Pattern::new([Element::Hole(key.clone())], Case::Exact))
}

/// exceptions of exceptions are left once and for all: X ∖ (X ∖ ∅) = ∅ within few steps
#[test]
fn exceptions_are_not_split_again() {
    let region = |actions: Strings, resources: Strings| PermissionSet::from(Region::new(actions, resources));
    let everything = PermissionSet::everything();
    let rest = everything.difference(&region(Strings::literal("a"), Strings::any()));
    let nothing = everything.intersection(&region(Strings::literal("a"), Strings::none()));
    let few = Limits {
        steps: 200,
        ..Limits::default()
    };
    let none = rest.difference(&rest.difference(&nothing));
    assert_eq!(none.emptiness(&few), Emptiness::Empty);
    let some = rest.difference(&rest.intersection(&nothing));
    assert!(matches!(some.emptiness(&few), Emptiness::Inhabited(_)));
}

/// that no request is a member for all answers is claimed only where it was shown, not where atoms are too many
#[test]
fn too_many_atoms_are_unknown() {
    let yes = |name: &str| when([Condition::Atom(Atom::new(name)).holds()]);
    let odd = |atoms: usize| {
        (0..atoms).fold(PermissionSet::empty(), |odd, at| {
            let next = yes(&format!("p{at}"));
            odd.union(&next).difference(&odd.intersection(&next))
        })
    };
    let nothing = PermissionSet::empty();
    let either_way = |odd: PermissionSet| odd.union(&PermissionSet::everything().difference(&odd));
    let found = either_way(odd(3)).included_in(&nothing, &Limits::default());
    assert!(matches!(found, Inclusion::Fails(_)), "{found:?}");
    let found = either_way(odd(10)).included_in(&nothing, &Limits::default());
    assert!(
        matches!(found, Inclusion::Fails(_) | Inclusion::Unknown(Limit::Steps(_))),
        "{found:?}"
    );
    let found = odd(3).included_in(&nothing, &Limits::default());
    assert!(matches!(found, Inclusion::Depends(_)), "{found:?}");
}

struct Only(&'static str);

impl Taste for Only {
    fn actions(&self, within: &Strings) -> Vec<Box<str>> {
        let known = within.contains(self.0, &Context::new().with("k", [self.0]));
        known.then(|| self.0.into()).into_iter().collect()
    }

    fn resources(&self, _: &str) -> Vec<Pattern> {
        vec![]
    }
}

/// a catalogued action that only a copied value makes is found, and no other is called catalogued
#[test]
fn copied_action_is_catalogued() {
    let own = PermissionSet::from(Region::new(copy_of(&Key::new("k")), Strings::any()));
    let Emptiness::Inhabited(witness) = own.smallest_witness(&Only("a"), &Limits::default()) else {
        panic!("it has members");
    };
    check::replay(&own, &witness);
    assert_eq!((&*witness.request.action, witness.hypothetical), ("a", false));
    let other = own.difference(&PermissionSet::from(Region::new(
        Strings::literal("a"),
        Strings::any(),
    )));
    let Emptiness::Inhabited(witness) = other.smallest_witness(&Only("a"), &Limits::default()) else {
        panic!("it has members");
    };
    assert!(witness.hypothetical);
}

/// a pattern that copies a key which can hold no value matches nothing
#[test]
fn copy_of_a_key_without_values_is_nothing() {
    let key = Key::new("k");
    let copied = |literals: Vec<Literal>| {
        let region = Region::new(Strings::any(), copy_of(&key));
        PermissionSet::from(region.when(Guard::all_of(literals))).emptiness(&Limits::default())
    };
    let no_value = Condition::Every(key.clone(), Test::Text(Strings::none())).holds();
    assert_eq!(copied(vec![no_value]), Emptiness::Empty);
    assert_eq!(
        copied(vec![Condition::Absent(key.clone()).holds()]),
        Emptiness::Empty
    );
    let one_value = Condition::Every(key.clone(), Test::Text(Strings::literal("v"))).holds();
    assert!(matches!(copied(vec![one_value]), Emptiness::Inhabited(_)));
}

/// a key of one value is what it copies of itself; a key of several need not be
#[test]
fn copy_of_oneself_is_oneself() {
    let differs = |key: Key, condition: fn(Key, Test) -> Condition| {
        let copy = Test::Text(copy_of(&key));
        let present = Condition::Absent(key.clone()).fails();
        when([condition(key, copy).fails(), present]).emptiness(&Limits::default())
    };
    assert_eq!(differs(Key::single("l"), Condition::Some), Emptiness::Empty);
    assert_eq!(differs(Key::single("l"), Condition::Every), Emptiness::Empty);
    assert_eq!(differs(Key::new("k"), Condition::Every), Emptiness::Empty);
    // A key without values has none that matches.
    assert!(matches!(
        differs(Key::new("k"), Condition::Some),
        Emptiness::Inhabited(_)
    ));
    let longer = Strings::one(Pattern::new(
        [Element::Hole(Key::new("k")), Element::Text("/".into())],
        Case::Exact,
    ));
    let longer = when([Condition::Some(Key::new("k"), Test::Text(longer)).holds()]);
    // {`v`, `v/`} is such a key.
    assert_ne!(longer.emptiness(&Limits::default()), Emptiness::Empty);
}

/// what is displayed is not taken for another pattern: `[^/]*` is one thing, `[^/]` and then `*` another
#[test]
fn display_tells_pieces_apart() {
    let shown = |elements: &[Element]| Pattern::new(elements.iter().cloned(), Case::Exact).to_string();
    assert_eq!(shown(&[Element::ManyExcept('/')]), "[^/]*");
    assert_eq!(shown(&[Element::OneExcept('/'), Element::Many]), "[^/]{1}*");
    assert_eq!(shown(&[Element::OneExcept('/')]), "[^/]");
    assert_eq!(shown(&[Element::Hole(Key::new("k"))]), "${k}");
    let texts = [
        ("${k}", r"\${k}"),
        ("[^/]", r"\[^/]"),
        ("a*?", r"a\*\?"),
        ("$[a]", "$[a]"),
    ];
    for (text, expected) in texts {
        assert_eq!(shown(&[Element::Text(text.into())]), expected);
    }
}
