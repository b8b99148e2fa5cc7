//! Who can become whom, kept as bundles: all the opportunities that one language of resources opens.
//!
//! For each identity and each action with which an opportunity begins, the identity's set is cut down to that
//! action; what is left is a few languages of resources, each under a guard. Opportunities whose resource lies in a
//! language form a bundle, found once for each different language however many identities hold it. So a wildcard
//! costs one link for each identity that holds it, and the targets are listed once.

use std::sync::Arc;

use leastwise_model::{
    Bearers, Facts, Gain, IdentityIndex, Need, NeedSide, Opportunity, Targets, TechniqueIndex, Text,
};
use leastwise_permset::{
    Atom, Case, Condition, Context, Emptiness, Guard, Limit, Literal, Node, Pattern, PermissionSet,
    Question as Point, Region, Slice, Strings, Test, Verdict,
};
use rustc_hash::FxHashMap;

use crate::world::World;

/// How sure it is that an opportunity is open to an identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// It is open.
    Surely,
    /// It is open when one of these guards is met.
    When(Vec<Guard>),
    /// It depends on gaps, or on a limit that was hit (an atom whose name begins with `limit: `).
    Depends(Vec<Atom>),
}

impl Certainty {
    fn of(verdict: Verdict) -> Option<Self> {
        match verdict {
            Verdict::Always => Some(Self::Surely),
            Verdict::When(guards) => Some(Self::When(guards)),
            Verdict::Never => None,
            Verdict::Depends(atoms) => Some(Self::Depends(atoms)),
            Verdict::Unknown(limit) => Some(Self::limited(&limit)),
        }
    }

    /// A limit was hit before it could be told.
    fn limited(limit: &Limit) -> Self {
        Self::Depends(vec![Atom::new(&format!("limit: {limit}"))])
    }

    /// Both must be so.
    fn and(self, other: &Self) -> Self {
        match (self, other) {
            (Self::Surely, other) => other.clone(),
            (this, Self::Surely) => this,
            (Self::Depends(mut atoms), Self::Depends(more)) => {
                atoms.extend(more.iter().cloned());
                atoms.sort();
                atoms.dedup();
                Self::Depends(atoms)
            }
            (Self::Depends(atoms), Self::When(_)) => Self::Depends(atoms),
            (Self::When(_), Self::Depends(atoms)) => Self::Depends(atoms.clone()),
            (Self::When(left), Self::When(right)) => {
                let both =
                    |a: &Guard, b: &Guard| Guard::all_of(a.literals().iter().chain(b.literals()).cloned());
                let mut guards: Vec<Guard> = left
                    .iter()
                    .flat_map(|a| right.iter().map(move |b| both(a, b)))
                    .collect();
                guards.sort();
                guards.dedup();
                Self::When(guards)
            }
        }
    }

    /// Whether it is certain.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        *self == Self::Surely
    }
}

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
pub(crate) struct Link {
    pub(crate) bundle: u32,
    pub(crate) certainty: Certainty,
}

/// Everybody's opportunities.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// Opportunities of each bundle, sorted.
    pub(crate) bundles: Vec<Arc<[u32]>>,
    /// Links of each identity, sorted by bundle, at most one to each.
    pub(crate) links: Vec<Vec<Link>>,
    /// Identities linked to each bundle.
    pub(crate) holders: Vec<Vec<IdentityIndex>>,
    /// Bundles of each opportunity.
    pub(crate) bundles_of: Vec<Vec<u32>>,
    /// Opportunities by target, for those that become.
    pub(crate) toward: Vec<Vec<u32>>,
}

/// A language: all of these must contain the resource.
type Language = Box<[Strings]>;

/// What the opportunities of one family share.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Terms {
    /// What the target's side asks of the first request.
    guard: Guard,
    /// What the further needs ask for.
    asks: Option<Asks>,
    /// Where the bearers are listed.
    bearers: Option<usize>,
}

/// What somebody holds of the actions that further needs ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// One of them on no resource at all.
    Nothing,
    /// All of them on some resources.
    Something,
    /// All of them on every resource, whatever the context.
    Everything,
}

/// Opportunities of a family with the same further needs.
struct Part {
    rest: Box<[u32]>,
    bundle: u32,
}

