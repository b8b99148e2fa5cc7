//! The query that counts alike records of CloudTrail in a database.
//!
//! It maps nothing: it keeps of each record the members that the reader looks at, as they are written, counts records that are
//! the same in these on one day, and the reader does with such a row what it does with a record. What it cuts is what the
//! reader would not look at: names of objects of a bucket, which counts for all of them, and values of request parameters of
//! which only the presence is asked for. Sources: Amazon Athena User Guide, "Create the table for CloudTrail logs in Athena using
//! partition projection"; DuckDB documentation, "JSON Processing Functions"; ClickHouse documentation, "JSON Functions"; Trino
//! documentation, "JSON functions and operators".

use std::collections::BTreeMap;

use leastwise_model::Engine;

use super::table::rows;

/// What the reader needs of a request parameter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// Whether it is there.
    Presence,
    /// The text.
    Value,
    /// A text, of which no more counts than that it is one.
    Object,
}

/// The query on this table or these files; nothing where it is no name of a table.
pub(super) fn query(engine: Engine, from: Option<&str>) -> Option<String> {
    let text = match engine {
        Engine::Trino => include_str!("../../data/queries/trino.sql"),
        Engine::ClickHouse => include_str!("../../data/queries/clickhouse.sql"),
        Engine::DuckDb => include_str!("../../data/queries/duckdb.sql"),
    };
    let parameters: Vec<String> = parameters()
        .into_iter()
        .map(|(name, kept)| parameter(engine, name, kept))
        .collect();
    let text = text
        .replace("{parameters}", &parameters.join(",\n        "))
        .replace("{denied}", &denied(engine));
    // Last: what was typed is not looked into.
    Some(text.replace("{from}", &source(engine, from)?))
}

/// The request parameters that the tables ask for.
fn parameters() -> BTreeMap<&'static str, Kept> {
    let mut all = BTreeMap::new();
    for row in rows(include_str!("../../data/event-actions.tsv")) {
        let [_, _, given, actions, ..] = row[..] else {
            continue;
        };
        if given != "-" {
            all.entry(given).or_insert(Kept::Presence);
        }
        for (_, name) in actions.split(' ').filter_map(|word| word.split_once('@')) {
            all.insert(name, Kept::Value);
        }
    }
    for row in rows(include_str!("../../data/event-resources.tsv")) {
        let pieces = row.get(1).into_iter().flat_map(|text| text.split(['{', '}']));
        for name in pieces.skip(1).step_by(2) {
            match name {
                "partition" | "region" | "account" => {}
                "key" => drop(all.insert(name, Kept::Object)),
                name => drop(all.insert(name, Kept::Value)),
            }
        }
    }
    all
}

/// The member of a record's request parameters, nothing where it was not given. What is no text is given, and names nothing.
fn parameter(engine: Engine, name: &str, kept: Kept) -> String {
    let (value, is_text, is_given, nothing) = match engine {
        Engine::DuckDb => {
            let at = format!("(r, '$.requestParameters.{name}')");
            (
                format!("json_extract{at}::VARCHAR"),
                format!("json_type{at} = 'VARCHAR'"),
                format!("json_type{at} <> 'NULL'"),
                "NULL",
            )
        }
        Engine::ClickHouse => {
            let at = format!("(r, 'requestParameters', '{name}')");
            (
                format!("JSONExtractRaw{at}"),
                format!("JSONType{at} = 'String'"),
                format!("JSONType{at} != 'Null'"),
                "''",
            )
        }
        Engine::Trino => {
            let value = format!("json_format(json_extract(requestparameters, '$.{name}'))");
            (
                value.clone(),
                format!("{value} LIKE '\"%'"),
                format!("{value} <> 'null'"),
                "NULL",
            )
        }
    };
    let matches = match engine {
        Engine::DuckDb => format!("regexp_matches({value}, '^\"[^\"\\\\]+\"$')"),
        Engine::ClickHouse => format!("match({value}, '^\"[^\"\\\\\\\\]+\"$')"),
        Engine::Trino => format!("regexp_like({value}, '^\"[^\"\\\\]+\"$')"),
    };
    let given = format!("WHEN {is_given} THEN '\"{name}\":0' ELSE {nothing} END");
    let member = match engine {
        Engine::DuckDb | Engine::Trino => format!("'\"{name}\":' || {value}"),
        Engine::ClickHouse => format!("concat('\"{name}\":', {value})"),
    };
    match kept {
        Kept::Presence => format!("CASE {given}"),
        Kept::Value => format!("CASE WHEN {is_text} THEN {member} {given}"),
        Kept::Object => format!(
            "CASE WHEN {matches} AND {value} NOT LIKE '\"arn:%' THEN '\"{name}\":\"-\"' WHEN {is_text} THEN {member} {given}"
        ),
    }
}

