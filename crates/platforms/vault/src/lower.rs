//! From the rules that a token is under to the exact set of requests that they let through.
//!
//! One pattern decides: the most specific one that matches, with all rules for it together. So the patterns are put in the
//! server's order, and each gives its own capabilities on what it matches less what better ones match. Lists have an order
//! of their own: their paths end in `/`, and are tried with and without it.

mod constraints;

pub(crate) use constraints::{APPROVED, LIMIT, MFA, PARAMETERS, WRAP, list_atom};

use std::collections::BTreeMap;

use jiff::Timestamp;
use leastwise_permset::{
    Atom, Condition, Guard, Instant, Key, Label, Literal, Pattern, PermissionSet, Range, Region, Strings,
    Test,
};

use crate::concrete::{self, Permissions};
use crate::operation::{Operation, Operations};
use crate::path::{Route, Value};
use crate::policy::Rule;
use crate::product::Product;

/// The moment of the request.
pub(crate) const TIME: &str = "time";

/// A rule of one of the policies, where it is in force, and its step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held<'a> {
    pub rule: &'a Rule,
    /// Of the policy, as `""` or `team/`.
    pub namespace: &'a str,
    pub label: Label,
    /// Until when the whole policy is in force.
    pub until: Option<Timestamp>,
}

/// What rules are read against.
pub(crate) struct World<'a> {
    pub product: Product,
    /// When the estate was read; what ended before is over.
    pub now: Option<Timestamp>,
    /// Paths that ask for `sudo` besides.
    pub protected: &'a Strings,
}

/// What a token may do.
#[derive(Default)]
pub(crate) struct Lowered {
    pub set: PermissionSet,
    /// Part of what is not in `set`: where a pattern wins that denies, or has less than those it wins over.
    pub shadowed: PermissionSet,
    /// Part of what is not in `set`: what asks for `sudo` and has all but that.
    pub unprivileged: PermissionSet,
    /// Pairs of patterns of which it is not known which wins, for gaps.
    pub undecided: Vec<(Atom, String, String)>,
}

/// One pattern with all that its rules say, within a stretch of time.
struct Competitor<'a> {
    route: Route,
    during: Guard,
    said: Permissions,
    rules: Vec<Held<'a>>,
}

/// The requests that `rules` let through together. Rules with templates are left as they are where `value` does not know
/// better. Cost: the rules, and for each pair of patterns that may match the same path a comparison.
pub(crate) fn lower(rules: &[Held<'_>], world: &World<'_>, value: &dyn Fn(&str) -> Value) -> Lowered {
    let competitors = competitors(rules, world, value);
    let mut parts = Parts::default();
    plain(&competitors, world, &mut parts);
    listing(&competitors, world, &mut parts);
    Lowered {
        set: PermissionSet::union_of(parts.given),
        shadowed: PermissionSet::union_of(parts.shadowed),
        unprivileged: PermissionSet::union_of(parts.unprivileged),
        undecided: parts.undecided,
    }
}

/// The parts of [`Lowered`].
#[derive(Default)]
struct Parts {
    given: Vec<PermissionSet>,
    shadowed: Vec<PermissionSet>,
    unprivileged: Vec<PermissionSet>,
    undecided: Vec<(Atom, String, String)>,
}

fn competitors<'a>(
    rules: &[Held<'a>],
    world: &World<'_>,
    value: &dyn Fn(&str) -> Value,
) -> Vec<Competitor<'a>> {
    let mut by_route: BTreeMap<Route, Vec<Held<'a>>> = BTreeMap::new();
    for held in rules {
        if let (Some(end), Some(now)) = (end(held), world.now)
            && now > end
        {
            continue;
        }
        if let Some(route) = Route::new(held.namespace, &held.rule.path, value) {
            by_route.entry(route).or_default().push(*held);
        }
    }
    let mut found = Vec::new();
    for (route, rules) in by_route {
        let mut ends: Vec<Timestamp> = rules.iter().filter_map(end).collect();
        ends.sort_unstable();
        ends.dedup();
        // Until the first end, from then to the second, and so on, and after the last.
        for at in 0..=ends.len() {
            let from = at.checked_sub(1).and_then(|before| ends.get(before)).copied();
            let until = ends.get(at).copied();
            let alive: Vec<Held<'a>> = rules
                .iter()
                .filter(|held| end(held).is_none_or(|end| from.is_none_or(|from| end > from)))
                .copied()
                .collect();
            if alive.is_empty() {
                continue;
            }
            found.push(Competitor {
                route: route.clone(),
                during: during(from, until),
                said: together(&alive, world.product),
                rules: alive,
            });
        }
    }
    found
}

