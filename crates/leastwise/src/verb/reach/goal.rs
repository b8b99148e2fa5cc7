//! What is meant by `--to`, `--action` and `--class`.

use std::collections::BTreeSet;

use leastwise_effective::{Goal, Sought, Unfound, World};
use leastwise_model::{ActionClass, Settings, Target, Text, Verb};
use leastwise_report::path;
use leastwise_report::text::listed;

use super::Arguments;
use crate::arguments;
use crate::problem::Problem;

/// What is asked who comes to.
pub struct Named {
    /// Itself.
    pub goal: Goal,
    /// What to call it.
    pub title: String,
}

/// The goal that was typed: with an action, a class or a platform requests on a resource; else the crown jewel or the identity that is
/// called so, else whatever can be done on such a resource.
///
/// # Errors
/// Where nothing or several things can be meant, or the class is none.
pub fn goal(world: &World, settings: &Settings, typed: &Arguments, to: &str) -> Result<Named, Problem> {
    let class = typed.class.as_deref().map(class).transpose()?;
    if to.is_empty() {
        return Err(Problem::usage("`--to` names nothing")
            .hint("name a resource as its platform writes it, an identity, or a crown jewel"));
    }
    if typed.action.is_none() && class.is_none() && typed.platform.is_none() {
        let mut jewels = settings.crown_jewels.iter();
        if let Some(jewel) = jewels.find(|jewel| jewel.name.eq_ignore_ascii_case(to)) {
            let goal = Goal::jewel(world, jewel);
            let title = jewel.name.to_string();
            return match goal.is_empty() {
                true => Err(
                    Problem::usage(format!("no platform of this estate has what `{title}` is"))
                        .hint("look at its resources in leastwise.toml"),
                ),
                false => Ok(Named { goal, title }),
            };
        }
        match world.find_suffix(to) {
            Ok(index) => {
                return Ok(Named {
                    goal: Goal::Identity(index),
                    title: path::id(world.snapshot(), index).to_owned(),
                });
            }
            Err(Unfound::Nobody { .. }) => {}
            Err(several) => {
                return Err(arguments::unfound_words(to, &several));
            }
        }
    }
    on_resource(world, settings, typed, class, to)
}

/// Requests on a resource.
fn on_resource(
    world: &World,
    settings: &Settings,
    typed: &Arguments,
    class: Option<(Option<Verb>, Option<Target>)>,
    to: &str,
) -> Result<Named, Problem> {
    let actions: Vec<Text> = typed.action.iter().map(|action| Text::from(&**action)).collect();
    let (verb, target) = class.unwrap_or_default();
    let counts = |class: ActionClass| {
        verb.is_none_or(|verb| class.verb == verb) && target.is_none_or(|target| class.target == target)
    };
    let goal = Goal::requests(
        world,
        &Sought {
            actions: &actions,
            resources: &[Text::from(to)],
            class: &counts,
            platform: typed.platform.as_deref(),
            instance: None,
        },
    )
    .telling(world, to);
    let Goal::Requests(all) = &goal else {
        return Err(Problem::internal("requests are no identity"));
    };
    let snapshot = world.snapshot();
    let known: BTreeSet<&str> = snapshot
        .instances
        .iter()
        .map(|instance| instance.platform)
        .collect();
    if let Some(platform) = typed.platform.as_deref().filter(|name| !known.contains(name)) {
        let known: Vec<&str> = known.into_iter().collect();
        return Err(
            Problem::usage(format!("nothing of this estate is of platform `{platform}`"))
                .hint(format!("there is {}", listed(&known))),
        );
    }
    let instances = all.keys().filter_map(|index| snapshot.instance(*index));
    let platforms: BTreeSet<&str> = instances.map(|instance| instance.platform).collect();
    if platforms.len() > 1 {
        let platforms: Vec<&str> = platforms.into_iter().collect();
        let what = format!("`{to}` can be a resource of {}", listed(&platforms));
        let jewels: Vec<&str> = settings.crown_jewels.iter().map(|jewel| &*jewel.name).collect();
        let or_jewel = match jewels.is_empty() {
            true => String::new(),
            false => format!("; or name a crown jewel: {}", jewels.join(", ")),
        };
        return Err(Problem::usage(what).hint(format!("say which: --platform NAME{or_jewel}")));
    }
    if goal.is_empty() {
        return Err(nothing(world, typed, to));
    }
    let by = match (&typed.action, &typed.class) {
        (None, None) => String::new(),
        (Some(action), None) => format!(" by {action}"),
        (None, Some(class)) => format!(" by actions of class {class}"),
        (Some(action), Some(class)) => format!(" by {action} of class {class}"),
    };
    Ok(Named {
        title: format!("{to}{by}"),
        goal,
    })
}

/// No platform has such requests: what each objects says what is wrong.
fn nothing(world: &World, typed: &Arguments, to: &str) -> Problem {
    let mut objections: BTreeSet<Text> = BTreeSet::new();
    if let Some(action) = typed
        .action
        .as_deref()
        .filter(|action| !arguments::is_pattern(action))
    {
        for (index, _) in world.snapshot().each_identity() {
            if let Some(platform) = world.platform_of(index) {
                objections.extend(platform.objection(action, to));
            }
        }
    }
    let what = match (objections.first(), &typed.action, &typed.class) {
        (Some(objection), _, None) if objections.len() == 1 => objection.to_string(),
        (_, Some(action), None) => format!("no platform of this estate knows `{action}` on `{to}`"),
        (_, None, None) => {
            format!("no identity is called `{to}`, and no platform of this estate has such a resource")
        }
        (_, _, Some(class)) => {
            format!("no platform of this estate has such an action of class `{class}` on `{to}`")
        }
    };
    Problem::usage(what).hint(
        "write resources as their platform does; `leastwise identities` lists identities, and crown jewels stand in leastwise.toml",
    )
}

/// `write`, `data` or `write data`.
fn class(text: &str) -> Result<(Option<Verb>, Option<Target>), Problem> {
    let words: Vec<&str> = text
        .split([' ', '-', ':', '/'])
        .filter(|word| !word.is_empty())
        .collect();
    let verb = |word: &str| Verb::ALL.into_iter().find(|verb| verb.as_str() == word);
    let target = |word: &str| Target::ALL.into_iter().find(|target| target.as_str() == word);
    let found = match words.as_slice() {
        [one] => (verb(one), target(one)),
        [first, second] => match (verb(first), target(second)) {
            (Some(verb), Some(target)) => (Some(verb), Some(target)),
            _ => (None, None),
        },
        _ => (None, None),
    };
    if found == (None, None) {
        let verbs = Verb::ALL.map(Verb::as_str);
        let targets = Target::ALL.map(Target::as_str);
        return Err(
            Problem::usage(format!("`{text}` is no class of actions")).hint(format!(
                "a class is one of {}, or one of {}, or both: 'read data'",
                listed(&verbs),
                listed(&targets)
            )),
        );
    }
    Ok(found)
}
