//! Reading documents: maps as they stand, and documents that are texts themselves (JSON, or JSON URL-encoded).

use leastwise_document::{Limits, Node, Value, pointer_join};
use percent_encoding::percent_decode_str;

use super::text;
use super::unsettled::doubt;
use super::{
    Choice, Condition, Document, Effect, Operator, Place, Principal, Principals, Statement, Variables,
};

/// Characters of a statement's text that are kept.
const TEXT_MAX: usize = 400;

/// Reads a document that is a map, or a text that holds one; everything within a text stands where the text stands.
#[must_use]
pub fn parse_encoded(node: &Node, pointer: &str) -> Document {
    match &node.value {
        Value::Text(text) => parse_text(text, Place::of(node, pointer)),
        Value::Map(_) | Value::List(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {
            parse(node, pointer)
        }
    }
}

/// Reads a document that is a map.
#[must_use]
fn parse(node: &Node, pointer: &str) -> Document {
    Parser {
        pointer: Some(pointer),
        at: Place::of(node, pointer),
    }
    .document(node)
}

fn parse_text(text: &str, at: Place) -> Document {
    let trimmed = text.trim_start();
    let decoded = if trimmed.starts_with('%') {
        percent_decode_str(trimmed).decode_utf8().ok()
    } else {
        Some(trimmed.into())
    };
    let limits = Limits {
        stream_keys: &[],
        ..Limits::default()
    };
    let mut read = Vec::new();
    let mut faults = Vec::new();
    if let Some(decoded) = decoded.filter(|decoded| decoded.starts_with('{')) {
        faults = leastwise_document::read(decoded.as_bytes(), &limits, &mut |item| read.push(item.node));
    }
    match (read.as_slice(), faults.iter().find(|fault| fault.loses())) {
        ([node], None) => Parser { pointer: None, at }.document(node),
        (_, Some(fault)) => unreadable(&format!("it is a text that cannot be read: {fault}"), at),
        _ => unreadable("it is a text that does not hold one JSON map", at),
    }
}

fn unreadable(why: &str, place: Place) -> Document {
    Document {
        variables: Variables::Text,
        statements: Vec::new(),
        unreadable: Some(why.into()),
        characters: 0,
        place,
        file: None,
    }
}

struct Parser<'a> {
    /// The pointer of the document, where its parts have places of their own.
    pointer: Option<&'a str>,
    at: Place,
}

