//! Structures out of bytes, for the fuzz targets.

use crate::context::{Answers, Atom, Context, Key};
use crate::guard::{Condition, Guard, Literal};
use crate::pattern::{Case, Element, Pattern};
use crate::region::Region;
use crate::set::{Label, PermissionSet};
use crate::strings::Strings;
use crate::values::{Decimal, Instant, Network, Range, Test};

pub(super) const KEYS: [&str; 2] = ["k", "l"];
pub(super) const ATOMS: [&str; 2] = ["p", "q"];
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

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
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
