//! The actions that a Kubernetes API server checks on its built-in resources, and what they do.

use std::sync::LazyLock;

use leastwise_model::{ActionBits, ActionCatalogue, ActionClass, ActionClasses, Target, Verb};
use leastwise_permset::{Case, Context, Element, Pattern, Strings};

use crate::spell::{self, Action};

const RESOURCES: &str = include_str!("../data/resources.tsv");
const CLASSES: &str = include_str!("../data/classes.tsv");

/// Where requests on a resource point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Namespaced,
    Cluster,
    Url,
}

/// What actions do whose resource and verb fit.
#[derive(Debug)]
struct ClassRow {
    resources: Vec<&'static str>,
    verbs: Vec<&'static str>,
    primary: ActionClass,
    all: ActionClasses,
}

/// The built-in actions, sorted by name.
pub(crate) struct Catalogue {
    actions: Vec<(String, Scope)>,
    classes: Vec<ClassRow>,
}

/// The catalogue, read once.
pub(crate) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::read);

/// The rows of a data file: lines without comment, split at tabs.
pub(crate) fn rows(data: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    data.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split('\t').collect())
}

fn class(words: &str) -> Option<ActionClass> {
    ActionClass::all().find(|class| class.to_string() == words)
}

impl Catalogue {
    fn read() -> Self {
        let mut actions = Vec::new();
        for row in rows(RESOURCES) {
            let [resource, scope, verbs, ..] = *row else {
                continue;
            };
            let scope = match scope {
                "namespaced" => Scope::Namespaced,
                "cluster" => Scope::Cluster,
                _ => Scope::Url,
            };
            actions.extend(verbs.split(',').map(|verb| (format!("{resource}:{verb}"), scope)));
        }
        actions.sort_by(|a, b| a.0.cmp(&b.0));
        actions.dedup_by(|a, b| a.0 == b.0);
        let mut classes = Vec::new();
        for row in rows(CLASSES) {
            let [resources, verbs, primary, further, ..] = *row else {
                continue;
            };
            let Some(primary) = class(primary) else { continue };
            let all = ActionClasses::default().with(primary);
            classes.push(ClassRow {
                resources: resources.split(',').collect(),
                verbs: verbs.split(',').collect(),
                primary,
                all: further
                    .split(',')
                    .filter_map(class)
                    .fold(all, ActionClasses::with),
            });
        }
        Self { actions, classes }
    }

    /// Whether a resource, with its subresource, is built into a group.
    pub(crate) fn has(&self, group: &str, resource: &str) -> bool {
        self.begins(&format!("{group}/{resource}:"))
    }

    /// Whether a group has built-in resources.
    pub(crate) fn has_group(&self, group: &str) -> bool {
        self.begins(&format!("{group}/"))
    }

    /// The groups into which a resource, with its subresource, is built, in order; `core` comes first.
    pub(crate) fn groups_of<'c>(&'c self, resource: &str) -> impl Iterator<Item = &'c str> {
        let mut groups: Vec<&str> = self
            .actions
            .iter()
            .filter_map(|(name, _)| {
                let (what, _) = name.split_once(':')?;
                let (group, known) = what.split_once('/')?;
                (known == resource).then_some(group)
            })
            .collect();
        groups.sort_by_key(|group| (*group != "core", *group));
        groups.dedup();
        groups.into_iter()
    }

    fn begins(&self, start: &str) -> bool {
        let at = self.actions.partition_point(|(name, _)| name.as_str() < start);
        self.actions
            .get(at)
            .is_some_and(|(name, _)| name.starts_with(start))
    }

    fn row(&self, name: &str) -> Option<&ClassRow> {
        let (resource, verb) = name.split_once(':').unwrap_or((name, ""));
        let verb_fits = |pattern: &str| match pattern.strip_suffix('*') {
            Some(prefix) => verb.starts_with(prefix),
            None => pattern == verb,
        };
        self.classes.iter().find(|row| {
            row.resources
                .iter()
                .any(|known| *known == "*" || *known == resource)
                && row.verbs.iter().any(|pattern| verb_fits(pattern))
        })
    }
}

impl ActionCatalogue for Catalogue {
    fn version(&self) -> &str {
        "Kubernetes 1.36 built-in API"
    }

