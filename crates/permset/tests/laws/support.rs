//! What the laws are tried on: random sets, biased to what goes wrong, each with a universe that fits it.

use leastwise_permset::naive::{Universe, strings_up_to, value_sets};
use leastwise_permset::{
    Atom, Case, Condition, Context, Decimal, Element, Guard, Instant, Key, Label, Literal, Network, Pattern,
    PermissionSet, Range, Region, Strings, Test, Values,
};
use proptest::prelude::*;
use proptest::strategy::Union;
use proptest::test_runner::{Config, RngSeed};

/// How often a law is tried: always on the same inputs, unless `LAWS_SEED` (a number) chooses others;
/// `LAWS_FACTOR` multiplies the number of cases for a long run.
pub fn cases(count: u32) -> Config {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let factor = number("LAWS_FACTOR")
        .and_then(|factor| u32::try_from(factor).ok())
        .unwrap_or(1);
    Config {
        cases: count.saturating_mul(factor),
        rng_seed: RngSeed::Fixed(number("LAWS_SEED").unwrap_or(0x1EA5_0001)),
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..Config::default()
    }
}

/// The characters of random texts: two cases of one letter, another letter, a separator.
pub const ALPHABET: [char; 4] = ['a', 'A', 'b', '/'];

/// The values of random keys: several spellings of one number, moment and truth among them, and a number that is
/// no moment.
pub const VALUES: [&str; 17] = [
    "",
    "a",
    "A",
    "ab",
    "b/",
    "1",
    "1.0",
    "2",
    "-1",
    "0.5",
    "99999999999999",
    "1970-01-01T00:00:01Z",
    "10.0.0.1",
    "10.0.1.1",
    "::1",
    "true",
    "TRUE",
];

/// Pairs of values that one key holds at once.
pub const PAIRS: [(&str, &str); 8] = [
    ("a", "b/"),
    ("a", "A"),
    ("1", "1.0"),
    ("1", "2"),
    ("1", "true"),
    ("10.0.0.1", "10.0.1.1"),
    ("true", "false"),
    ("", "a"),
];

/// What the random parts of a set are about, so that its universe can be small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// Actions and resources vary, guards are few.
    Names,
    /// Guards vary, actions and resources are few.
    Guards,
}

/// Three sets and a universe in which they are told apart.
#[derive(Clone)]
pub struct World {
    pub universe: Universe,
    pub a: PermissionSet,
    pub b: PermissionSet,
    pub c: PermissionSet,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\n  A = {}\n  B = {}\n  C = {}\n", self.a, self.b, self.c)
    }
}

/// `k` holds any number of values, `l` one.
pub fn keys() -> Vec<Key> {
    vec![Key::new("k"), Key::single("l")]
}

/// What a key of one value may hold: absent, or one of these.
fn one_value(values: &[&str]) -> Vec<Option<Values>> {
    let sets = value_sets(values, &[]);
    sets.into_iter()
        .filter(|held| held.as_ref().is_none_or(|values| values.len() == 1))
        .collect()
}

pub fn universe(focus: Focus) -> Universe {
    match focus {
        Focus::Names => Universe {
            actions: strings_up_to(&ALPHABET, 2),
            resources: strings_up_to(&['a', 'b', '/'], 2),
            keys: vec![
                (Key::new("k"), value_sets(&["", "a", "b/"], &[("a", "b")])),
                (Key::single("l"), one_value(&["", "A"])),
            ],
            atoms: vec![Atom::new("p"), Atom::new("q")],
        },
        Focus::Guards => Universe {
            actions: strings_up_to(&['a'], 1),
            resources: strings_up_to(&['a'], 1),
            keys: vec![
                (Key::new("k"), value_sets(&VALUES, &PAIRS)),
                (
                    Key::single("l"),
                    one_value(&["", "a", "1", "2", "true", "10.0.0.1"]),
                ),
            ],
            atoms: vec![Atom::new("p"), Atom::new("q"), Atom::new("r")],
        },
    }
}

pub fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(ALPHABET.to_vec()), 0..=2).prop_map(String::from_iter)
}

pub fn key() -> impl Strategy<Value = Key> {
    prop::sample::select(keys())
}

