//! Who comes to hold something: directly, by becoming somebody who does, or by widening what one holds.
//!
//! Found backwards from the holders, for all identities at once. [`World::reach`] gives the same from one identity.

mod moves;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use leastwise_model::{Gain, IdentityIndex, Targets};
use leastwise_permset::{Atom, PermissionSet};
use rustc_hash::FxHashMap;

use crate::answer::{How, Outcome, Path};
use crate::certainty::Certainty;
use crate::graph::Met;
use crate::toward::{Opening, Ways};
use crate::world::World;

/// So many steps of ways are kept for other openings.
const WAYS_KEPT: usize = 1 << 20;

/// How sure the steps of a way must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Steps {
    /// Certain.
    Certain,
    /// Certain, or open where a condition is met.
    Conditional,
    /// Anything that is not excluded.
    AtMost,
}

impl Steps {
    /// From the surest on.
    pub(crate) const ALL: [Self; 3] = [Self::Certain, Self::Conditional, Self::AtMost];

    /// Whether a step is sure enough.
    #[must_use]
    pub fn admit(self, certainty: &Certainty) -> bool {
        match self {
            Self::Certain => certainty.is_sure(),
            Self::Conditional => !matches!(certainty, Certainty::Depends(_)),
            Self::AtMost => true,
        }
    }

    /// Whether what holds at the end of a way is sure enough.
    pub(crate) fn allow(self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::No => false,
            Outcome::Yes => true,
            Outcome::When(_) => self != Self::Certain,
            Outcome::Unknown { .. } => self == Self::AtMost,
        }
    }
}

/// A widening of a set that gives somebody what is asked for.
#[derive(Clone, Debug)]
struct Widening {
    /// The place of the opportunity among the snapshot's.
    opportunity: u32,
    /// Who widens.
    actor: IdentityIndex,
    /// How one becomes the actor; `None` where one is.
    to_actor: Option<Arc<Ways>>,
    /// Whose set is widened.
    target: IdentityIndex,
    /// How one becomes the target; `None` where one is.
    to_target: Option<Arc<Ways>>,
}

/// Who comes to hold something, with ways that `admit` lets count.
pub struct Powers {
    /// Whether each identity holds it as itself.
    direct: Vec<bool>,
    /// Ways to those who do.
    through: Ways,
    /// Who can have a set widened so that they hold it.
    widening: BTreeMap<IdentityIndex, Widening>,
    /// Ways to those.
    toward_widening: Ways,
}

/// How one identity comes to hold it beyond what it holds as itself.
#[derive(Clone, Copy, Debug)]
pub struct Coming {
    /// Through somebody, or by granting.
    pub how: How,
    /// Who holds it in the end: the one it becomes, or whose set is widened.
    pub end: IdentityIndex,
    /// The first opportunity on the way, which is the identity's own.
    pub opportunity: u32,
}

/// Everybody who comes to hold it, as far as is known; closed under becoming.
struct Closure<'w> {
    world: &'w World,
    all: Vec<bool>,
    met: Met,
}

impl Closure<'_> {
    fn has(&self, index: IdentityIndex) -> bool {
        self.all.get(index.0 as usize).copied().unwrap_or_default()
    }

    /// Adds identities, and everybody who can become one of them. All additions together are linear in the graph.
    fn add(&mut self, these: impl IntoIterator<Item = IdentityIndex>, admit: impl Fn(&Certainty) -> bool) {
        let graph = self.world.graph();
        let all = &mut self.all;
        let mut mark = |index: IdentityIndex| {
            all.get_mut(index.0 as usize)
                .is_some_and(|comes| !std::mem::replace(comes, true))
        };
        let mut queue: VecDeque<IdentityIndex> = these.into_iter().filter(|index| mark(*index)).collect();
        while let Some(to) = queue.pop_front() {
            for opportunity in graph.toward(to) {
                graph.holders_unmet(*opportunity, &mut self.met, |holder, certainty| {
                    if admit(certainty) && mark(holder) {
                        queue.push_back(holder);
                    }
                });
            }
        }
    }
}

/// The opportunities of an opening that give it to somebody, in their order.
struct Giving {
    holders: Vec<IdentityIndex>,
    /// Whose sets can be widened so that they hold it, and by which opportunity first.
    targets: BTreeMap<IdentityIndex, u32>,
}

impl Powers {
    /// `direct` tells who holds it; `gives` tells whether adding a set to what an identity holds gives it. Linear in
    /// the graph, but for ways that need two identities at once: these cost a walk, among those who do not come to
    /// it otherwise, for each pair of holders and targets.
    pub fn new(
        world: &World,
        direct: Vec<bool>,
        gives: impl Fn(&PermissionSet, IdentityIndex) -> bool,
        admit: impl Fn(&Certainty) -> bool + Copy,
    ) -> Self {
        Self::among(world, direct, |_| true, gives, admit)
    }

