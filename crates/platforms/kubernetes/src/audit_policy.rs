//! What an audit log would have shown: the audit policy of the API server, or what its records let one conclude.
//!
//! The first rule that fits a request decides; a request that no rule fits is not logged. Some verbs are asked for within
//! another request and are never logged as such. Where no policy is given, an action that anybody was seen to use is taken to
//! be logged, and no other. Sources: kubernetes/kubernetes, `staging/src/k8s.io/apiserver/pkg/audit/policy/checker.go`,
//! `staging/src/k8s.io/apiserver/pkg/apis/audit/v1/types.go`.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leastwise_document::{Item, Node};
use leastwise_model::{
    Identity, Instance, LogCoverage, LogScope, Remark, Settings, ShownBy, Sighting, Source, Taken, Text,
    Unshown,
};
use leastwise_permset::{Case, Element, Pattern, PermissionSet, Region, Strings};

use crate::cluster::claimed;
use crate::compile::accounts::Who;
use crate::rule::{CORE, NON_RESOURCE};

/// Verbs that the API server asks its authorizers about within another request.
const WITHIN: [&str; 6] = ["escalate", "bind", "use", "approve", "sign", "attest"];

/// One rule of a policy.
#[derive(Debug)]
struct AuditRule {
    users: Vec<Text>,
    groups: Vec<Text>,
    requests: PermissionSet,
    logged: bool,
}

/// A policy, and where it stands.
#[derive(Debug)]
struct Policy {
    place: Text,
    rules: Vec<AuditRule>,
}

/// What is known of audit logs.
#[derive(Debug, Default)]
pub(crate) struct AuditPolicies {
    settings: Settings,
    /// By cluster; the empty name for a policy of which nothing says whose it is.
    policies: BTreeMap<Text, Policy>,
    logged: BTreeSet<Text>,
    /// Actions that were logged, by cluster.
    seen: BTreeMap<Text, BTreeSet<Text>>,
    without_policy: BTreeMap<Text, Arc<LogCoverage>>,
}

impl AuditPolicies {
    pub fn new(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            ..Self::default()
        }
    }
}

impl LogScope for AuditPolicies {
    fn take(&mut self, path: &str, item: Item, remarks: &mut Vec<Remark>) -> Taken {
        let node = &item.node;
        let text = |name: &str| node.get(name).and_then(Node::text).unwrap_or_default();
        if !text("apiVersion").starts_with("audit.k8s.io/") || text("kind") != "Policy" {
            return Taken::No(Box::new(item));
        }
        let cluster = claimed(path, "", &self.settings).and_then(|at| self.settings.clusters.get(at));
        let cluster = cluster.map(|cluster| cluster.name.clone()).unwrap_or_default();
        let place = format!("{path}:{}", node.position().line);
        let everywhere = stages(node);
        let rules = node.get("rules").map(Node::list).unwrap_or_default();
        let rules = rules.iter().map(|rule| read(rule, everywhere)).collect();
        let policy = Policy {
            place: place.as_str().into(),
            rules,
        };
        if self.policies.insert(cluster, policy).is_some() {
            remarks.push(Remark {
                location: None,
                what: format!(
                    "{place}: a second audit policy of the same cluster; the one before does not count"
                )
                .into(),
                hint: "name the clusters of both in leastwise.toml by `paths`".into(),
                loses: true,
            });
        }
        Taken::Yes
    }

    fn source(&mut self, source: &Source<'_>) {
        if source.platform == crate::usage::NAME {
            self.logged.insert(source.instance.into());
        }
    }

    fn sighting(&mut self, sighting: &Sighting<'_>) {
        let mut parts = sighting.identity.splitn(3, ':');
        if let (Some(crate::usage::NAME), Some(cluster)) = (parts.next(), parts.next())
            && !sighting.action.is_empty()
        {
            let seen = self.seen.entry(cluster.into()).or_default();
            seen.insert(sighting.action.into());
        }
    }

    fn coverage(&mut self, instance: &Instance, identity: &Identity) -> Arc<LogCoverage> {
        let cluster = &instance.name;
        if !self.logged.contains(cluster) {
            return Arc::new(LogCoverage {
                unshown: vec![Unshown {
                    requests: PermissionSet::everything(),
                    why: format!("the logs hold no record of cluster {cluster}").into(),
                    settle: "give its audit log with --usage, and its name with --cluster or leastwise.toml"
                        .into(),
                }],
                ..LogCoverage::default()
            });
        }
        let policy = self.policies.get(cluster).or_else(|| self.policies.get(""));
        if let Some(policy) = policy {
            return Arc::new(policy.coverage(identity));
        }
        if let Some(known) = self.without_policy.get(cluster) {
            return known.clone();
        }
        let coverage = Arc::new(self.by_records(cluster));
        self.without_policy.insert(cluster.clone(), coverage.clone());
        coverage
    }
}

