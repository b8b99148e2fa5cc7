//! The canonical snapshot file: everything known at one instant, as one JSON document.
//!
//! Permission sets are shared trees. The file keeps them shared: `nodes` lists every part once, a part only after
//! those it is made of; `sets` lists the parts that the snapshot's fields hold, in the order of [`each_set`]. The
//! same snapshot gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use leastwise_permset::{
    Atom, Case, Condition, Decimal, Element, Guard, Instant, Key, Label, Literal, Network, Node, Pattern,
    PermissionSet, Range, Region, Strings, Test,
};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::opportunity::Gain;
use crate::settings::Settings;
use crate::snapshot::Snapshot;

/// What every snapshot file begins with.
pub const SCHEMA: &str = "leastwise/snapshot/v1";

/// Why a snapshot file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// It is no JSON, or its fields are not those of a snapshot.
    #[error("not a snapshot file of this version: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Its parts refer to parts that are not there.
    #[error("the snapshot file is damaged: {0}; make it again with `leastwise scan … -o FILE`")]
    Damaged(&'static str),
    /// It speaks of a platform that this program does not know.
    #[error("the snapshot holds data of the platform `{0}`, which this version does not know")]
    Platform(String),
}

#[derive(Serialize)]
struct Out<'a> {
    schema: &'a str,
    settings: &'a Settings,
    platforms: Vec<&'a str>,
    nodes: Vec<StoredNode>,
    sets: Vec<u32>,
    snapshot: &'a Snapshot,
}

