//! What an identity can do beyond what its platform gives to everybody.
//!
//! Some platforms let every identity discover the interface or ask about itself, by bindings that they make
//! themselves. Such gifts are nobody's fault and nobody's excess. A part of a set is a gift when a native statement
//! that *attaches* it (one that is not itself a statement of the entitlement) was put there by the platform's owner,
//! and no statement on the way was put there by anybody else; so is what no statement says at all. An entitlement of
//! the platform's owner that people attach is no gift.

use std::sync::Arc;

use leastwise_effective::{Selector, World};
use leastwise_model::{ActionBits, ActionClasses, Effect, Identity, IdentityIndex, Layer};
use leastwise_permset::{Condition, Label, Literal, Node, PermissionSet, Region, Strings};
use rustc_hash::FxHashMap;

/// What an identity can do beyond gifts, in sum; without what depends on gaps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rights {
    /// The catalogued actions.
    pub actions: Arc<ActionBits>,
    /// Their classes.
    pub classes: ActionClasses,
}

impl Rights {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }
}

/// What is known about a part from what stands above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Above {
    /// No statement.
    Nothing,
    /// Statements of entitlements of the platform's owner.
    Statements,
    /// An attachment by the platform's owner, and nothing by anybody else.
    Gift,
}

/// A part of a set, told apart into gifts and the rest.
#[derive(Clone, Default)]
struct Part {
    /// The actions of what is no gift, at most; `None` where all of it is a gift.
    own: Option<Arc<ActionBits>>,
    gifts: Vec<PermissionSet>,
}

/// Tells gifts from the rest for all identities of a world.
pub(crate) struct Sorter<'w> {
    world: &'w World,
    /// Labels of statements of entitlements.
    statements: &'w FxHashMap<Label, u32>,
    memo: FxHashMap<(usize, Above), Part>,
}

impl<'w> Sorter<'w> {
    pub fn new(world: &'w World, statements: &'w FxHashMap<Label, u32>) -> Self {
        Self {
            world,
            statements,
            memo: FxHashMap::default(),
        }
    }

    /// What an identity can do beyond gifts.
    pub fn rights(&mut self, index: IdentityIndex) -> Rights {
        let (Some(identity), Some(platform), Some(abilities)) = (
            self.world.snapshot().identity(index),
            self.world.platform_of(index),
            self.world.abilities(index),
        ) else {
            return Rights::default();
        };
        let Some(selector) = self.world.selector(platform) else {
            return Rights::default();
        };
        let mut own = ActionBits::none();
        for layer in granted(identity) {
            if let Some(bits) = self.part(&layer.set, Above::Nothing, selector).own {
                own.unite(&bits);
            }
        }
        own.intersect(&abilities.actions);
        if own == *abilities.actions {
            return Rights {
                actions: abilities.actions.clone(),
                classes: abilities.classes,
            };
        }
        let classes = selector.classes(&own);
        Rights {
            actions: Arc::new(own.compact()),
            classes,
        }
    }

    /// What an identity has as gifts.
    pub fn gifts(&mut self, index: IdentityIndex) -> PermissionSet {
        let (Some(identity), Some(platform)) = (
            self.world.snapshot().identity(index),
            self.world.platform_of(index),
        ) else {
            return PermissionSet::empty();
        };
        let Some(selector) = self.world.selector(platform) else {
            return PermissionSet::empty();
        };
        let mut gifts = Vec::new();
        for layer in granted(identity) {
            gifts.extend(self.part(&layer.set, Above::Nothing, selector).gifts);
        }
        PermissionSet::union_of(gifts)
    }

    /// What is known below a label: `None` where somebody else than the platform's owner put it there.
    fn below(&self, label: Label, above: Above) -> Option<Above> {
        let provided = self
            .world
            .snapshot()
            .step(label)
            .is_some_and(|step| step.provided);
        let attaches = !self.statements.contains_key(&label);
        provided.then_some(match above {
            Above::Gift => Above::Gift,
            _ if attaches => Above::Gift,
            Above::Nothing | Above::Statements => Above::Statements,
        })
    }

