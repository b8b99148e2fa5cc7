//! One path of a policy.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Constraints, Given, PolicyFault, Rule, duration, fault, operation, text_of, texts_of};
use crate::hcl::{Entry, Kind, Value};
use crate::operation::{Operation, Operations};
use crate::path;
use crate::product::Product;
use crate::template;

/// Characters of a rule that are shown.
const SHOWN: usize = 300;

const BOTH: &[&str] = &[
    "comment",
    "policy",
    "capabilities",
    "allowed_parameters",
    "denied_parameters",
    "required_parameters",
    "min_wrapping_ttl",
    "max_wrapping_ttl",
    "mfa_methods",
    "control_group",
];
const OPENBAO: &[&str] = &[
    "pagination_limit",
    "expiration",
    "list_scan_response_keys_filter_path",
];
const VAULT: &[&str] = &["subscribe_event_types"];

pub(super) fn read(
    path: &str,
    entry: &Entry,
    text: Option<&str>,
    product: Product,
    now: Option<Timestamp>,
) -> Result<Option<Rule>, PolicyFault> {
    let at = entry.at;
    let wrong = |what: String| fault(at, format!("path \"{path}\": {what}"));
    let Kind::Object(fields) = &entry.value.kind else {
        return Err(wrong("not an object".to_owned()));
    };
    if let Err(what) = template::check(path) {
        return Err(wrong(what.to_owned()));
    }
    let mut rule = Rule {
        path: path.into(),
        denies: false,
        operations: Operations::default(),
        constraints: Constraints::default(),
        expires: None,
        at,
        text: shown(path, entry, text),
    };
    let mut legacy: Option<&str> = None;
    let mut capabilities: Vec<&str> = Vec::new();
    for field in fields {
        let name = field.keys.first().map_or("", String::as_str);
        let own = match product {
            Product::OpenBao => OPENBAO,
            Product::Vault => VAULT,
        };
        if !BOTH.contains(&name) && !own.contains(&name) {
            return Err(fault(
                field.at,
                format!("path \"{path}\": {} has no key `{name}` here", product.title()),
            ));
        }
        let value = &field.value;
        let constraints = &mut rule.constraints;
        match name {
            "comment" | "list_scan_response_keys_filter_path" => {
                text_of(value)?;
            }
            "policy" => legacy = Some(text_of(value)?),
            "capabilities" => capabilities.extend(texts_of(value)?),
            "allowed_parameters" => parameters(field, &mut constraints.allowed)?,
            "denied_parameters" => parameters(field, &mut constraints.denied)?,
            "required_parameters" => {
                for name in texts_of(value)? {
                    constraints.required.push(name.into());
                }
            }
            "min_wrapping_ttl" => constraints.wrap_min = nanoseconds(value)?,
            "max_wrapping_ttl" => constraints.wrap_max = nanoseconds(value)?,
            "mfa_methods" => constraints.mfa |= !texts_of(value)?.is_empty(),
            "control_group" => constraints.approval = Some(approval(value)?),
            "pagination_limit" => {
                constraints.page = text_of(value)?
                    .parse()
                    .map_err(|_| fault(value.at, "not a whole number"))?;
            }
            "expiration" => rule.expires = Some(moment(value)?),
            _ => {}
        }
    }
    if let (Some(expires), Some(now)) = (rule.expires, now)
        && now > expires
    {
        // What follows is not looked at any more.
        return Ok(None);
    }
    match legacy {
        None | Some("") => {}
        Some("deny") => capabilities = vec!["deny"],
        Some("read") => capabilities.extend(["read", "list"]),
        Some("write") => capabilities.extend(["create", "read", "update", "delete", "list"]),
        Some("sudo") => capabilities.extend(["create", "read", "update", "delete", "list", "sudo"]),
        Some(other) => return Err(wrong(format!("`{other}` is no policy of a path"))),
    }
    for name in capabilities {
        if name == "deny" {
            rule.denies = true;
            break;
        }
        let operation = operation(name, product)
            .ok_or_else(|| wrong(format!("{} knows no capability `{name}`", product.title())))?;
        rule.operations = rule.operations.with(operation);
    }
    if rule.denies {
        rule.operations = Operations::default();
        rule.constraints = Constraints::default();
    }
    let (min, max) = (rule.constraints.wrap_min, rule.constraints.wrap_max);
    if min != 0 && max != 0 && max < min {
        return Err(wrong(
            "`max_wrapping_ttl` is less than `min_wrapping_ttl`".to_owned(),
        ));
    }
    if path::forbidden(path) {
        return Err(wrong("`+*` is no wildcard".to_owned()));
    }
    Ok(Some(rule))
}

