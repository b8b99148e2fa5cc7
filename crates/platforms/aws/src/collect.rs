//! Reads an account through the user's own `aws`: users, roles and policies, the credential report, the organization, and
//! the policies of resources that `data/collect.tsv` lists, region by region.
//!
//! Every command only reads, but one that makes the credential report, which changes nothing else. Of lists only the names
//! that further questions need are kept; of what is asked further the policies. No value of a secret, parameter or object
//! is ever asked for.

mod table;

use std::collections::{BTreeMap, BTreeSet};

use leastwise_document::{Limits, Node, read};
use leastwise_model::{Collector, Command, Heard, Text, Wanted};
use serde_json::{Value, json};

use crate::lower::is_account;
use table::{filled, lists, rows};

/// Actions for what no row asks for.
const ALWAYS: [&str; 14] = [
    "ec2:DescribeRegions",
    "ec2:DescribeVpcEndpoints",
    "iam:GenerateCredentialReport",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetCredentialReport",
    "organizations:DescribeOrganization",
    "organizations:DescribePolicy",
    "organizations:ListAccounts",
    "organizations:ListParents",
    "organizations:ListPolicies",
    "organizations:ListRoots",
    "organizations:ListTargetsForPolicy",
    "s3:GetAccountPublicAccessBlock",
    "sts:GetCallerIdentity",
];

