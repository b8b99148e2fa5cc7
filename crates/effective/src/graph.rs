//! Who can become whom, without an edge for each pair.
//!
//! Opportunities that are open together form a *bundle*, listed once. What identities share (a grant to a group, a
//! role bound to many) is a *part*: what it opens by itself is open to everybody who holds it, and is found once. Only
//! what needs several parts at once, or depends on who asks, is kept for each identity, as a *link*. So a wildcard held
//! by everybody costs one list, and a walk meets it once.

mod build;
mod combine;
mod cutter;
mod families;
mod held;
mod index;
mod lists;
mod meeting;
mod needs;
mod reverse;

use std::sync::Arc;

use leastwise_model::{Gain, IdentityIndex, Opportunity, Targets, TechniqueIndex};

pub use needs::STRANGER;

use crate::certainty::Certainty;
use crate::world::World;
pub(crate) use index::beginning;
use lists::Lists;

/// One opportunity that is open to one identity.
#[derive(Clone, Copy, Debug)]
pub struct Edge<'w> {
    /// Whom it is open to.
    pub from: IdentityIndex,
    /// Its place among the snapshot's opportunities.
    pub index: u32,
    /// The opportunity.
    pub opportunity: &'w Opportunity,
    /// How sure that is.
    pub certainty: &'w Certainty,
}

impl Edge<'_> {
    /// By which technique.
    #[must_use]
    pub fn technique(&self) -> TechniqueIndex {
        self.opportunity.technique
    }

    /// Whether the identity becomes others by it (else somebody's set is widened).
    #[must_use]
    pub fn becomes(&self) -> bool {
        self.opportunity.gain == Gain::Become
    }

    /// Who gains: the identities that it becomes, or whose sets are widened.
    #[must_use]
    pub fn targets(&self) -> &[IdentityIndex] {
        match &self.opportunity.targets {
            Targets::Actor => std::slice::from_ref(&self.from),
            Targets::These(targets) => targets,
        }
    }
}

/// A link of an identity to a bundle.
#[derive(Clone, Debug)]
struct Link {
    bundle: u32,
    /// `None`: surely, as most are.
    doubt: Option<Box<Certainty>>,
}

impl Link {
    fn new(bundle: u32, certainty: Certainty) -> Self {
        Self {
            bundle,
            doubt: (!certainty.is_sure()).then(|| Box::new(certainty)),
        }
    }

    fn certainty(&self) -> &Certainty {
        self.doubt.as_deref().unwrap_or(&Certainty::Surely)
    }
}

/// Everybody's opportunities.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// Opportunities of each bundle, sorted.
    bundles: Vec<Arc<[u32]>>,
    /// Whom one becomes by each bundle, in order, and by which of its opportunities first.
    becoming: Vec<Box<[(IdentityIndex, u32)]>>,
    /// What of doubt there is in all links together.
    doubts: Doubts,
    /// Bundles that each part opens for certain, sorted.
    parts: Vec<Box<[u32]>>,
    /// Parts of each identity, sorted.
    parts_of: Vec<Box<[u32]>>,
    /// Links of each identity, sorted by bundle, at most one to each.
    links: Vec<Vec<Link>>,
    /// Identities of each part.
    holding: Lists<IdentityIndex>,
    /// Identities linked to each bundle.
    linked: Lists<IdentityIndex>,
    /// Parts that open each bundle.
    opened_by: Lists<u32>,
    /// Bundles of each opportunity.
    bundles_of: Lists<u32>,
    /// Opportunities by target, for those that become.
    toward: Lists<u32>,
}

/// Whether some steps are less than certain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Doubts {
    /// Some are open only where a condition is met.
    pub conditional: bool,
    /// Some depend on gaps.
    pub dependent: bool,
}

/// What a walk has met, so that it looks at each once. One serves many walks, one after the other.
pub(crate) struct Met {
    walk: u32,
    bundles: Vec<u32>,
    parts: Vec<u32>,
}

impl Met {
    /// Forgets everything.
    pub(crate) fn forget(&mut self) {
        self.walk = self.walk.wrapping_add(1);
        if self.walk == 0 {
            self.bundles.fill(0);
            self.parts.fill(0);
            self.walk = 1;
        }
    }
}

/// Marks a place; whether this walk had not marked it before.
fn mark(marks: &mut [u32], place: u32, walk: u32) -> bool {
    marks
        .get_mut(place as usize)
        .is_some_and(|mark| std::mem::replace(mark, walk) != walk)
}

fn boxed(lists: &[Box<[u32]>], place: u32) -> &[u32] {
    lists.get(place as usize).map_or(&[], |list| list)
}

impl Graph {
    pub(crate) fn new(world: &World) -> Self {
        build::build(world)
    }

    /// Nothing met yet.
    pub(crate) fn unmet(&self) -> Met {
        Met {
            walk: 1,
            bundles: vec![0; self.bundles.len()],
            parts: vec![0; self.parts.len()],
        }
    }

    /// How many bundles there are.
    pub(crate) fn bundle_count(&self) -> u32 {
        u32::try_from(self.bundles.len()).unwrap_or(u32::MAX)
    }

    /// Opportunities of a bundle, sorted.
    pub(crate) fn bundle(&self, bundle: u32) -> &[u32] {
        self.bundles.get(bundle as usize).map_or(&[], |bundle| bundle)
    }

