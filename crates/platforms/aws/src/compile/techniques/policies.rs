//! Rows that are tried on managed policies and their versions.

use super::*;

impl Ways<'_> {
    pub(super) fn policies(
        &mut self,
        row: &Row,
        technique: TechniqueIndex,
        policies: &Policies,
        holders: &FxHashMap<UnitIndex, Vec<IdentityIndex>>,
    ) {
        let accounts = self.accounts;
        for (arn, policy) in policies.described.iter().filter(|(arn, _)| !is_provided(arn)) {
            let full = policy.versions.len() >= VERSIONS_MAX;
            let fits = row.requires.iter().all(|requirement| match requirement {
                Requirement::FreeVersion => !full,
                Requirement::FullVersions => full,
                _ => true,
            });
            let Some(unit) = policies.managed.get(arn).filter(|_| fits) else {
                continue;
            };
            let Some(home) = account_of(arn).and_then(|id| accounts.get(id)) else {
                continue;
            };
            if row.requires.contains(&Requirement::Bounds) {
                self.bounds(row, technique, arn, home);
                continue;
            }
            let Some(held) = holders.get(unit) else { continue };
            let needs = self.needs(row, &policy_subject(arn, home));
            for (targets, worth) in self.by_worth(held, &Without::unit(*unit)) {
                self.push(
                    technique,
                    needs.clone(),
                    bearers(row, home),
                    targets,
                    Gain::Grant(worth),
                    None,
                );
            }
        }
    }

    /// One opportunity for each identity that the policy bounds.
    fn bounds(&mut self, row: &Row, technique: TechniqueIndex, arn: &Text, home: &Account) {
        for person in self.bounded.get(arn).cloned().unwrap_or_default() {
            let needs = self.needs(row, &policy_subject(arn, home));
            let without = Without {
                units: Vec::new(),
                boundary: true,
            };
            let gain = Gain::Grant(self.own(person, &without));
            self.push(
                technique,
                needs,
                bearers(row, home),
                alone(person.index),
                gain,
                None,
            );
        }
    }

    pub(super) fn versions(
        &mut self,
        row: &Row,
        technique: TechniqueIndex,
        policies: &Policies,
        holders: &FxHashMap<UnitIndex, Vec<IdentityIndex>>,
    ) {
        let accounts = self.accounts;
        for version in policies
            .others
            .iter()
            .filter(|version| !is_provided(&version.arn))
        {
            let Some(unit) = policies.managed.get(&version.arn) else {
                continue;
            };
            let Some(home) = account_of(&version.arn).and_then(|id| accounts.get(id)) else {
                continue;
            };
            let Some(held) = holders.get(unit) else { continue };
            let needs = self.needs(row, &policy_subject(&version.arn, home));
            for (targets, worth) in self.by_worth(held, &Without::unit(*unit)) {
                // What a version says may depend on who holds it.
                let shared = self.units.is_shared(version.unit);
                let each: Vec<Arc<[IdentityIndex]>> = if shared {
                    vec![targets]
                } else {
                    targets.iter().map(|one| alone(*one)).collect()
                };
                for targets in each {
                    let facts: Facts = targets
                        .first()
                        .and_then(|one| self.snapshot.identity(*one))
                        .map(|identity| identity.holding.facts.clone())
                        .unwrap_or_default();
                    let caller = Caller::Identity(&facts, None);
                    let sets = self.sets(version.unit, caller);
                    if sets.allows.is_plainly_empty() {
                        continue;
                    }
                    let gain = sets.allows.intersection(&worth).difference(&sets.denies);
                    self.push(
                        technique,
                        needs.clone(),
                        bearers(row, home),
                        targets,
                        Gain::Grant(gain),
                        None,
                    );
                }
            }
        }
    }
}

pub(super) fn policy_subject<'a>(arn: &'a str, home: &'a Account) -> Subject<'a> {
    Subject {
        resource: Some(arn),
        account: account_of(arn).unwrap_or_default(),
        partition: &home.partition,
        ..Subject::default()
    }
}
