//! What is needed, put into the words of its platform: as it was declared or seen where that is held whole, else in the words of
//! the statements that give it. Every word is checked as a set before it is taken.

use std::collections::BTreeMap;

use jiff::Timestamp;
use leastwise_document::Position;
use leastwise_effective::{Ability, World};
use leastwise_model::{IdentityIndex, RoleLanguage, RolePermission, Written};
use leastwise_permset::{
    Element, Emptiness, Inclusion, Meeting, Node, Pattern, PermissionSet, Region, Witness,
};

use super::Unfit;
use crate::excess::{Color, Evidence, Split};
use leastwise_usage::{action_strings, requests};

/// Why something is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    Declared,
    /// Used, and when last.
    Used(Timestamp),
}

/// Something that is needed.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub action: String,
    /// Nothing where the logs do not tell it.
    pub resource: Option<String>,
    pub why: Why,
    pub requests: PermissionSet,
}

/// Actions on resources, in the platform's words.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub actions: Vec<String>,
    pub resources: Vec<String>,
    pub why: Why,
}

/// What is declared and not held: action and resource.
type Unheld = Vec<(String, String)>;

/// What an identity needs. Uses of what is declared are not told again.
pub(super) fn wanted(
    evidence: &Evidence<'_>,
    index: IdentityIndex,
    split: &Split,
    declared_only: bool,
) -> Vec<Wanted> {
    let world = evidence.world();
    let (Some(identity), Some(platform)) = (world.snapshot().identity(index), world.platform_of(index))
    else {
        return Vec::new();
    };
    let mut all: Vec<Wanted> = evidence
        .declared(identity)
        .map(|one| Wanted {
            action: one.action.to_string(),
            resource: Some(one.resource.to_string()),
            why: Why::Declared,
            requests: platform.requests(&one.action, &one.resource),
        })
        .collect();
    if declared_only {
        return all;
    }
    let mut uses: BTreeMap<(&str, Option<&str>), Timestamp> = BTreeMap::new();
    for one in evidence.uses(index) {
        if !one.outcome.proves() || one.action.is_empty() {
            continue;
        }
        // What is known of no resource is used on all that is held, whatever else is known.
        let whole = split.known.seen.get(&one.action).is_some_and(Option::is_none);
        let resource = one.resource.as_deref().filter(|_| !whole);
        let last = uses.entry((&one.action, resource)).or_insert(one.last);
        *last = one.last.max(*last);
    }
    let used = split.colors.part(Color::Used);
    for ((action, resource), last) in uses {
        let requests = requests(platform, action, resource);
        if !matches!(used.meets(&requests, world.limits()), Meeting::Never) {
            all.push(Wanted {
                action: action.to_owned(),
                resource: resource.map(str::to_owned),
                why: Why::Used(last),
                requests,
            });
        }
    }
    all
}

/// What statements give an identity, in their own words: before denials and bounds, which stay where they are whatever role takes
/// the place of the statements, and before all is bound to the identity's own account, as the role will be.
pub(super) fn granted(world: &World, index: IdentityIndex) -> PermissionSet {
    let home = world
        .snapshot()
        .identity(index)
        .zip(world.platform_of(index))
        .map(|(identity, platform)| platform.belonging(world.snapshot(), identity.instance));
    let own: Vec<Pattern> = match home.as_ref().map(PermissionSet::node) {
        Some(Node::Region(region)) => region.resources.patterns().to_vec(),
        _ => Vec::new(),
    };
    let is_home = |region: &Region| {
        let patterns = region.resources.patterns();
        !own.is_empty()
            && region.actions.is_any()
            && region.guard.is_always()
            && own.iter().all(|pattern| patterns.contains(pattern))
    };
    let abilities = world.what_can(index).into_iter();
    PermissionSet::union_of(abilities.map(|ability| {
        let narrowing = ability.within.into_iter().filter(|region| !is_home(region));
        let regions = std::iter::once(ability.region).chain(narrowing);
        PermissionSet::intersection_of(regions.map(PermissionSet::from))
    }))
}

/// Says all of it in the platform's words. Also gives what is declared and not held.
///
/// # Errors
/// Where some of it cannot be said without giving more than is held.
pub(super) fn say(
    world: &World,
    index: IdentityIndex,
    language: &'static dyn RoleLanguage,
    wanted: &[Wanted],
) -> Result<(Vec<Said>, Unheld), Unfit> {
    let (held, granted) = (world.effective(index), granted(world, index));
    let abilities = world.what_can(index);
    let saying = Saying {
        world,
        index,
        granted: &granted,
        language,
        abilities: &abilities,
    };
    let mut all = Vec::new();
    let mut unheld = Vec::new();
    for one in wanted {
        let part = held.intersection(&one.requests);
        if matches!(part.emptiness(world.limits()), Emptiness::Empty) {
            let resource = one.resource.clone().unwrap_or_default();
            unheld.push((one.action.clone(), resource));
            continue;
        }
        all.extend(saying.one(one, &part)?);
    }
    Ok((all, unheld))
}

struct Saying<'s> {
    world: &'s World,
    index: IdentityIndex,
    granted: &'s PermissionSet,
    language: &'static dyn RoleLanguage,
    abilities: &'s [Ability],
}