    /// As [`Powers::new`], where an opportunity of whose place `may` is false gives it to nobody.
    pub(crate) fn among(
        world: &World,
        direct: Vec<bool>,
        may: impl Fn(u32) -> bool,
        gives: impl Fn(&PermissionSet, IdentityIndex) -> bool,
        admit: impl Fn(&Certainty) -> bool + Copy,
    ) -> Self {
        let holders: Vec<IdentityIndex> = (0u32..)
            .zip(&direct)
            .filter(|(_, holds)| **holds)
            .map(|(at, _)| IdentityIndex(at))
            .collect();
        let through = world.ways_to(&holders, admit);
        let mut coming = Closure {
            world,
            all: vec![false; direct.len()],
            met: world.graph().unmet(),
        };
        coming.add(holders, admit);
        let mut powers = Self {
            direct,
            through,
            widening: BTreeMap::new(),
            toward_widening: Ways::default(),
        };
        let mut left = Vec::new();
        for opening in world.widening() {
            left.extend(powers.widen_own(world, &opening, &may, &gives, admit, &mut coming));
        }
        powers.widen_others(world, &left, admit, &mut coming);
        let actors: Vec<IdentityIndex> = powers.widening.keys().copied().collect();
        if !actors.is_empty() {
            powers.toward_widening = world.ways_to(&actors, admit);
        }
        powers
    }

    /// Looks at the opportunities of one opening by which its holders widen what they hold themselves; what is left
    /// are those that widen the sets of others.
    fn widen_own(
        &mut self,
        world: &World,
        opening: &Opening<'_>,
        may: impl Fn(u32) -> bool,
        gives: impl Fn(&PermissionSet, IdentityIndex) -> bool,
        admit: impl Fn(&Certainty) -> bool + Copy,
        coming: &mut Closure<'_>,
    ) -> Option<Giving> {
        let opportunities = &world.snapshot().opportunities;
        let widens = |index: &u32| {
            let opportunity = opportunities.get(*index as usize)?;
            match &opportunity.gain {
                Gain::Grant(gain) if may(*index) => Some((*index, opportunity, gain)),
                Gain::Grant(_) | Gain::Become => None,
            }
        };
        let mut left = opening.opportunities.iter().filter_map(widens).peekable();
        left.peek()?;
        let holders: Vec<IdentityIndex> = world
            .holders_of(opening)
            .into_iter()
            .filter(|(holder, certainty)| !coming.has(*holder) && admit(certainty))
            .map(|(holder, _)| holder)
            .collect();
        if holders.is_empty() {
            return None;
        }
        let mut targets: BTreeMap<IdentityIndex, u32> = BTreeMap::new();
        for (index, opportunity, gain) in left {
            match &opportunity.targets {
                Targets::Actor => {
                    for holder in &holders {
                        if !coming.has(*holder) && gives(gain, *holder) {
                            self.add(*holder, index, (*holder, None), (*holder, None));
                            coming.add([*holder], admit);
                        }
                    }
                }
                Targets::These(these) => {
                    for target in these.iter().filter(|target| !coming.has(**target)) {
                        if gives(gain, *target) {
                            targets.entry(*target).or_insert(index);
                        }
                    }
                }
            }
        }
        for holder in &holders {
            if let Some(opportunity) = targets.get(holder)
                && !coming.has(*holder)
            {
                self.add(*holder, *opportunity, (*holder, None), (*holder, None));
                coming.add([*holder], admit);
            }
        }
        (!targets.is_empty()).then_some(Giving { holders, targets })
    }

