//! Limits on the size of a role and on the number of roles of an identity.
//!
//! Both are met exactly. The number of roles may then lie above the bound from below, which does not know of limits; the
//! gap says by how much.

use std::collections::BTreeMap;

use super::{Limits, MinedRole, MiningError, roles_of};
use crate::assignments::Assignments;
use crate::lists::numbers;

/// Whether any set of roles keeps to the limits.
pub(crate) fn possible(assignments: &Assignments, limits: Limits) -> Result<(), MiningError> {
    let possible = match limits {
        Limits {
            roles_max: Some(0), ..
        }
        | Limits {
            permissions_max: Some(0),
            ..
        } => 0,
        Limits {
            roles_max: Some(roles),
            permissions_max: Some(permissions),
        } => roles.saturating_mul(permissions),
        _ => return Ok(()),
    };
    let most =
        numbers(assignments.identities().len()).max_by_key(|identity| assignments.needs(*identity).len());
    match most {
        Some(identity) if assignments.needs(identity).len() > possible => Err(MiningError::Impossible {
            identity: assignments.identity(identity).to_owned(),
            permissions: assignments.needs(identity).len(),
            possible,
        }),
        _ => Ok(()),
    }
}

/// Cuts roles that are too large and gives identities that would have too many roles some of their own. What the roles
/// give stays the same.
pub(crate) fn keep(assignments: &Assignments, limits: Limits, roles: &mut Vec<MinedRole>) {
    if let Some(most) = limits.permissions_max {
        *roles = roles.iter().flat_map(|role| cut(role, most)).collect();
        drop_needless(assignments, roles);
    }
    if let Some(most) = limits.roles_max {
        drop_needless(assignments, roles);
        share(assignments, limits, most, roles);
    }
}

/// The role in parts of nearly the same size, none above the limit; names that are near each other stay together.
fn cut(role: &MinedRole, most: usize) -> Vec<MinedRole> {
    let parts = role.permissions.len().div_ceil(most.max(1)).max(1);
    role.permissions
        .chunks(role.permissions.len().div_ceil(parts).max(1))
        .map(|permissions| MinedRole {
            permissions: permissions.to_vec(),
            ..role.clone()
        })
        .collect()
}

/// Takes from each identity the roles of which its others give everything, the smallest first.
fn drop_needless(assignments: &Assignments, roles: &mut Vec<MinedRole>) {
    let held = roles_of(assignments, roles);
    let mut gone: Vec<Vec<u32>> = vec![Vec::new(); roles.len()];
    let mut counts = vec![0_u32; assignments.permissions().len()];
    for identity in numbers(assignments.identities().len()) {
        let mut mine: Vec<u32> = held.get(identity).to_vec();
        let permissions = |role: u32| roles.get(role as usize).map_or(&[][..], |role| &role.permissions);
        for permission in mine.iter().flat_map(|role| permissions(*role)) {
            if let Some(count) = counts.get_mut(*permission as usize) {
                *count += 1;
            }
        }
        mine.sort_by_key(|role| permissions(*role).len());
        for role in &mine {
            let twice = |permission: &u32| counts.get(*permission as usize).is_some_and(|count| *count > 1);
            if !permissions(*role).iter().all(twice) {
                continue;
            }
            for permission in permissions(*role) {
                if let Some(count) = counts.get_mut(*permission as usize) {
                    *count -= 1;
                }
            }
            if let Some(gone) = gone.get_mut(*role as usize) {
                gone.push(identity);
            }
        }
        for permission in assignments.needs(identity) {
            if let Some(count) = counts.get_mut(*permission as usize) {
                *count = 0;
            }
        }
    }
    for (role, gone) in roles.iter_mut().zip(&gone) {
        role.identities
            .retain(|identity| gone.binary_search(identity).is_err());
    }
    roles.retain(|role| !role.identities.is_empty());
}

/// Where an identity has more roles than it may, keeps as many shared ones as the limits leave room for, and gives the rest
/// of its permissions in roles that it shares with those that lack the same.
fn share(assignments: &Assignments, limits: Limits, most: usize, roles: &mut Vec<MinedRole>) {
    let size_max = limits.permissions_max.unwrap_or(usize::MAX).max(1);
    let held = roles_of(assignments, roles);
    let mut leaves: Vec<Vec<u32>> = vec![Vec::new(); roles.len()];
    let mut lacking: BTreeMap<Vec<u32>, Vec<u32>> = BTreeMap::new();
    for identity in numbers(assignments.identities().len()) {
        let mine = held.get(identity);
        if mine.len() <= most {
            continue;
        }
        let (kept, rest) = shared_and_rest(assignments.needs(identity), mine, roles, most, size_max);
        for role in mine.iter().filter(|role| !kept.contains(role)) {
            if let Some(leaves) = leaves.get_mut(*role as usize) {
                leaves.push(identity);
            }
        }
        lacking.entry(rest).or_default().push(identity);
    }
    for (role, leaves) in roles.iter_mut().zip(&leaves) {
        role.identities
            .retain(|identity| leaves.binary_search(identity).is_err());
    }
    roles.retain(|role| !role.identities.is_empty());
    for (permissions, identities) in lacking {
        let role = MinedRole {
            name: String::new(),
            permissions,
            identities,
        };
        // An existing role of just these permissions takes them in.
        for part in cut(&role, size_max) {
            match roles
                .iter_mut()
                .find(|other| other.permissions == part.permissions)
            {
                Some(other) => {
                    other.identities.extend(&part.identities);
                    other.identities.sort_unstable();
                    other.identities.dedup();
                }
                None => roles.push(part),
            }
        }
    }
}

/// Which roles are kept, and what is left to give. Roles are taken greedily, that which adds most first; as many of them as
/// leave room for the rest.
fn shared_and_rest(
    needs: &[u32],
    mine: &[u32],
    roles: &[MinedRole],
    most: usize,
    size_max: usize,
) -> (Vec<u32>, Vec<u32>) {
    let mut rest: Vec<u32> = needs.to_vec();
    let mut kept: Vec<u32> = Vec::new();
    let mut best = (kept.clone(), rest.clone());
    while kept.len() + 1 < most {
        let adds = |role: &u32| {
            let permissions = roles
                .get(*role as usize)
                .map_or(&[][..], |role| &role.permissions);
            permissions
                .iter()
                .filter(|permission| rest.binary_search(permission).is_ok())
                .count()
        };
        let left = mine.iter().filter(|role| !kept.contains(role));
        let Some(next) = left.max_by_key(|role| (adds(role), std::cmp::Reverse(**role))) else {
            break;
        };
        let Some(role) = roles.get(*next as usize) else {
            break;
        };
        rest.retain(|permission| role.permissions.binary_search(permission).is_err());
        kept.push(*next);
        // The rest must fit into the roles that are left; without any shared role it does.
        if rest.len() <= size_max.saturating_mul(most - kept.len()) {
            best = (kept.clone(), rest.clone());
        }
    }
    best
}
