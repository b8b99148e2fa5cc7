//! One element of an export → the object that is kept of it, or what is odd about it.

mod admission;
mod argo;
mod authorizers;
mod host;
mod mapping;
mod tokens;

use std::hash::BuildHasher;

use jiff::Timestamp;
use leastwise_document::{Node, Position, Value};
use leastwise_model::{FileIndex, Location, Text};
use rustc_hash::{FxBuildHasher, FxHashSet};
pub(crate) use tokens::ANNOTATIONS;

use crate::object::{
    Account, Binding, Labels, Mapping, Meta, Namespace, Object, PodState, Refusing, Requirement, Role, Rule,
    Selector, Subject, SubjectKind, TokenSecret, WORK_KINDS, Work,
};

const RBAC: &str = "rbac.authorization.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";
const TOKEN_SECRET: &str = "kubernetes.io/service-account-token";
/// The annotation in which `kubectl apply` keeps a copy of the whole object.
pub(crate) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Equal texts, kept once.
#[derive(Debug, Default)]
pub(crate) struct Words(FxHashSet<Text>);

impl Words {
    pub(crate) fn word(&mut self, text: &str) -> Text {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let word: Text = text.into();
        self.0.insert(word.clone());
        word
    }
}

/// Why an object, or a part of it, cannot be read as what it says it is.
#[derive(Debug)]
pub(crate) struct Odd {
    pub at: Position,
    pub what: String,
}

fn odd<T>(at: Position, what: impl Into<String>) -> Result<T, Odd> {
    Err(Odd {
        at,
        what: what.into(),
    })
}

/// What became of an element.
pub(crate) enum Extracted {
    /// An object that is kept; and what is odd about parts of it that are left out.
    Kept(Box<Object>, Vec<Odd>),
    /// An object of Kubernetes that no answer needs.
    Quiet,
    /// A secret, of which nothing is kept.
    Secret,
}

/// Where an element stands.
pub(crate) struct Place<'a> {
    pub file: FileIndex,
    pub pointer: &'a str,
    /// Whether it is an element of a list.
    pub listed: bool,
}

/// Extracts what is kept of an object of kind `kind` in API version `version`.
pub(crate) fn extract(
    node: &Node,
    version: &str,
    kind: &str,
    place: &Place<'_>,
    words: &mut Words,
) -> Result<Extracted, Odd> {
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let mut from = From {
        place,
        words,
        odd: Vec::new(),
    };
    let object = match (group, kind) {
        (RBAC, "Role") => Object::Role(from.role(node, false)?),
        (RBAC, "ClusterRole") => Object::Role(from.role(node, true)?),
        (RBAC, "RoleBinding") => Object::Binding(from.binding(node, false)?),
        (RBAC, "ClusterRoleBinding") => Object::Binding(from.binding(node, true)?),
        ("", "ServiceAccount") => Object::Account(from.account(node)?),
        ("", "Namespace") => Object::Namespace(from.namespace(node)?),
        ("", "Secret") => match from.secret(node)? {
            Some(secret) => Object::TokenSecret(secret),
            None => return Ok(Extracted::Secret),
        },
        ("", "ConfigMap") => match mapping::entries(node) {
            Some(entries) => Object::Mapping(Mapping {
                meta: from.meta(node, true)?,
                entries: entries?,
            }),
            None => return Ok(Extracted::Quiet),
        },
        (ADMISSION, _) => match from.control(node, kind)? {
            Some(control) => Object::Control(control),
            None => return Ok(Extracted::Quiet),
        },
        ("security.openshift.io", "SecurityContextConstraints") => Object::Refusing(Refusing::Constraints),
        (authorizers::GROUP, "AdmissionConfiguration") | (admission::POD_SECURITY, _) => {
            match admission::sets_default(node) {
                true => Object::Refusing(Refusing::Default),
                false => return Ok(Extracted::Quiet),
            }
        }
        (argo::GROUP, _) => match from.schedule(node, kind)? {
            Some(schedule) => Object::Schedule(schedule),
            None => return Ok(Extracted::Quiet),
        },
        (authorizers::GROUP, "AuthorizationConfiguration") => Object::Authorizers(from.authorizers(node)?),
        _ => {
            let known = |(_, known): &(usize, &crate::object::WorkKind)| {
                known.kind == kind && known.groups.contains(&group)
            };
            match WORK_KINDS.iter().enumerate().find(known) {
                Some((index, known)) => Object::Work(from.work(node, index, known.spec)?),
                None => return Ok(Extracted::Quiet),
            }
        }
    };
    Ok(Extracted::Kept(Box::new(object), from.odd))
}

