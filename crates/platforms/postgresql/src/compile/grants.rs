//! Everything in the exports of a server that gives something to somebody.

use leastwise_model::{Gap, Side, Snapshot, Text};
use leastwise_permset::{Atom, Case, Condition, Element, Guard, Pattern, PermissionSet, Region, Strings};
use rustc_hash::FxHashSet;

use super::parts::{Giver, Holder, Kind, Parts, Thing, created_by, only_when, regions, words};
use super::roles::{Roles, quoted};
use crate::acl;
use crate::catalogue::rows;
use crate::object::{Export, Owned};
use crate::server::Server;
use crate::spell;

const PREDEFINED: &str = include_str!("../../data/predefined.tsv");
const MANAGED: &str = include_str!("../../data/managed.tsv");

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
    };
    of_server(&mut giver, first, &mut grants.connect);
    predefined(&mut giver, &mut grants.usage);
    managed(&mut giver, server, &mut grants.usage);
    for export in &server.exports {
        in_database(&mut giver, export, &mut grants.usage);
        later(&mut giver, export);
        system_functions(&mut giver, export);
    }
    unexported(&mut giver, server, first, &mut grants.usage);
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

/// What members of predefined roles may do without any list.
fn predefined(giver: &mut Giver<'_, '_>, usage: &mut Parts) {
    for row in rows(PREDEFINED) {
        let [name, actions, on, source] = *row else {
            continue;
        };
        let Some(role) = giver.roles.find(name) else {
            continue;
        };
        let resources = match on {
            "server" => Strings::literal(spell::SERVER),
            // Nobody but superusers writes to the system's own tables.
            "data" => Strings::any_of(SYSTEM_SCHEMAS.iter().map(|schema| {
                let elements = [
                    Element::OneExcept('/'),
                    Element::ManyExcept('/'),
                    Element::Text(format!("/{schema}/").into()),
                    Element::Many,
                ];
                Pattern::new(elements, Case::Exact)
            }))
            .complement(),
            _ => Strings::any(),
        };
        let statement = format!("members of {name} may do this without any grant: {source}");
        let label = giver.step(
            "predefined role",
            name,
            statement,
            giver.roles.location(role),
            true,
        );
        let set = spell::region(actions.split(','), resources);
        giver.parts.give(Holder::Role(role), label, set);
        if actions.split(',').any(|action| action == "schema:usage") {
            let lifted = Region::new(in_schema(), Strings::any());
            usage.give(Holder::Role(role), label, lifted);
        }
    }
}

/// What a hosted server lets its own strong roles do is not in its catalogs.
fn managed(giver: &mut Giver<'_, '_>, server: &Server, usage: &mut Parts) {
    for row in rows(MANAGED) {
        let [name, host, ..] = *row else { continue };
        let Some(role) = giver.roles.find(name) else {
            continue;
        };
        let atom = giver.snapshot.add_gap(Gap {
            atom: Atom::new(&format!("what {host} lets {name} do on {}", server.name)),
            what: format!(
                "what {host} lets members of {name} do beyond their grants on {}",
                server.name
            )
            .into(),
            settle: format!("the documentation of {host} on {name}").into(),
            side: Side::Adds,
        });
        let statement = format!("{name} may do more on {host} than its grants say");
        let label = giver.step("hosted role", name, statement, giver.roles.location(role), true);
        let guard = Guard::all_of([Condition::Atom(atom).holds()]);
        let lifted = Region::new(in_schema(), Strings::any()).when(guard.clone());
        usage.give(Holder::Role(role), label, lifted);
        let all = Region::everything().when(guard);
        giver.parts.give(Holder::Role(role), label, all);
    }
}

