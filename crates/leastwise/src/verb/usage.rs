//! `usage`: what do audit logs tell that was used?

mod query;
mod reconcile;

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use leastwise_model::{ClusterSettings, LogFormat, Logged, Settings};
use leastwise_report::text::{counted, listed};
use leastwise_report::usage::{self, Rest};
use leastwise_usage::{Ended, Reading, Rollup, Row, neutral};

use super::scan::moment;
use crate::arguments::{Format, FormatArguments};
use crate::estate;
use crate::exit::Exit;
use crate::files::{self, Found};
use crate::platforms::PLATFORMS;
use crate::problem::{Problem, io_words};
use crate::progress::Progress;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  leastwise usage logs/
  leastwise usage AWSLogs/ --identity role/reports
  leastwise usage logs/ --since 2026-01-01 --format csv > usage.csv
  leastwise usage reconcile logs/ --in exports/
  leastwise usage --sql duckdb 'AWSLogs/**/*.json.gz' > calls.sql

Reads, in any mix and recognized by content, plain or gzip:
  AWS         CloudTrail files as delivered, lookup-events answers, log group subscriptions, results of --sql
  Kubernetes  audit events (audit.k8s.io/v1) as JSON Lines, in log groups (EKS), resource logs (AKS), Cloud Logging (GKE)
  Vault       what audit devices of Vault and OpenBao write, also in log groups
  PostgreSQL  pgaudit in jsonlog, csvlog, or lines whose prefix names user and database
  all others  JSON Lines of \"schema\": \"leastwise/use/v1\", or CSV with the same columns, a use a line (docs/semantics/usage.md)
A leastwise.toml beside or above the logs names clusters by `paths`; --cluster names the one cluster of all of them.

An event counts once, however often it was delivered. What could not be read is counted, told and left out. Table is one
line an identity; the other formats have every row: who did what on what, how it ended, how often, when first and last.";

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Files or folders of audit logs; `-` for standard input. With --sql: the table, or a pattern of files
    #[arg(required_unless_present = "sql")]
    logs: Vec<PathBuf>,
    /// Print the query that counts CloudTrail's records in such a database, and nothing else; its result, written as CSV or
    /// JSON Lines, is a log
    #[arg(long, value_name = "ENGINE", conflicts_with_all = ["identities", "cluster", "since", "until", "strict", "format"])]
    sql: Option<query::EngineName>,
    /// Only the identities of this id, or whose id ends so; repeat for more. Tells every action
    #[arg(long = "identity", value_name = "ID")]
    identities: Vec<String>,
    /// The cluster whose audit logs these are, where no leastwise.toml says it
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,
    /// Only what happened from this day or moment on
    #[arg(long, value_name = "TIMESTAMP", value_parser = moment)]
    since: Option<Timestamp>,
    /// Only what happened before this day or moment
    #[arg(long, value_name = "TIMESTAMP", value_parser = moment)]
    until: Option<Timestamp>,
    /// End with exit code 5 if a record or file could not be read
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    format: FormatArguments,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Does the estate say what the logs say? Every observed end of a request is asked of it
    Reconcile(reconcile::Arguments),
}

/// Reads the logs, and prints what they tell in sum.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    if let Some(Verb::Reconcile(typed)) = &typed.verb {
        return reconcile::run(typed, terminal);
    }
    if let Some(engine) = typed.sql {
        return query::run(engine, &typed.logs, terminal);
    }
    let within = |first: Timestamp, last: Timestamp| {
        let (since, until) = (typed.since, typed.until);
        if since.is_none_or(|since| first >= since) && until.is_none_or(|until| last < until) {
            Within::All
        } else if since.is_some_and(|since| last < since) || until.is_some_and(|until| first >= until) {
            Within::Nothing
        } else {
            Within::Part
        }
    };
    let settings = settings(&typed.logs, typed.cluster.as_deref())?.unwrap_or_default();
    let read = read(&typed.logs, &settings, &within, terminal)?;
    tell(&read, terminal);
    let mut rows = read.rollup.rows();
    if !typed.identities.is_empty() {
        let all = rows.len();
        rows.retain(|row| {
            typed
                .identities
                .iter()
                .any(|typed| is_called(row.identity, typed))
        });
        if rows.is_empty() && all > 0 {
            let what = format!("nobody in these logs is called {}", listed(&typed.identities));
            return Err(Problem::usage(what).hint("`leastwise usage LOG…` lists who is in them"));
        }
    }
    terminal.print(&text(typed, &read, &rows, terminal)?)?;
    let lost = read.cut > 0 || read.rest.quarantine.count() > 0 || !read.rest.broken.is_empty();
    Ok(if typed.strict && lost {
        Exit::Unknown
    } else {
        Exit::Done
    })
}

