//! The twin against compiled sets, in random small worlds.

#![cfg(test)]

use std::collections::BTreeSet;

use leastwise_bench::Random;
use leastwise_model::{File, FileIndex, Settings, Snapshot, Text};
use leastwise_permset::{Context, Key, Request};

use super::Asked;
use crate::acl::{Acl, AclItem};
use crate::object::{Database, Export, Membership, Owned, Policy, Relation, Role};

const NAMES: [&str; 5] = ["ada", "bob", "cyd", "pg_database_owner", "pg_read_all_data"];
const TABLE: [&str; 8] = [
    "select",
    "insert",
    "update",
    "delete",
    "truncate",
    "references",
    "trigger",
    "maintain",
];
const COLUMN: [&str; 4] = ["select", "insert", "update", "references"];

struct Maker(Random);

impl Maker {
    fn name(&mut self) -> Text {
        NAMES[self.0.below(NAMES.len())].into()
    }

    fn grantee(&mut self) -> Option<Text> {
        if self.0.chance(0.25) {
            None
        } else {
            Some(self.name())
        }
    }

    fn acl(&mut self, letters: &str) -> Acl {
        if self.0.chance(0.3) {
            return None;
        }
        let count = self.0.below(4);
        Some(
            (0..count)
                .map(|_| AclItem {
                    grantee: self.grantee(),
                    privileges: letters
                        .chars()
                        .filter(|_| self.0.chance(0.4))
                        .collect::<Vec<_>>()
                        .into_iter()
                        .map(|letter| (letter, self.0.chance(0.3)))
                        .collect(),
                    grantor: "ada".into(),
                })
                .collect(),
        )
    }

    fn owned(&mut self, name: &str, letters: &str) -> Owned {
        Owned {
            name: name.into(),
            owner: self.name(),
            acl: self.acl(letters),
            at: None,
        }
    }

    fn expression(&mut self) -> Option<Text> {
        match self.0.below(6) {
            0 => None,
            1 => Some("true".into()),
            2 => Some("false".into()),
            _ => Some("(a > 0)".into()),
        }
    }

    fn relation(&mut self, version: u32, schema: &str, name: &str, kind: char) -> Relation {
        let columns = if kind == 'r' && self.0.chance(0.6) {
            vec!["a", "b"]
        } else {
            Vec::new()
        };
        let letters = match (kind, version) {
            ('S', _) => "rwU",
            (_, 17..) => "rawdDxtm",
            _ => "rawdDxt",
        };
        Relation {
            schema: schema.into(),
            owned: self.owned(name, letters),
            kind,
            columns: columns
                .into_iter()
                .map(|name| (name.into(), self.acl("rawx")))
                .collect(),
            row_security: kind == 'r' && self.0.chance(0.4),
            forced: self.0.chance(0.3),
            policies: (0..self.0.below(4))
                .map(|at| Policy {
                    name: format!("p{at}").into(),
                    command: ['*', 'r', 'a', 'w', 'd'][self.0.below(5)],
                    permissive: self.0.chance(0.7),
                    roles: vec![self.grantee()],
                    using: self.expression(),
                    check: self.expression(),
                    at: None,
                })
                .collect(),
            ..Relation::default()
        }
    }

    fn export(&mut self) -> Export {
        let version = [15, 16, 17, 18][self.0.below(4)];
        let roles = NAMES.iter().map(|name| Role {
            name: (*name).into(),
            inherit: self.0.chance(0.7),
            login: !name.starts_with("pg_") && self.0.chance(0.7),
            superuser: !name.starts_with("pg_") && self.0.chance(0.05),
            bypassrls: self.0.chance(0.1),
            connections: -1,
            ..Role::default()
        });
        let roles = roles.collect();
        let memberships = (0..self.0.below(5)).map(|_| {
            let (role, member) = (self.name(), NAMES[self.0.below(3)].into());
            Membership {
                role,
                member,
                admin: self.0.chance(0.3),
                inherit: (version >= 16).then(|| self.0.chance(0.6)),
                set: (version >= 16).then(|| self.0.chance(0.6)),
                ..Membership::default()
            }
        });
        // Nobody can be granted the role that owners of databases have.
        let memberships = memberships
            .filter(|row| &*row.role != "pg_database_owner")
            .collect();
        Export {
            version,
            system: "1".into(),
            database: "d".into(),
            roles,
            memberships,
            databases: vec![Database {
                owned: Owned {
                    owner: NAMES[self.0.below(3)].into(),
                    ..self.owned("d", "CTc")
                },
                connectable: true,
                connections: -1,
            }],
            schemas: vec![self.owned("s", "UC"), self.owned("s/2", "UC")],
            relations: vec![
                self.relation(version, "s", "t", 'r'),
                self.relation(version, "s/2", "t", 'r'),
                self.relation(version, "s", "q", 'S'),
            ],
            ..Export::default()
        }
    }
}

