//! Reads owners and their repositories through the user's own `gh`, which prints answers as the REST API gives them.
//!
//! What is asked stands in `data/collect.tsv`, with the fields that are kept and the permission that each question needs;
//! everything else is forgotten as soon as it is heard. Values of secrets cannot be asked for. Of workflows is kept what
//! they say of events, permissions, environments, calls and actions, and of any other text only its expressions: a password
//! that stands in a command does not come along.

mod answers;
mod table;
mod workflows;

use std::collections::{BTreeMap, BTreeSet};

use leastwise_document::{Node, Position, Value};
use leastwise_model::{Collector, Command, Heard, Least, Text, Wanted};

use answers::{cut, elements, whole};
use table::{Row, rows};

/// What is kept of a repository itself.
const REPOSITORY: [&str; 9] = [
    "id",
    "full_name",
    "owner.id",
    "default_branch",
    "visibility",
    "private",
    "created_at",
    "archived",
    "allow_forking",
];

/// What an answer is for.
#[derive(Clone, Debug)]
enum Wish {
    /// The organizations of whoever asks.
    Organizations,
    /// Whether an owner is an organization.
    Owner(Text),
    /// The repositories of an owner.
    Repositories(Text),
    /// One repository.
    Repository(Text, Text),
    /// What a row of the table asks, of an owner and a repository; and its path as people write it.
    Row(Row, Text, Text, Text),
    /// The names of workflows.
    Workflows(Text, Text),
    /// One workflow, by the name of its file.
    Workflow(Text, Text, Text),
}

/// Collects what one login sees.
pub(crate) struct GitHubCollector {
    wanted: Wanted,
    wishes: BTreeMap<Text, Wish>,
    /// By path: what was kept, as JSON.
    answers: BTreeMap<String, String>,
    /// Folders of checkouts with their workflows.
    checkouts: BTreeMap<Text, BTreeMap<Text, String>>,
    /// Repositories that were asked for.
    asked: BTreeSet<Text>,
}

impl GitHubCollector {
    pub(crate) fn new(wanted: &Wanted) -> Self {
        Self {
            wanted: wanted.clone(),
            wishes: BTreeMap::new(),
            answers: BTreeMap::new(),
            checkouts: BTreeMap::new(),
            asked: BTreeSet::new(),
        }
    }

    fn command(&mut self, path: &str, wish: Wish) -> Command {
        let mut arguments: Vec<Text> = vec!["api".into(), "--method".into(), "GET".into()];
        if path.contains("per_page=") {
            arguments.push("--paginate".into());
        }
        if matches!(wish, Wish::Workflow(..)) {
            arguments.extend([
                "--header".into(),
                "Accept: application/vnd.github.raw+json".into(),
            ]);
        }
        arguments.extend(self.wanted.arguments.iter().cloned());
        arguments.push(path.into());
        self.wishes.insert(path.into(), wish);
        Command {
            name: path.into(),
            arguments,
            ..Command::default()
        }
    }

    /// What is asked of an owner who is wanted, all of whose repositories are where none is named.
    fn owner(&mut self, owner: &str) -> Command {
        self.command(&format!("users/{owner}"), Wish::Owner(owner.into()))
    }

    fn repository(&mut self, owner: &str, name: &str) -> Option<Command> {
        let fresh = is_name(owner) && is_name(name) && self.asked.insert(format!("{owner}/{name}").into());
        let wish = Wish::Repository(owner.into(), name.into());
        fresh.then(|| self.command(&format!("repos/{owner}/{name}"), wish))
    }

    fn of(&mut self, kind: &str, owner: &str, name: &str, element: &str) -> Vec<Command> {
        let mut commands = Vec::new();
        for row in rows().filter(|row| row.of == kind) {
            let path = row.path.replace("{o}", owner).replace("{r}", name);
            let said = path.split('?').next().unwrap_or_default().replace("{x}", element);
            let path = path.replace("{x}", &encoded(element));
            let wish = Wish::Row(row, owner.into(), name.into(), said.into());
            commands.push(self.command(&path, wish));
        }
        commands
    }

    /// Keeps an answer under its path without what says how much of it was wanted.
    fn keep(&mut self, path: &str, json: String) {
        let plain = path.split_once('?').map_or(path, |(plain, _)| plain);
        self.answers.insert(plain.to_owned(), json);
    }

