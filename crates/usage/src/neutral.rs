//! A log of any source, in words of our own: one JSON document a line, each with `"schema": "leastwise/use/v1"`, or CSV whose first
//! row names the same fields.
//!
//! It is for logs that no platform's reader knows: whoever can tell who did what writes it down in the platform's own names of
//! identities, actions and resources. It is read strictly: a field that is not known, is missing or means nothing makes the record
//! odd, and it is left out by name and place.

use leastwise_document::row;
use leastwise_document::skim::{Skim, Stop};
use leastwise_model::{
    Actor, Basis, Event, LogFormat, LogReader, Platform, Recorded, Source, TextForm, Use, UseOutcome,
    log_instant, nearest,
};
use rustc_hash::FxHashMap;

/// What such a record calls itself.
const SCHEMA: &str = "leastwise/use/v1";

/// How such logs are found; `platforms` are those for which they may stand.
#[must_use]
pub fn format(platforms: Vec<&'static dyn Platform>) -> LogFormat {
    LogFormat {
        reader: Box::new(Neutral {
            platforms,
            columns: Vec::new(),
            misnamed: false,
            known: FxHashMap::default(),
        }),
        lists: &[],
    }
}

struct Neutral {
    platforms: Vec<&'static dyn Platform>,
    /// The fields of the columns of a file that is CSV, where its first row was read.
    columns: Vec<Option<usize>>,
    /// Whether that row names a column as none is called, or lacks one.
    misnamed: bool,
    /// Whether a platform has an action, as far as that was asked.
    known: FxHashMap<(&'static str, String), bool>,
}

/// How many different actions are kept. Nobody has more; more can only be made up.
const KEPT: usize = 10_000;

/// The fields of a record, and where each stands among them.
const NAMES: [&str; 11] = [
    "schema",
    "platform",
    "instance",
    "identity",
    "session",
    "operation",
    "action",
    "resource",
    "outcome",
    "at",
    "id",
];
/// Those by which the first row of a CSV file is known.
const NEEDED: [&str; 5] = ["platform", "identity", "action", "outcome", "at"];

/// So many of them make a first row one that is meant as theirs, though the others are missing.
const LIKE: usize = 3;

/// What is said of a column whose name is like one of [`NAMES`].
const MEANT: [&str; NAMES.len()] = [
    "leastwise/use/v1: a column of another name; did you mean `schema`?",
    "leastwise/use/v1: a column of another name; did you mean `platform`?",
    "leastwise/use/v1: a column of another name; did you mean `instance`?",
    "leastwise/use/v1: a column of another name; did you mean `identity`?",
    "leastwise/use/v1: a column of another name; did you mean `session`?",
    "leastwise/use/v1: a column of another name; did you mean `operation`?",
    "leastwise/use/v1: a column of another name; did you mean `action`?",
    "leastwise/use/v1: a column of another name; did you mean `resource`?",
    "leastwise/use/v1: a column of another name; did you mean `outcome`?",
    "leastwise/use/v1: a column of another name; did you mean `at`?",
    "leastwise/use/v1: a column of another name; did you mean `id`?",
];
/// What is said of a first row that lacks one of [`NEEDED`].
const LACKS: [&str; NEEDED.len()] = [
    "leastwise/use/v1: there is no column `platform`",
    "leastwise/use/v1: there is no column `identity`",
    "leastwise/use/v1: there is no column `action`",
    "leastwise/use/v1: there is no column `outcome`",
    "leastwise/use/v1: there is no column `at`",
];

/// What is said of a row that ends before a column of one of [`NAMES`].
const ENDS: [&str; NAMES.len()] = [
    "leastwise/use/v1: a row ends before `schema`",
    "leastwise/use/v1: a row ends before `platform`",
    "leastwise/use/v1: a row ends before `instance`",
    "leastwise/use/v1: a row ends before `identity`",
    "leastwise/use/v1: a row ends before `session`",
    "leastwise/use/v1: a row ends before `operation`",
    "leastwise/use/v1: a row ends before `action`",
    "leastwise/use/v1: a row ends before `resource`",
    "leastwise/use/v1: a row ends before `outcome`",
    "leastwise/use/v1: a row ends before `at`",
    "leastwise/use/v1: a row ends before `id`",
];

/// What a record says.
#[derive(Default)]
struct Fields {
    values: [Option<String>; NAMES.len()],
    /// A field of another name, told twice, or that is no text.
    unknown: bool,
}

fn place(name: &str) -> Option<usize> {
    NAMES.iter().position(|known| *known == name)
}

impl Fields {
    fn read(skim: &mut Skim<'_>) -> Result<Self, Stop> {
        let mut fields = Self::default();
        skim.members(&mut |key, skim| {
            let at = std::str::from_utf8(key).ok().and_then(place);
            let Some(field) = at.and_then(|at| fields.values.get_mut(at)) else {
                fields.unknown = true;
                return Ok(false);
            };
            let told = field.is_some();
            *field = skim.text()?.map(|text| text.get().into_owned());
            fields.unknown |= told || field.is_none();
            Ok(true)
        })?;
        Ok(fields)
    }