/// The opportunities that a language opens and whose further needs ask for the same actions.
struct Family {
    /// What the target's side asks of the first request.
    guard: Guard,
    /// One of its opportunities, which stands for the others' bearers.
    sample: u32,
    /// The actions of the further needs, one list of choices for each need; `None` where a need is not plain.
    asks: Option<Asks>,
    /// All of its opportunities.
    whole: u32,
    /// They by their further needs.
    parts: Vec<Part>,
}

/// For each further need, the actions of which one must be possible.
type Asks = Box<[Box<[Text]>]>;

/// A further need that some literal actions on some resources meet, whatever their context.
struct Plain {
    choices: Vec<(Text, Strings)>,
}

/// Opportunities that begin with one action.
#[derive(Default)]
struct Beginning {
    /// By resource, sorted.
    by_resource: Vec<(Text, u32)>,
    /// Those that name no resource.
    anywhere: Vec<u32>,
    /// Languages met so far.
    families: FxHashMap<Language, Arc<[Family]>>,
}

/// Slices of one set for the actions with which opportunities begin: (action, slice).
type Slices = Arc<[(u32, Arc<Slice>)]>;

struct Builder<'w> {
    world: &'w World,
    opportunities: &'w [Opportunity],
    actions: Vec<Text>,
    beginnings: Vec<Beginning>,
    graph: Graph,
    interned: FxHashMap<Arc<[u32]>, u32>,
    shared: FxHashMap<usize, Slices>,
    /// The different needs beyond first ones, each once.
    needs: Vec<&'w Need>,
    /// They, where they are plain.
    plain: Vec<Option<Plain>>,
    /// For each opportunity its needs that language and guard do not decide.
    rest: Vec<Box<[u32]>>,
}

/// What was decided about one identity.
#[derive(Default)]
struct Decided {
    /// Needs by number.
    needs: FxHashMap<u32, Option<Certainty>>,
    /// What is left of its set for an action that further needs ask for.
    slices: FxHashMap<Text, Arc<Result<Vec<Slice>, Limit>>>,
    /// Guards of first requests, held and asked.
    guards: FxHashMap<(Guard, Guard), Option<Certainty>>,
}

impl Graph {
    pub(crate) fn new(world: &World) -> Self {
        let snapshot = world.snapshot();
        let opportunities = snapshot.opportunities.as_slice();
        let mut beginnings: FxHashMap<Text, Beginning> = FxHashMap::default();
        let mut refused: Vec<u32> = Vec::new();
        for (index, opportunity) in (0u32..).zip(opportunities) {
            match opportunity.needs.first() {
                Some(Need {
                    side: NeedSide::Holder,
                    action,
                    resource,
                    ..
                }) => {
                    let beginning = beginnings.entry(action.clone()).or_default();
                    match resource {
                        Some(resource) => beginning.by_resource.push((resource.clone(), index)),
                        None => beginning.anywhere.push(index),
                    }
                }
                Some(Need {
                    side: NeedSide::NotRefused,
                    ..
                })
                | None => refused.push(index),
            }
        }
        let mut beginnings: Vec<(Text, Beginning)> = beginnings.into_iter().collect();
        beginnings.sort_by(|a, b| a.0.cmp(&b.0));
        for (_, beginning) in &mut beginnings {
            beginning.by_resource.sort();
        }
        let (actions, beginnings) = beginnings.into_iter().unzip();
        let (needs, rest) = number(opportunities);
        let mut builder = Builder {
            world,
            opportunities,
            actions,
            beginnings,
            graph: Self {
                links: vec![Vec::new(); snapshot.identities.len()],
                ..Self::default()
            },
            interned: FxHashMap::default(),
            shared: FxHashMap::default(),
            plain: needs.iter().map(|need| plain(need)).collect(),
            needs,
            rest,
        };
        for (index, _) in snapshot.each_identity() {
            builder.link(index);
        }
        for index in refused {
            builder.link_admitted(index);
        }
        builder.finish()
    }

