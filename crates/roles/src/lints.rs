//! Signs of a technical role that is none, or that nobody answers for.
//!
//! What a lint would need and was not given is told: a lint that was not looked at is not a lint that found nothing. Roles
//! that span platforms or environments, and inclusions that do, never come here: they are faults of the files.
//!
//! Cost: linear in roles, permissions and assignments, and the pairs of roles of one platform and environment, which are
//! compared as sets.

mod alike;

use std::collections::BTreeSet;

use jiff::Timestamp;
use leastwise_document::Position;
use leastwise_effective::World;
use leastwise_model::{Declared, Identity, IdentityKind, Nature, Text};
use leastwise_permset::{Case, Context, Inclusion, Limits, Pattern, PermissionSet, Request};

use crate::duties::{DutyRule, Joined, joined};
use crate::files::Role;
use crate::meaning::Meaning;

/// What may be wrong with a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lint {
    /// Its id or name ends in a job title, or holds the name of a person: it is a business role.
    JobTitle,
    /// It is given straight to a person or a group: the business role is missing.
    StraightToPeople,
    /// It is shared by more workloads than allowed: the permanent catch-all.
    ManyWorkloads,
    /// Another role of its platform and environment allows exactly the same.
    SameAsAnother,
    /// Another role of its platform and environment is called the same.
    SameName,
    /// Somebody who holds it is in another environment.
    OtherEnvironment,
    /// It names no team, or says not what it is for.
    Unanswered,
    /// It, or an assignment, was to end before.
    Expired,
    /// It allows what somebody who holds it is not declared to need.
    Unneeded,
    /// It does not fit what its platform takes.
    OverQuota,
    /// It has a part in duties that must stay apart.
    Duties,
}

impl Lint {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::JobTitle,
        Self::StraightToPeople,
        Self::ManyWorkloads,
        Self::SameAsAnother,
        Self::SameName,
        Self::OtherEnvironment,
        Self::Unanswered,
        Self::Expired,
        Self::Unneeded,
        Self::OverQuota,
        Self::Duties,
    ];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JobTitle => "job-title",
            Self::StraightToPeople => "straight-to-people",
            Self::ManyWorkloads => "many-workloads",
            Self::SameAsAnother => "same-as-another",
            Self::SameName => "same-name",
            Self::OtherEnvironment => "other-environment",
            Self::Unanswered => "unanswered",
            Self::Expired => "expired",
            Self::Unneeded => "unneeded",
            Self::OverQuota => "over-quota",
            Self::Duties => "duties",
        }
    }
}

/// One thing that is wrong with one role.
#[derive(Clone, Debug, PartialEq)]
pub struct Sign {
    /// What.
    pub lint: Lint,
    /// The role's id.
    pub role: Text,
    /// In which file.
    pub file: Text,
    /// Where in it.
    pub at: Position,
    /// What is wrong, in words.
    pub what: String,
    /// What to do about it.
    pub fix: String,
    /// A request that shows it.
    pub witness: Option<Request>,
}

/// Against what roles are held.
pub struct Measure<'a> {
    /// The day by which expiry is judged.
    pub now: Option<Timestamp>,
    /// How many workloads may share a role.
    pub workloads_max: usize,
    /// The estate in which they are used.
    pub world: Option<&'a World>,
    /// What identities of the estate are declared to need.
    pub declared: &'a [Declared],
    /// The duties that must stay apart; `None` where nobody says which.
    pub duties: Option<&'a [DutyRule]>,
}

