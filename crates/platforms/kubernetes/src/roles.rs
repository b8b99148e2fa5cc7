//! Technical roles as `Role` and `ClusterRole`, with bindings to those who hold them.
//!
//! A permission's actions are `<group>/<resource>:<verb>` with `*` for a whole group, resource or verb, and `*/<subresource>`;
//! its resources are `*` (everything), `*/<name>`, `<namespace>/*`, `<namespace>/<name>`, or URL paths. RBAC has no other
//! patterns, and no conditions. Source: Kubernetes documentation, "Using RBAC Authorization"; kubernetes/kubernetes
//! pkg/apis/rbac/v1/evaluation_helpers.go.

mod change;
mod spelling;
use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{
    Change, Identity, NativeRole, RoleFormat, RoleLanguage, RoleObjection, RolePermission, Step, Written,
};
use leastwise_permset::{PermissionSet, Region, Strings};

use crate::rule::CORE;
use spelling::{Asked, Where};

const FORMATS: [RoleFormat; 1] = [RoleFormat {
    name: "yaml",
    extension: "yaml",
}];

/// Roles of Kubernetes.
#[derive(Clone, Copy, Debug, Default)]
pub struct KubernetesRoles;

impl RoleLanguage for KubernetesRoles {
    fn permission(&self, permission: &RolePermission) -> Result<PermissionSet, Vec<RoleObjection>> {
        let mut objections = Vec::new();
        if let Some(condition) = &permission.condition {
            let hint = "take it away, or narrow the resources";
            objections.push(RoleObjection::new(
                None,
                condition.at,
                "RBAC knows no conditions",
                hint,
            ));
        }
        let asked = all(&permission.actions, &mut objections, spelling::action);
        let url = asked.iter().any(|(_, asked)| matches!(asked, Asked::Url { .. }));
        let of_resources = asked
            .iter()
            .any(|(_, asked)| matches!(asked, Asked::Resource { .. }));
        if url && of_resources {
            let what = "actions on URL paths stand beside actions on resources";
            let hint = "write two permissions: their resources mean different things";
            objections.push(RoleObjection::new(None, permission.at, what, hint));
        }
        let places = all(&permission.resources, &mut objections, |text| {
            spelling::place(text, url)
        });
        if !objections.is_empty() {
            return Err(objections);
        }
        let actions = Strings::any_of(asked.iter().map(|(_, asked)| asked.pattern()));
        Ok(PermissionSet::union_of(places.iter().map(|(_, place)| {
            PermissionSet::from(Region::new(actions.clone(), place.resources()))
        })))
    }

    fn formats(&self) -> &'static [RoleFormat] {
        &FORMATS
    }

    fn taken(&self, identity: &Identity, step: &Step, _on: &[Strings]) -> Option<Change> {
        change::taken(identity, step)
    }

    fn render(&self, role: &NativeRole<'_>, _format: &str) -> Result<String, Vec<RoleObjection>> {
        let subjects = subjects(role)?;
        let mut rules: BTreeMap<Option<String>, BTreeSet<Rule>> = BTreeMap::new();
        for (at, permission) in role.permissions.iter().enumerate() {
            let mut objections = Vec::new();
            let asked = all(&permission.actions, &mut objections, spelling::action);
            let url = asked.iter().any(|(_, asked)| matches!(asked, Asked::Url { .. }));
            let places = all(&permission.resources, &mut objections, |text| {
                spelling::place(text, url)
            });
            if !objections.is_empty() {
                for objection in &mut objections {
                    objection.permission = Some(at);
                }
                return Err(objections);
            }
            for (_, place) in &places {
                let (namespace, made) = made(&asked, place);
                rules.entry(namespace).or_default().extend(made);
            }
        }
        let mut documents = Vec::new();
        for (namespace, rules) in &rules {
            documents.push(manifest(role.id, namespace.as_deref(), rules));
            if !subjects.is_empty() {
                documents.push(binding(role.id, namespace.as_deref(), &subjects));
            }
        }
        Ok(documents.join("---\n"))
    }
}

/// What each text means; objections where one means nothing.
fn all<'w, T>(
    texts: &'w [Written],
    objections: &mut Vec<RoleObjection>,
    read: impl Fn(&'w str) -> Result<T, (String, String)>,
) -> Vec<(&'w Written, T)> {
    let mut found = Vec::new();
    for written in texts {
        match read(&written.text) {
            Ok(meaning) => found.push((written, meaning)),
            Err((what, hint)) => objections.push(RoleObjection::new(None, written.at, what, hint)),
        }
    }
    found
}

/// One rule: every verb on every resource of every group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rule {
    Resources {
        group: String,
        resources: BTreeSet<String>,
        verbs: BTreeSet<String>,
        name: Option<String>,
    },
    Urls {
        urls: BTreeSet<String>,
        verbs: BTreeSet<String>,
    },
}

