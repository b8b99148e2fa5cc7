//! CloudTrail: records of calls → uses.
//!
//! A record names an event, not an action. [`operation`] finds the actions that the event needs, out of tables that cite their
//! sources; [`outcome`] tells denials from errors behind the decision; [`who`] finds the identity whose permissions counted;
//! [`resource`] what the call was about, where that is sure. Request parameters are looked at for the few names that the
//! tables ask for, and are not kept; access keys and addresses are not looked at.

mod calls;
mod operation;
mod outcome;
mod query;
mod record;
mod resource;
mod table;
mod who;

use std::borrow::Cow;

use leastwise_document::skim::{Skim, Stop};
use leastwise_model::{
    Actor, Basis, Engine, Event, LogFormat, LogReader, LogScope, Logged, Recorded, Settings, Source,
    TextForm, Use, UseOutcome, log_instant,
};

use calls::Calls;
pub(crate) use operation::prefix_of;
use operation::{Needed, Operations};
use outcome::Errors;
use record::Record;
use resource::{Caller, Groups, Part};
pub(crate) use table::rows;

use crate::trails::Trails;

/// CloudTrail.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CloudTrail;

impl Logged for CloudTrail {
    fn format(&self, _settings: &Settings) -> LogFormat {
        LogFormat {
            reader: Box::new(Reader {
                operations: Operations::default(),
                errors: Errors::embedded(),
                groups: Groups::embedded(),
                columns: Vec::new(),
                stands_for: 1,
            }),
            // Delivered files; `aws cloudtrail lookup-events`; subscriptions and `aws logs filter-log-events`.
            lists: &["Records", "Events", "logEvents", "events"],
        }
    }

    fn query(&self, engine: Engine, from: Option<&str>) -> Option<String> {
        query::query(engine, from)
    }

    fn scope(&self, _settings: &Settings) -> Box<dyn LogScope> {
        Box::new(Trails::default())
    }
}

struct Reader {
    operations: Operations,
    errors: Errors,
    groups: Groups,
    /// What the columns of a file that is CSV are, where its first row was read.
    columns: Vec<Option<usize>>,
    /// For how many records the last one stood.
    stands_for: u64,
}

impl LogReader for Reader {
    fn file(&mut self, _path: &str) {
        self.columns.clear();
    }

    fn stands_for(&self) -> u64 {
        self.stands_for
    }

    fn read(&mut self, record: &mut Skim<'_>, each: &mut dyn FnMut(&Event<'_>)) -> Result<Recorded, Stop> {
        self.stands_for = 1;
        let mut again = record.clone();
        let read = Record::read(record)?;
        if read.is_call() {
            return Ok(self.call(&read, None, each));
        }
        if read.counted
            && let Some(calls) = Calls::read(&mut again.clone())?
        {
            return Ok(self.calls(&calls, each));
        }
        let Some(wrapped) = read.wrapped() else {
            return accessed(&mut again);
        };
        match Record::read(&mut Skim::new(wrapped.as_bytes())) {
            Ok(read) if read.is_call() => Ok(self.call(&read, None, each)),
            Ok(_) => Ok(Recorded::Foreign),
            Err(_) if wrapped.contains("eventVersion") => Ok(Recorded::Odd("a wrapped record breaks off")),
            Err(_) => Ok(Recorded::Foreign),
        }
    }

    fn text_form(&mut self, head: &str) -> Option<TextForm> {
        Calls::columns(head).map(|_| TextForm::Rows)
    }

    fn text(&mut self, record: &str, each: &mut dyn FnMut(&Event<'_>)) -> Recorded {
        self.stands_for = 1;
        if self.columns.is_empty() {
            self.columns = Calls::columns(record).unwrap_or_default();
            self.stands_for = 0;
            return Recorded::Events;
        }
        match Calls::of_row(&self.columns, record) {
            Some(calls) => self.calls(&calls, each),
            None => Recorded::Odd("a row of a query has too many columns, too few, or another schema"),
        }
    }
}

/// A report of what an identity accessed last tells no use, and what it does tell is asked for elsewhere.
fn accessed(record: &mut Skim<'_>) -> Result<Recorded, Stop> {
    let mut found = false;
    record.members(&mut |key, _| {
        found |= key == b"ServicesLastAccessed";
        Ok(false)
    })?;
    Ok(match found {
        true => Recorded::Odd("last accessed information tells no single use: give it with --log-config"),
        false => Recorded::Foreign,
    })
}

