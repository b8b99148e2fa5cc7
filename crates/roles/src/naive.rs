//! The slow twin: the fewest roles that give exactly what is needed, by trying.
//!
//! Obviously right and exponential: for matrices of a few rows only.

use std::collections::BTreeSet;

use crate::assignments::Assignments;

/// A needed pair of identity and permission, as places.
type Cell = (u32, u32);

/// The fewest roles; nothing where there are more than 16 identities.
#[must_use]
pub fn fewest_roles(assignments: &Assignments) -> Option<usize> {
    let identities = assignments.identities().len();
    if identities > 16 {
        return None;
    }
    let needs = |identity: u32| -> BTreeSet<u32> { assignments.needs(identity).iter().copied().collect() };
    // For each set of identities, the role of all that they have in common: no other role of just them gives more.
    let mut roles: BTreeSet<Vec<Cell>> = BTreeSet::new();
    for set in 1_u32..1 << identities {
        let members: Vec<u32> = (0..u32::BITS)
            .filter(|identity| set >> identity & 1 == 1)
            .collect();
        let common = members
            .iter()
            .map(|identity| needs(*identity))
            .reduce(|a, b| a.intersection(&b).copied().collect())
            .unwrap_or_default();
        let cells = members
            .iter()
            .flat_map(|identity| common.iter().map(move |permission| (*identity, *permission)));
        roles.insert(cells.collect());
    }
    let mut open = BTreeSet::new();
    for cells in &roles {
        open.extend(cells.iter().copied());
    }
    let roles: Vec<Vec<Cell>> = roles.into_iter().collect();
    (0..=open.len()).find(|count| covered_by(&roles, &open, *count))
}

/// Whether so many roles can cover all that is open: the first open cell must be given by one of them.
fn covered_by(roles: &[Vec<Cell>], open: &BTreeSet<Cell>, count: usize) -> bool {
    let Some(first) = open.first() else { return true };
    count > 0
        && roles.iter().filter(|role| role.contains(first)).any(|role| {
            let left = open.iter().filter(|cell| !role.contains(cell)).copied().collect();
            covered_by(roles, &left, count - 1)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_matrices_by_hand() {
        let fewest = |pairs: &[Cell]| {
            let names: Vec<(String, String)> = pairs
                .iter()
                .map(|(u, p)| (u.to_string(), p.to_string()))
                .collect();
            fewest_roles(&Assignments::from_pairs(names.iter().map(|(u, p)| (&**u, &**p))))
        };
        assert_eq!(fewest(&[]), Some(0));
        assert_eq!(fewest(&[(0, 0), (0, 1), (1, 0), (1, 1)]), Some(1));
        assert_eq!(fewest(&[(0, 0), (1, 1), (2, 2)]), Some(3));
        // Two overlapping blocks, one identity in both.
        assert_eq!(fewest(&[(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 2)]), Some(2));
        // All but the diagonal of four: four roles, as {1,2}×{3,4} and the like show.
        let crown: Vec<Cell> = (0..4)
            .flat_map(|u| (0..4).map(move |p| (u, p)))
            .filter(|(u, p)| u != p)
            .collect();
        assert_eq!(fewest(&crown), Some(4));
    }
}
