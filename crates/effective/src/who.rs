//! Who can make a request, and questions about whole patterns of requests.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{IdentityIndex, Text};
use leastwise_permset::{
    Context, Emptiness, Guard, Inclusion, Key, Meeting, Openness, PermissionSet, Region, Strings, Witness,
};

use crate::answer::{Answer, How, Outcome, Question, Reach};
use crate::inquiry::{Inquiry, Telling};
use crate::levels::Held;
use crate::taste::{FewActions, OneAction};
use crate::world::World;

/// Somebody who can make a request, and how.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Who.
    pub identity: IdentityIndex,
    /// The answer for that identity: never a no.
    pub answer: Answer,
}

impl World {
    /// Everybody who can make the request of `question` (whose own identity is not looked at), in the order of
    /// identities. With [`Reach::Any`] also those who can become or make themselves such. Linear in identities, and in
    /// the opportunities that those meet who are worth asking.
    #[must_use]
    pub fn who_can(&self, question: &Question<'_>, telling: Telling) -> Vec<Holder> {
        let inquiry = Inquiry::new(self, question, telling);
        let mut found: BTreeMap<IdentityIndex, Answer> = BTreeMap::new();
        let mut direct = question.clone();
        direct.reach = Reach::Direct;
        let mut objects: BTreeMap<&str, bool> = BTreeMap::new();
        let everybody = || self.snapshot().each_identity().map(|(index, _)| index).collect();
        let asked: Vec<IdentityIndex> = inquiry.may_be().map_or_else(everybody, <[_]>::to_vec);
        for identity in asked {
            let Some(platform) = self.platform_of(identity) else {
                continue;
            };
            let objects = objects
                .entry(platform.name())
                .or_insert_with(|| platform.objection(question.action, question.resource).is_some());
            if *objects {
                continue;
            }
            let Some(set) = inquiry.narrowed(&self.effective(identity)) else {
                continue;
            };
            direct.identity = identity;
            let answer = self.ask_one(&direct, &set, &inquiry);
            if answer.outcome != Outcome::No {
                found.insert(identity, answer);
            }
        }
        if question.reach == Reach::Any {
            self.beyond_all(&inquiry, &mut found);
        }
        found
            .into_iter()
            .map(|(identity, answer)| Holder { identity, answer })
            .collect()
    }

    /// Adds those who come to the request as others or by widening sets, and betters the answers of those who surer come to it
    /// so. Found backwards, for all of them at once.
    fn beyond_all(&self, inquiry: &Inquiry<'_, '_>, found: &mut BTreeMap<IdentityIndex, Answer>) {
        let holders: Vec<IdentityIndex> = found.keys().copied().collect();
        let direct = self.snapshot().each_identity().map(|(index, _)| {
            let own = found.get(&index).map(|answer| answer.outcome.clone());
            Held::from(own.unwrap_or(Outcome::No))
        });
        let levels = inquiry.levels(direct.collect());
        for (identity, _) in self.snapshot().each_identity() {
            match levels.of(identity) {
                Some(arrival) if arrival.how != How::Direct => {
                    found.insert(identity, inquiry.coming(&levels, &arrival));
                }
                Some(_) | None => {}
            }
        }
        if !self.mixed {
            return;
        }
        // Of those for whom it is a no, it may not be told how they come to another platform.
        for identity in self.may_come_to(inquiry, &holders) {
            if levels.of(identity).is_none() {
                let question = Question {
                    identity,
                    ..inquiry.question.clone()
                };
                let answer = self.settled(&question, Answer::no());
                if answer.outcome != Outcome::No {
                    found.insert(identity, answer);
                }
            }
        }
    }

    /// Those who are worth asking beyond what they hold: whoever can become a holder, or can become somebody who may
    /// widen a set. A superset of those for whom the answer is not no.
    fn may_come_to(&self, inquiry: &Inquiry<'_, '_>, holders: &[IdentityIndex]) -> Vec<IdentityIndex> {
        let mut sources: Vec<IdentityIndex> = holders.to_vec();
        sources.extend(inquiry.widening());
        sources.sort();
        sources.dedup();
        let mut all = self.reachers(&sources, false);
        all.extend(sources);
        all.sort();
        all.dedup();
        all
    }

