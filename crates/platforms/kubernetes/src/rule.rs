//! One rule of a role → the requests it allows.
//!
//! Source: kubernetes/kubernetes `pkg/apis/rbac/v1/evaluation_helpers.go` and
//! `plugin/pkg/auth/authorizer/rbac/rbac.go` (`RuleAllows`).
//!
//! Spelling keeps the parts of a request apart: a group has neither `/` nor `:`, a resource with its
//! subresource has no `:`, a verb has no `/`, a namespace has no `/`. A subresource (`userextras/example.org/key`),
//! a verb (`impersonate-on:user-info:get`) and a name (`kubernetes.io/kubelet-serving`) may have what is left.

use leastwise_permset::{Case, Element, Pattern, PermissionSet, Region, Strings};

use crate::object::Rule;

/// The word that stands for the empty API group in actions.
pub(crate) const CORE: &str = "core";
/// The word before the verb of requests for URLs that are no resources.
pub(crate) const NON_RESOURCE: &str = "nonresource";

/// Beyond this many patterns, the verbs and resources of a rule are kept as factors of an intersection.
const PATTERNS_MAX: usize = 2_048;

/// Where a rule counts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Span<'a> {
    /// Everywhere, also outside of namespaces and for URLs.
    Cluster,
    /// Requests in one namespace.
    Namespace(&'a str),
}

/// A rule as it is written.
pub(crate) use crate::object::Rule as Native;

type Part = Vec<Element>;

fn text(text: &str) -> Element {
    Element::Text(text.into())
}

/// The concatenation of parts; neighbouring texts are joined here, once.
fn pattern(parts: &[&Part]) -> Pattern {
    let mut elements = Vec::with_capacity(4);
    let mut text = String::with_capacity(48);
    for element in parts.iter().copied().flatten() {
        match element {
            Element::Text(more) => text.push_str(more),
            other => {
                if !text.is_empty() {
                    elements.push(Element::Text(text.as_str().into()));
                    text.clear();
                }
                elements.push(other.clone());
            }
        }
    }
    if elements.is_empty() {
        return Pattern::literal(&text);
    }
    if !text.is_empty() {
        elements.push(Element::Text(text.into()));
    }
    Pattern::new(elements, Case::Exact)
}

/// The patterns of a rule's groups, each with its `/`; what no request can be spelled with is left out.
fn groups(rule: &Rule) -> Vec<Part> {
    let mut parts = Vec::new();
    for group in &rule.groups {
        match &**group {
            "*" => return vec![vec![Element::ManyExcept('/'), text("/")]],
            "" => parts.push(vec![text(CORE), text("/")]),
            CORE => {}
            group if group.contains(['/', ':']) => {}
            group => parts.push(vec![text(group), text("/")]),
        }
    }
    parts
}

fn resources(rule: &Rule) -> Vec<Part> {
    let mut parts = Vec::new();
    for resource in &rule.resources {
        match &**resource {
            "*" => return vec![vec![Element::ManyExcept(':')]],
            resource if resource.contains(':') => {}
            resource => match resource.strip_prefix("*/") {
                Some(sub) if !sub.is_empty() => {
                    parts.push(vec![Element::ManyExcept('/'), text("/"), text(sub)])
                }
                _ => parts.push(vec![text(resource)]),
            },
        }
    }
    parts
}

fn verbs(rule: &Rule) -> Vec<Part> {
    if rule.verbs.iter().any(|verb| &**verb == "*") {
        return vec![vec![text(":"), Element::Many]];
    }
    rule.verbs
        .iter()
        .map(|verb| vec![text(":"), text(verb)])
        .collect()
}

/// The names a request may have, as resources of requests.
fn names(rule: &Rule, span: Span<'_>) -> Strings {
    let namespace: Part = match span {
        Span::Cluster => vec![Element::ManyExcept('/'), text("/")],
        Span::Namespace(namespace) => vec![text(namespace), text("/")],
    };
    match (&*rule.names, span) {
        ([], Span::Cluster) => Strings::any(),
        ([], Span::Namespace(_)) => Strings::one(pattern(&[&namespace, &vec![Element::Many]])),
        // The empty name is that of requests without a name.
        (names, _) => Strings::any_of(names.iter().map(|name| pattern(&[&namespace, &vec![text(name)]]))),
    }
}

/// Whether a rule holds a word with which no request can be spelled: `core` as a group (the empty text is
/// meant), or a separator of the spelling.
pub(crate) fn unspeakable(rule: &Rule) -> Option<String> {
    for group in &rule.groups {
        if &**group == CORE {
            return Some(
                "the API group `core` does not exist: the empty text names the core group".to_owned(),
            );
        }
        if group.contains(['/', ':']) {
            return Some(format!(
                "`{group}` is no API group: groups are named without version"
            ));
        }
    }
    let resource = rule.resources.iter().find(|resource| resource.contains(':'));
    resource.map(|resource| format!("the resource `{resource}` holds a `:` and is left out"))
}

