//! Entries of audit devices → uses.
//!
//! The server names the operation and the path as it asked its policies about them, so every action is exact. A request is logged
//! before it is done and its response behind it, by each device under one id; responses count, for they tell the end. Values of
//! requests and responses are passed over; they stand hashed there anyhow. Sources: openbao/openbao `audit/format.go`,
//! `vault/request_handling.go`; HashiCorp Vault documentation, "Audit log entry schema".

mod entry;

use std::borrow::Cow;

use leastwise_document::skim::{Skim, Stop, Text};
use leastwise_model::{
    Actor, Basis, Event, LogFormat, LogReader, LogScope, Logged, Recorded, Settings, Source, Use, UseOutcome,
    log_instant, workload_of,
};
use leastwise_permset::{Context, Strings};

use crate::devices::Devices;
use crate::operation::Operation;
use crate::product::Product;
use crate::protected::{self, BUILT_IN};
use entry::Entry;

/// What such logs are called.
pub(crate) const KIND: &str = "audit";
/// The platform's name, as in canonical ids.
const NAME: &str = "vault";
/// What values begin with that are hashed.
const HASHED: &str = "hmac-sha256:";

/// What audit devices write.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AuditLog;

impl Logged for AuditLog {
    fn format(&self, _settings: &Settings) -> LogFormat {
        LogFormat {
            reader: Box::new(Reader {
                protected: protected::paths(Product::default(), BUILT_IN),
            }),
            // Log groups.
            lists: &["logEvents"],
        }
    }

    fn scope(&self, _settings: &Settings) -> Box<dyn LogScope> {
        Box::new(Devices::default())
    }

    fn takes_neutral(&self) -> bool {
        true
    }
}

struct Reader {
    /// Paths of every server that ask for `sudo` besides.
    protected: Strings,
}

impl LogReader for Reader {
    fn read(&mut self, record: &mut Skim<'_>, each: &mut dyn FnMut(&Event<'_>)) -> Result<Recorded, Stop> {
        let read = Entry::read(record)?;
        if read.is_entry() {
            return Ok(self.event(&read, each));
        }
        let Some(wrapped) = read.wrapped.map(|text| text.get()) else {
            return Ok(Recorded::Foreign);
        };
        match Entry::read(&mut Skim::new(wrapped.as_bytes())) {
            Ok(read) if read.is_entry() => Ok(self.event(&read, each)),
            Ok(_) | Err(_) => Ok(Recorded::Foreign),
        }
    }
}

fn get(text: Option<Text<'_>>) -> Cow<'_, str> {
    text.map(|text| text.get()).unwrap_or_default()
}

impl Reader {
    fn event(&self, entry: &Entry<'_>, each: &mut dyn FnMut(&Event<'_>)) -> Recorded {
        if entry.is_request() {
            return Recorded::NoUse("requests, of whose end the response tells");
        }
        let Some(at) = entry.time.and_then(|text| log_instant(&text.get())) else {
            return Recorded::Odd("an audit entry without an instant");
        };
        let (operation, path) = (get(entry.operation), get(entry.path));
        if operation.is_empty() || path.is_empty() {
            return Recorded::Odd("an audit entry without operation or path");
        }
        if matches!(&*operation, "renew" | "revoke" | "rollback") && !entry.has_token {
            return Recorded::NoUse("what the server does by itself");
        }
        let action = Operation::named(&operation);
        let mut resource = get(entry.namespace).into_owned();
        resource.push_str(&path);
        if action.is_some_and(Operation::lists) && !resource.ends_with('/') {
            resource.push('/');
        }
        let mut uses = vec![match action {
            // Whoever comes without a token comes to a path that is open to everybody.
            _ if !entry.has_token => Use {
                action: "",
                basis: Basis::Free,
                resource: None,
            },
            Some(action) => Use {
                action: action.as_str(),
                basis: Basis::Exact,
                resource: Some(&resource),
            },
            // Help is given to everybody; what else is asked for is asked by the server itself.
            None => Use {
                action: "",
                basis: Basis::Free,
                resource: None,
            },
        }];
        let of_the_root = get(entry.namespace).is_empty();
        let guarded = of_the_root && self.protected.contains(&path, &Context::new());
        if guarded && uses.iter().any(|one| one.basis == Basis::Exact) {
            uses.push(Use {
                action: Operation::Sudo.as_str(),
                basis: Basis::Mapped,
                resource: Some(&resource),
            });
        }
        let session = workload_of(get(entry.display));
        each(&Event {
            id: &get(entry.id),
            part: 0,
            at,
            alike: None,
            source: Source {
                platform: NAME,
                instance: "",
                area: "",
                kind: KIND,
            },
            actor: Actor {
                identity: &who(entry),
                incarnation: "",
                session: &session,
                issuer: "",
                via: "",
            },
            operation: &operation,
            outcome: outcome(entry),
            uses: &uses,
        });
        Recorded::Events
    }
}

/// Who asked: the entity; without one the token, by its accessor where that is not hashed, else by what it is called.
fn who(entry: &Entry<'_>) -> String {
    let (entity, accessor, display) = (get(entry.entity), get(entry.accessor), get(entry.display));
    if !entity.is_empty() {
        return entity.into_owned();
    }
    if !accessor.is_empty() && !accessor.starts_with(HASHED) {
        return format!("auth/token/accessor/{accessor}");
    }
    match (&*display, entry.has_token) {
        ("", false) => "without a token".to_owned(),
        ("", true) => "a token without a name".to_owned(),
        (display, _) => format!("token called {display}"),
    }
}

fn outcome(entry: &Entry<'_>) -> UseOutcome {
    let error = get(entry.error);
    match entry.allowed {
        Some(false) => UseOutcome::Denied,
        _ if error.is_empty() => UseOutcome::Allowed,
        Some(true) => UseOutcome::AllowedInError,
        None if error.contains("permission denied") => UseOutcome::Denied,
        None => UseOutcome::Unknown,
    }
}
