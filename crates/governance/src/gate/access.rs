//! Requests that somebody can make as itself and could not.

use std::collections::BTreeMap;

use leastwise_effective::{Doubted, Gained, Gains, Leg, Likeness, Path, gains};
use leastwise_findings::{Scales, Severity};
use leastwise_model::{ActionClasses, Entitlement, IdentityIndex, Snapshot, Text};
use leastwise_permset::{Inclusion, Label, PermissionSet, Witness};

use super::item::{Item, Kind, Place, Who, call};
use super::unknown::{Because, Unknown};
use super::{Comparing, Gate};

/// So many of those who come to something through others are looked for.
const THROUGH: usize = 1000;

/// What one statement gives to somebody.
struct Part {
    index: IdentityIndex,
    gained: Gained,
    severity: Severity,
}

impl Comparing<'_, '_> {
    /// What identities can do as themselves that they could not.
    pub(super) fn accesses(&self, gate: &mut Gate) {
        let snapshot = self.new.world.snapshot();
        let mut likeness = Likeness::default();
        // By the statement that is told, else by the identity.
        let mut groups: BTreeMap<(Option<Label>, Option<IdentityIndex>), Vec<Part>> = BTreeMap::new();
        for (index, identity) in snapshot.each_identity() {
            let before = self.twin(index);
            let Gains { sure, doubtful } =
                self.new
                    .world
                    .gains_since(self.old.world, index, before, &mut likeness);
            let was = before.is_some_and(|before| self.old.world.administers(before));
            let controls = !sure.is_empty() && !was && self.new.world.administers(index);
            for gained in sure {
                let made_by_platform = identity.unbounded.is_none() && gained.steps.is_empty();
                if before.is_none() && made_by_platform || self.is_gift(snapshot, &gained.steps) {
                    continue;
                }
                let severity = self
                    .scales
                    .gain(index, gained.classes, &gained.requests, controls);
                let place = self.known.telling(snapshot, &gained.steps);
                let key = (place, place.is_none().then_some(index));
                groups.entry(key).or_default().push(Part {
                    index,
                    gained,
                    severity,
                });
            }
            for doubted in doubtful {
                if !self.is_gift(snapshot, &doubted.steps) {
                    gate.unknown.push(self.doubt(&identity.id, &doubted));
                }
            }
        }
        for ((place, _), parts) in groups {
            gate.items.extend(self.access(place, parts));
        }
        gate.less = self.less(&mut likeness);
    }

    /// How many identities of the old estate can do less in the new one, or are gone.
    fn less(&self, likeness: &mut Likeness) -> usize {
        let (old, new) = (self.old.world, self.new.world);
        let mut left = vec![true; old.snapshot().identities.len()];
        let mut less = 0;
        for (now, then) in self.twins.iter().enumerate() {
            let Some(then) = then else { continue };
            if let Some(left) = left.get_mut(then.0 as usize) {
                *left = false;
            }
            let now = IdentityIndex(u32::try_from(now).unwrap_or(u32::MAX));
            let (was, is) = (old.effective(*then), new.effective(now));
            let shrunk =
                !likeness.of(&was, &is) && !matches!(was.included_in(&is, new.limits()), Inclusion::Holds);
            less += usize::from(shrunk);
        }
        less + left.into_iter().filter(|left| *left).count()
    }

    /// Whether the platform gives it to everybody, by statements that the old estate has as well or that stand nowhere: what
    /// a change says to be the platform's own is not believed.
    fn is_gift(&self, snapshot: &Snapshot, steps: &[Label]) -> bool {
        let believed = |label: &Label| {
            snapshot
                .step(*label)
                .is_some_and(|step| step.location.is_none() || self.known.has(step))
        };
        self.scales.is_gift(steps) && steps.iter().all(believed)
    }

