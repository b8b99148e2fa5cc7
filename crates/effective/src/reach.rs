//! What falls with an identity: everybody it can become, what they can do together, and by which path.

use std::collections::BTreeSet;

use leastwise_model::{ActionClasses, CrownJewel, Gain, IdentityIndex, Targets, Text};
use leastwise_permset::{Case, Pattern, PermissionSet, Region, Strings};
use rustc_hash::FxHashSet;

use crate::answer::{How, Path};
use crate::arrivals::Move;
use crate::graph::Doubts;
use crate::powers::Steps;
use crate::walk::{Reached, Trace};
use crate::world::World;

/// What falls with an identity.
#[derive(Clone, Debug)]
pub struct Fallen {
    /// Whose fall it is.
    pub identity: IdentityIndex,
    /// Whom it can become, nearest first; sure ways before others of the same length.
    pub becomes: Vec<Reached>,
    /// What it and all those can do together.
    pub classes: ActionClasses,
    /// How many of those it can become for certain.
    pub surely: usize,
    /// The shortest way to one who controls its whole instance: itself (an empty path), or another.
    pub administers: Option<(How, Path)>,
    trace: Trace,
}

impl Fallen {
    /// The last step of the shortest way to one that it can become; `None` for all others and itself.
    #[must_use]
    pub fn step_to(&self, target: IdentityIndex) -> Option<Move> {
        let (from, opportunity, certainty) = self.trace.came_from.get(&target)?;
        Some(Move {
            from: *from,
            to: target,
            opportunity: *opportunity,
            certainty: certainty.clone(),
            widens: false,
        })
    }
}

impl World {
    /// What falls with `identity`.
    #[must_use]
    pub fn reach(&self, identity: IdentityIndex) -> Fallen {
        let (mut becomes, trace) = self.walk(identity, Steps::AtMost);
        if self.doubts() != Doubts::default() {
            let certain = self.surely_reached(identity);
            for reached in &mut becomes {
                reached.sure = certain.get(reached.identity.0 as usize) == Some(&true);
            }
        }
        let surely = becomes.iter().filter(|reached| reached.sure).count();
        becomes.sort_by_key(|reached| (reached.hops, !reached.sure, reached.identity));
        let classes = [identity]
            .into_iter()
            .chain(becomes.iter().map(|reached| reached.identity))
            .filter_map(|index| self.abilities(index))
            .fold(ActionClasses::default(), |all, abilities| {
                all.union(abilities.classes)
            });
        let mut fallen = Fallen {
            identity,
            becomes,
            classes,
            surely,
            administers: None,
            trace,
        };
        fallen.administers = self.administration_from(&fallen);
        fallen
    }

    fn administration_from(&self, fallen: &Fallen) -> Option<(How, Path)> {
        if self.administers(fallen.identity) {
            return Some((How::Direct, Path::new()));
        }
        let through = fallen
            .becomes
            .iter()
            .find(|reached| reached.sure && self.administers(reached.identity));
        if let Some(reached) = through {
            return Some((How::Through, self.path_to(fallen, reached.identity)));
        }
        let own: BTreeSet<IdentityIndex> = [fallen.identity]
            .into_iter()
            .chain(
                fallen
                    .becomes
                    .iter()
                    .filter(|reached| reached.sure)
                    .map(|reached| reached.identity),
            )
            .collect();
        let actors = [fallen.identity].into_iter().chain(
            fallen
                .becomes
                .iter()
                .filter(|reached| reached.sure)
                .map(|reached| reached.identity),
        );
        // What a bundle gives to others is the same whoever uses it.
        let mut met: FxHashSet<u32> = FxHashSet::default();
        for actor in actors {
            let open = self.graph().open(actor);
            for (bundle, _) in open.filter(|(_, certainty)| certainty.is_sure()) {
                let new = met.insert(bundle);
                for index in self.graph().bundle(bundle) {
                    let Some(opportunity) = self.snapshot().opportunities.get(*index as usize) else {
                        continue;
                    };
                    let Gain::Grant(gain) = &opportunity.gain else {
                        continue;
                    };
                    let controls = |target: &&IdentityIndex| self.would_administer(**target, gain);
                    let target = match &opportunity.targets {
                        Targets::Actor => Some(&actor).filter(controls),
                        Targets::These(targets) if new => {
                            let mut own = targets.iter().filter(|target| own.contains(target));
                            own.find(controls)
                        }
                        Targets::These(_) => None,
                    };
                    let Some(target) = target else { continue };
                    let mut path = self.path_to(fallen, actor);
                    path.extend(self.path_of_widening(actor, *index, *target));
                    return Some((How::ByGranting, path));
                }
            }
        }
        None
    }

    /// The shortest way from the fallen identity to `target`: what it uses of each opportunity, and whom it becomes.
    #[must_use]
    pub fn path_to(&self, fallen: &Fallen, target: IdentityIndex) -> Path {
        self.retrace(&fallen.trace, target)
    }

    /// The requests that count as reaching a crown jewel.
    #[must_use]
    pub fn jewel_requests(jewel: &CrownJewel) -> PermissionSet {
        let strings = |patterns: &[Text], case: Case| {
            Strings::any_of(patterns.iter().map(|pattern| Pattern::glob(pattern, case)))
        };
        let actions = if jewel.actions.is_empty() {
            Strings::any()
        } else {
            strings(&jewel.actions, Case::Folded)
        };
        PermissionSet::from(Region::new(actions, strings(&jewel.resources, Case::Exact)))
    }
}
