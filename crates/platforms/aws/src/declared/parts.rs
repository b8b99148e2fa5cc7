//! Parts of users, groups and roles that are declared: documents, and policies that they refer to.

use leastwise_document::Node;
use leastwise_model::{Assumption, Side, Text};

use super::{Form, Resource};
use crate::export::{Attached, Entity};
use crate::policy::{Document, is_settled, parse_encoded, perhaps, unsettle};

/// Adds a managed policy that is referred to.
pub(super) fn attach(entity: &mut Entity, arn: Text, resource: &Resource, attribute: &str) {
    if !entity.attached.iter().any(|known| known.arn == arn) {
        entity.attached.push(Attached {
            arn,
            place: resource.place(attribute),
        });
    }
}

/// A policy of which nobody knows which one it will be: one that nobody exported stands for it.
pub(super) fn unknown_policy(resource: &Resource) -> Text {
    format!("the policy of {}", resource.address).into()
}

/// What a declaration does not tell of those whom it holds.
pub(super) fn by_hand(form: Form) -> Assumption {
    let layer = match form {
        Form::State | Form::Plan => {
            "policies, boundaries and memberships that Terraform does not manage, or another state does"
        }
        Form::Template => "policies, boundaries and memberships that this template does not give",
    };
    Assumption {
        layer: layer.into(),
        settle: "aws iam get-account-authorization-details".into(),
        side: Side::Both,
    }
}

/// A document; one that says that it is missing where it is not known yet.
pub(super) fn document(resource: &Resource, node: &Node, key: &str, pointer: &str) -> Document {
    let found = node.get(key).filter(|found| !found.is_null());
    let known = found.filter(|found| found.text().is_none_or(is_settled));
    let Some(found) = known else {
        let (key, form) = (resource.written(key), resource.form);
        let why = format!("`{key}` of {} {}", resource.address, form.unknown());
        return Document {
            unreadable: Some(why.into()),
            ..Document::missing(resource.place(key))
        };
    };
    let mut document = parse_encoded(found, pointer);
    document.file = Some(resource.spot.file);
    unsettle(&mut document);
    if let Some(condition) = &resource.perhaps {
        let why = format!(
            "whether `{}` is made depends on the condition `{condition}`",
            resource.address
        );
        perhaps(&mut document, &why);
    }
    document
}
