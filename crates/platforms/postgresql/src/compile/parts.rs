//! What every list, owner and built-in rule gives, by who holds it.
//!
//! A holder's part is made once and shared by all who inherit it.

use leastwise_model::{Location, Snapshot, Step, Text};
use leastwise_permset::{Condition, Guard, Key, Label, Literal, PermissionSet, Region, Strings, Test};
use rustc_hash::FxHashMap;

use super::roles::{Roles, quoted};
use crate::acl::{self, Acl};
use crate::object::Owned;
use crate::spell;

/// The context key that names who makes an object later.
const CREATED_BY: &str = "created-by";

/// Who holds a part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Holder {
    /// Every role.
    Public,
    Role(u32),
    /// In this database, its owner.
    OwnerOf(Text),
}

/// What can be granted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Database,
    Schema,
    Table,
    Column,
    Sequence,
    Function,
    Language,
    Wrapper,
    ForeignServer,
    Tablespace,
    Parameter,
}

/// The privileges of a table that can also be granted on its columns.
pub(crate) const COLUMN_LETTERS: [char; 4] = ['r', 'a', 'w', 'x'];

impl Kind {
    /// As actions spell it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Schema => "schema",
            Self::Table => "table",
            Self::Column => "column",
            Self::Sequence => "sequence",
            Self::Function => "function",
            Self::Language => "language",
            Self::Wrapper => "wrapper",
            Self::ForeignServer => "foreign-server",
            Self::Tablespace => "tablespace",
            Self::Parameter => "parameter",
        }
    }

    /// As GRANT writes it.
    fn grammar(self) -> &'static str {
        match self {
            Self::Wrapper => "FOREIGN DATA WRAPPER",
            Self::ForeignServer => "FOREIGN SERVER",
            Self::Database => "DATABASE",
            Self::Schema => "SCHEMA",
            Self::Table | Self::Column => "TABLE",
            Self::Sequence => "SEQUENCE",
            Self::Function => "FUNCTION",
            Self::Language => "LANGUAGE",
            Self::Tablespace => "TABLESPACE",
            Self::Parameter => "PARAMETER",
        }
    }

    /// Every privilege there is.
    pub(crate) fn letters(self, version: u32) -> &'static str {
        match self {
            Self::Database => "CTc",
            Self::Schema => "UC",
            Self::Table if version < 17 => "rawdDxt",
            Self::Table => "rawdDxtm",
            Self::Column => "rawx",
            Self::Sequence => "rwU",
            Self::Function => "X",
            Self::Language | Self::Wrapper | Self::ForeignServer => "U",
            Self::Tablespace => "C",
            Self::Parameter => "sA",
        }
    }

    /// What everybody has where there is no list.
    pub(crate) fn public_letters(self) -> &'static str {
        match self {
            Self::Database => "Tc",
            Self::Function => "X",
            Self::Language => "U",
            Self::Schema
            | Self::Table
            | Self::Column
            | Self::Sequence
            | Self::Wrapper
            | Self::ForeignServer
            | Self::Tablespace
            | Self::Parameter => "",
        }
    }

    /// What no list can give, and the owner has.
    fn owner_actions(self, version: u32) -> &'static [&'static str] {
        match self {
            Self::Table if version < 17 => &["alter", "drop", "maintain"],
            Self::Column | Self::Parameter => &[],
            _ => &["alter", "drop"],
        }
    }
}

/// One thing that can be granted on.
pub(crate) struct Thing<'a> {
    pub kind: Kind,
    /// The database it lives in; `None` for what belongs to the server.
    pub database: Option<&'a Text>,
    /// As requests name it.
    pub resource: String,
    /// As SQL names it.
    pub title: String,
    pub owned: &'a Owned,
}

/// A statement that gives something to a holder.
pub(crate) struct Given {
    pub label: Label,
    pub set: PermissionSet,
}

/// What every holder has by lists, ownership and built-in rules.
#[derive(Default)]
pub(crate) struct Parts {
    pub given: FxHashMap<Holder, Vec<Given>>,
}

impl Parts {
    pub(crate) fn give(&mut self, holder: Holder, label: Label, set: impl Into<PermissionSet>) {
        let set = set.into().labelled(label);
        self.given.entry(holder).or_default().push(Given { label, set });
    }

