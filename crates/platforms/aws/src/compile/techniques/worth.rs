//! What a grant is worth to whom it is made.

use leastwise_model::Effect;
use leastwise_permset::Emptiness;

use super::*;
use crate::compile::holdings::{BOUNDARY, TRUST_POLICIES};

impl Ways<'_> {
    /// What a grant of everything is worth to an identity while some documents are out of force.
    pub(super) fn worth(&self, person: &Person, without: &Without) -> PermissionSet {
        let reach = self.reach.get(&person.account);
        let reach = reach.map_or_else(PermissionSet::everything, |reach| reach.most.clone());
        without.held_back(reach, person)
    }

    /// What an identity is granted already, while some documents neither refuse nor grant.
    pub(super) fn own(&mut self, person: &Person, without: &Without) -> PermissionSet {
        let Some(identity) = self.snapshot.identity(person.index) else {
            return PermissionSet::empty();
        };
        let facts = identity.holding.facts.clone();
        let grants = identity
            .holding
            .layers
            .iter()
            .filter(|layer| layer.effect == Effect::Grants);
        let (others, policies): (Vec<_>, Vec<_>) = grants
            .map(|layer| (layer.title.clone(), layer.set.clone()))
            .partition(|(title, _)| &**title == TRUST_POLICIES);
        let sets = |layers: Vec<(Text, PermissionSet)>| {
            PermissionSet::union_of(layers.into_iter().map(|(_, set)| set))
        };
        let (others, mut granted) = (sets(others), sets(policies));
        if !without.units.is_empty() {
            let caller = Caller::Identity(&facts, None);
            let mut left = vec![self.units.always().clone()];
            for held in person
                .held
                .iter()
                .filter(|held| !without.units.contains(&held.unit))
            {
                left.push(self.sets(held.unit, caller).allows);
            }
            granted = granted.intersection(&PermissionSet::union_of(left));
        }
        without.held_back(granted.union(&others), person)
    }

    /// Some actions of what an identity may do; `None` where it may do none of them.
    pub(super) fn acts(&self, person: &Person, actions: &str) -> Option<PermissionSet> {
        let identity = self.snapshot.identity(person.index)?;
        let asked = PermissionSet::from(Region::new(listed(actions), Strings::any()));
        let held = identity.holding.effective().intersection(&asked);
        let none = matches!(held.emptiness(&Limits::default()), Emptiness::Empty);
        (!none).then_some(held)
    }

    /// Identities by what a grant is worth to them.
    pub(super) fn by_worth(
        &self,
        identities: &[IdentityIndex],
        without: &Without,
    ) -> Vec<(Arc<[IdentityIndex]>, PermissionSet)> {
        let mut alike: BTreeMap<Vec<usize>, (Vec<IdentityIndex>, PermissionSet)> = BTreeMap::new();
        let mut order = Vec::new();
        for index in identities {
            let Some(person) = self.person(*index) else {
                continue;
            };
            let restraint = &person.restraint;
            let mut profile = vec![restraint.bound.as_ref().map_or(0, PermissionSet::address)];
            profile.extend(without.left(restraint).map(PermissionSet::address));
            let known = alike.len();
            let entry = alike
                .entry(profile.clone())
                .or_insert_with(|| (Vec::new(), self.worth(person, without)));
            entry.0.push(*index);
            if alike.len() > known {
                order.push(profile);
            }
        }
        // In the order of the first member: addresses differ from run to run.
        order
            .iter()
            .filter_map(|profile| alike.remove(profile))
            .map(|(members, worth)| (members.into(), worth))
            .collect()
    }

    /// The users of an account by what a grant is worth to them.
    pub(super) fn users(&mut self, account: &Text, home: &Account) -> Profiles {
        if let Some(known) = self.profiles.get(account) {
            return known.clone();
        }
        let profiles: Profiles = self.by_worth(&home.users, &Without::default()).into();
        self.profiles.insert(account.clone(), profiles.clone());
        profiles
    }
}

/// Patterns of actions, separated by commas.
pub(super) fn listed(actions: &str) -> Strings {
    let patterns = actions.split(',');
    Strings::any_of(patterns.map(|action| Pattern::glob(action, Case::Folded)))
}

/// What is out of force.
#[derive(Clone, Debug, Default)]
pub(super) struct Without {
    /// Documents.
    pub units: Vec<UnitIndex>,
    /// The permissions boundary.
    pub boundary: bool,
}

impl Without {
    /// One document.
    pub fn unit(unit: UnitIndex) -> Self {
        Self {
            units: vec![unit],
            boundary: false,
        }
    }

    /// The refusals that are left.
    fn left<'r>(&self, restraint: &'r Restraint) -> impl Iterator<Item = &'r PermissionSet> {
        let left = restraint
            .denies
            .iter()
            .filter(|(unit, _)| !(self.units.contains(unit) || self.boundary && *unit == BOUNDARY));
        left.map(|(_, set)| set)
    }

    /// What of a grant takes effect.
    pub fn held_back(&self, granted: PermissionSet, person: &Person) -> PermissionSet {
        let restraint = &person.restraint;
        let bounded = match &restraint.bound {
            Some(bound) if !self.boundary => granted.intersection(bound),
            _ => granted,
        };
        bounded.difference(&PermissionSet::union_of(self.left(restraint).cloned()))
    }
}

/// The documents of an identity's own that refuse something.
pub(super) struct Refusing {
    /// Inline policies.
    pub inline: Vec<UnitIndex>,
    /// Managed policies.
    pub attached: Vec<UnitIndex>,
}

/// Whose refusals end when the identity's own policies are taken away.
pub(super) fn refusing(person: &Person) -> Refusing {
    let refuses = |unit: UnitIndex| {
        person
            .restraint
            .denies
            .iter()
            .any(|(denying, _)| *denying == unit)
    };
    let own = |attached: bool| {
        let held = person.held.iter().filter(|held| held.steps[0].is_none());
        let held = held.filter(|held| held.steps[1].is_some() == attached && refuses(held.unit));
        let mut units: Vec<UnitIndex> = held.map(|held| held.unit).collect();
        units.sort_unstable();
        units.dedup();
        units
    };
    Refusing {
        inline: own(false),
        attached: own(true),
    }
}

/// The inline policies among these whose refusals end when policies are written under their names.
pub(super) fn overwritten(held: &[Held], restraint: &Restraint) -> Vec<UnitIndex> {
    let inline = held.iter().filter(|one| one.steps == [None, None]);
    let refuses = |unit: UnitIndex| restraint.denies.iter().any(|(denying, _)| *denying == unit);
    inline.map(|one| one.unit).filter(|unit| refuses(*unit)).collect()
}
