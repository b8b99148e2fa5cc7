//! Terraform and OpenTofu: states of version 4, and plans as `terraform show -json` prints them.
//!
//! A state tells what Terraform believes there is, a plan what there will be. Both are read like an export of the account's
//! users, groups, roles, policies and policies of resources. Only attributes that say who may do what are looked at: a
//! state holds secrets. Sources: Terraform documentation, "State snapshot format" (`internal/states/statefile`), "JSON
//! Output Format"; documentation of the AWS provider for each resource type.

mod build;
mod envelope;
mod grants;
mod owners;

use std::collections::{BTreeMap, BTreeSet};

use leastwise_document::{Item, Node};
use leastwise_model::{FileIndex, Location, Remark, Text};

use crate::export::{Export, Spot};
use crate::policy::Place;
use crate::resources::Resources;

/// The resource types that are read.
const KINDS: [&str; 26] = [
    "aws_iam_role",
    "aws_iam_user",
    "aws_iam_group",
    "aws_iam_policy",
    "aws_iam_role_policy",
    "aws_iam_user_policy",
    "aws_iam_group_policy",
    "aws_iam_role_policy_attachment",
    "aws_iam_user_policy_attachment",
    "aws_iam_group_policy_attachment",
    "aws_iam_policy_attachment",
    "aws_iam_role_policy_attachments_exclusive",
    "aws_iam_user_policy_attachments_exclusive",
    "aws_iam_group_policy_attachments_exclusive",
    "aws_iam_user_group_membership",
    "aws_iam_group_membership",
    "aws_iam_instance_profile",
    "aws_s3_bucket",
    "aws_s3_bucket_policy",
    "aws_sqs_queue",
    "aws_sqs_queue_policy",
    "aws_sns_topic_policy",
    "aws_kms_key",
    "aws_kms_key_policy",
    "aws_secretsmanager_secret_policy",
    "aws_ecr_repository_policy",
];

/// One instance of a resource.
#[derive(Debug)]
struct Resource {
    /// Such as `module.a.aws_iam_role.x["k"]`.
    address: Text,
    kind: &'static str,
    values: Node,
    /// The addresses that the configuration of an attribute refers to; of plans.
    references: BTreeMap<Text, Vec<Text>>,
    spot: Spot,
}

impl Resource {
    /// An attribute that is a text; `None` where it is missing, empty or not known yet.
    fn text(&self, attribute: &str) -> Option<&str> {
        let value = self.values.get(attribute)?.text()?;
        (!value.is_empty()).then_some(value)
    }

    /// An attribute that is a list of texts.
    fn texts(&self, attribute: &str) -> impl Iterator<Item = &str> {
        let list = self.values.get(attribute).map(Node::list).unwrap_or_default();
        list.iter().filter_map(Node::text)
    }

    /// Where an attribute stands.
    fn place(&self, attribute: &str) -> Place {
        let node = self.values.get(attribute).unwrap_or(&self.values);
        let at = node.position();
        Place {
            line: at.line,
            column: at.column,
            pointer: self.pointer(attribute).into(),
        }
    }

    fn pointer(&self, attribute: &str) -> String {
        leastwise_document::pointer_join(&self.spot.place.pointer, attribute)
    }
}

/// One state or plan.
#[derive(Debug)]
struct File {
    plan: bool,
    resources: Vec<Resource>,
    /// Accounts that it names.
    accounts: BTreeSet<Text>,
    spot: Spot,
}

/// All that was taken.
#[derive(Debug, Default)]
pub struct Terraform {
    files: Vec<File>,
    remarks: Vec<Remark>,
}

impl Terraform {
    /// Takes an item, if it is a state or a plan with resources of AWS; says whether it is.
    pub fn take(&mut self, file: FileIndex, item: &Item) -> bool {
        if item.from.is_some() || !item.node.is_map() {
            return false;
        }
        let spot = Spot {
            file,
            place: Place {
                line: item.node.position().line,
                column: item.node.position().column,
                pointer: item.pointer.as_str().into(),
            },
        };
        match envelope::read(&item.node, &item.pointer, &spot) {
            Some(Ok(file)) => self.files.push(file),
            Some(Err(why)) => self.remarks.push(remark(
                &spot,
                why,
                "give a state of version 4 (terraform state pull), or a plan of format 1 (terraform show -json)",
            )),
            None => return false,
        }
        true
    }

    /// Adds what states and plans tell to what was exported. Of an account that was exported the export counts.
    pub fn add_to(mut self, export: &mut Export, resources: &mut Resources) {
        build::build(&self.files, export, resources, &mut self.remarks);
        export.remarks.append(&mut self.remarks);
    }
}

/// What is told of an input that loses something.
fn remark(spot: &Spot, what: String, hint: &str) -> Remark {
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
