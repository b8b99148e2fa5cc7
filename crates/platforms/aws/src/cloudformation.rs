//! CloudFormation: templates in JSON and YAML, and what the AWS command line prints of stacks.
//!
//! A template tells neither the account nor the region that it is deployed in, and no name that CloudFormation makes up. A
//! wrapper around the output of `get-template` that names its stack tells them, with `describe-stacks` and
//! `describe-stack-resources`; else the one account that the settings name counts, and answers say so. What nobody tells
//! stays open: a part of a statement becomes a doubt, never `*`. Sources: AWS CloudFormation User Guide, "Template
//! anatomy", "Intrinsic function reference", "Pseudo parameters reference".

mod conditions;
mod kinds;
mod names;
mod owners;
mod scope;

use std::collections::{BTreeMap, BTreeSet};

use leastwise_document::{Item, Node};
use leastwise_model::{Assumption, FileIndex, Remark, Settings, Side, Text};

use crate::declared::{File, Form, remark};
use crate::export::Spot;
use crate::output::{Output, embedded};
use crate::policy::Place;
use scope::Scope;

/// One template.
#[derive(Debug)]
struct Template {
    node: Node,
    /// The ARN or name of its stack.
    stack: Option<Text>,
    /// The name of its file, without folders.
    file: String,
    spot: Spot,
}

/// One stack.
#[derive(Debug, Default)]
struct Stack {
    name: Text,
    partition: Text,
    region: Text,
    account: Text,
    parameters: BTreeMap<Text, Text>,
    /// Names of its resources, by logical id.
    physical: BTreeMap<Text, Text>,
}

/// Templates and stacks that were taken.
#[derive(Debug, Default)]
pub struct Templates {
    templates: Vec<Template>,
    /// By ARN.
    stacks: BTreeMap<Text, Stack>,
}

/// How a stack is told.
const SETTLE: &str = "aws cloudformation get-template and describe-stacks, in wrappers that name the stack";

impl Templates {
    /// Takes an item, if it is a template or tells of stacks; says whether it is.
    pub fn take(&mut self, file: FileIndex, path: &str, item: &Item, remarks: &mut Vec<Remark>) -> bool {
        let Some(output) = Output::of(file, item) else {
            return false;
        };
        let spot = Spot {
            file,
            place: Place::of(output.node, &output.pointer),
        };
        let resources = ["StackResources", "StackResourceSummaries"];
        if let Some((list, _)) = resources.into_iter().find_map(|key| output.list(key)) {
            for node in list {
                let text = |key: &str| node.get(key).and_then(Node::text).map(Text::from);
                let (Some(logical), Some(physical)) = (text("LogicalResourceId"), text("PhysicalResourceId"))
                else {
                    continue;
                };
                if let Some(stack) = id_of_stack(node, &output).and_then(|id| self.stack(&id)) {
                    stack.physical.insert(logical, physical);
                }
            }
            return true;
        }
        let (node, pointer) = match output.node.get("TemplateBody") {
            Some(body) if body.is_map() => (body.clone(), format!("{}/TemplateBody", output.pointer)),
            Some(body) => match embedded(body) {
                Some(node) => (node, format!("{}/TemplateBody", output.pointer)),
                None => {
                    let what = "the template in `TemplateBody` cannot be read".to_owned();
                    remarks.push(remark(
                        &spot,
                        what,
                        "export it again: aws cloudformation get-template",
                    ));
                    return true;
                }
            },
            None if is_template(output.node) => (output.node.clone(), output.pointer.clone()),
            None => return false,
        };
        let of = output.of.map(Text::from);
        if let Some(id) = of.as_ref().filter(|of| of.contains(":cloudformation:")) {
            self.stack(id);
        }
        self.templates.push(Template {
            spot: Spot {
                file,
                place: Place::of(&node, &pointer),
            },
            node,
            stack: of,
            file: path.rsplit('/').next().unwrap_or(path).into(),
        });
        true
    }

