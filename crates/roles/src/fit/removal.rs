//! The removal: what to take away once the role is in place, in which order, who else would lose what, and what brings it back.
//!
//! Statements hang on *handles*: the attachment, binding or membership that gives them, or the statement itself. Whether somebody
//! else holds something by the same handle is decided by taking it out of the estate and comparing what everybody can do, but for
//! handles of which the platform takes one holder out and leaves the others.

use leastwise_effective::{Statement, World};
use leastwise_model::{IdentityIndex, Step};
use leastwise_permset::{Emptiness, Inclusion, Label, Strings, Witness};

use crate::excess::{Color, Evidence, GrantSplit, Split};

/// What somebody else loses.
#[derive(Clone, Debug)]
pub struct Loss {
    /// Who.
    pub identity: IdentityIndex,
    /// A request that is lost.
    pub witness: Witness,
    /// Whether some of it is declared as needed or was used, or could not have been seen: then it must not go.
    pub missed: bool,
}

/// Something by which statements are held, to be taken away as one.
#[derive(Clone, Debug)]
pub struct Handle {
    /// Its label.
    pub label: Label,
    /// The resources on which it gives something, by statement.
    pub resources: Vec<Strings>,
    /// The statements that it gives.
    pub statements: Vec<Vec<Label>>,
    /// Whether nothing that it gives is needed, used or unobservable: it can go before the role is in place.
    pub all_excess: bool,
    /// Whether it gives something needed or used: the role must be in place first.
    pub needed: bool,
    /// Who else holds something by it and nothing else, and loses it; nobody where the platform can take it from one alone.
    pub losses: Vec<Loss>,
    /// Who else holds one of its statements another way, so that a statement must not be changed in place.
    pub shared: Vec<IdentityIndex>,
}

/// Everything to take away, in order: first what gives nothing but excess, last what the role must replace. One comparison of
/// everybody's sets for each handle.
#[must_use]
pub fn removal(evidence: &Evidence<'_>, split: &Split, grants: &[GrantSplit]) -> Vec<Handle> {
    let world = evidence.world();
    let mut handles: Vec<Handle> = Vec::new();
    for grant in grants {
        // What the platform put there is nobody's to take away: that everybody holds what is granted to all, for one.
        let provided = |label: &Label| world.snapshot().step(*label).is_some_and(|step| step.provided);
        let Some(label) = grant.steps.iter().find(|label| !provided(label)).copied() else {
            continue;
        };
        let needed = grant.gives(Color::Needed) || grant.gives(Color::Used);
        match handles.iter_mut().find(|known| known.label == label) {
            Some(known) => {
                known.statements.push(grant.steps.clone());
                known.resources.extend(resources(grant));
                known.all_excess &= grant.is_all_excess();
                known.needed |= needed;
            }
            None => handles.push(Handle {
                label,
                resources: resources(grant).collect(),
                statements: vec![grant.steps.clone()],
                all_excess: grant.is_all_excess(),
                needed,
                losses: Vec::new(),
                shared: Vec::new(),
            }),
        }
    }
    for handle in &mut handles {
        if !goes_alone(world, split.identity, handle) {
            handle.losses = losses(evidence, split.identity, handle.label);
        }
        handle.shared = shared(world, split.identity, &handle.statements);
    }
    handles.sort_by_key(|handle| {
        (
            !handle.all_excess,
            handle.needed,
            !handle.losses.is_empty(),
            handle.label,
        )
    });
    handles
}

/// The resources of which a statement speaks.
fn resources(grant: &GrantSplit) -> impl Iterator<Item = Strings> {
    grant
        .abilities
        .iter()
        .map(|ability| ability.region.resources.clone())
}

/// Whether the platform can take a handle from an identity and leave it to the others who hold by it.
fn goes_alone(world: &World, own: IdentityIndex, handle: &Handle) -> bool {
    let snapshot = world.snapshot();
    let taken = || {
        let language = world.platform_of(own)?.roles()?;
        language.taken(
            snapshot.identity(own)?,
            snapshot.step(handle.label)?,
            &handle.resources,
        )
    };
    taken().is_some_and(|change| change.alone)
}

/// What others lose where a handle goes as a whole.
fn losses(evidence: &Evidence<'_>, own: IdentityIndex, label: Label) -> Vec<Loss> {
    let world = evidence.world();
    let others = |index: &IdentityIndex| *index != own;
    let holders: Vec<IdentityIndex> = world.holders_under(label).into_iter().filter(others).collect();
    if holders.is_empty() {
        return Vec::new();
    }
    let alike = alike(world, label);
    let without = world.without(&Statement { labels: alike });
    let losses = holders.into_iter().filter_map(|index| {
        let lost = world.effective(index).difference(&without.effective(index));
        let Emptiness::Inhabited(witness) = lost.emptiness(world.limits()) else {
            return None;
        };
        let split = evidence.split(index)?;
        let excess = split.colors.part(Color::Excess);
        Some(Loss {
            identity: index,
            witness,
            missed: lost.included_in(excess, world.limits()) != Inclusion::Holds,
        })
    });
    losses.collect()
}

/// All labels of one native statement.
fn alike(world: &World, label: Label) -> Vec<Label> {
    let Some(step) = world.snapshot().step(label) else {
        return vec![label];
    };
    let same = |other: &Step| other == step;
    let found = world.statements(same);
    found
        .into_iter()
        .next()
        .map_or_else(|| vec![label], |statement| statement.labels)
}

/// Who else holds the statements below a handle.
fn shared(world: &World, own: IdentityIndex, statements: &[Vec<Label>]) -> Vec<IdentityIndex> {
    let mut all: Vec<IdentityIndex> = statements
        .iter()
        .filter_map(|steps| steps.last())
        .flat_map(|label| world.holders_under(*label))
        .filter(|index| *index != own)
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}
