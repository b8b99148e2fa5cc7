//! Statements that take a grant or a membership back, and those that make it again, as commands of `psql`.
//!
//! What was granted is taken by whoever granted it, or for the owner by a superuser; so it is made again. A grant on which others build is not
//! taken: `RESTRICT` is the default. Sources: PostgreSQL documentation, "REVOKE", "GRANT", "psql".

use leastwise_model::{Change, Identity, Step, shell_word};
use leastwise_permset::{Element, Strings};

use crate::compile::quoted;
use crate::spell;

/// Objects that belong to the server and not to one of its databases.
const OF_SERVER: [&str; 3] = ["DATABASE ", "TABLESPACE ", "PARAMETER "];
const OPTION: &str = " WITH GRANT OPTION";
const DEFAULTS: &str = "ALTER DEFAULT PRIVILEGES ";

/// How to take away what a step gives on these resources.
pub(super) fn taken(identity: &Identity, step: &Step, on: &[Strings]) -> Option<Change> {
    let own = quoted(&identity.name);
    let statement = &*step.statement;
    match &*step.kind {
        "membership" => {
            let role = quoted(&step.name);
            let rest = statement.strip_prefix(&format!("GRANT {role} TO {own}"))?;
            let whole = rest.is_empty() || rest.starts_with(" WITH ");
            whole.then(|| change(None, &format!("REVOKE {role} FROM {own}"), statement))
        }
        "grant" => {
            let revoked: Option<Vec<String>> = pieces(statement)
                .map(|piece| revoke(piece, &[own.as_str(), "PUBLIC"]))
                .collect();
            let database = match of_server(statement) {
                true => None,
                false => Some(database(on)?),
            };
            Some(change(database.as_deref(), &revoked?.join("; "), statement))
        }
        "default privileges" => {
            let at = statement.strip_prefix(DEFAULTS)?.find("GRANT ")? + DEFAULTS.len();
            let (place, grant) = statement.split_at_checked(at)?;
            // A second piece would lack what stands before the first.
            let alone = pieces(grant).count() == 1;
            let revoked = revoke(grant, &[own.as_str(), "PUBLIC"]).filter(|_| alone)?;
            Some(change(
                Some(&database(on)?),
                &format!("{place}{revoked}"),
                statement,
            ))
        }
        _ => None,
    }
}

/// The statements of a step, which says one for privileges with the option to grant them on and one for those without.
fn pieces(statement: &str) -> impl Iterator<Item = &str> {
    let second = statement.find("; GRANT ");
    let (first, rest) = second.map_or((statement, None), |at| {
        let rest = statement.get(at + "; ".len()..);
        (statement.get(..at).unwrap_or(statement), rest)
    });
    [Some(first), rest].into_iter().flatten()
}

/// A grant to one of these roles, taken back: the option to grant on goes with it.
fn revoke(grant: &str, holders: &[&str]) -> Option<String> {
    let words = grant.strip_prefix("GRANT ")?;
    let words = words.strip_suffix(OPTION).unwrap_or(words);
    holders.iter().find_map(|holder| {
        let what = words.strip_suffix(&format!(" TO {holder}"))?;
        Some(format!("REVOKE {what} FROM {holder}"))
    })
}

/// Whether a grant is on something of the server.
fn of_server(statement: &str) -> bool {
    let on = statement.split_once(" ON ").map_or("", |(_, on)| on);
    OF_SERVER.iter().any(|kind| on.starts_with(kind))
}

/// The database in which all these resources lie, where they lie in one.
fn database(on: &[Strings]) -> Option<String> {
    let mut found: Option<String> = None;
    for strings in on {
        if strings.is_complement() {
            return None;
        }
        for pattern in strings.patterns() {
            let Some(Element::Text(begins)) = pattern.elements().first() else {
                return None;
            };
            let (part, _) = begins.split_once('/')?;
            let name = spell::name(part);
            if found.as_ref().is_some_and(|known| *known != name) {
                return None;
            }
            found = Some(name);
        }
    }
    found
}

fn change(database: Option<&str>, take: &str, give: &str) -> Change {
    let place = database.map_or_else(String::new, |database| {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        // A name with `=` or a space would be read as words of a connection.
        let word = match database.chars().all(plain) {
            true => database.to_owned(),
            false => format!("dbname='{}'", database.replace('\\', "\\\\").replace('\'', "\\'")),
        };
        format!("-d {} ", shell_word(&word))
    });
    let command = |sql: &str| format!("psql -X {place}-c {}", shell_word(sql)).into();
    Change {
        change: vec![command(take)],
        undo: vec![command(give)],
        // Who is a member of the role loses it too.
        alone: false,
    }
}

#[cfg(test)]
mod tests {
    use super::{database, of_server, pieces, revoke};
    use leastwise_permset::{Case, Pattern, Strings};

    #[test]
    fn what_was_granted_is_taken_back_and_nothing_else() {
        let both = "GRANT SELECT (id), UPDATE (id) ON TABLE app.orders TO clerk; GRANT INSERT (id) ON TABLE app.orders TO clerk WITH GRANT OPTION";
        let taken: Vec<Option<String>> = pieces(both)
            .map(|piece| revoke(piece, &["clerk", "PUBLIC"]))
            .collect();
        let expected = [
            "REVOKE SELECT (id), UPDATE (id) ON TABLE app.orders FROM clerk",
            "REVOKE INSERT (id) ON TABLE app.orders FROM clerk",
        ];
        assert_eq!(taken, expected.map(|sql| Some(sql.to_owned())));
        assert_eq!(
            revoke("GRANT SELECT ON TABLE app.orders TO readers", &["clerk"]),
            None
        );
        assert!(of_server("GRANT CONNECT ON DATABASE shop TO clerk"));
        assert!(!of_server("GRANT SELECT ON TABLE app.orders TO clerk"));
    }

    #[test]
    fn a_database_is_named_where_all_resources_lie_in_it() {
        let on = |texts: &[&str]| {
            let patterns = texts.iter().map(|text| Pattern::glob(text, Case::Exact));
            database(&[Strings::any_of(patterns)])
        };
        assert_eq!(
            on(&["shop/app/orders", "shop/app/orders/*"]).as_deref(),
            Some("shop")
        );
        assert_eq!(on(&["a%2Fb/app/orders"]).as_deref(), Some("a/b"));
        assert_eq!(on(&["shop/app/orders", "ledger/app/orders"]), None);
        assert_eq!(on(&["*"]), None);
    }
}
