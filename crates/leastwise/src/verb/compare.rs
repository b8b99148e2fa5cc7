//! `compare`: what differs between two policies, or between two estates?

use std::path::{Path, PathBuf};

use clap::Args;
use leastwise_document::{Fault, Limits};
use leastwise_effective::{Catalogued, Comparison, World, compare_sets};
use leastwise_model::{FileIndex, Location, Platform, PolicyReading, Remark, Text, format};
use leastwise_permset::Relation;
use leastwise_report::compare;

use crate::arguments::{self, Assumed, Format, FormatArguments};
use crate::exit::Exit;
use crate::platforms::PLATFORMS;
use crate::problem::Problem;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  leastwise compare old-policy.json new-policy.json
  leastwise compare last-month.snapshot exports/ --format json

NEW is equal, narrower, wider, incomparable or unknown; every difference comes with a request that proves it.";

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// A policy document, a folder of exports, or a snapshot
    old: PathBuf,
    /// The same kind of thing, later
    new: PathBuf,
    #[command(flatten)]
    assumed: Assumed,
    /// End with exit code 5 if the relation is unknown
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    format: FormatArguments,
}

/// Compares two policies where both files are such, else two estates.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let relation =
        match (policy(&typed.old)?, policy(&typed.new)?) {
            (Some(old), Some(new)) if old.0 == new.0 => policies(&old, &new, typed, terminal)?,
            (Some(_), Some(_)) => {
                return Err(Problem::usage("the two policies are of different platforms")
                    .hint("compare like with like"));
            }
            (None, None) => estates(typed, terminal)?,
            (Some(_), None) | (None, Some(_)) => {
                return Err(Problem::usage("one is a policy document, the other is not")
                    .hint("compare like with like"));
            }
        };
    Ok(if typed.strict && relation == Relation::Unknown {
        Exit::Unknown
    } else {
        Exit::Done
    })
}

/// The policy in a file with its platform's place in the list, if the file is a policy document.
fn policy(path: &Path) -> Result<Option<(usize, PolicyReading)>, Problem> {
    if path.is_dir() {
        return Ok(None);
    }
    let bytes = std::fs::read(path).map_err(|error| Problem::file(path, &error))?;
    if format::recognise(&bytes) {
        return Ok(None);
    }
    if let Some((at, policy)) = in_its_own_language(&bytes) {
        return whole(path, at, policy).map(Some);
    }
    let Document {
        policy: found,
        empty,
        lost,
    } = document(&bytes);
    if (found.is_some() || empty)
        && let Some(fault) = lost
    {
        // A policy that is read in part would be compared as if the rest did not exist.
        let at = fault.at;
        return Err(Problem::usage(format!(
            "{}:{}:{}: {fault}",
            path.display(),
            at.line,
            at.column
        )));
    }
    found.map(|(at, policy)| whole(path, at, policy)).transpose()
}

/// What one file of JSON or YAML says as a policy.
struct Document {
    policy: Option<(usize, PolicyReading)>,
    /// Whether it holds nothing at all.
    empty: bool,
    /// What of it could not be read.
    lost: Option<Fault>,
}

fn document(bytes: &[u8]) -> Document {
    let mut items = Vec::new();
    let faults = leastwise_document::read(bytes, &Limits::default(), &mut |item| items.push(item));
    let reading = |item| {
        let readings = PLATFORMS.iter().enumerate();
        readings
            .filter_map(|(at, platform)| Some((at, platform.policy(item)?)))
            .next()
    };
    let policy = match items.as_slice() {
        [only] => reading(only),
        _ => None,
    };
    Document {
        policy,
        empty: items.is_empty(),
        lost: faults.into_iter().find(Fault::loses),
    }
}

