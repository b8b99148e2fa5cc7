//! What a dump says of one database.

use leastwise_model::{Location, Remark, Text};

use crate::acl::AclItem;
use crate::compile::Kind;
use crate::object::{Export, Owned, Relation};
use crate::sql::apply::Index;
use crate::sql::cursor::{Cursor, Qualified};
use crate::sql::grants::On;

/// Schemas of the server itself, of which a dump says nothing.
pub(super) const SYSTEM: [&str; 2] = ["pg_catalog", "information_schema"];
/// The role that owns the schema `public` of a new database.
const DATABASE_OWNER: &str = "pg_database_owner";

/// One database.
#[derive(Debug)]
pub(super) struct Contents {
    pub export: Export,
    pub index: Index,
    /// Sequences of identity columns, and the tables whose owners own them.
    identities: Vec<(usize, usize)>,
}

fn item(grantee: Option<&str>, letters: &str, grantor: &str) -> AclItem {
    AclItem {
        grantee: grantee.map(Text::from),
        privileges: letters.chars().map(|letter| (letter, false)).collect(),
        grantor: grantor.into(),
    }
}

impl Default for Contents {
    /// What every new database has.
    fn default() -> Self {
        let schema = |name: &str, owner: &str| Owned {
            name: name.into(),
            owner: owner.into(),
            acl: Some(vec![item(None, "U", owner), item(Some(owner), "UC", owner)]),
            at: None,
        };
        let language = |name: &str| Owned {
            name: name.into(),
            owner: super::BOOTSTRAP.into(),
            ..Owned::default()
        };
        Self {
            export: Export {
                version: 18,
                dumped: true,
                schemas: vec![
                    schema("information_schema", super::BOOTSTRAP),
                    schema("pg_catalog", super::BOOTSTRAP),
                    schema("public", DATABASE_OWNER),
                ],
                languages: ["internal", "c", "sql", "plpgsql"].map(language).to_vec(),
                ..Export::default()
            },
            index: Index::default(),
            identities: Vec::new(),
        }
    }
}

/// Whether a grant is on what the server brought along.
pub(super) fn is_brought(on: &On) -> bool {
    match on {
        On::These(Kind::Table | Kind::Sequence | Kind::Function, names) => names.iter().all(|(name, _)| {
            name.schema
                .as_ref()
                .is_some_and(|schema| SYSTEM.contains(&&**schema))
        }),
        On::AllIn(_, schemas) => schemas.iter().all(|schema| SYSTEM.contains(&&**schema)),
        On::These(..) | On::Other => false,
    }
}

impl Contents {
    pub(super) fn add_relation(&mut self, relation: Relation) -> usize {
        let at = self.export.relations.len();
        self.index
            .relations
            .entry(relation.owned.name.clone())
            .or_default()
            .push(at);
        self.export.relations.push(relation);
        at
    }

    /// A sequence that belongs to a column of a table.
    pub(super) fn add_identity(&mut self, sequence: usize, table: usize) {
        self.identities.push((sequence, table));
    }

    pub(super) fn relation(&self, name: &Qualified) -> Option<usize> {
        let places = self.index.relations.get(&name.name)?;
        let schema = name.schema.as_ref()?;
        let fits = |at: &&usize| {
            self.export
                .relations
                .get(**at)
                .is_some_and(|one| one.schema == *schema)
        };
        places.iter().find(fits).copied()
    }

