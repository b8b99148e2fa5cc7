//! Finds for each identity what is open to it.
//!
//! The part of the work that many identities share is done once: what a part of their sets opens by itself, what a
//! language of resources opens, which needs it meets, and what a family of opportunities leaves open to whoever holds
//! the same of all actions that it asks for.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use leastwise_model::{Gain, IdentityIndex, InstanceIndex, Opportunity, Targets, Text};
use leastwise_permset::{Guard, Limit, Node, PermissionSet, Slice};
use rustc_hash::FxHashMap;

use super::cutter::Cutter;
use super::families::{Bearing, Families, Family};
use super::held::{Cut, Stretch, held, join, tidy};
use super::needs::Needs;
use super::reverse::reversed;
use super::{Graph, Link};
use crate::certainty::Certainty;
use crate::world::World;

/// What an identity holds of one action, once the facts about it are known; by number among all that is held.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hold {
    pub(super) number: u32,
    /// Whether it says the same of everybody.
    pub(super) plain: bool,
}

/// Bundles that are open, and how sure that is.
pub(super) type Opened = Arc<[(u32, Certainty)]>;

pub(super) struct Builder<'w> {
    pub(super) world: &'w World,
    opportunities: &'w [Opportunity],
    pub(super) cutter: Cutter<'w>,
    pub(super) needs: Needs<'w>,
    families: Families<'w>,
    graph: Graph,
    pub(super) interned: FxHashMap<Arc<[u32]>, u32>,
    /// Bundles of whole families.
    whole: FxHashMap<u32, u32>,
    /// Parts by what they are and where.
    parts: FxHashMap<(usize, InstanceIndex), Option<u32>>,
    holds: FxHashMap<Arc<[Stretch]>, u32>,
    held: Vec<Arc<[Stretch]>>,
    /// What families leave open, by which actions that they ask for are held, and what of each.
    pub(super) combined: FxHashMap<(u32, Box<[u32]>), Opened>,
    /// How sure it is that a guard which speaks of no fact can be met, by platform.
    pub(super) decided: RefCell<FxHashMap<(&'static str, Guard), Option<Certainty>>>,
}

/// What is known about one identity while its opportunities are found.
pub(super) struct Actor {
    pub(super) index: IdentityIndex,
    instance: InstanceIndex,
    pub(super) set: PermissionSet,
    pub(super) cuts: Vec<Cut>,
    holds: FxHashMap<u32, Hold>,
    /// Needs by number.
    pub(super) needs: FxHashMap<u32, Option<Certainty>>,
    /// What is left of its set for actions of needs that are not plain.
    pub(super) slices: FxHashMap<Text, Arc<Result<Vec<Slice>, Limit>>>,
    /// What its own side does not refuse, whoever grants it; found when first asked for.
    pub(super) ceiling: Option<PermissionSet>,
    /// The same by action.
    pub(super) not_refused: FxHashMap<u32, Option<Arc<[Stretch]>>>,
    /// Guards of requests, held and asked.
    guards: FxHashMap<(Guard, Guard), Option<Certainty>>,
    pub(super) found: Vec<(u32, Certainty)>,
}

pub(super) fn build(world: &World) -> Graph {
    let snapshot = world.snapshot();
    let opportunities = snapshot.opportunities.as_slice();
    let bearing = Bearing::new(snapshot);
    let named = |index: u32| {
        opportunities
            .get(index as usize)
            .is_some_and(|opportunity| bearing.is_named(opportunity))
    };
    let (needs, actions) = Needs::new(opportunities, named, world.limits());
    let families = Families::new(snapshot, bearing, &needs, &actions, world.limits());
    let mut builder = Builder {
        world,
        opportunities,
        cutter: Cutter::new(actions, world.limits()),
        needs,
        families,
        graph: Graph {
            links: vec![Vec::new(); snapshot.identities.len()],
            parts_of: vec![Box::default(); snapshot.identities.len()],
            ..Graph::default()
        },
        interned: FxHashMap::default(),
        whole: FxHashMap::default(),
        parts: FxHashMap::default(),
        holds: FxHashMap::default(),
        held: Vec::new(),
        combined: FxHashMap::default(),
        decided: RefCell::default(),
    };
    for (index, identity) in snapshot.each_identity() {
        builder.link(index, identity.instance);
    }
    for index in std::mem::take(&mut builder.families.admitted) {
        builder.link_admitted(index);
    }
    builder.finish()
}

