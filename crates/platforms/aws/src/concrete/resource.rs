//! What the policy of a resource says of one request.

use super::above::parsed;
use super::account::{Actor, home};
use super::world::ACCOUNTS;
use super::world::resources::{BUCKET, Resource};
use super::{Asked, applies};
use crate::policy::{Document, Effect, Principal};

/// Whether only the owner's account can be given an action on a resource: it administers that key or queue.
pub fn is_owners(action: &str, resource: &str) -> bool {
    matches!(
        (action, resource.split(':').nth(2)),
        ("kms:ScheduleKeyDeletion", Some("kms")) | ("sqs:DeleteQueue", Some("sqs"))
    )
}

/// What is known of the resources of a world.
#[derive(Default)]
pub struct Resources {
    known: Vec<(String, Option<Document>, bool)>,
}

/// What the policy of a resource says.
#[derive(Default)]
pub struct Said {
    pub denied: bool,
    pub by_name: bool,
    pub by_account: bool,
    pub with_everybody: bool,
    /// Whether the owner's account is left to decide by its own policies.
    pub delegated: bool,
    /// Whether no other account is let in.
    pub closed: bool,
    /// Whether the policy of the resource is known.
    pub known: bool,
}

impl Resources {
    pub fn of(resources: &[Resource]) -> Self {
        let each = resources.iter().map(|one| {
            let document = one.policy.as_ref().map(|policy| parsed(&policy.to_string()));
            (one.arn.clone(), document, one.restricted)
        });
        Self {
            known: each.collect(),
        }
    }

    fn find(&self, resource: &str) -> Option<&(String, Option<Document>, bool)> {
        self.known.iter().find(|(arn, ..)| {
            let below = resource.strip_prefix(arn.as_str());
            below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// Whether the policy of a resource is exported.
    pub fn knows(&self, resource: &str) -> bool {
        self.find(resource).is_some()
    }

    /// The account that owns a resource, as far as somebody of `home` can tell.
    pub fn owner<'o>(&self, resource: &'o str, home: &'o str) -> &'o str {
        match resource.split(':').nth(4).unwrap_or_default() {
            "" if self.find(resource).is_some_and(|(arn, ..)| arn == BUCKET) => ACCOUNTS[0],
            "" => home,
            account => account,
        }
    }

    pub fn said(&self, actor: &Actor<'_>, asked: &Asked<'_>) -> Said {
        let mut said = Said::default();
        let Some((arn, document, restricted)) = self.find(asked.resource) else {
            return said;
        };
        said.known = true;
        let Some(document) = document else {
            return said;
        };
        let me = &*actor.entity.arn;
        let account = home(actor);
        let owner = self.owner(asked.resource, account);
        let root = |account: &str| format!("arn:aws:iam::{account}:root");
        for statement in &document.statements {
            let principals = statement.principals.as_ref().expect("worlds name principals");
            let allows = statement.effect == Some(Effect::Allow);
            let everybody = principals.list.contains(&Principal::Anyone);
            said.closed |= arn == BUCKET && *restricted && allows && everybody;
            if !applies(statement, document.variables, asked) {
                continue;
            }
            let names = |text: &str| {
                let mut aws = principals.list.iter().filter_map(|principal| match principal {
                    Principal::Aws(name) => Some(&**name),
                    _ => None,
                });
                aws.any(|name| name == text)
            };
            let by_name = names(me);
            let by_account = names(account) || names(&root(account));
            if allows {
                said.by_name |= by_name;
                said.by_account |= by_account;
                said.with_everybody |= everybody;
                said.delegated |= names(owner) || names(&root(owner)) || everybody;
            } else {
                said.denied |= by_name || by_account || everybody;
            }
        }
        said
    }
}
