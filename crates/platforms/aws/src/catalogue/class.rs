//! What an action does, and to what: the overlay `data/action-classes.tsv`, whose head states the rule.
//!
//! Rows go from the general to the particular and later rows win, so the default rule is data too. Classes serve reports
//! and duties; no permission set is ever computed with them.
//!
//! Shape: every row looks at the actions of its literal prefix (`*:` rows at all of them), once per process.

use std::collections::BTreeMap;

use super::glob::Glob;
use super::{ActionId, Catalogue, Level, keys};

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Learn the content of something.
    Read,
    /// Learn what there is.
    List,
    /// Create or change.
    Write,
    /// Make something cease to exist.
    Delete,
    /// Run a program or session of the caller's choosing, or set one going.
    Execute,
    /// Become another identity, or obtain or make a credential of it.
    Impersonate,
    /// Give access, or take a limit away.
    Grant,
    /// Take access away, or set a limit.
    Revoke,
}

/// What it is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// What customers store: objects, items, messages, records.
    Data,
    /// Infrastructure and configuration.
    System,
    /// Who may do what, with which credentials, under which watch.
    Control,
}

/// What an action does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionClass {
    /// What is done.
    pub verb: Verb,
    /// What it is done to.
    pub target: Target,
}

impl Verb {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "read" => Verb::Read,
            "list" => Verb::List,
            "write" => Verb::Write,
            "delete" => Verb::Delete,
            "execute" => Verb::Execute,
            "impersonate" => Verb::Impersonate,
            "grant" => Verb::Grant,
            "revoke" => Verb::Revoke,
            _ => return None,
        })
    }
}

impl Target {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "data" => Target::Data,
            "system" => Target::System,
            "control" => Target::Control,
            _ => return None,
        })
    }
}

impl ActionClass {
    /// Reads `read data`.
    fn named(text: &str) -> Option<Self> {
        let (verb, target) = text.split_once(' ')?;
        Some(ActionClass {
            verb: Verb::named(verb)?,
            target: Target::named(target)?,
        })
    }
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
    let (verb, target) = fields.next()?.split_once(' ')?;
    let verb = if verb == "-" {
        None
    } else {
        Some(Verb::named(verb)?)
    };
    let target = if target == "-" {
        None
    } else {
        Some(Target::named(target)?)
    };
    let further = match fields.next()? {
        "-" => Further::Keep,
        "none" => Further::Nothing,
        list => Further::Also(list.split(", ").map(ActionClass::named).collect::<Option<_>>()?),
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