impl AuditPolicies {
    fn by_records(&self, cluster: &Text) -> LogCoverage {
        let empty = BTreeSet::new();
        let seen = self.seen.get(cluster).unwrap_or(&empty);
        let actions = Strings::any_of(seen.iter().map(|action| Pattern::literal(action)));
        LogCoverage {
            unshown: vec![
                within(),
                Unshown {
                    requests: Region::new(actions.complement(), Strings::any()).into(),
                    why: "nobody was seen to do this, and no audit policy is given".into(),
                    settle: "give the policy of the API server (--audit-policy-file) with --log-config"
                        .into(),
                },
            ],
            shown_by: vec![ShownBy {
                what: format!(
                    "actions that anybody was seen to use in cluster {cluster}, whoever uses them on whatever"
                )
                .into(),
                assumed: true,
            }],
            ..LogCoverage::default()
        }
    }
}

impl Policy {
    /// What it logs of one identity.
    fn coverage(&self, identity: &Identity) -> LogCoverage {
        let (user, groups) = who(identity);
        let mut logged = PermissionSet::empty();
        let mut before = PermissionSet::empty();
        for rule in &self.rules {
            let named = rule.users.is_empty() || rule.users.iter().any(|name| **name == *user);
            let member = groups
                .iter()
                .any(|group| rule.groups.iter().any(|of| **of == **group));
            // Whoever is no service account may be in further groups: then a rule may hide, but is not taken to show.
            let perhaps = groups.len() < 2 && !rule.logged;
            if !named || !(rule.groups.is_empty() || member || perhaps) {
                continue;
            }
            if rule.logged {
                logged = logged.union(&rule.requests.difference(&before));
            }
            before = before.union(&rule.requests);
        }
        LogCoverage {
            unshown: vec![
                within(),
                Unshown {
                    requests: PermissionSet::everything().difference(&logged),
                    why: format!("the audit policy ({}) does not log it", self.place).into(),
                    settle: "log it, and look again after a quarter".into(),
                },
            ],
            shown_by: vec![ShownBy {
                what: format!("what the audit policy ({}) logs", self.place).into(),
                assumed: false,
            }],
            ..LogCoverage::default()
        }
    }
}

/// The user name of an identity and its groups, as its id tells.
fn who(identity: &Identity) -> (String, Vec<String>) {
    let name = identity.id.splitn(3, ':').nth(2).unwrap_or_default();
    let name = name.strip_prefix("user:").unwrap_or(name);
    (name.to_owned(), Who::of_user(&name.into()).groups())
}

fn within() -> Unshown {
    let verbs = WITHIN
        .iter()
        .map(|verb| Pattern::glob(&format!("*:{verb}"), Case::Exact));
    // Impersonation of users and service accounts is told by the request that was made so.
    let impersonated = ["core/groups", "*/uids", "*/userextras/*"];
    let others = impersonated
        .iter()
        .map(|what| Pattern::glob(&format!("{what}:impersonate*"), Case::Exact));
    Unshown {
        requests: Region::new(Strings::any_of(verbs.chain(others)), Strings::any()).into(),
        why: "it is asked for within another request, and no log shows it".into(),
        settle: Text::default(),
    }
}

/// Whether the stage that counts as use is left out.
fn stages(node: &Node) -> bool {
    let stages = node.get("omitStages").map(Node::list).unwrap_or_default();
    stages
        .iter()
        .any(|stage| stage.text() == Some("ResponseComplete"))
}

fn texts(node: &Node, name: &str) -> Vec<Text> {
    let list = node.get(name).map(Node::list).unwrap_or_default();
    list.iter().filter_map(Node::scalar).map(Text::from).collect()
}