/// Extraction out of one element.
struct From<'a, 'w> {
    place: &'a Place<'a>,
    words: &'w mut Words,
    odd: Vec<Odd>,
}

impl From<'_, '_> {
    fn meta(&mut self, node: &Node, namespaced: bool) -> Result<Meta, Odd> {
        let Some(metadata) = node.get("metadata").filter(|metadata| metadata.is_map()) else {
            return odd(node.at, "an object without `metadata`");
        };
        let name = match metadata.get("name").map(|name| (name.scalar(), name)) {
            Some((Some(name), _)) if !name.is_empty() => self.words.word(name),
            Some((None, name)) if !name.is_null() => {
                return odd(
                    name.at,
                    format!("`metadata.name` is {}, not a text", name.kind_name()),
                );
            }
            _ if metadata.get("generateName").is_some() => {
                return odd(
                    metadata.at,
                    "an object with `generateName` only: its name is not known",
                );
            }
            _ => return odd(metadata.at, "an object without `metadata.name`"),
        };
        let namespace = match metadata.get("namespace") {
            Some(value) if namespaced && !value.is_null() => match value.scalar() {
                Some("") => None,
                Some(text) => Some(self.words.word(text)),
                None => {
                    let what = format!("`metadata.namespace` is {}, not a text", value.kind_name());
                    return odd(value.at, what);
                }
            },
            _ => None,
        };
        let uid = metadata.get("uid").and_then(Node::scalar);
        let bootstrapping = metadata
            .get("labels")
            .and_then(|labels| labels.get("kubernetes.io/bootstrapping"))
            .and_then(Node::scalar);
        Ok(Meta {
            namespace,
            name,
            uid: uid.map_or(0, |uid| FxBuildHasher.hash_one(uid)),
            live: uid.is_some()
                || metadata.get("resourceVersion").is_some()
                || metadata.get("managedFields").is_some(),
            listed: self.place.listed,
            provided: bootstrapping == Some("rbac-defaults"),
            location: Location {
                file: self.place.file,
                line: node.at.line,
                column: node.at.column,
                pointer: self.place.pointer.into(),
            },
        })
    }

    fn role(&mut self, node: &Node, cluster: bool) -> Result<Role, Odd> {
        let meta = self.meta(node, !cluster)?;
        let mut rules = Vec::new();
        let mut places = Vec::new();
        for rule in list(node, "rules")? {
            places.push((rule.at.line, rule.at.column));
            rules.push(self.rule(rule)?);
        }
        let aggregation = match node.get("aggregationRule") {
            Some(aggregation) if cluster && !aggregation.is_null() => {
                let selectors = list(aggregation, "clusterRoleSelectors")?;
                Some(
                    selectors
                        .iter()
                        .map(|selector| self.selector(selector))
                        .collect::<Result<_, _>>()?,
                )
            }
            _ => None,
        };
        let labels = if cluster {
            self.labels(node, &["labels"])?
        } else {
            Labels::default()
        };
        Ok(Role {
            meta,
            cluster,
            rules: rules.into(),
            places: places.into(),
            labels,
            aggregation,
        })
    }

    fn rule(&mut self, node: &Node) -> Result<Rule, Odd> {
        if !node.is_map() {
            return odd(node.at, format!("a rule is {}, not a map", node.kind_name()));
        }
        Ok(Rule {
            verbs: self.texts(node, "verbs")?,
            groups: self.texts(node, "apiGroups")?,
            resources: self.texts(node, "resources")?,
            names: self.texts(node, "resourceNames")?,
            urls: self.texts(node, "nonResourceURLs")?,
        })
    }

    fn selector(&mut self, node: &Node) -> Result<Selector, Odd> {
        let mut requirements = Vec::new();
        for (key, value) in node.get("matchLabels").map(Node::entries).unwrap_or_default() {
            let Some(value) = value.scalar() else {
                return odd(
                    value.at,
                    format!("the label `{}` is {}, not a text", key.text, value.kind_name()),
                );
            };
            let value = self.words.word(value);
            requirements.push(Requirement::In(self.words.word(&key.text), Box::new([value])));
        }
        for expression in list(node, "matchExpressions")? {
            let key = self.text(expression, "key")?;
            let values = self.texts(expression, "values")?;
            requirements.push(match expression.get("operator").and_then(Node::scalar) {
                Some("In") => Requirement::In(key, values),
                Some("NotIn") => Requirement::NotIn(key, values),
                Some("Exists") => Requirement::Exists(key),
                Some("DoesNotExist") => Requirement::DoesNotExist(key),
                _ => return odd(expression.at, "a selector with an unknown `operator`"),
            });
        }
        Ok(Selector(requirements.into()))
    }

