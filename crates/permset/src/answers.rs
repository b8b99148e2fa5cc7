//! Questions about sets, and their answers with witnesses.
//!
//! Every answer is by search ([`crate::search`]); every witness was evaluated against the set before it is
//! returned. Atoms are quantified exactly: first for *some* answers, by leaving them to the search; then for *all*
//! answers, by collecting answers that refute candidates until a request stands against all of them or none is left.
//! That takes as many searches as there are answers that matter, one or two in practice.

use std::collections::BTreeMap;

use crate::bounds::Substitution;
use crate::context::{Answers, Atom, Request};
use crate::limits::{Budget, Limit, Limits};
use crate::search::{self, Found};
use crate::set::PermissionSet;

/// A concrete request that proves an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The request.
    pub request: Request,
    /// The atoms taken as answered with yes; all others with no.
    pub answers: Answers,
    /// The atoms whose answer it relies on, either way, in order. Where there are none it holds whatever the
    /// unknowns are.
    pub atoms: Vec<Atom>,
    /// Whether its action is outside the catalogue that was given.
    pub hypothetical: bool,
}

/// Whether a set has a member, for some answers to its atoms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Emptiness {
    /// No request is a member, whatever the atoms' answers are.
    Empty,
    /// This request is a member, given the answers it names.
    Inhabited(Witness),
    /// A limit stood in the way.
    Unknown(Limit),
}

/// Whether one set lies within another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inclusion {
    /// Every member of the first is a member of the second, whatever the atoms' answers are.
    Holds,
    /// This request is in the first and not in the second, whatever the atoms' answers are.
    Fails(Witness),
    /// This request is in the first and not in the second for some answers to the atoms that the witness names; no
    /// request is so for all answers.
    Depends(Witness),
    /// A limit stood in the way.
    Unknown(Limit),
}

/// Whether two sets have a member in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// No request is in both, whatever the atoms' answers are.
    Never,
    /// This request is in both, whatever the atoms' answers are.
    Surely(Witness),
    /// This request is in both for some answers to the atoms that the witness names; no request is so for all.
    Depends(Witness),
    /// A limit stood in the way.
    Unknown(Limit),
}

/// How one set relates to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// The same requests.
    Equal,
    /// Fewer requests, and none that the other has not.
    Narrower,
    /// More requests, and all that the other has.
    Wider,
    /// Each has requests that the other has not.
    Incomparable,
    /// It depends on atoms, or a limit stood in the way.
    Unknown,
}

/// A set compared with another: see [`PermissionSet::compare`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What this set is, relative to the other.
    pub relation: Relation,
    /// A request that this set has and the other has not, surely or for some answers (its atoms say which).
    pub added: Option<Witness>,
    /// A request that the other has and this set has not, surely or for some answers.
    pub removed: Option<Witness>,
    /// Whether this set lies within the other.
    pub within: Inclusion,
    /// Whether the other lies within this set.
    pub covers: Inclusion,
}

/// Whether some request is a member for all answers, for some, or for none.
enum Quantified {
    Never,
    Sometimes(Witness),
    Always(Witness),
    Unknown(Limit),
}

impl PermissionSet {
    /// Whether any request is a member for some answers to the atoms: whether the set is nonempty *at most*.
    /// (For *surely*, see whether [`PermissionSet::everything`] has a [`Meeting::Surely`] with it.)
    #[must_use]
    pub fn emptiness(&self, limits: &Limits) -> Emptiness {
        let budget = Budget::new(limits);
        match search::member(self, &budget) {
            Found::Nothing => Emptiness::Empty,
            Found::Member(request, answers) => Emptiness::Inhabited(self.witness(request, answers)),
            Found::Stopped(limit) => Emptiness::Unknown(limit),
        }
    }

    /// Whether all members of this set are members of `other`.
    #[must_use]
    pub fn included_in(&self, other: &Self, limits: &Limits) -> Inclusion {
        if self.address() == other.address() {
            return Inclusion::Holds;
        }
        match quantify(&self.difference(other), limits) {
            Quantified::Never => Inclusion::Holds,
            Quantified::Sometimes(witness) => Inclusion::Depends(witness),
            Quantified::Always(witness) => Inclusion::Fails(witness),
            Quantified::Unknown(limit) => Inclusion::Unknown(limit),
        }
    }

    /// Whether this set and `other` have a member in common.
    #[must_use]
    pub fn meets(&self, other: &Self, limits: &Limits) -> Meeting {
        match quantify(&self.intersection(other), limits) {
            Quantified::Never => Meeting::Never,
            Quantified::Sometimes(witness) => Meeting::Depends(witness),
            Quantified::Always(witness) => Meeting::Surely(witness),
            Quantified::Unknown(limit) => Meeting::Unknown(limit),
        }
    }

    /// What this set (the new one) is relative to `other` (the old one).
    #[must_use]
    pub fn compare(&self, other: &Self, limits: &Limits) -> Comparison {
        let within = self.included_in(other, limits);
        let covers = other.included_in(self, limits);
        let relation = match (&within, &covers) {
            (Inclusion::Holds, Inclusion::Holds) => Relation::Equal,
            (Inclusion::Holds, Inclusion::Fails(_)) => Relation::Narrower,
            (Inclusion::Fails(_), Inclusion::Holds) => Relation::Wider,
            (Inclusion::Fails(_), Inclusion::Fails(_)) => Relation::Incomparable,
            _ => Relation::Unknown,
        };
        Comparison {
            relation,
            added: witness_of(&within),
            removed: witness_of(&covers),
            within,
            covers,
        }
    }

