//! Maximal roles that cover the essential cells: grown one after another from what is not covered yet.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::entries::Entries;
use super::matrix::Matrix;
use super::random::Random;
use crate::lists::numbers;

/// How many rows and columns are looked at when a role is grown. What lies outside is not lost: the role is made maximal
/// in the whole matrix at the end.
const ROWS_MAX: usize = 8192;
const COLUMNS_MAX: usize = 2048;

/// Steps after which a role is no longer sought but taken as it begins: everything that the holders of one permission share.
const STEPS_MAX: u64 = 1_500_000_000;

/// A maximal role: all its rows need all its columns, and no row or column could be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) rows: Vec<u32>,
    pub(crate) columns: Vec<u32>,
    /// The essential cells within it.
    pub(crate) entries: Vec<u32>,
}

/// Roles, and how many of them cover each entry.
pub(crate) struct Cover<'m> {
    pub(crate) matrix: &'m Matrix,
    pub(crate) entries: &'m Entries,
    pub(crate) roles: Vec<Rc<Role>>,
    counts: Vec<u32>,
    /// Steps taken in growing roles, a measure of work that is the same on every machine.
    pub(crate) steps: u64,
}

impl<'m> Cover<'m> {
    /// Without roles.
    pub(crate) fn new(matrix: &'m Matrix, entries: &'m Entries) -> Self {
        Self {
            matrix,
            entries,
            roles: Vec::new(),
            counts: vec![0; entries.len()],
            steps: 0,
        }
    }

    /// Whether a role covers the entry.
    pub(crate) fn is_covered(&self, entry: u32) -> bool {
        self.counts.get(entry as usize).is_some_and(|count| *count > 0)
    }

    /// Adds a role.
    pub(crate) fn add(&mut self, role: Rc<Role>) {
        for entry in &role.entries {
            if let Some(count) = self.counts.get_mut(*entry as usize) {
                *count += 1;
            }
        }
        self.roles.push(role);
    }

    /// Counts a role no more.
    fn discard(&mut self, place: usize) {
        let Some(role) = self.roles.get(place) else { return };
        for entry in &role.entries {
            if let Some(count) = self.counts.get_mut(*entry as usize) {
                *count = count.saturating_sub(1);
            }
        }
    }

    /// Takes roles out, given by their places.
    pub(crate) fn take(&mut self, places: &BTreeSet<usize>) {
        for place in places {
            self.discard(*place);
        }
        let mut place = 0..;
        self.roles
            .retain(|_| place.next().is_some_and(|place| !places.contains(&place)));
    }

    /// Has these roles instead of those there are.
    pub(crate) fn restore(&mut self, roles: Vec<Rc<Role>>) {
        self.counts.fill(0);
        self.roles.clear();
        for role in roles {
            self.add(role);
        }
    }

    /// Takes out every role without which all it covers is still covered, the smallest first.
    pub(crate) fn prune(&mut self) {
        let mut order: Vec<usize> = (0..self.roles.len()).collect();
        order.sort_by_key(|place| self.roles.get(*place).map_or(0, |role| role.entries.len()));
        let mut needless = BTreeSet::new();
        for place in order {
            let twice = |entry: &u32| self.counts.get(*entry as usize).is_some_and(|count| *count > 1);
            if self
                .roles
                .get(place)
                .is_some_and(|role| role.entries.iter().all(twice))
            {
                self.discard(place);
                needless.insert(place);
            }
        }
        let mut place = 0..;
        self.roles
            .retain(|_| place.next().is_some_and(|place| !needless.contains(&place)));
    }

    /// Grows maximal roles until every entry is covered: from the entry with the fewest companions first.
    pub(crate) fn complete(&mut self, order: &[u32]) {
        for entry in order {
            if !self.is_covered(*entry) {
                let role = if self.steps < STEPS_MAX {
                    self.grow(*entry, None)
                } else {
                    self.maximal(self.matrix.columns.get(self.entries.column(*entry)))
                };
                self.add(Rc::new(role));
            }
        }
        self.prune();
        let few = self.matrix.columns.len().min(self.matrix.rows.len());
        if self.roles.len() > few {
            let plain = self.plain();
            self.restore(plain);
            self.prune();
        }
    }

