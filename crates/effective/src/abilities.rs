//! What each identity can do, in sum: how many catalogued actions, of which classes.
//!
//! The catalogued actions of a set are found bottom-up with bit sets, once for each shared part. That is exact
//! where nothing is taken away; where a bound or a denial overlaps, one action of each cell (actions that the same
//! statements mention) is decided by search.

use std::collections::BTreeSet;
use std::sync::Arc;

use leastwise_model::{ActionBits, ActionClasses, IdentityIndex};
use leastwise_permset::{
    Condition, Context, Emptiness, Guard, Key, Node, Pattern, PermissionSet, Region, Request, Strings, Test,
};
use rustc_hash::FxHashMap;

use crate::selector::Selector;
use crate::world::World;

/// What an identity can do, in sum, as itself and at most: gaps count as if they were granted.
#[derive(Clone, Debug, Default)]
pub struct Abilities {
    /// The classes of all that it can do.
    pub classes: ActionClasses,
    /// The catalogued actions that it can perform on at least one resource in at least one context.
    pub actions: Arc<ActionBits>,
    /// How many those are.
    pub count: usize,
}

/// The actions of a part, and those among them that need a closer look.
#[derive(Clone)]
struct Part {
    at_most: Arc<ActionBits>,
    doubtful: Option<Arc<ActionBits>>,
}

/// What the regions of a set speak of.
#[derive(Default)]
struct Mentions {
    /// The actions of each, every selection once.
    selections: Vec<Arc<ActionBits>>,
    keys: BTreeSet<Key>,
}

impl Mentions {
    fn add(&mut self, more: &Self) {
        self.selections.extend(more.selections.iter().cloned());
        self.keys.extend(more.keys.iter().cloned());
    }

    fn each_once(&mut self) {
        self.selections.sort_by_key(Arc::as_ptr);
        self.selections.dedup_by(|a, b| Arc::ptr_eq(a, b));
    }
}

struct Summary<'w> {
    selector: &'w Selector,
    shared: FxHashMap<usize, Part>,
    /// What parts under labels speak of, by address.
    mentions: FxHashMap<usize, Arc<Mentions>>,
    /// What wide unions, by address, say of an action.
    of_action: FxHashMap<(usize, usize), Option<PermissionSet>>,
}

/// How many parts a union has at least of which it is remembered what it says of an action.
const WIDE: usize = 16;

