//! `roles`: technical roles as code, and which of them give what is needed and no more.

mod duties;
mod expand;
mod folder;
mod format;
mod lint;
mod mine;
mod plan;
mod render;
mod verify;

use clap::{Args, Subcommand};

use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  leastwise roles expand roles/ analyst
  leastwise roles render roles/ --role report-reader
  leastwise roles lint roles/ --in exports/ --now 2026-11-21
  leastwise roles plan before/roles roles
  leastwise roles format roles/ --check
  leastwise roles mine --assignments needed.txt
  leastwise roles mine --assignments needed.txt --certificate proof.json --format json > roles.json
  leastwise roles verify --assignments needed.txt --certificate proof.json")]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Tell what roles allow, from a business role down to actions
    Expand(expand::Arguments),
    /// Write roles in their platforms' own languages
    Render(render::Arguments),
    /// Tell what shows that a role is misused
    Lint(lint::Arguments),
    /// Tell what access is gained and lost when roles change
    Plan(plan::Arguments),
    /// Write files of roles as they are best written
    Format(format::Arguments),
    /// Find the fewest roles that give exactly what is needed
    Mine(mine::Arguments),
    /// Check the certificate of mined roles, without the miner
    Verify(verify::Arguments),
}

/// Runs what was typed.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    match &typed.verb {
        Verb::Expand(typed) => expand::run(typed, terminal),
        Verb::Render(typed) => render::run(typed, terminal),
        Verb::Lint(typed) => lint::run(typed, terminal),
        Verb::Plan(typed) => plan::run(typed, terminal),
        Verb::Format(typed) => format::run(typed, terminal),
        Verb::Mine(typed) => mine::run(typed, terminal),
        Verb::Verify(typed) => verify::run(typed, terminal),
    }
}