    /// The opportunities open to an identity.
    pub(crate) fn edges<'w>(
        &'w self,
        world: &'w World,
        from: IdentityIndex,
    ) -> impl Iterator<Item = Edge<'w>> {
        let opportunities = world.snapshot().opportunities.as_slice();
        self.links
            .get(from.0 as usize)
            .into_iter()
            .flatten()
            .flat_map(move |link| {
                let bundle = self
                    .bundles
                    .get(link.bundle as usize)
                    .map_or(&[][..], |bundle| bundle);
                bundle.iter().filter_map(move |index| {
                    let opportunity = opportunities.get(*index as usize)?;
                    Some(Edge {
                        from,
                        index: *index,
                        opportunity,
                        certainty: &link.certainty,
                    })
                })
            })
    }
}

impl Builder<'_> {
    /// Finds the opportunities of one identity that begin with something it holds.
    fn link(&mut self, actor: IdentityIndex) {
        let set = self.world.effective(actor);
        let mut decided = Decided::default();
        let mut found: Vec<(u32, Certainty)> = Vec::new();
        for (action, slice) in self.slices(&set).iter() {
            let Some(guard) = self.reduce(actor, &slice.guard) else {
                continue;
            };
            for family in self.families(*action, &slice.resources).iter() {
                let bearers = self.opportunities.get(family.sample as usize);
                if !bearers.is_some_and(|opportunity| bears(&opportunity.bearers, actor)) {
                    continue;
                }
                let holds = self.holds(&set, family.asks.as_deref(), &mut decided);
                if holds == Holds::Nothing {
                    continue;
                }
                let asked = &family.guard;
                let first = if guard.is_always() && asked.is_always() {
                    Some(Certainty::Surely)
                } else {
                    decided
                        .guards
                        .entry((guard.clone(), asked.clone()))
                        .or_insert_with(|| self.certainty(actor, &guard, asked))
                        .clone()
                };
                let Some(first) = first else { continue };
                if holds == Holds::Everything {
                    found.push((family.whole, first));
                    continue;
                }
                for part in &family.parts {
                    let met = part.rest.iter().try_fold(first.clone(), |so_far, number| {
                        if !decided.needs.contains_key(number) {
                            let met = self.met(actor, &set, *number, &mut decided);
                            decided.needs.insert(*number, met);
                        }
                        Some(so_far.and(decided.needs.get(number)?.as_ref()?))
                    });
                    found.extend(met.map(|certainty| (part.bundle, certainty)));
                }
            }
        }
        self.keep(actor, found);
    }

    /// Whom an opportunity admits by itself, as long as nothing on their own side refuses.
    fn link_admitted(&mut self, index: u32) {
        let Some(opportunity) = self.opportunities.get(index as usize) else {
            return;
        };
        let everybody: Vec<IdentityIndex>;
        let bearers: &[IdentityIndex] = match &opportunity.bearers {
            Bearers::Only(bearers) => bearers,
            Bearers::All => {
                everybody = self
                    .world
                    .snapshot()
                    .each_identity()
                    .map(|(index, _)| index)
                    .collect();
                &everybody
            }
        };
        let bundle = self.intern(Arc::from([index]));
        for actor in bearers {
            if matches!(&opportunity.targets, Targets::These(targets) if **targets == [*actor])
                && opportunity.gain == Gain::Become
            {
                continue;
            }
            let set = self.world.effective(*actor);
            let certainty = opportunity
                .needs
                .iter()
                .try_fold(Certainty::Surely, |so_far, need| {
                    let met = self.meets(*actor, &set, need, &mut Decided::default());
                    Some(so_far.and(&met?))
                });
            if let Some(certainty) = certainty {
                self.keep(*actor, vec![(bundle, certainty)]);
            }
        }
    }

    /// Keeps what was found: for each bundle the surest.
    fn keep(&mut self, actor: IdentityIndex, mut found: Vec<(u32, Certainty)>) {
        found.sort();
        found.dedup_by_key(|(bundle, _)| *bundle);
        if let Some(links) = self.graph.links.get_mut(actor.0 as usize) {
            links.extend(
                found
                    .into_iter()
                    .map(|(bundle, certainty)| Link { bundle, certainty }),
            );
        }
    }

    /// A set cut down to the actions with which opportunities begin. Parts that identities share (what hangs under
    /// a label) are cut once.
    fn slices(&mut self, set: &PermissionSet) -> Slices {
        match set.node() {
            Node::Union(parts) => parts.iter().flat_map(|part| self.slices(part).to_vec()).collect(),
            Node::Labelled(_, inner) => {
                if let Some(known) = self.shared.get(&inner.address()) {
                    return known.clone();
                }
                let slices = self.slices(inner);
                self.shared.insert(inner.address(), slices.clone());
                slices
            }
            Node::Region(_) | Node::Intersection(_) | Node::Difference(..) => {
                let mut slices = Vec::new();
                for (action, name) in (0u32..).zip(&self.actions) {
                    if !speaks_of(set, name) {
                        continue;
                    }
                    match set.on_action(name, self.world.limits()) {
                        Ok(found) => slices.extend(found.into_iter().map(|slice| (action, Arc::new(slice)))),
                        Err(limit) => {
                            let unknown = Atom::new(&format!("limit: {limit}"));
                            let guard = Guard::all_of([Condition::Atom(unknown).holds()]);
                            let slice = Slice {
                                resources: Vec::new(),
                                guard,
                                trail: Vec::new(),
                            };
                            slices.push((action, Arc::new(slice)));
                        }
                    }
                }
                slices.into()
            }
        }
    }

    /// What is left of a set for an action that further needs ask for.
    fn cut(
        &self,
        set: &PermissionSet,
        action: &Text,
        decided: &mut Decided,
    ) -> Arc<Result<Vec<Slice>, Limit>> {
        let cut = || match speaks_of(set, action) {
            true => Arc::new(set.on_action(action, self.world.limits())),
            false => Arc::new(Ok(Vec::new())),
        };
        decided.slices.entry(action.clone()).or_insert_with(cut).clone()
    }

    /// Whether the further needs of a family are all met or none is, by their actions alone.
    fn holds(&self, set: &PermissionSet, asks: Option<&[Box<[Text]>]>, decided: &mut Decided) -> Holds {
        let Some(asks) = asks else { return Holds::Something };
        let mut everything = true;
        for choices in asks {
            let (mut any, mut all) = (false, false);
            for action in choices {
                match &*self.cut(set, action, decided) {
                    Err(_) => any = true,
                    Ok(slices) => {
                        any |= !slices.is_empty();
                        all |= slices.iter().any(|slice| {
                            slice.guard.is_always() && slice.resources.iter().all(Strings::is_any)
                        });
                    }
                }
            }
            if !any {
                return Holds::Nothing;
            }
            everything &= all;
        }
        if everything {
            Holds::Everything
        } else {
            Holds::Something
        }
    }

    /// Whether a resource of `wanted` lies in all of `held`; a search only where neither literal texts nor fixed
    /// beginnings tell.
    fn overlap(&self, held: &[Strings], wanted: &Strings) -> bool {
        if held.iter().all(Strings::is_any) {
            return true;
        }
        let nothing = Context::new();
        let inside = |resource: &str| held.iter().all(|it| it.contains(resource, &nothing));
        let literals: Option<Vec<&str>> = wanted.patterns().iter().map(exact_literal).collect();
        if let (Some(literals), false) = (literals, wanted.is_complement()) {
            return literals.into_iter().any(inside);
        }
        let apart = |one: &Strings| {
            let beginnings = |strings: &Strings| !strings.is_complement();
            beginnings(one)
                && beginnings(wanted)
                && one.patterns().iter().all(|a| {
                    wanted.patterns().iter().all(|b| {
                        let (a, b) = (beginning(a), beginning(b));
                        !a.starts_with(b) && !b.starts_with(a)
                    })
                })
        };
        if held.iter().any(apart) {
            return false;
        }
        let regions = held
            .iter()
            .chain([wanted])
            .cloned()
            .map(|it| Region::new(Strings::any(), it));
        let both = PermissionSet::intersection_of(regions.map(PermissionSet::from));
        !matches!(both.emptiness(self.world.limits()), Emptiness::Empty)
    }

    /// How sure it is that `actor` meets a further need; `None` where it does not.
    fn met(
        &self,
        actor: IdentityIndex,
        set: &PermissionSet,
        number: u32,
        decided: &mut Decided,
    ) -> Option<Certainty> {
        let Some(Some(plain)) = self.plain.get(number as usize) else {
            let need = self.needs.get(number as usize).copied()?;
            return self.meets(actor, set, need, decided);
        };
        let mut best: Option<Certainty> = None;
        for (action, resources) in &plain.choices {
            let slices = self.cut(set, action, decided);
            let slices = match &*slices {
                Ok(slices) => slices,
                Err(limit) => return Some(Certainty::limited(limit)),
            };
            for slice in slices {
                if slice
                    .resources
                    .iter()
                    .any(|strings| strings.holes().next().is_some())
                {
                    let need = self.needs.get(number as usize).copied()?;
                    return self.meets(actor, set, need, decided);
                }
                if !self.overlap(&slice.resources, resources) {
                    continue;
                }
                if slice.guard.is_always() {
                    return Some(Certainty::Surely);
                }
                let found = self
                    .reduce(actor, &slice.guard)
                    .and_then(|guard| self.certainty(actor, &guard, &Guard::always()));
                if let Some(found) = found {
                    best = Some(best.map_or_else(|| found.clone(), |known| known.min(found.clone())));
                }
            }
        }
        best
    }

    /// The opportunities that begin with `action` and whose resource lies in a language, by what else they need.
    fn families(&mut self, action: u32, language: &[Strings]) -> Arc<[Family]> {
        let Some(beginning) = self.beginnings.get(action as usize) else {
            return Arc::from([]);
        };
        let mut language: Vec<Strings> = language
            .iter()
            .filter(|strings| !strings.is_any())
            .cloned()
            .collect();
        language.sort();
        language.dedup();
        let language: Language = language.into();
        if let Some(families) = beginning.families.get(&language) {
            return families.clone();
        }
        let nothing = Context::new();
        let inside = |resource: &str| {
            language
                .iter()
                .all(|strings| strings.contains(resource, &nothing))
        };
        let mut open: Vec<u32> = candidates(&beginning.by_resource, &language)
            .filter(|(resource, _)| inside(resource))
            .map(|(_, index)| *index)
            .collect();
        open.extend(beginning.anywhere.iter().filter(|index| {
            let opportunity = self.opportunities.get(**index as usize);
            opportunity
                .and_then(|opportunity| opportunity.needs.first())
                .is_some_and(|need| {
                    let here = language
                        .iter()
                        .map(|strings| PermissionSet::from(Region::new(Strings::any(), strings.clone())));
                    let both = PermissionSet::intersection_of(here.chain([need.set.clone()]));
                    !matches!(both.emptiness(self.world.limits()), Emptiness::Empty)
                })
        }));
        let mut by_terms: FxHashMap<Terms, Vec<u32>> = FxHashMap::default();
        for index in open {
            if let Some(opportunity) = self.opportunities.get(index as usize) {
                let rest = self.rest.get(index as usize).map_or(&[][..], |rest| rest);
                by_terms
                    .entry(terms(opportunity, self.asks(rest)))
                    .or_default()
                    .push(index);
            }
        }
        let mut found: Vec<(Terms, Vec<u32>)> = by_terms.into_iter().collect();
        found.sort_by(|a, b| a.1.cmp(&b.1));
        let mut families = Vec::with_capacity(found.len());
        for (terms, mut indices) in found {
            indices.sort_unstable();
            let mut by_rest: FxHashMap<Box<[u32]>, Vec<u32>> = FxHashMap::default();
            for index in &indices {
                let rest = self.rest.get(*index as usize).cloned().unwrap_or_default();
                by_rest.entry(rest).or_default().push(*index);
            }
            let mut by_rest: Vec<(Box<[u32]>, Vec<u32>)> = by_rest.into_iter().collect();
            by_rest.sort_by(|a, b| a.1.cmp(&b.1));
            let parts = by_rest
                .into_iter()
                .map(|(rest, indices)| Part {
                    rest,
                    bundle: self.intern(indices.into()),
                })
                .collect();
            let Some(sample) = indices.first().copied() else {
                continue;
            };
            let whole = self.intern(indices.into());
            families.push(Family {
                guard: terms.guard,
                sample,
                asks: terms.asks,
                whole,
                parts,
            });
        }
        let families: Arc<[Family]> = families.into();
        if let Some(beginning) = self.beginnings.get_mut(action as usize) {
            beginning.families.insert(language, families.clone());
        }
        families
    }

    /// The actions of some needs; `None` where one of them is not plain.
    fn asks(&self, rest: &[u32]) -> Option<Asks> {
        rest.iter()
            .map(|number| {
                let plain = self.plain.get(*number as usize)?.as_ref()?;
                Some(plain.choices.iter().map(|(action, _)| action.clone()).collect())
            })
            .collect()
    }

    fn intern(&mut self, indices: Arc<[u32]>) -> u32 {
        let next = u32::try_from(self.graph.bundles.len()).unwrap_or(u32::MAX);
        match self.interned.get(&indices) {
            Some(bundle) => *bundle,
            None => {
                self.interned.insert(indices.clone(), next);
                self.graph.bundles.push(indices);
                next
            }
        }
    }

    /// What is left of a guard once the facts about an identity are known; `None` where they contradict it.
    fn reduce(&self, actor: IdentityIndex, guard: &Guard) -> Option<Guard> {
        if guard.is_always() {
            return Some(Guard::always());
        }
        let facts = self
            .world
            .snapshot()
            .identity(actor)
            .map(|identity| &identity.holding.facts)?;
        reduce(guard, facts)
    }

    /// How sure it is that two guards can be met by one request of `actor`.
    fn certainty(&self, actor: IdentityIndex, held: &Guard, asked: &Guard) -> Option<Certainty> {
        if held.is_always() && asked.is_always() {
            return Some(Certainty::Surely);
        }
        let asked = self.reduce(actor, asked)?;
        let both = Guard::all_of(held.literals().iter().chain(asked.literals()).cloned());
        let set = PermissionSet::from(Region::everything().when(both));
        self.verdict(actor, &set, "", "")
    }

    fn verdict(
        &self,
        actor: IdentityIndex,
        set: &PermissionSet,
        action: &str,
        resource: &str,
    ) -> Option<Certainty> {
        let none = Facts::default();
        let facts = self
            .world
            .snapshot()
            .identity(actor)
            .map_or(&none, |identity| &identity.holding.facts);
        let point = Point {
            action,
            resource,
            known: &facts.known,
            absent: &facts.absent,
        };
        Certainty::of(set.verdict(
            &point,
            &|key| self.world.openness(actor, key),
            self.world.limits(),
        ))
    }

    /// How sure it is that `actor` meets a need; `None` where it does not.
    fn meets(
        &self,
        actor: IdentityIndex,
        effective: &PermissionSet,
        need: &Need,
        decided: &mut Decided,
    ) -> Option<Certainty> {
        let ceiling = match need.side {
            NeedSide::Holder => None,
            NeedSide::NotRefused => Some(self.world.snapshot().identity(actor)?.holding.ceiling()),
        };
        let own = ceiling.as_ref().unwrap_or(effective);
        if let Some(resource) = &need.resource {
            return self.verdict(actor, &own.intersection(&need.set), &need.action, resource);
        }
        let cut = || Arc::new(own.on_action(&need.action, self.world.limits()));
        let slices = match ceiling {
            Some(_) => cut(),
            None => decided
                .slices
                .entry(need.action.clone())
                .or_insert_with(cut)
                .clone(),
        };
        let slices = match &*slices {
            Ok(slices) => slices,
            Err(limit) => return Some(Certainty::limited(limit)),
        };
        let mut best: Option<Certainty> = None;
        for slice in slices {
            let Some(guard) = self.reduce(actor, &slice.guard) else {
                continue;
            };
            let here = slice
                .resources
                .iter()
                .map(|strings| Region::new(Strings::any(), strings.clone()));
            let there = Region::everything().when(guard);
            let both = PermissionSet::intersection_of(
                here.chain([there])
                    .map(PermissionSet::from)
                    .chain([need.set.clone()]),
            );
            let found = match both.emptiness(self.world.limits()) {
                Emptiness::Empty => continue,
                Emptiness::Unknown(limit) => Some(Certainty::limited(&limit)),
                Emptiness::Inhabited(witness) => {
                    self.verdict(actor, &both, &witness.request.action, &witness.request.resource)
                }
            };
            if let Some(found) = found {
                best = Some(best.map_or_else(|| found.clone(), |known| known.min(found.clone())));
            }
        }
        best
    }

    fn finish(mut self) -> Graph {
        let graph = &mut self.graph;
        for links in &mut graph.links {
            links.sort_by(|a, b| (a.bundle, &a.certainty).cmp(&(b.bundle, &b.certainty)));
            links.dedup_by_key(|link| link.bundle);
        }
        graph.holders = vec![Vec::new(); graph.bundles.len()];
        for (index, links) in (0u32..).zip(&graph.links) {
            for link in links {
                if let Some(holders) = graph.holders.get_mut(link.bundle as usize) {
                    holders.push(IdentityIndex(index));
                }
            }
        }
        graph.bundles_of = vec![Vec::new(); self.opportunities.len()];
        for (bundle, indices) in (0u32..).zip(&graph.bundles) {
            for index in indices.iter() {
                if let Some(bundles) = graph.bundles_of.get_mut(*index as usize) {
                    bundles.push(bundle);
                }
            }
        }
        graph.toward = vec![Vec::new(); self.world.snapshot().identities.len()];
        for (index, opportunity) in (0u32..).zip(self.opportunities) {
            if let (Gain::Become, Targets::These(targets)) = (&opportunity.gain, &opportunity.targets) {
                for target in targets.iter() {
                    if let Some(toward) = graph.toward.get_mut(target.0 as usize) {
                        toward.push(index);
                    }
                }
            }
        }
        self.graph
    }
}

