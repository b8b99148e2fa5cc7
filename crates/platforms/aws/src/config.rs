//! AWS Config: snapshots, histories, and what its commands and advanced queries print.
//!
//! A configuration item describes one resource at one moment. Of several items of a resource the one captured last counts;
//! one that says that the resource was deleted takes it away. Items of users, groups, roles and policies are read like the
//! elements of an export. Nobody can tell from items what was not recorded, so what is not there may still exist. Sources:
//! AWS Config Developer Guide, "Components of a Configuration Item", "Viewing Configuration History"; AWS Config API
//! Reference, "GetResourceConfigHistory", "SelectResourceConfig".

use std::collections::BTreeMap;

use leastwise_document::{Item, Key, Node, Value, pointer_join};
use leastwise_model::{FileIndex, Remark, Text};

use crate::declared::remark;
use crate::export::{Export, Pages, Spot};
use crate::lower::account_of;
use crate::output::{Output, embedded};
use crate::policy::{Place, parse_encoded};
use crate::resources::{Exported, Policy, Resources};

/// Lists of items.
const LISTS: [&str; 2] = ["configurationItems", "baseConfigurationItems"];

/// Types that are elements of an export, with the list there, the word of their attributes, and lists that each has.
const KINDS: [(&str, &str, &str, &[&str]); 4] = [
    (
        "AWS::IAM::Role",
        "RoleDetailList",
        "Role",
        &["RolePolicyList", "AttachedManagedPolicies", "InstanceProfileList"],
    ),
    (
        "AWS::IAM::User",
        "UserDetailList",
        "User",
        &["UserPolicyList", "AttachedManagedPolicies", "GroupList"],
    ),
    (
        "AWS::IAM::Group",
        "GroupDetailList",
        "Group",
        &["GroupPolicyList", "AttachedManagedPolicies"],
    ),
    ("AWS::IAM::Policy", "Policies", "Policy", &["PolicyVersionList"]),
];

/// One item.
#[derive(Debug)]
struct Recorded {
    kind: Text,
    arn: Text,
    account: Option<Text>,
    deleted: bool,
    /// When it was captured, as ISO 8601.
    captured: Text,
    node: Node,
    spot: Spot,
}

/// All that was taken.
#[derive(Debug, Default)]
pub struct Config {
    items: BTreeMap<Text, Recorded>,
    remarks: Vec<Remark>,
}

impl Config {
    /// Takes an item, if it holds configuration items; says whether it does.
    pub fn take(&mut self, file: FileIndex, item: &Item) -> bool {
        let Some(output) = Output::of(file, item) else {
            return false;
        };
        let at = |node: &Node, pointer: String| Spot {
            file,
            place: Place::of(node, &pointer),
        };
        for key in LISTS {
            if let Some((list, _)) = output.list(key) {
                for (index, node) in list.iter().enumerate() {
                    let pointer = format!("{}/{index}", pointer_join(&output.pointer, key));
                    self.recorded(node.clone(), at(node, pointer));
                }
                return true;
            }
        }
        // Items by themselves, as a compressed snapshot hands them over one by one.
        let is_item = |key: &&str| output.node.get(key).is_some();
        if ["resourceType", "configurationItemCaptureTime"]
            .iter()
            .all(is_item)
        {
            let spot = at(output.node, output.pointer.clone());
            self.recorded(output.node.clone(), spot);
            return true;
        }
        // The answer to an advanced query: a list of texts, each an item.
        let Some((list, _)) = output
            .list("Results")
            .filter(|_| output.node.get("QueryInfo").is_some())
        else {
            return false;
        };
        for (index, node) in list.iter().enumerate() {
            let spot = at(node, format!("{}/Results/{index}", output.pointer));
            match embedded(node) {
                Some(node) => self.recorded(node, spot),
                None => {
                    let what = "a result of a query that is no JSON map was left out".to_owned();
                    self.remarks.push(remark(&spot, what, "run the query again"));
                }
            }
        }
        true
    }

