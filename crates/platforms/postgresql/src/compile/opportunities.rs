//! Ways of becoming another role, or of giving oneself more.

mod objects;
mod sessions;

use std::sync::Arc;

use leastwise_model::{Gain, Gap, IdentityIndex, Need, NeedSide, Opportunity, Side, Snapshot, Targets, Text};
use leastwise_permset::{Atom, Condition, Guard, Label, PermissionSet, Strings};

use super::Techniques;
use super::bounds::Bounds;
use super::identities::Placed;
use super::parts::Wording;
use super::roles::{DATABASE_OWNER, Roles, quoted};
use crate::catalogue::rows;
use crate::object::Export;
use crate::server::Server;
use crate::spell;

const FUNCTIONS: &str = include_str!("../../data/functions.tsv");
const PARAMETERS: &str = include_str!("../../data/parameters.tsv");
/// The role that `initdb` makes; it is always a superuser.
const BOOTSTRAP_OID: u64 = 10;

/// What all ways are made of.
struct Maker<'m> {
    server: &'m Server,
    first: &'m Export,
    roles: &'m Roles<'m>,
    placed: &'m Placed,
    bounds: &'m Bounds<'m>,
    techniques: &'m Techniques,
    snapshot: &'m mut Snapshot,
    /// Whoever is of this server.
    everybody: Arc<[IdentityIndex]>,
    wording: Wording,
}

/// What one way asks for and gives.
struct Way {
    technique: &'static str,
    needs: Vec<Need>,
    bearers: Arc<[IdentityIndex]>,
    targets: Targets,
    gain: Gain,
    step: Option<Label>,
}

/// One request on one resource, if the atom (where there is one) is answered with yes.
fn need(action: &str, resource: &str, atom: Option<Atom>) -> Need {
    let guard = Guard::all_of(atom.map(|atom| Condition::Atom(atom).holds()));
    Need {
        side: NeedSide::Holder,
        action: action.into(),
        resource: Some(resource.into()),
        set: spell::region([action], Strings::literal(resource))
            .when(guard)
            .into(),
    }
}

/// Adds the ways that are open on this server.
pub(crate) fn compile(
    server: &Server,
    roles: &Roles<'_>,
    placed: &Placed,
    bounds: &Bounds<'_>,
    techniques: &Techniques,
    snapshot: &mut Snapshot,
) {
    let Some(first) = server.exports.first() else {
        return;
    };
    let home = placed.index(0).and_then(|any| snapshot.identity(any));
    let home = home.map(|any| any.instance);
    let everybody = snapshot.each_identity();
    let everybody = everybody
        .filter(|(_, identity)| Some(identity.instance) == home)
        .map(|(index, _)| index)
        .collect();
    let mut maker = Maker {
        server,
        first,
        roles,
        placed,
        bounds,
        techniques,
        snapshot,
        everybody,
        wording: Wording::default(),
    };
    maker.sessions();
    maker.over_roles();
    maker.over_server();
    for export in &server.exports {
        maker.functions(export);
        maker.triggers(export);
        maker.shadows(export);
        maker.own_objects(export);
    }
}