fn read(rule: &Node, everywhere: bool) -> AuditRule {
    let level = rule.get("level").and_then(Node::text).unwrap_or("None");
    let (namespaces, urls) = (texts(rule, "namespaces"), texts(rule, "nonResourceURLs"));
    let resources = rule.get("resources").map(Node::list).unwrap_or_default();
    let verbs = texts(rule, "verbs");
    let requests = if !namespaces.is_empty() || !resources.is_empty() {
        on_resources(&verbs, &namespaces, resources)
    } else if !urls.is_empty() {
        on_urls(&verbs, &urls)
    } else {
        let verbs = verbs
            .iter()
            .map(|verb| Pattern::glob(&format!("*:{verb}"), Case::Exact));
        let actions = match verbs.len() {
            0 => Strings::any(),
            _ => Strings::any_of(verbs),
        };
        Region::new(actions, Strings::any()).into()
    };
    AuditRule {
        users: texts(rule, "users"),
        groups: texts(rule, "userGroups"),
        requests,
        logged: matches!(level, "Metadata" | "Request" | "RequestResponse") && !everywhere && !stages(rule),
    }
}

fn text(text: impl AsRef<str>) -> Element {
    Element::Text(text.as_ref().into())
}

/// The patterns of an action: what stands before the verb, and each verb.
fn actions(before: &[Element], verbs: &[Text]) -> Vec<Pattern> {
    let with = |end: Vec<Element>| {
        let elements = before.iter().cloned().chain([text(":")]).chain(end);
        Pattern::new(elements, Case::Exact)
    };
    match verbs {
        [] => vec![with(vec![Element::Many])],
        verbs => verbs.iter().map(|verb| with(vec![text(verb)])).collect(),
    }
}

fn on_urls(verbs: &[Text], urls: &[Text]) -> PermissionSet {
    let paths = urls.iter().map(|url| match url.strip_suffix('*') {
        Some(head) => Pattern::new([text(head.trim_end_matches('*')), Element::Many], Case::Exact),
        None => Pattern::literal(url),
    });
    let actions = Strings::any_of(actions(&[text(NON_RESOURCE)], verbs));
    Region::new(actions, Strings::any_of(paths)).into()
}

fn on_resources(verbs: &[Text], namespaces: &[Text], resources: &[Node]) -> PermissionSet {
    // Of requests outside of namespaces the namespace is empty, as it is of requests over all of them.
    let spaces: Vec<Vec<Element>> = match namespaces {
        [] => vec![vec![Element::ManyExcept('/'), text("/")]],
        some => some.iter().map(|name| vec![text(format!("{name}/"))]).collect(),
    };
    let names = |names: &[Text]| {
        let each = spaces.iter().flat_map(|space| {
            let ends: Vec<Element> = match names {
                [] => vec![Element::Many],
                names => names.iter().map(text).collect(),
            };
            ends.into_iter()
                .map(|end| Pattern::new(space.iter().cloned().chain([end]), Case::Exact))
                .collect::<Vec<_>>()
        });
        Strings::any_of(each)
    };
    if resources.is_empty() {
        let any = [Element::ManyExcept('/'), text("/"), Element::ManyExcept(':')];
        return Region::new(Strings::any_of(actions(&any, verbs)), names(&[])).into();
    }
    PermissionSet::union_of(resources.iter().map(|resource| {
        let group = resource.get("group").and_then(Node::text).unwrap_or_default();
        let group = if group.is_empty() { CORE } else { group };
        let head = text(format!("{group}/"));
        let listed = texts(resource, "resources");
        let mut kinds: Vec<Vec<Element>> = Vec::new();
        for kind in &listed {
            if &**kind == "*" {
                kinds.push(vec![head.clone(), Element::ManyExcept(':')]);
            } else if let Some(sub) = kind.strip_prefix("*/") {
                kinds.push(vec![
                    head.clone(),
                    Element::ManyExcept('/'),
                    text(format!("/{sub}")),
                ]);
            } else if let Some(whole) = kind.strip_suffix("/*") {
                kinds.push(vec![head.clone(), text(whole)]);
                kinds.push(vec![
                    head.clone(),
                    text(format!("{whole}/")),
                    Element::ManyExcept(':'),
                ]);
            } else {
                kinds.push(vec![head.clone(), text(kind)]);
            }
        }
        let mut of = texts(resource, "resourceNames");
        if listed.is_empty() {
            // Names count only beside resources.
            kinds.push(vec![head, Element::ManyExcept(':')]);
            of.clear();
        }
        let patterns = kinds.iter().flat_map(|kind| actions(kind, verbs));
        PermissionSet::from(Region::new(Strings::any_of(patterns), names(&of)))
    }))
}