/// The native text on one line, cut where it is long.
fn shown(path: &str, entry: &Entry, text: Option<&str>) -> Box<str> {
    let native = text.and_then(|text| text.get(entry.span.0..entry.span.1));
    let mut line = match native {
        Some(native) => native.split_whitespace().collect::<Vec<_>>().join(" "),
        None => format!("\"{path}\": {}", json_of(&entry.value)),
    };
    if let Some((cut, _)) = line.char_indices().nth(SHOWN) {
        line.truncate(cut);
        line.push('…');
    }
    line.into()
}

fn nanoseconds(value: &Value) -> Result<i64, PolicyFault> {
    duration::nanoseconds(value).ok_or_else(|| fault(value.at, "not a duration"))
}

/// RFC 3339, or seconds since 1970.
fn moment(value: &Value) -> Result<Timestamp, PolicyFault> {
    let text = text_of(value)?;
    let moment = match text.parse::<i64>() {
        Ok(seconds) => Timestamp::from_second(seconds).ok(),
        Err(_) => text.parse().ok(),
    };
    moment.ok_or_else(|| fault(value.at, "not a time as `2027-01-31T00:00:00Z`"))
}

fn parameters(field: &Entry, into: &mut BTreeMap<Box<str>, Vec<Given>>) -> Result<(), PolicyFault> {
    let objects: Vec<&Vec<Entry>> = match &field.value.kind {
        Kind::Object(entries) => vec![entries],
        // As JSON policies may write it.
        Kind::List(values) => values
            .iter()
            .map(|value| match &value.kind {
                Kind::Object(entries) => Ok(entries),
                _ => Err(fault(value.at, "not an object of parameters")),
            })
            .collect::<Result<_, _>>()?,
        _ => return Err(fault(field.value.at, "not an object of parameters")),
    };
    for entry in objects.into_iter().flatten() {
        let [name] = entry.keys.as_slice() else {
            return Err(fault(entry.at, "a parameter has one name"));
        };
        let Kind::List(values) = &entry.value.kind else {
            return Err(fault(
                entry.value.at,
                format!("the values of parameter `{name}` are not a list"),
            ));
        };
        into.entry(name.to_lowercase().into())
            .or_default()
            .extend(values.iter().map(given));
    }
    Ok(())
}

fn given(value: &Value) -> Given {
    match &value.kind {
        Kind::Text(text) => Given::Text(text.as_str().into()),
        Kind::Bool(_) | Kind::Null => Given::Json(json_of(value).into()),
        Kind::List(values)
            if values
                .iter()
                .all(|value| matches!(given(value), Given::Text(_) | Given::Json(_))) =>
        {
            Given::Json(json_of(value).into())
        }
        // Numbers of requests are texts of digits to the server, numbers of policies are numbers; and objects of
        // policies are lists of objects.
        _ => Given::Nothing(json_of(value).into()),
    }
}

fn json_of(value: &Value) -> String {
    match &value.kind {
        Kind::Null => "null".to_owned(),
        Kind::Bool(value) => value.to_string(),
        Kind::Number(text) => text.clone(),
        Kind::Text(text) => crate::words::quoted(text),
        Kind::List(values) => {
            let inner: Vec<String> = values.iter().map(json_of).collect();
            format!("[{}]", inner.join(","))
        }
        Kind::Object(entries) => {
            let inner: Vec<String> = entries
                .iter()
                .map(|entry| {
                    let key = entry.keys.join(" ");
                    format!("{}:{}", crate::words::quoted(&key), json_of(&entry.value))
                })
                .collect();
            format!("{{{}}}", inner.join(","))
        }
    }
}

/// The operations that factors of a control group speak of; all where none is named.
fn approval(value: &Value) -> Result<Operations, PolicyFault> {
    let Kind::Object(fields) = &value.kind else {
        return Err(fault(value.at, "not an object"));
    };
    let mut named = Operations::default();
    let mut every = false;
    for factor in fields
        .iter()
        .filter(|field| field.keys.first().is_some_and(|key| key == "factor"))
    {
        // `factor "name" { … }`, or in JSON an object by name.
        let bodies: Vec<&Vec<Entry>> = match (&factor.value.kind, factor.keys.len()) {
            (Kind::Object(fields), 2..) => vec![fields],
            (Kind::Object(factors), _) => factors
                .iter()
                .filter_map(|factor| match &factor.value.kind {
                    Kind::Object(fields) => Some(fields),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        for body in bodies {
            let mut listed = body
                .iter()
                .filter(|field| {
                    field
                        .keys
                        .first()
                        .is_some_and(|key| key == "controlled_capabilities")
                })
                .peekable();
            every |= listed.peek().is_none();
            for field in listed {
                for name in texts_of(&field.value)? {
                    if let Some(operation) = Operation::named(name) {
                        named = named.with(operation);
                    }
                }
            }
        }
    }
    Ok(if every || named.is_empty() {
        Operation::ALL.into_iter().collect()
    } else {
        named
    })
}
