//! SET ROLE: who may take on whom, in which sessions.
//!
//! CONNECT is asked of the role that logged in. A role's set holds what it can do in the databases that it reaches
//! itself (see `bounds`). Where somebody who may take it on reaches others, taking it on is either not all of that (the
//! rest is added as a grant), or not only that (then the grant alone says what is gained).

use leastwise_model::{Gain, IdentityIndex, Targets};
use leastwise_permset::{PermissionSet, Region, Strings};
use rustc_hash::FxHashSet;

use super::{Maker, Way, need};
use crate::catalogue::Shape;
use crate::compile::grants::{IN_SESSION, sessions_in};
use crate::compile::identities::SESSIONS;
use crate::spell;

impl Maker<'_> {
    pub(super) fn sessions(&mut self) {
        let count = self.roles.all.len();
        let mut holders: Vec<Vec<u32>> = vec![Vec::new(); count];
        for (at, role) in self.roles.iter() {
            if role.superuser {
                continue;
            }
            for via in self.roles.settable(at) {
                if let Some(list) = holders.get_mut(via.role as usize) {
                    list.push(at);
                }
            }
        }
        let superusers: Vec<u32> = self
            .roles
            .iter()
            .filter(|(_, role)| role.superuser)
            .map(|(at, _)| at)
            .collect();
        for (at, role) in self.roles.iter() {
            // What the owner of a database is there, it inherits.
            if self.roles.is_database_owner(at) {
                continue;
            }
            let nothing = FxHashSet::default();
            let reach = |role: u32| self.bounds.reach.get(role as usize).unwrap_or(&nothing);
            let own = reach(at);
            let holders = holders.get(at as usize).cloned().unwrap_or_default();
            let (within, beyond): (Vec<u32>, Vec<u32>) =
                holders.iter().partition(|holder| own.is_subset(reach(**holder)));
            let mut elsewhere: Vec<(u32, Vec<usize>, bool)> = Vec::new();
            for holder in &holders {
                if !self.roles.get(*holder).is_some_and(|holder| holder.login) {
                    continue;
                }
                let only = beyond.contains(holder);
                let mut databases: Vec<usize> = reach(*holder)
                    .iter()
                    .copied()
                    .filter(|database| only || !own.contains(database))
                    .collect();
                databases.sort_unstable();
                if !databases.is_empty() {
                    elsewhere.push((*holder, databases, only));
                }
            }
            let resource = spell::part(&role.name);
            let bearers = if beyond.is_empty() {
                self.everybody()
            } else {
                self.these(within.into_iter().chain(superusers.iter().copied()))
            };
            let targets = self.these([at]);
            self.becoming(
                "set-role",
                need("role:set", &resource, None),
                bearers,
                targets.clone(),
            );
            for (holder, databases, only) in elsewhere {
                let set = self.held_in(&targets, &databases, only);
                let bearers = self.these([holder]);
                self.add(Way {
                    technique: "set-role-elsewhere",
                    needs: vec![need("role:set", &resource, None)],
                    bearers,
                    targets: Targets::Actor,
                    gain: Gain::Grant(set),
                    step: None,
                });
            }
        }
    }

    /// What a role can do in sessions in these databases, and on the server as well.
    fn held_in(&self, role: &[IdentityIndex], databases: &[usize], server: bool) -> PermissionSet {
        let Some(identity) = role.first().and_then(|index| self.snapshot.identity(*index)) else {
            return PermissionSet::empty();
        };
        let layers = identity
            .holding
            .layers
            .iter()
            .filter(|layer| &*layer.title != SESSIONS);
        let held = PermissionSet::intersection_of(layers.map(|layer| layer.set.clone()));
        let names = databases.iter().filter_map(|at| self.bounds.databases.get(*at));
        let mut places: Vec<PermissionSet> =
            names.map(|database| sessions_in(&database.owned.name)).collect();
        if server {
            let names = [Shape::Name, Shape::Server].into_iter().flat_map(Shape::patterns);
            let names = PermissionSet::from(Region::new(Strings::any(), Strings::any_of(names)));
            places.push(names.difference(&spell::region(IN_SESSION, Strings::any()).into()));
        }
        // Logging in is for the role that logs in.
        held.intersection(&PermissionSet::union_of(places))
            .difference(&spell::region(["database:connect"], Strings::any()).into())
    }
}
