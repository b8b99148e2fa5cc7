//! Text of `pg_dump` and `pg_dumpall` → what an export says.
//!
//! A dump names no server: those in one folder are taken to be of one. It tells less than the catalogs: nothing of what
//! the server and its extensions brought along, and of views only their text. What it does not tell is a gap.

mod create;
mod database;
mod statement;

use std::collections::BTreeMap;

use leastwise_model::{FileIndex, Location, Remark, Text};

use crate::object::{Database, Export, Membership, Owned, Role};
use crate::sql::lex::{Lexer, Token};
use database::Contents;

/// How dumps begin.
const HEADS: [&str; 2] = [
    "-- PostgreSQL database cluster dump",
    "-- PostgreSQL database dump",
];
/// How a dump tells of which version it is.
const VERSION: &str = "-- Dumped from database version ";
/// Databases that every server has, and no dump creates.
const GIVEN: [&str; 2] = ["postgres", "template1"];
/// The owner of what `initdb` makes, where nothing else is said.
const BOOTSTRAP: &str = "postgres";
const BOOTSTRAP_OID: u64 = 10;

/// Whether text is a dump.
pub(crate) fn is_dump(text: &str) -> bool {
    text.lines()
        .take(20)
        .any(|line| HEADS.contains(&line.trim_end().trim_start_matches('\u{feff}')))
}

/// Everything that the dumps of one server say.
#[derive(Debug, Default)]
pub(crate) struct Dump {
    first: Option<FileIndex>,
    version: Option<u32>,
    release: Option<Text>,
    roles: Vec<Role>,
    memberships: Vec<Membership>,
    tablespaces: Vec<Owned>,
    parameters: Vec<Owned>,
    databases: Vec<Database>,
    contents: BTreeMap<Text, Contents>,
    remarks: Vec<Remark>,
}

/// Where a reader is in a dump.
struct At {
    file: FileIndex,
    /// The database that it is connected to.
    database: Option<Text>,
    /// As whom it runs.
    session: Option<Text>,
}

impl At {
    fn of(&self, token: &Token) -> Location {
        Location {
            file: self.file,
            line: token.line,
            column: token.column,
            pointer: Box::default(),
        }
    }
}

impl Dump {
    /// Takes the text of one file.
    pub(crate) fn take(&mut self, file: FileIndex, text: &str) {
        self.first.get_or_insert(file);
        for line in text.lines() {
            if let Some(release) = line.strip_prefix(VERSION) {
                let release = release.split_whitespace().next().unwrap_or_default();
                let number = release.split('.').next().and_then(|number| number.parse().ok());
                self.version = self.version.or(number);
                self.release.get_or_insert_with(|| release.into());
                break;
            }
        }
        let mut at = At {
            file,
            database: None,
            session: None,
        };
        let mut lexer = Lexer::new(text);
        loop {
            match lexer.statement() {
                Ok(Some(tokens)) => self.statement(&mut at, &tokens),
                Ok(None) => return,
                Err(fault) => {
                    self.remarks.push(Remark {
                        location: Some(Location {
                            file,
                            line: fault.line,
                            column: fault.column,
                            pointer: Box::default(),
                        }),
                        what: format!("{}: the dump ends within a statement", fault.what).into(),
                        hint: "dump it again, to the end".into(),
                        loses: true,
                    });
                    return;
                }
            }
        }
    }

    fn lost(&mut self, at: &At, token: &Token, what: String, hint: &str) {
        self.remarks.push(Remark {
            location: Some(at.of(token)),
            what: what.into(),
            hint: hint.into(),
            loses: true,
        });
    }

    fn database(&mut self, name: &Text) -> &mut Database {
        let known = self
            .databases
            .iter()
            .position(|database| database.owned.name == *name);
        let at = known.unwrap_or_else(|| {
            let owner = GIVEN.contains(&&**name).then(|| Text::from(BOOTSTRAP));
            self.databases.push(Database {
                owned: Owned {
                    name: name.clone(),
                    owner: owner.unwrap_or_default(),
                    ..Owned::default()
                },
                connectable: true,
                connections: -1,
            });
            self.databases.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "it was found, or added, just now")]
        &mut self.databases[at]
    }