    fn binding(&mut self, node: &Node, cluster: bool) -> Result<Binding, Odd> {
        let meta = self.meta(node, !cluster)?;
        let Some(reference) = node.get("roleRef").filter(|reference| reference.is_map()) else {
            return odd(node.at, "a binding without `roleRef`");
        };
        let role_cluster = match reference.get("kind").and_then(Node::scalar) {
            Some("ClusterRole") => true,
            Some("Role") => false,
            _ => {
                return odd(
                    reference.at,
                    "a `roleRef` whose `kind` is neither `Role` nor `ClusterRole`",
                );
            }
        };
        let role = self.text(reference, "name")?;
        let mut subjects = Vec::new();
        for subject in list(node, "subjects")? {
            match self.subject(subject) {
                Ok(subject) => subjects.push(subject),
                Err(what) => self.odd.push(what),
            }
        }
        Ok(Binding {
            meta,
            cluster,
            role_cluster,
            role,
            subjects: subjects.into(),
        })
    }

    fn subject(&mut self, node: &Node) -> Result<Subject, Odd> {
        let kind = match node.get("kind").and_then(Node::scalar) {
            Some("User") => SubjectKind::User,
            Some("Group") => SubjectKind::Group,
            Some("ServiceAccount") => SubjectKind::ServiceAccount,
            Some(other) => {
                return odd(
                    node.at,
                    format!("a subject of the unknown kind `{other}` never applies"),
                );
            }
            None => return odd(node.at, "a subject without `kind` never applies"),
        };
        let name = self.text(node, "name")?;
        let namespace = match node.get("namespace").and_then(Node::scalar) {
            Some(namespace) if kind == SubjectKind::ServiceAccount && !namespace.is_empty() => {
                Some(self.words.word(namespace))
            }
            _ => None,
        };
        Ok(Subject {
            kind,
            name,
            namespace,
        })
    }

    fn account(&mut self, node: &Node) -> Result<Account, Odd> {
        Ok(Account {
            meta: self.meta(node, true)?,
            labels: self.labels(node, &["labels", "annotations"])?,
            automount: node.get("automountServiceAccountToken").and_then(Node::boolean),
            created: instant(node.find("/metadata/creationTimestamp")),
        })
    }

    fn namespace(&mut self, node: &Node) -> Result<Namespace, Odd> {
        Ok(Namespace {
            meta: self.meta(node, false)?,
            labels: self.labels(node, &["labels", "annotations"])?,
            selectable: self.labels(node, &["labels"])?,
        })
    }

    fn secret(&mut self, node: &Node) -> Result<Option<TokenSecret>, Odd> {
        if node.get("type").and_then(Node::scalar) != Some(TOKEN_SECRET) {
            return Ok(None);
        }
        let meta = self.meta(node, true)?;
        let entry = |map: &str, key: &str| {
            node.get("metadata")
                .and_then(|metadata| metadata.get(map))
                .and_then(|map| map.get(key))
        };
        let Some(account) = entry("annotations", "kubernetes.io/service-account.name").and_then(Node::scalar)
        else {
            return Ok(None);
        };
        Ok(Some(TokenSecret {
            meta,
            account: self.words.word(account),
            created: instant(node.find("/metadata/creationTimestamp")),
            last_used: instant(entry("labels", "kubernetes.io/legacy-token-last-used")),
            invalid: entry("labels", "kubernetes.io/legacy-token-invalid-since").is_some(),
        }))
    }

