//! Which sets of a world may hold a request, found from its resource and not by looking at every set.
//!
//! The regions of all sets stand in an index by how their resources begin. From those in which a request lies, guards and
//! atoms aside, whatever they are parts of is found upward: one part is enough for a union, all of them are needed for an
//! intersection, and what is taken away is not looked at. So nothing that holds the request is missed.

use leastwise_model::{Gain, IdentityIndex, Text};
use leastwise_permset::{Node, PermissionSet, Region, Request};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::graph::beginning;
use crate::world::World;

/// Nesting beyond which a part is taken to hold every request.
const DEEP: u8 = 64;

/// What a set belongs to.
#[derive(Clone, Copy, Debug)]
enum Owner {
    Identity(IdentityIndex),
    /// The gain of an opportunity, by its place.
    Gain(u32),
}

/// Whoever may hold a request, guards and atoms aside.
#[derive(Debug, Default)]
pub(crate) struct MayHold {
    /// Sorted, each once.
    pub identities: Vec<IdentityIndex>,
    /// Opportunities whose gain may, by place.
    pub gains: FxHashSet<u32>,
}

/// A part of a set.
#[derive(Default)]
struct Part {
    /// Of how many parts all must hold a request; 1 where one is enough.
    needs: u32,
    /// What it is a part of.
    above: Vec<u32>,
}

/// All parts of all sets of a world.
#[derive(Default)]
pub(crate) struct Requests {
    parts: Vec<Part>,
    /// By address.
    known: FxHashMap<usize, u32>,
    regions: Vec<(Region, u32)>,
    /// Regions by how their resources begin.
    by_start: FxHashMap<Text, Vec<u32>>,
    /// The different lengths of beginnings, in bytes.
    lengths: Vec<usize>,
    /// Parts that hold every request.
    everything: Vec<u32>,
    owners: FxHashMap<u32, Vec<Owner>>,
}

impl Requests {
    /// Looks at every part of every set of a world once.
    pub(crate) fn new(world: &World) -> Self {
        let mut all = Self::default();
        for (index, _) in world.snapshot().each_identity() {
            let part = all.part(&world.effective(index), DEEP);
            all.owners.entry(part).or_default().push(Owner::Identity(index));
        }
        for (place, opportunity) in (0u32..).zip(&world.snapshot().opportunities) {
            if let Gain::Grant(gain) = &opportunity.gain {
                let part = all.part(gain, DEEP);
                all.owners.entry(part).or_default().push(Owner::Gain(place));
            }
        }
        // Addresses mean nothing once nothing more is added.
        all.known = FxHashMap::default();
        all.lengths = all.by_start.keys().map(|start| start.len()).collect();
        all.lengths.sort_unstable();
        all.lengths.dedup();
        all
    }

    fn part(&mut self, set: &PermissionSet, depth: u8) -> u32 {
        if let Some(known) = self.known.get(&set.address()) {
            return *known;
        }
        let number = match set.node() {
            Node::Labelled(_, inner) if depth > 0 => self.part(inner, depth - 1),
            Node::Difference(given, _) if depth > 0 => self.part(given, depth - 1),
            Node::Union(sets) if depth > 0 => {
                let below: Vec<u32> = sets.iter().map(|set| self.part(set, depth - 1)).collect();
                self.over(&below, 1)
            }
            Node::Intersection(sets) if depth > 0 && !sets.is_empty() => {
                let mut below: Vec<u32> = sets.iter().map(|set| self.part(set, depth - 1)).collect();
                below.sort_unstable();
                below.dedup();
                let needs = u32::try_from(below.len()).unwrap_or(u32::MAX);
                self.over(&below, needs)
            }
            Node::Region(region) => {
                let number = self.over(&[], 1);
                self.region(region, number);
                number
            }
            Node::Labelled(..) | Node::Difference(..) | Node::Union(_) | Node::Intersection(_) => {
                let number = self.over(&[], 1);
                self.everything.push(number);
                number
            }
        };
        self.known.insert(set.address(), number);
        number
    }

    fn over(&mut self, below: &[u32], needs: u32) -> u32 {
        let number = u32::try_from(self.parts.len()).unwrap_or(u32::MAX);
        self.parts.push(Part {
            needs,
            above: Vec::new(),
        });
        for part in below {
            if let Some(part) = self.parts.get_mut(*part as usize) {
                part.above.push(number);
            }
        }
        number
    }

    fn region(&mut self, region: &Region, number: u32) {
        let place = u32::try_from(self.regions.len()).unwrap_or(u32::MAX);
        self.regions.push((region.clone(), number));
        let mut starts: Vec<&str> = match region.resources.is_complement() {
            true => vec![""],
            false => region.resources.patterns().iter().map(beginning).collect(),
        };
        starts.sort_unstable();
        starts.dedup();
        for start in starts {
            match self.by_start.get_mut(start) {
                Some(places) => places.push(place),
                None => {
                    self.by_start.insert(start.into(), vec![place]);
                }
            }
        }
    }

    /// Whoever may hold a request. Linear in the regions whose resources begin as its own does, and in what they are
    /// parts of.
    pub(crate) fn may_hold(&self, request: &Request) -> MayHold {
        let mut left: Vec<u32> = self.everything.clone();
        let starts = self
            .lengths
            .iter()
            .filter_map(|length| self.by_start.get(request.resource.get(..*length)?));
        for place in starts.flatten() {
            if let Some((region, part)) = self.regions.get(*place as usize)
                && may_lie_in(region, request)
            {
                left.push(*part);
            }
        }
        let mut found = MayHold::default();
        let mut met: FxHashMap<u32, u32> = FxHashMap::default();
        let mut holding: FxHashSet<u32> = FxHashSet::default();
        while let Some(number) = left.pop() {
            let Some(part) = self.parts.get(number as usize) else {
                continue;
            };
            if !holding.insert(number) {
                continue;
            }
            for owner in self.owners.get(&number).into_iter().flatten() {
                match owner {
                    Owner::Identity(index) => found.identities.push(*index),
                    Owner::Gain(place) => {
                        found.gains.insert(*place);
                    }
                }
            }
            for above in &part.above {
                let needs = self.parts.get(*above as usize).map_or(1, |part| part.needs);
                let so_far = met.entry(*above).or_default();
                *so_far += 1;
                if *so_far == needs || needs == 1 {
                    left.push(*above);
                }
            }
        }
        found.identities.sort_unstable();
        found.identities.dedup();
        found
    }
}

/// Whether a request lies in a region, its guard aside.
pub(crate) fn may_lie_in(region: &Region, request: &Request) -> bool {
    region.actions.contains(&request.action, &request.context)
        && (region.resources.holes().next().is_some()
            || region.resources.contains(&request.resource, &request.context))
}
