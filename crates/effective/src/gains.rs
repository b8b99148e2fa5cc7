//! What a set lets through that another did not, statement by statement.
//!
//! A statement gives something new where its requests, as far as the new set lets them through at all, do not lie within the
//! old set. The statements of a set cover it, so what they give together is all that is new: nothing falls between them.
//!
//! **Growth of cost.** Sets that are written alike are told so in one walk over both. Else one inclusion for each statement,
//! and for each statement that gives something new one for every 64 of its actions of one kind.

use std::collections::BTreeMap;

use leastwise_model::{
    ActionClass, ActionClasses, Effect, Facts, IdentityIndex, Platform, Target, Text, Verb,
};
use leastwise_permset::{
    Emptiness, Inclusion, Key, Label, Limit, Limits, Node, PermissionSet, Region, Strings, Witness,
};
use rustc_hash::FxHashMap;

use crate::ask::fixed;
use crate::taste::OneAction;
use crate::what::{Leaf, leaves};
use crate::world::World;

/// What one statement gives that was not possible before.
#[derive(Clone, Debug)]
pub struct Gained {
    /// The labels on the way to the statement, outermost first.
    pub steps: Vec<Label>,
    /// Its requests that were not possible, and some that were: at least all that are new.
    pub requests: PermissionSet,
    /// The classes of the catalogued actions that are new on something.
    pub classes: ActionClasses,
    /// The most telling request that is new, whatever is not known.
    pub witness: Witness,
}

/// A statement that perhaps gives something that was not possible before.
#[derive(Clone, Debug)]
pub struct Doubted {
    /// The labels on the way to the statement, outermost first.
    pub steps: Vec<Label>,
    /// A request that is new for some answers to what it names as not known; `None` where a limit was hit.
    pub witness: Option<Witness>,
    /// The limit.
    pub limit: Option<Limit>,
}

/// What is new, and what may be.
#[derive(Clone, Debug, Default)]
pub struct Gains {
    /// Statements that surely give something new.
    pub sure: Vec<Gained>,
    /// Statements of which it is not known.
    pub doubtful: Vec<Doubted>,
}

/// Why a request was not possible before, though something granted it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    /// The title of the layer that refused it.
    pub layer: Text,
    /// The outermost statement of it; `None` for a bound, which lets through only what it names.
    pub step: Option<Label>,
}

/// So many actions are tried at once.
const CHUNK: usize = 64;

/// What `new` lets through that `old` does not.
#[must_use]
pub fn gains(
    old: &PermissionSet,
    new: &PermissionSet,
    platform: &'static dyn Platform,
    limits: &Limits,
) -> Gains {
    by_statement(old, new, || leaves(new), platform, limits)
}

/// The same by the statements that `giving` names, which together cover `new`.
fn by_statement(
    old: &PermissionSet,
    new: &PermissionSet,
    giving: impl FnOnce() -> Vec<Leaf>,
    platform: &'static dyn Platform,
    limits: &Limits,
) -> Gains {
    let mut found = Gains::default();
    let whole = new.included_in(old, limits);
    if matches!(whole, Inclusion::Holds) {
        return found;
    }
    for leaf in giving() {
        let own = leaf.requests();
        // Most statements are the same as before: then what refuses a part of them need not be looked at.
        if matches!(own.included_in(old, limits), Inclusion::Holds) {
            continue;
        }
        let part = new.intersection(&own);
        match part.included_in(old, limits) {
            Inclusion::Holds => {}
            Inclusion::Fails(witness) => {
                let compared = Compared {
                    old,
                    part: &part,
                    platform,
                    limits,
                };
                found.sure.push(compared.gained(&leaf, witness));
            }
            Inclusion::Depends(witness) => found.doubtful.push(Doubted {
                steps: leaf.steps,
                witness: Some(witness),
                limit: None,
            }),
            Inclusion::Unknown(limit) => found.doubtful.push(Doubted {
                steps: leaf.steps,
                witness: None,
                limit: Some(limit),
            }),
        }
    }
    if found.sure.is_empty() && found.doubtful.is_empty() {
        found.whole(whole, new, platform);
    }
    found
}