    /// A witness for `request`, which is a member given `answers`, with the atoms it relies on.
    pub(crate) fn witness(&self, request: Request, answers: Answers) -> Witness {
        let mut known: BTreeMap<Atom, bool> = BTreeMap::new();
        if self.contains_known(&request, &known) != Some(true) {
            known = self
                .atoms()
                .into_iter()
                .map(|atom| (atom.clone(), answers.holds(&atom)))
                .collect();
            let atoms: Vec<Atom> = known.keys().cloned().collect();
            for atom in atoms {
                if let Some(answer) = known.remove(&atom)
                    && refutation(self, &request, &mut known) != Verified::Stands
                {
                    known.insert(atom, answer);
                }
            }
        }
        let answers = Answers::holding(
            known
                .iter()
                .filter(|(_, holds)| **holds)
                .map(|(atom, _)| atom.clone()),
        );
        Witness {
            request,
            answers,
            atoms: known.into_keys().collect(),
            hypothetical: false,
        }
    }
}

fn witness_of(inclusion: &Inclusion) -> Option<Witness> {
    match inclusion {
        Inclusion::Fails(witness) | Inclusion::Depends(witness) => Some(witness.clone()),
        Inclusion::Holds | Inclusion::Unknown(_) => None,
    }
}

/// Whether a fixed request is a member for all answers that agree with those known.
#[derive(PartialEq, Eq)]
enum Verified {
    Stands,
    Refuted(BTreeMap<Atom, bool>),
    TooHard,
}

fn refutation(set: &PermissionSet, request: &Request, known: &mut BTreeMap<Atom, bool>) -> Verified {
    fn split(
        set: &PermissionSet,
        request: &Request,
        known: &mut BTreeMap<Atom, bool>,
        open: &[Atom],
        steps: &mut u32,
    ) -> Verified {
        match (set.contains_known(request, known), open.split_first()) {
            (Some(true), _) => Verified::Stands,
            (Some(false), _) | (None, None) => Verified::Refuted(known.clone()),
            (None, Some((atom, rest))) => {
                if *steps == 0 {
                    return Verified::TooHard;
                }
                *steps -= 1;
                for answer in [false, true] {
                    known.insert(atom.clone(), answer);
                    let verified = split(set, request, known, rest, steps);
                    known.remove(atom);
                    if verified != Verified::Stands {
                        return verified;
                    }
                }
                Verified::Stands
            }
        }
    }
    match set.contains_known(request, known) {
        Some(true) => return Verified::Stands,
        Some(false) => return Verified::Refuted(known.clone()),
        None => {}
    }
    let open: Vec<Atom> = set
        .atoms_at(request)
        .into_iter()
        .filter(|atom| !known.contains_key(atom))
        .collect();
    split(set, request, known, &open, &mut 512)
}

/// Looks for a request that is a member for some answers, then for one that is so for all.
fn quantify(set: &PermissionSet, limits: &Limits) -> Quantified {
    let budget = Budget::new(limits);
    let first = match search::member(set, &budget) {
        Found::Nothing => return Quantified::Never,
        Found::Stopped(limit) => return Quantified::Unknown(limit),
        Found::Member(request, answers) => set.witness(request, answers),
    };
    if first.atoms.is_empty() {
        return Quantified::Always(first);
    }
    // What holds whatever the answers are is often found at once in the lower bound.
    let certain = set.surely();
    if let Found::Member(request, _) = search::member(&certain, &budget)
        && set.contains_known(&request, &BTreeMap::new()) == Some(true)
    {
        return Quantified::Always(set.witness(request, Answers::none()));
    }
    let mut cases = Vec::new();
    let mut refuted = |request: &Request| match refutation(set, request, &mut BTreeMap::new()) {
        Verified::Stands => Ok(true),
        Verified::TooHard => Err(Limit::Steps(limits.steps)),
        Verified::Refuted(known) => {
            cases.push(set.substituted(&Substitution::all(&known)));
            Ok(false)
        }
    };
    match refuted(&first.request) {
        Ok(true) => return Quantified::Always(first),
        Ok(false) => {}
        Err(limit) => return Quantified::Unknown(limit),
    }
    let mut candidates = vec![];
    loop {
        candidates.clear();
        candidates.extend(cases.iter().cloned());
        // A request that is a member under every answer collected so far.
        match search::member(&PermissionSet::intersection_of(candidates.drain(..)), &budget) {
            Found::Nothing => return Quantified::Sometimes(first),
            Found::Stopped(limit) => return Quantified::Unknown(limit),
            Found::Member(request, _) => match refutation(set, &request, &mut BTreeMap::new()) {
                Verified::Stands => return Quantified::Always(set.witness(request, Answers::none())),
                Verified::TooHard => return Quantified::Unknown(Limit::Steps(limits.steps)),
                Verified::Refuted(known) => cases.push(set.substituted(&Substitution::all(&known))),
            },
        }
    }
}

#[cfg(test)]
mod tests;