/// The opportunities whose resource may lie in a language: those that share the fixed beginning of its patterns.
fn candidates<'a>(sorted: &'a [(Text, u32)], language: &[Strings]) -> impl Iterator<Item = &'a (Text, u32)> {
    let narrow = language
        .iter()
        .filter(|strings| !strings.is_complement())
        .min_by_key(|strings| {
            // Few patterns with long beginnings narrow best.
            let shortest = strings
                .patterns()
                .iter()
                .map(|pattern| beginning(pattern).len())
                .min()
                .unwrap_or(0);
            (shortest == 0, strings.patterns().len())
        });
    let mut ranges: Vec<(usize, usize)> = match narrow {
        None => vec![(0, sorted.len())],
        Some(strings) => strings
            .patterns()
            .iter()
            .map(|pattern| {
                let start = beginning(pattern);
                let from = sorted.partition_point(|(resource, _)| &**resource < start);
                let count = sorted
                    .get(from..)
                    .unwrap_or_default()
                    .partition_point(|(resource, _)| resource.starts_with(start));
                (from, from + count)
            })
            .collect(),
    };
    ranges.sort_unstable();
    let mut from = 0;
    ranges.into_iter().flat_map(move |(start, end)| {
        let start = start.max(from);
        from = from.max(end);
        sorted.get(start..end).unwrap_or_default()
    })
}