/// Whether a record tells of a denial: only then its message is read, for the action that it names.
fn denied(engine: Engine) -> String {
    let code = match engine {
        Engine::DuckDb => "json_extract_string(r, '$.errorCode')",
        Engine::ClickHouse => "JSONExtractString(r, 'errorCode')",
        Engine::Trino => "errorcode",
    };
    let codes = rows(include_str!("../../data/event-errors.tsv")).filter_map(|row| match row[..] {
        [code, "denied", ..] => Some(code),
        _ => None,
    });
    let each: Vec<String> = codes
        .map(|pattern| format!("{code} LIKE '{}'", pattern.replace('*', "%")))
        .collect();
    format!("({})", each.join(" OR "))
}

/// Where the records come from.
fn source(engine: Engine, from: Option<&str>) -> Option<String> {
    let is_name = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
            && !text.ends_with(".json")
            && !text.ends_with(".gz")
    };
    let quoted = |text: &str| match engine {
        Engine::ClickHouse => text.replace('\\', "\\\\").replace('\'', "\\'"),
        Engine::DuckDb | Engine::Trino => text.replace('\'', "''"),
    };
    let files = "AWSLogs/**/*.json.gz";
    match engine {
        Engine::Trino => Some(from.unwrap_or("cloudtrail_logs_pp"))
            .filter(|name| is_name(name))
            .map(str::to_owned),
        Engine::ClickHouse => Some(match from.filter(|name| is_name(name)) {
            Some(table) => format!(
                "-- A table of one record a row, as text in the column `record`.\n  SELECT record AS r FROM {table}"
            ),
            None => format!(
                "-- Files as CloudTrail delivers them.\n  SELECT arrayJoin(JSONExtractArrayRaw(json, 'Records')) AS r FROM file('{}', 'JSONAsString', 'json String')",
                quoted(from.unwrap_or(files))
            ),
        }),
        Engine::DuckDb => Some(match from.filter(|name| is_name(name)) {
            Some(table) => format!(
                "-- A table of one record a row, as JSON in the column `record`.\n  SELECT record::JSON AS r FROM {table}"
            ),
            None => format!(
                "-- Files as CloudTrail delivers them.\n  SELECT unnest(Records) AS r FROM read_json('{}', columns = {{Records: 'JSON[]'}}, maximum_object_size = 1073741824)",
                quoted(from.unwrap_or(files))
            ),
        }),
    }
}

#[cfg(test)]
mod tests {
    use leastwise_model::Engine;

    use super::{Kept, parameters, query};
    use crate::catalogue::Catalogue;

    #[test]
    fn nothing_is_left_to_fill_in() {
        for engine in [Engine::Trino, Engine::ClickHouse, Engine::DuckDb] {
            let text = query(engine, None).expect("a query");
            for word in ["{from}", "{parameters}", "{denied}"] {
                assert!(!text.contains(word), "{word}");
            }
        }
        assert_eq!(query(Engine::Trino, Some("a; DROP TABLE b")), None);
        let quoted = query(Engine::DuckDb, Some("it's/*.json")).expect("a query");
        assert!(quoted.contains("'it''s/*.json'"));
    }

    // What follows the bucket may be cut if no type of resource asks for more than that there is something.
    #[test]
    fn no_action_tells_names_of_objects_apart() {
        let catalogue = Catalogue::embedded();
        let mut objects = 0;
        for id in catalogue.actions() {
            for shape in catalogue.resource_shapes(id) {
                let Some((_, name)) = shape.arn_template.split_once(":s3:::") else {
                    continue;
                };
                if let Some((bucket, object)) = name.split_once('/') {
                    let free = |text: &str| {
                        text.starts_with("${") && text.ends_with('}') && text.matches('$').count() == 1
                    };
                    assert!(free(bucket) && free(object), "{}", shape.arn_template);
                    objects += 1;
                }
            }
        }
        assert!(objects > 0);
        assert!(
            parameters()
                .iter()
                .any(|(name, kept)| *name == "key" && *kept == Kept::Object)
        );
    }
}
