//! What actions do to the world, in two closed dimensions, and the catalogues that say so.

use leastwise_permset::{Pattern, Strings};

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Learn the content of something.
    Read,
    /// Learn that things exist.
    List,
    /// Create or change something.
    Write,
    /// Remove something.
    Delete,
    /// Run a program or session of the caller's choosing.
    Execute,
    /// Become, mint or read the credential of another identity.
    Impersonate,
    /// Widen what somebody may do.
    Grant,
    /// Narrow what somebody may do.
    Revoke,
}

/// To what it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// What customers and applications store.
    Data,
    /// Infrastructure and configuration.
    System,
    /// Who may do what: identities, credentials, policies, guardrails, audit.
    Control,
}

/// What an action does to the world. For reports and separation of duties only: sets are never computed
/// with classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionClass {
    /// What is done.
    pub verb: Verb,
    /// To what.
    pub target: Target,
}

/// A set of action classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionClasses(u32);

impl Verb {
    /// All of them, in order.
    pub const ALL: [Self; 8] = [
        Self::Read,
        Self::List,
        Self::Write,
        Self::Delete,
        Self::Execute,
        Self::Impersonate,
        Self::Grant,
        Self::Revoke,
    ];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::List => "list",
            Self::Write => "write",
            Self::Delete => "delete",
            Self::Execute => "execute",
            Self::Impersonate => "impersonate",
            Self::Grant => "grant",
            Self::Revoke => "revoke",
        }
    }
}

impl Target {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::Data, Self::System, Self::Control];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::System => "system",
            Self::Control => "control",
        }
    }
}

impl ActionClass {
    /// `verb` done to `target`.
    #[must_use]
    pub fn new(verb: Verb, target: Target) -> Self {
        Self { verb, target }
    }

    /// All classes, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        Verb::ALL
            .into_iter()
            .flat_map(|verb| Target::ALL.into_iter().map(move |target| Self { verb, target }))
    }
}

impl std::fmt::Display for ActionClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.verb.as_str(), self.target.as_str())
    }
}

impl ActionClasses {
    fn bit(class: ActionClass) -> u32 {
        1 << (class.verb as u32 * 3 + class.target as u32)
    }

    /// The same with `class`.
    #[must_use]
    pub fn with(self, class: ActionClass) -> Self {
        Self(self.0 | Self::bit(class))
    }

    /// Both together.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `class` is among them.
    #[must_use]
    pub fn contains(self, class: ActionClass) -> bool {
        self.0 & Self::bit(class) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The classes, in order.
    pub fn iter(self) -> impl Iterator<Item = ActionClass> {
        ActionClass::all().filter(move |class| self.contains(*class))
    }
}

impl FromIterator<ActionClass> for ActionClasses {
    fn from_iter<I: IntoIterator<Item = ActionClass>>(classes: I) -> Self {
        classes.into_iter().fold(Self::default(), Self::with)
    }
}

/// A set of catalogued actions, by their numbers in the catalogue's order.
///
/// A catalogue has many thousands of actions, and most sets name those of a few services: kept are the words of 64 bits
/// that are not empty, in order. Operations are linear in the words of both sides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ActionBits(Vec<Word>);

/// Up to 64 actions, never none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Word {
    /// The first of them, divided by 64.
    at: usize,
    bits: u64,
}

impl ActionBits {
    /// No action.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Where the word `at` is, or where it belongs.
    fn place(&self, at: usize) -> Result<usize, usize> {
        match self.0.last() {
            Some(last) if last.at < at => Err(self.0.len()),
            _ => self.0.binary_search_by_key(&at, |word| word.at),
        }
    }

    /// The bits of the word `at`.
    fn bits(&self, at: usize) -> u64 {
        let word = self.place(at).ok().and_then(|place| self.0.get(place));
        word.map_or(0, |word| word.bits)
    }

    /// Puts an action in.
    pub fn insert(&mut self, action: usize) {
        let (at, bits) = (action / 64, 1 << (action % 64));
        match self.place(at) {
            Ok(place) => {
                if let Some(word) = self.0.get_mut(place) {
                    word.bits |= bits;
                }
            }
            Err(place) => self.0.insert(place, Word { at, bits }),
        }
    }

    /// Whether an action is in.
    #[must_use]
    pub fn contains(&self, action: usize) -> bool {
        self.bits(action / 64) >> (action % 64) & 1 == 1
    }

    /// Adds all of `other`.
    pub fn unite(&mut self, other: &Self) {
        let mut more = other.0.iter().copied().peekable();
        let mut missing = 0;
        for word in &mut self.0 {
            while more.next_if(|more| more.at < word.at).is_some() {
                missing += 1;
            }
            if let Some(more) = more.next_if(|more| more.at == word.at) {
                word.bits |= more.bits;
            }
        }
        missing += more.count();
        if missing == 0 {
            return;
        }
        let mut own = std::mem::take(&mut self.0).into_iter().peekable();
        self.0.reserve_exact(own.len() + missing);
        for more in &other.0 {
            while let Some(word) = own.next_if(|word| word.at < more.at) {
                self.0.push(word);
            }
            // What both have was united above.
            self.0
                .push(own.next_if(|word| word.at == more.at).unwrap_or(*more));
        }
        self.0.extend(own);
    }

