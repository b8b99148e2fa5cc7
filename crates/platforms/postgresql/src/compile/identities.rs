//! Roles of a server → identities of the snapshot.

mod columns;
mod entitlements;
mod own;

use super::bounds::{Bounds, Inherited};
use super::grants::Grants;
use super::parts::Holder;
use super::roles::{DATABASE_OWNER, Roles, quoted};
use super::rows::Rows;
use crate::object::Role;
use crate::server::Server;
use crate::spell;
use leastwise_model::{
    Assumption, Credential, CredentialKind, Effect, Evidence, Facts, Holding, Identity, IdentityIndex,
    IdentityKind, InstanceIndex, LastUse, Layer, Nature, Side, Snapshot, Step, Text,
};
use leastwise_permset::{Condition, Guard, Label, PermissionSet, Region, Strings};
use rustc_hash::FxHashMap;

/// The role that `initdb` makes.
const BOOTSTRAP_OID: u64 = 10;

/// Everybody's layers, and what PUBLIC has.
pub(crate) struct Held {
    of_role: Vec<Vec<Layer>>,
    public: Vec<Layer>,
}

/// Where roles stand in the snapshot.
pub(crate) struct Placed {
    indices: Vec<IdentityIndex>,
}

impl Placed {
    pub(crate) fn index(&self, role: u32) -> Option<IdentityIndex> {
        self.indices.get(role as usize).copied()
    }
}

fn step(snapshot: &mut Snapshot, kind: &str, name: &str, statement: String, about: Option<&Role>) -> Label {
    snapshot.add_step(Step {
        kind: kind.into(),
        name: name.into(),
        statement: statement.into(),
        location: about.and_then(|about| about.at.clone()),
        provided: about.is_none(),
    })
}

fn layer(effect: Effect, title: &str, set: PermissionSet) -> Layer {
    Layer {
        effect,
        title: title.into(),
        set,
    }
}

/// The layer that says in which databases there can be sessions.
pub(crate) const SESSIONS: &str = "sessions (LOGIN, CONNECT, pg_hba.conf)";
const BOUND: Effect = Effect::Bounds { others: false };