/// The text that every member of a pattern begins with, letter for letter.
fn beginning(pattern: &Pattern) -> &str {
    match pattern.case() {
        Case::Exact => pattern.prefix(),
        Case::Folded => "",
    }
}

fn terms(opportunity: &Opportunity, asks: Option<Asks>) -> Terms {
    let first = opportunity.needs.first();
    let guard = first
        .and_then(|need| region(&need.set))
        .map_or_else(Guard::always, |region| region.guard.clone());
    let bearers = match &opportunity.bearers {
        Bearers::All => None,
        Bearers::Only(bearers) => Some(Arc::as_ptr(bearers).cast::<IdentityIndex>().addr()),
    };
    Terms { guard, asks, bearers }
}

/// A need of the actor's own that any of some literal requests meets; `None` where it is not of that kind.
fn plain(need: &Need) -> Option<Plain> {
    let mut choices = Vec::new();
    let own = need.side == NeedSide::Holder && add_choices(need, &need.set, &mut choices);
    own.then_some(Plain { choices })
}

fn exact_literal(pattern: &Pattern) -> Option<&str> {
    match pattern.case() {
        Case::Exact => pattern.as_literal(),
        Case::Folded => None,
    }
}

fn add_choices(need: &Need, set: &PermissionSet, choices: &mut Vec<(Text, Strings)>) -> bool {
    match set.node() {
        Node::Region(region) if region.guard.is_always() && region.resources.holes().next().is_none() => {
            // The need's own action, however its case is folded, or any that are literal.
            let own = |pattern: &Pattern| {
                pattern
                    .as_literal()
                    .is_some_and(|it| it == need.action.to_lowercase())
                    .then(|| need.action.clone())
            };
            let action = |pattern| exact_literal(pattern).map(Text::from).or_else(|| own(pattern));
            let actions: Option<Vec<Text>> = region.actions.patterns().iter().map(action).collect();
            match actions {
                Some(actions) if !region.actions.is_complement() => {
                    choices.extend(
                        actions
                            .into_iter()
                            .map(|action| (action, region.resources.clone())),
                    );
                    true
                }
                _ => false,
            }
        }
        Node::Union(sets) => sets.iter().all(|set| add_choices(need, set, choices)),
        Node::Labelled(_, inner) => add_choices(need, inner, choices),
        Node::Region(_) | Node::Intersection(_) | Node::Difference(..) => false,
    }
}