/// Everything that is wrong with roles, by file and place, and the lints that could not be looked at, with the reason.
#[must_use]
pub fn lint(roles: &[Meaning<'_>], measure: &Measure<'_>) -> (Vec<Sign>, Vec<(Lint, &'static str)>) {
    let mut signs = Vec::new();
    let mut unseen = unseen(measure);
    for meaning in roles {
        named(meaning.role, &mut signs);
        answered(meaning.role, &mut signs);
        shared(meaning.role, measure.workloads_max, &mut signs);
        quota(meaning, &mut signs);
        if let Some(why) = duties(meaning, measure.duties.unwrap_or_default(), &mut signs) {
            unseen.push((Lint::Duties, why));
        }
        if let Some(now) = measure.now {
            expired(meaning.role, now, &mut signs);
        }
        if let Some(world) = measure.world {
            for assignment in &meaning.role.assigned_to {
                let identity = world.called(&assignment.identity.text);
                let Some(identity) = identity.and_then(|index| world.snapshot().identity(index)) else {
                    let why = "the estate does not hold everybody to whom roles are given";
                    unseen.extend(OF_ESTATE.map(|lint| (lint, why)));
                    continue;
                };
                let at = assignment.identity.at;
                placed(meaning.role, identity, at, &mut signs);
                if let Some(why) = needed(meaning, identity, at, measure.declared, &mut signs) {
                    unseen.push((Lint::Unneeded, why));
                }
            }
        }
    }
    alike::same(roles, &mut signs);
    alike::names(roles, &mut signs);
    signs.sort_by(|a, b| (&a.file, a.at, a.lint).cmp(&(&b.file, b.at, b.lint)));
    unseen.sort_unstable();
    unseen.dedup();
    (signs, unseen)
}

/// Lints that ask what an estate says.
const OF_ESTATE: [Lint; 3] = [Lint::StraightToPeople, Lint::OtherEnvironment, Lint::Unneeded];

/// What cannot be looked at with what is given.
fn unseen(measure: &Measure<'_>) -> Vec<(Lint, &'static str)> {
    let mut unseen = Vec::new();
    if measure.duties.is_none() {
        unseen.push((
            Lint::Duties,
            "no rule says which duties must stay apart (--duties)",
        ));
    }
    if measure.now.is_none() {
        unseen.push((Lint::Expired, "no day is given (--now)"));
    }
    if measure.world.is_none() {
        unseen.extend(OF_ESTATE.map(|lint| (lint, "no estate is given (--in)")));
    }
    unseen
}

fn sign(role: &Role, lint: Lint, at: Position, what: String, fix: &str) -> Sign {
    Sign {
        lint,
        role: role.id.text.clone(),
        file: role.file.clone(),
        at,
        what,
        fix: fix.to_owned(),
        witness: None,
    }
}

/// Job titles, in singular.
fn titles() -> impl Iterator<Item = &'static str> {
    let rows = include_str!("../data/job-titles.tsv").lines();
    rows.filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split('\t').next())
}

fn named(role: &Role, signs: &mut Vec<Sign>) {
    let fix = "call it after what it allows, and let a business role point at it";
    for written in [&role.id, &role.name] {
        let lower = written.text.to_lowercase();
        // The last word says what it is: `analyst-figures` is no analyst.
        let last = lower
            .rsplit(|c: char| !c.is_alphanumeric())
            .next()
            .unwrap_or_default();
        let title = titles().find(|title| last.strip_suffix('s').unwrap_or(last) == *title);
        let person = written.text.contains('@')
            || role
                .sponsor
                .as_ref()
                .is_some_and(|sponsor| lower.contains(&sponsor.text.to_lowercase()));
        let what = match (title, person) {
            (Some(title), _) => format!(
                "`{}` names a job, {title}, not what the role allows",
                written.text
            ),
            (None, true) => format!("`{}` names a person, not what the role allows", written.text),
            (None, false) => continue,
        };
        signs.push(sign(role, Lint::JobTitle, written.at, what, fix));
        return;
    }
}

fn answered(role: &Role, signs: &mut Vec<Sign>) {
    let missing: Vec<&str> = [("owner", &role.owner), ("purpose", &role.purpose)]
        .into_iter()
        .filter(|(_, field)| field.is_none())
        .map(|(name, _)| name)
        .collect();
    if !missing.is_empty() {
        let what = format!("it has no {}", missing.join(" and no "));
        let fix = "name the team that answers for it, and say what it is for";
        signs.push(sign(role, Lint::Unanswered, role.id.at, what, fix));
    }
}

fn shared(role: &Role, max: usize, signs: &mut Vec<Sign>) {
    let workloads: BTreeSet<&Text> = role
        .assigned_to
        .iter()
        .filter_map(|one| one.workload.as_ref())
        .map(|one| &one.text)
        .collect();
    if workloads.len() > max {
        let what = format!("{} workloads share it, and {max} may", workloads.len());
        let fix = "give workloads that have nothing to do with each other roles of their own";
        signs.push(sign(role, Lint::ManyWorkloads, role.id.at, what, fix));
    }
}

