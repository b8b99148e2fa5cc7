//! How sure it is that one identity meets a need, or can make a request under two guards.

use std::sync::Arc;

use leastwise_model::{Facts, IdentityIndex, Need, NeedSide, Text};
use leastwise_permset::{
    Condition, Context, Emptiness, Guard, Literal, Meeting, PermissionSet, Question as Point, Region, Slice,
    Strings, Test,
};

use super::build::{Actor, Builder};
use super::held::Stretch;
use super::needs::{actions_of, overlap, region};
use crate::certainty::Certainty;

impl Builder<'_> {
    /// What is left of a guard once the facts about an identity are known; `None` where they contradict it.
    pub(super) fn reduced(&self, actor: IdentityIndex, number: u32) -> Option<Guard> {
        if number == 0 {
            return Some(Guard::always());
        }
        self.reduce(actor, &self.cutter.guards.get(number))
    }

    fn reduce(&self, actor: IdentityIndex, guard: &Guard) -> Option<Guard> {
        if guard.is_always() {
            return Some(Guard::always());
        }
        let identity = self.world.snapshot().identity(actor)?;
        reduce(guard, &identity.holding.facts)
    }

    /// How sure it is that two guards can be met by one request of `actor`.
    pub(super) fn certainty(&self, actor: IdentityIndex, held: &Guard, asked: &Guard) -> Option<Certainty> {
        let asked = self.reduce(actor, asked)?;
        if held.is_always() && asked.is_always() {
            return Some(Certainty::Surely);
        }
        if let ([], [one]) = (held.literals(), asked.literals())
            && let (Condition::Atom(atom), true) = (&one.condition, one.holds)
        {
            return Some(Certainty::Depends(vec![atom.clone()]));
        }
        let held = self.reduce(actor, held)?;
        let both = Guard::all_of(held.literals().iter().chain(asked.literals()).cloned());
        let decide = |both: &Guard| {
            let set = PermissionSet::from(Region::everything().when(both.clone()));
            self.verdict(actor, &set, "", "")
        };
        let mut literals = both.literals().iter();
        if literals.any(compares_keys) {
            return decide(&both);
        }
        // What is left speaks of no fact, so that it is the same for all of a platform.
        let platform = self
            .world
            .platform_of(actor)
            .map_or("", |platform| platform.name());
        let key = (platform, both);
        if let Some(known) = self.decided.borrow().get(&key) {
            return known.clone();
        }
        let certainty = decide(&key.1);
        self.decided.borrow_mut().insert(key, certainty.clone());
        certainty
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
            given: None,
        };
        Certainty::of(set.verdict(
            &point,
            &|key| self.world.openness(actor, key),
            self.world.limits(),
        ))
    }

    /// How sure it is that an identity meets a need; `None` where it does not.
    pub(super) fn need(&mut self, actor: &mut Actor, number: u32) -> Option<Certainty> {
        if let Some(known) = actor.needs.get(&number) {
            return known.clone();
        }
        let met = self.met_plainly(actor, number).unwrap_or_else(|| {
            let need = self.needs.all.get(number as usize).copied()?;
            self.met_at_point(actor, need)
                .unwrap_or_else(|| self.meets(actor, need))
        });
        actor.needs.insert(number, met.clone());
        met
    }

    /// The same from what is held of the need's actions; `None` where that does not tell.
    fn met_plainly(&mut self, actor: &mut Actor, number: u32) -> Option<Option<Certainty>> {
        let plain = self.needs.plain.get(number as usize)?.as_ref()?;
        let mut actions: Vec<u32> = plain.choices.iter().map(|choice| choice.action).collect();
        actions.sort_unstable();
        actions.dedup();
        let mut best: Option<Certainty> = None;
        for action in actions {
            let hold = self.hold(actor, action);
            for stretch in self.stretches(hold).clone().iter() {
                let met = self.met_by(action, stretch.language);
                let Ok(place) = met.binary_search_by_key(&number, |met| met.need) else {
                    continue;
                };
                if self.cutter.languages.is_holed(stretch.language) {
                    return None;
                }
                if stretch.is_plain() && met.get(place).is_some_and(|met| met.sure) {
                    return Some(Some(Certainty::Surely));
                }
                best = surest(
                    best,
                    self.chosen(actor.index, number, action, stretch.language, stretch.guard),
                );
            }
        }
        Some(best)
    }

    /// The same for a need for one action on one resource, whatever its context, from what is held of that action;
    /// `None` where that does not tell.
    fn met_at_point(&mut self, actor: &mut Actor, need: &Need) -> Option<Option<Certainty>> {
        let (region, resource) = (region(&need.set)?, need.resource.as_ref()?);
        let nothing = Context::new();
        let plain = |strings: &Strings, text: &str| {
            strings.holes().next().is_none() && strings.contains(text, &nothing)
        };
        if !plain(&region.actions, &need.action) || !plain(&region.resources, resource) {
            return None;
        }
        let action = self.cutter.number_of(&need.action)?;
        let stretches = match need.side {
            NeedSide::Holder => {
                let hold = self.hold(actor, action);
                self.stretches(hold).clone()
            }
            NeedSide::NotRefused => self.not_refused(actor, action)?,
        };
        let mut best: Option<Certainty> = None;
        let mut ways = 0;
        for stretch in stretches.iter() {
            if self.cutter.languages.is_holed(stretch.language) {
                return None;
            }
            let language = self.cutter.languages.get(stretch.language);
            if language
                .iter()
                .all(|strings| strings.contains(resource, &nothing))
            {
                let Some(held) = self.reduced(actor.index, stretch.guard) else {
                    continue;
                };
                best = surest(best, self.first(actor, &held, &region.guard));
                ways += 1;
            }
        }
        // Several conditions may together leave nothing open.
        (ways < 2 || best == Some(Certainty::Surely)).then_some(best)
    }

    /// What an identity's own side leaves of an action, whoever grants it; `None` where a limit was hit.
    fn not_refused(&mut self, actor: &mut Actor, action: u32) -> Option<Arc<[Stretch]>> {
        if let Some(known) = actor.not_refused.get(&action) {
            return known.clone();
        }
        let identity = self.world.snapshot().identity(actor.index)?;
        let ceiling = actor.ceiling.get_or_insert_with(|| identity.holding.ceiling());
        let left = self.cutter.of_action(ceiling, action);
        actor.not_refused.insert(action, left.clone());
        left
    }

    /// How sure it is that one choice of a plain need is met by what is held under a guard.
    fn chosen(
        &self,
        actor: IdentityIndex,
        number: u32,
        action: u32,
        language: u32,
        held: u32,
    ) -> Option<Certainty> {
        let plain = self.needs.plain.get(number as usize)?.as_ref()?;
        let language = self.cutter.languages.get(language);
        let held = self.cutter.guards.get(held);
        let choices = plain.choices.iter().filter(|choice| {
            choice.action == action && overlap(language, &choice.resources, self.world.limits())
        });
        choices
            .filter_map(|choice| self.certainty(actor, &held, &choice.guard))
            .min()
    }

    /// How sure it is that an identity meets a need, by search; `None` where it does not.
    pub(super) fn meets(&mut self, actor: &mut Actor, need: &Need) -> Option<Certainty> {
        if let Some(met) = self.met_by_stretches(actor, need) {
            return met;
        }
        let ceiling = match need.side {
            NeedSide::Holder => None,
            NeedSide::NotRefused => Some(self.world.snapshot().identity(actor.index)?.holding.ceiling()),
        };
        let own = ceiling.as_ref().unwrap_or(&actor.set);
        let mut best: Option<Certainty> = None;
        if let Some(resource) = &need.resource {
            return self.verdict(actor.index, &own.intersection(&need.set), &need.action, resource);
        }
        let Some(actions) = actions_of(need) else {
            return self.meets_somehow(actor.index, own, need);
        };
        for action in actions {
            let cut = || Arc::new(own.on_action(&action, self.world.limits()));
            let slices = match ceiling {
                Some(_) => cut(),
                None => actor.slices.entry(action.clone()).or_insert_with(cut).clone(),
            };
            let slices = match &*slices {
                Ok(slices) => slices,
                Err(limit) => return Some(Certainty::limited(limit)),
            };
            for slice in slices {
                best = surest(best, self.slice_meets(actor.index, slice, &action, need));
            }
        }
        best
    }

    /// The same for a need of the actor's own that names actions and no one resource, from what is held of these, which was
    /// found with everybody who holds it; `None` where that does not tell.
    fn met_by_stretches(&mut self, actor: &mut Actor, need: &Need) -> Option<Option<Certainty>> {
        if need.side != NeedSide::Holder || need.resource.is_some() || actor.cuts.is_empty() {
            return None;
        }
        let numbers = actions_of(need)?.into_iter().map(|action| {
            let number = self.cutter.number_of(&action)?;
            Some((action, number))
        });
        let numbers: Vec<(Text, u32)> = numbers.collect::<Option<_>>()?;
        let mut best: Option<Certainty> = None;
        for (action, number) in numbers {
            let hold = self.hold(actor, number);
            for stretch in self.stretches(hold).clone().iter() {
                let slice = Slice {
                    resources: self.cutter.languages.get(stretch.language).to_vec(),
                    guard: self.cutter.guards.get(stretch.guard),
                    trail: Vec::new(),
                };
                best = surest(best, self.slice_meets(actor.index, &slice, &action, need));
            }
        }
        Some(best)
    }

    /// The same for a need that does not name its actions one by one: by the first request that is found.
    fn meets_somehow(&self, actor: IdentityIndex, own: &PermissionSet, need: &Need) -> Option<Certainty> {
        match own.meets(&need.set, self.world.limits()) {
            Meeting::Never => None,
            Meeting::Unknown(limit) => Some(Certainty::limited(&limit)),
            Meeting::Surely(witness) | Meeting::Depends(witness) => {
                let both = own.intersection(&need.set);
                self.verdict(actor, &both, &witness.request.action, &witness.request.resource)
            }
        }
    }

    fn slice_meets(
        &self,
        actor: IdentityIndex,
        slice: &Slice,
        action: &Text,
        need: &Need,
    ) -> Option<Certainty> {
        let guard = self.reduce(actor, &slice.guard)?;
        let here = slice
            .resources
            .iter()
            .map(|strings| Region::new(Strings::any(), strings.clone()));
        let there = Region::new(Strings::literal(action), Strings::any()).when(guard);
        let both = PermissionSet::intersection_of(
            here.chain([there])
                .map(PermissionSet::from)
                .chain([need.set.clone()]),
        );
        match both.emptiness(self.world.limits()) {
            Emptiness::Empty => None,
            Emptiness::Unknown(limit) => Some(Certainty::limited(&limit)),
            Emptiness::Inhabited(witness) => {
                self.verdict(actor, &both, &witness.request.action, &witness.request.resource)
            }
        }
    }
}

fn surest(best: Option<Certainty>, found: Option<Certainty>) -> Option<Certainty> {
    match (best, found) {
        (Some(best), Some(found)) => Some(best.min(found)),
        (best, found) => best.or(found),
    }
}

fn reduce(guard: &Guard, facts: &Facts) -> Option<Guard> {
    let known = |literal: &Literal| {
        let key = literal.condition.key()?;
        let fixed = facts.known.get(key).is_some() || facts.absent.contains(key);
        (fixed && !compares_keys(literal))
            .then(|| literal.evaluate(&facts.known, &leastwise_permset::Answers::none()))
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

/// Whether a literal compares the values of several keys.
fn compares_keys(literal: &Literal) -> bool {
    match &literal.condition {
        Condition::Some(_, test) | Condition::Every(_, test) => copies(test),
        _ => false,
    }
}

/// Whether a test compares with the value of another key.
fn copies(test: &Test) -> bool {
    match test {
        Test::Text(strings) => strings.holes().next().is_some(),
        Test::Not(inner) => copies(inner),
        Test::Number(_) | Test::Instant(_) | Test::Network(_) | Test::Truth(_) => false,
    }
}
