//! Few statements that together end every way to a goal over others or over grants made on the way.
//!
//! Whoever comes to the goal as itself keeps what it acts by. Of everybody else a way is found, and its statements are a
//! set of which one must go, whatever else goes: so no cut takes fewer statements than it takes to hit all the sets that
//! were found. A smallest choice that hits them is taken away, and what ways are left give the next sets, until none is
//! left: then the choice ends all ways and no smaller one does. This is the method of implicit hitting sets (Moreno-Centeno
//! and Karp, "The Implicit Hitting Set Approach to Solve Combinatorial Optimization Problems", 2013).
//!
//! **Growth of cost.** Each round costs what the slice of those who come to the goal costs, and a search for a smallest
//! choice, which is bounded: where it ends early, or too many rounds pass, the bound that is told is lower than the choice.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::IdentityIndex;
use leastwise_permset::Label;
use rustc_hash::FxHashMap;

use crate::answer::{How, Leg};
use crate::arrivals::{Arrival, Arrivals};
use crate::hitting::{Chosen, hitting};
use crate::powers::Steps;
use crate::slice::Slice;
use crate::without::Statement;
use crate::world::World;

/// Statements that end ways together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CutSet {
    /// The statements, in the order in which they stand.
    pub statements: Vec<Statement>,
    /// No fewer statements end the same ways.
    pub at_least: usize,
    /// Who comes to the goal over others or over grants, under conditions perhaps, and without the statements is not known to.
    pub ended: Vec<IdentityIndex>,
    /// How many of those may come to it still, depending on gaps.
    pub in_doubt: usize,
    /// Who comes to the goal as itself, and still does.
    pub kept: Vec<IdentityIndex>,
    /// Who comes to it over statements that nobody can take away, or by which somebody comes to it as itself.
    pub uncut: Vec<IdentityIndex>,
}

/// So many rounds a smallest choice is looked for; after that each round adds to the choice before.
const ROUNDS: usize = 48;
/// So many ways are taken in one round.
const WAYS: usize = 256;

impl World {
    /// Statements that together end every way over others or over grants to where `arrivals` come, as few as are found.
    #[must_use]
    pub fn cut_set(&self, arrivals: &Arrivals<'_>) -> CutSet {
        let known = |one: &&Arrival| one.steps != Steps::AtMost;
        let all = arrivals.all();
        let (direct, others): (Vec<&Arrival>, Vec<&Arrival>) =
            all.iter().filter(known).partition(|one| one.how == How::Direct);
        let mut acted: BTreeSet<Label> = BTreeSet::new();
        for arrival in &direct {
            acted.extend(labels_of(&arrivals.path(arrival)));
        }
        let statements = self.statements(|step| step.location.is_some() && !step.provided);
        let mut of_label: FxHashMap<Label, usize> = FxHashMap::default();
        for (at, statement) in statements.iter().enumerate() {
            if !statement.labels.iter().any(|label| acted.contains(label)) {
                of_label.extend(statement.labels.iter().map(|label| (*label, at)));
            }
        }
        let mut search = Search {
            world: self,
            slice: Slice::new(self, arrivals),
            statements: &statements,
            of_label,
            waiting: others.iter().map(|arrival| arrival.identity).collect(),
            uncut: BTreeSet::new(),
            sets: BTreeSet::new(),
            holders: BTreeMap::new(),
        };
        let (chosen, at_least) = search.run();
        let after = search.after(&chosen, |arrivals| {
            let all = arrivals.all();
            all.iter()
                .map(|one| (one.identity, one.steps))
                .collect::<Vec<_>>()
        });
        let in_doubt: BTreeSet<IdentityIndex> = after
            .into_iter()
            .filter(|(_, steps)| *steps == Steps::AtMost)
            .filter_map(|(index, _)| search.slice.whole(index))
            .collect();
        let ended: Vec<IdentityIndex> = search.waiting.difference(&search.uncut).copied().collect();
        CutSet {
            in_doubt: ended.iter().filter(|index| in_doubt.contains(index)).count(),
            ended,
            at_least,
            kept: direct.iter().map(|arrival| arrival.identity).collect(),
            uncut: search.uncut.iter().copied().collect(),
            statements: chosen
                .iter()
                .filter_map(|at| statements.get(*at).cloned())
                .collect(),
        }
    }
}