    /// Finds those who can become both who widens and whose set is widened, or are one of them. Who can become
    /// somebody who comes to it comes to it as well, so that only those count who are left.
    fn widen_others(
        &mut self,
        world: &World,
        left: &[Giving],
        admit: impl Fn(&Certainty) -> bool + Copy,
        coming: &mut Closure<'_>,
    ) {
        let mut met = world.graph().unmet();
        let mut known: FxHashMap<Vec<IdentityIndex>, Arc<Ways>> = FxHashMap::default();
        let mut size = 0;
        for giving in left {
            let still = |index: &IdentityIndex| !coming.has(*index);
            let holders: Vec<IdentityIndex> = giving.holders.iter().copied().filter(still).collect();
            let targets: Vec<IdentityIndex> = giving.targets.keys().copied().filter(still).collect();
            if holders.is_empty() || targets.is_empty() {
                continue;
            }
            if size > WAYS_KEPT {
                known.clear();
                size = 0;
            }
            let mut ways = |ends: &Vec<IdentityIndex>| {
                if let Some(ways) = known.get(ends) {
                    return ways.clone();
                }
                let found = world.ways_within(ends, admit, |index| !coming.has(index), &mut met);
                let found = Arc::new(found);
                size += found.len() + ends.len();
                known.insert(ends.clone(), found.clone());
                found
            };
            let (to_target, to_actor) = (ways(&targets), ways(&holders));
            for index in to_actor.sources().into_iter().chain(holders) {
                if coming.has(index) {
                    continue;
                }
                let there = to_target.next(index).is_some();
                let target = if there { to_target.end(index) } else { index };
                let Some(opportunity) = giving.targets.get(&target) else {
                    continue;
                };
                let actor = to_actor.end(index);
                let by_ways = |is: bool, ways: &Arc<Ways>| is.then(|| ways.clone());
                self.add(
                    index,
                    *opportunity,
                    (actor, by_ways(actor != index, &to_actor)),
                    (target, by_ways(there, &to_target)),
                );
                coming.add([index], admit);
            }
        }
    }

    fn add(
        &mut self,
        index: IdentityIndex,
        opportunity: u32,
        (actor, to_actor): (IdentityIndex, Option<Arc<Ways>>),
        (target, to_target): (IdentityIndex, Option<Arc<Ways>>),
    ) {
        let widening = || Widening {
            opportunity,
            actor,
            to_actor,
            target,
            to_target,
        };
        self.widening.entry(index).or_insert_with(widening);
    }

    /// Whether an identity holds it as itself.
    #[must_use]
    pub fn holds(&self, index: IdentityIndex) -> bool {
        self.direct.get(index.0 as usize).copied().unwrap_or_default()
    }

    /// How an identity that does not hold it comes to hold it; `None` where it does not.
    #[must_use]
    pub fn coming(&self, index: IdentityIndex) -> Option<Coming> {
        if self.holds(index) {
            return None;
        }
        if let Some(next) = self.through.next(index) {
            let end = self.through.end(index);
            return Some(Coming {
                how: How::Through,
                end,
                opportunity: next.opportunity,
            });
        }
        let widening = self.widening.get(&self.toward_widening.end(index))?;
        let first = self
            .toward_widening
            .next(index)
            .or_else(|| widening.to_actor.as_ref()?.next(index));
        let opportunity = first.map_or(widening.opportunity, |next| next.opportunity);
        Some(Coming {
            how: How::ByGranting,
            end: widening.target,
            opportunity,
        })
    }

    /// The gaps on the first steps of that way, where it has any.
    #[must_use]
    pub fn gaps(&self, index: IdentityIndex) -> Vec<Atom> {
        let first = |ways: &Ways| match ways.next(index).map(|next| &next.certainty) {
            Some(Certainty::Depends(atoms)) => atoms.clone(),
            _ => Vec::new(),
        };
        let mut gaps = first(&self.through);
        gaps.extend(first(&self.toward_widening));
        gaps
    }

    /// The legs of that way.
    #[must_use]
    pub fn path(&self, world: &World, index: IdentityIndex) -> Path {
        let Some(coming) = self.coming(index) else {
            return Path::new();
        };
        if coming.how == How::Through {
            return world.path_along(&self.through, index);
        }
        let mut path = world.path_along(&self.toward_widening, index);
        let by = self.toward_widening.end(index);
        let Some(widening) = self.widening.get(&by) else {
            return path;
        };
        let along = |ways: &Option<Arc<Ways>>| {
            ways.as_ref()
                .map(|ways| world.path_along(ways, by))
                .unwrap_or_default()
        };
        path.extend(along(&widening.to_actor));
        path.extend(world.path_of_widening(widening.actor, widening.opportunity, widening.target));
        path.extend(along(&widening.to_target));
        path
    }
}

impl World {
    /// Who administers instances: as themselves, by becoming somebody, by widening what they hold; over steps that
    /// are at least this sure.
    #[must_use]
    pub fn administrators(&self, steps: Steps) -> &Powers {
        let doubts = self.doubts();
        let same = match steps {
            Steps::Certain => None,
            Steps::Conditional => (!doubts.conditional).then_some(Steps::Certain),
            Steps::AtMost => (!doubts.dependent).then_some(Steps::Conditional),
        };
        if let Some(same) = same {
            return self.administrators(same);
        }
        self.powers_over(steps).get_or_init(|| {
            let each = self.snapshot().each_identity();
            let direct = each.map(|(index, _)| self.administers(index)).collect();
            let gives = |gain: &PermissionSet, target: IdentityIndex| self.would_administer(target, gain);
            Powers::new(self, direct, gives, |certainty| steps.admit(certainty))
        })
    }
}
