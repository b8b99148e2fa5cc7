//! From the rules that a token is under to the exact set of requests that they let through.
//!
//! One pattern decides: the most specific one that matches, with all rules for it together. So the patterns are put in the
//! server's order, and each gives its own capabilities on what it matches less what better ones match. Lists have an order
//! of their own: their paths end in `/`, and are tried with and without it.

mod compete;
mod constraints;

use crate::concrete::{self, Permissions};
use crate::operation::{Operation, Operations};
use crate::path::{Route, Value};
use crate::policy::Rule;
use crate::product::Product;
pub(crate) use constraints::{APPROVED, LIMIT, MFA, PARAMETERS, WRAP, list_atom};
use jiff::Timestamp;
use leastwise_permset::{
    Atom, Condition, Guard, Instant, Key, Label, Pattern, PermissionSet, Range, Region, Strings, Test,
};
use std::collections::BTreeMap;

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
    compete::plain(&competitors, world, &mut parts);
    compete::listing(&competitors, world, &mut parts);
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
