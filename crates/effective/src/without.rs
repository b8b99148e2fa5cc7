//! An estate without one native statement: what the statement gives is given by it no more, all else stays.
//!
//! A statement gives where it grants, where it lets somebody in, and where it is what somebody can be granted. What it
//! bounds or refuses is left as it is: a statement without which more would be possible is no place to cut.

use std::collections::BTreeSet;

use leastwise_model::{Effect, Gain, Identity, IdentityIndex, Location, Snapshot, Step};
use leastwise_permset::{Label, Node, PermissionSet};
use rustc_hash::FxHashMap;

use crate::world::World;

/// A native statement, under all the labels that it has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Statement {
    /// Its labels, in order; never empty.
    pub labels: Vec<Label>,
}

/// Why a statement is not found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unstated {
    /// None is there, or none is called so.
    Nowhere,
    /// Some are, but nobody is given anything by them.
    GivesNothing,
    /// Several are: one label of each.
    Several(Vec<Label>),
}

impl Statement {
    /// One of its labels, by which its step is found.
    #[must_use]
    pub fn label(&self) -> Label {
        self.labels.first().copied().unwrap_or(Label(u32::MAX))
    }
}

/// Takes labels out of sets, each shared part once.
pub(crate) struct Taking<'l> {
    labels: &'l BTreeSet<Label>,
    done: FxHashMap<usize, PermissionSet>,
}

impl<'l> Taking<'l> {
    /// Nothing taken yet. One serves sets that live as long as it does.
    pub(crate) fn new(labels: &'l BTreeSet<Label>) -> Self {
        Self {
            labels,
            done: FxHashMap::default(),
        }
    }

    /// What is left of a set when nothing is given under the labels; the same storage where nothing changes.
    pub(crate) fn left_of(&mut self, set: &PermissionSet) -> PermissionSet {
        if matches!(set.node(), Node::Region(_)) {
            return set.clone();
        }
        if let Some(left) = self.done.get(&set.address()) {
            return left.clone();
        }
        let left = match set.node() {
            Node::Region(_) => set.clone(),
            Node::Labelled(label, _) if self.labels.contains(label) => PermissionSet::empty(),
            Node::Labelled(label, inner) => {
                let left = self.left_of(inner);
                match same(inner, &left) {
                    true => set.clone(),
                    false => left.labelled(*label),
                }
            }
            Node::Difference(given, taken) => {
                let left = self.left_of(given);
                match same(given, &left) {
                    true => set.clone(),
                    false => left.difference(taken),
                }
            }
            Node::Union(sets) => self.left_of_each(set, sets, PermissionSet::union_of),
            Node::Intersection(sets) => self.left_of_each(set, sets, PermissionSet::intersection_of),
        };
        self.done.insert(set.address(), left.clone());
        left
    }

    fn left_of_each(
        &mut self,
        whole: &PermissionSet,
        sets: &[PermissionSet],
        join: impl Fn(Vec<PermissionSet>) -> PermissionSet,
    ) -> PermissionSet {
        let left: Vec<PermissionSet> = sets.iter().map(|set| self.left_of(set)).collect();
        match left.iter().zip(sets).all(|(left, set)| same(left, set)) {
            true => whole.clone(),
            false => join(left),
        }
    }

    /// Takes the labels out of all that is given in a snapshot. Returns whether each identity holds less.
    pub(crate) fn out_of(&mut self, snapshot: &mut Snapshot) -> Vec<bool> {
        let labels = self.labels;
        snapshot
            .opportunities
            .retain(|opportunity| opportunity.step.is_none_or(|step| !labels.contains(&step)));
        // What is looked up by address must not be freed while it may be looked up.
        let mut kept = Vec::new();
        let mut take = |set: &mut PermissionSet| {
            let left = self.left_of(set);
            let less = !same(set, &left);
            if less {
                kept.push(std::mem::replace(set, left));
            }
            less
        };
        for opportunity in &mut snapshot.opportunities {
            for need in &mut opportunity.needs {
                take(&mut need.set);
            }
            if let Gain::Grant(gain) = &mut opportunity.gain {
                take(gain);
            }
        }
        let mut less = Vec::with_capacity(snapshot.identities.len());
        for identity in &mut snapshot.identities {
            let layers = identity.holding.layers.iter_mut();
            let granting = layers.filter(|layer| layer.effect == Effect::Grants);
            let fewer: Vec<bool> = granting.map(|layer| take(&mut layer.set)).collect();
            less.push(fewer.contains(&true));
        }
        self.done.clear();
        less
    }
}

fn same(a: &PermissionSet, b: &PermissionSet) -> bool {
    a.address() == b.address()
}

/// Every label under which a set gives something.
pub(crate) fn giving(set: &PermissionSet, seen: &mut BTreeSet<usize>, found: &mut BTreeSet<Label>) {
    match set.node() {
        Node::Region(_) => {}
        _ if !seen.insert(set.address()) => {}
        Node::Labelled(label, inner) => {
            found.insert(*label);
            giving(inner, seen, found);
        }
        Node::Difference(given, _) => giving(given, seen, found),
        Node::Union(sets) | Node::Intersection(sets) => {
            sets.iter().for_each(|set| giving(set, seen, found));
        }
    }
}

