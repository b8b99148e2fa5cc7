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

/// A set of catalogued actions, as bits in the catalogue's order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ActionBits(Vec<u64>);

impl ActionBits {
    /// None of `count` actions.
    #[must_use]
    pub fn none(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    /// Puts an action in.
    pub fn insert(&mut self, action: usize) {
        if let Some(word) = self.0.get_mut(action / 64) {
            *word |= 1 << (action % 64);
        }
    }

    /// Whether an action is in.
    #[must_use]
    pub fn contains(&self, action: usize) -> bool {
        self.0
            .get(action / 64)
            .is_some_and(|word| word >> (action % 64) & 1 == 1)
    }

    /// Adds all of `other`.
    pub fn unite(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    /// Keeps what `other` has too.
    pub fn intersect(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word &= more;
        }
    }

    /// Takes away all of `other`.
    pub fn subtract(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word &= !more;
        }
    }

    /// The bits, 64 to a word, lowest first.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.0
    }

    /// Whether one is in both.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(word, more)| word & more != 0)
    }

    /// Whether all of `other` are in.
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        let mut words = (0..).zip(&other.0);
        words.all(|(at, other)| other & !self.0.get(at).unwrap_or(&0) == 0)
    }

    /// How many are in.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether none is in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The actions, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros() as usize;
                    rest &= rest - 1;
                    at * 64 + bit
                })
            })
        })
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