    fn work(&mut self, node: &Node, kind: usize, place: &str) -> Result<Work, Odd> {
        let meta = self.meta(node, true)?;
        let spec = node.find(place);
        let entry = |key: &str| spec.and_then(|spec| spec.get(key));
        // The older spelling is still kept in step by the server; an empty text is `default`.
        let account = [entry("serviceAccountName"), entry("serviceAccount")]
            .into_iter()
            .flatten()
            .filter_map(Node::scalar)
            .find(|name| !name.is_empty())
            .unwrap_or("default");
        let owner = match node.find("/metadata/ownerReferences") {
            Some(owners) => {
                let controls = |owner: &&Node| owner.get("controller").and_then(Node::boolean) == Some(true);
                owners.list().iter().find(controls).and_then(|owner| {
                    let kind = owner.get("kind").and_then(Node::scalar)?;
                    let name = owner.get("name").and_then(Node::scalar)?;
                    Some((self.words.word(kind), self.words.word(name)))
                })
            }
            None => None,
        };
        let status = node.get("status").filter(|status| !status.entries().is_empty());
        let phase = status
            .and_then(|status| status.get("phase"))
            .and_then(Node::scalar);
        let is_pod = kind == 0;
        let running = match (status, phase) {
            (None, _) => None,
            (_, Some(phase)) if is_pod => Some(phase == "Running"),
            (Some(_), _) if is_pod => None,
            (Some(status), _) => Some(
                [
                    "readyReplicas",
                    "availableReplicas",
                    "numberReady",
                    "replicas",
                    "active",
                ]
                .iter()
                .any(|key| {
                    status.get(key).is_some_and(|value| {
                        !value.list().is_empty() || value.number().is_some_and(|number| number != "0")
                    })
                }),
            ),
        };
        let tokens = tokens::projected(entry("volumes"));
        let token_volume = !tokens.is_empty();
        let labels = place.strip_suffix("/spec").unwrap_or(place);
        let labels = node.find(&format!("{labels}/metadata/labels"));
        let audiences = self.named(tokens::audiences(&tokens, labels));
        let pod = is_pod.then(|| {
            let reads = |container: &Node| container.get("stdin").and_then(Node::boolean) == Some(true);
            PodState {
                finished: matches!(phase, Some("Succeeded" | "Failed")),
                automount: entry("automountServiceAccountToken").and_then(Node::boolean),
                token_volume,
                stdin: entry("containers").is_some_and(|containers| containers.list().iter().any(reads)),
                node: entry("nodeName")
                    .and_then(Node::scalar)
                    .map(|node| self.words.word(node)),
                host: spec.and_then(host::access),
                secrets: spec
                    .map(|spec| self.named(host::secrets(spec)))
                    .unwrap_or_default(),
                authorization_mode: entry("containers")
                    .and_then(|containers| self.authorization_mode(containers)),
            }
        });
        Ok(Work {
            meta,
            kind,
            account: self.words.word(account),
            running,
            audiences,
            owner,
            pod,
        })
    }

    fn named<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) -> Box<[Text]> {
        names.into_iter().map(|name| self.words.word(name)).collect()
    }

    fn authorization_mode(&mut self, containers: &Node) -> Option<Text> {
        let flags = containers.list().iter().flat_map(|container| {
            ["command", "args"]
                .into_iter()
                .filter_map(|key| container.get(key))
                .flat_map(Node::list)
        });
        let mode = flags
            .filter_map(Node::scalar)
            .find_map(|flag| flag.strip_prefix("--authorization-mode="))?;
        Some(self.words.word(mode))
    }

    fn labels(&mut self, node: &Node, maps: &[&str]) -> Result<Labels, Odd> {
        let mut labels = Vec::new();
        for map in maps {
            let Some(map) = node.get("metadata").and_then(|metadata| metadata.get(map)) else {
                continue;
            };
            if !map.is_map() && !map.is_null() {
                return odd(
                    map.at,
                    format!("labels or annotations are {}, not a map", map.kind_name()),
                );
            }
            for (key, value) in map.entries() {
                if let Some(value) = value.scalar()
                    && &*key.text != LAST_APPLIED
                {
                    labels.push((self.words.word(&key.text), self.words.word(value)));
                }
            }
        }
        Ok(labels.into())
    }

    fn text(&mut self, node: &Node, key: &str) -> Result<Text, Odd> {
        match node.get(key) {
            Some(value) => match value.scalar() {
                Some(text) if !text.is_empty() => Ok(self.words.word(text)),
                Some(_) => odd(value.at, format!("`{key}` is empty")),
                None => odd(value.at, format!("`{key}` is {}, not a text", value.kind_name())),
            },
            None => odd(node.at, format!("`{key}` is missing")),
        }
    }

    fn texts(&mut self, node: &Node, key: &str) -> Result<Box<[Text]>, Odd> {
        list(node, key)?
            .iter()
            .map(|value| match value.scalar() {
                Some(text) => Ok(self.words.word(text)),
                None => odd(
                    value.at,
                    format!("`{key}` holds {}, not a text", value.kind_name()),
                ),
            })
            .collect()
    }
}

/// The elements of a list that may be missing or null.
fn list<'n>(node: &'n Node, key: &str) -> Result<&'n [Node], Odd> {
    match node.get(key) {
        None => Ok(&[]),
        Some(list) => match &list.value {
            Value::Null => Ok(&[]),
            Value::List(elements) => Ok(elements),
            _ => odd(list.at, format!("`{key}` is {}, not a list", list.kind_name())),
        },
    }
}

fn instant(node: Option<&Node>) -> Option<Timestamp> {
    let text = node?.scalar()?;
    text.parse()
        .ok()
        .or_else(|| format!("{text}T00:00:00Z").parse().ok())
}
