//! Files that were read, and what they are called, before anybody insists on their holding an estate.

use std::path::{Path, PathBuf};

use super::{Estate, nothing_recognized};
use crate::files::{self, Found};
use crate::problem::Problem;

/// Where files are, and where they are said to be: an older version of a folder is told by the names of today.
#[derive(Clone, Debug, Default)]
pub struct Spelling(pub Vec<(PathBuf, PathBuf)>);

impl Spelling {
    /// What a path is called.
    pub fn of(&self, path: &Path) -> String {
        let renamed = self.0.iter().find_map(|(from, to)| {
            let rest = path.strip_prefix(from).ok()?;
            Some(if rest.as_os_str().is_empty() {
                to.clone()
            } else {
                to.join(rest)
            })
        });
        files::shown(renamed.as_deref().unwrap_or(path))
    }
}

/// Files that were read, before anybody insists on their holding an estate.
pub struct Gathered {
    /// The estate, which may hold nothing.
    pub estate: Estate,
    /// The files that were found.
    pub found: Vec<Found>,
}

impl Gathered {
    /// The estate.
    ///
    /// # Errors
    /// Where nothing was recognized.
    pub fn insist(self) -> Result<Estate, Problem> {
        if self.estate.files_read == 0 {
            return Err(nothing_recognized(&self.estate.snapshot, self.found.len()));
        }
        Ok(self.estate)
    }

    /// The estate, which may hold nothing, and the files that were found.
    pub fn any(self) -> (Estate, Vec<Found>) {
        (self.estate, self.found)
    }
}
