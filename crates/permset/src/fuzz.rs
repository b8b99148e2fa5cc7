//! Fuzz targets: each takes any bytes, builds something of them, and asserts a property.
//!
//! For tests and for the wrappers in `fuzz/`; not part of the crate's interface. The assertions panic on purpose:
//! that is how a fuzzer learns of a failure. The bytes are read by [`Decoder`], in which every input means
//! something, small inputs mean small things, and a used-up input reads as zeros.

use std::net::IpAddr;

use crate::context::{Answers, Atom, Context, Key};
use crate::guard::{Condition, Guard, Literal};
use crate::naive::{self, Universe};
use crate::pattern::{Case, Element, Pattern};
use crate::region::Region;
use crate::set::{Label, PermissionSet};
use crate::strings::Strings;
use crate::values::{Decimal, Instant, Network, Range, Test};

/// A fuzz target by its name.
pub type Target = (&'static str, fn(&[u8]));

/// All fuzz targets.
pub const TARGETS: &[Target] = &[
    ("fuzz_patterns", fuzz_patterns),
    ("fuzz_values", fuzz_values),
    ("fuzz_guards", fuzz_guards),
    ("fuzz_membership", fuzz_membership),
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

/// The universe of the sets that a [`Decoder`] builds.
#[must_use]
pub fn small_universe() -> Universe {
    let sets = naive::value_sets(
        &["", "a", "b/", "1", "1.0", "true", "10.0.0.1"],
        &[("a", "A"), ("1", "2")],
    );
    Universe {
        actions: naive::strings_up_to(&['a', 'A', '/'], 2),
        resources: naive::strings_up_to(&['a', '/'], 1),
        keys: KEYS.map(|key| (Key::new(key), sets.clone())).into(),
        atoms: ATOMS.map(Atom::new).into(),
    }
}

const KEYS: [&str; 2] = ["k", "l"];
const ATOMS: [&str; 2] = ["p", "q"];
const CHARACTERS: [char; 8] = ['a', 'A', '/', 'b', ':', 'é', 'É', '*'];
const VALUES: [&str; 12] = [
    "a",
    "",
    "A",
    "b/",
    "1",
    "1.0",
    "2",
    "-1",
    "1970-01-01T00:00:01Z",
    "10.0.0.1",
    "true",
    "TRUE",
];
const NETWORKS: [&str; 5] = ["10.0.0.0/8", "0.0.0.0/0", "10.0.0.1", "::/0", "::1"];

/// Reads structures out of bytes.
pub struct Decoder<'b> {
    bytes: std::slice::Iter<'b, u8>,
}

impl<'b> Decoder<'b> {
    /// Starts at the first byte.
    #[must_use]
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { bytes: bytes.iter() }
    }

    fn byte(&mut self) -> u8 {
        self.bytes.next().copied().unwrap_or(0)
    }

    fn below(&mut self, end: u8) -> u8 {
        self.byte() % end.max(1)
    }

    fn choose<T: Copy + Default>(&mut self, from: &[T]) -> T {
        let at = usize::from(self.byte()) % from.len().max(1);
        from.get(at).copied().unwrap_or_default()
    }

    fn several<T>(&mut self, end: u8, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(end)).map(|_| one(self)).collect()
    }

    /// A short text.
    pub fn text(&mut self, end: u8) -> String {
        self.several(end, |input| input.choose(&CHARACTERS))
            .into_iter()
            .collect()
    }

    /// A value of a key.
    pub fn value(&mut self) -> String {
        match self.below(4) {
            0 => self.text(4),
            _ => self.choose(&VALUES).to_owned(),
        }
    }

    fn key(&mut self) -> Key {
        Key::new(self.choose(&KEYS))
    }

    /// A context over the decoder's keys.
    pub fn context(&mut self) -> Context {
        let mut context = Context::new();
        for key in KEYS {
            if self.below(4) > 0 {
                let values = self.several(4, Self::value);
                context = context.with(key, values);
            }
        }
        context
    }

    /// Answers to the decoder's atoms.
    pub fn answers(&mut self) -> Answers {
        Answers::holding(self.several(3, |input| Atom::new(input.choose(&ATOMS))))
    }

    /// A pattern with any of the elements.
    pub fn pattern(&mut self) -> Pattern {
        let case = if self.below(4) == 3 {
            Case::Folded
        } else {
            Case::Exact
        };
        let elements = self.several(6, |input| match input.below(9) {
            0..=2 => Element::Text(input.text(4).into()),
            3 => Element::One,
            4 | 5 => Element::Many,
            6 => Element::OneExcept(input.choose(&CHARACTERS)),
            7 => Element::ManyExcept(input.choose(&CHARACTERS)),
            _ => Element::Hole(input.key()),
        });
        Pattern::new(elements, case)
    }

    /// A set of strings.
    pub fn strings(&mut self) -> Strings {
        let kind = self.below(5);
        let strings = Strings::any_of(self.several(4, Self::pattern));
        match kind {
            0 => Strings::any(),
            1 => strings.complement(),
            _ => strings,
        }
    }

    /// A test of any type.
    pub fn test(&mut self) -> Test {
        match self.below(8) {
            0 => Test::Text(self.strings()),
            1 => Test::Text(Strings::literal(&self.value())),
            2 => Test::Text(
                Strings::any_of(self.several(4, |input| Pattern::literal(&input.value()))).complement(),
            ),
            3 => Test::Number(
                self.several(3, |input| input.range(|n| Decimal(n * Decimal::ONE)))
                    .into(),
            ),
            4 => Test::Instant(
                self.several(3, |input| {
                    input.range(|n| Instant(i64::try_from(n).unwrap_or(0) * 1_000_000))
                })
                .into(),
            ),
            5 => {
                let networks = self.several(3, |input| Network::parse(input.choose(&NETWORKS)));
                Test::Network(networks.into_iter().flatten().collect())
            }
            6 => Test::Truth(self.below(2) == 1),
            _ if self.bytes.len() > 0 => Test::Not(Box::new(self.test())),
            _ => Test::Text(Strings::none()),
        }
    }

    fn range<T>(&mut self, unit: impl Fn(i128) -> T) -> Range<T> {
        let mut end = |open: u8| {
            let byte = self.below(6);
            (byte != open).then(|| unit(i128::from(byte) - 2))
        };
        Range {
            from: end(5),
            to: end(5),
        }
    }

    /// A conjunction of at most three literals.
    pub fn guard(&mut self) -> Guard {
        let literals = self.several(4, |input| {
            let condition = match input.below(6) {
                0 => Condition::Absent(input.key()),
                1 | 2 => Condition::Some(input.key(), input.test()),
                3 | 4 => Condition::Every(input.key(), input.test()),
                _ => Condition::Atom(Atom::new(input.choose(&ATOMS))),
            };
            Literal {
                condition,
                holds: input.below(3) > 0,
            }
        });
        Guard::all_of(literals)
    }

    /// A tree of sets of at most this depth.
    pub fn set(&mut self, depth: u8) -> PermissionSet {
        let kind = self.below(if depth == 0 { 3 } else { 8 });
        match kind {
            0 | 1 => {
                let (actions, resources) = (self.strings(), self.strings());
                Region::new(actions, resources).when(self.guard()).into()
            }
            2 => match self.below(4) {
                0 => PermissionSet::empty(),
                1 => PermissionSet::everything(),
                _ => Region::new(Strings::any(), self.strings()).into(),
            },
            3 => PermissionSet::union_of(self.several(4, |input| input.set(depth - 1))),
            4 => PermissionSet::intersection_of(self.several(4, |input| input.set(depth - 1))),
            5 | 6 => {
                let given = self.set(depth - 1);
                given.difference(&self.set(depth - 1))
            }
            _ => {
                let set = self.set(depth - 1);
                set.difference(&set.labelled(Label(u32::from(self.byte()))))
            }
        }
    }
}
