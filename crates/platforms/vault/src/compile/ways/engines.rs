//! By secrets engines: what their roles mint, and the accounts with which they reach other systems.

use std::collections::BTreeSet;

use leastwise_model::Text;

use super::super::identity::What;
use super::super::people::Placed;
use super::super::policies::Policies;
use super::super::{engine, logins};
use super::roles::new_names;
use super::{Adding, need};
use crate::export::{Connection, Namespace};
use crate::operation::Operation;
use crate::protected::rows;

const ENGINES: &str = include_str!("../../../data/engines.tsv");

pub(super) fn compile(
    adding: &mut Adding<'_, '_>,
    path: &Text,
    namespace: &Namespace,
    policies: &Policies,
    placed: &Placed,
) {
    for (place, role) in &namespace.engine_roles {
        let Some(index) = placed.by_what.get(&(path.clone(), What::Minted(place.clone()))) else {
            continue;
        };
        let connection = engine::connection(namespace, role).map(|(_, connection)| connection);
        if connection.is_some_and(|connection| !engine::admits(connection, &role.name)) {
            continue;
        }
        let kind = engine::kind(namespace, role);
        for row in rows(ENGINES) {
            let [of, collection, operation, template, ..] = *row else {
                continue;
            };
            let Some(operation) = Operation::named(operation) else {
                continue;
            };
            if of != kind || collection != &*role.collection {
                continue;
            }
            let asked = template.replace("{m}", &role.mount).replace("{r}", &role.name);
            let needs = vec![need(operation, &format!("{path}{asked}"), &[])];
            adding.become_one("mint", needs, &placed.everybody, *index);
        }
    }
    for (place, connection) in &namespace.connections {
        let Some(index) = placed.by_what.get(&(path.clone(), What::Minted(place.clone()))) else {
            continue;
        };
        for needs in statements_of_ones_own(path, namespace, policies, connection) {
            adding.become_one("write-statements", needs, &placed.everybody, *index);
        }
    }
}

/// What it takes to have a connection run statements of one's own: writing a role that the connection admits, and having
/// it mint. A role that exists is updated, another created.
fn statements_of_ones_own(
    path: &Text,
    namespace: &Namespace,
    policies: &Policies,
    connection: &Connection,
) -> Vec<Vec<leastwise_model::Need>> {
    let roles = format!("{}roles/", connection.mount);
    let creds = format!("{}creds/", connection.mount);
    let mut names: BTreeSet<String> = new_names(policies, path, &roles);
    names.extend(new_names(policies, path, &creds));
    names.extend(
        connection
            .allowed
            .iter()
            .map(|name| name.replace('*', super::NEW)),
    );
    names.extend(
        namespace
            .engine_roles
            .values()
            .filter(|role| role.mount == connection.mount && &*role.collection == "roles")
            .map(|role| role.name.to_string()),
    );
    let admitted = |name: &&String| connection.allowed.iter().any(|glob| logins::glob(glob, name));
    let each = names.iter().filter(admitted).map(|name| {
        let at = format!("{roles}{name}");
        let known = namespace.engine_roles.get(at.as_str());
        let write = match known {
            Some(_) => Operation::Update,
            None => Operation::Create,
        };
        let here = known.is_some_and(|role| role.about.get("db_name") == Some(&connection.name));
        let carried: &[&str] = match here {
            true => &["creation_statements"],
            false => &["creation_statements", "db_name"],
        };
        vec![
            need(write, &format!("{path}{at}"), carried),
            need(Operation::Read, &format!("{path}{creds}{name}"), &[]),
        ]
    });
    each.collect()
}
