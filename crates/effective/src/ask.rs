//! One question: what an identity can do as itself, and where the answer comes from.

use std::borrow::Cow;
use std::collections::BTreeSet;

use leastwise_model::{Assumption, Identity, IdentityIndex, InstanceIndex, Side, Text};
use leastwise_permset::{
    Answers, Atom, Condition, Context, Emptiness, Guard, Key, Openness, Pattern, PermissionSet,
    Question as Point, Request, Strings, Test, Trail, Verdict,
};

use crate::answer::{Answer, How, Leg, Outcome, Question, Reach};
use crate::inquiry::{Inquiry, Telling};
use crate::powers::Steps;
use crate::world::{World, across};

/// How many ways are shown for one direct answer.
const WAYS: usize = 3;

impl World {
    /// Answers one question.
    #[must_use]
    pub fn ask(&self, question: &Question<'_>) -> Answer {
        self.ask_within(question, &self.effective(question.identity))
    }

    /// Answers one question, where `set` says of its action all that the identity's own set does.
    pub(crate) fn ask_within(&self, question: &Question<'_>, set: &PermissionSet) -> Answer {
        let inquiry = Inquiry::new(self, question, Telling::InFull);
        self.ask_one(question, set, &inquiry)
    }

    /// The same, as one of several identities that are asked about one request.
    pub(crate) fn ask_one(
        &self,
        question: &Question<'_>,
        set: &PermissionSet,
        inquiry: &Inquiry<'_, '_>,
    ) -> Answer {
        let direct = self.ask_actor(question, question.identity, set);
        let answer = match (question.reach, &direct.outcome) {
            (Reach::Any, Outcome::When(_) | Outcome::No | Outcome::Unknown { .. }) => {
                inquiry.beyond(question.identity, direct)
            }
            _ => direct,
        };
        self.settled(question, answer)
    }

    /// An answer with what it assumes. A no depends on what is not told of how the identity could come to such a request
    /// on another platform.
    pub(crate) fn settled(&self, question: &Question<'_>, answer: Answer) -> Answer {
        let Some(identity) = self.snapshot().identity(question.identity) else {
            return Answer::no();
        };
        let elsewhere = question.reach == Reach::Any && !self.knows(question, question.identity);
        let outcome = match answer.outcome {
            Outcome::No if elsewhere => match self.untold(question) {
                gaps if gaps.is_empty() => Outcome::No,
                gaps => Outcome::Unknown { gaps, limit: None },
            },
            outcome => outcome,
        };
        let assuming = match question.complete {
            true => Vec::new(),
            false => {
                let again = |without: &Self| without.ask(question).outcome;
                let resting = self.resting(&outcome, again).into_iter();
                relevant(identity, &outcome).into_iter().chain(resting).collect()
            }
        };
        Answer {
            outcome,
            assuming,
            ..answer
        }
    }

    /// The assumptions on which an outcome for an identity rests.
    #[must_use]
    pub fn assumed(&self, identity: IdentityIndex, outcome: &Outcome) -> Vec<Assumption> {
        let identity = self.snapshot().identity(identity);
        identity
            .map(|identity| relevant(identity, outcome))
            .unwrap_or_default()
    }

    /// What `actor` can do as itself, for the request of `question`.
    pub(crate) fn ask_as(&self, question: &Question<'_>, actor: IdentityIndex) -> Answer {
        self.ask_actor(question, actor, &self.effective(actor))
    }

    pub(crate) fn ask_actor(
        &self,
        question: &Question<'_>,
        actor: IdentityIndex,
        set: &PermissionSet,
    ) -> Answer {
        if !self.knows(question, actor) {
            return Answer::no();
        }
        let (outcome, paths) = self.ask_set(question, actor, set);
        let how = (outcome != Outcome::No).then_some(How::Direct);
        Answer {
            outcome,
            how,
            paths,
            assuming: Vec::new(),
        }
    }

