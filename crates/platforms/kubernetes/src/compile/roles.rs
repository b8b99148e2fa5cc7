//! Roles → shared sets of the requests that their rules allow.

use leastwise_model::{Entitlement, Location, Remark, Snapshot, Statement, Step, Text};
use leastwise_permset::{Atom, Condition, Guard, Label, PermissionSet, Region};
use rustc_hash::FxHashMap;

use super::World;
use crate::aggregation;
use crate::object::Role;
use crate::rule::{self, Span};

/// A role and what it allows.
pub(crate) struct Compiled<'a> {
    pub role: &'a Role,
    pub namespace: Option<Text>,
    /// Labelled with the role and its rules.
    pub set: PermissionSet,
    pub statements: Vec<Statement>,
    /// What must hold for this to be the role, where there is more than one of the name.
    pub guard: Guard,
    /// The places (in [`Roles::all`]) of the roles whose rules these are: itself, or those it aggregates.
    pub sources: Vec<usize>,
}

/// The roles of a cluster.
pub(crate) struct Roles<'a> {
    pub all: Vec<Compiled<'a>>,
    /// By namespace (`None` for cluster roles) and name; several where definitions differ.
    by_name: FxHashMap<(Option<Text>, Text), Vec<usize>>,
}

impl Roles<'_> {
    /// The definitions of a role.
    pub(crate) fn find(&self, namespace: Option<&Text>, name: &Text) -> &[usize] {
        self.by_name
            .get(&(namespace.cloned(), name.clone()))
            .map_or(&[], Vec::as_slice)
    }

    pub(crate) fn get(&self, at: usize) -> Option<&Compiled<'_>> {
        self.all.get(at)
    }

    /// The rules that a role ends up with.
    pub(crate) fn rules(&self, at: usize) -> impl Iterator<Item = &rule::Native> {
        let sources = self.all.get(at).map_or(&[][..], |compiled| &compiled.sources);
        sources
            .iter()
            .filter_map(|source| self.all.get(*source))
            .flat_map(|compiled| compiled.role.rules.iter())
    }
}

/// Texts one behind the other.
pub(crate) fn joined(parts: &[&str]) -> Text {
    let mut whole = String::with_capacity(parts.iter().map(|part| part.len()).sum());
    for part in parts {
        whole.push_str(part);
    }
    whole.into()
}

/// `ns/name`, or the name alone.
pub(crate) fn full_name(namespace: Option<&Text>, name: &Text) -> Text {
    namespace.map_or_else(|| name.clone(), |namespace| joined(&[namespace, "/", name]))
}

/// Of several definitions of one thing, the last is taken if no other holds; the guard under which each does.
pub(crate) fn alternatives(
    kind: &str,
    name: &Text,
    cluster: &str,
    locations: &[Location],
    snapshot: &mut Snapshot,
) -> Vec<Guard> {
    let mut earlier: Vec<Atom> = Vec::new();
    let mut guards = Vec::new();
    for (at, location) in locations.iter().enumerate() {
        let mut literals: Vec<_> = earlier
            .iter()
            .map(|atom| Condition::Atom(atom.clone()).fails())
            .collect();
        if at + 1 < locations.len() {
            let path: Text = snapshot
                .file(location.file)
                .map_or_else(|| "the input".into(), |file| file.path.clone());
            let place = format!("{path}:{}:{}", location.line, location.column);
            let what = format!(
                "{kind} `{name}` of cluster `{cluster}` may be as {place} defines it, or as another place does"
            );
            let atom = snapshot.add_gap(leastwise_model::Gap {
                atom: Atom::new(&what),
                what: format!(
                    "{kind} `{name}` is defined more than once, differently; one definition is at {place}"
                )
                .into(),
                settle: "leave one definition in the input, or name each cluster in leastwise.toml".into(),
                side: leastwise_model::Side::Both,
            });
            literals.push(Condition::Atom(atom.clone()).holds());
            earlier.push(atom);
        }
        guards.push(Guard::all_of(literals));
    }
    if let (Some(location), true) = (locations.last(), locations.len() > 1) {
        snapshot.remarks.push(Remark {
            location: Some(location.clone()),
            what: format!(
                "{kind} `{name}` is defined {} times with different content",
                locations.len()
            )
            .into(),
            hint: "answers that differ between the definitions are unknown: leave one of them".into(),
            loses: false,
        });
    }
    guards
}

/// `set` under a guard.
pub(crate) fn guarded(set: &PermissionSet, guard: &Guard) -> PermissionSet {
    match guard.is_always() {
        true => set.clone(),
        false => PermissionSet::from(Region::everything().when(guard.clone())).intersection(set),
    }
}

fn same(a: &Role, b: &Role) -> bool {
    a.rules == b.rules && a.aggregation == b.aggregation && a.labels == b.labels
}

