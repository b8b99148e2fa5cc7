//! Reads accounts through the user's own `aws`: users, roles and policies, the credential report, the organization, and
//! the policies of resources that `data/collect.tsv` lists, region by region; one account, one for each profile, or those
//! of an organization by a role that is taken on in each.
//!
//! Every command only reads, but those that make the credential report and reports on last use, which change nothing else,
//! and the one that takes a role on. What that answers with is kept in memory alone and given to the client in its
//! environment. Of lists only the names that further questions need are kept; of what is asked further the policies. No
//! value of a secret, parameter or object is ever asked for.

mod accounts;
mod asker;
mod errors;
mod identity_center;
mod kept;
mod least;
mod organization;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use leastwise_document::{Limits, Node, read};
use leastwise_model::{Choice, Collector, Command, Heard, Least, Text, Wanted};

use crate::lower::account_of;

use accounts::last_use_of;
use asker::Asker;
use errors::{code, is_busy, is_nothing};
use identity_center::Center;
use kept::Kept;

/// What an answer is for.
#[derive(Clone, Debug)]
enum Wish {
    /// Whose account it is; and whether its login is asked about the organization.
    Caller(bool),
    /// The accounts of the organization, to be read.
    Members,
    /// A login of a role.
    Role,
    /// The regions of the account.
    Regions,
    /// Users, groups, roles and managed policies.
    Details,
    /// That a credential report is made.
    Report,
    /// It.
    ReportText,
    /// That a report is made on what an identity used last.
    LastUseJob(Text),
    /// It, of whom, and the job that makes it.
    LastUse(Text, Text),
    /// A list whose elements are asked about, by this command.
    List(&'static str),
    /// One thing, kept in a wrapper: the command, and of what it is.
    Kept(Text, Option<Text>),
    /// The nodes of an organization above these.
    Above(Text),
    /// Its policies of a kind.
    Policies(Text),
    /// The accounts or roots of an organization.
    Nodes(&'static str),
    /// Something of IAM Identity Center.
    Center(Center),
}

/// Collects accounts.
#[derive(Debug)]
pub(crate) struct AwsCollector {
    wanted: Wanted,
    /// Parts of an earlier run, and whether all of each was got.
    earlier: BTreeMap<Text, bool>,
    /// What each question is for, and who asks it, by part and name.
    questions: BTreeMap<(Text, Text), (Wish, Asker)>,
    parts: BTreeMap<Text, Kept>,
    /// Accounts that were asked.
    accounts: BTreeSet<Text>,
    /// Nodes of the organization that were asked about.
    asked: BTreeSet<Text>,
    /// The account whose login is asked about the organization.
    own: Text,
    partition: Text,
}

impl AwsCollector {
    pub(crate) fn new(wanted: &Wanted) -> Self {
        Self {
            wanted: wanted.clone(),
            earlier: BTreeMap::new(),
            questions: BTreeMap::new(),
            parts: BTreeMap::new(),
            accounts: BTreeSet::new(),
            asked: BTreeSet::new(),
            own: "".into(),
            partition: "aws".into(),
        }
    }

    /// A call of the client: the words of a command.
    fn command(&mut self, asker: &Asker, words: &[Text], wish: Wish) -> Command {
        let mut name = words.join(" ");
        if !asker.by.is_empty() {
            name = format!("{name} ({})", asker.by);
        }
        let mut arguments = asker.login.arguments.clone();
        arguments.extend(words.iter().cloned());
        arguments.extend(["--output".into(), "json".into()]);
        if let Some(region) = &asker.region {
            arguments.extend(["--region".into(), region.clone()]);
        }
        let key = (asker.part.clone(), Text::from(name.as_str()));
        self.questions.insert(key, (wish, asker.clone()));
        Command {
            part: asker.part.clone(),
            name: name.into(),
            arguments,
            environment: asker.login.environment.clone(),
            ..Command::default()
        }
    }

    fn plain(&mut self, asker: &Asker, words: &str, wish: Wish) -> Command {
        let words: Vec<Text> = words.split(' ').map(Text::from).collect();
        self.command(asker, &words, wish)
    }

    /// What is kept of the part that somebody asks about.
    fn kept(&mut self, asker: &Asker) -> &mut Kept {
        let part = self.parts.entry(asker.part.clone());
        part.or_insert_with(|| Kept::of(asker))
    }

    fn keep(&mut self, asker: &Asker, command: &str, of: Option<&Text>, answer: Result<&Node, &str>) {
        self.kept(asker).wrap(asker, command, of, answer);
    }

    /// Whether an earlier run got all of a part.
    fn is_whole(&self, part: &str) -> bool {
        self.earlier.get(part).copied().unwrap_or_default()
    }

    /// What follows from an answer, which is kept where it is wanted later.
    fn answered(&mut self, wish: Wish, asker: &Asker, node: &Node) -> (Heard, Vec<Command>) {
        let text = |key: &str| node.get(key).and_then(Node::text);
        let following = match wish {
            Wish::Caller(first) => return self.called(asker, first, node),
            Wish::Members => self.members(asker, node),
            Wish::Role => return self.taken_on(asker, node),
            Wish::Regions => {
                let regions = elements(node, "/Regions");
                let regions: Vec<&str> = regions.filter_map(|one| one.get("RegionName")?.text()).collect();
                let each = regions.iter().flat_map(|region| self.of_region(asker, region));
                each.collect()
            }
            Wish::Details => {
                self.kept(asker).details = Some(node.to_json());
                self.last_use(asker, node)
            }
            Wish::Report if text("State") != Some("COMPLETE") => {
                return (Heard::Unready("the report is being made".into()), Vec::new());
            }
            Wish::Report => vec![self.plain(asker, "iam get-credential-report", Wish::ReportText)],
            Wish::ReportText => {
                let bytes =
                    text("Content").and_then(|text| data_encoding::BASE64.decode(text.as_bytes()).ok());
                let report = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
                if report.is_none() {
                    return (Heard::Failed("its answer cannot be read".into()), Vec::new());
                }
                self.kept(asker).report = report;
                Vec::new()
            }
            Wish::LastUseJob(arn) => match text("JobId") {
                Some(job) => vec![self.last_use_page(asker, &arn, job, None)],
                None => return (Heard::Failed("its answer names no job".into()), Vec::new()),
            },
            Wish::LastUse(arn, job) => return self.last_used(asker, &arn, &job, node),
            Wish::List(list) => {
                let commands = self.each(asker, list, node);
                let heard = match commands.is_empty() {
                    true => Heard::Nothing,
                    false => Heard::Kept,
                };
                return (heard, commands);
            }
            Wish::Kept(command, of) => {
                self.keep(asker, &command, of.as_ref(), Ok(node));
                Vec::new()
            }
            Wish::Nodes(at) => self.nodes(asker, at, node),
            Wish::Above(child) => self.above(asker, &child, node),
            Wish::Policies(command) => self.policies(asker, &command, node),
            Wish::Center(center) => return self.of_center(asker, center, node),
        };
        (Heard::Kept, following)
    }

    fn refused(&mut self, wish: &Wish, asker: &Asker, complaint: &str) -> Heard {
        let Some(code) = code(complaint) else {
            self.lacking(wish, asker, "no answer");
            return Heard::Failed("the client failed".into());
        };
        if is_busy(code) {
            return Heard::Busy(code.into());
        }
        // What could not be read is not known; what is not there is known.
        self.lacking(wish, asker, code);
        match is_nothing(code) {
            true => Heard::Nothing,
            false => Heard::Failed(code.into()),
        }
    }

    /// Keeps that there is no answer about a thing, and why.
    fn lacking(&mut self, wish: &Wish, asker: &Asker, code: &str) {
        match wish {
            Wish::Kept(command, of @ Some(_)) => self.keep(asker, command, of.as_ref(), Err(code)),
            Wish::Center(center) => self.center_lacking(asker, center, code),
            _ => {}
        }
    }
}

/// The elements of a list in an answer.
fn elements<'n>(node: &'n Node, at: &str) -> impl Iterator<Item = &'n Node> {
    node.find(at).map(Node::list).unwrap_or_default().iter()
}