    /// A row under these columns; an empty field is one that is not told.
    fn of_row(columns: &[Option<usize>], row: Vec<String>) -> Self {
        let mut fields = Self::default();
        for (at, value) in columns.iter().zip(row) {
            let field = at.and_then(|at| fields.values.get_mut(at));
            if let Some(field) = field.filter(|_| !value.is_empty()) {
                *field = Some(value);
            }
        }
        fields
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.values.get(place(name)?)?.as_deref()
    }

    /// The text of a field; empty where it is not told.
    fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }
}

impl LogReader for Neutral {
    fn file(&mut self, _path: &str) {
        self.columns.clear();
    }

    fn read(&mut self, record: &mut Skim<'_>, each: &mut dyn FnMut(&Event<'_>)) -> Result<Recorded, Stop> {
        let fields = Fields::read(record)?;
        if fields.get("schema").is_none_or(|schema| schema != SCHEMA) {
            return Ok(Recorded::Foreign);
        }
        Ok(self.event(&fields, each).unwrap_or_else(Recorded::Odd))
    }

    fn text_form(&mut self, head: &str) -> Option<TextForm> {
        let names = row(head);
        let named = NEEDED
            .iter()
            .filter(|name| names.iter().any(|known| known == *name));
        (named.count() >= LIKE).then_some(TextForm::Rows)
    }

    fn text(&mut self, record: &str, each: &mut dyn FnMut(&Event<'_>)) -> Recorded {
        let row = row(record);
        if self.columns.is_empty() {
            self.columns = row.iter().map(|name| place(name)).collect();
            let wrong = misnamed(&row);
            self.misnamed = wrong.is_some();
            return wrong.map_or(Recorded::NoUse("names of columns"), Recorded::Odd);
        }
        if self.misnamed {
            return Recorded::Odd(
                "leastwise/use/v1: a row under columns of which one is misnamed or missing",
            );
        }
        if let Some(Some(missing)) = self.columns.get(row.len()) {
            let ends = ENDS.get(*missing);
            return Recorded::Odd(ends.copied().unwrap_or("leastwise/use/v1: a row ends too early"));
        }
        if row.len() > self.columns.len() {
            return Recorded::Odd("leastwise/use/v1: a row has more fields than the first row has names");
        }
        let fields = Fields::of_row(&self.columns, row);
        self.event(&fields, each).unwrap_or_else(Recorded::Odd)
    }
}

/// What is wrong with the names of columns, if anything is.
fn misnamed(names: &[String]) -> Option<&'static str> {
    let other = names.iter().find(|name| place(name).is_none());
    let meant = other.map(|name| {
        let meant = nearest(name, NAMES).and_then(place).and_then(|at| MEANT.get(at));
        meant.copied().unwrap_or(
            "leastwise/use/v1: a column of another name than schema, platform, instance, identity, session, operation, \
             action, resource, outcome, at, id",
        )
    });
    meant.or_else(|| {
        let mut needed = NEEDED.iter().zip(LACKS);
        let (_, lacks) = needed.find(|(name, _)| !names.iter().any(|known| known == *name))?;
        Some(lacks)
    })
}

impl Neutral {
    /// Whether a platform has an action of this name.
    fn knows(&mut self, platform: &'static dyn Platform, action: &str) -> bool {
        let key = (platform.name(), action.to_owned());
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let known = platform.objection(action, "*").is_none();
        if self.known.len() >= KEPT {
            self.known.clear();
        }
        self.known.insert(key, known);
        known
    }

    /// Hands over what the fields tell, or says which of them is wrong.
    fn event(&mut self, fields: &Fields, each: &mut dyn FnMut(&Event<'_>)) -> Result<Recorded, &'static str> {
        if fields.unknown {
            return Err("leastwise/use/v1: a field of another name, told twice, or that is no text");
        }
        let platform = fields.text("platform");
        let platform = self
            .platforms
            .iter()
            .copied()
            .find(|known| known.name() == platform);
        let platform = platform.ok_or(
            "leastwise/use/v1: `platform` is missing, is none, or has logs that are read as they are",
        )?;
        let (identity, action) = (fields.text("identity"), fields.text("action"));
        if identity.is_empty() {
            return Err("leastwise/use/v1: `identity` is missing");
        }
        if action.is_empty() {
            return Err("leastwise/use/v1: `action` is missing");
        }
        if !self.knows(platform, action) {
            return Err("leastwise/use/v1: the platform has no such `action`");
        }
        let outcome = fields.text("outcome");
        let outcome = UseOutcome::ALL.into_iter().find(|one| one.as_str() == outcome);
        let outcome = outcome.ok_or(
            "leastwise/use/v1: `outcome` is missing, or none of allowed, allowed-in-error, denied, unknown",
        )?;
        let at = log_instant(fields.text("at")).ok_or("leastwise/use/v1: `at` is missing, or no instant")?;
        let uses = [Use {
            action,
            basis: Basis::Exact,
            resource: fields.get("resource"),
        }];
        each(&Event {
            id: fields.text("id"),
            part: 0,
            at,
            alike: None,
            source: Source {
                platform: platform.name(),
                instance: fields.text("instance"),
                area: "",
                kind: "neutral",
            },
            actor: Actor {
                identity,
                incarnation: "",
                session: fields.text("session"),
                issuer: "",
                via: "",
            },
            operation: fields.get("operation").unwrap_or(action),
            outcome,
            uses: &uses,
        });
        Ok(Recorded::Events)
    }
}
