//! Questions about every request of a pattern, or about at least one.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_effective::{Answer, How, Outcome, Question, Reach, Wanted, World};
use leastwise_model::{Gain, IdentityIndex, Platform, Text};
use leastwise_permset::{
    Case, Condition, Guard, Meeting, Pattern, PermissionSet, Region, Strings, Test, Witness,
};

use crate::arguments::{Circumstances, is_pattern};

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

/// All the requests that are meant, within the circumstances given. Every resource is every one of the identity's own
/// instance that the action takes; at least one may be anywhere.
fn requests(world: &World, identity: IdentityIndex, asked: &Asked<'_>) -> Option<PermissionSet> {
    let platform = world.platform_of(identity)?;
    let mut all = platform.requests(asked.action, asked.resource);
    if asked.resource == "*" {
        all = all.difference(&misshapen(platform, asked.action));
    }
    if asked.resource == "*" && !asked.any {
        // Nobody holds everything that everybody has.
        let home = world.snapshot().identity(identity)?.instance;
        all = all.intersection(&platform.belonging(world.snapshot(), home));
    }
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

/// Requests with actions that exist, on resources of no shape that they take. Grows with the actions that `action` means.
fn misshapen(platform: &dyn Platform, action: &str) -> PermissionSet {
    let catalogue = platform.catalogue();
    let actions = Strings::one(Pattern::glob(action, Case::Folded));
    let mut alike: BTreeMap<Vec<Pattern>, Vec<Pattern>> = BTreeMap::new();
    for action in catalogue.select(&actions).iter() {
        let name = catalogue.name(action);
        let shapes = catalogue.resource_shapes(name);
        if !shapes.is_empty() {
            let name = Pattern::glob(name, Case::Folded);
            alike.entry(shapes).or_default().push(name);
        }
    }
    PermissionSet::union_of(alike.into_iter().map(|(shapes, actions)| {
        let elsewhere = Strings::any_of(shapes).complement();
        PermissionSet::from(Region::new(Strings::any_of(actions), elsewhere))
    }))
}

/// May `identity` make the requests? Beyond what it holds, those whom it can become and what it can be granted are
/// looked at one by one. What several of them could do only together is unknown, unless a request is found that
/// nobody of them can make. Of any request, the answer is that to the best one. With the answer comes the request that
/// it rests on: one that fails, that works (of any), or that is not decided.
pub fn can(world: &World, identity: IdentityIndex, asked: &Asked<'_>) -> (Answer, Option<Witness>) {
    let none = Answer {
        outcome: Outcome::No,
        how: None,
        paths: Vec::new(),
        assuming: Vec::new(),
    };
    let Some(requests) = requests(world, identity, asked) else {
        return (none, None);
    };
    let wanted = Wanted {
        requests: &requests,
        known: &asked.given.known,
        absent: &asked.given.absent,
        given: &asked.given.given,
        any: asked.any,
    };
    let (direct, witness) = if concerns(world, identity, asked.action, asked.resource) {
        world.ask_all(identity, &wanted)
    } else {
        (none, None)
    };
    if asked.reach == Reach::Direct || direct.outcome == Outcome::Yes {
        return (direct, witness);
    }
    if asked.any {
        any_beyond(world, identity, asked, &wanted, (direct, witness))
    } else {
        all_beyond(world, identity, asked, &wanted, (direct, witness))
    }
}

/// The best of what `identity` can do of the requests as itself, as others, and by widening itself or them.
fn any_beyond(
    world: &World,
    identity: IdentityIndex,
    asked: &Asked<'_>,
    wanted: &Wanted<'_>,
    mut best: (Answer, Option<Witness>),
) -> (Answer, Option<Witness>) {
    let fallen = world.reach(identity);
    let knows = |actor: IdentityIndex| concerns(world, actor, asked.action, asked.resource);
    // Each of them names its best request; what becomes of that from here is a question about one request.
    let mut better = |actor: IdentityIndex, held: &PermissionSet, witness: Option<Witness>| {
        if let Some(witness) = witness {
            let answer = one(world, identity, asked, &witness);
            if rank(&answer.outcome) > rank(&best.0.outcome) {
                // One for people to read, where it is answered as well.
                let natural = world.example(actor, held, wanted.requests, witness.clone());
                let same = one(world, identity, asked, &natural);
                best = match rank(&same.outcome) >= rank(&answer.outcome) {
                    true => (same, Some(natural)),
                    false => (answer, Some(witness)),
                };
            }
        }
        best.0.outcome == Outcome::Yes
    };
    for reached in fallen.becomes.iter().filter(|reached| knows(reached.identity)) {
        let (_, witness) = world.ask_all(reached.identity, wanted);
        if better(reached.identity, &world.effective(reached.identity), witness) {
            return best;
        }
    }
    let actors: Vec<IdentityIndex> = std::iter::once(identity)
        .chain(fallen.becomes.iter().map(|reached| reached.identity))
        .collect();
    let own: BTreeSet<IdentityIndex> = actors.iter().copied().collect();
    for actor in &actors {
        for edge in world.edges(*actor) {
            let Gain::Grant(gain) = &edge.opportunity.gain else {
                continue;
            };
            let targets = edge.targets();
            let gaining = targets
                .iter()
                .filter(|target| own.contains(target) && knows(**target));
            for target in gaining {
                let (_, witness) = world.works(*target, gain, wanted);
                if better(*target, gain, witness) {
                    return best;
                }
            }
        }
    }
    best
}

/// How much an outcome says that it can be done.
fn rank(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::No => 0,
        Outcome::Unknown { .. } => 1,
        Outcome::When(_) => 2,
        Outcome::Yes => 3,
    }
}

