//! `doctor`: what stays unknown, and what would settle it.

use clap::Args;
use leastwise_report::doctor;

use crate::arguments::{EstateArguments, Format, FormatArguments};
use crate::estate;
use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  leastwise doctor --in exports/
  leastwise doctor --in exports/ --format csv > to-export.csv

Four sorts of unknown:
  input   could not be read; answers rest on its saying nothing
  asked   `collect` asked for it and was refused, or ended before; likewise
  layer   nothing of it was exported; answers take it not to be there, and name it
  gap     the estate mentions it and does not hold it; answers are unknown where it decides

Each says for how many identities it can decide, how many ways of becoming others depend on it, and
the command that settles it. What comes first decides for most.";

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    estate: EstateArguments,
    #[command(flatten)]
    format: FormatArguments,
}

/// Prints what stays unknown.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let world = typed.estate.world(terminal)?;
    let snapshot = world.snapshot();
    let view = doctor::view(
        snapshot,
        |remark| estate::place(snapshot, remark),
        |remark| estate::collected::is_of_manifest(snapshot, remark),
    );
    let text = match typed.format.chosen(terminal) {
        Format::Table => doctor::text(&view, terminal.width),
        Format::Plain => doctor::table(&view).plain(),
        Format::Csv => doctor::table(&view).csv(),
        Format::Json => super::json("doctor", view)?,
        Format::Jsonl => super::lines(view.unknown)?,
    };
    terminal.print(&text)?;
    Ok(Exit::Done)
}