    fn recorded(&mut self, mut node: Node, spot: Spot) {
        if let Value::Map(entries) = &mut node.value {
            for (key, part) in entries {
                if matches!(&*key.text, "configuration" | "supplementaryConfiguration")
                    && let Some(inner) = embedded(part)
                {
                    *part = inner;
                }
            }
        }
        let text = |keys: &[&str]| keys.iter().find_map(|key| node.find(key)?.text());
        let Some(kind) = text(&["/resourceType"]) else {
            let what = "a configuration item without `resourceType` was left out".to_owned();
            self.remarks.push(remark(&spot, what, "export it again"));
            return;
        };
        let told = KINDS.iter().any(|(known, ..)| *known == kind) || rows().any(|(known, _)| known == kind);
        if !told {
            return;
        }
        let Some(arn) = text(&["/ARN", "/arn", "/configuration/arn"]).filter(|arn| arn.starts_with("arn:"))
        else {
            let what = format!("a configuration item of {kind} without an ARN was left out");
            self.remarks.push(remark(
                &spot,
                what,
                "export it again, with `arn` among what is selected",
            ));
            return;
        };
        let captured = Text::from(text(&["/configurationItemCaptureTime"]).unwrap_or_default());
        let known = self.items.get(arn).is_some_and(|known| known.captured > captured);
        if known {
            return;
        }
        let deleted = text(&["/configurationItemStatus"]).is_some_and(|status| status.contains("Deleted"));
        let account = text(&["/awsAccountId", "/accountId"]).or_else(|| account_of(arn));
        let made = Recorded {
            kind: kind.into(),
            arn: arn.into(),
            account: account.map(Text::from),
            deleted,
            captured,
            spot,
            node: node.clone(),
        };
        self.items.insert(made.arn.clone(), made);
    }

    /// Adds what items tell to what was exported otherwise. Linear in the items.
    pub fn add_to(mut self, export: &mut Export, resources: &mut Resources) {
        for (_, item) in std::mem::take(&mut self.items) {
            if item.deleted {
                continue;
            }
            match KINDS.iter().find(|(kind, ..)| **kind == *item.kind) {
                Some((_, list, word, lists)) => item.element(export, list, word, lists),
                None => item.policy(resources),
            }
        }
        export.remarks.append(&mut self.remarks);
    }
}

impl Recorded {
    /// Adds it to an export as the element of a list there.
    fn element(&self, export: &mut Export, list: &str, word: &str, lists: &[&str]) {
        let pointer = pointer_join(&self.spot.place.pointer, "configuration");
        let Some(configuration) = self.node.get("configuration").filter(|node| node.is_map()) else {
            let what = format!("`{}` was left out: its item has no `configuration`", self.arn);
            export
                .remarks
                .push(remark(&self.spot, what, "export it again, with `configuration`"));
            return;
        };
        let mut node = upper(configuration);
        let Value::Map(entries) = &mut node.value else {
            return;
        };
        let text = |text: &str| Node {
            at: configuration.at,
            value: Value::Text(text.into()),
        };
        let mut put = |key: &str, node: Node| {
            let key = Key {
                text: key.into(),
                at: configuration.at,
            };
            entries.push((key, node));
        };
        put("Arn", text(&self.arn));
        let lacks = |key: &str| configuration.get(&lower(key)).is_none();
        // What was not selected or not recorded is not known: a name that no policy has stands for it.
        let unknown = |what: &str, key: &str| {
            let name = text(&format!("{what} of {}", self.arn));
            let key = Key {
                text: key.into(),
                at: configuration.at,
            };
            Node {
                at: configuration.at,
                value: Value::Map(vec![(key, name)]),
            }
        };
        let actor = word == "Role" || word == "User";
        if actor && lacks("PermissionsBoundary") {
            put(
                "PermissionsBoundary",
                unknown("the boundary", "PermissionsBoundaryArn"),
            );
        }
        let policies = [format!("{word}PolicyList"), "AttachedManagedPolicies".to_owned()];
        let inline = list != "Policies" && policies.iter().any(|key| lacks(key));
        entries.retain(|(key, _)| &*key.text != "RoleLastUsed" && &*key.text != "Tags");
        for (key, node) in entries.iter_mut().filter(|(key, _)| lists.contains(&&*key.text)) {
            let single = node.is_map() || &*key.text == "GroupList" && node.text().is_some();
            if single {
                let one = node.clone();
                node.value = Value::List(vec![one]);
            }
        }
        if inline {
            let one = unknown("a policy", "PolicyArn");
            match entries
                .iter_mut()
                .find(|(key, _)| &*key.text == "AttachedManagedPolicies")
            {
                Some((
                    _,
                    Node {
                        value: Value::List(list),
                        ..
                    },
                )) => list.push(one),
                _ => entries.push((
                    Key {
                        text: "AttachedManagedPolicies".into(),
                        at: configuration.at,
                    },
                    Node {
                        at: configuration.at,
                        value: Value::List(vec![one]),
                    },
                )),
            }
        }
        let groups = word == "User" && lacks("GroupList");
        if groups {
            entries.push((
                Key {
                    text: "GroupList".into(),
                    at: configuration.at,
                },
                Node {
                    at: configuration.at,
                    value: Value::List(vec![text("a group that was not selected")]),
                },
            ));
        }
        if let Some(tags) = self.tags() {
            entries.push((
                Key {
                    text: "Tags".into(),
                    at: configuration.at,
                },
                tags,
            ));
        }
        // Only some items may be recorded.
        let pages = Pages {
            more: false,
            last: false,
        };
        export.add(self.spot.file, list, &node, &pointer, pages);
    }