/// Sums up every identity of a world. Linear in the parts of all sets, plus a search for each cell that bounds and
/// denials touch.
pub(crate) fn summarise(world: &World) -> Vec<Abilities> {
    let mut summaries: FxHashMap<&'static str, Summary<'_>> = FxHashMap::default();
    let mut known: FxHashMap<(&'static str, Arc<ActionBits>), Abilities> = FxHashMap::default();
    let mut all = Vec::with_capacity(world.snapshot().identities.len());
    for (index, _) in world.snapshot().each_identity() {
        let Some(platform) = world.platform_of(index) else {
            all.push(Abilities::default());
            continue;
        };
        let Some(selector) = world.selector(platform) else {
            all.push(Abilities::default());
            continue;
        };
        let summary = summaries.entry(platform.name()).or_insert_with(|| Summary {
            selector,
            shared: FxHashMap::default(),
            mentions: FxHashMap::default(),
            of_action: FxHashMap::default(),
        });
        let set = world.effective(index);
        let part = summary.part(&set);
        let actions = match &part.doubtful {
            None => part.at_most,
            Some(doubtful) => {
                let mut actions = (*part.at_most).clone();
                summary.decide(world, index, &set, &mut actions, doubtful);
                Arc::new(actions.compact())
            }
        };
        let abilities = known
            .entry((platform.name(), actions))
            .or_insert_with_key(|(_, actions)| Abilities {
                classes: selector.classes(actions),
                count: actions.count(),
                actions: actions.clone(),
            })
            .clone();
        all.push(abilities);
    }
    all
}

impl Summary<'_> {
    fn part(&mut self, set: &PermissionSet) -> Part {
        match set.node() {
            Node::Region(region) => Part {
                at_most: self.selector.select(&region.actions),
                doubtful: None,
            },
            Node::Labelled(_, inner) => {
                if let Some(known) = self.shared.get(&inner.address()) {
                    return known.clone();
                }
                let part = self.part(inner);
                self.shared.insert(inner.address(), part.clone());
                part
            }
            Node::Union(sets) => match &**sets {
                [one] => self.part(one),
                sets => {
                    let mut at_most = ActionBits::none();
                    let mut doubtful: Option<ActionBits> = None;
                    for set in sets {
                        let part = self.part(set);
                        at_most.unite(&part.at_most);
                        if let Some(more) = part.doubtful {
                            match &mut doubtful {
                                Some(doubtful) => doubtful.unite(&more),
                                none => *none = Some((*more).clone()),
                            }
                        }
                    }
                    Part {
                        at_most: Arc::new(at_most),
                        doubtful: doubtful.map(Arc::new),
                    }
                }
            },
            Node::Intersection(sets) => {
                let mut whole: Option<Part> = None;
                for set in sets {
                    if matches!(set.node(), Node::Region(region) if region.actions.is_any() && region.guard.is_always())
                    {
                        continue;
                    }
                    let part = self.part(set);
                    whole = Some(match whole {
                        None => part,
                        Some(whole) => {
                            let mut both = (*whole.at_most).clone();
                            both.intersect(&part.at_most);
                            let both = Arc::new(both);
                            Part {
                                at_most: both.clone(),
                                doubtful: Some(both),
                            }
                        }
                    });
                }
                whole.unwrap_or_else(|| Part {
                    at_most: self.selector.select(&Strings::any()),
                    doubtful: None,
                })
            }
            Node::Difference(given, taken) => {
                let given = self.part(given);
                let taken = self.part(taken);
                let mut doubtful = (*taken.at_most).clone();
                doubtful.intersect(&given.at_most);
                if let Some(more) = &given.doubtful {
                    doubtful.unite(more);
                }
                Part {
                    at_most: given.at_most,
                    doubtful: Some(Arc::new(doubtful)),
                }
            }
        }
    }

    /// Takes the doubtful actions that turn out impossible out of `actions`.
    fn decide(
        &mut self,
        world: &World,
        index: IdentityIndex,
        set: &PermissionSet,
        actions: &mut ActionBits,
        doubtful: &ActionBits,
    ) {
        let mut mentions = Mentions::default();
        self.mention(set, &mut mentions);
        mentions.each_once();
        let mut rest = doubtful.clone();
        rest.intersect(actions);
        let cells = cells(rest, &mentions.selections);
        let known = known(world, index, &mentions.keys);
        let context = world
            .snapshot()
            .identity(index)
            .map(|identity| identity.holding.facts.known.clone())
            .unwrap_or_default();
        let mut impossible = ActionBits::none();
        for members in &cells {
            let Some(first) = members.iter().next() else {
                continue;
            };
            let only = Region::new(
                Strings::literal(self.selector.catalogue().name(first)),
                Strings::any(),
            );
            let here = self
                .said(set, first)
                .map(|said| said.intersection(&PermissionSet::from(only.when(known.clone()))));
            let empty = |here: &PermissionSet| {
                !holds_a_named_one(here, self.selector.catalogue().name(first), &context)
                    && matches!(here.emptiness(world.limits()), Emptiness::Empty)
            };
            if here.as_ref().is_none_or(empty) {
                impossible.unite(members);
            }
        }
        actions.subtract(&impossible);
    }
}

impl Summary<'_> {
    /// Adds what the regions of a set speak of; what hangs under a label is looked at once.
    fn mention(&mut self, set: &PermissionSet, found: &mut Mentions) {
        match set.node() {
            Node::Region(region) => {
                found.selections.push(self.selector.select(&region.actions));
                found.keys.extend(region.keys().cloned());
            }
            Node::Union(sets) | Node::Intersection(sets) => {
                sets.iter().for_each(|set| self.mention(set, found));
            }
            Node::Difference(given, taken) => {
                self.mention(given, found);
                self.mention(taken, found);
            }
            Node::Labelled(_, inner) => match (inner.node(), self.mentions.get(&inner.address())) {
                (Node::Region(region), _) => {
                    let part = self.shared.get(&inner.address());
                    let selected = part.map(|part| part.at_most.clone());
                    found
                        .selections
                        .push(selected.unwrap_or_else(|| self.selector.select(&region.actions)));
                    found.keys.extend(region.keys().cloned());
                }
                (_, Some(known)) => found.add(known),
                _ => {
                    let mut mentions = Mentions::default();
                    self.mention(inner, &mut mentions);
                    mentions.each_once();
                    found.add(&mentions);
                    self.mentions.insert(inner.address(), Arc::new(mentions));
                }
            },
        }
    }

    /// What a set says of one action, without labels: the set less parts that do not speak of it. `None` where no part
    /// does.
    fn said(&mut self, set: &PermissionSet, action: usize) -> Option<PermissionSet> {
        match set.node() {
            Node::Region(region) => {
                let actions = &region.actions;
                let name = self.selector.catalogue().name(action);
                let speaks = actions.holes().next().is_some() || actions.contains(name, &Context::new());
                speaks.then(|| set.clone())
            }
            Node::Labelled(_, inner) => {
                let part = self.shared.get(&inner.address());
                if part.is_some_and(|part| !part.at_most.contains(action)) {
                    return None;
                }
                if !matches!(inner.node(), Node::Union(sets) if sets.len() >= WIDE) {
                    return self.said(inner, action);
                }
                let key = (inner.address(), action);
                if let Some(known) = self.of_action.get(&key) {
                    return known.clone();
                }
                let said = self.said(inner, action);
                self.of_action.insert(key, said.clone());
                said
            }
            Node::Union(sets) => {
                let said: Vec<PermissionSet> = sets.iter().filter_map(|set| self.said(set, action)).collect();
                (!said.is_empty()).then(|| match said.len() {
                    ..WIDE => PermissionSet::union_of(said),
                    _ => PermissionSet::union_of(self.together(said, action)),
                })
            }
            Node::Intersection(sets) => {
                let said: Option<Vec<PermissionSet>> =
                    sets.iter().map(|set| self.said(set, action)).collect();
                said.map(PermissionSet::intersection_of)
            }
            Node::Difference(given, taken) => {
                let given = self.said(given, action)?;
                Some(match self.said(taken, action) {
                    Some(taken) => given.difference(&taken),
                    None => given,
                })
            }
        }
    }
}

