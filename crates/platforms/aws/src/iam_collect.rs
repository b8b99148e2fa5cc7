//! The folders that iam-collect writes: `aws/PARTITION/accounts/ACCOUNT/…`, a folder for each user, role, group, policy and
//! resource, in it a file for each thing that is known of it.
//!
//! Names of folders are lower case; what something is called stands in its `metadata.json`. What is empty has no file, so a
//! role without `inline-policies.json` has none; a resource without `policy.json` has none or could not be read. Sources:
//! documentation of iam-collect, "Storage" (`docs/Storage.md`).

mod organization;

use std::collections::BTreeMap;

use leastwise_document::{Item, Node};
use leastwise_model::{FileIndex, LastUse, Remark, Text};

use crate::declared::remark;
use crate::export::{
    Actor, Attached, Entity, Export, Group, Inline, Managed, Pages, Role, Spot, User, Version, moment,
};
use crate::lower::account_of;
use crate::organization::Organization;
use crate::policy::{Document, Place, parse_encoded};
use crate::resources::{Exported, Policy, Resources};

/// What a folder is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    User,
    Role,
    Group,
    Policy,
    Resource,
}

/// What a path says.
struct Told<'p> {
    /// The path of the folder.
    folder: &'p str,
    account: &'p str,
    kind: Kind,
    /// The name of the file without its end.
    part: &'p str,
}

/// A file, or the elements of the list in it.
#[derive(Debug)]
struct Part {
    file: FileIndex,
    items: Vec<(Node, String)>,
}

#[derive(Debug)]
struct Folder {
    account: Text,
    kind: Kind,
    parts: BTreeMap<Text, Part>,
}

/// All that was taken.
#[derive(Debug, Default)]
pub struct IamCollect {
    folders: BTreeMap<Text, Folder>,
    organizations: BTreeMap<Text, organization::Parts>,
    remarks: Vec<Remark>,
}

/// Parts that are looked at; no other is kept.
const PARTS: [&str; 9] = [
    "metadata",
    "trust-policy",
    "inline-policies",
    "managed-policies",
    "instance-profiles",
    "tags",
    "groups",
    "current-policy",
    "policy",
];

/// What the path of a file of iam-collect says; `None` for other paths, and for parts that nobody asks for.
fn told(path: &str) -> Option<Told<'_>> {
    let end = path.rfind("/accounts/")?;
    let (above, below) = (path.get(..end)?, path.get(end + "/accounts/".len()..)?);
    let mut above = above.rsplit('/');
    let (partition, cloud) = (above.next()?, above.next()?);
    if cloud != "aws" || !partition.starts_with("aws") {
        return None;
    }
    let fields: Vec<&str> = below.split('/').collect();
    let account = fields.first().copied().filter(|id| account_of(id) == Some(*id))?;
    let part = fields.last()?.strip_suffix(".json")?;
    let kind = match fields.as_slice() {
        [_, "iam", "user", _, _] => Kind::User,
        [_, "iam", "role", _, _] => Kind::Role,
        [_, "iam", "group", _, _] => Kind::Group,
        [_, "iam", "policy", _, _] | [_, "iam", "aws", "policy", _, _] => Kind::Policy,
        [_, "iam" | "ram" | "sso", ..] => return None,
        [_, _, _, ..] if matches!(part, "metadata" | "policy") => Kind::Resource,
        _ => return None,
    };
    Some(Told {
        folder: path.rsplit_once('/')?.0,
        account,
        kind,
        part: PARTS.into_iter().find(|known| *known == part)?,
    })
}

