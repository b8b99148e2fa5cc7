//! Everything in the exports of a server that gives something to somebody.

mod later;
mod provided;
mod untold;

use leastwise_model::Snapshot;
use leastwise_permset::{PermissionSet, Region, Strings};
pub(crate) use provided::predefined_roles;

use super::parts::{Giver, Holder, Kind, Parts, Thing, Wording};
use super::roles::{Roles, quoted};
use crate::acl;
use crate::object::{Export, Owned};
use crate::server::Server;
use crate::spell;

/// Kinds whose names are looked up in a schema, for which USAGE is asked.
pub(crate) const IN_SCHEMA: [&str; 4] = ["table", "column", "sequence", "function"];

/// Schemas of the server itself, of which only functions with lists of their own are exported.
const SYSTEM_SCHEMAS: [&str; 2] = ["pg_catalog", "information_schema"];

/// Actions on the database itself that are done from within it.
pub(crate) const IN_SESSION: [&str; 3] = ["database:connect", "database:create", "database:temporary"];

/// What holders have, and by what they get to it.
pub(crate) struct Grants {
    /// Privileges, ownership and predefined powers.
    pub parts: Parts,
    /// USAGE of schemas, lifted to all that is in them.
    pub usage: Parts,
    /// CONNECT to databases, lifted to all that is in them.
    pub connect: Parts,
}

/// The actions on what is looked up in schemas.
pub(crate) fn in_schema() -> Strings {
    Strings::any_of(IN_SCHEMA.iter().map(|kind| spell::actions_of(kind)))
}

/// Everything in a database, and what is done to it from within.
pub(crate) fn sessions_in(database: &str) -> PermissionSet {
    let resource = spell::part(database);
    let inside = Region::new(Strings::any(), Strings::one(spell::within(&resource)));
    let itself = spell::region(IN_SESSION, Strings::literal(&resource));
    PermissionSet::from(inside).union(&itself.into())
}

/// Finds what everybody has.
pub(crate) fn collect(server: &Server, roles: &Roles<'_>, snapshot: &mut Snapshot) -> Grants {
    let mut grants = Grants {
        parts: Parts::default(),
        usage: Parts::default(),
        connect: Parts::default(),
    };
    let Some(first) = server.exports.first() else {
        return grants;
    };
    let mut giver = Giver {
        roles,
        snapshot,
        parts: &mut grants.parts,
        wording: &mut Wording::default(),
    };
    of_server(&mut giver, first, &mut grants.connect);
    provided::predefined(&mut giver, &mut grants.usage);
    provided::managed(&mut giver, server, &mut grants.usage);
    for export in &server.exports {
        in_database(&mut giver, export, &mut grants.usage);
        later::later(&mut giver, export);
        if export.dumped {
            untold::undumped(&mut giver, export, server, &mut grants.usage);
        } else {
            provided::system_functions(&mut giver, export);
        }
    }
    untold::unexported(&mut giver, server, first, &mut grants.usage);
    grants
}

fn of_server(giver: &mut Giver<'_, '_>, export: &Export, connect: &mut Parts) {
    for database in &export.databases {
        let owned = &database.owned;
        let thing = Thing {
            kind: Kind::Database,
            database: Some(&owned.name),
            resource: spell::part(&owned.name),
            title: quoted(&owned.name),
            owned,
        };
        giver.thing(&thing, false);
        if database.connectable {
            let lifted = sessions_in(&owned.name);
            lift(giver, &thing, 'c', &lifted, connect);
        }
    }
    let shared = [
        (Kind::Tablespace, &export.tablespaces),
        (Kind::Parameter, &export.parameters),
    ];
    for (kind, all) in shared {
        for owned in all {
            let system = kind == Kind::Tablespace && owned.name.starts_with("pg_");
            let thing = Thing {
                kind,
                database: None,
                resource: spell::part(&owned.name),
                title: quoted(&owned.name),
                owned,
            };
            giver.thing(&thing, system);
        }
    }
}

