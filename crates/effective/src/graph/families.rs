//! Opportunities by what opens them: the action and language of their first need, then what their further needs ask.

use std::sync::Arc;

use leastwise_model::{IdentityIndex, InstanceIndex, Need, NeedSide, Opportunity, Snapshot, Text};
use leastwise_permset::{Condition, Context, Emptiness, Guard, Limits, Node, PermissionSet, Region, Strings};
use rustc_hash::FxHashMap;

use super::index::{Entry, Index};
use super::needs::{Needs, actions_of, overlap, region};

/// Bearers beyond which a list is not looked through identity by identity.
const FEW: usize = 64;

/// Opportunities of one list beyond which they are not looked through one by one.
const FEW_OF_A_LIST: usize = 8;

/// Opportunities that a language opens and that ask for the same actions besides.
pub(super) struct Family {
    /// What the target's side asks of the first request.
    pub guard: Guard,
    /// Whom they are open to.
    pub bearers: Arc<[IdentityIndex]>,
    /// The actions of the further needs, by number, one list of choices for each need; `None` where one is not
    /// plain.
    pub asks: Option<Box<[Box<[u32]>]>>,
    /// All of them, sorted.
    pub whole: Arc<[u32]>,
    /// They by their further needs.
    pub parts: Vec<FamilyPart>,
    /// For each further need, the parts that have it, by its number.
    pub by_need: Vec<FxHashMap<u32, Vec<u32>>>,
    /// For each further need, the actions that meet it in every part whatever the target's side is.
    pub certain: Vec<Box<[u32]>>,
}

/// Opportunities of a family with the same further needs.
pub(super) struct FamilyPart {
    pub rest: Box<[u32]>,
    pub indices: Box<[u32]>,
}

impl Family {
    /// Whether language alone opens it.
    pub fn is_simple(&self) -> bool {
        self.asks.as_ref().is_some_and(|asks| asks.is_empty())
    }

    /// Whether it is open to an identity at all.
    pub fn bears(&self, actor: IdentityIndex) -> bool {
        self.bearers.binary_search(&actor).is_ok()
    }
}

/// Opportunities that begin with one action.
#[derive(Default)]
struct Beginning {
    by_resource: Index,
    /// Those that name no resource, by where it lies.
    anywhere: Index,
    /// Whether any depends on more than the language that is held.
    involved: bool,
}

/// What the opportunities of one family share.
#[derive(PartialEq, Eq, Hash)]
struct Terms {
    guard: Guard,
    asks: Option<Box<[Box<[u32]>]>>,
    bearers: usize,
}

/// All families, found as languages are met.
pub(super) struct Families<'w> {
    opportunities: &'w [Opportunity],
    limits: &'w Limits,
    beginnings: FxHashMap<u32, Beginning>,
    known: FxHashMap<(u32, u32), Arc<[u32]>>,
    pub all: Vec<Arc<Family>>,
    /// Opportunities that few can have, by whom they name.
    pub by_bearer: Vec<Vec<u32>>,
    /// Opportunities that somebody's own side need not grant.
    pub admitted: Vec<u32>,
    bearing: Bearing,
}

/// Who is listed as bearers.
pub(super) struct Bearing {
    /// What lists of bearers cover, by address.
    covered: FxHashMap<usize, Covered>,
}

impl Bearing {
    /// Looks at every list of bearers once.
    pub fn new(snapshot: &Snapshot) -> Self {
        let mut sizes: FxHashMap<InstanceIndex, usize> = FxHashMap::default();
        for identity in &snapshot.identities {
            *sizes.entry(identity.instance).or_default() += 1;
        }
        let mut covered: FxHashMap<usize, Covered> = FxHashMap::default();
        for opportunity in &snapshot.opportunities {
            let bearers = &opportunity.bearers;
            covered
                .entry(address(bearers))
                .or_insert_with(|| Covered::new(bearers, snapshot, &sizes))
                .uses += 1;
        }
        Self { covered }
    }

    /// Whether an opportunity is looked up by whom it names: few, whom few others name, and nobody's whole instance.
    pub fn is_named(&self, opportunity: &Opportunity) -> bool {
        let own = opportunity
            .needs
            .first()
            .is_some_and(|need| need.side == NeedSide::Holder);
        let covered = self.covered.get(&address(&opportunity.bearers));
        let few = |covered: &Covered| covered.whole.is_empty() && covered.uses <= FEW_OF_A_LIST;
        own && opportunity.bearers.len() <= FEW && covered.is_some_and(few)
    }
}

