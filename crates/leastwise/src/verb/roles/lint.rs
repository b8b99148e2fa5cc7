//! `roles lint`: is a role used for what a technical role is for?

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use leastwise_effective::World;
use leastwise_findings::Severity;
use leastwise_model::Declared;
use leastwise_report::roles_lint;
use leastwise_roles::lints::{Measure, lint};
use leastwise_roles::meaning::meaning;

use super::super::scan::{FailOn, exit, moment};
use super::{duties, folder};
use crate::arguments::{self, Assumed, Format, FormatArguments};
use crate::exit::Exit;
use crate::platforms::PLATFORMS;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  leastwise roles lint roles/ --now 2026-11-21
  leastwise roles lint roles/ --in exports/ --fail-on medium
  leastwise roles lint roles/ --duties leastwise-duties.toml --fail-on high

A lint that needs what is not given is named as not examined. Roles that cannot be read, or that their platform does not
understand, end the run with exit code 2.")]
pub struct Arguments {
    /// A file of a role, or a folder of such files
    path: PathBuf,

    /// Files or folders of native exports, or one snapshot, of the estate in which the roles are used
    #[arg(long = "in", value_name = "PATH")]
    inputs: Vec<PathBuf>,

    #[command(flatten)]
    assumed: Assumed,

    /// The day or moment by which expiry is judged, such as 2026-11-21
    #[arg(long, value_name = "TIMESTAMP", value_parser = moment)]
    now: Option<Timestamp>,

    /// The rules of duties that no role may join [default: leastwise-duties.toml beside or above PATH]
    #[arg(long, value_name = "FILE")]
    duties: Option<PathBuf>,

    /// How many workloads may share a role
    #[arg(long, value_name = "N", default_value_t = 5)]
    max_workloads: usize,

    /// End with exit code 13, 12 or 11 if there is a high, medium or low sign at or above this
    #[arg(long, value_name = "SEVERITY", value_enum)]
    fail_on: Option<FailOn>,

    #[command(flatten)]
    format: FormatArguments,
}

/// Reads the roles and the estate, and tells what is wrong.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let roles = folder::read(std::slice::from_ref(&typed.path), terminal)?;
    let duties = duties::read(typed.duties.as_deref(), &typed.path, terminal)?;
    let mut meanings = Vec::new();
    let mut faults = Vec::new();
    for role in roles.technical.values() {
        match meaning(&roles, role, PLATFORMS) {
            Ok(meaning) => meanings.push(meaning),
            Err(wrong) => {
                for fault in wrong {
                    if !faults.contains(&fault) {
                        faults.push(fault);
                    }
                }
            }
        }
    }
    if !faults.is_empty() {
        return Err(folder::wrong(
            &faults,
            "not every permission can be understood",
            terminal,
        ));
    }
    let mut declared: Vec<Declared> = Vec::new();
    let mut world = None;
    if !typed.inputs.is_empty() {
        let estate = arguments::open(&typed.inputs, &typed.assumed, false, terminal)?;
        declared = estate.settings.declared;
        world = Some(World::new(estate.snapshot, PLATFORMS));
    }
    let measure = Measure {
        now: typed.now,
        workloads_max: typed.max_workloads,
        world: world.as_ref(),
        declared: &declared,
        duties: duties.as_deref(),
    };
    let (signs, unseen) = lint(&meanings, &measure);
    let text = match typed.format.chosen(terminal) {
        Format::Table => roles_lint::text(&signs),
        Format::Plain => roles_lint::table(&signs).plain(),
        Format::Csv => roles_lint::table(&signs).csv(),
        Format::Json => super::super::json("role-lints", roles_lint::view(&signs, &unseen))?,
        Format::Jsonl => super::super::lines(roles_lint::view(&signs, &unseen).signs)?,
    };
    terminal.print(&text)?;
    terminal.tell(&roles_lint::summary(meanings.len(), &signs, &unseen));
    Ok(match (typed.fail_on, roles_lint::worst(&signs)) {
        (Some(threshold), Some(worst)) if worst >= Severity::from(threshold) => exit(worst),
        _ => Exit::Done,
    })
}
