//! Cuts sets down to the actions that opportunities ask for.
//!
//! A cut follows the shape of a set: what hangs under a label is cut once, however many sets it is a part of, and what
//! is left of one stretch within another, or outside a denial, is found once for whoever holds and is denied alike.
//! Only what has no such shape is searched.

use std::sync::Arc;

use leastwise_model::Text;
use leastwise_permset::{
    Atom, Condition, Context, Emptiness, Guard, Limits, Node, PermissionSet, Region, Slice, Strings,
};
use rustc_hash::FxHashMap;

use super::held::{Cut, Guards, Languages, Stretch, held, merge, tidy};
use super::index::{Entry, Index};
use super::needs::overlap;

/// Pairs of stretches beyond which those that lie apart are not looked at one by one.
const MANY_PAIRS: usize = 256;

/// Nesting beyond which a set is searched as a whole.
const DEEP: usize = 64;

/// Cuts sets down to some actions.
pub(super) struct Cutter<'w> {
    limits: &'w Limits,
    /// The actions, sorted.
    actions: Vec<Text>,
    pub languages: Languages,
    pub guards: Guards,
    cuts: FxHashMap<usize, Cut>,
    /// Which of the actions some strings are, by where these stand: many regions share theirs.
    fitting: FxHashMap<(usize, bool), Fitting>,
    /// What both of two stretches hold.
    met: FxHashMap<(Stretch, Stretch), Option<Stretch>>,
    /// What is left of a stretch outside a region, by the region's language and guard.
    left: FxHashMap<(Stretch, Stretch), Arc<[Stretch]>>,
    /// Whether a guard can be met.
    possible: FxHashMap<u32, bool>,
}

/// Which of the actions some strings are.
struct Fitting {
    /// By number.
    actions: Arc<[u32]>,
    /// Kept so that nothing else comes to stand where they do.
    _kept: Strings,
}

impl<'w> Cutter<'w> {
    /// `actions` sorted.
    pub fn new(actions: Vec<Text>, limits: &'w Limits) -> Self {
        Self {
            limits,
            actions,
            languages: Languages::default(),
            guards: Guards::default(),
            cuts: FxHashMap::default(),
            fitting: FxHashMap::default(),
            met: FxHashMap::default(),
            left: FxHashMap::default(),
            possible: FxHashMap::default(),
        }
    }

    /// What a set holds of each action.
    pub fn cut(&mut self, set: &PermissionSet) -> Cut {
        self.cut_within(set, DEEP)
    }

    fn cut_within(&mut self, set: &PermissionSet, depth: usize) -> Cut {
        let Some(depth) = depth.checked_sub(1) else {
            return self.search(set);
        };
        match set.node() {
            Node::Labelled(_, inner) => match self.cuts.get(&inner.address()) {
                Some(known) => known.clone(),
                None => {
                    let cut = self.cut_within(inner, depth);
                    self.cuts.insert(inner.address(), cut.clone());
                    cut
                }
            },
            Node::Union(sets) => {
                let cuts: Vec<Cut> = sets.iter().map(|set| self.cut_within(set, depth)).collect();
                merge(&cuts)
            }
            Node::Region(region) => self.cut_region(set, region),
            Node::Intersection(sets) => {
                let cuts: Vec<Cut> = sets.iter().map(|set| self.cut_within(set, depth)).collect();
                self.within_all(set, &cuts)
            }
            Node::Difference(given, taken) => {
                let given = self.cut_within(given, depth);
                self.outside(set, &given, taken)
            }
        }
    }

    fn cut_region(&mut self, set: &PermissionSet, region: &Region) -> Cut {
        if region.actions.holes().next().is_some() {
            return self.search(set);
        }
        let stretch = self.stretch(region);
        if !self.is_possible(stretch.guard) {
            return Cut::default();
        }
        let held: Arc<[Stretch]> = Arc::from([stretch]);
        let fitting = self.fitting(&region.actions);
        fitting.iter().map(|action| (*action, held.clone())).collect()
    }

    /// Which of the actions these are, by number.
    fn fitting(&mut self, actions: &Strings) -> Arc<[u32]> {
        let place = (actions.address(), actions.is_complement());
        if let Some(known) = self.fitting.get(&place) {
            return known.actions.clone();
        }
        let nothing = Context::new();
        let numbered = (0u32..).zip(&self.actions);
        let fitting: Arc<[u32]> = numbered
            .filter(|(_, action)| actions.contains(action, &nothing))
            .map(|(number, _)| number)
            .collect();
        let known = Fitting {
            actions: fitting.clone(),
            _kept: actions.clone(),
        };
        self.fitting.insert(place, known);
        fitting
    }

    fn stretch(&mut self, region: &Region) -> Stretch {
        Stretch {
            language: self.languages.number(std::slice::from_ref(&region.resources)),
            guard: self.guards.number(&region.guard),
        }
    }

