//! How a target names the claims of tokens, and families of tokens as it sees them.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{Platform, Text};
use leastwise_permset::{
    Atom, Condition, Element, Guard, Key, Literal, Node, Pattern, PermissionSet, Region, Strings, Test,
};

/// How a target names the claims of a token.
pub(super) struct Naming<'a> {
    pub(super) platform: &'static dyn Platform,
    /// What its keys begin with.
    pub(super) prefix: &'a str,
    /// The claims that it looks at; `None` for all.
    pub(super) reads: Option<&'a [Text]>,
    /// The keys of claims that the target's statement speaks of.
    pub(super) asked: BTreeSet<Key>,
    /// Those among them that tokens may have and of which nothing is told, with the gap that says so.
    pub(super) untold: BTreeMap<Key, Atom>,
}

impl Naming<'_> {
    /// The key of a claim at the target; it holds one value.
    pub(super) fn key(&self, claim: &str) -> Key {
        let key = format!("{}{claim}", self.prefix);
        Key::single(self.platform.key(&key).as_str())
    }

    pub(super) fn sees(&self, claim: &str) -> bool {
        self.reads
            .is_none_or(|reads| reads.iter().any(|read| **read == *claim))
    }

    fn strings(&self, strings: &Strings) -> Strings {
        let patterns = strings.patterns().iter().map(|pattern| {
            let elements = pattern.elements().iter().map(|element| match element {
                Element::Hole(claim) => Element::Hole(self.named(claim)),
                other => other.clone(),
            });
            Pattern::new(elements, pattern.case())
        });
        let any = Strings::any_of(patterns);
        if strings.is_complement() {
            any.complement()
        } else {
            any
        }
    }

    fn test(&self, test: &Test) -> Test {
        match test {
            Test::Text(strings) => Test::Text(self.strings(strings)),
            Test::Not(inner) => Test::Not(Box::new(self.test(inner))),
            other => other.clone(),
        }
    }

    /// The key at the target of a claim; one that the target does not look at keeps a name of its own, so that what
    /// other claims copy from it holds.
    fn named(&self, claim: &Key) -> Key {
        match self.sees(claim.as_str()) {
            true => self.key(claim.as_str()),
            false => Key::single(&format!("{UNSEEN}{claim}")),
        }
    }

    fn literal(&self, literal: &Literal) -> Literal {
        let condition = match &literal.condition {
            Condition::Absent(claim) => Condition::Absent(self.named(claim)),
            Condition::Some(claim, test) => Condition::Some(self.named(claim), self.test(test)),
            Condition::Every(claim, test) => Condition::Every(self.named(claim), self.test(test)),
            Condition::Atom(atom) => Condition::Atom(atom.clone()),
        };
        Literal {
            condition,
            holds: literal.holds,
        }
    }

    /// A family's guard at the target: what it says of claims that the target asks for, and of those that they copy.
    /// A claim that is copied once, and that nobody asks for, is written out.
    fn guard(&self, guard: &Guard) -> Guard {
        let is_asked = |claim: &Key| self.sees(claim.as_str()) && self.asked.contains(&self.named(claim));
        let literals = guard.literals();
        let told: BTreeSet<&Key> = literals
            .iter()
            .filter_map(|literal| literal.condition.key())
            .collect();
        let asked = |literal: &&Literal| literal.condition.key().is_some_and(is_asked);
        let mut copies: BTreeMap<&Key, usize> = BTreeMap::new();
        for hole in literals.iter().filter(asked).flat_map(holes) {
            *copies.entry(hole).or_default() += 1;
        }
        let written_out = |claim: &Key| copies.get(claim) == Some(&1) && !is_asked(claim);
        let mut kept: Vec<Literal> = Vec::new();
        for literal in literals {
            match literal.condition.key() {
                None => kept.push(literal.clone()),
                Some(claim) if is_asked(claim) => {
                    let copied: Vec<&Key> = holes(literal).filter(|hole| written_out(hole)).collect();
                    match copied.as_slice() {
                        [] => kept.push(self.literal(literal)),
                        [one] => match write_out(literal, one, literals) {
                            Some(written) => kept.extend(written.iter().map(|literal| self.literal(literal))),
                            None => {
                                let of_copied =
                                    literals.iter().filter(|other| other.condition.key() == Some(one));
                                kept.extend(of_copied.chain([literal]).map(|literal| self.literal(literal)));
                            }
                        },
                        several => match fill(literal, &|hole| several.contains(&hole), literals, false) {
                            Some(written) => kept.push(self.literal(&written)),
                            None => {
                                let among = |other: &&Literal| {
                                    other.condition.key().is_some_and(|key| several.contains(&key))
                                };
                                kept.extend(
                                    literals.iter().filter(among).map(|literal| self.literal(literal)),
                                );
                                kept.push(self.literal(literal));
                            }
                        },
                    }
                }
                Some(claim) if copies.contains_key(claim) && !written_out(claim) => {
                    kept.push(self.literal(literal));
                }
                // Nothing that decides depends on it, and it can always be met.
                Some(_) => {}
            }
        }
        let has = |key: &Key| {
            told.iter()
                .any(|claim| self.sees(claim.as_str()) && self.named(claim) == *key)
        };
        let missing = self.asked.iter().filter(|key| !has(key));
        kept.extend(missing.map(|key| match self.untold.get(key) {
            // It may be there or not, and say anything.
            Some(gap) => Condition::Atom(gap.clone()).holds(),
            None => Condition::Absent(key.clone()).holds(),
        }));
        Guard::all_of(kept)
    }

    /// A family at the target, as requests of every action and resource.
    pub(super) fn family(&self, set: &PermissionSet) -> PermissionSet {
        match set.node() {
            Node::Region(region) => Region::everything().when(self.guard(&region.guard)).into(),
            Node::Union(sets) => PermissionSet::union_of(sets.iter().map(|set| self.family(set))),
            Node::Intersection(sets) => {
                PermissionSet::intersection_of(sets.iter().map(|set| self.family(set)))
            }
            Node::Difference(given, taken) => self.family(given).difference(&self.family(taken)),
            Node::Labelled(_, inner) => self.family(inner),
        }
    }

    /// The parts of a family, one after the other.
    pub(super) fn parts(&self, set: &PermissionSet, found: &mut Vec<Part>) {
        match set.node() {
            Node::Union(sets) => sets.iter().for_each(|set| self.parts(set, found)),
            Node::Labelled(_, inner) => self.parts(inner, found),
            Node::Region(region) => {
                let literals = region.guard.literals();
                let apart = literals.iter().filter_map(|literal| match holes(literal).next() {
                    None => Some(literal.clone()),
                    Some(_) => fill(literal, &|_| true, literals, true),
                });
                let apart = Guard::all_of(apart.collect::<Vec<_>>());
                found.push(Part {
                    loose: Some(self.family(&Region::everything().when(apart).into())),
                    exact: OnceCell::new(),
                    claims: set.clone(),
                });
            }
            Node::Intersection(_) | Node::Difference(..) => found.push(Part {
                loose: None,
                exact: OnceCell::new(),
                claims: set.clone(),
            }),
        }
    }
}