    /// One role for each column or for each row, whichever are fewer: no cover needs more.
    fn plain(&mut self) -> Vec<Rc<Role>> {
        if self.matrix.columns.len() <= self.matrix.rows.len() {
            let columns = numbers(self.matrix.columns.len());
            columns
                .map(|column| Rc::new(self.maximal(self.matrix.columns.get(column))))
                .collect()
        } else {
            let rows = numbers(self.matrix.rows.len());
            rows.map(|row| Rc::new(self.maximal(&[row]))).collect()
        }
    }

    /// A maximal role that holds `start` and much that is not covered.
    ///
    /// It begins with all rows that have the column, and takes in the column after which most uncovered entries lie
    /// within, as long as that makes them more. `random` shakes the choice.
    pub(crate) fn grow(&mut self, start: u32, mut random: Option<&mut Random>) -> Role {
        let field = Field::around(self, start);
        self.steps += (field.rows.len() * field.columns.len()) as u64;
        let mut rows = vec![u64::MAX; field.words];
        if let (Some(last), part @ 1..) = (rows.last_mut(), field.rows.len() % 64) {
            *last = (1 << part) - 1;
        }
        let (mut held, mut within) = field.closure(&rows);
        loop {
            let mut best: Option<(u64, Vec<u64>, Vec<bool>, u64)> = None;
            for column in 0..field.columns.len() {
                if held.get(column) == Some(&true) || !meets(&rows, field.open(column)) {
                    continue;
                }
                let fewer: Vec<u64> = rows
                    .iter()
                    .zip(field.granted(column))
                    .map(|(a, b)| a & b)
                    .collect();
                let (columns, open) = field.closure(&fewer);
                self.steps += (field.columns.len() * (field.words + 4)) as u64;
                if open <= within {
                    continue;
                }
                let shaken = random
                    .as_mut()
                    .map_or(open, |random| open * (256 + random.below(64)));
                if best.as_ref().is_none_or(|(most, ..)| shaken > *most) {
                    best = Some((shaken, fewer, columns, open));
                }
            }
            let Some((_, fewer, columns, open)) = best else {
                break;
            };
            (rows, held, within) = (fewer, columns, open);
        }
        let rows: Vec<u32> = field.members(&rows).collect();
        self.maximal(&rows)
    }

    /// The maximal role of all columns that these rows share.
    fn maximal(&mut self, rows: &[u32]) -> Role {
        let first = rows.first().copied().unwrap_or_default();
        let mut columns = self.matrix.rows.get(first).to_vec();
        for row in rows.iter().skip(1) {
            self.steps += columns.len() as u64;
            columns.retain(|column| self.matrix.has(*row, *column));
        }
        let rarest = columns.first().copied().unwrap_or_default();
        let mut rows = self.matrix.columns.get(rarest).to_vec();
        self.steps += rows.len() as u64;
        rows.retain(|row| columns.iter().all(|column| self.matrix.has(*row, *column)));
        let mut entries = Vec::new();
        for row in &rows {
            let held = |entry: &&u32| columns.binary_search(&self.entries.column(**entry)).is_ok();
            entries.extend(self.entries.of_row(*row).iter().filter(held));
        }
        Role {
            rows,
            columns,
            entries,
        }
    }
}

fn meets(a: &[u64], b: &[u64]) -> bool {
    a.iter().zip(b).any(|(a, b)| a & b != 0)
}

/// The part of the matrix in which roles that hold one entry lie, less the rows and columns in which nothing is open.
struct Field {
    rows: Vec<u32>,
    columns: Vec<u32>,
    /// Words of a set of rows.
    words: usize,
    /// For each column, the rows that have it.
    granted: Vec<u64>,
    /// For each column, the rows in which an entry of it is not covered.
    open: Vec<u64>,
}

