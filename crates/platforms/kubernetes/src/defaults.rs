//! The roles and bindings with which every cluster of a release begins, for manifests that do not hold them.
//!
//! Source: kubernetes/kubernetes `plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata` of each release, unchanged, as
//! `data/defaults/<release>`. The API server puts them there when it starts, and again what was taken out of them.
//! Distributions add roles of their own, which are not among them.

use leastwise_document::{Limits, read};
use leastwise_model::{Assumption, File, FileIndex, Remark, Side, Snapshot, Text};
use rustc_hash::FxHashSet;

use crate::cluster::Cluster;
use crate::compile;
use crate::extract::{Extracted, Place, Words, extract};
use crate::object::{Meta, Objects};

/// A release, and its files by name.
struct Release {
    name: &'static str,
    files: [(&'static str, &'static str); 6],
}

macro_rules! release {
    ($name:literal) => {
        Release {
            name: $name,
            files: [
                release!($name, "cluster-roles.yaml"),
                release!($name, "cluster-role-bindings.yaml"),
                release!($name, "controller-roles.yaml"),
                release!($name, "controller-role-bindings.yaml"),
                release!($name, "namespace-roles.yaml"),
                release!($name, "namespace-role-bindings.yaml"),
            ],
        }
    };
    ($name:literal, $file:literal) => {
        (
            $file,
            include_str!(concat!("../data/defaults/", $name, "/", $file)),
        )
    };
}

/// The newest first.
const RELEASES: [Release; 1] = [release!("1.36")];

/// The releases whose defaults are known.
pub(crate) fn releases() -> Vec<&'static str> {
    RELEASES.iter().map(|release| release.name).collect()
}

/// What names the defaults of a release in answers that rest on them, or on there being no others.
pub(crate) fn assumption(release: &str, side: Side) -> Assumption {
    Assumption {
        layer: format!("change to the default roles and bindings of Kubernetes {release}").into(),
        settle: "kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o json".into(),
        side,
    }
}

/// The defaults of one release.
pub(crate) struct Defaults {
    release: &'static str,
    objects: Objects,
}

impl Defaults {
    /// Those of `release`, as files that are assumed; `None` where they are not known. Reads a hundred kilobytes.
    pub(crate) fn of(release: &str, words: &mut Words, snapshot: &mut Snapshot) -> Option<Self> {
        let release = RELEASES.iter().find(|known| known.name == release)?;
        let unit: Text = format!("defaults of Kubernetes {}", release.name).into();
        let mut objects = Objects::default();
        for (name, content) in &release.files {
            let file = snapshot.add_file(File {
                path: format!("{unit}/{name}").into(),
                unit: unit.clone(),
            });
            let assumption = assumption(release.name, Side::Removes);
            snapshot.assumed.insert(file, assumption);
            keep(content, file, words, &mut objects);
        }
        Some(Self {
            release: release.name,
            objects,
        })
    }

    /// Those that a cluster lacks. Of a kind of which a server has told defaults nothing is lacking.
    pub(crate) fn lacking(&self, cluster: &Cluster<'_>) -> Option<Objects> {
        let held = || cluster.files.iter().flat_map(|objects| objects.metas());
        let told: FxHashSet<u8> = held()
            .filter(|(_, meta)| meta.live && meta.provided)
            .map(|(kind, _)| kind)
            .collect();
        let named: FxHashSet<_> = held().map(|(kind, meta)| key(kind, meta)).collect();
        let lacks = |kind: u8, meta: &Meta| !told.contains(&kind) && !named.contains(&key(kind, meta));
        let roles = self.objects.roles.iter();
        let bindings = self.objects.bindings.iter();
        let lacking = Objects {
            roles: roles
                .filter(|role| lacks(role.number(), &role.meta))
                .cloned()
                .collect(),
            bindings: bindings
                .filter(|binding| lacks(binding.number(), &binding.meta))
                .cloned()
                .collect(),
            ..Objects::default()
        };
        (!lacking.roles.is_empty() || !lacking.bindings.is_empty()).then_some(lacking)
    }

    /// What to say where a cluster is known to run another release.
    pub(crate) fn of_another_release(&self, cluster: &Cluster<'_>) -> Option<Remark> {
        let told = cluster.version.as_deref()?;
        let same = compile::release(told)? == compile::release(self.release)?;
        (!same).then(|| Remark {
            location: None,
            what: format!(
                "cluster `{}` runs {told}; the default roles and bindings that it lacks are taken to be those of {}",
                cluster.name, self.release
            )
            .into(),
            hint: "export its roles and bindings: no assumption is needed then".into(),
            loses: false,
        })
    }

    /// Their release.
    pub(crate) fn release(&self) -> &'static str {
        self.release
    }
}

fn key(kind: u8, meta: &Meta) -> (u8, Option<&str>, &str) {
    (kind, meta.namespace.as_deref(), &meta.name)
}

fn keep(content: &str, file: FileIndex, words: &mut Words, objects: &mut Objects) {
    read(content.as_bytes(), &Limits::default(), &mut |item| {
        let text = |key: &str| item.node.get(key).and_then(leastwise_document::Node::scalar);
        let (Some(version), Some(kind)) = (text("apiVersion"), text("kind")) else {
            return;
        };
        let place = Place {
            file,
            pointer: &item.pointer,
            listed: true,
        };
        if let Ok(Extracted::Kept(object, _)) = extract(&item.node, version, kind, &place, words) {
            objects.add(*object);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counted with `grep -c '^  kind: '` in the files.
    #[test]
    fn every_object_of_every_release_is_read() {
        for release in releases() {
            let mut snapshot = Snapshot::new();
            let found = Defaults::of(release, &mut Words::default(), &mut snapshot).expect("it is known");
            let files = RELEASES
                .iter()
                .find(|known| known.name == release)
                .expect("it is known");
            let written: usize = files
                .files
                .iter()
                .map(|(_, content)| {
                    content
                        .lines()
                        .filter(|line| line.starts_with("  kind: "))
                        .count()
                })
                .sum();
            let kept = found.objects.roles.len() + found.objects.bindings.len();
            assert_eq!(kept, written, "{release}");
            assert!(found.objects.metas().all(|(_, meta)| meta.provided && !meta.live));
        }
    }
}
