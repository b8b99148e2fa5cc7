//! Concrete requests, and the keys and values of their context.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// The name of a context key, in the spelling that its platform treats as canonical, and whether it can hold
/// several values at once.
///
/// Two keys are equal when their names are. A key that is [`Key::single`] anywhere in a set is single in the
/// whole set, so a platform makes its keys in one place.
#[derive(Clone)]
pub struct Key {
    name: Arc<str>,
    single: bool,
}

/// A named yes/no question that nobody has answered: what is not known, or what no guard can express.
///
/// An atom is equal only to itself, so a set minus itself is empty even with gaps in it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Atom(Arc<str>);

impl Key {
    /// The key with this name; it may hold any number of values, also none.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: Arc::from(name),
            single: false,
        }
    }

    /// The key with this name, which holds exactly one value whenever it is present. Searches for a request keep
    /// to that; membership of a given request takes its values as they are.
    #[must_use]
    pub fn single(name: &str) -> Self {
        Self {
            name: Arc::from(name),
            single: true,
        }
    }

    /// Whether it holds exactly one value whenever it is present.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.single
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(&other.name)
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Atom {
    /// The atom with this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(Arc::from(name))
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! name {
    ($type:ident) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.as_str())
            }
        }

        impl From<&str> for $type {
            fn from(name: &str) -> Self {
                Self::new(name)
            }
        }
    };
}

name!(Key);
name!(Atom);

/// The values of a key that is present, in order, each once; empty is not the same as absent. Nearly always one: a list costs
/// less than a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Values(Vec<Box<str>>);

impl Values {
    /// No value.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value.
    pub fn insert(&mut self, value: Box<str>) {
        if let Err(place) = self.0.binary_search(&value) {
            self.0.insert(place, value);
        }
    }

    /// Whether `value` is among them.
    #[must_use]
    pub fn contains(&self, value: &str) -> bool {
        self.0.binary_search_by(|known| (**known).cmp(value)).is_ok()
    }
}

impl Deref for Values {
    type Target = [Box<str>];

    fn deref(&self) -> &[Box<str>] {
        &self.0
    }
}

impl FromIterator<Box<str>> for Values {
    fn from_iter<I: IntoIterator<Item = Box<str>>>(values: I) -> Self {
        let mut values: Vec<Box<str>> = values.into_iter().collect();
        values.sort_unstable();
        values.dedup();
        Self(values)
    }
}

impl<const N: usize> From<[Box<str>; N]> for Values {
    fn from(values: [Box<str>; N]) -> Self {
        values.into_iter().collect()
    }
}

impl<'v> IntoIterator for &'v Values {
    type Item = &'v Box<str>;
    type IntoIter = std::slice::Iter<'v, Box<str>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// The context of one request: every key not in it is absent. Keys are in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Context(Vec<(Key, Values)>);

impl Context {
    /// No key at all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The empty context, to lend.
    pub(crate) fn nowhere() -> &'static Self {
        static NOWHERE: Context = Context(Vec::new());
        &NOWHERE
    }

    /// The same with `key` present and holding exactly `values`.
    #[must_use]
    pub fn with<V: AsRef<str>>(mut self, key: impl Into<Key>, values: impl IntoIterator<Item = V>) -> Self {
        self.set(
            key.into(),
            values
                .into_iter()
                .map(|value| Box::from(value.as_ref()))
                .collect(),
        );
        self
    }

    fn place(&self, key: &Key) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(key))
    }

    /// Gives `key` these values.
    pub fn set(&mut self, key: Key, values: Values) {
        self.replace(&key, Some(values));
    }

    /// Makes `key` hold this, or be absent; returns what it held.
    pub(crate) fn replace(&mut self, key: &Key, held: Option<Values>) -> Option<Values> {
        match (self.place(key), held) {
            (Ok(place), Some(values)) => {
                let (_, known) = self.0.get_mut(place)?;
                Some(std::mem::replace(known, values))
            }
            (Ok(place), None) => Some(self.0.remove(place).1),
            (Err(place), Some(values)) => {
                self.0.insert(place, (key.clone(), values));
                None
            }
            (Err(_), None) => None,
        }
    }

    /// Takes `key` away.
    pub fn remove(&mut self, key: &Key) {
        self.replace(key, None);
    }

    /// The values of `key`; `None` where it is absent.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Values> {
        let (_, values) = self.0.get(self.place(key).ok()?)?;
        Some(values)
    }

    /// The keys that are present, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Values)> {
        self.0.iter().map(|(key, values)| (key, values))
    }

    /// How many keys are present.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no key is present.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// One concrete request: action, resource and context.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request {
    /// What is to be done.
    pub action: Box<str>,
    /// To what.
    pub resource: Box<str>,
    /// Under which circumstances.
    pub context: Context,
}

impl Request {
    /// A request with an empty context.
    #[must_use]
    pub fn new(action: &str, resource: &str) -> Self {
        Self {
            action: action.into(),
            resource: resource.into(),
            context: Context::new(),
        }
    }

    /// The same request in `context`.
    #[must_use]
    pub fn within(mut self, context: Context) -> Self {
        self.context = context;
        self
    }
}

/// Answers to atoms, for evaluating one concrete case: the atoms that hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers(BTreeSet<Atom>);

impl Answers {
    /// Every atom answered with no.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// These atoms answered with yes, all others with no.
    pub fn holding(atoms: impl IntoIterator<Item = Atom>) -> Self {
        Self(atoms.into_iter().collect())
    }

    /// Whether `atom` was answered with yes.
    #[must_use]
    pub fn holds(&self, atom: &Atom) -> bool {
        self.0.contains(atom)
    }

    /// Answers `atom`.
    pub(crate) fn set(&mut self, atom: &Atom, holds: bool) {
        if holds {
            self.0.insert(atom.clone());
        } else {
            self.0.remove(atom);
        }
    }

    /// The atoms answered with yes, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Atom> {
        self.0.iter()
    }
}
