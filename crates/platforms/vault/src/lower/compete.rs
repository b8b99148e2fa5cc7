//! Which pattern wins where, and what the others are left with.

use std::collections::BTreeMap;

use leastwise_permset::{Atom, Condition, Guard, Literal, Pattern, PermissionSet, Region, Strings};

use super::{Competitor, Held, Parts, World, gives, together};
use crate::operation::{Operation, Operations};
use crate::product::Product;

/// A competitor in one way of looking up: the paths that it matches there, and how well.
pub(super) struct Entrant<'c, 'a> {
    competitor: &'c Competitor<'a>,
    paths: Vec<Pattern>,
    /// The stage of the lookup; the least wins.
    stage: u8,
}

/// Requests whose path is taken as it is.
pub(super) fn plain<'a>(competitors: &[Competitor<'a>], world: &World<'_>, parts: &mut Parts) {
    let entrants: Vec<Entrant<'_, 'a>> = competitors
        .iter()
        .map(|competitor| Entrant {
            competitor,
            paths: competitor.route.paths(),
            stage: u8::from(!competitor.route.is_exact()),
        })
        .collect();
    let asked: Operations = Operation::ALL
        .into_iter()
        .filter(|operation| !operation.lists())
        .collect();
    compete(entrants, asked, world, parts);
}

/// Lists and scans, whose path ends in `/`: an exact rule with it, one without it, then patterns.
pub(super) fn listing<'a>(competitors: &[Competitor<'a>], world: &World<'_>, parts: &mut Parts) {
    let mut entrants: Vec<Entrant<'_, 'a>> = Vec::new();
    for competitor in competitors {
        let route = &competitor.route;
        let (with, without) = match (route.is_exact(), world.product) {
            (true, _) => (0, 1),
            (false, Product::OpenBao) => (2, 3),
            (false, Product::Vault) => (3, 2),
        };
        let (mut folders, mut others) = (route.folders(), route.folders_without_slash());
        // What matches a pattern with `*` at its end without the `/` matches it with the `/` too: tried second, it decides
        // nothing.
        if route.is_prefix() {
            let second = if with < without { &mut others } else { &mut folders };
            let first = if with < without {
                route.folders()
            } else {
                route.folders_without_slash()
            };
            second.retain(|pattern| with > without && !first.contains(pattern));
        }
        for (paths, stage) in [(folders, with), (others, without)] {
            if !paths.is_empty() {
                entrants.push(Entrant {
                    competitor,
                    paths,
                    stage,
                });
            }
        }
    }
    let asked: Operations = Operation::ALL
        .into_iter()
        .filter(|operation| operation.lists())
        .collect();
    compete(entrants, asked, world, parts);
}

/// Which of two entrants that match the same path wins.
pub(super) enum Outcome {
    First,
    Second,
    /// They are one pattern where their open templates have the same text.
    Same,
    Unknown,
}

pub(super) fn outcome(a: &Entrant<'_, '_>, b: &Entrant<'_, '_>) -> Outcome {
    if a.stage != b.stage {
        return if a.stage < b.stage {
            Outcome::First
        } else {
            Outcome::Second
        };
    }
    let (first, second) = (&a.competitor.route, &b.competitor.route);
    if first.is_exact() {
        return Outcome::Same;
    }
    match first.rank(second) {
        Some(std::cmp::Ordering::Greater) => Outcome::First,
        Some(std::cmp::Ordering::Less) => Outcome::Second,
        Some(std::cmp::Ordering::Equal) | None => Outcome::Unknown,
    }
}

