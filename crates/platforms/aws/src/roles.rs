//! Technical roles as policy documents. A permission is a statement: actions and resources with `*` and `?`, and a condition
//! as in `Condition`. Source: IAM User Guide, "IAM JSON policy elements reference" and "IAM and AWS STS quotas".

mod change;
mod write;

use std::collections::BTreeMap;

use leastwise_model::{
    Change, Identity, NativeRole, RoleFormat, RoleLanguage, RoleObjection, RolePermission, Step, Text,
    Written,
};
use leastwise_permset::{PermissionSet, Strings};

use crate::keys::Keys;
use crate::lower::{Caller, Lowering, Within};
use crate::platform::objection;
use crate::policy::{Choice, Effect, Place, Statement, Variables, conditions};

/// Characters that a managed policy may have, white space not counted.
const POLICY_MAX: usize = 6_144;
const TERRAFORM: &str = "terraform";
const CLOUDFORMATION: &str = "cloudformation";
const PERMISSION_SET: &str = "permission-set";
const PERMISSION_SET_TERRAFORM: &str = "permission-set-terraform";
const FORMATS: [RoleFormat; 5] = [
    format("json", "json"),
    format(TERRAFORM, "tf"),
    format(CLOUDFORMATION, "template.json"),
    format(PERMISSION_SET, "permission-set.template.json"),
    format(PERMISSION_SET_TERRAFORM, "permission-set.tf"),
];

const fn format(name: &'static str, extension: &'static str) -> RoleFormat {
    RoleFormat { name, extension }
}

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
        match format {
            TERRAFORM => write::terraform(role),
            CLOUDFORMATION => write::template(role),
            PERMISSION_SET => write::permission_set(role),
            PERMISSION_SET_TERRAFORM => write::permission_set_terraform(role),
            _ => Ok(format!("{}\n", write::pretty(&write::document(role)))),
        }
    }

    fn taken(&self, identity: &Identity, step: &Step, _on: &[Strings]) -> Option<Change> {
        change::taken(identity, step)
    }

    fn bound(&self, identity: &Identity, id: &str, set: &PermissionSet) -> Option<Result<Change, Text>> {
        change::bound(identity, id, set)
    }

    fn quota(&self, role: &NativeRole<'_>) -> Option<Text> {
        let length = write::length(&write::document(role));
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