impl Builder<'_> {
    /// Finds what is open to one identity.
    fn link(&mut self, index: IdentityIndex, instance: InstanceIndex) {
        let mut actor = Actor::new(self.world, index, instance);
        let sets: Vec<PermissionSet> = match actor.set.node() {
            Node::Union(sets) => sets.to_vec(),
            _ => vec![actor.set.clone()],
        };
        let mut parts: Vec<u32> = Vec::with_capacity(sets.len());
        for set in &sets {
            let cut = self.cutter.cut(set);
            if !cut.is_empty() {
                parts.extend(self.part(set, instance, &cut));
                actor.cuts.push(cut);
            }
        }
        parts.sort_unstable();
        parts.dedup();
        if let Some(parts_of) = self.graph.parts_of.get_mut(index.0 as usize) {
            *parts_of = parts.into();
        }
        self.link_alone(&mut actor);
        self.link_named(&mut actor);
        self.keep(index, actor.found);
    }

    /// What a part opens by itself to everybody in an instance; `None` where that is nothing.
    fn part(&mut self, set: &PermissionSet, instance: InstanceIndex, cut: &Cut) -> Option<u32> {
        let address = match set.node() {
            Node::Labelled(_, inner) => Some((inner.address(), instance)),
            _ => None,
        };
        if let Some(known) = address.and_then(|address| self.parts.get(&address)) {
            return *known;
        }
        let mut bundles: Vec<u32> = Vec::new();
        for (action, stretches) in cut.iter() {
            if !self.families.begins(*action) {
                continue;
            }
            for stretch in stretches.iter().filter(|stretch| stretch.is_plain()) {
                if self.cutter.languages.is_holed(stretch.language) {
                    continue;
                }
                for number in self.families(*action, stretch.language).iter() {
                    if let Some(family) = self.family(*number)
                        && self.opens_alone(&family, instance)
                    {
                        bundles.push(self.whole(*number, &family));
                    }
                }
            }
        }
        let part = (!bundles.is_empty()).then(|| {
            bundles.sort_unstable();
            bundles.dedup();
            self.graph.parts.push(bundles.into());
            u32::try_from(self.graph.parts.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(address) = address {
            self.parts.insert(address, part);
        }
        part
    }

    /// Whether a language by itself opens a family to everybody in an instance.
    fn opens_alone(&self, family: &Family, instance: InstanceIndex) -> bool {
        family.is_simple() && family.guard.is_always() && self.families.is_general(family, instance)
    }

    /// What an identity's parts open together, or under conditions, or to it and not to everybody.
    fn link_alone(&mut self, actor: &mut Actor) {
        let mut actions: BTreeMap<u32, bool> = BTreeMap::new();
        for (action, stretches) in actor.cuts.iter().flat_map(|cut| cut.iter()) {
            let languages = &self.cutter.languages;
            let simple = |stretch: &Stretch| stretch.is_plain() && !languages.is_holed(stretch.language);
            let involved = self.families.begins(*action)
                && (self.families.involved(*action) || !stretches.iter().all(simple));
            *actions.entry(*action).or_default() |= involved;
        }
        for (action, _) in actions.into_iter().filter(|(_, involved)| *involved) {
            let lists: Vec<&Arc<[Stretch]>> = actor.cuts.iter().filter_map(|cut| held(cut, action)).collect();
            for stretch in join(&lists).iter() {
                self.link_stretch(actor, action, *stretch);
            }
        }
    }

    fn link_stretch(&mut self, actor: &mut Actor, action: u32, stretch: Stretch) {
        if self.cutter.languages.is_holed(stretch.language) {
            for index in self
                .families
                .near(action, self.cutter.languages.get(stretch.language))
            {
                self.link_one(actor, index);
            }
            return;
        }
        let Some(guard) = self.reduced(actor.index, stretch.guard) else {
            return;
        };
        for number in self.families(action, stretch.language).iter() {
            let Some(family) = self.family(*number) else {
                continue;
            };
            if stretch.is_plain() && self.opens_alone(&family, actor.instance) || !family.bears(actor.index) {
                continue;
            }
            let Some(first) = self.first(actor, &guard, &family.guard) else {
                continue;
            };
            if family.is_simple() {
                let whole = self.whole(*number, &family);
                actor.found.push((whole, first));
            } else if let Some(asks) = &family.asks {
                self.combine(actor, *number, &family, asks, &first);
            } else {
                let parts = 0..family.parts.len();
                self.link_parts(actor, &family, parts, &first);
            }
        }
    }

    /// How sure it is that the first request can be made under both guards.
    pub(super) fn first(&self, actor: &mut Actor, held: &Guard, asked: &Guard) -> Option<Certainty> {
        if held.is_always() && asked.is_always() {
            return Some(Certainty::Surely);
        }
        let key = (held.clone(), asked.clone());
        if let Some(known) = actor.guards.get(&key) {
            return known.clone();
        }
        let certainty = self.certainty(actor.index, held, asked);
        actor.guards.insert(key, certainty.clone());
        certainty
    }

    /// Opportunities that few can have, this identity among them.
    fn link_named(&mut self, actor: &mut Actor) {
        let own = self.families.by_bearer.get_mut(actor.index.0 as usize);
        let own = own.map(std::mem::take).unwrap_or_default();
        let mut sure = Vec::new();
        for index in own {
            match self.all_needs(actor, index) {
                Some(Certainty::Surely) => sure.push(index),
                Some(certainty) => {
                    let bundle = self.intern(Arc::from([index]));
                    actor.found.push((bundle, certainty));
                }
                None => {}
            }
        }
        if !sure.is_empty() {
            let bundle = self.intern(sure.into());
            actor.found.push((bundle, Certainty::Surely));
        }
    }

    /// Links one opportunity, by search.
    fn link_one(&mut self, actor: &mut Actor, index: u32) {
        let bears = self
            .opportunities
            .get(index as usize)
            .is_some_and(|opportunity| opportunity.bearers.binary_search(&actor.index).is_ok());
        let needs = self
            .opportunities
            .get(index as usize)
            .map(|opportunity| &opportunity.needs);
        let certainty = needs
            .into_iter()
            .flatten()
            .filter(|_| bears)
            .try_fold(Certainty::Surely, |so_far, need| {
                Some(so_far.and(&self.meets(actor, need)?))
            });
        if bears && let Some(certainty) = certainty {
            let bundle = self.intern(Arc::from([index]));
            actor.found.push((bundle, certainty));
        }
    }

    /// How sure it is that an identity meets all needs of an opportunity that is looked up by whom it names.
    fn all_needs(&mut self, actor: &mut Actor, index: u32) -> Option<Certainty> {
        let needs = self.needs.of.get(index as usize).cloned().unwrap_or_default();
        needs.iter().try_fold(Certainty::Surely, |so_far, number| {
            Some(so_far.and(&self.need(actor, *number)?))
        })
    }

    /// Whom an opportunity admits by itself, as long as nothing on their own side refuses.
    fn link_admitted(&mut self, index: u32) {
        let Some(opportunity) = self.opportunities.get(index as usize) else {
            return;
        };
        let bundle = self.intern(Arc::from([index]));
        for bearer in opportunity.bearers.iter() {
            if matches!(&opportunity.targets, Targets::These(targets) if **targets == [*bearer])
                && opportunity.gain == Gain::Become
            {
                continue;
            }
            let Some(identity) = self.world.snapshot().identity(*bearer) else {
                continue;
            };
            let mut actor = Actor::new(self.world, *bearer, identity.instance);
            let mut needs = opportunity.needs.iter();
            let certainty = needs.try_fold(Certainty::Surely, |so_far, need| {
                Some(so_far.and(&self.meets(&mut actor, need)?))
            });
            if let Some(certainty) = certainty {
                self.keep(*bearer, vec![(bundle, certainty)]);
            }
        }
    }

    /// Keeps what was found: for each bundle the surest.
    fn keep(&mut self, actor: IdentityIndex, mut found: Vec<(u32, Certainty)>) {
        found.sort();
        found.dedup_by_key(|(bundle, _)| *bundle);
        if let Some(links) = self.graph.links.get_mut(actor.0 as usize) {
            let found = found.into_iter();
            links.extend(found.map(|(bundle, certainty)| Link::new(bundle, certainty)));
        }
    }

    fn families(&mut self, action: u32, language: u32) -> Arc<[u32]> {
        let resources = self.cutter.languages.get(language);
        self.families.of(action, language, resources, &self.needs)
    }

    fn family(&self, number: u32) -> Option<Arc<Family>> {
        self.families.all.get(number as usize).cloned()
    }

    /// The bundle of all opportunities of a family.
    pub(super) fn whole(&mut self, number: u32, family: &Family) -> u32 {
        match self.whole.get(&number) {
            Some(bundle) => *bundle,
            None => {
                let bundle = self.intern(family.whole.clone());
                self.whole.insert(number, bundle);
                bundle
            }
        }
    }

    pub(super) fn intern(&mut self, indices: Arc<[u32]>) -> u32 {
        let next = self.graph.bundle_count();
        match self.interned.get(&indices) {
            Some(bundle) => *bundle,
            None => {
                self.interned.insert(indices.clone(), next);
                self.graph.bundles.push(indices);
                next
            }
        }
    }

    /// What an identity holds of an action, once the facts about it are known.
    pub(super) fn hold(&mut self, actor: &mut Actor, action: u32) -> Hold {
        if let Some(known) = actor.holds.get(&action) {
            return *known;
        }
        let lists: Vec<&Arc<[Stretch]>> = actor.cuts.iter().filter_map(|cut| held(cut, action)).collect();
        let mut stretches = join(&lists);
        if !stretches.iter().all(|stretch| stretch.is_plain()) {
            let mut reduced = Vec::with_capacity(stretches.len());
            for stretch in stretches.iter() {
                if let Some(guard) = self.reduced(actor.index, stretch.guard) {
                    reduced.push(Stretch {
                        language: stretch.language,
                        guard: self.cutter.guards.number(&guard),
                    });
                }
            }
            stretches = tidy(reduced);
        }
        let languages = &self.cutter.languages;
        let simple = |stretch: &Stretch| stretch.is_plain() && !languages.is_holed(stretch.language);
        let plain = stretches.iter().all(simple);
        let next = u32::try_from(self.held.len()).unwrap_or(u32::MAX);
        let number = *self.holds.entry(stretches).or_insert_with_key(|stretches| {
            self.held.push(stretches.clone());
            next
        });
        let hold = Hold { number, plain };
        actor.holds.insert(action, hold);
        hold
    }

    pub(super) fn stretches(&self, hold: Hold) -> &Arc<[Stretch]> {
        static NOTHING: std::sync::OnceLock<Arc<[Stretch]>> = std::sync::OnceLock::new();
        self.held
            .get(hold.number as usize)
            .unwrap_or_else(|| NOTHING.get_or_init(|| Arc::from([])))
    }

    fn finish(mut self) -> Graph {
        let graph = std::mem::take(&mut self.graph);
        let (world, opportunities) = (self.world, self.opportunities);
        // What was only needed to find it makes room for its reverse.
        drop(self);
        reversed(graph, world, opportunities)
    }
}

impl Actor {
    fn new(world: &World, index: IdentityIndex, instance: InstanceIndex) -> Self {
        Self {
            index,
            instance,
            set: world.effective(index),
            cuts: Vec::new(),
            holds: FxHashMap::default(),
            needs: FxHashMap::default(),
            slices: FxHashMap::default(),
            ceiling: None,
            not_refused: FxHashMap::default(),
            guards: FxHashMap::default(),
            found: Vec::new(),
        }
    }
}
