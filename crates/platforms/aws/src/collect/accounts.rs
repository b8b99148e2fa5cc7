//! What is asked of accounts, and of which.

use std::sync::Arc;

use leastwise_document::Node;
use leastwise_model::{Command, Heard, Text};

use super::asker::{Asker, Login};
use super::table::{filled, lists, rows};
use super::{AwsCollector, Wish, elements};
use crate::lower::is_account;

impl AwsCollector {
    /// Whoever begins, by each login that is wanted.
    pub(super) fn callers(&mut self) -> Vec<Command> {
        let given = self.wanted.arguments.clone();
        let profiles = self.wanted.profiles.clone();
        let mut askers: Vec<Asker> = profiles
            .iter()
            .map(|profile| Asker {
                login: Arc::new(Login::of_profile(&given, profile)),
                by: format!("profile {profile}").into(),
                ..Asker::default()
            })
            .collect();
        if askers.is_empty() {
            let login = Login {
                arguments: given,
                ..Login::default()
            };
            askers.push(Asker {
                login: Arc::new(login),
                ..Asker::default()
            });
        }
        let ask = |(at, asker): (usize, &Asker)| {
            self.plain(asker, "sts get-caller-identity", Wish::Caller(at == 0))
        };
        askers.iter().enumerate().map(ask).collect()
    }

    /// What follows once it is known who asks.
    pub(super) fn called(&mut self, asker: &Asker, first: bool, node: &Node) -> (Heard, Vec<Command>) {
        let text = |key: &str| node.get(key).and_then(Node::text);
        let Some(account) = text("Account").filter(|account| is_account(account)) else {
            return (Heard::Failed("its answer names no account".into()), Vec::new());
        };
        let asker = Asker {
            account: account.into(),
            ..asker.clone()
        };
        let mut commands = Vec::new();
        if first {
            self.own = account.into();
            commands = self.of_organization(&asker);
        }
        if self.wanted.role.is_none() {
            commands.extend(self.of_account(&asker));
            return (Heard::Kept, commands);
        }
        let partition = text("Arn").and_then(|arn| arn.split(':').nth(1));
        self.partition = partition.unwrap_or("aws").into();
        match self.wanted.accounts.clone() {
            all if all.is_empty() => {
                commands.push(self.plain(&asker, "organizations list-accounts", Wish::Members));
            }
            some => commands.extend(some.iter().flat_map(|account| self.member(&asker, account))),
        }
        (Heard::Kept, commands)
    }

    /// The accounts of the organization, without those that are closed or about to be.
    pub(super) fn members(&mut self, asker: &Asker, node: &Node) -> Vec<Command> {
        let active = elements(node, "/Accounts").filter(|one| {
            let state = one.get("State").or_else(|| one.get("Status"));
            state.and_then(Node::text).is_none_or(|state| state == "ACTIVE")
        });
        let ids: Vec<&str> = active.filter_map(|one| one.get("Id")?.text()).collect();
        ids.iter().flat_map(|id| self.member(asker, id)).collect()
    }

    /// One of several accounts; the own one is read without a role.
    fn member(&mut self, asker: &Asker, account: &str) -> Vec<Command> {
        if account == &*asker.account {
            return self.of_account(asker);
        }
        if !is_account(account) || self.is_read(account) {
            return Vec::new();
        }
        let role = self.wanted.role.clone().unwrap_or_default();
        let arn = format!("arn:{}:iam::{account}:role/{role}", self.partition);
        let words = format!("sts assume-role --role-arn {arn} --role-session-name leastwise");
        let asker = Asker {
            account: account.into(),
            ..asker.of(account.to_owned())
        };
        vec![self.plain(&asker, &words, Wish::Role)]
    }

    /// What follows once a role was taken on.
    pub(super) fn taken_on(&mut self, asker: &Asker, node: &Node) -> (Heard, Vec<Command>) {
        let Some(login) = Login::of_role(&self.wanted.arguments, node) else {
            return (
                Heard::Failed("its answer holds no credentials".into()),
                Vec::new(),
            );
        };
        let asker = Asker {
            login: Arc::new(login),
            ..asker.clone()
        };
        (Heard::Kept, self.of_account(&asker))
    }

    /// What is asked once it is known who asks an account: all of it, or the regions that an earlier run lacks.
    fn of_account(&mut self, asker: &Asker) -> Vec<Command> {
        let account = asker.account.clone();
        if !self.accounts.insert(account.clone()) {
            return Vec::new();
        }
        let asker = asker.of(account.to_string());
        if self.is_whole(&account) {
            let mut commands = Vec::new();
            for region in self.regions(&account, false) {
                commands.extend(self.of_region(&asker, &region));
            }
            for region in self.regions(&account, true) {
                commands.extend(self.of_identity_center(&asker, &region));
            }
            return commands;
        }
        let block = format!("s3control get-public-access-block --account-id {account}");
        let block_of = Wish::Kept(block.as_str().into(), Some(account.clone()));
        let mut commands = vec![
            self.plain(&asker, "iam get-account-authorization-details", Wish::Details),
            self.plain(&asker, "iam generate-credential-report", Wish::Report),
            self.plain(&asker, &block, block_of),
        ];
        for list in lists(false) {
            commands.push(self.plain(&asker, list, Wish::List(list)));
        }
        match self.wanted.within.clone() {
            all if all.is_empty() => commands.push(self.plain(&asker, "ec2 describe-regions", Wish::Regions)),
            some => commands.extend(some.iter().flat_map(|region| self.of_region(&asker, region))),
        }
        commands
    }