    fn wanted_of(&self, owner: &str) -> Vec<Text> {
        let wanted = self.wanted.within.iter().filter_map(|name| name.split_once('/'));
        wanted
            .filter(|(whose, _)| *whose == owner)
            .map(|(_, name)| name.into())
            .collect()
    }

    fn answered(&mut self, path: &str, wish: Wish, node: &Node) -> (Heard, Vec<Command>) {
        let text = |key: &str| node.get(key).and_then(Node::text);
        match wish {
            Wish::Organizations => {
                let logins = node.list().iter().filter_map(|one| one.get("login")?.text());
                let logins: Vec<&str> = logins.filter(|login| is_name(login)).collect();
                (
                    Heard::Kept,
                    logins.iter().map(|login| self.owner(login)).collect(),
                )
            }
            Wish::Owner(owner) => {
                let mut commands = Vec::new();
                let organization = text("type") == Some("Organization");
                if organization {
                    commands.extend(self.of("organization", &owner, "", ""));
                }
                let named = self.wanted_of(&owner);
                if named.is_empty() {
                    let whose = if organization { "orgs" } else { "users" };
                    let list = format!("{whose}/{owner}/repos?per_page=100");
                    commands.push(self.command(&list, Wish::Repositories(owner)));
                } else {
                    commands.extend(named.iter().filter_map(|name| self.repository(&owner, name)));
                }
                self.keep(path, cut(node, &["id", "login"]).to_json());
                (Heard::Kept, commands)
            }
            Wish::Repositories(owner) => {
                self.keep(path, cut(node, &["id", "full_name", "archived"]).to_json());
                let names = node.list().iter().filter_map(|one| one.get("name")?.text());
                let names: Vec<&str> = names.collect();
                let commands = names.iter().filter_map(|name| self.repository(&owner, name));
                (Heard::Kept, commands.collect())
            }
            Wish::Repository(owner, name) => {
                self.keep(path, cut(node, &REPOSITORY).to_json());
                let folder = Text::from(format!("{owner}/{name}"));
                self.checkouts.entry(folder).or_default();
                // Where nothing runs and nothing can be changed there is no more to know.
                if node.get("archived").and_then(Node::boolean) == Some(true) {
                    return (Heard::Kept, Vec::new());
                }
                let mut commands = self.of("repository", &owner, &name, "");
                let kind = match text("visibility") {
                    Some("public") => "public",
                    _ => "private",
                };
                commands.extend(self.of(kind, &owner, &name, ""));
                let list = format!("repos/{owner}/{name}/contents/.github/workflows");
                commands.push(self.command(&list, Wish::Workflows(owner, name)));
                (Heard::Kept, commands)
            }
            Wish::Row(row, owner, name, said) => {
                let fields: Vec<&str> = row.kept.split(',').collect();
                self.answers
                    .insert(said.to_string(), cut(node, &fields).to_json());
                let mut commands = Vec::new();
                if let Some((kind, at)) = row.each.split_once(':') {
                    for element in elements(node, at) {
                        commands.extend(self.of(kind, &owner, &name, &element));
                    }
                }
                (Heard::Kept, commands)
            }
            Wish::Workflows(owner, name) => {
                let names = node.list().iter().filter_map(|one| one.get("name")?.text());
                let names: Vec<&str> = names.filter(|file| workflows::is_file(file)).collect();
                let mut commands = Vec::new();
                for file in names {
                    let path = format!("{path}/{}", encoded(file));
                    let wish = Wish::Workflow(owner.clone(), name.clone(), file.into());
                    commands.push(self.command(&path, wish));
                }
                (Heard::Kept, commands)
            }
            Wish::Workflow(owner, name, file) => {
                let folder = Text::from(format!("{owner}/{name}"));
                let kept = workflows::without_texts(node);
                self.checkouts.entry(folder).or_default().insert(file, kept);
                (Heard::Kept, Vec::new())
            }
        }
    }

    /// The host that answers.
    fn host(&self) -> Text {
        let words = &self.wanted.arguments;
        let mut pairs = words.iter().zip(words.iter().skip(1));
        let behind = pairs
            .find(|(word, _)| &***word == "--hostname")
            .map(|(_, host)| host.clone());
        let joined = words
            .iter()
            .find_map(|word| word.strip_prefix("--hostname=").map(Text::from));
        behind.or(joined).unwrap_or_else(|| "github.com".into())
    }
}

/// Whether a text can be a name of an owner or a repository.
fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !text.is_empty() && text.chars().all(plain) && !text.starts_with('.')
}

