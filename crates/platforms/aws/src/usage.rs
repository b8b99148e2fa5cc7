//! CloudTrail: records of calls → uses.
//!
//! A record names an event, not an action. [`operation`] finds the actions that the event needs, out of tables that cite their
//! sources; [`outcome`] tells denials from errors behind the decision; [`who`] finds the identity whose permissions counted;
//! [`resource`] what the call was about, where that is sure. Request parameters are looked at for the few names that the
//! tables ask for, and are not kept; access keys and addresses are not looked at.

mod operation;
mod outcome;
mod record;
mod resource;
mod table;
mod who;

use std::borrow::Cow;

use leastwise_document::skim::{Skim, Stop};
use leastwise_model::{
    Actor, Basis, Event, LogFormat, LogReader, LogScope, Logged, Recorded, Settings, Source, Use, UseOutcome,
    log_instant,
};

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
            }),
            // Delivered files; `aws cloudtrail lookup-events`; subscriptions and `aws logs filter-log-events`.
            lists: &["Records", "Events", "logEvents", "events"],
        }
    }

    fn scope(&self, _settings: &Settings) -> Box<dyn LogScope> {
        Box::new(Trails::default())
    }
}

struct Reader {
    operations: Operations,
    errors: Errors,
    groups: Groups,
}

impl LogReader for Reader {
    fn read(&mut self, record: &mut Skim<'_>, each: &mut dyn FnMut(&Event<'_>)) -> Result<Recorded, Stop> {
        let read = Record::read(record)?;
        if read.is_call() {
            return Ok(self.call(&read, each));
        }
        let Some(wrapped) = read.wrapped() else {
            return Ok(Recorded::Foreign);
        };
        match Record::read(&mut Skim::new(wrapped.as_bytes())) {
            Ok(read) if read.is_call() => Ok(self.call(&read, each)),
            Ok(_) => Ok(Recorded::Foreign),
            Err(_) if wrapped.contains("eventVersion") => Ok(Recorded::Odd("a wrapped record breaks off")),
            Err(_) => Ok(Recorded::Foreign),
        }
    }
}

impl Reader {
    fn call(&mut self, record: &Record<'_>, each: &mut dyn FnMut(&Event<'_>)) -> Recorded {
        let (Some(source), Some(name)) = (&record.source, &record.name) else {
            return Recorded::Odd("neither eventSource nor eventName is there");
        };
        let Some(time) = &record.time else {
            return Recorded::Odd("no eventTime is there");
        };
        let Some(at) = log_instant(&time.get()) else {
            return Recorded::Odd("eventTime is no instant");
        };
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
            source: Source {
                platform: crate::NAME,
                instance: &recipient,
                area: &region,
                kind: record.log(),
            },
            actor: Actor {
                identity: &who.identity,
                incarnation: &who.incarnation,
                session: &who.session,
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
