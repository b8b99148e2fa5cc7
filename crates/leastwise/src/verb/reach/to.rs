//! `reach --to`: who comes to act on this resource, or as this identity, and where to cut?

use leastwise_effective::Outcome;
use leastwise_report::{answer, drawing, reach_to};

use super::{Arguments, WayFormat, goal};
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
    let stages = typed.stages();
    let text = match typed.chosen(terminal) {
        WayFormat::Table => reach_to::text(&world, &found, stages, terminal.width),
        WayFormat::Plain => reach_to::table(snapshot, &found, stages).plain(),
        WayFormat::Csv => reach_to::table(snapshot, &found, stages).csv(),
        WayFormat::Json => super::super::json("reach-to", reach_to::view(&world, &found))?,
        WayFormat::Jsonl => super::super::lines(reach_to::view(&world, &found).identities)?,
        WayFormat::Mermaid => drawing::mermaid(&reach_to::drawing(&world, &arrivals, &found)),
        WayFormat::Svg => drawing::svg(&reach_to::drawing(&world, &arrivals, &found)),
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
