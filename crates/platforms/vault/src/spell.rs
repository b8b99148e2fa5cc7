//! How requests are spelled: an operation, and the path of the API without `/v1/` and with its namespace.

use leastwise_model::Text;
use leastwise_permset::{Case, Element, Pattern, PermissionSet, Region, Strings};

use crate::operation::Operation;

/// Why an action or path cannot be one. Text with `*` is a pattern and only roughly looked at.
pub(crate) fn objection(action: &str, path: &str) -> Option<Text> {
    let operation = Operation::named(action);
    if operation.is_none() && !action.contains('*') {
        let names: Vec<&str> = Operation::ALL
            .iter()
            .map(|operation| operation.as_str())
            .collect();
        let what = format!(
            "`{action}` is no operation of Vault or OpenBao: {}",
            names.join(", ")
        );
        return Some(what.into());
    }
    if path.starts_with('/') {
        return Some(
            "a path is written without `/` at the beginning and without `v1/`, as in `secret/data/app`"
                .into(),
        );
    }
    let lists = operation.is_some_and(Operation::lists);
    if lists && !path.contains('*') && !path.ends_with('/') {
        let what = format!("a {action} asks for a folder, whose path ends in `/`: `{path}/`");
        return Some(what.into());
    }
    None
}

/// The requests that a person means by an operation and a path in which `*` stands for any text.
pub(crate) fn requests(action: &str, path: &str) -> PermissionSet {
    let named =
        |operation: &Operation| glob(action).matches(operation.as_str(), &leastwise_permset::Context::new());
    let (lists, others): (Vec<Operation>, Vec<Operation>) = Operation::ALL
        .into_iter()
        .filter(named)
        .partition(|operation| operation.lists());
    let actions = |operations: &[Operation]| {
        Strings::any_of(
            operations
                .iter()
                .map(|operation| Pattern::literal(operation.as_str())),
        )
    };
    let mut parts = Vec::new();
    if !others.is_empty() {
        let region = Region::new(actions(&others), Strings::one(glob(path)));
        parts.push(PermissionSet::from(region));
    }
    if !lists.is_empty() {
        let folders = if path.ends_with('*') {
            format!("{path}/")
        } else {
            path.to_owned()
        };
        parts.push(Region::new(actions(&lists), Strings::one(glob(&folders))).into());
        if path.ends_with("/*") {
            let folder = path.trim_end_matches('*');
            parts.push(Region::new(actions(&lists), Strings::one(glob(folder))).into());
        }
    }
    PermissionSet::union_of(parts)
}

fn glob(text: &str) -> Pattern {
    let elements = text.split('*').enumerate().flat_map(|(at, part)| {
        let many = (at > 0).then_some(Element::Many);
        many.into_iter().chain([Element::Text(part.into())])
    });
    Pattern::new(elements, Case::Exact)
}
