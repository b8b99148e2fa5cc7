//! Row security, and views that ask for rights of their owners.
//!
//! A policy is a named filter: the context key `row-passes` holds the names of the policies whose expression is true of
//! the row that is read, changed or deleted, `new-row-passes` those of the row that is written. Permissive policies add
//! up, restrictive ones must all hold.

mod lists;
mod policy;
mod views;

use leastwise_model::{Gap, Side, Snapshot, Step, Text};
use leastwise_permset::{Atom, Condition, Guard, Label, PermissionSet, Region, Strings};
use policy::{combine, statement};
use rustc_hash::FxHashMap;

use super::parts::COLUMN_LETTERS;
use super::roles::Roles;
use crate::acl::{self};
use crate::object::{Export, Policy, Relation};
use crate::spell;

/// The names of policies that the row passes.
const ROW: &str = "row-passes";

/// The names of policies that the row as it is written passes.
const NEW_ROW: &str = "new-row-passes";

/// How many views may stand on one another.
const DEPTH_MAX: u32 = 32;

/// What is done to rows, as lists spell it.
pub(crate) const COMMANDS: [char; 4] = ['r', 'a', 'w', 'd'];

/// The relations of one database, and who may do what to them as lists say.
pub(crate) struct Rows<'a> {
    database: Text,
    roles: &'a Roles<'a>,
    relations: FxHashMap<(&'a str, &'a str), &'a Relation>,
    /// Tables with row security.
    guarded: Vec<&'a Relation>,
    /// Views that do not let everybody through who may use them.
    views: Vec<&'a Relation>,
    /// Bounds of views that are the same for everybody.
    fixed: FxHashMap<(&'a str, &'a str), PermissionSet>,
    /// Whether every view is a superuser's and runs as that.
    views_of_superusers: bool,
    /// Which columns views write to.
    columns: Atom,
    doubts: FxHashMap<(&'a str, &'a str), Atom>,
    /// The steps of policies, by schema, table and policy.
    steps: FxHashMap<(&'a str, &'a str, &'a str), Label>,
}

fn everything() -> PermissionSet {
    PermissionSet::everything()
}

/// The actions on rows that a letter stands for.
fn actions(command: char) -> Vec<String> {
    let word = acl::word(command).unwrap_or_default();
    let mut actions = vec![format!("table:{word}")];
    if COLUMN_LETTERS.contains(&command) {
        actions.push(format!("column:{word}"));
    }
    actions
}

fn on(resource: &str, commands: &[char]) -> PermissionSet {
    let names: Vec<String> = commands.iter().flat_map(|command| actions(*command)).collect();
    let resources = [
        leastwise_permset::Pattern::literal(resource),
        spell::below(resource),
    ];
    spell::region(names.iter().map(String::as_str), Strings::any_of(resources)).into()
}

impl<'a> Rows<'a> {
    pub(crate) fn of(export: &'a Export, roles: &'a Roles<'a>, snapshot: &mut Snapshot) -> Self {
        let relations = export
            .relations
            .iter()
            .map(|relation| ((&*relation.schema, &*relation.owned.name), relation))
            .collect();
        let guarded = export
            .relations
            .iter()
            .filter(|relation| relation.row_security)
            .collect();
        let views = export.relations.iter().filter(|relation| relation.view.is_some());
        let mut rows = Self {
            database: export.database.clone(),
            roles,
            relations,
            guarded,
            views: Vec::new(),
            views_of_superusers: export.relations.iter().all(|relation| {
                relation.view.as_ref().is_none_or(|view| {
                    let owner = roles.find(&relation.owned.owner);
                    !view.invoker && owner.is_some_and(|owner| roles.superuser(owner))
                })
            }),
            fixed: FxHashMap::default(),
            columns: Atom::new(&format!("columns that views of {} write to", export.database)),
            doubts: FxHashMap::default(),
            steps: FxHashMap::default(),
        };
        for relation in &export.relations {
            for policy in &relation.policies {
                let label = snapshot.add_step(Step {
                    kind: "policy".into(),
                    name: policy.name.clone(),
                    statement: statement(relation, policy).into(),
                    location: policy.at.clone(),
                    provided: false,
                });
                let place = (&*relation.schema, &*relation.owned.name, &*policy.name);
                rows.steps.insert(place, label);
            }
        }
        for view in views {
            let title = format!("{}.{}", view.schema, view.owned.name);
            let name = format!("what writing to the view {title} of {} does", export.database);
            let atom = Atom::new(&name);
            rows.doubts.insert((&view.schema, &view.owned.name), atom);
            if rows.depends_on_invoker(view, 0) {
                rows.views.push(view);
                continue;
            }
            let bound = rows.view_bound(view, None);
            if bound != on_all(&rows.resource(view)) {
                rows.views.push(view);
                rows.fixed.insert((&view.schema, &view.owned.name), bound);
            }
        }
        let of_columns = export
            .relations
            .iter()
            .any(|relation| !relation.columns.is_empty());
        if of_columns && !rows.views.is_empty() {
            snapshot.add_gap(Gap {
                atom: rows.columns.clone(),
                what: format!(
                    "which columns of the tables below them the views of {} write to",
                    export.database
                )
                .into(),
                settle: format!("psql -d {} -c '\\d+ VIEW'", export.database).into(),
                side: Side::Adds,
            });
        }
        let open = |view: &&&Relation| {
            let made = view.view.as_ref();
            made.is_some_and(|made| {
                made.unread || made.scripted || made.updatable != 0 && made.uses.len() != 1
            })
        };
        for view in rows.views.iter().filter(open) {
            if let Some(atom) = rows.doubts.get(&(&*view.schema, &*view.owned.name)) {
                snapshot.add_gap(Gap {
                    atom: atom.clone(),
                    what: atom.as_str().into(),
                    settle: format!(
                        "psql -d {} -c '\\d+ {}.{}'",
                        export.database, view.schema, view.owned.name
                    )
                    .into(),
                    side: Side::Adds,
                });
            }
        }
        rows
    }

