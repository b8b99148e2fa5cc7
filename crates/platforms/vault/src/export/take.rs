//! Takes the server's answers one by one.

mod people;
mod roles;

use super::{EngineRole, Mount, Namespace, Server, StoredPolicy, StoredText, policy_name};
use jiff::Timestamp;
use leastwise_document::{Node, Value};
use leastwise_model::{FileIndex, Location, Remark, Text};
use std::collections::BTreeMap;

/// The mark of an export.
const MARK: &str = "vault-export/v1";

/// Answers of one document of an export: the server's name, the namespace, and the answers by path.
pub(crate) struct Answers<'n> {
    pub server: Option<&'n str>,
    pub product: Option<&'n str>,
    pub namespace: Text,
    pub responses: &'n Node,
}

/// The answers in a document, if it is an export.
pub(crate) fn recognize(node: &Node) -> Option<Answers<'_>> {
    if node.get("leastwise").and_then(Node::text) != Some(MARK) {
        return None;
    }
    let text = |key: &str| node.get(key).and_then(Node::text).filter(|text| !text.is_empty());
    let namespace = text("namespace").unwrap_or_default().trim_matches('/');
    Some(Answers {
        server: text("server"),
        product: text("product"),
        namespace: match namespace {
            "" | "root" => Text::from(""),
            named => format!("{named}/").into(),
        },
        responses: node.get("responses").unwrap_or(node),
    })
}

/// Where an answer stands.
struct At<'p> {
    file: FileIndex,
    pointer: &'p str,
}

impl At<'_> {
    fn of(&self, node: &Node) -> Location {
        Location {
            file: self.file,
            line: node.at.line,
            column: node.at.column,
            pointer: self.pointer.into(),
        }
    }
}

impl Server {
    /// Takes all answers; what could not be understood is told to `remarks`.
    pub(crate) fn take(
        &mut self,
        answers: &Answers<'_>,
        file: FileIndex,
        base: &str,
        remarks: &mut Vec<Remark>,
    ) {
        for (path, response) in answers.responses.entries() {
            let base = leastwise_document::pointer_join(base, "responses");
            let pointer = leastwise_document::pointer_join(&base, &path.text);
            let at = At {
                file,
                pointer: &pointer,
            };
            let path = path.text.trim_start_matches('/');
            let path = path.strip_prefix("v1/").unwrap_or(path);
            let path = path.split_once('?').map_or(path, |(path, _)| path);
            if path == "sys/health" || path == "sys/seal-status" {
                self.take_health(response);
                continue;
            }
            let namespace = self.namespaces.entry(answers.namespace.clone()).or_default();
            if let Some(errors) = response.get("errors").filter(|errors| errors.is_list()) {
                // A list of nothing is answered as if it did not exist.
                let nothing = errors.list().is_empty();
                match (nothing, path.strip_suffix('/')) {
                    (true, Some(_)) => namespace.take_list(path, &[]),
                    (true, None) => {}
                    (false, _) => {
                        namespace.refused.insert(path.into(), at.of(response));
                    }
                }
                continue;
            }
            let data = response
                .get("data")
                .filter(|data| data.is_map())
                .unwrap_or(response);
            if let Err(what) = namespace.take(path, data, &at) {
                remarks.push(Remark {
                    location: Some(at.of(response)),
                    what: format!("the answer of `{path}` is left out: {what}").into(),
                    hint: "export it again as the server answers it".into(),
                    loses: true,
                });
            }
        }
    }

    fn take_health(&mut self, answer: &Node) {
        let text = |key: &str| {
            answer
                .get(key)
                .and_then(Node::text)
                .filter(|text| !text.is_empty())
        };
        if let Some(version) = text("version") {
            self.version = Some(version.into());
        }
        if let Some(name) = text("cluster_name") {
            self.cluster_name = Some(name.into());
        }
        let time = answer.get("server_time_utc").and_then(Node::number);
        if let Some(time) = time.and_then(|time| Timestamp::from_second(time.parse().ok()?).ok()) {
            self.time = Some(time);
        }
    }
}

type Taken = Result<(), &'static str>;

