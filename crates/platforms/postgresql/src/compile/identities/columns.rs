//! Tables of which columns were granted: who holds them all holds the table.

use leastwise_model::{Snapshot, Step};
use leastwise_permset::{PermissionSet, Strings};
use rustc_hash::FxHashMap;

use super::super::parts::{COLUMN_LETTERS, Holder};
use super::super::roles::{DATABASE_OWNER, Roles, quoted};
use super::super::rows::Rows;
use crate::acl;
use crate::server::Server;
use crate::spell;

/// Tables of which columns were granted: who holds them all holds the table.
pub(super) struct ColumnGrants {
    /// Place of the export and of the relation, by who holds some column.
    by_holder: FxHashMap<Holder, Vec<(usize, usize)>>,
}

impl ColumnGrants {
    pub(super) fn of(server: &Server, roles: &Roles<'_>) -> Self {
        let mut by_holder: FxHashMap<Holder, Vec<(usize, usize)>> = FxHashMap::default();
        for (place, export) in server.exports.iter().enumerate() {
            for (at, relation) in export.relations.iter().enumerate() {
                let items = relation.columns.iter().flat_map(|(_, acl)| acl.iter().flatten());
                for item in items {
                    let holder = match item.grantee.as_deref() {
                        None => Some(Holder::Public),
                        Some(DATABASE_OWNER) => Some(Holder::OwnerOf(export.database.clone())),
                        Some(name) => roles.find(name).map(Holder::Role),
                    };
                    if let Some(holder) = holder {
                        by_holder.entry(holder).or_default().push((place, at));
                    }
                }
            }
        }
        Self { by_holder }
    }

    pub(super) fn whole_tables(
        &self,
        role: u32,
        server: &Server,
        roles: &Roles<'_>,
        rows: &[Rows<'_>],
        snapshot: &mut Snapshot,
    ) -> PermissionSet {
        if self.by_holder.is_empty() {
            return PermissionSet::empty();
        }
        let inherited = roles.inherits.get(role as usize).into_iter().flatten();
        let owners = server
            .exports
            .iter()
            .filter(|export| roles.owns(role, &export.database).is_some());
        let mut candidates: Vec<(usize, usize)> = std::iter::once(Holder::Public)
            .chain(inherited.map(|via| Holder::Role(via.role)))
            .chain(owners.map(|export| Holder::OwnerOf(export.database.clone())))
            .filter_map(|holder| self.by_holder.get(&holder))
            .flatten()
            .copied()
            .collect();
        candidates.sort_unstable();
        candidates.dedup();
        let mut all = Vec::new();
        for (place, at) in candidates {
            let (Some(export), Some(rows)) = (server.exports.get(place), rows.get(place)) else {
                continue;
            };
            let Some(relation) = export.relations.get(at) else {
                continue;
            };
            let whole = |letter: &char| {
                !relation.partial
                    && !rows.holds(role, relation, *letter)
                    && relation
                        .columns
                        .iter()
                        .all(|(name, _)| rows.holds_column(role, relation, name, *letter))
            };
            let words: Vec<String> = COLUMN_LETTERS
                .iter()
                .filter(|letter| whole(letter))
                .filter_map(|letter| acl::word(*letter))
                .map(|word| format!("table:{word}"))
                .collect();
            if words.is_empty() {
                continue;
            }
            let title = format!("{}.{}", quoted(&relation.schema), quoted(&relation.owned.name));
            let label = snapshot.add_step(Step {
                kind: "column grants".into(),
                name: title.as_str().into(),
                statement: format!("every column of {title} is granted").into(),
                location: relation.owned.at.clone(),
                provided: false,
            });
            let resource = spell::path(&[&export.database, &relation.schema, &relation.owned.name]);
            let set = spell::region(words.iter().map(String::as_str), Strings::literal(&resource));
            all.push(PermissionSet::from(set).labelled(label));
        }
        PermissionSet::union_of(all)
    }
}
