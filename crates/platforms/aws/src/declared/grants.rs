//! Who is given what: policies of one holder, attachments, memberships, instance profiles.

use leastwise_model::Text;

use super::build::{Build, HOLDERS, Held};
use super::parts::{attach, document, unknown_policy};
use super::{Resource, remark};
use crate::export::{Entity, Inline};

impl Build<'_> {
    /// Policies of one holder, attachments, memberships and instance profiles.
    pub(super) fn grants(&mut self) {
        for resource in &self.file.resources {
            for (kind, attribute) in HOLDERS {
                if resource.kind == format!("{kind}_policy") {
                    let name = resource.text("name").unwrap_or("unnamed");
                    let inline = Inline {
                        name: name.into(),
                        document: document(resource, &resource.values, "policy", &resource.pointer("policy")),
                    };
                    self.on(resource, attribute, kind, |entity| entity.inline.push(inline));
                } else if resource.kind == format!("{kind}_policy_attachment") {
                    self.attachment(resource, attribute, kind);
                } else if resource.kind == format!("{kind}_policy_attachments_exclusive") {
                    for arn in resource.texts("policy_arns") {
                        let arn = Text::from(arn);
                        self.on(resource, &format!("{attribute}_name"), kind, |entity| {
                            attach(entity, arn, resource, "policy_arns");
                        });
                    }
                }
            }
            match resource.kind {
                "aws_iam_policy_attachment" => self.attachments(resource),
                "aws_iam_user" if resource.values.get("groups").is_some() => {
                    let groups: Vec<Text> = resource.texts("groups").map(Text::from).collect();
                    let user = self.refers(resource, "name", "aws_iam_user");
                    groups
                        .into_iter()
                        .for_each(|group| self.member(resource, user.as_ref(), group, "groups"));
                    if resource.lacks("groups") {
                        self.on(resource, "name", "aws_iam_user", |entity| {
                            attach(entity, unknown_policy(resource), resource, "groups");
                        });
                    }
                }
                "aws_iam_user_group_membership" => {
                    let groups: Vec<Text> = resource.texts("groups").map(Text::from).collect();
                    let user = self.refers(resource, "user", "aws_iam_user");
                    groups
                        .into_iter()
                        .for_each(|group| self.member(resource, user.as_ref(), group, "groups"));
                }
                "aws_iam_group_membership" => {
                    let Some(group) = resource.text("group").map(Text::from) else {
                        continue;
                    };
                    for user in resource.texts("users") {
                        let user = self.called("aws_iam_user", user);
                        self.member(resource, user.as_ref(), group.clone(), "users");
                    }
                }
                "aws_iam_instance_profile" => {
                    let (role, name) = (
                        self.refers(resource, "role", "aws_iam_role"),
                        resource.text("name"),
                    );
                    let at = role.and_then(|role| self.shared.places.get(&role).copied());
                    if let (Some(Held::Role(at)), Some(name)) = (at, name)
                        && let Some(role) = self.export.roles.get_mut(at)
                    {
                        role.profiles.push(name.into());
                    }
                }
                _ => {}
            }
        }
    }

    fn attachment(&mut self, resource: &Resource, attribute: &str, kind: &'static str) {
        match self.refers(resource, "policy_arn", "") {
            Some(arn) => self.on(resource, attribute, kind, |entity| {
                attach(entity, arn, resource, "policy_arn")
            }),
            None => {
                let unknown = unknown_policy(resource);
                self.on(resource, attribute, kind, |entity| {
                    attach(entity, unknown, resource, "policy_arn")
                });
            }
        }
    }

    fn attachments(&mut self, resource: &Resource) {
        let Some(policy) = self.refers(resource, "policy_arn", "") else {
            self.lost(resource, "policy_arn");
            return;
        };
        for (kind, part) in HOLDERS {
            let attribute = format!("{part}s");
            for name in resource.texts(&attribute) {
                match self.called(kind, name) {
                    Some(arn) => {
                        let policy = policy.clone();
                        self.change(&arn, |entity| attach(entity, policy, resource, "policy_arn"));
                    }
                    None => self.lost(resource, &attribute),
                }
            }
        }
    }

    fn member(&mut self, resource: &Resource, user: Option<&Text>, group: Text, attribute: &str) {
        if let (Some(_), Some(user)) = (&resource.perhaps, user) {
            // What it gives if it is made.
            self.change(user, |entity| {
                attach(entity, unknown_policy(resource), resource, attribute)
            });
            return;
        }
        let elsewhere = user.is_some_and(|arn| !self.counts(arn));
        let at = user.and_then(|user| self.shared.places.get(user).copied());
        match at {
            Some(Held::User(at)) => {
                if let Some(user) = self.export.users.get_mut(at) {
                    user.groups.push((group, resource.place(attribute)));
                }
            }
            _ if elsewhere => {}
            _ => self.lost(resource, attribute),
        }
    }

    /// Changes the one whom an attribute names.
    fn on(
        &mut self,
        resource: &Resource,
        attribute: &str,
        kind: &'static str,
        change: impl FnOnce(&mut Entity),
    ) {
        match self.refers(resource, attribute, kind) {
            Some(arn) => self.change(&arn, change),
            None => self.lost(resource, attribute),
        }
    }

    /// Changes somebody; whom the export of an account tells stays as it is.
    fn change(&mut self, arn: &Text, change: impl FnOnce(&mut Entity)) {
        let export = &mut *self.export;
        let entity = match self.shared.places.get(arn) {
            Some(Held::User(at)) => export.users.get_mut(*at).map(|one| &mut one.entity),
            Some(Held::Group(at)) => export.groups.get_mut(*at).map(|one| &mut one.entity),
            Some(Held::Role(at)) => export.roles.get_mut(*at).map(|one| &mut one.entity),
            None => None,
        };
        if let Some(entity) = entity {
            change(entity);
        }
    }

    pub(super) fn lost(&mut self, resource: &Resource, attribute: &str) {
        let what = format!(
            "`{}` was left out: this {} does not hold what its `{}` names",
            resource.address,
            self.what(),
            resource.written(attribute)
        );
        let mut spot = resource.spot.clone();
        spot.place = resource.place(attribute);
        let hint = format!(
            "give the {} that holds it as well, or an export of the account",
            self.what()
        );
        self.remarks.push(remark(&spot, what, &hint));
    }
}
