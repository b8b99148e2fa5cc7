//! What was read of each server → identities with what they hold, and all that follows.
//!
//! Work and memory grow with policies, rules, roles, entities and groups. Identities that are under the same policies
//! share one compiled set; templates are filled in by the identity's own facts.

mod engine;
mod identity;
mod logins;
mod people;
mod policies;
mod trusts;
mod ways;

use std::collections::BTreeMap;

use leastwise_model::{
    Assumption, Instance, InstanceIndex, Location, Side, Snapshot, Step, Technique, TechniqueIndex, Text,
};
use leastwise_permset::{Label, Strings};

use crate::export::Server;
use crate::product::Product;
use crate::protected::{self, BUILT_IN, rows};
use policies::Policies;

pub(crate) use identity::ADDRESS;

const TECHNIQUES: &str = include_str!("../data/techniques.tsv");

/// Techniques by the last part of their id.
type Techniques = BTreeMap<&'static str, TechniqueIndex>;

/// One server that is being compiled.
struct World<'a> {
    name: Text,
    server: &'a Server,
    product: Product,
    instance: InstanceIndex,
    /// Every file is a policy; nothing else is known.
    loose: bool,
    protected: Strings,
    /// Layers of which nothing is known.
    assumptions: Vec<Assumption>,
    techniques: &'a Techniques,
}

impl World<'_> {
    /// The canonical id of what lies at a path.
    fn id(&self, path: &str) -> Text {
        format!("vault:{}:{path}", self.name).into()
    }
}

/// Compiles servers: name, what was read, and whether that is nothing but policies.
pub(crate) fn compile(servers: &[(Text, Server, bool)], snapshot: &mut Snapshot) {
    if servers.is_empty() {
        return;
    }
    let mut techniques = Techniques::new();
    for row in rows(TECHNIQUES) {
        let [id, title, effect, source] = *row else {
            continue;
        };
        let index = snapshot.add_technique(Technique {
            id: id.into(),
            title: title.into(),
            source: source.into(),
            effect: effect.into(),
        });
        techniques.insert(id.strip_prefix("vault:").unwrap_or(id), index);
    }
    for (name, server, loose) in servers {
        let product = server.product.unwrap_or_default();
        let version = server
            .version
            .as_ref()
            .map(|version| format!("{} {version}", product.title()).into());
        let instance = snapshot.add_instance(Instance {
            platform: "vault",
            name: name.clone(),
            title: if *loose {
                format!("policies {name}").into()
            } else {
                format!("{} {name}", product.title()).into()
            },
            version,
            environment: None,
        });
        let world = World {
            name: name.clone(),
            server,
            product,
            instance,
            loose: *loose,
            protected: protected_paths(server, product),
            assumptions: assumptions(server, product),
            techniques: &techniques,
        };
        one(&world, snapshot);
    }
}

fn one(world: &World<'_>, snapshot: &mut Snapshot) {
    let mut policies = Policies::read(world, snapshot);
    let placed = people::compile(world, &mut policies, snapshot);
    trusts::compile(world, &placed, snapshot);
    ways::compile(world, &mut policies, &placed, snapshot);
    engine::mints(world, &placed, snapshot);
    if engine::all_told(world) {
        snapshot.told.makers.push(world.instance);
    }
    if trusts::all_told(world) {
        snapshot.told.acceptances.push(world.instance);
    }
    policies.describe(world, snapshot);
}

/// Paths with root protection in all namespaces.
fn protected_paths(server: &Server, product: Product) -> Strings {
    let mut mounts: Vec<(Text, String)> = Vec::new();
    let root = [Text::from("")];
    for path in server.namespaces.keys().chain(&root) {
        for (kind, mount) in BUILT_IN {
            mounts.push((kind.into(), format!("{path}{mount}")));
        }
        let namespace = server.namespaces.get(path);
        for (mount, described) in namespace
            .and_then(|namespace| namespace.mounts.as_ref())
            .into_iter()
            .flatten()
        {
            mounts.push((described.kind.clone(), format!("{path}{mount}")));
        }
    }
    mounts.sort();
    mounts.dedup();
    protected::paths(
        product,
        mounts.iter().map(|(kind, mount)| (&**kind, mount.as_str())),
    )
}

fn assumptions(server: &Server, product: Product) -> Vec<Assumption> {
    let mut assumptions = Vec::new();
    let mut assume = |layer: &str, settle: &str, side: Side| {
        assumptions.push(Assumption {
            layer: layer.into(),
            settle: settle.into(),
            side,
        });
    };
    if server.product.is_none() {
        assume(
            "the server is OpenBao",
            "write \"product\": \"openbao\" or \"vault\" into the export",
            Side::Both,
        );
    }
    if product == Product::Vault {
        assume(
            "Sentinel policies (Vault Enterprise)",
            "vault read sys/policies/rgp?list=true; vault read sys/policies/egp?list=true",
            Side::Removes,
        );
    }
    let known = |check: fn(&crate::export::Namespace) -> bool| server.namespaces.values().all(check);
    if !known(|namespace| namespace.mounts.is_some()) {
        assume("secrets engines", "export sys/mounts", Side::Removes);
    }
    assumptions
}

/// A step that no statement of the input takes.
fn implicit(snapshot: &mut Snapshot, kind: &str, name: &str, statement: &str) -> Label {
    snapshot.add_step(Step {
        kind: kind.into(),
        name: name.into(),
        statement: statement.into(),
        location: None,
        provided: true,
    })
}

/// A step at a place of the input.
fn step(snapshot: &mut Snapshot, kind: &str, name: &str, statement: String, location: &Location) -> Label {
    snapshot.add_step(Step {
        kind: kind.into(),
        name: name.into(),
        statement: statement.into(),
        location: Some(location.clone()),
        provided: false,
    })
}
