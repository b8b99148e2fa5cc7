//! What many events say in sum.

mod logs;

use std::collections::BTreeMap;

use leastwise_model::{Basis, Event, Source, UseOutcome};
use rustc_hash::FxHashMap;

use crate::fold::{Limits, Resources};
use crate::names::{MANY, Name, Names};
use crate::seen::Seen;
use crate::tally::Tally;
use logs::Logs;

/// Stands between an identity and its incarnation.
const BETWEEN: &str = "\u{1f}";

/// What an identity did, but for the resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Line {
    session: Name,
    issuer: Name,
    via: Name,
    operation: Name,
    action: Name,
    basis: Basis,
    outcome: UseOutcome,
    further: bool,
}

/// Uses of one line: where the resource is known, and where it is not.
#[derive(Debug, Default)]
struct Uses {
    known: Resources,
    unknown: Tally,
}

/// One identity.
#[derive(Debug)]
struct Person {
    /// The names of its sessions; nothing once they are too many.
    sessions: Option<Vec<Name>>,
    lines: FxHashMap<Line, Uses>,
}

impl Default for Person {
    fn default() -> Self {
        Self {
            sessions: Some(Vec::new()),
            lines: FxHashMap::default(),
        }
    }
}

impl Person {
    /// The name under which one of its sessions counts. Where there are too many, all lines fold into one.
    fn session(&mut self, session: &str, names: &mut Names, limits: &Limits) -> Name {
        if session.is_empty() {
            return Name::default();
        }
        let Some(sessions) = &mut self.sessions else {
            return MANY;
        };
        // Few enough to be looked through; new names are made only for as many as are kept.
        if let Some(known) = sessions.iter().find(|known| names.text(**known) == session) {
            return *known;
        }
        if sessions.len() < limits.sessions {
            let name = names.number(session);
            sessions.push(name);
            return name;
        }
        self.sessions = None;
        fold_sessions(self, limits.resources);
        MANY
    }
}

/// What events say in sum: for each identity, session, operation, action, resource and outcome how often, when and on which
/// days; and from which logs that is known.
#[derive(Debug)]
pub struct Rollup {
    limits: Limits,
    names: Names,
    /// By identity and incarnation.
    people: FxHashMap<Name, Person>,
    logs: Logs,
    seen: Seen,
    duplicates: u64,
    forgot: bool,
    /// Where identities and incarnations are put together.
    scratch: String,
}

/// Uses that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'r> {
    /// The canonical id of the identity, or what the log tells.
    pub identity: &'r str,
    /// What tells it from others of its name; empty where nothing does.
    pub incarnation: &'r str,
    /// The workload or session; `*` where they were too many to be told apart, empty where the log does not tell.
    pub session: &'r str,
    /// Who vouched for it; may be empty.
    pub issuer: &'r str,
    /// The service that called on its behalf; may be empty.
    pub via: &'r str,
    /// What was called, in the log's words.
    pub operation: &'r str,
    /// The action; empty where none is known or needed.
    pub action: &'r str,
    /// How that is known.
    pub basis: Basis,
    /// The resource or a pattern for a group of them; nothing where it is not known.
    pub resource: Option<String>,
    /// Whether the resources were too many, and the pattern is what their names share.
    pub folded: bool,
    /// What became of it.
    pub outcome: UseOutcome,
    /// Whether the event's main use is another one: such rows are left out where events are counted.
    pub further: bool,
    /// How often.
    pub count: u64,
    /// When and on which days.
    pub tally: &'r Tally,
}

/// A log, and when it told anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRow<'r> {
    /// Which.
    pub source: Source<'r>,
    /// How many events, and when.
    pub tally: &'r Tally,
}

