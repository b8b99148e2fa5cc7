//! Who can act as others by impersonation, plain and constrained.

use std::sync::Arc;

use leastwise_model::Text;
use leastwise_permset::{Case, Element, Pattern, Region, Strings};

use super::World;
use super::accounts::{MASTERS, Person, Who};
use super::adding::{Adding, need, need_one_of, need_when};
use super::identities::Placed;
use super::opportunities::gap;

/// Source: `apiserver/pkg/endpoints/filters/impersonation`: a name spelled like a service account is checked as
/// `serviceaccounts`, each group by itself, and a group needs some user to be impersonated with it.
pub(super) fn of_impersonation(people: &[(usize, &Person<'_>)], placed: &Placed, adding: &mut Adding<'_>) {
    let [users, groups, accounts]: [Text; 3] = [
        "core/users:impersonate",
        "core/groups:impersonate",
        "core/serviceaccounts:impersonate",
    ]
    .map(Into::into);
    let somebody = need_one_of(
        &users,
        [
            Region::new(Strings::literal(&users), Strings::any()),
            Region::new(Strings::literal(&accounts), Strings::any()),
        ],
    );
    for (at, person) in people {
        let Some(index) = placed.index(*at) else { continue };
        let (technique, needs) = match &person.who {
            Who::Account { namespace, name } => (
                "impersonate-account",
                vec![need(&accounts, &format!("{namespace}/{name}"))],
            ),
            Who::User(name) => ("impersonate-user", vec![need(&users, &format!("/{name}"))]),
            Who::Group(name) => (
                "impersonate-group",
                vec![need(&groups, &format!("/{name}")), somebody.clone()],
            ),
        };
        adding.become_one_of(technique, needs, &Arc::from([index]));
    }
}

/// Constrained impersonation passes only chosen actions of its target; which, is not evaluated but said to be open.
pub(super) fn of_constrained(
    world: &World<'_>,
    people: &[(usize, &Person<'_>)],
    placed: &Placed,
    adding: &mut Adding<'_>,
) {
    if world.version.is_some_and(|version| version < (1, 35)) {
        return;
    }
    let group = "authentication.k8s.io";
    let used = world.roles.iter().flat_map(|role| &role.rules).any(|rule| {
        rule.verbs.iter().any(|verb| verb.starts_with("impersonate:"))
            || rule.groups.iter().any(|of| &**of == group) && rule.verbs.iter().any(|verb| &**verb == "*")
    });
    if !used {
        return;
    }
    let guard = gap(
        format!(
            "constrained impersonation in cluster `{}` is not evaluated action by action",
            world.name
        ),
        "which actions an impersonator passes under constrained impersonation, and whether the release has it",
        "kubectl auth can-i VERB RESOURCE --as TARGET, as the impersonator",
        adding.snapshot,
    );
    let on = |mode: &str| {
        let verb = Element::Text(format!(":impersonate-on:{mode}:").into());
        let actions = Pattern::new([Element::ManyExcept(':'), verb, Element::Many], Case::Exact);
        need_one_of(
            &format!("impersonate-on:{mode}"),
            [Region::new(Strings::one(actions), Strings::any())],
        )
    };
    let (on_user, on_account) = (on("user-info"), on("serviceaccount"));
    let user: Text = format!("{group}/users:impersonate:user-info").into();
    let groups: Text = format!("{group}/groups:impersonate:user-info").into();
    let account: Text = format!("{group}/serviceaccounts:impersonate:serviceaccount").into();
    for (at, person) in people {
        let Some(index) = placed.index(*at) else { continue };
        let needs = match &person.who {
            Who::Account { namespace, name } => {
                vec![
                    need_when(&account, &format!("{namespace}/{name}"), guard.clone()),
                    on_account.clone(),
                ]
            }
            Who::User(name) => vec![
                need_when(&user, &format!("/{name}"), guard.clone()),
                on_user.clone(),
            ],
            // The constrained modes never admit system:masters.
            Who::Group(name) if &**name == MASTERS => continue,
            Who::Group(name) => vec![
                need_when(&groups, &format!("/{name}"), guard.clone()),
                need_one_of(&user, [Region::new(Strings::literal(&user), Strings::any())]),
                on_user.clone(),
            ],
        };
        adding.become_one_of("impersonate-constrained", needs, &Arc::from([index]));
    }
}