    fn len(&self) -> usize {
        self.actions.len()
    }

    fn name(&self, action: usize) -> &str {
        self.actions.get(action).map_or("", |(name, _)| name)
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.actions
            .binary_search_by(|(known, _)| known.as_str().cmp(name))
            .ok()
    }

    fn class(&self, name: &str) -> ActionClass {
        // The last row fits everything.
        self.row(name)
            .map_or(ActionClass::new(Verb::Write, Target::System), |row| row.primary)
    }

    fn classes(&self, name: &str) -> ActionClasses {
        self.row(name)
            .map_or_else(|| ActionClasses::default().with(self.class(name)), |row| row.all)
    }

    fn select(&self, actions: &Strings) -> ActionBits {
        let mut bits = ActionBits::none();
        let context = Context::new();
        if actions.is_complement() {
            for (at, (name, _)) in self.actions.iter().enumerate() {
                if actions.contains(name, &context) {
                    bits.insert(at);
                }
            }
            return bits;
        }
        for pattern in actions.patterns() {
            if let Some(at) = pattern.as_literal().filter(|_| pattern.case() == Case::Exact) {
                self.find(at).into_iter().for_each(|at| bits.insert(at));
                continue;
            }
            // Names are sorted: those with the pattern's literal beginning stand together.
            let prefix = if pattern.case() == Case::Exact {
                pattern.prefix()
            } else {
                ""
            };
            let from = self.actions.partition_point(|(name, _)| name.as_str() < prefix);
            let near = self
                .actions
                .iter()
                .enumerate()
                .skip(from)
                .take_while(|(_, (name, _))| name.starts_with(prefix));
            for (at, _) in near.filter(|(_, (name, _))| pattern.matches(name, &context)) {
                bits.insert(at);
            }
        }
        bits
    }

    fn resource_shapes(&self, name: &str) -> Vec<Pattern> {
        let text = |text: &str| Element::Text(text.into());
        let shape = |elements: &[Element]| Pattern::new(elements.iter().cloned(), Case::Exact);
        // `[^/][^/]*/`, and some name.
        let (first, more, slash) = (Element::OneExcept('/'), Element::ManyExcept('/'), text("/"));
        let (one, many) = (Element::One, Element::Many);
        let in_namespace = [first.clone(), more.clone(), slash.clone()];
        let named = shape(&[&in_namespace[..], &[one.clone(), many.clone()]].concat());
        let nameless = shape(&in_namespace);
        let cluster_named = shape(&[slash.clone(), one, many.clone()]);
        let cluster_nameless = Pattern::literal("/");
        let Ok(action) = spell::parse(name) else {
            return Vec::new();
        };
        let (group, resource, verb) = match action {
            Action::Url { .. } => return vec![shape(&[slash, many])],
            Action::Resource {
                group,
                resource,
                verb,
            } => (group, resource, verb),
        };
        let scope = self
            .find(name)
            .and_then(|at| self.actions.get(at))
            .map(|(_, scope)| *scope);
        let of_subresource = resource.contains('/');
        match (scope, verb) {
            (None, _) => vec![named, nameless, cluster_named, cluster_nameless],
            // The namespace object stands in the namespace of its own name, as the API server sees it.
            (Some(_), _) if group == "core" && resource.split('/').next() == Some("namespaces") => match verb
            {
                "create" => vec![cluster_nameless],
                "list" | "watch" => vec![cluster_nameless, cluster_named],
                _ => vec![named],
            },
            // A binding in a namespace asks for `bind` there, also on cluster roles.
            (Some(_), "bind") if resource == "clusterroles" => vec![cluster_named, named],
            (Some(Scope::Namespaced), "list" | "watch") => vec![nameless, cluster_nameless, named],
            (Some(Scope::Namespaced), "create" | "deletecollection") if !of_subresource => vec![nameless],
            (Some(Scope::Namespaced), "escalate") => vec![named, nameless],
            (Some(Scope::Namespaced), _) => vec![named],
            (Some(_), "list" | "watch") => vec![cluster_nameless, cluster_named],
            (Some(_), "create" | "deletecollection") if !of_subresource => vec![cluster_nameless],
            (Some(_), "escalate") => vec![cluster_named, cluster_nameless],
            (Some(_), _) => vec![cluster_named],
        }
    }
}