impl Maker<'_> {
    fn add(&mut self, way: Way) {
        let Some(technique) = self.techniques.get(way.technique) else {
            return;
        };
        self.snapshot.opportunities.push(Opportunity {
            technique: *technique,
            needs: way.needs,
            bearers: way.bearers,
            targets: way.targets,
            gain: way.gain,
            step: way.step,
        });
    }

    /// Those of this server, and of no other.
    fn everybody(&self) -> Arc<[IdentityIndex]> {
        self.everybody.clone()
    }

    fn these(&self, roles: impl IntoIterator<Item = u32>) -> Arc<[IdentityIndex]> {
        let mut all: Vec<IdentityIndex> = roles
            .into_iter()
            .filter_map(|role| self.placed.index(role))
            .collect();
        all.sort_unstable();
        all.dedup();
        all.into()
    }

    fn becoming(
        &mut self,
        technique: &'static str,
        need: Need,
        bearers: Arc<[IdentityIndex]>,
        targets: Arc<[IdentityIndex]>,
    ) {
        if targets.is_empty() {
            return;
        }
        self.add(Way {
            technique,
            needs: vec![need],
            bearers,
            targets: Targets::These(targets),
            gain: Gain::Become,
            step: None,
        });
    }

    fn granting(&mut self, technique: &'static str, need: Need, set: PermissionSet) {
        self.add(Way {
            technique,
            needs: vec![need],
            bearers: self.everybody(),
            targets: Targets::Actor,
            gain: Gain::Grant(set),
            step: None,
        });
    }

    fn gap(&mut self, name: String, what: String, settle: String) -> Atom {
        self.snapshot.add_gap(Gap {
            atom: Atom::new(&name),
            what: what.into(),
            settle: settle.into(),
            side: Side::Adds,
        })
    }

    /// By the power over other roles: granting them, or giving them a password.
    fn over_roles(&mut self) {
        let count = self.roles.all.len();
        let mut granting: Vec<Vec<u32>> = vec![Vec::new(); count];
        let mut altering = vec![false; count];
        let mut creators: Vec<u32> = Vec::new();
        for (at, role) in self.roles.iter().filter(|(_, role)| !role.superuser) {
            for via in self.roles.administers(at) {
                if let Some(holders) = granting.get_mut(via.role as usize) {
                    holders.push(at);
                }
            }
            if role.createrole && self.roles.version >= 16 {
                for via in self.roles.admin_of_any(at) {
                    if let Some(altering) = altering.get_mut(via.role as usize) {
                        *altering = true;
                    }
                }
            }
            if role.createrole && self.roles.version < 16 {
                creators.push(at);
            }
        }
        for (at, role) in self.roles.iter() {
            if role.superuser || &*role.name == DATABASE_OWNER {
                continue;
            }
            let resource = spell::part(&role.name);
            let holders: Vec<u32> = granting
                .get(at as usize)
                .into_iter()
                .flatten()
                .chain(&creators)
                .copied()
                .collect();
            if !holders.is_empty() {
                // A role cannot be granted to one that it is a member of.
                let above = self.roles.memberships(at);
                let bearers = if holders.iter().any(|holder| above.contains(holder)) {
                    let free = holders.iter().copied().filter(|holder| !above.contains(holder));
                    self.these(free)
                } else {
                    self.everybody()
                };
                let targets = self.these([at]);
                self.becoming(
                    "grant-role",
                    need("role:grant", &resource, None),
                    bearers,
                    targets,
                );
            }
            let reserved = role.name.starts_with("pg_");
            let alterable = altering.get(at as usize).copied().unwrap_or(false)
                || !creators.is_empty() && !role.replication;
            if alterable && !reserved {
                let targets = self.these([at]);
                self.becoming(
                    "set-password",
                    need("role:alter", &resource, None),
                    self.everybody(),
                    targets,
                );
            }
        }
    }

    /// By reaching what the server itself stands on.
    fn over_server(&mut self) {
        let bootstrap = self.roles.iter().find(|(_, role)| role.oid == BOOTSTRAP_OID);
        let Some((bootstrap, _)) = bootstrap else { return };
        let targets = self.these([bootstrap]);
        let name = &self.server.name;
        let secrets = self.gap(
            format!("credentials in files of {name}"),
            format!("whether files that the server {name} can read hold credentials"),
            format!("look through the files that the operating-system user of {name} can read"),
        );
        for (technique, action, atom) in [
            ("run-program", "server:execute-program", None),
            ("write-files", "server:write-files", None),
            ("read-files", "server:read-files", Some(&secrets)),
        ] {
            let need = need(action, spell::SERVER, atom.cloned());
            self.becoming(technique, need, self.everybody(), Arc::clone(&targets));
        }
        for row in rows(FUNCTIONS) {
            let [function, power, ..] = *row else { continue };
            let atom = (power == "server:read-files").then(|| secrets.clone());
            for export in &self.server.exports {
                let called = export
                    .functions
                    .iter()
                    .filter(|known| &*known.schema == "pg_catalog" && &*known.owned.name == function);
                for known in called {
                    let name = format!("{function}({})", known.arguments);
                    let resource = spell::path(&[&export.database, "pg_catalog", &name]);
                    let need = need("function:execute", &resource, atom.clone());
                    self.becoming(
                        "call-server-function",
                        need,
                        self.everybody(),
                        Arc::clone(&targets),
                    );
                }
            }
        }
        for row in rows(PARAMETERS) {
            let [parameter, ..] = *row else { continue };
            if self
                .first
                .parameters
                .iter()
                .any(|known| &*known.name == parameter)
            {
                let need = need("parameter:alter-system", parameter, None);
                self.becoming("alter-system", need, self.everybody(), Arc::clone(&targets));
            }
        }
        let refused = self.first.hba.as_ref().is_some_and(|rules| {
            !rules
                .iter()
                .any(|rule| !rule.rejects && rule.databases.iter().any(|token| &**token == "replication"))
        });
        let replicas = self
            .roles
            .all
            .iter()
            .any(|role| role.replication && !role.superuser);
        if replicas && !refused {
            let all = spell::region(
                ["table:select", "column:select", "sequence:select"],
                Strings::any(),
            );
            self.granting(
                "replicate",
                need("server:replicate", spell::SERVER, None),
                all.into(),
            );
        }
    }

    /// By functions that run as their owners. What they do stands in bodies that are not read.
    fn functions(&mut self, export: &Export) {
        for function in export
            .functions
            .iter()
            .filter(|one| one.definer && one.extension.is_none())
        {
            let Some(owner) = self.roles.find(&function.owned.owner) else {
                continue;
            };
            let name = format!("{}({})", function.owned.name, function.arguments);
            let resource = spell::path(&[&export.database, &function.schema, &name]);
            let path = match &function.search_path {
                Some(path) => format!("with search_path {path}"),
                None => "with the search_path of its caller".to_owned(),
            };
            let atom = self.gap(
                format!("body of {resource}"),
                format!(
                    "what the {} function {}.{name} in {} does as its owner {}, {path}",
                    function.language, function.schema, export.database, function.owned.owner
                ),
                format!(
                    "psql -d {} -c '\\sf {}.{}'",
                    quoted(&export.database),
                    quoted(&function.schema),
                    quoted(&function.owned.name)
                ),
            );
            let targets = self.these([owner]);
            let need = need("function:execute", &resource, Some(atom));
            self.becoming("definer-function", need, self.everybody(), targets);
        }
    }
}

/// A resource's database, schema and name as people write them.
fn shown(database: &Text, schema: &Text, name: &Text) -> String {
    format!("{}.{} in {}", quoted(schema), quoted(name), quoted(database))
}
