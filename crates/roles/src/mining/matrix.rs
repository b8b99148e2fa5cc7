//! The matrix of who needs what, once for each kind of row and column.
//!
//! Identities with the same permissions are one row, permissions with the same holders one column. Rows and columns are
//! numbered by how many cells they have, the emptiest first: so the first item of a row is the permission that fewest rows
//! have, which makes inclusion quick to refute.

use std::hash::BuildHasher;

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::assignments::Assignments;
use crate::lists::{Lists, number, numbers};

/// Above this many cells no bit is kept for each: they are looked up in the sorted rows.
const DENSE_CELLS_MAX: usize = 1 << 33;

/// Distinct rows and distinct columns, and what stands behind each.
pub(crate) struct Matrix {
    /// The columns of each row.
    pub(crate) rows: Lists,
    /// The rows of each column.
    pub(crate) columns: Lists,
    /// The identities of each row.
    pub(crate) identities: Lists,
    /// The permissions of each column.
    pub(crate) permissions: Lists,
    /// A bit for each cell, row by row; empty where that would be too many.
    bits: Vec<u64>,
    words: usize,
}

impl Matrix {
    /// Collapses `assignments`; linear in them, but for sorting.
    pub(crate) fn collapse(assignments: &Assignments) -> Self {
        let identities = kinds(&assignments.rows);
        let mut distinct = Lists::default();
        for members in identities.iter() {
            distinct.push(
                assignments
                    .rows
                    .get(members.first().copied().unwrap_or_default())
                    .iter()
                    .copied(),
            );
        }
        let columns = distinct.transposed(assignments.permissions().len());
        let permissions = kinds(&columns);
        let sizes = |classes: &Lists, lists: &Lists| -> Vec<usize> {
            let first = |members: &[u32]| members.first().copied().unwrap_or_default();
            classes
                .iter()
                .map(|members| lists.get(first(members)).len())
                .collect()
        };
        let column_order = order(&sizes(&permissions, &columns));
        let permissions = reordered(&permissions, &column_order);
        let row_order = order(&distinct_sizes(&distinct, &permissions, &columns));
        let identities = reordered(&identities, &row_order);
        let row_place = inverse(&row_order);
        let mut pairs = Vec::new();
        for (column, members) in permissions.iter().enumerate() {
            let first = members.first().copied().unwrap_or_default();
            for row in columns.get(first) {
                let row = row_place.get(*row as usize).copied().unwrap_or_default();
                pairs.push((row, number(column)));
            }
        }
        let rows = Lists::from_pairs(identities.len(), &pairs);
        drop(pairs);
        let columns = rows.transposed(permissions.len());
        Self::new(rows, columns, identities, permissions)
    }

    fn new(rows: Lists, columns: Lists, identities: Lists, permissions: Lists) -> Self {
        let words = columns.len().div_ceil(64);
        let dense = rows
            .len()
            .checked_mul(columns.len())
            .is_some_and(|cells| cells <= DENSE_CELLS_MAX);
        let mut bits = vec![0_u64; if dense { rows.len() * words } else { 0 }];
        if dense {
            for (row, list) in rows.iter().enumerate() {
                for column in list {
                    if let Some(word) = bits.get_mut(row * words + *column as usize / 64) {
                        *word |= 1 << (column % 64);
                    }
                }
            }
        }
        Self {
            rows,
            columns,
            identities,
            permissions,
            bits,
            words,
        }
    }

    /// Whether a cell is needed.
    pub(crate) fn has(&self, row: u32, column: u32) -> bool {
        if self.bits.is_empty() {
            return self.rows.get(row).binary_search(&column).is_ok();
        }
        let word = self.bits.get(row as usize * self.words + column as usize / 64);
        word.is_some_and(|word| word >> (column % 64) & 1 == 1)
    }

    /// Where a cell stands among all needed cells, row by row; nothing where it is not needed.
    pub(crate) fn place(&self, row: u32, column: u32) -> Option<usize> {
        let within = self.rows.get(row).binary_search(&column).ok()?;
        Some(self.rows.range(row).start + within)
    }
}