    fn resource(&self, relation: &Relation) -> String {
        spell::path(&[&self.database, &relation.schema, &relation.owned.name])
    }

    /// What row security lets a role do; `None` where it asks for nothing.
    pub(crate) fn security_bound(&self, role: u32) -> Option<PermissionSet> {
        let subject: Vec<&Relation> = self
            .guarded
            .iter()
            .copied()
            .filter(|relation| self.is_subject(role, relation))
            .collect();
        if subject.is_empty() {
            return None;
        }
        let free = PermissionSet::union_of(
            subject
                .iter()
                .map(|relation| on(&self.resource(relation), &COMMANDS)),
        );
        let allowed = subject.iter().flat_map(|relation| {
            let resource = self.resource(relation);
            COMMANDS
                .map(|command| on(&resource, &[command]).intersection(&self.filter(role, relation, command)))
        });
        Some(
            everything()
                .difference(&free)
                .union(&PermissionSet::union_of(allowed)),
        )
    }

    /// What views let a role do; `None` where they ask for nothing.
    pub(crate) fn views_bound(&self, role: u32) -> Option<PermissionSet> {
        if self.views.is_empty() {
            return None;
        }
        let free = PermissionSet::union_of(self.views.iter().map(|view| on_all(&self.resource(view))));
        let allowed = self.views.iter().map(|view| {
            let fixed = self.fixed.get(&(&*view.schema, &*view.owned.name)).cloned();
            fixed.unwrap_or_else(|| self.view_bound(view, Some(role)))
        });
        Some(
            everything()
                .difference(&free)
                .union(&PermissionSet::union_of(allowed)),
        )
    }

    /// Whether row security asks anything of a role on a table.
    fn is_subject(&self, role: u32, relation: &Relation) -> bool {
        let bypasses = self
            .roles
            .get(role)
            .is_some_and(|role| role.superuser || role.bypassrls);
        let owns = self
            .roles
            .find(&relation.owned.owner)
            .is_some_and(|owner| self.roles.acts_for(role, owner, &self.database));
        relation.row_security && !bypasses && (!owns || relation.forced)
    }

    /// Which rows row security lets a role handle.
    fn filter(&self, role: u32, relation: &Relation, command: char) -> PermissionSet {
        if !self.is_subject(role, relation) {
            return everything();
        }
        let resource = self.resource(relation);
        let applies = |policy: &&Policy| {
            (policy.command == '*' || policy.command == command)
                && policy.roles.iter().any(|to| match to {
                    None => true,
                    Some(to) => self
                        .roles
                        .find(to)
                        .is_some_and(|to| self.roles.acts_for(role, to, &self.database)),
                })
        };
        let policies: Vec<&Policy> = relation.policies.iter().filter(applies).collect();
        let label = |policy: &Policy| {
            let place = (&*relation.schema, &*relation.owned.name, &*policy.name);
            self.steps.get(&place).copied()
        };
        let using = || combine(&policies, ROW, &resource, &label, |policy| policy.using.as_ref());
        let check = || {
            combine(&policies, NEW_ROW, &resource, &label, |policy| {
                policy.check.as_ref().or(policy.using.as_ref())
            })
        };
        match command {
            'a' => check(),
            'w' => using().intersection(&check()),
            _ => using(),
        }
    }
}

fn on_all(resource: &str) -> PermissionSet {
    on(resource, &COMMANDS)
}

fn unanswered(atom: &Atom) -> PermissionSet {
    Region::everything()
        .when(Guard::all_of([Condition::Atom(atom.clone()).holds()]))
        .into()
}
