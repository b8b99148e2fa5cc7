//! Permissions of the token of a job, and how defaults, blocks and ceilings make them.
//!
//! Source: GITHUB_TOKEN reference; Workflow syntax, `permissions`; Reusing workflow configurations.

use std::collections::BTreeMap;

use leastwise_model::Text;
use leastwise_permset::Literal;

use crate::rows::rows;

const SCOPES: &str = include_str!("../data/scopes.tsv");

/// How far one permission reaches; each level includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Level {
    None,
    Read,
    Write,
}

impl Level {
    pub fn named(text: &str) -> Option<Self> {
        match text {
            "none" => Some(Self::None),
            "read" => Some(Self::Read),
            "write" => Some(Self::Write),
            _ => None,
        }
    }
}

/// What a row of the data says of a permission.
pub(crate) struct Scope {
    pub name: &'static str,
    read: bool,
    write: bool,
    permissive: Option<Level>,
    restricted: Option<Level>,
}

impl Scope {
    pub fn allows(&self, level: Level) -> bool {
        match level {
            Level::None => true,
            Level::Read => self.read,
            Level::Write => self.write,
        }
    }

    /// The most that can be asked for.
    fn most(&self) -> Level {
        if self.write { Level::Write } else { Level::Read }
    }
}

/// All permissions that a token can have.
pub(crate) fn scopes() -> impl Iterator<Item = Scope> {
    rows(SCOPES).filter_map(|row| match *row {
        [name, levels, permissive, restricted, ..] => Some(Scope {
            name,
            read: levels.contains("read"),
            write: levels.contains("write"),
            permissive: Level::named(permissive),
            restricted: Level::named(restricted),
        }),
        _ => None,
    })
}

pub(crate) fn scope(name: &str) -> Option<Scope> {
    scopes().find(|scope| scope.name == name)
}

/// Levels by permission; what is not listed is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Levels(pub BTreeMap<Text, Level>);

impl Levels {
    pub fn get(&self, name: &str) -> Level {
        self.0.get(name).copied().unwrap_or(Level::None)
    }

    fn of(level: impl Fn(&Scope) -> Level) -> Self {
        Self(scopes().map(|scope| (scope.name.into(), level(&scope))).collect())
    }

    /// The default where it is permissive. A permission of which no source tells counts as not given.
    pub fn permissive() -> Self {
        Self::of(|scope| scope.permissive.unwrap_or(Level::None))
    }

    /// The default where it is restricted.
    pub fn restricted() -> Self {
        Self::of(|scope| scope.restricted.unwrap_or(Level::None))
    }

    /// `write-all`: the most that can be asked for, a token for other systems included.
    pub fn write_all() -> Self {
        Self::of(Scope::most)
    }

    /// `read-all`.
    pub fn read_all() -> Self {
        Self::of(|scope| if scope.read { Level::Read } else { Level::None })
    }

    /// Nothing but what every token has.
    pub fn named(named: impl IntoIterator<Item = (Text, Level)>) -> Self {
        let mut levels: BTreeMap<Text, Level> = named.into_iter().collect();
        levels.insert("metadata".into(), Level::Read);
        Self(levels)
    }

    /// No more than `ceiling` of each.
    pub fn within(&self, ceiling: &Self) -> Self {
        let least = |(name, level): (&Text, &Level)| (name.clone(), (*level).min(ceiling.get(name)));
        Self(self.0.iter().map(least).collect())
    }

    /// As for a pull request from a fork: what could be written can be read, where reading exists.
    pub fn read_only(&self) -> Self {
        let read = |(name, level): (&Text, &Level)| {
            let readable = scope(name).is_some_and(|scope| scope.read);
            let most = if readable && &**name != "models" {
                Level::Read
            } else {
                Level::None
            };
            (name.clone(), (*level).min(most))
        };
        Self(self.0.iter().map(read).collect())
    }
}

/// The levels of a token under each answer to what is not known: literals over atoms, no two of which hold together.
pub(crate) type Cases = Vec<(Vec<Literal>, Levels)>;

/// What is within both, under what is not known of either.
pub(crate) fn within(inner: &Cases, ceiling: &Cases) -> Cases {
    let mut all = Cases::new();
    for (own, levels) in inner {
        for (outer, most) in ceiling {
            let mut both = own.clone();
            both.extend(outer.iter().cloned());
            both.sort();
            both.dedup();
            if both.iter().any(|literal| both.contains(&literal.negate())) {
                continue;
            }
            all.push((both, levels.within(most)));
        }
    }
    all
}
