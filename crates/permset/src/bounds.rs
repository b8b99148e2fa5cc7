//! Atoms of a set: collecting them, answering them, and the bounds that hold whatever their answers are.
//!
//! Everything here is linear in the number of distinct parts: parts that stand in a set several times are visited
//! once for each sign, and parts without atoms are shared with the original.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::context::{Atom, Context, Key, Request};
use crate::depth::on_deep_stack;
use crate::guard::{Condition, Guard};
use crate::region::Region;
use crate::set::{Node, PermissionSet};
use crate::settled::{any, not};

/// What becomes of atoms.
#[derive(Clone, Copy)]
pub(crate) enum Substitution<'a> {
    /// Every atom is answered with whatever makes the set smaller.
    Least,
    /// Every atom is answered with whatever makes the set larger.
    Greatest,
    /// These atoms are answered; all others with no.
    All(&'a BTreeMap<Atom, bool>),
}

impl<'a> Substitution<'a> {
    pub(crate) fn all(known: &'a BTreeMap<Atom, bool>) -> Self {
        Self::All(known)
    }

    fn opposite(self) -> Self {
        match self {
            Self::Least => Self::Greatest,
            Self::Greatest => Self::Least,
            Self::All(known) => Self::All(known),
        }
    }

    fn answers(self, atom: &Atom, asked: bool) -> bool {
        match self {
            Self::Least => false,
            Self::Greatest => true,
            Self::All(known) => known.get(atom).copied().unwrap_or(false) == asked,
        }
    }
}

impl PermissionSet {
    /// The requests that are members whatever the atoms' answers are, as a set without atoms.
    ///
    /// It is found by polarity: `L(A − B) = L(A) − U(B)`, and a region whose guard rests on an atom is not in `L`.
    /// So it is exact where each atom occurs once; where one occurs on several sides it may lack requests that are
    /// members either way, and never has one that is not. The answers of [`PermissionSet::included_in`] and
    /// [`PermissionSet::meets`] do not have this blind spot.
    #[must_use]
    pub fn surely(&self) -> Self {
        self.substituted(&Substitution::Least)
    }

    /// The requests that are members for some answers to the atoms, as a set without atoms: `U(A − B) = U(A) − L(B)`,
    /// and atoms in guards are left out. Exact where each atom occurs once; else it may have requests that are
    /// members for no answer, and never lacks one that is for some.
    #[must_use]
    pub fn at_most(&self) -> Self {
        self.substituted(&Substitution::Greatest)
    }

    /// The atoms that its guards name.
    #[must_use]
    pub fn atoms(&self) -> BTreeSet<Atom> {
        let mut found = BTreeSet::new();
        self.each_region(&mut |region| {
            for literal in region.guard.literals() {
                if let Condition::Atom(atom) = &literal.condition {
                    found.insert(atom.clone());
                }
            }
        });
        found
    }

    /// A quick no: whether some of its regions may let requests with an action through. Resources and guards are not
    /// looked at, and what is taken away is not taken away; an action that copies a value of the context may be any.
    #[must_use]
    pub fn speaks_of(&self, action: &str) -> bool {
        on_deep_stack(self, || speaks_of(self, action))
    }

    /// The context keys that its guards and patterns name.
    #[must_use]
    pub fn keys(&self) -> BTreeSet<Key> {
        let mut found = BTreeSet::new();
        self.each_region(&mut |region| found.extend(region.keys().cloned()));
        found
    }

    /// The atoms of the regions in which `request` could be.
    pub(crate) fn atoms_at(&self, request: &Request) -> BTreeSet<Atom> {
        let mut found = BTreeSet::new();
        self.each_region(&mut |region| {
            if admits(region, request, &BTreeMap::new()).is_none() {
                for literal in region.guard.literals() {
                    if let Condition::Atom(atom) = &literal.condition {
                        found.insert(atom.clone());
                    }
                }
            }
        });
        found
    }

    /// Visits every region, those that stand in several places once.
    pub(crate) fn each_region<'s>(&'s self, visit: &mut dyn FnMut(&'s Region)) {
        let mut seen = FxHashSet::default();
        let mut stack = vec![self];
        while let Some(set) = stack.pop() {
            if let Node::Region(region) = set.node() {
                visit(region);
                continue;
            }
            if !seen.insert(set.address()) {
                continue;
            }
            match set.node() {
                Node::Region(_) => {}
                Node::Union(sets) | Node::Intersection(sets) => stack.extend(sets.iter().rev()),
                Node::Difference(given, taken) => stack.extend([taken, given]),
                Node::Labelled(_, inner) => stack.push(inner),
            }
        }
    }

    /// Whether `request` is a member as far as the `known` answers tell; `None` where that rests on others.
    pub(crate) fn contains_known(&self, request: &Request, known: &BTreeMap<Atom, bool>) -> Option<bool> {
        on_deep_stack(self, || self.known_down(request, known))
    }

