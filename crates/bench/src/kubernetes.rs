//! A synthetic cluster's export, in the shape of `kubectl get -A -o json …` (a `v1` list).

use std::io::{self, Write};

use crate::json::{array, object, string, strings};
use crate::{Random, Size};

const RBAC: &str = "rbac.authorization.k8s.io";
const RBAC_V1: &str = "rbac.authorization.k8s.io/v1";

/// API groups with some of their resources.
const GROUPS: [(&str, &[&str]); 5] = [
    (
        "",
        &[
            "pods",
            "pods/log",
            "pods/exec",
            "secrets",
            "configmaps",
            "services",
            "serviceaccounts",
            "serviceaccounts/token",
            "events",
            "nodes",
            "namespaces",
            "persistentvolumeclaims",
        ],
    ),
    (
        "apps",
        &[
            "deployments",
            "deployments/scale",
            "daemonsets",
            "statefulsets",
            "replicasets",
        ],
    ),
    ("batch", &["jobs", "cronjobs"]),
    (
        RBAC,
        &["roles", "rolebindings", "clusterroles", "clusterrolebindings"],
    ),
    ("example.io", &["widgets", "widgets/status"]),
];
const VERBS: [&str; 8] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
];
/// Aggregated cluster roles, each with its label.
const AGGREGATES: usize = 20;
const NODES: usize = 500;

/// A synthetic cluster. 2,000 namespaces of 10 accounts with 60,000 bindings make some 92,500 objects without pods.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// Namespaces `ns-0`, …, with five roles each.
    pub namespaces: usize,
    /// Service accounts `sa-0`, … of each namespace.
    pub accounts_per_namespace: usize,
    /// Bindings in all; one in twenty is cluster-wide.
    pub bindings: usize,
    /// One running pod a service account, spread over 500 nodes.
    pub pods: bool,
    /// No binding to the group of all service accounts and none to `cluster-admin`, so that reach is not simply everything.
    pub tame: bool,
    /// Where the random numbers start.
    pub seed: u64,
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            namespaces: 200,
            accounts_per_namespace: 10,
            bindings: 6_000,
            pods: false,
            tame: false,
            seed: 7,
        }
    }
}

/// Writes a cluster's export. Time and output grow with namespaces, accounts and bindings; memory holds one object at a time.
///
/// # Errors
///
/// Those of the writer.
pub fn kubernetes_cluster(cluster: &Cluster, out: &mut impl Write) -> io::Result<Size> {
    out.write_all(b"{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[")?;
    let mut generator = Generator {
        cluster,
        random: Random::new(cluster.seed),
        out,
        size: Size::default(),
    };
    generator.namespaces()?;
    generator.cluster_roles()?;
    generator.roles()?;
    generator.bindings()?;
    let size = generator.size;
    out.write_all(b"]}\n")?;
    Ok(size)
}

struct Generator<'a, W> {
    cluster: &'a Cluster,
    random: Random,
    out: &'a mut W,
    size: Size,
}