    pub(super) fn of_region(&mut self, asker: &Asker, region: &str) -> Vec<Command> {
        let mut commands: Vec<Command> = self.of_identity_center(asker, region).into_iter().collect();
        let asker = asker.within(region);
        if self.is_whole(&asker.part) {
            return commands;
        }
        let endpoints = "ec2 describe-vpc-endpoints";
        commands.push(self.plain(&asker, endpoints, Wish::Kept(endpoints.into(), None)));
        for list in lists(true) {
            commands.push(self.plain(&asker, list, Wish::List(list)));
        }
        commands
    }

    /// The questions about the elements of a list.
    pub(super) fn each(&mut self, asker: &Asker, list: &str, node: &Node) -> Vec<Command> {
        let region = asker.region.clone().unwrap_or_default();
        let mut commands = Vec::new();
        for row in rows().filter(|row| row.list == list) {
            for element in elements(node, row.at) {
                let fill = |text: &str| filled(text, element, &asker.account, &region);
                let words: Option<Vec<Text>> = row
                    .follow
                    .split(' ')
                    .map(|word| fill(word).map(Text::from))
                    .collect();
                let Some(words) = words else { continue };
                let of = fill(row.of).filter(|of| !of.is_empty()).map(Text::from);
                let said = row.follow.split(" --").next().unwrap_or(row.follow);
                commands.push(self.command(asker, &words, Wish::Kept(said.into(), of)));
            }
        }
        commands
    }

    /// The questions about what each identity of an account used last.
    pub(super) fn last_use(&mut self, asker: &Asker, details: &Node) -> Vec<Command> {
        if !self.wanted.last_use {
            return Vec::new();
        }
        let asker = asker.of(last_use_of(&asker.account));
        let mut commands = Vec::new();
        if self.is_whole(&asker.part) {
            return commands;
        }
        for list in ["/UserDetailList", "/RoleDetailList"] {
            for arn in elements(details, list).filter_map(|one| one.get("Arn")?.text()) {
                let words = format!(
                    "iam generate-service-last-accessed-details --arn {arn} --granularity ACTION_LEVEL"
                );
                commands.push(self.plain(&asker, &words, Wish::LastUseJob(arn.into())));
            }
        }
        commands
    }

    /// One page of a report on last use; a further one is asked for where there is.
    pub(super) fn last_used(
        &mut self,
        asker: &Asker,
        arn: &Text,
        job: &str,
        node: &Node,
    ) -> (Heard, Vec<Command>) {
        let text = |key: &str| node.get(key).and_then(Node::text);
        match text("JobStatus") {
            Some("COMPLETED") => {}
            Some("IN_PROGRESS") => return (Heard::Unready("the report is being made".into()), Vec::new()),
            _ => return (Heard::Failed("no report was made".into()), Vec::new()),
        }
        self.kept(asker).last_accessed(arn, node);
        let more = node
            .get("IsTruncated")
            .and_then(Node::boolean)
            .unwrap_or_default();
        let marker = text("Marker").filter(|_| more);
        let next = marker.map(|marker| self.last_use_page(asker, arn, job, Some(marker)));
        (Heard::Kept, next.into_iter().collect())
    }

    pub(super) fn last_use_page(
        &mut self,
        asker: &Asker,
        arn: &Text,
        job: &str,
        marker: Option<&str>,
    ) -> Command {
        let mut words = format!("iam get-service-last-accessed-details --job-id {job} --max-items 1000");
        if let Some(marker) = marker {
            words.push_str(&format!(" --marker {marker}"));
        }
        self.plain(asker, &words, Wish::LastUse(arn.clone(), job.into()))
    }

    /// Whether an earlier run read all of an account.
    fn is_read(&self, account: &str) -> bool {
        self.is_whole(account) && self.regions(account, false).is_empty()
    }

    /// The regions of an account that an earlier run has read, or was to read and has not.
    fn regions(&self, account: &str, read: bool) -> Vec<Text> {
        let last_use = last_use_of(account);
        let parts = self
            .earlier
            .iter()
            .filter(|(part, whole)| **whole == read && ***part != *last_use);
        let regions = parts.filter_map(|(part, _)| part.strip_prefix(account)?.strip_prefix(' '));
        regions.map(Text::from).collect()
    }
}

/// The part that tells what identities of an account used last.
pub(super) fn last_use_of(account: &str) -> String {
    format!("{account} last used")
}
