//! What becomes of access when roles change: gained and lost, role by role and identity by identity.
//!
//! A role counts where its state has it rendered; what an identity has is what all roles together give it that name it. With
//! an estate in the place of the older roles, it is what the identity can do there.
//!
//! **Growth of cost.** Two comparisons for each role, and two for each identity that one of them names.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_effective::{Gained, Gains, World, gains};
use leastwise_model::{ActionClasses, Platform, Snapshot, Text};
use leastwise_permset::{Label, Limits, PermissionSet, Witness};

use crate::files::Role;
use crate::meaning::Meaning;

/// Access of one statement that is gained or lost.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The classes of its catalogued actions.
    pub classes: ActionClasses,
    /// A request that shows it.
    pub witness: Witness,
    /// The file and line of the permission; `None` where it is no permission of a role.
    pub place: Option<(Text, u32)>,
}

/// What becomes of one role, or of one identity.
#[derive(Clone, Debug)]
pub struct Change {
    /// The id of the role, or the identity as its platform names it.
    pub name: Text,
    /// The name of its platform.
    pub platform: &'static str,
    /// Whether the older side has it.
    pub was: bool,
    /// Whether the newer side has it.
    pub is: bool,
    /// What is possible that was not.
    pub gained: Vec<Difference>,
    /// What was possible and is not.
    pub lost: Vec<Difference>,
    /// What is not known, readable.
    pub unknown: Vec<Text>,
}

impl Change {
    /// Whether nothing becomes of it.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.was == self.is && self.gained.is_empty() && self.lost.is_empty() && self.unknown.is_empty()
    }
}

/// What becomes of access.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// By role, those of which something becomes.
    pub roles: Vec<Change>,
    /// By identity, those of whom something becomes.
    pub identities: Vec<Change>,
}

/// A set with the permissions that it is made of: `Label(n)` is the `n`th.
#[derive(Default)]
struct Held<'w> {
    sets: Vec<PermissionSet>,
    places: Vec<(Text, u32)>,
    /// Where the labels are of an estate's statements.
    estate: Option<&'w Snapshot>,
}

impl Held<'_> {
    fn add(&mut self, meaning: &Meaning<'_>) {
        for meant in &meaning.permissions {
            let label = Label(u32::try_from(self.places.len()).unwrap_or(u32::MAX));
            self.sets.push(meant.set.labelled(label));
            self.places
                .push((meant.role.file.clone(), meant.permission.what.at.line));
        }
    }

    fn set(&self) -> PermissionSet {
        PermissionSet::union_of(self.sets.iter().cloned())
    }

    /// What a statement of this side gives that the other lacks; `None` for what a platform gives to everybody by itself.
    fn difference(&self, gained: Gained) -> Option<Difference> {
        let label = gained.steps.last().copied();
        let place = match self.estate {
            None => label.and_then(|label| self.places.get(label.0 as usize).cloned()),
            Some(snapshot) => {
                let location = snapshot.step(label?)?.location.as_ref();
                location.and_then(|at| Some((snapshot.file(at.file)?.path.clone(), at.line)))
            }
        };
        Some(Difference {
            classes: gained.classes,
            witness: gained.witness,
            place,
        })
    }
}

/// Identities by platform and name.
type Holders<'w> = BTreeMap<(&'static str, Text), (&'static dyn Platform, Held<'w>)>;

fn rendered<'m, 'r>(all: &'m [Meaning<'r>]) -> BTreeMap<(&'static str, Text), &'m Meaning<'r>> {
    all.iter()
        .filter(|meaning| meaning.role.state.is_rendered())
        .map(|meaning| ((meaning.platform.name(), id(meaning.role)), meaning))
        .collect()
}

fn id(role: &Role) -> Text {
    role.id.text.clone()
}

fn holders<'w>(all: &[Meaning<'_>]) -> Holders<'w> {
    let mut holders = Holders::new();
    for meaning in all.iter().filter(|meaning| meaning.role.state.is_rendered()) {
        for assigned in &meaning.role.assigned_to {
            let key = (meaning.platform.name(), assigned.identity.text.clone());
            let entry = holders
                .entry(key)
                .or_insert_with(|| (meaning.platform, Held::default()));
            entry.1.add(meaning);
        }
    }
    holders
}

/// What becomes of access when the roles of `old` are replaced by those of `new`.
#[must_use]
pub fn plan(old: &[Meaning<'_>], new: &[Meaning<'_>], limits: &Limits) -> Plan {
    let mut plan = Plan::default();
    let (was, is) = (rendered(old), rendered(new));
    let keys: BTreeSet<&(&'static str, Text)> = was.keys().chain(is.keys()).collect();
    for key in keys {
        let held = |side: &BTreeMap<(&'static str, Text), &Meaning<'_>>| {
            let meaning = side.get(key)?;
            let mut held = Held::default();
            held.add(meaning);
            Some((meaning.platform, held))
        };
        plan.roles.extend(change(key, held(&was), held(&is), limits));
    }
    let (mut was, mut is) = (holders(old), holders(new));
    let keys: BTreeSet<(&'static str, Text)> = was.keys().chain(is.keys()).cloned().collect();
    for key in keys {
        let (before, after) = (was.remove(&key), is.remove(&key));
        plan.identities.extend(change(&key, before, after, limits));
    }
    plan
}

/// What becomes of access when identities of an estate come to hold the roles that name them, and nothing else. Identities
/// that the estate does not have are told as gaining everything.
#[must_use]
pub fn plan_estate(world: &World, new: &[Meaning<'_>]) -> Plan {
    let mut plan = Plan::default();
    for (key, (platform, held)) in holders(new) {
        let index = world.called(&key.1);
        let mut before = Held {
            estate: Some(world.snapshot()),
            ..Held::default()
        };
        before.sets.extend(index.map(|index| world.effective(index)));
        let before = index.map(|_| (platform, before));
        plan.identities
            .extend(change(&key, before, Some((platform, held)), world.limits()));
    }
    plan
}

fn change(
    (platform_name, name): &(&'static str, Text),
    old: Option<(&'static dyn Platform, Held<'_>)>,
    new: Option<(&'static dyn Platform, Held<'_>)>,
    limits: &Limits,
) -> Option<Change> {
    let platform = new.as_ref().or(old.as_ref())?.0;
    let (was, is) = (old.is_some(), new.is_some());
    let old = old.map(|(_, held)| held).unwrap_or_default();
    let new = new.map(|(_, held)| held).unwrap_or_default();
    let mut unknown = Vec::new();
    let mut side = |less: &Held<'_>, more: &Held<'_>| -> Vec<Difference> {
        let Gains { sure, doubtful } = gains(&less.set(), &more.set(), platform, limits);
        for doubted in doubtful {
            let witness = doubted.witness.iter().flat_map(|witness| &witness.atoms);
            unknown.extend(witness.map(|atom| Text::from(atom.as_str())));
            unknown.extend(doubted.limit.map(|limit| Text::from(limit.to_string())));
        }
        sure.into_iter()
            .filter_map(|gained| more.difference(gained))
            .collect()
    };
    let gained = side(&old, &new);
    let lost = side(&new, &old);
    unknown.sort();
    unknown.dedup();
    let change = Change {
        name: name.clone(),
        platform: platform_name,
        was,
        is,
        gained,
        lost,
        unknown,
    };
    (!change.is_nothing()).then_some(change)
}
