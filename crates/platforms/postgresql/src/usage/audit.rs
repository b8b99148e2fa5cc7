//! What a line of pgaudit says, and what it needed.

use leastwise_document::row;
use leastwise_model::{ActionCatalogue, Basis};

use crate::catalogue::CATALOGUE;
use crate::spell;

/// A line of pgaudit: class, command, and the object where it is told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Audit {
    /// The statement of the session, and its part: what runs within it, as in a function, has a later one.
    pub statement: u64,
    part: u64,
    class: String,
    command: String,
    kind: String,
    /// The parts of the object's name.
    object: Vec<String>,
}

/// One action that a line shows.
pub(super) struct Needed {
    pub action: &'static str,
    pub basis: Basis,
    pub resource: Option<String>,
}

impl Audit {
    /// Reads what stands behind `AUDIT: `; nothing where it is not as documented.
    pub fn read(text: &str) -> Option<Self> {
        let mut fields = row(text).into_iter();
        let mode = fields.next()?;
        let (statement, part) = (
            fields.next()?.parse::<u64>().ok()?,
            fields.next()?.parse::<u64>().ok()?,
        );
        let (class, command, kind, name) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        matches!(&*mode, "SESSION" | "OBJECT").then(|| Self {
            statement,
            part,
            object: parts(&name),
            class,
            command,
            kind,
        })
    }

    /// What was called, in words.
    pub fn operation(&self) -> String {
        format!("{} {}", self.class, self.command)
    }

    /// Whether what the same statement does after it may be done with the rights of another: of the owner of a view or function.
    pub fn lends_rights(&self) -> bool {
        self.part > 1 || self.kind == "VIEW" || self.class == "FUNCTION"
    }

    /// Whether it stands within another statement.
    pub fn is_within(&self) -> bool {
        self.part > 1
    }

    /// Relation, sequence or function: as the catalogue calls what the object is.
    fn what(&self) -> Option<&'static str> {
        Some(match &*self.kind {
            "TABLE" | "VIEW" | "MATERIALIZED VIEW" | "FOREIGN TABLE" => "table",
            "SEQUENCE" => "sequence",
            "FUNCTION" | "PROCEDURE" | "AGGREGATE" => "function",
            "SCHEMA" => "schema",
            _ => return None,
        })
    }

    /// The actions that it proves: the main one first, then using the schema and connecting.
    pub fn uses(&self, database: &str) -> Vec<Needed> {
        let mut uses = Vec::new();
        let mut add = |action: String, basis: Basis, resource: String| {
            if let Some(at) = CATALOGUE.find(&action) {
                let action = CATALOGUE.name(at);
                uses.push(Needed {
                    action,
                    basis,
                    resource: Some(resource),
                });
            }
        };
        let verb = self.command.split(' ').next().unwrap_or_default().to_lowercase();
        if let (Some(what), [schema, name]) = (self.what(), self.object.as_slice()) {
            let place = spell::path(&[database, schema, name]);
            match (&*self.class, what, &*verb) {
                ("READ" | "WRITE", "table" | "sequence", "select" | "insert" | "update" | "delete") => {
                    add(format!("{what}:{verb}"), Basis::Exact, place.clone());
                    // A grant of columns suffices for those that were named; the line tells none.
                    add(format!("column:{verb}"), Basis::Mapped, format!("{place}/*"));
                }
                ("FUNCTION", "function", "execute") => {
                    add("function:execute".to_owned(), Basis::Mapped, format!("{place}(*"));
                }
                ("DDL", _, "alter" | "drop") if what != "schema" => {
                    add(format!("{what}:{verb}"), Basis::Mapped, place);
                }
                ("DDL", _, "create") => {
                    add(
                        "schema:create".to_owned(),
                        Basis::Mapped,
                        spell::path(&[database, schema]),
                    );
                }
                _ => {}
            }
        }
        if uses.is_empty() {
            uses.push(Needed {
                action: "",
                basis: Basis::Unmapped,
                resource: None,
            });
        }
        let mut besides = |action: &str, resource: String| {
            if let Some(at) = CATALOGUE.find(action) {
                uses.push(Needed {
                    action: CATALOGUE.name(at),
                    basis: Basis::Mapped,
                    resource: Some(resource),
                });
            }
        };
        if let [schema, _] = self.object.as_slice() {
            besides("schema:usage", spell::path(&[database, schema]));
        }
        besides("database:connect", spell::path(&[database]));
        uses
    }

    /// What it may have needed besides, where the line does not tell: reading what is changed, changing what is in the way.
    pub fn perhaps(&self, database: &str) -> Vec<Needed> {
        let [schema, name] = self.object.as_slice() else {
            return Vec::new();
        };
        let place = spell::path(&[database, schema, name]);
        let verbs: &[&str] = match (self.what(), &*self.command) {
            (Some("table"), "INSERT") => &["select", "update"],
            (Some("table"), "UPDATE" | "DELETE") => &["select"],
            _ => &[],
        };
        let found = verbs.iter().flat_map(|verb| {
            [("table", place.clone()), ("column", format!("{place}/*"))].map(|(what, resource)| {
                let at = CATALOGUE.find(&format!("{what}:{verb}"));
                Some(Needed {
                    action: CATALOGUE.name(at?),
                    basis: Basis::Mapped,
                    resource: Some(resource),
                })
            })
        });
        found.flatten().collect()
    }
}

/// The parts of a qualified name, without quotes; of a function without its arguments.
fn parts(name: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut quoted = false;
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                part.push('"');
            }
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(std::mem::take(&mut part)),
            '(' if !quoted => break,
            c => part.push(c),
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{Audit, parts};

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(parts("public.orders"), ["public", "orders"]);
        assert_eq!(parts("\"My.Schema\".\"a\"\"b\""), ["My.Schema", "a\"b"]);
        assert_eq!(parts("app.total(integer, text)"), ["app", "total"]);
        assert!(parts("").is_empty());
    }

    #[test]
    fn a_line_shows_what_it_needed() {
        let line =
            Audit::read("SESSION,1,1,WRITE,UPDATE,TABLE,app.orders,\"update orders\nset a = 1\",<none>");
        let line = line.expect("it is one");
        let uses: Vec<String> = line
            .uses("shop")
            .iter()
            .map(|one| format!("{} {}", one.action, one.resource.as_deref().unwrap_or("?")))
            .collect();
        assert_eq!(
            uses,
            [
                "table:update shop/app/orders",
                "column:update shop/app/orders/*",
                "schema:usage shop/app",
                "database:connect shop"
            ]
        );
        assert_eq!(line.perhaps("shop").len(), 2);
        for text in [
            "",
            "SESSION",
            "SESSION,x,1,READ,SELECT,,,",
            "OTHER,1,1,READ,SELECT,,,",
        ] {
            assert_eq!(Audit::read(text), None, "{text}");
        }
    }
}
