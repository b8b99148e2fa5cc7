//! Reads a cluster through the user's own `kubectl`: one listing for each kind in `data/collect.tsv`.
//!
//! Of every object only the fields that answers need are kept; variables of containers, arguments, and what was last
//! applied are forgotten as soon as they are heard. Secrets are never asked for.

use std::collections::BTreeMap;

use leastwise_document::{Item, Key, Limits, Node, Position, Value, read};
use leastwise_model::{Collector, Command, Heard, Text, Wanted};

use crate::catalogue::rows;
use crate::extract::LAST_APPLIED;

const ASKED: &str = include_str!("../data/collect.tsv");
const VERSION: &str = "the version of the cluster";

/// Without these a cluster is not told at all.
const BINDINGS: &str = "rolebindings.";

/// What is kept of every object.
const ALWAYS: [&str; 11] = [
    "apiVersion",
    "kind",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "metadata.labels",
    "metadata.annotations",
    "metadata.creationTimestamp",
    "metadata.ownerReferences.kind",
    "metadata.ownerReferences.name",
    "metadata.ownerReferences.controller",
];

/// Collects one cluster.
pub(crate) struct ClusterCollector {
    wanted: Wanted,
    /// By the name of a command: the file it belongs to, and what is kept.
    asked: BTreeMap<Text, (String, Vec<&'static str>)>,
    /// By file: its objects, as JSON.
    objects: BTreeMap<String, Vec<String>>,
    version: Option<String>,
    /// Whether a listing failed without which a `no` would be a guess.
    blind: bool,
}

impl ClusterCollector {
    pub(crate) fn new(wanted: &Wanted) -> Self {
        Self {
            wanted: wanted.clone(),
            asked: BTreeMap::new(),
            objects: BTreeMap::new(),
            version: None,
            blind: false,
        }
    }

    fn command(&self, name: String, words: &[&str]) -> Command {
        let words = words.iter().map(|word| Text::from(*word));
        Command {
            name: name.into(),
            arguments: self.wanted.arguments.iter().cloned().chain(words).collect(),
            ..Command::default()
        }
    }

    /// What is told of a listing that failed. Who is granted something that was not listed would be told `no`.
    fn failed(&mut self, command: &Command, words: &str) -> Text {
        match command.name.contains(BINDINGS) {
            true => {
                self.blind = true;
                format!("{words}; without it nobody can tell who may do what").into()
            }
            false => words.into(),
        }
    }

    fn ask(&mut self, resource: &str, space: Option<&str>, kept: &'static str, out: &mut Vec<Command>) {
        let (name, words) = match space {
            Some("*") => (
                format!("{resource} of all namespaces"),
                vec!["get", resource, "--all-namespaces", "--output=json"],
            ),
            Some(space) => (
                format!("{resource} of namespace {space}"),
                vec!["get", resource, "--namespace", space, "--output=json"],
            ),
            None => (resource.to_owned(), vec!["get", resource, "--output=json"]),
        };
        let command = self.command(name, &words);
        let file = resource.split(['.', '/']).next().unwrap_or(resource);
        let fields = ALWAYS
            .into_iter()
            .chain(kept.split(','))
            .filter(|field| !field.is_empty());
        self.asked
            .insert(command.name.clone(), (format!("{file}.json"), fields.collect()));
        out.push(command);
    }
}

/// What `kubectl` complained of, without what it may have quoted; `None` where the cluster has nothing of the kind.
fn complaint(text: &str) -> Option<&'static str> {
    let known = [
        ("orbidden", "the cluster refuses it: forbidden"),
        ("nauthorized", "the cluster does not accept the credentials"),
        ("onnection refused", "the cluster cannot be reached"),
        ("no such host", "the cluster's name is not known"),
        ("timeout", "the cluster does not answer"),
        ("timed out", "the cluster does not answer"),
        ("context", "kubectl has no such context"),
        ("executable", "what kubectl logs in with is not installed"),
    ];
    if text.contains("(NotFound)") || text.contains("doesn't have a resource type") {
        return None;
    }
    let found = known.iter().find(|(part, _)| text.contains(part));
    Some(found.map_or("kubectl failed", |(_, words)| words))
}

