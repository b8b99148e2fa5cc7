//! What cannot be told.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_effective::World;
use leastwise_findings::Undecided;
use leastwise_model::{InstanceIndex, Remark, Side as Errs, Snapshot, Text};
use leastwise_permset::Atom;

use super::item::Place;
use super::{Comparing, Gate, Side};

/// Why something cannot be told, and what would settle it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Because {
    /// What is not known.
    pub gap: Text,
    /// What would settle it; may be empty.
    pub settle: Text,
}

impl Because {
    /// Why it depends on these.
    #[must_use]
    pub fn of(snapshot: &Snapshot, atoms: &[Atom]) -> Vec<Self> {
        let settled = |atom: &Atom| snapshot.gaps.get(atom).map(|gap| gap.settle.clone());
        let all = atoms.iter().map(|atom| Self {
            gap: Text::from(atom.as_str()),
            settle: settled(atom).unwrap_or_default(),
        });
        all.collect()
    }

    /// A limit was hit.
    #[must_use]
    pub fn limit(limit: &str) -> Self {
        Self {
            gap: Text::from(limit),
            settle: Text::default(),
        }
    }
}

/// Something that cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unknown {
    /// Where it is said, if anywhere.
    pub place: Option<Place>,
    /// What, in a phrase.
    pub what: String,
    /// Why.
    pub because: Vec<Because>,
}

impl Comparing<'_, '_> {
    /// Input that could not be read, layers that only the new estate lacks, and identities about whom rules cannot decide that
    /// they did not have to decide about before. A gap that both estates have in the same words decides nothing about the
    /// change.
    pub(super) fn gaps(&self, gate: &mut Gate, same: &dyn Fn(&str) -> bool) {
        let (old, new) = (self.old.world.snapshot(), self.new.world.snapshot());
        let before: BTreeSet<Unknown> = lost(old).map(|(_, unknown)| unknown).collect();
        let mut unread: Vec<Unknown> = Vec::new();
        for (file, unknown) in lost(new) {
            if !before.contains(&unknown) || !file.is_some_and(same) {
                unread.push(unknown);
            }
        }
        if unread.is_empty() {
            gate.unknown.extend(assumed(old, new));
        }
        gate.unknown.extend(unread);
        let mut before: BTreeSet<(&str, &Text, Option<&str>)> = BTreeSet::new();
        for undecided in &self.old.report.undecided {
            before.extend(undecided.gaps.iter().map(|gap| (undecided.rule.id, gap, None)));
        }
        for undecided in &self.new.report.undecided {
            let standing = |gap: &Text| before.contains(&(undecided.rule.id, gap, None));
            if !undecided.gaps.iter().all(standing) || undecided.gaps.is_empty() {
                gate.unknown.push(rule(undecided));
            }
        }
    }
}

/// All that cannot be told of one estate.
pub(super) fn all(new: &Side<'_>, gate: &mut Gate) {
    all_unread(new, gate);
    gate.unknown.extend(new.report.undecided.iter().map(rule));
}

/// What could not be read of one estate.
pub(super) fn all_unread(new: &Side<'_>, gate: &mut Gate) {
    gate.unknown
        .extend(lost(new.world.snapshot()).map(|(_, unknown)| unknown));
}

/// What the rules of these names could not decide.
pub(super) fn of_rules(new: &Side<'_>, names: &[&str], gate: &mut Gate) {
    let undecided = new.report.undecided.iter();
    let undecided = undecided.filter(|one| names.contains(&one.rule.name));
    gate.unknown.extend(undecided.map(rule));
}

/// The instances whose resources have policies, of which none was read.
pub(super) fn of_resources(world: &World, gate: &mut Gate) {
    let snapshot = world.snapshot();
    for (at, instance) in (0_u32..).zip(&snapshot.instances) {
        let index = InstanceIndex(at);
        let speak = world
            .platform_at(index)
            .is_some_and(|platform| platform.resources_speak());
        let empty = !snapshot
            .identities
            .iter()
            .any(|it| it.instance == index && !it.stranger);
        if speak && !empty && snapshot.told.resources.binary_search(&index).is_err() {
            gate.unknown.push(Unknown {
                place: None,
                what: format!("whom the resources of {} let in", instance.title),
                because: vec![Because {
                    gap: "no policy of a resource of it was exported".into(),
                    settle: "`leastwise collect` asks for them".into(),
                }],
            });
        }
    }
}

/// What could not be read, with the file that holds it.
fn lost(snapshot: &Snapshot) -> impl Iterator<Item = (Option<&str>, Unknown)> {
    let losing = snapshot.remarks.iter().filter(|remark| remark.loses);
    losing.map(|remark| (file(snapshot, remark), unread(snapshot, remark)))
}

fn file<'s>(snapshot: &'s Snapshot, remark: &Remark) -> Option<&'s str> {
    Some(&snapshot.file(remark.location.as_ref()?.file)?.path)
}

fn unread(snapshot: &Snapshot, remark: &Remark) -> Unknown {
    Unknown {
        place: remark
            .location
            .as_ref()
            .and_then(|location| Place::of(snapshot, location)),
        what: "what a file that could not be read gives".into(),
        because: vec![Because {
            gap: remark.what.clone(),
            settle: remark.hint.clone(),
        }],
    }
}

/// Layers that may add access and of which only the new estate holds nothing; but for those that somebody asked to assume.
fn assumed(old: &Snapshot, new: &Snapshot) -> Vec<Unknown> {
    let layers = |snapshot: &Snapshot| -> BTreeMap<Text, (Text, usize)> {
        let mut layers: BTreeMap<Text, (Text, usize)> = BTreeMap::new();
        for assumption in snapshot
            .identities
            .iter()
            .flat_map(|identity| &identity.assumptions)
        {
            if assumption.side != Errs::Removes {
                let entry = layers.entry(assumption.layer.clone());
                entry.or_insert_with(|| (assumption.settle.clone(), 0)).1 += 1;
            }
        }
        layers
    };
    let before = layers(old);
    let asked: BTreeSet<&Text> = new.assumed.values().map(|assumption| &assumption.layer).collect();
    layers(new)
        .into_iter()
        .filter(|(layer, _)| !asked.contains(layer))
        // An estate that held nothing assumed nothing.
        .filter(|(layer, _)| !before.contains_key(layer) && !old.identities.is_empty())
        .map(|(layer, (settle, count))| Unknown {
            place: None,
            what: format!("what {count} identities gain from {layer}"),
            because: vec![Because { gap: layer, settle }],
        })
        .collect()
}

fn rule(undecided: &Undecided) -> Unknown {
    let count = undecided.identities.len();
    Unknown {
        place: None,
        what: format!("what {} says about {count} identities", undecided.rule.name),
        because: undecided
            .gaps
            .iter()
            .map(|gap| Because {
                gap: gap.clone(),
                settle: Text::default(),
            })
            .collect(),
    }
}
