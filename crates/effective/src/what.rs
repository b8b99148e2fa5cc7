//! All that one identity can do, as the statements that give it.

use leastwise_model::{ActionClasses, Effect, IdentityIndex};
use leastwise_permset::{Label, Meeting, Node, PermissionSet, Region};

use crate::world::World;

/// What one statement gives an identity.
#[derive(Clone, Debug)]
pub struct Ability {
    /// The statement's requests, as written.
    pub region: Region,
    /// The labels on the way to it, outermost first.
    pub steps: Vec<Label>,
    /// The classes of its catalogued actions.
    pub classes: ActionClasses,
    /// How many catalogued actions it speaks of.
    pub count: usize,
    /// Further regions in all of which a request must lie as well (the namespace of a binding, a bound).
    pub within: Vec<Region>,
    /// Denials that take part of it away, and bounds that do not let all of it through.
    pub except: Vec<Except>,
}

/// What takes part of an ability away.
#[derive(Clone, Debug)]
pub struct Except {
    /// The statement's requests, as written; `None` for a bound, which lets through only what it names.
    pub region: Option<Region>,
    /// The title of its layer.
    pub layer: leastwise_model::Text,
    /// The labels on the way to it.
    pub steps: Vec<Label>,
}

/// One statement of a set.
pub(crate) struct Leaf {
    /// Its requests, as written.
    pub region: Region,
    /// The labels on the way to it, outermost first.
    pub steps: Vec<Label>,
    /// Regions in all of which a request must lie as well.
    pub within: Vec<Region>,
}

impl Leaf {
    /// Its requests, within what narrows them.
    pub fn requests(&self) -> PermissionSet {
        let all = [&self.region].into_iter().chain(&self.within).cloned();
        PermissionSet::intersection_of(all.map(PermissionSet::from))
    }
}

impl World {
    /// All that an identity can do as itself: one entry for each statement that gives something which no other
    /// layer takes away whole. Linear in its statements times its denials.
    #[must_use]
    pub fn what_can(&self, index: IdentityIndex) -> Vec<Ability> {
        let (Some(identity), Some(platform)) = (self.snapshot().identity(index), self.platform_of(index))
        else {
            return Vec::new();
        };
        let catalogue = platform.catalogue();
        let effective = self.effective(index);
        let mut abilities = Vec::new();
        for layer in identity
            .holding
            .layers
            .iter()
            .filter(|layer| layer.effect == Effect::Grants)
        {
            for leaf in leaves(&layer.set) {
                let own = leaf.requests();
                if matches!(effective.meets(&own, self.limits()), Meeting::Never) {
                    continue;
                }
                let mut except = Vec::new();
                for other in &identity.holding.layers {
                    match other.effect {
                        Effect::Grants => {}
                        Effect::Denies => {
                            except.extend(leaves(&other.set).into_iter().filter_map(|denial| {
                                let overlaps =
                                    own.meets(&PermissionSet::from(denial.region.clone()), self.limits());
                                (!matches!(overlaps, Meeting::Never)).then(|| Except {
                                    region: Some(denial.region),
                                    layer: other.title.clone(),
                                    steps: denial.steps,
                                })
                            }))
                        }
                        // That strangers are nobody who is known is no exception.
                        Effect::Bounds { .. } if identity.stranger => {}
                        Effect::Bounds { .. } => {
                            if !matches!(
                                own.included_in(&other.set, self.limits()),
                                leastwise_permset::Inclusion::Holds
                            ) {
                                let steps = leaves(&other.set).into_iter().next().map(|leaf| leaf.steps);
                                let outermost = steps.into_iter().flatten().take(1).collect();
                                except.push(Except {
                                    region: None,
                                    layer: other.title.clone(),
                                    steps: outermost,
                                });
                            }
                        }
                    }
                }
                let bits = catalogue.select(&leaf.region.actions);
                let classes = bits
                    .iter()
                    .map(|action| catalogue.classes(catalogue.name(action)))
                    .fold(ActionClasses::default(), ActionClasses::union);
                abilities.push(Ability {
                    region: leaf.region,
                    steps: leaf.steps,
                    classes,
                    count: bits.count(),
                    within: leaf.within,
                    except,
                });
            }
        }
        abilities
    }
}

/// The regions that a set is made of, with the labels above each and the regions that narrow it.
pub(crate) fn leaves(set: &PermissionSet) -> Vec<Leaf> {
    let mut found = Vec::new();
    descend(set, &mut Vec::new(), &[], &mut found);
    found
}

fn descend(set: &PermissionSet, steps: &mut Vec<Label>, within: &[Region], found: &mut Vec<Leaf>) {
    match set.node() {
        Node::Region(region) => {
            found.push(Leaf {
                region: region.clone(),
                steps: steps.clone(),
                within: within.to_vec(),
            });
        }
        Node::Union(sets) => sets.iter().for_each(|set| descend(set, steps, within, found)),
        Node::Labelled(label, inner) => {
            steps.push(*label);
            descend(inner, steps, within, found);
            steps.pop();
        }
        Node::Intersection(sets) => {
            // Plain regions narrow the one part that has a structure of its own.
            let narrowing = sets.iter().filter_map(|set| match set.node() {
                Node::Region(region) => Some(region.clone()),
                _ => None,
            });
            let narrowed: Vec<Region> = within.iter().cloned().chain(narrowing).collect();
            let mut structured = sets
                .iter()
                .filter(|set| !matches!(set.node(), Node::Region(_)))
                .peekable();
            if structured.peek().is_none() {
                found.extend(narrowed.split_first().map(|(first, rest)| Leaf {
                    region: first.clone(),
                    steps: steps.clone(),
                    within: rest.to_vec(),
                }));
            }
            for set in structured {
                descend(set, steps, &narrowed, found);
            }
        }
        Node::Difference(given, _) => descend(given, steps, within, found),
    }
}
