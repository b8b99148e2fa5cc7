//! Roles of permission sets that are not what their sets say: what was changed counts only once it is provisioned.
//! Source: IAM Identity Center API Reference, "ProvisionPermissionSet".

use std::collections::BTreeSet;

use leastwise_model::{Remark, Text};

use crate::compile::location;
use crate::export::{Export, Role};
use crate::identity_center::{IdentityCenter, PermissionSetTold, set_of_role};
use crate::lower::account_of;
use crate::policy::same_document;

/// A remark on each role that differs from its permission set, as far as the set was told.
pub fn stale(center: &IdentityCenter, export: &Export) -> Vec<Remark> {
    let told = |role: &Role| {
        let name = set_of_role(&role.entity.arn)?;
        let mut sets = center
            .sets
            .iter()
            .filter(|(_, set)| set.name.as_deref() == Some(name));
        let (arn, set) = sets.next()?;
        let parts = differing(role, set);
        (!parts.is_empty()).then(|| remark(role, arn, name, &parts))
    };
    export.roles.iter().filter_map(told).collect()
}

/// The parts in which a role differs.
fn differing(role: &Role, set: &PermissionSetTold) -> Vec<&'static str> {
    let account = account_of(&role.entity.arn).unwrap_or_default();
    let partition = role.entity.arn.split(':').nth(1).unwrap_or("aws");
    let own = |reference: &Text| match reference.starts_with("arn:") {
        true => reference.clone(),
        false => Text::from(format!("arn:{partition}:iam::{account}:policy{reference}")),
    };
    let mut parts = Vec::new();
    if let Some(inline) = &set.inline {
        let same = match (role.entity.inline.as_slice(), inline) {
            ([], None) => true,
            ([one], Some(document)) => same_document(Some(&one.document), Some(document)),
            _ => false,
        };
        if !same {
            parts.push("inline policy");
        }
    }
    if let (Some(managed), Some(customer)) = (&set.managed, &set.customer) {
        let wanted: BTreeSet<Text> = managed.iter().chain(customer).map(own).collect();
        let attached: BTreeSet<Text> = role.entity.attached.iter().map(|one| one.arn.clone()).collect();
        if wanted != attached {
            parts.push("attached policies");
        }
    }
    if let Some(boundary) = &set.boundary {
        let attached = role.actor.boundary.as_ref().map(|boundary| boundary.arn.clone());
        if boundary.as_ref().map(own) != attached {
            parts.push("boundary");
        }
    }
    parts
}

fn remark(role: &Role, set: &Text, name: &str, parts: &[&str]) -> Remark {
    let account = account_of(&role.entity.arn).unwrap_or_default();
    let instance = set.split('/').nth(1).unwrap_or_default();
    let partition = set.split(':').nth(1).unwrap_or("aws");
    Remark {
        location: Some(location(role.entity.spot.file, &role.entity.spot.place)),
        what: format!(
            "`{}` is not what its permission set {name} says ({}): answers rest on the role as it is",
            role.entity.arn,
            parts.join(", ")
        )
        .into(),
        hint: format!(
            "aws sso-admin provision-permission-set --instance-arn arn:{partition}:sso:::instance/{instance} \
             --permission-set-arn {set} --target-type AWS_ACCOUNT --target-id {account}"
        )
        .into(),
        loses: false,
    }
}
