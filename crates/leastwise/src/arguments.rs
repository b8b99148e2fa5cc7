//! What several verbs are told in the same words, as typed, and what is made of it.

mod session;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use leastwise_effective::{Outcome, Reach, Unfound, World};
use leastwise_model::{IdentityIndex, Platform, Renaming, Settings, Text, stage};
use leastwise_permset::{Condition, Context, Guard, Key, Network, Strings, Test, Values};
use leastwise_report::answer::Word;

use crate::estate::{self, Estate, Imagined};
use crate::platforms::PLATFORMS;
use crate::problem::Problem;
use crate::terminal::Terminal;
pub use session::SessionArgument;

/// What is taken to be there although no export holds it.
#[derive(Args, Clone, Debug, Default)]
pub struct Assumed {
    /// Take what manifests lack of the default roles and bindings of this release of their platform to be as it comes with
    /// it (Kubernetes: 1.36); answers that rest on one say so
    #[arg(long = "assume-defaults", value_name = "VERSION", value_parser = release)]
    pub defaults: Option<Text>,
}

/// A release whose defaults some platform knows.
fn release(typed: &str) -> Result<Text, String> {
    let known: Vec<(&str, &str)> = PLATFORMS
        .iter()
        .flat_map(|platform| {
            platform
                .default_releases()
                .into_iter()
                .map(|it| (platform.title(), it))
        })
        .collect();
    let wanted = typed.trim_start_matches(['v', 'V']);
    let same = |release: &str| {
        let rest = wanted.strip_prefix(release);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    match known.iter().find(|(_, release)| same(release)) {
        Some((_, release)) => Ok((*release).into()),
        None => {
            let known: Vec<String> = known
                .iter()
                .map(|(title, release)| format!("{title} {release}"))
                .collect();
            Err(format!(
                "the defaults that are known are those of {}",
                known.join(", ")
            ))
        }
    }
}

/// Which estate a question is about.
#[derive(Args, Debug)]
pub struct EstateArguments {
    /// Files or folders of native exports, or one snapshot [default: the nearest folder above that holds a
    /// leastwise.toml]
    #[arg(long = "in", value_name = "PATH")]
    inputs: Vec<PathBuf>,

    #[command(flatten)]
    assumed: Assumed,

    /// Take nothing for granted: input that cannot be read ends the run, and an answer that rests on an assumption
    /// is unknown and ends with exit code 5
    #[arg(long)]
    pub strict: bool,

    /// Tell the stages (production, development …) of identities of which neither leastwise.toml nor labels nor their
    /// account or cluster do by names
    #[arg(long)]
    pub tag_environment: bool,

    /// What was read just now instead, by name of a file that was never written.
    #[arg(skip)]
    pub live: Option<Vec<(String, String)>>,
}

impl EstateArguments {
    /// Reads the estate and makes it ready for questions.
    pub fn world(&self, terminal: &Terminal) -> Result<World, Problem> {
        Ok(self.world_and_settings(terminal)?.0)
    }

    /// The same with what its owners say about it.
    pub fn world_and_settings(&self, terminal: &Terminal) -> Result<(World, Settings), Problem> {
        let mut estate = match &self.live {
            None => open(&self.inputs, &self.assumed, self.strict, terminal)?,
            Some(files) => {
                let unit = files.first().and_then(|(path, _)| path.split('/').next());
                let contents = files
                    .iter()
                    .map(|(path, content)| (path.clone(), content.as_bytes()));
                let settings = Settings {
                    defaults: self.assumed.defaults.clone(),
                    ..Settings::default()
                };
                estate::load_embedded(unit.unwrap_or_default(), contents, settings, PLATFORMS)?
            }
        };
        if self.tag_environment {
            stage::tell_by_names(&mut estate.snapshot);
        }
        Ok((World::new(estate.snapshot, PLATFORMS), estate.settings))
    }

    /// The same estate with something called otherwise. What is odd about it is not told again.
    ///
    /// # Errors
    /// Where it is a snapshot: what tokens say is told already there.
    pub fn world_renamed(&self, renaming: &Renaming) -> Result<World, Problem> {
        Ok(World::new(self.renamed(renaming)?.snapshot, PLATFORMS))
    }

    /// Whether something of the estate is called as a renaming begins.
    ///
    /// # Errors
    /// As [`EstateArguments::world_renamed`].
    pub fn names(&self, renaming: &Renaming) -> Result<bool, Problem> {
        let snapshot = self.renamed(renaming)?.snapshot;
        Ok(snapshot.issuers.iter().any(|issuer| !issuer.takers.is_empty()))
    }

    fn renamed(&self, renaming: &Renaming) -> Result<Estate, Problem> {
        let defaults = self.assumed.defaults.clone();
        let estate = estate::load(
            &self.inputs,
            defaults,
            Imagined::Renamed(renaming.clone()),
            PLATFORMS,
        )?;
        match estate.kept {
            true => Err(Problem::usage("in a snapshot nothing can be called otherwise")
                .hint("give the exports that it was made of")),
            false => Ok(estate),
        }
    }
}

/// Reads an estate and tells what is odd about it.
pub fn open(
    inputs: &[PathBuf],
    assumed: &Assumed,
    strict: bool,
    terminal: &Terminal,
) -> Result<Estate, Problem> {
    let estate = estate::load(inputs, assumed.defaults.clone(), Imagined::Nothing, PLATFORMS)?;
    estate::tell(&estate, terminal);
    if strict {
        estate::insist(&estate)?;
    }
    Ok(estate)
}

/// How output looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For reading, as wide as the terminal; the default there
    Table,
    /// Tab-separated values without a header; the default in a pipe
    Plain,
    /// One JSON document; `leastwise schema` has its JSON Schema
    Json,
    /// One JSON document for each row
    Jsonl,
    /// Comma-separated values with a header, for spreadsheets
    Csv,
}