impl Collector for ClusterCollector {
    fn clients(&self) -> &'static [&'static str] {
        &["kubectl", "oc"]
    }

    fn begin(&mut self) -> Vec<Command> {
        let mut out = vec![self.command(VERSION.to_owned(), &["version", "--output=json"])];
        let within = self.wanted.within.clone();
        for row in rows(ASKED) {
            let [resource, scope, kept, ..] = *row else {
                continue;
            };
            match (scope, within.as_slice()) {
                ("cluster", _) => self.ask(resource, None, kept, &mut out),
                ("namespaced", []) => self.ask(resource, Some("*"), kept, &mut out),
                ("namespaced", spaces) => {
                    for space in spaces {
                        self.ask(resource, Some(space), kept, &mut out);
                    }
                }
                (space, _) => self.ask(resource, Some(space), kept, &mut out),
            }
        }
        out
    }

    fn hear(&mut self, command: &Command, answer: Result<&[u8], &str>) -> (Heard, Vec<Command>) {
        let bytes = match answer {
            Ok(bytes) => bytes,
            Err(complained) => {
                let Some(words) = complaint(complained) else {
                    return (Heard::Nothing, Vec::new());
                };
                return (Heard::Failed(self.failed(command, words)), Vec::new());
            }
        };
        let mut items: Vec<Item> = Vec::new();
        let faults = read(bytes, &Limits::default(), &mut |item| items.push(item));
        if faults.iter().any(leastwise_document::Fault::loses) {
            let words = self.failed(command, "its answer cannot be read");
            return (Heard::Failed(words), Vec::new());
        }
        if &*command.name == VERSION {
            let version = items.first().map(|item| cut(&item.node, &["serverVersion"]));
            self.version = version
                .filter(|version| !version.entries().is_empty())
                .map(|version| version.to_json());
            let heard = match self.version {
                Some(_) => Heard::Kept,
                None => Heard::Failed("its answer tells no version of the server".into()),
            };
            return (heard, Vec::new());
        }
        let Some((file, fields)) = self.asked.get(&command.name) else {
            return (Heard::Nothing, Vec::new());
        };
        // An empty list is delivered whole.
        let objects = items
            .iter()
            .map(|item| &item.node)
            .filter(|node| node.get("items").is_none());
        let kept: Vec<String> = objects.map(|node| cut(node, fields).to_json()).collect();
        if kept.is_empty() {
            return (Heard::Nothing, Vec::new());
        }
        self.objects.entry(file.clone()).or_default().extend(kept);
        (Heard::Kept, Vec::new())
    }

    fn files(self: Box<Self>) -> Vec<(Text, String)> {
        if self.blind {
            return Vec::new();
        }
        let lists = self.objects.into_iter().map(|(file, objects)| {
            let content = format!(
                "{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n{}\n]}}\n",
                objects.join(",\n")
            );
            (Text::from(file), content)
        });
        let version = self
            .version
            .map(|version| ("version.json".into(), format!("{version}\n")));
        lists.chain(version).collect()
    }
}

fn node(at: Position, value: Value) -> Node {
    Node { at, value }
}

/// Only these fields of a map, or of each map of a list; of a list of texts those that begin as a field does.
fn cut(data: &Node, fields: &[&str]) -> Node {
    if data.is_list() {
        let list = data.list().iter();
        let kept = list.filter(|one| {
            one.scalar()
                .is_none_or(|text| fields.iter().any(|field| text.starts_with(field)))
        });
        return node(data.at, Value::List(kept.map(|one| cut(one, fields)).collect()));
    }
    if !data.is_map() {
        return data.clone();
    }
    let mut kept: Vec<(Key, Node)> = Vec::new();
    for (key, value) in data
        .entries()
        .iter()
        .filter(|(key, _)| &*key.text != LAST_APPLIED)
    {
        let of_key = fields.iter().filter_map(|field| match field.split_once('.') {
            Some((first, rest)) => (first == &*key.text).then_some(Some(rest)),
            None => (*field == &*key.text).then_some(None),
        });
        let deeper: Vec<Option<&str>> = of_key.collect();
        if deeper.contains(&None) {
            kept.push((key.clone(), without_applied(value)));
        } else if !deeper.is_empty() {
            let deeper: Vec<&str> = deeper.into_iter().flatten().collect();
            if value.is_map() || value.is_list() {
                kept.push((key.clone(), cut(value, &deeper)));
            }
        }
    }
    node(data.at, Value::Map(kept))
}

/// Everything but the annotation that repeats a whole manifest.
fn without_applied(data: &Node) -> Node {
    if !data.is_map() {
        return data.clone();
    }
    let entries = data
        .entries()
        .iter()
        .filter(|(key, _)| &*key.text != LAST_APPLIED);
    node(data.at, Value::Map(entries.cloned().collect()))
}

#[cfg(test)]
mod tests;