#[derive(Deserialize)]
struct In {
    schema: String,
    settings: Settings,
    platforms: Vec<String>,
    nodes: Vec<StoredNode>,
    sets: Vec<u32>,
    snapshot: Snapshot,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredNode {
    Region(StoredStrings, StoredStrings, Vec<StoredLiteral>),
    Union(Vec<u32>),
    Intersection(Vec<u32>),
    Difference(u32, u32),
    Labelled(u32, u32),
}

#[derive(Serialize, Deserialize)]
struct StoredStrings {
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
struct StoredLiteral {
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

/// Writes a snapshot with the settings it was read under. Linear in its size.
///
/// # Errors
/// When `out` does not take it.
pub fn write(snapshot: &Snapshot, settings: &Settings, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::default();
    let mut sets = Vec::new();
    each_set(snapshot, &mut |set| sets.push(table.store(set)));
    let platforms = snapshot
        .instances
        .iter()
        .map(|instance| instance.platform)
        .collect();
    let file = Out {
        schema: SCHEMA,
        settings,
        platforms,
        nodes: table.nodes,
        sets,
        snapshot,
    };
    serde_json::to_writer(&mut *out, &file)?;
    out.write_all(b"\n")
}

/// Whether a file's content begins like a snapshot file's.
#[must_use]
pub fn recognise(bytes: &[u8]) -> bool {
    let head: Vec<u8> = bytes
        .iter()
        .take(128)
        .copied()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    head.starts_with(format!("{{\"schema\":\"{SCHEMA}\"").as_bytes())
}

/// Reads a snapshot file back. `platforms` are the names of those that may occur in it.
///
/// # Errors
/// When it is malformed, damaged, or speaks of another platform.
pub fn read(bytes: &[u8], platforms: &[&'static str]) -> Result<(Snapshot, Settings), FormatError> {
    let file: In = serde_json::from_slice(bytes)?;
    if file.schema != SCHEMA {
        return Err(FormatError::Damaged("its schema is another one"));
    }
    let mut parts: Vec<PermissionSet> = Vec::with_capacity(file.nodes.len());
    for node in file.nodes {
        let part =
            restore(node, &parts).ok_or(FormatError::Damaged("a set refers to a part that is not there"))?;
        parts.push(part);
    }
    let mut snapshot = file.snapshot;
    let mut sets = file.sets.iter();
    let mut complete = true;
    each_set_mut(
        &mut snapshot,
        &mut |set| match sets.next().and_then(|index| parts.get(*index as usize)) {
            Some(part) => *set = part.clone(),
            None => complete = false,
        },
    );
    if !complete {
        return Err(FormatError::Damaged("sets are missing"));
    }
    if snapshot.instances.len() != file.platforms.len() {
        return Err(FormatError::Damaged("platforms are missing"));
    }
    for (instance, name) in snapshot.instances.iter_mut().zip(file.platforms) {
        instance.platform = platforms
            .iter()
            .find(|known| **known == name)
            .ok_or(FormatError::Platform(name))?;
    }
    Ok((snapshot, file.settings))
}

macro_rules! visit_sets {
    ($snapshot:expr, $each:expr, $iter:ident, $some:ident) => {
        for identity in $snapshot.identities.$iter() {
            for layer in identity.holding.layers.$iter() {
                $each(visit_sets!(@ref $some layer.set));
            }
        }
        for entitlement in $snapshot.entitlements.$iter() {
            for statement in entitlement.statements.$iter() {
                $each(visit_sets!(@ref $some statement.set));
            }
        }
        for dangling in $snapshot.dangling.$iter() {
            if let Some(set) = dangling.gives.$some() {
                $each(set);
            }
        }
        for opportunity in $snapshot.opportunities.$iter() {
            for need in opportunity.needs.$iter() {
                $each(visit_sets!(@ref $some need.set));
            }
            if let Gain::Grant(set) = visit_sets!(@ref $some opportunity.gain) {
                $each(set);
            }
        }
    };
    (@ref as_ref $place:expr) => { &$place };
    (@ref as_mut $place:expr) => { &mut $place };
}

/// Calls `each` with every permission set of a snapshot, in a fixed order.
pub fn each_set<'s>(snapshot: &'s Snapshot, each: &mut dyn FnMut(&'s PermissionSet)) {
    visit_sets!(snapshot, each, iter, as_ref);
}

fn each_set_mut(snapshot: &mut Snapshot, each: &mut dyn FnMut(&mut PermissionSet)) {
    visit_sets!(snapshot, each, iter_mut, as_mut);
}

/// Parts by address while the snapshot that owns them is alive.
#[derive(Default)]
struct Table {
    nodes: Vec<StoredNode>,
    known: FxHashMap<usize, u32>,
}

impl Table {
    fn store(&mut self, set: &PermissionSet) -> u32 {
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

fn restore(node: StoredNode, parts: &[PermissionSet]) -> Option<PermissionSet> {
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

macro_rules! as_simpler {
    ($module:ident, $type:ty, $simpler:ty, $to:expr, $from:expr) => {
        pub(crate) mod $module {
            use super::*;

            pub(crate) fn serialize<S: Serializer>(value: &$type, to: S) -> Result<S::Ok, S::Error> {
                let to_simpler: fn(&$type) -> $simpler = $to;
                to_simpler(value).serialize(to)
            }

            pub(crate) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<$type, D::Error> {
                let from_simpler: fn($simpler) -> $type = $from;
                <$simpler>::deserialize(from).map(from_simpler)
            }
        }
    };
}

as_simpler!(label, Label, u32, |label| label.0, Label);
as_simpler!(
    label_option,
    Option<Label>,
    Option<u32>,
    |label| label.map(|label| label.0),
    |label| label.map(Label)
);
as_simpler!(atom, Atom, Box<str>, |atom| atom.as_str().into(), |name| {
    Atom::new(&name)
});
as_simpler!(
    presence,
    Option<PermissionSet>,
    bool,
    Option::is_some,
    |present| present.then(PermissionSet::empty)
);
as_simpler!(
    context,
    leastwise_permset::Context,
    BTreeMap<Box<str>, leastwise_permset::Values>,
    |context| context
        .iter()
        .map(|(key, values)| (key.as_str().into(), values.clone()))
        .collect(),
    |keys| {
        let mut context = leastwise_permset::Context::new();
        for (key, values) in keys {
            context.set(Key::new(&key), values);
        }
        context
    }
);
as_simpler!(
    keys,
    BTreeSet<Key>,
    Vec<Box<str>>,
    |keys| keys.iter().map(|key| key.as_str().into()).collect(),
    |names| names.iter().map(|name| Key::new(name)).collect()
);
as_simpler!(
    gaps,
    BTreeMap<Atom, crate::Gap>,
    Vec<crate::Gap>,
    |gaps| gaps.values().cloned().collect(),
    |gaps| gaps.into_iter().map(|gap| (gap.atom.clone(), gap)).collect()
);
