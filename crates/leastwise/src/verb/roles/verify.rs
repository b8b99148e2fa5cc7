//! `roles verify`: is the certificate of mined roles true of these assignments?

use std::path::{Path, PathBuf};

use clap::Args;
use leastwise_report::style::{NO, YES, paint};
use leastwise_report::text::{clean, counted};
use leastwise_roles::checker::check;

use crate::exit::Exit;
use crate::files::shown;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  leastwise roles verify --assignments needed.txt --certificate proof.json

The checker shares no code with the miner. It ends with exit code 0 where everything holds, and with 4 where anything does
not, which includes a line of the assignments that cannot be read.")]
pub struct Arguments {
    /// Who needs what, as it was mined
    #[arg(long, value_name = "FILE")]
    assignments: PathBuf,

    /// The certificate that `roles mine --certificate` wrote
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
}

/// Checks, and tells what is proved or what does not hold.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let read = |path: &Path| std::fs::read(path).map_err(|error| Problem::file(path, &error));
    let (assignments, certificate) = (read(&typed.assignments)?, read(&typed.certificate)?);
    let accepted = match check(&assignments, &certificate) {
        Ok(accepted) => accepted,
        Err(refusal) => {
            terminal.print(&format!(
                "{}: {}\n",
                paint(NO, "refused"),
                clean(&refusal.to_string())
            ))?;
            return Ok(Exit::Unexpected);
        }
    };
    let fewest = match accepted.roles.saturating_sub(accepted.lower_bound) {
        0 => "no fewer roles can".to_owned(),
        _ => format!("at least {} are needed", accepted.lower_bound),
    };
    terminal.print(&format!(
        "{}: {} of {} give exactly the {} of {}; {fewest}\n",
        paint(YES, "accepted"),
        counted(accepted.roles, "role", "roles"),
        shown(&typed.certificate),
        counted(accepted.cells, "assignment", "assignments"),
        shown(&typed.assignments),
    ))?;
    if !accepted.not_examined.is_empty() {
        terminal.print(&format!(
            "  not examined: {}\n",
            clean(&accepted.not_examined.join(", "))
        ))?;
    }
    Ok(Exit::Done)
}