    /// Whom one becomes by a bundle, in order, and by which of its opportunities first.
    pub(crate) fn becoming(&self, bundle: u32) -> &[(IdentityIndex, u32)] {
        self.becoming
            .get(bundle as usize)
            .map_or(&[], |becoming| becoming)
    }

    /// What of doubt there is in all steps together.
    pub(crate) fn doubts(&self) -> Doubts {
        self.doubts
    }

    /// Bundles open to an identity, certain ones first; one may come more than once.
    pub(crate) fn open(&self, from: IdentityIndex) -> impl Iterator<Item = (u32, &Certainty)> {
        let parts = boxed(&self.parts_of, from.0).iter();
        let by_parts = parts.flat_map(|part| boxed(&self.parts, *part).iter());
        let links = self.links_of(from);
        let sure = links.iter().filter(|link| link.doubt.is_none());
        let others = links.iter().filter(|link| link.doubt.is_some());
        by_parts
            .map(|bundle| (*bundle, &Certainty::Surely))
            .chain(sure.chain(others).map(|link| (link.bundle, link.certainty())))
    }

    /// As [`Graph::open`], without what a walk has met; marks it as met.
    pub(crate) fn open_unmet<'g>(
        &'g self,
        from: IdentityIndex,
        met: &mut Met,
        admit: impl Fn(&Certainty) -> bool,
        mut each: impl FnMut(u32, &'g Certainty),
    ) {
        for part in boxed(&self.parts_of, from.0) {
            if !mark(&mut met.parts, *part, met.walk) {
                continue;
            }
            for bundle in boxed(&self.parts, *part) {
                if mark(&mut met.bundles, *bundle, met.walk) {
                    each(*bundle, &Certainty::Surely);
                }
            }
        }
        for sure in [true, false] {
            let links = self.links_of(from).iter();
            for link in links.filter(|link| link.doubt.is_none() == sure && admit(link.certainty())) {
                if mark(&mut met.bundles, link.bundle, met.walk) {
                    each(link.bundle, link.certainty());
                }
            }
        }
    }

    /// Whom an opportunity is open to, without what a walk has met; marks it as met. `each` gets everybody with the
    /// certainty; somebody may come more than once.
    pub(crate) fn holders_unmet<'g>(
        &'g self,
        opportunity: u32,
        met: &mut Met,
        mut each: impl FnMut(IdentityIndex, &'g Certainty),
    ) {
        for bundle in self.bundles_of.of(opportunity) {
            if !mark(&mut met.bundles, *bundle, met.walk) {
                continue;
            }
            for part in self.opened_by.of(*bundle) {
                if mark(&mut met.parts, *part, met.walk) {
                    let holding = self.holding.of(*part).iter();
                    holding.for_each(|holder| each(*holder, &Certainty::Surely));
                }
            }
            for holder in self.linked.of(*bundle) {
                if let Some(certainty) = self.link_of(*holder, *bundle) {
                    each(*holder, certainty);
                }
            }
        }
    }

    /// Whom a bundle is open to, with the certainty; somebody may come more than once.
    pub(crate) fn holders(&self, bundle: u32) -> impl Iterator<Item = (IdentityIndex, &Certainty)> {
        let parts = self.opened_by.of(bundle).iter();
        let by_parts = parts.flat_map(|part| self.holding.of(*part));
        let linked = self.linked.of(bundle).iter();
        by_parts
            .map(|holder| (*holder, &Certainty::Surely))
            .chain(linked.filter_map(move |holder| Some((*holder, self.link_of(*holder, bundle)?))))
    }

    /// Opportunities by which somebody becomes `target`.
    pub(crate) fn toward(&self, target: IdentityIndex) -> &[u32] {
        self.toward.of(target.0)
    }

    /// The opportunities open to an identity, each once, as surely as it is open.
    pub(crate) fn edges<'w>(
        &'w self,
        world: &'w World,
        from: IdentityIndex,
    ) -> impl Iterator<Item = Edge<'w>> {
        self.edges_among(world, from, |bundle, keep| {
            self.bundle(bundle).iter().for_each(|index| keep(*index));
        })
    }

    /// As [`Graph::edges`], of each bundle those only that `among` keeps.
    pub(crate) fn edges_among<'w>(
        &'w self,
        world: &'w World,
        from: IdentityIndex,
        among: impl Fn(u32, &mut dyn FnMut(u32)),
    ) -> impl Iterator<Item = Edge<'w>> {
        let opportunities = world.snapshot().opportunities.as_slice();
        let mut found: Vec<(u32, &Certainty)> = Vec::new();
        for (bundle, certainty) in self.open(from) {
            among(bundle, &mut |index| found.push((index, certainty)));
        }
        found.sort();
        found.dedup_by_key(|(index, _)| *index);
        found.into_iter().filter_map(move |(index, certainty)| {
            let opportunity = opportunities.get(index as usize)?;
            Some(Edge {
                from,
                index,
                opportunity,
                certainty,
            })
        })
    }

    fn links_of(&self, holder: IdentityIndex) -> &[Link] {
        self.links.get(holder.0 as usize).map_or(&[], |links| links)
    }

    fn link_of(&self, holder: IdentityIndex, bundle: u32) -> Option<&Certainty> {
        let links = self.links_of(holder);
        let place = links.binary_search_by_key(&bundle, |link| link.bundle).ok()?;
        links.get(place).map(Link::certainty)
    }
}
