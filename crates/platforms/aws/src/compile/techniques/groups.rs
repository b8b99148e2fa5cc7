//! Rows that are tried on groups.

use super::*;

impl Ways<'_> {
    pub(super) fn groups(&mut self, row: &Row, technique: TechniqueIndex, policies: &Policies) {
        let accounts = self.accounts;
        let mut members: FxHashMap<&str, Vec<IdentityIndex>> = FxHashMap::default();
        let people = self.people;
        if row.requires.contains(&Requirement::Members) {
            for person in people {
                for group in &person.groups {
                    members.entry(group).or_default().push(person.index);
                }
            }
        }
        for ((account, _), group) in policies.groups.iter().filter(|(_, group)| !group.arn.is_empty()) {
            let Some(home) = accounts.get(account) else {
                continue;
            };
            let subject = Subject {
                resource: Some(&group.arn),
                account,
                partition: &home.partition,
                ..Subject::default()
            };
            let needs = self.needs(row, &subject);
            let list = members.get(&*group.arn).map(Vec::as_slice).unwrap_or_default();
            let profiles: Profiles = match row.gain {
                GainWord::Group => self.users(account, home),
                GainWord::Overwrite => {
                    let first = list.first().and_then(|index| self.person(*index));
                    let without = Without {
                        units: first
                            .map_or_else(Vec::new, |person| overwritten(&group.held, &person.restraint)),
                        boundary: false,
                    };
                    self.by_worth(list, &without).into()
                }
                _ => self.by_worth(list, &Without::default()).into(),
            };
            let mut given = None;
            if row.gain == GainWord::Group {
                let mut sets = Vec::new();
                for held in &group.held {
                    sets.push(self.sets(held.unit, Caller::Anyone));
                }
                let sets = Sets::together(sets);
                if sets.allows.is_plainly_empty() {
                    continue;
                }
                given = Some(sets.allows.difference(&sets.denies));
            }
            for (targets, worth) in profiles.iter() {
                let gain = match &given {
                    Some(given) => given.intersection(worth),
                    None => worth.clone(),
                };
                self.push(
                    technique,
                    needs.clone(),
                    bearers(row, home),
                    targets.clone(),
                    Gain::Grant(gain),
                    None,
                );
            }
        }
    }
}
