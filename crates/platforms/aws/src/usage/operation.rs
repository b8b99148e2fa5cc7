//! Which actions an event needs.
//!
//! In layers, the surest first: what a denial itself says (`exact`); rows of `data/event-actions.tsv` (`mapped`); an action of the
//! event's own name (`named`, a guess); nothing. What is found for one event name is kept for the next of its kind.

use std::sync::Arc;

use leastwise_model::{ActionCatalogue, Basis, UseOutcome};
use leastwise_permset::Pattern;
use rustc_hash::FxHashMap;

use super::resource::{Template, templates};
use super::table::{fits, rows};
use crate::catalogue::Catalogue;

/// How many different events are kept. There are about ten thousand; more can only be made up.
const KEPT: usize = 50_000;

/// An action, and what its resource looks like.
#[derive(Debug)]
pub(super) struct Needed {
    pub action: String,
    /// The request parameter that is its resource, where a row says so.
    pub parameter: Option<&'static str>,
    pub shapes: Vec<Pattern>,
    /// Whether one resource is all that a request of it names.
    pub single: bool,
}

impl Needed {
    pub fn of(action: &str) -> Self {
        let catalogue = Catalogue::embedded();
        let id = catalogue.find(action);
        let required = id.map_or(0, |id| {
            let shapes = catalogue.resource_shapes(id);
            shapes.iter().filter(|shape| shape.required).count()
        });
        Self {
            action: id.map_or_else(
                || action.to_owned(),
                |id| Catalogue::name(catalogue, id).to_owned(),
            ),
            parameter: None,
            shapes: ActionCatalogue::resource_shapes(catalogue, action),
            single: required <= 1,
        }
    }
}

/// One row for an event.
#[derive(Debug)]
struct Rule {
    given: Option<&'static str>,
    actions: Vec<Needed>,
    /// Nothing of what is needed is known, or nothing is needed.
    otherwise: Basis,
}

/// What is known of one event name.
#[derive(Debug)]
pub(super) struct Operation {
    /// In the log's words: `s3:ListObjectsV2`.
    pub name: String,
    pub templates: Vec<&'static Template>,
    /// What an event that needs no known action is.
    pub otherwise: Basis,
    rules: Vec<Rule>,
    also: Vec<Rule>,
    named: Option<Needed>,
}

impl Operation {
    /// The actions that an event needs, the main one first.
    pub fn needed<'o>(
        &'o self,
        parameters: &[u8],
        outcome: UseOutcome,
        needed: &mut Vec<(&'o Needed, Basis)>,
    ) {
        let given = |rule: &Rule| {
            rule.given
                .is_none_or(|name| super::resource::parameter(parameters, name).is_some())
        };
        match self.rules.iter().find(|rule| given(rule)) {
            Some(rule) => needed.extend(rule.actions.iter().map(|one| (one, Basis::Mapped))),
            None => needed.extend(self.named.iter().map(|one| (one, Basis::Named))),
        }
        // What stands beside is checked with the rest; a failure does not tell whether before or after.
        if outcome == UseOutcome::Allowed {
            let also = self.also.iter().filter(|rule| given(rule));
            needed.extend(
                also.flat_map(|rule| &rule.actions)
                    .map(|one| (one, Basis::Mapped)),
            );
        }
    }
}

/// What is known of events, by name.
#[derive(Default)]
pub(super) struct Operations {
    known: FxHashMap<Box<[u8]>, Arc<Operation>>,
    /// Actions that denials named.
    learned: FxHashMap<Box<str>, Arc<Needed>>,
    scratch: Vec<u8>,
}

impl Operations {
    /// An action of the catalogue that a denial names.
    pub fn action(&mut self, action: &str) -> Option<Arc<Needed>> {
        if let Some(known) = self.learned.get(action) {
            return Some(known.clone());
        }
        // Only actions that exist are kept: a message may say anything.
        Catalogue::embedded().find(action)?;
        let needed = Arc::new(Needed::of(action));
        self.learned.insert(action.into(), needed.clone());
        Some(needed)
    }

