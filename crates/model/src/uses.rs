//! What logs tell: one call of one identity, and how a platform's logs are read.
//!
//! A log record becomes [`Event`]s: who called what, when, and what became of it. An event holds one [`Use`] for each action
//! that the call needed, as far as the log or a table of the platform says. Nothing here keeps anything: events borrow from
//! the record, and whoever takes them keeps what it needs. Request parameters, tokens and addresses are no part of an event.

mod instant;
mod session;

use jiff::Timestamp;
use leastwise_document::skim::{Skim, Stop};

use crate::settings::Settings;
use crate::shown::LogScope;

pub use instant::log_instant;
pub use session::workload_of;

/// What became of a request, as far as its log tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UseOutcome {
    /// It was let through and done.
    Allowed,
    /// It was let through, and failed afterwards for another reason: proof of the permission all the same.
    AllowedInError,
    /// It was refused for want of permission.
    Denied,
    /// It failed, and the log does not tell whether before or after the decision.
    Unknown,
}

impl UseOutcome {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Allowed, Self::AllowedInError, Self::Denied, Self::Unknown];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::AllowedInError => "allowed-in-error",
            Self::Denied => "denied",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it proves that the permission was held.
    #[must_use]
    pub fn proves(self) -> bool {
        match self {
            Self::Allowed | Self::AllowedInError => true,
            Self::Denied | Self::Unknown => false,
        }
    }
}

/// How it is known which action an operation of a log needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// The log names the action itself.
    Exact,
    /// A table that cites its source says so.
    Mapped,
    /// An action of the same name exists, and nobody says that it is the one. Such a use must never take away another action.
    Named,
    /// A table says that the operation needs no permission: a sign of life, no use.
    Free,
    /// No action is known.
    Unmapped,
}

impl Basis {
    /// All of them, the surest first.
    pub const ALL: [Self; 5] = [Self::Exact, Self::Mapped, Self::Named, Self::Free, Self::Unmapped];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Mapped => "mapped",
            Self::Named => "named",
            Self::Free => "free",
            Self::Unmapped => "unmapped",
        }
    }
}

/// The log that a record comes from, as far as the record tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source<'a> {
    /// The platform's name.
    pub platform: &'static str,
    /// The account, cluster or server that wrote it; may be empty where nothing tells.
    pub instance: &'a str,
    /// The part of it, such as a region; may be empty.
    pub area: &'a str,
    /// The platform's word for the kind of log, such as `management` or `data`.
    pub kind: &'a str,
}

/// Who made a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor<'a> {
    /// The canonical id of the identity whose permissions counted; where the log does not tell that, what it tells.
    pub identity: &'a str,
    /// What tells it from an identity of the same name that was there before or after; empty where nothing does.
    pub incarnation: &'a str,
    /// The workload or session that acted through it, without what differs from one session of a workload to the next;
    /// empty where the log does not tell.
    pub session: &'a str,
    /// Who vouched for whoever took the identity on; empty where nobody did or the log does not tell.
    pub issuer: &'a str,
    /// The service that made the call on the identity's behalf; empty where it made it itself.
    pub via: &'a str,
}

/// One action that a call needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Use<'a> {
    /// The action; empty where none is known or needed.
    pub action: &'a str,
    /// How that is known.
    pub basis: Basis,
    /// The resource, or the group of resources that it belongs to, as a pattern with `*`; nothing where it is not surely known.
    pub resource: Option<&'a str>,
}

/// How often calls happened that are alike, where a query has counted them before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alike {
    /// The last instant, on the day (UTC) of the first.
    pub last: Timestamp,
    /// How many calls: at least one.
    pub calls: u64,
    /// How many records told of them: more than there are calls where some were delivered again.
    pub records: u64,
}

/// Which query language a platform's logs are asked in, where they lie in a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Trino, and Amazon Athena, which is one.
    Trino,
    /// ClickHouse.
    ClickHouse,
    /// DuckDB.
    DuckDb,
}

/// One call, or calls that are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// What the log calls the call, the same however often it was delivered; empty where it has no id.
    pub id: &'a str,
    /// Which of several events of that id it is: one record may tell of two identities.
    pub part: u8,
    /// When, by the clock of whoever logged it.
    pub at: Timestamp,
    /// What else is known where it stands for several calls, of which `at` is the first instant.
    pub alike: Option<Alike>,
    /// Where it was logged.
    pub source: Source<'a>,
    /// By whom.
    pub actor: Actor<'a>,
    /// What was called, in the log's own words.
    pub operation: &'a str,
    /// What became of it.
    pub outcome: UseOutcome,
    /// What it needed: at least one, the main one first.
    pub uses: &'a [Use<'a>],
}

/// What a record was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// Of this platform; its events were handed over.
    Events,
    /// Of this platform, and rightly without an event; the words for why.
    NoUse(&'static str),
    /// Of this platform, but not as it should be; the words for why. Nothing was handed over.
    Odd(&'static str),
    /// Not of this platform. Nothing was handed over.
    Foreign,
}

/// How records of a log that is no JSON are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextForm {
    /// Rows of CSV, which go on over lines within quotes.
    Rows,
    /// Lines; one that begins with a tab goes on with the one before.
    Lines,
}

/// Reads the records of one platform's logs, one after another. What it remembers is tables and caches, never records.
pub trait LogReader: Send {
    /// Says from which file the next records come.
    fn file(&mut self, _path: &str) {}
    /// Reads the record that `record` stands at; where it is not all there, nothing must be handed over.
    ///
    /// # Errors
    /// Where the record ends too early or is no JSON.
    fn read(&mut self, record: &mut Skim<'_>, each: &mut dyn FnMut(&Event<'_>)) -> Result<Recorded, Stop>;
    /// For how many records of the log the one that was read last stands: more than one where a query has counted them,
    /// none where it is names of columns.
    fn stands_for(&self) -> u64 {
        1
    }
    /// How the records of a file that is no JSON are told apart, where its first line says that it is this platform's.
    fn text_form(&mut self, _head: &str) -> Option<TextForm> {
        None
    }
    /// Reads a record of such a file, without the end of its line.
    fn text(&mut self, _record: &str, _each: &mut dyn FnMut(&Event<'_>)) -> Recorded {
        Recorded::Foreign
    }
}

/// How a platform's logs are found in files.
pub struct LogFormat {
    /// Reads their records.
    pub reader: Box<dyn LogReader>,
    /// The keys under which maps hold lists of records.
    pub lists: &'static [&'static str],
}

/// How a platform's logs are read.
pub trait Logged: Sync {
    /// A reader of records.
    fn format(&self, settings: &Settings) -> LogFormat;
    /// Starts to gather which requests its logs show.
    fn scope(&self, settings: &Settings) -> Box<dyn LogScope>;
    /// The query that counts alike calls of logs that lie in a database, in a form that the reader of records reads; `from` is
    /// the table, or the files. Nothing where there is none.
    fn query(&self, _engine: Engine, _from: Option<&str>) -> Option<String> {
        None
    }
    /// Whether uses of it may also be told in words that somebody else chose: where nothing is concluded from what such
    /// records leave out.
    fn takes_neutral(&self) -> bool {
        false
    }
}