    /// The exports of its databases: all that was read, as one server's.
    pub(crate) fn exports(
        mut self,
        folder: &str,
        told: Option<u32>,
        remarks: &mut Vec<Remark>,
    ) -> Vec<(FileIndex, Export)> {
        remarks.append(&mut self.remarks);
        let Some(file) = self.first else { return Vec::new() };
        let whole = |what: String, hint: &str| Remark {
            location: Some(Location {
                file,
                line: 1,
                column: 1,
                pointer: Box::default(),
            }),
            what: what.into(),
            hint: hint.into(),
            loses: true,
        };
        if self.roles.is_empty() {
            let what = "the dump says nothing of the roles of its server, and is left out".to_owned();
            remarks.push(whole(
                what,
                "put the output of `pg_dumpall --globals-only` beside it",
            ));
            return Vec::new();
        }
        // Since 16 each membership says whether it is inherited.
        let by_row = self.memberships.iter().any(|one| one.inherit.is_some());
        let inferred = self.memberships.first().map(|_| if by_row { 16 } else { 15 });
        let version = self.version.or(told).or(inferred);
        let Some(version) = version else {
            let what = "the dump does not say of which version its server is, and is left out".to_owned();
            remarks.push(whole(
                what,
                "name the `version` of the server in leastwise.toml, or dump a database too",
            ));
            return Vec::new();
        };
        self.complete(version);
        let databases: Vec<Text> = self.contents.keys().cloned().collect();
        let mut exports = Vec::new();
        for (name, contents) in std::mem::take(&mut self.contents) {
            let contents = contents.settled();
            contents.odd(&name, &whole, remarks);
            let export = Export {
                version,
                release: self.release.clone().unwrap_or_else(|| version.to_string().into()),
                system: format!("dump of {folder}").into(),
                roles: self.roles.clone(),
                memberships: self.memberships.clone(),
                databases: self.databases.clone(),
                tablespaces: self.tablespaces.clone(),
                parameters: self.parameters.clone(),
                ..contents.export
            };
            exports.push((
                file,
                Export {
                    database: name,
                    ..export
                },
            ));
        }
        if databases.is_empty() {
            let what = "the dump says nothing of what is in any database".to_owned();
            let hint = "put the output of `pg_dump --schema-only --create` of each database beside it";
            remarks.push(Remark {
                loses: false,
                ..whole(what, hint)
            });
            exports.push((
                file,
                Export {
                    version,
                    release: version.to_string().into(),
                    system: format!("dump of {folder}").into(),
                    roles: self.roles,
                    memberships: self.memberships,
                    databases: self.databases,
                    tablespaces: self.tablespaces,
                    parameters: self.parameters,
                    dumped: true,
                    ..Export::default()
                },
            ));
        }
        exports
    }

    /// Adds what every server has and no dump tells: predefined roles, and which role `initdb` made.
    fn complete(&mut self, version: u32) {
        let mut named: Vec<Text> = crate::compile::predefined_roles().map(Text::from).collect();
        named.extend(
            self.memberships
                .iter()
                .map(|one| one.role.clone())
                .filter(|name| name.starts_with("pg_")),
        );
        for name in named {
            if !self.roles.iter().any(|role| role.name == name) {
                self.roles.push(Role {
                    oid: u64::from(u32::MAX),
                    inherit: true,
                    connections: -1,
                    name,
                    ..Role::default()
                });
            }
        }
        let usual = self
            .roles
            .iter()
            .position(|role| role.superuser && &*role.name == BOOTSTRAP);
        let superuser = usual.or_else(|| self.roles.iter().position(|role| role.superuser));
        if let Some(role) = superuser.and_then(|at| self.roles.get_mut(at)) {
            role.oid = BOOTSTRAP_OID;
        }
        if version < 16 {
            for membership in &mut self.memberships {
                (membership.inherit, membership.set) = (None, None);
            }
        }
        self.roles.sort_by(|a, b| a.name.cmp(&b.name));
    }
}