fn end(held: &Held<'_>) -> Option<Timestamp> {
    match (held.rule.expires, held.until) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// After `from` up to and with `until`.
fn during(from: Option<Timestamp>, until: Option<Timestamp>) -> Guard {
    if from.is_none() && until.is_none() {
        return Guard::always();
    }
    let range = Range {
        from: from.map(|from| Instant(from.as_microsecond() + 1)),
        to: until.map(|until| Instant(until.as_microsecond())),
    };
    let test = Test::Instant(vec![range].into());
    Guard::all_of([Condition::Some(Key::single(TIME), test).holds()])
}

/// All rules for one pattern together.
fn together(rules: &[Held<'_>], product: Product) -> Permissions {
    let mut said = Permissions::default();
    for (index, held) in rules.iter().enumerate() {
        if held.rule.denies {
            return Permissions {
                denies: true,
                ..Permissions::default()
            };
        }
        said.operations = said.operations.union(held.rule.operations);
        if index == 0 {
            said.constraints = held.rule.constraints.clone();
        } else {
            concrete::merge(&mut said.constraints, &held.rule.constraints, product);
        }
    }
    said
}

/// A competitor in one way of looking up: the paths that it matches there, and how well.
struct Entrant<'c, 'a> {
    competitor: &'c Competitor<'a>,
    paths: Vec<Pattern>,
    /// The stage of the lookup; the least wins.
    stage: u8,
}

/// Requests whose path is taken as it is.
fn plain<'a>(competitors: &[Competitor<'a>], world: &World<'_>, parts: &mut Parts) {
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
fn listing<'a>(competitors: &[Competitor<'a>], world: &World<'_>, parts: &mut Parts) {
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
enum Outcome {
    First,
    Second,
    /// They are one pattern where their open templates have the same text.
    Same,
    Unknown,
}

fn outcome(a: &Entrant<'_, '_>, b: &Entrant<'_, '_>) -> Outcome {
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

fn compete(mut entrants: Vec<Entrant<'_, '_>>, asked: Operations, world: &World<'_>, parts: &mut Parts) {
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

fn push<T>(lists: &mut [Vec<T>], at: usize, value: T) {
    if let Some(list) = lists.get_mut(at) {
        list.push(value);
    }
}

/// Whether some path may match both. Errs on the side of yes.
fn can_meet(a: &Entrant<'_, '_>, b: &Entrant<'_, '_>) -> bool {
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
fn shadows(entrant: &Entrant<'_, '_>, lacking: Operations) -> PermissionSet {
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

/// What a pattern gives where it wins, and what it would give with `sudo`: the capabilities of its rules under their constraints together, each part under
/// the label of the rule that gives it.
fn gives(
    competitor: &Competitor<'_>,
    said: &Permissions,
    paths: &[Pattern],
    asked: Operations,
    world: &World<'_>,
) -> (PermissionSet, PermissionSet) {
    if said.denies {
        return (PermissionSet::empty(), PermissionSet::empty());
    }
    let resources = Strings::any_of(paths.iter().cloned());
    let mut parts = Vec::new();
    for held in &competitor.rules {
        let own: Operations = held
            .rule
            .operations
            .iter()
            .filter(|operation| asked.contains(*operation))
            .collect();
        let mut given = Vec::new();
        for (operations, constrained) in constraints::split(own, &said.constraints, world.product) {
            let actions = Strings::any_of(
                operations
                    .iter()
                    .map(|operation| Pattern::literal(operation.as_str())),
            );
            let literals = competitor.during.literals().iter().cloned();
            let guard = Guard::all_of(literals.chain(constrained.demands));
            let region = PermissionSet::from(Region::new(actions, resources.clone()).when(guard));
            given.push(region.difference(&PermissionSet::union_of(constrained.except)));
        }
        if !given.is_empty() {
            parts.push(PermissionSet::union_of(given).labelled(held.label));
        }
    }
    let given = PermissionSet::union_of(parts);
    if given.is_plainly_empty() || said.operations.contains(Operation::Sudo) {
        return (given, PermissionSet::empty());
    }
    // Root protection reaches only patterns that may match such a path.
    let nothing = leastwise_permset::Context::new();
    let protected = world.protected.patterns().iter().filter(|pattern| {
        paths
            .iter()
            .any(|path| match (path.as_literal(), pattern.as_literal()) {
                (Some(text), _) => pattern.matches(text, &nothing),
                (None, _) => {
                    let (a, b) = (path.prefix(), pattern.prefix());
                    a.starts_with(b) || b.starts_with(a)
                }
            })
    });
    let protected: Vec<Pattern> = protected.cloned().collect();
    if protected.is_empty() {
        return (given, PermissionSet::empty());
    }
    let protected = Region::new(Strings::any(), Strings::any_of(protected)).into();
    (given.difference(&protected), given.intersection(&protected))
}
