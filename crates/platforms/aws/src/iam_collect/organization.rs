//! Organizations in the folders of iam-collect, said as the outputs of `aws organizations` say it.

use std::collections::BTreeMap;

use leastwise_document::{Item, Limits, Node, Value, read};
use leastwise_model::{FileIndex, Text};
use serde_json::{Value as Json, json};

use crate::organization::{Kind, Organization};

/// What is kept of one organization: the parts, by their path below its folder.
#[derive(Debug, Default)]
pub(super) struct Parts(BTreeMap<Text, (FileIndex, Node)>);

/// The folder of an organization in a path, and the part below it that is looked at.
pub(super) fn told(path: &str) -> Option<(&str, &str)> {
    let end = path.rfind("/organizations/o-")? + "/organizations/".len();
    let mut above = path.get(..end)?.rsplit('/').skip(2);
    let (partition, cloud) = (above.next()?, above.next()?);
    let (_, below) = path.get(end..)?.split_once('/')?;
    let known = matches!(
        below.split('/').collect::<Vec<_>>().as_slice(),
        ["metadata.json" | "accounts.json" | "ous.json"]
            | ["scps" | "rcps", _, "metadata.json" | "policy.json"]
    );
    let folder = path.get(..path.len() - below.len() - 1)?;
    (known && cloud == "aws" && partition.starts_with("aws")).then_some((folder, below))
}

impl Parts {
    pub(super) fn add(&mut self, part: &str, file: FileIndex, node: Node) {
        self.0.insert(part.into(), (file, node));
    }

    /// Tells it all. Linear in the nodes of its tree and in its policies.
    pub(super) fn tell(&self, organization: &mut Organization) {
        let Some((file, metadata)) = self.0.get("metadata.json") else {
            return;
        };
        let text = |key: &str| metadata.get(key).and_then(Node::text).unwrap_or_default();
        let (id, arn, root) = (text("id"), text("arn"), text("rootOu"));
        let management = text("rootAccountId");
        let described = json!({"Organization": {"Id": id, "Arn": arn, "MasterAccountId": management}});
        say(organization, *file, &described, None);
        let features = metadata.get("features");
        let on = |kind: &&Kind| features.and_then(|all| all.get(kind.native())?.boolean()) == Some(true);
        let types: Vec<Json> = Kind::ALL
            .iter()
            .filter(on)
            .map(|kind| json!({"Type": kind.native(), "Status": "ENABLED"}))
            .collect();
        let of_root = arn.replace(":organization/", ":root/");
        let roots =
            json!({"Roots": [{"Id": root, "Arn": format!("{of_root}/{root}"), "PolicyTypes": types}]});
        say(organization, *file, &roots, None);
        for (part, above) in [("ous.json", "parent"), ("accounts.json", "ou")] {
            let Some((file, nodes)) = self.0.get(part) else {
                continue;
            };
            for (key, node) in nodes.entries() {
                if let Some(parent) = node.get(above).and_then(Node::text) {
                    let kind = if parent.starts_with("r-") {
                        "ROOT"
                    } else {
                        "ORGANIZATIONAL_UNIT"
                    };
                    let parents = json!({"AwsCli": "organizations list-parents", "Of": &*key.text,
                        "Output": {"Parents": [{"Id": parent, "Type": kind}]}});
                    say(organization, *file, &parents, None);
                }
                for (list, kind) in [("scps", Kind::Service), ("rcps", Kind::Resource)] {
                    let Some(arns) = node.get(list) else { continue };
                    let each = arns.list().iter().filter_map(Node::text);
                    let policies: Vec<Json> = each.map(|arn| summary(arn, kind, None)).collect();
                    let command = format!(
                        "organizations list-policies-for-target --filter {}",
                        kind.native()
                    );
                    let attached =
                        json!({"AwsCli": command, "Of": &*key.text, "Output": {"Policies": policies}});
                    say(organization, *file, &attached, None);
                }
            }
        }
        self.policies(organization);
    }

    fn policies(&self, organization: &mut Organization) {
        for (part, (_, about)) in &self.0 {
            let Some(folder) = part.strip_suffix("/metadata.json") else {
                continue;
            };
            let kind = if folder.starts_with("scps/") {
                Kind::Service
            } else {
                Kind::Resource
            };
            let Some(arn) = about.get("arn").and_then(Node::text) else {
                continue;
            };
            let Some((file, content)) = self.0.get(format!("{folder}/policy.json").as_str()) else {
                continue;
            };
            let name = about.get("name").and_then(Node::text);
            let policy = json!({"Policy": {"PolicySummary": summary(arn, kind, name), "Content": null}});
            say(organization, *file, &policy, Some(content));
        }
    }
}

fn summary(arn: &str, kind: Kind, name: Option<&str>) -> Json {
    let id = arn.rsplit('/').next().unwrap_or(arn);
    json!({"Id": id, "Arn": arn, "Name": name.unwrap_or(id), "Type": kind.native()})
}

/// Tells one output; `content` takes the place of the content of a policy.
fn say(organization: &mut Organization, file: FileIndex, output: &Json, content: Option<&Node>) {
    let mut items: Vec<Item> = Vec::new();
    let limits = Limits {
        stream_keys: &[],
        ..Limits::default()
    };
    read(output.to_string().as_bytes(), &limits, &mut |item| {
        items.push(item)
    });
    for mut item in items {
        if let (Some(content), Value::Map(entries)) = (content, &mut item.node.value)
            && let Some((_, policy)) = entries.first_mut()
            && let Value::Map(parts) = &mut policy.value
        {
            let place = parts.iter_mut().find(|(key, _)| &*key.text == "Content");
            if let Some((_, place)) = place {
                *place = content.clone();
            }
        }
        organization.take(file, &item);
    }
}
