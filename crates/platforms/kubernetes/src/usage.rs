//! Audit events of the API server → uses.
//!
//! The server names what it asked its authorizers: verb, group, resource, namespace, name. So every action is exact. One request
//! is logged in several stages; the last one counts, and for watches also the first answer. An event that impersonates tells
//! two uses: what the impersonated identity did, and that the other one became it. Source: `staging/src/k8s.io/apiserver/pkg/apis/audit/v1/types.go` and `pkg/endpoints/filters` of
//! kubernetes/kubernetes.

mod entry;
mod record;

use std::borrow::Cow;

use leastwise_document::skim::{Skim, Stop, Text};
use leastwise_model::{
    Actor, Basis, Event, LogFormat, LogReader, LogScope, Logged, Recorded, Settings, Source, Use, UseOutcome,
    log_instant, workload_of,
};
use rustc_hash::FxHashMap;

use crate::audit_policy::AuditPolicies;
use crate::cluster::claimed;
use crate::compile::accounts::Who;
use crate::rule::CORE;
use entry::{Asked, Entry, asked};
use record::{Record, Subject};

/// The platform's name, as in canonical ids.
pub(crate) const NAME: &str = "kubernetes";

/// The audit log of an API server.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AuditLog;

impl Logged for AuditLog {
    fn format(&self, settings: &Settings) -> LogFormat {
        LogFormat {
            reader: Box::new(Reader {
                settings: settings.clone(),
                cluster: String::new(),
                ids: FxHashMap::default(),
                action: String::new(),
                resource: String::new(),
            }),
            // Webhook batches; log groups; resource logs.
            lists: &["items", "logEvents", "events", "records"],
        }
    }

    fn scope(&self, settings: &Settings) -> Box<dyn LogScope> {
        Box::new(AuditPolicies::new(settings))
    }
}

struct Reader {
    settings: Settings,
    /// The cluster whose log is being read; empty where nothing tells.
    cluster: String,
    /// Ids of users in that cluster, as far as they are remembered.
    ids: FxHashMap<Box<str>, Box<str>>,
    // Where names are put together.
    action: String,
    resource: String,
}

impl LogReader for Reader {
    fn file(&mut self, path: &str) {
        let named = claimed(path, "", &self.settings).and_then(|at| self.settings.clusters.get(at));
        self.cluster = named.map(|cluster| cluster.name.to_string()).unwrap_or_default();
        self.ids.clear();
    }

    fn read(&mut self, record: &mut Skim<'_>, each: &mut dyn FnMut(&Event<'_>)) -> Result<Recorded, Stop> {
        let mut again = record.clone();
        let read = Record::read(record)?;
        if read.is_event() {
            return Ok(self.event(&read, each));
        }
        if read.payload {
            return Ok(self.entry(&Entry::read(&mut again)?, each));
        }
        let Some(wrapped) = read.wrapped.map(|text| text.get()) else {
            return Ok(Recorded::Foreign);
        };
        match Record::read(&mut Skim::new(wrapped.as_bytes())) {
            Ok(read) if read.is_event() => Ok(self.event(&read, each)),
            Err(_) if wrapped.contains("\"audit.k8s.io/") => Ok(Recorded::Odd("a wrapped event breaks off")),
            Ok(_) | Err(_) => Ok(Recorded::Foreign),
        }
    }
}

