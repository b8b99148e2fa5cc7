//! Who needs what: an assignments file, read as a stream.
//!
//! One assignment a line: an identity, white space, a permission. Where a line holds a tab, the tab stands between the
//! two, and names may hold spaces. Empty lines and lines that begin with `#` say nothing. A line that is anything else is
//! kept as a [`BadLine`] with its place: what it was to say is not known, so nothing is claimed of it.

use std::fmt;
use std::hash::BuildHasher;

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::lists::{Lists, number};

/// The longest line, in bytes.
const LINE_MAX: usize = 64 << 10;
/// How many bad lines are kept; further ones are counted.
const BAD_MAX: usize = 1000;

/// Which identity needs which permission; names in the order of their bytes, so that the order of lines does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assignments {
    identities: Vec<Box<str>>,
    permissions: Vec<Box<str>>,
    pub(crate) rows: Lists,
}

impl Assignments {
    /// Out of pairs of identity and permission, in any order, repeated or not.
    #[must_use]
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut reader = Reader::default();
        for (identity, permission) in pairs {
            reader.pair(identity, permission);
        }
        reader.finish().assignments
    }

    /// Names of identities, ascending; results name an identity by its place here.
    #[must_use]
    pub fn identities(&self) -> &[Box<str>] {
        &self.identities
    }

    /// Names of permissions, ascending; results name a permission by its place here.
    #[must_use]
    pub fn permissions(&self) -> &[Box<str>] {
        &self.permissions
    }

    /// The name of an identity; empty where there is none of this number.
    #[must_use]
    pub fn identity(&self, identity: u32) -> &str {
        self.identities.get(identity as usize).map_or("", |name| name)
    }

    /// The name of a permission; empty where there is none of this number.
    #[must_use]
    pub fn permission(&self, permission: u32) -> &str {
        self.permissions.get(permission as usize).map_or("", |name| name)
    }

    /// What an identity needs, ascending.
    #[must_use]
    pub fn needs(&self, identity: u32) -> &[u32] {
        self.rows.get(identity)
    }

    /// How many different pairs of identity and permission there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rows.sum()
    }
}

/// What a file said.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// All that could be read.
    pub assignments: Assignments,
    /// Lines that could not be read, the first thousand.
    pub bad: Vec<BadLine>,
    /// How many lines could not be read.
    pub bad_count: usize,
    /// How many lines said what another had said already.
    pub repeated: usize,
}

/// A line that is no assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, from 1.
    pub line: usize,
    /// Where in the line the fault is, in bytes from 1.
    pub column: usize,
    /// What is wrong.
    pub kind: BadLineKind,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadLineKind {
    /// One name only.
    NoPermission,
    /// One name only, with a comma in it.
    Commas,
    /// A third name.
    TooMany,
    /// A byte that is not UTF-8.
    NotUtf8,
    /// A NUL byte: the file is not text.
    Binary,
    /// Longer than any name is.
    TooLong,
}

impl fmt::Display for BadLineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPermission => "names no permission: write `identity permission`",
            Self::Commas => "names no permission; if this is CSV, put a tab in the place of the comma",
            Self::TooMany => {
                "has a third word: write `identity permission`, with a tab between them where names hold spaces"
            }
            Self::NotUtf8 => "is not UTF-8: save the file as UTF-8",
            Self::Binary => "holds a NUL byte: the file is not text; unpack it first if it is compressed",
            Self::TooLong => "is longer than 64 KiB: this is no list of assignments",
        })
    }
}

/// Reads a file piece by piece; memory grows with names and assignments, not with the length of the file.
///
/// ```
/// use leastwise_roles::assignments::Reader;
///
/// let mut reader = Reader::default();
/// reader.feed(b"reporter s3:GetOb");
/// reader.feed(b"ject\nreporter\n");
/// let reading = reader.finish();
/// assert_eq!(reading.assignments.count(), 1);
/// assert_eq!((reading.bad[0].line, reading.bad[0].column), (2, 9));
/// ```
#[derive(Default)]
pub struct Reader {
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
    line: usize,
    identities: Names,
    permissions: Names,
    pairs: Vec<(u32, u32)>,
    reading: Reading,
}

impl Reader {
    /// The next piece of the file, cut anywhere.
    pub fn feed(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while let Some(at) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, behind) = (rest.get(..at), rest.get(at + 1..));
            let line = line.unwrap_or_default();
            rest = behind.unwrap_or_default();
            if self.begun.is_empty() {
                self.read_line(line);
            } else {
                self.begin(line);
                let whole = std::mem::take(&mut self.begun);
                self.read_line(&whole);
                self.begun = whole;
                self.begun.clear();
            }
        }
        self.begin(rest);
    }

    /// Keeps what is there of a line; of one that is too long, no more than tells so.
    fn begin(&mut self, part: &[u8]) {
        let room = (LINE_MAX + 2).saturating_sub(self.begun.len());
        self.begun
            .extend_from_slice(part.get(..room.min(part.len())).unwrap_or_default());
    }

    /// The end of the file.
    #[must_use]
    pub fn finish(mut self) -> Reading {
        if !self.begun.is_empty() {
            let whole = std::mem::take(&mut self.begun);
            self.read_line(&whole);
        }
        let (identities, identity_places) = self.identities.sorted();
        let (permissions, permission_places) = self.permissions.sorted();
        let place = |places: &[u32], name: u32| places.get(name as usize).copied().unwrap_or_default();
        for (identity, permission) in &mut self.pairs {
            *identity = place(&identity_places, *identity);
            *permission = place(&permission_places, *permission);
        }
        let rows = Lists::from_pairs(identities.len(), &self.pairs);
        self.reading.repeated = self.pairs.len() - rows.sum();
        self.reading.assignments = Assignments {
            identities,
            permissions,
            rows,
        };
        self.reading
    }

    fn pair(&mut self, identity: &str, permission: &str) {
        let pair = (
            self.identities.intern(identity),
            self.permissions.intern(permission),
        );
        self.pairs.push(pair);
    }

    fn read_line(&mut self, line: &[u8]) {
        self.line += 1;
        let mut line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut skipped = 0;
        if self.line == 1
            && let Some(behind) = line.strip_prefix(b"\xEF\xBB\xBF")
        {
            (line, skipped) = (behind, 3);
        }
        match split(line) {
            Ok(None) => {}
            Ok(Some((identity, permission))) => self.pair(identity, permission),
            Err((at, kind)) => {
                self.reading.bad_count += 1;
                if self.reading.bad.len() < BAD_MAX {
                    self.reading.bad.push(BadLine {
                        line: self.line,
                        column: at + skipped + 1,
                        kind,
                    });
                }
            }
        }
    }
}

