//! Technical roles as roles of a server: `CREATE ROLE`, grants, and memberships that inherit without `SET`.
//!
//! A permission's actions are privileges (`table:select`, `schema:usage`), its resources the objects, each by its name: a
//! grant knows no patterns. What is reached through a schema and a database asks for `schema:usage` and `database:connect`
//! too, so the role must hold them: otherwise its grants would give less than it says. Source: PostgreSQL documentation,
//! "GRANT" and "Privileges"; memberships without `SET` need PostgreSQL 16.

mod change;
mod granted;

use std::collections::BTreeMap;

use leastwise_document::Position;
use leastwise_model::{
    Change, Identity, NativeRole, RoleFormat, RoleLanguage, RoleObjection, RolePermission, Step,
};
use leastwise_permset::{PermissionSet, Region, Strings};

use crate::spell;
use granted::{Granted, IN_SCHEMA, granted};

const FORMATS: [RoleFormat; 1] = [RoleFormat {
    name: "sql",
    extension: "sql",
}];

/// Roles of PostgreSQL.
#[derive(Clone, Copy, Debug, Default)]
pub struct PostgreSqlRoles;

impl RoleLanguage for PostgreSqlRoles {
    fn permission(&self, permission: &RolePermission) -> Result<PermissionSet, Vec<RoleObjection>> {
        let all = each(permission)?;
        Ok(PermissionSet::union_of(
            all.iter().map(|(_, granted)| requests(granted)),
        ))
    }

    fn formats(&self) -> &'static [RoleFormat] {
        &FORMATS
    }

    fn taken(&self, identity: &Identity, step: &Step, on: &[Strings]) -> Option<Change> {
        change::taken(identity, step, on)
    }

    fn render(&self, role: &NativeRole<'_>, _format: &str) -> Result<String, Vec<RoleObjection>> {
        let mut grants: BTreeMap<Option<String>, BTreeMap<String, Given>> = BTreeMap::new();
        let mut all = Vec::new();
        for (number, permission) in role.permissions.iter().enumerate() {
            let each = each(permission).map_err(|mut objections| {
                objections
                    .iter_mut()
                    .for_each(|one| one.permission = Some(number));
                objections
            })?;
            all.extend(each.into_iter().map(|(at, granted)| (number, at, granted)));
        }
        let objections = missing(&all);
        if !objections.is_empty() {
            return Err(objections);
        }
        for (_, _, granted) in &all {
            let given = grants.entry(granted.database.clone()).or_default();
            let given = given.entry(granted.object.clone()).or_default();
            let options = given.entry(granted.privilege.clone()).or_default();
            *options |= granted.option;
        }
        Ok(script(role, &grants))
    }
}

/// Privileges on one object, each with whether it may be granted on.
type Given = BTreeMap<String, bool>;

/// Every action on every resource of a permission.
fn each(permission: &RolePermission) -> Result<Vec<(Position, Granted)>, Vec<RoleObjection>> {
    let mut all = Vec::new();
    let mut objections = Vec::new();
    if let Some(condition) = &permission.condition {
        let hint = "take it away; row security says which rows";
        objections.push(RoleObjection::new(
            None,
            condition.at,
            "a grant knows no conditions",
            hint,
        ));
    }
    for action in &permission.actions {
        for resource in &permission.resources {
            match granted(&action.text, &resource.text) {
                Ok(granted) => all.push((resource.at, granted)),
                Err(refusal) => {
                    let at = if refusal.of_action { action.at } else { resource.at };
                    let objection = RoleObjection::new(None, at, refusal.what, refusal.hint);
                    if !objections.contains(&objection) {
                        objections.push(objection);
                    }
                }
            }
        }
    }
    if objections.is_empty() {
        Ok(all)
    } else {
        Err(objections)
    }
}

/// The requests that a grant lets through; a table's privileges are those of its columns too.
fn requests(granted: &Granted) -> PermissionSet {
    const OF_COLUMNS: [&str; 4] = ["select", "insert", "update", "references"];
    let own = spell::region([granted.action.as_str()], Strings::literal(&granted.resource));
    let set = PermissionSet::from(own);
    let what = granted.action.strip_prefix("table:").unwrap_or_default();
    if !OF_COLUMNS.contains(&what.strip_prefix("grant-").unwrap_or(what)) {
        return set;
    }
    let action = format!("column:{what}");
    let columns: Region = spell::region([action.as_str()], Strings::one(spell::below(&granted.resource)));
    set.union(&columns.into())
}

/// What grants ask for besides, and the role does not hold.
fn missing(all: &[(usize, Position, Granted)]) -> Vec<RoleObjection> {
    let holds = |action: &str, resource: &str| {
        all.iter()
            .any(|(_, _, granted)| granted.action == action && granted.resource == resource)
    };
    let mut objections = Vec::new();
    let mut need = |number: usize, at: Position, granted: &Granted, action: &str, resource: &str| {
        if !holds(action, resource) {
            let what = format!(
                "`{}` on `{}` is nothing without `{action}` on `{resource}`",
                granted.action, granted.resource
            );
            let hint = format!("the role must hold that too: add a permission for `{action}`");
            objections.push(RoleObjection::new(Some(number), at, what, hint));
        }
    };
    for (number, at, granted) in all {
        let mut parts = granted.resource.split('/');
        let (database, schema) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if IN_SCHEMA.iter().any(|kind| granted.action.starts_with(kind)) {
            need(
                *number,
                *at,
                granted,
                "schema:usage",
                &format!("{database}/{schema}"),
            );
        }
        if granted.database.is_some() && granted.action != "database:connect" {
            need(*number, *at, granted, "database:connect", database);
        }
        if let Some((kind, what)) = granted.action.split_once(":grant-") {
            need(
                *number,
                *at,
                granted,
                &format!("{kind}:{what}"),
                &granted.resource,
            );
        }
    }
    objections
}

/// A name in SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn script(role: &NativeRole<'_>, grants: &BTreeMap<Option<String>, BTreeMap<String, Given>>) -> String {
    let id = quoted(role.id);
    let mut out = format!("CREATE ROLE {id} NOLOGIN;\n");
    for identity in &role.assigned_to {
        let whom = quoted(granted::role_name(&identity.text));
        out.push_str(&format!("GRANT {id} TO {whom} WITH INHERIT TRUE, SET FALSE;\n"));
    }
    for (database, objects) in grants {
        if let Some(database) = database {
            out.push_str(&format!("\\connect {}\n", granted::connection(database)));
        }
        for (object, privileges) in objects {
            for option in [false, true] {
                let names = privileges.iter().filter(|(_, own)| **own == option);
                let names: Vec<&str> = names.map(|(name, _)| name.as_str()).collect();
                if !names.is_empty() {
                    let names = names.join(", ");
                    let on = if option { " WITH GRANT OPTION" } else { "" };
                    out.push_str(&format!("GRANT {names} ON {object} TO {id}{on};\n"));
                }
            }
        }
    }
    out
}
