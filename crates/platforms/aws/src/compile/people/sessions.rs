//! Sessions that begin with policies of their own: what their role holds, within these policies.
//!
//! Source: IAM User Guide, "Session policies": what a resource grants to the role by name is within them, what it grants to
//! the session or to everybody is not; a session grants nothing that its role does not have.

use leastwise_model::{Effect, Identity, Layer, Snapshot, Text};
use leastwise_permset::{Key, PermissionSet};
use rustc_hash::FxHashMap;

use super::actors::Standing;
use super::{IdentityIndex, Person, Subject};
use crate::compile::controls::Lower;
use crate::compile::holdings::{self, Holder, Policies};
use crate::compile::location;
use crate::compile::trusts::Reading;
use crate::lower::Caller;
use crate::sessions::Session;

/// Puts a session together from its role, which was compiled before it.
pub(super) fn session(
    session: Session,
    index: IdentityIndex,
    bearer: &Person,
    standing: &Standing<'_>,
    policies: &mut Policies,
    lower: &mut Lower<'_>,
) -> Option<(Identity, Person)> {
    let of = bearer.index;
    let role = lower.snapshot.identity(of)?.clone();
    let mut holding = role.holding;
    let facts = holding.facts.clone();
    let holder = Holder {
        role: true,
        unique: role.names.first().map(|unique| &**unique),
        ..standing.holder(of, &bearer.account, &facts)
    };
    if let (Some(unique), Some(name)) = (holder.unique, &session.name) {
        let id = format!("{unique}:{name}");
        holding.facts.known = holding.facts.known.with(Key::single("aws:userid"), [id.as_str()]);
    }
    let mut assumptions = role.assumptions;
    let mut restraint = bearer.restraint.clone();
    let spot = session.spot.clone();
    let arn = session.arn.clone();
    if session.is_bounded() {
        let (everybody, named) = (holder.everybody(), holder.spoken.sessions(of));
        if !everybody.is_plainly_empty() {
            assumptions.push(standing.rules.on_star("policy of the session"));
        }
        if !named.is_plainly_empty() {
            assumptions.push(standing.rules.on_session());
        }
        let caller = Caller::Identity(&holding.facts, holder.unique);
        let (sets, denies) = policies.of_session(session, caller, lower);
        let mut past = vec![sets.allows, lower.units.always().clone()];
        past.extend(standing.rules.star.then_some(everybody));
        past.extend(standing.rules.session.then_some(named));
        let bound = PermissionSet::union_of(past);
        let within = restraint.bound.iter().cloned().chain([bound.clone()]);
        restraint.bound = Some(PermissionSet::intersection_of(within));
        holding.layers.push(Layer {
            effect: Effect::Bounds { others: true },
            title: holdings::SESSION_POLICY.into(),
            set: bound,
        });
        if !sets.denies.is_plainly_empty() {
            restraint.denies.extend(denies);
            holding.layers.push(Layer {
                effect: Effect::Denies,
                title: holdings::SESSION_DENIES.into(),
                set: sets.denies,
            });
        }
    }
    let end = arn.rsplit('/').next().unwrap_or_default();
    let identity = Identity {
        nature: role.nature,
        holding,
        assumptions,
        labels: role.labels,
        description: format!("session of {}", role.id).into(),
        owner: role.owner,
        environment: role.environment,
        location: Some(location(spot.file, &spot.place)),
        ..Identity::new(
            arn.clone(),
            format!("{}/{end}", role.name).into(),
            role.kind,
            role.instance,
        )
    };
    let person = Person {
        index,
        arn,
        account: bearer.account.clone(),
        kind: bearer.kind,
        session: Some(of),
        editable: false,
        profiles: Vec::new(),
        keys: None,
        console: None,
        boundary: None,
        groups: Vec::new(),
        held: bearer.held.clone(),
        restraint,
        services: Vec::new(),
        ways: Vec::new(),
    };
    Some((identity, person))
}

/// Sessions whose role is in the estate, each once; what is wrong with others is said.
pub(super) fn known(
    sessions: Vec<Session>,
    has: impl Fn(&Text) -> bool,
    snapshot: &mut Snapshot,
) -> Vec<Subject> {
    let mut known: Vec<Subject> = Vec::with_capacity(sessions.len());
    for session in sessions {
        let twice = known.iter().any(|other| *other.arn() == session.arn);
        let what = match (has(&session.role), twice) {
            (true, false) => {
                known.push(Subject::Session(Box::new(session)));
                continue;
            }
            (true, true) => format!("session `{}` is told twice; the first counts", session.arn),
            (false, _) => format!(
                "a session of `{}`, a role that the estate does not have",
                session.role
            ),
        };
        snapshot.remarks.push(leastwise_model::Remark {
            location: Some(location(session.spot.file, &session.spot.place)),
            what: what.into(),
            hint: "give each session a `RoleSessionName` of its own, and the whole ARN of its role".into(),
            loses: true,
        });
    }
    known
}

/// Opens to sessions what is open to their role by name.
pub(super) fn admit(
    subjects: &[Subject],
    identities: &FxHashMap<Text, IdentityIndex>,
    readings: &mut [Reading],
) {
    let pairs = subjects.iter().filter_map(|subject| match subject {
        Subject::Session(session) => Some((*identities.get(&session.role)?, *identities.get(&session.arn)?)),
        Subject::User(_) | Subject::Role(_) | Subject::Root(_) => None,
    });
    let pairs: Vec<(IdentityIndex, IdentityIndex)> = pairs.collect();
    if pairs.is_empty() {
        return;
    }
    for way in readings.iter_mut().flat_map(|reading| &mut reading.ways) {
        let has = |index: &IdentityIndex| way.bearers.binary_search(index).is_ok();
        let new = pairs.iter().filter(|(role, session)| has(role) && !has(session));
        let new: Vec<IdentityIndex> = new.map(|(_, session)| *session).collect();
        if !new.is_empty() {
            let mut bearers: Vec<IdentityIndex> = way.bearers.iter().copied().chain(new).collect();
            bearers.sort();
            way.bearers = bearers.into();
        }
    }
}
