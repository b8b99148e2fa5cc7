//! From files to a snapshot: every file is read once, offered by content to every platform, and what nobody
//! takes or can read is named.

pub mod collected;
mod gathered;
mod packed;
mod told;

use std::io::Read;
use std::path::{Path, PathBuf};

use leastwise_document::{Fault, Item, Limits, Position};
use leastwise_model::{
    Assumption, Begun, File, FileIndex, Location, Platform, Reader, Remark, Renaming, Settings, Side,
    Snapshot, Taken, Text, format,
};

use leastwise_report::text::counted;

use crate::files::{self, Found};
use crate::problem::{Problem, io_words};
use crate::progress::Progress;
use crate::settings;
pub use gathered::{Gathered, Spelling};
use packed::Content;
pub use told::{place, tell};

/// An estate as it was read.
pub struct Estate {
    /// What it says.
    pub snapshot: Snapshot,
    /// What its owners say about it.
    pub settings: Settings,
    /// How many files of it said something.
    pub files_read: usize,
    /// Whether it was kept in a snapshot, which may be older than what it tells.
    pub kept: bool,
    /// Files that no platform knows, and parts of files that it does not: where each begins.
    pub unrecognized: Vec<String>,
}

/// Reads the estate under `arguments`; where there is none, the one whose settings file is nearest above the
/// current folder. `defaults` is the release whose default grants are assumed.
///
/// # Errors
/// Where an argument does not exist, the settings cannot be understood, or nothing is recognized.
pub fn load(
    arguments: &[PathBuf],
    defaults: Option<Text>,
    imagined: Imagined,
    platforms: &[&'static dyn Platform],
) -> Result<Estate, Problem> {
    let here = PathBuf::from(".");
    let (arguments, settings_file) = if arguments.is_empty() {
        let Some(file) = files::settings_for(&here) else {
            let hint = format!(
                "name the files or folders of your exports, or run in a folder with a {}",
                settings::FILE_NAME
            );
            return Err(Problem::no_input("no estate is given").hint(hint));
        };
        (vec![files::parent(&file)], Some(file))
    } else {
        (arguments.to_vec(), settings_of(arguments)?)
    };
    let mut settings = match &settings_file {
        Some(file) => read_settings(file, &arguments)?,
        None => Settings::default(),
    };
    settings.defaults = defaults;
    let also = match imagined {
        Imagined::Nothing => None,
        Imagined::Renamed(renaming) => {
            settings.renaming = Some(renaming);
            None
        }
        Imagined::Also(begun) => Some(begun),
    };
    let spelling = Spelling::default();
    read(&arguments, settings, &spelling, also, platforms)?.insist()
}

/// What an estate is taken to be beyond what its exports say.
pub enum Imagined {
    /// Nothing.
    Nothing,
    /// Something of it is called otherwise.
    Renamed(Renaming),
    /// It tells of one more session.
    Also(Begun),
}

/// Reads what is under `arguments`, of which `settings` speak.
///
/// # Errors
/// Where an argument does not exist, or a snapshot is not the only file.
pub fn read(
    arguments: &[PathBuf],
    settings: Settings,
    spelling: &Spelling,
    also: Option<Begun>,
    platforms: &[&'static dyn Platform],
) -> Result<Gathered, Problem> {
    let mut unreadable = Vec::new();
    let mut found = files::find(arguments, &mut unreadable)?;
    for file in &mut found {
        if let Some(path) = &file.path {
            file.shown = spelling.of(path);
        }
        file.unit = spelling.of(Path::new(&file.unit));
    }
    for (place, _) in &mut unreadable {
        *place = spelling.of(Path::new(place));
    }
    if let [only] = found.as_slice()
        && let Some(estate) = snapshot_file(only, platforms)?
    {
        if settings.defaults.is_some() {
            let what = format!("{}: to a snapshot no defaults are added", only.shown);
            return Err(Problem::usage(what).hint("give --assume-defaults to the scan that writes it"));
        }
        return Ok(Gathered { estate, found });
    }
    let mut loading = Loading::new(&settings, platforms);
    let total = found
        .iter()
        .filter_map(|file| Some(std::fs::metadata(file.path.as_ref()?).ok()?.len()))
        .sum();
    let mut progress = Progress::of_bytes(total, "reading");
    for file in &found {
        match packed::content(file) {
            Ok(Content::Packed(mut stream)) => loading.packed(&file.shown, &file.unit, &mut *stream),
            Ok(Content::Plain(bytes)) if format::recognise(&bytes) => {
                let what = format!("{}: a snapshot stands for a whole estate", file.shown);
                return Err(Problem::usage(what).hint("give it alone, or the exports it was made of"));
            }
            Ok(Content::Plain(bytes)) => {
                loading.file(&file.shown, &file.unit, &bytes);
                progress.advance(bytes.len() as u64);
            }
            Err(error) => unreadable.push((file.shown.clone(), io_words(&error))),
        }
    }
    drop(progress);
    if let Some(begun) = also {
        loading.file(&begun.shown, "", begun.text.as_bytes());
    }
    let estate = loading.finish(settings, &unreadable);
    Ok(Gathered { estate, found })
}

/// Reads an estate out of memory: pairs of path and content, in order, found under one argument.
///
/// # Errors
/// Where nothing is recognized.
pub fn load_embedded<'a>(
    unit: &str,
    files: impl IntoIterator<Item = (String, &'a [u8])>,
    settings: Settings,
    platforms: &[&'static dyn Platform],
) -> Result<Estate, Problem> {
    let mut loading = Loading::new(&settings, platforms);
    let mut count = 0;
    for (path, bytes) in files {
        loading.file(&path, unit, bytes);
        count += 1;
    }
    let estate = loading.finish(settings, &[]);
    match estate.files_read {
        0 => Err(nothing_recognized(&estate.snapshot, count)),
        _ => Ok(estate),
    }
}

/// The estate of a snapshot file, if the file is one.
fn snapshot_file(file: &Found, platforms: &[&'static dyn Platform]) -> Result<Option<Estate>, Problem> {
    let Some(path) = &file.path else { return Ok(None) };
    let mut head = Vec::new();
    let opened = std::fs::File::open(path).and_then(|opened| opened.take(256).read_to_end(&mut head));
    if opened.is_err() || !format::recognise(&head) {
        return Ok(None);
    }
    let bytes = std::fs::read(path).map_err(|error| Problem::file(path, &error))?;
    let names: Vec<&'static str> = platforms.iter().map(|platform| platform.name()).collect();
    let (snapshot, settings) = format::read(&bytes, &names).map_err(|error| {
        Problem::no_input(format!("{}: {error}", file.shown)).hint("write it again with `leastwise scan -o`")
    })?;
    Ok(Some(Estate {
        files_read: snapshot.files.len(),
        kept: true,
        snapshot,
        settings,
        unrecognized: Vec::new(),
    }))
}

/// The settings file of all arguments together.
///
/// # Errors
/// Where two speak of them.
pub fn settings_of(arguments: &[PathBuf]) -> Result<Option<PathBuf>, Problem> {
    let mut one: Option<(PathBuf, PathBuf)> = None;
    for argument in arguments {
        let Some(file) = files::settings_for(argument) else {
            continue;
        };
        let place = std::fs::canonicalize(&file).unwrap_or_else(|_| file.clone());
        match &one {
            None => one = Some((file, place)),
            Some((_, other)) if *other == place => {}
            Some((first, _)) => {
                let what = format!(
                    "two settings files: {} and {}",
                    files::shown(first),
                    files::shown(&file)
                );
                return Err(Problem::usage(what).hint("keep one that speaks of the whole estate"));
            }
        }
    }
    Ok(one.map(|(file, _)| file))
}

/// Reads a settings file that speaks of these arguments.
///
/// # Errors
/// Where it cannot be read or understood.
pub fn read_settings(file: &Path, arguments: &[PathBuf]) -> Result<Settings, Problem> {
    let bytes = std::fs::read(file).map_err(|error| Problem::file(file, &error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let what = format!(
            "{}: byte {} is not UTF-8",
            files::shown(file),
            error.utf8_error().valid_up_to() + 1
        );
        Problem::usage(what).hint("save it as UTF-8")
    })?;
    let mut settings = settings::parse(&text).map_err(|error| {
        Problem::usage(format!("{}:{error}", files::shown(file))).hint("correct the settings")
    })?;
    let folder = files::parent(file);
    for cluster in &mut settings.clusters {
        cluster.paths = cluster
            .paths
            .iter()
            .flat_map(|named| files::respelled(&folder, named, arguments))
            .map(Text::from)
            .collect();
    }
    Ok(settings)
}

/// The content of a file.
pub fn bytes(file: &Found) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    opened(file)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn opened(file: &Found) -> std::io::Result<Box<dyn Read + Send>> {
    Ok(match &file.path {
        Some(path) => Box::new(std::fs::File::open(path)?),
        None => Box::new(std::io::stdin()),
    })
}

struct Loading {
    snapshot: Snapshot,
    readers: Vec<Box<dyn Reader>>,
    files_read: usize,
    unrecognized: Vec<String>,
}

impl Loading {
    fn new(settings: &Settings, platforms: &[&'static dyn Platform]) -> Self {
        Self {
            snapshot: Snapshot::new(),
            readers: platforms
                .iter()
                .map(|platform| platform.reader(settings))
                .collect(),
            files_read: 0,
            unrecognized: Vec::new(),
        }
    }

    fn file(&mut self, shown: &str, unit: &str, bytes: &[u8]) {
        let index = self.snapshot.add_file(File {
            path: shown.into(),
            unit: unit.into(),
        });
        if let Some(remarks) = collected::failures(index, bytes) {
            self.snapshot.remarks.extend(remarks);
            return;
        }
        if !begins_like_json(bytes) && self.text(index, shown, bytes) {
            self.files_read += 1;
            return;
        }
        let mut taken = 0_usize;
        let mut foreign = Vec::new();
        // A file is nearly always of one platform: whoever took the last item is asked first.
        let mut first = 0;
        let readers = &mut self.readers;
        let faults = leastwise_document::read(bytes, &Limits::default(), &mut |item| match offer(
            readers, &mut first, index, shown, item,
        ) {
            None => taken += 1,
            Some(back) => foreign.push((back.node.position(), back.pointer.clone())),
        });
        if taken > 0 {
            self.files_read += 1;
            for (at, pointer) in foreign {
                self.unrecognized.push(
                    format!("{shown}:{}:{} {pointer}", at.line, at.column)
                        .trim_end()
                        .into(),
                );
            }
        } else if faults.iter().any(Fault::loses) && meant_as_document(shown, bytes) {
            // Nothing of it could be recognized, and something of it was lost: what it says is not known.
        } else {
            self.unrecognized.push(shown.to_owned());
            return;
        }
        for fault in faults {
            self.fault(index, &fault);
        }
    }

    fn text(&mut self, index: FileIndex, shown: &str, bytes: &[u8]) -> bool {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let Ok(text) = std::str::from_utf8(bytes) else {
            return false;
        };
        self.readers
            .iter_mut()
            .any(|reader| reader.take_text(index, shown, text))
    }

    fn fault(&mut self, file: FileIndex, fault: &Fault) {
        let Position { line, column } = fault.at;
        let said = fault.to_string();
        // Faults display as cause and way out in one sentence.
        let (what, hint) = said.rsplit_once("; ").unwrap_or((&said, ""));
        self.snapshot.remarks.push(Remark {
            location: Some(Location {
                file,
                line,
                column,
                pointer: fault.pointer.as_str().into(),
            }),
            what: what.into(),
            hint: hint.into(),
            loses: fault.loses(),
        });
    }

    fn finish(mut self, settings: Settings, unreadable: &[(String, String)]) -> Estate {
        for (path, why) in unreadable {
            self.snapshot.remarks.push(Remark {
                location: None,
                what: format!("{path}: {why}").into(),
                hint: "make it readable, or leave it out".into(),
                loses: true,
            });
        }
        for reader in self.readers {
            reader.compile(&mut self.snapshot);
        }
        settings.name_owners(&mut self.snapshot.identities);
        settings.name_environments(&mut self.snapshot.identities);
        assume_what_was_lost(&mut self.snapshot);
        Estate {
            snapshot: self.snapshot,
            settings,
            files_read: self.files_read,
            kept: false,
            unrecognized: self.unrecognized,
        }
    }
}

/// Offers an item to every reader; gives it back if nobody takes it.
fn offer(
    readers: &mut [Box<dyn Reader>],
    first: &mut usize,
    file: FileIndex,
    shown: &str,
    item: Item,
) -> Option<Box<Item>> {
    let count = readers.len();
    let mut item = Box::new(item);
    for turn in 0..count {
        let at = (*first + turn) % count;
        let Some(reader) = readers.get_mut(at) else {
            continue;
        };
        match reader.take(file, shown, *item) {
            Taken::Yes => {
                *first = at;
                return None;
            }
            Taken::No(back) => item = back,
        }
    }
    Some(item)
}

fn begins_like_json(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    matches!(
        bytes.iter().find(|byte| !byte.is_ascii_whitespace()),
        Some(b'{' | b'[')
    )
}

/// Whether somebody meant a file to be JSON or YAML. Nearly any text is YAML in part, so that a fault in a
/// text file is worth telling only where its name or its first word says what it should be.
fn meant_as_document(shown: &str, bytes: &[u8]) -> bool {
    let ending = shown.rsplit_once('.').map_or("", |(_, ending)| ending);
    ["json", "jsonl", "ndjson", "yaml", "yml"]
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known))
        || begins_like_json(bytes)
        || bytes.starts_with(b"apiVersion:")
}

fn nothing_recognized(snapshot: &Snapshot, files: usize) -> Problem {
    let places: Vec<String> = snapshot
        .remarks
        .iter()
        .filter(|remark| remark.loses)
        .map(|remark| format!("{}{}", place(snapshot, remark), remark.what))
        .collect();
    let what = match (files, places.as_slice()) {
        (0, _) => "no file was found".to_owned(),
        (1, []) => "the file is not an export that leastwise knows".to_owned(),
        (_, []) => format!("none of the {files} files is an export that leastwise knows"),
        (_, places) => format!("nothing could be read\n  {}", places.join("\n  ")),
    };
    Problem::no_input(what).hint(
        "`leastwise scan --help` names the exports it reads; `leastwise demo` shows an estate without any",
    )
}

/// Ends a strict run where something could not be read.
///
/// # Errors
/// Where something was lost.
pub fn insist(estate: &Estate) -> Result<(), Problem> {
    let lost = estate
        .snapshot
        .remarks
        .iter()
        .filter(|remark| remark.loses)
        .count();
    if lost == 0 {
        return Ok(());
    }
    let places = counted(lost, "place", "places");
    Err(
        Problem::strict(format!("{places} of the input could not be read"))
            .hint("repair them, or run without --strict"),
    )
}

/// What could not be read could say anything about anybody: every answer rests on its saying nothing.
fn assume_what_was_lost(snapshot: &mut Snapshot) {
    let lost: Vec<&Remark> = snapshot.remarks.iter().filter(|remark| remark.loses).collect();
    let Some(first) = lost.first() else { return };
    let count = lost.len();
    let at = place(snapshot, first);
    let at = if at.is_empty() {
        first.what.to_string()
    } else {
        at.trim_end_matches(": ").to_owned()
    };
    let more = if count > 1 {
        format!(" and {} more", count - 1)
    } else {
        String::new()
    };
    let assumption = Assumption {
        layer: format!("input that could not be read ({at}{more})").into(),
        settle: format!("repair or export again: {at}{more}").into(),
        side: Side::Both,
    };
    for identity in &mut snapshot.identities {
        identity.assumptions.push(assumption.clone());
    }
}