    /// May `identity`, as itself, make every request of `wanted` (or, with `any`, at least one)? A pattern is decided
    /// as a set; the witness is a request that fails (of every) or works (of any), or one that is not decided. Of any,
    /// the answer is that to the best of the requests.
    #[must_use]
    pub fn ask_all(&self, identity: IdentityIndex, wanted: &Wanted<'_>) -> (Answer, Option<Witness>) {
        let set = self.effective(identity);
        let (outcome, witness) = if wanted.any {
            self.works(identity, &set, wanted)
        } else {
            let requests = self.within_circumstances(identity, &set, wanted);
            match requests.included_in(&set, self.limits()) {
                Inclusion::Holds => (Outcome::Yes, None),
                Inclusion::Fails(witness) => self.fails(identity, &set, wanted, &requests, witness),
                Inclusion::Depends(witness) => (
                    Outcome::Unknown {
                        gaps: witness.atoms.clone(),
                        limit: None,
                    },
                    Some(witness),
                ),
                Inclusion::Unknown(limit) => (limited(&limit), None),
            }
        };
        let mut assuming = self.assumed(identity, &outcome);
        assuming.extend(self.resting(&outcome, |without| without.ask_all(identity, wanted).0.outcome));
        let how = (outcome != Outcome::No).then_some(How::Direct);
        (
            Answer {
                outcome,
                how,
                paths: Vec::new(),
                assuming,
            },
            witness,
        )
    }

    /// A request of `requests` that `identity` cannot make whatever its context is, for people to read: on a resource
    /// of a shape that its action takes, and with an action that exists where one of the first few does; else `first`.
    #[must_use]
    pub fn counterexample(
        &self,
        identity: IdentityIndex,
        requests: &PermissionSet,
        first: Witness,
    ) -> Witness {
        let left = requests.difference(&self.effective(identity));
        match self.natural(identity, &left, &first) {
            Some(natural) if self.refuses(identity, &natural) => natural,
            _ => first,
        }
    }

    /// A request of `requests` that `identity` surely can make once it holds `held`, for people to read, like
    /// [`World::counterexample`].
    #[must_use]
    pub fn example(
        &self,
        identity: IdentityIndex,
        held: &PermissionSet,
        requests: &PermissionSet,
        first: Witness,
    ) -> Witness {
        let here = requests.intersection(held);
        self.natural(identity, &here, &first).unwrap_or(first)
    }

    /// The smallest sure member of `set` with the action of `first` if that exists, else with one of the first few
    /// actions that do.
    pub(crate) fn natural(
        &self,
        identity: IdentityIndex,
        set: &PermissionSet,
        first: &Witness,
    ) -> Option<Witness> {
        let platform = self.platform_of(identity)?;
        let catalogue = platform.catalogue();
        let smallest = match catalogue.find(&first.request.action) {
            Some(action) => {
                let of_action = OneAction(platform, catalogue.name(action));
                set.smallest_witness(&of_action, self.limits())
            }
            None => set.smallest_witness(&FewActions(platform), self.limits()),
        };
        match smallest {
            Emptiness::Inhabited(witness) if witness.atoms.is_empty() => Some(witness),
            _ => None,
        }
    }

    /// Whether no choice of context lets `identity`, as itself, make a request with the action and the resource of
    /// `witness`.
    fn refuses(&self, identity: IdentityIndex, witness: &Witness) -> bool {
        let question = Question::direct(identity, &witness.request.action, &witness.request.resource);
        self.ask_as(&question, identity).outcome == Outcome::No
    }

    /// The requests of `wanted` in circumstances that can be those of `actor`, of whose own set, or the part of it that
    /// is asked, is `set`.
    #[must_use]
    pub fn within_circumstances(
        &self,
        actor: IdentityIndex,
        set: &PermissionSet,
        wanted: &Wanted<'_>,
    ) -> PermissionSet {
        let nothing_special = wanted.point(actor, "", "");
        let (known, absent) = self.circumstances(&nothing_special, actor, set);
        let fixed = crate::ask::fixed(&known, &absent);
        let all = fixed.literals().iter().chain(wanted.given.literals());
        let here = Region::everything().when(Guard::all_of(all.cloned()));
        wanted.requests.intersection(&PermissionSet::from(here))
    }