/// How output looks, as typed.
#[derive(Args, Debug)]
pub struct FormatArguments {
    /// How to print the answer [default: table on a terminal, plain in a pipe]
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<Format>,
}

impl FormatArguments {
    /// The form to print.
    pub fn chosen(&self, terminal: &Terminal) -> Format {
        self.format.unwrap_or(if terminal.interactive {
            Format::Table
        } else {
            Format::Plain
        })
    }
}

/// How text or JSON output looks, where there is no table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TextFormat {
    /// For reading
    #[default]
    Table,
    /// One JSON document; `leastwise schema` has its JSON Schema
    Json,
}

/// Under which circumstances.
#[derive(Args, Debug)]
pub struct ContextArguments {
    /// What the request's context holds: KEY=VALUE, KEY=V1,V2 for several values, KEY= for none, KEY! for a key that
    /// is absent, KEY!=V1,V2 for one that holds none of these or is absent; a comma within a value is written \,. Repeat
    /// for further keys or values. A key that is not given is open: what the caller can choose is taken as favorable, what the world sets makes the answer `when`
    #[arg(long = "context", value_name = "KEY=VALUE")]
    context: Vec<String>,
}

/// Keys whose values are given, and keys given as absent.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// With their values.
    pub known: Context,
    /// Absent.
    pub absent: BTreeSet<Key>,
    /// What else holds.
    pub given: Guard,
}

