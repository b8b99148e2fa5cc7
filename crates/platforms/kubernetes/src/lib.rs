//! Kubernetes RBAC compiled into permission sets.
//!
//! ```
//! use leastwise_document::{Limits, read};
//! use leastwise_kubernetes::Kubernetes;
//! use leastwise_model::{File, Platform, Settings, Snapshot};
//! use leastwise_permset::Request;
//!
//! let manifest = br#"
//! kind: Role
//! apiVersion: rbac.authorization.k8s.io/v1
//! metadata: {name: reader, namespace: payments}
//! rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
//! ---
//! kind: RoleBinding
//! apiVersion: rbac.authorization.k8s.io/v1
//! metadata: {name: reader, namespace: payments}
//! roleRef: {kind: Role, name: reader}
//! subjects: [{kind: ServiceAccount, name: api}]
//! "#;
//! let mut snapshot = Snapshot::new();
//! let file = snapshot.add_file(File { path: "rbac.yaml".into(), unit: "rbac.yaml".into() });
//! let mut reader = Kubernetes.reader(&Settings::default());
//! read(manifest, &Limits::default(), &mut |item| {
//!     let _ = reader.take(file, "rbac.yaml", item);
//! });
//! reader.compile(&mut snapshot);
//!
//! let api = snapshot.identities.iter().find(|one| one.id.ends_with("payments:api")).unwrap();
//! let held = api.holding.effective();
//! assert!(held.contains(&Request::new("core/secrets:get", "payments/stripe-key")));
//! assert!(!held.contains(&Request::new("core/secrets:get", "billing/stripe-key")));
//! ```
//!
//! What is read, what each kind of object means, and what is not evaluated: `docs/semantics/kubernetes.md`.
//! Everything here is linear in the input, but for the names that rules with `bind` mention, which multiply with
//! namespaces. Nothing here reads files, talks to a cluster, or keeps the data of secrets.

mod aggregation;
mod asked;
mod audit_policy;
mod catalogue;
mod cluster;
mod collect;
mod compile;
#[cfg(test)]
mod concrete;
mod covers;
mod defaults;
mod extract;
mod misspelled;
mod object;
mod reader;
mod roles;
mod rule;
mod spell;
mod spoken;
mod usage;

use leastwise_document::{Item, Node};
use leastwise_model::{
    ActionCatalogue, Collector, FileIndex, InstanceIndex, KeyOrigin, Location, Logged, Platform,
    PolicyReading, Reader, Remark, RoleLanguage, Settings, Snapshot, Text, Wanted,
};
use leastwise_permset::{Key, Label, PermissionSet};

use crate::extract::{Extracted, Place, Words};
use crate::object::Object;
pub use crate::spoken::Spoken;

/// The Kubernetes platform.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kubernetes;

impl Kubernetes {
    /// What of the rules of one role the rules of others do not *cover*: what the API server would refuse to let
    /// a holder of `held` write into a role or bind. Native text of the uncovered atoms; none where all is covered.
    /// `None` where an item is no readable `Role` or `ClusterRole`.
    ///
    /// Covering is not inclusion: see `staging/src/k8s.io/component-helpers/auth/rbac/validation` of
    /// kubernetes/kubernetes. Costs the atoms of `wanted` times the rules of `held`.
    #[must_use]
    pub fn uncovered(held: &[&Item], wanted: &Item) -> Option<Vec<Box<str>>> {
        let held: Option<Vec<Box<[object::Rule]>>> = held.iter().map(|item| rules(item)).collect();
        let uncovered = covers::uncovered(&held?.concat(), &rules(wanted)?);
        Some(uncovered.iter().map(rule::statement).collect())
    }
}

/// The rules of a role.
fn rules(item: &Item) -> Option<Box<[object::Rule]>> {
    match role(item)? {
        Ok(role) => Some(role.rules),
        Err(_) => None,
    }
}

