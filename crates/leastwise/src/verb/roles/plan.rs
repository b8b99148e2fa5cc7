//! `roles plan`: what becomes of access when roles change?

use std::path::PathBuf;

use clap::Args;
use leastwise_effective::World;
use leastwise_permset::Limits;
use leastwise_report::roles_plan;
use leastwise_roles::files::Roles;
use leastwise_roles::meaning::{Meaning, meaning};
use leastwise_roles::plan::{Plan, plan, plan_estate};

use super::folder;
use crate::arguments::{self, Assumed, Format, FormatArguments};
use crate::exit::Exit;
use crate::platforms::PLATFORMS;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  leastwise roles plan before/roles roles
  leastwise roles plan roles --in exports/
  leastwise roles plan before/roles roles --format json | jq '.identities[].gained'

Tells by role, and by identity that a role names, what is possible that was not (+) and what was possible and is not (-), with
a request for each permission that shows it. With --in, the older side is what the identities can do in that estate: the plan is
what becomes of them when they hold these roles and nothing else.

Roles that are not rendered (drafts, suspended and retired ones) give nothing.")]
pub struct Arguments {
    /// Roles before and after: OLD NEW; or with --in, the roles after alone
    #[arg(required = true, num_args = 1..=2, value_names = ["OLD", "NEW"])]
    paths: Vec<PathBuf>,

    /// Files or folders of native exports, or one snapshot, of the estate as it is
    #[arg(long = "in", value_name = "PATH")]
    inputs: Vec<PathBuf>,

    #[command(flatten)]
    assumed: Assumed,

    /// End with exit code 5 if something is not known
    #[arg(long)]
    strict: bool,

    #[command(flatten)]
    format: FormatArguments,
}

/// Reads both sides, compares, prints.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let plan = match (typed.paths.as_slice(), typed.inputs.as_slice()) {
        ([old, new], []) => {
            let (old, new) = (read(old, terminal)?, read(new, terminal)?);
            let (old, new) = (understood(&old, terminal)?, understood(&new, terminal)?);
            plan(&old, &new, &Limits::default())
        }
        ([new], [_, ..]) => {
            let roles = read(new, terminal)?;
            let new = understood(&roles, terminal)?;
            let estate = arguments::open(&typed.inputs, &typed.assumed, typed.strict, terminal)?;
            plan_estate(&World::new(estate.snapshot, PLATFORMS), &new)
        }
        ([_], []) => {
            return Err(Problem::usage("a plan needs what was before")
                .hint("give OLD and NEW, or an estate with --in"));
        }
        _ => {
            return Err(Problem::usage("a plan has one older side")
                .hint("give OLD and NEW, or one path and an estate with --in"));
        }
    };
    print(&plan, typed, terminal)?;
    let mut all = plan.roles.iter().chain(&plan.identities);
    Ok(if typed.strict && all.any(|change| !change.unknown.is_empty()) {
        Exit::Unknown
    } else {
        Exit::Done
    })
}

fn print(plan: &Plan, typed: &Arguments, terminal: &Terminal) -> Result<(), Problem> {
    let text = match typed.format.chosen(terminal) {
        Format::Table => roles_plan::text(plan),
        Format::Plain => roles_plan::table(plan).plain(),
        Format::Csv => roles_plan::table(plan).csv(),
        Format::Json => super::super::json("plan", roles_plan::view(plan))?,
        Format::Jsonl => super::super::lines(roles_plan::view(plan).identities)?,
    };
    terminal.print(&text)
}

fn read(path: &PathBuf, terminal: &Terminal) -> Result<Roles, Problem> {
    folder::read(std::slice::from_ref(path), terminal)
}

fn understood<'r>(roles: &'r Roles, terminal: &Terminal) -> Result<Vec<Meaning<'r>>, Problem> {
    let mut meanings = Vec::new();
    let mut faults = Vec::new();
    for role in roles.technical.values() {
        match meaning(roles, role, PLATFORMS) {
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
    if faults.is_empty() {
        return Ok(meanings);
    }
    Err(folder::wrong(
        &faults,
        "not every permission can be understood",
        terminal,
    ))
}
