//! Taking items of an export.

use std::collections::BTreeMap;

use leastwise_document::{Item, Node, pointer_join};
use leastwise_model::{FileIndex, LastUse, Location, Remark, Text};

use super::{
    Actor, Attached, Entity, Export, Group, Inline, Managed, Pages, Role, Spot, User, Version, moment_of,
};
use crate::lower::account_of;
use crate::policy::{Document, Place, below, parse_encoded};

/// The lists of an export.
const LISTS: [&str; 4] = ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"];

impl Export {
    /// Takes an item, if it is part of an export; says whether it is.
    pub fn take(&mut self, file: FileIndex, item: &Item) -> bool {
        match item.from.as_deref() {
            Some(list) if LISTS.contains(&list) => {
                if list == "Policies" && !is_managed_policy(&item.node) {
                    return false;
                }
                let pages = pages(item.collection.as_ref().and_then(|map| map.get("IsTruncated")));
                self.add(file, list, &item.node, &item.pointer, pages);
                true
            }
            Some(_) => false,
            None => self.whole(file, item),
        }
    }

    /// A document that holds the lists.
    fn whole(&mut self, file: FileIndex, item: &Item) -> bool {
        let lists: Vec<&str> = LISTS
            .into_iter()
            .filter(|list| item.node.get(list).is_some_and(Node::is_list))
            .collect();
        // `Policies` alone is a common word.
        if !lists.iter().any(|list| *list != "Policies") {
            return false;
        }
        let pages = pages(item.node.get("IsTruncated"));
        for list in lists {
            let pointer = pointer_join(&item.pointer, list);
            let nodes = item.node.get(list).map(Node::list).unwrap_or_default();
            for (index, node) in nodes.iter().enumerate() {
                self.add(file, list, node, &format!("{pointer}/{index}"), pages);
            }
        }
        true
    }

    /// Adds an element of one of the lists.
    pub(crate) fn add(&mut self, file: FileIndex, list: &str, node: &Node, pointer: &str, pages: Pages) {
        let spot = Spot {
            file,
            place: Place::of(node, pointer),
        };
        let Some(arn) = node
            .get("Arn")
            .and_then(Node::text)
            .filter(|arn| arn.split(':').count() >= 6)
        else {
            self.remark(
                &spot,
                format!("an element of `{list}` without an ARN was left out"),
            );
            return;
        };
        if let Some(account) = account_of(arn) {
            let account = self.intern(account);
            let known = self.pages.entry(account).or_default();
            known.more |= pages.more;
            known.last |= pages.last;
        } else if list != "Policies" {
            self.remark(&spot, format!("`{arn}` names no account and was left out"));
            return;
        }
        let arn = self.intern(arn);
        match list {
            "UserDetailList" => {
                let entity = self.entity(arn, "User", node, pointer, spot);
                let actor = self.actor(node, pointer);
                let groups = self.member_of(node, pointer);
                self.users.push(User {
                    entity,
                    actor,
                    groups,
                });
            }
            "GroupDetailList" => {
                let entity = self.entity(arn, "Group", node, pointer, spot);
                self.groups.push(Group { entity });
            }
            "RoleDetailList" => {
                let entity = self.entity(arn, "Role", node, pointer, spot);
                let actor = self.actor(node, pointer);
                self.roles.push(role(entity, actor, node, pointer));
            }
            _ => {
                let versions = node.get("PolicyVersionList").map(Node::list).unwrap_or_default();
                let versions = versions
                    .iter()
                    .enumerate()
                    .map(|(index, version)| Version {
                        id: version
                            .get("VersionId")
                            .and_then(Node::scalar)
                            .unwrap_or_default()
                            .into(),
                        default: version.get("IsDefaultVersion").and_then(Node::scalar) == Some("true"),
                        document: document(version, &below(pointer, "PolicyVersionList", index), "Document"),
                    })
                    .collect();
                self.policies.push(Managed { arn, versions, spot });
            }
        }
    }

    fn remark(&mut self, spot: &Spot, what: String) {
        let place = &spot.place;
        self.remarks.push(Remark {
            location: Some(Location {
                file: spot.file,
                line: place.line,
                column: place.column,
                pointer: place.pointer.clone(),
            }),
            what: what.into(),
            hint: "export it again".into(),
            loses: true,
        });
    }

