//! How requests are spelled: `<kind>:<what>` on `database/schema/object[/column]`, on a name, or on `/`, the server.

use leastwise_model::{ActionCatalogue, Text};
use leastwise_permset::{Case, Element, Pattern, PermissionSet, Region, Strings};

use crate::catalogue::{CATALOGUE, Shape};

/// The resource of what concerns the whole server.
pub(crate) const SERVER: &str = "/";

/// A name as a part of a resource: `%`, `/` and `*` are written `%25`, `%2F` and `%2A`.
pub(crate) fn part(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '%' => out.push_str("%25"),
            '/' => out.push_str("%2F"),
            '*' => out.push_str("%2A"),
            c => out.push(c),
        }
    }
    out
}

/// The name that a part of a resource stands for.
pub(crate) fn name(part: &str) -> String {
    part.replace("%2A", "*").replace("%2F", "/").replace("%25", "%")
}

/// Names joined to a resource.
pub(crate) fn path(names: &[&str]) -> String {
    let parts: Vec<String> = names.iter().map(|name| part(name)).collect();
    parts.join("/")
}

/// All resources one step below `resource`.
pub(crate) fn below(resource: &str) -> Pattern {
    Pattern::new(
        [
            Element::Text(format!("{resource}/").into()),
            Element::OneExcept('/'),
            Element::ManyExcept('/'),
        ],
        Case::Exact,
    )
}

/// All resources any number of steps below `resource`.
pub(crate) fn within(resource: &str) -> Pattern {
    Pattern::new(
        [Element::Text(format!("{resource}/").into()), Element::Many],
        Case::Exact,
    )
}

/// All actions of a kind.
pub(crate) fn actions_of(kind: &str) -> Pattern {
    Pattern::new(
        [Element::Text(format!("{kind}:").into()), Element::Many],
        Case::Exact,
    )
}

/// Exactly these actions on exactly this resource.
pub(crate) fn region<'a>(actions: impl IntoIterator<Item = &'a str>, resources: Strings) -> Region {
    Region::new(
        Strings::any_of(actions.into_iter().map(Pattern::literal)),
        resources,
    )
}

/// Why an action or resource cannot be one of PostgreSQL. Text with `*` is a pattern and only roughly looked at.
pub(crate) fn objection(action: &str, resource: &str) -> Option<Text> {
    if action.contains('*') {
        return None;
    }
    let Some(shape) = CATALOGUE.shape(action) else {
        let kind = action.split_once(':').map_or(action, |(kind, _)| kind);
        let known: Vec<&str> = CATALOGUE.of_kind(kind).collect();
        return Some(if known.is_empty() {
            "a PostgreSQL action is written `<kind>:<what>`, such as `table:select`, `function:execute` or `role:set`".into()
        } else {
            format!("`{kind}` knows {}", known.join(", ")).into()
        });
    };
    if resource.contains('*')
        || shape
            .patterns()
            .iter()
            .any(|one| one.matches(resource, &Default::default()))
    {
        return None;
    }
    Some(format!("the resource of `{action}` is written {}", shape.words()).into())
}

/// The requests that a person means by an action and a resource in which `*` is a pattern: it stays within the part of
/// the spelling in which it stands, save that a lone `*` is every resource.
pub(crate) fn requests(action: &str, resource: &str) -> PermissionSet {
    let glob = |text: &str, star: Element| {
        let mut elements = Vec::new();
        for (index, piece) in text.split('*').enumerate() {
            if index > 0 {
                elements.push(star.clone());
            }
            elements.push(Element::Text(piece.into()));
        }
        Pattern::new(elements, Case::Exact)
    };
    let actions = if action == "*" {
        Strings::any()
    } else {
        Strings::one(glob(action, Element::ManyExcept(':')))
    };
    let resources = if resource == "*" {
        Strings::any()
    } else {
        Strings::one(glob(resource, Element::ManyExcept('/')))
    };
    let meant = PermissionSet::from(Region::new(actions, resources));
    if !action.contains('*') {
        return meant;
    }
    meant.intersection(&well_formed())
}

/// Every catalogued action on resources of its shape.
fn well_formed() -> PermissionSet {
    static ALL: std::sync::OnceLock<PermissionSet> = std::sync::OnceLock::new();
    ALL.get_or_init(|| {
        PermissionSet::union_of(Shape::ALL.into_iter().map(|shape| {
            let actions = (0..CATALOGUE.len())
                .map(|at| CATALOGUE.name(at))
                .filter(|name| CATALOGUE.shape(name) == Some(shape));
            region(actions, Strings::any_of(shape.patterns())).into()
        }))
    })
    .clone()
}