/// Numbers the needs that language and guard do not decide, equal ones alike; and lists those of each opportunity.
fn number(opportunities: &[Opportunity]) -> (Vec<&Need>, Vec<Box<[u32]>>) {
    let mut known: FxHashMap<(NeedSide, &Text, &Option<Text>, &PermissionSet), u32> = FxHashMap::default();
    let mut needs: Vec<&Need> = Vec::new();
    let rest = opportunities
        .iter()
        .map(|opportunity| {
            let decided = usize::from(is_plain(opportunity.needs.first()));
            let rest = opportunity.needs.iter().skip(decided);
            rest.map(|need| {
                let next = u32::try_from(needs.len()).unwrap_or(u32::MAX);
                *known
                    .entry((need.side, &need.action, &need.resource, &need.set))
                    .or_insert_with(|| {
                        needs.push(need);
                        next
                    })
            })
            .collect()
        })
        .collect();
    (needs, rest)
}

/// Whether a need is one region, so that language and guard decide it.
fn is_plain(need: Option<&Need>) -> bool {
    need.is_some_and(|need| region(&need.set).is_some())
}

fn region(set: &PermissionSet) -> Option<&Region> {
    match set.node() {
        Node::Region(region) => Some(region),
        Node::Labelled(_, inner) => region(inner),
        Node::Union(_) | Node::Intersection(_) | Node::Difference(..) => None,
    }
}

