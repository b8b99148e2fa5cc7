//! `reach ID --if-revoked GRANT`: what of its reach dies, and what stays?

use leastwise_effective::{Statement, Unstated, World};
use leastwise_permset::Label;
use leastwise_report::{path, revoked};

use super::{Arguments, WayFormat};
use crate::arguments;
use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// Shows the reach before and after.
pub fn run(typed: &Arguments, identity: &str, grant: &str, terminal: &Terminal) -> Result<Exit, Problem> {
    let world = typed.estate.world(terminal)?;
    let identity = arguments::identity(&world, identity)?;
    let statement = statement(&world, grant)?;
    let without = world.without(&statement);
    let found = revoked::find(&world, &without, identity, &statement);
    let text = match typed.chosen(terminal) {
        WayFormat::Table => revoked::text(&found, terminal.width),
        WayFormat::Plain => revoked::table(&found).plain(),
        WayFormat::Csv => revoked::table(&found).csv(),
        WayFormat::Json => super::super::json("reach-without", revoked::view(&found))?,
        WayFormat::Jsonl => super::super::lines(revoked::view(&found).becomes)?,
        WayFormat::Mermaid | WayFormat::Svg => return Err(undrawn()),
    };
    terminal.print(&text)?;
    Ok(Exit::Done)
}

fn undrawn() -> Problem {
    Problem::usage("what dies and what stays is not drawn")
        .hint("without --if-revoked, --format svg draws all that falls")
}

/// The statement that is meant.
fn statement(world: &World, grant: &str) -> Result<Statement, Problem> {
    let place = |label: &Label| {
        let step = path::statement(world.snapshot(), *label);
        let at = |number: Option<u32>| number.map(|number| format!(":{number}")).unwrap_or_default();
        match &step.file {
            Some(file) => format!("{file}{}{}", at(step.line), at(step.column)),
            None => format!("{} {}", step.kind, step.name),
        }
    };
    world.find_statement(grant).map_err(|unstated| {
        match unstated {
        Unstated::Nowhere => Problem::usage(format!("no statement stands at `{grant}` or is called so")).hint(
            "write FILE:LINE or FILE:LINE:COLUMN as paths tell it, or the name that stands above it there",
        ),
        Unstated::GivesNothing => Problem::usage(format!("nobody is given anything by `{grant}`"))
            .hint("what bounds or refuses is no grant: without it more would be possible, not less"),
        Unstated::Several(labels) => {
            let places: Vec<String> = labels.iter().map(place).collect();
            Problem::usage(format!("`{grant}` could be any of {}", crate::text::few(&places)))
                .hint("name it by its place: FILE:LINE:COLUMN")
        }
    }
    })
}