    /// The best answer of `set`, in the hands of `actor`, to any one request of `wanted`, and that request. Requests
    /// that are found to depend on the world's circumstances are left behind together with those circumstances: who
    /// can do something whatever the circumstances are can do it in others too.
    #[must_use]
    pub fn works(
        &self,
        actor: IdentityIndex,
        set: &PermissionSet,
        wanted: &Wanted<'_>,
    ) -> (Outcome, Option<Witness>) {
        let mut left = self.within_circumstances(actor, set, wanted);
        let everywhere = left.clone();
        let mut best = (Outcome::No, None);
        let mut behind = PermissionSet::empty();
        for _ in 0..POINTS {
            let (witness, sure) = match set.meets(&left.difference(&behind), self.limits()) {
                Meeting::Never => return best,
                Meeting::Surely(witness) => (witness, true),
                Meeting::Depends(witness) => (witness, false),
                Meeting::Unknown(limit) if best.0 == Outcome::No => return (limited(&limit), None),
                Meeting::Unknown(_) => return best,
            };
            let (action, resource) = (witness.request.action.clone(), witness.request.resource.clone());
            let (outcome, _) = self.ask_set(&wanted.point(actor, &action, &resource), actor, set);
            let point = Region::new(Strings::literal(&action), Strings::literal(&resource));
            left = left.difference(&PermissionSet::from(point));
            match outcome {
                Outcome::Yes => return (Outcome::Yes, Some(witness)),
                Outcome::No => {}
                Outcome::Unknown { gaps, limit } => {
                    if !matches!(best.0, Outcome::When(_)) {
                        best = (Outcome::Unknown { gaps, limit }, Some(witness));
                    }
                    // Nothing is possible surely: no answer is better than what was found.
                    if !sure {
                        return best;
                    }
                }
                Outcome::When(guards) => {
                    let of_world = |guard: &Guard| {
                        let mut keys = guard
                            .literals()
                            .iter()
                            .filter_map(|literal| literal.condition.key());
                        keys.all(|key| self.openness(actor, key) == Openness::Open)
                    };
                    if guards.iter().all(of_world) {
                        let these = either(&guards);
                        let both = behind.union(&these);
                        let rest = everywhere.difference(&both).emptiness(self.limits());
                        behind = match rest {
                            Emptiness::Inhabited(_) => both,
                            Emptiness::Empty | Emptiness::Unknown(_) => these,
                        };
                    }
                    if !matches!(best.0, Outcome::When(_)) {
                        best = (Outcome::When(guards), Some(witness));
                    }
                }
            }
        }
        (undecided(), best.1)
    }

    /// A request of a pattern that is outside of what `identity` can do. That is a no where no choice of the caller
    /// lets that action on that resource through; else only its context is at fault, and other requests of the
    /// pattern are looked for.
    fn fails(
        &self,
        identity: IdentityIndex,
        set: &PermissionSet,
        wanted: &Wanted<'_>,
        requests: &PermissionSet,
        first: Witness,
    ) -> (Outcome, Option<Witness>) {
        let mut left = requests.difference(set);
        let mut witness = first;
        let mut conditional: Option<Vec<Guard>> = None;
        for _ in 0..POINTS {
            let (action, resource) = (witness.request.action.clone(), witness.request.resource.clone());
            let (outcome, _) = self.ask_set(&wanted.point(identity, &action, &resource), identity, set);
            match outcome {
                Outcome::No => return (Outcome::No, Some(witness)),
                Outcome::Unknown { gaps, limit } => return (Outcome::Unknown { gaps, limit }, Some(witness)),
                Outcome::When(guards) => {
                    // What this one request needs may be all that the others need.
                    let there = requests.intersection(&either(&guards));
                    if matches!(there.included_in(set, self.limits()), Inclusion::Holds) {
                        return (Outcome::When(guards), None);
                    }
                    conditional = Some(guards);
                }
                Outcome::Yes => {}
            }
            let point = Region::new(Strings::literal(&action), Strings::literal(&resource));
            left = left.difference(&PermissionSet::from(point));
            match left.emptiness(self.limits()) {
                Emptiness::Empty => return (conditional.map_or(Outcome::Yes, Outcome::When), None),
                Emptiness::Inhabited(next) => witness = next,
                Emptiness::Unknown(limit) => return (limited(&limit), None),
            }
        }
        (undecided(), Some(witness))
    }
}

/// Requests that are asked about together.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The requests.
    pub requests: &'a PermissionSet,
    /// Keys whose values are given.
    pub known: &'a Context,
    /// Keys that are given as absent.
    pub absent: &'a BTreeSet<Key>,
    /// What else is given of the context.
    pub given: &'a Guard,
    /// Whether one of them suffices.
    pub any: bool,
}

impl Wanted<'_> {
    /// The question about one of them.
    fn point<'q>(&self, identity: IdentityIndex, action: &'q str, resource: &'q str) -> Question<'q> {
        Question {
            identity,
            action,
            resource,
            known: self.known.clone(),
            absent: self.absent.clone(),
            given: self.given.clone(),
            reach: Reach::Direct,
            complete: false,
        }
    }
}

/// How many requests of a pattern are tried when only their context is at fault.
const POINTS: usize = 12;

fn either(guards: &[Guard]) -> PermissionSet {
    PermissionSet::union_of(
        guards
            .iter()
            .map(|guard| PermissionSet::from(Region::everything().when(guard.clone()))),
    )
}

fn undecided() -> Outcome {
    Outcome::Unknown {
        gaps: Vec::new(),
        limit: Some("conditions differ over the pattern; ask for one request, or give the context".into()),
    }
}

fn limited(limit: &leastwise_permset::Limit) -> Outcome {
    Outcome::Unknown {
        gaps: Vec::new(),
        limit: Some(Text::from(limit.to_string())),
    }
}
