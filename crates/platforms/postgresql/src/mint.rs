//! Roles that another system makes here, or holds the password of.
//!
//! Which roles a system makes, it says in statements of ours. They are carried out on what was exported, as the role that
//! the other system logs in with, and what comes of them is compiled like any other role. What they say that is not
//! understood is a gap, and of such a role nothing else is claimed.

mod statements;

use leastwise_model::{Acceptance, Accepted, Gap, Location, Made, Mint, Remark, Side, Snapshot, Step, Text};
use leastwise_permset::{Atom, Condition, Guard, PermissionSet, Region, Strings};

use crate::catalogue::rows;
use crate::compile::{Placed, Roles, Techniques};
use crate::object::{Export, Role};
use crate::server::Server;
use crate::spell;

/// What makers call servers like this one, and others that are none.
const KINDS: &str = include_str!("../data/makers.tsv");
/// Where servers listen, if nothing else is said.
const PORT: &str = "5432";

/// That an identity of another system becomes a role here.
#[derive(Clone, Debug)]
pub(crate) struct Making {
    /// Its id.
    pub by: Text,
    /// The role.
    pub role: Text,
    /// Why it may not be so.
    pub doubts: Vec<Atom>,
    pub location: Option<Location>,
}

/// Whether a maker speaks of a server like this one.
fn is_ours(mint: &Mint) -> bool {
    let says =
        |kind: &str, of: &str| rows(KINDS).any(|row| row.first() == Some(&kind) && row.get(1) == Some(&of));
    mint.kind.as_deref().is_none_or(|kind| says(kind, "yes"))
}

/// Whether it is known of everything that is made whether it is made on a server like this one.
pub(crate) fn all_told(snapshot: &Snapshot) -> bool {
    let known = |kind: &Text| rows(KINDS).any(|row| row.first() == Some(&&**kind));
    snapshot
        .mints
        .iter()
        .all(|mint| mint.kind.as_ref().is_some_and(known))
}

/// An address in its one spelling.
fn spelled(address: &str) -> String {
    let address = address.to_ascii_lowercase();
    let has_port = address
        .rsplit_once(':')
        .is_some_and(|(host, _)| !host.contains(':') || host.ends_with(']'));
    if has_port {
        address
    } else {
        format!("{address}:{PORT}")
    }
}

fn gap(snapshot: &mut Snapshot, name: String, settle: &str, side: Side) -> Atom {
    snapshot.add_gap(Gap {
        atom: Atom::new(&name),
        what: name.as_str().into(),
        settle: settle.into(),
        side,
    })
}

/// Adds the roles that are made on these servers to their exports.
pub(crate) fn add(servers: &mut [Server], snapshot: &mut Snapshot) {
    let mints: Vec<Mint> = snapshot
        .mints
        .iter()
        .filter(|mint| is_ours(mint))
        .cloned()
        .collect();
    if mints.is_empty() {
        return;
    }
    for server in servers {
        // What is made cannot make: who may make what is asked of the roles that were there before.
        let there = server.exports.first().map(|first| Export {
            version: first.version,
            roles: first.roles.clone(),
            memberships: first.memberships.clone(),
            databases: first.databases.clone(),
            ..Export::default()
        });
        let Some(there) = there else { continue };
        let before = Roles::of(&there, &mut Snapshot::new());
        for mint in &mints {
            let mut doubts = Vec::new();
            match &mint.address {
                Some(address) if !server.addresses.is_empty() => {
                    let wanted = spelled(address);
                    if !server.addresses.iter().any(|known| spelled(known) == wanted) {
                        continue;
                    }
                }
                address => {
                    let place = address
                        .as_deref()
                        .unwrap_or("a server whose address is not known");
                    let name = format!(
                        "whether {place}, where {} makes identities, is {}",
                        mint.by, server.name
                    );
                    let settle = match address {
                        Some(address) => {
                            format!("name `addresses = [\"{address}\"]` of the one server in leastwise.toml")
                        }
                        None => mint.settle.to_string(),
                    };
                    doubts.push(gap(snapshot, name, &settle, Side::Adds));
                }
            }
            one(server, &before, mint, doubts, snapshot);
        }
    }
}

fn one(server: &mut Server, before: &Roles<'_>, mint: &Mint, mut doubts: Vec<Atom>, snapshot: &mut Snapshot) {
    let role = match &mint.makes {
        Made::Existing(name) => match before.find(name).and_then(|at| before.get(at)) {
            Some(role) if role.login => name.clone(),
            Some(_) => return refused(mint, &format!("the role `{name}` cannot log in"), snapshot),
            None => {
                return refused(
                    mint,
                    &format!("there is no role `{name}` on {}", server.name),
                    snapshot,
                );
            }
        },
        Made::New(texts) => {
            let name = Text::from(format!("{{{{name}}}} of {}", mint.by));
            let role = Role {
                name: name.clone(),
                oid: u64::MAX,
                inherit: true,
                connections: -1,
                made_by: Some(mint.by.clone()),
                at: mint.location.clone(),
                ..Role::default()
            };
            match statements::carry_out(server, before, mint, role, texts) {
                Ok(done) => {
                    for doubt in done.doubts {
                        doubts.push(gap(snapshot, doubt, &mint.settle, Side::Both));
                    }
                    if let Some(why) = done.unread {
                        let name = format!("what {} says on {}: {why}", mint.by, server.name);
                        let settle = "have it make one, and look at what that holds: \\du and \\dp in psql";
                        let atom = gap(snapshot, name, settle, Side::Both);
                        let made = server
                            .exports
                            .first_mut()
                            .and_then(|first| first.roles.last_mut());
                        if let Some(made) = made {
                            made.unread = Some(atom);
                        }
                    }
                    name
                }
                Err(why) => return refused(mint, &why, snapshot),
            }
        }
    };
    server.made.push(Making {
        by: mint.by.clone(),
        role,
        doubts,
        location: mint.location.clone(),
    });
}

/// Tells that a server would refuse to make this.
fn refused(mint: &Mint, why: &str, snapshot: &mut Snapshot) {
    snapshot.remarks.push(Remark {
        location: mint.location.clone(),
        what: format!("nobody is made by {}: {why}", mint.by).into(),
        hint: "correct its statements, or export both servers again at one time".into(),
        loses: false,
    });
}

/// Admits the makers' identities to the roles that they make, once these have their places.
pub(crate) fn admit(
    server: &Server,
    roles: &Roles<'_>,
    placed: &Placed,
    techniques: &Techniques,
    snapshot: &mut Snapshot,
) {
    let Some(technique) = techniques.get("made-elsewhere") else {
        return;
    };
    for making in &server.made {
        let Some(target) = roles.find(&making.role).and_then(|role| placed.index(role)) else {
            continue;
        };
        let step = snapshot.add_step(Step {
            kind: "made elsewhere".into(),
            name: making.role.clone(),
            statement: format!("{} logs in to {} as {}", making.by, server.name, making.role).into(),
            location: making.location.clone(),
            provided: false,
        });
        let action = "database:connect";
        let guard = Guard::all_of(
            making
                .doubts
                .iter()
                .map(|atom| Condition::Atom(atom.clone()).holds()),
        );
        let region = Region::new(Strings::literal(action), Strings::literal(spell::SERVER));
        snapshot.acceptances.push(Acceptance {
            target,
            admits: Accepted::Identity {
                id: making.by.clone(),
            },
            technique: *technique,
            action: action.into(),
            resource: spell::SERVER.into(),
            set: PermissionSet::from(region.when(guard)),
            step,
        });
    }
}
