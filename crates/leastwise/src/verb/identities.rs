//! `identities`: who there is.

use clap::Args;
use leastwise_model::IdentityIndex;
use leastwise_report::identities;

use crate::arguments::{EstateArguments, Format, FormatArguments};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  leastwise identities --in exports/ --format csv > identities.csv")]
pub struct Arguments {
    #[command(flatten)]
    estate: EstateArguments,
    #[command(flatten)]
    format: FormatArguments,
}

/// Prints the inventory in the order of ids.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let world = typed.estate.world(terminal)?;
    let mut all: Vec<IdentityIndex> = world.snapshot().each_identity().map(|(index, _)| index).collect();
    all.sort_by_key(|index| {
        world
            .snapshot()
            .identity(*index)
            .map(|identity| identity.id.clone())
    });
    let text = match typed.format.chosen(terminal) {
        Format::Table => identities::table(&world, &all).terminal(terminal.width, ""),
        Format::Plain => identities::table(&world, &all).plain(),
        Format::Csv => identities::table(&world, &all).csv(),
        Format::Json => super::json("identities", identities::view(&world, &all))?,
        Format::Jsonl => super::lines(identities::view(&world, &all).identities)?,
    };
    terminal.print(&text)?;
    Ok(Exit::Done)
}