impl ContextArguments {
    /// The circumstances, with keys in the spelling of a platform.
    pub fn circumstances(&self, platform: Option<&dyn Platform>) -> Result<Circumstances, Problem> {
        let mut found = Circumstances::default();
        for typed in &self.context {
            let key = |name: &str| platform.map_or_else(|| Key::new(name), |platform| platform.key(name));
            if let Some((name, values)) = typed.split_once("!=") {
                let key = key(name);
                let values = values_of(values);
                // Addresses are left out by blocks, too.
                let one = |value: &str| match (Network::parse(value), value.split_once('/')) {
                    (Some(_), Some((address, _))) => address.to_owned(),
                    _ => value.to_owned(),
                };
                let objection = values
                    .iter()
                    .find_map(|value| platform?.value_objection(&key, &one(value)));
                if let Some(objection) = objection {
                    return Err(Problem::usage(objection.to_string()));
                }
                if name.is_empty() || found.known.get(&key).is_some() || found.absent.contains(&key) {
                    return Err(contradicts(typed));
                }
                found.given = lacking(found.given, &key, &values);
            } else if let Some((name, values)) = typed.split_once('=') {
                let key = key(name);
                let mut all: Values = found.known.get(&key).cloned().unwrap_or_default();
                values_of(values).into_iter().for_each(|value| all.insert(value));
                let lacks = found
                    .given
                    .literals()
                    .iter()
                    .any(|it| it.condition.key() == Some(&key));
                if name.is_empty() || lacks || found.absent.contains(&key) {
                    return Err(contradicts(typed));
                }
                let mut values = all.iter();
                let objection = values.find_map(|value| platform?.value_objection(&key, value));
                if let Some(objection) = objection {
                    return Err(Problem::usage(objection.to_string()));
                }
                found.known.set(key, all);
            } else if let Some(name) = typed.strip_suffix('!').filter(|name| !name.is_empty()) {
                let key = key(name);
                if found.known.get(&key).is_some() {
                    return Err(contradicts(typed));
                }
                found.absent.insert(key);
            } else {
                return Err(
                    Problem::usage(format!("`--context {typed}` is neither KEY=VALUE nor KEY!"))
                        .hint(
                            "write KEY=VALUE, KEY=V1,V2, KEY= for no value, KEY! for an absent key, or KEY!=VALUE for any \
                             other value or none",
                        ),
                );
            }
        }
        Ok(found)
    }
}

/// The same where a key holds none of these values as well, in any spelling of a truth and of a block of addresses.
fn lacking(given: Guard, key: &Key, values: &[Box<str>]) -> Guard {
    let mut literals = given.literals().to_vec();
    for value in values {
        let truth = ["true", "false"]
            .into_iter()
            .find(|truth| value.eq_ignore_ascii_case(truth));
        let block = Network::parse(value).map(|block| Test::Network([block].into()));
        let tests = [
            Some(Test::Text(Strings::literal(value))),
            truth.map(|truth| Test::Truth(truth == "true")),
            block,
        ];
        let some = tests
            .into_iter()
            .flatten()
            .map(|test| Condition::Some(key.clone(), test));
        literals.extend(some.map(Condition::fails));
    }
    Guard::all_of(literals)
}

fn contradicts(typed: &str) -> Problem {
    Problem::usage(format!(
        "`--context {typed}` names no key, or one of which another `--context` says otherwise"
    ))
}

/// Values between commas; `\,` is a comma.
fn values_of(text: &str) -> Vec<Box<str>> {
    let mut values = Vec::new();
    let mut value = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&',') => {
                chars.next();
                value.push(',');
            }
            ',' => values.push(std::mem::take(&mut value).into_boxed_str()),
            c => value.push(c),
        }
    }
    if !values.is_empty() || !value.is_empty() {
        values.push(value.into_boxed_str());
    }
    values
}

/// How far to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReachArgument {
    /// Only what the identity can do as itself
    Direct,
    /// Also by becoming others, and by granting itself more
    #[default]
    Any,
}

impl From<ReachArgument> for Reach {
    fn from(typed: ReachArgument) -> Self {
        match typed {
            ReachArgument::Direct => Self::Direct,
            ReachArgument::Any => Self::Any,
        }
    }
}

/// The answer that a script expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Expected {
    /// It can
    Yes,
    /// It cannot
    No,
    /// It can under a condition
    When,
    /// Nobody can tell
    Unknown,
}

impl Expected {
    /// Whether the outcome is this one.
    pub fn met_by(self, outcome: &Outcome) -> bool {
        let word = match self {
            Self::Yes => Word::Yes,
            Self::No => Word::No,
            Self::When => Word::When,
            Self::Unknown => Word::Unknown,
        };
        Word::of(outcome) == word
    }
}