/// What an answer is for.
#[derive(Clone, Debug)]
enum Wish {
    /// Whose account it is.
    Caller,
    /// The regions of the account.
    Regions,
    /// Users, groups, roles and managed policies.
    Details,
    /// That a credential report is made.
    Report,
    /// It.
    ReportText,
    /// A list whose elements are asked about, by this command.
    List(&'static str, Option<Text>),
    /// One thing, kept in a wrapper: the command, and of what it is.
    Kept(Text, Option<Text>),
    /// The nodes of an organization above these.
    Above(Text),
    /// Its policies of a kind.
    Policies(Text),
    /// The accounts or roots of an organization.
    Nodes(&'static str),
}

/// Collects one account.
pub(crate) struct AccountCollector {
    wanted: Wanted,
    wishes: BTreeMap<Text, Wish>,
    account: Option<Text>,
    details: Option<String>,
    report: Option<String>,
    lines: Vec<String>,
    /// Nodes of the organization that were asked about.
    asked: BTreeSet<Text>,
}

impl AccountCollector {
    pub(crate) fn new(wanted: &Wanted) -> Self {
        Self {
            wanted: wanted.clone(),
            wishes: BTreeMap::new(),
            account: None,
            details: None,
            report: None,
            lines: Vec::new(),
            asked: BTreeSet::new(),
        }
    }

    /// A call of the client: the words of a command, in a region where it has one.
    fn command(&mut self, words: &[Text], region: Option<&str>, wish: Wish) -> Command {
        let said = words.join(" ");
        let name = region.map_or_else(|| said.clone(), |region| format!("{said} in {region}"));
        let mut arguments: Vec<Text> = self.wanted.arguments.clone();
        arguments.extend(words.iter().cloned());
        arguments.extend(["--output".into(), "json".into()]);
        if let Some(region) = region {
            arguments.extend(["--region".into(), Text::from(region)]);
        }
        self.wishes.insert(name.as_str().into(), wish);
        Command {
            name: name.into(),
            arguments,
            input: "",
        }
    }

    fn plain(&mut self, words: &str, wish: Wish) -> Command {
        let words: Vec<Text> = words.split(' ').map(Text::from).collect();
        self.command(&words, None, wish)
    }

    /// What is asked once the account is known.
    fn of_account(&mut self, account: &str) -> Vec<Command> {
        let block = format!("s3control get-public-access-block --account-id {account}");
        let mut commands = vec![
            self.plain("iam get-account-authorization-details", Wish::Details),
            self.plain("iam generate-credential-report", Wish::Report),
            self.plain(&block, Wish::Kept(block.as_str().into(), Some(account.into()))),
        ];
        let organization = "organizations describe-organization";
        commands.push(self.plain(organization, Wish::Kept(organization.into(), None)));
        commands.push(self.plain("organizations list-roots", Wish::Nodes("/Roots")));
        commands.push(self.plain("organizations list-accounts", Wish::Nodes("/Accounts")));
        for kind in ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] {
            let words = format!("organizations list-policies --filter {kind}");
            commands.push(self.plain(&words, Wish::Policies(words.as_str().into())));
        }
        for list in lists(false) {
            commands.push(self.plain(list, Wish::List(list, None)));
        }
        match self.wanted.within.clone() {
            regions if regions.is_empty() => commands.push(self.plain("ec2 describe-regions", Wish::Regions)),
            regions => regions
                .iter()
                .for_each(|region| commands.extend(self.of_region(region))),
        }
        commands
    }

    fn of_region(&mut self, region: &str) -> Vec<Command> {
        let endpoints = "ec2 describe-vpc-endpoints";
        let mut commands = vec![self.command(
            &["ec2".into(), "describe-vpc-endpoints".into()],
            Some(region),
            Wish::Kept(endpoints.into(), None),
        )];
        for list in lists(true) {
            let words: Vec<Text> = list.split(' ').map(Text::from).collect();
            commands.push(self.command(&words, Some(region), Wish::List(list, Some(region.into()))));
        }
        commands
    }

    /// The questions about the elements of a list.
    fn each(&mut self, node: &Node, list: &str, region: Option<&str>) -> Vec<Command> {
        let account = self.account.clone().unwrap_or_default();
        let mut commands = Vec::new();
        for row in rows().filter(|row| row.list == list) {
            for element in node.find(row.at).map(Node::list).unwrap_or_default() {
                let fill = |text: &str| filled(text, element, &account, region.unwrap_or_default());
                let words: Option<Vec<Text>> = row
                    .follow
                    .split(' ')
                    .map(|word| fill(word).map(Text::from))
                    .collect();
                let Some(words) = words else { continue };
                let of = fill(row.of).filter(|of| !of.is_empty()).map(Text::from);
                let said = row.follow.split(" --").next().unwrap_or(row.follow);
                commands.push(self.command(&words, region, Wish::Kept(said.into(), of)));
            }
        }
        commands
    }

    /// Keeps an answer, or the code of an error, in a wrapper that says of what it is.
    fn keep(&mut self, command: &str, of: Option<&Text>, answer: Result<&Node, &str>) {
        let mut line = json!({ "AwsCli": command });
        if let Some(of) = of {
            line["Of"] = json!(**of);
        }
        if let Some(account) = &self.account {
            line["Account"] = json!(**account);
        }
        match answer {
            Ok(node) => {
                let output = serde_json::from_str(&node.to_json()).unwrap_or(Value::Null);
                line["Output"] = output;
            }
            Err(code) => line["Error"] = json!(code),
        }
        self.lines.push(line.to_string());
    }

    fn parents(&mut self, child: &str) -> Option<Command> {
        let fresh = self.asked.insert(child.into());
        let words = format!("organizations list-parents --child-id {child}");
        fresh.then(|| self.plain(&words, Wish::Above(child.into())))
    }

    /// What follows from an answer, which is kept where it is wanted later.
    fn answered(&mut self, wish: Wish, node: &Node) -> (Heard, Vec<Command>) {
        let text = |key: &str| node.get(key).and_then(Node::text);
        let elements = |at: &str| node.find(at).map(Node::list).unwrap_or_default();
        match wish {
            Wish::Caller => match text("Account").filter(|account| is_account(account)) {
                Some(account) => {
                    self.account = Some(account.into());
                    (Heard::Kept, self.of_account(account))
                }
                None => (Heard::Failed("its answer names no account".into()), Vec::new()),
            },
            Wish::Regions => {
                let regions = elements("/Regions").iter();
                let regions: Vec<&str> = regions.filter_map(|one| one.get("RegionName")?.text()).collect();
                let commands = regions.iter().flat_map(|region| self.of_region(region)).collect();
                (Heard::Kept, commands)
            }
            Wish::Details => {
                self.details = Some(node.to_json());
                (Heard::Kept, Vec::new())
            }
            Wish::Report if text("State") != Some("COMPLETE") => {
                // It takes a few seconds; each further question waits for one round trip.
                let command = self.plain("iam generate-credential-report", Wish::Report);
                (Heard::Nothing, vec![command])
            }
            Wish::Report => (
                Heard::Kept,
                vec![self.plain("iam get-credential-report", Wish::ReportText)],
            ),
            Wish::ReportText => {
                let bytes =
                    text("Content").and_then(|text| data_encoding::BASE64.decode(text.as_bytes()).ok());
                self.report = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
                match self.report {
                    Some(_) => (Heard::Kept, Vec::new()),
                    None => (Heard::Failed("its answer cannot be read".into()), Vec::new()),
                }
            }
            Wish::List(list, region) => {
                let commands = self.each(node, list, region.as_deref());
                let heard = if commands.is_empty() {
                    Heard::Nothing
                } else {
                    Heard::Kept
                };
                (heard, commands)
            }
            Wish::Kept(command, of) => {
                self.keep(&command, of.as_ref(), Ok(node));
                (Heard::Kept, Vec::new())
            }
            Wish::Nodes(at) => {
                self.keep(
                    if at == "/Roots" {
                        "organizations list-roots"
                    } else {
                        "organizations list-accounts"
                    },
                    None,
                    Ok(node),
                );
                let below = elements(at).iter().filter(|_| at == "/Accounts");
                let ids: Vec<&str> = below.filter_map(|one| one.get("Id")?.text()).collect();
                (
                    Heard::Kept,
                    ids.iter().filter_map(|id| self.parents(id)).collect(),
                )
            }
            Wish::Above(child) => {
                self.keep("organizations list-parents", Some(&child), Ok(node));
                let units = elements("/Parents").iter();
                let units =
                    units.filter(|one| one.get("Type").and_then(Node::text) == Some("ORGANIZATIONAL_UNIT"));
                let ids: Vec<&str> = units.filter_map(|one| one.get("Id")?.text()).collect();
                (
                    Heard::Kept,
                    ids.iter().filter_map(|id| self.parents(id)).collect(),
                )
            }
            Wish::Policies(command) => {
                self.keep(&command, None, Ok(node));
                let ids = elements("/Policies")
                    .iter()
                    .filter_map(|one| one.get("Id")?.text());
                let ids: Vec<&str> = ids.collect();
                let mut commands = Vec::new();
                for id in ids {
                    let targets = "organizations list-targets-for-policy";
                    let words = format!("{targets} --policy-id {id}");
                    commands.push(self.plain(&words, Wish::Kept(targets.into(), Some(id.into()))));
                    let words = format!("organizations describe-policy --policy-id {id}");
                    let told = Wish::Kept("organizations describe-policy".into(), Some(id.into()));
                    commands.push(self.plain(&words, told));
                }
                (Heard::Kept, commands)
            }
        }
    }
}

/// The code of the error that the client tells, such as `AccessDenied`.
fn code(complaint: &str) -> Option<&str> {
    let (_, rest) = complaint.split_once("An error occurred (")?;
    let (code, _) = rest.split_once(')')?;
    code.chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '.')
        .then_some(code)
}