impl IamCollect {
    /// Takes an item, if its path is one of iam-collect; says whether it is.
    pub fn take(&mut self, file: FileIndex, path: &str, item: &Item) -> bool {
        if let Some((folder, part)) = organization::told(path) {
            let parts = self.organizations.entry(folder.into()).or_default();
            parts.add(part, file, item.node.clone());
            return true;
        }
        let Some(told) = told(path) else {
            return false;
        };
        let folder = self.folders.entry(told.folder.into()).or_insert_with(|| Folder {
            account: told.account.into(),
            kind: told.kind,
            parts: BTreeMap::new(),
        });
        let part = folder.parts.entry(told.part.into()).or_insert_with(|| Part {
            file,
            items: Vec::new(),
        });
        part.items.push((item.node.clone(), item.pointer.clone()));
        true
    }

    /// Adds what the folders tell to what was exported otherwise. Linear in the files.
    pub fn add_to(mut self, export: &mut Export, organization: &mut Organization, resources: &mut Resources) {
        for parts in self.organizations.values() {
            parts.tell(organization);
        }
        for (path, mut folder) in std::mem::take(&mut self.folders) {
            let Some(metadata) = folder.parts.remove("metadata") else {
                // Somebody else's part of a folder that is named alike.
                if let Some((_, part)) = folder.parts.first_key_value()
                    && let Some((node, _)) = part.items.first()
                {
                    let what = format!("`{path}` was left out: it has no `metadata.json` that can be read");
                    let spot = spot(part.file, node, "");
                    self.remarks
                        .push(remark(&spot, what, "collect it again, or give the whole folder"));
                }
                continue;
            };
            let Some((about, pointer)) = metadata.items.first() else {
                continue;
            };
            let at = spot(metadata.file, about, pointer);
            let arn = about.get("arn").and_then(Node::text);
            let Some(arn) = arn.filter(|arn| arn.starts_with("arn:") && arn.split(':').count() >= 6) else {
                let what = format!("`{path}` was left out: its `metadata.json` has no ARN");
                self.remarks.push(remark(&at, what, "collect it again"));
                continue;
            };
            let arn = export.intern(arn);
            folder.add(arn, about, at, export, resources);
        }
        export.remarks.append(&mut self.remarks);
    }
}

impl Folder {
    fn add(mut self, arn: Text, about: &Node, at: Spot, export: &mut Export, resources: &mut Resources) {
        if self.kind != Kind::Resource {
            let whole = Pages {
                more: false,
                last: true,
            };
            export.pages.insert(self.account.clone(), whole);
        }
        match self.kind {
            Kind::Resource => {
                let Some(policy) = self.document("policy") else {
                    return;
                };
                let made = Exported {
                    owner: Some(self.account),
                    settle: format!("iam-collect, or export the policy of {arn} itself").into(),
                    spot: Spot {
                        file: policy.file.unwrap_or(at.file),
                        place: policy.place.clone(),
                    },
                    policy: Policy::Document(policy),
                };
                resources.policies.entry(arn).or_insert(made);
            }
            Kind::Policy => {
                let version = Version {
                    id: about
                        .get("defaultVersionId")
                        .and_then(Node::text)
                        .unwrap_or("v1")
                        .into(),
                    default: true,
                    document: self.document("current-policy"),
                };
                export.policies.push(Managed {
                    arn,
                    versions: vec![version],
                    spot: at,
                });
            }
            Kind::Group => {
                let entity = self.entity(arn, about, at);
                export.groups.push(Group { entity });
            }
            Kind::User => {
                let place = at.place.clone();
                let groups = self.texts("groups");
                let name = |arn: &Text| arn.rsplit('/').next().unwrap_or(arn).into();
                let groups = groups.iter().map(|arn| (name(arn), place.clone())).collect();
                let entity = self.entity(arn, about, at);
                export.users.push(User {
                    actor: self.actor(about, &entity),
                    entity,
                    groups,
                });
            }
            Kind::Role => {
                let profiles = self.texts("instance-profiles");
                let name = |arn: &Text| arn.rsplit('/').next().unwrap_or(arn).into();
                let entity = self.entity(arn, about, at);
                export.roles.push(Role {
                    actor: self.actor(about, &entity),
                    entity,
                    trust: self.document("trust-policy"),
                    profiles: profiles.iter().map(name).collect(),
                    last_use: LastUse::Unknown,
                    description: Text::default(),
                });
            }
        }
    }