impl Reader {
    /// What a query has counted.
    fn calls(&mut self, calls: &Calls, each: &mut dyn FnMut(&Event<'_>)) -> Recorded {
        self.stands_for = calls.records();
        match Record::read(&mut Skim::new(calls.record().as_bytes())) {
            // The instant stands beside the record.
            Ok(read) if read.is_call() || read.is_named() && !calls.first().is_empty() => {
                self.call(&read, Some(calls), each)
            }
            Ok(_) => Recorded::Odd("a row of a query is no call, or deliveries of one event differ"),
            Err(_) => Recorded::Odd("the record in a row of a query cannot be read"),
        }
    }

    fn call(
        &mut self,
        record: &Record<'_>,
        calls: Option<&Calls>,
        each: &mut dyn FnMut(&Event<'_>),
    ) -> Recorded {
        let (Some(source), Some(name)) = (&record.source, &record.name) else {
            return Recorded::Odd("neither eventSource nor eventName is there");
        };
        let time = calls.map(Calls::first).filter(|time| !time.is_empty());
        let Some(time) = time.or_else(|| record.time.map(|time| time.get())) else {
            return Recorded::Odd("no eventTime is there");
        };
        let Some(at) = log_instant(&time) else {
            return Recorded::Odd("eventTime is no instant");
        };
        let alike = calls.map(|calls| calls.alike(at));
        if alike == Some(None) {
            return Recorded::Odd("a row of a query counts nothing, or reaches over days");
        }
        if record.athena && record.category.is_none() {
            return Recorded::Odd(
                "the table does not tell what kind of event it is; give these logs as files",
            );
        }
        let code = record.error_code.map(|code| code.get());
        let outcome = self.errors.outcome(code.as_deref());
        match (
            record.category.map(|text| text.raw()),
            record.kind.map(|text| text.raw()),
        ) {
            (Some(b"Insight"), _) => return Recorded::NoUse("insights into calls, no calls"),
            (_, Some(b"AwsServiceEvent")) => return Recorded::NoUse("events of services, no calls"),
            (Some(b"NetworkActivity"), _) if outcome != UseOutcome::Denied => {
                return Recorded::NoUse("network activity of calls that are logged apart");
            }
            _ => {}
        }

        let operation = self.operations.find(source.raw(), name.raw());
        let who = who::who(&record.identity);
        let region = record.region.map(|text| text.get()).unwrap_or_default();
        let account = record.identity.account.map(|text| text.get()).unwrap_or_default();
        let recipient = record
            .recipient
            .map_or_else(|| account.clone(), |text| text.get());
        let id = record.id.map(|text| text.get()).unwrap_or_default();

        let message = match outcome {
            UseOutcome::Denied => record.error_message.map(|text| text.get()),
            _ => None,
        };
        let learned = message.as_deref().and_then(operation::learned);
        let exact = learned
            .as_ref()
            .and_then(|learned| self.operations.action(learned.action));
        let parameters = record.parameters.unwrap_or_default();
        let mut needed: Vec<(&Needed, Basis)> = Vec::new();
        match &exact {
            Some(exact) => needed.push((exact, Basis::Exact)),
            None => operation.needed(parameters, outcome, &mut needed),
        }
        let caller = Caller {
            region: &region,
            account: &account,
        };
        let told = learned.as_ref().and_then(|learned| learned.resource);
        let several = needed.len() > 1;
        let resources: Vec<Option<Cow<'_, str>>> = needed
            .iter()
            .enumerate()
            .map(|(at, (needed, _))| {
                let part = match (at, several) {
                    (0, false) => Part::Only,
                    (0, true) => Part::Main,
                    _ => Part::Further,
                };
                let found = resource::find(needed, part, &operation.templates, record, told, &caller)?;
                Some(self.groups.group(found))
            })
            .collect();
        let mut uses: Vec<Use<'_>> = needed
            .iter()
            .zip(&resources)
            .map(|((needed, basis), resource)| Use {
                action: &needed.action,
                basis: *basis,
                resource: resource.as_deref(),
            })
            .collect();
        if uses.is_empty() {
            uses.push(Use {
                action: "",
                basis: operation.otherwise,
                resource: None,
            });
        }
        each(&Event {
            id: &id,
            part: 0,
            at,
            alike: alike.flatten(),
            source: Source {
                platform: crate::NAME,
                instance: &recipient,
                area: &region,
                kind: record.log(),
            },
            actor: Actor {
                identity: &who.identity,
                incarnation: &who.incarnation,
                // A source identity would come first, and that table has none.
                session: if record.athena { "" } else { &who.session },
                issuer: &who.issuer,
                via: &who.via,
            },
            operation: &operation.name,
            outcome,
            uses: &uses,
        });
        Recorded::Events
    }
}