/// A stand-alone role; `None` where the item is none.
fn role(item: &Item) -> Option<Result<object::Role, extract::Odd>> {
    let version = item.node.get("apiVersion").and_then(Node::scalar)?;
    let kind = item.node.get("kind").and_then(Node::scalar)?;
    if !version.starts_with("rbac.authorization.k8s.io/") || !matches!(kind, "Role" | "ClusterRole") {
        return None;
    }
    let place = Place {
        file: FileIndex(0),
        pointer: &item.pointer,
        listed: false,
    };
    match extract::extract(&item.node, version, kind, &place, &mut Words::default()) {
        Ok(Extracted::Kept(object, _)) => match *object {
            Object::Role(role) => Some(Ok(role)),
            _ => None,
        },
        Ok(Extracted::Quiet | Extracted::Secret) => None,
        Err(odd) => Some(Err(odd)),
    }
}

impl Platform for Kubernetes {
    fn name(&self) -> &'static str {
        "kubernetes"
    }

    fn title(&self) -> &'static str {
        "Kubernetes"
    }

    fn reader(&self, settings: &Settings) -> Box<dyn Reader> {
        Box::new(reader::ClusterReader::new(settings))
    }

    fn default_releases(&self) -> Vec<&'static str> {
        defaults::releases()
    }

    fn collects(&self) -> &'static [&'static str] {
        &["kubernetes"]
    }

    fn collector(&self, wanted: &Wanted) -> Option<Box<dyn Collector>> {
        Some(Box::new(collect::ClusterCollector::new(wanted)))
    }

    fn catalogue(&self) -> &dyn ActionCatalogue {
        &*catalogue::CATALOGUE
    }

    /// RBAC asks for no context at all.
    fn key_origin(&self, _key: &Key) -> KeyOrigin {
        KeyOrigin::World
    }

    fn requests(&self, action: &str, resource: &str) -> PermissionSet {
        spell::requests(action, resource)
    }

    fn objection(&self, action: &str, resource: &str) -> Option<Text> {
        spell::objection(action, resource)
    }

    /// Binding any cluster role in the whole cluster: one that holds everything can be had that way.
    fn administration(&self, _snapshot: &Snapshot, _instance: InstanceIndex) -> PermissionSet {
        let request = |action: &str, resource: &str| PermissionSet::from(rule::request(action, resource));
        request("rbac.authorization.k8s.io/clusterrolebindings:create", "/").union(&spell::requests(
            "rbac.authorization.k8s.io/clusterroles:bind",
            "/*",
        ))
    }

    fn logged(&self) -> Option<&'static dyn Logged> {
        Some(&usage::AuditLog)
    }

    fn roles(&self) -> Option<&'static dyn RoleLanguage> {
        Some(&roles::KubernetesRoles)
    }

    /// A `Role` or `ClusterRole`, as if bound: in its namespace (`default` where it names none), or in the cluster.
    fn policy(&self, item: &Item) -> Option<PolicyReading> {
        let mut remarks = Vec::new();
        let mut remark = |what: String, loses: bool| {
            remarks.push(Remark {
                location: None,
                what: what.into(),
                hint: "correct the role".into(),
                loses,
            });
        };
        let allows = match role(item)? {
            Ok(role) => {
                if aggregation::is_pending(&role) {
                    remark(
                        "the rules of an aggregated cluster role are not in its manifest".to_owned(),
                        true,
                    );
                }
                let namespace = role.meta.namespace.as_deref().unwrap_or("default");
                let span = if role.cluster {
                    rule::Span::Cluster
                } else {
                    rule::Span::Namespace(namespace)
                };
                let sets = role
                    .rules
                    .iter()
                    .zip(0u32..)
                    .map(|(rule, at)| rule::allows(rule, span).labelled(Label(at)));
                for what in role.rules.iter().filter_map(rule::unspeakable) {
                    remark(what, false);
                }
                PermissionSet::union_of(sets)
            }
            Err(odd) => {
                remark(odd.what, true);
                PermissionSet::empty()
            }
        };
        let rules = item.node.get("rules").map_or(&[][..], |rules| rules.list());
        let statements = rules.iter().zip(0u32..).map(|(rule, at)| Location {
            file: FileIndex(0),
            line: rule.at.line,
            column: rule.at.column,
            pointer: format!("{}/rules/{at}", item.pointer).into(),
        });
        let statements = statements.collect();
        Some(PolicyReading {
            allows,
            denies: PermissionSet::empty(),
            statements,
            remarks,
        })
    }
}
