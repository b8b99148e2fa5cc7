//! How requests are spelled: `<group>/<resource>[/<subresource>]:<verb>` on `<namespace>/<name>`, and
//! `nonresource:<verb>` on a URL path.

use leastwise_model::Text;
use leastwise_permset::{Case, Element, Pattern, PermissionSet, Region, Strings};

use crate::misspelled::misspelled;
use crate::rule::NON_RESOURCE;

/// An action taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action<'a> {
    /// A verb on a resource; `resource` includes the subresource.
    Resource {
        group: &'a str,
        resource: &'a str,
        verb: &'a str,
    },
    /// A verb on a URL path.
    Url { verb: &'a str },
}

/// Takes an action apart; the message says why it is none.
pub(crate) fn parse(action: &str) -> Result<Action<'_>, &'static str> {
    let Some((what, verb)) = action.split_once(':') else {
        return Err("a Kubernetes action is written `<group>/<resource>:<verb>`, such as `core/secrets:get`");
    };
    if verb.is_empty() {
        return Err("the verb behind `:` is missing");
    }
    if verb.contains('/') {
        return Err(
            "a verb holds no `/`; the subresource stands before the verb, as in `core/pods/exec:create`",
        );
    }
    if what == NON_RESOURCE {
        return Ok(Action::Url { verb });
    }
    match what.split_once('/') {
        Some(("", _)) => Err("the core API group is written `core`, as in `core/secrets:get`"),
        Some((group, resource))
            if !resource.is_empty() && !resource.starts_with('/') && !resource.ends_with('/') =>
        {
            Ok(Action::Resource {
                group,
                resource,
                verb,
            })
        }
        Some(_) => Err("the resource behind the API group is missing"),
        None => Err("the API group is missing: the core group is written `core`, as in `core/secrets:get`"),
    }
}

/// Why an action or resource cannot be one of Kubernetes. Text with `*` is a pattern and only roughly looked at.
pub(crate) fn objection(action: &str, resource: &str) -> Option<Text> {
    if action == "*" {
        return None;
    }
    let of_url = match parse(action) {
        Ok(Action::Url { .. }) => true,
        Ok(Action::Resource { .. }) => false,
        Err(_) if action.contains('*') => return None,
        Err(message) => return Some(message.into()),
    };
    if !action.contains('*')
        && let Some(meant) = misspelled(action)
    {
        return Some(meant);
    }
    if resource.contains('*') {
        return None;
    }
    if of_url {
        return (!resource.starts_with('/'))
            .then(|| "the resource of `nonresource` actions is a URL path".into());
    }
    (!resource.contains('/')).then(|| {
        "a resource is written `<namespace>/<name>`: `payments/api`, `payments/` for requests without a name, `/` over \
         all namespaces, `/node-1` outside of namespaces"
            .into()
    })
}

/// The requests that a person means by an action and a resource in which `*` is a pattern: it stays within the
/// part of the spelling in which it stands, save that a resource's `*` includes subresources.
pub(crate) fn requests(action: &str, resource: &str) -> PermissionSet {
    let meant = Region::new(
        Strings::one(action_pattern(action)),
        Strings::one(resource_pattern(resource)),
    );
    let all_kinds =
        action.contains('*') && action.split_once(':').is_none_or(|(what, _)| !what.contains('/'));
    if all_kinds {
        // A pattern for requests of both kinds means nothing that is of neither.
        return PermissionSet::from(meant).intersection(&well_formed());
    }
    meant.into()
}

/// Every request on a resource, and every request on a URL path.
fn well_formed() -> PermissionSet {
    let of_resources = Region::new(Strings::one(action_pattern("*/*:*")), Strings::any());
    let of_urls = Region::new(
        Strings::one(action_pattern(&format!("{NON_RESOURCE}:*"))),
        Strings::one(Pattern::new(
            vec![Element::Text("/".into()), Element::Many],
            Case::Exact,
        )),
    );
    PermissionSet::from(of_resources).union(&of_urls.into())
}

fn glob(text: &str, star: &Element) -> Vec<Element> {
    let mut elements = Vec::new();
    for (index, piece) in text.split('*').enumerate() {
        if index > 0 {
            elements.push(star.clone());
        }
        elements.push(Element::Text(piece.into()));
    }
    elements
}

fn action_pattern(action: &str) -> Pattern {
    let mut elements = Vec::new();
    match action.split_once(':') {
        None => elements.extend(glob(action, &Element::Many)),
        Some((what, verb)) => {
            match what.split_once('/') {
                Some((group, resource)) => {
                    elements.extend(glob(group, &Element::ManyExcept('/')));
                    elements.push(Element::Text("/".into()));
                    elements.extend(glob(resource, &Element::ManyExcept(':')));
                }
                None => elements.extend(glob(what, &Element::ManyExcept(':'))),
            }
            elements.push(Element::Text(":".into()));
            elements.extend(glob(verb, &Element::Many));
        }
    }
    Pattern::new(elements, Case::Exact)
}

fn resource_pattern(resource: &str) -> Pattern {
    // A URL begins with `/`, and so does what stands outside of namespaces: there the first part is empty.
    match resource.split_once('/') {
        Some((namespace, name)) => {
            let mut elements = glob(namespace, &Element::ManyExcept('/'));
            elements.push(Element::Text("/".into()));
            elements.extend(glob(name, &Element::Many));
            Pattern::new(elements, Case::Exact)
        }
        None => Pattern::new(glob(resource, &Element::Many), Case::Exact),
    }
}
