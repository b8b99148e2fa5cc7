//! What a change is compared with: a folder, a snapshot, or a revision that is read into a folder of its own.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::git;
use crate::estate::Spelling;
use crate::problem::Problem;

/// Where the older version of each path is.
pub struct Base {
    /// As it was named.
    pub named: String,
    /// Those that there are.
    pub paths: Vec<PathBuf>,
    /// What they are called: as the paths of today.
    pub spelling: Spelling,
    /// The folder that holds them, which goes away with this.
    _folder: Option<TempDir>,
}

/// The base that was named.
///
/// # Errors
/// Where it is neither a path nor a revision, or both.
pub fn find(named: &str, paths: &[PathBuf]) -> Result<Base, Problem> {
    let folder = Path::new(named);
    let there = folder.exists();
    let plain = !named.starts_with(['.', '/', '\\']) && !folder.is_absolute();
    if there && plain && git::is_revision(named, paths) {
        return Err(
            Problem::usage(format!("`{named}` is a path and a revision")).hint(format!(
                "write `./{named}` for the path, or `refs/heads/{named}` for the branch"
            )),
        );
    }
    if there {
        of_folder(folder, paths)
    } else {
        git::read(named, paths)
    }
}

/// A folder, or a file, that holds the older version.
///
/// # Errors
/// Where it is not there, or cannot hold all the paths.
pub fn of_folder(folder: &Path, paths: &[PathBuf]) -> Result<Base, Problem> {
    std::fs::metadata(folder).map_err(|error| Problem::file(folder, &error))?;
    let pairs: Vec<(PathBuf, PathBuf)> = match paths {
        [only] => vec![(folder.to_owned(), only.clone())],
        several => {
            if let Some(far) = several
                .iter()
                .find(|path| path.is_absolute() || path.starts_with(".."))
            {
                let what = format!("`{}` cannot lie in `{}`", far.display(), folder.display());
                return Err(Problem::usage(what).hint(
                    "with several paths, the base holds each under its name: name paths below this folder",
                ));
            }
            several
                .iter()
                .map(|path| (folder.join(path), path.clone()))
                .collect()
        }
    };
    Ok(Base::new(crate::files::shown(folder), pairs, None))
}

impl Base {
    /// Of where paths are and what they are called.
    pub fn new(named: String, pairs: Vec<(PathBuf, PathBuf)>, folder: Option<TempDir>) -> Self {
        let there = pairs.iter().filter(|(from, _)| from.exists());
        Self {
            named,
            paths: there.map(|(from, _)| from.clone()).collect(),
            spelling: Spelling(pairs),
            _folder: folder,
        }
    }
}
