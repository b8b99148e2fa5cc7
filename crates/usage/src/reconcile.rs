//! Reconcile: every observed end of a request is asked of the estate. What the platform decided is the truth; where the answer is
//! another, somebody is wrong, and [`Cause`] says who it may be.
//!
//! A use that went through agrees where the identity's own set has all requests that the log may mean, and disagrees where it
//! has none. A use that was refused agrees where the set has none of them, and disagrees where it has all of them whatever
//! their context is. In between nothing contradicts: the answer has a condition, or the log does not tell on what. What
//! depends on a gap is not decided; there the log knows more than the estate.
//!
//! An operation that needs several actions is refused if one of them is: a refusal is explained by any of its actions.
//!
//! Cost: for each different request two or three questions to one identity's set, cut down to the action first.

mod cause;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use leastwise_effective::{Outcome, Question, Wanted, World};
use leastwise_model::{Basis, IdentityIndex, Platform, UseOutcome};
use leastwise_permset::{Atom, Context, Guard, Inclusion, PermissionSet, Region, Strings};

use crate::asked::{action_strings, called, requests};
use crate::{Observation, Observed};

pub use cause::{Cause, Reason};

/// How many requests, and how many events told of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Different requests: an identity, an action, a resource as far as it is told, an operation, an end.
    pub requests: u64,
    /// Events.
    pub events: u64,
}

/// What became of a request that was asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The estate says what the log says.
    Agrees,
    /// Nothing contradicts: the answer has a condition, or the log does not tell on what, or another action of the same
    /// operation explains a refusal.
    Fits,
    /// The answer depends on what the estate does not hold.
    Undecided,
    /// The estate says the opposite.
    Disagrees,
}

impl Verdict {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Agrees, Self::Fits, Self::Undecided, Self::Disagrees];
}

/// Why a use was not asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeftOut {
    /// Nobody knows which action the operation needs, or that is a guess.
    Unmapped,
    /// The operation needs no permission.
    Free,
    /// The log does not tell what came of it.
    Unclear,
    /// The identity is not in the estate.
    Stranger,
    /// Such a request does not exist on the platform.
    Nonsense,
}

impl LeftOut {
    /// The words for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unmapped => "which action it needs is not known, or a guess",
            Self::Free => "it needs no permission",
            Self::Unclear => "the log does not tell whether it was allowed",
            Self::Stranger => "the identity is not in the estate",
            Self::Nonsense => "the platform has no such request",
        }
    }
}

/// An observed end of a request that the estate contradicts.
#[derive(Clone, Debug)]
pub struct Disagreement<'a> {
    /// Whose.
    pub identity: IdentityIndex,
    /// What the log says, of all sessions together.
    pub seen: Seen<'a>,
    /// What the estate says.
    pub answer: Outcome,
    /// Who may be wrong, the likeliest first; at least one.
    pub reasons: Vec<Reason>,
}

/// One end of one request, of all sessions together.
#[derive(Clone, Debug)]
pub struct Seen<'a> {
    /// The first of the uses.
    pub first_use: &'a Observation,
    /// How often.
    pub count: u64,
    /// The first instant.
    pub first: Timestamp,
    /// The last instant.
    pub last: Timestamp,
}

/// What came of asking all of it again.
#[derive(Clone, Debug, Default)]
pub struct Reconciled<'a> {
    /// For each platform, in the order of [`Verdict::ALL`].
    pub platforms: BTreeMap<&'static str, [Count; 4]>,
    /// What the estate contradicts, the most events first.
    pub disagreements: Vec<Disagreement<'a>>,
    /// Gaps of the estate on which answers depend that the logs know, and of how much.
    pub gaps: BTreeMap<Atom, Count>,
    /// Uses whose answer is beyond the limits of searching.
    pub limited: Count,
    /// What was not asked again, by reason.
    pub left_out: BTreeMap<LeftOut, Count>,
    /// Who stands in the logs and not in the estate.
    pub strangers: BTreeMap<&'a str, Count>,
}

impl Reconciled<'_> {
    /// Requests that are decided, of all platforms or of one: how many agree, and how many there are.
    #[must_use]
    pub fn decided(&self, platform: Option<&str>) -> (u64, u64) {
        let chosen = self.platforms.iter();
        let chosen = chosen.filter(|(name, _)| platform.is_none_or(|platform| platform == **name));
        chosen.fold((0, 0), |(agree, all), (_, [agrees, _, _, disagrees])| {
            (
                agree + agrees.requests,
                all + agrees.requests + disagrees.requests,
            )
        })
    }
}