/// What a list of bearers covers.
struct Covered {
    /// Instances of which everybody is listed.
    whole: Vec<InstanceIndex>,
    /// Whether somebody is listed whose instance is not covered whole.
    others: bool,
    /// The opportunities that share the list.
    uses: usize,
}

impl Covered {
    fn new(bearers: &[IdentityIndex], snapshot: &Snapshot, sizes: &FxHashMap<InstanceIndex, usize>) -> Self {
        let mut counts: FxHashMap<InstanceIndex, usize> = FxHashMap::default();
        for identity in bearers.iter().filter_map(|bearer| snapshot.identity(*bearer)) {
            *counts.entry(identity.instance).or_default() += 1;
        }
        let listed = counts.len();
        counts.retain(|instance, count| sizes.get(instance) == Some(count));
        Self {
            others: counts.len() < listed,
            whole: counts.into_keys().collect(),
            uses: 0,
        }
    }
}

fn address(bearers: &Arc<[IdentityIndex]>) -> usize {
    Arc::as_ptr(bearers).cast::<IdentityIndex>().addr()
}

impl<'w> Families<'w> {
    /// Sorts the opportunities of a snapshot.
    pub fn new(
        snapshot: &'w Snapshot,
        bearing: Bearing,
        needs: &Needs<'w>,
        actions: &[Text],
        limits: &'w Limits,
    ) -> Self {
        let opportunities = snapshot.opportunities.as_slice();
        let mut families = Self {
            opportunities,
            limits,
            beginnings: FxHashMap::default(),
            known: FxHashMap::default(),
            all: Vec::new(),
            by_bearer: vec![Vec::new(); snapshot.identities.len()],
            admitted: Vec::new(),
            bearing,
        };
        let mut by_resource: FxHashMap<u32, Vec<Entry>> = FxHashMap::default();
        let mut anywhere: FxHashMap<u32, Vec<Entry>> = FxHashMap::default();
        for (index, opportunity) in (0u32..).zip(opportunities) {
            let first = match opportunity.needs.first() {
                Some(first) if first.side == NeedSide::Holder => first,
                Some(_) | None => {
                    families.admitted.push(index);
                    continue;
                }
            };
            let bearers = &opportunity.bearers;
            if families.bearing.is_named(opportunity) {
                for bearer in bearers.iter() {
                    if let Some(own) = families.by_bearer.get_mut(bearer.0 as usize) {
                        own.push(index);
                    }
                }
                continue;
            }
            let covered = families.bearing.covered.get(&address(bearers));
            let some = covered.is_none_or(|covered| covered.others);
            // A need that any of several actions meets begins with each of them.
            let begins = match region(&first.set) {
                Some(_) => None,
                None => actions_of(first),
            };
            let begins = begins.unwrap_or_else(|| vec![first.action.clone()]);
            for action in begins.iter().filter_map(|action| number_of(action, actions)) {
                let beginning = families.beginnings.entry(action).or_default();
                match &first.resource {
                    Some(resource) => by_resource
                        .entry(action)
                        .or_default()
                        .push(Entry::named(resource.clone(), index)),
                    None => anywhere.entry(action).or_default().extend(entries(first, index)),
                }
                let rest = rest(index, needs);
                beginning.involved |= some || !rest.is_empty() || !guard(opportunity).is_always();
            }
        }
        for (action, entries) in by_resource {
            families.beginnings.entry(action).or_default().by_resource = Index::new(entries);
        }
        for (action, entries) in anywhere {
            families.beginnings.entry(action).or_default().anywhere = Index::new(entries);
        }
        families
    }

    /// Actions with which opportunities begin that depend on more than the language held.
    pub fn involved(&self, action: u32) -> bool {
        self.beginnings
            .get(&action)
            .is_some_and(|beginning| beginning.involved)
    }

    /// Whether any opportunity begins with an action.
    pub fn begins(&self, action: u32) -> bool {
        self.beginnings.contains_key(&action)
    }

    /// Whether a family is open to everybody in an instance, nobody apart.
    pub fn is_general(&self, family: &Family, instance: InstanceIndex) -> bool {
        let covered = self.bearing.covered.get(&address(&family.bearers));
        covered.is_some_and(|covered| covered.whole.contains(&instance))
    }