    fn known_down(&self, request: &Request, known: &BTreeMap<Atom, bool>) -> Option<bool> {
        match self.node() {
            Node::Region(region) => admits(region, request, known),
            Node::Union(sets) => any(sets.iter().map(|set| set.known_down(request, known))),
            Node::Intersection(sets) => not(any(sets.iter().map(|set| not(set.known_down(request, known))))),
            Node::Difference(given, taken) => match given.known_down(request, known) {
                Some(false) => Some(false),
                first => match (first, taken.known_down(request, known)) {
                    (_, Some(true)) => Some(false),
                    (Some(true), Some(false)) => Some(true),
                    _ => None,
                },
            },
            Node::Labelled(_, inner) => inner.known_down(request, known),
        }
    }

    /// The set with its atoms answered.
    pub(crate) fn substituted(&self, substitution: &Substitution<'_>) -> Self {
        fn walk(
            set: &PermissionSet,
            substitution: Substitution<'_>,
            flipped: bool,
            done: &mut FxHashMap<(usize, bool), PermissionSet>,
        ) -> PermissionSet {
            if let Some(done) = done.get(&(set.address(), flipped)) {
                return done.clone();
            }
            let made = match set.node() {
                Node::Region(region) => answered(set, region, substitution),
                Node::Union(sets) => {
                    let parts: Vec<_> = sets
                        .iter()
                        .map(|set| walk(set, substitution, flipped, done))
                        .collect();
                    if same(&parts, sets) {
                        set.clone()
                    } else {
                        PermissionSet::union_of(parts)
                    }
                }
                Node::Intersection(sets) => {
                    let parts: Vec<_> = sets
                        .iter()
                        .map(|set| walk(set, substitution, flipped, done))
                        .collect();
                    if same(&parts, sets) {
                        set.clone()
                    } else {
                        PermissionSet::intersection_of(parts)
                    }
                }
                Node::Difference(given, taken) => {
                    let kept = walk(given, substitution, flipped, done);
                    let gone = walk(taken, substitution.opposite(), !flipped, done);
                    if kept.address() == given.address() && gone.address() == taken.address() {
                        set.clone()
                    } else {
                        kept.difference(&gone)
                    }
                }
                Node::Labelled(label, inner) => {
                    let made = walk(inner, substitution, flipped, done);
                    if made.address() == inner.address() {
                        set.clone()
                    } else {
                        made.labelled(*label)
                    }
                }
            };
            done.insert((set.address(), flipped), made.clone());
            made
        }
        on_deep_stack(self, || {
            walk(self, *substitution, false, &mut FxHashMap::default())
        })
    }
}

fn same(parts: &[PermissionSet], originals: &[PermissionSet]) -> bool {
    parts.len() == originals.len()
        && parts
            .iter()
            .zip(originals)
            .all(|(part, original)| part.address() == original.address())
}

fn answered(set: &PermissionSet, region: &Region, substitution: Substitution<'_>) -> PermissionSet {
    let literals = region.guard.literals();
    if !literals
        .iter()
        .any(|literal| matches!(literal.condition, Condition::Atom(_)))
    {
        return set.clone();
    }
    let mut kept = Vec::with_capacity(literals.len());
    for literal in literals {
        match &literal.condition {
            Condition::Atom(atom) => {
                if !substitution.answers(atom, literal.holds) {
                    return PermissionSet::empty();
                }
            }
            _ => kept.push(literal.clone()),
        }
    }
    PermissionSet::from(region.clone().when(Guard::all_of(kept)))
}

/// Whether a region holds `request` as far as the `known` answers tell.
fn admits(region: &Region, request: &Request, known: &BTreeMap<Atom, bool>) -> Option<bool> {
    let context: &Context = &request.context;
    if !region.actions.contains(&request.action, context)
        || !region.resources.contains(&request.resource, context)
    {
        return Some(false);
    }
    let mut sure = Some(true);
    for literal in region.guard.literals() {
        match &literal.condition {
            Condition::Atom(atom) => match known.get(atom) {
                Some(answer) if *answer == literal.holds => {}
                Some(_) => return Some(false),
                None => sure = None,
            },
            other => {
                if other.evaluate(context, &crate::context::Answers::none()) != literal.holds {
                    return Some(false);
                }
            }
        }
    }
    sure
}

fn speaks_of(set: &PermissionSet, action: &str) -> bool {
    match set.node() {
        Node::Region(region) => {
            region.actions.holes().next().is_some() || region.actions.contains(action, Context::nowhere())
        }
        Node::Union(sets) => sets.iter().any(|set| speaks_of(set, action)),
        Node::Intersection(sets) => sets.iter().all(|set| speaks_of(set, action)),
        Node::Difference(given, _) => speaks_of(given, action),
        Node::Labelled(_, inner) => speaks_of(inner, action),
    }
}
