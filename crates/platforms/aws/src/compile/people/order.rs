//! Identities and accounts put in order, each with its place in the snapshot.

use std::collections::BTreeMap;

use leastwise_model::{IdentityIndex, Settings, Snapshot, Text};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{People, Subject, account_text, sessions};
use crate::compile::accounts::{self, Accounts, partition_of};
use crate::credentials::Row;
use crate::export::{Export, Managed, Pages};
use crate::lower::account_of;

/// Who lives in one account.
#[derive(Default)]
struct Members {
    /// Users and roles.
    actors: Vec<IdentityIndex>,
    /// The same with the root user.
    everyone: Vec<IdentityIndex>,
    users: Vec<IdentityIndex>,
}

impl<'s> People<'s> {
    /// Sorts identities and accounts, and gives them their places in the snapshot.
    pub fn new(
        export: Export,
        managed: BTreeMap<Text, Managed>,
        reports: BTreeMap<Text, Row>,
        settings: &'s Settings,
        snapshot: &mut Snapshot,
    ) -> Self {
        let Export {
            users,
            groups,
            roles,
            pages,
            assumptions,
            running,
            sessions,
            ..
        } = export;
        let mut subjects: Vec<Subject> = users
            .into_iter()
            .map(|user| Subject::User(Box::new(user)))
            .collect();
        subjects.extend(roles.into_iter().map(|role| Subject::Role(Box::new(role))));
        subjects.extend(
            reports
                .values()
                .filter(|row| row.root)
                .map(|row| Subject::Root(row.arn.clone())),
        );
        if !sessions.is_empty() {
            let roles: FxHashSet<Text> = subjects.iter().map(|subject| subject.arn().clone()).collect();
            subjects.extend(sessions::known(sessions, |role| roles.contains(role), snapshot));
        }
        // Sessions come behind the roles of their partition.
        subjects.sort_by(|a, b| a.arn().cmp(b.arn()));

        let mut partitions: BTreeMap<Text, Text> = BTreeMap::new();
        let arns = subjects.iter().map(Subject::arn);
        let arns = arns
            .chain(groups.iter().map(|group| &group.entity.arn))
            .chain(managed.keys())
            .chain(reports.keys());
        for arn in arns {
            if let Some(account) = account_of(arn)
                && !partitions.contains_key(account)
            {
                partitions.insert(account.into(), partition_of(arn).into());
            }
        }
        let mut accounts: Accounts = partitions
            .iter()
            .map(|(id, partition)| {
                let pages: Option<Pages> = pages.get(id).copied();
                (
                    id.clone(),
                    accounts::add(id, partition, pages, settings, snapshot),
                )
            })
            .collect();

        let base = snapshot.identities.len();
        let place = |at: usize| IdentityIndex(u32::try_from(base + at).unwrap_or(u32::MAX));
        let mut identities = FxHashMap::default();
        let mut roles = FxHashMap::default();
        let mut members: BTreeMap<Text, Members> = BTreeMap::new();
        let mut everybody = Vec::new();
        for (at, subject) in subjects.iter().enumerate() {
            let index = place(at);
            let account = account_text(subject.arn());
            identities.insert(subject.arn().clone(), index);
            let living = members.entry(account.clone()).or_default();
            living.everyone.push(index);
            match subject {
                Subject::User(_) => {
                    living.actors.push(index);
                    living.users.push(index);
                }
                Subject::Role(role) => {
                    living.actors.push(index);
                    roles.insert((account, role.entity.name.clone()), index);
                }
                Subject::Session(_) => living.actors.push(index),
                Subject::Root(_) => continue,
            }
            everybody.push(index);
        }
        for (id, living) in members {
            if let Some(account) = accounts.get_mut(&id) {
                account.identities = living.actors.into();
                account.everyone = living.everyone.into();
                account.users = living.users.into();
            }
        }
        Self {
            assumptions,
            running,
            settings,
            subjects,
            groups,
            managed,
            reports,
            accounts,
            identities,
            roles,
            everybody: everybody.into(),
        }
    }
}
