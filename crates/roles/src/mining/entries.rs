//! The cells that decide: whoever covers these with maximal roles has covered all.
//!
//! A cell (u, p) is *essential* unless a row v strictly within row u needs p too, or a column q strictly within column p
//! is needed by u too. Any set of maximal roles that covers the essential cells covers every cell: strict inclusion ends
//! somewhere, so for each other cell (u, p) there is an essential (v, q) with row v within row u and column q within
//! column p. A maximal role that holds (v, q) has all its permissions in row v, hence in row u, so u is an assignee; by the
//! same argument p is one of its permissions.
//!
//! This is found in one pass over the order of rows and the order of columns and not repeated. Whether two cells can
//! share a role is always asked of the matrix, by two probes; no graph of cells is ever built.

use std::ops::Range;

use super::matrix::Matrix;
use crate::lists::{Lists, number, numbers};

/// How many probes the inclusion of rows, and that of columns, may take. Where they do not suffice, more cells than
/// the essential ones are kept, which costs time and changes no answer.
const PROBES_MAX: u64 = 2_000_000_000;

/// The essential cells, row by row.
pub(crate) struct Entries {
    rows: Vec<u32>,
    columns: Vec<u32>,
    of_row: Lists,
    of_column: Lists,
}

impl Entries {
    /// The essential cells of a matrix.
    pub(crate) fn essential(matrix: &Matrix) -> Self {
        let by_rows = shadowed(&matrix.rows, |outer, item| matrix.has(outer, item));
        let by_columns = shadowed(&matrix.columns, |outer, item| matrix.has(item, outer));
        let mut left = Vec::new();
        for (column, rows) in matrix.columns.iter().enumerate() {
            let places = matrix.columns.range(number(column));
            for (place, row) in places.zip(rows) {
                if by_columns.get(place) == Some(&false) {
                    left.push((*row, number(column)));
                }
            }
        }
        left.retain(|(row, column)| {
            let place = matrix.place(*row, *column);
            place.and_then(|place| by_rows.get(place)) == Some(&false)
        });
        left.sort_unstable();
        Self::new(matrix, &left)
    }

