//! What one can ask for at a path: the actions of this platform.

use leastwise_model::{ActionClass, Target, Verb};

use crate::product::Product;

/// One operation, and the capability that a rule must hold for it; [`Operation::Sudo`] is none that is asked for by
/// itself: it is what paths with root protection ask for besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// `POST` or `PUT` of what does not exist yet.
    Create,
    /// `DELETE`.
    Delete,
    /// `LIST`.
    List,
    /// `PATCH`.
    Patch,
    /// `GET`.
    Read,
    /// Recovering from a snapshot; Vault only.
    Recover,
    /// `SCAN`, a recursive list; OpenBao only.
    Scan,
    /// Subscribing to events; Vault only.
    Subscribe,
    /// Having root privileges at the path.
    Sudo,
    /// `POST` or `PUT` of what exists, and of whatever is not stored under its path.
    Update,
}

impl Operation {
    /// All of them, in the order of their names.
    pub const ALL: [Self; 10] = [
        Self::Create,
        Self::Delete,
        Self::List,
        Self::Patch,
        Self::Read,
        Self::Recover,
        Self::Scan,
        Self::Subscribe,
        Self::Sudo,
        Self::Update,
    ];

    /// Its name, as in policies.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Delete => "delete",
            Self::List => "list",
            Self::Patch => "patch",
            Self::Read => "read",
            Self::Recover => "recover",
            Self::Scan => "scan",
            Self::Subscribe => "subscribe",
            Self::Sudo => "sudo",
            Self::Update => "update",
        }
    }

    /// The operation of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == name)
    }

    /// Whether a product knows the capability.
    #[must_use]
    pub fn known_to(self, product: Product) -> bool {
        match self {
            Self::Scan => product == Product::OpenBao,
            Self::Recover | Self::Subscribe => product == Product::Vault,
            _ => true,
        }
    }

    /// Whether its requests name a folder: their path ends in `/`.
    #[must_use]
    pub fn lists(self) -> bool {
        matches!(self, Self::List | Self::Scan)
    }

    /// Whether rules look at the parameters of its requests.
    #[must_use]
    pub fn has_parameters(self) -> bool {
        matches!(
            self,
            Self::Create | Self::Read | Self::Update | Self::Patch | Self::Recover
        )
    }

    /// What it does to what is stored at a path of which nothing more is known.
    pub(crate) fn class(self) -> ActionClass {
        let (verb, target) = match self {
            Self::Create | Self::Update | Self::Patch | Self::Recover => (Verb::Write, Target::Data),
            Self::Delete => (Verb::Delete, Target::Data),
            Self::List | Self::Scan => (Verb::List, Target::Data),
            Self::Read | Self::Subscribe => (Verb::Read, Target::Data),
            Self::Sudo => (Verb::Grant, Target::Control),
        };
        ActionClass::new(verb, target)
    }
}

/// A set of operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operations(u16);

impl Operations {
    /// The same with `operation`.
    #[must_use]
    pub fn with(self, operation: Operation) -> Self {
        Self(self.0 | 1 << operation as u16)
    }

    /// Those of both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `operation` is among them.
    #[must_use]
    pub fn contains(self, operation: Operation) -> bool {
        self.0 & (1 << operation as u16) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Them, in order.
    pub fn iter(self) -> impl Iterator<Item = Operation> {
        Operation::ALL
            .into_iter()
            .filter(move |operation| self.contains(*operation))
    }
}

impl FromIterator<Operation> for Operations {
    fn from_iter<I: IntoIterator<Item = Operation>>(operations: I) -> Self {
        operations.into_iter().fold(Self::default(), Self::with)
    }
}