    /// What all of some cuts hold; `whole` is the set that they make up.
    fn within_all(&mut self, whole: &PermissionSet, cuts: &[Cut]) -> Cut {
        let Some((first, others)) = cuts.split_first() else {
            return self.search(whole);
        };
        let mut all = Vec::with_capacity(first.len());
        for (action, stretches) in first.iter() {
            let Some(bounds) = others
                .iter()
                .map(|cut| held(cut, *action))
                .collect::<Option<Vec<_>>>()
            else {
                continue;
            };
            let mut left = stretches.clone();
            for bound in bounds {
                left = self.both(&left, bound);
                if left.len() > self.limits.slices {
                    break;
                }
            }
            self.push(&mut all, whole, *action, left);
        }
        all.into()
    }

    fn both(&mut self, some: &Arc<[Stretch]>, others: &Arc<[Stretch]>) -> Arc<[Stretch]> {
        if **others == [Stretch::EVERYTHING] {
            return some.clone();
        }
        if **some == [Stretch::EVERYTHING] {
            return others.clone();
        }
        let mut both = Vec::new();
        let (short, long) = if some.len() < others.len() {
            (some, others)
        } else {
            (others, some)
        };
        if short.len() * long.len() <= MANY_PAIRS {
            for one in long.iter() {
                for other in short.iter() {
                    both.extend(self.meet(*one, *other));
                }
            }
            return tidy(both);
        }
        // Most pairs of long lists lie apart, which beginnings tell.
        let entries = (0u32..).zip(short.iter()).flat_map(|(place, stretch)| {
            let language = self.languages.get(stretch.language);
            Entry::among(language, place)
        });
        let near = Index::new(entries.collect());
        let mut places: Vec<u32> = Vec::new();
        for one in long.iter() {
            places.clear();
            match self.languages.one_text(one.language) {
                Some(text) => near.with_beginnings_of(text, &mut places),
                None => {
                    let found = near.near(self.languages.get(one.language));
                    places.extend(found.into_iter().map(|entry| entry.value));
                }
            }
            for place in &places {
                if let Some(other) = short.get(*place as usize) {
                    both.extend(self.meet(*one, *other));
                }
            }
        }
        tidy(both)
    }

    fn meet(&mut self, one: Stretch, other: Stretch) -> Option<Stretch> {
        if one == other || other == Stretch::EVERYTHING {
            return Some(one);
        }
        if one == Stretch::EVERYTHING {
            return Some(other);
        }
        if one.is_plain() && other.is_plain() {
            let single = self
                .of_one_text(one, other)
                .or_else(|| self.of_one_text(other, one));
            if let Some(met) = single {
                return met;
            }
        }
        if let Some(known) = self.met.get(&(one, other)) {
            return *known;
        }
        let language = match (one.language, other.language) {
            (one, other) if one == other => Some(one),
            (one, other) => self
                .overlaps(one, other)
                .then(|| self.joined(one, self.languages.get(other).to_vec())),
        };
        let met = language.and_then(|language| {
            let guard = self.guarded(one.guard, self.guards.get(other.guard))?;
            Some(Stretch { language, guard })
        });
        self.met.insert((one, other), met);
        met
    }

    /// What a stretch of one text has in common with another: all of it or nothing.
    fn of_one_text(&self, one: Stretch, other: Stretch) -> Option<Option<Stretch>> {
        let text = self.languages.one_text(one.language)?;
        let plain = !self.languages.is_holed(other.language);
        plain.then(|| self.languages.contains(other.language, text).then_some(one))
    }

    /// What is left of a cut outside `taken`; `whole` is the set that they make up.
    fn outside(&mut self, whole: &PermissionSet, given: &Cut, taken: &PermissionSet) -> Cut {
        let mut all = Vec::with_capacity(given.len());
        for (action, stretches) in given.iter() {
            let name = self.actions.get(*action as usize).cloned();
            let mut regions = Vec::new();
            let plain = name.is_some_and(|name| denials(taken, &name, DEEP, &mut regions));
            if !plain {
                if let Some(left) = self.of_action_or_limit(whole, *action) {
                    all.push((*action, left));
                }
                continue;
            }
            let mut left = stretches.clone();
            for region in regions {
                let taken = self.stretch(region);
                let outside: Vec<Stretch> = left
                    .iter()
                    .flat_map(|stretch| self.left_of(*stretch, taken, region).to_vec())
                    .collect();
                left = tidy(outside);
                if left.len() > self.limits.slices {
                    break;
                }
            }
            self.push(&mut all, whole, *action, left);
        }
        all.into()
    }

    /// What is left of a stretch outside a region, of which `taken` is language and guard.
    fn left_of(&mut self, stretch: Stretch, taken: Stretch, region: &Region) -> Arc<[Stretch]> {
        if let Some(known) = self.left.get(&(stretch, taken)) {
            return known.clone();
        }
        let left: Arc<[Stretch]> = self.find_left(stretch, taken, region).into();
        self.left.insert((stretch, taken), left.clone());
        left
    }

