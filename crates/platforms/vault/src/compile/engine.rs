//! Secrets engines that make identities on other servers: which connection a role uses, and what it makes there.

use leastwise_model::{Made, Mint, Snapshot, Text};

use super::identity::What;
use super::people::Placed;
use super::{World, logins};
use crate::export::{Connection, EngineRole, Namespace};

/// The type of the engine at a role's mount; the mount's name where the export does not tell.
pub(super) fn kind<'n>(namespace: &'n Namespace, role: &'n EngineRole) -> &'n str {
    kind_at(namespace, &role.mount)
}

fn kind_at<'n>(namespace: &'n Namespace, mount: &'n str) -> &'n str {
    let mounts = namespace.mounts.as_ref();
    mounts
        .and_then(|mounts| mounts.get(mount))
        .map_or_else(|| mount.trim_end_matches('/'), |mount| &*mount.kind)
}

/// The path of the connection that a role of a database engine uses; `None` for other engines.
fn path_of(namespace: &Namespace, role: &EngineRole) -> Option<Text> {
    if kind(namespace, role) != "database" {
        return None;
    }
    let name = role.about.get("db_name")?;
    Some(format!("{}config/{name}", role.mount).into())
}

/// The connection that a role of a database engine uses, where it was exported.
pub(super) fn connection<'n>(
    namespace: &'n Namespace,
    role: &EngineRole,
) -> Option<(&'n Text, &'n Connection)> {
    namespace.connections.get_key_value(&path_of(namespace, role)?)
}

/// Whether a connection lets a role use it.
pub(super) fn admits(connection: &Connection, role: &str) -> bool {
    connection.allowed.iter().any(|glob| logins::glob(glob, role))
}

/// Tells what database engines make on the servers that they are connected to.
pub(super) fn mints(world: &World<'_>, placed: &Placed, snapshot: &mut Snapshot) {
    for (path, namespace) in &world.server.namespaces {
        for (place, role) in &namespace.engine_roles {
            let Some(at) = path_of(namespace, role) else {
                continue;
            };
            let connection = namespace.connections.get(&at);
            if connection.is_some_and(|connection| !admits(connection, &role.name)) {
                continue;
            }
            let makes = match role.about.get("username") {
                Some(name) if &*role.collection == "static-roles" => Made::Existing(name.clone()),
                _ if &*role.collection == "roles" => Made::New(role.statements.clone()),
                _ => continue,
            };
            let by = world.id(&format!("{path}{place}"));
            let settle = format!("export {path}{at}, and name the server's address in leastwise.toml");
            let mint = mint(by, connection, makes, settle.into());
            snapshot.mints.push(Mint {
                location: Some(role.location.clone()),
                ..mint
            });
        }
        for (place, connection) in &namespace.connections {
            let known = placed
                .by_what
                .contains_key(&(path.clone(), What::Minted(place.clone())));
            let (true, Some(maker)) = (known, &connection.username) else {
                continue;
            };
            let by = world.id(&format!("{path}{place}"));
            let settle = format!("export {path}{place}, and name the server's address in leastwise.toml");
            let makes = Made::Existing(maker.clone());
            let mint = mint(by, Some(connection), makes, settle.into());
            snapshot.mints.push(Mint {
                location: Some(connection.location.clone()),
                ..mint
            });
        }
    }
}

fn mint(by: Text, connection: Option<&Connection>, makes: Made, settle: Text) -> Mint {
    Mint {
        by,
        kind: connection.and_then(|connection| connection.kind.clone()),
        address: connection.and_then(|connection| connection.address.clone()),
        place: connection.and_then(|connection| connection.database.clone()),
        maker: connection.and_then(|connection| connection.username.clone()),
        makes,
        settle,
        location: None,
    }
}

/// Types of engines that give nobody an identity elsewhere: they keep data, or are the server's own.
const HARMLESS: [&str; 8] = [
    "kv",
    "generic",
    "cubbyhole",
    "identity",
    "system",
    "ns_cubbyhole",
    "ns_identity",
    "ns_system",
];

/// Whether all is told that the server makes on others: its engines are known, and of each database engine every
/// connection and role.
pub(super) fn all_told(world: &World<'_>) -> bool {
    let all = &world.server.namespaces;
    !world.loose
        && all.contains_key("")
        && all.values().all(|namespace| {
            namespace
                .mounts
                .iter()
                .flatten()
                .all(|(mount, about)| match &*about.kind {
                    "database" => ["config", "roles", "static-roles"].iter().all(|collection| {
                        let folder = format!("{mount}{collection}/");
                        namespace.lists.get(folder.as_str()).is_some_and(|names| {
                            names.iter().all(|name| {
                                let place = Text::from(format!("{folder}{name}"));
                                namespace.engine_roles.contains_key(&place)
                                    || namespace.connections.contains_key(&place)
                            })
                        })
                    }),
                    kind => HARMLESS.contains(&kind),
                })
                && namespace.mounts.is_some()
        })
}
