//! Constrained impersonation: who passes which requests as whom.
//!
//! Source: kubernetes/kubernetes `staging/src/k8s.io/apiserver/pkg/endpoints/filters/impersonation/mode.go`; KEP-5284. Two things are
//! asked: `impersonate:<mode>` for whom one wants to be, and `impersonate-on:<mode>:<verb>` for the request itself. So what is
//! gained are the requests of the second kind, with their own verb, that the other may make. Each binding that gives such
//! requests is looked at by itself, with each identity of its mode.

use std::collections::BTreeSet;
use std::sync::Arc;

use leastwise_model::{IdentityIndex, Need, Snapshot, Text};
use leastwise_permset::{Case, Element, Guard, Pattern, PermissionSet, Region, Strings};

use super::accounts::{MASTERS, NODE_PREFIX, People, Who};
use super::adding::{Adding, need_one_of, need_when};
use super::bindings::Bound;
use super::identities::Placed;
use super::opportunities::gap;
use super::roles::{Roles, guarded};
use super::{Techniques, World};
use crate::rule::{self, Native, Span};

const GROUP: &str = "authentication.k8s.io";
const MODES: [&str; 4] = ["user-info", "serviceaccount", "arbitrary-node", "associated-node"];

/// Adds what impersonators gain.
pub(super) fn compile(
    world: &World<'_>,
    roles: &Roles<'_>,
    people: &People<'_>,
    bound: &[Bound<'_>],
    placed: &Placed,
    techniques: &Techniques,
    snapshot: &mut Snapshot,
) {
    let mut rules = roles.all.iter().flat_map(|compiled| &compiled.role.rules);
    if !rules.any(names_a_mode) {
        return;
    }
    let Some(guard) = available(world, snapshot) else {
        return;
    };
    let mut adding = Adding {
        snapshot,
        techniques,
        bearers: placed.everybody.clone(),
    };
    for bound in bound {
        let bearers = holders(bound, placed);
        for mode in MODES {
            let requests = passed(roles, bound, mode);
            if !requests.is_plainly_empty() && !bearers.is_empty() {
                let giving = Giving {
                    mode,
                    guard: &guard,
                    bearers: &bearers,
                    requests: &requests,
                };
                giving.add(world, people, placed, &mut adding);
            }
        }
    }
}

/// Whether a rule is about whom one may be in a mode; those with a star are about everything and need no mode.
fn names_a_mode(rule: &Native) -> bool {
    rule.verbs.iter().any(|verb| verb.starts_with("impersonate:"))
        || rule.groups.iter().any(|group| &**group == GROUP) && rule.verbs.iter().any(|verb| &**verb == "*")
}

/// Under what a cluster has it: from 1.36 on, and before that where its feature gate is on.
fn available(world: &World<'_>, snapshot: &mut Snapshot) -> Option<Guard> {
    match world.version {
        Some(version) if version < (1, 35) => None,
        Some(version) if version > (1, 35) => Some(Guard::always()),
        _ => Some(gap(
            format!("whether cluster `{}` has constrained impersonation", world.name),
            "the release of the cluster, and in 1.35 its feature gate ConstrainedImpersonation",
            "kubectl version; kubectl get --raw /metrics, kubernetes_feature_enabled",
            snapshot,
        )),
    }
}

/// Whom a binding names, and members of the groups it names by virtue of who they are.
pub(super) fn holders(bound: &Bound<'_>, placed: &Placed) -> Arc<[IdentityIndex]> {
    let members = bound
        .subjects
        .iter()
        .filter_map(|at| placed.members.get(at))
        .flatten();
    let all: BTreeSet<IdentityIndex> = bound
        .subjects
        .iter()
        .chain(members)
        .filter_map(|at| placed.index(*at))
        .collect();
    all.into_iter().collect()
}

/// The requests that a binding lets pass in a mode, with their own verbs.
fn passed(roles: &Roles<'_>, bound: &Bound<'_>, mode: &str) -> PermissionSet {
    let span = bound.namespace.as_deref().map_or(Span::Cluster, Span::Namespace);
    let prefix = format!("impersonate-on:{mode}:");
    let own = |rule: &Native| {
        let verbs: Box<[Text]> = rule
            .verbs
            .iter()
            .filter_map(|verb| match verb.strip_prefix(&*prefix) {
                Some(own) => Some(Text::from(own)),
                None => (&**verb == "*").then(|| verb.clone()),
            })
            .collect();
        rule::allows(
            &Native {
                verbs,
                ..rule.clone()
            },
            span,
        )
    };
    let sets = bound.roles.iter().filter_map(|at| {
        let compiled = roles.get(*at)?;
        let set = PermissionSet::union_of(roles.rules(*at).map(own));
        Some(guarded(&set, &compiled.guard))
    });
    let set = PermissionSet::union_of(sets);
    if set.is_plainly_empty() {
        set
    } else {
        set.labelled(bound.label)
    }
}

/// What one binding lets its holders pass in one mode.
struct Giving<'g> {
    mode: &'static str,
    guard: &'g Guard,
    bearers: &'g Arc<[IdentityIndex]>,
    requests: &'g PermissionSet,
}

