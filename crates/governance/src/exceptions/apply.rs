//! Which items exceptions accept.

use jiff::{SignedDuration, Timestamp};
use leastwise_model::Text;
use leastwise_permset::{Case, Context, Inclusion, Limits, Pattern, PermissionSet};

use super::{Exception, Exceptions, Scope};
use crate::gate::{Item, Kind, Standing, Who};

/// From so many days before its end on, an exception is told.
const SOON: i64 = 14;

/// An exception that has ended, or soon will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lapsed {
    /// Its id.
    pub id: Text,
    /// The team that answers for it.
    pub owner: Text,
    /// Its last day.
    pub expires: Text,
    /// Whether that day is over.
    pub over: bool,
}

/// Whether an exception holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Yes,
    /// Its last day is over.
    Over,
    /// It is not known what day it is.
    Undated,
}

impl Exceptions {
    /// Marks the items that exceptions accept at `now`, and tells those that have ended or soon will. An item that only an
    /// exception accepts which has ended stays open; where it is not known what day it is, no exception accepts anything.
    /// Items times exceptions, and an inclusion for each access that one speaks of.
    pub fn apply(&self, items: &mut [Item], now: Option<Timestamp>) -> Vec<Lapsed> {
        let holds = |exception: &Exception| match now {
            Some(now) if now < exception.end => Holds::Yes,
            Some(_) => Holds::Over,
            None => Holds::Undated,
        };
        for item in items.iter_mut().filter(|item| item.standing == Standing::Open) {
            item.standing = self.standing(item, holds);
        }
        let mut told = Vec::new();
        if let Some(now) = now {
            let soon = now + SignedDuration::from_hours(24 * SOON);
            for exception in self.all.iter().filter(|exception| exception.end <= soon) {
                told.push(Lapsed {
                    id: exception.id.clone(),
                    owner: exception.owner.clone(),
                    expires: exception.expires.clone(),
                    over: exception.end <= now,
                });
            }
        }
        told
    }

    fn standing(&self, item: &Item, holds: impl Fn(&Exception) -> Holds) -> Standing {
        let in_force: Vec<&Exception> = self.all.iter().filter(|one| holds(one) == Holds::Yes).collect();
        if let Some(ids) = accepting(&in_force, item) {
            return Standing::Excepted(ids);
        }
        let all: Vec<&Exception> = self.all.iter().collect();
        match accepting(&all, item) {
            None => Standing::Open,
            Some(ids) => {
                let undated = |id: &Text| {
                    self.all
                        .iter()
                        .any(|one| one.id == *id && holds(one) == Holds::Undated)
                };
                let over = |id: &Text| {
                    self.all
                        .iter()
                        .any(|one| one.id == *id && holds(one) == Holds::Over)
                };
                match ids.iter().any(undated) {
                    true => Standing::Undated(ids),
                    false => Standing::Lapsed(ids.into_iter().filter(over).collect()),
                }
            }
        }
    }
}

/// The ids of those exceptions that together accept an item; `None` where they do not.
fn accepting(exceptions: &[&Exception], item: &Item) -> Option<Vec<Text>> {
    let named = exceptions.iter().find(|one| match &one.scope {
        Scope::Fingerprint(name) => **name == *item.fingerprint.to_string(),
        Scope::Access { .. } | Scope::Becoming(_) | Scope::Rule(_) => false,
    });
    if let Some(one) = named {
        return Some(vec![one.id.clone()]);
    }
    if item.who.is_empty() {
        return None;
    }
    let mut used: Vec<Text> = Vec::new();
    for who in &item.who {
        let about = exceptions.iter().filter(|one| speaks_of(one, who));
        used.extend(match item.kind {
            Kind::Access | Kind::Granted => access(about.copied(), who)?,
            Kind::Becoming => becoming(about.copied(), item)?,
            Kind::Finding => {
                let id = item.rule?.id;
                let mut about = about;
                vec![about.find(|one| one.scope == Scope::Rule(id))?.id.clone()]
            }
        });
    }
    used.sort();
    used.dedup();
    Some(used)
}

fn matches(pattern: &str, text: &str) -> bool {
    Pattern::glob(pattern, Case::Exact).matches(text, &Context::new())
}

fn speaks_of(exception: &Exception, who: &Who) -> bool {
    let Some(pattern) = &exception.identity else {
        return false;
    };
    [&who.id]
        .into_iter()
        .chain(&who.names)
        .any(|name| matches(pattern, name))
}

/// Whether all that is new for somebody lies in what is accepted for it.
fn access<'e>(about: impl Iterator<Item = &'e Exception>, who: &Who) -> Option<Vec<Text>> {
    let (platform, requests) = (who.platform?, who.requests.as_ref()?);
    let mut ids = Vec::new();
    let mut accepted = Vec::new();
    for exception in about {
        if let Scope::Access { actions, resources } = &exception.scope {
            ids.push(exception.id.clone());
            for action in actions {
                let of_action = resources
                    .iter()
                    .map(|resource| platform.requests(action, resource));
                accepted.extend(of_action);
            }
        }
    }
    let accepted = PermissionSet::union_of(accepted);
    let inside = requests.included_in(&accepted, &Limits::default());
    matches!(inside, Inclusion::Holds).then_some(ids)
}

/// Whether everybody whom an item's identities become may be become.
fn becoming<'e>(about: impl Iterator<Item = &'e Exception>, item: &Item) -> Option<Vec<Text>> {
    let accepted: Vec<(&Text, &Text)> = about
        .filter_map(|one| match &one.scope {
            Scope::Becoming(pattern) => Some((&one.id, pattern)),
            Scope::Access { .. } | Scope::Rule(_) | Scope::Fingerprint(_) => None,
        })
        .collect();
    item.whom
        .iter()
        .map(|whom| {
            let mut speaking = accepted.iter().filter(|(_, pattern)| matches(pattern, whom));
            speaking.next().map(|(id, _)| (*id).clone())
        })
        .collect()
}
