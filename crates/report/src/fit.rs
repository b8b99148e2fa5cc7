//! The role that fits an identity, what is proved of it, and what to take away then.

mod text;

use std::borrow::Cow;

use leastwise_effective::World;
use leastwise_model::{IdentityIndex, Text};
use leastwise_permset::Label;
use leastwise_roles::fit::{Fit, Handle};
use schemars::JsonSchema;
use serde::Serialize;

use crate::compare::{self, WitnessView};
use crate::path::{self, PathStep};

pub use text::{text, undo};

/// A permission that gives more than is needed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BeyondRow {
    /// Its actions and resources.
    pub permission: String,
    /// A request of it that is not needed.
    pub witness: WitnessView,
}

/// Observed uses that were replayed with one end.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReplayRow<'a> {
    /// `allowed`; `in-part`, where the log does not tell the resource, or names many; `refused`; `not-held`.
    pub became: Cow<'a, str>,
    /// How many events.
    pub events: u64,
    /// The first of them: action, and resource where it is known.
    pub examples: Vec<String>,
}

/// What somebody else loses.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LossRow<'a> {
    /// Who.
    pub identity: Cow<'a, str>,
    /// A request that is lost.
    pub witness: WitnessView,
    /// Whether it is more than excess: declared, used, or not to be seen.
    pub missed: bool,
}

/// Something to take away.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HandleRow<'a> {
    /// `before`: it gives nothing but excess, and can go before the role is in place; `after`: the role must be in place.
    pub when: Cow<'a, str>,
    /// What to take away; putting it back as it stands here undoes that.
    pub detach: PathStep<'a>,
    /// The statements that go with it.
    pub statements: Vec<PathStep<'a>>,
    /// Commands that take it away, for a person to run; none where no command does that alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub take: Vec<Cow<'a, str>>,
    /// Commands that bring it back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub undo: Vec<Cow<'a, str>>,
    /// Who else loses something by that.
    pub losses: Vec<LossRow<'a>>,
    /// Who else holds the statements another way: to change these in place would take from them too.
    pub shared_with: Vec<Cow<'a, str>>,
}

/// How to keep an identity within the role where nothing is taken away.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BoundRow<'a> {
    /// Commands that bound it, for a person to run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub take: Vec<Cow<'a, str>>,
    /// Commands that undo that.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub undo: Vec<Cow<'a, str>>,
    /// Why it cannot be bound so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Cow<'a, str>>,
}

/// A role that fits.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FitView<'a> {
    /// Whose.
    pub identity: Cow<'a, str>,
    /// The file of the role.
    pub role: Cow<'a, str>,
    /// The same in the platform's own language, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub native: Option<Cow<'a, str>>,
    /// Proved: all that is needed and held is in the role, and all that the role gives is granted today.
    pub proved: Vec<Cow<'a, str>>,
    /// What the role gives beyond the need.
    pub beyond: Vec<BeyondRow>,
    /// Declared, and not held: action and resource.
    pub declared_not_held: Vec<String>,
    /// The observed uses against the role.
    pub replay: Vec<ReplayRow<'a>>,
    /// How many actions of the excess the role leaves behind.
    pub excess_gone: usize,
    /// How many actions it leaves behind whose use no log could have shown: what of them is needed must be declared.
    pub unobservable_gone: usize,
    /// What to take away, in order.
    pub removal: Vec<HandleRow<'a>>,
    /// The bound that comes to the same, where something to take away is shared, or others lose by it, and the platform has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead: Option<BoundRow<'a>>,
}

const PROVED: [&str; 2] = [
    "every request that is needed and held is in the role",
    "every request of the role is granted today; denials and bounds stay where they are",
];

