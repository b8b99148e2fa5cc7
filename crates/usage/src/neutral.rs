//! A log of any source, in words of our own: one JSON document a line, each with `"schema": "leastwise/use/v1"`, or CSV whose first
//! row names the same fields.
//!
//! It is for logs that no platform's reader knows: whoever can tell who did what writes it down in the platform's own names of
//! identities, actions and resources. It is read strictly: a field that is not known, is missing or means nothing makes the record
//! odd, and it is left out by name and place.

use leastwise_document::row;
use leastwise_document::skim::{Skim, Stop};
use leastwise_model::{
    Actor, Basis, Event, LogFormat, LogReader, Recorded, Source, TextForm, Use, UseOutcome, log_instant,
};

/// What such a record calls itself.
const SCHEMA: &str = "leastwise/use/v1";

/// How such logs are found; `platforms` are the names of those for which they may stand.
#[must_use]
pub fn format(platforms: Vec<&'static str>) -> LogFormat {
    LogFormat {
        reader: Box::new(Neutral {
            platforms,
            columns: Vec::new(),
        }),
        lists: &[],
    }
}

struct Neutral {
    platforms: Vec<&'static str>,
    /// The fields of the columns of a file that is CSV, where its first row was read.
    columns: Vec<Option<usize>>,
}

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
        let named = |name: &&str| names.iter().any(|known| known == name);
        NEEDED.iter().all(named).then_some(TextForm::Rows)
    }

    fn text(&mut self, record: &str, each: &mut dyn FnMut(&Event<'_>)) -> Recorded {
        let row = row(record);
        if self.columns.is_empty() {
            self.columns = row.iter().map(|name| place(name)).collect();
            return Recorded::NoUse("names of columns");
        }
        if self.columns.contains(&None) {
            return Recorded::Odd("leastwise/use/v1: a column of another name");
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

impl Neutral {
    /// Hands over what the fields tell, or says which of them is wrong.
    fn event(&self, fields: &Fields, each: &mut dyn FnMut(&Event<'_>)) -> Result<Recorded, &'static str> {
        if fields.unknown {
            return Err("leastwise/use/v1: a field of another name, told twice, or that is no text");
        }
        let platform = fields.text("platform");
        let platform = self.platforms.iter().find(|name| **name == platform);
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
                platform,
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
