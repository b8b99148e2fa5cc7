//! An older version of files, out of the user's own `git`, which is only asked to tell what it holds.
//!
//! Source: Git documentation, `git-ls-tree`, `git-cat-file` ("BATCH OUTPUT"), `git-rev-parse`.

use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use leastwise_governance::exceptions;
use tempfile::TempDir;

use super::base::Base;
use crate::files;
use crate::problem::{Problem, io_words};
use crate::settings;

/// A repository, by its root.
struct Repository {
    root: PathBuf,
}

/// What a tree holds at one path.
struct Entry {
    /// Whether it is a link.
    link: bool,
    object: String,
    path: PathBuf,
}

/// Whether the repository that holds the first of the paths has a revision of this name.
pub fn is_revision(named: &str, paths: &[PathBuf]) -> bool {
    paths
        .first()
        .and_then(|path| Repository::of(path).ok())
        .is_some_and(|repository| repository.tree(named).is_ok())
}

/// The paths as they are in a revision, with the settings above them and the files `beside`, in a folder of its own.
///
/// # Errors
/// Where there is no such revision, the paths are in no repository or in several, or `git` cannot tell.
pub fn read(named: &str, paths: &[PathBuf], beside: &[PathBuf]) -> Result<Base, Problem> {
    let Some(first) = paths.first() else {
        return Err(Problem::usage("no path is given"));
    };
    let repository = Repository::of(first).map_err(|why| {
        why.hint(format!(
            "`{named}` is no folder; a revision needs paths in a git repository"
        ))
    })?;
    let tree = repository.tree(named)?;
    let mut inside = Vec::new();
    for path in paths {
        inside.push(repository.inside(path)?);
    }
    // A file outside of the repository has no older version there.
    let beside: Vec<PathBuf> = beside
        .iter()
        .filter_map(|path| repository.inside(path).ok())
        .collect();
    let entries = repository.entries(&tree, &inside, &beside)?;
    let folder = TempDir::new()
        .map_err(|error| Problem::usage(format!("no temporary folder: {}", io_words(&error))))?;
    // The search for settings ends at the root of a repository.
    let made = std::fs::create_dir(folder.path().join(".git"));
    made.map_err(|error| Problem::file(folder.path(), &error))?;
    repository.write(&entries, folder.path())?;
    let pairs = inside
        .iter()
        .zip(paths)
        .map(|(inside, path)| (folder.path().join(inside), path.clone()));
    Ok(Base::new(named.to_owned(), pairs.collect(), Some(folder)).of_repository(repository.root))
}

impl Repository {
    /// The one that holds a path.
    fn of(path: &Path) -> Result<Self, Problem> {
        let folder = if path.is_dir() {
            path.to_owned()
        } else {
            files::parent(path)
        };
        let root = text(run(&folder, &["rev-parse", "--show-toplevel"], b"")?)?;
        let root = PathBuf::from(root.trim_end_matches(['\n', '\r']));
        let root = std::fs::canonicalize(&root).map_err(|error| Problem::file(&root, &error))?;
        Ok(Self { root })
    }

    /// A path, from the root.
    fn inside(&self, path: &Path) -> Result<PathBuf, Problem> {
        let real = std::fs::canonicalize(path).map_err(|error| Problem::file(path, &error))?;
        let inside = real.strip_prefix(&self.root);
        inside.map(Path::to_owned).map_err(|_| {
            Problem::usage(format!(
                "{}: is not in the repository {}",
                path.display(),
                self.root.display()
            ))
            .hint("check one repository at a time")
        })
    }

    /// The tree of a revision.
    fn tree(&self, named: &str) -> Result<String, Problem> {
        let unknown = || {
            Problem::usage(format!("`{named}` is neither a path nor a revision of {}", self.root.display()))
                .hint("fetch it first, as in `git fetch origin main`, or name the folder that holds the older version")
        };
        if named.is_empty() || named.starts_with('-') {
            return Err(unknown());
        }
        let asked = format!("{named}^{{tree}}");
        let found =
            run(&self.root, &["rev-parse", "--verify", "--quiet", &asked], b"").map_err(|_| unknown())?;
        Ok(text(found)?.trim().to_owned())
    }

