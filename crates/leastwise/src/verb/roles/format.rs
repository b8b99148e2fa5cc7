//! `roles format`: files of roles as they are best written.

use std::path::PathBuf;

use clap::Args;
use leastwise_roles::files::canonical;

use super::folder;
use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  leastwise roles format roles/
  leastwise roles format roles/ --check

The names of files that change are printed. Fields come in the order of `leastwise schema role`, and lists whose order says
nothing are sorted. A comment above the first field stays; any other comment is named, and its file left as it is.")]
pub struct Arguments {
    /// Files of roles, or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Change nothing; end with exit code 4 if a file would change
    #[arg(long)]
    check: bool,
}

/// Writes, or names, what is not written so.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let mut changed = String::new();
    let mut faults = Vec::new();
    for file in folder::find(&typed.paths)? {
        let bytes = folder::bytes(&file)?;
        match canonical(&file.shown, &bytes) {
            Err(mut wrong) => faults.append(&mut wrong),
            Ok(canonical) if canonical.text.as_bytes() == bytes => {}
            Ok(canonical) => {
                if let (Some(path), false) = (&file.path, typed.check) {
                    std::fs::write(path, canonical.text).map_err(|error| Problem::file(path, &error))?;
                }
                changed.push_str(&file.shown);
                changed.push('\n');
            }
        }
    }
    terminal.print(&changed)?;
    if !faults.is_empty() {
        return Err(folder::wrong(
            &faults,
            "not every file can be formatted",
            terminal,
        ));
    }
    Ok(if typed.check && !changed.is_empty() {
        Exit::Unexpected
    } else {
        Exit::Done
    })
}
