//! `roles`: which technical roles give what is needed and no more?

mod mine;
mod verify;

use clap::{Args, Subcommand};

use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  leastwise roles mine --assignments needed.txt
  leastwise roles mine --assignments needed.txt --certificate proof.json --format json > roles.json
  leastwise roles verify --assignments needed.txt --certificate proof.json")]
pub struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Find the fewest roles that give exactly what is needed
    Mine(mine::Arguments),
    /// Check the certificate of mined roles, without the miner
    Verify(verify::Arguments),
}

/// Runs what was typed.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    match &typed.verb {
        Verb::Mine(typed) => mine::run(typed, terminal),
        Verb::Verify(typed) => verify::run(typed, terminal),
    }
}