/// A quick no: whether a region of a set speaks of an action at all.
fn speaks_of(set: &PermissionSet, action: &str) -> bool {
    match set.node() {
        Node::Region(region) => region.actions.contains(action, &Context::new()),
        Node::Union(sets) => sets.iter().any(|set| speaks_of(set, action)),
        Node::Intersection(sets) => sets.iter().all(|set| speaks_of(set, action)),
        Node::Difference(given, _) => speaks_of(given, action),
        Node::Labelled(_, inner) => speaks_of(inner, action),
    }
}

fn bears(bearers: &Bearers, actor: IdentityIndex) -> bool {
    match bearers {
        Bearers::All => true,
        Bearers::Only(bearers) => bearers.binary_search(&actor).is_ok(),
    }
}

fn reduce(guard: &Guard, facts: &Facts) -> Option<Guard> {
    let known = |literal: &Literal| {
        let key = literal.condition.key()?;
        let fixed = facts.known.get(key).is_some() || facts.absent.contains(key);
        let free = match &literal.condition {
            Condition::Some(_, test) | Condition::Every(_, test) => !copies(test),
            _ => true,
        };
        (fixed && free).then(|| literal.evaluate(&facts.known, &leastwise_permset::Answers::none()))
    };
    let mut left = Vec::new();
    for literal in guard.literals() {
        match known(literal) {
            Some(true) => {}
            Some(false) => return None,
            None => left.push(literal.clone()),
        }
    }
    Some(Guard::all_of(left))
}

/// Whether a test compares with the value of another key.
fn copies(test: &Test) -> bool {
    match test {
        Test::Text(strings) => strings.holes().next().is_some(),
        Test::Not(inner) => copies(inner),
        Test::Number(_) | Test::Instant(_) | Test::Network(_) | Test::Truth(_) => false,
    }
}
