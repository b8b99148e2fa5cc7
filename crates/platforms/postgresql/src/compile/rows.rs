//! Row security, and views that ask for rights of their owners.
//!
//! A policy is a named filter: the context key `row-passes` holds the names of the policies whose expression is true of
//! the row that is read, changed or deleted, `new-row-passes` those of the row that is written. Permissive policies add
//! up, restrictive ones must all hold.

use leastwise_model::{Gap, Side, Snapshot, Step, Text};
use leastwise_permset::{Atom, Condition, Guard, Key, Label, PermissionSet, Region, Strings, Test};
use rustc_hash::FxHashMap;

use super::parts::COLUMN_LETTERS;
use super::roles::{Roles, quoted};
use crate::acl::{self, Acl};
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
            made.is_some_and(|made| made.scripted || made.updatable != 0 && made.uses.len() != 1)
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

    fn depends_on_invoker(&self, view: &Relation, depth: u32) -> bool {
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
    fn view_bound(&self, view: &Relation, role: Option<u32>) -> PermissionSet {
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

    /// Whether lists let a role do this to the whole relation.
    pub(crate) fn holds(&self, role: u32, relation: &Relation, letter: char) -> bool {
        if self.roles.superuser(role) {
            return true;
        }
        let predefined = match letter {
            'r' => "pg_read_all_data",
            'a' | 'w' | 'd' => "pg_write_all_data",
            _ => "",
        };
        self.roles
            .find(predefined)
            .is_some_and(|all| self.roles.acts_for(role, all, &self.database))
            || match &relation.owned.acl {
                Some(_) => self.listed(role, &relation.owned.acl, letter),
                None => self
                    .roles
                    .find(&relation.owned.owner)
                    .is_some_and(|owner| self.roles.acts_for(role, owner, &self.database)),
            }
    }

    fn listed(&self, role: u32, acl: &Acl, letter: char) -> bool {
        acl.iter().flatten().any(|item| {
            item.privileges.iter().any(|(held, _)| *held == letter)
                && match &item.grantee {
                    None => true,
                    Some(to) => self
                        .roles
                        .find(to)
                        .is_some_and(|to| self.roles.acts_for(role, to, &self.database)),
                }
        })
    }

    pub(crate) fn holds_column(&self, role: u32, relation: &Relation, column: &str, letter: char) -> bool {
        let column = relation.columns.iter().find(|(name, _)| &**name == column);
        column.is_some_and(|(_, acl)| self.listed(role, acl, letter))
    }

    fn holds_some_column(&self, role: u32, relation: &Relation, letter: char) -> bool {
        relation
            .columns
            .iter()
            .any(|(_, acl)| self.listed(role, acl, letter))
    }

    /// Whether a role may read these columns of a relation; any one, where none is named.
    fn reads(&self, role: u32, relation: &Relation, columns: &[Text]) -> bool {
        self.holds(role, relation, 'r')
            || match columns {
                [] => self.holds_some_column(role, relation, 'r'),
                columns => columns
                    .iter()
                    .all(|column| self.holds_column(role, relation, column, 'r')),
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

/// Permissive policies add up and restrictive ones must all hold; without a permissive one nothing passes. A policy
/// without expression says nothing.
fn combine<'p>(
    policies: &[&'p Policy],
    key: &str,
    resource: &str,
    label: &dyn Fn(&Policy) -> Option<Label>,
    expression: impl Fn(&'p Policy) -> Option<&'p Text>,
) -> PermissionSet {
    let one = |policy: &&'p Policy| match &**expression(policy)? {
        "true" => Some(everything()),
        "false" => Some(PermissionSet::empty()),
        _ => {
            let name = format!("{} on {resource}", policy.name);
            let passes = Condition::Some(Key::new(key), Test::Text(Strings::literal(&name))).holds();
            let set = PermissionSet::from(Region::everything().when(Guard::all_of([passes])));
            Some(match label(policy) {
                Some(label) => set.labelled(label),
                None => set,
            })
        }
    };
    let (permissive, restrictive): (Vec<&Policy>, Vec<&Policy>) =
        policies.iter().copied().partition(|policy| policy.permissive);
    let any: Vec<PermissionSet> = permissive.iter().filter_map(one).collect();
    let any = if any.contains(&everything()) {
        everything()
    } else {
        PermissionSet::union_of(any)
    };
    restrictive
        .iter()
        .filter_map(one)
        .fold(any, |all, one| all.intersection(&one).simplified())
}

/// A policy as the statement that makes it.
fn statement(relation: &Relation, policy: &Policy) -> String {
    let mut out = format!(
        "CREATE POLICY {} ON {}.{}",
        quoted(&policy.name),
        quoted(&relation.schema),
        quoted(&relation.owned.name)
    );
    if !policy.permissive {
        out.push_str(" AS RESTRICTIVE");
    }
    if let Some(word) = acl::word(policy.command) {
        out.push_str(&format!(" FOR {}", word.to_uppercase()));
    }
    let roles = policy.roles.iter();
    let roles: Vec<String> = roles
        .map(|role| role.as_deref().map_or_else(|| "PUBLIC".to_owned(), quoted))
        .collect();
    out.push_str(&format!(" TO {}", roles.join(", ")));
    for (word, expression) in [("USING", &policy.using), ("WITH CHECK", &policy.check)] {
        if let Some(expression) = expression {
            let short: String = expression.chars().take(200).collect();
            out.push_str(&format!(" {word} ({short})"));
        }
    }
    out
}

/// Sets that are plainly everything or nothing are written so.
trait Simplified {
    fn simplified(self) -> Self;
}

impl Simplified for PermissionSet {
    fn simplified(self) -> Self {
        use leastwise_permset::Node;
        let Node::Intersection(sets) = self.node() else {
            return self;
        };
        if sets.iter().any(PermissionSet::is_plainly_empty) {
            return Self::empty();
        }
        let all = everything();
        let kept: Vec<Self> = sets.iter().filter(|set| **set != all).cloned().collect();
        match kept.len() {
            0 => all,
            _ => Self::intersection_of(kept),
        }
    }
}