impl Gains {
    /// What is known of the whole, where no statement alone tells it.
    fn whole(&mut self, whole: Inclusion, new: &PermissionSet, platform: &'static dyn Platform) {
        let doubted = |witness, limit| Doubted {
            steps: Vec::new(),
            witness,
            limit,
        };
        match whole {
            Inclusion::Holds => {}
            Inclusion::Fails(witness) => self.sure.push(Gained {
                steps: Vec::new(),
                requests: new.clone(),
                classes: platform.catalogue().classes(&witness.request.action),
                witness,
            }),
            Inclusion::Depends(witness) => self.doubtful.push(doubted(Some(witness), None)),
            Inclusion::Unknown(limit) => self.doubtful.push(doubted(None, Some(limit))),
        }
    }
}

/// A part of the new set beside the old one.
struct Compared<'a> {
    old: &'a PermissionSet,
    part: &'a PermissionSet,
    platform: &'static dyn Platform,
    limits: &'a Limits,
}

impl Compared<'_> {
    fn gained(&self, leaf: &Leaf, first: Witness) -> Gained {
        let catalogue = self.platform.catalogue();
        let mut kinds: BTreeMap<ActionClasses, Vec<usize>> = BTreeMap::new();
        for action in catalogue.select(&leaf.region.actions).iter() {
            kinds
                .entry(catalogue.classes(catalogue.name(action)))
                .or_default()
                .push(action);
        }
        let mut classes = ActionClasses::default();
        let mut telling: Option<(u8, Witness)> = None;
        for (kind, actions) in &kinds {
            let Some(witness) = actions.chunks(CHUNK).find_map(|chunk| self.new_among(chunk)) else {
                continue;
            };
            classes = classes.union(*kind);
            let weight = kind.iter().map(weight).max().unwrap_or_default();
            if telling.as_ref().is_none_or(|(most, _)| weight > *most) {
                telling = Some((weight, witness));
            }
        }
        if classes.is_empty() {
            // Its actions are not catalogued: the platform's default rule says what they do.
            classes = catalogue.classes(&first.request.action);
        }
        let witness = telling.map_or(first, |(_, witness)| witness);
        Gained {
            steps: leaf.steps.clone(),
            requests: self.part.difference(self.old),
            classes,
            witness: self.natural(witness),
        }
    }

    /// A request with one of these actions that is new; where that is not known, one that may be.
    fn new_among(&self, actions: &[usize]) -> Option<Witness> {
        let catalogue = self.platform.catalogue();
        let here = actions
            .iter()
            .map(|action| leastwise_permset::Pattern::literal(catalogue.name(*action)));
        let here = Region::new(Strings::any_of(here), Strings::any());
        let part = PermissionSet::from(here).intersection(self.part);
        match part.included_in(self.old, self.limits) {
            Inclusion::Fails(witness) => Some(witness),
            // Severity follows the classes: what may be new counts.
            Inclusion::Depends(witness) => Some(witness),
            Inclusion::Holds | Inclusion::Unknown(_) => None,
        }
    }

    /// The same with a resource that people would write.
    fn natural(&self, first: Witness) -> Witness {
        let action = &first.request.action;
        let taste = OneAction(self.platform, action);
        let here = Region::new(Strings::literal(action), Strings::any());
        let new = PermissionSet::from(here)
            .intersection(self.part)
            .difference(self.old);
        match new.smallest_witness(&taste, self.limits) {
            Emptiness::Inhabited(witness) if witness.atoms.is_empty() => witness,
            _ => first,
        }
    }
}

/// How telling an action of a class is; reports only.
fn weight(class: ActionClass) -> u8 {
    match (class.verb, class.target) {
        (Verb::Grant | Verb::Impersonate, _) | (Verb::Write | Verb::Delete, Target::Control) => 3,
        (Verb::Write | Verb::Delete | Verb::Execute | Verb::Revoke, _) => 2,
        (Verb::Read | Verb::List, _) => 1,
    }
}

/// Tells sets that are written alike, whatever their statements are called. What was compared is remembered; the sets
/// must live as long as this.
#[derive(Debug, Default)]
pub struct Likeness(FxHashMap<(usize, usize), bool>);