    /// Whether such a request exists on the platform of `actor`: a wildcard there says nothing of another
    /// platform's actions.
    pub(crate) fn knows(&self, question: &Question<'_>, actor: IdentityIndex) -> bool {
        !self.mixed
            || self
                .platform_of(actor)
                .is_some_and(|platform| platform.objection(question.action, question.resource).is_none())
    }

    /// What is not known of how the identity could come to such a request on another platform.
    fn untold(&self, question: &Question<'_>) -> Vec<Atom> {
        if self.is_elsewhere(question) {
            return vec![across().atom];
        }
        let strays = self.snapshot().issuers.iter().flat_map(|issuer| &issuer.strays);
        let mut strays = strays.peekable();
        if strays.peek().is_none() {
            return Vec::new();
        }
        let (reached, _) = self.walk(question.identity, Steps::AtMost);
        let mut actors: BTreeSet<IdentityIndex> = reached.iter().map(|reached| reached.identity).collect();
        actors.insert(question.identity);
        let gaps = strays.filter(|stray| actors.contains(&stray.identity));
        let gaps: BTreeSet<&Atom> = gaps.map(|stray| &stray.gap).collect();
        gaps.into_iter().cloned().collect()
    }

    /// Whether such a request exists on a platform of this world of which it is not known whom of the identity's
    /// instance it admits.
    fn is_elsewhere(&self, question: &Question<'_>) -> bool {
        let home = self
            .snapshot()
            .identity(question.identity)
            .map(|identity| identity.instance);
        let own = self
            .snapshot()
            .issuers
            .iter()
            .filter(|issuer| Some(issuer.instance) == home);
        let signs = own.clone().any(|issuer| issuer.url.is_some());
        let told = signs && own.clone().any(|issuer| issuer.host.is_some() || issuer.hostless);
        let all = &self.snapshot().told;
        let made_only = home.is_some_and(|home| all.makers.binary_search(&home).is_ok());
        (0u32..).zip(self.platforms()).any(|(at, platform)| {
            let there = InstanceIndex(at);
            platform.objection(question.action, question.resource).is_none()
                && !(told && platform.tells_acceptances())
                && !(signs && all.acceptances.binary_search(&there).is_ok())
                && !(made_only && all.made.binary_search(&there).is_ok())
        })
    }

    pub(crate) fn ask_set(
        &self,
        question: &Question<'_>,
        actor: IdentityIndex,
        set: &PermissionSet,
    ) -> (Outcome, Vec<Vec<Leg>>) {
        let (known, absent) = self.circumstances(question, actor, set);
        let point = question.in_circumstances(&known, &absent);
        let verdict = set.verdict(&point, &|key| self.openness(actor, key), self.limits());
        let outcome = outcome(verdict);
        if outcome == Outcome::No {
            return (outcome, Vec::new());
        }
        let set = &question.within(set);
        let trails = self.trails(set, question.action, question.resource, &known, &absent);
        let paths = trails
            .into_iter()
            .map(|steps| {
                vec![Leg::Holds {
                    identity: actor,
                    action: Text::from(question.action),
                    resource: Text::from(question.resource),
                    steps,
                }]
            })
            .collect();
        (outcome, paths)
    }