/// The rules for some actions in one place: those of one group with the same verbs are one rule.
fn made(asked: &[(&Written, Asked<'_>)], place: &Where<'_>) -> (Option<String>, Vec<Rule>) {
    if let Where::Url(url) = place {
        let verbs = asked.iter().map(|(_, asked)| asked.verb().to_owned()).collect();
        let urls = [(*url).to_owned()].into();
        return (None, vec![Rule::Urls { urls, verbs }]);
    }
    let mut verbs: BTreeMap<(&str, &str), BTreeSet<String>> = BTreeMap::new();
    for (_, asked) in asked {
        if let Asked::Resource {
            group,
            resource,
            verb,
        } = asked
        {
            verbs
                .entry((group, resource))
                .or_default()
                .insert((*verb).to_owned());
        }
    }
    let mut grouped: BTreeMap<(&str, BTreeSet<String>), BTreeSet<String>> = BTreeMap::new();
    for ((group, resource), verbs) in verbs {
        grouped
            .entry((group, verbs))
            .or_default()
            .insert(resource.to_owned());
    }
    let rules = grouped
        .into_iter()
        .map(|((group, verbs), resources)| Rule::Resources {
            group: if group == CORE {
                String::new()
            } else {
                group.to_owned()
            },
            resources,
            verbs,
            name: place.name().map(str::to_owned),
        });
    (place.namespace().map(str::to_owned), rules.collect())
}

/// The service accounts that hold the role: namespace and name.
fn subjects<'r>(role: &NativeRole<'r>) -> Result<Vec<(&'r str, &'r str)>, Vec<RoleObjection>> {
    let mut found = Vec::new();
    let mut objections = Vec::new();
    for identity in &role.assigned_to {
        let account = identity
            .text
            .split_once("system:serviceaccount:")
            .filter(|(before, _)| {
                before.is_empty() || before.starts_with("kubernetes:") && before.ends_with(':')
            })
            .and_then(|(_, account)| account.split_once(':'))
            .filter(|(namespace, name)| !namespace.is_empty() && !name.is_empty() && !name.contains(':'));
        match account {
            Some(account) => found.push(account),
            None => objections.push(RoleObjection::new(
                None,
                identity.at,
                format!("`{}` is no service account", identity.text),
                "write `system:serviceaccount:<namespace>:<name>`",
            )),
        }
    }
    if objections.is_empty() {
        Ok(found)
    } else {
        Err(objections)
    }
}

fn quoted(text: &str) -> String {
    let node = leastwise_document::Node {
        at: leastwise_document::Position::default(),
        value: leastwise_document::Value::Text(text.into()),
    };
    node.to_json()
}

fn list<'t>(texts: impl IntoIterator<Item = &'t String>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

fn metadata(id: &str, namespace: Option<&str>) -> String {
    let mut out = format!("metadata:\n  name: {}\n", quoted(id));
    if let Some(namespace) = namespace {
        out.push_str(&format!("  namespace: {}\n", quoted(namespace)));
    }
    out
}

fn manifest(id: &str, namespace: Option<&str>, rules: &BTreeSet<Rule>) -> String {
    let kind = if namespace.is_some() {
        "Role"
    } else {
        "ClusterRole"
    };
    let mut out = format!("apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\n");
    out.push_str(&metadata(id, namespace));
    out.push_str("rules:\n");
    for rule in rules {
        match rule {
            Rule::Resources {
                group,
                resources,
                verbs,
                name,
            } => {
                out.push_str(&format!("  - apiGroups: [{}]\n", quoted(group)));
                out.push_str(&format!("    resources: {}\n", list(resources)));
                if let Some(name) = name {
                    out.push_str(&format!("    resourceNames: [{}]\n", quoted(name)));
                }
                out.push_str(&format!("    verbs: {}\n", list(verbs)));
            }
            Rule::Urls { urls, verbs } => {
                out.push_str(&format!("  - nonResourceURLs: {}\n", list(urls)));
                out.push_str(&format!("    verbs: {}\n", list(verbs)));
            }
        }
    }
    out
}

fn binding(id: &str, namespace: Option<&str>, subjects: &[(&str, &str)]) -> String {
    let (kind, role) = match namespace {
        Some(_) => ("RoleBinding", "Role"),
        None => ("ClusterRoleBinding", "ClusterRole"),
    };
    let mut out = format!("apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\n");
    out.push_str(&metadata(id, namespace));
    let id = quoted(id);
    out.push_str(&format!(
        "roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: {role}\n  name: {id}\nsubjects:\n"
    ));
    for (namespace, name) in subjects {
        let (namespace, name) = (quoted(namespace), quoted(name));
        out.push_str(&format!(
            "  - kind: ServiceAccount\n    namespace: {namespace}\n    name: {name}\n"
        ));
    }
    out
}
