//! Needs of one way that must name the same thing: the function that is created is the function that is invoked.
//!
//! Needs of a row whose resource patterns are the same text mean one resource. Each need is met by itself elsewhere; here
//! those who hold them on names that have nothing in common are left out. What policies refuse is not looked at, and a
//! document that is not known is taken to name everything.

use std::sync::Arc;

use leastwise_model::{IdentityKind, Text};
use leastwise_permset::{Context, Emptiness, Limits, Node, Pattern, PermissionSet, Region, Strings};

use rustc_hash::FxHashMap;

use super::arn_pattern;
use super::row::{Row, Side};
use crate::compile::people::Person;
use crate::compile::units::{UnitIndex, Units};

/// The pattern that several needs of a row share; what stands for one thing is no pattern.
pub fn pattern(row: &Row) -> Option<&'static str> {
    let patterns = || {
        let patterns = row.needs.iter().filter_map(|need| need.resource);
        patterns.filter(|text| !text.starts_with('{'))
    };
    patterns().find(|one| patterns().filter(|other| other == one).count() > 1)
}

/// The resources on which each document allows one action. `None`: on any.
type ByDocument = FxHashMap<UnitIndex, Option<Arc<[Strings]>>>;

/// The resources on which documents allow actions, each document looked at once for an action.
#[derive(Default)]
pub struct Allowed {
    by_action: FxHashMap<Text, ByDocument>,
}

impl Allowed {
    /// On which resources the documents of an identity allow an action; `None`: on any.
    fn of(&mut self, person: &Person, action: &Text, units: &Units) -> Option<Vec<Strings>> {
        let mut found: Vec<Strings> = Vec::new();
        let known = self.by_action.entry(action.clone()).or_default();
        for held in &person.held {
            let allowed = known
                .entry(held.unit)
                .or_insert_with(|| allowed(held.unit, action, units));
            found.extend(allowed.as_ref()?.iter().cloned());
        }
        found.sort();
        found.dedup();
        Some(found)
    }
}

/// Whether the documents of an identity allow all needs with this pattern on some common name that is not taken.
pub fn may(
    row: &Row,
    pattern: &str,
    taken: &Strings,
    person: &Person,
    units: &Units,
    allowed: &mut Allowed,
) -> bool {
    if person.kind == IdentityKind::Root {
        return true;
    }
    let needs = row
        .needs
        .iter()
        .filter(|need| need.resource == Some(pattern) && need.side == Side::Hold);
    // In an ARN no field of such a name holds a `:`, though a `*` of a policy would cross it.
    let fields = pattern.replace("{partition}", "*").replace("{account}", "*");
    let named_so = Region::new(Strings::any(), Strings::one(arn_pattern(&fields)));
    let mut common: Vec<PermissionSet> = vec![named_so.into()];
    if !taken.patterns().is_empty() {
        let taken = PermissionSet::from(Region::new(Strings::any(), taken.clone()));
        common = common.iter().map(|names| names.difference(&taken)).collect();
    }
    for need in needs {
        let Some(named) = allowed.of(person, &need.action, units) else {
            continue;
        };
        let named: Vec<PermissionSet> = named
            .into_iter()
            .map(|strings| Region::new(Strings::any(), strings).into())
            .collect();
        common = common
            .iter()
            .flat_map(|head| named.iter().map(move |tail| head.intersection(tail)))
            .filter(|both| !matches!(both.emptiness(&Limits::default()), Emptiness::Empty))
            .collect();
    }
    !common.is_empty()
}

/// On which resources a document allows an action; `None`: on any.
fn allowed(unit: UnitIndex, action: &str, units: &Units) -> Option<Arc<[Strings]>> {
    if !units.is_read(unit) {
        return None;
    }
    let mut found: Vec<Strings> = Vec::new();
    let mut allowing = units.said(unit).filter(|said| !said.denies);
    let listed = allowing.all(|said| collect(&said.set, action, &mut found));
    found.sort();
    found.dedup();
    listed.then(|| found.into())
}

/// Adds the resources of an action's regions; false where they are all resources.
fn collect(set: &PermissionSet, action: &str, found: &mut Vec<Strings>) -> bool {
    match set.node() {
        Node::Region(region) if region.actions.contains(action, &Context::new()) => {
            let any = region.resources.is_any() || region.resources.patterns().iter().any(Pattern::is_any);
            if !any {
                found.push(region.resources.clone());
            }
            !any
        }
        Node::Region(_) => true,
        Node::Union(sets) => sets.iter().all(|set| collect(set, action, found)),
        Node::Labelled(_, set) | Node::Difference(set, _) => collect(set, action, found),
        // Each part has all of it: the first that lists something, from the last on, which is the narrowest.
        Node::Intersection(sets) => sets.iter().rev().any(|part| {
            let mut own = Vec::new();
            let lists = collect(part, action, &mut own);
            if lists {
                found.append(&mut own);
            }
            lists
        }),
    }
}