impl Likeness {
    /// Whether both are made of the same parts in the same order. Linear in both, once for each pair of parts.
    pub fn of(&mut self, old: &PermissionSet, new: &PermissionSet) -> bool {
        if let Node::Labelled(_, inner) = old.node() {
            return self.of(inner, new);
        }
        if let Node::Labelled(_, inner) = new.node() {
            return self.of(old, inner);
        }
        let place = (old.address(), new.address());
        if let Some(known) = self.0.get(&place) {
            return *known;
        }
        let alike = match (old.node(), new.node()) {
            (Node::Region(old), Node::Region(new)) => old == new,
            (Node::Union(old), Node::Union(new)) | (Node::Intersection(old), Node::Intersection(new)) => {
                old.len() == new.len() && old.iter().zip(new).all(|(old, new)| self.of(old, new))
            }
            (Node::Difference(given, taken), Node::Difference(other, away)) => {
                self.of(given, other) && self.of(taken, away)
            }
            _ => false,
        };
        self.0.insert(place, alike);
        alike
    }
}

impl World {
    /// What `index` can do as itself that `before`, the same identity in `old`, could not; everything where it is new.
    #[must_use]
    pub fn gains_since(
        &self,
        old: &World,
        index: IdentityIndex,
        before: Option<IdentityIndex>,
        likeness: &mut Likeness,
    ) -> Gains {
        let Some(platform) = self.platform_of(index) else {
            return Gains::default();
        };
        let nothing = Facts::default();
        let facts = |world: &World, index: Option<IdentityIndex>| {
            let identity = index.and_then(|index| world.snapshot().identity(index));
            identity.map_or_else(|| nothing.clone(), |identity| identity.holding.facts.clone())
        };
        let (now, then) = (facts(self, Some(index)), facts(old, before));
        let set = self.effective(index);
        let was = before.map_or_else(PermissionSet::empty, |before| old.effective(before));
        if now == then && likeness.of(&was, &set) {
            return Gains::default();
        }
        let keys: Vec<Key> = set.keys().into_iter().chain(was.keys()).collect();
        let (now, then) = (about(now, &keys), about(then, &keys));
        // Who it is decides of what its statements say of itself; where that changed, it did so before as well.
        let was = match before {
            Some(_) if now != then => within(&was, &then),
            _ => was,
        };
        // What bounds or denies gives nothing: only what grants is looked at.
        let giving = || {
            let identity = self.snapshot().identity(index);
            let layers = identity.into_iter().flat_map(|identity| &identity.holding.layers);
            let granting = layers.filter(|layer| layer.effect == Effect::Grants);
            granting.flat_map(|layer| leaves(&layer.set)).collect()
        };
        by_statement(&was, &within(&set, &now), giving, platform, self.limits())
    }

    /// Why a request that something granted to `index` was not possible for it as itself.
    #[must_use]
    pub fn refusals(&self, index: IdentityIndex, witness: &Witness) -> Vec<Refusal> {
        let Some(identity) = self.snapshot().identity(index) else {
            return Vec::new();
        };
        let holds = |set: &PermissionSet| set.contains_given(&witness.request, &witness.answers);
        let layers = || identity.holding.layers.iter();
        if !layers().any(|layer| layer.effect == Effect::Grants && holds(&layer.set)) {
            return Vec::new();
        }
        layers()
            .filter_map(|layer| match layer.effect {
                Effect::Denies if holds(&layer.set) => {
                    let trails = layer.set.trails(&witness.request, &witness.answers, 1);
                    let last = trails.first().and_then(|steps| steps.last().copied());
                    Some(Refusal {
                        layer: layer.title.clone(),
                        step: last,
                    })
                }
                Effect::Bounds { .. } if !holds(&layer.set) => Some(Refusal {
                    layer: layer.title.clone(),
                    step: None,
                }),
                _ => None,
            })
            .collect()
    }
}

/// What of the facts speaks of these keys.
fn about(facts: Facts, keys: &[Key]) -> Facts {
    let mut kept = Facts::default();
    for key in keys {
        if let Some(values) = facts.known.get(key) {
            kept.known.set(key.clone(), values.clone());
        }
        if facts.absent.contains(key) {
            kept.absent.insert(key.clone());
        }
    }
    kept
}

fn within(set: &PermissionSet, facts: &Facts) -> PermissionSet {
    if facts.known.is_empty() && facts.absent.is_empty() {
        return set.clone();
    }
    let here = Region::everything().when(fixed(&facts.known, &facts.absent));
    set.intersection(&PermissionSet::from(here))
}
