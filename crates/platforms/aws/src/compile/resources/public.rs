//! Whether the policy of a bucket counts as public, so that the public-access block keeps other accounts out.
//!
//! A policy is public unless it grants to fixed principals, or to everybody under fixed values of some keys. Source: Amazon
//! S3 User Guide, "Blocking public access to your Amazon S3 storage", the meaning of "public".

use crate::policy::{Document, Effect, Principal, Statement};

/// How a policy counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Public {
    /// It grants to fixed principals only.
    No,
    /// It grants to everybody under conditions, of which it depends.
    Perhaps,
    /// It grants to everybody.
    Yes,
}

/// How a policy counts.
pub fn public(document: &Document) -> Public {
    let grants = document
        .statements
        .iter()
        .filter(|statement| statement.effect != Some(Effect::Deny));
    grants.map(statement).max().unwrap_or(Public::No)
}

fn statement(statement: &Statement) -> Public {
    let open = statement
        .principals
        .as_ref()
        .is_none_or(|principals| principals.except || principals.list.contains(&Principal::Anyone));
    match (
        open,
        statement.conditions.is_empty() && statement.doubts.is_empty(),
    ) {
        (false, _) => Public::No,
        (true, true) => Public::Yes,
        (true, false) => Public::Perhaps,
    }
}
