//! Technical roles as policy documents. A permission is a statement: actions and resources with `*` and `?`, and a condition
//! as in `Condition`. Source: IAM User Guide, "IAM JSON policy elements reference" and "IAM and AWS STS quotas".

use std::collections::BTreeMap;

use leastwise_model::{NativeRole, RoleFormat, RoleLanguage, RoleObjection, RolePermission, Text, Written};
use leastwise_permset::PermissionSet;
use serde_json::{Map, Value, json};

use crate::keys::Keys;
use crate::lower::{Caller, Lowering, Within};
use crate::platform::objection;
use crate::policy::{Choice, Effect, Place, Statement, Variables, conditions};

/// Characters that a managed policy may have, white space not counted.
const POLICY_MAX: usize = 6_144;
const TERRAFORM: &str = "terraform";
const FORMATS: [RoleFormat; 2] = [
    RoleFormat {
        name: "json",
        extension: "json",
    },
    RoleFormat {
        name: TERRAFORM,
        extension: "tf",
    },
];

/// Roles of AWS.
#[derive(Clone, Copy, Debug, Default)]
pub struct AwsRoles;

impl RoleLanguage for AwsRoles {
    fn permission(&self, permission: &RolePermission) -> Result<PermissionSet, Vec<RoleObjection>> {
        let mut objections = Vec::new();
        for action in &permission.actions {
            let service = action.text.split_once(':').map_or("", |(service, _)| service);
            if service.contains(['*', '?']) {
                let what = format!(
                    "`{}` names no service: only what stands behind `:` is a pattern",
                    action.text
                );
                objections.push(against(
                    action,
                    what,
                    "list the services, or write `*` for everything",
                ));
            } else if let Some(what) = objection::of_action(&action.text) {
                objections.push(against(
                    action,
                    what,
                    "write it as in `s3:GetObject`, with `*` and `?`",
                ));
            }
        }
        for resource in &permission.resources {
            let arn = resource.text.starts_with("arn:") && resource.text.split(':').count() >= 6;
            if &*resource.text != "*" && !arn {
                let what = format!("`{}` is no resource of a policy", resource.text);
                let hint = "write an ARN with all six fields, as in `arn:aws:s3:::bucket/*`, or `*`";
                objections.push(against(resource, what, hint));
            }
        }
        let (statement, doubts) = statement(permission);
        let at = permission
            .condition
            .as_ref()
            .map_or(permission.at, |node| node.at);
        for doubt in doubts {
            let hint = "write operators, keys and values as in the `Condition` of a policy";
            objections.push(RoleObjection::new(
                None,
                at,
                format!("the condition cannot be read: {doubt}"),
                hint,
            ));
        }
        let mut gaps = BTreeMap::new();
        let mut lowering = Lowering {
            keys: &mut Keys::default(),
            gaps: &mut gaps,
        };
        let within = Within {
            title: "the permission",
            settle: "correct it",
            variables: Variables::Substituted,
            account: None,
        };
        let set = lowering.statement(&statement, Effect::Allow, within, Caller::Anyone);
        for gap in gaps.values() {
            let what = format!("what the permission means cannot be told: {}", gap.what);
            objections.push(RoleObjection::new(None, at, what, "write it with what is known"));
        }
        if objections.is_empty() {
            Ok(set)
        } else {
            Err(objections)
        }
    }

    fn formats(&self) -> &'static [RoleFormat] {
        &FORMATS
    }

    fn render(&self, role: &NativeRole<'_>, format: &str) -> Result<String, Vec<RoleObjection>> {
        let document = pretty(&document(role));
        Ok(match format {
            TERRAFORM => terraform(role, &document),
            _ => format!("{document}\n"),
        })
    }

    fn quota(&self, role: &NativeRole<'_>) -> Option<Text> {
        let text = document(role).to_string();
        let length = text.chars().filter(|c| !c.is_whitespace()).count();
        let what = format!("the policy has {length} characters, and a managed policy may have {POLICY_MAX}");
        (length > POLICY_MAX).then(|| what.into())
    }
}

fn against(written: &Written, what: impl Into<Text>, hint: &str) -> RoleObjection {
    RoleObjection::new(None, written.at, what, hint)
}

/// The statement that a permission is, and what about it cannot be understood.
fn statement(permission: &RolePermission) -> (Statement, Vec<Box<str>>) {
    let choice = |all: &[Written]| Choice {
        except: false,
        texts: all.iter().map(|one| Box::from(&*one.text)).collect(),
    };
    let mut doubts = Vec::new();
    let conditions = match &permission.condition {
        Some(node) => conditions(node, &mut doubts),
        None => Vec::new(),
    };
    let statement = Statement {
        sid: None,
        effect: Some(Effect::Allow),
        principals: None,
        actions: choice(&permission.actions),
        resources: Some(choice(&permission.resources)),
        conditions: conditions.into(),
        doubts: Box::default(),
        text: Box::default(),
        place: Place::default(),
    };
    (statement, doubts)
}

fn document(role: &NativeRole<'_>) -> Value {
    let texts = |all: &[Written]| all.iter().map(|one| json!(&*one.text)).collect::<Vec<Value>>();
    let statements: Vec<Value> = role
        .permissions
        .iter()
        .map(|permission| {
            let mut statement = Map::new();
            statement.insert("Effect".into(), json!("Allow"));
            statement.insert("Action".into(), Value::Array(texts(&permission.actions)));
            statement.insert("Resource".into(), Value::Array(texts(&permission.resources)));
            if let Some(condition) = &permission.condition {
                let condition = serde_json::from_str(&condition.to_json()).unwrap_or_default();
                statement.insert("Condition".into(), condition);
            }
            Value::Object(statement)
        })
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

/// A resource of Terraform's provider for AWS; in its texts `${` and `%{` begin templates and are doubled.
fn terraform(role: &NativeRole<'_>, document: &str) -> String {
    let literal = |text: &str| text.replace("${", "$${").replace("%{", "%%{");
    let name = format!("_{}", role.id.replace('-', "_"));
    let name = name
        .strip_prefix('_')
        .filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
        .unwrap_or(&name);
    let mut out = format!(
        "resource \"aws_iam_policy\" \"{name}\" {{\n  name = \"{}\"\n",
        role.id
    );
    if !role.purpose.is_empty() {
        out.push_str(&format!(
            "  description = {}\n",
            literal(&json!(role.purpose).to_string())
        ));
    }
    let indented = literal(document).replace('\n', "\n  ");
    out.push_str(&format!("  policy = jsonencode({indented})\n}}\n"));
    out
}
