//! Rows that are tried on the memberships of users in groups that refuse something.
//!
//! Who leaves a group loses what it grants along with what it refuses, unless it is said elsewhere as well. Each group is tried
//! by itself, and all of a user's together. Source: IAM User Guide, "Edit users in IAM groups".

use super::row::OfGroup;
use super::*;
use crate::compile::holdings::Membership;

/// A group, and what of its documents ends for a user.
struct Ending<'p> {
    group: &'p Text,
    units: Vec<UnitIndex>,
}

impl Ways<'_> {
    pub(super) fn memberships(&mut self, row: &Row, technique: TechniqueIndex, policies: &Policies) {
        let Some(of) = row.lifts().group else {
            return;
        };
        let names: FxHashMap<UnitIndex, &Text> =
            policies.managed.iter().map(|(arn, unit)| (*unit, arn)).collect();
        let groups: FxHashMap<&Text, &Membership> = policies
            .groups
            .values()
            .map(|group| (&group.arn, group))
            .collect();
        let (people, accounts) = (self.people, self.accounts);
        for person in people.iter().filter(|person| !person.groups.is_empty()) {
            let Some(home) = accounts.get(&person.account) else {
                continue;
            };
            let endings = endings(person, &groups, of);
            if endings.is_empty() || self.applies(row, person, None).is_none() {
                continue;
            }
            let itself = row.requires.contains(&Requirement::Itself);
            let bearers = match itself {
                true => alone(person.index),
                false => self.bearers(row, &person.account, home, &Strings::none()),
            };
            let together = (endings.len() > 1).then_some(endings.as_slice());
            for endings in endings.chunks(1).chain(together) {
                let mut needs: Vec<Need> = Vec::new();
                let mut without = Without::default();
                for ending in endings {
                    without.units.extend(&ending.units);
                    let policies = ending.units.iter().filter_map(|unit| names.get(unit));
                    let subject = Subject {
                        resource: Some(&person.arn),
                        account: &person.account,
                        partition: &home.partition,
                        policies: policies.map(|arn| (*arn).clone()).collect(),
                        words: vec![("{group}", ending.group.clone())],
                        ..Subject::default()
                    };
                    for need in self.needs(row, &subject) {
                        if !needs.contains(&need) {
                            needs.push(need);
                        }
                    }
                }
                if row.lifts().inline {
                    without.units.extend(refusing(person).inline);
                }
                if itself {
                    let Some(left) = self.by_its_own_grant(row, person, needs) else {
                        continue;
                    };
                    needs = left;
                }
                let gain = match row.gain {
                    GainWord::Own(_) => self.own(person, &without),
                    _ => self.worth(person, &without),
                };
                self.push(
                    technique,
                    needs,
                    bearers.clone(),
                    alone(person.index),
                    Gain::Grant(gain),
                    None,
                );
            }
        }
    }
}

/// The groups of a user that refuse something, with what ends.
fn endings<'p>(person: &'p Person, groups: &FxHashMap<&Text, &Membership>, of: OfGroup) -> Vec<Ending<'p>> {
    let refuses = |unit: &UnitIndex| {
        let mut denies = person.restraint.denies.iter();
        denies.any(|(denying, _)| denying == unit)
    };
    let mut found = Vec::new();
    for group in &person.groups {
        let Some(membership) = groups.get(group) else {
            continue;
        };
        // What is said by another way too stays.
        let elsewhere = |unit: &UnitIndex| {
            let own = person.held.iter().filter(|held| held.steps[0].is_none());
            let others = person.groups.iter().filter(|other| *other != group);
            let others = others.filter_map(|other| groups.get(other));
            own.chain(others.flat_map(|other| other.held.iter()))
                .any(|held| held.unit == *unit)
        };
        let wanted = |held: &&Held| match of {
            OfGroup::All => true,
            OfGroup::Attached => held.steps[1].is_some() && refuses(&held.unit),
            OfGroup::Inline => held.steps[1].is_none() && refuses(&held.unit),
        };
        let units = membership.held.iter().filter(wanted).map(|held| held.unit);
        let units: Vec<UnitIndex> = units.filter(|unit| !elsewhere(unit)).collect();
        if units.iter().any(refuses) {
            found.push(Ending { group, units });
        }
    }
    found
}