    fn find_left(&mut self, stretch: Stretch, taken: Stretch, region: &Region) -> Vec<Stretch> {
        let held = self.guards.get(stretch.guard);
        let literals = region.guard.literals();
        let apart = literals
            .iter()
            .any(|literal| held.literals().contains(&literal.negate()));
        if apart || !self.overlaps(stretch.language, taken.language) {
            return vec![stretch];
        }
        let mut left = Vec::new();
        if !region.resources.is_any() {
            let outside = region.resources.clone().complement();
            let language = self.joined(stretch.language, vec![outside.clone()]);
            let inhabited = self.languages.is_holed(language)
                || overlap(&[outside], self.languages.get(stretch.language), self.limits);
            if inhabited {
                left.push(Stretch { language, ..stretch });
            }
        }
        for literal in literals {
            let outside = Guard::all_of([literal.negate()]);
            if let Some(guard) = self.guarded(stretch.guard, outside) {
                left.push(Stretch { guard, ..stretch });
            }
        }
        left
    }

    /// The number of what lies in a language and in all of some strings.
    fn joined(&mut self, language: u32, strings: Vec<Strings>) -> u32 {
        let resources = [self.languages.get(language), &strings].concat();
        self.languages.number(&resources)
    }

    /// The number of what two guards ask together; `None` where no context meets it.
    fn guarded(&mut self, one: u32, other: Guard) -> Option<u32> {
        let one = self.guards.get(one);
        let both = Guard::all_of(one.literals().iter().chain(other.literals()).cloned());
        let number = self.guards.number(&both);
        self.is_possible(number).then_some(number)
    }

    /// Whether two languages may have a text in common.
    fn overlaps(&self, one: u32, other: u32) -> bool {
        let holed = self.languages.is_holed(one) || self.languages.is_holed(other);
        holed || overlap(self.languages.get(one), self.languages.get(other), self.limits)
    }

    /// Whether some context may meet a guard.
    fn is_possible(&mut self, guard: u32) -> bool {
        if guard == 0 {
            return true;
        }
        if let Some(known) = self.possible.get(&guard) {
            return *known;
        }
        let under = PermissionSet::from(Region::everything().when(self.guards.get(guard)));
        let possible = !matches!(under.emptiness(self.limits), Emptiness::Empty);
        self.possible.insert(guard, possible);
        possible
    }

    /// Adds what was found of an action; where that is too much, what a search says of the whole set.
    fn push(
        &mut self,
        all: &mut Vec<(u32, Arc<[Stretch]>)>,
        whole: &PermissionSet,
        action: u32,
        found: Arc<[Stretch]>,
    ) {
        if found.len() > self.limits.slices {
            all.extend(
                self.of_action_or_limit(whole, action)
                    .map(|found| (action, found)),
            );
        } else if !found.is_empty() {
            all.push((action, found));
        }
    }

    /// The number of an action.
    pub fn number_of(&self, action: &str) -> Option<u32> {
        let place = self
            .actions
            .binary_search_by(|known| (**known).cmp(action))
            .ok()?;
        u32::try_from(place).ok()
    }

    /// What a set holds of one action; `None` where a limit was hit.
    pub fn of_action(&mut self, set: &PermissionSet, action: u32) -> Option<Arc<[Stretch]>> {
        let name = self.actions.get(action as usize)?;
        let slices = set.on_action(name, self.limits).ok()?;
        Some(self.stretches(&slices))
    }

    fn stretches(&mut self, slices: &[Slice]) -> Arc<[Stretch]> {
        let stretches = slices.iter().map(|slice| Stretch {
            language: self.languages.number(&slice.resources),
            guard: self.guards.number(&slice.guard),
        });
        tidy(stretches.collect())
    }

    /// What a set holds of one action, by search; everything on a condition where a limit was hit. `None` where that
    /// is nothing.
    fn of_action_or_limit(&mut self, set: &PermissionSet, action: u32) -> Option<Arc<[Stretch]>> {
        let name = self.actions.get(action as usize)?;
        if !set.speaks_of(name) {
            return None;
        }
        let slices = set.on_action(name, self.limits).unwrap_or_else(|limit| {
            let unknown = Atom::new(&format!("limit: {limit}"));
            vec![Slice {
                resources: Vec::new(),
                guard: Guard::all_of([Condition::Atom(unknown).holds()]),
                trail: Vec::new(),
            }]
        });
        let found = self.stretches(&slices);
        (!found.is_empty()).then_some(found)
    }

    fn search(&mut self, set: &PermissionSet) -> Cut {
        let actions = 0..u32::try_from(self.actions.len()).unwrap_or(u32::MAX);
        actions
            .filter_map(|action| Some((action, self.of_action_or_limit(set, action)?)))
            .collect()
    }
}

/// Adds the regions of a set that speak of an action; `false` where the set is more than a union of regions.
fn denials<'s>(set: &'s PermissionSet, action: &str, depth: usize, regions: &mut Vec<&'s Region>) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    match set.node() {
        Node::Region(region) => {
            let plain = region.actions.holes().next().is_none();
            if plain && region.actions.contains(action, &Context::new()) {
                regions.push(region);
            }
            plain
        }
        Node::Union(sets) => sets.iter().all(|set| denials(set, action, depth, regions)),
        Node::Labelled(_, inner) => denials(inner, action, depth, regions),
        Node::Intersection(_) | Node::Difference(..) => !set.speaks_of(action),
    }
}

#[cfg(test)]
mod tests;
