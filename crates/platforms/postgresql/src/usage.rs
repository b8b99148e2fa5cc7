//! Lines of pgaudit → uses.
//!
//! pgaudit writes behind the server's checks of privileges: for each relation of a query where the executor has checked them, for
//! a function where it may be executed, for other commands when they are done. So a line is proof of the privilege, but what
//! a command needed besides is not told: that is an end nobody knows. Nor is with whose rights something was done: under a view and
//! within a function they may be their owner's, so what a statement does behind such a line is no proof either. Three forms of the server's log are read: `jsonlog`,
//! `csvlog`, and lines whose prefix names user and database. Sources: pgaudit/pgaudit `pgaudit.c` and `README.md`; PostgreSQL
//! documentation, "Error Reporting and Logging".

mod audit;
mod line;

use std::borrow::Cow;
use std::collections::VecDeque;

use leastwise_document::skim::{Skim, Stop, Text};
use leastwise_model::{
    Actor, Basis, Event, LogFormat, LogReader, LogScope, Logged, Recorded, Settings, Source, TextForm, Use,
    UseOutcome, log_instant, workload_of,
};

use crate::audited::Audited;
use crate::server::claimed;
use audit::Audit;
use line::Line;

/// What such logs are called.
pub(crate) const KIND: &str = "pgaudit";
/// The platform's name, as in canonical ids.
pub(crate) const NAME: &str = "postgresql";

/// The log of a server with pgaudit.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AuditLog;

impl Logged for AuditLog {
    fn format(&self, settings: &Settings) -> LogFormat {
        LogFormat {
            reader: Box::new(Reader {
                settings: settings.clone(),
                server: String::new(),
                lent: VecDeque::new(),
            }),
            lists: &[],
        }
    }

    fn scope(&self, _settings: &Settings) -> Box<dyn LogScope> {
        Box::new(Audited::default())
    }

    fn takes_neutral(&self) -> bool {
        true
    }
}

struct Reader {
    settings: Settings,
    /// The server whose log is being read; empty where nothing tells.
    server: String,
    /// The last statements, by session, in which rights of others may have been lent.
    lent: VecDeque<(String, u64)>,
}

/// How many such statements are remembered: as many as may run at once, whose lines stand among each other.
const LENT: usize = 256;

impl LogReader for Reader {
    fn file(&mut self, path: &str) {
        let named = claimed(path, "", &self.settings).and_then(|at| self.settings.clusters.get(at));
        self.lent.clear();
        self.server = named.map(|cluster| cluster.name.to_string()).unwrap_or_default();
    }

    fn read(&mut self, record: &mut Skim<'_>, each: &mut dyn FnMut(&Event<'_>)) -> Result<Recorded, Stop> {
        let [mut at, mut user, mut database, mut session] = [const { None }; 4];
        let [mut number, mut severity, mut message, mut application] = [const { None }; 4];
        record.members(&mut |key, skim| {
            let field = match key {
                b"timestamp" => &mut at,
                b"user" => &mut user,
                b"dbname" => &mut database,
                b"session_id" => &mut session,
                b"error_severity" => &mut severity,
                b"message" => &mut message,
                b"application_name" => &mut application,
                b"line_num" => {
                    number = Some(String::from_utf8_lossy(skim.raw()?).into_owned());
                    return Ok(true);
                }
                _ => return Ok(false),
            };
            *field = skim.text()?.map(|text: Text<'_>| text.get().into_owned());
            Ok(true)
        })?;
        let (Some(at), Some(session), Some(message), true) = (at, session, message, severity.is_some())
        else {
            return Ok(Recorded::Foreign);
        };
        let line = Line {
            at: at.into(),
            user: user.unwrap_or_default().into(),
            database: database.unwrap_or_default().into(),
            id: format!("{session}:{}", number.unwrap_or_default()).into(),
            application: application.unwrap_or_default().into(),
            message: message.into(),
        };
        Ok(self.line(&line, each))
    }

    fn text_form(&mut self, head: &str) -> Option<TextForm> {
        line::form(head)
    }

    fn text(&mut self, record: &str, each: &mut dyn FnMut(&Event<'_>)) -> Recorded {
        match line::read(record) {
            Ok(Some(line)) => self.line(&line, each),
            Ok(None) => Recorded::NoUse("lines that tell no use"),
            Err(why) => Recorded::Odd(why),
        }
    }
}

/// The instant of a line; `Err` where it is in a zone that only the server knows.
fn instant(text: &str) -> Result<jiff::Timestamp, &'static str> {
    let (moment, zone) = text.rsplit_once(' ').ok_or("no instant is there")?;
    if !matches!(zone, "UTC" | "GMT") {
        return Err("the zone of a line is not UTC: set `log_timezone`, or translate the log");
    }
    let moment = format!("{}Z", moment.replacen(' ', "T", 1));
    log_instant(&moment).ok_or("no instant is there")
}