/// A part of a family as targets see it that name claims alike and ask for the same ones.
pub(super) struct Part {
    /// Without copies between claims: what holds the part, and more where claims that are asked for must agree.
    pub(super) loose: Option<PermissionSet>,
    /// As it is, once that is asked for.
    pub(super) exact: OnceCell<PermissionSet>,
    pub(super) claims: PermissionSet,
}

/// What the keys of claims begin with that a target does not look at.
pub(super) const UNSEEN: &str = "unseen claim ";

/// The claims that a literal copies.
fn holes(literal: &Literal) -> impl Iterator<Item = &Key> {
    let strings = match &literal.condition {
        Condition::Some(_, Test::Text(strings)) | Condition::Every(_, Test::Text(strings)) => Some(strings),
        _ => None,
    };
    let mut holes: Vec<&Key> = strings.into_iter().flat_map(Strings::holes).collect();
    holes.sort();
    holes.dedup();
    holes.into_iter()
}

/// A literal with what a claim can be in place of its copy: patterns of what it can be, and a second literal for what it
/// cannot be. `None` where what it can be is not told by patterns, or by several.
fn write_out(literal: &Literal, copied: &Key, literals: &[Literal]) -> Option<Vec<Literal>> {
    let mut can: Option<Vec<Pattern>> = None;
    let mut cannot: Vec<Pattern> = Vec::new();
    for other in literals
        .iter()
        .filter(|other| other.condition.key() == Some(copied))
    {
        let Condition::Some(_, Test::Text(strings)) = &other.condition else {
            return None;
        };
        match other.holds != strings.is_complement() {
            true if can.is_none() => can = Some(strings.patterns().to_vec()),
            true => return None,
            false => cannot.extend(strings.patterns().iter().cloned()),
        }
    }
    let Condition::Some(claim, Test::Text(strings)) = &literal.condition else {
        return None;
    };
    if !literal.holds || strings.is_complement() {
        return None;
    }
    let filled = |with: &[Pattern]| {
        let patterns = strings.patterns().iter().flat_map(|pattern| {
            with.iter().map(move |value| {
                let elements = pattern.elements().iter().flat_map(|element| match element {
                    Element::Hole(hole) if hole == copied => value.elements().to_vec(),
                    other => vec![other.clone()],
                });
                Pattern::new(elements, pattern.case())
            })
        });
        Condition::Some(claim.clone(), Test::Text(Strings::any_of(patterns)))
    };
    // What it cannot be is cut out exactly where what stands around it is one text.
    let plain = |pattern: &Pattern| {
        pattern
            .elements()
            .iter()
            .all(|element| matches!(element, Element::Text(_) | Element::Hole(_)))
    };
    if !cannot.is_empty() && !strings.patterns().iter().all(plain) {
        return None;
    }
    let mut written = vec![filled(&can.unwrap_or_else(|| vec![Pattern::any()])).holds()];
    if !cannot.is_empty() {
        written.push(filled(&cannot).fails());
    }
    Some(written)
}