/// The policy that a file holds, with what could not be read of it among its remarks; `None` where it holds none.
pub fn reading(bytes: &[u8]) -> Option<(&'static dyn Platform, PolicyReading)> {
    let Document { policy, lost, .. } = document(bytes);
    let (at, mut policy) = in_its_own_language(bytes).or(policy)?;
    policy.remarks.extend(lost.map(|fault| Remark {
        location: Some(Location {
            file: FileIndex(0),
            line: fault.at.line,
            column: fault.at.column,
            pointer: fault.pointer.as_str().into(),
        }),
        what: fault.to_string().into(),
        hint: Text::default(),
        loses: true,
    }));
    Some((PLATFORMS.get(at).copied()?, policy))
}

/// A policy that is neither JSON nor YAML.
fn in_its_own_language(bytes: &[u8]) -> Option<(usize, PolicyReading)> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).ok()?;
    let readings = PLATFORMS.iter().enumerate();
    readings
        .filter_map(|(at, platform)| Some((at, platform.policy_text(text)?)))
        .next()
}

/// The policy, if all of it could be read.
fn whole(path: &Path, at: usize, policy: PolicyReading) -> Result<(usize, PolicyReading), Problem> {
    if let Some(remark) = policy.remarks.iter().find(|remark| remark.loses) {
        let place = remark
            .location
            .as_ref()
            .map(|at| format!(":{}:{}", at.line, at.column))
            .unwrap_or_default();
        return Err(
            Problem::usage(format!("{}{place}: {}", path.display(), remark.what))
                .hint(remark.hint.to_string()),
        );
    }
    Ok((at, policy))
}

fn policies(
    (at, old): &(usize, PolicyReading),
    (_, new): &(usize, PolicyReading),
    typed: &Arguments,
    terminal: &Terminal,
) -> Result<Relation, Problem> {
    let Some(platform) = PLATFORMS.get(*at).copied() else {
        return Err(Problem::internal("a policy of no platform"));
    };
    let allows = effective(platform, old, new);
    let silent = old.denies.is_plainly_empty() && new.denies.is_plainly_empty();
    let limits = leastwise_permset::Limits::default();
    let denies = (!silent).then(|| compare_sets(&old.denies, &new.denies, &Catalogued(platform), &limits));
    let text = match typed.format.chosen(terminal) {
        Format::Table => compare::text(&allows, denies.as_ref()),
        Format::Plain => compare::policy_table(&allows, denies.as_ref()).plain(),
        Format::Csv => compare::policy_table(&allows, denies.as_ref()).csv(),
        Format::Json => super::json("compare", compare::view(&allows, denies.as_ref()))?,
        Format::Jsonl => super::lines([compare::view(&allows, denies.as_ref())])?,
    };
    terminal.print(&text)?;
    Ok(allows.relation)
}

/// What each lets through, less what it refuses itself.
fn effective(platform: &'static dyn Platform, old: &PolicyReading, new: &PolicyReading) -> Comparison {
    let limits = leastwise_permset::Limits::default();
    let let_through = |policy: &PolicyReading| policy.allows.difference(&policy.denies);
    compare_sets(
        &let_through(old),
        &let_through(new),
        &Catalogued(platform),
        &limits,
    )
}

fn estates(typed: &Arguments, terminal: &Terminal) -> Result<Relation, Problem> {
    let world = |path: &PathBuf| -> Result<World, Problem> {
        let estate = arguments::open(std::slice::from_ref(path), &typed.assumed, typed.strict, terminal)?;
        Ok(World::new(estate.snapshot, PLATFORMS))
    };
    let (old, new) = (world(&typed.old)?, world(&typed.new)?);
    let changes = new.changes_since(&old);
    let text = match typed.format.chosen(terminal) {
        Format::Table => compare::changes_text(&old, &new, &changes, terminal.width),
        Format::Plain => compare::table(&old, &new, &changes).plain(),
        Format::Csv => compare::table(&old, &new, &changes).csv(),
        Format::Json => super::json("changes", compare::changes(&old, &new, &changes))?,
        Format::Jsonl => super::lines(compare::changes(&old, &new, &changes).identities)?,
    };
    terminal.print(&text)?;
    Ok(compare::overall(&changes))
}