/// As programs read it.
#[must_use]
pub fn view<'a>(world: &'a World, fit: &'a Fit, removal: &'a [Handle]) -> FitView<'a> {
    let snapshot = world.snapshot();
    FitView {
        identity: Cow::Borrowed(path::id(snapshot, fit.identity)),
        role: Cow::Borrowed(&fit.file),
        native: fit.native.as_deref().map(Cow::Borrowed),
        proved: PROVED.iter().map(|text| Cow::Borrowed(*text)).collect(),
        beyond: fit
            .proof
            .beyond
            .iter()
            .map(|beyond| BeyondRow {
                permission: beyond.permission.clone(),
                witness: compare::witness(&beyond.witness),
            })
            .collect(),
        declared_not_held: fit
            .unheld
            .iter()
            .map(|(action, resource)| format!("{action} on {resource}"))
            .collect(),
        replay: fit
            .proof
            .replay
            .iter()
            .map(|replay| ReplayRow {
                became: Cow::Borrowed(replay.became.as_str()),
                events: replay.events,
                examples: replay.examples.iter().map(example).collect(),
            })
            .collect(),
        excess_gone: fit.proof.excess_gone,
        unobservable_gone: fit.proof.unobservable_gone,
        removal: removal
            .iter()
            .map(|handle| row(world, fit.identity, handle))
            .collect(),
        instead: instead(world, fit, removal),
    }
}

fn commands<'a>(all: Vec<Text>) -> Vec<Cow<'a, str>> {
    all.into_iter().map(|one| Cow::Owned(one.to_string())).collect()
}

/// The bound, where what is to be taken away cannot be changed for this identity alone.
fn instead<'a>(world: &'a World, fit: &Fit, removal: &[Handle]) -> Option<BoundRow<'a>> {
    let provided = |label: &Label| world.snapshot().step(*label).is_some_and(|step| step.provided);
    let common = removal.iter().any(|handle| {
        !handle.losses.is_empty()
            || !handle.shared.is_empty()
            || handle.statements.iter().flatten().any(provided)
    });
    let language = world.platform_of(fit.identity)?.roles()?;
    let identity = world.snapshot().identity(fit.identity).filter(|_| common)?;
    Some(match language.bound(identity, &fit.id, &fit.set)? {
        Ok(change) => BoundRow {
            take: commands(change.change),
            undo: commands(change.undo),
            refused: None,
        },
        Err(why) => BoundRow {
            take: Vec::new(),
            undo: Vec::new(),
            refused: Some(Cow::Owned(why.to_string())),
        },
    })
}

fn example((action, resource): &(String, Option<String>)) -> String {
    match resource {
        Some(resource) => format!("{action} on {resource}"),
        None => format!("{action}, on what is not known"),
    }
}

fn row<'a>(world: &'a World, own: IdentityIndex, handle: &'a Handle) -> HandleRow<'a> {
    let snapshot = world.snapshot();
    let language = world.platform_of(own).and_then(|platform| platform.roles());
    let change = language.and_then(|language| {
        let (identity, step) = (snapshot.identity(own)?, snapshot.step(handle.label)?);
        language.taken(identity, step, &handle.resources)
    });
    let (take, undo) = change.map_or_else(Default::default, |change| (change.change, change.undo));
    let step = |label| PathStep {
        identity: Cow::Borrowed(path::id(snapshot, own)),
        ..path::statement(snapshot, label)
    };
    let below = handle.statements.iter().filter(|steps| steps.len() > 1);
    HandleRow {
        when: Cow::Borrowed(if handle.all_excess { "before" } else { "after" }),
        detach: step(handle.label),
        statements: below
            .filter_map(|steps| steps.last().copied())
            .map(step)
            .collect(),
        take: commands(take),
        undo: commands(undo),
        losses: handle
            .losses
            .iter()
            .map(|loss| LossRow {
                identity: Cow::Borrowed(path::id(snapshot, loss.identity)),
                witness: compare::witness(&loss.witness),
                missed: loss.missed,
            })
            .collect(),
        shared_with: handle
            .shared
            .iter()
            .map(|index| Cow::Borrowed(path::id(snapshot, *index)))
            .collect(),
    }
}
