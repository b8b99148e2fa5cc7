//! What runs as which role.

use std::collections::BTreeMap;

use leastwise_model::{IdentityIndex, Snapshot, Text, Workload};

use super::location;
use super::people::Person;
use crate::lower::account_of;
use crate::running::{Kind, Others, Running, Thing, kinds};

/// What runs, by kind and by the role it runs as.
pub struct Runs<'r> {
    running: &'r Running,
    by_role: BTreeMap<(&'static str, IdentityIndex), Vec<&'r Thing>>,
}

impl<'r> Runs<'r> {
    /// Finds the roles of what was exported, also by the instance profiles that hold them. Linear in both.
    pub fn new(running: &'r Running, people: &[Person]) -> Self {
        let mut roles: BTreeMap<(&str, &str), IdentityIndex> = BTreeMap::new();
        for person in people {
            roles.insert((&person.account, &person.arn), person.index);
            for profile in &person.profiles {
                roles.insert((&person.account, profile), person.index);
            }
        }
        let mut by_role: BTreeMap<_, Vec<&Thing>> = BTreeMap::new();
        for kind in kinds() {
            for thing in running.things(kind.word) {
                let named = match thing.role.split_once(":instance-profile/") {
                    Some((_, path)) => path.rsplit('/').next().unwrap_or(path),
                    None => &thing.role,
                };
                let account = account_of(&thing.role).unwrap_or_default();
                if let Some(index) = roles.get(&(account, named)) {
                    let known = by_role.entry((kind.word, *index)).or_default();
                    if !known.iter().any(|one| one.arn == thing.arn) {
                        known.push(thing);
                    }
                }
            }
        }
        Self { running, by_role }
    }

    /// The things of a kind that run as a role.
    pub fn of(&self, kind: &Kind, role: IdentityIndex) -> &[&'r Thing] {
        self.by_role
            .get(&(kind.word, role))
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// What is known of other things of the kind in an account.
    pub fn others(&self, kind: &Kind, account: &Text) -> Others {
        self.running.others(kind.word, account)
    }

    /// Tells of each role what runs as it. That nothing else does is not known.
    pub fn tell(&self, snapshot: &mut Snapshot) {
        let mut told: BTreeMap<IdentityIndex, Vec<Workload>> = BTreeMap::new();
        for ((word, index), things) in &self.by_role {
            let workloads = told.entry(*index).or_default();
            for thing in things {
                // An instance that takes commands is an instance.
                if !workloads.iter().any(|known| known.name == thing.arn) {
                    workloads.push(Workload {
                        kind: (*word).into(),
                        name: thing.arn.clone(),
                        running: None,
                        location: Some(location(thing.spot.file, &thing.spot.place)),
                    });
                }
            }
        }
        for (index, mut workloads) in told {
            workloads.sort();
            if let Some(identity) = snapshot.identities.get_mut(index.0 as usize) {
                identity.workloads = workloads;
            }
        }
    }
}
