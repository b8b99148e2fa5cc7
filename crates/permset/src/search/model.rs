//! The demands and the model that meets them all: adding one, and taking back what was added since a mark.

use super::{Constraint, Search};
use crate::cells::{self, Held};
use crate::context::{Atom, Key, Request};
use crate::copied;
use crate::guard::Condition;
use crate::limits::Limit;
use crate::texts;

/// What must change in the model for a demand to be met.
pub(super) enum Change {
    Action(Box<str>),
    Resource(Box<str>),
    Key(Key, Held),
    Answer(Atom, bool),
    Whole(Request),
    /// Whether a way out of this excluded part was taken.
    Left(usize, bool),
}

/// How much of the state there was, to come back to it.
pub(super) struct Mark {
    actions: usize,
    resources: usize,
    conditions: usize,
    excluded: usize,
    groups: usize,
    choices: usize,
    copies: usize,
    changes: usize,
}

impl<'s> Search<'s, '_> {
    /// Adds one demand and makes the model meet it. `false` where no model can, or where that is not known.
    pub(super) fn demand(&mut self, constraint: Constraint<'s>) -> bool {
        let change = if self.model_meets(constraint) {
            None
        } else {
            match self.change_for(constraint) {
                Ok(Some(change)) => Some(change),
                Ok(None) => return false,
                Err(limit) => return self.give_up(limit),
            }
        };
        self.copies += usize::from(copies(constraint));
        self.push(constraint);
        if let Some(change) = change {
            let undo = self.apply(change);
            self.changes.push(undo);
        }
        true
    }

    fn model_meets(&self, constraint: Constraint<'_>) -> bool {
        match constraint {
            Constraint::Action(strings, holds) => {
                strings.contains(&self.model.action, &self.model.context) == holds
            }
            Constraint::Resource(strings, holds) => {
                strings.contains(&self.model.resource, &self.model.context) == holds
            }
            // An atom that no demand speaks of has no answer yet, so that both sides of it are demands.
            Constraint::Context(Condition::Atom(_), _) => false,
            Constraint::Context(condition, holds) => {
                condition.evaluate(&self.model.context, &self.answers) == holds
            }
        }
    }

    /// A change of the model so that it meets all demands and this one; `None` where there is none.
    pub(super) fn change_for(&mut self, constraint: Constraint<'s>) -> Result<Option<Change>, Limit> {
        if let Constraint::Context(Condition::Atom(atom), holds) = constraint {
            let denied = self.conditions.iter().any(|(condition, given)| {
                *given != holds && matches!(condition, Condition::Atom(other) if other == atom)
            });
            return Ok((!denied).then(|| Change::Answer(atom.clone(), holds)));
        }
        self.budget.spend(self.conditions.len() / 2)?;
        self.push(constraint);
        let found = if self.copies > 0 || copies(constraint) {
            self.whole().map(|found| found.map(Change::Whole))
        } else {
            match constraint {
                Constraint::Action(..) => texts::solve(&self.actions, self.budget)
                    .map(|found| found.map(|text| Change::Action(text.into()))),
                Constraint::Resource(..) => texts::solve(&self.resources, self.budget)
                    .map(|found| found.map(|text| Change::Resource(text.into()))),
                Constraint::Context(condition, _) => match condition.key() {
                    Some(key) => {
                        let demands: Vec<(&Condition, bool)> = self
                            .conditions
                            .iter()
                            .filter(|(c, _)| c.key() == Some(key))
                            .copied()
                            .collect();
                        cells::solve(key, &demands, self.budget)
                            .map(|found| found.map(|held| Change::Key(key.clone(), held)))
                    }
                    None => Ok(None),
                },
            }
        };
        self.pop(constraint);
        found
    }

    fn push(&mut self, constraint: Constraint<'s>) {
        match constraint {
            Constraint::Action(strings, holds) => self.actions.push((strings, holds)),
            Constraint::Resource(strings, holds) => self.resources.push((strings, holds)),
            Constraint::Context(condition, holds) => self.conditions.push((condition, holds)),
        }
    }

    fn pop(&mut self, constraint: Constraint<'s>) {
        match constraint {
            Constraint::Action(..) => drop(self.actions.pop()),
            Constraint::Resource(..) => drop(self.resources.pop()),
            Constraint::Context(..) => drop(self.conditions.pop()),
        }
    }

    /// Changes the model; returns the change that undoes it.
    pub(super) fn apply(&mut self, change: Change) -> Change {
        match change {
            Change::Action(text) => Change::Action(std::mem::replace(&mut self.model.action, text)),
            Change::Resource(text) => Change::Resource(std::mem::replace(&mut self.model.resource, text)),
            Change::Key(key, held) => {
                let before = self.model.context.replace(&key, held);
                Change::Key(key, before)
            }
            Change::Answer(atom, holds) => {
                let before = self.answers.holds(&atom);
                self.answers.set(&atom, holds);
                Change::Answer(atom, before)
            }
            Change::Whole(request) => Change::Whole(std::mem::replace(&mut self.model, request)),
            Change::Left(index, left) => {
                // Undoing meets parts that are gone already.
                let before = self
                    .excluded
                    .get_mut(index)
                    .map(|(_, was)| std::mem::replace(was, left));
                Change::Left(index, before.unwrap_or(false))
            }
        }
    }

    pub(super) fn mark(&self) -> Mark {
        Mark {
            actions: self.actions.len(),
            resources: self.resources.len(),
            conditions: self.conditions.len(),
            excluded: self.excluded.len(),
            groups: self.groups.len(),
            choices: self.choices.len(),
            copies: self.copies,
            changes: self.changes.len(),
        }
    }

    pub(super) fn undo(&mut self, mark: &Mark) {
        self.actions.truncate(mark.actions);
        self.resources.truncate(mark.resources);
        self.conditions.truncate(mark.conditions);
        self.excluded.truncate(mark.excluded);
        self.groups.truncate(mark.groups);
        self.choices.truncate(mark.choices);
        self.copies = mark.copies;
        while self.changes.len() > mark.changes {
            if let Some(change) = self.changes.pop() {
                self.apply(change);
            }
        }
    }
}

/// Whether a demand copies context values.
fn copies(constraint: Constraint<'_>) -> bool {
    match constraint {
        Constraint::Action(strings, _) | Constraint::Resource(strings, _) => strings.holes().next().is_some(),
        Constraint::Context(condition, _) => copied::holes_of(condition).next().is_some(),
    }
}