/// The labels of the statements of a way.
fn labels_of(path: &[Leg]) -> impl Iterator<Item = Label> {
    path.iter().flat_map(Leg::statements).copied()
}

/// A cut being looked for.
struct Search<'w, 's> {
    world: &'w World,
    slice: Slice<'w>,
    statements: &'s [Statement],
    /// The statements that can be taken away, by label.
    of_label: FxHashMap<Label, usize>,
    /// Who is to be cut off.
    waiting: BTreeSet<IdentityIndex>,
    /// Who cannot be.
    uncut: BTreeSet<IdentityIndex>,
    /// Statements of which one must go.
    sets: BTreeSet<BTreeSet<usize>>,
    /// How many hold what a statement grants; found when first asked for.
    holders: BTreeMap<usize, usize>,
}

impl Search<'_, '_> {
    /// The statements of a choice that ends all ways that can be ended, and how many it takes at least.
    fn run(&mut self) -> (BTreeSet<usize>, usize) {
        let mut chosen = Chosen::default();
        let mut at_least = 0;
        for round in 0.. {
            let new = self.ways_left(&chosen.elements);
            if new.is_empty() {
                return (chosen.elements, at_least);
            }
            self.sets.extend(new.iter().cloned());
            if round < ROUNDS {
                self.weigh();
                let sets: Vec<&BTreeSet<usize>> = self.sets.iter().collect();
                chosen = hitting(&sets, &|at| self.holders.get(&at).copied().unwrap_or_default());
                at_least = at_least.max(chosen.at_least);
            } else {
                // Every round takes at least one statement more, and there are so many.
                let sets: Vec<&BTreeSet<usize>> = new.iter().collect();
                chosen.elements.extend(hitting(&sets, &|_| 0).elements);
            }
        }
        (chosen.elements, at_least)
    }

    fn weigh(&mut self) {
        for at in self.sets.iter().flatten() {
            if let Some(statement) = self.statements.get(*at) {
                let holders = || self.world.holders_of_statement(statement);
                self.holders.entry(*at).or_insert_with(holders);
            }
        }
    }

    /// The statements of ways that are left without a choice, one way for each of those who come over them, many at once; who
    /// comes over none is set apart.
    fn ways_left(&mut self, chosen: &BTreeSet<usize>) -> BTreeSet<BTreeSet<usize>> {
        let (new, uncut) = self.after(chosen, |arrivals| {
            let (mut new, mut uncut) = (BTreeSet::new(), Vec::new());
            for one in arrivals.all().iter().filter(|one| one.steps != Steps::AtMost) {
                let whole = self.slice.whole(one.identity);
                let Some(whole) = whole.filter(|it| self.waiting.contains(it) && !self.uncut.contains(it))
                else {
                    continue;
                };
                let path = arrivals.path(one);
                let places = labels_of(&path).filter_map(|label| self.of_label.get(&label).copied());
                let set: BTreeSet<usize> = places.collect();
                if set.is_empty() {
                    uncut.push(whole);
                } else {
                    new.insert(set);
                }
                if new.len() >= WAYS {
                    break;
                }
            }
            (new, uncut)
        });
        self.uncut.extend(uncut);
        new
    }

    /// What is said of those who come to the goal without the statements of a choice.
    fn after<R>(&self, chosen: &BTreeSet<usize>, say: impl FnOnce(&Arrivals<'_>) -> R) -> R {
        let statements = chosen.iter().filter_map(|at| self.statements.get(*at));
        let labels = statements.flat_map(|one| one.labels.iter().copied()).collect();
        self.slice.less(&labels, say)
    }
}