    fn access(&self, place: Option<Label>, parts: Vec<Part>) -> Option<Item> {
        let world = self.new.world;
        let snapshot = world.snapshot();
        let mut who: BTreeMap<IdentityIndex, Vec<PermissionSet>> = BTreeMap::new();
        let mut classes = ActionClasses::default();
        let mut worst: Option<&Part> = None;
        for part in &parts {
            who.entry(part.index)
                .or_default()
                .push(part.gained.requests.clone());
            classes = classes.union(part.gained.classes);
            if worst.is_none_or(|worst| part.severity > worst.severity) {
                worst = Some(part);
            }
        }
        let worst = worst?;
        let mut item = Item::new(Kind::Access, worst.severity);
        // The one whose request and way are shown comes first.
        let shown = |index: &IdentityIndex| *index != worst.index;
        let mut ids: Vec<IdentityIndex> = who.keys().copied().collect();
        ids.sort_by_key(|index| (shown(index), *index));
        item.who = ids
            .iter()
            .filter_map(|index| {
                let identity = snapshot.identity(*index)?;
                let requests = PermissionSet::union_of(who.remove(index)?);
                Some(Who::identity(identity, world.platform_of(*index), Some(requests)))
            })
            .collect();
        item.through = self.through(&ids);
        item.classes = classes;
        item.path = holds(worst.index, &worst.gained.witness, &worst.gained.steps);
        item.step = place;
        item.fresh = self.known.lacks(snapshot, &worst.gained.steps);
        let declared = || snapshot.identity(worst.index)?.location.clone();
        let stated = || snapshot.step(place?)?.location.clone();
        let location = match item.fresh {
            true => stated().or_else(declared),
            // Everything that gives it was there: then the identity is new, or something no longer refuses it.
            false if self.twin(worst.index).is_none() => declared().or_else(stated),
            false => stated().or_else(declared),
        };
        item.place = location.and_then(|location| Place::of(snapshot, &location));
        item.before = self.refused(worst.index, &worst.gained.witness);
        item.witness = Some(worst.gained.witness.clone());
        Some(item.named(&call(snapshot, place)))
    }

    /// Who else comes to what these can do, by becoming one of them, for certain.
    pub(super) fn through(&self, ids: &[IdentityIndex]) -> Vec<Text> {
        if ids.len() > THROUGH {
            return Vec::new();
        }
        let world = self.new.world;
        let made_by_people = |index: &IdentityIndex| {
            let identity = world.snapshot().identity(*index);
            identity.is_some_and(|identity| !identity.provided) && !world.administers(*index)
        };
        let others = world.reachers(ids, true).into_iter();
        others
            .filter(made_by_people)
            .filter_map(|index| Some(world.snapshot().identity(index)?.id.clone()))
            .collect()
    }

    /// What refused a request of an identity before, in words with places in the old estate.
    fn refused(&self, index: IdentityIndex, witness: &Witness) -> Vec<String> {
        let Some(before) = self.twin(index) else {
            return Vec::new();
        };
        let old = self.old.world;
        let refusals = old.refusals(before, witness).into_iter();
        refusals
            .map(|refusal| {
                let step = refusal.step.and_then(|label| old.snapshot().step(label));
                let place = step
                    .and_then(|step| Place::of(old.snapshot(), step.location.as_ref()?))
                    .map_or_else(String::new, |place| format!(" at {place}"));
                let name = step.map_or_else(String::new, |step| format!(" by {} {}", step.kind, step.name));
                format!("{}{}{place}", refusal.layer, name.trim_end())
            })
            .collect()
    }

    /// What is not known of what somebody gains.
    fn doubt(&self, id: &Text, doubted: &Doubted) -> Unknown {
        let snapshot = self.new.world.snapshot();
        let place = self
            .known
            .telling(snapshot, &doubted.steps)
            .and_then(|label| Place::of(snapshot, snapshot.step(label)?.location.as_ref()?));
        let because = match (&doubted.witness, &doubted.limit) {
            (Some(witness), _) => Because::of(snapshot, &witness.atoms),
            (None, Some(limit)) => vec![Because::limit(&limit.to_string())],
            (None, None) => Vec::new(),
        };
        let request = doubted
            .witness
            .as_ref()
            .map(|witness| format!(": {} on {}", witness.request.action, witness.request.resource));
        Unknown {
            what: format!("whether {id} gains access{}", request.unwrap_or_default()),
            because,
            place,
        }
    }

