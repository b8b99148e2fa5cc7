//! Exports of servers → identities with what they hold, and all that follows.
//!
//! A grant is compiled once and shared by all who inherit it. What must hold beside a privilege (a connection to the
//! database, USAGE of the schema, row security, the rights of a view's owner) are bounds, so that each can say no by
//! itself.

mod bounds;
mod grants;
mod identities;
mod opportunities;
mod parts;
mod roles;
mod rows;

use leastwise_model::{Instance, InstanceIndex, Snapshot, Technique, TechniqueIndex};
use rustc_hash::FxHashMap;

use crate::catalogue;
use crate::mint;
use crate::server::Server;

pub(crate) use grants::predefined_roles;
pub(crate) use identities::Placed;
pub(crate) use parts::Kind;
pub(crate) use roles::{Roles, quoted};

const TECHNIQUES: &str = include_str!("../../data/techniques.tsv");

/// Techniques by the last part of their id.
pub(crate) type Techniques = FxHashMap<&'static str, TechniqueIndex>;

/// Compiles servers, which are sorted already.
pub(crate) fn compile(servers: &[Server], snapshot: &mut Snapshot) {
    if servers.is_empty() {
        return;
    }
    let mut techniques = Techniques::default();
    for row in catalogue::rows(TECHNIQUES) {
        let [id, title, effect, source] = *row else {
            continue;
        };
        let index = snapshot.add_technique(Technique {
            id: id.into(),
            title: title.into(),
            source: source.into(),
            effect: effect.into(),
        });
        techniques.insert(id.strip_prefix("postgresql:").unwrap_or(id), index);
    }
    for server in servers {
        let Some(first) = server.exports.first() else {
            continue;
        };
        let instance = snapshot.add_instance(Instance {
            platform: "postgresql",
            name: server.name.clone(),
            title: format!("server {}", server.name).into(),
            version: Some(first.release.clone()),
            environment: server.environment.clone(),
        });
        one(server, instance, &techniques, snapshot);
    }
}

fn one(server: &Server, instance: InstanceIndex, techniques: &Techniques, snapshot: &mut Snapshot) {
    let Some(first) = server.exports.first() else {
        return;
    };
    let roles = Roles::of(first, snapshot);
    let grants = grants::collect(server, &roles, snapshot);
    let rows: Vec<rows::Rows<'_>> = server
        .exports
        .iter()
        .map(|export| rows::Rows::of(export, &roles, snapshot))
        .collect();
    let bounds = bounds::Bounds::of(server, &roles, &grants, snapshot);
    let held = identities::hold(server, &roles, &grants, &rows, &bounds, snapshot);
    let placed = identities::place(server, instance, &roles, &grants, held, snapshot);
    opportunities::compile(server, &roles, &placed, &bounds, techniques, snapshot);
    mint::admit(server, &roles, &placed, techniques, snapshot);
    if mint::all_told(snapshot) {
        snapshot.told.made.push(instance);
    }
}
