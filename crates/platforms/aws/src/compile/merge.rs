//! What several exports say of the same users, groups, roles and policies, as one description of each.
//!
//! Where they agree nothing is lost. Where they differ nobody can tell which one still holds, so what differs is not
//! known: a document that cannot be understood takes its place. The order of the exports changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{LastUse, Remark, Snapshot, Text};

use super::location;
use crate::export::{Actor, Attached, Entity, Export, Group, Inline, Managed, Role, Spot, User, Version};
use crate::policy::{Document, Place, said, same_document};

/// Why a document that differs is not known.
const DIFFER: &str = "several exports describe it differently";

/// Leaves one description of each entity.
pub fn merge_entities(export: &mut Export, remarks: &mut Vec<Remark>) {
    export.users.sort_by(|a, b| a.entity.arn.cmp(&b.entity.arn));
    export.roles.sort_by(|a, b| a.entity.arn.cmp(&b.entity.arn));
    export.groups.sort_by(|a, b| a.entity.arn.cmp(&b.entity.arn));
    export.users.dedup_by(|later, first| {
        let same = later.entity.arn == first.entity.arn;
        if same && merge_user(first, later) {
            remarks.push(differs(&first.entity.arn, &later.entity.spot));
        }
        same
    });
    export.roles.dedup_by(|later, first| {
        let same = later.entity.arn == first.entity.arn;
        if same && merge_role(first, later) {
            remarks.push(differs(&first.entity.arn, &later.entity.spot));
        }
        same
    });
    export.groups.dedup_by(|later, first| {
        let same = later.entity.arn == first.entity.arn;
        if same && merge_group(first, later) {
            remarks.push(differs(&first.entity.arn, &later.entity.spot));
        }
        same
    });
}

/// One description of each managed policy. AWS's own policies come with every account: the newest version counts.
pub fn merge_policies(policies: Vec<Managed>, snapshot: &mut Snapshot) -> BTreeMap<Text, Managed> {
    let mut merged: BTreeMap<Text, Managed> = BTreeMap::new();
    for policy in policies {
        match merged.get_mut(&policy.arn) {
            None => {
                merged.insert(policy.arn.clone(), policy);
            }
            Some(known) if super::is_provided(&policy.arn) => {
                if newest(&policy) > newest(known) {
                    *known = policy;
                }
            }
            Some(known) if same_versions(&known.versions, &policy.versions) => {}
            Some(known) => {
                snapshot.remarks.push(differs(&known.arn, &policy.spot));
                known.versions = vec![Version {
                    id: Text::default(),
                    default: true,
                    document: Some(unknown(known.spot.place.clone())),
                }];
            }
        }
    }
    merged
}

fn newest(policy: &Managed) -> u32 {
    let default = policy.versions.iter().find(|version| version.default);
    default
        .and_then(|version| version.id.strip_prefix('v')?.parse().ok())
        .unwrap_or(0)
}

fn differs(arn: &Text, later: &Spot) -> Remark {
    Remark {
        location: Some(location(later.file, &later.place)),
        what: format!("`{arn}` is described in different ways; what differs is not known").into(),
        hint: "give one export of each account, the newest".into(),
        loses: true,
    }
}

fn unknown(place: Place) -> Document {
    Document {
        unreadable: Some(DIFFER.into()),
        ..Document::missing(place)
    }
}

fn same_versions(a: &[Version], b: &[Version]) -> bool {
    let by_id = |versions: &[Version]| -> BTreeMap<(Text, bool), Option<Document>> {
        let each = versions.iter();
        each.map(|one| ((one.id.clone(), one.default), one.document.as_ref().map(said)))
            .collect()
    };
    by_id(a) == by_id(b)
}

/// Merges what is plain: the value that both give, else none. Says whether they differ.
fn agree<T: PartialEq>(first: &mut Option<T>, later: &Option<T>) -> bool {
    let differs = first != later;
    if differs {
        *first = None;
    }
    differs
}

