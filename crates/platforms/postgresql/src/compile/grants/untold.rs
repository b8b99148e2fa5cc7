//! What an export or a dump does not tell, as gaps.

use leastwise_model::{Gap, Side, Text};
use leastwise_permset::{Atom, Condition, Guard, PermissionSet, Region, Strings};
use rustc_hash::FxHashSet;

use super::super::parts::{Giver, Holder, Parts, Thing, words};
use super::super::roles::quoted;
use super::later::existing;
use super::{SYSTEM_SCHEMAS, in_schema};
use crate::object::{Export, Relation};
use crate::server::Server;
use crate::spell;

/// Whoever holds all columns holds the table: of one whose columns are not all told, that is open.
pub(super) fn other_columns(giver: &mut Giver<'_, '_>, thing: &Thing<'_>, relation: &Relation) {
    let database = thing.database.map_or("", |database| &**database);
    let name = format!("which columns {} in {database} has", thing.title);
    let atom = giver.snapshot.add_gap(Gap {
        atom: Atom::new(&name),
        what: name.as_str().into(),
        settle: format!("psql -d {database} -c '\\d {}'", thing.title).into(),
        side: Side::Adds,
    });
    let items = relation.columns.iter().flat_map(|(_, acl)| acl.iter().flatten());
    for item in items {
        let Some(holder) = giver.holder(item.grantee.as_deref(), thing.database) else {
            continue;
        };
        let label = giver.step(
            "columns not told",
            &thing.title,
            name.clone(),
            thing.owned.at.clone(),
            false,
        );
        let words: Vec<String> = words(&item.privileges)
            .into_iter()
            .map(|word| format!("table:{word}"))
            .collect();
        let guard = Guard::all_of([Condition::Atom(atom.clone()).holds()]);
        let set = spell::region(
            words.iter().map(String::as_str),
            Strings::literal(&thing.resource),
        )
        .when(guard);
        giver.parts.give(holder, label, set);
    }
}

/// What a dump says nothing of: the server's own objects, and those of extensions.
pub(super) fn undumped(giver: &mut Giver<'_, '_>, export: &Export, server: &Server, usage: &mut Parts) {
    let database = &export.database;
    if database.is_empty() {
        return;
    }
    let system =
        SYSTEM_SCHEMAS.map(|schema| ("the server's own objects".to_owned(), Some(Text::from(schema))));
    let extensions = export
        .extensions
        .iter()
        .map(|(name, schema)| (format!("objects of the extension {name}"), schema.clone()));
    let known = existing(export);
    for (whose, schema) in system.into_iter().chain(extensions) {
        let place = schema.as_ref().map_or_else(
            || database.to_string(),
            |schema| format!("{schema} in {database}"),
        );
        let name = format!("{whose} of {place} on {} are not in a dump", server.name);
        let atom = giver.snapshot.add_gap(Gap {
            atom: Atom::new(&name),
            what: name.as_str().into(),
            settle: "leastwise collect postgresql".into(),
            side: Side::Both,
        });
        let inside = match &schema {
            Some(schema) => spell::within(&spell::path(&[database, schema])),
            None => spell::within(&spell::part(database)),
        };
        let label = giver.step("not in a dump", &place, name, None, true);
        let guard = Guard::all_of([Condition::Atom(atom).holds()]);
        let all = Region::new(Strings::any(), Strings::one(inside.clone())).when(guard);
        let all = PermissionSet::from(all).difference(&known);
        giver.parts.give(Holder::Public, label, all);
        if schema.is_none() {
            usage.give(
                Holder::Public,
                label,
                Region::new(in_schema(), Strings::one(inside)),
            );
        }
    }
}

/// Databases that exist and of which no export is there.
pub(super) fn unexported(giver: &mut Giver<'_, '_>, server: &Server, first: &Export, usage: &mut Parts) {
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