    /// What is known of an event of a source, both as written in the record.
    pub fn find(&mut self, source: &[u8], event: &[u8]) -> Arc<Operation> {
        self.scratch.clear();
        self.scratch.extend_from_slice(source);
        self.scratch.push(0);
        self.scratch.extend_from_slice(event);
        if let Some(known) = self.known.get(&*self.scratch) {
            return known.clone();
        }
        if self.known.len() >= KEPT {
            self.known.clear();
        }
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let operation = Arc::new(look_up(&text(source), &text(event)));
        self.known
            .insert(self.scratch.as_slice().into(), operation.clone());
        operation
    }
}

/// The prefix of the actions of a service, by the name under which it logs.
pub(crate) fn prefix_of(service: &str) -> &str {
    rows(include_str!("../../data/event-sources.tsv"))
        .find(|row| row.first() == Some(&service))
        .and_then(|row| row.get(1).copied())
        .unwrap_or(service)
}

fn look_up(source: &str, event: &str) -> Operation {
    let service = source.strip_suffix(".amazonaws.com").unwrap_or(source);
    let prefix = prefix_of(service);
    let bare = without_version(event);
    let same = || {
        [event, bare]
            .into_iter()
            .map(|name| format!("{prefix}:{name}"))
            .find(|action| Catalogue::embedded().find(action).is_some())
    };
    let (mut rules, mut also) = (Vec::new(), Vec::new());
    for row in rows(include_str!("../../data/event-actions.tsv")) {
        let [of, pattern, given, actions, ..] = row[..] else {
            continue;
        };
        if of != prefix {
            continue;
        }
        let beside = pattern.strip_prefix('+');
        let pattern = beside.unwrap_or(pattern);
        if !fits(pattern, event) && !fits(pattern, bare) {
            continue;
        }
        let given = (given != "-").then_some(given);
        let Some(rule) = rule(given, actions, &same) else {
            continue;
        };
        if beside.is_some() {
            also.push(rule);
        } else if rules.last().is_none_or(|last: &Rule| last.given.is_some()) {
            rules.push(rule);
        }
    }
    let named = if rules.is_empty() {
        same().map(|action| Needed::of(&action))
    } else {
        None
    };
    Operation {
        name: format!("{service}:{event}"),
        templates: templates(prefix),
        otherwise: rules.last().map_or(Basis::Unmapped, |rule| rule.otherwise),
        rules,
        also,
        named,
    }
}

/// What a row says of an event; nothing where it speaks of an action of the same name and there is none.
fn rule(
    given: Option<&'static str>,
    actions: &'static str,
    same: &dyn Fn() -> Option<String>,
) -> Option<Rule> {
    let mut rule = Rule {
        given,
        actions: Vec::new(),
        otherwise: Basis::Unmapped,
    };
    for word in actions.split(' ') {
        match word
            .split_once('@')
            .map_or((word, None), |(word, name)| (word, Some(name)))
        {
            ("-", _) => rule.otherwise = Basis::Free,
            ("?", _) => {}
            ("=", _) => rule.actions.push(Needed::of(&same()?)),
            (action, parameter) => rule.actions.push(Needed {
                parameter,
                ..Needed::of(action)
            }),
        }
    }
    Some(rule)
}

/// An event's name without the version that some services put behind it: `GetFunction20150331v2`, `CreateDistribution2020_05_31`.
fn without_version(event: &str) -> &str {
    let digits =
        |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let cut = |length: usize| {
        event
            .len()
            .checked_sub(length)
            .and_then(|at| event.split_at_checked(at))
    };
    if let Some((name, date)) = cut(10)
        && matches!(date.split('_').collect::<Vec<_>>()[..], [year, month, day]
            if digits(year, 4) && digits(month, 2) && digits(day, 2))
    {
        return name;
    }
    let unnumbered = match event.rsplit_once('v') {
        Some((head, number)) if !number.is_empty() && digits(number, number.len()) => head,
        _ => event,
    };
    match unnumbered
        .len()
        .checked_sub(8)
        .and_then(|at| unnumbered.split_at_checked(at))
    {
        Some((name, date)) if digits(date, 8) && !name.is_empty() => name,
        _ => event,
    }
}