impl Namespace {
    fn take(&mut self, path: &str, data: &Node, at: &At<'_>) -> Taken {
        let location = at.of(data);
        if path.ends_with('/') || (data.get("keys").is_some_and(Node::is_list) && !path.contains("/keys/")) {
            let keys: Vec<Text> = texts(data.get("keys"));
            self.take_list(path, &keys);
            return Ok(());
        }
        let segments: Vec<&str> = path.split('/').collect();
        match segments.as_slice() {
            ["sys", "auth"] => self.auth = Some(mounts(data, "auth/")),
            ["sys", "mounts"] => self.mounts = Some(mounts(data, "")),
            ["sys", "policies", "acl", name] | ["sys", "policy", name] => {
                let text = data
                    .get("policy")
                    .or_else(|| data.get("rules"))
                    .and_then(Node::text);
                let flag = |key: &str| data.get(key).and_then(Node::boolean).unwrap_or(false);
                let policy = StoredPolicy {
                    text: StoredText::Raw(text.ok_or("it has no `policy`")?.into()),
                    expires: moment(data.get("expiration")),
                    slashes: flag("allow_slashes_in_identity_templates"),
                    wildcards: flag("allow_wildcards_in_identity_templates"),
                    location,
                };
                self.policies.insert(policy_name(name), policy);
            }
            ["identity", "entity", "id" | "name", _] => {
                let id = string(data, "id").ok_or("it has no `id`")?;
                self.entities.insert(id, people::entity(data, location));
            }
            ["identity", "group", "id" | "name", _] => {
                let id = string(data, "id").ok_or("it has no `id`")?;
                self.groups.insert(id, people::group(data, location));
            }
            ["auth", "token", "roles", name] => {
                self.token_roles
                    .insert((*name).into(), roles::token_role(data, location));
            }
            ["auth", "token", "lookup-accessor" | "accessors", accessor] => {
                let accessor = string(data, "accessor").unwrap_or_else(|| (*accessor).into());
                self.tokens.insert(accessor, people::token(data, location));
            }
            ["auth", .., "config"] => {
                let mount = path.strip_suffix("config").unwrap_or(path);
                let named = ["bound_issuer", "oidc_discovery_url", "issuer"];
                if named.iter().any(|key| string(data, key).is_some()) {
                    self.named_issuers.insert(mount.into());
                }
                let issuer = [
                    "bound_issuer",
                    "oidc_discovery_url",
                    "issuer",
                    "jwks_url",
                    "kubernetes_host",
                ]
                .into_iter()
                .find_map(|key| string(data, key));
                if let Some(issuer) = issuer {
                    self.issuers.insert(mount.into(), issuer);
                }
            }
            [
                "auth",
                _,
                ..,
                "role" | "roles" | "users" | "groups" | "certs" | "teams",
                name,
            ] => {
                let (mount, collection) = owner(path, name).ok_or("it names no mount")?;
                let role = roles::role(data, mount, collection, name, location);
                self.roles.insert(path.into(), role);
            }
            ["sys" | "auth" | "identity" | "cubbyhole", ..] => {}
            [_, .., "config", name] if data.get("connection_details").is_some() => {
                let (mount, _) = owner(path, name).ok_or("it names no mount")?;
                let found = super::connection::connection(data, mount, name, location);
                self.connections.insert(path.into(), found);
            }
            [
                _,
                ..,
                "roles"
                | "role"
                | "static-roles"
                | "roleset"
                | "static-account"
                | "impersonated-account"
                | "keys"
                | "cert",
                name,
            ] => {
                let (mount, collection) = owner(path, name).ok_or("it names no mount")?;
                let role = EngineRole {
                    mount: mount.into(),
                    collection: collection.into(),
                    name: (*name).into(),
                    about: roles::about(data),
                    statements: texts_as_they_are(data.get("creation_statements")),
                    location,
                };
                self.engine_roles.insert(path.into(), role);
            }
            _ => {}
        }
        Ok(())
    }

    fn take_list(&mut self, path: &str, keys: &[Text]) {
        let path = format!("{}/", path.trim_end_matches('/'));
        if path == "sys/policies/acl/" || path == "sys/policy/" {
            self.policy_names = Some(keys.iter().map(|name| policy_name(name)).collect());
        }
        self.lists
            .entry(path.into())
            .or_default()
            .extend(keys.iter().cloned());
    }
}

/// The mount with final `/`, and the collection, of the path of a role.
fn owner<'p>(path: &'p str, name: &str) -> Option<(&'p str, &'p str)> {
    let without_name = path.strip_suffix(name)?.strip_suffix('/')?;
    let at = without_name.rfind('/')? + 1;
    Some(without_name.split_at(at))
}

/// A text that is there and not empty.
pub(super) fn string(node: &Node, key: &str) -> Option<Text> {
    node.get(key)
        .and_then(Node::scalar)
        .filter(|text| !text.is_empty())
        .map(Text::from)
}

/// The texts of a list, or the one text, commas and all.
fn texts_as_they_are(node: Option<&Node>) -> Vec<Text> {
    match node.map(|node| &node.value) {
        Some(Value::List(nodes)) => nodes.iter().filter_map(Node::text).map(Text::from).collect(),
        Some(Value::Text(text)) => vec![Text::from(&**text)],
        _ => Vec::new(),
    }
}

/// The texts of a list, or of a text with commas.
pub(super) fn texts(node: Option<&Node>) -> Vec<Text> {
    match node.map(|node| &node.value) {
        Some(Value::List(nodes)) => nodes.iter().filter_map(Node::scalar).map(Text::from).collect(),
        Some(Value::Text(text)) => text
            .split(',')
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(Text::from)
            .collect(),
        _ => Vec::new(),
    }
}

fn policies(node: Option<&Node>) -> Vec<Text> {
    texts(node).iter().map(|name| policy_name(name)).collect()
}

fn pairs(node: Option<&Node>) -> BTreeMap<Text, Text> {
    node.map(Node::entries)
        .unwrap_or_default()
        .iter()
        .filter_map(|(key, value)| Some((Text::from(&*key.text), Text::from(value.scalar()?))))
        .collect()
}

fn moment(node: Option<&Node>) -> Option<Timestamp> {
    let moment: Timestamp = match &node?.value {
        Value::Text(text) => text.parse().ok()?,
        Value::Number(seconds) => Timestamp::from_second(seconds.parse().ok()?).ok()?,
        _ => return None,
    };
    // Go's time of nothing.
    (moment.as_second() > 0).then_some(moment)
}

fn flag(node: &Node, key: &str) -> bool {
    node.get(key).and_then(Node::boolean).unwrap_or(false)
}

fn mounts(data: &Node, before: &str) -> BTreeMap<Text, Mount> {
    let entries = data.entries().iter();
    entries
        .filter(|(path, mount)| path.text.ends_with('/') && mount.is_map())
        .map(|(path, mount)| {
            let described = Mount {
                kind: string(mount, "type").unwrap_or_default(),
                accessor: string(mount, "accessor").unwrap_or_default(),
            };
            (format!("{before}{}", path.text).into(), described)
        })
        .collect()
}
