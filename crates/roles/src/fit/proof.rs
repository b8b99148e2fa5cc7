//! What is proved of a role: of what its file says, by the sets that its platform makes of it.

use leastwise_model::UseOutcome;
use leastwise_permset::{Emptiness, Inclusion, Meeting, PermissionSet, Witness};
use leastwise_usage::requests;

use super::Unfit;
use super::candidates::{Wanted, granted, permission};
use crate::excess::{Color, Evidence, Split};
use crate::meaning::Meaning;

/// A permission that gives more than is needed.
#[derive(Clone, Debug)]
pub struct Beyond {
    /// Its actions and resources, as written.
    pub permission: String,
    /// A request of it that is not needed.
    pub witness: Witness,
}

/// What became of a use when it was asked of the role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Replayed {
    /// The role allows all that the log may mean.
    Allowed,
    /// The log does not tell the resource, or names many: some of it is allowed.
    InPart,
    /// The role refuses it.
    Refused,
    /// The identity does not hold it: the estate is of another day, or another side allowed it.
    NotHeld,
}

impl Replayed {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::InPart => "in-part",
            Self::Refused => "refused",
            Self::NotHeld => "not-held",
        }
    }
}

/// Uses that were replayed with one end.
#[derive(Clone, Debug)]
pub struct Replay {
    /// What became of them.
    pub became: Replayed,
    /// How many events.
    pub events: u64,
    /// The first of them: action, and resource where it is known.
    pub examples: Vec<(String, Option<String>)>,
}

/// What is proved of a role.
#[derive(Clone, Debug)]
pub struct Proof {
    /// What it gives beyond the need, for each permission that does.
    pub beyond: Vec<Beyond>,
    /// The observed uses against it.
    pub replay: Vec<Replay>,
    /// How many actions of the excess it leaves behind.
    pub excess_gone: usize,
    /// How many unobservable actions it leaves behind: what of them is needed must be declared.
    pub unobservable_gone: usize,
}

/// How many uses are shown of each end.
const SHOWN: usize = 5;

pub(super) fn prove(
    evidence: &Evidence<'_>,
    split: &Split,
    wanted: &[Wanted],
    meaning: &Meaning<'_>,
) -> Result<Proof, Unfit> {
    let world = evidence.world();
    let limits = world.limits();
    let held = world.effective(split.identity);
    let role = meaning.set();
    let needed = PermissionSet::union_of(wanted.iter().map(|one| one.requests.clone()));
    match role.included_in(&granted(world, split.identity), limits) {
        Inclusion::Holds => {}
        Inclusion::Fails(witness) | Inclusion::Depends(witness) => {
            let (action, resource) = (&witness.request.action, &witness.request.resource);
            return Err(Unfit::Unproved(format!(
                "the role would give {action} on {resource}, which no statement grants"
            )));
        }
        Inclusion::Unknown(_) => {
            return Err(Unfit::Unproved(
                "whether all that the role gives is granted could not be decided".into(),
            ));
        }
    }
    match needed.intersection(&held).included_in(&role, limits) {
        Inclusion::Holds => {}
        Inclusion::Fails(witness) | Inclusion::Depends(witness) => {
            return Err(Unfit::Inexpressible {
                witness: Some(Box::new(witness)),
                why: "the role leaves it out".into(),
            });
        }
        Inclusion::Unknown(_) => {
            return Err(Unfit::Unproved(
                "whether the role gives all that is needed could not be decided".into(),
            ));
        }
    }
    // What is declared in the very words of the role is needed as the role's language understands them.
    let declared = wanted.iter().filter_map(|one| {
        let words = permission(&one.action, one.resource.as_deref()?);
        meaning.language.permission(&words).ok()
    });
    let meant = needed.union(&PermissionSet::union_of(declared));
    let beyond = meaning.permissions.iter().filter_map(|one| {
        let Emptiness::Inhabited(witness) = one.set.difference(&meant).emptiness(limits) else {
            return None;
        };
        let texts = |all: &[leastwise_model::Written]| {
            all.iter().map(|one| &*one.text).collect::<Vec<_>>().join(", ")
        };
        let (actions, resources) = (
            texts(&one.permission.what.actions),
            texts(&one.permission.what.resources),
        );
        Some(Beyond {
            permission: format!("{actions} on {resources}"),
            witness,
        })
    });
    let gone = |color: Color| {
        let Some(platform) = world.platform_of(split.identity) else {
            return 0;
        };
        let Some(selector) = world.selector(platform) else {
            return 0;
        };
        let mut gone = split.actions(color).clone();
        for one in &meaning.permissions {
            for written in &one.permission.what.actions {
                gone.subtract(&selector.select(&leastwise_usage::action_strings(platform, &written.text)));
            }
        }
        gone.count()
    };
    Ok(Proof {
        beyond: beyond.collect(),
        replay: replay(evidence, split, &held, &role),
        excess_gone: gone(Color::Excess),
        unobservable_gone: gone(Color::Unobservable),
    })
}

/// Asks every use that went through of the role.
fn replay(evidence: &Evidence<'_>, split: &Split, held: &PermissionSet, role: &PermissionSet) -> Vec<Replay> {
    let world = evidence.world();
    let limits = world.limits();
    let Some(platform) = world.platform_of(split.identity) else {
        return Vec::new();
    };
    let mut all: Vec<Replay> = Vec::new();
    for one in evidence.uses(split.identity) {
        if !matches!(one.outcome, UseOutcome::Allowed | UseOutcome::AllowedInError) || one.action.is_empty() {
            continue;
        }
        let asked = requests(platform, &one.action, one.resource.as_deref());
        let part = held.intersection(&asked);
        let became = if matches!(part.emptiness(limits), Emptiness::Empty) {
            Replayed::NotHeld
        } else if part.included_in(role, limits) == Inclusion::Holds {
            Replayed::Allowed
        } else if matches!(part.meets(role, limits), Meeting::Never) {
            Replayed::Refused
        } else {
            Replayed::InPart
        };
        let at = all.iter().position(|known| known.became == became);
        let example = (one.action.clone(), one.resource.clone());
        match at.and_then(|at| all.get_mut(at)) {
            Some(known) => {
                known.events += one.count;
                if known.examples.len() < SHOWN && !known.examples.contains(&example) {
                    known.examples.push(example);
                }
            }
            None => all.push(Replay {
                became,
                events: one.count,
                examples: vec![example],
            }),
        }
    }
    all.sort_by_key(|replay| replay.became);
    all
}