impl Reader {
    /// Whether what a line tells may have been done with the rights of another; remembers what that follows from.
    fn is_lent(&mut self, line: &Line<'_>, audit: &Audit) -> bool {
        // Where nothing tells sessions apart, those of one user in one database count as one.
        let session = match line.id.rsplit_once(':') {
            Some((session, _)) => session.to_owned(),
            None => format!("{}@{}", line.user, line.database),
        };
        let of = |(known, statement): &(String, u64)| *statement == audit.statement && *known == session;
        let lent = audit.is_within() || self.lent.iter().any(of);
        if audit.lends_rights() && !self.lent.iter().any(of) {
            self.lent.truncate(LENT - 1);
            self.lent.push_front((session, audit.statement));
        }
        lent
    }

    fn line(&mut self, line: &Line<'_>, each: &mut dyn FnMut(&Event<'_>)) -> Recorded {
        let Some(text) = line.message.strip_prefix("AUDIT: ") else {
            return Recorded::NoUse("lines that tell no use");
        };
        let Some(audit) = Audit::read(text) else {
            return Recorded::Odd("a line of pgaudit is not as documented");
        };
        let at = match instant(&line.at) {
            Ok(at) => at,
            Err(why) => return Recorded::Odd(why),
        };
        if line.user.is_empty() || line.database.is_empty() {
            return Recorded::Odd("no user or no database is there: `log_line_prefix` must have %u and %d");
        }
        let lent = self.is_lent(line, &audit);
        let mut told = audit.uses(&line.database);
        let perhaps = audit.perhaps(&line.database);
        let operation = audit.operation();
        let identity = format!("{NAME}:{}:{}", self.server, line.user);
        let session = workload_of(Cow::Borrowed(&*line.application));
        let mut tell = |part: u8, outcome: UseOutcome, told: &[audit::Needed]| {
            let uses: Vec<Use<'_>> = told
                .iter()
                .map(|one| Use {
                    action: one.action,
                    basis: one.basis,
                    resource: one.resource.as_deref(),
                })
                .collect();
            each(&Event {
                id: &line.id,
                part,
                at,
                alike: None,
                source: Source {
                    platform: NAME,
                    instance: &self.server,
                    area: &line.database,
                    kind: KIND,
                },
                actor: Actor {
                    identity: &identity,
                    incarnation: "",
                    session: &session,
                    issuer: "",
                    via: "",
                },
                operation: &operation,
                outcome,
                uses: &uses,
            });
        };
        if lent {
            for one in told.iter_mut().filter(|one| one.basis == Basis::Exact) {
                one.basis = Basis::Mapped;
            }
            tell(0, UseOutcome::Unknown, &told);
        } else {
            tell(0, UseOutcome::Allowed, &told);
        }
        if !perhaps.is_empty() {
            tell(1, UseOutcome::Unknown, &perhaps);
        }
        Recorded::Events
    }
}
