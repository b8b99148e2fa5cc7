//! Questions about every request of a pattern, or about at least one.

use std::collections::BTreeMap;

use leastwise_effective::{Answer, How, Outcome, Reach, World};
use leastwise_model::{Gain, IdentityIndex, Text};
use leastwise_permset::{Condition, Guard, Meeting, Pattern, PermissionSet, Region, Strings, Test};

use crate::arguments::Circumstances;

/// A question in which `*` is a pattern.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The action or actions.
    pub action: &'a str,
    /// The resource or resources.
    pub resource: &'a str,
    /// Whether one request suffices.
    pub any: bool,
    /// How far to look.
    pub reach: Reach,
    /// Under which circumstances.
    pub given: &'a Circumstances,
}

/// All the requests that are meant, within the circumstances given.
fn requests(world: &World, identity: IdentityIndex, asked: &Asked<'_>) -> Option<PermissionSet> {
    let platform = world.platform_of(identity)?;
    let all = platform.requests(asked.action, asked.resource);
    let mut literals = Vec::new();
    for (key, values) in asked.given.known.iter() {
        let every = Strings::any_of(values.iter().map(|value| Pattern::literal(value)));
        literals.push(Condition::Every(key.clone(), Test::Text(every)).holds());
        for value in values {
            literals.push(Condition::Some(key.clone(), Test::Text(Strings::literal(value))).holds());
        }
    }
    literals.extend(
        asked
            .given
            .absent
            .iter()
            .map(|key| Condition::Absent(key.clone()).holds()),
    );
    if literals.is_empty() {
        return Some(all);
    }
    let here = Region::everything().when(Guard::all_of(literals));
    Some(all.intersection(&PermissionSet::from(here)))
}

/// May `identity` make the requests? Beyond what it holds, those whom it can become and what it can be granted are
/// looked at one by one. What several of them could do only together is unknown, never a no.
pub fn can(world: &World, identity: IdentityIndex, asked: &Asked<'_>) -> Answer {
    let none = Answer {
        outcome: Outcome::No,
        how: None,
        paths: Vec::new(),
        assuming: Vec::new(),
    };
    let Some(requests) = requests(world, identity, asked) else {
        return none;
    };
    let knows = |actor: IdentityIndex| concerns(world, actor, asked.action, asked.resource);
    let direct = if knows(identity) {
        world.ask_all(identity, &requests, asked.any).0
    } else {
        none
    };
    if asked.reach == Reach::Direct || direct.outcome == Outcome::Yes {
        return direct;
    }
    let fallen = world.reach(identity);
    let mut adds = false;
    for reached in fallen.becomes.iter().filter(|reached| knows(reached.identity)) {
        let (answer, _) = world.ask_all(reached.identity, &requests, asked.any);
        if reached.sure && answer.outcome == Outcome::Yes {
            let paths = vec![world.path_to(&fallen, reached.identity)];
            return Answer {
                how: Some(How::Through),
                paths,
                ..answer
            };
        }
        let (some, _) = world.ask_all(reached.identity, &requests, true);
        adds |= some.outcome != Outcome::No;
    }
    let own: BTreeMap<IdentityIndex, bool> = std::iter::once((identity, true))
        .chain(
            fallen
                .becomes
                .iter()
                .map(|reached| (reached.identity, reached.sure)),
        )
        .collect();
    for (actor, actor_sure) in &own {
        for edge in world.edges(*actor) {
            let Gain::Grant(gain) = &edge.opportunity.gain else {
                continue;
            };
            let gains = edge
                .targets()
                .iter()
                .filter(|target| knows(**target))
                .filter_map(|target| own.get(target));
            let Some(target_sure) = gains.max() else { continue };
            let meeting = gain.meets(&requests, world.limits());
            if matches!(meeting, Meeting::Never) {
                continue;
            }
            let sure = *actor_sure && *target_sure && edge.certainty.is_sure();
            if asked.any && sure && matches!(meeting, Meeting::Surely(_)) {
                let paths = vec![world.path_to(&fallen, *actor)];
                return Answer {
                    outcome: Outcome::Yes,
                    how: Some(How::ByGranting),
                    paths,
                    assuming: direct.assuming,
                };
            }
            adds = true;
        }
    }
    if direct.outcome == Outcome::No && adds {
        let limit = "what others or new grants add is not decided for all of a pattern together; ask for one action and one resource, or with --reach direct";
        let outcome = Outcome::Unknown {
            gaps: Vec::new(),
            limit: Some(Text::from(limit)),
        };
        return Answer {
            outcome,
            how: None,
            ..direct
        };
    }
    direct
}

/// Whether the platform of `identity` can be meant by a pattern of actions.
pub fn concerns(world: &World, identity: IdentityIndex, action: &str, resource: &str) -> bool {
    let Some(platform) = world.platform_of(identity) else {
        return false;
    };
    if action == "*" || platform.objection(action, resource).is_none() {
        return true;
    }
    let actions = Strings::one(Pattern::glob(action, leastwise_permset::Case::Folded));
    !platform.catalogue().select(&actions).is_empty()
}

/// Whether the platform of `identity` can be meant by any of these patterns of actions; where there are none,
/// everything is meant.
pub fn concerns_any(world: &World, identity: IdentityIndex, actions: &[Text]) -> bool {
    let Some(platform) = world.platform_of(identity) else {
        return false;
    };
    let patterns = actions
        .iter()
        .map(|action| Pattern::glob(action, leastwise_permset::Case::Folded));
    actions.is_empty() || !platform.catalogue().select(&Strings::any_of(patterns)).is_empty()
}