impl Parser<'_> {
    fn document(self, node: &Node) -> Document {
        if !node.is_map() {
            return unreadable(&format!("it is {}", node.kind_name()), self.at);
        }
        let variables = match node
            .get("Version")
            .map(|version| version.scalar().unwrap_or_default())
        {
            Some("2012-10-17") => Variables::Substituted,
            Some("2008-10-17") | None => Variables::Text,
            Some(other) => {
                return unreadable(
                    &format!("there is no version `{other}` of the policy language"),
                    self.at,
                );
            }
        };
        if let Some((key, _)) = node
            .entries()
            .iter()
            .find(|(key, _)| !matches!(&*key.text, "Version" | "Id" | "Statement"))
        {
            return unreadable(
                &format!("a policy document has no element `{}`", key.text),
                self.at,
            );
        }
        let Some(body) = node.get("Statement") else {
            return unreadable("it has no `Statement`", self.at);
        };
        let statements = match &body.value {
            Value::Map(_) => vec![self.statement(body, "/Statement")],
            Value::List(list) => list
                .iter()
                .enumerate()
                .map(|(index, node)| self.statement(node, &format!("/Statement/{index}")))
                .collect::<Vec<_>>(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {
                return unreadable(&format!("its `Statement` is {}", body.kind_name()), self.at);
            }
        };
        // The statements are written out anyway; what stands beside them is short.
        let beside = |key: &str| {
            node.get(key)
                .map_or(0, |value| key.len() + value.to_json().len() + 4)
        };
        let frame = if body.is_list() {
            r#"{"Statement":[]}"#
        } else {
            r#"{"Statement":}"#
        };
        let around = frame.len() + beside("Version") + beside("Id");
        let commas = statements.len().saturating_sub(1);
        let within = commas + statements.iter().map(|(_, characters)| characters).sum::<usize>();
        let mut statements: Vec<Statement> = statements.into_iter().map(|(one, _)| one).collect();
        if variables == Variables::Substituted {
            statements.iter_mut().for_each(doubt_variables);
        }
        Document {
            variables,
            statements,
            unreadable: None,
            characters: around + within,
            place: self.at,
            file: None,
        }
    }

    fn place(&self, node: &Node, below: &str) -> Place {
        match self.pointer {
            Some(pointer) => Place::of(node, &format!("{pointer}{below}")),
            None => self.at.clone(),
        }
    }

    /// A statement, and its characters.
    fn statement(&self, node: &Node, below: &str) -> (Statement, usize) {
        let mut doubts: Vec<Box<str>> = Vec::new();
        let (text, characters) = shorten(node);
        let mut statement = Statement {
            sid: None,
            effect: None,
            principals: None,
            actions: Choice::anything(),
            resources: None,
            conditions: Box::default(),
            doubts: Box::default(),
            text,
            place: self.place(node, below),
        };
        if !node.is_map() {
            doubts.push(format!("it is {} instead of a map", node.kind_name()).into());
            statement.resources = Some(Choice::anything());
        }
        let mut actions = None;
        for (key, value) in node.entries() {
            match &*key.text {
                "Sid" => statement.sid = value.scalar().map(Box::from),
                "Effect" => {
                    statement.effect = match value.text() {
                        Some("Allow") => Some(Effect::Allow),
                        Some("Deny") => Some(Effect::Deny),
                        _ => None,
                    };
                }
                name @ ("Action" | "NotAction") => {
                    actions = Some(choice(name, value, actions.is_some(), &mut doubts));
                }
                name @ ("Resource" | "NotResource") => {
                    statement.resources =
                        Some(choice(name, value, statement.resources.is_some(), &mut doubts));
                }
                name @ ("Principal" | "NotPrincipal") => {
                    if statement.principals.is_some() {
                        doubts.push("it has both `Principal` and `NotPrincipal`".into());
                    }
                    statement.principals = Some(principals(name == "NotPrincipal", value, &mut doubts));
                }
                "Condition" => statement.conditions = conditions(value, &mut doubts).into(),
                other => doubts.push(format!("there is no element `{other}`").into()),
            }
        }
        if node.is_map() && statement.effect.is_none() {
            doubts.push("its `Effect` is neither `Allow` nor `Deny`".into());
        }
        match actions {
            Some(actions) => statement.actions = actions,
            None if node.is_map() => doubts.push("it has no `Action`".into()),
            None => {}
        }
        statement.doubts = doubts.into();
        (statement, characters)
    }
}

/// Notes what AWS refuses: a principal where `principals` may not stand, and a statement with neither principal nor
/// resource. What such a one would do nobody knows.
/// Source: IAM User Guide, "Grammar of the IAM JSON policy language".
pub fn doubt_misplaced(statement: &mut Statement, principals: bool) {
    if statement.principals.is_some() && !principals {
        doubt(
            statement,
            "it names a principal, which AWS takes in policies of resources only",
        );
    }
    if statement.resources.is_none() && statement.principals.is_none() {
        doubt(statement, "it has no `Resource`");
    }
}

/// Notes variables of forms that no document explains. What stands beside such a one may be anything.
fn doubt_variables(statement: &mut Statement) {
    let Some(odd) = statement.variable_texts().find_map(text::undocumented) else {
        return;
    };
    let doubt = format!("`{odd}` is no variable as documented: `${{key}}` or `${{key, 'default'}}`");
    let clear = |texts: &[Box<str>]| texts.iter().all(|text| text::undocumented(text).is_none());
    if let Some(resources) = &mut statement.resources
        && !clear(&resources.texts)
    {
        *resources = Choice::anything();
    }
    let conditions = statement.conditions.iter().filter(|one| clear(&one.values));
    statement.conditions = conditions.cloned().collect();
    statement.doubts = statement.doubts.iter().cloned().chain([doubt.into()]).collect();
}

