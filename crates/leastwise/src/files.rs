//! Which files an estate consists of, and which settings speak of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use leastwise_governance::exceptions;

use crate::problem::Problem;
use crate::settings::FILE_NAME;

/// Standard input, where a path is asked for.
const STDIN: &str = "-";

/// The one hidden folder that exports are in.
const WORKFLOWS_PARENT: &str = ".github";

/// One file of an estate.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it is; `None` for standard input.
    pub path: Option<PathBuf>,
    /// How people are told of it, with `/`.
    pub shown: String,
    /// The argument under which it was found.
    pub unit: String,
}

/// How a path is told to people: with `/`, without a leading `./`.
pub fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace('\\', "/")
    };
    match text.strip_prefix("./") {
        Some("") | None => text,
        Some(rest) => rest.to_owned(),
    }
}

/// The files under `arguments`: each file once, folders searched in the order of names, hidden entries left
/// out (unless they are arguments themselves, or the folder in which repositories keep their workflows), links followed but never around in circles. Settings files are
/// no exports and are left out.
///
/// # Errors
/// Where an argument does not exist. A folder further down that may not be read is told to `unreadable`.
pub fn find(arguments: &[PathBuf], unreadable: &mut Vec<(String, String)>) -> Result<Vec<Found>, Problem> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for argument in arguments {
        let unit = shown(argument);
        if argument.as_os_str() == STDIN {
            found.push(Found {
                path: None,
                shown: "<stdin>".into(),
                unit,
            });
            continue;
        }
        let about = fs::metadata(argument).map_err(|error| Problem::file(argument, &error))?;
        if about.is_dir() {
            let mut walk = Walk {
                unit: &unit,
                found: &mut found,
                seen: &mut seen,
                unreadable,
            };
            walk.folder(argument);
        } else if fs::canonicalize(argument).map_or(true, |place| seen.insert(place)) {
            found.push(Found {
                path: Some(argument.clone()),
                shown: shown(argument),
                unit,
            });
        }
    }
    Ok(found)
}

struct Walk<'a> {
    unit: &'a str,
    found: &'a mut Vec<Found>,
    seen: &'a mut BTreeSet<PathBuf>,
    unreadable: &'a mut Vec<(String, String)>,
}

impl Walk<'_> {
    /// Recursion ends because every folder is entered once, by its real place.
    fn folder(&mut self, folder: &Path) {
        if !fs::canonicalize(folder).is_ok_and(|place| self.seen.insert(place)) {
            return;
        }
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                self.unreadable
                    .push((shown(folder), crate::problem::io_words(&error)));
                return;
            }
        };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let hidden = name.starts_with('.') && name != WORKFLOWS_PARENT;
            if hidden || name == FILE_NAME || name == exceptions::FILE_NAME {
                continue;
            }
            match fs::metadata(&path) {
                Ok(about) if about.is_dir() => self.folder(&path),
                // Sockets and pipes inside a folder would wait forever.
                Ok(about) if about.is_file() => {
                    if fs::canonicalize(&path).map_or(true, |place| self.seen.insert(place)) {
                        let shown = shown(&path);
                        self.found.push(Found {
                            path: Some(path),
                            shown,
                            unit: self.unit.to_owned(),
                        });
                    }
                }
                Ok(_) => {}
                Err(error) => self
                    .unreadable
                    .push((shown(&path), crate::problem::io_words(&error))),
            }
        }
    }
}

/// The settings file that speaks of `start`: the one in that folder, or in the nearest folder above it, up to
/// the root of the repository that holds it.
pub fn settings_for(start: &Path) -> Option<PathBuf> {
    nearest(start, FILE_NAME)
}

/// The file of this name in `start`, or in the nearest folder above it, up to the root of the repository that holds it.
pub fn nearest(start: &Path, name: &str) -> Option<PathBuf> {
    let mut folder = if start.is_dir() {
        start.to_path_buf()
    } else {
        parent(start)
    };
    // As many steps up as the real place has.
    let steps = fs::canonicalize(&folder).ok()?.components().count();
    for _ in 0..steps {
        let candidate = joined(&folder, name);
        if candidate.is_file() {
            return Some(candidate);
        }
        if folder.join(".git").exists() {
            return None;
        }
        folder = parent(&folder);
    }
    None
}

/// `folder/name`, without a leading `.`.
fn joined(folder: &Path, name: &str) -> PathBuf {
    if folder == Path::new(".") {
        PathBuf::from(name)
    } else {
        folder.join(name)
    }
}

/// The folder above, spelled relative to where the program runs where `path` is.
pub fn parent(path: &Path) -> PathBuf {
    match path.components().next_back() {
        Some(Component::Normal(_)) => match path.parent() {
            Some(above) if !above.as_os_str().is_empty() => above.to_path_buf(),
            _ => PathBuf::from("."),
        },
        Some(Component::ParentDir) => path.join(".."),
        Some(Component::CurDir) | None => PathBuf::from(".."),
        Some(Component::RootDir | Component::Prefix(_)) => path.to_path_buf(),
    }
}

/// Where a path that settings name relative to their own folder lies among `arguments`, spelled as the files
/// found there are: so that settings and files can be compared as text.
pub fn respelled(settings_folder: &Path, named: &str, arguments: &[PathBuf]) -> Vec<String> {
    let Ok(wanted) = fs::canonicalize(settings_folder.join(named)) else {
        return Vec::new();
    };
    let mut spellings = Vec::new();
    for argument in arguments {
        let Ok(given) = fs::canonicalize(argument) else {
            continue;
        };
        if let Ok(below) = wanted.strip_prefix(&given) {
            let path = if below.as_os_str().is_empty() {
                argument.clone()
            } else {
                argument.join(below)
            };
            spellings.push(shown(&path));
        } else if given.strip_prefix(&wanted).is_ok() {
            spellings.push(shown(argument));
        }
    }
    spellings
}

#[cfg(test)]
mod tests;