/// What a denial says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Learned<'m> {
    /// What looks like an action.
    pub action: &'m str,
    pub resource: Option<&'m str>,
}

/// Reads `… is not authorized to perform: ACTION on resource: ARN because …`. The rest of such messages is free text.
pub(super) fn learned(message: &str) -> Option<Learned<'_>> {
    let (_, rest) = message.split_once("is not authorized to perform: ")?;
    let mut words = rest.split_ascii_whitespace();
    let action = words.next()?.trim_end_matches(['.', ',']);
    let resource = match (words.next(), words.next(), words.next()) {
        (Some("on"), Some("resource:"), Some(resource)) => {
            let resource = resource.trim_matches(['"', '.', ',']);
            resource.starts_with("arn:").then_some(resource)
        }
        _ => None,
    };
    Some(Learned { action, resource })
}

#[cfg(test)]
mod tests {
    use super::{Operations, learned, look_up, without_version};

    #[test]
    fn versions_go_and_names_stay() {
        for (event, expected) in [
            ("GetFunction20150331v2", "GetFunction"),
            ("ListFunctions20150331", "ListFunctions"),
            ("CreateDistribution2020_05_31", "CreateDistribution"),
            ("ListObjectsV2", "ListObjectsV2"),
            ("20150331", "20150331"),
            ("Getv2", "Getv2"),
            ("é0150331", "é0150331"),
        ] {
            assert_eq!(without_version(event), expected);
        }
    }

    #[test]
    fn denials_name_actions_that_exist_and_nothing_else() {
        let message = |action: &str| {
            format!(
                "User: arn:aws:iam::111122223333:user/a is not authorized to perform: {action} on resource: arn:aws:s3:::b/k because no identity-based policy allows the {action} action"
            )
        };
        let denial = message("s3:GetObject");
        let found = learned(&denial).expect("an action");
        assert_eq!(
            (found.action, found.resource),
            ("s3:GetObject", Some("arn:aws:s3:::b/k"))
        );
        let mut operations = Operations::default();
        assert!(
            operations
                .action("s3:getobject")
                .is_some_and(|known| known.action == "s3:GetObject")
        );
        assert!(operations.action("s3:Opensesame").is_none());
        assert_eq!(learned("Access Denied"), None);
    }

    #[test]
    fn every_action_of_the_table_exists() {
        for row in super::rows(include_str!("../../data/event-actions.tsv")) {
            assert_eq!(row.len(), 5, "{row:?}");
            for word in row[3].split(' ') {
                let action = word.split('@').next().unwrap_or_default();
                let known =
                    ["=", "-", "?"].contains(&action) || super::Catalogue::embedded().find(action).is_some();
                assert!(known, "{action}");
            }
            if !row[1].contains('*') && row[3] == "=" {
                let action = format!("{}:{}", row[0], row[1]);
                assert!(super::Catalogue::embedded().find(&action).is_some(), "{action}");
            }
        }
        for row in super::rows(include_str!("../../data/event-sources.tsv")) {
            assert!(
                super::Catalogue::embedded().service_title(row[1]).is_some(),
                "{row:?}"
            );
        }
    }

    #[test]
    fn an_event_that_no_row_knows_is_a_guess_and_one_that_is_no_action_is_none() {
        let guess = look_up("sns.amazonaws.com", "Publish");
        assert!(guess.rules.is_empty() && guess.named.is_some());
        let known = look_up("lambda.amazonaws.com", "GetFunction20150331v2");
        assert_eq!(known.rules[0].actions[0].action, "lambda:GetFunction");
        let none = look_up("s3.amazonaws.com", "OpenSesame");
        assert!(none.rules.is_empty() && none.named.is_none());
    }
}