/// What everybody holds, layer by layer.
pub(crate) fn hold(
    server: &Server,
    roles: &Roles<'_>,
    grants: &Grants,
    rows: &[Rows<'_>],
    bounds: &Bounds<'_>,
    snapshot: &mut Snapshot,
) -> Held {
    let public = step(
        snapshot,
        "PUBLIC",
        "PUBLIC",
        "every role holds what is granted to PUBLIC".to_owned(),
        None,
    );
    let mut owners: FxHashMap<Text, Label> = FxHashMap::default();
    for database in &bounds.databases {
        let name = &database.owned.name;
        let statement = format!("the owner of {} is {DATABASE_OWNER} there", quoted(name));
        let label = step(snapshot, "database owner", name, statement, None);
        owners.insert(name.clone(), label);
    }
    let owner = |database: &str| owners.get(database).copied();
    let inherited = Inherited {
        public,
        owner: &owner,
    };
    let parts: FxHashMap<Holder, PermissionSet> = grants
        .parts
        .given
        .keys()
        .map(|holder| (holder.clone(), grants.parts.part(holder)))
        .collect();
    let columns = columns::ColumnGrants::of(server, roles);
    let mut of_role = Vec::with_capacity(roles.all.len());
    for (at, role) in roles.iter() {
        let mut layers = Vec::new();
        if let Some(atom) = &role.unread {
            let statement = format!("what {} holds could not be read", quoted(&role.name));
            let label = step(snapshot, "statements", &role.name, statement, Some(role));
            let guard = Guard::all_of([Condition::Atom(atom.clone()).holds()]);
            let anything = PermissionSet::from(Region::everything().when(guard)).labelled(label);
            of_role.push(vec![layer(
                Effect::Grants,
                "statements that could not be read",
                anything,
            )]);
            continue;
        }
        let given = if role.superuser {
            let statement = format!("ALTER ROLE {} SUPERUSER", quoted(&role.name));
            let label = step(snapshot, "attribute", &role.name, statement, Some(role));
            // The one role that has no members but owners of databases.
            let never = spell::region(["role:grant"], Strings::literal(DATABASE_OWNER));
            PermissionSet::everything()
                .difference(&never.into())
                .labelled(label)
        } else {
            let own = own::attributes(role, roles, snapshot);
            let over = own::over_roles(at, role, roles);
            let whole = columns.whole_tables(at, server, roles, rows, snapshot);
            PermissionSet::union_of([inherited.of(roles, at, &parts), own, over, whole])
        };
        layers.push(layer(Effect::Grants, "grants, ownership and attributes", given));
        layers.push(layer(BOUND, SESSIONS, bounds.sessions(at, roles, &inherited)));
        if !role.superuser {
            layers.push(layer(
                BOUND,
                "schema usage",
                bounds.lookups(at, roles, &inherited),
            ));
        }
        let security: Vec<PermissionSet> = rows.iter().filter_map(|rows| rows.security_bound(at)).collect();
        if !security.is_empty() {
            layers.push(layer(
                BOUND,
                "row security",
                PermissionSet::intersection_of(security),
            ));
        }
        let views: Vec<PermissionSet> = rows.iter().filter_map(|rows| rows.views_bound(at)).collect();
        if !views.is_empty() {
            layers.push(layer(BOUND, "views", PermissionSet::intersection_of(views)));
        }
        of_role.push(layers);
    }
    let everybody = parts
        .get(&Holder::Public)
        .cloned()
        .unwrap_or_default()
        .labelled(public);
    let usage = grants
        .usage
        .part(&Holder::Public)
        .union(&Region::new(super::grants::in_schema().complement(), Strings::any()).into());
    Held {
        of_role,
        public: vec![
            layer(Effect::Grants, "grants to PUBLIC", everybody),
            layer(BOUND, "schema usage", usage),
        ],
    }
}

/// Adds an identity for PUBLIC and for each role, sorted by id, and the entitlements.
pub(crate) fn place(
    server: &Server,
    instance: InstanceIndex,
    roles: &Roles<'_>,
    grants: &Grants,
    held: Held,
    snapshot: &mut Snapshot,
) -> Placed {
    let id = |name: &str| -> Text { format!("postgresql:{}:{name}", server.name).into() };
    let mut order: Vec<(Text, Option<u32>)> = roles
        .iter()
        .map(|(at, role)| (id(&role.name), Some(at)))
        .collect();
    if roles.find("PUBLIC").is_none() {
        order.push((id("PUBLIC"), None));
    }
    order.sort();
    let assumptions = assumptions(server);
    let mut layers = held.of_role;
    let mut public = held.public;
    let mut indices = vec![IdentityIndex(0); roles.all.len()];
    let mut all = Vec::new();
    let mut everybody = None;
    for (id, at) in order {
        let identity = match at.and_then(|at| Some((at, roles.get(at)?))) {
            Some((at, role)) => {
                let layers = layers
                    .get_mut(at as usize)
                    .map(std::mem::take)
                    .unwrap_or_default();
                identity(server, instance, id, role, layers, &assumptions)
            }
            None => {
                let mut identity = identity(
                    server,
                    instance,
                    id,
                    &Role {
                        name: "PUBLIC".into(),
                        ..Role::default()
                    },
                    std::mem::take(&mut public),
                    &[],
                );
                identity.kind = IdentityKind::Group;
                identity.provided = true;
                identity
            }
        };
        let index = snapshot.add_identity(identity);
        match at {
            Some(at) => {
                if let Some(slot) = indices.get_mut(at as usize) {
                    *slot = index;
                }
                all.push(index);
            }
            None => everybody = Some(index),
        }
    }
    let placed = Placed { indices };
    entitlements::entitlements(instance, roles, grants, &placed, &all, everybody, snapshot);
    placed
}

fn assumptions(server: &Server) -> Vec<Assumption> {
    let known = server.exports.first().is_some_and(|first| first.hba.is_some());
    let hba = Assumption {
        layer: "pg_hba.conf".into(),
        settle: "run the export as a superuser, or with EXECUTE on pg_hba_file_rules()".into(),
        side: Side::Removes,
    };
    (!known).then_some(hba).into_iter().collect()
}

fn identity(
    server: &Server,
    instance: InstanceIndex,
    id: Text,
    role: &Role,
    layers: Vec<Layer>,
    assumptions: &[Assumption],
) -> Identity {
    let provided = role.oid == BOOTSTRAP_OID || role.name.starts_with("pg_");
    let mappings = server.exports.iter().flat_map(|export| {
        let own = export
            .mappings
            .iter()
            .filter(|(_, to)| to.as_deref() == Some(&*role.name));
        own.map(|(name, _)| Credential {
            kind: CredentialKind::Password,
            name: format!("user mapping for foreign server {name} in {}", export.database).into(),
            active: true,
            rotated: None,
            last_use: LastUse::Unknown,
            location: None,
        })
    });
    let machine = role.replication || role.name.starts_with("pg_") || role.made_by.is_some();
    let what = match &role.made_by {
        Some(by) => format!("made for whoever asks {by}"),
        None if role.replication => "may replicate".to_owned(),
        None => "predefined role".to_owned(),
    };
    Identity {
        names: vec![role.name.clone()],
        nature: if machine {
            Nature::NonHuman(vec![Evidence {
                human: false,
                what: what.into(),
            }])
        } else {
            Nature::Unknown
        },
        holding: Holding {
            layers,
            facts: Facts::default(),
        },
        assumptions: assumptions.to_vec(),
        credentials: mappings.collect(),
        description: match (&role.comment, &role.valid_until) {
            (Some(comment), None) => comment.clone(),
            (Some(comment), Some(until)) => format!("{comment}; password valid until {until}").into(),
            (None, Some(until)) => format!("password valid until {until}").into(),
            (None, None) => "".into(),
        },
        environment: server.environment.clone(),
        location: role.at.clone(),
        provided,
        unbounded: role.superuser.then(|| "superusers pass every check".into()),
        ..Identity::new(
            id,
            role.name.clone(),
            match role.login {
                _ if role.oid == BOOTSTRAP_OID => IdentityKind::Root,
                true => IdentityKind::User,
                false => IdentityKind::Role,
            },
            instance,
        )
    }
}