/// Compiles every role once.
pub(crate) fn compile<'a>(world: &World<'a>, snapshot: &mut Snapshot) -> Roles<'a> {
    let mut by_name: FxHashMap<(Option<Text>, Text), Vec<usize>> = FxHashMap::default();
    let mut kept: Vec<(&'a Role, Option<Text>)> = Vec::with_capacity(world.roles.len());
    for role in &world.roles {
        let namespace = (!role.cluster).then(|| world.home(&role.meta));
        let known = by_name
            .entry((namespace.clone(), role.meta.name.clone()))
            .or_default();
        if known
            .iter()
            .all(|at| kept.get(*at).is_some_and(|(other, _)| !same(other, role)))
        {
            known.push(kept.len());
            kept.push((role, namespace));
        }
    }
    let natives: Vec<&Role> = kept.iter().map(|(role, _)| *role).collect();
    let mut aggregated = aggregation::sources(&natives);
    let mut labels = Vec::with_capacity(kept.len());
    let mut all: Vec<Compiled<'a>> = Vec::with_capacity(kept.len());
    for (at, (role, namespace)) in kept.into_iter().enumerate() {
        let label = role_step(role, namespace.as_ref(), snapshot);
        labels.push(label);
        let statements = statements(role, namespace.as_deref(), snapshot);
        let pending = aggregated.contains_key(&at);
        let union = PermissionSet::union_of(
            statements
                .iter()
                .map(|statement| statement.set.labelled(statement.label)),
        );
        let set = if pending || union.is_plainly_empty() {
            PermissionSet::empty()
        } else {
            union.labelled(label)
        };
        all.push(Compiled {
            role,
            namespace,
            set,
            statements,
            guard: Guard::always(),
            sources: vec![at],
        });
    }
    let mut names: Vec<&Vec<usize>> = by_name.values().filter(|several| several.len() > 1).collect();
    names.sort();
    for several in names {
        let found = |at: &usize| all.get(*at).map(|compiled| compiled.role.meta.location.clone());
        let locations: Vec<Location> = several.iter().filter_map(found).collect();
        let Some(first) = several.first().and_then(|at| all.get(*at)) else {
            continue;
        };
        let name = full_name(first.namespace.as_ref(), &first.role.meta.name);
        let guards = alternatives(kind(first.role), &name, &world.name, &locations, snapshot);
        for (at, guard) in several.iter().zip(guards) {
            if let Some(compiled) = all.get_mut(*at) {
                compiled.guard = guard;
            }
        }
    }
    let mut pending: Vec<(usize, Vec<usize>)> = aggregated.drain().collect();
    pending.sort();
    for (at, sources) in pending {
        let sets = sources.iter().filter_map(|source| all.get(*source));
        let union = PermissionSet::union_of(sets.map(|compiled| guarded(&compiled.set, &compiled.guard)));
        let statements = sources
            .iter()
            .filter_map(|source| all.get(*source))
            .flat_map(|source| source.statements.clone())
            .collect();
        if let (Some(compiled), Some(label)) = (all.get_mut(at), labels.get(at)) {
            if !union.is_plainly_empty() {
                compiled.set = union.labelled(*label);
            }
            compiled.statements = statements;
            compiled.sources = sources;
        }
    }
    Roles { all, by_name }
}

pub(crate) fn kind(role: &Role) -> &'static str {
    if role.cluster { "ClusterRole" } else { "Role" }
}

fn role_step(role: &Role, namespace: Option<&Text>, snapshot: &mut Snapshot) -> Label {
    let name = full_name(namespace, &role.meta.name);
    let statement = match aggregation::is_pending(role) {
        true => format!(
            "{} {name}: the rules of the cluster roles that its aggregationRule selects",
            kind(role)
        ),
        false => [kind(role), " ", &name].concat(),
    };
    snapshot.add_step(Step {
        kind: kind(role).into(),
        name,
        statement: statement.into(),
        location: Some(role.meta.location.clone()),
        provided: role.meta.provided,
    })
}

fn statements(role: &Role, namespace: Option<&str>, snapshot: &mut Snapshot) -> Vec<Statement> {
    let span = namespace.map_or(Span::Cluster, Span::Namespace);
    let mut statements = Vec::with_capacity(role.rules.len());
    let word: Text = "rule".into();
    let empty: Text = "".into();
    for (index, (native, (line, column))) in role.rules.iter().zip(&role.places).enumerate() {
        let at = &role.meta.location;
        let location = Location {
            file: at.file,
            line: *line,
            column: *column,
            pointer: format!("{}/rules/{index}", at.pointer).into(),
        };
        if let Some(what) = rule::unspeakable(native) {
            snapshot.remarks.push(Remark {
                location: Some(location.clone()),
                what: what.into(),
                hint: "that part of the rule allows nothing; correct it".into(),
                loses: false,
            });
        }
        let label = snapshot.add_step(Step {
            kind: word.clone(),
            name: empty.clone(),
            statement: rule::statement(native),
            location: Some(location),
            provided: role.meta.provided,
        });
        statements.push(Statement {
            label,
            denies: false,
            set: rule::allows(native, span),
        });
    }
    statements
}

/// The entitlement of a role.
pub(crate) fn entitlement(
    world: &World<'_>,
    compiled: &Compiled<'_>,
    holders: std::sync::Arc<[leastwise_model::IdentityIndex]>,
) -> Entitlement {
    Entitlement {
        kind: kind(compiled.role).into(),
        name: full_name(compiled.namespace.as_ref(), &compiled.role.meta.name),
        instance: world.instance,
        statements: compiled.statements.clone(),
        holders,
        provided: compiled.role.meta.provided,
        location: Some(compiled.role.meta.location.clone()),
    }
}