pub(super) fn compete(
    mut entrants: Vec<Entrant<'_, '_>>,
    asked: Operations,
    world: &World<'_>,
    parts: &mut Parts,
) {
    // Neighbors in this order are most of those that may match the same path.
    entrants.sort_by(|a, b| a.competitor.route.head().cmp(b.competitor.route.head()));
    let count = entrants.len();
    let mut better: Vec<Vec<(usize, Vec<Literal>)>> = vec![Vec::new(); count];
    let mut same: Vec<(usize, usize)> = Vec::new();
    for (at, a) in entrants.iter().enumerate() {
        let head = a.competitor.route.head();
        for (offset, b) in entrants.iter().enumerate().skip(at + 1) {
            if !b.competitor.route.head().starts_with(head) {
                break;
            }
            let one_route = a.competitor.route == b.competitor.route;
            if one_route && a.stage == b.stage {
                // The same pattern at different times.
                continue;
            }
            if !can_meet(a, b) {
                continue;
            }
            match outcome(a, b) {
                Outcome::First => push(&mut better, offset, (at, Vec::new())),
                Outcome::Second => push(&mut better, at, (offset, Vec::new())),
                Outcome::Same => {
                    push(&mut better, at, (offset, Vec::new()));
                    push(&mut better, offset, (at, Vec::new()));
                    same.push((at, offset));
                }
                Outcome::Unknown => {
                    let (one, other) = (a.competitor.route.text(), b.competitor.route.text());
                    let atom = Atom::new(&format!("whether `{one}` wins over `{other}`"));
                    let condition = Condition::Atom(atom.clone());
                    push(&mut better, offset, (at, vec![condition.clone().holds()]));
                    push(&mut better, at, (offset, vec![condition.fails()]));
                    parts.undecided.push((atom, one, other));
                }
            }
        }
    }
    // What those have that each wins over.
    let mut beaten = vec![Operations::default(); count];
    for (entrant, better) in entrants.iter().zip(&better) {
        for (winner, _) in better {
            if let Some(beaten) = beaten.get_mut(*winner) {
                *beaten = beaten.union(entrant.competitor.said.operations);
            }
        }
    }
    for ((entrant, better), beaten) in entrants.iter().zip(&better).zip(beaten) {
        let said = &entrant.competitor.said;
        let (given, unprivileged) = gives(entrant.competitor, said, &entrant.paths, asked, world);
        let lacks = |operation: &Operation| {
            asked.contains(*operation)
                && (said.denies || beaten.contains(*operation) && !said.operations.contains(*operation))
        };
        let shadowed = shadows(entrant, Operation::ALL.into_iter().filter(lacks).collect());
        if given.is_plainly_empty() && unprivileged.is_plainly_empty() && shadowed.is_plainly_empty() {
            continue;
        }
        let mut taken: BTreeMap<Guard, Vec<Pattern>> = BTreeMap::new();
        for (other, literals) in better {
            let Some(other) = entrants.get(*other) else {
                continue;
            };
            let when = other.competitor.during.literals().iter().cloned();
            let guard = Guard::all_of(when.chain(literals.iter().cloned()));
            taken
                .entry(guard)
                .or_default()
                .extend(other.paths.iter().cloned());
        }
        let taken = taken.into_iter().map(|(guard, paths)| {
            PermissionSet::from(Region::new(Strings::any(), Strings::any_of(paths)).when(guard))
        });
        let taken = PermissionSet::union_of(taken);
        let own = |set: PermissionSet, into: &mut Vec<PermissionSet>| {
            if !set.is_plainly_empty() {
                into.push(set.difference(&taken));
            }
        };
        own(given, &mut parts.given);
        own(unprivileged, &mut parts.unprivileged);
        own(shadowed, &mut parts.shadowed);
    }
    for (a, b) in same {
        let (Some(a), Some(b)) = (entrants.get(a), entrants.get(b)) else {
            continue;
        };
        let rules: Vec<Held<'_>> = [a, b]
            .into_iter()
            .flat_map(|entrant| entrant.competitor.rules.iter().copied())
            .collect();
        let both = Competitor {
            route: a.competitor.route.clone(),
            during: a.competitor.during.clone(),
            said: together(&rules, world.product),
            rules,
        };
        let (given, _) = gives(&both, &both.said, &a.paths, asked, world);
        let there = Region::new(Strings::any(), Strings::any_of(b.paths.iter().cloned()))
            .when(b.competitor.during.clone());
        if !given.is_plainly_empty() {
            parts.given.push(given.intersection(&there.into()));
        }
    }
}

pub(super) fn push<T>(lists: &mut [Vec<T>], at: usize, value: T) {
    if let Some(list) = lists.get_mut(at) {
        list.push(value);
    }
}

/// Whether some path may match both. Errs on the side of yes.
pub(super) fn can_meet(a: &Entrant<'_, '_>, b: &Entrant<'_, '_>) -> bool {
    let (first, second) = (&a.competitor.route, &b.competitor.route);
    if !first.may_meet(second) {
        return false;
    }
    if !(first.is_closed() && second.is_closed()) {
        return true;
    }
    // One text against the other's patterns is decided at once.
    let nothing = leastwise_permset::Context::new();
    let among = |text: &str, patterns: &[Pattern]| patterns.iter().any(|p| p.matches(text, &nothing));
    match (a.paths.as_slice(), b.paths.as_slice()) {
        ([one], all) if one.as_literal().is_some() => one.as_literal().is_some_and(|text| among(text, all)),
        (all, [one]) if one.as_literal().is_some() => one.as_literal().is_some_and(|text| among(text, all)),
        _ => true,
    }
}

/// What a pattern that wins does not give, under the labels of its rules.
pub(super) fn shadows(entrant: &Entrant<'_, '_>, lacking: Operations) -> PermissionSet {
    if lacking.is_empty() {
        return PermissionSet::empty();
    }
    let actions = Strings::any_of(
        lacking
            .iter()
            .map(|operation| Pattern::literal(operation.as_str())),
    );
    let paths = Strings::any_of(entrant.paths.iter().cloned());
    let region = PermissionSet::from(Region::new(actions, paths).when(entrant.competitor.during.clone()));
    let denies = entrant.competitor.said.denies;
    let rules = entrant
        .competitor
        .rules
        .iter()
        .filter(|held| held.rule.denies == denies);
    PermissionSet::union_of(rules.map(|held| region.labelled(held.label)))
}
