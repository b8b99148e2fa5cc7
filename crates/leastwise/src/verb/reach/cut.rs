//! `reach --to --cut`: which few statements together end the ways to this?

use leastwise_report::cut_set;

use super::{Arguments, WayFormat, goal};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// Tells the statements, how many it takes at least, and who still comes to it.
pub fn run(typed: &Arguments, to: &str, terminal: &Terminal) -> Result<Exit, Problem> {
    let (world, settings) = typed.estate.world_and_settings(terminal)?;
    let goal = goal::goal(&world, &settings, typed, to)?;
    let cut = world.cut_set(&world.arrivals(&goal.goal));
    let view = cut_set::view(world.snapshot(), &goal.title, &cut);
    let text = match typed.chosen(terminal) {
        WayFormat::Table => cut_set::text(&world, &goal.title, &cut, terminal.width),
        WayFormat::Plain => cut_set::table(&view).plain(),
        WayFormat::Csv => cut_set::table(&view).csv(),
        WayFormat::Json => super::super::json("reach-cut", view)?,
        WayFormat::Jsonl => super::super::lines(view.statements)?,
        WayFormat::Mermaid | WayFormat::Svg => {
            return Err(Problem::usage("statements to cut are listed, not drawn")
                .hint("without --cut, --format svg draws ways and marks the best place to cut"));
        }
    };
    terminal.print(&text)?;
    Ok(Exit::Done)
}
