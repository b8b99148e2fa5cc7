//! Concrete requests, and the keys and values of their context.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::hash::{Hash, Hasher};
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

/// The values of a key that is present; empty is not the same as absent.
pub type Values = BTreeSet<Box<str>>;

/// The context of one request: every key not in it is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Context(BTreeMap<Key, Values>);

impl Context {
    /// No key at all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The empty context, to lend.
    pub(crate) fn nowhere() -> &'static Self {
        static NOWHERE: Context = Context(BTreeMap::new());
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

    /// Gives `key` these values.
    pub fn set(&mut self, key: Key, values: Values) {
        self.0.insert(key, values);
    }

    /// Makes `key` hold this, or be absent; returns what it held.
    pub(crate) fn replace(&mut self, key: &Key, held: Option<Values>) -> Option<Values> {
        match held {
            Some(values) => self.0.insert(key.clone(), values),
            None => self.0.remove(key),
        }
    }

    /// Takes `key` away.
    pub fn remove(&mut self, key: &Key) {
        self.0.remove(key);
    }

    /// The values of `key`; `None` where it is absent.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Values> {
        self.0.get(key)
    }

    /// The keys that are present, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Values)> {
        self.0.iter()
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