/// What tells one end of a request from another.
type Key<'a> = (&'a str, &'a str, &'a str, Option<&'a str>, bool, Basis, bool);

fn key(one: &Observation) -> Key<'_> {
    let resource = one.resource.as_deref();
    let proves = one.outcome.proves();
    (
        &one.identity,
        &one.action,
        &one.operation,
        resource,
        one.folded,
        one.basis,
        proves,
    )
}

/// Asks the estate about everything that was observed.
#[must_use]
pub fn reconcile<'a>(world: &'a World, observed: &'a Observed) -> Reconciled<'a> {
    let mut out = Reconciled::default();
    let mut all: BTreeMap<Key<'a>, Seen<'a>> = BTreeMap::new();
    for one in &observed.uses {
        if let Some(why) = left_out(one) {
            count(out.left_out.entry(why).or_default(), one.count);
            continue;
        }
        let seen = all.entry(key(one)).or_insert_with(|| Seen::new(one));
        seen.count += one.count;
        seen.first = seen.first.min(one.first);
        seen.last = seen.last.max(one.last);
    }
    let ends = cause::Ends::of(all.values());
    let mut replay = Replay {
        world,
        at: None,
        explained: BTreeSet::new(),
        mapped_well: BTreeSet::new(),
        pending: Vec::new(),
    };
    for seen in all.into_values() {
        let Some(index) = called(world, &seen.first_use.identity) else {
            count(out.left_out.entry(LeftOut::Stranger).or_default(), seen.count);
            let stranger = out.strangers.entry(&seen.first_use.identity).or_default();
            count(stranger, seen.count);
            continue;
        };
        let Some(platform) = world.platform_of(index) else {
            continue;
        };
        let resource = seen.first_use.resource.as_deref().unwrap_or("*");
        if platform.objection(&seen.first_use.action, resource).is_some() {
            count(out.left_out.entry(LeftOut::Nonsense).or_default(), seen.count);
            continue;
        }
        replay.one(index, platform, seen);
    }
    let Replay {
        explained,
        mapped_well,
        pending,
        ..
    } = replay;
    for (index, platform, seen, mut said) in pending {
        let call = (&*seen.first_use.identity, &*seen.first_use.operation);
        if said.verdict == Verdict::Disagrees && !seen.first_use.outcome.proves() && explained.contains(&call)
        {
            said.verdict = Verdict::Fits;
        }
        let counts = out.platforms.entry(platform.name()).or_default();
        let at = Verdict::ALL.iter().position(|verdict| *verdict == said.verdict);
        if let Some(one) = at.and_then(|at| counts.get_mut(at)) {
            count(one, seen.count);
        }
        match said.verdict {
            Verdict::Agrees | Verdict::Fits => {}
            Verdict::Undecided => match &said.answer {
                Outcome::Unknown { gaps, .. } if !gaps.is_empty() => {
                    for gap in gaps {
                        count(out.gaps.entry(gap.clone()).or_default(), seen.count);
                    }
                }
                _ => count(&mut out.limited, seen.count),
            },
            Verdict::Disagrees => {
                let well = mapped_well.contains(&(&*seen.first_use.operation, &*seen.first_use.action));
                let reasons = cause::reasons(world, index, &seen, &said.answer, &ends, well);
                out.disagreements.push(Disagreement {
                    identity: index,
                    seen,
                    answer: said.answer,
                    reasons,
                });
            }
        }
    }
    out.disagreements
        .sort_by_key(|one| std::cmp::Reverse(one.seen.count));
    out
}

fn count(into: &mut Count, events: u64) {
    into.requests += 1;
    into.events += events;
}

fn left_out(one: &Observation) -> Option<LeftOut> {
    match (one.basis, one.outcome) {
        (Basis::Free, _) => Some(LeftOut::Free),
        (Basis::Named | Basis::Unmapped, _) => Some(LeftOut::Unmapped),
        (Basis::Exact | Basis::Mapped, UseOutcome::Unknown) => Some(LeftOut::Unclear),
        (Basis::Exact | Basis::Mapped, _) => one.action.is_empty().then_some(LeftOut::Unmapped),
    }
}

impl<'a> Seen<'a> {
    fn new(first_use: &'a Observation) -> Self {
        Self {
            first_use,
            count: 0,
            first: first_use.first,
            last: first_use.last,
        }
    }
}