/// Gives `lifted` to whoever has one privilege on a thing: the path goes over the statement that says so.
fn lift(giver: &mut Giver<'_, '_>, thing: &Thing<'_>, letter: char, lifted: &PermissionSet, to: &mut Parts) {
    let on = format!("{} {}", thing.kind.word(), thing.title);
    let word = acl::word(letter).unwrap_or_default().to_uppercase();
    let at = thing.owned.at.clone();
    let Some(items) = &thing.owned.acl else {
        if let Some(owner) = giver.holder(Some(&thing.owned.owner), thing.database) {
            let statement = format!(
                "{} owns {on} and has {word} by default",
                quoted(&thing.owned.owner)
            );
            let label = giver.step("built-in default", &thing.title, statement, at.clone(), true);
            to.give(owner, label, lifted.clone());
        }
        if thing.kind.public_letters().contains(letter) {
            let statement = format!("PUBLIC has {word} on {on} by default");
            let label = giver.step("built-in default", &thing.title, statement, at, true);
            to.give(Holder::Public, label, lifted.clone());
        }
        return;
    };
    for item in items {
        if !item.privileges.iter().any(|(held, _)| *held == letter) {
            continue;
        }
        let Some(holder) = giver.holder(item.grantee.as_deref(), thing.database) else {
            continue;
        };
        let whom = item
            .grantee
            .as_deref()
            .map_or_else(|| "PUBLIC".to_owned(), quoted);
        let statement = format!(
            "GRANT {word} ON {} TO {whom}",
            on.replacen(thing.kind.word(), &thing.kind.word().to_uppercase(), 1)
        );
        let label = giver.step("grant", &thing.title, statement, at.clone(), false);
        to.give(holder, label, lifted.clone());
    }
}

fn in_database(giver: &mut Giver<'_, '_>, export: &Export, usage: &mut Parts) {
    let database = &export.database;
    for owned in &export.schemas {
        let system = SYSTEM_SCHEMAS.contains(&&*owned.name);
        let resource = spell::path(&[database, &owned.name]);
        let thing = Thing {
            kind: Kind::Schema,
            database: Some(database),
            title: quoted(&owned.name),
            owned,
            resource: resource.clone(),
        };
        giver.thing(&thing, system);
        let lifted = Region::new(in_schema(), Strings::one(spell::within(&resource)));
        lift(giver, &thing, 'U', &lifted.into(), usage);
        // The owner of a schema may drop what is in it, whoever owns that.
        if let Some(owner) = giver
            .holder(Some(&owned.owner), Some(database))
            .filter(|_| !system)
        {
            let statement = format!("ALTER SCHEMA {} OWNER TO {}", thing.title, quoted(&owned.owner));
            let label = giver.step("ownership", &thing.title, statement, owned.at.clone(), false);
            let drops = spell::region(
                ["table:drop", "sequence:drop", "function:drop"],
                Strings::one(spell::below(&resource)),
            );
            giver.parts.give(owner, label, drops);
        }
    }
    for relation in &export.relations {
        let kind = if relation.kind == 'S' {
            Kind::Sequence
        } else {
            Kind::Table
        };
        let thing = Thing {
            kind,
            database: Some(database),
            resource: spell::path(&[database, &relation.schema, &relation.owned.name]),
            title: format!("{}.{}", quoted(&relation.schema), quoted(&relation.owned.name)),
            owned: &relation.owned,
        };
        let system = SYSTEM_SCHEMAS.contains(&&*relation.schema);
        giver.thing(&thing, system || relation.extension.is_some());
        for (name, acl) in &relation.columns {
            giver.column(&thing, name, acl);
        }
        if relation.partial {
            untold::other_columns(giver, &thing, relation);
        }
    }
    for function in &export.functions {
        let name = format!("{}({})", function.owned.name, function.arguments);
        let thing = Thing {
            kind: Kind::Function,
            database: Some(database),
            resource: spell::path(&[database, &function.schema, &name]),
            title: format!(
                "{}.{}({})",
                quoted(&function.schema),
                quoted(&function.owned.name),
                function.arguments
            ),
            owned: &function.owned,
        };
        let system = function.extension.is_some() || SYSTEM_SCHEMAS.contains(&&*function.schema);
        giver.thing(&thing, system);
    }
    let plain: [(Kind, &[Owned]); 3] = [
        (Kind::Language, &export.languages),
        (Kind::Wrapper, &export.wrappers),
        (Kind::ForeignServer, &export.servers),
    ];
    for (kind, all) in plain {
        for owned in all {
            let system =
                kind == Kind::Language && matches!(&*owned.name, "internal" | "c" | "sql" | "plpgsql");
            let thing = Thing {
                kind,
                database: Some(database),
                resource: spell::path(&[database, &owned.name]),
                title: quoted(&owned.name),
                owned,
            };
            giver.thing(&thing, system);
        }
    }
}
