//! What a role may do because of what it is: by attributes, and over other roles.

use leastwise_model::Snapshot;
use leastwise_permset::{Pattern, PermissionSet, Strings};

use super::super::roles::{DATABASE_OWNER, Roles, Via, quoted};
use super::step;
use crate::object::Role;
use crate::spell;

/// What a role may do because of its own attributes, which nobody inherits.
pub(super) fn attributes(role: &Role, roles: &Roles<'_>, snapshot: &mut Snapshot) -> PermissionSet {
    let server = Strings::literal(spell::SERVER);
    let mut all = Vec::new();
    let mut add = |word: &str, set: PermissionSet| {
        let statement = format!("ALTER ROLE {} {word}", quoted(&role.name));
        let label = step(snapshot, "attribute", &role.name, statement, Some(role));
        all.push(set.labelled(label));
    };
    if role.createdb {
        add(
            "CREATEDB",
            spell::region(["server:create-database"], server.clone()).into(),
        );
    }
    if role.replication {
        add(
            "REPLICATION",
            spell::region(["server:replicate"], server.clone()).into(),
        );
    }
    if role.bypassrls {
        add(
            "BYPASSRLS",
            spell::region(["server:bypass-row-security"], server.clone()).into(),
        );
    }
    if role.createrole {
        let create = PermissionSet::from(spell::region(["server:create-role"], server));
        if roles.version >= 16 {
            add("CREATEROLE", create);
        } else {
            // Up to 15 it is the power over every role that is no superuser.
            let except = |wanted: &dyn Fn(&Role) -> bool| {
                let names = roles.all.iter().filter(|role| wanted(role));
                Strings::any_of(names.map(|role| Pattern::literal(&spell::part(&role.name)))).complement()
            };
            let reserved = |role: &Role| role.name.starts_with("pg_");
            let sets = [
                create,
                spell::region(
                    ["role:grant"],
                    except(&|role| role.superuser || &*role.name == DATABASE_OWNER),
                )
                .into(),
                spell::region(
                    ["role:alter"],
                    except(&|role| role.superuser || role.replication || reserved(role)),
                )
                .into(),
                spell::region(["role:drop"], except(&|role| role.superuser || reserved(role))).into(),
            ];
            add("CREATEROLE", PermissionSet::union_of(sets));
        }
    }
    PermissionSet::union_of(all)
}

/// What a role may do to other roles because of memberships.
pub(super) fn over_roles(at: u32, role: &Role, roles: &Roles<'_>) -> PermissionSet {
    let labelled = |via: &Via, actions: &[&str]| {
        let name = roles.name(via.role);
        let set: PermissionSet =
            spell::region(actions.iter().copied(), Strings::literal(&spell::part(&name))).into();
        via.chain
            .iter()
            .rev()
            .fold(set, |set, label| set.labelled(*label))
    };
    let mut all = Vec::new();
    all.extend(roles.settable(at).iter().map(|via| labelled(via, &["role:set"])));
    all.extend(
        roles
            .administers(at)
            .iter()
            .map(|via| labelled(via, &["role:grant"])),
    );
    if roles.version >= 16 && role.createrole {
        let owned = roles.admin_of_any(at);
        let owned = owned
            .iter()
            .filter(|via| !roles.name(via.role).starts_with("pg_"));
        all.extend(owned.map(|via| labelled(via, &["role:alter", "role:drop"])));
    }
    PermissionSet::union_of(all)
}