/// What the estate says of one end of a request.
struct Said {
    verdict: Verdict,
    answer: Outcome,
}

type Pending<'a> = (IdentityIndex, &'static dyn Platform, Seen<'a>, Said);

struct Replay<'a> {
    world: &'a World,
    /// Whose set was cut down to which action last.
    at: Option<(IdentityIndex, &'a str, PermissionSet)>,
    /// Identities with an operation of which an action is not surely held: its refusals are explained.
    explained: BTreeSet<(&'a str, &'a str)>,
    /// Operations with an action that somebody holds for whom the operation went through.
    mapped_well: BTreeSet<(&'a str, &'a str)>,
    pending: Vec<Pending<'a>>,
}

impl<'a> Replay<'a> {
    fn one(&mut self, index: IdentityIndex, platform: &'static dyn Platform, seen: Seen<'a>) {
        let set = self.cut(index, &seen.first_use.action);
        let said = self.ask(index, platform, &seen, &set);
        let one = seen.first_use;
        match (one.outcome.proves(), said.verdict) {
            (_, Verdict::Disagrees) => {}
            (true, _) => {
                self.mapped_well.insert((&one.operation, &one.action));
            }
            (false, _) => {
                self.explained.insert((&one.identity, &one.operation));
            }
        }
        self.pending.push((index, platform, seen, said));
    }

    /// What an identity's set says of an action.
    fn cut(&mut self, index: IdentityIndex, action: &'a str) -> PermissionSet {
        if let Some((known, of, set)) = &self.at
            && (*known, *of) == (index, action)
        {
            return set.clone();
        }
        let whole = self.world.effective(index);
        let set = whole.for_action(action, self.world.limits()).unwrap_or(whole);
        self.at = Some((index, action, set.clone()));
        set
    }

    fn ask(
        &self,
        index: IdentityIndex,
        platform: &'static dyn Platform,
        seen: &Seen<'_>,
        set: &PermissionSet,
    ) -> Said {
        let one = seen.first_use;
        let (asked, single) = asked(platform, one);
        let (known, absent) = (Context::new(), BTreeSet::new());
        let wanted = Wanted {
            requests: &asked,
            known: &known,
            absent: &absent,
            given: &Guard::always(),
            any: true,
        };
        let own = self.world.within_circumstances(index, set, &wanted);
        let every = own.included_in(set, self.world.limits());
        let any = || match (single, one.resource.as_deref()) {
            (true, Some(resource)) => {
                let question = Question::direct(index, &one.action, resource);
                self.world.ask(&question).outcome
            }
            _ => self.world.works(index, set, &wanted).0,
        };
        let (verdict, answer) = if one.outcome.proves() {
            match (every, any) {
                (Inclusion::Holds, _) => (Verdict::Agrees, Outcome::Yes),
                (_, any) => match any() {
                    Outcome::No => (Verdict::Disagrees, Outcome::No),
                    Outcome::Yes if single => (Verdict::Agrees, Outcome::Yes),
                    outcome @ (Outcome::Yes | Outcome::When(_)) => (Verdict::Fits, outcome),
                    outcome @ Outcome::Unknown { .. } => (Verdict::Undecided, outcome),
                },
            }
        } else {
            match every {
                Inclusion::Holds => (Verdict::Disagrees, Outcome::Yes),
                Inclusion::Depends(witness) => (
                    Verdict::Undecided,
                    Outcome::Unknown {
                        gaps: witness.atoms,
                        limit: None,
                    },
                ),
                Inclusion::Fails(_) | Inclusion::Unknown(_) => match any() {
                    Outcome::No => (Verdict::Agrees, Outcome::No),
                    outcome @ (Outcome::Yes | Outcome::When(_)) => (Verdict::Fits, outcome),
                    outcome @ Outcome::Unknown { .. } => (Verdict::Undecided, outcome),
                },
            }
        };
        Said { verdict, answer }
    }
}

/// The requests that a use may mean, and whether that is a single action on a single resource.
fn asked(platform: &'static dyn Platform, one: &Observation) -> (PermissionSet, bool) {
    match one.resource.as_deref() {
        // What takes no resource is asked on `*`; what stands for a group is a pattern.
        Some(resource) if !one.folded && (resource == "*" || !resource.contains('*')) => {
            let actions = action_strings(platform, &one.action);
            (Region::new(actions, Strings::literal(resource)).into(), true)
        }
        resource => (requests(platform, &one.action, resource), false),
    }
}
