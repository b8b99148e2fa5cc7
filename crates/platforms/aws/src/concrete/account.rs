//! A whole request of one identity decided: policies, groups, boundary, trust policies, accounts.

use std::collections::BTreeMap;

use super::above::Above;
use super::resource::{Resources, is_owners};
use super::{Asked, applies, says};
use crate::export::{Entity, Export};
use crate::policy::{Document, Effect, Principal};
use crate::sessions::Session;

/// Who asks, straight from the export.
pub struct Actor<'a> {
    /// Its entity.
    pub entity: &'a Entity,
    /// The names of its groups.
    pub groups: Vec<&'a str>,
    /// The ARN of its boundary.
    pub boundary: Option<&'a str>,
    /// Whether it is a role.
    pub role: bool,
    /// The session of that role that asks, where it began with a policy.
    pub session: Option<&'a Session>,
}

impl Actor<'_> {
    /// Its canonical id.
    pub fn id(&self) -> &str {
        self.session.map_or(&*self.entity.arn, |session| &*session.arn)
    }
}

fn account(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

/// The account of whoever asks.
pub fn home<'a>(actor: &Actor<'a>) -> &'a str {
    account(&actor.entity.arn)
}

fn default_version<'e>(export: &'e Export, arn: &str) -> Option<&'e Document> {
    let policy = export.policies.iter().find(|policy| &*policy.arn == arn)?;
    policy
        .versions
        .iter()
        .find(|version| version.default)?
        .document
        .as_ref()
}

/// All documents that an identity holds.
fn documents<'e>(export: &'e Export, actor: &Actor<'e>) -> Vec<&'e Document> {
    let home = account(&actor.entity.arn);
    let groups = export
        .groups
        .iter()
        .filter(|group| actor.groups.contains(&&*group.entity.name) && account(&group.entity.arn) == home);
    let entities = [actor.entity]
        .into_iter()
        .chain(groups.map(|group| &group.entity));
    let mut found = Vec::new();
    for entity in entities {
        found.extend(entity.inline.iter().map(|inline| &inline.document));
        found.extend(
            entity
                .attached
                .iter()
                .filter_map(|attached| default_version(export, &attached.arn)),
        );
    }
    found
}

/// What a trust policy says of a caller.
#[derive(Default)]
struct Trusted {
    denied: bool,
    by_name: bool,
    by_account: bool,
    with_everybody: bool,
}

fn trust(export: &Export, role: &str, actor: &Actor<'_>, asked: &Asked<'_>) -> Trusted {
    let mut trusted = Trusted::default();
    let Some(role) = export.roles.iter().find(|one| &*one.entity.arn == role) else {
        return trusted;
    };
    let Some(document) = &role.trust else {
        return trusted;
    };
    let arn = &*actor.entity.arn;
    let home = account(arn);
    for statement in &document.statements {
        let Some(principals) = &statement.principals else {
            continue;
        };
        if !applies(statement, document.variables, asked) {
            continue;
        }
        // What asks for tags also needs `sts:TagSession`, which no trust of a world allows.
        let mut untagged = asked.context.clone();
        untagged.remove("aws:tagkeys");
        let plainly = Asked {
            context: &untagged,
            ..*asked
        };
        if statement.effect == Some(Effect::Allow) && !applies(statement, document.variables, &plainly) {
            continue;
        }
        let root = format!("arn:aws:iam::{home}:root");
        for principal in &principals.list {
            let (by_name, by_account, everybody) = match principal {
                Principal::Aws(text) => (**text == *arn, **text == *root || **text == *home, false),
                Principal::Anyone => (false, false, true),
                _ => (false, false, false),
            };
            if statement.effect == Some(Effect::Deny) {
                trusted.denied |= by_name || by_account || everybody;
            } else {
                trusted.by_name |= by_name;
                trusted.by_account |= by_account;
                trusted.with_everybody |= everybody;
            }
        }
    }
    trusted
}

