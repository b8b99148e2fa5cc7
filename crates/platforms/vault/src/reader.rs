//! Takes exports and files of policies.

use std::collections::BTreeMap;

use leastwise_document::{Item, Node};
use leastwise_model::{FileIndex, Location, Reader, Remark, Snapshot, Taken, Text};

use crate::compile;
use crate::export::{Server, StoredPolicy, StoredText, policy_name, recognize};
use crate::policy::{Policy, PolicyFault};
use crate::product::Product;

/// What tells two servers apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Which {
    /// As an export or the server itself names it.
    Named(Text),
    /// Exports under one argument that name nothing.
    Unnamed(FileIndex),
}

/// Reads servers.
#[derive(Debug, Default)]
pub(crate) struct VaultReader {
    servers: BTreeMap<Which, Server>,
    /// Policies in files of their own, by file.
    loose: Vec<(FileIndex, Text, StoredPolicy, Product)>,
    remarks: Vec<Remark>,
}

/// Reads a policy as OpenBao does, or as Vault where only Vault would store it.
pub(crate) fn either(
    read: impl Fn(Product) -> Result<Policy, PolicyFault>,
) -> (Product, Result<Policy, PolicyFault>) {
    match read(Product::OpenBao) {
        Ok(policy) => (Product::OpenBao, Ok(policy)),
        Err(fault) => match read(Product::Vault) {
            Ok(policy) => (Product::Vault, Ok(policy)),
            Err(_) => (Product::OpenBao, Err(fault)),
        },
    }
}

/// Whether JSON is a policy: one object with rules by path, and nothing else.
pub(crate) fn is_policy(node: &Node) -> bool {
    let entries = node.entries();
    let rules = |node: &Node| {
        let of_rules = |node: &Node| {
            !node.entries().is_empty()
                && node.entries().iter().all(|(_, rule)| {
                    let rule = rule.list().first().unwrap_or(rule);
                    ["capabilities", "policy"]
                        .iter()
                        .any(|key| rule.get(key).is_some())
                })
        };
        of_rules(node) || (!node.list().is_empty() && node.list().iter().all(of_rules))
    };
    !entries.is_empty()
        && entries
            .iter()
            .all(|(key, _)| matches!(&*key.text, "path" | "name"))
        && node.get("path").is_some_and(rules)
}

/// Whether text is a policy in HCL: its first entry is `path "…" {` (or `name`, then a path).
pub(crate) fn is_policy_text(text: &str) -> bool {
    let mut found = false;
    let mut comment = false;
    for line in text.lines() {
        let mut line = line.trim();
        if comment {
            match line.split_once("*/") {
                Some((_, rest)) => {
                    comment = false;
                    line = rest.trim();
                }
                None => continue,
            }
        }
        if line.is_empty() || line.starts_with('#') || line.starts_with("//") {
            continue;
        }
        if let Some(rest) = line.strip_prefix("/*") {
            comment = !rest.contains("*/");
            continue;
        }
        let Some(rest) = line.strip_prefix("path") else {
            return false;
        };
        let rest = rest.trim_start();
        found = rest.starts_with('"') && rest.trim_end_matches(['{', '}']).trim_end().contains('"');
        break;
    }
    found && text.contains('{')
}

/// `policies/ops.hcl` → `ops`.
fn name_of(path: &str) -> Text {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.split_once('.').map_or(file, |(stem, _)| stem);
    policy_name(stem)
}

impl VaultReader {
    fn loose(
        &mut self,
        file: FileIndex,
        path: &str,
        at: &Node,
        read: (Product, Result<Policy, PolicyFault>),
    ) {
        let (product, policy) = read;
        let stored = StoredPolicy {
            text: StoredText::Read(policy),
            expires: None,
            slashes: false,
            wildcards: false,
            location: Location {
                file,
                line: at.at.line,
                column: at.at.column,
                pointer: Box::default(),
            },
        };
        self.loose.push((file, name_of(path), stored, product));
    }
}

impl Reader for VaultReader {
    fn take(&mut self, file: FileIndex, path: &str, item: Item) -> Taken {
        if let Some(answers) = recognize(&item.node) {
            let own = |key: &str| {
                ["sys/health", "sys/seal-status"]
                    .iter()
                    .find_map(|path| answers.responses.get(path)?.get(key)?.text())
            };
            let which = match answers.server.or_else(|| own("cluster_name")) {
                Some(name) => Which::Named(name.into()),
                None => Which::Unnamed(file),
            };
            let server = self.servers.entry(which).or_default();
            if let Some(name) = answers.product {
                match Product::named(name) {
                    Some(product) => server.product = Some(product),
                    None => self.remarks.push(Remark {
                        location: None,
                        what: format!("{path}: `{name}` is no product").into(),
                        hint: "write `openbao` or `vault`".into(),
                        loses: false,
                    }),
                }
            }
            server.take(&answers, file, &item.pointer, &mut self.remarks);
            return Taken::Yes;
        }
        if item.from.is_none() && item.pointer.is_empty() && is_policy(&item.node) {
            let read = either(|product| Policy::of_json(&item.node, product, None));
            self.loose(file, path, &item.node, read);
            return Taken::Yes;
        }
        Taken::No(Box::new(item))
    }

    fn take_text(&mut self, file: FileIndex, path: &str, text: &str) -> bool {
        if !is_policy_text(text) {
            return false;
        }
        let at = Node {
            at: leastwise_document::Position { line: 1, column: 1 },
            value: leastwise_document::Value::Null,
        };
        self.loose(
            file,
            path,
            &at,
            either(|product| Policy::parse(text, product, None)),
        );
        true
    }

    fn compile(mut self: Box<Self>, snapshot: &mut Snapshot) {
        snapshot.remarks.append(&mut self.remarks);
        let mut servers: Vec<(Text, Server, bool)> = Vec::new();
        for (which, server) in self.servers {
            let name = match which {
                Which::Named(name) => name,
                Which::Unnamed(file) => snapshot
                    .file(file)
                    .map_or_else(|| "vault".into(), |file| name_of(&file.path)),
            };
            servers.push((name, server, false));
        }
        // Files of policies under one argument are the policies of one server that is not known otherwise.
        let mut folders: BTreeMap<Text, Server> = BTreeMap::new();
        for (file, name, policy, product) in self.loose {
            let unit = snapshot
                .file(file)
                .map(|file| file.unit.clone())
                .unwrap_or_default();
            let server = folders.entry(unit).or_default();
            if product == Product::Vault {
                server.product = Some(product);
            }
            let namespace = server.namespaces.entry(Text::from("")).or_default();
            if let Some(twice) = namespace.policies.insert(name.clone(), policy) {
                snapshot.remarks.push(Remark {
                    location: Some(twice.location),
                    what: format!("another file is named as policy `{name}` too; the last one counts").into(),
                    hint: "rename one of the files".into(),
                    loses: true,
                });
            }
        }
        for (unit, server) in folders {
            let name = name_of(unit.trim_end_matches('/'));
            let name = if name.is_empty() || &*name == "-" {
                Text::from("policies")
            } else {
                name
            };
            servers.push((name, server, true));
        }
        compile::compile(&servers, snapshot);
    }
}