/// The lists of each kind: those that are the same, in the order of their first. Empty lists are of no kind.
fn kinds(lists: &Lists) -> Lists {
    let mut by_hash: FxHashMap<u64, Vec<u32>> = FxHashMap::default();
    let mut leaders: Vec<u32> = Vec::new();
    let mut pairs = Vec::with_capacity(lists.len());
    for list in numbers(lists.len()).filter(|list| !lists.get(*list).is_empty()) {
        let items = lists.get(list);
        let alike = by_hash.entry(FxBuildHasher.hash_one(items)).or_default();
        let same = |kind: &&u32| {
            let leader = leaders.get(**kind as usize);
            leader.is_some_and(|leader| lists.get(*leader) == items)
        };
        let kind = alike.iter().find(same).copied().unwrap_or_else(|| {
            let kind = number(leaders.len());
            leaders.push(list);
            alike.push(kind);
            kind
        });
        pairs.push((kind, list));
    }
    Lists::from_pairs(leaders.len(), &pairs)
}

/// How many kinds of columns each distinct row has.
fn distinct_sizes(distinct: &Lists, permissions: &Lists, columns: &Lists) -> Vec<usize> {
    let mut sizes = vec![0; distinct.len()];
    for members in permissions.iter() {
        for row in columns.get(members.first().copied().unwrap_or_default()) {
            if let Some(size) = sizes.get_mut(*row as usize) {
                *size += 1;
            }
        }
    }
    sizes
}

/// The numbers of `sizes`, smallest size first.
fn order(sizes: &[usize]) -> Vec<u32> {
    let mut order: Vec<u32> = numbers(sizes.len()).collect();
    order.sort_by_key(|at| sizes.get(*at as usize).copied().unwrap_or_default());
    order
}

fn reordered(lists: &Lists, order: &[u32]) -> Lists {
    let mut out = Lists::default();
    for at in order {
        out.push(lists.get(*at).iter().copied());
    }
    out
}

fn inverse(order: &[u32]) -> Vec<u32> {
    let mut places = vec![0; order.len()];
    for (place, at) in order.iter().enumerate() {
        if let Some(slot) = places.get_mut(*at as usize) {
            *slot = number(place);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assignments(rows: &[(&'static str, &'static str)]) -> Assignments {
        Assignments::from_pairs(
            rows.iter().flat_map(|(identity, needs)| {
                needs.split(' ').map(move |permission| (*identity, permission))
            }),
        )
    }

    #[test]
    fn rows_and_columns_that_are_alike_are_one() {
        let all = assignments(&[("a", "p q r"), ("b", "p q"), ("c", "p q r"), ("d", "s")]);
        let matrix = Matrix::collapse(&all);
        // Identities a and c are one row, permissions p and q one column.
        assert_eq!(
            matrix.identities.iter().collect::<Vec<_>>(),
            [&[1][..], &[3], &[0, 2]]
        );
        assert_eq!(
            matrix.permissions.iter().collect::<Vec<_>>(),
            [&[2][..], &[3], &[0, 1]]
        );
        assert_eq!(matrix.rows.iter().collect::<Vec<_>>(), [&[2][..], &[1], &[0, 2]]);
        assert_eq!(
            matrix.columns.iter().collect::<Vec<_>>(),
            [&[2][..], &[1], &[0, 2]]
        );
    }

    #[test]
    fn cells_are_found_with_and_without_bits() {
        let all = assignments(&[("a", "p q r"), ("b", "p q"), ("c", "r s")]);
        let mut matrix = Matrix::collapse(&all);
        let cells = |matrix: &Matrix| -> Vec<bool> {
            (0..3)
                .flat_map(|row| (0..3).map(move |column| matrix.has(row, column)))
                .collect()
        };
        let with = cells(&matrix);
        matrix.bits.clear();
        assert_eq!(cells(&matrix), with);
        assert_eq!(with.iter().filter(|cell| **cell).count(), matrix.rows.sum());
    }
}
