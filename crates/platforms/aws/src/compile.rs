//! An export compiled into a snapshot.
//!
//! **Growth of cost.** Linear in users, roles, groups, policies, statements and attachments. A policy is lowered once and
//! shared by all who hold it; one with variables is lowered once for each combination of values that its variables have
//! among them. Every role adds a fixed number of opportunities, and one for each account or identity its trust names.

mod accounts;
mod administration;
mod assigned;
mod controls;
mod entitlements;
mod facts;
mod holdings;
mod merge;
mod nature;
mod people;
mod resources;
mod rules;
mod runs;
mod strangers;
mod techniques;
#[cfg(test)]
mod tests;
mod trusts;
mod units;

pub use accounts::belonging;
pub use administration::CENTER;
pub use holdings::{BOUNDARY_LAYER, TRUST_POLICIES};
pub use rules::ALL as RULES;
pub use trusts::claim_count;

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{FileIndex, Location, Settings, Snapshot, Text};

use crate::credentials::Row;
use crate::export::{Entity, Export};
use crate::identity_center::IdentityCenter;
use crate::lower::account_of;
use crate::organization::Organization;
use crate::policy::Place;
use crate::resources::Resources;

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
pub fn compile(
    mut export: Export,
    organization: Organization,
    resources: Resources,
    center: &IdentityCenter,
    reports: Vec<Row>,
    settings: &Settings,
    snapshot: &mut Snapshot,
) {
    snapshot.remarks.append(&mut export.remarks);
    let managed = merge::merge_policies(std::mem::take(&mut export.policies), snapshot);
    say_that_there_are_no_tags(&mut export);
    merge::merge_entities(&mut export, &mut snapshot.remarks);
    snapshot.remarks.extend(assigned::stale(center, &export));
    let reports = merge_reports(reports);
    let people = people::People::new(export, managed, reports, settings, snapshot);
    let sign_ins = people.compile(organization, resources, center, snapshot);
    assigned::add(center, &sign_ins, snapshot);
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
        let exported = !export.assumptions.contains_key(&entity.arn);
        if exported && account(entity).is_some_and(|account| telling.contains(&account)) {
            actor.tags = Some(BTreeMap::new());
        }
    }
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
