//! Users, groups, roles, policies and policies of resources out of what is declared.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_document::Node;
use leastwise_model::{LastUse, Remark, Text};

use super::parts::{attach, by_hand, document, unknown_policy};
use super::{File, Form, Resource, remark, without_indexes};
use crate::export::{
    Actor, Attached, Entity, Export, Group, Inline, Managed, Pages, Role, User, Version, moment,
};
use crate::lower::account_of;
use crate::policy::is_settled;
use crate::resources::Resources;

/// Adds what states and plans tell, but for accounts that were exported. What one gives to somebody whom another holds is
/// given.
pub(super) fn build(
    files: &[File],
    export: &mut Export,
    resources: &mut Resources,
    remarks: &mut Vec<Remark>,
) {
    let exported: BTreeSet<Text> = export.pages.keys().cloned().collect();
    let mut shared = Shared::default();
    let mut named = Vec::new();
    for file in files {
        let mut build = Build::new(file, BTreeMap::new(), &exported, &mut shared, export, remarks);
        build.not_used();
        build.names();
        build.objects();
        named.push(build.arns);
    }
    for (file, arns) in files.iter().zip(named) {
        let mut build = Build::new(file, arns, &exported, &mut shared, export, remarks);
        build.grants();
        build.policies_of_resources(resources);
    }
}

/// A user, group or role by its place in the export.
#[derive(Clone, Copy)]
pub(super) enum Held {
    User(usize),
    Group(usize),
    Role(usize),
}

/// What is found out of all states and plans.
#[derive(Default)]
pub(super) struct Shared {
    /// The ARNs of objects, by kind and name.
    named: BTreeMap<(&'static str, Text), BTreeSet<Text>>,
    /// Where users, groups and roles stand in the export, by ARN.
    pub(super) places: BTreeMap<Text, Held>,
}

/// What is found out of one state or plan.
pub(super) struct Build<'b> {
    pub(super) file: &'b File,
    /// The one account that the file names.
    pub(super) account: Option<Text>,
    exported: &'b BTreeSet<Text>,
    /// The ARNs of objects, by address.
    arns: BTreeMap<Text, Text>,
    pub(super) shared: &'b mut Shared,
    pub(super) export: &'b mut Export,
    pub(super) remarks: &'b mut Vec<Remark>,
}

/// What holds policies: the type, and the word for it in ARNs and in the attributes that name one.
pub(super) const HOLDERS: [(&str, &str); 3] = [
    ("aws_iam_role", "role"),
    ("aws_iam_user", "user"),
    ("aws_iam_group", "group"),
];

impl<'b> Build<'b> {
    fn new(
        file: &'b File,
        arns: BTreeMap<Text, Text>,
        exported: &'b BTreeSet<Text>,
        shared: &'b mut Shared,
        export: &'b mut Export,
        remarks: &'b mut Vec<Remark>,
    ) -> Self {
        let mut accounts = file.accounts.iter();
        let only = accounts.next().filter(|_| accounts.next().is_none());
        Self {
            account: only.cloned(),
            file,
            exported,
            arns,
            shared,
            export,
            remarks,
        }
    }

    /// Tells that an export counts before what the file says of its account.
    fn not_used(&mut self) {
        let mut accounts = self.file.accounts.iter();
        if let Some(known) = accounts.find(|account| self.exported.contains(*account)) {
            let what = format!(
                "account {known} was exported: what this {} says of it is not used",
                self.what()
            );
            let tool = self.file.form.tool();
            let hint = &format!("leave the export out to see what {tool} alone knows");
            self.remarks.push(Remark {
                loses: false,
                ..remark(&self.file.spot, what, hint)
            });
        }
    }

    /// The one that has a name: in the file's own account, else the only one.
    pub(super) fn called(&self, kind: &'static str, name: &str) -> Option<Text> {
        let all = self.shared.named.get(&(kind, name.into()))?;
        let own = |arn: &&Text| self.account.is_some() && account_of(arn) == self.account.as_deref();
        let only = || all.first().filter(|_| all.len() == 1);
        all.iter().find(own).or_else(only).cloned()
    }