    /// The opportunities that begin with `action` and whose resource lies in a language, by what else they need.
    pub fn of(&mut self, action: u32, number: u32, language: &[Strings], needs: &Needs<'_>) -> Arc<[u32]> {
        if let Some(known) = self.known.get(&(action, number)) {
            return known.clone();
        }
        let mut by_terms: FxHashMap<Terms, Vec<u32>> = FxHashMap::default();
        for index in self.open(action, language) {
            if let Some(opportunity) = self.opportunities.get(index as usize) {
                let rest = rest(index, needs);
                let terms = Terms {
                    guard: guard(opportunity),
                    asks: asks(rest, needs),
                    bearers: address(&opportunity.bearers),
                };
                by_terms.entry(terms).or_default().push(index);
            }
        }
        let mut sorted: Vec<(Terms, Vec<u32>)> = by_terms.into_iter().collect();
        for (_, indices) in &mut sorted {
            indices.sort_unstable();
        }
        sorted.sort_by(|a, b| a.1.cmp(&b.1));
        let mut found = Vec::with_capacity(sorted.len());
        for (terms, indices) in sorted {
            found.push(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
            self.all.push(Arc::new(self.family(terms, indices, needs)));
        }
        let found: Arc<[u32]> = found.into();
        self.known.insert((action, number), found.clone());
        found
    }

    fn family(&self, terms: Terms, indices: Vec<u32>, needs: &Needs<'_>) -> Family {
        let of = |index: u32| self.opportunities.get(index as usize);
        let mut by_rest: FxHashMap<&[u32], Vec<u32>> = FxHashMap::default();
        for index in &indices {
            by_rest.entry(rest(*index, needs)).or_default().push(*index);
        }
        let mut parts: Vec<FamilyPart> = by_rest
            .into_iter()
            .map(|(rest, indices)| FamilyPart {
                rest: rest.into(),
                indices: indices.into(),
            })
            .collect();
        parts.sort_by(|a, b| a.indices.cmp(&b.indices));
        let asked = terms.asks.as_ref().map_or(0, |asks| asks.len());
        let mut by_need: Vec<FxHashMap<u32, Vec<u32>>> = vec![FxHashMap::default(); asked];
        for (place, part) in (0u32..).zip(&parts) {
            for (numbers, number) in by_need.iter_mut().zip(part.rest.iter()) {
                numbers.entry(*number).or_default().push(place);
            }
        }
        let certain = by_need.iter().map(|numbers| certain(numbers, needs)).collect();
        let sample = indices.first().and_then(|index| of(*index));
        let bearers = sample.map_or_else(|| Arc::from([]), |opportunity| opportunity.bearers.clone());
        Family {
            guard: terms.guard,
            bearers,
            asks: terms.asks,
            whole: indices.into(),
            parts,
            by_need,
            certain,
        }
    }

    /// The opportunities that begin with `action` and whose resource lies in a language.
    fn open(&self, action: u32, language: &[Strings]) -> Vec<u32> {
        let Some(beginning) = self.beginnings.get(&action) else {
            return Vec::new();
        };
        let nothing = Context::new();
        let inside = |resource: &str| {
            language
                .iter()
                .all(|strings| strings.contains(resource, &nothing))
        };
        // Several opportunities about one resource stand side by side.
        let mut open = Vec::new();
        let mut last: Option<(&str, bool)> = None;
        for entry in beginning.by_resource.near(language) {
            let inside = match last {
                Some((start, inside)) if start == &*entry.start => inside,
                _ => inside(&entry.start),
            };
            last = Some((&entry.start, inside));
            if inside {
                open.push(entry.value);
            }
        }
        let mut anywhere: Vec<u32> = values(beginning.anywhere.near(language)).collect();
        anywhere.sort_unstable();
        anywhere.dedup();
        open.extend(anywhere.into_iter().filter(|index| {
            let opportunity = self.opportunities.get(*index as usize);
            let need = opportunity.and_then(|opportunity| opportunity.needs.first());
            need.is_some_and(|need| self.meets(language, need))
        }));
        open
    }

    /// Whether the requests that would do for a need have a resource in a language.
    fn meets(&self, language: &[Strings], need: &Need) -> bool {
        let mut regions = Vec::new();
        if plain_regions(&need.set, &mut regions) {
            let overlaps =
                |region: &&Region| overlap(language, std::slice::from_ref(&region.resources), self.limits);
            return regions.iter().any(overlaps);
        }
        let here = language
            .iter()
            .map(|strings| PermissionSet::from(Region::new(Strings::any(), strings.clone())));
        let both = PermissionSet::intersection_of(here.chain([need.set.clone()]));
        !matches!(both.emptiness(self.limits), Emptiness::Empty)
    }

    /// The opportunities that begin with `action` and whose resource may lie in a language that speaks of values of
    /// the context.
    pub fn near(&self, action: u32, language: &[Strings]) -> Vec<u32> {
        let Some(beginning) = self.beginnings.get(&action) else {
            return Vec::new();
        };
        let mut near: Vec<u32> = values(beginning.by_resource.near(language))
            .chain(values(beginning.anywhere.near(language)))
            .collect();
        near.sort_unstable();
        near.dedup();
        near
    }
}

/// Where the requests that would do for a need may lie.
fn entries(need: &Need, index: u32) -> Vec<Entry> {
    let mut regions = Vec::new();
    if plain_regions(&need.set, &mut regions) {
        let among = |region: &Region| Entry::among([&region.resources], index);
        return regions.into_iter().flat_map(among).collect();
    }
    let resources = region(&need.set).map(|region| &region.resources);
    Entry::among(resources, index)
}

/// Adds the regions of a set that is nothing but regions of which each plainly holds some action; whether it is.
fn plain_regions<'s>(set: &'s PermissionSet, found: &mut Vec<&'s Region>) -> bool {
    match set.node() {
        Node::Region(region) => {
            found.push(region);
            plainly_possible(&region.guard)
                && region.resources.holes().next().is_none()
                && !region.actions.is_complement()
                && !region.actions.patterns().is_empty()
                && region.actions.holes().next().is_none()
        }
        Node::Union(sets) => sets.iter().all(|set| plain_regions(set, found)),
        Node::Labelled(_, inner) => plain_regions(inner, found),
        Node::Intersection(_) | Node::Difference(..) => false,
    }
}

