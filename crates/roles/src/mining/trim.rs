//! Nothing twice: assignments of roles, and permissions in roles, that other roles give anyway are left out.
//!
//! Maximal roles overlap as much as they can. A person who reviews them wants the opposite: each identity in as few roles,
//! each role with as few permissions as suffice. What is left out is always within what the others give, so every cell
//! stays covered, and no cell is added.

use std::collections::BTreeSet;

use super::matrix::Matrix;

/// Rows and columns of a role that need not be maximal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) rows: Vec<u32>,
    pub(crate) columns: Vec<u32>,
}

/// Above this many cells in all roles together, one order is tried and not four.
const CELLS_MAX: usize = 2_000_000;
/// Above this many, roles stay as they are: maximal, and exact all the same.
const CELLS_TOO_MANY: usize = 500_000_000;

/// What is left of the roles when nothing is given twice for no reason: the best of a few orders in which to look. A role of
/// which nothing is left is gone.
pub(crate) fn trimmed(matrix: &Matrix, roles: &[Part]) -> Vec<Part> {
    let cells: usize = roles
        .iter()
        .map(|role| role.rows.len() * role.columns.len())
        .sum();
    if cells > CELLS_TOO_MANY {
        return roles.to_vec();
    }
    let orders: &[(bool, bool)] = if cells > CELLS_MAX {
        &[(true, true)]
    } else {
        &[(true, true), (true, false), (false, true), (false, false)]
    };
    let tried = orders.iter().map(|(rows_first, small_first)| {
        let mut trimming = Trimming::new(matrix, roles.to_vec());
        trimming.run(*rows_first, *small_first);
        trimming.roles
    });
    let best = tried.min_by_key(|roles| weight(matrix, roles));
    let mut best = best.unwrap_or_default();
    best.retain(|role| !role.rows.is_empty() && !role.columns.is_empty());
    best
}

/// Assignments of roles and permissions in roles, of identities and permissions themselves.
pub(crate) fn weight(matrix: &Matrix, roles: &[Part]) -> usize {
    let size = |role: &Part| {
        let rows = role.rows.iter().map(|row| matrix.identities.get(*row).len());
        let columns = role
            .columns
            .iter()
            .map(|column| matrix.permissions.get(*column).len());
        rows.sum::<usize>() + columns.sum::<usize>()
    };
    roles.iter().map(size).sum()
}

struct Trimming<'m> {
    matrix: &'m Matrix,
    roles: Vec<Part>,
    /// How many roles give each needed cell.
    given: Vec<u32>,
}

impl<'m> Trimming<'m> {
    fn new(matrix: &'m Matrix, roles: Vec<Part>) -> Self {
        let mut given = vec![0; matrix.rows.sum()];
        for role in &roles {
            for row in &role.rows {
                for place in places(matrix, *row, &role.columns) {
                    if let Some(count) = given.get_mut(place) {
                        *count += 1;
                    }
                }
            }
        }
        Self { matrix, roles, given }
    }

    /// Goes over all roles until nothing changes.
    fn run(&mut self, rows_first: bool, small_first: bool) {
        const PASSES_MAX: usize = 8;
        let mut order: Vec<usize> = (0..self.roles.len()).collect();
        order.sort_by_key(|at| {
            let cells = self
                .roles
                .get(*at)
                .map_or(0, |role| role.rows.len() * role.columns.len());
            if small_first { cells } else { usize::MAX - cells }
        });
        for _ in 0..PASSES_MAX {
            let mut changed = false;
            for by_rows in [rows_first, !rows_first] {
                for at in &order {
                    let Some(role) = self.roles.get_mut(*at) else {
                        continue;
                    };
                    let mut role = std::mem::replace(
                        role,
                        Part {
                            rows: Vec::new(),
                            columns: Vec::new(),
                        },
                    );
                    changed |= if by_rows {
                        self.trim_rows(&mut role)
                    } else {
                        self.trim_columns(&mut role)
                    };
                    if let Some(slot) = self.roles.get_mut(*at) {
                        *slot = role;
                    }
                }
            }
            if !changed {
                break;
            }
        }
    }

    fn trim_rows(&mut self, role: &mut Part) -> bool {
        let before = role.rows.len();
        // What weighs most first: a row that many identities share.
        let mut order = role.rows.clone();
        order.sort_by_key(|row| std::cmp::Reverse(self.matrix.identities.get(*row).len()));
        let mut gone = BTreeSet::new();
        for row in order {
            let places: Vec<usize> = places(self.matrix, row, &role.columns).collect();
            if self.release(&places) {
                gone.insert(row);
            }
        }
        role.rows.retain(|row| !gone.contains(row));
        role.rows.len() < before
    }

    fn trim_columns(&mut self, role: &mut Part) -> bool {
        let before = role.columns.len();
        let mut order = role.columns.clone();
        order.sort_by_key(|column| std::cmp::Reverse(self.matrix.permissions.get(*column).len()));
        let mut gone = BTreeSet::new();
        for column in order {
            let places = role.rows.iter().filter_map(|row| self.matrix.place(*row, column));
            let places: Vec<usize> = places.collect();
            if self.release(&places) {
                gone.insert(column);
            }
        }
        role.columns.retain(|column| !gone.contains(column));
        role.columns.len() < before
    }

    /// Gives these cells once less, if each is given twice at least.
    fn release(&mut self, places: &[usize]) -> bool {
        let twice = |place: &usize| self.given.get(*place).is_some_and(|count| *count > 1);
        if !places.iter().all(twice) {
            return false;
        }
        for place in places {
            if let Some(count) = self.given.get_mut(*place) {
                *count -= 1;
            }
        }
        true
    }
}

/// Where the cells of a row in these columns stand; both are ascending.
fn places<'a>(matrix: &'a Matrix, row: u32, columns: &'a [u32]) -> impl Iterator<Item = usize> + 'a {
    let mut wanted = columns.iter().peekable();
    let cells = matrix.rows.range(row).zip(matrix.rows.get(row));
    cells.filter_map(move |(place, column)| {
        while wanted.peek().is_some_and(|next| **next < *column) {
            wanted.next();
        }
        wanted.next_if(|next| **next == *column).map(|_| place)
    })
}
