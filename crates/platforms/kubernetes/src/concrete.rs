//! The slow twin: one request, authorized as the API server does it, straight from the objects.
//!
//! Sources: kubernetes/kubernetes `plugin/pkg/auth/authorizer/rbac/rbac.go` (`Authorize`, `RuleAllows`),
//! `pkg/registry/rbac/validation/rule.go` (`VisitRulesFor`, `appliesToUser`),
//! `pkg/apis/rbac/v1/evaluation_helpers.go` and `pkg/controller/clusterroleaggregation`.

mod authorizer;
mod tests;

use leastwise_model::Text;

use crate::object::{Binding, Role, Rule, Subject, SubjectKind};

/// Who asks, as the authorizer sees it.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub name: String,
    pub groups: Vec<String>,
}

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) enum Attributes {
    Resource {
        verb: String,
        group: String,
        resource: String,
        subresource: String,
        namespace: String,
        name: String,
    },
    Url {
        verb: String,
        path: String,
    },
}

/// The objects of one cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct Objects {
    pub roles: Vec<Role>,
    pub bindings: Vec<Binding>,
}

impl Objects {
    /// Fills aggregated cluster roles as the controller does: one at a time, again and again, until nothing changes.
    pub(crate) fn aggregate(&mut self) {
        let pending: Vec<usize> = (0..self.roles.len())
            .filter(|at| {
                self.roles[*at].aggregation.is_some()
                    && self.roles[*at].rules.is_empty()
                    && !self.roles[*at].meta.live
            })
            .collect();
        loop {
            let mut changed = false;
            for at in &pending {
                let mut rules: Vec<Rule> = Vec::new();
                for selector in self.roles[*at].aggregation.iter().flatten() {
                    for other in self.roles.iter().filter(|other| other.cluster) {
                        if other.meta.name != self.roles[*at].meta.name && selector.selects(&other.labels) {
                            for rule in &other.rules {
                                if !rules.contains(rule) {
                                    rules.push(rule.clone());
                                }
                            }
                        }
                    }
                }
                if !rules.iter().all(|rule| self.roles[*at].rules.contains(rule)) {
                    changed = true;
                    self.roles[*at].rules = rules.into();
                }
            }
            if !changed {
                return;
            }
        }
    }

    /// Whether a rule of a binding that applies allows it.
    pub(crate) fn authorize(&self, user: &User, attributes: &Attributes) -> bool {
        let namespace = match attributes {
            Attributes::Resource { namespace, .. } => namespace.as_str(),
            Attributes::Url { .. } => "",
        };
        self.bindings.iter().any(|binding| {
            let of = binding.meta.namespace.as_deref().unwrap_or_default();
            if !(binding.cluster || !namespace.is_empty() && of == namespace) {
                return false;
            }
            let of = if binding.cluster { "" } else { of };
            binding.subjects.iter().any(|subject| applies(subject, user, of))
                && self
                    .rules(binding, of)
                    .iter()
                    .any(|rule| allows(rule, attributes))
        })
    }

    fn rules(&self, binding: &Binding, namespace: &str) -> &[Rule] {
        let found = self.roles.iter().find(|role| {
            role.meta.name == binding.role
                && role.cluster == binding.role_cluster
                && (role.cluster || role.meta.namespace.as_deref() == Some(namespace))
        });
        found.map_or(&[], |role| &role.rules)
    }
}

fn applies(subject: &Subject, user: &User, namespace: &str) -> bool {
    match subject.kind {
        SubjectKind::User => *subject.name == *user.name,
        SubjectKind::Group => user.groups.iter().any(|group| **group == *subject.name),
        SubjectKind::ServiceAccount => {
            let namespace = subject.namespace.as_deref().unwrap_or(namespace);
            !namespace.is_empty()
                && user.name == format!("system:serviceaccount:{namespace}:{}", subject.name)
        }
    }
}

fn allows(rule: &Rule, attributes: &Attributes) -> bool {
    let has = |list: &[Text], wanted: &str| list.iter().any(|text| &**text == "*" || &**text == wanted);
    match attributes {
        Attributes::Resource {
            verb,
            group,
            resource,
            subresource,
            name,
            ..
        } => {
            let combined = match subresource.as_str() {
                "" => resource.clone(),
                subresource => format!("{resource}/{subresource}"),
            };
            let resource_matches = rule.resources.iter().any(|given| {
                &**given == "*"
                    || **given == *combined
                    || !subresource.is_empty()
                        && given.len() == subresource.len() + 2
                        && given.starts_with("*/")
                        && given.ends_with(subresource.as_str())
            });
            has(&rule.verbs, verb)
                && has(&rule.groups, group)
                && resource_matches
                && (rule.names.is_empty() || rule.names.iter().any(|given| **given == *name))
        }
        Attributes::Url { verb, path } => {
            let url_matches = rule.urls.iter().any(|given| {
                &**given == "*"
                    || **given == *path
                    || given.ends_with('*') && path.starts_with(given.trim_end_matches('*'))
            });
            has(&rule.verbs, verb) && url_matches
        }
    }
}