/// A literal with what claims can be in place of their copies. With `loosely` what they cannot be is left out; without,
/// `None` where something is, or where what they can be is told twice.
fn fill(
    literal: &Literal,
    which: &dyn Fn(&Key) -> bool,
    literals: &[Literal],
    loosely: bool,
) -> Option<Literal> {
    let Condition::Some(claim, Test::Text(strings)) = &literal.condition else {
        return None;
    };
    if !literal.holds || strings.is_complement() {
        return None;
    }
    let values = |copied: &Key| -> Option<Vec<Pattern>> {
        let mut can: Option<Vec<Pattern>> = None;
        let of_copied = literals
            .iter()
            .filter(|other| other.condition.key() == Some(copied));
        for other in of_copied {
            match &other.condition {
                Condition::Some(_, Test::Text(strings)) if other.holds && strings.is_any() => {}
                Condition::Some(_, Test::Text(strings))
                    if other.holds != strings.is_complement()
                        && can.is_none()
                        && strings.holes().next().is_none() =>
                {
                    can = Some(strings.patterns().to_vec());
                }
                _ if loosely => {}
                _ => return None,
            }
        }
        Some(can.unwrap_or_else(|| vec![Pattern::any()]))
    };
    let mut all: Vec<Pattern> = Vec::new();
    for pattern in strings.patterns() {
        let mut written: Vec<Vec<Element>> = vec![Vec::new()];
        for element in pattern.elements() {
            let with: Vec<Vec<Element>> = match element {
                Element::Hole(hole) if which(hole) => {
                    let values = values(hole)?;
                    values.iter().map(|value| value.elements().to_vec()).collect()
                }
                other => vec![vec![other.clone()]],
            };
            written = written
                .iter()
                .flat_map(|before| with.iter().map(move |more| [before.as_slice(), more].concat()))
                .collect();
            if written.len() > ALTERNATIVES {
                return None;
            }
        }
        all.extend(
            written
                .into_iter()
                .map(|elements| Pattern::new(elements, pattern.case())),
        );
    }
    Some(Condition::Some(claim.clone(), Test::Text(Strings::any_of(all))).holds())
}

/// How many patterns one with copies is written out as at most.
const ALTERNATIVES: usize = 64;