pub fn element() -> impl Strategy<Value = Element> {
    let except = || prop::sample::select(vec!['a', '/', 'A']);
    prop_oneof![
        4 => text().prop_map(|text| Element::Text(text.into())),
        1 => Just(Element::One),
        3 => Just(Element::Many),
        1 => except().prop_map(Element::OneExcept),
        2 => except().prop_map(Element::ManyExcept),
        1 => key().prop_map(Element::Hole),
    ]
}

pub fn case() -> impl Strategy<Value = Case> {
    prop_oneof![3 => Just(Case::Exact), 1 => Just(Case::Folded)]
}

/// Any pattern, and often one of those that overlap without containing each other.
pub fn pattern() -> impl Strategy<Value = Pattern> {
    let overlapping = vec![
        "*", "a*", "*a", "a*a", "*a*", "a", "A", "", "?", "?*", "*/*", "a/*", "a?", "??", "*b",
    ];
    prop_oneof![
        2 => (prop::sample::select(overlapping), case()).prop_map(|(text, case)| Pattern::glob(text, case)),
        2 => (prop::collection::vec(element(), 0..=4), case()).prop_map(|(elements, case)| {
            Pattern::new(elements, case)
        }),
        1 => key().prop_map(|key| Pattern::new([Element::Hole(key)], Case::Exact)),
    ]
}

/// Two patterns that differ in how they compare letters, in one element, or not at all.
pub fn kin() -> impl Strategy<Value = (Pattern, Pattern)> {
    let elements = prop::collection::vec(element(), 1..=3);
    let other = prop::option::of((any::<prop::sample::Index>(), element()));
    (elements, other, case(), case()).prop_map(|(elements, other, case, other_case)| {
        let mut changed = elements.clone();
        if let Some((at, element)) = other {
            let at = at.index(changed.len());
            changed[at] = element;
        }
        (Pattern::new(elements, case), Pattern::new(changed, other_case))
    })
}

pub fn strings() -> impl Strategy<Value = Strings> {
    (prop::collection::vec(pattern(), 0..=3), prop::bool::weighted(0.3)).prop_map(|(patterns, complement)| {
        let strings = Strings::any_of(patterns);
        if complement { strings.complement() } else { strings }
    })
}

fn few_names() -> impl Strategy<Value = Strings> {
    prop_oneof![3 => Just(Strings::any()), 1 => Just(Strings::literal("a")), 1 => Just(Strings::none())]
}

fn range<T: Copy + std::fmt::Debug + 'static>(ends: Vec<T>) -> impl Strategy<Value = Range<T>> {
    let end = prop::option::weighted(0.8, prop::sample::select(ends));
    (end.clone(), end).prop_map(|(from, to)| Range { from, to })
}

fn ranges<T: Copy + std::fmt::Debug + 'static>(ends: Vec<T>) -> impl Strategy<Value = Box<[Range<T>]>> {
    prop::collection::vec(range(ends), 0..=2).prop_map(Vec::into)
}

pub fn test() -> impl Strategy<Value = Test> {
    let numbers = vec![
        Decimal(-Decimal::ONE),
        Decimal(0),
        Decimal(Decimal::ONE),
        Decimal(2 * Decimal::ONE),
    ];
    let moments = vec![Instant(0), Instant(1_000_000), Instant(2_000_000)];
    let networks: Vec<Network> = [
        "10.0.0.0/8",
        "10.0.0.0/24",
        "10.0.0.1",
        "10.0.1.0/24",
        "::1",
        "::/0",
        "0.0.0.0/0",
    ]
    .iter()
    .filter_map(|text| Network::parse(text))
    .collect();
    let literal = prop::sample::select(VALUES.to_vec()).prop_map(Strings::literal);
    let several = prop::collection::vec(prop::sample::select(VALUES.to_vec()), 0..=3)
        .prop_map(|texts| Strings::any_of(texts.into_iter().map(Pattern::literal)).complement());
    let wild = prop::sample::select(vec!["1*", "*0", "10.*", "true", "*", "T*", "?", "*Z"]);
    let wild = (wild, case()).prop_map(|(text, case)| Strings::one(Pattern::glob(text, case)));
    let leaf = prop_oneof![
        2 => strings().prop_map(Test::Text),
        2 => literal.prop_map(Test::Text),
        1 => several.prop_map(Test::Text),
        1 => wild.prop_map(Test::Text),
        2 => ranges(numbers).prop_map(Test::Number),
        1 => ranges(moments).prop_map(Test::Instant),
        1 => prop::collection::vec(prop::sample::select(networks), 0..=2).prop_map(|found| Test::Network(found.into())),
        1 => any::<bool>().prop_map(Test::Truth),
    ];
    (leaf, 0..=2u8).prop_map(|(leaf, denials)| (0..denials).fold(leaf, |test, _| Test::Not(Box::new(test))))
}

