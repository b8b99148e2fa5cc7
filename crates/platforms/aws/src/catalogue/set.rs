//! A set of actions of one catalogue: one bit an action.

use std::ops::Range;

use super::ActionId;

/// A set of actions of one catalogue.
///
/// A bitset without trailing zero words, so equal sets compare equal: at most 2.7 KB for the 22,091 actions of AWS.
/// Every operation of two sets grows with their words.
///
/// ```
/// use leastwise_aws::catalogue::Catalogue;
///
/// let catalogue = Catalogue::embedded();
/// let writes = catalogue.matching("s3:*").minus(&catalogue.matching("s3:Get*"));
/// assert!(writes.contains(catalogue.find("s3:PutObject").expect("an action that exists")));
/// assert!(writes.intersect(&catalogue.matching("s3:Get*")).is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ActionSet {
    words: Vec<u64>,
}

impl ActionSet {
    /// The set that holds nothing.
    #[must_use]
    pub fn new() -> Self {
        ActionSet::default()
    }

    /// Adds an action.
    pub fn insert(&mut self, id: ActionId) {
        let word = id.index() / 64;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        if let Some(bits) = self.words.get_mut(word) {
            *bits |= 1 << (id.index() % 64);
        }
    }

    /// Takes an action out.
    pub fn remove(&mut self, id: ActionId) {
        if let Some(bits) = self.words.get_mut(id.index() / 64) {
            *bits &= !(1 << (id.index() % 64));
        }
        self.trim();
    }

    /// Adds every action whose number lies in the range.
    pub(super) fn insert_range(&mut self, range: Range<usize>) {
        range
            .filter_map(ActionId::from_index)
            .for_each(|id| self.insert(id));
    }

    /// Whether the action is in the set.
    #[must_use]
    pub fn contains(&self, id: ActionId) -> bool {
        self.words
            .get(id.index() / 64)
            .is_some_and(|bits| bits >> (id.index() % 64) & 1 == 1)
    }

    /// The actions in this set or in the other.
    #[must_use]
    pub fn union(&self, other: &ActionSet) -> ActionSet {
        let (long, short) = if self.words.len() < other.words.len() {
            (other, self)
        } else {
            (self, other)
        };
        let mut words = long.words.clone();
        words
            .iter_mut()
            .zip(&short.words)
            .for_each(|(bits, more)| *bits |= more);
        ActionSet { words }
    }

    /// The actions in this set and in the other.
    #[must_use]
    pub fn intersect(&self, other: &ActionSet) -> ActionSet {
        let words = self.words.iter().zip(&other.words).map(|(a, b)| a & b).collect();
        ActionSet { words }.trimmed()
    }

    /// The actions in this set and not in the other.
    #[must_use]
    pub fn minus(&self, other: &ActionSet) -> ActionSet {
        let mut words = self.words.clone();
        words
            .iter_mut()
            .zip(&other.words)
            .for_each(|(bits, less)| *bits &= !less);
        ActionSet { words }.trimmed()
    }

    /// Whether every action of this set is in the other.
    #[must_use]
    pub fn is_subset(&self, other: &ActionSet) -> bool {
        self.words
            .iter()
            .enumerate()
            .all(|(at, bits)| bits & !other.words.get(at).copied().unwrap_or(0) == 0)
    }

    /// The number of actions.
    #[must_use]
    pub fn count(&self) -> usize {
        self.words.iter().map(|bits| bits.count_ones() as usize).sum()
    }

    /// Whether the set holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The actions, ascending.
    pub fn iter(&self) -> impl Iterator<Item = ActionId> + '_ {
        self.words.iter().enumerate().flat_map(|(word, bits)| {
            let first = word * 64;
            (0..64)
                .filter(move |bit| bits >> bit & 1 == 1)
                .filter_map(move |bit| ActionId::from_index(first + bit))
        })
    }

    /// Drops trailing zero words, so that equal sets are equal values.
    fn trim(&mut self) {
        let used = self
            .words
            .iter()
            .rposition(|bits| *bits != 0)
            .map_or(0, |last| last + 1);
        self.words.truncate(used);
    }

    fn trimmed(mut self) -> Self {
        self.trim();
        self
    }
}

impl FromIterator<ActionId> for ActionSet {
    fn from_iter<I: IntoIterator<Item = ActionId>>(ids: I) -> Self {
        let mut set = ActionSet::new();
        set.extend(ids);
        set
    }
}

impl Extend<ActionId> for ActionSet {
    fn extend<I: IntoIterator<Item = ActionId>>(&mut self, ids: I) {
        ids.into_iter().for_each(|id| self.insert(id));
    }
}

/// The actions of a set, ascending.
#[derive(Debug)]
pub struct IntoIter(std::vec::IntoIter<ActionId>);

impl Iterator for IntoIter {
    type Item = ActionId;

    fn next(&mut self) -> Option<ActionId> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl IntoIterator for ActionSet {
    type Item = ActionId;
    type IntoIter = IntoIter;

    fn into_iter(self) -> IntoIter {
        IntoIter(self.iter().collect::<Vec<_>>().into_iter())
    }
}