/// The statement on one line, cut at a character boundary, and how long it was.
fn shorten(node: &Node) -> (Box<str>, usize) {
    let mut text = node.to_json();
    let characters = text.chars().count();
    if let Some((at, _)) = text.char_indices().nth(TEXT_MAX) {
        text.truncate(at);
        text.push('…');
    }
    (text.into(), characters)
}

/// One text, or a list of texts; booleans and numbers count as texts.
fn texts(node: &Node) -> Option<Box<[Box<str>]>> {
    match &node.value {
        Value::List(list) => list.iter().map(|value| value.scalar().map(Box::from)).collect(),
        Value::Null | Value::Map(_) => None,
        Value::Bool(_) | Value::Number(_) | Value::Text(_) => {
            node.scalar().map(|text| [Box::from(text)].into())
        }
    }
}

fn choice(name: &str, node: &Node, again: bool, doubts: &mut Vec<Box<str>>) -> Choice {
    let base = name.strip_prefix("Not").unwrap_or(name);
    if again {
        doubts.push(format!("it has both `{base}` and `Not{base}`").into());
        return Choice::anything();
    }
    match texts(node) {
        Some(texts) if !texts.is_empty() => Choice {
            except: name != base,
            texts,
        },
        Some(_) => {
            doubts.push(format!("its `{name}` is empty").into());
            Choice::anything()
        }
        None => {
            doubts.push(format!("its `{name}` is neither a text nor a list of texts").into());
            Choice::anything()
        }
    }
}

fn principals(except: bool, node: &Node, doubts: &mut Vec<Box<str>>) -> Principals {
    let mut list = Vec::new();
    match &node.value {
        Value::Text(text) if &**text == "*" => list.push(Principal::Anyone),
        Value::Map(entries) => {
            for (kind, value) in entries {
                let Some(names) = texts(value) else {
                    doubts.push(format!("the principals under `{}` are no texts", kind.text).into());
                    continue;
                };
                for name in names {
                    list.push(match &*kind.text {
                        "AWS" if &*name == "*" => Principal::Anyone,
                        "AWS" => Principal::Aws(name),
                        "Service" => Principal::Service(name),
                        "Federated" => Principal::Federated(name),
                        "CanonicalUser" => Principal::Canonical(name),
                        other => {
                            doubts.push(format!("there is no kind of principal `{other}`").into());
                            continue;
                        }
                    });
                }
            }
        }
        Value::Text(_) | Value::List(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {
            doubts.push(format!("its principal is {}", node.kind_name()).into());
        }
    }
    Principals {
        except,
        list: list.into(),
    }
}

pub(crate) fn conditions(node: &Node, doubts: &mut Vec<Box<str>>) -> Vec<Condition> {
    let mut found = Vec::new();
    if !node.is_map() {
        doubts.push(format!("its `Condition` is {}", node.kind_name()).into());
    }
    for (operator, keys) in node.entries() {
        if !keys.is_map() {
            doubts.push(
                format!(
                    "what stands under the operator `{}` is {}",
                    operator.text,
                    keys.kind_name()
                )
                .into(),
            );
        }
        for (key, values) in keys.entries() {
            let Some(values) = texts(values) else {
                doubts.push(format!("the values of `{}` are no texts", key.text).into());
                continue;
            };
            found.push(Condition {
                written: Box::from(&*operator.text),
                operator: Operator::named(&operator.text),
                key: Box::from(&*key.text),
                values,
            });
        }
    }
    found
}

/// The pointer of a part of a node.
#[must_use]
pub(crate) fn below(pointer: &str, key: &str, index: usize) -> String {
    format!("{}/{index}", pointer_join(pointer, key))
}
