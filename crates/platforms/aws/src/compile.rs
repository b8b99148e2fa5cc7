//! An export compiled into a snapshot.
//!
//! **Growth of cost.** Linear in users, roles, groups, policies, statements and attachments. A policy is lowered once and
//! shared by all who hold it; one with variables is lowered once for each combination of values that its variables have
//! among them. Every role adds a fixed number of opportunities, and one for each account or identity its trust names.

mod accounts;
mod entitlements;
mod facts;
mod holdings;
mod nature;
mod people;
mod techniques;
#[cfg(test)]
mod tests;
mod trusts;
mod units;

pub use accounts::belonging;

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{FileIndex, Location, Remark, Settings, Snapshot, Text};

use crate::credentials::Row;
use crate::export::{Entity, Export, Managed};
use crate::lower::account_of;
use crate::policy::Place;

/// A place in a file.
fn location(file: FileIndex, place: &Place) -> Location {
    Location {
        file,
        line: place.line,
        column: place.column,
        pointer: place.pointer.clone(),
    }
}

/// Compiles what was taken.
pub fn compile(mut export: Export, reports: Vec<Row>, settings: &Settings, snapshot: &mut Snapshot) {
    snapshot.remarks.append(&mut export.remarks);
    let managed = merge_policies(std::mem::take(&mut export.policies), snapshot);
    export.users.sort_by(|a, b| a.entity.arn.cmp(&b.entity.arn));
    export.roles.sort_by(|a, b| a.entity.arn.cmp(&b.entity.arn));
    export.groups.sort_by(|a, b| a.entity.arn.cmp(&b.entity.arn));
    let remarks = &mut snapshot.remarks;
    export
        .users
        .dedup_by(|a, b| repeated(&a.entity, &b.entity, remarks));
    export
        .roles
        .dedup_by(|a, b| repeated(&a.entity, &b.entity, remarks));
    export
        .groups
        .dedup_by(|a, b| repeated(&a.entity, &b.entity, remarks));
    say_that_there_are_no_tags(&mut export);
    let reports = merge_reports(reports);
    people::People::new(export, managed, reports, settings, snapshot).compile(snapshot);
}

/// Where an export of an account tells tags at all, those of whom it tells none have none.
fn say_that_there_are_no_tags(export: &mut Export) {
    let account = |entity: &Entity| account_of(&entity.arn).map(Text::from);
    let users = export.users.iter().map(|user| (&user.entity, &user.actor));
    let roles = export.roles.iter().map(|role| (&role.entity, &role.actor));
    let tagged = users.chain(roles).filter(|(_, actor)| actor.tags.is_some());
    let telling: BTreeSet<Text> = tagged.filter_map(|(entity, _)| account(entity)).collect();
    let users = export
        .users
        .iter_mut()
        .map(|user| (&user.entity, &mut user.actor));
    let roles = export
        .roles
        .iter_mut()
        .map(|role| (&role.entity, &mut role.actor));
    for (entity, actor) in users.chain(roles).filter(|(_, actor)| actor.tags.is_none()) {
        if account(entity).is_some_and(|account| telling.contains(&account)) {
            actor.tags = Some(BTreeMap::new());
        }
    }
}

/// Whether the second entity is the first once more; the first one read counts.
fn repeated(later: &Entity, first: &Entity, remarks: &mut Vec<Remark>) -> bool {
    if later.arn != first.arn {
        return false;
    }
    remarks.push(Remark {
        location: Some(location(later.spot.file, &later.spot.place)),
        what: format!(
            "`{}` is described more than once; the first description counts",
            first.arn
        )
        .into(),
        hint: "give one export of each account".into(),
        loses: true,
    });
    true
}

/// One description of each managed policy. AWS's own policies come with every account: the newest version counts.
fn merge_policies(policies: Vec<Managed>, snapshot: &mut Snapshot) -> BTreeMap<Text, Managed> {
    let mut merged: BTreeMap<Text, Managed> = BTreeMap::new();
    for policy in policies {
        match merged.get_mut(&policy.arn) {
            None => {
                merged.insert(policy.arn.clone(), policy);
            }
            Some(known) if is_provided(&policy.arn) => {
                if newest(&policy) > newest(known) {
                    *known = policy;
                }
            }
            Some(known) => snapshot.remarks.push(Remark {
                location: Some(location(policy.spot.file, &policy.spot.place)),
                what: format!(
                    "`{}` is described more than once; the first description counts",
                    known.arn
                )
                .into(),
                hint: "give one export of each account".into(),
                loses: true,
            }),
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

/// Whether a managed policy is AWS's own.
fn is_provided(arn: &str) -> bool {
    arn.split(':').nth(4) == Some("aws")
}

/// Rows by identity; of two reports of an account the one that knows the later use counts.
fn merge_reports(rows: Vec<Row>) -> BTreeMap<Text, Row> {
    let mut merged: BTreeMap<Text, Row> = BTreeMap::new();
    for row in rows {
        match merged.get_mut(&row.arn) {
            Some(known) if known.last_use >= row.last_use => {}
            _ => {
                merged.insert(row.arn.clone(), row);
            }
        }
    }
    merged
}