    /// The document that is a part.
    fn document(&mut self, part: &str) -> Option<Document> {
        let part = self.parts.remove(part)?;
        let (node, pointer) = part.items.first()?;
        Some(Document {
            file: Some(part.file),
            ..parse_encoded(node, pointer)
        })
    }

    /// The texts that a part lists.
    fn texts(&mut self, part: &str) -> Vec<Text> {
        let items = self.parts.remove(part).map(|part| part.items).unwrap_or_default();
        items
            .iter()
            .filter_map(|(node, _)| node.text().map(Text::from))
            .collect()
    }

    fn entity(&mut self, arn: Text, about: &Node, at: Spot) -> Entity {
        let text = |key: &str| about.get(key).and_then(Node::text);
        let name = text("name").map_or_else(|| arn.rsplit('/').next().unwrap_or(&arn).into(), Text::from);
        let attached = self.texts("managed-policies").into_iter();
        let attached = attached.map(|arn| Attached {
            arn,
            place: at.place.clone(),
        });
        let inline = self.parts.remove("inline-policies").map(|part| {
            let each = part.items.iter().map(|(node, pointer)| {
                let pointer = format!("{pointer}/PolicyDocument");
                let document = match node.get("PolicyDocument") {
                    Some(found) => parse_encoded(found, &pointer),
                    None => Document::missing(spot(part.file, node, &pointer).place),
                };
                Inline {
                    name: node
                        .get("PolicyName")
                        .and_then(Node::text)
                        .unwrap_or_default()
                        .into(),
                    document: Document {
                        file: Some(part.file),
                        ..document
                    },
                }
            });
            each.collect()
        });
        Entity {
            name,
            unique: text("id").map(Text::from),
            created: text("created").and_then(moment),
            inline: inline.unwrap_or_default(),
            attached: attached.collect(),
            arn,
            spot: at,
        }
    }

    fn actor(&mut self, about: &Node, entity: &Entity) -> Actor {
        let boundary = about.get("permissionBoundary").and_then(Node::text);
        let tags = self.parts.remove("tags");
        let items = tags.iter().flat_map(|part| &part.items);
        let each = items.flat_map(|(node, _)| node.entries());
        let each = each.map(|(key, value)| {
            (
                Text::from(&*key.text),
                Text::from(value.scalar().unwrap_or_default()),
            )
        });
        Actor {
            boundary: boundary.map(|arn| Attached {
                arn: arn.into(),
                place: entity.spot.place.clone(),
            }),
            tags: Some(each.collect()),
        }
    }
}

fn spot(file: FileIndex, node: &Node, pointer: &str) -> Spot {
    Spot {
        file,
        place: Place::of(node, pointer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_layout_and_no_others() {
        let of = |path| told(path).map(|told| (told.account.to_owned(), told.kind, told.part.to_owned()));
        let account = || "111122223333".to_owned();
        assert_eq!(
            of("d/aws/aws/accounts/111122223333/iam/role/a%2fb/trust-policy.json"),
            Some((account(), Kind::Role, "trust-policy".into()))
        );
        assert_eq!(
            of("aws/aws-cn/accounts/111122223333/iam/aws/policy/readonlyaccess/current-policy.json"),
            Some((account(), Kind::Policy, "current-policy".into()))
        );
        assert_eq!(
            of("x/aws/aws/accounts/111122223333/kms/eu-west-1/key/1/policy.json"),
            Some((account(), Kind::Resource, "policy".into()))
        );
        for path in [
            "accounts/111122223333/iam/role/a/metadata.json",
            "x/aws/aws/accounts/11112222333/iam/role/a/metadata.json",
            "x/aws/aws/accounts/111122223333/iam/role/a/secret.json",
            "x/aws/aws/accounts/111122223333/sso/instance/a/metadata.json",
            "x/aws/aws/indexes/buckets-to-accounts.json",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