/// Whether the request goes through.
pub fn allowed(
    export: &Export,
    above: &Above,
    resources: &Resources,
    actor: &Actor<'_>,
    asked: &Asked<'_>,
) -> bool {
    if asked.action.eq_ignore_ascii_case("sts:GetCallerIdentity") {
        return true;
    }
    let owner = resources.owner(asked.resource, home(actor));
    if !above.passes(home(actor), owner, asked) {
        return false;
    }
    let documents = documents(export, actor);
    let boundary = actor.boundary.and_then(|arn| default_version(export, arn));
    let passed = actor.session.and_then(|session| session.inline.as_ref());
    if documents
        .iter()
        .copied()
        .chain(boundary)
        .chain(passed)
        .any(|document| says(document, Effect::Deny, asked))
    {
        return false;
    }
    let mut bounds = boundary.into_iter().chain(passed);
    let within = bounds.all(|bound| says(bound, Effect::Allow, asked));
    let granted = within
        && documents
            .iter()
            .any(|document| says(document, Effect::Allow, asked));
    let here = account(asked.resource) == account(&actor.entity.arn);
    if asked.action.eq_ignore_ascii_case("sts:AssumeRole") {
        let trusted = trust(export, asked.resource, actor, asked);
        if trusted.denied {
            return false;
        }
        let admitted = trusted.by_name || trusted.by_account || trusted.with_everybody;
        let suffices = here && (trusted.with_everybody || trusted.by_name && (within || !actor.role));
        return suffices || admitted && granted;
    }
    let said = resources.said(actor, asked);
    if said.denied {
        return false;
    }
    if owner != home(actor) && asked.resource != "*" {
        let admitted = said.by_name || said.by_account || said.with_everybody;
        return granted && admitted && !said.closed && !is_owners(asked.action, asked.resource);
    }
    let key = asked.action.starts_with("kms:") && asked.resource.contains(":kms:") && said.known;
    let by_policies = granted && (!key || said.delegated);
    by_policies || said.with_everybody || said.by_name && (within || !actor.role)
}

/// What the resource of a request says, in lower case: its account, and the tags and boundary of a user or role that
/// exists; where it says nothing of a key the circumstances stay.
pub fn of_resource(
    export: &Export,
    above: Option<&Above>,
    policed: Option<&Resources>,
    action: &str,
    resource: &str,
    context: &mut BTreeMap<String, Vec<String>>,
) {
    let owner = match policed {
        Some(policed) => policed.owner(resource, ""),
        None => account(resource),
    };
    if owner.len() == 12 && !action.starts_with("ec2:") {
        if let Some(above) = above {
            above.of_resource(owner, context);
        }
        context.insert("aws:resourceaccount".into(), vec![owner.into()]);
    }
    let users = export.users.iter().map(|user| (&user.entity, &user.actor));
    let roles = export.roles.iter().map(|role| (&role.entity, &role.actor));
    let Some((_, actor)) = users.chain(roles).find(|(entity, _)| &*entity.arn == resource) else {
        return;
    };
    if !matches!(action, "iam:PassRole" | "iam:CreateRole") {
        context.retain(|key, _| !key.starts_with("aws:resourcetag/"));
        for (name, value) in actor.tags.iter().flatten() {
            let key = format!("aws:resourcetag/{}", name.to_lowercase());
            context.insert(key, vec![value.to_string()]);
        }
    }
    if action == "iam:PutRolePolicy" {
        context.remove("iam:permissionsboundary");
        if let Some(boundary) = &actor.boundary {
            context.insert("iam:permissionsboundary".into(), vec![boundary.arn.to_string()]);
        }
    }
}

/// The keys that follow from who asks, in lower case; tags of roles are theirs as worlds pass none into sessions.
pub fn context(
    actor: &Actor<'_>,
    tags: &BTreeMap<leastwise_model::Text, leastwise_model::Text>,
) -> BTreeMap<String, Vec<String>> {
    let mut context = BTreeMap::new();
    let mut set = |key: &str, value: &str| context.insert(key.to_lowercase(), vec![value.to_owned()]);
    set("aws:PrincipalArn", &actor.entity.arn);
    set("aws:PrincipalAccount", account(&actor.entity.arn));
    set("kms:CallerAccount", account(&actor.entity.arn));
    set(
        "aws:PrincipalType",
        if actor.role { "AssumedRole" } else { "User" },
    );
    set("aws:PrincipalIsAWSService", "false");
    let unique = actor.entity.unique.as_deref().unwrap_or_default();
    if actor.role {
        set("aws:userid", &format!("{unique}:session"));
        set("aws:TokenIssueTime", "2026-01-01T00:00:00Z");
    } else {
        set("aws:username", &actor.entity.name);
        set("aws:userid", unique);
    }
    for (key, value) in tags {
        set(&format!("aws:PrincipalTag/{key}"), value);
    }
    context
}
