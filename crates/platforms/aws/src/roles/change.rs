//! Commands of the AWS command line that take something from a user or role, or bound it, and those that undo that.
//!
//! Sources: AWS CLI Command Reference, `iam`; IAM User Guide, "Permissions boundaries for IAM entities".

use leastwise_model::{Change, Identity, Step, Text};
use leastwise_permset::{Emptiness, Limits, PermissionSet};

use crate::compile::{BOUNDARY_LAYER, TRUST_POLICIES};
use crate::lower::account_of;

/// What commands call a user or role, and its name.
fn named(identity: &Identity) -> Option<(&'static str, &str)> {
    let path = identity.id.split_once(":iam::")?.1.split_once(':')?.1;
    let (kind, name) = (path.split('/').next()?, path.rsplit('/').next()?);
    let kind = ["user", "role"].into_iter().find(|known| *known == kind)?;
    (!name.is_empty()).then_some((kind, name))
}

/// Whether a text is one word of a shell whatever it is, as names in IAM and ARNs are.
fn is_word(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-:/".contains(c);
    !text.is_empty() && text.chars().all(plain)
}

/// How to take away what a step gives.
pub(super) fn taken(identity: &Identity, step: &Step) -> Option<Change> {
    let (kind, name) = named(identity)?;
    let what = step.name.split('#').next().unwrap_or_default();
    if !is_word(name) || !is_word(what) {
        return None;
    }
    let both = |change: String, undo: String| Change {
        change: vec![change.into()],
        undo: vec![undo.into()],
        alone: false,
    };
    match &*step.kind {
        "attached managed policy" => {
            let rest = format!("{kind}-policy --{kind}-name {name} --policy-arn {what}");
            Some(both(
                format!("aws iam detach-{rest}"),
                format!("aws iam attach-{rest}"),
            ))
        }
        "group membership" if kind == "user" => {
            let rest = format!("--user-name {name} --group-name {what}");
            Some(both(
                format!("aws iam remove-user-from-group {rest}"),
                format!("aws iam add-user-to-group {rest}"),
            ))
        }
        "inline policy statement" => {
            let rest = format!("{kind}-policy --{kind}-name {name} --policy-name {what}");
            // Each statement has a file of its own: a policy is put back as it was before that step.
            let line = step.location.as_ref().map_or(0, |at| at.line);
            let column = step.location.as_ref().map_or(0, |at| at.column);
            let file = format!("{name}-{what}-{line}-{column}.json");
            Some(Change {
                change: vec![
                    format!("aws iam get-{rest} --query PolicyDocument > {file}").into(),
                    format!("# new-{file}: the same without this statement; where none is left, aws iam delete-{rest}").into(),
                    format!("aws iam put-{rest} --policy-document file://new-{file}").into(),
                ],
                undo: vec![format!("aws iam put-{rest} --policy-document file://{file}").into()],
                alone: false,
            })
        }
        _ => None,
    }
}

/// How to keep a user or role within a role that is its permissions boundary: what it holds today and the boundary lets
/// through is what the role says.
pub(super) fn bound(identity: &Identity, id: &str, set: &PermissionSet) -> Option<Result<Change, Text>> {
    let (kind, name) = named(identity)?;
    if identity.provided || !is_word(name) {
        return None;
    }
    let layers = &identity.holding.layers;
    if layers.iter().any(|layer| &*layer.title == BOUNDARY_LAYER) {
        return Some(Err(
            "it has a permissions boundary already, and can have one".into()
        ));
    }
    // What policies of resources grant to it by name is not held back.
    let past = layers.iter().filter(|layer| &*layer.title == TRUST_POLICIES);
    let past = PermissionSet::union_of(past.map(|layer| layer.set.clone())).difference(set);
    match past.emptiness(&Limits::default()) {
        Emptiness::Empty => {}
        Emptiness::Inhabited(witness) => {
            let (action, resource) = (&witness.request.action, &witness.request.resource);
            let what = format!(
                "a policy of a resource grants it {action} on {resource}, which a boundary need not hold back"
            );
            return Some(Err(what.into()));
        }
        Emptiness::Unknown(_) => {
            return Some(Err("what policies of resources grant it cannot be decided".into()));
        }
    }
    let (partition, account) = (identity.id.split(':').nth(1)?, account_of(&identity.id)?);
    Some(Ok(Change {
        change: vec![
            format!("aws iam create-policy --policy-name {id} --policy-document file://{id}.json").into(),
            format!(
                "aws iam put-{kind}-permissions-boundary --{kind}-name {name} --permissions-boundary arn:{partition}:iam::{account}:policy/{id}"
            )
            .into(),
        ],
        undo: vec![format!("aws iam delete-{kind}-permissions-boundary --{kind}-name {name}").into()],
        alone: true,
    }))
}
