//! Which colors the requests of one action have.
//!
//! What bears on the action is cut out of the four sets once. Then single requests that statements and logs name are asked
//! for their color: each has exactly one, by four memberships, and proves that one. Only a color that no such request shows
//! and that nothing rules out is searched for. So what was seen on a few resources of an action that is held on all of them
//! needs no search at all. Linear in the statements that speak of the action, times the requests asked, which are bounded.

use leastwise_permset::{Element, Emptiness, Limits, Node, PermissionSet, Region, Request, Strings};

use super::hidden::said;
use super::{Color, Colors};

/// How many requests are asked for their color, of those that one set names.
const ASKED: usize = 6;
/// Stands for what a wildcard leaves open.
const OPEN: char = '~';

/// The four sets by which colors are told.
pub(super) struct Sets<'s> {
    pub held: &'s PermissionSet,
    pub declared: &'s PermissionSet,
    pub seen: &'s PermissionSet,
    pub hidden: &'s PermissionSet,
}

impl Sets<'_> {
    /// Whether a request of an action has each color, in the order of [`Color::ALL`]. Where that cannot be decided it has
    /// every color but excess. `hidden_whole`: everything of the action is known to be hidden.
    pub fn shades(&self, action: &str, hidden_whole: bool, limits: &Limits) -> [bool; 4] {
        let Some(held) = said(self.held, action) else {
            return [false; 4];
        };
        let cut = |set: &PermissionSet| said(set, action).unwrap_or_default();
        let (declared, seen, hidden) = (cut(self.declared), cut(self.seen), cut(self.hidden));
        let speaks = |set: &PermissionSet| !set.is_plainly_empty();
        let possible = [speaks(&declared), speaks(&seen), !hidden_whole, speaks(&hidden)];
        let mut found = [false; 4];
        let settled = |found: &[bool; 4]| possible.iter().zip(found).all(|(may, is)| !may || *is);
        'asked: for set in [&seen, &declared, &hidden, &held] {
            for resource in named(set) {
                if settled(&found) {
                    break 'asked;
                }
                let request = Request::new(action, &resource);
                let color = match () {
                    () if !held.contains(&request) => continue,
                    () if declared.contains(&request) => Color::Needed,
                    () if seen.contains(&request) => Color::Used,
                    () if hidden.contains(&request) => Color::Unobservable,
                    () => Color::Excess,
                };
                for (is, one) in found.iter_mut().zip(Color::ALL) {
                    *is |= one == color;
                }
            }
        }
        if settled(&found) {
            return found;
        }
        let colors = Colors::of(&held, &declared, &seen, &hidden);
        let only = PermissionSet::from(Region::new(Strings::literal(action), Strings::any()));
        for ((is, color), may) in found.iter_mut().zip(Color::ALL).zip(possible) {
            if may && !*is {
                *is = match colors.part(color).intersection(&only).emptiness(limits) {
                    Emptiness::Empty => false,
                    Emptiness::Inhabited(_) => true,
                    Emptiness::Unknown(_) => color != Color::Excess,
                };
            }
        }
        found
    }
}

/// Resources that the regions of a set name, with something odd where they leave open what stands there.
fn named(set: &PermissionSet) -> Vec<String> {
    let (mut found, mut sets) = (Vec::new(), vec![set]);
    while let Some(set) = sets.pop() {
        match set.node() {
            Node::Region(region) if region.resources.is_complement() => found.push(OPEN.to_string()),
            Node::Region(region) => {
                let patterns = region.resources.patterns().iter().take(ASKED);
                found.extend(patterns.map(|pattern| example(pattern.elements())));
            }
            Node::Union(inner) | Node::Intersection(inner) => sets.extend(inner.iter().rev()),
            Node::Difference(given, _) => sets.push(given),
            Node::Labelled(_, inner) => sets.push(inner),
        }
        if found.len() >= ASKED {
            break;
        }
    }
    found.dedup();
    found.truncate(ASKED);
    found
}

/// A text that fits a pattern, but for values of the context.
fn example(elements: &[Element]) -> String {
    let mut text = String::new();
    for element in elements {
        match element {
            Element::Text(fixed) => text.push_str(fixed),
            Element::One | Element::OneExcept(_) | Element::Many | Element::ManyExcept(_) => text.push(OPEN),
            // Its value is open as well; without one nothing matches, so the request proves nothing.
            Element::Hole(_) => {}
        }
    }
    text
}
