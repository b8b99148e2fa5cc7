//! `completions`: what a shell needs to complete a command line.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// What was typed.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  leastwise completions bash > ~/.local/share/bash-completion/completions/leastwise"
)]
pub struct Arguments {
    /// The shell
    shell: Shell,
}

/// Prints the completions.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let mut script = Vec::new();
    clap_complete::generate(
        typed.shell,
        &mut crate::Typed::command(),
        "leastwise",
        &mut script,
    );
    terminal.print_bytes(&script)?;
    Ok(Exit::Done)
}