    fn new(matrix: &Matrix, cells: &[(u32, u32)]) -> Self {
        let numbered: Vec<(u32, u32)> = cells
            .iter()
            .zip(numbers(cells.len()))
            .map(|((row, _), entry)| (*row, entry))
            .collect();
        let of_row = Lists::from_pairs(matrix.rows.len(), &numbered);
        let numbered: Vec<(u32, u32)> = cells
            .iter()
            .zip(numbers(cells.len()))
            .map(|((_, column), entry)| (*column, entry))
            .collect();
        let of_column = Lists::from_pairs(matrix.columns.len(), &numbered);
        Self {
            rows: cells.iter().map(|(row, _)| *row).collect(),
            columns: cells.iter().map(|(_, column)| *column).collect(),
            of_row,
            of_column,
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Their numbers.
    pub(crate) fn all(&self) -> Range<u32> {
        numbers(self.len())
    }

    /// The row of an entry.
    pub(crate) fn row(&self, entry: u32) -> u32 {
        self.rows.get(entry as usize).copied().unwrap_or_default()
    }

    /// The column of an entry.
    pub(crate) fn column(&self, entry: u32) -> u32 {
        self.columns.get(entry as usize).copied().unwrap_or_default()
    }

    /// The entries of a row.
    pub(crate) fn of_row(&self, row: u32) -> &[u32] {
        self.of_row.get(row)
    }

    /// Calls `each` for every entry that can share a role with this one, itself among them.
    pub(crate) fn companions(&self, matrix: &Matrix, entry: u32, mut each: impl FnMut(u32)) {
        let (row, column) = (self.row(entry), self.column(entry));
        for other in matrix.columns.get(column) {
            for found in self.of_row(*other) {
                if matrix.has(row, self.column(*found)) {
                    each(*found);
                }
            }
        }
    }

    /// For each entry, how many others it can share a role with; where counting that would take too long, a measure
    /// that grows with it: the size of the rectangle in which they lie.
    pub(crate) fn companionships(&self, matrix: &Matrix) -> Vec<u64> {
        const STEPS_MAX: u64 = 400_000_000;
        let near = |column: &[u32]| -> u64 { column.iter().map(|row| self.of_row(*row).len() as u64).sum() };
        let steps: u64 = numbers(matrix.columns.len())
            .map(|column| self.of_column.get(column).len() as u64 * near(matrix.columns.get(column)))
            .sum();
        let exact = steps <= STEPS_MAX;
        self.all()
            .map(|entry| {
                if exact {
                    let mut count = 0;
                    self.companions(matrix, entry, |_| count += 1);
                    count
                } else {
                    let (row, column) = (self.row(entry), self.column(entry));
                    matrix.rows.get(row).len() as u64 * matrix.columns.get(column).len() as u64
                }
            })
            .collect()
    }
}

/// No more than so many items not seen yet are listed.
const FEW: usize = 8;

/// For each item of each list, whether a list strictly within that list has the item too.
///
/// Lists must be numbered by their length, and items by how few lists have them. Only lists whose first item, the
/// rarest, stands in the outer list are tried: nearly all others are refuted by one or two probes.
fn shadowed(lists: &Lists, has: impl Fn(u32, u32) -> bool) -> Vec<bool> {
    let items = lists
        .iter()
        .filter_map(|list| list.last())
        .max()
        .map_or(0, |most| *most as usize + 1);
    let rarest: Vec<(u32, u32)> = numbers(lists.len())
        .filter_map(|list| Some((*lists.get(list).first()?, list)))
        .collect();
    let begun_by = Lists::from_pairs(items, &rarest);
    let mut shadowed = vec![false; lists.sum()];
    let mut seen_in = vec![u32::MAX; items];
    let mut probes = 0_u64;
    for outer in numbers(lists.len()) {
        let list = lists.get(outer);
        let mut left = list.len();
        let mut unseen: Option<Vec<u32>> = None;
        'outer: for item in list {
            for inner in begun_by.get(*item) {
                let within = lists.get(*inner);
                if *inner >= outer || within.len() >= list.len() {
                    break;
                }
                // Near the end, only those are worth a look that hold one of the few items not seen yet.
                if let Some(unseen) = &unseen {
                    probes += unseen.len() as u64;
                    if !unseen.iter().any(|item| has(*inner, *item)) {
                        continue;
                    }
                }
                let mut held = true;
                for other in within {
                    probes += 1;
                    if !has(outer, *other) {
                        held = false;
                        break;
                    }
                }
                if !held {
                    continue;
                }
                for other in within {
                    if let Some(seen) = seen_in.get_mut(*other as usize)
                        && *seen != outer
                    {
                        *seen = outer;
                        left -= 1;
                    }
                }
                if left == 0 || probes > PROBES_MAX {
                    break 'outer;
                }
                if left <= FEW {
                    let is_new = |item: &&u32| seen_in.get(**item as usize) != Some(&outer);
                    unseen = Some(list.iter().filter(is_new).copied().collect());
                }
            }
        }
        for (place, item) in lists.range(outer).zip(list) {
            if seen_in.get(*item as usize) == Some(&outer)
                && let Some(mark) = shadowed.get_mut(place)
            {
                *mark = true;
            }
        }
        if probes > PROBES_MAX {
            break;
        }
    }
    shadowed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::assignments::Assignments;

    /// By the definition, over all pairs.
    fn by_definition(matrix: &Matrix) -> Vec<(u32, u32)> {
        let within = |inner: &[u32], outer: &[u32]| {
            inner.len() < outer.len() && inner.iter().all(|item| outer.contains(item))
        };
        let mut cells = Vec::new();
        for row in numbers(matrix.rows.len()) {
            for column in matrix.rows.get(row) {
                let mut holders = matrix.columns.get(*column).iter();
                let by_row = holders.any(|other| within(matrix.rows.get(*other), matrix.rows.get(row)));
                let mut held = matrix.rows.get(row).iter();
                let by_column =
                    held.any(|other| within(matrix.columns.get(*other), matrix.columns.get(*column)));
                if !by_row && !by_column {
                    cells.push((row, *column));
                }
            }
        }
        cells
    }

    proptest! {
        #[test]
        fn essential_cells_are_those_of_the_definition(
            cells in prop::collection::vec((0..9_u8, 0..9_u8), 1..60)
        ) {
            let names: Vec<(String, String)> =
                cells.iter().map(|(u, p)| (format!("u{u}"), format!("p{p}"))).collect();
            let all = Assignments::from_pairs(names.iter().map(|(u, p)| (&**u, &**p)));
            let matrix = Matrix::collapse(&all);
            let entries = Entries::essential(&matrix);
            let found: Vec<_> = entries.all().map(|entry| (entries.row(entry), entries.column(entry))).collect();
            prop_assert_eq!(found, by_definition(&matrix));
        }
    }
}
