//! The ways out of what the request must not be in.
//!
//! Of the excluded parts that hold the model, the one with the fewest ways out is left first: none ends the branch, one
//! is taken at once, several are tried in turn.

use super::{Constraint, Search};
use crate::limits::Limit;
use crate::region::Region;
use crate::set::{Node, PermissionSet};
use crate::texts;

/// One way to satisfy an excluded part.
pub(super) enum Way<'s> {
    Demand(Constraint<'s>),
    Require(&'s PermissionSet, bool),
}

/// An excluded part that holds the model.
pub(super) enum Part<'s> {
    Region(&'s Region),
    Set(&'s PermissionSet),
}

/// The ways out of an excluded part.
pub(super) struct Exit<'s> {
    /// Its place among the parts that are marked when left; a region needs no mark, since every way out of it is a
    /// demand that the model meets at once.
    pub(super) from: Option<usize>,
    pub(super) ways: Vec<Way<'s>>,
    /// The limit that leaves open whether there are more ways.
    pub(super) doubt: Option<Limit>,
}

impl Exit<'_> {
    fn cost(&self) -> usize {
        self.ways.len() + usize::from(self.doubt.is_some())
    }
}

impl<'s> Search<'s, '_> {
    /// The excluded parts that hold the model, with their places among those that are marked.
    fn violated(&self) -> Result<Vec<(Option<usize>, Part<'s>)>, Limit> {
        self.budget.spend(self.excluded.len())?;
        let mut hit = Vec::new();
        for (index, (set, left)) in self.excluded.iter().enumerate() {
            if !left && set.contains_given(&self.model, &self.answers) {
                hit.push(match set.node() {
                    Node::Region(region) => (None, Part::Region(region)),
                    _ => (Some(index), Part::Set(set)),
                });
            }
        }
        for group in &self.groups {
            let (found, visited) = group.holding(&self.model, &self.answers);
            self.budget.spend(visited)?;
            hit.extend(found.into_iter().map(|region| (None, Part::Region(region))));
        }
        Ok(hit)
    }

    /// The ways out of the violated part that has the fewest; `None` where no part is violated.
    pub(super) fn best_exclusion(&mut self) -> Result<Option<Exit<'s>>, Limit> {
        let hit = self.violated()?;
        for (_, part) in &hit {
            if let Part::Region(region) = part
                && region.guard.is_always()
                && texts::plainly_within(&self.actions, &region.actions)
                && texts::plainly_within(&self.resources, &region.resources)
            {
                return Ok(Some(Exit {
                    from: None,
                    ways: Vec::new(),
                    doubt: None,
                }));
            }
        }
        let mut best: Option<Exit<'s>> = None;
        for (from, part) in hit.into_iter().take(8) {
            let (ways, doubt) = match part {
                Part::Region(region) => self.ways_out(region)?,
                Part::Set(set) => match set.node() {
                    Node::Intersection(sets) => {
                        (sets.iter().map(|set| Way::Require(set, false)).collect(), None)
                    }
                    Node::Difference(given, taken) => {
                        (vec![Way::Require(given, false), Way::Require(taken, true)], None)
                    }
                    Node::Region(_) | Node::Union(_) | Node::Labelled(..) => continue,
                },
            };
            let exit = Exit { from, ways, doubt };
            if best.as_ref().is_none_or(|best| exit.cost() < best.cost()) {
                let enough = exit.cost() <= 1;
                best = Some(exit);
                if enough {
                    break;
                }
            }
        }
        Ok(best)
    }

    /// The demands that keep the request out of `region` and can be met, and the limit that leaves open whether
    /// there are more.
    fn ways_out(&mut self, region: &'s Region) -> Result<(Vec<Way<'s>>, Option<Limit>), Limit> {
        let mut ways = Vec::new();
        let mut doubt = None;
        let denials = region
            .guard
            .literals()
            .iter()
            .map(|l| Constraint::Context(&l.condition, !l.holds));
        let out = [
            Constraint::Action(&region.actions, false),
            Constraint::Resource(&region.resources, false),
        ];
        for constraint in out.into_iter().chain(denials) {
            match self.change_for(constraint) {
                Ok(Some(_)) => ways.push(Way::Demand(constraint)),
                Ok(None) => {}
                Err(limit @ Limit::Steps(_)) => return Err(limit),
                Err(limit) => doubt = doubt.or(Some(limit)),
            }
        }
        Ok((ways, doubt))
    }

    pub(super) fn take(&mut self, way: &Way<'s>) -> bool {
        match way {
            Way::Demand(constraint) => self.demand(*constraint),
            Way::Require(set, holds) => self.require(set, *holds),
        }
    }
}