    pub(super) fn what(&self) -> &'static str {
        self.file.form.word()
    }

    /// The ARN of each object: as it stands, or as it will be where one account is all that it can be in.
    fn names(&mut self) {
        let policy = [("aws_iam_policy", "policy")];
        for resource in &self.file.resources {
            let kinds = HOLDERS.into_iter().chain(policy);
            let Some((kind, part)) = kinds.into_iter().find(|(kind, _)| *kind == resource.kind) else {
                continue;
            };
            let name = resource.text("name");
            let made = || {
                let (account, path) = (self.account.as_deref()?, resource.text("path").unwrap_or("/"));
                let partition = &self.file.partition;
                Some(format!("arn:{partition}:iam::{account}:{part}{path}{}", name?))
            };
            let Some(arn) = resource.text("arn").map(str::to_owned).or_else(made) else {
                let what = format!(
                    "`{}` was left out: its {} {}",
                    resource.address,
                    if name.is_none() { "name" } else { "ARN" },
                    resource.form.unknown()
                );
                self.remarks
                    .push(remark(&resource.spot, what, resource.form.hint()));
                continue;
            };
            let arn = self.export.intern(&arn);
            if let Some(name) = name {
                let named = self.shared.named.entry((kind, name.into()));
                named.or_default().insert(arn.clone());
            }
            self.arns.insert(resource.address.clone(), arn);
        }
    }

    /// Whether an object is told by this file; the export of its account would tell it otherwise.
    pub(super) fn counts(&self, arn: &str) -> bool {
        account_of(arn).is_none_or(|account| !self.exported.contains(account))
    }

    fn objects(&mut self) {
        for resource in &self.file.resources {
            let Some(arn) = self
                .arns
                .get(&resource.address)
                .cloned()
                .filter(|arn| self.counts(arn))
            else {
                continue;
            };
            if let Some(account) = account_of(&arn) {
                let whole = Pages {
                    more: false,
                    last: true,
                };
                self.export.pages.insert(account.into(), whole);
                let told = self.export.assumptions.entry(account.into()).or_default();
                let fresh = self.file.assumptions.iter();
                let fresh: Vec<_> = fresh.filter(|one| !told.contains(one)).cloned().collect();
                told.extend(fresh);
            }
            let told = self.export.assumptions.entry(arn.clone()).or_default();
            told.push(by_hand(self.file.form));
            match resource.kind {
                "aws_iam_policy" => {
                    let version = Version {
                        id: "v1".into(),
                        default: true,
                        document: Some(document(
                            resource,
                            &resource.values,
                            "policy",
                            &resource.pointer("policy"),
                        )),
                    };
                    self.export.policies.push(Managed {
                        arn,
                        versions: vec![version],
                        spot: resource.spot.clone(),
                    });
                }
                "aws_iam_role" => {
                    let role = self.role(resource, arn);
                    let at = Held::Role(self.export.roles.len());
                    self.shared.places.insert(role.entity.arn.clone(), at);
                    self.export.roles.push(role);
                }
                "aws_iam_user" => {
                    let user = User {
                        entity: self.entity(resource, arn),
                        actor: self.actor(resource),
                        groups: Vec::new(),
                    };
                    let at = Held::User(self.export.users.len());
                    self.shared.places.insert(user.entity.arn.clone(), at);
                    self.export.users.push(user);
                }
                _ => {
                    let at = Held::Group(self.export.groups.len());
                    self.shared.places.insert(arn.clone(), at);
                    let entity = self.entity(resource, arn);
                    self.export.groups.push(Group { entity });
                }
            }
        }
    }

    fn role(&mut self, resource: &Resource, arn: Text) -> Role {
        let entity = self.entity(resource, arn);
        Role {
            actor: self.actor(resource),
            trust: Some(document(
                resource,
                &resource.values,
                "assume_role_policy",
                &resource.pointer("assume_role_policy"),
            )),
            profiles: Vec::new(),
            last_use: LastUse::Unknown,
            description: resource.text("description").unwrap_or_default().into(),
            entity,
        }
    }

    /// What users, groups and roles have in common, with the policies that stand in them.
    fn entity(&mut self, resource: &Resource, arn: Text) -> Entity {
        let mut entity = Entity {
            name: resource
                .text("name")
                .map_or_else(|| arn.rsplit('/').next().unwrap_or(&arn).into(), Text::from),
            arn,
            unique: resource.text("unique_id").map(Text::from),
            created: resource.text("create_date").and_then(moment),
            inline: Vec::new(),
            attached: Vec::new(),
            spot: resource.spot.clone(),
        };
        let inline = resource.values.get("inline_policy").map(Node::list);
        for (at, policy) in inline.unwrap_or_default().iter().enumerate() {
            let name = policy.get("name").and_then(Node::text).unwrap_or_default();
            if name.is_empty() && policy.is_map() {
                continue;
            }
            let name = if is_settled(name) { name } else { "unnamed" };
            let (list, key) = (resource.pointer("inline_policy"), resource.written("policy"));
            entity.inline.push(Inline {
                name: name.into(),
                document: document(resource, policy, "policy", &format!("{list}/{at}/{key}")),
            });
        }
        if resource
            .values
            .get("inline_policy")
            .is_some_and(|list| !list.is_list() && !list.is_null())
        {
            attach(&mut entity, unknown_policy(resource), resource, "inline_policy");
        }
        for arn in resource.texts("managed_policy_arns") {
            let arn = self.export.intern(arn);
            attach(&mut entity, arn, resource, "managed_policy_arns");
        }
        if resource.lacks("managed_policy_arns") {
            attach(
                &mut entity,
                unknown_policy(resource),
                resource,
                "managed_policy_arns",
            );
        }
        entity
    }

    fn actor(&mut self, resource: &Resource) -> Actor {
        let boundary = self.refers(resource, "permissions_boundary", "").or_else(|| {
            // Which policy it will be is not known: one that nobody exported stands for it.
            let said = resource.values.get("permissions_boundary");
            let set = match said {
                Some(said) => !said.is_null() && said.text() != Some(""),
                None => resource.references.contains_key("permissions_boundary"),
            };
            set.then(|| format!("the boundary of {}", resource.address).into())
        });
        let boundary = boundary.map(|arn| Attached {
            arn,
            place: resource.place("permissions_boundary"),
        });
        let tags = ["tags_all", "tags"].into_iter().find_map(|key| {
            let tags = resource.values.get(key).filter(|tags| tags.is_map())?;
            let each = tags.entries().iter();
            Some(each.map(|(key, value)| {
                (
                    Text::from(&*key.text),
                    Text::from(value.scalar().unwrap_or_default()),
                )
            }))
        });
        Actor {
            boundary,
            tags: match resource.form {
                Form::State | Form::Plan => Some(tags.map(Iterator::collect).unwrap_or_default()),
                // Tags of the stack are added to those of the template.
                Form::Template => None,
            },
        }
    }

    /// What an attribute names: by its ARN, by its name, or by what its configuration refers to.
    pub(super) fn refers(&self, resource: &Resource, attribute: &str, kind: &'static str) -> Option<Text> {
        if let Some(text) = resource.text(attribute) {
            if text.starts_with("arn:") {
                return Some(text.into());
            }
            return self.called(kind, text);
        }
        let references = resource.references.get(attribute)?;
        references.iter().find_map(|to| {
            let to = without_indexes(to);
            let mut all = self.arns.iter().filter(|(address, _)| {
                let address = without_indexes(address);
                to == address
                    || to
                        .strip_prefix(&address)
                        .is_some_and(|rest| rest.starts_with('.'))
            });
            // Of several instances nobody can tell which one is meant.
            all.next()
                .filter(|_| all.next().is_none())
                .map(|(_, arn)| arn.clone())
        })
    }
}
