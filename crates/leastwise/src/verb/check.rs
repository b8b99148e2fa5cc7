//! `check`: does a change add access?

mod asserted;
mod base;
mod code;
mod excuses;
mod git;
mod side;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use leastwise_findings::Severity;
use leastwise_governance::baseline::Baseline;
use leastwise_governance::excuses::Excuses;
use leastwise_governance::gate::{self, Gate, Verdict};
use leastwise_report::gate::{self as report, Told};

use self::base::Base;
use self::excuses::Files;
use self::side::Loaded;
use super::scan::{FailOn, exit, moment};
use crate::arguments::Assumed;
use crate::exit::Exit;
use crate::files;
use crate::problem::Problem;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  leastwise check deploy/ --base origin/main --now 2026-11-21
  leastwise check roles/ --base ../before/roles --format markdown
  leastwise check . --base main --format sarif > leastwise.sarif
  leastwise check exports/ --base nightly.snapshot --max-age 36h --now 2026-11-21T06:00:00Z
  leastwise check --no-new-access old-policy.json new-policy.json
  leastwise check exports/ --not-granted s3:DeleteBucket --not-granted 'iam:*@*:role/admin'
  leastwise check exports/ --not-public
  leastwise check exports/ --write-baseline baseline.json
  leastwise check exports/ --baseline baseline.json --fail-on high

Reads exports, manifests, workflow files, policies and roles as code, in any mix. With --base it tells what the change
adds: what somebody can do and could not, whom somebody can become and could not, what rules find and did not; each on
the line that makes it so. Without, it tells what rules find.

What is accepted for a while stands in a leastwise-exceptions.toml beside or above PATH, each with an owner, a reason and
a last day; --now says what day it is.

Exit codes: 14, 13, 12 or 11 where something critical, high, medium or low at or above --fail-on is open; 5 where
something cannot be told; 0 else.";

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Files or folders, as they are after the change [default: the nearest folder above that holds a leastwise.toml]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    assumed: Assumed,
    /// What the change is compared with: a git revision of the same paths, or a folder or snapshot that is their older
    /// version; a folder of several paths holds them under their names
    #[arg(long, value_name = "REV|DIR")]
    base: Option<String>,
    /// Nothing may be new: PATHs are OLD and NEW, two policies or two versions of a folder, and every new access fails
    #[arg(long, conflicts_with_all = ["base", "fail_on"])]
    no_new_access: bool,
    /// Nobody may be able to do this on that, as itself; `*` is a pattern, and no RESOURCE means any. Repeat for more
    #[arg(long, value_name = "ACTION[@RESOURCE]")]
    not_granted: Vec<String>,
    /// Nobody outside of the estate, whoever it may be, may do anything here or become anybody
    #[arg(long)]
    not_public: bool,
    /// From which severity on something new fails
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t = FailOn::Medium)]
    fail_on: FailOn,
    /// The day or moment by which exceptions and ages are judged, such as 2026-11-21
    #[arg(long, value_name = "TIMESTAMP", value_parser = moment)]
    now: Option<Timestamp>,
    /// How old a snapshot may be, such as 7d or 36h; one that is older, or has no date, ends with 5
    #[arg(long, value_name = "AGE", value_parser = age, requires = "now")]
    max_age: Option<SignedDuration>,
    /// The file of exceptions [default: leastwise-exceptions.toml beside or above the first path]
    #[arg(long, value_name = "FILE")]
    exceptions: Option<PathBuf>,
    /// What this file lists is known: it is told, and does not fail
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write all that is open to a baseline instead of telling it, and end with 0 unless something cannot be told
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = CheckFormat::Table)]
    format: CheckFormat,
}

/// How a check is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For reading
    #[default]
    Table,
    /// One JSON document; `leastwise schema check` has its JSON Schema
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of a GitHub workflow run
    Github,
    /// One comment on a pull request
    Markdown,
}