/// Errors by which AWS says that there is nothing of this.
fn is_nothing(code: &str) -> bool {
    code.starts_with("NoSuch")
        || code.ends_with("NotFoundException")
        || code.ends_with("NotFound")
        || code == "AWSOrganizationsNotInUseException"
}

impl Collector for AccountCollector {
    fn clients(&self) -> &'static [&'static str] {
        &["aws"]
    }

    fn begin(&mut self) -> Vec<Command> {
        vec![self.plain("sts get-caller-identity", Wish::Caller)]
    }

    fn hear(&mut self, command: &Command, answer: Result<&[u8], &str>) -> (Heard, Vec<Command>) {
        let Some(wish) = self.wishes.get(&command.name).cloned() else {
            return (Heard::Nothing, Vec::new());
        };
        let bytes = match answer {
            Ok(bytes) => bytes,
            Err(complaint) => {
                let Some(code) = code(complaint) else {
                    return (Heard::Failed("the client failed".into()), Vec::new());
                };
                // What could not be read is not known; what is not there is known.
                if let Wish::Kept(command, of @ Some(_)) = &wish {
                    self.keep(command, of.as_ref(), Err(code));
                }
                let heard = match is_nothing(code) {
                    true => Heard::Nothing,
                    false => Heard::Failed(code.into()),
                };
                return (heard, Vec::new());
            }
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
            Some(node) => self.answered(wish, node),
            // Some services print nothing where there is no policy.
            None => {
                if let Wish::Kept(command, of @ Some(_)) = &wish {
                    self.keep(command, of.as_ref(), Err("ResourceNotFoundException"));
                }
                (Heard::Nothing, Vec::new())
            }
        }
    }

    fn files(self: Box<Self>) -> Vec<(Text, String)> {
        let mut files: Vec<(Text, String)> = Vec::new();
        files.extend(
            self.details
                .map(|text| ("account-authorization-details.json".into(), text + "\n")),
        );
        // Without users and roles nobody can tell who may do what.
        if files.is_empty() {
            return files;
        }
        files.extend(self.report.map(|text| ("credential-report.csv".into(), text)));
        if !self.lines.is_empty() {
            files.push(("outputs.jsonl".into(), self.lines.join("\n") + "\n"));
        }
        files
    }

    fn least(&self) -> Option<String> {
        let mut actions: BTreeSet<&str> = ALWAYS.into_iter().collect();
        for row in rows() {
            actions.extend(row.needs.split(' '));
        }
        let policy = json!({ "Version": "2012-10-17", "Statement": [
            { "Sid": "CollectWhatAnswersNeed", "Effect": "Allow", "Action": actions, "Resource": "*" } ] });
        serde_json::to_string_pretty(&policy).ok()
    }
}