/// The requests that a rule allows.
pub(crate) fn allows(rule: &Rule, span: Span<'_>) -> PermissionSet {
    let of_resources = of_resources(rule, span);
    match span {
        Span::Cluster if !rule.urls.is_empty() => of_resources.union(&of_urls(rule)),
        _ => of_resources,
    }
}

fn of_resources(rule: &Rule, span: Span<'_>) -> PermissionSet {
    let (groups, resources, verbs) = (groups(rule), resources(rule), verbs(rule));
    if groups.is_empty() || resources.is_empty() || verbs.is_empty() {
        return PermissionSet::empty();
    }
    let names = names(rule, span);
    if groups
        .len()
        .saturating_mul(resources.len())
        .saturating_mul(verbs.len())
        <= PATTERNS_MAX
    {
        let mut patterns = Vec::with_capacity(groups.len() * resources.len() * verbs.len());
        for group in &groups {
            for resource in &resources {
                patterns.extend(verbs.iter().map(|verb| pattern(&[group, resource, verb])));
            }
        }
        return Region::new(Strings::any_of(patterns), names).into();
    }
    let (any_group, any_resource) = (
        vec![Element::ManyExcept('/'), text("/")],
        vec![Element::ManyExcept(':')],
    );
    let any_verb = vec![text(":"), Element::Many];
    let factor = |patterns: Vec<Pattern>| Region::new(Strings::any_of(patterns), names.clone()).into();
    PermissionSet::intersection_of([
        factor(
            groups
                .iter()
                .map(|group| pattern(&[group, &any_resource, &any_verb]))
                .collect(),
        ),
        factor(
            resources
                .iter()
                .map(|resource| pattern(&[&any_group, resource, &any_verb]))
                .collect(),
        ),
        factor(
            verbs
                .iter()
                .map(|verb| pattern(&[&any_group, &any_resource, verb]))
                .collect(),
        ),
    ])
}

fn of_urls(rule: &Rule) -> PermissionSet {
    let prefix = vec![text(NON_RESOURCE)];
    let actions = Strings::any_of(verbs(rule).iter().map(|verb| pattern(&[&prefix, verb])));
    let urls = Strings::any_of(rule.urls.iter().map(|url| match url.strip_suffix('*') {
        // All trailing stars are one; a star elsewhere is itself.
        Some(_) => pattern(&[&vec![text(url.trim_end_matches('*')), Element::Many]]),
        None => Pattern::literal(url),
    }));
    if rule.verbs.is_empty() {
        PermissionSet::empty()
    } else {
        Region::new(actions, urls).into()
    }
}

/// Every request in one namespace, or every request.
pub(crate) fn everything(span: Span<'_>) -> Region {
    match span {
        Span::Cluster => Region::everything(),
        Span::Namespace(namespace) => {
            let all = Pattern::new([text(namespace), text("/"), Element::Many], Case::Exact);
            Region::new(Strings::any(), Strings::one(all))
        }
    }
}

/// One request.
pub(crate) fn request(action: &str, resource: &str) -> Region {
    Region::new(Strings::literal(action), Strings::literal(resource))
}

/// Whether a rule allows some request with this verb on this group and resource (with its subresource),
/// whatever its name.
pub(crate) fn touches(rule: &Rule, group: &str, resource: &str, verb: &str) -> bool {
    let subresource = resource.split_once('/').map(|(_, subresource)| subresource);
    rule.verbs.iter().any(|given| &**given == "*" || &**given == verb)
        && rule
            .groups
            .iter()
            .any(|given| &**given == "*" || &**given == group)
        && rule.resources.iter().any(|given| {
            &**given == "*"
                || &**given == resource
                || subresource.is_some() && given.strip_prefix("*/") == subresource
        })
}

/// The native text of a rule, compact, cut after a few hundred characters.
pub(crate) fn statement(rule: &Rule) -> Box<str> {
    let mut out = String::with_capacity(STATEMENT_MAX);
    out.push('{');
    let mut first = true;
    let lists = [
        ("apiGroups", &rule.groups),
        ("resources", &rule.resources),
        ("resourceNames", &rule.names),
        ("nonResourceURLs", &rule.urls),
        ("verbs", &rule.verbs),
    ];
    for (key, list) in lists {
        if list.is_empty() {
            continue;
        }
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        quote(&mut out, key);
        out.push_str(":[");
        for (index, text) in list.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            quote(&mut out, text);
            if out.len() > STATEMENT_MAX {
                return cut(out);
            }
        }
        out.push(']');
    }
    out.push('}');
    cut(out)
}

const STATEMENT_MAX: usize = 300;

/// At most [`STATEMENT_MAX`] bytes, an ellipsis behind what was cut.
pub(crate) fn cut(mut text: String) -> Box<str> {
    if text.len() > STATEMENT_MAX {
        let end = (0..=STATEMENT_MAX)
            .rev()
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text.as_str().into()
}

/// Appends a text as JSON.
pub(crate) fn quote(out: &mut String, text: &str) {
    out.push('"');
    if !text
        .bytes()
        .any(|byte| byte < 0x20 || matches!(byte, b'"' | b'\\' | 0x7F..))
    {
        out.push_str(text);
        out.push('"');
        return;
    }
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}
