//! Reads a server through the user's own client, which prints answers as the API gives them.
//!
//! What is asked stands in `data/collect.tsv`, and what is kept of an answer in `data/kept.tsv`: everything else is
//! forgotten as soon as it is heard. One command for each name of a list.

mod kept;

use std::collections::{BTreeMap, BTreeSet};

use leastwise_document::{Limits, Node, read};
use leastwise_model::{Collector, Command, Heard, Text, Wanted};

use crate::protected::rows;

const ASKED: &str = include_str!("../data/collect.tsv");

/// What a command is for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Purpose {
    /// An answer of which these fields are kept.
    Read(&'static str),
    /// A list of names, each of which is read and kept so.
    Each(&'static str),
    /// The namespaces within one.
    Namespaces,
}

/// Collects one server.
pub(crate) struct VaultCollector {
    product: Text,
    arguments: Vec<Text>,
    /// Namespaces to be read; all where there are none.
    within: Vec<Text>,
    /// By name of the command: its namespace, path and purpose.
    asked: BTreeMap<Text, (Text, String, Purpose)>,
    /// By namespace and path: what was kept, as JSON.
    answers: BTreeMap<Text, BTreeMap<String, String>>,
    server: Option<Text>,
}

impl VaultCollector {
    pub(crate) fn new(wanted: &Wanted) -> Self {
        Self {
            product: wanted.product.clone(),
            arguments: wanted.arguments.clone(),
            within: wanted
                .within
                .iter()
                .map(|name| match name.trim_matches('/') {
                    "" | "root" => "".into(),
                    name => format!("{name}/").into(),
                })
                .collect(),
            asked: BTreeMap::new(),
            answers: BTreeMap::new(),
            server: None,
        }
    }

    fn command(&mut self, namespace: &Text, path: String, purpose: Purpose) -> Command {
        let verb = match purpose {
            Purpose::Read(_) => "read",
            Purpose::Each(_) | Purpose::Namespaces => "list",
        };
        let name = Text::from(format!("{verb} {namespace}{path}"));
        let mut arguments: Vec<Text> = vec![verb.into(), "-format=json".into()];
        if !namespace.is_empty() {
            arguments.push(format!("-namespace={namespace}").into());
        }
        arguments.extend(self.arguments.iter().cloned());
        // A name that begins with `-` is no option.
        arguments.push("--".into());
        arguments.push(path.as_str().into());
        self.asked
            .insert(name.clone(), (namespace.clone(), path, purpose));
        Command {
            name,
            arguments,
            ..Command::default()
        }
    }

    /// The commands for the rows of which `of` says so, in one namespace.
    fn of(&mut self, namespace: &Text, of: &str, mount: &str) -> Vec<Command> {
        let mut commands = Vec::new();
        for row in rows(ASKED) {
            let [what, whose, path, kept, ..] = *row else {
                continue;
            };
            // Health is of the server, not of a namespace.
            if whose != of || path == "sys/health" && !namespace.is_empty() {
                continue;
            }
            let path = path.replace("{m}", mount);
            let purpose = match what {
                "each" => Purpose::Each(kept),
                _ => Purpose::Read(kept),
            };
            commands.push(self.command(namespace, path, purpose));
        }
        commands
    }

    fn namespace(&mut self, namespace: &Text) -> Vec<Command> {
        self.answers.entry(namespace.clone()).or_default();
        let mut commands = self.of(namespace, "-", "");
        if self.within.is_empty() {
            commands.push(self.command(namespace, "sys/namespaces".to_owned(), Purpose::Namespaces));
        }
        commands
    }

    fn keep(&mut self, namespace: &Text, path: String, json: String) {
        self.answers
            .entry(namespace.clone())
            .or_default()
            .insert(path, json);
    }

    fn take(&mut self, namespace: &Text, path: &str, kind: &'static str, node: &Node) -> Vec<Command> {
        let data = node.get("data").filter(|data| data.is_map()).unwrap_or(node);
        if path == "sys/health" {
            self.server = data.get("cluster_name").and_then(Node::text).map(Text::from);
        }
        let mut commands = Vec::new();
        for (place, side, before) in [("sys/auth", "auth", "auth/"), ("sys/mounts", "mount", "")] {
            if path != place {
                continue;
            }
            for (mount, about) in data.entries() {
                let kind = about.get("type").and_then(Node::text).unwrap_or_default();
                let mount = format!("{before}{}", mount.text);
                commands.extend(self.of(namespace, &format!("{side}:{kind}"), &mount));
            }
        }
        let json = format!("{{\"data\":{}}}", kept::only(data, kind));
        self.keep(namespace, path.to_owned(), json);
        commands
    }
}

/// The one document that a client printed.
fn document(bytes: &[u8]) -> Option<Node> {
    let limits = Limits::default();
    let mut whole: Option<Node> = None;
    let mut elements: Vec<Node> = Vec::new();
    let faults = read(bytes, &limits, &mut |item| {
        if item.pointer.is_empty() {
            whole = Some(item.node);
        } else {
            elements.push(item.node);
        }
    });
    if !faults.is_empty() {
        return None;
    }
    whole.or_else(|| {
        let at = elements.first()?.at;
        Some(Node {
            at,
            value: leastwise_document::Value::List(elements),
        })
    })
}

/// What a client complained of, without what it may have quoted.
fn complaint(text: &str) -> String {
    let code = text.lines().find_map(|line| line.trim().strip_prefix("Code: "));
    let code = code.and_then(|rest| rest.split(['.', ' ']).next());
    match code.and_then(|code| code.parse::<u16>().ok()) {
        Some(403) => "the server refuses it: permission denied".to_owned(),
        Some(404) => "the server has no such path".to_owned(),
        Some(code) => format!("the server answers with status {code}"),
        None if text.contains("connect") => "the server cannot be reached".to_owned(),
        None => "the client failed".to_owned(),
    }
}

impl Collector for VaultCollector {
    fn clients(&self) -> &'static [&'static str] {
        match &*self.product {
            "vault" => &["vault", "bao"],
            _ => &["bao", "vault"],
        }
    }

    fn begin(&mut self) -> Vec<Command> {
        let mut namespaces: BTreeSet<Text> = self.within.iter().cloned().collect();
        namespaces.insert("".into());
        namespaces
            .into_iter()
            .flat_map(|namespace| self.namespace(&namespace))
            .collect()
    }

    fn hear(&mut self, command: &Command, answer: Result<&[u8], &str>) -> (Heard, Vec<Command>) {
        let Some((namespace, path, purpose)) = self.asked.remove(&command.name) else {
            return (Heard::Nothing, Vec::new());
        };
        let listed = match purpose {
            Purpose::Read(_) => path.clone(),
            Purpose::Each(_) | Purpose::Namespaces => format!("{path}/"),
        };
        let bytes = match answer {
            Ok(bytes) => bytes,
            // Of an empty list a client says that there is no value.
            Err(text)
                if !text.contains("Code:") && (text.trim().is_empty() || text.contains("No value found")) =>
            {
                self.keep(&namespace, listed, "{\"errors\":[]}".to_owned());
                return (Heard::Nothing, Vec::new());
            }
            Err(text) => {
                let what = complaint(text);
                // What only some products and releases have is nothing where it is missing.
                if purpose == Purpose::Namespaces || what.contains("no such path") {
                    return (Heard::Nothing, Vec::new());
                }
                self.keep(&namespace, listed, format!("{{\"errors\":[\"{what}\"]}}"));
                return (Heard::Failed(what.into()), Vec::new());
            }
        };
        let Some(node) = document(bytes) else {
            let what = "its answer is no JSON";
            self.keep(&namespace, listed, format!("{{\"errors\":[\"{what}\"]}}"));
            return (Heard::Failed(what.into()), Vec::new());
        };
        let names: Vec<Text> = node
            .list()
            .iter()
            .filter_map(Node::text)
            .map(Text::from)
            .collect();
        let commands = match purpose {
            Purpose::Read(kind) => self.take(&namespace, &path, kind, &node),
            Purpose::Each(kind) => {
                let keys = kept::list(&names);
                self.keep(&namespace, listed, format!("{{\"data\":{{\"keys\":{keys}}}}}"));
                let read = names
                    .iter()
                    .filter(|name| !(path == "sys/policies/acl" && &***name == "root"));
                read.map(|name| self.command(&namespace, format!("{path}/{name}"), Purpose::Read(kind)))
                    .collect()
            }
            Purpose::Namespaces => names
                .iter()
                .flat_map(|name| self.namespace(&format!("{namespace}{name}").into()))
                .collect(),
        };
        (Heard::Kept, commands)
    }

    fn files(self: Box<Self>) -> Vec<(Text, String)> {
        let server = self.server.unwrap_or_else(|| self.product.clone());
        self.answers
            .into_iter()
            .filter(|(_, answers)| answers.values().any(|answer| answer.starts_with("{\"data\"")))
            .map(|(namespace, answers)| {
                let name: String = namespace
                    .trim_end_matches('/')
                    .chars()
                    .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' })
                    .collect();
                let file = match name.as_str() {
                    "" => format!("{}.json", self.product),
                    name => format!("{}-{name}.json", self.product),
                };
                let answers: Vec<String> = answers
                    .iter()
                    .map(|(path, json)| format!("  {}: {json}", kept::text(path)))
                    .collect();
                let content = format!(
                    "{{\"leastwise\": \"vault-export/v1\", \"product\": {}, \"server\": {}, \"namespace\": {},\n \"responses\": {{\n{}\n}}}}\n",
                    kept::text(&self.product),
                    kept::text(&server),
                    kept::text(&namespace),
                    answers.join(",\n")
                );
                (Text::from(file), content)
            })
            .collect()
    }
}
