//! Assignments in which roles are hidden: who needs which permission, one pair a line.

use std::io::{self, Write};

use crate::{Random, Size};

/// Identities that need what a few overlapping roles give, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlantedRoles {
    /// How many identities.
    pub identities: usize,
    /// How many permissions there are to choose from; those in no role appear nowhere.
    pub permissions: usize,
    /// How many roles are planted.
    pub roles: usize,
    /// How many permissions a role has at most, half of it at least.
    pub role_size: usize,
    /// How many roles an identity has at most.
    pub roles_per_identity: usize,
    /// Whether every role has somebody who has no other, and a permission that no other has: then no fewer roles than were
    /// planted can do. Otherwise everybody has two roles at least, and nobody knows.
    pub pure: bool,
    /// Where the random numbers begin.
    pub seed: u64,
}

impl Default for PlantedRoles {
    fn default() -> Self {
        Self {
            identities: 50_000,
            permissions: 20_000,
            roles: 300,
            role_size: 150,
            roles_per_identity: 4,
            pure: true,
            seed: 11,
        }
    }
}

/// Writes the assignments, identity by identity. Permissions are drawn from all, so roles overlap; memory grows with the
/// roles alone.
///
/// # Errors
/// Those of `out`.
pub fn planted_roles(wanted: &PlantedRoles, out: &mut impl Write) -> io::Result<Size> {
    let mut random = Random::new(wanted.seed);
    let kept = if wanted.pure {
        wanted.roles.min(wanted.permissions)
    } else {
        0
    };
    let planted: Vec<Vec<usize>> = (0..wanted.roles)
        .map(|role| {
            let size = random.between(wanted.role_size / 2, wanted.role_size);
            let mut role_has: Vec<usize> = random
                .sample(wanted.permissions - kept, size)
                .into_iter()
                .map(|permission| kept + permission)
                .collect();
            if wanted.pure {
                role_has.push(role);
            }
            role_has
        })
        .collect();
    let mut size = Size {
        identities: wanted.identities,
        grants: 0,
        objects: wanted.roles,
    };
    for identity in 0..wanted.identities {
        let mut has = if wanted.pure && identity < wanted.roles {
            vec![identity]
        } else {
            let least = if wanted.pure { 1 } else { 2 };
            let count = random.between(least, wanted.roles_per_identity);
            random.sample(wanted.roles, count)
        };
        has.sort_unstable();
        let mut needs: Vec<usize> = has
            .iter()
            .filter_map(|role| planted.get(*role))
            .flatten()
            .copied()
            .collect();
        needs.sort_unstable();
        needs.dedup();
        for permission in &needs {
            writeln!(
                out,
                "workload-{identity:05} service-{:03}:action-{permission:05}",
                permission % 200
            )?;
        }
        size.grants += needs.len();
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn written(wanted: &PlantedRoles) -> String {
        let mut out = Vec::new();
        let size = planted_roles(wanted, &mut out).expect("memory");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(text.lines().count(), size.grants);
        text
    }

    #[test]
    fn the_same_arguments_give_the_same_bytes_and_no_pair_twice() {
        let small = PlantedRoles {
            identities: 60,
            permissions: 100,
            roles: 8,
            role_size: 10,
            ..PlantedRoles::default()
        };
        let text = written(&small);
        assert_eq!(text, written(&small));
        assert_eq!(text.lines().collect::<BTreeSet<_>>().len(), text.lines().count());
        assert!(text != written(&PlantedRoles { pure: false, ..small }));
    }
}