    /// Whether nobody wrote it.
    fn is_assumed(&self, entitlement: &Entitlement) -> bool {
        let location = entitlement.location.as_ref();
        location.is_some_and(|location| self.new.world.snapshot().assumed.contains_key(&location.file))
    }

    /// What statements of entitlements would give to whoever is given them, where nobody is known to hold them.
    pub(super) fn entitlements(&self, gate: &mut Gate) {
        let (old, new) = (self.old.world.snapshot(), self.new.world.snapshot());
        let mut before: BTreeMap<Named<'_>, PermissionSet> = BTreeMap::new();
        for entitlement in &old.entitlements {
            if let Some(name) = named(old, entitlement) {
                before.insert(name, given(entitlement));
            }
        }
        let nothing = PermissionSet::empty();
        for entitlement in &new.entitlements {
            let Some(name) = named(new, entitlement) else {
                continue;
            };
            let known = before.get(&name);
            if self.is_assumed(entitlement) {
                continue;
            }
            if !entitlement.holders.is_empty() || entitlement.provided && known.is_some() {
                continue;
            }
            let Some(platform) = self.new.world.platform_at(entitlement.instance) else {
                continue;
            };
            let (old, given) = (known.unwrap_or(&nothing), given(entitlement));
            let holder = format!("whoever is given {} {}", entitlement.kind, entitlement.name);
            let Gains { sure, doubtful } = gains(old, &given, platform, self.new.world.limits());
            for gained in sure {
                let mut item = Item::new(Kind::Access, Scales::unheld(gained.classes));
                let place = gained.steps.last().copied();
                item.step = place;
                item.place = place
                    .and_then(|label| new.step(label)?.location.clone())
                    .or_else(|| entitlement.location.clone())
                    .and_then(|location| Place::of(new, &location));
                item.fresh = self.known.lacks(new, &gained.steps);
                item.holder = Some(holder.clone());
                item.who = vec![Who {
                    id: Text::from(format!("{} {}", entitlement.kind, entitlement.name)),
                    names: Vec::new(),
                    platform: Some(platform),
                    requests: Some(gained.requests),
                }];
                item.classes = gained.classes;
                item.witness = Some(gained.witness);
                gate.items.push(item.named(&call(new, place)));
            }
            for doubted in doubtful {
                gate.unknown
                    .push(self.doubt(&Text::from(holder.as_str()), &doubted));
            }
        }
    }
}

/// Instance, kind and name of an entitlement.
type Named<'s> = (&'s str, &'s str, &'s str, &'s str);

fn named<'s>(snapshot: &'s Snapshot, entitlement: &'s Entitlement) -> Option<Named<'s>> {
    let instance = snapshot.instance(entitlement.instance)?;
    Some((
        instance.platform,
        &instance.name,
        &entitlement.kind,
        &entitlement.name,
    ))
}

/// What an entitlement lets through, its statements under their labels.
pub(super) fn given(entitlement: &Entitlement) -> PermissionSet {
    let these = |denies: bool| {
        let statements = entitlement.statements.iter();
        PermissionSet::union_of(
            statements
                .filter(|statement| statement.denies == denies)
                .map(|statement| statement.set.labelled(statement.label)),
        )
    };
    these(false).difference(&these(true))
}

/// A path of one leg.
pub(super) fn holds(index: IdentityIndex, witness: &Witness, steps: &[Label]) -> Path {
    vec![Leg::Holds {
        identity: index,
        action: Text::from(&*witness.request.action),
        resource: Text::from(&*witness.request.resource),
        steps: steps.to_vec(),
    }]
}