/// Whether every request can be made by one of those whom `identity` can become, or is unknown because it could be
/// made by several together.
fn all_beyond(
    world: &World,
    identity: IdentityIndex,
    asked: &Asked<'_>,
    wanted: &Wanted<'_>,
    (direct, witness): (Answer, Option<Witness>),
) -> (Answer, Option<Witness>) {
    let fallen = world.reach(identity);
    let knows = |actor: IdentityIndex| concerns(world, actor, asked.action, asked.resource);
    let mut adds = false;
    for reached in fallen.becomes.iter().filter(|reached| knows(reached.identity)) {
        let (answer, witness) = world.ask_all(reached.identity, wanted);
        if reached.sure && answer.outcome == Outcome::Yes {
            let paths = vec![world.path_to(&fallen, reached.identity)];
            let answer = Answer {
                how: Some(How::Through),
                paths,
                ..answer
            };
            return (answer, witness);
        }
        let some = Wanted { any: true, ..*wanted };
        adds |= world.ask_all(reached.identity, &some).0.outcome != Outcome::No;
    }
    let own: BTreeSet<IdentityIndex> = std::iter::once(identity)
        .chain(fallen.becomes.iter().map(|reached| reached.identity))
        .collect();
    adds |= own.iter().any(|actor| {
        world.edges(*actor).any(|edge| match &edge.opportunity.gain {
            Gain::Become => false,
            Gain::Grant(gain) => {
                let gains = |target: &IdentityIndex| own.contains(target) && knows(*target);
                edge.targets().iter().any(gains)
                    && !matches!(gain.meets(wanted.requests, world.limits()), Meeting::Never)
            }
        })
    });
    if direct.outcome != Outcome::No
        || !adds
        || witness
            .as_ref()
            .is_some_and(|witness| fails(world, identity, asked, witness))
    {
        return (direct, witness);
    }
    let limit = "what others or new grants add is not decided for all of a pattern together; ask for one action and one resource, or with --reach direct";
    let outcome = Outcome::Unknown {
        gaps: Vec::new(),
        limit: Some(Text::from(limit)),
    };
    let answer = Answer {
        outcome,
        how: None,
        ..direct
    };
    (answer, None)
}