/// A text, or nothing.
fn get(text: Option<Text<'_>>) -> Cow<'_, str> {
    text.map(|text| text.get()).unwrap_or_default()
}

impl Reader {
    fn event(&mut self, record: &Record<'_>, each: &mut dyn FnMut(&Event<'_>)) -> Recorded {
        let verb = get(record.verb);
        match record.stage.map(|stage| stage.raw()) {
            Some(b"ResponseComplete" | b"Panic") => {}
            Some(b"ResponseStarted") if verb == "watch" => {}
            Some(b"ResponseStarted" | b"RequestReceived") => {
                return Recorded::NoUse("stages before the answer");
            }
            _ => return Recorded::Odd("no stage is there"),
        }
        let Some(at) = record
            .received
            .or(record.staged)
            .and_then(|text| log_instant(&text.get()))
        else {
            return Recorded::Odd("no instant is there");
        };
        let user = get(record.user.name);
        if verb.is_empty() || user.is_empty() {
            return Recorded::Odd("no verb or no user is there");
        }
        self.spell(record, &verb);
        let id = get(record.id);
        let outcome = outcome(record);
        let impersonated = record.impersonated.name.map(|name| name.get());
        let impersonated_id = impersonated.as_deref().map(|name| id_in(&self.cluster, name));
        let user_id = known(&mut self.ids, &self.cluster, &user);
        let pod = record
            .user
            .pod
            .map(|pod| workload_of(pod.get()))
            .unwrap_or_default();
        let source = Source {
            platform: NAME,
            instance: &self.cluster,
            area: "",
            kind: "audit",
        };
        let caller = Actor {
            identity: user_id,
            incarnation: &incarnation(&record.user, &user),
            session: &pod,
            issuer: "",
            via: "",
        };
        let uses = [Use {
            action: &self.action,
            basis: Basis::Exact,
            resource: Some(&self.resource),
        }];
        let event = Event {
            id: &id,
            part: 0,
            at,
            alike: None,
            source,
            actor: caller,
            operation: &self.action,
            outcome,
            uses: &uses,
        };
        let (Some(name), Some(impersonated)) = (&impersonated, &impersonated_id) else {
            each(&event);
            return Recorded::Events;
        };
        each(&Event {
            actor: Actor {
                identity: impersonated,
                incarnation: &incarnation(&record.impersonated, name),
                session: "",
                issuer: user_id,
                via: "",
            },
            ..event
        });
        // The server logs whom a request impersonates once that was allowed.
        let (action, on) = match (record.constrained, account(name)) {
            (true, _) => ("", String::new()),
            (false, Some((namespace, account))) => (
                "core/serviceaccounts:impersonate",
                format!("{namespace}/{account}"),
            ),
            (false, None) => ("core/users:impersonate", format!("/{name}")),
        };
        each(&Event {
            part: 1,
            operation: "impersonate",
            outcome: UseOutcome::Allowed,
            uses: &[Use {
                action,
                basis: if action.is_empty() {
                    Basis::Unmapped
                } else {
                    Basis::Exact
                },
                resource: (!on.is_empty()).then_some(&*on),
            }],
            ..event
        });
        Recorded::Events
    }

    /// Puts together the action and the resource as the authorizer saw them.
    fn spell(&mut self, record: &Record<'_>, verb: &str) {
        let Some(object) = &record.object else {
            self.action.clear();
            self.resource.clear();
            self.action.extend(["nonresource:", verb]);
            let uri = get(record.uri);
            self.resource.push_str(uri.split('?').next().unwrap_or_default());
            return;
        };
        let (group, resource, sub) = (get(object.group), get(object.resource), get(object.subresource));
        let (namespace, name) = (get(object.namespace), get(object.name));
        self.spell_object(&Asked {
            group: &group,
            resource: &resource,
            subresource: &sub,
            namespace: &namespace,
            name: &name,
            verb,
        });
    }

    fn spell_object(&mut self, asked: &Asked<'_>) {
        self.action.clear();
        self.resource.clear();
        let group = if asked.group.is_empty() { CORE } else { asked.group };
        self.action.extend([group, "/", asked.resource]);
        if !asked.subresource.is_empty() {
            self.action.extend(["/", asked.subresource]);
        }
        self.action.extend([":", asked.verb]);
        self.resource.extend([asked.namespace, "/"]);
        // What is created has no name when that is decided; the log may have it from the answer.
        if asked.verb != "create" || !asked.subresource.is_empty() {
            self.resource.push_str(asked.name);
        }
    }

    /// An entry of Cloud Logging.
    fn entry(&mut self, entry: &Entry<'_>, each: &mut dyn FnMut(&Event<'_>)) -> Recorded {
        if !entry.is_of_a_cluster() {
            return Recorded::Foreign;
        }
        if entry.first_only {
            return Recorded::NoUse("stages before the answer");
        }
        let Some(at) = entry.at.and_then(|text| log_instant(&text.get())) else {
            return Recorded::Odd("no instant is there");
        };
        let (user, method, resource) = (get(entry.user), get(entry.method), get(entry.resource));
        if user.is_empty() {
            return Recorded::Odd("no verb or no user is there");
        }
        let Some(asked) = asked(&method, &resource) else {
            return Recorded::Odd("a method or resource of an entry is not spelled as documented");
        };
        self.spell_object(&asked);
        let told = get(entry.cluster);
        let cluster = if self.cluster.is_empty() {
            &*told
        } else {
            &*self.cluster
        };
        let identity = id_in(cluster, &user);
        let id = get(entry.id);
        each(&Event {
            id: &id,
            part: 0,
            at,
            alike: None,
            source: Source {
                platform: NAME,
                instance: cluster,
                area: "",
                kind: "audit",
            },
            actor: Actor {
                identity: &identity,
                incarnation: "",
                session: "",
                issuer: "",
                via: "",
            },
            operation: &self.action,
            outcome: entry.outcome(),
            uses: &[Use {
                action: &self.action,
                basis: Basis::Exact,
                resource: Some(&self.resource),
            }],
        });
        Recorded::Events
    }
}

/// How many ids of users are remembered.
const IDS: usize = 4096;

/// The canonical id of a user, put together once for many events.
fn known<'i>(ids: &'i mut FxHashMap<Box<str>, Box<str>>, cluster: &str, user: &'i str) -> &'i str {
    if cluster.is_empty() {
        return user;
    }
    if ids.len() >= IDS {
        ids.clear();
    }
    if !ids.contains_key(user) {
        ids.insert(user.into(), id_in(cluster, user).into());
    }
    ids.get(user).map_or("", |id| id)
}

/// The canonical id of a user; the name itself where the cluster is not known.
fn id_in(cluster: &str, user: &str) -> String {
    if cluster.is_empty() {
        return user.to_owned();
    }
    format!("{}:{}:{}", NAME, cluster, Who::of_user(&user.into()).id())
}

/// What tells a service account from another of its name.
fn incarnation<'a>(subject: &Subject<'a>, name: &str) -> Cow<'a, str> {
    match account(name) {
        Some(_) => get(subject.uid),
        None => Cow::default(),
    }
}

fn account(user: &str) -> Option<(&str, &str)> {
    user.strip_prefix("system:serviceaccount:")?.split_once(':')
}

/// What became of a request: the authorizer's own word first, then what the answer lets one conclude.
fn outcome(record: &Record<'_>) -> UseOutcome {
    let code = record.code.unwrap_or(0);
    let answered = (100..400).contains(&code);
    match record.decision.map(|text| text.raw()) {
        Some(b"forbid") => UseOutcome::Denied,
        Some(b"allow") if answered => UseOutcome::Allowed,
        Some(b"allow") => UseOutcome::AllowedInError,
        _ if answered => UseOutcome::Allowed,
        _ if matches!(code, 404 | 409 | 422) => UseOutcome::AllowedInError,
        _ => UseOutcome::Unknown,
    }
}