    fn entity(&mut self, arn: Text, kind: &str, node: &Node, pointer: &str, spot: Spot) -> Entity {
        let text = |key: &str| node.get(key).and_then(Node::text);
        let name = text(&format!("{kind}Name")).map_or_else(|| name_of(&arn), Text::from);
        let unique = text(&format!("{kind}Id")).map(Text::from);
        let key = format!("{kind}PolicyList");
        let inline = node.get(&key).map(Node::list).unwrap_or_default();
        let inline = inline
            .iter()
            .enumerate()
            .map(|(index, policy)| {
                let pointer = below(pointer, &key, index);
                let name = policy
                    .get("PolicyName")
                    .and_then(Node::scalar)
                    .unwrap_or_default();
                Inline {
                    name: self.intern(name),
                    document: document(policy, &pointer, "PolicyDocument")
                        .unwrap_or_else(|| Document::missing(Place::of(policy, &pointer))),
                }
            })
            .collect();
        let attached = node
            .get("AttachedManagedPolicies")
            .map(Node::list)
            .unwrap_or_default();
        let attached = attached
            .iter()
            .enumerate()
            .filter_map(|(index, policy)| {
                let arn = policy.get("PolicyArn").and_then(Node::text)?;
                let pointer = below(pointer, "AttachedManagedPolicies", index);
                Some(Attached {
                    arn: self.intern(arn),
                    place: Place::of(policy, &pointer),
                })
            })
            .collect();
        Entity {
            arn,
            name,
            unique,
            created: moment_of(node, "CreateDate"),
            inline,
            attached,
            spot,
        }
    }

    fn actor(&mut self, node: &Node, pointer: &str) -> Actor {
        let boundary = node.get("PermissionsBoundary").and_then(|boundary| {
            let arn = boundary.get("PermissionsBoundaryArn").and_then(Node::text)?;
            let place = Place::of(boundary, &pointer_join(pointer, "PermissionsBoundary"));
            Some(Attached {
                arn: self.intern(arn),
                place,
            })
        });
        let tags = node.get("Tags").filter(|tags| tags.is_list()).map(|tags| {
            let mut found = BTreeMap::new();
            for tag in tags.list() {
                let text = |key| tag.get(key).and_then(Node::scalar).unwrap_or_default();
                found.insert(self.intern(text("Key")), self.intern(text("Value")));
            }
            found
        });
        Actor { boundary, tags }
    }

    fn member_of(&mut self, node: &Node, pointer: &str) -> Vec<(Text, Place)> {
        let list = node.get("GroupList").map(Node::list).unwrap_or_default();
        list.iter()
            .enumerate()
            .filter_map(|(index, group)| {
                let name = group.text()?;
                Some((
                    self.intern(name),
                    Place::of(group, &below(pointer, "GroupList", index)),
                ))
            })
            .collect()
    }
}

fn role(entity: Entity, actor: Actor, node: &Node, pointer: &str) -> Role {
    let profiles = node
        .get("InstanceProfileList")
        .map(Node::list)
        .unwrap_or_default();
    let profiles = profiles
        .iter()
        .filter_map(|profile| profile.get("InstanceProfileName").and_then(Node::text))
        .map(Text::from)
        .collect();
    let last_use = match node.get("RoleLastUsed") {
        Some(last) if last.is_map() => match last.get("LastUsedDate").filter(|date| !date.is_null()) {
            Some(_) => moment_of(last, "LastUsedDate").map_or(LastUse::Unknown, LastUse::At),
            None => LastUse::Never,
        },
        _ => LastUse::Unknown,
    };
    Role {
        trust: document(node, pointer, "AssumeRolePolicyDocument"),
        profiles,
        last_use,
        description: node
            .get("Description")
            .and_then(Node::text)
            .unwrap_or_default()
            .into(),
        entity,
        actor,
    }
}

fn is_managed_policy(node: &Node) -> bool {
    node.get("Arn")
        .and_then(Node::text)
        .is_some_and(|arn| arn.starts_with("arn:") && arn.contains(":policy/"))
        && node.get("PolicyVersionList").is_some_and(Node::is_list)
}

fn pages(truncated: Option<&Node>) -> Pages {
    let more = truncated.and_then(Node::scalar) == Some("true");
    Pages { more, last: !more }
}

fn name_of(arn: &str) -> Text {
    arn.rsplit(['/', ':']).next().unwrap_or(arn).into()
}

fn document(node: &Node, pointer: &str, key: &str) -> Option<Document> {
    let found = node.get(key).filter(|found| !found.is_null())?;
    Some(parse_encoded(found, &pointer_join(pointer, key)))
}
