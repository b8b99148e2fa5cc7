//! How requests are spelled: `contents:write` on `owner/name`, or on one of its refs or secrets.

use leastwise_model::Text;
use leastwise_permset::{Case, Pattern, PermissionSet, Region, Strings};

use crate::catalogue::{Shape, names, shape};

/// Why an action or a resource cannot be one. Text with `*` is a pattern and only roughly looked at.
pub(crate) fn objection(action: &str, resource: &str) -> Option<Text> {
    let pattern = action.contains('*');
    let kind = shape(action);
    let known = match pattern {
        true => {
            let pattern = Pattern::glob(action, Case::Exact);
            let nothing = leastwise_permset::Context::new();
            names().any(|name| pattern.matches(name, &nothing))
        }
        false => kind.is_some(),
    };
    if !known {
        let what = format!(
            "`{action}` is no action on GitHub: a permission and its level, such as `contents:write`, or `secret:use`"
        );
        return Some(what.into());
    }
    if resource.contains('*') || pattern {
        return None;
    }
    let segments = resource
        .split_once(':')
        .map_or(resource, |(head, _)| head)
        .split('/')
        .count();
    let tail = resource.split_once(':').map(|(_, tail)| tail);
    let wanted = match (kind?, tail) {
        (Shape::Owner, None) if segments == 1 => None,
        (Shape::Owner, _) => Some("an owner, such as `acme`"),
        (Shape::Repository, None) if segments == 2 => None,
        (Shape::Repository | Shape::Ref, Some(tail))
            if segments == 2 && tail.starts_with("refs/") && action.ends_with(":write") =>
        {
            None
        }
        (Shape::Repository, _) => Some("a repository, such as `acme/shop`"),
        (Shape::Ref, _) => Some("a ref of a repository, such as `acme/shop:refs/heads/main`"),
        (Shape::Secret, Some(tail)) if tail.starts_with("secret/") || tail.starts_with("environment/") => {
            None
        }
        (Shape::Secret, _) => Some(
            "a secret, such as `acme/shop:secret/KEY`, `acme/shop:environment/production:secret/KEY` or `acme:secret/KEY`",
        ),
    };
    wanted.map(|wanted| format!("`{action}` is done to {wanted}").into())
}

/// The requests that a person means by an action and a resource in which `*` stands for any text.
pub(crate) fn requests(action: &str, resource: &str) -> PermissionSet {
    let glob = |text| Strings::one(Pattern::glob(text, Case::Exact));
    Region::new(glob(action), glob(resource)).into()
}
