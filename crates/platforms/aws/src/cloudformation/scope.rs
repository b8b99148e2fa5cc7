//! Values of a template: references and functions settled as far as template, stack and settings tell.
//!
//! What nobody tells becomes a mark ([`crate::policy::marked`]). Sources: AWS CloudFormation User Guide, "Intrinsic function
//! reference", "Pseudo parameters reference", "Parameters".

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use leastwise_document::{Key, Node, Value};
use leastwise_model::{Assumption, Text};

use super::{Stack, Template, assumed};
use crate::policy::{is_settled, marked};

/// Steps that settling one template may take; names that refer to each other would grow without end.
const STEPS_MAX: u32 = 200_000;

/// Functions inside functions that are followed.
pub(super) const DEEP: u8 = 32;

/// Names inside names that are followed.
const NAMES_DEEP: u8 = 4;

/// One template, with what is known beside it.
pub struct Scope<'t> {
    pub(super) template: &'t Template,
    pub(super) stack: Option<&'t Stack>,
    pub(super) account: &'t str,
    steps: Cell<u32>,
    /// Names that are being found out.
    naming: Cell<u8>,
    /// Parameters whose default values were taken.
    defaults: RefCell<BTreeSet<Text>>,
    /// Resources whose names CloudFormation makes up.
    pub(super) made: RefCell<BTreeSet<Text>>,
}

/// A text value in the place of another.
pub fn text(at: &Node, text: &str) -> Node {
    Node {
        at: at.at,
        value: Value::Text(text.into()),
    }
}

/// What is known of a node that is a function: its name without `Fn::` or `!`, and what it is given.
pub fn function(node: &Node) -> Option<(&str, &Node)> {
    let [(key, given)] = node.entries() else {
        return None;
    };
    let name = key
        .text
        .strip_prefix("Fn::")
        .or_else(|| key.text.strip_prefix('!'));
    match name {
        Some(name) => Some((name, given)),
        None => matches!(&*key.text, "Ref" | "Condition").then_some((&*key.text, given)),
    }
}

impl<'t> Scope<'t> {
    pub(super) fn new(template: &'t Template, stack: Option<&'t Stack>, account: &'t str) -> Self {
        Self {
            template,
            stack,
            account,
            steps: Cell::new(0),
            naming: Cell::new(0),
            defaults: RefCell::default(),
            made: RefCell::default(),
        }
    }

    /// What answers rest on that use this template.
    pub fn assumptions(&self) -> Vec<Assumption> {
        let list = |names: &BTreeSet<Text>| {
            let names: Vec<&str> = names.iter().map(|name| &**name).collect();
            names.join(", ")
        };
        let file = &self.template.file;
        let (defaults, made) = (self.defaults.borrow(), self.made.borrow());
        let mut found = Vec::new();
        if !defaults.is_empty() {
            let what = format!(
                "other values than the defaults of parameters of {file}: {}",
                list(&defaults)
            );
            found.push(assumed(what));
        }
        if !made.is_empty() {
            let what = format!(
                "statements that match names which CloudFormation makes up in {file}: {}",
                list(&made)
            );
            found.push(assumed(what));
        }
        found
    }

    /// The partition of ARNs.
    pub fn partition(&self) -> &str {
        self.stack.map_or("aws", |stack| &stack.partition)
    }

