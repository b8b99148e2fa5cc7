//! Duties that one role must not join.
//!
//! A duty is requests on one platform; a rule is two of them. A role joins them where it allows a request of each. What separates
//! duties is stated over actions on resources, never over names of roles. Cost: two intersections for each role and rule.

use leastwise_model::Text;
use leastwise_permset::{Emptiness, Limits, PermissionSet, Request};

use crate::meaning::Meaning;

/// Requests that make up one duty: each of the actions on each of the resources, `*` standing for any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// Patterns of actions.
    pub actions: Vec<Text>,
    /// Patterns of resources.
    pub resources: Vec<Text>,
}

/// Two duties that must stay apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DutyRule {
    /// Its id.
    pub id: Text,
    /// Why they must.
    pub why: Text,
    /// The platform on which.
    pub platform: Text,
    /// One of them.
    pub one: Duty,
    /// The other.
    pub other: Duty,
}

/// Whether a role joins the duties of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Joined {
    /// It does not, or the rule is about another platform.
    No,
    /// It does, by these requests.
    By(Box<[Request; 2]>),
    /// It could not be decided.
    Unknown,
}

/// Whether a role, which allows `set`, joins the duties of `rule`.
pub(crate) fn joined(meaning: &Meaning<'_>, set: &PermissionSet, rule: &DutyRule) -> Joined {
    if *rule.platform != *meaning.platform.name() {
        return Joined::No;
    }
    let of = |duty: &Duty| {
        let each = duty.actions.iter().flat_map(|action| {
            let resources = duty.resources.iter();
            resources.map(move |resource| meaning.platform.requests(action, resource))
        });
        let both = set.intersection(&PermissionSet::union_of(each));
        both.emptiness(&Limits::default())
    };
    match (of(&rule.one), of(&rule.other)) {
        (Emptiness::Empty, _) | (_, Emptiness::Empty) => Joined::No,
        (Emptiness::Inhabited(one), Emptiness::Inhabited(other)) => {
            Joined::By(Box::new([one.request, other.request]))
        }
        (Emptiness::Unknown(_), _) | (_, Emptiness::Unknown(_)) => Joined::Unknown,
    }
}
