//! What an action does, and to what: the overlay `data/action-classes.tsv`, whose head states the rule.
//!
//! Rows go from the general to the particular and later rows win, so the default rule is data too. Classes serve reports
//! and duties; no permission set is ever computed with them.
//!
//! Shape: every row looks at the actions of its literal prefix (`*:` rows at all of them), once per process.

use std::collections::BTreeMap;

use leastwise_model::{ActionClass, Target, Verb};

use super::glob::Glob;
use super::{ActionId, Catalogue, Level, keys};

/// The verb of this name.
fn verb(name: &str) -> Option<Verb> {
    Verb::ALL.into_iter().find(|verb| verb.as_str() == name)
}

/// The target of this name.
fn target(name: &str) -> Option<Target> {
    Target::ALL.into_iter().find(|target| target.as_str() == name)
}

/// Reads `read data`.
fn class(text: &str) -> Option<ActionClass> {
    let (done, to) = text.split_once(' ')?;
    Some(ActionClass::new(verb(done)?, target(to)?))
}

/// The classes of every action of a catalogue.
#[derive(Debug)]
pub(super) struct Classes {
    primary: Vec<ActionClass>,
    further: BTreeMap<ActionId, Vec<ActionClass>>,
}

impl Classes {
    /// Applies the overlay to a catalogue.
    pub(super) fn of(catalogue: &Catalogue) -> Self {
        let start = ActionClass {
            verb: Verb::Write,
            target: Target::System,
        };
        let mut classes = Classes {
            primary: vec![start; catalogue.len()],
            further: BTreeMap::new(),
        };
        let parts: Vec<&[u8]> = catalogue
            .actions()
            .map(|id| action_part(catalogue.name(id)))
            .collect();
        for rule in keys::rows(include_str!("../../data/action-classes.tsv")).filter_map(parse) {
            for id in rule.actions(catalogue, &parts) {
                classes.apply(id, &rule);
            }
        }
        for (id, further) in &mut classes.further {
            let primary = classes.primary.get(id.index());
            further.retain(|class| Some(class) != primary);
        }
        classes.further.retain(|_, further| !further.is_empty());
        classes
    }

    fn apply(&mut self, id: ActionId, rule: &ClassRule) {
        if let Some(class) = self.primary.get_mut(id.index()) {
            class.verb = rule.verb.unwrap_or(class.verb);
            class.target = rule.target.unwrap_or(class.target);
        }
        match &rule.further {
            Further::Keep => {}
            Further::Nothing => {
                self.further.remove(&id);
            }
            Further::Also(more) => {
                let further = self.further.entry(id).or_default();
                further.extend(more);
                further.sort_unstable();
                further.dedup();
            }
        }
    }

    pub(super) fn primary(&self, id: ActionId) -> ActionClass {
        let unknown = ActionClass {
            verb: Verb::Write,
            target: Target::System,
        };
        self.primary.get(id.index()).copied().unwrap_or(unknown)
    }

    pub(super) fn further(&self, id: ActionId) -> &[ActionClass] {
        self.further.get(&id).map(Vec::as_slice).unwrap_or_default()
    }
}

/// What a row does to the further classes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Further {
    /// Leave them.
    Keep,
    /// Drop what earlier rows said.
    Nothing,
    /// Add these.
    Also(Vec<ActionClass>),
}

/// One row of the overlay.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ClassRule {
    pub(super) pattern: &'static str,
    level: Option<Level>,
    verb: Option<Verb>,
    target: Option<Target>,
    further: Further,
    pub(super) source: &'static str,
}

impl ClassRule {
    /// The actions the row speaks of; `parts` holds what follows the colon of each name. `*:Put*` is matched against that,
    /// which is faster.
    pub(super) fn actions(&self, catalogue: &Catalogue, parts: &[&[u8]]) -> Vec<ActionId> {
        let level = |id: &ActionId| self.level.is_none_or(|level| catalogue.level(*id) == level);
        let Some(action) = self.pattern.strip_prefix("*:") else {
            return catalogue.matching(self.pattern).iter().filter(level).collect();
        };
        let glob = Glob::new(action);
        let holds = |(id, part): (ActionId, &&[u8])| (level(&id) && glob.matches(part)).then_some(id);
        catalogue.actions().zip(parts).filter_map(holds).collect()
    }
}

/// What follows the colon of an action's name.
pub(super) fn action_part(name: &str) -> &[u8] {
    name.split_once(':').map_or(name, |(_, action)| action).as_bytes()
}

/// Reads one row.
pub(super) fn parse(row: &'static str) -> Option<ClassRule> {
    let mut fields = row.split('\t');
    let pattern = fields.next()?;
    let level = match fields.next()? {
        "-" => None,
        "read" => Some(Level::Read),
        "list" => Some(Level::List),
        "write" => Some(Level::Write),
        "tagging" => Some(Level::Tagging),
        "permissions" => Some(Level::PermissionsManagement),
        _ => return None,
    };
    let (done, to) = fields.next()?.split_once(' ')?;
    let verb = if done == "-" { None } else { Some(verb(done)?) };
    let target = if to == "-" { None } else { Some(target(to)?) };
    let further = match fields.next()? {
        "-" => Further::Keep,
        "none" => Further::Nothing,
        list => Further::Also(list.split(", ").map(class).collect::<Option<_>>()?),
    };
    let source = fields.next()?;
    fields.next().is_none().then_some(ClassRule {
        pattern,
        level,
        verb,
        target,
        further,
        source,
    })
}
