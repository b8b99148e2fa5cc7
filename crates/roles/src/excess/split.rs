//! What one identity holds, divided by color, and counted in catalogued actions.

use leastwise_effective::{Selector, World};
use leastwise_model::{ActionBits, ActionClasses, IdentityIndex, Text, Unshown, spread};
use leastwise_permset::{PermissionSet, Strings};

use super::confidence::{Confidence, confidence};
use super::hidden::{Extent, Extents, extent};
use super::shades::Sets;
use super::{Color, Colors, Evidence, Known};

/// Why something is unobservable, and of how much that is said.
#[derive(Clone, Debug)]
pub struct Untold {
    /// Why.
    pub why: Text,
    /// What would settle it; may be empty.
    pub settle: Text,
    /// The catalogued actions of which it is said first.
    pub actions: ActionBits,
}

/// What one identity holds, by color.
#[derive(Clone, Debug)]
pub struct Split {
    /// Whose.
    pub identity: IdentityIndex,
    /// The sets.
    pub colors: Colors,
    /// What is known of its need.
    pub known: Known,
    /// The catalogued actions with a request of each color, in the order of [`Color::ALL`]; an action may be in several.
    actions: [ActionBits; 4],
    /// Why what is unobservable is so.
    pub untold: Vec<Untold>,
    /// How sure it is that what is excess is not needed.
    pub confidence: Confidence,
}

impl Split {
    /// The catalogued actions with a request of a color.
    #[must_use]
    pub fn actions(&self, color: Color) -> &ActionBits {
        color.of(&self.actions)
    }

    /// How many catalogued actions are held, but for what the platform gives to everybody.
    #[must_use]
    pub fn held(&self) -> usize {
        let [first, rest @ ..] = &self.actions;
        let mut all = first.clone();
        rest.iter().for_each(|more| all.unite(more));
        all.count()
    }

    /// The classes of the excess.
    #[must_use]
    pub fn excess_classes(&self, world: &World) -> ActionClasses {
        let platform = world.platform_of(self.identity);
        let selector = platform.and_then(|platform| world.selector(platform));
        selector
            .map(|selector| selector.classes(self.actions(Color::Excess)))
            .unwrap_or_default()
    }
}

impl Evidence<'_> {
    /// Divides what every identity holds. See the module for the cost; done by as many threads as there are cores.
    #[must_use]
    pub fn split_all(&self) -> Vec<Split> {
        let all: Vec<IdentityIndex> = self
            .world()
            .snapshot()
            .each_identity()
            .map(|(index, _)| index)
            .collect();
        // Found once, before threads ask for it.
        if let Some(first) = all.first() {
            let _found = self.world().abilities(*first);
        }
        let extents = Extents::default();
        let split = |at: usize| self.split_with(*all.get(at)?, &extents);
        let found = spread(all.len(), || (), |(), at| split(at));
        found.into_iter().flatten().collect()
    }

    /// Divides what one identity holds; nothing for an index of another estate.
    #[must_use]
    pub fn split(&self, index: IdentityIndex) -> Option<Split> {
        self.split_with(index, &Extents::default())
    }

    fn split_with(&self, index: IdentityIndex, extents: &Extents) -> Option<Split> {
        let world = self.world();
        let platform = world.platform_of(index)?;
        let selector = world.selector(platform)?;
        let known = self.known(index);
        let gifts = self.gifts(index);
        let mut held = world.effective(index);
        if !gifts.is_plainly_empty() {
            held = held.difference(&gifts);
        }
        let declared = known.declared.clone().unwrap_or_default();
        let entries: Vec<&Unshown> = known.coverage.unshown.iter().chain(&known.unclear).collect();
        let hidden = PermissionSet::union_of(entries.iter().map(|entry| entry.requests.clone()));
        let colors = Colors::of(&held, &declared, &known.used, &hidden);
        let counting = Counting {
            world,
            selector,
            declared: extent(selector, &declared),
            gifts: extent(selector, &gifts),
            entries: entries
                .iter()
                .map(|entry| (*entry, extents.of(selector, &entry.requests)))
                .collect(),
            known: &known,
            sets: Sets {
                held: &held,
                declared: &declared,
                seen: &known.used,
                hidden: &hidden,
            },
        };
        let abilities = world.abilities(index)?;
        let (actions, untold) = counting.count(&abilities.actions);
        let confidence = confidence(self, index, &known);
        Some(Split {
            identity: index,
            colors,
            actions,
            untold,
            confidence,
            known,
        })
    }
}

struct Counting<'c> {
    world: &'c World,
    selector: &'c Selector,
    declared: Extent,
    gifts: Extent,
    entries: Vec<(&'c Unshown, std::sync::Arc<Extent>)>,
    known: &'c Known,
    sets: Sets<'c>,
}

impl Counting<'_> {
    fn count(&self, held: &ActionBits) -> ([ActionBits; 4], Vec<Untold>) {
        let none = || ActionBits::none();
        let (mut needed, mut used, mut excess, mut unobservable) = (none(), none(), none(), none());
        let mut rest = held.clone();
        rest.subtract(&self.gifts.whole);
        // What is in part a gift is searched for.
        let mut searched = rest.clone();
        searched.intersect(&self.gifts.part);
        rest.subtract(&searched);
        needed.unite(&rest);
        needed.intersect(&self.declared.whole);
        rest.subtract(&self.declared.whole);

        let (mut seen, mut seen_whole) = (none(), none());
        for (action, resources) in &self.known.seen {
            if let Some(action) = self.selector.catalogue().find(action) {
                seen.insert(action);
                if resources.as_ref().is_none_or(Strings::is_any) {
                    seen_whole.insert(action);
                }
            }
        }
        seen_whole.subtract(&self.declared.part);
        used.unite(&rest);
        used.intersect(&seen_whole);
        rest.subtract(&seen_whole);

        let (mut whole, mut part) = (none(), none());
        for (_, extent) in &self.entries {
            whole.unite(&extent.whole);
            part.unite(&extent.part);
        }
        part.subtract(&whole);
        let mut plain = rest.clone();
        plain.subtract(&seen);
        plain.subtract(&self.declared.part);
        plain.subtract(&part);
        rest.subtract(&plain);
        unobservable.unite(&plain);
        unobservable.intersect(&whole);
        plain.subtract(&whole);
        excess.unite(&plain);

        rest.unite(&searched);
        let limits = self.world.limits();
        for action in rest.iter() {
            let name = self.selector.catalogue().name(action);
            let shades = self.sets.shades(name, whole.contains(action), limits);
            let bits = [&mut needed, &mut used, &mut excess, &mut unobservable];
            for (bits, _) in bits.into_iter().zip(shades).filter(|(_, has)| *has) {
                bits.insert(action);
            }
        }
        let untold = self.untold(&unobservable);
        ([needed, used, excess, unobservable], untold)
    }

    /// Says of each unobservable action why, the first reason that fits.
    fn untold(&self, unobservable: &ActionBits) -> Vec<Untold> {
        let mut rest = unobservable.clone();
        let mut all: Vec<Untold> = Vec::new();
        for (entry, extent) in &self.entries {
            let mut actions = rest.clone();
            let mut any = extent.whole.clone();
            any.unite(&extent.part);
            actions.intersect(&any);
            if actions.is_empty() {
                continue;
            }
            rest.subtract(&actions);
            match all.iter_mut().find(|known| known.why == entry.why) {
                Some(known) => known.actions.unite(&actions),
                None => all.push(Untold {
                    why: entry.why.clone(),
                    settle: entry.settle.clone(),
                    actions,
                }),
            }
        }
        all
    }
}
