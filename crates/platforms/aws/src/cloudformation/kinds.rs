//! Resources of a template as what is declared: the same kinds and attributes as those of Terraform.
//!
//! Source: CloudFormation Template Reference, the page of each type.

use std::collections::BTreeMap;

use leastwise_document::{Key, Node, Value, pointer_join};
use leastwise_model::{Remark, Text};

use super::owners::Statements;
use super::scope::{Scope, text};
use crate::declared::{Form, Resource, remark};
use crate::export::Spot;
use crate::policy::Place;

/// What attributes are called here.
const WRITTEN: [(&str, &str); 14] = [
    ("path", "Path"),
    ("assume_role_policy", "AssumeRolePolicyDocument"),
    ("permissions_boundary", "PermissionsBoundary"),
    ("inline_policy", "Policies"),
    ("managed_policy_arns", "ManagedPolicyArns"),
    ("description", "Description"),
    ("policy", "PolicyDocument"),
    ("roles", "Roles"),
    ("users", "Users"),
    ("groups", "Groups"),
    ("role", "RoleName"),
    ("user", "UserName"),
    ("group", "GroupName"),
    ("name", "PolicyName"),
];

/// Services whose types say who may do what.
const TELLING: [&str; 10] = [
    "AWS::IAM::",
    "AWS::S3::BucketPolicy",
    "AWS::SQS::Queue",
    "AWS::SNS::Topic",
    "AWS::KMS::Key",
    "AWS::Lambda::Permission",
    "AWS::SecretsManager::ResourcePolicy",
    "AWS::ECR::Repository",
    "AWS::DynamoDB::Table",
    "AWS::Events::EventBusPolicy",
];

/// Whether a template says who may do what.
pub fn tells(template: &Node) -> bool {
    let resources = template.get("Resources").map(Node::entries).unwrap_or_default();
    let mut kinds = resources.iter().filter_map(|(_, node)| node.get("Type")?.text());
    kinds.any(|kind| TELLING.iter().any(|telling| kind.starts_with(telling)))
}

/// One resource of the template being read.
pub(super) struct Made<'m> {
    pub(super) scope: &'m Scope<'m>,
    pub(super) logical: &'m str,
    pub(super) properties: Node,
    pub(super) perhaps: Option<Text>,
    pub(super) spot: Spot,
    found: &'m mut Vec<Resource>,
    pub(super) statements: &'m mut BTreeMap<String, Statements>,
}

/// What a template makes, as far as it says who may do what; what it loses goes to the remarks.
pub fn resources(scope: &Scope<'_>, spot: &Spot, remarks: &mut Vec<Remark>) -> Vec<Resource> {
    if let Some(transform) = scope.section("Transform") {
        let what = format!(
            "transforms are not followed, what they make is not known: {}",
            transform.to_json()
        );
        let hint = "give the template as CloudFormation made it: aws cloudformation get-template --template-stage Processed";
        remarks.push(remark(spot, what, hint));
    }
    let section = scope.section("Resources");
    if !section.is_some_and(Node::is_map) {
        let what = "a template without a map of `Resources`".to_owned();
        remarks.push(remark(spot, what, "give the whole template"));
    }
    let mut found = Vec::new();
    let mut statements = BTreeMap::new();
    for (key, node) in section.map(Node::entries).unwrap_or_default() {
        let logical = &*key.text;
        let below = pointer_join(&pointer_join(&spot.place.pointer, "Resources"), logical);
        let at = Spot {
            file: spot.file,
            place: Place::of(node, &pointer_join(&below, "Properties")),
        };
        let Some(kind) = node.get("Type").and_then(Node::text) else {
            let what = format!("`{logical}` was left out: it has no `Type`");
            remarks.push(remark(&at, what, "give the template as CloudFormation made it"));
            continue;
        };
        let condition = node.get("Condition").and_then(Node::text);
        let perhaps = match condition.map(|name| (name, scope.holds(name, 0))) {
            Some((_, Some(false))) => continue,
            Some((name, None)) => Some(name.into()),
            Some((_, Some(true))) | None => None,
        };
        if !TELLING.iter().any(|telling| kind.starts_with(telling)) {
            continue;
        }
        let empty = Node {
            at: node.at,
            value: Value::Map(Vec::new()),
        };
        let properties = node
            .get("Properties")
            .and_then(|properties| scope.settle(properties, 0));
        let mut made = Made {
            scope,
            logical,
            properties: properties.unwrap_or(empty),
            perhaps,
            spot: at,
            found: &mut found,
            statements: &mut statements,
        };
        made.identity(kind);
        made.policy_of_identity(kind);
        made.policy_of_resource(kind, node.get("Properties"));
    }
    for (arn, statements) in statements {
        found.extend(statements.resource(&arn));
    }
    found
}

