//! Holders whose tokens can say many things: a token for each branch, event or environment that they run for.
//!
//! The claims of such a holder are a set of contexts, and so is what the target admits; the holder is admitted where the
//! two meet. Whoever has tokens issued chooses among the claims of its family, so they count as favorable; what else the
//! target asks stays a condition. Claims that the target does not look at are keys that it does not find.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{Acceptance, Accepted, IdentityIndex, Issuer, KeyOrigin, Platform, Text};
use leastwise_permset::{
    Atom, Condition, Context, Element, Guard, Key, Literal, Node, Openness, Pattern, PermissionSet, Question,
    Region, Strings, Test, Verdict,
};
use rustc_hash::FxHashMap;

use super::{Joining, residual, texts};
use crate::certainty::Certainty;

/// How a target names the claims of a token.
struct Naming<'a> {
    platform: &'static dyn Platform,
    /// What its keys begin with.
    prefix: &'a str,
    /// The claims that it looks at; `None` for all.
    reads: Option<&'a [Text]>,
    /// The keys of claims that the target's statement speaks of.
    asked: BTreeSet<Key>,
    /// Those among them that tokens may have and of which nothing is told, with the gap that says so.
    untold: BTreeMap<Key, Atom>,
}

impl Naming<'_> {
    /// The key of a claim at the target; it holds one value.
    fn key(&self, claim: &str) -> Key {
        let key = format!("{}{claim}", self.prefix);
        Key::single(self.platform.key(&key).as_str())
    }

    fn sees(&self, claim: &str) -> bool {
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
    fn family(&self, set: &PermissionSet) -> PermissionSet {
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
    fn parts(&self, set: &PermissionSet, found: &mut Vec<Part>) {
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
    loose: Option<PermissionSet>,
    /// As it is, once that is asked for.
    exact: OnceCell<PermissionSet>,
    claims: PermissionSet,
}

/// A family as some targets see it, and what was found of those.
pub(super) struct Seen {
    parts: Vec<Part>,
    /// By what is left to decide of a target's statement: many targets ask the same.
    met: FxHashMap<PermissionSet, Option<Certainty>>,
}

/// How a target sees families: the platform, the beginning of its keys, the claims that it looks at and those that it
/// asks for; and the family, by its address.
pub(super) type Sight = (&'static str, Text, Option<Vec<Text>>, BTreeSet<Key>, usize);

/// What the keys of claims begin with that a target does not look at.
const UNSEEN: &str = "unseen claim ";

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

impl<'s> Joining<'s> {
    /// Holders whose tokens are told as families. Each family is held against the acceptance once; one that cannot
    /// begin as the subjects asked for is not looked at closer.
    pub(super) fn families(
        &mut self,
        issuer: &'s Issuer,
        acceptance: &'s Acceptance,
        platform: &'static dyn Platform,
        doubted: &dyn Fn(Certainty) -> Certainty,
    ) {
        let Accepted::Token { claims, reads, .. } = &acceptance.admits else {
            return;
        };
        let prefix = platform.key(claims);
        let asked = acceptance.set.keys();
        let mut naming = Naming {
            platform,
            prefix: claims,
            reads: reads.as_deref(),
            asked: asked
                .into_iter()
                .filter(|key| key.as_str().starts_with(prefix.as_str()))
                .collect(),
            untold: BTreeMap::new(),
        };
        for key in &naming.asked {
            let claim = key.as_str().get(prefix.as_str().len()..).unwrap_or_default();
            if naming.sees(claim) && issuer.leaves_untold(claim) {
                naming.untold.insert(key.clone(), self.untold(issuer, claim));
            }
        }
        let wanted = texts::beginnings(&acceptance.set, &naming.key("sub"));
        let subject = Key::new("sub");
        let (known, absent) = (Context::new(), BTreeSet::new());
        let question = Question {
            action: &acceptance.action,
            resource: &acceptance.resource,
            known: &known,
            absent: &absent,
        };
        let left = acceptance.set.open_part(&question, self.limits).ok();
        let mut decided: FxHashMap<usize, Option<Certainty>> = FxHashMap::default();
        let mut bearers: BTreeMap<Certainty, Vec<IdentityIndex>> = BTreeMap::new();
        for holder in &issuer.holders {
            let Some(family) = &holder.claims else { continue };
            let certainty = decided.entry(family.address()).or_insert_with(|| {
                let known = self
                    .beginnings
                    .entry(family.address())
                    .or_insert_with(|| texts::beginnings(family, &subject));
                if !texts::may_agree(wanted.as_ref(), known.as_ref()) {
                    return None;
                }
                let sight = (
                    platform.name(),
                    claims.clone(),
                    reads.as_ref().map(|reads| reads.to_vec()),
                    naming.asked.clone(),
                    family.address(),
                );
                let seen = self.seen.entry(sight).or_insert_with(|| {
                    let mut parts = Vec::new();
                    naming.parts(family, &mut parts);
                    Seen {
                        parts,
                        met: FxHashMap::default(),
                    }
                });
                let parts = &seen.parts;
                match &left {
                    Some(left) => seen
                        .met
                        .entry(left.clone())
                        .or_insert_with(|| meets(left, &question, &naming, parts, self.limits))
                        .clone(),
                    None => meets(&acceptance.set, &question, &naming, parts, self.limits),
                }
            });
            if let Some(certainty) = certainty {
                let certainty = doubted(certainty.clone());
                bearers.entry(certainty).or_default().push(holder.identity);
            }
        }
        for (certainty, mut bearers) in bearers {
            bearers.sort_unstable();
            bearers.dedup();
            let needs = residual(acceptance, &certainty);
            self.add(acceptance, acceptance.technique, needs, bearers.into());
        }
    }
}

/// How sure it is that one of a family's tokens is admitted; `None` where none is.
fn meets(
    asked: &PermissionSet,
    question: &Question<'_>,
    naming: &Naming<'_>,
    parts: &[Part],
    limits: &leastwise_permset::Limits,
) -> Option<Certainty> {
    let prefix = naming.platform.key(naming.prefix);
    let openness = |key: &Key| {
        if key.as_str().starts_with(prefix.as_str()) || key.as_str().starts_with(UNSEEN) {
            return Openness::Favourable;
        }
        match naming.platform.key_origin(key) {
            KeyOrigin::Caller => Openness::Favourable,
            KeyOrigin::World | KeyOrigin::Identity => Openness::Open,
        }
    };
    let verdict = |family: &PermissionSet| {
        let both = asked.intersection(family);
        both.verdict(question, &openness, limits)
    };
    // Copies are costly to decide, and most of a large family is refused without them.
    let may = |part: &&Part| {
        let loose = part.loose.as_ref();
        loose.is_none_or(|loose| verdict(loose) != Verdict::Never)
    };
    let exact = |part: &Part| part.exact.get_or_init(|| naming.family(&part.claims)).clone();
    let family: Vec<PermissionSet> = parts.iter().filter(may).map(exact).collect();
    if family.is_empty() {
        return None;
    }
    Certainty::of(verdict(&PermissionSet::union_of(family)))
}