    /// All of a holder's, together.
    pub(crate) fn part(&self, holder: &Holder) -> PermissionSet {
        let given = self.given.get(holder).into_iter().flatten();
        PermissionSet::union_of(given.map(|given| given.set.clone()))
    }
}

/// Where a privilege counts: on a resource, and for a table on its columns.
#[derive(Clone)]
pub(crate) struct Place {
    pub resources: Strings,
    pub columns: Strings,
}

impl Place {
    /// One resource and all one step below it.
    pub(crate) fn at(resource: &str) -> Self {
        Self {
            resources: Strings::literal(resource),
            columns: Strings::one(spell::below(resource)),
        }
    }
}

/// Lists of actions, each made once: most things are granted in the same few ways.
#[derive(Default)]
pub(crate) struct Wording {
    known: FxHashMap<(Kind, Vec<String>), Strings>,
}

impl Wording {
    fn actions(&mut self, kind: Kind, words: Vec<String>) -> Strings {
        let made = self.known.entry((kind, words));
        let made = made.or_insert_with_key(|(_, words)| {
            let names = words.iter().map(|word| format!("{}:{word}", kind.word()));
            Strings::any_of(names.map(|name| leastwise_permset::Pattern::literal(&name)))
        });
        made.clone()
    }

    /// The regions of some privileges; a table's cover its columns.
    pub(crate) fn regions(&mut self, kind: Kind, words: &[String], place: &Place) -> PermissionSet {
        let own = Region::new(self.actions(kind, words.to_vec()), place.resources.clone()).into();
        if kind != Kind::Table {
            return own;
        }
        let has_columns = |word: &&String| {
            let word = word.strip_prefix("grant-").unwrap_or(word);
            COLUMN_LETTERS
                .iter()
                .any(|letter| acl::word(*letter) == Some(word))
        };
        let of_columns: Vec<String> = words.iter().filter(has_columns).cloned().collect();
        if of_columns.is_empty() {
            return own;
        }
        let columns = self.actions(Kind::Column, of_columns);
        own.union(&Region::new(columns, place.columns.clone()).into())
    }
}

/// The words of some letters, and of those that may be granted on.
pub(crate) fn words(privileges: &[(char, bool)]) -> Vec<String> {
    let plain = privileges
        .iter()
        .filter_map(|(letter, _)| acl::word(*letter))
        .map(str::to_owned);
    let granting = privileges.iter().filter(|(_, grantable)| *grantable);
    let granting = granting.filter_map(|(letter, _)| Some(format!("grant-{}", acl::word(*letter)?)));
    plain.chain(granting).collect()
}

fn listed(privileges: &[(char, bool)], with: bool) -> String {
    let words = privileges.iter().filter(|(_, grantable)| *grantable == with);
    let words = words.filter_map(|(letter, _)| acl::word(*letter));
    words
        .map(|word| word.replace('-', " ").to_uppercase())
        .collect::<Vec<_>>()
        .join(", ")
}

/// An item as the GRANT that makes it.
pub(crate) fn grant(item: &acl::AclItem, column: Option<&str>, on: &str) -> String {
    let to = item
        .grantee
        .as_deref()
        .map_or_else(|| "PUBLIC".to_owned(), quoted);
    let mut statements = Vec::new();
    for with in [false, true] {
        let mut words = listed(&item.privileges, with);
        if words.is_empty() {
            continue;
        }
        if let Some(column) = column {
            words = words.replace(',', &format!(" ({}),", quoted(column)));
            words.push_str(&format!(" ({})", quoted(column)));
        }
        let option = if with { " WITH GRANT OPTION" } else { "" };
        statements.push(format!("GRANT {words} ON {on} TO {to}{option}"));
    }
    statements.join("; ")
}

/// Adds steps and gives what they say.
pub(crate) struct Giver<'s, 'a> {
    pub roles: &'s Roles<'a>,
    pub snapshot: &'s mut Snapshot,
    pub parts: &'s mut Parts,
    pub wording: &'s mut Wording,
}

impl Giver<'_, '_> {
    pub(crate) fn step(
        &mut self,
        kind: &str,
        name: &str,
        statement: String,
        location: Option<Location>,
        provided: bool,
    ) -> Label {
        self.snapshot.add_step(Step {
            kind: kind.into(),
            name: name.into(),
            statement: statement.into(),
            location,
            provided,
        })
    }