/// A part of a path. An option cannot come of it, since every path begins with a word of ours.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The status that the client tells, such as 404.
fn status(complaint: &str) -> Option<u16> {
    let (_, rest) = complaint.split_once("(HTTP ")?;
    rest.split_once(')')?.0.parse().ok()
}

impl Collector for GitHubCollector {
    fn clients(&self) -> &'static [&'static str] {
        &["gh"]
    }

    fn begin(&mut self) -> Vec<Command> {
        let owners = self.wanted.within.iter();
        let owners: BTreeSet<Text> = owners
            .map(|name| name.split('/').next().unwrap_or_default().into())
            .filter(|owner: &Text| is_name(owner))
            .collect();
        if self.wanted.within.is_empty() {
            return vec![self.command("user/orgs?per_page=100", Wish::Organizations)];
        }
        owners.iter().map(|owner| self.owner(owner)).collect()
    }

    fn hear(&mut self, command: &Command, answer: Result<&[u8], &str>) -> (Heard, Vec<Command>) {
        let Some(wish) = self.wishes.remove(&command.name) else {
            return (Heard::Nothing, Vec::new());
        };
        let bytes = match answer {
            Ok(bytes) => bytes,
            Err(complaint) => {
                let Some(code) = status(complaint) else {
                    return (Heard::Failed("the client failed".into()), Vec::new());
                };
                // A folder that is not there, and a branch that no rule of its own protects, are told by their absence.
                let absent = code == 404 && matches!(wish, Wish::Workflows(..));
                let bare = code == 404 && complaint.contains("Branch not protected");
                if let Wish::Row(.., said) = &wish {
                    let what = if bare { "Branch not protected" } else { "refused" };
                    let told = format!("{{\"message\":\"{what}\",\"status\":\"{code}\"}}");
                    self.answers.insert(said.to_string(), told);
                }
                let heard = match absent || bare {
                    true => Heard::Nothing,
                    false => Heard::Failed(format!("the server answers with status {code}").into()),
                };
                return (heard, Vec::new());
            }
        };
        match whole(bytes) {
            Some(node) => self.answered(&command.name, wish, &node),
            None => (Heard::Failed("its answer cannot be read".into()), Vec::new()),
        }
    }

    fn files(self: Box<Self>) -> Vec<(Text, String)> {
        if self.checkouts.is_empty() {
            return Vec::new();
        }
        let quoted = |text: &str| Node {
            at: Position { line: 1, column: 1 },
            value: Value::Text(text.into()),
        };
        let pair = |(key, json): (&str, String)| format!("  {}: {json}", quoted(key).to_json());
        let checkouts = self
            .checkouts
            .keys()
            .map(|folder| (&**folder, quoted(folder).to_json()));
        let checkouts: Vec<String> = checkouts.map(pair).collect();
        let answers = self
            .answers
            .iter()
            .map(|(path, json)| (path.as_str(), json.clone()));
        let answers: Vec<String> = answers.map(pair).collect();
        let export = format!(
            "{{\"leastwise\": \"github-export/v1\", \"host\": {},\n \"checkouts\": {{\n{}\n }},\n \"responses\": {{\n{}\n }}}}\n",
            quoted(&self.host()).to_json(),
            checkouts.join(",\n"),
            answers.join(",\n")
        );
        let mut files = vec![(Text::from("github.json"), export)];
        for (folder, workflows) in self.checkouts {
            for (file, content) in workflows {
                files.push((format!("{folder}/.github/workflows/{file}").into(), content));
            }
        }
        files
    }

    /// Permissions of a fine-grained token or an App, all of them to read.
    fn least(&self) -> Vec<Least> {
        let mut needs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        needs
            .entry("repository")
            .or_default()
            .extend(["contents", "metadata"]);
        for (whose, permission) in rows().filter_map(|row| row.permission.split_once(':')) {
            needs.entry(whose).or_default().insert(permission);
        }
        let told = needs.iter().map(|(whose, permissions)| {
            let all: Vec<String> = permissions
                .iter()
                .map(|permission| format!("    \"{permission}\": \"read\""))
                .collect();
            format!("  \"{whose}\": {{\n{}\n  }}", all.join(",\n"))
        });
        let told: Vec<String> = told.collect();
        vec![Least {
            title: "for the login".into(),
            policy: format!("{{\n{}\n}}", told.join(",\n")),
        }]
    }
}
