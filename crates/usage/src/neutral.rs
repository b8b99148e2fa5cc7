//! A log of any source, in words of our own: one JSON document a line, each with `"schema": "leastwise/use/v1"`.
//!
//! It is for logs that no platform's reader knows: whoever can tell who did what writes it down in the platform's own names of
//! identities, actions and resources. It is read strictly: a field that is not known, is missing or means nothing makes the record
//! odd, and it is left out by name and place.

use leastwise_document::skim::{Skim, Stop, Text};
use leastwise_model::{
    Actor, Basis, Event, LogFormat, LogReader, Recorded, Source, Use, UseOutcome, log_instant,
};

/// What such a record calls itself.
const SCHEMA: &[u8] = b"leastwise/use/v1";

/// How such logs are found; `platforms` are the names of those for which they may stand.
#[must_use]
pub fn format(platforms: Vec<&'static str>) -> LogFormat {
    LogFormat {
        reader: Box::new(Neutral { platforms }),
        lists: &[],
    }
}

struct Neutral {
    platforms: Vec<&'static str>,
}

/// The fields of a record.
#[derive(Default)]
struct Fields<'a> {
    schema: Option<Text<'a>>,
    platform: Option<Text<'a>>,
    instance: Option<Text<'a>>,
    identity: Option<Text<'a>>,
    session: Option<Text<'a>>,
    operation: Option<Text<'a>>,
    action: Option<Text<'a>>,
    resource: Option<Text<'a>>,
    outcome: Option<Text<'a>>,
    at: Option<Text<'a>>,
    id: Option<Text<'a>>,
    /// A field of another name, or that is no text.
    unknown: bool,
}

impl<'a> Fields<'a> {
    fn read(skim: &mut Skim<'a>) -> Result<Self, Stop> {
        let mut fields = Self::default();
        skim.members(&mut |key, skim| {
            let field = match key {
                b"schema" => &mut fields.schema,
                b"platform" => &mut fields.platform,
                b"instance" => &mut fields.instance,
                b"identity" => &mut fields.identity,
                b"session" => &mut fields.session,
                b"operation" => &mut fields.operation,
                b"action" => &mut fields.action,
                b"resource" => &mut fields.resource,
                b"outcome" => &mut fields.outcome,
                b"at" => &mut fields.at,
                b"id" => &mut fields.id,
                _ => {
                    fields.unknown = true;
                    return Ok(false);
                }
            };
            let told = field.is_some();
            *field = skim.text()?;
            fields.unknown |= told || field.is_none();
            Ok(true)
        })?;
        Ok(fields)
    }
}

impl LogReader for Neutral {
    fn read(&mut self, record: &mut Skim<'_>, each: &mut dyn FnMut(&Event<'_>)) -> Result<Recorded, Stop> {
        let fields = Fields::read(record)?;
        if fields.schema.is_none_or(|schema| schema.raw() != SCHEMA) {
            return Ok(Recorded::Foreign);
        }
        Ok(self.event(&fields, each).unwrap_or_else(Recorded::Odd))
    }
}

impl Neutral {
    /// Hands over what the fields tell, or says which of them is wrong.
    fn event(&self, fields: &Fields<'_>, each: &mut dyn FnMut(&Event<'_>)) -> Result<Recorded, &'static str> {
        if fields.unknown {
            return Err("leastwise/use/v1: a field of another name, told twice, or that is no text");
        }
        let get = |text: Option<Text<'_>>| text.map(|text| text.get().into_owned()).unwrap_or_default();
        let platform = get(fields.platform);
        let platform = self.platforms.iter().find(|name| **name == platform);
        let platform = platform.ok_or(
            "leastwise/use/v1: `platform` is missing, is none, or has logs that are read as they are",
        )?;
        let identity = get(fields.identity);
        let action = get(fields.action);
        if identity.is_empty() {
            return Err("leastwise/use/v1: `identity` is missing");
        }
        if action.is_empty() {
            return Err("leastwise/use/v1: `action` is missing");
        }
        let outcome = get(fields.outcome);
        let outcome = UseOutcome::ALL.into_iter().find(|one| one.as_str() == outcome);
        let outcome = outcome.ok_or(
            "leastwise/use/v1: `outcome` is missing, or none of allowed, allowed-in-error, denied, unknown",
        )?;
        let at = log_instant(&get(fields.at)).ok_or("leastwise/use/v1: `at` is missing, or no instant")?;
        let operation = fields
            .operation
            .map_or_else(|| action.clone(), |text| get(Some(text)));
        let resource = fields.resource.map(|text| get(Some(text)));
        let uses = [Use {
            action: &action,
            basis: Basis::Exact,
            resource: resource.as_deref(),
        }];
        each(&Event {
            id: &get(fields.id),
            part: 0,
            at,
            source: Source {
                platform,
                instance: &get(fields.instance),
                area: "",
                kind: "neutral",
            },
            actor: Actor {
                identity: &identity,
                incarnation: "",
                session: &get(fields.session),
                issuer: "",
                via: "",
            },
            operation: &operation,
            outcome,
            uses: &uses,
        });
        Ok(Recorded::Events)
    }
}
