//! Where to cut: statements by the number of identities that do not come to a goal any more without them.
//!
//! A statement that cuts off an identity is part of every way of that identity, so also of the one that is found first.
//! How often a statement is part of those ways bounds what it can cut off, and only statements whose bound is high enough are
//! taken away and the goal asked for again: each costs what the slice of those who come to it costs. Where a grant gives
//! something only as long as a gap is *not* so, ways that take each other's place can hide a statement; a count that is
//! told is always exact.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{Gain, IdentityIndex};
use leastwise_permset::Label;
use rustc_hash::FxHashMap;

use crate::answer::{How, Leg};
use crate::arrivals::{Arrival, Arrivals, Move};
use crate::powers::Steps;
use crate::slice::Slice;
use crate::without::{Statement, giving};
use crate::world::World;

/// A statement without which fewer come to a goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The statement.
    pub statement: Statement,
    /// Who comes to the goal, under a condition perhaps, and is not known to without the statement; never empty.
    pub cut_off: Vec<IdentityIndex>,
    /// How many of those may come to it still, depending on gaps.
    pub in_doubt: usize,
    /// How many of those who come to the goal hold what the statement grants.
    pub holders: usize,
}

/// The statements that cut off most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cuts {
    /// Those that cut off more first; then those that leave less in doubt, that are not made by the platform, and that
    /// fewer hold.
    pub best: Vec<Cut>,
    /// How many identities come to the goal, under conditions perhaps, but not depending on gaps.
    pub known: usize,
    /// How many statements that could cut off more than the last of these were not tried.
    pub untried: usize,
}

/// So many statements are tried.
const TRIED: usize = 200;

impl World {
    /// At most `most` statements that cut off as many identities from a goal as any others do; counts are exact.
    #[must_use]
    pub fn cuts(&self, arrivals: &Arrivals<'_>, most: usize) -> Cuts {
        let all = arrivals.all();
        let known: Vec<&Arrival> = all.iter().filter(|one| one.steps != Steps::AtMost).collect();
        let mut bounds: BTreeMap<Label, usize> = BTreeMap::new();
        let mut legs = Legs::new(self);
        for arrival in &known {
            for label in legs.of(arrivals, arrival) {
                *bounds.entry(label).or_default() += 1;
            }
        }
        // What a platform decides by itself nobody can take away.
        let statements = self.statements(|step| step.location.is_some());
        let mut candidates: Vec<(usize, &Statement)> = statements
            .iter()
            .map(|statement| {
                let each = statement.labels.iter().filter_map(|label| bounds.get(label));
                (each.sum::<usize>().min(known.len()), statement)
            })
            .filter(|(bound, _)| *bound > 0)
            .collect();
        candidates.sort_by_key(|(bound, statement)| (std::cmp::Reverse(*bound), statement.label()));
        let slice = Slice::new(self, arrivals);
        let before: BTreeSet<IdentityIndex> = known.iter().map(|arrival| arrival.identity).collect();
        let mut best: Vec<Cut> = Vec::new();
        let mut untried = 0;
        for (tried, (bound, statement)) in candidates.into_iter().enumerate() {
            let least = best.last().filter(|_| best.len() >= most);
            if least.is_some_and(|least| least.cut_off.len() >= bound) {
                break;
            }
            if tried >= TRIED {
                untried += 1;
                continue;
            }
            if let Some(cut) = self.cut(&slice, &before, statement) {
                best.push(cut);
                best.sort_by_key(|cut| self.rank(cut));
                best.truncate(most);
            }
        }
        Cuts {
            best,
            known: known.len(),
            untried,
        }
    }

    /// The statements of the way of one arrival without any of which it would not come to the goal at all, in the order
    /// of the way. Each statement of the way costs what the slice of those who come to the goal costs.
    #[must_use]
    pub fn cuts_of(&self, arrivals: &Arrivals<'_>, arrival: &Arrival) -> Vec<Statement> {
        let statements = self.statements(|step| step.location.is_some());
        let slice = Slice::new(self, arrivals);
        let mut tried: BTreeSet<&Statement> = BTreeSet::new();
        let mut found = Vec::new();
        for label in arrivals.path(arrival).iter().flat_map(|leg| stated(Some(leg))) {
            let Some(statement) = statements.iter().find(|one| one.labels.contains(&label)) else {
                continue;
            };
            if !tried.insert(statement) {
                continue;
            }
            let after = slice.without(statement);
            if after
                .iter()
                .any(|(index, steps)| *index == arrival.identity && steps.is_none())
            {
                found.push(statement.clone());
            }
        }
        found
    }

