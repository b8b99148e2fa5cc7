//! Whom somebody can become and could not.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_effective::{Certainty, Leg, NewWay, Path};
use leastwise_model::{IdentityIndex, TechniqueIndex, Text};
use leastwise_permset::{Inclusion, Label};

use super::item::{Item, Kind, Place, Who, call};
use super::unknown::{Because, Unknown};
use super::{Comparing, Gate};

/// What ways have in common before it is known which statement opens them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Alike {
    /// A statement of the target's side that is new.
    Step(Label),
    /// Who becomes somebody, how, and whether those whom it becomes are new.
    By(IdentityIndex, TechniqueIndex, bool),
}

/// What opens ways: a statement, or the target that appeared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Opens {
    Step(Label),
    Target(IdentityIndex),
    From(IdentityIndex, TechniqueIndex),
}

impl Comparing<'_, '_> {
    /// Steps of becoming that are new. Those that only depend on gaps may be.
    pub(super) fn ways(&self, gate: &mut Gate) {
        let snapshot = self.new.world.snapshot();
        let mut alike: BTreeMap<Alike, Vec<NewWay>> = BTreeMap::new();
        for way in self.new.world.ways_since(self.old.world, &self.twins) {
            let Some(opportunity) = snapshot.opportunities.get(way.opportunity as usize) else {
                continue;
            };
            if self.gives_nothing(&way) || self.nobody_wrote(&way) {
                continue;
            }
            if let Certainty::Depends(atoms) = &way.certainty {
                gate.unknown.push(self.unsure(&way, atoms));
                continue;
            }
            let step = opportunity
                .step
                .filter(|label| self.known.lacks(snapshot, &[*label]));
            let appeared = self.twin(way.to).is_none();
            let key = match step {
                Some(step) => Alike::Step(step),
                None => Alike::By(way.from, opportunity.technique, appeared),
            };
            alike.entry(key).or_default().push(way);
        }
        let mut opened: BTreeMap<Opens, Vec<NewWay>> = BTreeMap::new();
        for (key, ways) in alike {
            match key {
                Alike::Step(step) => opened.entry(Opens::Step(step)).or_default().extend(ways),
                Alike::By(from, technique, appeared) => {
                    let Some(first) = ways.first() else { continue };
                    let steps = statements(&self.new.world.way(first));
                    let fresh = self.known.lacks(snapshot, &steps);
                    match self.known.telling(snapshot, &steps) {
                        Some(step) if fresh => opened.entry(Opens::Step(step)).or_default().extend(ways),
                        _ if appeared => {
                            for way in ways {
                                opened.entry(Opens::Target(way.to)).or_default().push(way);
                            }
                        }
                        _ => opened
                            .entry(Opens::From(from, technique))
                            .or_default()
                            .extend(ways),
                    }
                }
            }
        }
        for (opens, ways) in opened {
            gate.items.extend(self.becoming(opens, &ways));
        }
    }

    /// Whether who becomes somebody could do before all that this one can do, and it becomes nobody else.
    fn gives_nothing(&self, way: &NewWay) -> bool {
        let new = self.new.world;
        if new.edges(way.to).next().is_some() {
            return false;
        }
        let target = new.effective(way.to);
        let mine = match self.twin(way.from) {
            Some(from) => self.old.world.effective(from),
            // What it has itself is told as new access.
            None => new.effective(way.from),
        };
        matches!(target.included_in(&mine, new.limits()), Inclusion::Holds)
    }

    /// Whether every statement by which somebody becomes another is assumed, or made by the platform as it runs.
    fn nobody_wrote(&self, way: &NewWay) -> bool {
        let snapshot = self.new.world.snapshot();
        if snapshot.assumed.is_empty() {
            return false;
        }
        let assumed = |label: &Label| {
            let unplaced = snapshot.step(*label).is_some_and(|step| step.location.is_none());
            unplaced || snapshot.assumption_of(*label).is_some()
        };
        statements(&self.new.world.way(way)).iter().all(assumed)
    }

    fn becoming(&self, opens: Opens, ways: &[NewWay]) -> Option<Item> {
        let world = self.new.world;
        let snapshot = world.snapshot();
        let mut worst: Option<(leastwise_findings::Severity, &NewWay)> = None;
        for way in ways {
            let severity = self.scales.becoming(way.from, way.to);
            if worst.is_none_or(|(worst, _)| severity > worst) {
                worst = Some((severity, way));
            }
        }
        let (severity, worst) = worst?;
        let mut item = Item::new(Kind::Becoming, severity);
        let mut from: Vec<IdentityIndex> = ways.iter().map(|way| way.from).collect();
        from.sort_by_key(|index| (*index != worst.from, *index));
        from.dedup();
        let to: BTreeSet<IdentityIndex> = ways.iter().map(|way| way.to).collect();
        item.who = from
            .iter()
            .filter_map(|index| {
                let identity = snapshot.identity(*index)?;
                Some(Who::identity(identity, world.platform_of(*index), None))
            })
            .collect();
        let id = |index: &IdentityIndex| Some(snapshot.identity(*index)?.id.clone());
        let first = [worst.to];
        let others = to.iter().filter(|index| **index != worst.to);
        item.whom = first.iter().chain(others).filter_map(id).collect::<Vec<Text>>();
        item.through = self.through(&from);
        item.classes = world
            .abilities(worst.to)
            .map(|all| all.classes)
            .unwrap_or_default();
        item.path = world.way(worst);
        let steps = statements(&item.path);
        item.step = match opens {
            Opens::Step(step) => Some(step),
            Opens::Target(_) | Opens::From(..) => self.known.telling(snapshot, &steps),
        };
        let declared = |index: IdentityIndex| snapshot.identity(index)?.location.clone();
        let stated = || snapshot.step(item.step?)?.location.clone();
        let location = match opens {
            Opens::Target(target) => declared(target).or_else(stated),
            Opens::Step(_) => stated().or_else(|| declared(worst.to)),
            Opens::From(from, _) => declared(from).or_else(stated),
        };
        item.place = location.and_then(|location| Place::of(snapshot, &location));
        item.fresh = self.known.lacks(snapshot, &steps);
        let cause = call(snapshot, item.step);
        Some(item.named(&cause))
    }

    fn unsure(&self, way: &NewWay, atoms: &[leastwise_permset::Atom]) -> Unknown {
        let snapshot = self.new.world.snapshot();
        let name = |index: IdentityIndex| snapshot.identity(index).map_or("?", |identity| &identity.id);
        let place = self
            .known
            .telling(snapshot, &statements(&self.new.world.way(way)))
            .and_then(|label| Place::of(snapshot, snapshot.step(label)?.location.as_ref()?));
        Unknown {
            what: format!("whether {} can become {}", name(way.from), name(way.to)),
            because: Because::of(snapshot, atoms),
            place,
        }
    }
}

/// The statements on a path, in order.
fn statements(path: &Path) -> Vec<Label> {
    path.iter().flat_map(Leg::statements).copied().collect()
}