    /// The keys that are fixed for a request of `actor`: those given, then those that follow from who it is.
    pub(crate) fn circumstances<'q>(
        &'q self,
        question: &'q Question<'_>,
        actor: IdentityIndex,
        set: &PermissionSet,
    ) -> (Cow<'q, Context>, Cow<'q, BTreeSet<Key>>) {
        let facts = self
            .snapshot()
            .identity(actor)
            .map(|identity| &identity.holding.facts);
        if question.known.is_empty() && question.absent.is_empty() && !question.complete {
            return match facts {
                Some(facts) => (Cow::Borrowed(&facts.known), Cow::Borrowed(&facts.absent)),
                None => (Cow::Borrowed(&question.known), Cow::Borrowed(&question.absent)),
            };
        }
        let mut known = question.known.clone();
        let mut absent = question.absent.clone();
        for (key, values) in facts.into_iter().flat_map(|facts| facts.known.iter()) {
            if known.get(key).is_none() && !absent.contains(key) {
                known.set(key.clone(), values.clone());
            }
        }
        for key in facts.into_iter().flat_map(|facts| &facts.absent) {
            if known.get(key).is_none() {
                absent.insert(key.clone());
            }
        }
        if question.complete {
            absent.extend(set.keys().into_iter().filter(|key| known.get(key).is_none()));
        }
        (Cow::Owned(known), Cow::Owned(absent))
    }

    pub(crate) fn openness(&self, actor: IdentityIndex, key: &Key) -> Openness {
        let stranger = self.snapshot().identity(actor).is_some_and(|it| it.stranger);
        match self.platform_of(actor).map(|platform| platform.key_origin(key)) {
            Some(origin) if origin.is_chosen(stranger) => Openness::Favourable,
            Some(_) | None => Openness::Open,
        }
    }

    /// Ways through `set` for one action and resource, in the circumstances given and otherwise favourable ones.
    pub(crate) fn trails(
        &self,
        set: &PermissionSet,
        action: &str,
        resource: &str,
        known: &Context,
        absent: &BTreeSet<Key>,
    ) -> Vec<Trail> {
        let plain = Request::new(action, resource).within(known.clone());
        let trails = set.trails(&plain, &Answers::none(), WAYS);
        if !trails.is_empty() {
            return trails;
        }
        let point = Point {
            action,
            resource,
            known,
            absent,
            given: None,
        };
        let Ok(open) = set.open_part(&point, self.limits()) else {
            return Vec::new();
        };
        // A way that needs no gap is told before one that does.
        let surely = match open.surely().emptiness(self.limits()) {
            Emptiness::Inhabited(witness) => Emptiness::Inhabited(witness),
            Emptiness::Empty | Emptiness::Unknown(_) => open.emptiness(self.limits()),
        };
        match surely {
            Emptiness::Inhabited(witness) => {
                let mut context = known.clone();
                for (key, values) in witness.request.context.iter() {
                    context.set(key.clone(), values.clone());
                }
                let request = Request::new(action, resource).within(context);
                set.trails(&request, &witness.answers, WAYS)
            }
            Emptiness::Empty | Emptiness::Unknown(_) => Vec::new(),
        }
    }
}

/// A guard that lets through exactly these circumstances for the keys that they speak of.
pub(crate) fn fixed(known: &Context, absent: &BTreeSet<Key>) -> Guard {
    let mut literals = Vec::new();
    for (key, values) in known.iter() {
        let all = Strings::any_of(values.iter().map(|value| Pattern::literal(value)));
        literals.push(Condition::Every(key.clone(), Test::Text(all)).holds());
        for value in values {
            literals.push(Condition::Some(key.clone(), Test::Text(Strings::literal(value))).holds());
        }
    }
    for key in absent {
        literals.push(Condition::Absent(key.clone()).holds());
    }
    Guard::all_of(literals)
}

pub(crate) fn outcome(verdict: Verdict) -> Outcome {
    match verdict {
        Verdict::Always => Outcome::Yes,
        Verdict::Never => Outcome::No,
        Verdict::When(guards) => Outcome::When(guards),
        Verdict::Depends(gaps) => Outcome::Unknown { gaps, limit: None },
        Verdict::Unknown(limit) => Outcome::Unknown {
            gaps: Vec::new(),
            limit: Some(Text::from(limit.to_string())),
        },
    }
}

/// The assumptions on which an outcome rests: a yes on those that could take access away, a no on those that
/// could add it.
pub(crate) fn relevant(identity: &Identity, outcome: &Outcome) -> Vec<Assumption> {
    let matters = |side: Side| match outcome {
        Outcome::Yes => side != Side::Adds,
        Outcome::No => side != Side::Removes,
        Outcome::When(_) | Outcome::Unknown { .. } => true,
    };
    identity
        .assumptions
        .iter()
        .filter(|assumption| matters(assumption.side))
        .cloned()
        .collect()
}