/// The identity that people call `name`, or the end of its name.
pub fn identity(world: &World, name: &str) -> Result<IdentityIndex, Problem> {
    world
        .find_suffix(name)
        .map_err(|unfound| unfound_words(name, &unfound))
}

/// Why a name leads nowhere.
pub fn unfound_words(name: &str, unfound: &Unfound) -> Problem {
    match unfound {
        Unfound::Nobody { nearest } if nearest.is_empty() => {
            Problem::usage(format!("no identity is called `{name}`"))
                .hint("`leastwise identities` lists them all")
        }
        Unfound::Nobody { nearest } => Problem::usage(format!("no identity is called `{name}`"))
            .hint(format!("did you mean {}?", nearest.join(" or "))),
        Unfound::Several { ids } => {
            Problem::usage(format!("`{name}` could be any of {}", crate::text::few(ids)))
                .hint("use the whole id")
        }
    }
}

/// What the platform of `identity` objects to in a question; nothing where it makes sense. An identity may come to act
/// on another platform by becoming somebody there: then it is enough that one platform of the estate knows such
/// requests.
pub fn objection(
    world: &World,
    identity: IdentityIndex,
    action: &str,
    resource: &str,
    reach: Reach,
) -> Result<(), Problem> {
    let Some(own) = world.platform_of(identity) else {
        return Ok(());
    };
    let Some(objection) = own.objection(action, resource) else {
        return Ok(());
    };
    let elsewhere = reach == Reach::Any
        && PLATFORMS.iter().any(|platform| {
            platform.name() != own.name()
                && world
                    .snapshot()
                    .instances
                    .iter()
                    .any(|instance| instance.platform == platform.name())
                && platform.objection(action, resource).is_none()
        });
    if elsewhere {
        Ok(())
    } else {
        Err(Problem::usage(objection.to_string()))
    }
}

/// Whether a person means more than one request by this text.
pub fn is_pattern(text: &str) -> bool {
    text.contains('*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circumstances(typed: &[&str]) -> Result<Circumstances, Problem> {
        ContextArguments {
            context: typed.iter().map(ToString::to_string).collect(),
        }
        .circumstances(None)
    }

    #[test]
    fn context_says_values_none_and_absent() {
        let found = circumstances(&["a=1,2", "a=3", "b=", "c!", "d=x\\,y"]).expect("well formed");
        let values = |key: &str| {
            found
                .known
                .get(&Key::new(key))
                .map(|values| values.iter().map(|v| &**v).collect::<Vec<_>>())
        };
        assert_eq!(values("a"), Some(vec!["1", "2", "3"]));
        assert_eq!(values("b"), Some(vec![]));
        assert_eq!(values("d"), Some(vec!["x,y"]));
        assert!(found.absent.contains(&Key::new("c")));
    }

    #[test]
    fn values_are_left_out_however_they_are_spelled() {
        let given = circumstances(&["a!=true", "b!=10.0.0.0/8,x"])
            .expect("well formed")
            .given;
        let holds = |key: &str, value: &str| {
            let context = Context::new().with(Key::new(key), [value]);
            given.evaluate(&context, &leastwise_permset::Answers::none())
        };
        assert!(!holds("a", "true") && !holds("a", "TRUE") && holds("a", "false"));
        assert!(!holds("b", "10.1.2.3") && !holds("b", "x") && holds("b", "11.0.0.0"));
        assert!(given.evaluate(&Context::new(), &leastwise_permset::Answers::none()));
    }

    #[test]
    fn context_that_contradicts_itself_is_refused() {
        assert!(circumstances(&["a=1", "a!"]).is_err());
        assert!(circumstances(&["a!", "a=1"]).is_err());
        assert!(circumstances(&["a!=1", "a=2"]).is_err());
        assert!(circumstances(&["a=2", "a!=1"]).is_err());
        assert!(circumstances(&["=1"]).is_err());
        assert!(circumstances(&["!=1"]).is_err());
        assert!(circumstances(&["a"]).is_err());
    }
}
