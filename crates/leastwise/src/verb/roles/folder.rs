//! Files of roles, from disk.

use std::path::{Path, PathBuf};

use leastwise_report::style::{STRONG, paint};
use leastwise_report::text::{clean, counted};
use leastwise_roles::files::{Folder, RoleFault, Roles};

use crate::files::{self, Found};
use crate::problem::{Problem, io_words};
use crate::terminal::Terminal;

/// What names of role files end in.
const EXTENSIONS: [&str; 2] = ["yaml", "yml"];

/// The files of roles under `paths`: those that are named, and all YAML files in folders.
pub fn find(paths: &[PathBuf]) -> Result<Vec<Found>, Problem> {
    let mut unreadable = Vec::new();
    let mut found = files::find(paths, &mut unreadable)?;
    if let Some((place, why)) = unreadable.first() {
        return Err(Problem::usage(format!("{place}: {why}")));
    }
    found.retain(|file| {
        let named = paths.iter().any(|path| Some(path) == file.path.as_ref());
        let extension = file.path.as_deref().and_then(Path::extension);
        named || extension.is_some_and(|own| EXTENSIONS.iter().any(|one| own == *one))
    });
    if found.is_empty() {
        return Err(Problem::no_input("no file of a role is there")
            .hint("a role is a YAML file; `leastwise schema role` says what is in it"));
    }
    Ok(found)
}

/// The bytes of a file.
pub fn bytes(file: &Found) -> Result<Vec<u8>, Problem> {
    let path = file.path.as_deref().unwrap_or_else(|| Path::new(""));
    if file.path.is_none() {
        return Err(Problem::usage(
            "roles are read from files, not from standard input",
        ));
    }
    std::fs::read(path).map_err(|error| Problem::usage(format!("{}: {}", file.shown, io_words(&error))))
}

/// Reads all roles under `paths`.
///
/// # Errors
/// Where anything in them is wrong: every place is told.
pub fn read(paths: &[PathBuf], terminal: &Terminal) -> Result<Roles, Problem> {
    let mut folder = Folder::default();
    for file in find(paths)? {
        folder.add(&file.shown, &bytes(&file)?);
    }
    let (roles, faults) = folder.finish();
    if faults.is_empty() {
        Ok(roles)
    } else {
        Err(wrong(&faults, "the roles cannot be read", terminal))
    }
}

/// Tells every fault, and why the run ends.
pub fn wrong(faults: &[RoleFault], what: &str, terminal: &Terminal) -> Problem {
    let mut sorted: Vec<&RoleFault> = faults.iter().collect();
    sorted.sort_by(|a, b| (&a.file, a.at).cmp(&(&b.file, b.at)));
    for fault in sorted {
        terminal.tell(&clean(&fault.to_string()));
        if !fault.hint.is_empty() {
            terminal.tell(&format!("  {} {}", paint(STRONG, "hint:"), clean(&fault.hint)));
        }
    }
    let what = format!("{what}: {}", counted(faults.len(), "fault", "faults"));
    Problem::usage(what)
}