impl Default for Rollup {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Rollup {
    /// Of nothing yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            names: Names::default(),
            people: FxHashMap::default(),
            logs: Logs::default(),
            seen: Seen::default(),
            duplicates: 0,
            forgot: false,
            scratch: String::new(),
        }
    }

    /// Counts an event, unless it was counted before.
    pub fn take(&mut self, event: &Event<'_>) {
        if !event.id.is_empty() && !self.seen.is_new(event.id, event.part) {
            self.duplicates += 1;
            return;
        }
        let at = event.at.as_microsecond();
        // What a query has counted comes with its sum.
        let alike = event
            .alike
            .map(|alike| Tally::of(alike.calls, at, alike.last.as_microsecond()));
        self.duplicates += event
            .alike
            .map_or(0, |alike| alike.records.saturating_sub(alike.calls));
        let log = self.logs.of(&event.source, &mut self.names);
        match &alike {
            Some(alike) => log.add(alike),
            None => log.one(at),
        }

        let actor = &event.actor;
        self.scratch.clear();
        self.scratch.extend([actor.identity, BETWEEN, actor.incarnation]);
        let who = self.names.number(&self.scratch);
        let person = self.people.entry(who).or_default();
        let session = person.session(actor.session, &mut self.names, &self.limits);
        let operation = self.names.number(event.operation);
        let mut line = Line {
            session,
            issuer: self.names.number(actor.issuer),
            via: self.names.number(actor.via),
            operation,
            action: Name::default(),
            basis: Basis::Unmapped,
            outcome: event.outcome,
            further: false,
        };
        for one in event.uses {
            // Where the log names actions, both are one text, which is looked up once.
            line.action = match std::ptr::eq(one.action, event.operation) {
                true => operation,
                false => self.names.number(one.action),
            };
            line.basis = one.basis;
            let uses = person.lines.entry(line).or_default();
            match (one.resource, &alike) {
                (Some(resource), None) => uses.known.one(resource, at, self.limits.resources),
                (Some(resource), Some(alike)) => uses.known.add(resource, alike, self.limits.resources),
                (None, None) => uses.unknown.one(at),
                (None, Some(alike)) => uses.unknown.add(alike),
            }
            line.further = true;
        }
    }

    /// Adds another rollup. Duplicates between the two are not found: see [`crate::seen`].
    pub fn merge(&mut self, other: Self) {
        self.duplicates += other.duplicates;
        self.forgot |= other.forgot();
        let names = &other.names;
        for (source, tally) in other.logs.iter(names) {
            self.logs.of(&source, &mut self.names).add(tally);
        }
        for (who, other) in other.people {
            let who = self.names.number(names.text(who));
            let own = self.people.entry(who).or_default();
            if other.sessions.is_none() {
                own.sessions = None;
                fold_sessions(own, self.limits.resources);
            }
            for (line, uses) in other.lines {
                let mut number = |name| self.names.number(names.text(name));
                let (issuer, via) = (number(line.issuer), number(line.via));
                let (operation, action) = (number(line.operation), number(line.action));
                let session = own.session(names.text(line.session), &mut self.names, &self.limits);
                let line = Line {
                    session,
                    issuer,
                    via,
                    operation,
                    action,
                    ..line
                };
                own.lines
                    .entry(line)
                    .or_default()
                    .add(uses, self.limits.resources);
            }
        }
    }

    /// How many events were left out because they had been counted already.
    #[must_use]
    pub fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// Whether there were too many events to tell duplicates that are far apart.
    #[must_use]
    pub fn forgot(&self) -> bool {
        self.forgot || self.seen.forgot()
    }

    /// All uses, alike ones together, sorted.
    #[must_use]
    pub fn rows(&self) -> Vec<Row<'_>> {
        let text = |name| self.names.text(name);
        let mut people: Vec<((&str, &str), &Person)> = self
            .people
            .iter()
            .map(|(who, person)| (text(*who).split_once(BETWEEN).unwrap_or_default(), person))
            .collect();
        people.sort_unstable_by_key(|(who, _)| *who);
        let uses = self.people.values().flat_map(|person| person.lines.values());
        let mut rows = Vec::with_capacity(uses.map(Uses::count).sum());
        for ((identity, incarnation), person) in people {
            let mut lines: Vec<(&Line, &Uses)> = person.lines.iter().collect();
            lines.sort_by(|(one, _), (other, _)| {
                let texts = |line: &Line| {
                    [line.session, line.issuer, line.via, line.operation, line.action].map(text)
                };
                let rest = |line: &Line| (line.basis, line.outcome, line.further);
                texts(one)
                    .cmp(&texts(other))
                    .then_with(|| rest(one).cmp(&rest(other)))
            });
            for (line, uses) in lines {
                let unknown = (uses.unknown.count > 0).then_some((None, false, &uses.unknown));
                let known = uses.known.rows().into_iter();
                let known = known.map(|(name, folded, tally)| (Some(name), folded, tally));
                rows.extend(
                    unknown
                        .into_iter()
                        .chain(known)
                        .map(|(resource, folded, tally)| Row {
                            identity,
                            incarnation,
                            session: text(line.session),
                            issuer: text(line.issuer),
                            via: text(line.via),
                            operation: text(line.operation),
                            action: text(line.action),
                            basis: line.basis,
                            resource,
                            folded,
                            outcome: line.outcome,
                            further: line.further,
                            count: tally.count,
                            tally,
                        }),
                );
            }
        }
        rows
    }

    /// The logs that events came from, sorted, each with when it told anything.
    #[must_use]
    pub fn sources(&self) -> Vec<SourceRow<'_>> {
        let all: BTreeMap<Source<'_>, &Tally> = self.logs.iter(&self.names).collect();
        all.into_iter()
            .map(|(source, tally)| SourceRow { source, tally })
            .collect()
    }

    /// How many events there were, when first and last, and on which days.
    #[must_use]
    pub fn window(&self) -> Tally {
        let mut window = Tally::default();
        for (_, tally) in self.logs.iter(&self.names) {
            window.add(tally);
        }
        window
    }
}

impl Uses {
    /// How many rows it makes.
    fn count(&self) -> usize {
        self.known.count() + usize::from(self.unknown.count > 0)
    }

    fn add(&mut self, other: Self, limit: usize) {
        self.known.merge(other.known, limit);
        self.unknown.add(&other.unknown);
    }
}

/// All lines that tell sessions apart become lines of many sessions.
fn fold_sessions(person: &mut Person, limit: usize) {
    for (line, uses) in std::mem::take(&mut person.lines) {
        let session = if line.session == Name::default() {
            line.session
        } else {
            MANY
        };
        person
            .lines
            .entry(Line { session, ..line })
            .or_default()
            .add(uses, limit);
    }
}

#[cfg(test)]
mod tests;
