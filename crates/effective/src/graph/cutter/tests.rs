//! A cut holds what the set holds: no more, no less.

use leastwise_permset::{
    Answers, Case, Element, Key, Label, Limits, Literal, Pattern, Request, Strings, Test,
};
use proptest::prelude::*;

use super::*;

const ACTIONS: [&str; 3] = ["a:x", "b:x", "b:y"];
const RESOURCES: [&str; 5] = ["r/1", "r/2", "s/1", "s/2", "v"];

fn key() -> Key {
    Key::single("k")
}

fn strings(globs: &'static [&'static str]) -> impl Strategy<Value = Strings> {
    let some = proptest::collection::vec(proptest::sample::select(globs), 1..3);
    (some, proptest::bool::weighted(0.2)).prop_map(|(globs, complement)| {
        let strings = Strings::any_of(globs.into_iter().map(|glob| Pattern::glob(glob, Case::Exact)));
        if complement { strings.complement() } else { strings }
    })
}

fn resources() -> impl Strategy<Value = Strings> {
    let hole = Pattern::new([Element::Hole(key())], Case::Exact);
    prop_oneof![
        9 => strings(&["*", "r/*", "s/*", "?/1", "r/1", "v"]),
        1 => Just(Strings::one(hole)),
    ]
}

fn literals() -> impl Strategy<Value = Vec<Literal>> {
    let value = |text: &str| Condition::Some(key(), Test::Text(Strings::literal(text)));
    let conditions = vec![
        value("v"),
        value("w"),
        Condition::Absent(key()),
        Condition::Atom(Atom::new("gap")),
    ];
    let literal = (proptest::sample::select(conditions), any::<bool>());
    let literal = literal.prop_map(|(condition, holds)| {
        if holds {
            condition.holds()
        } else {
            condition.fails()
        }
    });
    proptest::collection::vec(literal, 0..3)
}

fn sets() -> impl Strategy<Value = PermissionSet> {
    let region = (strings(&["*", "a:*", "b:*", "b:y"]), resources(), literals());
    let region = region.prop_map(|(actions, resources, literals)| {
        PermissionSet::from(Region::new(actions, resources).when(Guard::all_of(literals)))
    });
    region.prop_recursive(4, 12, 3, |inner| {
        let some = proptest::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            some.clone().prop_map(PermissionSet::union_of),
            some.prop_map(PermissionSet::intersection_of),
            (inner.clone(), inner.clone()).prop_map(|(given, taken)| given.difference(&taken)),
            inner.prop_map(|set| set.labelled(Label(1))),
        ]
    })
}

fn contexts() -> Vec<Context> {
    let with = |value: &str| Context::new().with(key(), [value]);
    vec![Context::new(), with("v"), with("w"), with("r/1")]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_cut_holds_what_the_set_holds(set in sets()) {
        let limits = Limits::default();
        let mut cutter = Cutter::new(ACTIONS.map(Text::from).to_vec(), &limits);
        let cut = cutter.cut(&set);
        for (number, action) in (0u32..).zip(ACTIONS) {
            let stretches = held(&cut, number).cloned().unwrap_or_default();
            for (resource, context) in RESOURCES.iter().flat_map(|it| contexts().into_iter().map(move |c| (it, c))) {
                for answers in [Answers::none(), Answers::holding([Atom::new("gap")])] {
                    let request = Request::new(action, resource).within(context.clone());
                    let found = stretches.iter().any(|stretch| {
                        cutter.guards.get(stretch.guard).evaluate(&context, &answers)
                            && cutter.languages.get(stretch.language).iter().all(|it| it.contains(resource, &context))
                    });
                    prop_assert_eq!(found, set.contains_given(&request, &answers), "{:?} of {}", request, set);
                }
            }
        }
    }
}