/// The privileges that objects get that are made later, by who makes them. What exists has what it has.
fn later(giver: &mut Giver<'_, '_>, export: &Export) {
    if export.defaults.is_empty() {
        return;
    }
    let database = &export.database;
    let existing = existing(export);
    for default in &export.defaults {
        let (kind, word) = match default.kind {
            'r' => (Kind::Table, "TABLES"),
            'S' => (Kind::Sequence, "SEQUENCES"),
            'f' => (Kind::Function, "FUNCTIONS"),
            'n' => (Kind::Schema, "SCHEMAS"),
            _ => continue,
        };
        let any = || [Element::OneExcept('/'), Element::ManyExcept('/')];
        let text = |text: String| [Element::Text(text.into())];
        let mut elements: Vec<Element> = text(format!("{}/", spell::part(database))).to_vec();
        match (&default.schema, kind) {
            (_, Kind::Schema) => {}
            (Some(schema), _) => elements.extend(text(format!("{}/", spell::part(schema)))),
            (None, _) => elements.extend(any().into_iter().chain(text("/".to_owned()))),
        }
        elements.extend(any());
        let resources = Pattern::new(elements.clone(), Case::Exact);
        elements.extend(text("/".to_owned()).into_iter().chain(any()));
        let columns = Pattern::new(elements, Case::Exact);
        let place = default
            .schema
            .as_ref()
            .map_or_else(String::new, |schema| format!(" IN SCHEMA {}", quoted(schema)));
        for item in default.acl.iter().flatten() {
            let Some(holder) = giver.holder(item.grantee.as_deref(), Some(database)) else {
                continue;
            };
            let granted = super::parts::grant(item, None, word);
            let statement = format!(
                "ALTER DEFAULT PRIVILEGES FOR ROLE {}{place} {granted}",
                quoted(&default.role)
            );
            let label = giver.step(
                "default privileges",
                &default.role,
                statement,
                default.at.clone(),
                false,
            );
            let set = regions(
                kind,
                &words(&item.privileges),
                Strings::one(resources.clone()),
                Strings::one(columns.clone()),
            );
            let set = only_when(&set, [created_by(&default.role)]).difference(&existing);
            giver.parts.give(holder, label, set);
        }
    }
}

/// All that is in an export, whatever is done to it.
fn existing(export: &Export) -> PermissionSet {
    let database = &export.database;
    let mut patterns = Vec::new();
    for schema in &export.schemas {
        patterns.push(Pattern::literal(&spell::path(&[database, &schema.name])));
    }
    for relation in &export.relations {
        let resource = spell::path(&[database, &relation.schema, &relation.owned.name]);
        patterns.push(Pattern::literal(&resource));
        patterns.push(spell::below(&resource));
    }
    for function in &export.functions {
        let name = format!("{}({})", function.owned.name, function.arguments);
        patterns.push(Pattern::literal(&spell::path(&[
            database,
            &function.schema,
            &name,
        ])));
    }
    Region::new(Strings::any(), Strings::any_of(patterns)).into()
}

/// Of functions in the server's own schemas only those are exported that have a list of their own: the others are
/// everybody's, as by default.
fn system_functions(giver: &mut Giver<'_, '_>, export: &Export) {
    let database = &export.database;
    let known = export.functions.iter().map(|function| {
        let name = format!("{}({})", function.owned.name, function.arguments);
        Pattern::literal(&spell::path(&[database, &function.schema, &name]))
    });
    let action = || Strings::literal("function:execute");
    let known = Region::new(action(), Strings::any_of(known));
    let inside = SYSTEM_SCHEMAS.map(|schema| spell::below(&spell::path(&[database, schema])));
    let all = Region::new(action(), Strings::any_of(inside));
    let statement = "functions of the server that have no list are everybody's".to_owned();
    let label = giver.step("built-in default", "pg_catalog", statement, None, true);
    let set = PermissionSet::from(all).difference(&known.into());
    giver.parts.give(Holder::Public, label, set);
}

/// Databases that exist and of which no export is there.
fn unexported(giver: &mut Giver<'_, '_>, server: &Server, first: &Export, usage: &mut Parts) {
    let exported: FxHashSet<&Text> = server.exports.iter().map(|export| &export.database).collect();
    for database in first.databases.iter().filter(|database| database.connectable) {
        let name = &database.owned.name;
        if exported.contains(name) {
            continue;
        }
        let atom = giver.snapshot.add_gap(Gap {
            atom: Atom::new(&format!("database {name} of {} was not exported", server.name)),
            what: format!("the database {name} of {} was not exported", server.name).into(),
            settle: format!("psql -XAtq -d {} -f export.sql > {name}.json", quoted(name)).into(),
            side: Side::Adds,
        });
        let statement = format!("the lists in {} were not exported", quoted(name));
        let label = giver.step("database not exported", name, statement, None, true);
        let guard = Guard::all_of([Condition::Atom(atom).holds()]);
        let inside = || Strings::one(spell::within(&spell::part(name)));
        usage.give(Holder::Public, label, Region::new(in_schema(), inside()));
        let all = Region::new(Strings::any(), inside()).when(guard);
        giver.parts.give(Holder::Public, label, all);
    }
}
