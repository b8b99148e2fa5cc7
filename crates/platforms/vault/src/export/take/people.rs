//! Entities, groups and tokens.

use leastwise_document::Node;
use leastwise_model::Location;

use super::super::{Alias, Entity, Group, Token};
use super::{flag, moment, pairs, policies, string, texts};

pub(super) fn entity(data: &Node, location: Location) -> Entity {
    let aliases = data.get("aliases").map(Node::list).unwrap_or_default();
    let groups = data
        .get("group_ids")
        .filter(|groups| groups.is_list())
        .map(|groups| texts(Some(groups)));
    Entity {
        name: string(data, "name").unwrap_or_default(),
        policies: policies(data.get("policies")),
        disabled: flag(data, "disabled"),
        metadata: pairs(data.get("metadata")),
        aliases: aliases
            .iter()
            .map(|alias| Alias {
                id: string(alias, "id").unwrap_or_default(),
                name: string(alias, "name").unwrap_or_default(),
                accessor: string(alias, "mount_accessor").unwrap_or_default(),
                mount: string(alias, "mount_path").unwrap_or_default(),
                kind: string(alias, "mount_type").unwrap_or_default(),
                metadata: pairs(alias.get("metadata")),
                custom: pairs(alias.get("custom_metadata")),
            })
            .collect(),
        groups,
        created: moment(data.get("creation_time")),
        location,
    }
}

pub(super) fn group(data: &Node, location: Location) -> Group {
    Group {
        name: string(data, "name").unwrap_or_default(),
        external: data.get("type").and_then(Node::text) == Some("external"),
        policies: policies(data.get("policies")),
        metadata: pairs(data.get("metadata")),
        members: texts(data.get("member_entity_ids")),
        member_groups: texts(data.get("member_group_ids")),
        location,
    }
}

pub(super) fn token(data: &Node, location: Location) -> Token {
    Token {
        name: string(data, "display_name").unwrap_or_default(),
        policies: policies(data.get("policies")),
        entity: string(data, "entity_id"),
        kind: string(data, "type").unwrap_or_default(),
        orphan: flag(data, "orphan"),
        path: string(data, "path").unwrap_or_default(),
        created: moment(data.get("creation_time")),
        expires: data.get("expire_time").is_some_and(|end| !end.is_null()),
        location,
    }
}