    /// Keeps of each word what is left of it.
    fn keep(&mut self, other: &Self, left: impl Fn(u64, u64) -> u64) {
        let mut others = other.0.iter().peekable();
        self.0.retain_mut(|word| {
            while others.next_if(|other| other.at < word.at).is_some() {}
            let other = others.next_if(|other| other.at == word.at);
            word.bits = left(word.bits, other.map_or(0, |other| other.bits));
            word.bits != 0
        });
    }

    /// Keeps what `other` has too.
    pub fn intersect(&mut self, other: &Self) {
        self.keep(other, |own, other| own & other);
    }

    /// Takes away all of `other`.
    pub fn subtract(&mut self, other: &Self) {
        self.keep(other, |own, other| own & !other);
    }

    /// Whether one is in both.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let (few, many) = match self.0.len() < other.0.len() {
            true => (self, other),
            false => (other, self),
        };
        few.0.iter().any(|word| word.bits & many.bits(word.at) != 0)
    }

    /// Whether all of `other` are in.
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        let inside = |word: &Word| word.bits & !self.bits(word.at) == 0;
        other.0.len() <= self.0.len() && other.0.iter().all(inside)
    }

    /// How many are in.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.iter().map(|word| word.bits.count_ones() as usize).sum()
    }

    /// Whether none is in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The actions, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().flat_map(|word| {
            let mut rest = word.bits;
            std::iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros() as usize;
                    rest &= rest - 1;
                    word.at * 64 + bit
                })
            })
        })
    }

    /// Gives back the room that changes have left.
    #[must_use]
    pub fn compact(mut self) -> Self {
        self.0.shrink_to_fit();
        self
    }
}

/// The actions that exist on a platform, numbered from 0 in a fixed order, with what each does.
pub trait ActionCatalogue: Sync {
    /// Where its facts come from and of when, such as `iam-data 0.21.202609261`.
    fn version(&self) -> &str;
    /// How many actions it has.
    fn len(&self) -> usize;
    /// Whether it has none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The name of an action in the platform's spelling; empty for a number that is none.
    fn name(&self, action: usize) -> &str;
    /// The number of an action.
    fn find(&self, name: &str) -> Option<usize>;
    /// Its one primary class; also for actions that are not catalogued, by the platform's default rule.
    fn class(&self, name: &str) -> ActionClass;
    /// Its primary class and all further ones.
    fn classes(&self, name: &str) -> ActionClasses;
    /// The catalogued actions within `actions`. Memoised by the implementation where that pays.
    fn select(&self, actions: &Strings) -> ActionBits;
    /// The shapes that the resource of an action can take, as patterns; empty where any text may stand.
    fn resource_shapes(&self, name: &str) -> Vec<Pattern>;
    /// The same shapes for an example that people would write, most natural first; the shapes themselves come last.
    fn natural_shapes(&self, name: &str) -> Vec<Pattern> {
        self.resource_shapes(name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn some() -> impl Strategy<Value = BTreeSet<usize>> {
        proptest::collection::btree_set(0..400_usize, 0..12)
    }

    fn bits(actions: &BTreeSet<usize>, backwards: bool) -> ActionBits {
        let mut bits = ActionBits::none();
        let mut actions: Vec<usize> = actions.iter().copied().collect();
        if backwards {
            actions.reverse();
        }
        actions.into_iter().for_each(|action| bits.insert(action));
        bits
    }

    proptest! {
        #[test]
        fn bits_are_sets_of_numbers(left in some(), right in some(), one in 0..400_usize) {
            let (a, b) = (bits(&left, false), bits(&right, true));
            let same = |found: &ActionBits, slow: BTreeSet<usize>| {
                found.iter().eq(slow.iter().copied())
                    && *found == bits(&slow, false)
                    && found.count() == slow.len()
                    && found.is_empty() == slow.is_empty()
            };
            let changed = |change: fn(&mut ActionBits, &ActionBits)| {
                let mut both = a.clone();
                change(&mut both, &b);
                both
            };
            prop_assert!(same(&a, left.clone()));
            prop_assert!(same(&changed(ActionBits::unite), &left | &right));
            prop_assert!(same(&changed(ActionBits::intersect), &left & &right));
            prop_assert!(same(&changed(ActionBits::subtract), &left - &right));
            prop_assert_eq!(a.meets(&b), !left.is_disjoint(&right));
            prop_assert_eq!(a.includes(&b), left.is_superset(&right));
            prop_assert!(changed(ActionBits::unite).includes(&b));
            prop_assert_eq!(a.contains(one), left.contains(&one));
        }
    }
}
