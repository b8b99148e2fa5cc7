//! `reach`: what falls with this identity?

use clap::Args;
use leastwise_report::reach;

use crate::arguments::{self, EstateArguments, Format, FormatArguments};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  leastwise reach system:serviceaccount:ci:deployer --in exports/")]
pub struct Arguments {
    /// Who: as the platform writes it, or the end of that where it is unambiguous
    identity: String,
    #[command(flatten)]
    estate: EstateArguments,
    #[command(flatten)]
    format: FormatArguments,
}

/// Shows whom it can become, and how it comes to control.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let world = typed.estate.world(terminal)?;
    let identity = arguments::identity(&world, &typed.identity)?;
    let fallen = world.reach(identity);
    let ways = reach::ways(&world, &fallen);
    let text = match typed.format.chosen(terminal) {
        Format::Table => reach::text(&world, &fallen, &ways, terminal.width),
        Format::Plain => reach::table(&world, &fallen).plain(),
        Format::Csv => reach::table(&world, &fallen).csv(),
        Format::Json => super::json("reach", reach::view(&world, &fallen, &ways))?,
        Format::Jsonl => super::lines(reach::view(&world, &fallen, &ways).becomes)?,
    };
    terminal.print(&text)?;
    Ok(Exit::Done)
}
