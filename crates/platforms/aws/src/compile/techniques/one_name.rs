//! Needs of one way that must name the same thing: the function that is created is the function that is invoked.
//!
//! Needs of a row whose resource patterns are the same text mean one resource. Each need is met by itself elsewhere; here
//! those who hold them on names that have nothing in common are left out. What policies refuse is not looked at, and a
//! document that is not known is taken to name everything.

use leastwise_model::IdentityKind;
use leastwise_permset::{Context, Emptiness, Limits, Node, Pattern, PermissionSet, Region, Strings};

use super::arn_pattern;
use super::row::{Row, Side};
use crate::compile::people::Person;
use crate::compile::units::Units;

/// The pattern that several needs of a row share.
pub fn pattern(row: &Row) -> Option<&'static str> {
    let patterns = || row.needs.iter().filter_map(|need| need.resource);
    patterns().find(|one| patterns().filter(|other| other == one).count() > 1)
}

/// Whether the documents of an identity allow all needs with this pattern on some common name that is not taken.
pub fn may(row: &Row, pattern: &str, taken: &Strings, person: &Person, units: &Units) -> bool {
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
        let Some(named) = named(person, &need.action, units) else {
            continue;
        };
        common = common
            .iter()
            .flat_map(|head| named.iter().map(move |tail| head.intersection(tail)))
            .filter(|both| !matches!(both.emptiness(&Limits::default()), Emptiness::Empty))
            .collect();
    }
    !common.is_empty()
}

/// On which resources documents of an identity allow an action, as sets of requests for any action; `None`: on any.
fn named(person: &Person, action: &str, units: &Units) -> Option<Vec<PermissionSet>> {
    let mut found: Vec<Strings> = Vec::new();
    for held in &person.held {
        if !units.is_read(held.unit) {
            return None;
        }
        for said in units.said(held.unit).filter(|said| !said.denies) {
            if !collect(&said.set, action, &mut found) {
                return None;
            }
        }
    }
    found.sort();
    found.dedup();
    let sets = found
        .into_iter()
        .map(|strings| Region::new(Strings::any(), strings).into());
    Some(sets.collect())
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
        Node::Intersection(_) => false,
    }
}