    /// The files of a tree under some paths, and the settings in the folders above them.
    fn entries(&self, tree: &str, inside: &[PathBuf], beside: &[PathBuf]) -> Result<Vec<Entry>, Problem> {
        let mut arguments = vec![
            "ls-tree".to_owned(),
            "-r".into(),
            "-z".into(),
            "--full-tree".into(),
            tree.into(),
        ];
        if inside.iter().all(|path| !path.as_os_str().is_empty()) {
            arguments.push("--".into());
            arguments.extend(beside.iter().map(|path| slashed(path)));
            for path in inside {
                arguments.push(slashed(path));
                for above in path.ancestors().skip(1) {
                    arguments.push(slashed(&above.join(settings::FILE_NAME)));
                    arguments.push(slashed(&above.join(exceptions::FILE_NAME)));
                }
            }
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let listed = run(&self.root, &arguments, b"")?;
        let lines = listed.split(|byte| *byte == 0).filter(|line| !line.is_empty());
        Ok(lines.filter_map(entry).collect())
    }

    /// Writes the files of a tree into a folder; links last, so that nothing is written through one.
    fn write(&self, entries: &[Entry], folder: &Path) -> Result<(), Problem> {
        let mut asked = String::new();
        for entry in entries {
            asked.push_str(&entry.object);
            asked.push('\n');
        }
        let answer = run(&self.root, &["cat-file", "--batch"], asked.as_bytes())?;
        let odd = || {
            Problem::usage("`git cat-file` does not hold all of the revision")
                .hint("fetch the whole revision: a partial clone lacks files")
        };
        let mut rest = answer.as_slice();
        let mut links = Vec::new();
        for entry in entries {
            let end = rest.iter().position(|byte| *byte == b'\n').ok_or_else(odd)?;
            let head = std::str::from_utf8(rest.get(..end).unwrap_or_default()).map_err(|_| odd())?;
            let size: usize = head
                .rsplit(' ')
                .next()
                .and_then(|size| size.parse().ok())
                .ok_or_else(odd)?;
            let body = rest.get(end + 1..end + 1 + size).ok_or_else(odd)?;
            rest = rest.get(end + size + 2..).unwrap_or_default();
            let path = folder.join(&entry.path);
            if let Some(above) = path.parent() {
                std::fs::create_dir_all(above).map_err(|error| Problem::file(above, &error))?;
            }
            if entry.link {
                links.push((path, body.to_vec()));
            } else {
                std::fs::write(&path, body).map_err(|error| Problem::file(&path, &error))?;
            }
        }
        for (path, target) in links {
            link(&String::from_utf8_lossy(&target), &path);
        }
        Ok(())
    }
}

/// A link as the revision has it. Where none can be made, what it leads to is missing from the base: then it is told as new.
#[cfg(unix)]
fn link(target: &str, path: &Path) {
    let _ = std::os::unix::fs::symlink(target, path);
}

#[cfg(not(unix))]
fn link(_target: &str, _path: &Path) {}

/// One line of `git ls-tree -z`: `mode SP type SP object TAB path`. Only what stays below the root counts.
fn entry(line: &[u8]) -> Option<Entry> {
    let line = std::str::from_utf8(line).ok()?;
    let (about, path) = line.split_once('\t')?;
    let mut about = about.split(' ');
    let (mode, kind, object) = (about.next()?, about.next()?, about.next()?);
    let path = PathBuf::from(path);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    let own = path
        .components()
        .any(|part| part.as_os_str().eq_ignore_ascii_case(".git"));
    (kind == "blob" && plain && !own).then(|| Entry {
        link: mode == "120000",
        object: object.to_owned(),
        path,
    })
}

fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn text(bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(|_| Problem::usage("`git` names a path that is not UTF-8"))
}

/// What `git` prints. Nothing is fetched, no lock is taken, and words are paths as they stand.
fn run(folder: &Path, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, Problem> {
    let missing = |error: std::io::Error| {
        Problem::usage(format!("`git` cannot be run: {}", io_words(&error)))
            .hint("install git, or give a folder as --base")
    };
    let mut child = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env("GIT_LITERAL_PATHSPECS", "1")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(missing)?;
    let pipe = child.stdin.take();
    let out = std::thread::scope(|scope| {
        scope.spawn(move || {
            if let Some(mut pipe) = pipe {
                // Who has enough does not read to the end.
                let _ = pipe.write_all(input);
            }
        });
        child.wait_with_output()
    });
    let out = out.map_err(missing)?;
    if out.status.success() {
        return Ok(out.stdout);
    }
    let said = String::from_utf8_lossy(&out.stderr);
    let said = said
        .lines()
        .next()
        .unwrap_or("it failed")
        .trim_start_matches("fatal: ");
    Err(Problem::usage(format!("git: {said}")))
}
