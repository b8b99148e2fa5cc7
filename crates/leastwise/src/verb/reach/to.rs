//! `reach --to`: who comes to act on this resource, or as this identity, and where to cut?

use leastwise_effective::Outcome;
use leastwise_report::{answer, reach_to};

use super::{Arguments, goal};
use crate::arguments::Format;
use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// How many places to cut are found.
const CUTS: usize = 10;

/// Lists everybody who comes to it, the ways by their shape, and the statements that cut off most.
pub fn run(typed: &Arguments, to: &str, terminal: &Terminal) -> Result<Exit, Problem> {
    let (world, settings) = typed.estate.world_and_settings(terminal)?;
    let goal = goal::goal(&world, &settings, typed, to)?;
    let arrivals = world.arrivals(&goal.goal);
    let mut found = reach_to::find(&world, &goal.title, &arrivals, CUTS);
    if typed.estate.strict {
        for comer in &mut found.comers {
            comer.answer = answer::strictly(comer.answer.clone());
        }
    }
    let snapshot = world.snapshot();
    let text = match typed.format.chosen(terminal) {
        Format::Table => reach_to::text(&world, &found, terminal.width),
        Format::Plain => reach_to::table(snapshot, &found).plain(),
        Format::Csv => reach_to::table(snapshot, &found).csv(),
        Format::Json => super::super::json("reach-to", reach_to::view(&world, &found))?,
        Format::Jsonl => super::super::lines(reach_to::view(&world, &found).identities)?,
    };
    terminal.print(&text)?;
    let unknown = found
        .comers
        .iter()
        .any(|comer| matches!(comer.answer.outcome, Outcome::Unknown { .. }));
    Ok(match typed.estate.strict && unknown {
        true => Exit::Unknown,
        false => Exit::Done,
    })
}