fn text(typed: &Arguments, read: &Logs, rows: &[Row<'_>], terminal: &Terminal) -> Result<String, Problem> {
    let (rollup, rest) = (&read.rollup, &read.rest);
    Ok(match typed.format.chosen(terminal) {
        Format::Table if typed.identities.is_empty() => usage::page(rollup, rows, rest, terminal.width),
        Format::Table => usage::detail(rows, terminal.width),
        Format::Plain => usage::rows(rows).plain(),
        Format::Csv => usage::rows(rows).csv(),
        Format::Json => super::json("usage", usage::view(rollup, rows, rest))?,
        Format::Jsonl => super::lines(usage::uses(rows))?,
    })
}

/// Whether an identity is meant by what was typed: its id, or the end of it behind a separator.
fn is_called(identity: &str, typed: &str) -> bool {
    identity
        .strip_suffix(typed)
        .is_some_and(|head| head.is_empty() || head.ends_with([':', '/']))
}

/// How much of what happened between two instants is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    All,
    Nothing,
    /// Some of it may be and some may not: only what a query has counted reaches from one instant to another.
    Part,
}

/// Logs that were read.
pub(super) struct Logs {
    pub rollup: Rollup,
    pub rest: Rest,
    /// Files without a record that anybody knows.
    unrecognized: Vec<String>,
    /// Values in logs that no platform took.
    foreign: u64,
    /// Calls that a query has counted, on a day of which only a part is asked for.
    cut: u64,
}

/// Reads logs, and of their events those that are within what is asked for.
pub(super) fn read(
    logs: &[PathBuf],
    settings: &Settings,
    within: &dyn Fn(Timestamp, Timestamp) -> Within,
    terminal: &Terminal,
) -> Result<Logs, Problem> {
    let mut unreadable = Vec::new();
    let found = files::find(logs, &mut unreadable)?;
    let mut formats: Vec<LogFormat> = PLATFORMS
        .iter()
        .filter_map(|platform| Some(platform.logged()?.format(settings)))
        .collect();
    // What a platform's own logs show would be concluded from words that somebody else chose.
    let without = PLATFORMS
        .iter()
        .copied()
        .filter(|platform| platform.logged().is_none_or(Logged::takes_neutral));
    formats.push(neutral::format(without.collect()));
    let mut reading = Reading::new(formats);
    let mut logs = Logs {
        rollup: Rollup::default(),
        rest: Rest {
            broken: unreadable,
            ..Rest::default()
        },
        unrecognized: Vec::new(),
        foreign: 0,
        cut: 0,
    };
    let total = found
        .iter()
        .filter_map(|file| Some(std::fs::metadata(file.path.as_ref()?).ok()?.len()))
        .sum();
    let mut progress = Progress::of_bytes(total, "reading");
    let mut records = 0;
    for file in &found {
        let mut stream = match open(file) {
            Ok(stream) => Counted {
                stream,
                progress: &mut progress,
            },
            Err(error) => {
                logs.rest.broken.push((file.shown.clone(), io_words(&error)));
                continue;
            }
        };
        let (rollup, rest) = (&mut logs.rollup, &mut logs.rest);
        let (outside, cut) = (&mut rest.outside, &mut logs.cut);
        let one = reading.file(&file.shown, &mut stream, &mut rest.quarantine, &mut |event| {
            let (last, many) = event
                .alike
                .map_or((event.at, 1), |alike| (alike.last, alike.records));
            match within(event.at, last) {
                Within::All => rollup.take(event),
                Within::Nothing => *outside += many,
                Within::Part => *cut += many,
            }
        });
        records += one.records;
        for (reason, count) in one.without_use {
            *rest.without_use.entry(reason).or_default() += count;
        }
        if let Ended::Broken(why) = one.ended {
            rest.broken.push((file.shown.clone(), why));
        } else if one.records == 0 && one.foreign > 0 {
            logs.unrecognized.push(file.shown.clone());
        } else {
            logs.foreign += one.foreign;
        }
    }
    drop(progress);
    if records == 0 && logs.rest.outside == 0 {
        tell(&logs, terminal);
        let what = match found.len() {
            0 => "no file was found".to_owned(),
            1 => "the file holds no record of a log that leastwise knows".to_owned(),
            many => format!("none of the {many} files holds a record of a log that leastwise knows"),
        };
        return Err(Problem::no_input(what).hint("`leastwise usage --help` names the logs it reads"));
    }
    Ok(logs)
}