/// The request that an answer to a pattern rests on, for people to read: one that fails for whomever the identity can
/// become as well, or one that works for the identity as itself.
pub fn example(
    world: &World,
    identity: IdentityIndex,
    asked: &Asked<'_>,
    answer: &Answer,
    first: Witness,
) -> Witness {
    let Some(requests) = requests(world, identity, asked) else {
        return first;
    };
    match (&answer.outcome, answer.how) {
        (Outcome::No, _) => {
            let small = world.counterexample(identity, &requests, first.clone());
            if asked.reach == Reach::Direct || fails(world, identity, asked, &small) {
                small
            } else {
                first
            }
        }
        (Outcome::Yes, Some(How::Direct)) => {
            world.example(identity, &world.effective(identity), &requests, first)
        }
        (Outcome::When(_), Some(How::Direct)) if asked.any => {
            let natural = world.example(identity, &world.effective(identity), &requests, first.clone());
            match one(world, identity, asked, &natural).outcome == answer.outcome {
                true => natural,
                false => first,
            }
        }
        _ => first,
    }
}

/// Whether nobody whom `identity` can become, nor what it can be granted, makes a request.
fn fails(world: &World, identity: IdentityIndex, asked: &Asked<'_>, witness: &Witness) -> bool {
    one(world, identity, asked, witness).outcome == Outcome::No
}

/// The answer for the action and resource of one request.
fn one(world: &World, identity: IdentityIndex, asked: &Asked<'_>, witness: &Witness) -> Answer {
    world.ask(&Question {
        identity,
        action: &witness.request.action,
        resource: &witness.request.resource,
        known: asked.given.known.clone(),
        absent: asked.given.absent.clone(),
        given: asked.given.given.clone(),
        reach: asked.reach,
        complete: false,
    })
}

/// All requests of a platform that are meant by an action and a resource in which `*` is a pattern, where it knows such
/// requests.
///
/// # Errors
/// Where it knows none: why.
pub fn on_platform(platform: &dyn Platform, action: &str, resource: &str) -> Result<PermissionSet, Text> {
    let actions = Strings::one(Pattern::glob(action, Case::Folded));
    let known = action == "*" || !platform.catalogue().select(&actions).is_empty();
    let objection = match is_pattern(resource) || is_pattern(action) {
        true => None,
        false => platform.objection(action, resource),
    };
    if let Some(objection) = objection {
        return Err(objection);
    }
    if !known {
        // On some resource: only the action is at fault.
        let why = platform.objection(action, "");
        return Err(why.unwrap_or_else(|| format!("{} has no action `{action}`", platform.title()).into()));
    }
    let all = platform.requests(action, resource);
    Ok(match resource {
        "*" => all.difference(&misshapen(platform, action)),
        _ => all,
    })
}

/// Whether the platform of `identity` can be meant by a pattern of actions.
pub fn concerns(world: &World, identity: IdentityIndex, action: &str, resource: &str) -> bool {
    let Some(platform) = world.platform_of(identity) else {
        return false;
    };
    if action == "*" || platform.objection(action, resource).is_none() {
        return true;
    }
    let actions = Strings::one(Pattern::glob(action, Case::Folded));
    !platform.catalogue().select(&actions).is_empty()
}

/// Whether the platform of `identity` can be meant by any of these patterns of actions; where there are none,
/// everything is meant.
pub fn concerns_any(world: &World, identity: IdentityIndex, actions: &[Text]) -> bool {
    let Some(platform) = world.platform_of(identity) else {
        return false;
    };
    let patterns = actions.iter().map(|action| Pattern::glob(action, Case::Folded));
    actions.is_empty() || !platform.catalogue().select(&Strings::any_of(patterns)).is_empty()
}
