//! Who can act as others by impersonation; what is constrained is told apart.

use std::sync::Arc;

use leastwise_model::Text;
use leastwise_permset::{Region, Strings};

use super::accounts::{Person, Who};
use super::adding::{Adding, need, need_one_of};
use super::identities::Placed;

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