    /// Looks for parameters of stacks; says whether an item tells of stacks.
    pub fn hear(&mut self, file: FileIndex, item: &Item) -> bool {
        let Some(output) = Output::of(file, item) else {
            return false;
        };
        let list = output.list("Stacks").map(|(list, _)| list).unwrap_or_default();
        let mut heard = false;
        for node in list {
            if let Some(stack) = id_of_stack(node, &output).and_then(|id| self.stack(&id)) {
                let names = ["ParameterKey", "ParameterValue"];
                stack.parameters.extend(pairs(node, "Parameters", names));
                heard = true;
            }
        }
        heard
    }

    /// The stack of an ARN, `arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/ID`.
    fn stack(&mut self, arn: &Text) -> Option<&mut Stack> {
        let fields: Vec<&str> = arn.split(':').collect();
        let [_, partition, _, region, account, rest] = fields.as_slice() else {
            return None;
        };
        let name = rest.split('/').nth(1)?;
        let stack = self.stacks.entry(arn.clone()).or_default();
        stack.name = name.into();
        stack.partition = (*partition).into();
        stack.region = (*region).into();
        stack.account = (*account).into();
        Some(stack)
    }

    /// The stack of a template: by its ARN, or by its name where one stack has it.
    fn stack_of(&self, template: &Template) -> Option<&Stack> {
        let of = template.stack.as_ref()?;
        self.stacks.get(of).or_else(|| {
            let mut all = self.stacks.values().filter(|stack| stack.name == *of);
            all.next().filter(|_| all.next().is_none())
        })
    }

    /// What the templates declare.
    pub fn files(&self, settings: &Settings, remarks: &mut Vec<Remark>) -> Vec<File> {
        let each = self.templates.iter();
        each.filter_map(|template| self.file(template, settings, remarks))
            .collect()
    }

    fn file(&self, template: &Template, settings: &Settings, remarks: &mut Vec<Remark>) -> Option<File> {
        let stack = self.stack_of(template);
        let only = match settings.accounts.as_slice() {
            [one] => Some(&one.id),
            _ => None,
        };
        let Some(account) = stack.map(|stack| &stack.account).or(only) else {
            if kinds::tells(&template.node) {
                let what = "left out: which account this template is for is not known".to_owned();
                let hint = "name the account in leastwise.toml, [accounts.\"111122223333\"], or wrap the template: \
                            {\"AwsCli\": \"cloudformation get-template\", \"Of\": \"ARN of the stack\", \"Output\": …}";
                remarks.push(remark(&template.spot, what, hint));
            }
            return None;
        };
        let scope = Scope::new(template, stack, account);
        let resources = kinds::resources(&scope, &template.spot, remarks);
        if resources.is_empty() {
            return None;
        }
        let mut assumptions = scope.assumptions();
        if stack.is_none() {
            assumptions.push(assumed(format!(
                "deployment of {} elsewhere than in account {account}, the one that the settings name, and partition {}",
                template.file,
                scope.partition()
            )));
        }
        Some(File {
            form: Form::Template,
            resources,
            accounts: BTreeSet::from([account.clone()]),
            partition: scope.partition().into(),
            assumptions,
            spot: template.spot.clone(),
        })
    }
}

/// The ARN of a stack that a description or the wrapper around it names.
fn id_of_stack(node: &Node, output: &Output<'_>) -> Option<Text> {
    let id = node.get("StackId").and_then(Node::text).or(output.of);
    id.filter(|id| id.contains(":cloudformation:")).map(Text::from)
}

/// What an answer about a template rests on.
fn assumed(layer: String) -> Assumption {
    Assumption {
        layer: layer.into(),
        settle: SETTLE.into(),
        side: Side::Both,
    }
}

fn is_template(node: &Node) -> bool {
    let typed = |node: &Node| {
        let kind = node.get("Type").and_then(Node::text);
        kind.is_some_and(|kind| kind.contains("::"))
    };
    let resources = node.get("Resources").map(Node::entries).unwrap_or_default();
    node.get("AWSTemplateFormatVersion").is_some() || resources.iter().any(|(_, node)| typed(node))
}

/// Pairs of texts in a list of maps.
fn pairs(node: &Node, list: &str, [key, value]: [&str; 2]) -> Vec<(Text, Text)> {
    let list = node.get(list).map(Node::list).unwrap_or_default();
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::scalar).map(Text::from);
    list.iter()
        .filter_map(|one| Some((text(one, key)?, text(one, value)?)))
        .collect()
}
