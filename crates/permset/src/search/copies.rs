//! The model where context values are copied into patterns, so that the dimensions are no longer apart.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Search;
use crate::cells::{self, Held};
use crate::context::{Context, Key, Request, Values};
use crate::copied;
use crate::guard::Condition;
use crate::limits::Limit;
use crate::strings::Strings;
use crate::texts::{self, Demand};
use crate::values::Test;

/// The demands on a request, without copies that say nothing.
struct Demands<'a> {
    actions: Vec<Demand<'a>>,
    resources: Vec<Demand<'a>>,
    keys: BTreeMap<&'a Key, Vec<(&'a Condition, bool)>>,
}

/// Conditions by the key that they speak of.
fn by_key<'a>(
    conditions: impl Iterator<Item = (&'a Condition, bool)>,
) -> BTreeMap<&'a Key, Vec<(&'a Condition, bool)>> {
    let mut keys: BTreeMap<&Key, Vec<(&Condition, bool)>> = BTreeMap::new();
    for (condition, holds) in conditions {
        if let Some(key) = condition.key() {
            keys.entry(key).or_default().push((condition, holds));
        }
    }
    keys
}

impl<'s> Search<'s, '_> {
    /// A model made afresh, where context values are copied into patterns. First all copies are read loosely, which
    /// finds most contradictions; then values for the copied keys are tried, taken from the demands themselves.
    pub(super) fn whole(&mut self) -> Result<Option<Request>, Limit> {
        let opposed = self.conditions.iter().any(|(condition, holds)| {
            self.conditions
                .iter()
                .any(|(other, given)| given != holds && condition == other)
        });
        if opposed {
            return Ok(None);
        }
        let dead = self.dead()?;
        let strings = |demands: &[Demand<'s>]| -> Vec<(Cow<'s, Strings>, bool)> {
            let plain = |strings| copied::filled_where(strings, Context::nowhere(), &dead);
            demands
                .iter()
                .map(|(strings, holds)| (plain(strings), *holds))
                .collect()
        };
        let (actions, resources) = (strings(&self.actions), strings(&self.resources));
        let conditions: Vec<(Cow<'s, Condition>, bool)> = self
            .conditions
            .iter()
            .map(|(condition, holds)| (copied::plain_condition(condition, &dead), *holds))
            .collect();
        let demands = Demands {
            actions: actions
                .iter()
                .map(|(strings, holds)| (&**strings, *holds))
                .collect(),
            resources: resources
                .iter()
                .map(|(strings, holds)| (&**strings, *holds))
                .collect(),
            keys: by_key(conditions.iter().map(|(condition, holds)| (&**condition, *holds))),
        };
        let Some(action) = texts::solve(&demands.actions, self.budget)? else {
            return Ok(None);
        };
        let Some(resource) = texts::solve(&demands.resources, self.budget)? else {
            return Ok(None);
        };
        let mut loose: BTreeMap<&Key, Held> = BTreeMap::new();
        for (key, demands) in &demands.keys {
            let Some(held) = cells::solve(key, demands, self.budget)? else {
                return Ok(None);
            };
            loose.insert(key, held);
        }
        let candidates = self.candidates(&action, &resource, &demands, &loose)?;
        let mut combinations: Vec<Context> = vec![Context::new()];
        for (key, helds) in &candidates {
            combinations = combinations
                .iter()
                .flat_map(|context| {
                    helds.iter().map(move |held| {
                        let mut longer = context.clone();
                        longer.replace(key, held.clone());
                        longer
                    })
                })
                .take(256)
                .collect();
        }
        for context in combinations {
            self.budget.spend(4)?;
            if let Some(request) = self.filled(context, &candidates, &demands)? {
                return Ok(Some(request));
            }
        }
        match candidates.into_keys().next() {
            Some(key) => Err(Limit::Copied(key.clone())),
            None => Ok(None),
        }
    }

    /// The copied keys that can have no value: what copies them matches nothing.
    fn dead(&self) -> Result<BTreeSet<Key>, Limit> {
        let texts = self.actions.iter().chain(&self.resources);
        let mut copied_keys: BTreeSet<&Key> = texts.flat_map(|(strings, _)| strings.holes()).collect();
        let conditions = self.conditions.iter();
        copied_keys.extend(conditions.flat_map(|(condition, _)| copied::holes_of(condition)));
        let keys = by_key(self.conditions.iter().copied());
        let mut dead = BTreeSet::new();
        for key in copied_keys {
            let Some(demands) = keys.get(key) else { continue };
            let valued = Condition::Some(key.clone(), Test::Text(Strings::any()));
            let mut demands = demands.clone();
            demands.push((&valued, true));
            match cells::solve(key, &demands, self.budget) {
                Ok(None) => drop(dead.insert(key.clone())),
                Err(limit @ Limit::Steps(_)) => return Err(limit),
                Ok(Some(_)) | Err(_) => {}
            }
        }
        Ok(dead)
    }

    /// What to try for each copied key: what it holds now, what its own demands suggest, what the texts at hand
    /// would copy, and values that nothing mentions.
    fn candidates(
        &self,
        action: &str,
        resource: &str,
        demands: &Demands<'_>,
        loose: &BTreeMap<&Key, Held>,
    ) -> Result<BTreeMap<Key, Vec<Held>>, Limit> {
        let mut sources: Vec<(&Strings, &str)> = Vec::new();
        sources.extend(demands.actions.iter().map(|(strings, _)| (*strings, action)));
        sources.extend(demands.resources.iter().map(|(strings, _)| (*strings, resource)));
        let conditions = || demands.keys.values().flatten().map(|(condition, _)| *condition);
        for condition in conditions() {
            let strings = copied::test_of(condition).and_then(copied::strings_of);
            if let (Some(strings), Some(key)) = (strings, condition.key()) {
                let held = loose.get(key).into_iter().flatten().flatten();
                let now = self.model.context.get(key).into_iter().flatten();
                sources.extend(held.chain(now).map(|value| (strings, &**value)));
            }
        }
        let mut copied_keys: BTreeSet<&Key> =
            sources.iter().flat_map(|(strings, _)| strings.holes()).collect();
        copied_keys.extend(conditions().flat_map(copied::holes_of));
        let mut taken: BTreeMap<&Key, BTreeSet<Box<str>>> = BTreeMap::new();
        for (strings, text) in &sources {
            for pattern in strings.patterns() {
                if pattern.holes().next().is_none() {
                    continue;
                }
                self.budget.spend(2)?;
                for (key, value) in copied::readings(pattern, text, 64)
                    .into_iter()
                    .flatten()
                    .flatten()
                {
                    if let Some(key) = copied_keys.get(&key) {
                        taken.entry(key).or_default().insert(value);
                    }
                }
            }
        }
        let mut candidates = BTreeMap::new();
        for key in copied_keys {
            let present = Condition::Absent(key.clone());
            let mut demands = demands.keys.get(key).cloned().unwrap_or_default();
            let mut helds: Vec<Held> = vec![self.model.context.get(key).cloned()];
            helds.extend(loose.get(key).cloned());
            demands.push((&present, false));
            if let Ok(Some(held)) = cells::solve(key, &demands, self.budget) {
                helds.push(held);
            }
            for value in taken.get(key).into_iter().flatten() {
                helds.push(Some(Values::from([value.clone()])));
            }
            for fresh in ["x", "y", "z"] {
                helds.push(Some(Values::from([fresh.into()])));
            }
            helds.push(None);
            let mut distinct: Vec<Held> = Vec::new();
            for held in helds {
                if !distinct.contains(&held) {
                    distinct.push(held);
                }
            }
            candidates.insert(key.clone(), distinct);
        }
        Ok(candidates)
    }

    /// The model in which the copied keys hold what `context` says, if there is one.
    fn filled(
        &self,
        mut context: Context,
        copied_keys: &BTreeMap<Key, Vec<Held>>,
        demands: &Demands<'_>,
    ) -> Result<Option<Request>, Limit> {
        let given = context.clone();
        for (key, demands) in &demands.keys {
            if copied_keys.contains_key(*key) {
                if !demands
                    .iter()
                    .all(|(c, holds)| c.evaluate(&context, &self.answers) == *holds)
                {
                    return Ok(None);
                }
                continue;
            }
            let filled: Vec<_> = demands
                .iter()
                .map(|(c, holds)| (copied::filled_condition(c, &given), *holds))
                .collect();
            let borrowed: Vec<(&Condition, bool)> = filled.iter().map(|(c, holds)| (&**c, *holds)).collect();
            let Some(held) = cells::solve(key, &borrowed, self.budget)? else {
                return Ok(None);
            };
            context.replace(key, held);
        }
        let text = |demands: &[Demand<'_>]| {
            let filled: Vec<_> = demands
                .iter()
                .map(|(s, holds)| (copied::filled(s, &given), *holds))
                .collect();
            let borrowed: Vec<Demand<'_>> = filled.iter().map(|(s, holds)| (&**s, *holds)).collect();
            texts::solve(&borrowed, self.budget)
        };
        let Some(action) = text(&demands.actions)? else {
            return Ok(None);
        };
        let Some(resource) = text(&demands.resources)? else {
            return Ok(None);
        };
        let request = Request {
            action: action.into(),
            resource: resource.into(),
            context,
        };
        let stands = self
            .actions
            .iter()
            .all(|(s, h)| s.contains(&request.action, &request.context) == *h)
            && self
                .resources
                .iter()
                .all(|(s, h)| s.contains(&request.resource, &request.context) == *h)
            && self.conditions.iter().all(|(c, h)| {
                matches!(c, Condition::Atom(_)) || c.evaluate(&request.context, &self.answers) == *h
            });
        Ok(stands.then_some(request))
    }
}
