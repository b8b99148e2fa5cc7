//! What is kept of an answer, and how what could hold a secret is cut down to what could not.

use leastwise_document::{Node, Value};
use leastwise_model::Text;

use crate::export::ConnectionUrl;
use crate::protected::rows;

const KEPT: &str = include_str!("../../data/kept.tsv");

/// The fields of an answer that are kept, as JSON.
pub(super) fn only(data: &Node, kind: &str) -> String {
    let row = rows(KEPT).find(|row| row.first() == Some(&kind));
    let fields: Vec<&str> = row
        .iter()
        .filter_map(|row| row.get(1))
        .flat_map(|all| all.split(','))
        .collect();
    data.cut(&fields, &harmless).to_json()
}

/// A text as JSON.
pub(super) fn text(text: &str) -> String {
    node(Value::Text(text.into())).to_json()
}

/// A list of texts as JSON.
pub(super) fn list(names: &[Text]) -> String {
    let names = names.iter().map(|name| node(Value::Text((&**name).into())));
    node(Value::List(names.collect())).to_json()
}

fn node(value: Value) -> Node {
    Node {
        at: leastwise_document::Position { line: 1, column: 1 },
        value,
    }
}

/// A field without what could be a secret in it; `None` where nothing else is left.
fn harmless(key: &str, value: &Node) -> Option<Node> {
    match key {
        "creation_statements" => {
            let statements = match &value.value {
                Value::List(all) => all.iter().filter_map(Node::text).collect(),
                Value::Text(one) => vec![&**one],
                _ => return None,
            };
            let cut = statements
                .into_iter()
                .map(|one| node(Value::Text(without_strings(one).into())));
            Some(node(Value::List(cut.collect())))
        }
        "connection_url" => {
            let read = ConnectionUrl::of(value.text()?);
            let address = read.address?;
            let user = read.user.map(|user| format!("{user}@")).unwrap_or_default();
            let database = read.database.unwrap_or_default();
            Some(node(Value::Text(
                format!("//{user}{address}/{database}")
                    .replacen("//", "server://", 1)
                    .into(),
            )))
        }
        "oidc_discovery_url" | "jwks_url" | "kubernetes_host" => {
            let url = value.text()?;
            let plain = !url.contains(['@', '?']);
            plain.then(|| value.clone())
        }
        _ => Some(value.clone()),
    }
}

/// Statements without what stands in strings, save the templates in them, and without comments. What does not end is left
/// out, and everything behind it.
fn without_strings(statement: &str) -> String {
    let mut out = String::new();
    let mut rest = statement;
    loop {
        let Some(at) = rest.find(['\'', '$', '-', '/', '"']) else {
            out.push_str(rest);
            return out;
        };
        let (before, here) = rest.split_at(at);
        out.push_str(before);
        let inside = |begin: usize, end: &str| {
            let tail = here.get(begin..)?;
            let length = tail.find(end)?;
            Some((tail.get(..length)?, tail.get(length + end.len()..)?))
        };
        let (kept, next) = if here.starts_with('\'') {
            let Some((text, next)) = inside(1, "'") else {
                return out;
            };
            let template = text.starts_with("{{") && text.ends_with("}}") && !text.contains(' ');
            (
                if template {
                    format!("'{text}'")
                } else {
                    "''".to_owned()
                },
                next,
            )
        } else if here.starts_with('"') {
            let Some((name, next)) = inside(1, "\"") else {
                return out;
            };
            // In the SQL of some servers this is a string: `IDENTIFIED BY "…"`.
            let before = out.trim_end().to_ascii_lowercase();
            let secret =
                ["by", "password", "="].iter().any(|word| before.ends_with(word)) && !name.starts_with("{{");
            (
                if secret {
                    "\"\"".to_owned()
                } else {
                    format!("\"{name}\"")
                },
                next,
            )
        } else if here.starts_with("--") {
            (" ".to_owned(), inside(2, "\n").map_or("", |(_, next)| next))
        } else if here.starts_with("/*") {
            let Some((_, next)) = inside(2, "*/") else {
                return out;
            };
            (" ".to_owned(), next)
        } else if here.starts_with('$') {
            match inside(1, "$").filter(|(tag, _)| tag.chars().all(|c| c.is_alphanumeric() || c == '_')) {
                Some((tag, _)) => {
                    let tag = format!("${tag}$");
                    let Some((_, next)) = inside(tag.len(), &tag) else {
                        return out;
                    };
                    ("''".to_owned(), next)
                }
                None => ("$".to_owned(), here.get(1..).unwrap_or_default()),
            }
        } else {
            let width = here.chars().next().map_or(1, char::len_utf8);
            (
                here.get(..width).unwrap_or_default().to_owned(),
                here.get(width..).unwrap_or_default(),
            )
        };
        out.push_str(&kept);
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::without_strings;

    #[test]
    fn strings_are_left_out_of_statements_and_templates_are_not() {
        for (statement, kept) in [
            (
                "CREATE ROLE \"{{name}}\" PASSWORD '{{password}}' -- s3cret",
                "CREATE ROLE \"{{name}}\" PASSWORD '{{password}}'  ",
            ),
            (
                "ALTER ROLE x PASSWORD 's3''cret'; SELECT 1",
                "ALTER ROLE x PASSWORD ''''; SELECT 1",
            ),
            ("DO $a$ 's3cret' $$ $a$; /* s3cret */ x", "DO '';   x"),
            ("SELECT $1 - 2 / 3, 's3cret", "SELECT $1 - 2 / 3, "),
            ("DO $$ s3cret", "DO "),
            (
                "CREATE USER x IDENTIFIED BY \"s3cret\"",
                "CREATE USER x IDENTIFIED BY \"\"",
            ),
        ] {
            assert_eq!(without_strings(statement), kept);
        }
    }
}