fn questions() -> Vec<(String, Vec<&'static str>)> {
    let mut all = Vec::new();
    let mut add = |kind: &str, words: &[&str], names: &[&'static str]| {
        for word in words {
            all.push((format!("{kind}:{word}"), names.to_vec()));
            if !matches!(*word, "alter" | "drop") {
                all.push((format!("{kind}:grant-{word}"), names.to_vec()));
            }
        }
    };
    add(
        "database",
        &["connect", "create", "temporary", "alter", "drop"],
        &[],
    );
    for schema in ["s", "s/2"] {
        add("schema", &["usage", "create", "alter", "drop"], &[schema]);
        add("table", &TABLE, &[schema, "t"]);
        add("table", &["alter", "drop"], &[schema, "t"]);
        add("column", &COLUMN, &[schema, "t", "a"]);
    }
    add(
        "sequence",
        &["usage", "select", "update", "alter", "drop"],
        &["s", "q"],
    );
    all
}

fn compiled(export: &Export) -> Snapshot {
    let mut snapshot = Snapshot::new();
    snapshot.add_file(File {
        path: "d.json".into(),
        unit: "d.json".into(),
    });
    let exports = vec![(FileIndex(0), export.clone())];
    let servers = crate::server::partition(exports, &Settings::default(), &mut snapshot);
    crate::compile::compile(&servers, &mut snapshot);
    snapshot
}

#[test]
fn compiled_sets_say_what_the_documents_say() {
    let mut maker = Maker(Random::new(20));
    let questions = questions();
    let (mut checks, mut yes) = (0, 0);
    for world in 0..120 {
        let export = maker.export();
        let snapshot = compiled(&export);
        let takers = |role: &str| {
            // Such roles act in sessions of others; those are left to the comparison with real servers.
            export.memberships.iter().any(|row| &*row.role == role)
        };
        for role in &export.roles {
            let all = role.name.starts_with("pg_") || !role.login && takers(&role.name);
            if all {
                continue;
            }
            let identity = snapshot.identities.iter().find(|one| one.name == role.name);
            let set = identity.map(|one| one.holding.effective()).unwrap_or_default();
            let mut row = BTreeSet::new();
            let mut new = BTreeSet::new();
            for place in ["d/s/t", "d/s%2F2/t"] {
                for policy in 0..4 {
                    for rows in [&mut row, &mut new] {
                        if maker.0.chance(0.5) {
                            rows.insert(format!("p{policy} on {place}"));
                        }
                    }
                }
            }
            let asked = Asked {
                export: &export,
                role,
                passes: (&row, &new),
            };
            for (action, names) in &questions {
                let wanted = asked.decide(action, names);
                // A superuser that cannot log in has no session of its own.
                if role.superuser && action == "database:connect" {
                    continue;
                }
                let path: Vec<&str> = std::iter::once("d").chain(names.iter().copied()).collect();
                let context = Context::new()
                    .with(Key::new("row-passes"), &row)
                    .with(Key::new("new-row-passes"), &new);
                let request = Request::new(action, &crate::spell::path(&path)).within(context);
                assert_eq!(
                    set.contains(&request),
                    wanted,
                    "world {world}: {} {action} on {names:?}\n{export:#?}",
                    role.name
                );
                checks += 1;
                yes += usize::from(wanted);
            }
        }
    }
    assert!(
        checks > 10_000 && yes > 1_000 && checks - yes > 1_000,
        "{checks} checks, {yes} yes"
    );
}
