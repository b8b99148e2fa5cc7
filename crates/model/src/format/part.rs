//! Parts of permission sets as the file writes them, and back.

use leastwise_permset::{
    Atom, Case, Condition, Decimal, Element, Guard, Instant, Key, Label, Literal, Network, Node, Pattern,
    PermissionSet, Range, Region, Strings, Test,
};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum StoredNode {
    Region(StoredStrings, StoredStrings, Vec<StoredLiteral>),
    Union(Vec<u32>),
    Intersection(Vec<u32>),
    Difference(u32, u32),
    Labelled(u32, u32),
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredStrings {
    #[serde(rename = "not", default, skip_serializing_if = "std::ops::Not::not")]
    complement: bool,
    of: Vec<StoredPattern>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StoredPattern {
    /// One literal text whose case matters: by far the most frequent.
    Literal(Box<str>),
    Elements {
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        folded: bool,
        elements: Vec<StoredElement>,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredElement {
    Text(Box<str>),
    One,
    Many,
    OneExcept(char),
    ManyExcept(char),
    Hole(StoredKey),
}

/// A key's name; in a map of its own where the key holds one value at most.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StoredKey {
    Any(Box<str>),
    One { one: Box<str> },
}

impl From<&Key> for StoredKey {
    fn from(key: &Key) -> Self {
        let name = key.as_str().into();
        if key.is_single() {
            Self::One { one: name }
        } else {
            Self::Any(name)
        }
    }
}

impl From<StoredKey> for Key {
    fn from(stored: StoredKey) -> Self {
        match stored {
            StoredKey::Any(name) => Self::new(&name),
            StoredKey::One { one } => Self::single(&one),
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredLiteral {
    holds: bool,
    #[serde(flatten)]
    condition: StoredCondition,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredCondition {
    Absent(StoredKey),
    Some(StoredKey, StoredTest),
    Every(StoredKey, StoredTest),
    Atom(Box<str>),
}

/// The ends of a range.
type Ends<T> = (Option<T>, Option<T>);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredTest {
    Text(StoredStrings),
    /// In units of 10⁻¹², as text: JSON readers elsewhere would round such numbers.
    Number(Vec<Ends<Box<str>>>),
    /// In microseconds.
    Instant(Vec<Ends<i64>>),
    Network(Vec<Box<str>>),
    Truth(bool),
    Not(Box<StoredTest>),
}

/// Parts by address while the snapshot that owns them is alive.
#[derive(Default)]
pub(super) struct Table {
    pub nodes: Vec<StoredNode>,
    known: FxHashMap<usize, u32>,
}

impl Table {
    pub fn store(&mut self, set: &PermissionSet) -> u32 {
        if let Some(index) = self.known.get(&set.address()) {
            return *index;
        }
        let node = match set.node() {
            Node::Region(region) => StoredNode::Region(
                strings(&region.actions),
                strings(&region.resources),
                region.guard.literals().iter().map(literal).collect(),
            ),
            Node::Union(sets) => StoredNode::Union(sets.iter().map(|set| self.store(set)).collect()),
            Node::Intersection(sets) => {
                StoredNode::Intersection(sets.iter().map(|set| self.store(set)).collect())
            }
            Node::Difference(given, taken) => StoredNode::Difference(self.store(given), self.store(taken)),
            Node::Labelled(label, inner) => StoredNode::Labelled(label.0, self.store(inner)),
        };
        let index = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(node);
        self.known.insert(set.address(), index);
        index
    }
}

pub(super) fn restore(node: StoredNode, parts: &[PermissionSet]) -> Option<PermissionSet> {
    let part = |index: u32| parts.get(index as usize).cloned();
    let all = |indices: Vec<u32>| indices.into_iter().map(part).collect::<Option<Vec<_>>>();
    Some(match node {
        StoredNode::Region(actions, resources, guard) => {
            let guard = guard
                .into_iter()
                .map(restore_literal)
                .collect::<Option<Vec<_>>>()?;
            Region::new(restore_strings(actions), restore_strings(resources))
                .when(Guard::all_of(guard))
                .into()
        }
        StoredNode::Union(indices) => PermissionSet::union_of(all(indices)?),
        StoredNode::Intersection(indices) => PermissionSet::intersection_of(all(indices)?),
        StoredNode::Difference(given, taken) => part(given)?.difference(&part(taken)?),
        StoredNode::Labelled(label, inner) => part(inner)?.labelled(Label(label)),
    })
}

fn strings(strings: &Strings) -> StoredStrings {
    StoredStrings {
        complement: strings.is_complement(),
        of: strings.patterns().iter().map(pattern).collect(),
    }
}

fn restore_strings(stored: StoredStrings) -> Strings {
    let strings = Strings::any_of(stored.of.into_iter().map(restore_pattern));
    if stored.complement {
        strings.complement()
    } else {
        strings
    }
}

fn pattern(pattern: &Pattern) -> StoredPattern {
    match (pattern.elements(), pattern.case()) {
        ([Element::Text(text)], Case::Exact) => StoredPattern::Literal(text.clone()),
        (elements, case) => StoredPattern::Elements {
            folded: case == Case::Folded,
            elements: elements
                .iter()
                .map(|element| match element {
                    Element::Text(text) => StoredElement::Text(text.clone()),
                    Element::One => StoredElement::One,
                    Element::Many => StoredElement::Many,
                    Element::OneExcept(c) => StoredElement::OneExcept(*c),
                    Element::ManyExcept(c) => StoredElement::ManyExcept(*c),
                    Element::Hole(key) => StoredElement::Hole(key.into()),
                })
                .collect(),
        },
    }
}

fn restore_pattern(stored: StoredPattern) -> Pattern {
    match stored {
        StoredPattern::Literal(text) => Pattern::literal(&text),
        StoredPattern::Elements { folded, elements } => Pattern::new(
            elements.into_iter().map(|element| match element {
                StoredElement::Text(text) => Element::Text(text),
                StoredElement::One => Element::One,
                StoredElement::Many => Element::Many,
                StoredElement::OneExcept(c) => Element::OneExcept(c),
                StoredElement::ManyExcept(c) => Element::ManyExcept(c),
                StoredElement::Hole(key) => Element::Hole(key.into()),
            }),
            if folded { Case::Folded } else { Case::Exact },
        ),
    }
}

fn literal(literal: &Literal) -> StoredLiteral {
    let condition = match &literal.condition {
        Condition::Absent(key) => StoredCondition::Absent(key.into()),
        Condition::Some(key, of) => StoredCondition::Some(key.into(), test(of)),
        Condition::Every(key, of) => StoredCondition::Every(key.into(), test(of)),
        Condition::Atom(atom) => StoredCondition::Atom(atom.as_str().into()),
    };
    StoredLiteral {
        holds: literal.holds,
        condition,
    }
}

fn restore_literal(stored: StoredLiteral) -> Option<Literal> {
    let condition = match stored.condition {
        StoredCondition::Absent(key) => Condition::Absent(key.into()),
        StoredCondition::Some(key, of) => Condition::Some(key.into(), restore_test(of)?),
        StoredCondition::Every(key, of) => Condition::Every(key.into(), restore_test(of)?),
        StoredCondition::Atom(atom) => Condition::Atom(Atom::new(&atom)),
    };
    Some(Literal {
        condition,
        holds: stored.holds,
    })
}

fn test(of: &Test) -> StoredTest {
    match of {
        Test::Text(of) => StoredTest::Text(strings(of)),
        Test::Number(ranges) => {
            let end = |end: Option<Decimal>| end.map(|decimal| decimal.0.to_string().into());
            StoredTest::Number(
                ranges
                    .iter()
                    .map(|range| (end(range.from), end(range.to)))
                    .collect(),
            )
        }
        Test::Instant(ranges) => {
            let end = |end: Option<Instant>| end.map(|instant| instant.0);
            StoredTest::Instant(
                ranges
                    .iter()
                    .map(|range| (end(range.from), end(range.to)))
                    .collect(),
            )
        }
        Test::Network(networks) => StoredTest::Network(
            networks
                .iter()
                .map(|network| network.to_string().into())
                .collect(),
        ),
        Test::Truth(wanted) => StoredTest::Truth(*wanted),
        Test::Not(inner) => StoredTest::Not(Box::new(test(inner))),
    }
}

fn restore_test(stored: StoredTest) -> Option<Test> {
    Some(match stored {
        StoredTest::Text(of) => Test::Text(restore_strings(of)),
        StoredTest::Number(ranges) => {
            let end = |end: Option<Box<str>>| match end {
                None => Some(None),
                Some(units) => units.parse().ok().map(|units| Some(Decimal(units))),
            };
            let ranges = ranges.into_iter().map(|(from, to)| {
                Some(Range {
                    from: end(from)?,
                    to: end(to)?,
                })
            });
            Test::Number(ranges.collect::<Option<_>>()?)
        }
        StoredTest::Instant(ranges) => Test::Instant(
            ranges
                .into_iter()
                .map(|(from, to)| Range {
                    from: from.map(Instant),
                    to: to.map(Instant),
                })
                .collect(),
        ),
        StoredTest::Network(networks) => Test::Network(
            networks
                .iter()
                .map(|network| Network::parse(network))
                .collect::<Option<_>>()?,
        ),
        StoredTest::Truth(wanted) => Test::Truth(wanted),
        StoredTest::Not(inner) => Test::Not(Box::new(restore_test(*inner)?)),
    })
}