impl Saying<'_> {
    fn one(&self, wanted: &Wanted, part: &PermissionSet) -> Result<Vec<Said>, Unfit> {
        let mut said = Vec::new();
        let mut sets = Vec::new();
        if let Some(resource) = &wanted.resource
            && let Some(set) = self.granted_whole(&wanted.action, resource)
        {
            sets.push(set);
            said.push(Said {
                actions: vec![wanted.action.clone()],
                resources: vec![resource.clone()],
                why: wanted.why,
            });
        } else {
            for ability in self.abilities {
                self.of_statement(wanted, ability, &mut said, &mut sets);
            }
        }
        match part.included_in(&PermissionSet::union_of(sets), self.world.limits()) {
            Inclusion::Holds => Ok(said),
            Inclusion::Fails(witness) | Inclusion::Depends(witness) => Err(Unfit::Inexpressible {
                why: self.obstacle(&witness),
                witness: Some(Box::new(witness)),
            }),
            Inclusion::Unknown(_) => Err(Unfit::Inexpressible {
                witness: None,
                why: "whether its words say all of it could not be decided".into(),
            }),
        }
    }

    /// What a statement gives of it, in the statement's words or in its own, whichever are narrower.
    fn of_statement(
        &self,
        wanted: &Wanted,
        ability: &Ability,
        said: &mut Vec<Said>,
        sets: &mut Vec<PermissionSet>,
    ) {
        let own = PermissionSet::from(ability.region.clone());
        if matches!(own.meets(&wanted.requests, self.world.limits()), Meeting::Never) {
            return;
        }
        let mut resources: Vec<String> = wanted.resource.iter().cloned().collect();
        let of_statement = match (
            ability.region.resources.is_any(),
            ability.region.resources.is_complement(),
        ) {
            (true, _) => vec!["*".to_owned()],
            (false, true) => Vec::new(),
            (false, false) => ability
                .region
                .resources
                .patterns()
                .iter()
                .filter_map(spelled)
                .collect(),
        };
        resources.extend(of_statement);
        for action in self.actions(wanted, ability) {
            for resource in &resources {
                let Some(set) = self.granted_whole(&action, resource) else {
                    continue;
                };
                // Words of the statement may say more than is needed: only what stays within the need is taken.
                let needed = set.included_in(&wanted.requests, self.world.limits());
                if needed == Inclusion::Holds {
                    sets.push(set);
                    said.push(Said {
                        actions: vec![action.clone()],
                        resources: vec![resource.clone()],
                        why: wanted.why,
                    });
                }
            }
        }
    }

    /// The action itself, or of a pattern the catalogued actions that the statement speaks of.
    fn actions(&self, wanted: &Wanted, ability: &Ability) -> Vec<String> {
        let mut all = vec![wanted.action.clone()];
        let platform = self.world.platform_of(self.index);
        if wanted.action.contains(['*', '?'])
            && let Some(platform) = platform
            && let Some(selector) = self.world.selector(platform)
        {
            let mut bits = (*selector.select(&action_strings(platform, &wanted.action))).clone();
            bits.intersect(&selector.select(&ability.region.actions));
            let names = bits.iter().map(|action| platform.catalogue().name(action));
            all.extend(names.map(str::to_owned));
        }
        all
    }

    /// The requests of a permission, if the platform understands it and all of them are granted.
    fn granted_whole(&self, action: &str, resource: &str) -> Option<PermissionSet> {
        let set = self.language.permission(&permission(action, resource)).ok()?;
        (set.included_in(self.granted, self.world.limits()) == Inclusion::Holds).then_some(set)
    }

    /// What stands in the way of saying a request.
    fn obstacle(&self, witness: &Witness) -> String {
        let speaks = |ability: &&Ability| {
            let context = &witness.request.context;
            ability.region.actions.contains(&witness.request.action, context)
                && ability
                    .region
                    .resources
                    .contains(&witness.request.resource, context)
        };
        let name = |ability: &Ability| {
            let step = ability
                .steps
                .last()
                .and_then(|label| self.world.snapshot().step(*label));
            let Some(step) = step else {
                return "a statement".to_owned();
            };
            let place = step.location.as_ref().and_then(|at| {
                let file = self.world.snapshot().file(at.file)?;
                Some(format!(" ({}:{})", file.path, at.line))
            });
            format!("{} {}{}", step.kind, step.name, place.unwrap_or_default())
        };
        let guarded = |ability: &Ability| {
            let within = [&ability.region].into_iter().chain(&ability.within);
            within.into_iter().any(|region| !region.guard.is_always())
        };
        match self.abilities.iter().find(speaks) {
            Some(ability) if guarded(ability) => format!(
                "{} gives it under a condition, and a role without that condition would give more",
                name(ability)
            ),
            Some(ability) if !ability.except.is_empty() => format!(
                "{} gives it, and a denial or a bound takes part of it away",
                name(ability)
            ),
            Some(ability) => format!("{} gives it in words that no role has", name(ability)),
            None => "no statement gives it in words that a role has".to_owned(),
        }
    }
}

/// A permission without a place.
pub(super) fn permission(action: &str, resource: &str) -> RolePermission {
    let written = |text: &str| Written {
        text: text.into(),
        at: Position::default(),
    };
    RolePermission {
        actions: vec![written(action)],
        resources: vec![written(resource)],
        condition: None,
        at: Position::default(),
    }
}

/// A pattern with `*` and `?`; nothing where a text of it has such letters. It may say more than the pattern.
fn spelled(pattern: &Pattern) -> Option<String> {
    let mut text = String::new();
    for element in pattern.elements() {
        match element {
            Element::Text(part) if part.contains(['*', '?']) => return None,
            Element::Text(part) => text.push_str(part),
            Element::One | Element::OneExcept(_) => text.push('?'),
            Element::Many | Element::ManyExcept(_) => text.push('*'),
            Element::Hole(_) => return None,
        }
    }
    Some(text)
}
