//! `scan`: an estate on one page.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use leastwise_effective::World;
use leastwise_findings::{Options, Report, Severity};
use leastwise_model::{STACK, Settings, format, stage};
use leastwise_report::{finding, findings, sarif, scan};

use crate::arguments::{self, Assumed};
use crate::estate::Estate;
use crate::exit::Exit;
use crate::overview::{self, Overview, Read};
use crate::platforms::PLATFORMS;
use crate::problem::Problem;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  leastwise scan exports/
  leastwise scan exports/aws exports/kubernetes -o june.snapshot
  leastwise scan june.snapshot --format json
  leastwise scan manifests/ --findings --rule escalation
  leastwise scan manifests/ --format sarif > leastwise.sarif

Reads, in any mix and recognized by content:
  AWS         aws iam get-account-authorization-details, credential reports, outputs of
              aws organizations, policies of resources, what AWS Config delivers,
              CloudFormation templates
  Terraform   states (terraform state pull), plans (terraform show -json): what is of AWS
  Kubernetes  objects as JSON or YAML (kubectl get -o json), cluster versions
  GitHub      repositories with their workflow files, answers of its REST interface
  Vault       what `leastwise collect vault` or `collect openbao` writes, policies in HCL or JSON
  PostgreSQL  what psql -XAtq -f crates/platforms/postgresql/data/export.sql prints, by database
  leastwise   snapshots written with -o
A leastwise.toml beside or above the exports names clusters and accounts, owners and crown jewels.";

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Files or folders of native exports, or one snapshot; `-` for standard input [default: the nearest folder above
    /// that holds a leastwise.toml]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    assumed: Assumed,
    /// Write what was read into one snapshot file, which every verb reads again
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Keep digests of native statements in that snapshot, not their text: enough for `check --base`
    #[arg(long, requires = "output")]
    redact: bool,
    /// End with exit code 5 if input cannot be read
    #[arg(long)]
    strict: bool,
    /// End with exit code 14, 13, 12 or 11 if there is a critical, high, medium or low finding at or above this
    #[arg(long, value_name = "SEVERITY", value_enum)]
    fail_on: Option<FailOn>,
    /// The day or moment by which ages are judged, such as 2026-11-21; without it, rules about age are silent, and a
    /// snapshot has no date
    #[arg(long, value_name = "TIMESTAMP", value_parser = moment)]
    now: Option<Timestamp>,
    /// Tell the stages (production, development …) of identities of which neither leastwise.toml nor labels nor their
    /// account or cluster do by names
    #[arg(long)]
    tag_environment: bool,
    /// Tell every finding with its path and fix, instead of the page
    #[arg(long)]
    findings: bool,
    /// Run only this rule, by id or name; repeat for more
    #[arg(long = "rule", value_name = "RULE", value_parser = rule)]
    rules: Vec<String>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ScanFormat::Table)]
    format: ScanFormat,
}

/// Reads the estate, keeps it if asked to, and prints the page.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let mut estate = arguments::open(&typed.paths, &typed.assumed, typed.strict, terminal)?;
    if typed.tag_environment {
        stage::tell_by_names(&mut estate.snapshot);
    }
    if let Some(path) = &typed.output {
        // A snapshot that is written anew is as old as it was.
        estate.snapshot.made = estate.snapshot.made.or(typed.now.filter(|_| !estate.kept));
        if typed.redact {
            estate.snapshot.redact();
        }
        keep(&estate, path)?;
    }
    let place = typed.paths.iter().map(|path| crate::files::shown(path)).collect();
    let options = Options {
        only: typed.rules.clone(),
        ..Options::default()
    };
    let scanned = Scanned::new(estate, place, typed.now, &options);
    match typed.format {
        ScanFormat::Table if typed.findings => {
            terminal.print(&finding::text(&scanned.world, &scanned.report, terminal.width))?;
        }
        ScanFormat::Json if typed.findings => {
            let view = findings::view(&scanned.world, &scanned.report);
            terminal.print(&super::json("findings", &view)?)?;
        }
        ScanFormat::Sarif => {
            let log = sarif::sarif(&scanned.world, &scanned.report, env!("CARGO_PKG_VERSION"))
                .map_err(|error| Problem::internal(error.to_string()))?;
            terminal.print(&log)?;
        }
        ScanFormat::Table | ScanFormat::Json => scanned.print(typed.format, terminal)?,
    }
    let end = match (typed.fail_on, scanned.report.worst()) {
        (Some(threshold), Some(worst)) if worst >= Severity::from(threshold) => exit(worst),
        _ => Exit::Done,
    };
    // The program ends here: to take a large estate apart piece by piece would only cost time.
    std::mem::forget(scanned);
    Ok(end)
}