/// Whether a set gives something under one of some labels.
fn gives_under(set: &PermissionSet, labels: &[Label], known: &mut FxHashMap<usize, bool>) -> bool {
    if let Some(gives) = known.get(&set.address()) {
        return *gives;
    }
    let gives = match set.node() {
        Node::Region(_) => return false,
        Node::Labelled(label, inner) => labels.contains(label) || gives_under(inner, labels, known),
        Node::Difference(given, _) => gives_under(given, labels, known),
        Node::Union(sets) | Node::Intersection(sets) => {
            sets.iter().any(|set| gives_under(set, labels, known))
        }
    };
    known.insert(set.address(), gives);
    gives
}

impl World {
    /// The same estate without what is given by a statement. Everything is found anew: linear in identities and
    /// opportunities before anything is asked.
    #[must_use]
    pub fn without(&self, statement: &Statement) -> Self {
        let labels: BTreeSet<Label> = statement.labels.iter().copied().collect();
        let mut snapshot = self.snapshot().clone();
        Taking::new(&labels).out_of(&mut snapshot);
        Self::joined(snapshot, self.platforms().to_vec())
    }

    /// How many identities hold what a statement grants. Linear in identities, and in what they hold looked at once.
    pub(crate) fn holders_of_statement(&self, statement: &Statement) -> usize {
        let mut known = FxHashMap::default();
        let identities = self.snapshot().identities.iter();
        let hold = identities.filter(|identity| {
            let layers = identity.holding.layers.iter();
            let mut granting = layers.filter(|layer| layer.effect == Effect::Grants);
            granting.any(|layer| gives_under(&layer.set, &statement.labels, &mut known))
        });
        hold.count()
    }

    /// Who holds what is granted under a label, in order. Linear in identities, and in what they hold looked at once.
    #[must_use]
    pub fn holders_under(&self, label: Label) -> Vec<IdentityIndex> {
        let mut known = FxHashMap::default();
        let holds = |identity: &Identity, known: &mut FxHashMap<usize, bool>| {
            let layers = identity.holding.layers.iter();
            let mut granting = layers.filter(|layer| layer.effect == Effect::Grants);
            granting.any(|layer| gives_under(&layer.set, &[label], known))
        };
        let all = self.snapshot().each_identity();
        all.filter(|(_, identity)| holds(identity, &mut known))
            .map(|(index, _)| index)
            .collect()
    }

    /// Every label by which somebody is given something.
    fn giving_labels(&self) -> BTreeSet<Label> {
        let (mut seen, mut found) = (BTreeSet::new(), BTreeSet::new());
        let layers = self
            .snapshot()
            .identities
            .iter()
            .flat_map(|identity| &identity.holding.layers);
        for layer in layers.filter(|layer| layer.effect == Effect::Grants) {
            giving(&layer.set, &mut seen, &mut found);
        }
        for opportunity in &self.snapshot().opportunities {
            found.extend(opportunity.step);
            for need in &opportunity.needs {
                giving(&need.set, &mut seen, &mut found);
            }
            if let Gain::Grant(gain) = &opportunity.gain {
                giving(gain, &mut seen, &mut found);
            }
        }
        found
    }

    /// All statements for which `wanted` holds, in the order in which they stand. Linear in statements.
    #[must_use]
    pub fn statements(&self, wanted: impl Fn(&Step) -> bool) -> Vec<Statement> {
        let mut alike: FxHashMap<&Step, usize> = FxHashMap::default();
        let mut found: Vec<Statement> = Vec::new();
        for (at, step) in (0u32..).zip(&self.snapshot().steps) {
            if !wanted(step) {
                continue;
            }
            let place = *alike.entry(step).or_insert(found.len());
            match found.get_mut(place) {
                Some(statement) => statement.labels.push(Label(at)),
                None => found.push(Statement {
                    labels: vec![Label(at)],
                }),
            }
        }
        found
    }

    /// The one statement that gives something and that people mean by `text`: `file:line` or `file:line:column`, where
    /// an end of the file's path behind `/` is enough, or its name, or its kind and name.
    ///
    /// # Errors
    /// When none or several are meant; the error says which.
    pub fn find_statement(&self, text: &str) -> Result<Statement, Unstated> {
        let called = |step: &Step| {
            let full = match step.name.is_empty() {
                true => step.kind.to_string(),
                false => format!("{} {}", step.kind, step.name),
            };
            full == text || !step.name.is_empty() && &*step.name == text
        };
        let meant = self.statements(|step| {
            step.location.as_ref().is_some_and(|at| self.stands(at, text)) || called(step)
        });
        if meant.is_empty() {
            return Err(Unstated::Nowhere);
        }
        let giving = self.giving_labels();
        let gives = |statement: &Statement| statement.labels.iter().any(|label| giving.contains(label));
        let mut meant: Vec<Statement> = meant.into_iter().filter(gives).collect();
        match meant.len() {
            0 => Err(Unstated::GivesNothing),
            1 => Ok(meant.swap_remove(0)),
            _ => Err(Unstated::Several(meant.iter().map(Statement::label).collect())),
        }
    }

    /// Whether a place is what `text` says.
    fn stands(&self, at: &Location, text: &str) -> bool {
        let Some(file) = self.snapshot().file(at.file) else {
            return false;
        };
        let line = format!(":{}", at.line);
        let column = format!("{line}:{}", at.column);
        let path = text.strip_suffix(&*column).or_else(|| text.strip_suffix(&*line));
        path.is_some_and(|path| {
            let before = file.path.strip_suffix(path);
            !path.is_empty() && before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
        })
    }
}
