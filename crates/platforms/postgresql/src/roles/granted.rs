//! One privilege on one object, from an action and a resource.

use crate::catalogue::CATALOGUE;
use crate::spell;

/// Kinds of objects that are looked up in a schema.
pub(super) const IN_SCHEMA: [&str; 3] = ["table:", "sequence:", "function:"];

/// A privilege on an object.
#[derive(Clone, Debug)]
pub(super) struct Granted {
    pub action: String,
    pub resource: String,
    /// The privilege in SQL.
    pub privilege: String,
    /// Whether it is the right to grant it on.
    pub option: bool,
    /// The object in SQL.
    pub object: String,
    /// The database in which the statement runs; none where that does not matter.
    pub database: Option<String>,
}

/// Why there is no such grant.
pub(super) struct Refusal {
    /// Whether the action is at fault, not the resource.
    pub of_action: bool,
    pub what: String,
    pub hint: String,
}

fn refuse<T>(of_action: bool, what: impl Into<String>, hint: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        of_action,
        what: what.into(),
        hint: hint.into(),
    })
}

/// The grant that an action on a resource is.
pub(super) fn granted(action: &str, resource: &str) -> Result<Granted, Refusal> {
    if action.contains('*') || resource.contains('*') {
        let text = if action.contains('*') { action } else { resource };
        let what = format!("no grant can say `{text}`: grants know no patterns, only objects that exist");
        return refuse(action.contains('*'), what, "list what is meant, each by its name");
    }
    let Some((kind, what)) = action
        .split_once(':')
        .filter(|_| CATALOGUE.shape(action).is_some())
    else {
        let why = spell::objection(action, resource).unwrap_or_default();
        return refuse(
            true,
            format!("`{action}` is no action: {why}"),
            "write it as in `table:select`",
        );
    };
    if let Some(why) = spell::objection(action, resource) {
        return refuse(
            false,
            format!("`{resource}` is no resource of `{action}`"),
            why.to_string(),
        );
    }
    let (privilege, option) = match what.strip_prefix("grant-") {
        Some(privilege) => (privilege, true),
        None => (what, false),
    };
    let names: Vec<String> = resource.split('/').map(unspelled).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (object, database) = object(action, kind, &names)?;
    if matches!(privilege, "alter" | "drop") {
        let hint = "ownership gives that: leave it to the owner";
        return refuse(true, format!("no grant gives `{action}`"), hint);
    }
    Ok(Granted {
        action: action.to_owned(),
        resource: resource.to_owned(),
        privilege: privilege.replace('-', " ").to_uppercase(),
        option,
        object,
        database,
    })
}

/// The object in SQL, and the database in which it is.
fn object(action: &str, kind: &str, names: &[&str]) -> Result<(String, Option<String>), Refusal> {
    let quoted = super::quoted;
    let found = match (kind, names) {
        ("database", [name]) => (format!("DATABASE {}", quoted(name)), Some(*name)),
        ("tablespace", [name]) => (format!("TABLESPACE {}", quoted(name)), None),
        ("parameter", [name]) => (format!("PARAMETER {}", parameter(name)?), None),
        ("schema", [database, name]) => (format!("SCHEMA {}", quoted(name)), Some(*database)),
        ("language", [database, name]) => (format!("LANGUAGE {}", quoted(name)), Some(*database)),
        ("wrapper", [database, name]) => (format!("FOREIGN DATA WRAPPER {}", quoted(name)), Some(*database)),
        ("foreign-server", [database, name]) => (format!("FOREIGN SERVER {}", quoted(name)), Some(*database)),
        ("table", [database, schema, name]) => (
            format!("TABLE {}.{}", quoted(schema), quoted(name)),
            Some(*database),
        ),
        ("sequence", [database, schema, name]) => (
            format!("SEQUENCE {}.{}", quoted(schema), quoted(name)),
            Some(*database),
        ),
        ("function", [database, schema, name]) => (
            format!("FUNCTION {}.{}", quoted(schema), function(name)?),
            Some(*database),
        ),
        ("column", _) => {
            let what = format!(
                "`{action}` is not rendered: who holds every column holds the table, and the role does not say which there are"
            );
            return refuse(true, what, "give the table, or a view of those columns");
        }
        ("role", _) => {
            let what = format!("a membership that gives `{action}` gives what the other role holds besides");
            return refuse(true, what, "include a technical role instead");
        }
        _ => {
            let what = format!("`{action}` is an attribute, which members of a role do not inherit");
            return refuse(true, what, "give it to the login role itself");
        }
    };
    Ok((found.0, found.1.map(str::to_owned)))
}

/// The name of a parameter, which may have dots.
fn parameter(name: &str) -> Result<String, Refusal> {
    let plain = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    if plain && !name.is_empty() {
        return Ok(name.to_owned());
    }
    refuse(
        false,
        format!("`{name}` is no parameter"),
        "parameters have letters, digits, `_` and `.`",
    )
}

/// The name of a function with the types of its arguments.
fn function(name: &str) -> Result<String, Refusal> {
    let types = |text: &str| {
        text.chars()
            .all(|c| c.is_ascii_alphanumeric() || "_ ,.[]".contains(c))
    };
    let (name, arguments) = match name
        .split_once('(')
        .map(|(name, rest)| (name, rest.strip_suffix(')')))
    {
        Some((name, Some(arguments))) if types(arguments) => (name, arguments),
        _ => {
            let what = format!("`{name}` is no function with the types of its arguments");
            return refuse(false, what, "write it as in `shop/app/total(integer, text)`");
        }
    };
    Ok(format!("{}({arguments})", super::quoted(name)))
}

/// A part of a resource as a name.
fn unspelled(part: &str) -> String {
    part.replace("%2F", "/").replace("%2A", "*").replace("%25", "%")
}

/// The name of the role that an identity's name ends in.
pub(super) fn role_name(identity: &str) -> &str {
    match identity
        .strip_prefix("postgresql:")
        .and_then(|rest| rest.split_once(':'))
    {
        Some((_, name)) => name,
        None => identity,
    }
}

/// What `\connect` is told of a database.
pub(super) fn connection(database: &str) -> String {
    let plain = database.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && database
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain {
        return database.to_owned();
    }
    let value = database
        .replace('\\', "\\\\")
        .replace('\'', "\\'")
        .replace('"', "\"\"");
    format!("-reuse-previous=on \"dbname='{value}'\"")
}