/// Reads both versions, compares, weighs what people have accepted, prints.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let (base, paths) = versions(typed)?;
    let excused = Files::of(typed, &paths);
    let exceptions = excused.exceptions()?;
    let baseline = excused.baseline()?;
    let excuses = base.as_ref().map_or_else(Excuses::default, |base| {
        excused.beyond(base, &exceptions, baseline.as_ref())
    });
    let mut settings = side::settings(&paths)?;
    settings.defaults = typed.assumed.defaults.clone();
    let new = Loaded::of_today(&paths, settings.clone(), terminal)?;
    let old = match &base {
        Some(base) => Some(Loaded::of_base(base, settings)?),
        None => None,
    };
    if let (Some(most), Some(now)) = (typed.max_age, typed.now) {
        let named = |path: &PathBuf| files::shown(path);
        new.is_no_older(&paths.first().map(named).unwrap_or_default(), most, now)?;
        if let (Some(old), Some(base)) = (&old, &base) {
            old.is_no_older(&base.named, most, now)?;
        }
    }
    let nothing_there = new.is_empty() && old.as_ref().is_none_or(Loaded::is_empty);
    if nothing_there {
        return Err(
            Problem::no_input("nothing that is there is an export, a manifest, a policy or a role")
                .hint("`leastwise check --help` names what it reads"),
        );
    }
    let (today, before) = (new.places.clone(), old.as_ref().map(|old| old.places.clone()));
    let same = |file: &str| {
        before
            .as_ref()
            .is_some_and(|before| before.hold_the_same(&today, file))
    };
    let (new, old) = side::analyse(new, old, typed.now)?;
    let mut gate = match &old {
        Some(old) => {
            let mut gate = gate::compare(&old.side(), &new.side(), &same);
            gate::bundles(&old.bundles, &new.bundles, new.world.limits(), &mut gate);
            gate
        }
        None if typed.not_granted.is_empty() && !typed.not_public => gate::alone(&new.side()),
        None => gate::unread(&new.side()),
    };
    if typed.no_new_access {
        gate.items.retain(|item| item.kind != gate::Kind::Finding);
    }
    for named in &typed.not_granted {
        asserted::forbid(named, &new, &mut gate)?;
    }
    if typed.not_public {
        gate::strangers(&new.side(), &mut gate);
    }
    gate.unknown.extend(new.unknown.iter().cloned());
    gate.sort();
    let gone = baseline
        .as_ref()
        .map_or(0, |baseline| baseline.apply(&mut gate.items));
    let lapsed = exceptions.apply(&mut gate.items, typed.now);
    let told = Told {
        world: &new.world,
        gate: &gate,
        threshold: if typed.no_new_access {
            Severity::Low
        } else {
            Severity::from(typed.fail_on)
        },
        lapsed: &lapsed,
        gone,
        base: base.as_ref().map(|base| &*base.named),
        excuses: &excuses,
    };
    let end = match &typed.write_baseline {
        Some(path) => keep(&gate, path, terminal)?,
        None => {
            print(&told, typed, terminal)?;
            end(gate.verdict(told.threshold))
        }
    };
    // The program ends here: to take large estates apart piece by piece would only cost time.
    std::mem::forget((new, old));
    Ok(end)
}

/// What the change is compared with, and the paths as they are after it.
fn versions(typed: &Arguments) -> Result<(Option<Base>, Vec<PathBuf>), Problem> {
    if typed.no_new_access {
        let [old, new] = typed.paths.as_slice() else {
            return Err(Problem::usage(
                "`--no-new-access` compares two paths: OLD and NEW",
            ));
        };
        let paths = vec![new.clone()];
        return Ok((Some(base::of_folder(old, &paths)?), paths));
    }
    let paths = side::paths(&typed.paths)?;
    let base = typed
        .base
        .as_deref()
        .map(|named| base::find(named, &paths, &Files::of(typed, &paths).all()))
        .transpose()?;
    Ok((base, paths))
}

/// An age: a number of days or hours.
fn age(typed: &str) -> Result<SignedDuration, String> {
    let days = typed.strip_suffix('d').map(|number| (number, 24));
    let hours = || typed.strip_suffix('h').map(|number| (number, 1));
    days.or_else(hours)
        .and_then(|(number, hours)| number.parse::<u16>().ok().map(|number| i64::from(number) * hours))
        .map(SignedDuration::from_hours)
        .ok_or_else(|| "write a number of days or hours, such as 7d or 36h".to_owned())
}

fn end(verdict: Verdict) -> Exit {
    match verdict {
        Verdict::Fails(worst) => exit(worst),
        Verdict::Unknown => Exit::Unknown,
        Verdict::Passes => Exit::Done,
    }
}

fn print(told: &Told<'_>, typed: &Arguments, terminal: &Terminal) -> Result<(), Problem> {
    let text = match typed.format {
        CheckFormat::Table => report::text(told, terminal.width),
        CheckFormat::Json => super::json("check", report::view(told))?,
        CheckFormat::Sarif => report::sarif(told, env!("CARGO_PKG_VERSION"))
            .map_err(|error| Problem::internal(error.to_string()))?,
        CheckFormat::Github => report::annotations(told),
        CheckFormat::Markdown => report::comment(told),
    };
    terminal.print(&text)
}

/// Writes what nobody has accepted, and what is in the baseline already, to a baseline.
fn keep(gate: &Gate, path: &Path, terminal: &Terminal) -> Result<Exit, Problem> {
    let kept = gate
        .items
        .iter()
        .filter(|item| !matches!(item.standing, gate::Standing::Excepted(_)));
    let baseline = Baseline::of(kept, report::title);
    let text = baseline
        .write()
        .map_err(|error| Problem::internal(error.to_string()))?;
    std::fs::write(path, text).map_err(|error| Problem::file(path, &error))?;
    let count = leastwise_report::text::counted(baseline.len(), "item", "items");
    terminal.tell(&format!("wrote {} with {count}", files::shown(path)));
    Ok(if gate.unknown.is_empty() {
        Exit::Done
    } else {
        Exit::Unknown
    })
}
