//! A server of PostgreSQL: roles with memberships, schemas, and relations with their lists.

use std::io::{self, Write};

use crate::json::{array, object, string, strings};
use crate::{Random, Size};

/// The shape of a server.
#[derive(Debug, Clone, Copy)]
pub struct PostgreSqlServer {
    /// Roles: a tenth are groups, the others log in and are members of one or two.
    pub roles: usize,
    /// Tables, views and sequences of one database.
    pub relations: usize,
    /// Schemas, among which relations are spread.
    pub schemas: usize,
    /// Where the random numbers begin.
    pub seed: u64,
}

impl Default for PostgreSqlServer {
    fn default() -> Self {
        Self {
            roles: 200,
            relations: 5_000,
            schemas: 50,
            seed: 7,
        }
    }
}

const NONE: &str = "null";

/// Writes an export of version 17.
///
/// # Errors
/// Where the output cannot be written.
pub fn postgresql_server(shape: &PostgreSqlServer, out: &mut dyn Write) -> io::Result<Size> {
    let mut random = Random::new(shape.seed);
    let groups = (shape.roles / 10).max(1);
    let name = |number: usize| {
        if number < groups {
            format!("team_{number}")
        } else {
            format!("service_{number}")
        }
    };
    let owned = |name: &str, owner: &str, acl: String| {
        object(&[("name", string(name)), ("owner", string(owner)), ("acl", acl)])
    };
    let server = object(&[
        ("version_num", "170010".into()),
        ("version", string("17.10")),
        ("system", string("7000000000000000001")),
        ("name", NONE.into()),
        ("database", string("shop")),
    ]);
    let role = |name: &str, oid: usize, superuser: bool, login: bool| {
        let truth = |value: bool| value.to_string();
        object(&[
            ("name", string(name)),
            ("oid", oid.to_string()),
            ("superuser", truth(superuser)),
            ("inherit", truth(true)),
            ("createrole", truth(superuser)),
            ("createdb", truth(superuser)),
            ("login", truth(login)),
            ("replication", truth(superuser)),
            ("bypassrls", truth(superuser)),
            ("connections", "-1".into()),
            ("valid_until", NONE.into()),
            ("comment", NONE.into()),
        ])
    };
    let mut roles = vec![
        role("postgres", 10, true, true),
        role("pg_database_owner", 6171, false, false),
    ];
    let mut memberships = Vec::new();
    for number in 0..shape.roles {
        roles.push(role(&name(number), 20_000 + number, false, number >= groups));
        for _ in 0..usize::from(number >= groups) * (1 + random.below(2)) {
            memberships.push(object(&[
                ("role", string(name(random.below(groups)))),
                ("member", string(name(number))),
                ("grantor", string("postgres")),
                ("admin", random.chance(0.02).to_string()),
                ("inherit", random.chance(0.9).to_string()),
                ("set", "true".into()),
            ]));
        }
    }
    let database = object(&[
        ("name", string("shop")),
        ("owner", string("postgres")),
        ("connectable", "true".into()),
        ("connections", "-1".into()),
        ("acl", NONE.into()),
    ]);
    write!(
        out,
        "{{\"leastwise_export\":\"postgresql/v1\",\"server\":{server},\"roles\":{},\n\"memberships\":{},\n\"databases\":[{database}],\
         \"tablespaces\":[],\"parameters\":[],\"hba\":null,\n\"schemas\":[",
        array(&roles),
        array(&memberships)
    )?;
    for number in 0..shape.schemas {
        let owner = name(number % groups);
        let acl = [
            format!("{owner}=UC/{owner}"),
            format!("{}=U/{owner}", name((number + 1) % groups)),
        ];
        let comma = if number > 0 { ",\n" } else { "" };
        write!(
            out,
            "{comma}{}",
            owned(&format!("s_{number}"), &owner, strings(&acl))
        )?;
    }
    write!(out, "],\n\"relations\":[")?;
    let mut grants = memberships.len();
    for number in 0..shape.relations {
        let schema = number % shape.schemas.max(1);
        let owner = name(schema % groups);
        let mut acl = vec![format!("{owner}=arwdDxt/{owner}")];
        for _ in 0..random.below(3) {
            let letters = ["r", "r", "arw", "arwd", "r*"];
            let letters = letters.get(random.below(letters.len())).copied().unwrap_or("r");
            acl.push(format!(
                "{}={letters}/{owner}",
                name(random.below(shape.roles.max(1)))
            ));
        }
        if random.chance(0.005) {
            acl.push(format!("=r/{owner}"));
        }
        grants += acl.len();
        let kind = if number % 20 == 19 { "S" } else { "r" };
        let about = object(&[
            ("schema", string(format!("s_{schema}"))),
            ("name", string(format!("t_{number}"))),
            ("kind", string(kind)),
            ("owner", string(&owner)),
            (
                "acl",
                if number % 4 == 0 {
                    NONE.into()
                } else {
                    strings(&acl)
                },
            ),
            ("columns", NONE.into()),
            ("row_security", "false".into()),
            ("forced", "false".into()),
            ("policies", NONE.into()),
            ("view", NONE.into()),
            ("extension", NONE.into()),
        ]);
        let comma = if number > 0 { ",\n" } else { "" };
        write!(out, "{comma}{about}")?;
    }
    writeln!(
        out,
        "],\n\"functions\":[],\"languages\":[],\"wrappers\":[],\"foreign_servers\":[],\"user_mappings\":[],\"default_privileges\":[]}}"
    )?;
    Ok(Size {
        identities: shape.roles + 2,
        grants,
        objects: shape.relations + shape.schemas + shape.roles,
    })
}
