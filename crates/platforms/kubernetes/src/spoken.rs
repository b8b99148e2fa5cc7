//! Requests as people say them to `kubectl`: a verb, a type with or without a name, and where.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::catalogue::rows;

const RESOURCES: &str = include_str!("../data/resources.tsv");
const SHORT: &str = include_str!("../data/short-names.tsv");

/// A request in the words of `kubectl`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spoken<'a> {
    /// The verb, such as `get`.
    pub verb: &'a str,
    /// The type, its singular or short name, with `.GROUP` where it needs one and `/NAME` where one object is meant; a
    /// path that begins with `/` is a URL.
    pub what: &'a str,
    /// The subresource, such as `log`.
    pub subresource: Option<&'a str>,
    /// The namespace; `None` for all at once.
    pub namespace: Option<&'a str>,
}

/// Built-in resources by name: their groups, and whether they live in namespaces.
static BUILT_IN: LazyLock<BTreeMap<&'static str, Vec<(&'static str, bool)>>> = LazyLock::new(|| {
    let mut all: BTreeMap<&str, Vec<(&str, bool)>> = BTreeMap::new();
    for row in rows(RESOURCES) {
        let [resource, scope, ..] = *row else { continue };
        if let Some((group, name)) = resource.split_once('/')
            && !name.contains('/')
        {
            all.entry(name).or_default().push((group, scope == "namespaced"));
        }
    }
    for groups in all.values_mut() {
        groups.sort_by_key(|(group, _)| (*group != "core", *group));
    }
    all
});

impl Spoken<'_> {
    /// The action and the resource that are meant, as everything else here writes them.
    ///
    /// # Errors
    /// Where the type is not built in and no group is said, or a name is asked for in all namespaces at once; the
    /// words say what to write instead.
    pub fn request(&self) -> Result<(String, String), String> {
        let Self { verb, what, .. } = *self;
        if what.starts_with('/') {
            return Ok((format!("nonresource:{verb}"), what.to_owned()));
        }
        let (kind, name) = what.split_once('/').unwrap_or((what, ""));
        let (group, resource, namespaced) = resolved(kind)?;
        let below = self.subresource.map(|sub| format!("/{sub}")).unwrap_or_default();
        let action = format!("{group}/{resource}{below}:{verb}");
        let place = match (self.namespace, namespaced) {
            // The API server puts a request for a namespace object into the namespace of that name.
            _ if resource == "namespaces" && group == "core" => format!("{name}/{name}"),
            (_, false) => format!("/{name}"),
            (Some(namespace), true) => format!("{namespace}/{name}"),
            (None, true) if name.is_empty() => "/".to_owned(),
            (None, true) => {
                return Err(format!(
                    "`{name}` is in one namespace: say which, or ask without a name"
                ));
            }
        };
        Ok((action, place))
    }
}

/// Group, resource, and whether it lives in namespaces.
fn resolved(kind: &str) -> Result<(String, String, bool), String> {
    let (bare, group) = match kind.split_once('.') {
        Some((bare, group)) => (bare.to_lowercase(), Some(group)),
        None => (kind.to_lowercase(), None),
    };
    let short = rows(SHORT).find_map(|row| match *row {
        [short, resource, ..] if short == bare => Some(resource),
        _ => None,
    });
    let spellings = [
        short.unwrap_or(&bare).to_owned(),
        format!("{bare}s"),
        format!("{bare}es"),
        format!("{}ies", bare.strip_suffix('y').unwrap_or(&bare)),
    ];
    let found = spellings.iter().find_map(|name| {
        let groups = BUILT_IN.get(name.as_str())?;
        let fits = |one: &&(&str, bool)| group.is_none_or(|group| group == one.0);
        groups
            .iter()
            .find(fits)
            .map(|(group, namespaced)| (*group, name.clone(), *namespaced))
    });
    match (found, group) {
        (Some((group, resource, namespaced)), _) => Ok((group.to_owned(), resource, namespaced)),
        // What is not built in lives, as far as is known, in namespaces.
        (None, Some(group)) if !bare.is_empty() => Ok((group.to_owned(), bare, true)),
        (None, _) => Err(format!(
            "`{kind}` is no built-in resource: write RESOURCE.GROUP, such as certificates.cert-manager.io"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(
        verb: &str,
        what: &str,
        subresource: Option<&str>,
        namespace: Option<&str>,
    ) -> Result<String, String> {
        let spoken = Spoken {
            verb,
            what,
            subresource,
            namespace,
        };
        spoken
            .request()
            .map(|(action, resource)| format!("{action} {resource}"))
    }

    #[test]
    fn types_are_known_by_every_name_that_kubectl_knows() {
        let shop = Some("shop");
        assert_eq!(
            said("get", "secrets", None, shop),
            Ok("core/secrets:get shop/".into())
        );
        assert_eq!(
            said("get", "Secret/key", None, shop),
            Ok("core/secrets:get shop/key".into())
        );
        assert_eq!(
            said("list", "deploy", None, None),
            Ok("apps/deployments:list /".into())
        );
        assert_eq!(
            said("list", "ingress", None, shop),
            Ok("networking.k8s.io/ingresses:list shop/".into())
        );
        assert_eq!(
            said("get", "netpol.networking.k8s.io/a", None, shop),
            Ok("networking.k8s.io/networkpolicies:get shop/a".into())
        );
        assert_eq!(
            said("create", "pods/api", Some("exec"), shop),
            Ok("core/pods/exec:create shop/api".into())
        );
    }

    #[test]
    fn where_a_type_lives_decides_what_a_name_means() {
        let shop = Some("shop");
        assert_eq!(
            said("get", "no/node-1", None, shop),
            Ok("core/nodes:get /node-1".into())
        );
        assert_eq!(
            said("delete", "ns/pay", None, shop),
            Ok("core/namespaces:delete pay/pay".into())
        );
        assert_eq!(
            said("get", "/metrics", None, shop),
            Ok("nonresource:get /metrics".into())
        );
        assert_eq!(
            said("get", "widgets.example.com/a", None, shop),
            Ok("example.com/widgets:get shop/a".into())
        );
        assert!(said("get", "widgets", None, shop).is_err());
        assert!(said("get", "secrets/key", None, None).is_err());
    }
}
