//! `schema`: the JSON Schema of an output.

use clap::Args;
use leastwise_report::schema::THINGS;
use leastwise_report::table::{Column, Table};

use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  leastwise schema answer")]
pub struct Arguments {
    /// The thing, as in `leastwise/<thing>/v1`; without one, all things are listed
    thing: Option<String>,
}

/// Prints the schema, or the list of things.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let Some(name) = &typed.thing else {
        let mut table = Table::new(&[Column::text("thing"), Column::long("about")]);
        for thing in &THINGS {
            table.push([thing.name.into(), thing.about.into()]);
        }
        terminal.print(&if terminal.interactive {
            table.terminal(terminal.width, "")
        } else {
            table.plain()
        })?;
        return Ok(Exit::Done);
    };
    let Some(thing) = THINGS.iter().find(|thing| thing.name == name) else {
        let names: Vec<&str> = THINGS.iter().map(|thing| thing.name).collect();
        return Err(Problem::usage(format!("no output is called `{name}`"))
            .hint(format!("there are {}", names.join(", "))));
    };
    let mut text = serde_json::to_string_pretty(&thing.schema())
        .map_err(|error| Problem::internal(error.to_string()))?;
    text.push('\n');
    terminal.print(&text)?;
    Ok(Exit::Done)
}
