//! Where the workspace lies and how its tools are called.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::report::{Failure, say};

/// The root folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// Runs a program in the root folder, its output going to the terminal. `extra` holds environment variables.
pub(crate) fn call(program: &str, arguments: &[&str], extra: &[(&str, &str)]) -> Result<(), Failure> {
    say(format_args!("$ {program} {}", arguments.join(" ")));
    let status = Command::new(program)
        .args(arguments)
        .envs(extra.iter().copied())
        .current_dir(root())
        .status()
        .map_err(|cause| Failure(format!("cannot run `{program}`: {cause}; is it installed?")))?;
    if status.success() {
        return Ok(());
    }
    Err(Failure(format!(
        "`{program} {}` failed ({status})",
        arguments.join(" ")
    )))
}

/// Runs a program in a folder and gives what it wrote to stdout.
pub(crate) fn capture(folder: &Path, program: &str, arguments: &[&str]) -> Result<String, Failure> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .map_err(|cause| Failure(format!("cannot run `{program}`: {cause}; is it installed?")))?;
    if !output.status.success() {
        return Err(Failure(format!(
            "`{program} {}` failed ({}): {}",
            arguments.join(" "),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        )));
    }
    String::from_utf8(output.stdout)
        .map_err(|_| Failure(format!("`{program}` wrote something that is not UTF-8")))
}

/// Reads a text file; the error names it.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|cause| Failure(format!("cannot read {}: {cause}", path.display())))
}