    fn part(&mut self, set: &PermissionSet, above: Above, selector: &Selector) -> Part {
        match set.node() {
            Node::Region(region) if above == Above::Statements => Part {
                own: Some(select(region, selector)),
                gifts: Vec::new(),
            },
            Node::Region(_) => Part {
                own: None,
                gifts: vec![set.clone()],
            },
            Node::Union(sets) => {
                let mut whole = Part::default();
                for set in sets {
                    let part = self.part(set, above, selector);
                    whole.gifts.extend(part.gifts);
                    whole.own = match (whole.own, part.own) {
                        (Some(left), Some(right)) => {
                            let mut both = (*left).clone();
                            both.unite(&right);
                            Some(Arc::new(both))
                        }
                        (left, right) => left.or(right),
                    };
                }
                whole
            }
            Node::Labelled(label, inner) => match self.below(*label, above) {
                None => Part {
                    own: Some(self.actions(inner, selector)),
                    gifts: Vec::new(),
                },
                Some(below) => {
                    let key = (inner.address(), below);
                    if let Some(part) = self.memo.get(&key) {
                        return part.clone();
                    }
                    let part = self.part(inner, below, selector);
                    self.memo.insert(key, part.clone());
                    part
                }
            },
            Node::Intersection(_) | Node::Difference(..) if above == Above::Gift => Part {
                own: None,
                gifts: vec![set.clone()],
            },
            Node::Intersection(_) | Node::Difference(..) => Part {
                own: Some(self.actions(set, selector)),
                gifts: Vec::new(),
            },
        }
    }

    /// The catalogued actions of a part, at most.
    fn actions(&mut self, set: &PermissionSet, selector: &Selector) -> Arc<ActionBits> {
        match set.node() {
            Node::Region(region) => select(region, selector),
            Node::Labelled(_, inner) if matches!(inner.node(), Node::Region(_)) => {
                self.actions(inner, selector)
            }
            Node::Labelled(_, inner) => {
                // Under a statement that people made, nothing is a gift: one entry serves both.
                let key = (inner.address(), Above::Statements);
                if let Some(Part {
                    own: Some(own),
                    gifts,
                }) = self.memo.get(&key)
                    && gifts.is_empty()
                {
                    return own.clone();
                }
                let bits = self.actions(inner, selector);
                self.memo.insert(
                    key,
                    Part {
                        own: Some(bits.clone()),
                        gifts: Vec::new(),
                    },
                );
                bits
            }
            Node::Union(sets) if sets.len() == 1 => match sets.first() {
                Some(one) => self.actions(one, selector),
                None => Arc::default(),
            },
            Node::Union(sets) => {
                let mut bits = ActionBits::none();
                for set in sets {
                    bits.unite(&self.actions(set, selector));
                }
                Arc::new(bits)
            }
            Node::Intersection(sets) => {
                // What speaks of every action, and always, only narrows resources.
                let narrows = |set: &&PermissionSet| {
                    matches!(set.node(), Node::Region(region)
                        if region.actions.is_any() && region.guard.is_always())
                };
                let mut bits: Option<Arc<ActionBits>> = None;
                for set in sets.iter().filter(|set| !narrows(set)) {
                    let part = self.actions(set, selector);
                    bits = Some(match bits {
                        Some(bits) => {
                            let mut both = (*bits).clone();
                            both.intersect(&part);
                            Arc::new(both)
                        }
                        None => part,
                    });
                }
                bits.unwrap_or_else(|| selector.select(&Strings::any()))
            }
            Node::Difference(given, _) => self.actions(given, selector),
        }
    }
}

/// The catalogued actions of a region; none where it depends on something that is not known.
fn select(region: &Region, selector: &Selector) -> Arc<ActionBits> {
    let unknown = |literal: &Literal| matches!(literal.condition, Condition::Atom(_));
    match region.guard.literals().iter().any(unknown) {
        true => Arc::new(ActionBits::none()),
        false => selector.select(&region.actions),
    }
}

/// The layers of an identity that grant.
fn granted(identity: &Identity) -> impl Iterator<Item = &Layer> {
    identity
        .holding
        .layers
        .iter()
        .filter(|layer| layer.effect == Effect::Grants)
}