fn quota(meaning: &Meaning<'_>, signs: &mut Vec<Sign>) {
    if let Some(what) = meaning.language.quota(&meaning.native()) {
        let fix = "split it by what it is for";
        signs.push(sign(
            meaning.role,
            Lint::OverQuota,
            meaning.role.id.at,
            what.to_string(),
            fix,
        ));
    }
}

/// Duties that a role joins and must not; why that cannot be told, where it cannot.
fn duties(meaning: &Meaning<'_>, rules: &[DutyRule], signs: &mut Vec<Sign>) -> Option<&'static str> {
    let (set, mut unknown) = (meaning.set(), None);
    for rule in rules {
        match joined(meaning, &set, rule) {
            Joined::No => {}
            Joined::Unknown => unknown = Some("it could not be decided for every role and rule"),
            Joined::By(requests) => {
                let [one, other] = *requests;
                let what = format!(
                    "it joins the duties of {}, by `{} {}` and `{} {}`: {}",
                    rule.id, one.action, one.resource, other.action, other.resource, rule.why
                );
                let fix = "make two roles of it, for identities that nobody controls alone";
                let mut sign = sign(meaning.role, Lint::Duties, meaning.role.id.at, what, fix);
                sign.witness = Some(other);
                signs.push(sign);
            }
        }
    }
    unknown
}

fn expired(role: &Role, now: Timestamp, signs: &mut Vec<Sign>) {
    let of_assignments = role
        .assigned_to
        .iter()
        .filter_map(|one| Some((one.expires.as_ref()?, Some(one))));
    for (due, assignment) in role.expires.iter().map(|due| (due, None)).chain(of_assignments) {
        if due.end > now || !role.state.is_rendered() {
            continue;
        }
        let what = match assignment {
            None => format!("it was to end on {}", due.written.text),
            Some(one) => format!(
                "`{}` was to hold it until {}",
                one.identity.text, due.written.text
            ),
        };
        let fix = "take it away, or decide anew and set another end";
        signs.push(sign(role, Lint::Expired, due.written.at, what, fix));
    }
}

/// Who holds a role, and where.
fn placed(role: &Role, identity: &Identity, at: Position, signs: &mut Vec<Sign>) {
    let who = match (&identity.nature, identity.kind) {
        (Nature::Human(_), _) => Some("a person"),
        (_, IdentityKind::Group) => Some("a group"),
        _ => None,
    };
    if let Some(who) = who {
        let what = format!("it is given straight to {}, {who}", identity.name);
        let fix = "let a business role point at it, and give people that";
        signs.push(sign(role, Lint::StraightToPeople, at, what, fix));
    }
    if let Some(environment) = &identity.environment
        && *environment != role.environment.text
    {
        let own = &role.environment.text;
        let what = format!(
            "{} is in `{environment}`, and the role is for `{own}`",
            identity.name
        );
        signs.push(sign(
            role,
            Lint::OtherEnvironment,
            at,
            what,
            "give it a role of its own environment",
        ));
    }
}

/// What somebody who holds a role is not declared to need; why that cannot be told, where it cannot.
fn needed(
    meaning: &Meaning<'_>,
    identity: &Identity,
    at: Position,
    declared: &[Declared],
    signs: &mut Vec<Sign>,
) -> Option<&'static str> {
    let is = |need: &&Declared| {
        let pattern = Pattern::glob(&need.identity, Case::Exact);
        pattern.matches(&identity.id, &Context::new())
    };
    let needs = declared.iter().filter(is).flat_map(|need| &need.permissions);
    let needs: Vec<PermissionSet> = needs
        .map(|one| meaning.platform.requests(&one.action, &one.resource))
        .collect();
    if needs.is_empty() {
        return Some("the settings do not declare what everybody needs to whom roles are given");
    }
    match meaning
        .set()
        .included_in(&PermissionSet::union_of(needs), &Limits::default())
    {
        Inclusion::Holds => None,
        Inclusion::Fails(witness) => {
            let request = witness.request;
            let (action, resource) = (&request.action, &request.resource);
            let what = format!("{} is not declared to need `{action} {resource}`", identity.name);
            let fix = "narrow the role to what is needed, or declare the need";
            let mut sign = sign(meaning.role, Lint::Unneeded, at, what, fix);
            sign.witness = Some(request);
            signs.push(sign);
            None
        }
        Inclusion::Depends(_) | Inclusion::Unknown(_) => Some("it could not be decided for every role"),
    }
}