impl Giving<'_> {
    fn add(&self, world: &World<'_>, people: &People<'_>, placed: &Placed, adding: &mut Adding<'_>) {
        for (at, person) in people.all.iter().enumerate() {
            let (Some(index), Some(mut needs)) = (placed.index(at), self.needs(&person.who)) else {
                continue;
            };
            let bearers = match (self.mode, &person.who) {
                ("associated-node", Who::User(name)) => self.neighbours(world, people, placed, name),
                _ => self.bearers.clone(),
            };
            let target = adding
                .snapshot
                .identity(index)
                .map(|target| target.holding.effective());
            let Some(target) = target.filter(|set| !set.is_plainly_empty() && !bearers.is_empty()) else {
                continue;
            };
            needs.push(self.on());
            let gains = self.requests.intersection(&target);
            adding.gain("impersonate-constrained", needs, Some(&bearers), gains);
        }
    }

    /// The holders that run on a machine themselves.
    fn neighbours(
        &self,
        world: &World<'_>,
        people: &People<'_>,
        placed: &Placed,
        user: &Text,
    ) -> Arc<[IdentityIndex]> {
        let here = super::machines::running(world)
            .filter(|(node, ..)| Who::of_node(node) == Who::User(user.clone()));
        let accounts: BTreeSet<IdentityIndex> = here
            .filter_map(|(_, work, _)| {
                let account = Who::Account {
                    namespace: world.home(&work.meta),
                    name: work.account.clone(),
                };
                placed.index(people.find(&account)?)
            })
            .collect();
        let holders = self.bearers.iter().copied();
        holders.filter(|holder| accounts.contains(holder)).collect()
    }

    /// What lets one be somebody in this mode; `None` where the mode does not do that. None admits `system:masters`.
    fn needs(&self, who: &Who) -> Option<Vec<Need>> {
        let asked = |resource: &str| Text::from(format!("{GROUP}/{resource}:impersonate:{}", self.mode));
        let one = |resource: &str, place: &str| need_when(&asked(resource), place, self.guard.clone());
        match (self.mode, who) {
            ("serviceaccount", Who::Account { namespace, name }) => {
                Some(vec![one("serviceaccounts", &format!("{namespace}/{name}"))])
            }
            ("arbitrary-node", Who::User(name)) => {
                let node = name.strip_prefix(NODE_PREFIX)?;
                Some(vec![one("nodes", &format!("/{node}"))])
            }
            // The machine is known by the token, and asked for by no name.
            ("associated-node", Who::User(name)) => {
                name.strip_prefix(NODE_PREFIX)?;
                Some(vec![one("nodes", "/*")])
            }
            ("user-info", Who::User(name)) if !name.starts_with(NODE_PREFIX) => {
                Some(vec![one("users", &format!("/{name}"))])
            }
            ("user-info", Who::Group(name)) if &**name != MASTERS => {
                let users = asked("users");
                let somebody = Region::new(Strings::literal(&users), Strings::any());
                Some(vec![
                    one("groups", &format!("/{name}")),
                    need_one_of(&users, [somebody]),
                ])
            }
            _ => None,
        }
    }

    /// Some request of the second kind, so that what is not sure of the holder's own is not sure here.
    fn on(&self) -> Need {
        let verb = Element::Text(format!(":impersonate-on:{}:", self.mode).into());
        let actions = Pattern::new([Element::ManyExcept(':'), verb, Element::Many], Case::Exact);
        let any = Region::new(Strings::one(actions), Strings::any());
        need_one_of(&format!("impersonate-on:{}", self.mode), [any])
    }
}