/// Whether a guard can be met, as it shows at a glance.
fn plainly_possible(guard: &Guard) -> bool {
    match guard.literals() {
        [] => true,
        [one] => matches!(one.condition, Condition::Atom(_)),
        _ => false,
    }
}

/// What entries find.
fn values(entries: Vec<&Entry>) -> impl Iterator<Item = u32> {
    entries.into_iter().map(|entry| entry.value)
}

/// The place of an action among those that are asked for.
pub(super) fn number_of(action: &Text, actions: &[Text]) -> Option<u32> {
    let place = actions.binary_search(action).ok()?;
    u32::try_from(place).ok()
}

/// The needs of an opportunity that language and guard do not decide.
fn rest<'n>(index: u32, needs: &'n Needs<'_>) -> &'n [u32] {
    needs.of.get(index as usize).map_or(&[], |rest| rest)
}

/// What the target's side asks of the first request.
fn guard(opportunity: &Opportunity) -> Guard {
    let first = opportunity.needs.first();
    first
        .and_then(|need| region(&need.set))
        .map_or_else(Guard::always, |region| region.guard.clone())
}

/// The actions that meet each of some needs whatever the target's side is.
fn certain(numbers: &FxHashMap<u32, Vec<u32>>, needs: &Needs<'_>) -> Box<[u32]> {
    let mut common: Option<Vec<u32>> = None;
    for number in numbers.keys() {
        let plain = needs.plain.get(*number as usize).and_then(Option::as_ref);
        let choices = plain.into_iter().flat_map(|plain| &plain.choices);
        let sure: Vec<u32> = choices
            .filter(|choice| choice.guard.is_always())
            .map(|choice| choice.action)
            .collect();
        match &mut common {
            None => common = Some(sure),
            Some(common) => common.retain(|action| sure.contains(action)),
        }
    }
    common.unwrap_or_default().into()
}

/// The actions of some needs; `None` where one of them is not plain.
fn asks(rest: &[u32], needs: &Needs<'_>) -> Option<Box<[Box<[u32]>]>> {
    rest.iter()
        .map(|number| {
            let plain = needs.plain.get(*number as usize)?.as_ref()?;
            let mut actions: Vec<u32> = plain.choices.iter().map(|choice| choice.action).collect();
            actions.sort_unstable();
            actions.dedup();
            Some(actions.into())
        })
        .collect()
}
