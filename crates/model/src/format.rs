//! The canonical snapshot file: everything known at one instant, as one JSON document.
//!
//! Permission sets are shared trees. The file keeps them shared: `nodes` lists every part once, a part only after
//! those it is made of; `sets` lists the parts that the snapshot's fields hold, in the order of [`each_set`]. The
//! same snapshot gives the same bytes.

mod part;
mod simpler;

use std::io::{self, Write};

use leastwise_permset::PermissionSet;
use serde::{Deserialize, Serialize};

use part::{StoredNode, Table, restore};
pub(crate) use simpler::{atom, context, gaps, keys, label, label_option, presence};

use crate::opportunity::Gain;
use crate::settings::Settings;
use crate::snapshot::Snapshot;

/// What every snapshot file begins with.
pub const SCHEMA: &str = "leastwise/snapshot/v1";

/// Why a snapshot file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// It is no JSON, or its fields are not those of a snapshot.
    #[error("not a snapshot file of this version: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Its parts refer to parts that are not there.
    #[error("the snapshot file is damaged: {0}; make it again with `leastwise scan … -o FILE`")]
    Damaged(&'static str),
    /// It speaks of a platform that this program does not know.
    #[error("the snapshot holds data of the platform `{0}`, which this version does not know")]
    Platform(String),
}

#[derive(Serialize)]
struct Out<'a> {
    schema: &'a str,
    settings: &'a Settings,
    platforms: Vec<&'a str>,
    nodes: Vec<StoredNode>,
    sets: Vec<u32>,
    snapshot: &'a Snapshot,
}

#[derive(Deserialize)]
struct In {
    schema: String,
    settings: Settings,
    platforms: Vec<String>,
    nodes: Vec<StoredNode>,
    sets: Vec<u32>,
    snapshot: Snapshot,
}

/// Writes a snapshot with the settings it was read under. Linear in its size.
///
/// # Errors
/// When `out` does not take it.
pub fn write(snapshot: &Snapshot, settings: &Settings, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::default();
    let mut sets = Vec::new();
    each_set(snapshot, &mut |set| sets.push(table.store(set)));
    let platforms = snapshot
        .instances
        .iter()
        .map(|instance| instance.platform)
        .collect();
    let file = Out {
        schema: SCHEMA,
        settings,
        platforms,
        nodes: table.nodes,
        sets,
        snapshot,
    };
    serde_json::to_writer(&mut *out, &file)?;
    out.write_all(b"\n")
}

/// Whether a file's content begins like a snapshot file's.
#[must_use]
pub fn recognise(bytes: &[u8]) -> bool {
    let head: Vec<u8> = bytes
        .iter()
        .take(128)
        .copied()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    head.starts_with(format!("{{\"schema\":\"{SCHEMA}\"").as_bytes())
}

/// Reads a snapshot file back. `platforms` are the names of those that may occur in it.
///
/// # Errors
/// When it is malformed, damaged, or speaks of another platform.
pub fn read(bytes: &[u8], platforms: &[&'static str]) -> Result<(Snapshot, Settings), FormatError> {
    let file: In = serde_json::from_slice(bytes)?;
    if file.schema != SCHEMA {
        return Err(FormatError::Damaged("its schema is another one"));
    }
    let mut parts: Vec<PermissionSet> = Vec::with_capacity(file.nodes.len());
    for node in file.nodes {
        let part =
            restore(node, &parts).ok_or(FormatError::Damaged("a set refers to a part that is not there"))?;
        parts.push(part);
    }
    let mut snapshot = file.snapshot;
    let mut sets = file.sets.iter();
    let mut complete = true;
    each_set_mut(
        &mut snapshot,
        &mut |set| match sets.next().and_then(|index| parts.get(*index as usize)) {
            Some(part) => *set = part.clone(),
            None => complete = false,
        },
    );
    if !complete {
        return Err(FormatError::Damaged("sets are missing"));
    }
    if snapshot.instances.len() != file.platforms.len() {
        return Err(FormatError::Damaged("platforms are missing"));
    }
    for (instance, name) in snapshot.instances.iter_mut().zip(file.platforms) {
        instance.platform = platforms
            .iter()
            .find(|known| **known == name)
            .ok_or(FormatError::Platform(name))?;
    }
    Ok((snapshot, file.settings))
}

macro_rules! visit_sets {
    ($snapshot:expr, $each:expr, $iter:ident, $some:ident) => {
        for identity in $snapshot.identities.$iter() {
            for layer in identity.holding.layers.$iter() {
                $each(visit_sets!(@ref $some layer.set));
            }
        }
        for entitlement in $snapshot.entitlements.$iter() {
            for statement in entitlement.statements.$iter() {
                $each(visit_sets!(@ref $some statement.set));
            }
        }
        for dangling in $snapshot.dangling.$iter() {
            if let Some(set) = dangling.gives.$some() {
                $each(set);
            }
        }
        for opportunity in $snapshot.opportunities.$iter() {
            for need in opportunity.needs.$iter() {
                $each(visit_sets!(@ref $some need.set));
            }
            if let Gain::Grant(set) = visit_sets!(@ref $some opportunity.gain) {
                $each(set);
            }
        }
        for acceptance in $snapshot.acceptances.$iter() {
            $each(visit_sets!(@ref $some acceptance.set));
        }
        for issuer in $snapshot.issuers.$iter() {
            for holder in issuer.holders.$iter() {
                if let Some(set) = holder.claims.$some() {
                    $each(set);
                }
            }
        }
    };
    (@ref as_ref $place:expr) => { &$place };
    (@ref as_mut $place:expr) => { &mut $place };
}

/// Calls `each` with every permission set of a snapshot, in a fixed order.
pub fn each_set<'s>(snapshot: &'s Snapshot, each: &mut dyn FnMut(&'s PermissionSet)) {
    visit_sets!(snapshot, each, iter, as_ref);
}

fn each_set_mut(snapshot: &mut Snapshot, each: &mut dyn FnMut(&mut PermissionSet)) {
    visit_sets!(snapshot, each, iter_mut, as_mut);
}