/// The two names of a line; nothing where it says nothing; else where it is wrong, and how.
fn split(line: &[u8]) -> Result<Option<(&str, &str)>, (usize, BadLineKind)> {
    if line.len() > LINE_MAX {
        return Err((LINE_MAX, BadLineKind::TooLong));
    }
    if let Some(at) = line.iter().position(|byte| *byte == 0) {
        return Err((at, BadLineKind::Binary));
    }
    let text = std::str::from_utf8(line).map_err(|error| (error.valid_up_to(), BadLineKind::NotUtf8))?;
    let start = text.len() - text.trim_start().len();
    let text = text.trim_end();
    if text.len() <= start || text.get(start..).is_some_and(|words| words.starts_with('#')) {
        return Ok(None);
    }
    if let Some((identity, permission)) = text
        .split_once('\t')
        .filter(|(before, _)| !before.trim().is_empty())
    {
        // Aligned columns may be several tabs apart; a tab further on is a third field.
        let permission_at = text.len() - permission.trim_start().len();
        let (identity, permission) = (identity.trim(), permission.trim());
        return match permission.find('\t') {
            Some(at) => Err((permission_at + at + 1, BadLineKind::TooMany)),
            None => Ok(Some((identity, permission))),
        };
    }
    if let Some(pair) = two_words(text.get(start..).unwrap_or_default()) {
        return Ok(Some(pair));
    }
    let mut words = text.split_whitespace();
    let place = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    match (words.next(), words.next(), words.next()) {
        (Some(identity), Some(permission), None) => Ok(Some((identity, permission))),
        (_, _, Some(third)) => Err((place(third), BadLineKind::TooMany)),
        (Some(only), _, None) => Err((
            text.len(),
            if only.contains(',') {
                BadLineKind::Commas
            } else {
                BadLineKind::NoPermission
            },
        )),
        (None, _, None) => Ok(None),
    }
}

/// The two words of nearly every line, found without looking at characters: none where there may be others.
fn two_words(text: &str) -> Option<(&str, &str)> {
    let (first, rest) = text.split_once(' ')?;
    let second = rest.trim_start_matches(' ');
    let plain = |word: &str| word.bytes().all(|byte| byte.is_ascii_graphic());
    (plain(first) && plain(second)).then_some((first, second))
}

/// Names in the order in which they came first.
#[derive(Default)]
struct Names {
    /// By hash of the name; the few whose hashes meet stand one after another in `next`.
    known: FxHashMap<u64, u32>,
    all: Vec<Name>,
    /// The name seen last: files are mostly sorted by one of the two.
    last: Option<u32>,
}

struct Name {
    text: Box<str>,
    /// Another name of the same hash.
    next: Option<u32>,
}

impl Names {
    fn intern(&mut self, text: &str) -> u32 {
        if let Some(last) = self.last
            && self.is(last, text)
        {
            return last;
        }
        let hash = FxBuildHasher.hash_one(text);
        let new = number(self.all.len());
        let first = *self.known.entry(hash).or_insert(new);
        let mut found = (first < new).then_some(first);
        let mut end = None;
        while let Some(at) = found.filter(|at| !self.is(*at, text)) {
            end = Some(at);
            found = self.all.get(at as usize).and_then(|name| name.next);
        }
        let at = found.unwrap_or_else(|| {
            if let Some(end) = end.and_then(|end| self.all.get_mut(end as usize)) {
                end.next = Some(new);
            }
            self.all.push(Name {
                text: text.into(),
                next: None,
            });
            new
        });
        self.last = Some(at);
        at
    }

    fn is(&self, at: u32, text: &str) -> bool {
        self.all.get(at as usize).is_some_and(|name| &*name.text == text)
    }

    /// The names ascending, and the place of each among them.
    fn sorted(self) -> (Vec<Box<str>>, Vec<u32>) {
        let mut named: Vec<(Box<str>, usize)> = self
            .all
            .into_iter()
            .enumerate()
            .map(|(at, name)| (name.text, at))
            .collect();
        named.sort_unstable();
        let mut places = vec![0; named.len()];
        for (place, (_, at)) in named.iter().enumerate() {
            if let Some(slot) = places.get_mut(*at) {
                *slot = number(place);
            }
        }
        (named.into_iter().map(|(text, _)| text).collect(), places)
    }
}

#[cfg(test)]
mod tests;