fn merge_entity(first: &mut Entity, later: &Entity) -> bool {
    agree(&mut first.unique, &later.unique);
    agree(&mut first.created, &later.created);
    let place = first.spot.place.clone();
    // Two policies of one name are none that AWS would export; the last one read then stands for both.
    let by_name = |list: &[Inline]| -> BTreeMap<Text, Document> {
        list.iter()
            .map(|one| (one.name.clone(), one.document.clone()))
            .collect()
    };
    let (ours, theirs) = (by_name(&first.inline), by_name(&later.inline));
    let arns = |list: &[Attached]| -> BTreeSet<Text> { list.iter().map(|one| one.arn.clone()).collect() };
    let (attached, others) = (arns(&first.attached), arns(&later.attached));
    let mut doubtful: BTreeSet<Text> = attached.symmetric_difference(&others).cloned().collect();
    for name in ours.keys().chain(theirs.keys()) {
        if !same_document(ours.get(name), theirs.get(name)) {
            doubtful.insert(name.clone());
        }
    }
    if doubtful.is_empty() {
        return false;
    }
    first.attached.retain(|one| others.contains(&one.arn));
    first.inline.retain(|one| !doubtful.contains(&one.name));
    first.inline.extend(doubtful.into_iter().map(|name| Inline {
        name,
        document: unknown(place.clone()),
    }));
    first.inline.sort_by(|a, b| a.name.cmp(&b.name));
    true
}

fn merge_actor(first: &mut Actor, later: &Actor) -> bool {
    let tags = agree(&mut first.tags, &later.tags);
    let arn = |actor: &Actor| actor.boundary.as_ref().map(|one| one.arn.clone());
    let (ours, theirs) = (arn(first), arn(later));
    if ours == theirs {
        return tags;
    }
    // A name that no policy has: what bounds it is not known.
    let either: BTreeSet<Text> = [ours, theirs]
        .into_iter()
        .map(|arn| arn.unwrap_or_else(|| "none".into()))
        .collect();
    let either: Vec<&str> = either.iter().map(|arn| &**arn).collect();
    let place = first.boundary.as_ref().or(later.boundary.as_ref());
    first.boundary = place.map(|one| Attached {
        arn: either.join(" or ").into(),
        place: one.place.clone(),
    });
    true
}

fn merge_user(first: &mut User, later: &User) -> bool {
    let mut differs = merge_entity(&mut first.entity, &later.entity);
    differs |= merge_actor(&mut first.actor, &later.actor);
    let names =
        |user: &User| -> BTreeSet<Text> { user.groups.iter().map(|(name, _)| name.clone()).collect() };
    let (ours, theirs) = (names(first), names(later));
    if ours != theirs {
        differs = true;
        first.groups.retain(|(name, _)| theirs.contains(name));
        let place = first.entity.spot.place.clone();
        first
            .entity
            .inline
            .extend(ours.symmetric_difference(&theirs).map(|name| Inline {
                name: format!("of group {name}").into(),
                document: unknown(place.clone()),
            }));
    }
    differs
}

fn merge_role(first: &mut Role, later: &Role) -> bool {
    let mut differs = merge_entity(&mut first.entity, &later.entity);
    differs |= merge_actor(&mut first.actor, &later.actor);
    if !same_document(first.trust.as_ref(), later.trust.as_ref()) {
        differs = true;
        first.trust = Some(unknown(first.entity.spot.place.clone()));
    }
    if first.last_use != later.last_use {
        first.last_use = LastUse::Unknown;
    }
    if first.description != later.description {
        first.description = Text::default();
    }
    let profiles: BTreeSet<Text> = first.profiles.iter().chain(&later.profiles).cloned().collect();
    first.profiles = profiles.into_iter().collect();
    differs
}

fn merge_group(first: &mut Group, later: &Group) -> bool {
    merge_entity(&mut first.entity, &later.entity)
}