impl Field {
    fn around(cover: &Cover<'_>, start: u32) -> Self {
        let (matrix, entries) = (cover.matrix, cover.entries);
        let (start_row, start_column) = (entries.row(start), entries.column(start));
        let mut rows = vec![start_row];
        let mut columns = BTreeSet::from([start_column]);
        let mut found: Vec<(usize, u32)> = vec![(0, start_column)];
        let others = matrix.columns.get(start_column).iter();
        for row in std::iter::once(&start_row).chain(others.filter(|row| **row != start_row)) {
            let mut open = entries.of_row(*row).iter().filter(|entry| {
                **entry != start
                    && !cover.is_covered(**entry)
                    && matrix.has(start_row, entries.column(**entry))
            });
            let Some(first) = open.next() else { continue };
            if *row != start_row {
                if rows.len() == ROWS_MAX {
                    break;
                }
                rows.push(*row);
            }
            for entry in std::iter::once(first).chain(open) {
                let column = entries.column(*entry);
                if columns.len() < COLUMNS_MAX || columns.contains(&column) {
                    columns.insert(column);
                    found.push((rows.len() - 1, column));
                }
            }
        }
        let words = rows.len().div_ceil(64);
        let mut field = Self {
            words,
            granted: vec![0; words * columns.len()],
            open: vec![0; words * columns.len()],
            columns: columns.into_iter().collect(),
            rows,
        };
        let places: BTreeMap<u32, usize> = field.columns.iter().copied().zip(0..).collect();
        for (row, column) in found {
            if let Some(column) = places.get(&column)
                && let Some(word) = field.open.get_mut(column * words + row / 64)
            {
                *word |= 1 << (row % 64);
            }
        }
        for (at, column) in field.columns.iter().enumerate() {
            for (row, place) in field.rows.iter().zip(numbers(field.rows.len())) {
                if matrix.has(*row, *column)
                    && let Some(word) = field.granted.get_mut(at * words + place as usize / 64)
                {
                    *word |= 1 << (place % 64);
                }
            }
        }
        field
    }

    fn granted(&self, column: usize) -> &[u64] {
        let at = column * self.words;
        self.granted.get(at..at + self.words).unwrap_or_default()
    }

    fn open(&self, column: usize) -> &[u64] {
        let at = column * self.words;
        self.open.get(at..at + self.words).unwrap_or_default()
    }

    /// The columns that all these rows have, and how many open entries lie where they meet.
    fn closure(&self, rows: &[u64]) -> (Vec<bool>, u64) {
        let mut within = 0;
        let held = (0..self.columns.len())
            .map(|column| {
                let all = rows
                    .iter()
                    .zip(self.granted(column))
                    .all(|(row, granted)| row & !granted == 0);
                if all {
                    let open = rows.iter().zip(self.open(column));
                    within += open
                        .map(|(row, open)| u64::from((row & open).count_ones()))
                        .sum::<u64>();
                }
                all
            })
            .collect();
        (held, within)
    }

    /// The rows of a set, as rows of the matrix.
    fn members<'a>(&'a self, rows: &'a [u64]) -> impl Iterator<Item = u32> + 'a {
        let places = self.rows.iter().zip(numbers(self.rows.len()));
        places.filter_map(|(row, place)| {
            let word = rows.get(place as usize / 64)?;
            (word >> (place % 64) & 1 == 1).then_some(*row)
        })
    }
}

/// The entries in the order in which roles should begin with them.
pub(crate) fn fewest_first(entries: &Entries, companionships: &[u64]) -> Vec<u32> {
    let mut order: Vec<u32> = entries.all().collect();
    order.sort_by_key(|entry| companionships.get(*entry as usize).copied().unwrap_or_default());
    order
}