impl Collector for AwsCollector {
    fn clients(&self) -> &'static [&'static str] {
        &["aws"]
    }

    fn choices(&self) -> &'static [Choice] {
        &[Choice::Accounts, Choice::Role, Choice::Profiles, Choice::LastUse]
    }

    fn resume(&mut self, parts: &BTreeMap<Text, bool>) {
        self.earlier = parts.clone();
        // Whose last use is asked for stands in what the account tells of its users and roles.
        for (part, whole) in parts {
            let account = part.split(' ').next().unwrap_or_default();
            if **part == *last_use_of(account) && !whole {
                self.earlier.remove(part);
                self.earlier.insert(account.into(), false);
            }
        }
    }

    fn begin(&mut self) -> Vec<Command> {
        self.callers()
    }

    fn hear(&mut self, command: &Command, answer: Result<&[u8], &str>) -> (Heard, Vec<Command>) {
        let key = (command.part.clone(), command.name.clone());
        let Some((wish, asker)) = self.questions.get(&key).cloned() else {
            return (Heard::Nothing, Vec::new());
        };
        let bytes = match answer {
            Ok(bytes) => bytes,
            Err(complaint) => return (self.refused(&wish, &asker, complaint), Vec::new()),
        };
        let limits = Limits {
            stream_keys: &[],
            ..Limits::default()
        };
        let mut items = Vec::new();
        let faults = read(bytes, &limits, &mut |item| items.push(item.node));
        if faults.iter().any(leastwise_document::Fault::loses) {
            return (Heard::Failed("its answer cannot be read".into()), Vec::new());
        }
        match items.first() {
            Some(node) => self.answered(wish, &asker, node),
            // Some services print nothing where there is no policy.
            None => {
                self.lacking(&wish, &asker, "ResourceNotFoundException");
                (Heard::Nothing, Vec::new())
            }
        }
    }

    fn objection(&self) -> Option<Text> {
        let Wanted { accounts, role, .. } = &self.wanted;
        let called = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-/".contains(c);
        let role = role
            .iter()
            .find(|name| name.is_empty() || !name.chars().all(called));
        let account = accounts.iter().find(|id| account_of(id) != Some(&***id));
        account
            .map(|id| format!("`{id}` is no account: they are twelve digits"))
            .or_else(|| {
                role.map(|name| {
                    format!("`{name}` is no name of a role: letters, digits and any of +=,.@_- make one")
                })
            })
            .map(Text::from)
    }

    fn gave_up(&mut self, command: &Command, why: &str) {
        let key = (command.part.clone(), command.name.clone());
        if let Some((wish, asker)) = self.questions.get(&key).cloned() {
            self.lacking(&wish, &asker, why);
        }
    }

    fn least(&self) -> Vec<Least> {
        least::least(&self.wanted)
    }

    fn part(&mut self, part: &str) -> Vec<(Text, String)> {
        self.parts.remove(part).map(Kept::files).unwrap_or_default()
    }

    fn files(self: Box<Self>) -> Vec<(Text, String)> {
        Vec::new()
    }
}