    /// An ALTER of something in a database.
    pub(super) fn alter(&mut self, at: &mut Cursor<'_>) -> bool {
        let plain = [
            (&["schema"][..], Kind::Schema),
            (&["foreign", "data", "wrapper"], Kind::Wrapper),
            (&["server"], Kind::ForeignServer),
            (&["procedural", "language"], Kind::Language),
            (&["language"], Kind::Language),
        ];
        for (words, kind) in plain {
            if !at.eat(words) {
                continue;
            }
            let Some(name) = at.name() else { return false };
            if !at.eat(&["owner", "to"]) {
                return true;
            }
            let Some(owner) = at.name() else { return false };
            let list = match kind {
                Kind::Schema => &mut self.export.schemas,
                Kind::Wrapper => &mut self.export.wrappers,
                Kind::ForeignServer => &mut self.export.servers,
                _ => &mut self.export.languages,
            };
            if let Some(one) = list.iter_mut().find(|one| one.name == name) {
                // Its list was that of its owner before.
                for item in one.acl.iter_mut().flatten() {
                    if item.grantee.as_ref() == Some(&one.owner) {
                        item.grantee = Some(owner.clone());
                    }
                    item.grantor = owner.clone();
                }
                one.owner = owner;
            }
            return true;
        }
        if at.eat(&["function"]) || at.eat(&["procedure"]) || at.eat(&["aggregate"]) || at.eat(&["routine"]) {
            let (Some(name), Some(arguments)) = (at.qualified(), super::create::arguments(at)) else {
                return false;
            };
            if !at.eat(&["owner", "to"]) {
                return true;
            }
            let Some(owner) = at.name() else { return false };
            let places = self.index.functions.get(&name.name).cloned().unwrap_or_default();
            for place in places {
                let Some(function) = self.export.functions.get_mut(place) else {
                    continue;
                };
                if Some(&function.schema) == name.schema.as_ref() && function.arguments == arguments {
                    function.owned.owner = owner.clone();
                }
            }
            return true;
        }
        let relation = at.eat(&["table"])
            || at.eat(&["view"])
            || at.eat(&["materialized", "view"])
            || at.eat(&["foreign", "table"])
            || at.eat(&["sequence"]);
        if !relation {
            return false;
        }
        at.eat(&["if", "exists"]);
        at.eat(&["only"]);
        let Some(place) = at.qualified().and_then(|name| self.relation(&name)) else {
            return false;
        };
        if at.eat(&["owner", "to"]) {
            let (Some(owner), Some(one)) = (at.name(), self.export.relations.get_mut(place)) else {
                return false;
            };
            one.owned.owner = owner;
            return true;
        }
        let Some(one) = self.export.relations.get_mut(place) else {
            return false;
        };
        if at.eat(&["enable", "row", "level", "security"]) {
            one.row_security = true;
        } else if at.eat(&["force", "row", "level", "security"]) {
            one.forced = true;
        } else {
            super::create::identity_column(self, place, at);
        }
        true
    }

    /// Tells what is missing of it, and makes its last connections.
    pub(super) fn odd(
        &self,
        name: &Text,
        whole: &impl Fn(String, &str) -> Remark,
        remarks: &mut Vec<Remark>,
    ) {
        let relations = self.export.relations.iter().map(|one| &one.owned);
        let functions = self.export.functions.iter().map(|one| &one.owned);
        let without = relations
            .chain(functions)
            .chain(&self.export.schemas)
            .filter(|one| one.owner.is_empty())
            .count();
        if without > 0 {
            let what = format!("the dump of {name} says not who owns {without} of its objects");
            remarks.push(whole(what, "dump it again without --no-owner"));
        }
    }

    /// The same with what only the end of the dump settles.
    pub(super) fn settled(mut self) -> Self {
        for (sequence, table) in std::mem::take(&mut self.identities) {
            let owner = self
                .export
                .relations
                .get(table)
                .map(|one| one.owned.owner.clone());
            if let (Some(owner), Some(one)) = (owner, self.export.relations.get_mut(sequence)) {
                one.owned.owner = owner;
            }
        }
        // Columns are of interest where any of them has a list.
        for relation in &mut self.export.relations {
            if relation.columns.iter().all(|(_, acl)| acl.is_none()) {
                relation.columns.clear();
            }
        }
        self
    }
}

/// Where something is made.
pub(super) fn owned(name: Text, owner: Option<&Text>, at: Location) -> Owned {
    Owned {
        name,
        owner: owner.cloned().unwrap_or_default(),
        acl: None,
        at: Some(at),
    }
}