/// How a scan is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ScanFormat {
    /// For reading
    #[default]
    Table,
    /// One JSON document; `leastwise schema` has its JSON Schema
    Json,
    /// The findings as SARIF 2.1.0, for code scanning
    Sarif,
}

/// A rule that there is.
fn rule(typed: &str) -> Result<String, String> {
    match leastwise_findings::rule(typed) {
        Some(rule) => Ok(rule.id.to_owned()),
        None => Err("no rule is called so; `leastwise explain` lists them".to_owned()),
    }
}

/// How bad a finding must be to end the run with its code.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum FailOn {
    /// Any finding
    Low,
    /// Medium or worse
    Medium,
    /// High or critical
    High,
    /// Critical only
    Critical,
}

impl From<FailOn> for Severity {
    fn from(typed: FailOn) -> Self {
        match typed {
            FailOn::Low => Self::Low,
            FailOn::Medium => Self::Medium,
            FailOn::High => Self::High,
            FailOn::Critical => Self::Critical,
        }
    }
}

pub fn exit(worst: Severity) -> Exit {
    match worst {
        Severity::Low => Exit::Low,
        Severity::Medium => Exit::Medium,
        Severity::High => Exit::High,
        Severity::Critical => Exit::Critical,
    }
}

fn keep(estate: &Estate, path: &Path) -> Result<(), Problem> {
    let written = File::create(path).and_then(|file| {
        let mut out = BufWriter::new(file);
        format::write(&estate.snapshot, &estate.settings, &mut out)?;
        out.flush()
    });
    written.map_err(|error| Problem::file(path, &error))
}

/// An estate with all that its page tells.
pub struct Scanned {
    /// The estate, ready for questions.
    pub world: World,
    /// What matters most.
    pub overview: Overview,
    settings: Settings,
    report: Report,
    read: Read,
}

impl Scanned {
    /// Looks at an estate; `inputs` are the paths to repeat in the commands that look closer.
    pub fn new(estate: Estate, inputs: Vec<String>, now: Option<Timestamp>, options: &Options) -> Self {
        let read = Read {
            files: estate.files_read,
            unrecognized: estate.unrecognized.len(),
            inputs,
        };
        let settings = estate.settings;
        let world = World::new(estate.snapshot, PLATFORMS);
        let (report, overview) = std::thread::scope(|scope| {
            let beside = std::thread::Builder::new().stack_size(STACK);
            let beside = beside.spawn_scoped(scope, || {
                world.prepare();
                overview::of(&world, &settings)
            });
            let report = leastwise_findings::check(&world, &settings, now, options);
            let overview = beside.ok().and_then(|beside| beside.join().ok());
            (report, overview)
        });
        let overview = overview.unwrap_or_else(|| overview::of(&world, &settings));
        Self {
            world,
            overview,
            settings,
            report,
            read,
        }
    }

    /// Prints the page.
    pub fn print(&self, format: ScanFormat, terminal: &Terminal) -> Result<(), Problem> {
        let page = self
            .overview
            .page(&self.world, &self.settings, &self.report, &self.read);
        let text = match format {
            ScanFormat::Table | ScanFormat::Sarif => scan::text(&page, terminal.width),
            ScanFormat::Json => super::json("scan", &page)?,
        };
        terminal.print(&text)
    }
}

/// A moment, or a day, which begins at midnight UTC.
pub fn moment(typed: &str) -> Result<Timestamp, String> {
    let day = || {
        let date: jiff::civil::Date = typed.parse().ok()?;
        date.to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|zoned| zoned.timestamp())
    };
    typed
        .parse()
        .ok()
        .or_else(day)
        .ok_or_else(|| "write a day such as 2026-11-21, or a moment such as 2026-11-21T10:00:00Z".to_owned())
}
