//! The folder that a collection is written to, and its manifest: what was asked and got, part by part.
//!
//! A part is written as soon as nothing more is asked of it, so that a run that ends early loses little; the next run with
//! the same options asks for what the manifest does not call whole.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use leastwise_model::Text;
use leastwise_report::collected::{Asked, Collected, Outcome, Part, State};
use serde::Deserialize;

use crate::problem::Problem;

/// What was asked of a server, and what came of it.
const MANIFEST: &str = "collected.json";
/// The manifest is written at most so often while parts are coming in.
const BETWEEN: Duration = Duration::from_secs(2);

/// What is known of one part.
#[derive(Default)]
struct Held {
    state: State,
    files: Vec<String>,
    asked: Vec<Asked>,
    /// Whether this run has got any of it.
    renewed: bool,
}

impl Held {
    fn kept(&self) -> usize {
        kept(&self.asked)
    }
}

/// The folder.
pub struct Folder {
    path: PathBuf,
    product: String,
    client: String,
    wanted: Vec<String>,
    order: Vec<Text>,
    parts: BTreeMap<Text, Held>,
    saved: Option<Instant>,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(flatten)]
    collected: Collected,
}

impl Folder {
    /// Opens a folder that is new, empty, or holds a collection of the same that has parts. Nothing else that is there is
    /// written over, and nothing is mixed with it.
    pub fn open(path: &Path, product: &str, client: String, wanted: Vec<String>) -> Result<Self, Problem> {
        let mut folder = Self {
            path: path.to_owned(),
            product: product.to_owned(),
            client,
            wanted,
            order: Vec::new(),
            parts: BTreeMap::new(),
            saved: None,
        };
        let empty = |path: &Path| path.read_dir().is_ok_and(|mut entries| entries.next().is_none());
        if !path.exists() || empty(path) {
            return Ok(folder);
        }
        let taken = || {
            let what = format!("{} is there already and is not an empty folder", path.display());
            Problem::usage(what).hint("name a new folder with --out")
        };
        let text = std::fs::read_to_string(path.join(MANIFEST)).map_err(|_| taken())?;
        let earlier = serde_json::from_str::<Envelope>(&text)
            .map_err(|_| taken())?
            .collected;
        if earlier.product != folder.product || earlier.parts.is_empty() {
            return Err(taken());
        }
        if earlier.wanted != folder.wanted {
            let said = match earlier.wanted.as_slice() {
                [] => "without options".to_owned(),
                wanted => format!("with `{}`", wanted.join(" ")),
            };
            let what = format!("{} holds a collection that was made {said}", path.display());
            return Err(Problem::usage(what)
                .hint("give the same options to take it up, or name a new folder with --out"));
        }
        folder.take_up(earlier);
        Ok(folder)
    }

    fn take_up(&mut self, earlier: Collected) {
        for Part { name, state, files } in earlier.parts {
            let there = files.iter().all(|file| self.path.join(file).is_file());
            let held = Held {
                state: if there { state } else { State::Unfinished },
                files,
                ..Held::default()
            };
            self.order.push(name.as_str().into());
            self.parts.insert(name.into(), held);
        }
        for asked in earlier.asked {
            if let Some(held) = self.parts.get_mut(&*asked.part) {
                held.asked.push(asked);
            }
        }
    }

    /// Its parts so far, and whether all of each is there.
    pub fn parts(&self) -> BTreeMap<Text, bool> {
        let parts = self.parts.iter().filter(|(name, _)| !name.is_empty());
        parts
            .map(|(name, held)| (name.clone(), held.state == State::Whole))
            .collect()
    }

    /// How many answers are kept of parts, of those alone that are whole or of all.
    pub fn answers(&self, whole: bool) -> usize {
        let parts = self.parts.values();
        let parts = parts.filter(|held| !whole || held.state == State::Whole);
        parts.map(Held::kept).sum()
    }

    /// How many files there are.
    pub fn files(&self) -> usize {
        self.parts.values().map(|held| held.files.len()).sum()
    }

    /// A part is about to be asked for.
    pub fn begin(&mut self, part: &Text) -> Result<(), Problem> {
        if !self.parts.contains_key(part) {
            self.order.push(part.clone());
            self.parts.insert(part.clone(), Held::default());
        }
        Ok(())
    }

    /// Keeps what was got of a part: in place of what an earlier run got, unless that was more.
    pub fn keep(
        &mut self,
        part: &Text,
        asked: Vec<Asked>,
        files: Vec<(Text, String)>,
    ) -> Result<(), Problem> {
        self.begin(part)?;
        let Some(held) = self.parts.get_mut(part) else {
            return Ok(());
        };
        if !held.renewed && held.kept() > kept(&asked) {
            return Ok(());
        }
        if !held.renewed {
            held.asked.clear();
        }
        held.asked.extend(asked);
        let lacks = held.asked.iter().any(|one| one.outcome == Outcome::Failed);
        held.state = if lacks { State::Lacking } else { State::Whole };
        let names: BTreeSet<String> = files.iter().map(|(name, _)| name.to_string()).collect();
        let gone: Vec<String> = std::mem::take(&mut held.files)
            .into_iter()
            .filter(|name| !names.contains(name))
            .collect();
        match held.renewed {
            true => held.files = gone,
            false => gone.iter().for_each(|name| {
                // What is there no more is what was wanted.
                let _ = std::fs::remove_file(self.path.join(name));
            }),
        }
        held.files.extend(names);
        held.renewed = true;
        for (name, content) in &files {
            write(&self.path.join(&**name), content)?;
        }
        if self.saved.is_none_or(|saved| saved.elapsed() >= BETWEEN) && !part.is_empty() {
            self.save()?;
        }
        Ok(())
    }

    /// Writes the manifest.
    pub fn save(&mut self) -> Result<(), Problem> {
        let text = super::super::json("collected", self.manifest())?;
        // A run that ends while it writes must not take the manifest with it.
        let fresh = self.path.join(format!("{MANIFEST}.new"));
        write(&fresh, &text)?;
        let path = self.path.join(MANIFEST);
        std::fs::rename(&fresh, &path).map_err(|error| Problem::file(&path, &error))?;
        self.saved = Some(Instant::now());
        Ok(())
    }

    fn manifest(&self) -> Collected {
        let held = || {
            self.order
                .iter()
                .filter_map(|name| Some((name, self.parts.get(name)?)))
        };
        Collected {
            product: self.product.clone(),
            client: self.client.clone(),
            wanted: self.wanted.clone(),
            files: held().flat_map(|(_, held)| held.files.iter().cloned()).collect(),
            parts: held()
                .filter(|(name, _)| !name.is_empty())
                .map(|(name, held)| Part {
                    name: name.to_string(),
                    state: held.state,
                    files: held.files.clone(),
                })
                .collect(),
            asked: held().flat_map(|(_, held)| held.asked.iter().cloned()).collect(),
        }
    }
}

fn kept(asked: &[Asked]) -> usize {
    asked.iter().filter(|one| one.outcome == Outcome::Kept).count()
}

fn write(path: &Path, content: &str) -> Result<(), Problem> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(|error| Problem::file(parent, &error))?;
    }
    std::fs::write(path, content).map_err(|error| Problem::file(path, &error))
}
