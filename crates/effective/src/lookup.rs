//! Finding identities by what people call them.

use leastwise_model::{IdentityIndex, Snapshot, Text};
use rustc_hash::FxHashMap;

/// Why a name leads to no identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfound {
    /// Nothing is called so.
    Nobody {
        /// Canonical ids that are spelled alike, nearest first.
        nearest: Vec<Text>,
    },
    /// Several are.
    Several {
        /// Their canonical ids, in order.
        ids: Vec<Text>,
    },
}

/// Names to identities.
#[derive(Debug, Default)]
pub(crate) struct Lookup {
    by_id: FxHashMap<Text, IdentityIndex>,
    by_name: FxHashMap<Text, Vec<IdentityIndex>>,
}

/// How many alike names are suggested.
const SUGGESTIONS: usize = 3;

impl Lookup {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let mut lookup = Self::default();
        for (index, identity) in snapshot.each_identity() {
            lookup.by_id.entry(identity.id.clone()).or_insert(index);
            for name in &identity.names {
                lookup.by_name.entry(name.clone()).or_default().push(index);
            }
        }
        lookup
    }

    /// By canonical id alone.
    pub(crate) fn of_id(&self, id: &str) -> Option<IdentityIndex> {
        self.by_id.get(id).copied()
    }

    /// By canonical id, or by a native name that only one identity has.
    pub(crate) fn called(&self, name: &str) -> Option<IdentityIndex> {
        self.of_id(name)
            .or_else(|| match self.by_name.get(name)?.as_slice() {
                [one] => Some(*one),
                _ => None,
            })
    }

    /// As [`Lookup::called`], with the reason where nobody is found. Linear in identities where there is none.
    pub(crate) fn find(&self, snapshot: &Snapshot, name: &str) -> Result<IdentityIndex, Unfound> {
        self.called(name).ok_or_else(|| match self.by_name.get(name) {
            Some(several) => Unfound::Several {
                ids: ids(snapshot, several),
            },
            None => Unfound::Nobody {
                nearest: nearest(snapshot, name),
            },
        })
    }

    /// As [`Lookup::find`], and also by what stands behind a `:` or `/` of exactly one canonical id.
    pub(crate) fn find_suffix(&self, snapshot: &Snapshot, name: &str) -> Result<IdentityIndex, Unfound> {
        let exact = self.find(snapshot, name);
        if !matches!(exact, Err(Unfound::Nobody { .. })) || name.is_empty() {
            return exact;
        }
        let ends = |id: &str| {
            id.strip_suffix(name)
                .is_some_and(|head| head.ends_with([':', '/']))
        };
        let found: Vec<IdentityIndex> = snapshot
            .each_identity()
            .filter(|(_, identity)| ends(&identity.id) || identity.names.iter().any(|name| ends(name)))
            .map(|(index, _)| index)
            .collect();
        match found.as_slice() {
            [] => exact,
            [one] => Ok(*one),
            several => Err(Unfound::Several {
                ids: ids(snapshot, several),
            }),
        }
    }
}

fn ids(snapshot: &Snapshot, indices: &[IdentityIndex]) -> Vec<Text> {
    let mut ids: Vec<Text> = indices
        .iter()
        .filter_map(|index| snapshot.identity(*index))
        .map(|identity| identity.id.clone())
        .collect();
    ids.sort();
    ids
}

/// Ids whose last part is spelled like the last part of `name`.
fn nearest(snapshot: &Snapshot, name: &str) -> Vec<Text> {
    let tail = |text: &str| text.rsplit([':', '/']).next().unwrap_or(text).to_lowercase();
    let wanted = tail(name);
    let most = wanted.chars().count() / 3 + 1;
    let mut found: Vec<(usize, &Text)> = snapshot
        .identities
        .iter()
        .filter_map(|identity| {
            let candidate = tail(&identity.id);
            let distance = distance(&wanted, &candidate);
            let distance = if candidate.contains(&wanted) {
                distance.min(most)
            } else {
                distance
            };
            (distance <= most).then_some((distance, &identity.id))
        })
        .collect();
    found.sort();
    found.truncate(SUGGESTIONS);
    found.into_iter().map(|(_, id)| id.clone()).collect()
}

/// The least number of characters to insert, remove or replace.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, x) in a.chars().enumerate() {
        let mut diagonal = at;
        let mut left = at + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let here = (diagonal + usize::from(x != *y)).min(*cell + 1).min(left + 1);
            diagonal = *cell;
            left = here;
            *cell = here;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distance_counts_single_edits() {
        assert_eq!(distance("deployer", "deployer"), 0);
        assert_eq!(distance("deployer", "deploer"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
