//! `what-can`: what may this identity do, statement by statement?

use clap::Args;
use leastwise_report::style::{ALARM, QUIET, STRONG, paint};
use leastwise_report::text::counted;
use leastwise_report::{path, what};

use crate::arguments::{EstateArguments, Format, FormatArguments, SessionArgument};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  leastwise what-can arn:aws:iam::111122223333:role/reports --in exports/")]
pub struct Arguments {
    /// Who: as the platform writes it, or the end of that where it is unambiguous
    identity: String,
    #[command(flatten)]
    session: SessionArgument,
    #[command(flatten)]
    estate: EstateArguments,
    #[command(flatten)]
    format: FormatArguments,
}

/// How many patterns of a statement a terminal shows.
const SHOWN: usize = 2;

/// Lists what it can do as itself; `reach` tells what it can do as others.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let (world, identity) = typed.session.world(&typed.estate, &typed.identity, terminal)?;
    let abilities = world.what_can(identity);
    let text = match typed.format.chosen(terminal) {
        Format::Table => {
            let view = what::view(&world, identity, &abilities);
            let mut text = format!(
                "{} can perform {} as itself\n",
                paint(STRONG, path::id(world.snapshot(), identity)),
                counted(view.actions, "action", "actions"),
            );
            if view.administers {
                text.push_str(&format!(
                    "{}\n",
                    paint(ALARM, "it controls its whole account or cluster")
                ));
            }
            if !abilities.is_empty() {
                text.push('\n');
                text.push_str(&what::table(&world, identity, &abilities, SHOWN).terminal(terminal.width, ""));
                text.push_str(&format!(
                    "\n{}\n",
                    paint(QUIET, "--format json has the native statements; `leastwise reach` has what it can do as others")
                ));
            }
            text
        }
        Format::Plain => what::table(&world, identity, &abilities, usize::MAX).plain(),
        Format::Csv => what::table(&world, identity, &abilities, usize::MAX).csv(),
        Format::Json => super::json("what-can", what::view(&world, identity, &abilities))?,
        Format::Jsonl => super::lines(what::view(&world, identity, &abilities).abilities)?,
    };
    terminal.print(&text)?;
    Ok(Exit::Done)
}
