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
    /// The root of the repository that it was read out of.
    root: Option<PathBuf>,
    /// The folder that holds them, which goes away with this.
    folder: Option<TempDir>,
}

/// The older version of a file that stands beside what is checked.
pub enum Older {
    /// It is the file itself: both versions have it in common.
    Same,
    /// It stands here, or nowhere.
    At(PathBuf),
    /// Nobody knows whether there was one.
    Untold,
}

/// The base that was named, with the older versions of the files `beside`.
///
/// # Errors
/// Where it is neither a path nor a revision, or both.
pub fn find(named: &str, paths: &[PathBuf], beside: &[PathBuf]) -> Result<Base, Problem> {
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
        git::read(named, paths, beside)
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
            root: None,
            folder,
        }
    }

    /// The same, read out of a repository.
    pub fn of_repository(self, root: PathBuf) -> Self {
        Self {
            root: Some(root),
            ..self
        }
    }

    /// Where the older version of a file is. A folder holds it where it lies within a path that is checked, or as far above.
    pub fn older(&self, file: &Path) -> Older {
        let Ok(real) = std::fs::canonicalize(file) else {
            return Older::Untold;
        };
        if let (Some(root), Some(folder)) = (&self.root, &self.folder) {
            return match real.strip_prefix(root) {
                Ok(inside) => Older::At(folder.path().join(inside)),
                Err(_) => Older::Untold,
            };
        }
        for (from, to) in &self.spelling.0 {
            let (Ok(from), Ok(to)) = (std::fs::canonicalize(from), std::fs::canonicalize(to)) else {
                continue;
            };
            let above = from.ancestors().zip(to.ancestors()).enumerate();
            for (steps, (from, to)) in above {
                let Ok(inside) = real.strip_prefix(to) else {
                    continue;
                };
                let old = from.join(inside);
                match (old == real, steps == 0 && from.is_dir() || old.is_file()) {
                    (true, _) => return Older::Same,
                    (false, true) => return Older::At(old),
                    (false, false) => break,
                }
            }
        }
        Older::Untold
    }
}