pub(super) fn map(at: &Node, entries: impl IntoIterator<Item = (&'static str, Option<Node>)>) -> Node {
    let each = entries.into_iter().filter_map(|(name, node)| {
        let node = node.filter(|node| !node.is_null())?;
        let key = Key {
            text: name.into(),
            at: node.at,
        };
        Some((key, node))
    });
    Node {
        at: at.at,
        value: Value::Map(each.collect()),
    }
}

impl Made<'_> {
    pub(super) fn get(&self, property: &str) -> Option<Node> {
        self.properties.get(property).cloned()
    }

    pub(super) fn words(&self, property: &str) -> Option<&str> {
        self.properties.get(property).and_then(Node::scalar)
    }

    pub(super) fn text(&self, said: &str) -> Option<Node> {
        Some(text(&self.properties, said))
    }

    /// Adds a resource with these attributes.
    pub(super) fn add(&mut self, kind: &'static str, values: Node) {
        self.found.push(Resource {
            address: self.logical.into(),
            kind,
            form: Form::Template,
            values,
            written: &WRITTEN,
            references: BTreeMap::new(),
            perhaps: self.perhaps.clone(),
            spot: self.spot.clone(),
        });
    }

    pub(super) fn values<const N: usize>(&self, attributes: [(&'static str, Option<Node>); N]) -> Node {
        map(&self.properties, attributes)
    }

    fn identity(&mut self, kind: &str) {
        let kind = match kind {
            "AWS::IAM::Role" => "aws_iam_role",
            "AWS::IAM::User" => "aws_iam_user",
            "AWS::IAM::Group" => "aws_iam_group",
            _ => return,
        };
        let values = self.values([
            ("name", self.text(&self.scope.name(self.logical))),
            ("path", self.get("Path")),
            ("assume_role_policy", self.get("AssumeRolePolicyDocument")),
            ("permissions_boundary", self.get("PermissionsBoundary")),
            ("inline_policy", self.get("Policies").map(inline)),
            ("managed_policy_arns", self.get("ManagedPolicyArns")),
            ("groups", self.get("Groups")),
            ("description", self.get("Description")),
        ]);
        self.add(kind, values);
    }

    fn policy_of_identity(&mut self, kind: &str) {
        let holders = [("Roles", "role"), ("Users", "user"), ("Groups", "group")];
        match kind {
            "AWS::IAM::ManagedPolicy" => {
                let (name, arn) = (self.scope.name(self.logical), self.scope.arn(self.logical));
                let values = self.values([
                    ("name", self.text(&name)),
                    ("path", self.get("Path")),
                    ("policy", self.get("PolicyDocument")),
                ]);
                self.add("aws_iam_policy", values);
                let values = self.values([
                    ("policy_arn", self.text(&arn)),
                    ("roles", self.get("Roles")),
                    ("users", self.get("Users")),
                    ("groups", self.get("Groups")),
                ]);
                self.add("aws_iam_policy_attachment", values);
            }
            "AWS::IAM::Policy" => {
                for (property, holder) in holders {
                    let Some(list) = self.get(property) else { continue };
                    let alone = std::slice::from_ref(&list);
                    for one in if list.is_list() { list.list() } else { alone } {
                        self.inline_policy(holder, Some(one.clone()));
                    }
                }
            }
            "AWS::IAM::RolePolicy" => self.inline_policy("role", self.get("RoleName")),
            "AWS::IAM::UserPolicy" => self.inline_policy("user", self.get("UserName")),
            "AWS::IAM::GroupPolicy" => self.inline_policy("group", self.get("GroupName")),
            "AWS::IAM::UserToGroupAddition" => {
                let values = self.values([("group", self.get("GroupName")), ("users", self.get("Users"))]);
                self.add("aws_iam_group_membership", values);
            }
            "AWS::IAM::InstanceProfile" => {
                let role = self
                    .properties
                    .get("Roles")
                    .and_then(|roles| roles.list().first());
                let name = self.text(&self.scope.name(self.logical));
                let values = self.values([("role", role.cloned()), ("name", name)]);
                self.add("aws_iam_instance_profile", values);
            }
            _ => {}
        }
    }

    fn inline_policy(&mut self, holder: &str, whose: Option<Node>) {
        let (kind, attribute) = match holder {
            "role" => ("aws_iam_role_policy", "role"),
            "user" => ("aws_iam_user_policy", "user"),
            _ => ("aws_iam_group_policy", "group"),
        };
        let values = self.values([
            ("name", self.get("PolicyName")),
            (attribute, whose),
            ("policy", self.get("PolicyDocument")),
        ]);
        self.add(kind, values);
    }
}

/// Inline policies with the attributes that Terraform calls so.
fn inline(policies: Node) -> Node {
    let Value::List(list) = policies.value else {
        return policies;
    };
    let each = list.into_iter().map(|one| match one.is_map() {
        true => map(
            &one,
            [
                ("name", one.get("PolicyName").cloned()),
                ("policy", one.get("PolicyDocument").cloned()),
            ],
        ),
        false => one,
    });
    Node {
        at: policies.at,
        value: Value::List(each.collect()),
    }
}