    /// Its tags as the elements of an export have them; `None` where it does not tell any.
    fn tags(&self) -> Option<Node> {
        let tags = self.node.get("tags").filter(|tags| !tags.is_null())?;
        let pair = |key: &str, value: &str| {
            let entry = |name: &str, said: &str| {
                let node = Node {
                    at: tags.at,
                    value: Value::Text(said.into()),
                };
                let key = Key {
                    text: name.into(),
                    at: tags.at,
                };
                (key, node)
            };
            Node {
                at: tags.at,
                value: Value::Map(vec![entry("Key", key), entry("Value", value)]),
            }
        };
        let mapped = tags.entries().iter();
        let mapped = mapped.map(|(key, value)| pair(&key.text, value.scalar().unwrap_or_default()));
        let listed = tags.list().iter().filter_map(|tag| {
            let value = tag.get("value").and_then(Node::scalar).unwrap_or_default();
            Some(pair(tag.get("key")?.scalar()?, value))
        });
        Some(Node {
            at: tags.at,
            value: Value::List(mapped.chain(listed).collect()),
        })
    }

    /// Adds the policy of a resource.
    fn policy(self, resources: &mut Resources) {
        let Some((_, pointer)) = rows().find(|(kind, _)| **kind == *self.kind) else {
            return;
        };
        let mut node = self.node.clone();
        // A part above the policy may be a text too.
        let mut steps = pointer.split('/').skip(1).peekable();
        while let Some(step) = steps.next() {
            let Some(inner) = node.get(step) else { return };
            let opened = steps.peek().and_then(|_| embedded(inner));
            node = opened.unwrap_or_else(|| inner.clone());
        }
        let policy = match node.value {
            Value::Null => Policy::None,
            _ => Policy::Document(parse_encoded(
                &node,
                &format!("{}{pointer}", self.spot.place.pointer),
            )),
        };
        let made = Exported {
            owner: self.account.clone(),
            policy,
            settle: format!("export the policy of {} itself", self.arn).into(),
            spot: self.spot,
        };
        resources.policies.entry(self.arn).or_insert(made);
    }
}

/// Types with the place of their policy.
fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = include_str!("../data/config-policies.tsv").lines();
    lines.filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut fields = line.split('\t');
        Some((fields.next()?, fields.next()?))
    })
}

/// A map with names as exports spell them, `RoleName` for `roleName`; policies stay as they are.
fn upper(node: &Node) -> Node {
    let value = match &node.value {
        Value::Map(entries) if node.get("Statement").is_none() => {
            let each = entries.iter().map(|(key, one)| {
                let mut letters = key.text.chars();
                let first = letters.next().map(|first| first.to_ascii_uppercase());
                let text: String = first.into_iter().chain(letters).collect();
                (
                    Key {
                        text: text.into(),
                        at: key.at,
                    },
                    upper(one),
                )
            });
            Value::Map(each.collect())
        }
        Value::List(list) => Value::List(list.iter().map(upper).collect()),
        other => other.clone(),
    };
    Node { at: node.at, value }
}

fn lower(key: &str) -> String {
    let mut letters = key.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}