    /// What one statement cuts off; `None` where that is nobody.
    fn cut(&self, slice: &Slice<'_>, before: &BTreeSet<IdentityIndex>, statement: &Statement) -> Option<Cut> {
        let after = slice.without(statement);
        let known = |steps: Option<Steps>| matches!(steps, Some(Steps::Certain | Steps::Conditional));
        let lost = after
            .iter()
            .filter(|(index, steps)| before.contains(index) && !known(*steps));
        let cut_off: Vec<IdentityIndex> = lost.clone().map(|(index, _)| *index).collect();
        let in_doubt = lost.filter(|(_, steps)| steps.is_some()).count();
        (!cut_off.is_empty()).then(|| Cut {
            statement: statement.clone(),
            cut_off,
            in_doubt,
            holders: self.holders_of_statement(statement),
        })
    }

    fn rank(&self, cut: &Cut) -> impl Ord + use<> {
        let step = self.snapshot().step(cut.statement.label());
        let provided = step.is_none_or(|step| step.provided);
        let many = std::cmp::Reverse(cut.cut_off.len());
        (
            many,
            cut.in_doubt,
            provided,
            cut.holders,
            // Of two that stand within one another the inner one.
            std::cmp::Reverse(step.and_then(|step| Some(step.location.as_ref()?.pointer.len()))),
            cut.statement.label(),
        )
    }
}

/// Labels of ways, each step looked at once.
struct Legs<'w> {
    world: &'w World,
    known: FxHashMap<(IdentityIndex, u32), BTreeSet<Label>>,
    ends: FxHashMap<IdentityIndex, BTreeSet<Label>>,
}

impl<'w> Legs<'w> {
    fn new(world: &'w World) -> Self {
        Self {
            world,
            known: FxHashMap::default(),
            ends: FxHashMap::default(),
        }
    }

    /// The statements of the way of an arrival, and perhaps a few more.
    fn of(&mut self, arrivals: &Arrivals<'_>, arrival: &Arrival) -> BTreeSet<Label> {
        let mut labels = BTreeSet::new();
        for one in arrivals.moves(arrival) {
            labels.extend(self.of_move(&one));
        }
        if arrival.how != How::ByGranting {
            let ends = self.ends.entry(arrival.end).or_insert_with(|| {
                let legs = arrivals.last_stretch(arrival);
                legs.iter().flat_map(|leg| stated(Some(leg))).collect()
            });
            labels.extend(ends.iter());
        }
        labels
    }

    fn of_move(&mut self, one: &Move) -> BTreeSet<Label> {
        let key = (one.from, one.opportunity);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let mut labels: BTreeSet<Label> = BTreeSet::new();
        let legs = self.world.path_of_widening(one.from, one.opportunity, one.to);
        labels.extend(legs.iter().flat_map(|leg| stated(Some(leg))));
        let opportunity = self.world.snapshot().opportunities.get(one.opportunity as usize);
        if let Some(opportunity) = opportunity {
            labels.extend(opportunity.step);
            let mut seen = BTreeSet::new();
            for need in &opportunity.needs {
                giving(&need.set, &mut seen, &mut labels);
            }
            if let Gain::Grant(gain) = &opportunity.gain {
                giving(gain, &mut seen, &mut labels);
            }
        }
        self.known.insert(key, labels.clone());
        labels
    }
}

/// The statements of a leg.
fn stated(leg: Option<&Leg>) -> impl Iterator<Item = Label> {
    let labels = match leg {
        Some(Leg::Holds { steps, .. }) => steps.clone(),
        Some(Leg::Becomes { step, .. } | Leg::Grants { step, .. }) => step.iter().copied().collect(),
        None => Vec::new(),
    };
    labels.into_iter()
}
