//! Views: what they read is asked of their owners, or of whoever calls.

use leastwise_model::Text;
use leastwise_permset::PermissionSet;

use super::super::parts::COLUMN_LETTERS;
use super::policy::Simplified;
use super::{COMMANDS, DEPTH_MAX, Rows, everything, on, on_all, unanswered};
use crate::object::Relation;

impl Rows<'_> {
    pub(super) fn depends_on_invoker(&self, view: &Relation, depth: u32) -> bool {
        let Some(made) = &view.view else { return false };
        depth < DEPTH_MAX
            && (made.invoker
                || made.uses.iter().any(|used| {
                    self.relations
                        .get(&(&*used.schema, &*used.name))
                        .is_some_and(|below| self.depends_on_invoker(below, depth + 1))
                }))
    }

    /// What may be done to a view by whoever has the privilege on it; `None` where it is the same for everybody.
    pub(super) fn view_bound(&self, view: &Relation, role: Option<u32>) -> PermissionSet {
        let resource = self.resource(view);
        let all: Vec<(char, PermissionSet)> = COMMANDS
            .map(|command| (command, self.view_filter(view, role, command, 0)))
            .to_vec();
        if all.iter().all(|(_, filter)| *filter == everything()) {
            return on_all(&resource);
        }
        PermissionSet::union_of(
            all.iter()
                .map(|(command, filter)| on(&resource, &[*command]).intersection(filter)),
        )
    }

    fn doubt(&self, view: &Relation) -> PermissionSet {
        let atom = self.doubts.get(&(&*view.schema, &*view.owned.name));
        atom.map_or_else(PermissionSet::empty, unanswered)
    }

    fn view_filter(&self, view: &Relation, role: Option<u32>, command: char, depth: u32) -> PermissionSet {
        let Some(made) = &view.view else {
            return everything();
        };
        if made.unread {
            // Superusers read everything, and so does what stands on nothing but views of theirs.
            let reads = command == 'r' && self.views_of_superusers;
            return if reads { everything() } else { self.doubt(view) };
        }
        if depth >= DEPTH_MAX {
            return self.doubt(view);
        }
        let actor = if made.invoker {
            role
        } else {
            self.roles.find(&view.owned.owner)
        };
        let Some(actor) = actor else {
            // An invoker's view is looked at for each role; an owner that is no role owns nothing.
            return PermissionSet::empty();
        };
        if command == 'r' {
            return PermissionSet::intersection_of(made.uses.iter().map(|used| {
                match self.relations.get(&(&*used.schema, &*used.name)) {
                    Some(below) => self.through(actor, below, &used.columns, role, command, depth),
                    // What is not in the export is not there.
                    None => self.doubt(view),
                }
            }));
        }
        let bit = match command {
            'w' => 4,
            'a' => 8,
            _ => 16,
        };
        if made.scripted {
            return self.doubt(view);
        }
        if made.updatable & bit == 0 {
            return PermissionSet::empty();
        }
        match made.uses.as_slice() {
            [only] => match self.relations.get(&(&*only.schema, &*only.name)) {
                Some(below) => self.through(actor, below, &[], role, command, depth),
                None => self.doubt(view),
            },
            // Which of them is written to is not in the export.
            _ => self.doubt(view),
        }
    }

    /// What a view may do to a relation below it.
    fn through(
        &self,
        actor: u32,
        below: &Relation,
        columns: &[Text],
        role: Option<u32>,
        command: char,
        depth: u32,
    ) -> PermissionSet {
        let held = match command {
            'r' => self.reads(actor, below, columns).then(everything),
            _ if self.holds(actor, below, command) => Some(everything()),
            // Which columns the view passes on is not in the export.
            _ if COLUMN_LETTERS.contains(&command) && self.holds_some_column(actor, below, command) => {
                return unanswered(&self.columns);
            }
            _ => None,
        };
        let Some(held) = held else {
            return PermissionSet::empty();
        };
        held.intersection(&self.filter(actor, below, command))
            .simplified()
            .intersection(&self.view_filter(below, role, command, depth + 1))
            .simplified()
    }
}