/// Any condition. Only `k` and `l` occur, so that several literals speak of one key.
pub fn literal(tests: BoxedStrategy<Test>, atoms: Vec<&'static str>) -> impl Strategy<Value = Literal> {
    let condition = prop_oneof![
        1 => key().prop_map(Condition::Absent),
        3 => (key(), tests.clone()).prop_map(|(key, test)| Condition::Some(key, test)),
        3 => (key(), tests).prop_map(|(key, test)| Condition::Every(key, test)),
        2 => prop::sample::select(atoms).prop_map(|atom| Condition::Atom(Atom::new(atom))),
    ];
    (condition, prop::bool::weighted(0.6)).prop_map(|(condition, holds)| {
        if holds {
            condition.holds()
        } else {
            condition.fails()
        }
    })
}

pub fn guard(focus: Focus) -> BoxedStrategy<Guard> {
    match focus {
        Focus::Names => {
            let tests = strings().prop_map(Test::Text).boxed();
            let literals = prop::collection::vec(literal(tests, vec!["p", "q"]), 1..=2);
            prop_oneof![2 => Just(Guard::always()), 1 => literals.prop_map(Guard::all_of)].boxed()
        }
        Focus::Guards => prop::collection::vec(literal(test().boxed(), vec!["p", "q", "r"]), 0..=3)
            .prop_map(Guard::all_of)
            .boxed(),
    }
}

pub fn region(focus: Focus) -> BoxedStrategy<Region> {
    let names = || match focus {
        Focus::Names => strings().boxed(),
        Focus::Guards => few_names().boxed(),
    };
    (names(), names(), guard(focus))
        .prop_map(|(actions, resources, guard)| Region::new(actions, resources).when(guard))
        .boxed()
}

/// Any tree, with empty unions, empty intersections, shared parts and sets without themselves in it.
pub fn set(focus: Focus) -> BoxedStrategy<PermissionSet> {
    let leaf = prop_oneof![
        10 => region(focus).prop_map(PermissionSet::from),
        1 => Just(PermissionSet::empty()),
        1 => Just(PermissionSet::everything()),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 0..=3).prop_map(PermissionSet::union_of),
            2 => prop::collection::vec(inner.clone(), 0..=3).prop_map(PermissionSet::intersection_of),
            4 => (inner.clone(), inner.clone()).prop_map(|(given, taken)| given.difference(&taken)),
            1 => (inner.clone(), 0..4u32).prop_map(|(set, label)| set.labelled(Label(label))),
            1 => inner.prop_map(|set| set.difference(&set)),
        ]
    })
    .boxed()
}

/// Three sets of one focus: independent ones, and ones made of each other.
pub fn world_of(focus: Focus) -> BoxedStrategy<World> {
    (set(focus), set(focus), set(focus), 0..6u8)
        .prop_map(move |(a, b, c, related)| {
            let (b, c) = match related {
                0 => (a.union(&b), c),
                1 => (a.difference(&b), c),
                2 => (a.clone(), b.difference(&c)),
                3 => (b.clone(), a.intersection(&b)),
                _ => (b, c),
            };
            let universe = universe(focus).narrowed_to(&[&a, &b, &c]);
            World { universe, a, b, c }
        })
        .boxed()
}

pub fn world() -> impl Strategy<Value = World> {
    Union::new([world_of(Focus::Names), world_of(Focus::Guards)])
}

/// A context over the random keys.
pub fn context() -> impl Strategy<Value = Context> {
    let values = prop::option::of(prop::collection::vec(
        prop::sample::select(VALUES.to_vec()),
        0..=2,
    ));
    (values.clone(), values).prop_map(|(k, l)| {
        let mut context = Context::new();
        for (key, values) in keys().into_iter().zip([k, l]) {
            if let Some(values) = values {
                context = context.with(key.as_str(), values);
            }
        }
        context
    })
}
