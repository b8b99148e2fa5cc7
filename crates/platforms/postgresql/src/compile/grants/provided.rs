//! What the server gives by itself: predefined roles, roles of hosted servers, functions that are everybody's.

use leastwise_model::{Gap, Side};
use leastwise_permset::{Atom, Case, Condition, Element, Guard, Pattern, PermissionSet, Region, Strings};

use super::super::parts::{Giver, Holder, Parts};
use super::{SYSTEM_SCHEMAS, in_schema};
use crate::catalogue::rows;
use crate::object::Export;
use crate::server::Server;
use crate::spell;

const PREDEFINED: &str = include_str!("../../../data/predefined.tsv");

const MANAGED: &str = include_str!("../../../data/managed.tsv");

/// What members of predefined roles may do without any list.
pub(super) fn predefined(giver: &mut Giver<'_, '_>, usage: &mut Parts) {
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
pub(super) fn managed(giver: &mut Giver<'_, '_>, server: &Server, usage: &mut Parts) {
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

/// Of functions in the server's own schemas only those are exported that have a list of their own: the others are
/// everybody's, as by default.
pub(super) fn system_functions(giver: &mut Giver<'_, '_>, export: &Export) {
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

/// The names of roles that every server has.
pub(crate) fn predefined_roles() -> impl Iterator<Item = &'static str> {
    rows(PREDEFINED)
        .filter_map(|row| row.first().copied())
        .chain([super::super::roles::DATABASE_OWNER])
}
