//! Fuzz targets: each takes any bytes, builds something of them, and asserts a property.
//!
//! For tests and for the wrappers in `fuzz/`; not part of the crate's interface. The assertions panic on purpose:
//! that is how a fuzzer learns of a failure. The bytes are read by [`Decoder`], in which every input means
//! something, small inputs mean small things, and a used-up input reads as zeros.

pub mod check;
mod decoder;

use std::net::IpAddr;

pub use decoder::Decoder;
use decoder::{ATOMS, KEYS};

use crate::context::{Atom, Context, Key};
use crate::guard::{Condition, Guard};
use crate::naive::{self, Universe};
use crate::pattern::Pattern;
use crate::set::Label;
use crate::values::{Decimal, Instant, Network, Range, Test};

/// A fuzz target by its name.
pub type Target = (&'static str, fn(&[u8]));

/// All fuzz targets.
pub const TARGETS: &[Target] = &[
    ("fuzz_patterns", fuzz_patterns),
    ("fuzz_values", fuzz_values),
    ("fuzz_guards", fuzz_guards),
    ("fuzz_membership", fuzz_membership),
    ("fuzz_sets_vs_naive", fuzz_sets_vs_naive),
    ("fuzz_inclusion", fuzz_inclusion),
    ("fuzz_limits", fuzz_limits),
    ("fuzz_verdict", fuzz_verdict),
];

/// matches(p, t) = naive matches(p, t), complements are the rest, and spellings do not depend on cuts
pub fn fuzz_patterns(bytes: &[u8]) {
    let mut input = Decoder::new(bytes);
    let context = input.context();
    let pattern = input.pattern();
    let strings = input.strings();
    for _ in 0..4 {
        let text = input.text(12);
        let matches = pattern.matches(&text, &context);
        assert_eq!(
            matches,
            naive::matches(&pattern, &text, &context),
            "{pattern} {text:?} {context:?}"
        );
        let member = strings
            .patterns()
            .iter()
            .any(|one| naive::matches(one, &text, &context));
        let complement = strings.is_complement();
        assert_eq!(
            strings.contains(&text, &context),
            member != complement,
            "{strings} {text:?} {context:?}"
        );
        assert_ne!(
            strings.contains(&text, &context),
            strings.clone().complement().contains(&text, &context)
        );
    }
    let again = Pattern::new(pattern.elements().iter().cloned(), pattern.case());
    assert_eq!(pattern, again, "{pattern}");
}

/// parsing never panics, what is displayed is read back, ranges and blocks contain what they must
pub fn fuzz_values(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for text in text.split('\n').take(4) {
        let none = Context::new();
        if let Some(number) = Decimal::parse(text) {
            assert_eq!(Decimal::parse(&number.to_string()), Some(number), "{text:?}");
            let only = Test::Number(
                [Range {
                    from: Some(number),
                    to: Some(number),
                }]
                .into(),
            );
            assert!(only.passes(text, &none), "{text:?}");
            assert!(!only.negate().passes(text, &none), "{text:?}");
        }
        if let Some(instant) = Instant::parse(text) {
            let until = Test::Instant(
                [Range {
                    from: None,
                    to: Some(instant),
                }]
                .into(),
            );
            let after = Instant(instant.0.saturating_add(1));
            let later = Test::Instant(
                [Range {
                    from: Some(after),
                    to: None,
                }]
                .into(),
            );
            assert!(until.passes(text, &none), "{text:?}");
            assert!(instant == after || !later.passes(text, &none), "{text:?}");
        }
        if let Some(network) = Network::parse(text) {
            assert_eq!(Network::parse(&network.to_string()), Some(network), "{text:?}");
            assert!(network.contains(network.address()), "{text:?}");
        }
        if text.parse::<IpAddr>().is_ok() {
            let everywhere = [Network::parse("0.0.0.0/0"), Network::parse("::/0")];
            assert!(
                Test::Network(everywhere.into_iter().flatten().collect()).passes(text, &none),
                "{text:?}"
            );
            let only = Test::Network(Network::parse(text).into_iter().collect());
            assert!(only.passes(text, &none), "{text:?}");
        }
        assert!(
            !(Test::Truth(true).passes(text, &none) && Test::Truth(false).passes(text, &none)),
            "{text:?}"
        );
    }
}

/// a test and its denial never agree; some and every are dual; a guard is the conjunction of its literals
pub fn fuzz_guards(bytes: &[u8]) {
    let mut input = Decoder::new(bytes);
    let (context, answers) = (input.context(), input.answers());
    let test = input.test();
    let value = input.value();
    let passes = test.passes(&value, &context);
    assert_ne!(
        test.clone().negate().passes(&value, &context),
        passes,
        "{test:?} {value:?}"
    );
    for key in KEYS.map(Key::new) {
        let some = Condition::Some(key.clone(), test.clone()).evaluate(&context, &answers);
        let every = Condition::Every(key.clone(), test.clone().negate()).evaluate(&context, &answers);
        let present = !Condition::Absent(key).evaluate(&context, &answers);
        assert_eq!(some, present && !every, "{test:?} {context:?}");
    }
    let guard = input.guard();
    let each = guard
        .literals()
        .iter()
        .all(|literal| literal.evaluate(&context, &answers));
    assert_eq!(guard.evaluate(&context, &answers), each, "{guard:?} {context:?}");
    let turned = Guard::all_of(guard.literals().iter().rev().cloned());
    assert_eq!(guard, turned);
}

/// r ∈ A ∘ B follows from r ∈ A and r ∈ B for every operation, and trails lead to members only
pub fn fuzz_membership(bytes: &[u8]) {
    let mut input = Decoder::new(bytes);
    let (a, b) = (input.set(2), input.set(2));
    let universe = small_universe().narrowed_to(&[&a, &b]);
    let (union, both, without) = (a.union(&b), a.intersection(&b), a.difference(&b));
    for answers in universe.answers() {
        let wrong = universe.filter(|request| {
            let (in_a, in_b) = (
                a.contains_given(request, &answers),
                b.contains_given(request, &answers),
            );
            union.contains_given(request, &answers) != (in_a || in_b)
                || both.contains_given(request, &answers) != (in_a && in_b)
                || without.contains_given(request, &answers) != (in_a && !in_b)
                || a.trails(request, &answers, 1).is_empty() == in_a
        });
        assert_eq!(wrong.first(), None, "{a:?} {b:?}");
    }
}

/// empty(A) ⟹ no r ∈ A in the universe; inhabited(A, w) ⟹ w ∈ A; never a witness that does not stand
pub fn fuzz_sets_vs_naive(bytes: &[u8]) {
    let set = Decoder::new(bytes).set(3);
    check::emptiness(&small_universe().narrowed_to(&[&set]), &set);
}

/// inclusion and meeting of A and B as the universe has them, and A ∖ A = ∅, A ∩ B ⊆ A, A ⊆ A ∪ B
pub fn fuzz_inclusion(bytes: &[u8]) {
    let mut input = Decoder::new(bytes);
    let (a, b) = (input.set(2), input.set(2));
    let universe = small_universe().narrowed_to(&[&a, &b]);
    check::inclusion(&universe, &a, &b);
    check::meeting(&universe, &a, &b);
    check::holds(&a, &a.labelled(Label(1)));
    check::holds(&a.intersection(&b), &a);
    check::holds(&b, &a.union(&b));
    check::holds(&a, &a.difference(&b).union(&a.intersection(&b)));
}

/// fewer steps give the same kind of answer or unknown, and the same question has the same answer
pub fn fuzz_limits(bytes: &[u8]) {
    let mut input = Decoder::new(bytes);
    let steps = u64::from(input.byte()) * 4;
    let (a, b) = (input.set(2), input.set(2));
    check::limits(&a, &b, steps);
}

/// always, never and when(G) are what the universe says where every key is open; slices are the set on one action
pub fn fuzz_verdict(bytes: &[u8]) {
    let mut input = Decoder::new(bytes);
    let (action, resource) = (input.text(3), input.text(3));
    let set = input.set(2);
    let universe = small_universe().narrowed_to(&[&set]);
    check::verdict(&universe, &set, &action, &resource);
    let universe = Universe {
        actions: vec![action.into()],
        resources: vec!["".into(), resource.into()],
        ..universe
    };
    check::slices(&universe, &set);
}

/// The universe of the sets that a [`Decoder`] builds.
#[must_use]
pub fn small_universe() -> Universe {
    let sets = naive::value_sets(
        &["", "a", "b/", "1", "1.0", "true", "10.0.0.1"],
        &[("a", "A"), ("1", "2")],
    );
    Universe {
        actions: naive::strings_up_to(&['a', 'A', '/'], 1)
            .into_iter()
            .chain(["a/".into(), "//".into()])
            .collect(),
        resources: naive::strings_up_to(&['a', '/'], 1),
        keys: KEYS.map(|key| (Key::new(key), sets.clone())).into(),
        atoms: ATOMS.map(Atom::new).into(),
    }
}