    /// Who a name stands for, in a database.
    pub(crate) fn holder(&self, name: Option<&str>, database: Option<&Text>) -> Option<Holder> {
        let Some(name) = name else {
            return Some(Holder::Public);
        };
        let role = self.roles.find(name)?;
        if self.roles.is_database_owner(role) {
            return Some(Holder::OwnerOf(database?.clone()));
        }
        Some(Holder::Role(role))
    }

    /// Gives what the list and the owner of a thing give; `system` things are the server's own.
    pub(crate) fn thing(&mut self, thing: &Thing<'_>, system: bool) {
        let version = self.roles.version;
        let at = &thing.owned.at;
        let on = format!("{} {}", thing.kind.grammar(), thing.title);
        let owner = self.holder(Some(&thing.owned.owner), thing.database);
        let place = Place::at(&thing.resource);
        match &thing.owned.acl {
            Some(items) => {
                for item in items {
                    let Some(holder) = self.holder(item.grantee.as_deref(), thing.database) else {
                        continue;
                    };
                    let label = self.step("grant", &thing.title, grant(item, None, &on), at.clone(), system);
                    let mut privileges = item.privileges.clone();
                    if thing.kind == Kind::Table && thing.resource.split('/').nth(1) == Some("pg_catalog") {
                        // Only superusers write to the server's own tables, whatever their lists say.
                        privileges.retain(|(letter, _)| !"awdD".contains(*letter));
                    }
                    let set = self.wording.regions(thing.kind, &words(&privileges), &place);
                    self.parts.give(holder, label, set);
                }
            }
            None => {
                let all: Vec<String> = words_of(thing.kind.letters(version), "");
                if let Some(owner) = owner.clone().filter(|_| !all.is_empty()) {
                    let statement = format!(
                        "{} owns {on} and has every privilege by default",
                        quoted(&thing.owned.owner)
                    );
                    let label = self.step("built-in default", &thing.title, statement, at.clone(), system);
                    let set = self.wording.regions(thing.kind, &all, &place);
                    self.parts.give(owner, label, set);
                }
                let public = words_of(thing.kind.public_letters(), "");
                if !public.is_empty() {
                    let statement = format!(
                        "PUBLIC has {} on {on} by default",
                        public.join(", ").to_uppercase()
                    );
                    let label = self.step("built-in default", &thing.title, statement, at.clone(), true);
                    let set = self.wording.regions(thing.kind, &public, &place);
                    self.parts.give(Holder::Public, label, set);
                }
            }
        }
        let Some(owner) = owner else { return };
        let mut words: Vec<String> = thing
            .kind
            .owner_actions(version)
            .iter()
            .map(|word| (*word).to_owned())
            .collect();
        words.extend(words_of(thing.kind.letters(version), "grant-"));
        let statement = format!("ALTER {on} OWNER TO {}", quoted(&thing.owned.owner));
        let label = self.step("ownership", &thing.title, statement, at.clone(), system);
        let set = self.wording.regions(thing.kind, &words, &place);
        self.parts.give(owner, label, set);
    }

    /// What the list of one column gives.
    pub(crate) fn column(&mut self, table: &Thing<'_>, name: &str, acl: &Acl) {
        let on = format!("{} {}", Kind::Column.grammar(), table.title);
        let place = Place::at(&format!("{}/{}", table.resource, spell::part(name)));
        for item in acl.iter().flatten() {
            let Some(holder) = self.holder(item.grantee.as_deref(), table.database) else {
                continue;
            };
            let statement = grant(item, Some(name), &on);
            let label = self.step("grant", &table.title, statement, table.owned.at.clone(), false);
            let set = self
                .wording
                .regions(Kind::Column, &words(&item.privileges), &place);
            self.parts.give(holder, label, set);
        }
    }
}

/// The words of letters, each behind `prefix`.
pub(crate) fn words_of(letters: &str, prefix: &str) -> Vec<String> {
    let words = letters.chars().filter_map(acl::word);
    words.map(|word| format!("{prefix}{word}")).collect()
}

/// The guard that an object is made later by this role.
pub(crate) fn created_by(role: &str) -> Literal {
    Condition::Some(Key::new(CREATED_BY), Test::Text(Strings::literal(role))).holds()
}

/// What lies in `set`, under these conditions.
pub(crate) fn only_when(set: &PermissionSet, literals: impl IntoIterator<Item = Literal>) -> PermissionSet {
    let guard = Guard::all_of(literals);
    set.intersection(&Region::everything().when(guard).into())
}