impl<W: Write> Generator<'_, W> {
    fn item(&mut self, version: &str, kind: &str, rest: &[(&str, String)]) -> io::Result<()> {
        self.out
            .write_all(if self.size.objects == 0 { b"\n" } else { b",\n" })?;
        self.size.objects += 1;
        let mut members = vec![("apiVersion", string(version)), ("kind", string(kind))];
        members.extend_from_slice(rest);
        self.out.write_all(object(&members).as_bytes())
    }

    fn cluster_role_count(&self) -> usize {
        (self.cluster.namespaces / 4).max(50)
    }

    fn namespaces(&mut self) -> io::Result<()> {
        for n in 0..self.cluster.namespaces {
            let level = self
                .random
                .pick(&["privileged", "baseline", "restricted"], "baseline");
            let labels = object(&[("pod-security.kubernetes.io/enforce", string(level))]);
            let metadata = object(&[("name", string(format!("ns-{n}"))), ("labels", labels)]);
            self.item("v1", "Namespace", &[("metadata", metadata)])?;
            for s in 0..self.cluster.accounts_per_namespace {
                self.account(n, s)?;
            }
        }
        Ok(())
    }

    fn account(&mut self, n: usize, s: usize) -> io::Result<()> {
        let mut metadata = vec![
            ("name", string(format!("sa-{s}"))),
            ("namespace", string(format!("ns-{n}"))),
        ];
        if self.random.chance(0.05) {
            let role = format!("arn:aws:iam::111122223333:role/r-{n}-{s}");
            metadata.push((
                "annotations",
                object(&[("eks.amazonaws.com/role-arn", string(role))]),
            ));
        }
        self.item("v1", "ServiceAccount", &[("metadata", object(&metadata))])?;
        self.size.identities += 1;
        if self.cluster.pods {
            let node = self.random.below(NODES);
            let spec = object(&[
                ("serviceAccountName", string(format!("sa-{s}"))),
                ("nodeName", string(format!("node-{node}"))),
                ("containers", r#"[{"name":"c","image":"x"}]"#.into()),
            ]);
            let metadata = name_in(&format!("p-{s}"), n);
            let status = r#"{"phase":"Running"}"#.into();
            self.item(
                "v1",
                "Pod",
                &[("metadata", metadata), ("spec", spec), ("status", status)],
            )?;
        }
        Ok(())
    }

    fn cluster_roles(&mut self) -> io::Result<()> {
        for c in 0..self.cluster_role_count() {
            let labels = object(&[("agg", string(format!("a{}", c % AGGREGATES)))]);
            let metadata = object(&[("name", string(format!("cr-{c}"))), ("labels", labels)]);
            let rules = self.rules(6);
            self.item(
                RBAC_V1,
                "ClusterRole",
                &[("metadata", metadata), ("rules", rules)],
            )?;
        }
        for c in 0..AGGREGATES {
            let metadata = object(&[("name", string(format!("agg-{c}")))]);
            let selector = format!(r#"{{"clusterRoleSelectors":[{{"matchLabels":{{"agg":"a{c}"}}}}]}}"#);
            self.item(
                RBAC_V1,
                "ClusterRole",
                &[
                    ("metadata", metadata),
                    ("aggregationRule", selector),
                    ("rules", "[]".into()),
                ],
            )?;
        }
        let rules = r#"[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]},{"nonResourceURLs":["*"],"verbs":["*"]}]"#;
        let metadata = object(&[("name", string("cluster-admin"))]);
        self.item(
            RBAC_V1,
            "ClusterRole",
            &[("metadata", metadata), ("rules", rules.into())],
        )
    }

    fn roles(&mut self) -> io::Result<()> {
        for n in 0..self.cluster.namespaces {
            for k in 0..5 {
                let metadata = name_in(&format!("r-{k}"), n);
                let rules = self.rules(5);
                self.item(RBAC_V1, "Role", &[("metadata", metadata), ("rules", rules)])?;
            }
        }
        Ok(())
    }

    fn bindings(&mut self) -> io::Result<()> {
        let namespaces = self.cluster.namespaces;
        let cluster_wide = self.cluster.bindings / 20;
        for b in 0..cluster_wide {
            let role = if self.random.chance(0.005) && !self.cluster.tame {
                "cluster-admin".to_owned()
            } else if self.random.chance(0.1) {
                format!("agg-{}", self.random.below(AGGREGATES))
            } else {
                self.some_cluster_role()
            };
            let count = self.random.between(1, 3);
            let subjects: Vec<String> = (0..count)
                .map(|_| {
                    let n = self.random.below(namespaces);
                    self.subject(n)
                })
                .collect();
            let metadata = object(&[("name", string(format!("crb-{b}")))]);
            self.binding("ClusterRoleBinding", metadata, "ClusterRole", &role, &subjects)?;
        }
        for b in cluster_wide..self.cluster.bindings {
            let n = self.random.below(namespaces);
            let (kind, role) = if self.random.chance(0.6) {
                ("Role", format!("r-{}", self.random.below(5)))
            } else {
                ("ClusterRole", self.some_cluster_role())
            };
            let count = self.random.between(1, 2);
            let subjects: Vec<String> = (0..count).map(|_| self.subject(n)).collect();
            self.binding(
                "RoleBinding",
                name_in(&format!("rb-{b}"), n),
                kind,
                &role,
                &subjects,
            )?;
        }
        Ok(())
    }

    fn some_cluster_role(&mut self) -> String {
        let count = self.cluster_role_count();
        format!("cr-{}", self.random.below(count))
    }

    fn binding(
        &mut self,
        kind: &str,
        metadata: String,
        role_kind: &str,
        role: &str,
        subjects: &[String],
    ) -> io::Result<()> {
        self.size.grants += 1;
        let role_ref = object(&[
            ("apiGroup", string(RBAC)),
            ("kind", string(role_kind)),
            ("name", string(role)),
        ]);
        let members = [
            ("metadata", metadata),
            ("roleRef", role_ref),
            ("subjects", array(subjects)),
        ];
        self.item(RBAC_V1, kind, &members)
    }

    fn subject(&mut self, n: usize) -> String {
        let shape = self.random.unit();
        if shape < 0.80 {
            let s = self.random.below(self.cluster.accounts_per_namespace);
            let n = if self.random.chance(0.8) {
                n
            } else {
                self.random.below(self.cluster.namespaces)
            };
            return object(&[
                ("kind", string("ServiceAccount")),
                ("name", string(format!("sa-{s}"))),
                ("namespace", string(format!("ns-{n}"))),
            ]);
        }
        let (kind, name) = if shape < 0.90 {
            ("User", format!("u-{}", self.random.below(2000)))
        } else {
            let shape = self.random.unit();
            let name = if shape < 0.01 && !self.cluster.tame {
                "system:serviceaccounts".to_owned()
            } else if shape < 0.3 {
                format!(
                    "system:serviceaccounts:ns-{}",
                    self.random.below(self.cluster.namespaces)
                )
            } else {
                format!("team-{}", self.random.below(300))
            };
            ("Group", name)
        };
        object(&[
            ("kind", string(kind)),
            ("apiGroup", string(RBAC)),
            ("name", string(name)),
        ])
    }

    fn rules(&mut self, most: usize) -> String {
        let count = self.random.between(1, most);
        let rules: Vec<String> = (0..count).map(|_| self.rule()).collect();
        array(&rules)
    }

    fn rule(&mut self) -> String {
        let at = self.random.below(GROUPS.len());
        let (group, resources) = GROUPS.get(at).copied().unwrap_or_default();
        let count = self.random.between(1, 3);
        let mut resources = self.some(resources, count);
        let count = self.random.between(1, 4);
        let mut verbs = self.some(&VERBS, count);
        let mut group = group;
        let mut names: Vec<String> = Vec::new();
        let shape = self.random.unit();
        if shape < 0.01 {
            verbs = vec!["*"];
        } else if shape < 0.015 {
            resources = vec!["*"];
        } else if shape < 0.02 {
            resources = vec!["*/scale"];
        } else if shape < 0.12 {
            let count = self.random.between(1, 3);
            names = (0..count)
                .map(|_| format!("obj-{}", self.random.between(0, 20)))
                .collect();
        } else if shape < 0.125 {
            group = "";
            resources = vec![self.random.pick(&["users", "groups", "serviceaccounts"], "users")];
            verbs = vec!["impersonate"];
        } else if shape < 0.13 {
            group = RBAC;
            resources = vec!["clusterroles", "roles"];
            verbs = vec![self.random.pick(&["bind", "escalate"], "bind")];
        }
        let mut members = vec![
            ("apiGroups", strings(&[group])),
            ("resources", strings(&resources)),
            ("verbs", strings(&verbs)),
        ];
        if !names.is_empty() {
            members.push(("resourceNames", strings(&names)));
        }
        object(&members)
    }

    fn some(&mut self, from: &[&'static str], count: usize) -> Vec<&'static str> {
        self.random
            .sample(from.len(), count)
            .iter()
            .filter_map(|at| from.get(*at).copied())
            .collect()
    }
}

fn name_in(name: &str, n: usize) -> String {
    object(&[("name", string(name)), ("namespace", string(format!("ns-{n}")))])
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn written(cluster: &Cluster) -> (Size, Vec<u8>) {
        let mut out = Vec::new();
        let size = kubernetes_cluster(cluster, &mut out).unwrap();
        (size, out)
    }

    #[test]
    fn a_cluster_holds_what_was_asked_for() {
        let cluster = Cluster {
            namespaces: 20,
            bindings: 400,
            pods: true,
            ..Cluster::default()
        };
        let (size, bytes) = written(&cluster);
        let list: Value = serde_json::from_slice(&bytes).unwrap();
        let items = list["items"].as_array().unwrap();
        let count = |kind: &str| items.iter().filter(|item| item["kind"] == kind).count();
        assert_eq!(items.len(), size.objects);
        assert_eq!(count("ServiceAccount"), 200);
        assert_eq!(count("Pod"), 200);
        assert_eq!(count("ClusterRoleBinding"), 20);
        assert_eq!(count("RoleBinding"), 380);
        assert_eq!(count("Role"), 100);
        assert_eq!((size.identities, size.grants), (200, 400));
    }

    #[test]
    fn a_tame_cluster_binds_nobody_to_everything_and_a_wild_one_does() {
        let wild = Cluster {
            bindings: 20_000,
            ..Cluster::default()
        };
        let tame = Cluster {
            tame: true,
            ..wild.clone()
        };
        let text = |cluster: &Cluster| String::from_utf8(written(cluster).1).unwrap();
        let everybody = r#""name":"system:serviceaccounts"}"#;
        assert!(text(&wild).contains(everybody));
        assert!(!text(&tame).contains(everybody));
        assert_eq!(
            text(&tame).matches("\"cluster-admin\"").count(),
            1,
            "the role itself, no binding"
        );
    }

    #[test]
    fn the_same_arguments_give_the_same_bytes_and_another_seed_does_not() {
        let cluster = Cluster {
            namespaces: 5,
            bindings: 50,
            ..Cluster::default()
        };
        assert_eq!(written(&cluster), written(&cluster));
        assert_ne!(written(&cluster).1, written(&Cluster { seed: 8, ..cluster }).1);
    }
}
