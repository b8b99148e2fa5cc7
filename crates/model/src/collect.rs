//! How exports of a platform are read through its own client, without any process here.
//!
//! A platform says which read-only commands to run and what to keep of their answers. Whoever runs them knows nothing else:
//! so what may be asked is data of the platform, and what is a secret never leaves the collector that heard it.

use std::collections::BTreeMap;
use std::fmt;

use crate::Text;

/// What is to be collected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The product, as people call it: one of those that the platform names.
    pub product: Text,
    /// The parts to be read, such as databases or namespaces; all where there are none.
    pub within: Vec<Text>,
    /// The accounts to be read, by a role that is taken on in each.
    pub accounts: Vec<Text>,
    /// The name of that role; where no account is named it is taken on in each that the server tells.
    pub role: Option<Text>,
    /// Logins that the client keeps under these names, one an account.
    pub profiles: Vec<Text>,
    /// Whether each identity is asked about what it used last.
    pub last_use: bool,
    /// What the user gives every call of the client besides.
    pub arguments: Vec<Text>,
}

/// What can be wanted of some products only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Accounts by their names.
    Accounts,
    /// A role that is taken on in each account.
    Role,
    /// Logins that the client keeps.
    Profiles,
    /// What identities used last.
    LastUse,
}

impl Wanted {
    /// The choices that were made.
    #[must_use]
    pub fn choices(&self) -> Vec<Choice> {
        let made = [
            (!self.accounts.is_empty(), Choice::Accounts),
            (self.role.is_some(), Choice::Role),
            (!self.profiles.is_empty(), Choice::Profiles),
            (self.last_use, Choice::LastUse),
        ];
        made.into_iter()
            .filter(|(made, _)| *made)
            .map(|(_, choice)| choice)
            .collect()
    }
}

/// A text that is for a client alone: what shows a command does not show it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Text);

impl Secret {
    /// Keeps a text.
    pub fn new(text: impl Into<Text>) -> Self {
        Self(text.into())
    }

    /// The text, to be handed to a client.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("(not shown)")
    }
}

/// One read-only command of a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// The part of the whole that it asks about, as people are told: what was got of a part is not asked again when a
    /// collection is taken up. Empty where a collection has no parts, and for what every run has to ask.
    pub part: Text,
    /// What it asks for, as people are told.
    pub name: Text,
    /// Variables of its environment, beside those of the user.
    pub environment: Vec<(Text, Secret)>,
    /// Its arguments.
    pub arguments: Vec<Text>,
    /// What it reads from its standard input.
    pub input: &'static str,
}

/// What became of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It was kept.
    Kept,
    /// There is nothing of this.
    Nothing,
    /// It was refused or failed: in words of the collector's own, which hold no secret.
    Failed(Text),
    /// The server asks for patience: the same is to be asked again, each time after a longer while.
    Busy(Text),
    /// The answer is being made: likewise, and other questions need not wait.
    Unready(Text),
}

/// The least that lets a collection have all of it, in a platform's own language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Least {
    /// Whom it is for.
    pub title: Text,
    /// What to give.
    pub policy: String,
}

/// Asks one server for what answers need.
pub trait Collector {
    /// Programs that can ask, the usual one first.
    fn clients(&self) -> &'static [&'static str];
    /// The commands to begin with.
    fn begin(&mut self) -> Vec<Command>;
    /// Takes what a client printed, or in an error what it complained of; and says which commands follow from it.
    fn hear(&mut self, command: &Command, answer: Result<&[u8], &str>) -> (Heard, Vec<Command>);
    /// A question that it called busy or unready is asked no more, for this reason.
    fn gave_up(&mut self, _command: &Command, _why: &str) {}
    /// What it understands of what some products only can be asked.
    fn choices(&self) -> &'static [Choice] {
        &[]
    }
    /// Why what is wanted makes no sense; nothing where it may.
    fn objection(&self) -> Option<Text> {
        None
    }
    /// Takes up an earlier collection: its parts, and whether all of each was got. What was got is not asked again.
    fn resume(&mut self, _parts: &BTreeMap<Text, bool>) {}
    /// The least policies, in the platform's own language, with which all of it can be asked; none where there is none to
    /// give.
    fn least(&self) -> Vec<Least> {
        Vec::new()
    }
    /// What to keep of a part of which nothing more is asked: names of files, and their content.
    fn part(&mut self, _part: &str) -> Vec<(Text, String)> {
        Vec::new()
    }
    /// What to keep beside the parts: names of files, and their content.
    fn files(self: Box<Self>) -> Vec<(Text, String)>;
}
