//! What each identity can do, in sum: how many catalogued actions, of which classes.
//!
//! The catalogued actions of a set are found bottom-up with bit sets, once for each shared part. That is exact
//! where nothing is taken away; where a bound or a denial overlaps, one action of each cell (actions that the same
//! statements mention) is decided by search.

use std::sync::Arc;

use leastwise_model::{ActionBits, ActionClasses, IdentityIndex};
use leastwise_permset::{Condition, Emptiness, Guard, Node, PermissionSet, Region, Strings, Test};
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

struct Summary<'w> {
    selector: &'w Selector,
    shared: FxHashMap<usize, Part>,
}

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
        });
        let set = world.effective(index);
        let part = summary.part(&set);
        let actions = match &part.doubtful {
            None => part.at_most,
            Some(doubtful) => {
                let mut actions = (*part.at_most).clone();
                summary.decide(world, index, &set, &mut actions, doubtful);
                Arc::new(actions)
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
                    let mut at_most = ActionBits::none(self.selector.catalogue().len());
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
        let mut mentioned = Vec::new();
        regions(set, &mut mentioned);
        let mut selections: Vec<Arc<ActionBits>> = mentioned
            .iter()
            .map(|region| self.selector.select(&region.actions))
            .collect();
        selections.sort_by_key(Arc::as_ptr);
        selections.dedup_by(|a, b| Arc::ptr_eq(a, b));
        let mut rest = doubtful.clone();
        rest.intersect(actions);
        let cells = cells(rest, &selections);
        let known = known(world, index, set);
        let mut impossible = ActionBits::none(self.selector.catalogue().len());
        for members in &cells {
            let Some(first) = members.iter().next() else {
                continue;
            };
            let only = Region::new(
                Strings::literal(self.selector.catalogue().name(first)),
                Strings::any(),
            );
            let here = set.intersection(&PermissionSet::from(only.when(known.clone())));
            if matches!(here.emptiness(world.limits()), Emptiness::Empty) {
                impossible.unite(members);
            }
        }
        actions.subtract(&impossible);
    }
}

/// What is known of the keys that a set speaks of, in every request of an identity.
fn known(world: &World, index: IdentityIndex, set: &PermissionSet) -> Guard {
    let Some(identity) = world.snapshot().identity(index) else {
        return Guard::always();
    };
    let facts = &identity.holding.facts;
    let literals = set.keys().into_iter().filter_map(|key| {
        if facts.absent.contains(&key) {
            return Some(Condition::Absent(key).holds());
        }
        let values = facts.known.get(&key)?;
        let one = values.first().filter(|_| values.len() == 1 && key.is_single())?;
        Some(Condition::Some(key, Test::Text(Strings::literal(one))).holds())
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

fn regions<'s>(set: &'s PermissionSet, found: &mut Vec<&'s Region>) {
    match set.node() {
        Node::Region(region) => found.push(region),
        Node::Union(sets) | Node::Intersection(sets) => sets.iter().for_each(|set| regions(set, found)),
        Node::Difference(given, taken) => {
            regions(given, found);
            regions(taken, found);
        }
        Node::Labelled(_, set) => regions(set, found),
    }
}
