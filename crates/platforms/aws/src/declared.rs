//! What tools that make accounts declare to be there: Terraform and OpenTofu states and plans, CloudFormation templates.
//!
//! Each form is read into resources with attributes ([`Resource`]), called as the AWS provider of Terraform calls them, and
//! one builder makes users, groups, roles, policies and policies of resources of them, like those of an export. Only
//! attributes that say who may do what are looked at. Of an account that was exported the export counts.

mod build;
mod grants;
mod owners;
mod parts;

use std::collections::{BTreeMap, BTreeSet};

use leastwise_document::{Item, Node};
use leastwise_model::{Assumption, FileIndex, Location, Remark, Settings, Text};

pub use owners::queue;

use crate::cloudformation::Templates;
use crate::export::{Export, Spot};
use crate::policy::{Place, is_settled};
use crate::resources::Resources;
use crate::terraform;

/// How something is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A Terraform state.
    State,
    /// A Terraform plan.
    Plan,
    /// A CloudFormation template.
    Template,
}

impl Form {
    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Plan => "plan",
            Self::Template => "template",
        }
    }

    /// Who works with it.
    pub fn tool(self) -> &'static str {
        match self {
            Self::State | Self::Plan => "Terraform",
            Self::Template => "CloudFormation",
        }
    }

    /// Until when an attribute that is missing is not known.
    fn unknown(self) -> &'static str {
        match self {
            Self::State | Self::Plan => "is not known before the plan is applied",
            Self::Template => "is not known from the template",
        }
    }

    /// How to learn what is not known.
    fn hint(self) -> &'static str {
        match self {
            Self::State | Self::Plan => {
                "plan with `data \"aws_caller_identity\"`, or read the state afterwards"
            }
            Self::Template => "give an export of the account that the stack is in",
        }
    }
}

/// The kind of a resource that is nothing but a policy and the ARN of what it is attached to.
pub const POLICY_OF: &str = "policy_of_resource";

/// One resource.
#[derive(Debug)]
pub struct Resource {
    /// Such as `module.a.aws_iam_role.x["k"]`, or the logical id in a template.
    pub address: Text,
    /// Its type, as Terraform calls it.
    pub kind: &'static str,
    /// In what it is declared.
    pub form: Form,
    /// Its attributes, as Terraform calls them.
    pub values: Node,
    /// Attributes that the file calls otherwise, with what it calls them.
    pub written: &'static [(&'static str, &'static str)],
    /// The addresses that the configuration of an attribute refers to; of plans.
    pub references: BTreeMap<Text, Vec<Text>>,
    /// A condition of which nobody knows whether it holds, and without which the resource is not made.
    pub perhaps: Option<Text>,
    /// Where it stands.
    pub spot: Spot,
}

impl Resource {
    /// An attribute that is a text; `None` where it is missing, empty or not known yet.
    pub fn text(&self, attribute: &str) -> Option<&str> {
        let value = self.values.get(attribute)?.text()?;
        (!value.is_empty() && is_settled(value)).then_some(value)
    }

    /// An attribute that is a list of texts, as far as they are known.
    pub fn texts(&self, attribute: &str) -> impl Iterator<Item = &str> {
        let list = self.values.get(attribute).map(Node::list).unwrap_or_default();
        list.iter().filter_map(Node::text).filter(|text| is_settled(text))
    }

    /// Whether an attribute is a list with elements that are not known.
    pub fn lacks(&self, attribute: &str) -> bool {
        let value = self.values.get(attribute).filter(|value| !value.is_null());
        value.is_some_and(|value| {
            let settled = |one: &Node| one.text().is_some_and(is_settled);
            !value.is_list() || !value.list().iter().all(settled)
        })
    }

    /// Where an attribute stands.
    pub fn place(&self, attribute: &str) -> Place {
        let node = self.values.get(attribute).unwrap_or(&self.values);
        Place::of(node, &self.pointer(attribute))
    }

    /// The JSON pointer of an attribute.
    pub fn pointer(&self, attribute: &str) -> String {
        leastwise_document::pointer_join(&self.spot.place.pointer, self.written(attribute))
    }

    /// What the file calls an attribute.
    pub fn written<'a>(&self, attribute: &'a str) -> &'a str {
        let known = self.written.iter().find(|(ours, _)| *ours == attribute);
        known.map_or(attribute, |(_, theirs)| theirs)
    }
}

/// One state, plan or template.
#[derive(Debug)]
pub struct File {
    /// What it is.
    pub form: Form,
    /// What it declares.
    pub resources: Vec<Resource>,
    /// Accounts that it names.
    pub accounts: BTreeSet<Text>,
    /// The partition of ARNs that it does not spell.
    pub partition: Text,
    /// What answers about whoever lives in its account rest on.
    pub assumptions: Vec<Assumption>,
    /// Where it stands.
    pub spot: Spot,
}

/// All that was taken.
#[derive(Debug, Default)]
pub struct Declared {
    files: Vec<File>,
    templates: Templates,
    remarks: Vec<Remark>,
}

impl Declared {
    /// Takes an item, if it is a state, a plan or a template with resources of AWS, or tells of a stack; says whether it
    /// is.
    pub fn take(&mut self, file: FileIndex, path: &str, item: &Item) -> bool {
        if item.from.is_some() || !item.node.is_map() {
            return false;
        }
        let spot = Spot {
            file,
            place: Place::of(&item.node, &item.pointer),
        };
        match terraform::read(&item.node, &item.pointer, &spot) {
            Some(Ok(file)) => self.files.push(file),
            Some(Err(why)) => self.remarks.push(remark(
                &spot,
                why,
                "give a state of version 4 (terraform state pull), or a plan of format 1 (terraform show -json)",
            )),
            None => return self.templates.take(file, path, item, &mut self.remarks),
        }
        true
    }

    /// Looks for what an item tells of stacks, whoever takes it; says whether it tells of any.
    pub fn hear(&mut self, file: FileIndex, item: &Item) -> bool {
        self.templates.hear(file, item)
    }

    /// Adds what is declared to what was exported. Of an account that was exported the export counts.
    pub fn add_to(mut self, settings: &Settings, export: &mut Export, resources: &mut Resources) {
        self.files
            .extend(self.templates.files(settings, &mut self.remarks));
        build::build(&self.files, export, resources, &mut self.remarks);
        export.remarks.append(&mut self.remarks);
    }
}

/// What is told of an input that loses something.
pub fn remark(spot: &Spot, what: String, hint: &str) -> Remark {
    Remark {
        location: Some(Location {
            file: spot.file,
            line: spot.place.line,
            column: spot.place.column,
            pointer: spot.place.pointer.clone(),
        }),
        what: what.into(),
        hint: hint.into(),
        loses: true,
    }
}

/// An address without what stands in brackets.
pub fn without_indexes(address: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::new();
    for letter in address.chars() {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            other if depth == 0 => kept.push(other),
            _ => {}
        }
    }
    kept
}
