//! Texts of which a part is not known until something is deployed.
//!
//! Whoever reads a template puts a mark where a value is missing ([`marked`]); here the mark becomes a doubt, and what it
//! spoils is widened: a pattern to `*` in that place, a complement, a condition or a principal to everything. So the
//! statement stands for at most what it can come to, and for certain for nothing.

use leastwise_document::Node;

use super::{Choice, Document, Principal, Principals, Statement};

/// Around what is not known. Characters that no name of AWS holds; one in an input makes a doubt and no more.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// The mark of a value that is not known, which people call this.
pub fn marked(what: &str) -> String {
    format!("{OPEN}{what}{CLOSE}")
}

/// Whether a text holds no mark.
pub fn is_settled(text: &str) -> bool {
    !text.contains(OPEN)
}

/// Whether no principal of a document that is a map holds a mark.
pub fn is_principal_settled(document: &Node) -> bool {
    let Some(body) = document.get("Statement") else {
        return true;
    };
    let alone = std::slice::from_ref(body);
    let statements = if body.is_list() { body.list() } else { alone };
    let each = statements.iter().flat_map(Node::entries);
    let mut principals = each.filter(|(key, _)| matches!(&*key.text, "Principal" | "NotPrincipal"));
    principals.all(|(_, node)| is_settled(&node.to_json()))
}

/// Adds the doubt that all of a document is there only perhaps.
pub fn perhaps(document: &mut Document, why: &str) {
    for statement in &mut document.statements {
        doubt(statement, why);
    }
}

/// Adds a doubt.
pub fn doubt(statement: &mut Statement, why: &str) {
    let known = statement.doubts.iter().cloned();
    statement.doubts = known.chain([why.into()]).collect();
}

/// Makes doubts of the marks in a document. What a statement lists beside a mark stays certain: the list falls into two.
pub fn unsettle(document: &mut Document) {
    let statements = std::mem::take(&mut document.statements);
    for mut statement in statements {
        let sure = certain(&mut statement);
        document.statements.extend(sure);
        let mut missing = Vec::new();
        one(&mut statement, &mut missing);
        statement.text = unmark(&statement.text, &mut Vec::new(), |what| format!("<{what}>")).into();
        missing.sort();
        missing.dedup();
        if !missing.is_empty() {
            let is = if missing.len() > 1 { "are" } else { "is" };
            let names: Vec<String> = missing.iter().map(|what| format!("`{what}`")).collect();
            doubt(&mut statement, &format!("{} {is} not known", names.join(", ")));
        }
        document.statements.push(statement);
    }
}

/// The part of a statement whose resources are certain, taken out of it; `None` where it has no such part, or is so whole.
fn certain(statement: &mut Statement) -> Option<Statement> {
    let resources = statement
        .resources
        .as_mut()
        .filter(|resources| !resources.except)?;
    let texts = std::mem::take(&mut resources.texts).into_vec();
    let (sure, open): (Vec<_>, Vec<_>) = texts.into_iter().partition(|text| is_settled(text));
    if sure.is_empty() || open.is_empty() {
        resources.texts = sure.into_iter().chain(open).collect();
        return None;
    }
    resources.texts = open.into();
    let mut certain = statement.clone();
    certain.resources = Some(Choice {
        except: false,
        texts: sure.into(),
    });
    let mut missing = Vec::new();
    certain.text = unmark(&certain.text, &mut missing, |what| format!("<{what}>")).into();
    let mut apart = certain.clone();
    let mut others = Vec::new();
    one(&mut apart, &mut others);
    if !others.is_empty() {
        // Something else in it is not known: then no part of it is certain.
        let all = certain
            .resources
            .iter()
            .flat_map(|choice| choice.texts.iter().cloned());
        let resources = statement.resources.as_mut()?;
        resources.texts = all.chain(resources.texts.iter().cloned()).collect();
        return None;
    }
    Some(certain)
}

/// Widens what marks spoil, and tells what is missing.
fn one(statement: &mut Statement, missing: &mut Vec<String>) {
    if let Some(sid) = &mut statement.sid {
        *sid = unmark(sid, missing, |_| String::new()).into();
    }
    widen(&mut statement.actions, missing);
    if let Some(resources) = &mut statement.resources {
        widen(resources, missing);
    }
    if let Some(principals) = &mut statement.principals {
        let texts = principals.list.iter().filter_map(|principal| match principal {
            Principal::Aws(text)
            | Principal::Service(text)
            | Principal::Federated(text)
            | Principal::Canonical(text) => Some(&**text),
            Principal::Anyone => None,
        });
        let open: Vec<String> = texts
            .filter(|text| !is_settled(text))
            .map(str::to_owned)
            .collect();
        if !open.is_empty() {
            for text in open {
                unmark(&text, missing, |_| String::new());
            }
            *principals = Principals {
                except: false,
                list: [Principal::Anyone].into(),
            };
        }
    }
    let conditions = std::mem::take(&mut statement.conditions).into_vec();
    let (sure, open): (Vec<_>, Vec<_>) = conditions
        .into_iter()
        .partition(|one| one.values.iter().all(|value| is_settled(value)) && is_settled(&one.key));
    for text in open.iter().flat_map(|one| one.values.iter().chain([&one.key])) {
        unmark(text, missing, |_| String::new());
    }
    statement.conditions = sure.into();
}

fn widen(choice: &mut Choice, missing: &mut Vec<String>) {
    if choice.texts.iter().all(|text| is_settled(text)) {
        return;
    }
    let texts = choice.texts.iter();
    let texts = texts
        .map(|text| unmark(text, missing, |_| "*".to_owned()).into())
        .collect();
    *choice = match choice.except {
        true => Choice::anything(),
        false => Choice { except: false, texts },
    };
}

/// A text with something else in the place of its marks; tells what they stand for.
fn unmark(text: &str, missing: &mut Vec<String>, instead: impl Fn(&str) -> String) -> String {
    let mut parts = text.split(OPEN);
    let mut made = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (what, rest) = part.split_once(CLOSE).unwrap_or((part, ""));
        missing.push(what.to_owned());
        made.push_str(&instead(what));
        made.push_str(rest);
    }
    made
}