impl Summary<'_> {
    /// What several sets say of one action, where that is allowed whatever the context as one region: many names in one
    /// list are looked up faster than many regions.
    fn together(&self, said: Vec<PermissionSet>, action: usize) -> Vec<PermissionSet> {
        let is_plain = |set: &PermissionSet| {
            matches!(set.node(), Node::Region(region)
                if region.guard.is_always()
                    && !region.resources.is_complement()
                    && region.actions.holes().next().is_none())
        };
        let (plain, mut others): (Vec<_>, Vec<_>) = said.into_iter().partition(is_plain);
        let patterns = plain.iter().flat_map(|set| match set.node() {
            Node::Region(region) => region.resources.patterns(),
            _ => &[],
        });
        let resources = Strings::any_of(patterns.cloned());
        let name = self.selector.catalogue().name(action);
        if !plain.is_empty() {
            others.push(Region::new(Strings::literal(name), resources).into());
        }
        others
    }
}

/// Whether one of the first resources that a set names is one that it lets an action through on: this spares most
/// searches.
fn holds_a_named_one(set: &PermissionSet, action: &str, context: &Context) -> bool {
    const TRIES: usize = 8;
    let mut mentioned = Vec::new();
    some_regions(set, TRIES, &mut mentioned);
    mentioned.iter().any(|region| {
        let mut named = region.resources.patterns().iter().filter_map(Pattern::as_literal);
        named
            .next()
            .is_some_and(|resource| set.contains(&Request::new(action, resource).within(context.clone())))
    })
}

/// The first regions that name a resource, not more than some.
fn some_regions<'s>(set: &'s PermissionSet, most: usize, found: &mut Vec<&'s Region>) {
    if found.len() >= most {
        return;
    }
    match set.node() {
        Node::Region(region) => {
            let names = region
                .resources
                .patterns()
                .iter()
                .any(|pattern| pattern.as_literal().is_some());
            if names && !region.resources.is_complement() {
                found.push(region);
            }
        }
        Node::Union(sets) | Node::Intersection(sets) => {
            for set in sets {
                if found.len() >= most {
                    return;
                }
                some_regions(set, most, found);
            }
        }
        Node::Difference(given, _) => some_regions(given, most, found),
        Node::Labelled(_, set) => some_regions(set, most, found),
    }
}

/// What is known of some keys in every request of an identity.
fn known(world: &World, index: IdentityIndex, keys: &BTreeSet<Key>) -> Guard {
    let Some(identity) = world.snapshot().identity(index) else {
        return Guard::always();
    };
    let facts = &identity.holding.facts;
    let literals = keys.iter().filter_map(|key| {
        if facts.absent.contains(key) {
            return Some(Condition::Absent(key.clone()).holds());
        }
        let values = facts.known.get(key)?;
        let one = values.first().filter(|_| values.len() == 1 && key.is_single())?;
        Some(Condition::Some(key.clone(), Test::Text(Strings::literal(one))).holds())
    });
    Guard::all_of(literals)
}

/// Actions, apart by which of some selections they are in.
fn cells(actions: ActionBits, selections: &[Arc<ActionBits>]) -> Vec<ActionBits> {
    let mut cells = vec![actions];
    for selection in selections {
        let mut apart = Vec::new();
        for cell in &mut cells {
            let mut outside = cell.clone();
            outside.subtract(selection);
            cell.intersect(selection);
            if cell.is_empty() {
                *cell = outside;
            } else if !outside.is_empty() {
                apart.push(outside);
            }
        }
        cells.append(&mut apart);
    }
    cells
}