/// What is said of these logs: the one cluster of all of them, or what stands beside them; nothing where nothing does.
pub(super) fn settings(logs: &[PathBuf], cluster: Option<&str>) -> Result<Option<Settings>, Problem> {
    if let Some(name) = cluster {
        let cluster = ClusterSettings {
            name: name.into(),
            paths: vec!["".into()],
            ..ClusterSettings::default()
        };
        return Ok(Some(Settings {
            clusters: vec![cluster],
            ..Settings::default()
        }));
    }
    match estate::settings_of(logs)? {
        Some(file) => estate::read_settings(&file, logs).map(Some),
        None => Ok(None),
    }
}

fn open(file: &Found) -> io::Result<Box<dyn Read>> {
    Ok(match &file.path {
        Some(path) => Box::new(File::open(path)?),
        None => Box::new(io::stdin().lock()),
    })
}

/// Tells how far reading is.
struct Counted<'p> {
    stream: Box<dyn Read>,
    progress: &'p mut Progress,
}

impl Read for Counted<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.stream.read(into)?;
        self.progress.advance(length as u64);
        Ok(length)
    }
}

/// How many places and files are told one by one.
const SHOWN: usize = 3;

/// Tells what was odd.
pub(super) fn tell(logs: &Logs, terminal: &Terminal) {
    let shown = |count: usize| if terminal.verbose { count } else { count.min(SHOWN) };
    for (file, why) in logs.rest.broken.iter().take(shown(logs.rest.broken.len())) {
        terminal.tell(&format!("{file}: {why}; what stands before it is counted"));
    }
    let more = logs.rest.broken.len() - shown(logs.rest.broken.len());
    if more > 0 {
        terminal.tell(&format!(
            "{} more could not be read whole",
            counted(more, "file", "files")
        ));
    }
    for (reason, skipped) in logs.rest.quarantine.iter() {
        let count = usize::try_from(skipped.count).unwrap_or(usize::MAX);
        let places: Vec<String> = skipped
            .places
            .iter()
            .take(shown(skipped.places.len()))
            .map(|place| format!("{}: record {}, byte {}", place.file, place.record, place.byte))
            .collect();
        let more = if count > places.len() { ", …" } else { "" };
        terminal.tell(&format!(
            "{} left out: {reason} ({}{more})",
            counted(count, "record", "records"),
            places.join("; ")
        ));
    }
    if terminal.verbose {
        for (reason, count) in &logs.rest.without_use {
            let count = usize::try_from(*count).unwrap_or(usize::MAX);
            terminal.tell(&format!(
                "{} without use: {reason}",
                counted(count, "record", "records")
            ));
        }
    }
    if logs.foreign > 0 {
        let count = usize::try_from(logs.foreign).unwrap_or(usize::MAX);
        terminal.tell(&format!(
            "{} of no log that leastwise knows",
            counted(count, "value", "values")
        ));
    }
    match logs.unrecognized.as_slice() {
        [] => {}
        all if terminal.verbose => {
            for file in all {
                terminal.tell(&format!("{file}: no log that leastwise knows"));
            }
        }
        all => terminal.tell(&format!(
            "{} of no log that leastwise knows (-v lists them)",
            counted(all.len(), "file", "files")
        )),
    }
    if logs.cut > 0 {
        let count = usize::try_from(logs.cut).unwrap_or(usize::MAX);
        terminal.tell(&format!(
            "{} left out: the query counted days, and only parts of theirs are asked for; ask for whole days (UTC)",
            counted(count, "record", "records")
        ));
    }
    let duplicates = usize::try_from(logs.rollup.duplicates()).unwrap_or(usize::MAX);
    if duplicates > 0 {
        terminal.tell(&format!(
            "{} told more than once and counted once",
            counted(duplicates, "event was", "events were")
        ));
    }
    if logs.rollup.forgot() {
        terminal.tell(
            "so many events that those told again much later may have been counted twice; first, last and days are right",
        );
    }
}
