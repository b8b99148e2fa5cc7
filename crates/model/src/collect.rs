//! How exports of a platform are read through its own client, without any process here.
//!
//! A platform says which read-only commands to run and what to keep of their answers. Whoever runs them knows nothing else:
//! so what may be asked is data of the platform, and what is a secret never leaves the collector that heard it.

use crate::Text;

/// What is to be collected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The product, as people call it: one of those that the platform names.
    pub product: Text,
    /// The parts to be read, such as databases or namespaces; all where there are none.
    pub within: Vec<Text>,
    /// What the user gives every call of the client besides.
    pub arguments: Vec<Text>,
}

/// One read-only command of a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// What it asks for, as people are told.
    pub name: Text,
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
}

/// Asks one server for what answers need.
pub trait Collector {
    /// Programs that can ask, the usual one first.
    fn clients(&self) -> &'static [&'static str];
    /// The commands to begin with.
    fn begin(&mut self) -> Vec<Command>;
    /// Takes what a client printed, or in an error what it complained of; and says which commands follow from it.
    fn hear(&mut self, command: &Command, answer: Result<&[u8], &str>) -> (Heard, Vec<Command>);
    /// The least policy, in the platform's own language, with which all of it can be asked; `None` where there is none to
    /// give.
    fn least(&self) -> Option<String> {
        None
    }
    /// What to keep: names of files, and their content.
    fn files(self: Box<Self>) -> Vec<(Text, String)>;
}