    /// A section of the template.
    pub(super) fn section(&self, name: &str) -> Option<&'t Node> {
        self.template.node.get(name)
    }

    /// Takes one step; whether that was one too many.
    pub(super) fn is_tired(&self) -> bool {
        self.steps.set(self.steps.get().saturating_add(1));
        self.steps.get() > STEPS_MAX
    }

    /// Finds out a name, unless that asks for too many others.
    pub(super) fn naming(&self, logical: &str, find: impl FnOnce() -> String) -> String {
        let deep = self.naming.get();
        if deep >= NAMES_DEEP {
            return marked(logical);
        }
        self.naming.set(deep + 1);
        let found = find();
        self.naming.set(deep);
        found
    }

    /// A value with all functions settled; `None` for no value.
    pub fn settle(&self, node: &Node, depth: u8) -> Option<Node> {
        if depth >= DEEP || self.is_tired() {
            return Some(text(node, &marked("what refers to itself")));
        }
        if let Some((name, given)) = function(node) {
            return self.call(node, name, given, depth + 1);
        }
        let value = match &node.value {
            Value::List(list) => {
                Value::List(list.iter().flat_map(|one| self.element(one, depth + 1)).collect())
            }
            Value::Map(entries) => {
                let each = entries.iter();
                let each = each.filter_map(|(key, one)| Some((key.clone(), self.settle(one, depth + 1)?)));
                Value::Map(each.collect())
            }
            Value::Text(said) if said.contains("{{resolve:") => {
                let what = said.split("{{resolve:").nth(1).unwrap_or_default();
                Value::Text(
                    marked(&format!(
                        "resolve:{}",
                        what.split("}}").next().unwrap_or_default()
                    ))
                    .into(),
                )
            }
            other => other.clone(),
        };
        Some(Node { at: node.at, value })
    }

    /// An element of a list; of one that depends on what is not known, all that it can be.
    fn element(&self, node: &Node, depth: u8) -> Vec<Node> {
        let branches = matches!(function(node), Some(("If", _)));
        match self.settle(node, depth) {
            Some(Node {
                value: Value::List(list),
                ..
            }) if branches => list,
            found => found.into_iter().collect(),
        }
    }

    /// A text, with marks in it where something is not known.
    pub fn words(&self, node: &Node, depth: u8) -> Option<String> {
        self.settle(node, depth)?.scalar().map(str::to_owned)
    }

    fn call(&self, node: &Node, name: &str, given: &Node, depth: u8) -> Option<Node> {
        let unknown = |what: &str| Some(text(node, &marked(what)));
        let at = |index: usize| given.list().get(index);
        let said = |index: usize| at(index).and_then(|one| self.words(one, depth));
        match name {
            "Ref" => self.refer(node, given.text()?),
            "GetAtt" => {
                let parts: Vec<&str> = match given.text() {
                    Some(text) => text.splitn(2, '.').collect(),
                    None => given.list().iter().filter_map(Node::text).collect(),
                };
                let [logical, attribute] = parts.as_slice() else {
                    return unknown("Fn::GetAtt");
                };
                Some(text(node, &self.attribute(logical, attribute)))
            }
            "Sub" => Some(text(node, &self.substitute(given, depth))),
            "Join" => {
                let list = at(1).and_then(|list| self.settle(list, depth));
                let parts: Option<Vec<&str>> = list.as_ref().filter(|list| list.is_list()).and_then(|list| {
                    let each = list.list().iter();
                    each.map(Node::scalar).collect()
                });
                match (said(0), parts) {
                    (Some(between), Some(parts)) => Some(text(node, &parts.join(&between))),
                    _ => unknown("Fn::Join"),
                }
            }
            "Split" => match (said(0), said(1)) {
                (Some(between), Some(whole)) if is_settled(&whole) && !between.is_empty() => {
                    let parts = whole.split(between.as_str()).map(|part| text(node, part));
                    Some(Node {
                        at: node.at,
                        value: Value::List(parts.collect()),
                    })
                }
                _ => unknown("Fn::Split"),
            },
            "Select" => {
                let list = at(1).and_then(|list| self.settle(list, depth));
                let index = said(0).and_then(|index| index.parse::<usize>().ok());
                let found = list
                    .zip(index)
                    .and_then(|(list, index)| list.list().get(index).cloned());
                found.or_else(|| unknown("Fn::Select"))
            }
            "FindInMap" => match (said(0), said(1), said(2)) {
                (Some(map), Some(first), Some(second)) => {
                    let maps = self.section("Mappings");
                    let found = maps.and_then(|maps| maps.get(&map)?.get(&first)?.get(&second));
                    match found {
                        Some(found) => self.settle(found, depth),
                        None => unknown(&format!("Fn::FindInMap {map}")),
                    }
                }
                _ => unknown("Fn::FindInMap"),
            },
            "If" => self.choose(node, given, depth),
            "ToJsonString" => Some(text(node, &self.settle(given, depth)?.to_json())),
            "ImportValue" => {
                let what = self.words(given, depth).filter(|what| is_settled(what));
                unknown(&format!("Fn::ImportValue {}", what.unwrap_or_default()))
            }
            other => unknown(&format!("Fn::{other}")),
        }
    }

    fn choose(&self, node: &Node, given: &Node, depth: u8) -> Option<Node> {
        let [condition, yes, no] = given.list() else {
            return Some(text(node, &marked("Fn::If")));
        };
        let name = condition.text().unwrap_or_default();
        match self.holds(name, depth) {
            Some(true) => self.settle(yes, depth),
            Some(false) => self.settle(no, depth),
            None => {
                let mark = marked(&format!("condition {name}"));
                let mut branches = Vec::new();
                for branch in [yes, no].into_iter().filter_map(|one| self.settle(one, depth)) {
                    match branch.value {
                        Value::List(list) => branches.extend(list),
                        _ => branches.push(branch),
                    }
                }
                if branches.iter().all(Node::is_map) && !branches.is_empty() {
                    branches.iter_mut().for_each(|branch| doubtful(branch, &mark));
                    return Some(Node {
                        at: node.at,
                        value: Value::List(branches),
                    });
                }
                Some(text(node, &mark))
            }
        }
    }

    fn refer(&self, node: &Node, name: &str) -> Option<Node> {
        let stack = |of: fn(&Stack) -> &Text| match self.stack {
            Some(stack) => of(stack).to_string(),
            None => marked(name),
        };
        let found = match name {
            "AWS::NoValue" => return None,
            "AWS::AccountId" => self.account.to_owned(),
            "AWS::Partition" => self.partition().to_owned(),
            "AWS::Region" => stack(|stack| &stack.region),
            "AWS::StackName" => stack(|stack| &stack.name),
            "AWS::URLSuffix" if self.partition() == "aws-cn" => "amazonaws.com.cn".to_owned(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            _ => match self.section("Parameters").and_then(|all| all.get(name)) {
                Some(declared) => return Some(self.parameter(node, name, declared)),
                None => self.reference(name),
            },
        };
        Some(text(node, &found))
    }

    /// The value of a parameter: the stack's, else its default. Of one that is not to be echoed nothing is taken.
    fn parameter(&self, node: &Node, name: &str, declared: &Node) -> Node {
        let hidden = declared.get("NoEcho").and_then(Node::scalar) == Some("true");
        let kind = declared.get("Type").and_then(Node::text).unwrap_or_default();
        // Its value is the name of where the value is.
        let elsewhere = kind.starts_with("AWS::SSM::Parameter::Value");
        let given = self.stack.and_then(|stack| stack.parameters.get(name));
        let value = match (given, declared.get("Default").and_then(Node::scalar)) {
            _ if hidden || elsewhere => None,
            (Some(given), _) => Some(given.to_string()),
            (None, Some(default)) => {
                self.defaults.borrow_mut().insert(name.into());
                Some(default.to_owned())
            }
            (None, None) => None,
        };
        match value {
            None => text(node, &marked(name)),
            Some(value) if kind == "CommaDelimitedList" || kind.starts_with("List<") => Node {
                at: node.at,
                value: Value::List(value.split(',').map(|part| text(node, part.trim())).collect()),
            },
            Some(value) => text(node, &value),
        }
    }

    /// A text with `${…}` in it; `${!x}` stands for `${x}`.
    fn substitute(&self, given: &Node, depth: u8) -> String {
        let (pattern, own) = match given.list() {
            [pattern, own] => (pattern.text(), Some(own)),
            _ => (given.text(), None),
        };
        let Some(pattern) = pattern else {
            return marked("Fn::Sub");
        };
        let mut parts = pattern.split("${");
        let mut made = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let Some((name, rest)) = part.split_once('}') else {
                made.push_str("${");
                made.push_str(part);
                continue;
            };
            if let Some(literal) = name.strip_prefix('!') {
                made.push_str(&format!("${{{literal}}}"));
            } else if let Some(value) = own.and_then(|own| own.get(name)) {
                made.push_str(&self.words(value, depth).unwrap_or_else(|| marked(name)));
            } else if let Some((logical, attribute)) = name.split_once('.') {
                made.push_str(&self.attribute(logical, attribute));
            } else {
                let found = self.refer(given, name);
                made.push_str(found.as_ref().and_then(Node::scalar).unwrap_or(&marked(name)));
            }
            made.push_str(rest);
        }
        made
    }
}

/// Marks what a value says as being there only perhaps: statements as a whole, everything else text by text.
pub fn doubtful(node: &mut Node, mark: &str) {
    match &mut node.value {
        Value::Map(entries) if entries.iter().any(|(key, _)| &*key.text == "Effect") => {
            let sid = entries.iter_mut().find(|(key, _)| &*key.text == "Sid");
            match sid {
                Some((_, sid)) => {
                    let known = sid.scalar().unwrap_or_default().to_owned();
                    sid.value = Value::Text(format!("{known}{mark}").into());
                }
                None => entries.push((
                    Key {
                        text: "Sid".into(),
                        at: node.at,
                    },
                    Node {
                        at: node.at,
                        value: Value::Text(mark.into()),
                    },
                )),
            }
        }
        Value::Map(entries) => {
            let inner = entries
                .iter_mut()
                .filter(|(key, _)| !matches!(&*key.text, "Version" | "Id" | "PolicyName"));
            inner.for_each(|(_, one)| doubtful(one, mark));
        }
        Value::List(list) => list.iter_mut().for_each(|one| doubtful(one, mark)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {
            node.value = Value::Text(mark.into());
        }
    }
}
