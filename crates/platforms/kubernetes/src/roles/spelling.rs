//! Actions and resources of permissions, as far as rules can say them.

use leastwise_permset::{Case, Element, Pattern, Strings};

use crate::rule::{CORE, NON_RESOURCE};
use crate::spell::{self, Action};

/// What an action asks for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked<'a> {
    Resource {
        group: &'a str,
        resource: &'a str,
        verb: &'a str,
    },
    Url {
        verb: &'a str,
    },
}

/// Where a permission counts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Where<'a> {
    /// On everything.
    Everywhere,
    /// On what has a name, in every namespace and outside of them.
    Named(&'a str),
    /// In a namespace, on what has the name, if one is given.
    Within(&'a str, Option<&'a str>),
    /// On a URL path; `*` at its end is any text.
    Url(&'a str),
}

/// A cause and a way out.
type Refusal = (String, String);

fn refuse<T>(what: impl Into<String>, hint: impl Into<String>) -> Result<T, Refusal> {
    Err((what.into(), hint.into()))
}

fn text(text: &str) -> Element {
    Element::Text(text.into())
}

/// Takes an action apart, and refuses patterns that rules do not have.
pub(super) fn action(action: &str) -> Result<Asked<'_>, Refusal> {
    let example = "write it as in `core/secrets:get`, `apps/*:list` or `nonresource:get`";
    let asked = match spell::parse(action) {
        Ok(Action::Resource {
            group,
            resource,
            verb,
        }) => Asked::Resource {
            group,
            resource,
            verb,
        },
        Ok(Action::Url { verb }) => Asked::Url { verb },
        Err(what) => return refuse(format!("`{action}` is no action: {what}"), example),
    };
    let whole = |part: &str| part == "*" || !part.contains('*');
    let sound = match asked {
        Asked::Resource {
            group,
            resource,
            verb,
        } => {
            let sub = resource.strip_prefix("*/").unwrap_or(resource);
            whole(group) && (resource == "*" || !sub.contains('*')) && whole(verb) && !group.contains(':')
        }
        Asked::Url { verb } => whole(verb),
    };
    if !sound {
        let what = format!(
            "no rule can say `{action}`: in RBAC `*` is a whole group, resource or verb, or `*/subresource`"
        );
        return refuse(what, "list what is meant");
    }
    if !action.contains('*')
        && let Some(meant) = crate::misspelled::misspelled(action)
    {
        return refuse(meant.to_string(), example);
    }
    Ok(asked)
}

/// Takes a resource apart, and refuses what rules cannot say.
pub(super) fn place(resource: &str, url: bool) -> Result<Where<'_>, Refusal> {
    if url {
        let inner = resource.strip_suffix('*').unwrap_or(resource);
        if resource != "*" && !resource.starts_with('/') || inner.contains('*') {
            let what = format!("`{resource}` is no URL path of a rule");
            return refuse(what, "write a path, or the beginning of one with `*` at its end");
        }
        return Ok(Where::Url(resource));
    }
    if resource == "*" {
        return Ok(Where::Everywhere);
    }
    let Some((namespace, name)) = resource.split_once('/') else {
        let what = format!("`{resource}` is no resource: the namespace is missing");
        return refuse(
            what,
            "write `<namespace>/<name>`, `<namespace>/*`, `*/<name>`, or `*` for everything",
        );
    };
    if namespace.is_empty() {
        let what = format!(
            "no rule can say `{resource}` alone: a cluster role speaks of a name in every namespace too"
        );
        return refuse(what, format!("write `*{resource}`, if that is meant"));
    }
    match (namespace, name) {
        ("*", "*") => refuse(
            "`*/*` leaves out nothing that a rule could leave out",
            "write `*`",
        ),
        (_, name) if name != "*" && name.contains('*') => refuse(
            format!("no rule can say `{resource}`: RBAC knows no patterns of names"),
            "list the names, or write `*` for all",
        ),
        ("*", name) => Ok(Where::Named(name)),
        (namespace, _) if namespace.contains('*') => refuse(
            format!("no rule can say `{resource}`: RBAC knows no patterns of namespaces"),
            "list the namespaces, or write `*` for everything",
        ),
        (namespace, "*") => Ok(Where::Within(namespace, None)),
        (namespace, name) => Ok(Where::Within(namespace, Some(name))),
    }
}

impl<'a> Asked<'a> {
    pub(super) fn verb(&self) -> &'a str {
        match self {
            Self::Resource { verb, .. } | Self::Url { verb } => verb,
        }
    }

    /// The actions, as requests spell them.
    pub(super) fn pattern(&self) -> Pattern {
        let mut elements = Vec::new();
        match self {
            Self::Url { .. } => elements.push(text(NON_RESOURCE)),
            Self::Resource { group, resource, .. } => {
                elements.push(match *group {
                    "*" => Element::ManyExcept('/'),
                    group => text(if group.is_empty() { CORE } else { group }),
                });
                elements.push(text("/"));
                match (*resource, resource.strip_prefix("*/")) {
                    ("*", _) => elements.push(Element::ManyExcept(':')),
                    (_, Some(sub)) => elements.extend([Element::ManyExcept('/'), text("/"), text(sub)]),
                    (resource, None) => elements.push(text(resource)),
                }
            }
        }
        elements.push(text(":"));
        elements.push(match self.verb() {
            "*" => Element::Many,
            verb => text(verb),
        });
        Pattern::new(elements, Case::Exact)
    }
}

impl<'a> Where<'a> {
    /// The namespace of the role that says it; none for a cluster role.
    pub(super) fn namespace(&self) -> Option<&'a str> {
        match self {
            Self::Within(namespace, _) => Some(namespace),
            Self::Everywhere | Self::Named(_) | Self::Url(_) => None,
        }
    }

    pub(super) fn name(&self) -> Option<&'a str> {
        match self {
            Self::Named(name) | Self::Within(_, Some(name)) => Some(name),
            Self::Everywhere | Self::Within(_, None) | Self::Url(_) => None,
        }
    }

    /// The resources, as requests spell them.
    pub(super) fn resources(&self) -> Strings {
        let of = |elements: Vec<Element>| Strings::one(Pattern::new(elements, Case::Exact));
        match self {
            Self::Everywhere => Strings::any(),
            Self::Named(name) => of(vec![Element::ManyExcept('/'), text("/"), text(name)]),
            Self::Within(namespace, None) => of(vec![text(namespace), text("/"), Element::Many]),
            Self::Within(namespace, Some(name)) => of(vec![text(namespace), text("/"), text(name)]),
            Self::Url(url) => match url.strip_suffix('*') {
                Some(begin) => of(vec![text(begin), Element::Many]),
                None => Strings::literal(url),
            },
        }
    }
}
