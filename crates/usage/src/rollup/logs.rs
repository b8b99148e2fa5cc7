//! The logs that events came from.

use leastwise_model::Source;
use rustc_hash::FxHashMap;

use crate::names::{Name, Names};
use crate::tally::Tally;

/// Which log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Log {
    platform: &'static str,
    instance: Name,
    area: Name,
    kind: Name,
}

/// Logs, each with what it told.
#[derive(Debug, Default)]
pub(super) struct Logs {
    all: FxHashMap<Log, Tally>,
    /// That of the last event, which is mostly that of the next one as well.
    last: Option<Log>,
}

impl Logs {
    /// What a log told so far.
    pub fn of(&mut self, source: &Source<'_>, names: &mut Names) -> &mut Tally {
        // Most events tell no area, many no instance, and comparing two empty texts is not free: an empty `String` points
        // nowhere, and some processors take as long as for a fault to find that out.
        let named = |name: Name, text: &str| match text.is_empty() {
            true => name == Name::default(),
            false => names.text(name) == text,
        };
        let same = |log: &Log| {
            log.platform == source.platform
                && named(log.instance, source.instance)
                && named(log.area, source.area)
                && named(log.kind, source.kind)
        };
        let log = match self.last.filter(same) {
            Some(last) => last,
            None => Log {
                platform: source.platform,
                instance: names.number(source.instance),
                area: names.number(source.area),
                kind: names.number(source.kind),
            },
        };
        self.last = Some(log);
        self.all.entry(log).or_default()
    }

    /// All of them.
    pub fn iter<'n>(&'n self, names: &'n Names) -> impl Iterator<Item = (Source<'n>, &'n Tally)> {
        self.all.iter().map(|(log, tally)| {
            let source = Source {
                platform: log.platform,
                instance: names.text(log.instance),
                area: names.text(log.area),
                kind: names.text(log.kind),
            };
            (source, tally)
        })
    }
}
