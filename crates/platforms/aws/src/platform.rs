//! AWS as a platform of the model.

pub(crate) mod objection;
mod reading;
#[cfg(test)]
mod tests;
mod value;
mod withheld;

use leastwise_document::Item;
use leastwise_model::{
    ActionCatalogue, Begun, Collector, Disputed, FileIndex, Identity, InstanceIndex, KeyOrigin, Logged,
    Passed, Platform, PolicyReading, Reader, RoleLanguage, Settings, Snapshot, Taken, Text, Wanted,
};
use leastwise_permset::{Case, Context, Element, Key, Pattern, PermissionSet, Region, Strings};

use crate::catalogue::{Catalogue, Origin};
use crate::collect::AwsCollector;
use crate::config::Config;
use crate::credentials::{self, Row};
use crate::declared::Declared;
use crate::export::Export;
use crate::iam_collect::IamCollect;
use crate::identity_center::IdentityCenter;
use crate::organization::Organization;
use crate::resources::Resources;
use crate::roles::AwsRoles;

use crate::usage::CloudTrail;
use crate::{compile, keys, sessions};

/// AWS IAM.
#[derive(Clone, Copy, Debug, Default)]
pub struct Aws;

/// What was taken so far.
struct Taking {
    settings: Settings,
    export: Export,
    organization: Organization,
    resources: Resources,
    center: IdentityCenter,
    declared: Declared,
    config: Config,
    iam_collect: IamCollect,
    reports: Vec<Row>,
}

impl Platform for Aws {
    fn name(&self) -> &'static str {
        crate::NAME
    }

    fn collects(&self) -> &'static [&'static str] {
        &["aws"]
    }

    fn collector(&self, wanted: &Wanted) -> Option<Box<dyn Collector>> {
        Some(Box::new(AwsCollector::new(wanted)))
    }

    fn title(&self) -> &'static str {
        "AWS"
    }

    fn reader(&self, settings: &Settings) -> Box<dyn Reader> {
        Box::new(Taking {
            settings: settings.clone(),
            export: Export::default(),
            organization: Organization::default(),
            resources: Resources::default(),
            center: IdentityCenter::default(),
            declared: Declared::default(),
            config: Config::default(),
            iam_collect: IamCollect::default(),
            reports: Vec::new(),
        })
    }

    fn catalogue(&self) -> &dyn ActionCatalogue {
        Catalogue::embedded()
    }

    fn key_origin(&self, key: &Key) -> KeyOrigin {
        match Catalogue::embedded().key_origin(key.as_str()) {
            Origin::Identity => KeyOrigin::Identity,
            Origin::Caller => KeyOrigin::Caller,
            Origin::Secret => KeyOrigin::Secret,
            // Of a key that nobody describes the caller may not dispose.
            Origin::World | Origin::Unknown => KeyOrigin::World,
        }
    }

    fn key(&self, typed: &str) -> Key {
        keys::canonical(typed)
    }

    fn requests(&self, action: &str, resource: &str) -> PermissionSet {
        let actions = Strings::one(Pattern::glob(action, Case::Folded));
        let resources = Strings::one(Pattern::glob(resource, Case::Exact));
        let all = PermissionSet::from(Region::new(actions.clone(), resources.clone()));
        if !resources.contains("*", &Context::new()) {
            return all;
        }
        // An action that takes no resource is asked for on `*` and on nothing else.
        let catalogue = Catalogue::embedded();
        let bare: Vec<Pattern> = ActionCatalogue::select(catalogue, &actions)
            .iter()
            .map(|action| ActionCatalogue::name(catalogue, action))
            .filter(|name| {
                Catalogue::find(catalogue, name)
                    .is_some_and(|id| Catalogue::resource_shapes(catalogue, id).is_empty())
            })
            .map(|name| Pattern::glob(name, Case::Folded))
            .collect();
        if bare.is_empty() {
            return all;
        }
        let bare = Strings::any_of(bare);
        let elsewhere = Region::new(bare.clone(), Strings::any());
        let there = Region::new(bare, Strings::one(Pattern::literal("*")));
        all.difference(&elsewhere.into()).union(&there.into())
    }

    fn objection(&self, action: &str, resource: &str) -> Option<Text> {
        objection::objection(action, resource)
    }

    fn rules(&self) -> &'static [Disputed] {
        &compile::RULES
    }

    fn tells_acceptances(&self) -> bool {
        true
    }

    fn resources_speak(&self) -> bool {
        true
    }

    fn value_objection(&self, key: &Key, value: &str) -> Option<Text> {
        value::objection(key, value)
    }

    /// Attaching any policy to any role or user of the account is control of it; so is everything at once.
    fn administration(&self, snapshot: &Snapshot, instance: InstanceIndex) -> PermissionSet {
        let account = snapshot
            .instance(instance)
            .map_or("*", |instance| &*instance.name);
        let on = |action: &str, kind: &str| {
            let text = |text: &str| Element::Text(text.into());
            let name = [
                text("arn:"),
                Element::ManyExcept(':'),
                text(&format!(":iam::{account}:{kind}/")),
                Element::Many,
            ];
            let resource = Pattern::new(name, Case::Exact);
            PermissionSet::from(Region::new(
                Strings::one(Pattern::glob(action, Case::Folded)),
                Strings::one(resource),
            ))
        };
        PermissionSet::union_of([
            on("iam:AttachRolePolicy", "role"),
            on("iam:PutRolePolicy", "role"),
            on("iam:AttachUserPolicy", "user"),
            on("iam:PutUserPolicy", "user"),
            on("iam:CreatePolicyVersion", "policy"),
            on("iam:UpdateAssumeRolePolicy", "role"),
        ])
    }

    /// Names that carry the account, or none.
    fn belonging(&self, snapshot: &Snapshot, instance: InstanceIndex) -> PermissionSet {
        match snapshot.instance(instance) {
            Some(instance) => compile::belonging(&instance.name).into(),
            None => PermissionSet::everything(),
        }
    }

    fn logged(&self) -> Option<&'static dyn Logged> {
        Some(&CloudTrail)
    }

    fn roles(&self) -> Option<&'static dyn RoleLanguage> {
        Some(&AwsRoles)
    }

    fn session(&self, identity: &Identity, policies: &[Passed]) -> Option<Result<Begun, Text>> {
        Some(sessions::begun(identity, policies))
    }

    fn policy(&self, item: &Item) -> Option<PolicyReading> {
        reading::policy(item)
    }
}

impl Reader for Taking {
    fn take(&mut self, file: FileIndex, path: &str, item: Item) -> Taken {
        let heard = self.declared.hear(file, &item);
        if self.iam_collect.take(file, path, &item)
            || self.declared.take(file, path, &item)
            || self.export.take(file, &item)
            || sessions::take(file, &item, &mut self.export.sessions, &mut self.export.remarks)
            || self.config.take(file, &item)
            || self.center.take(file, &item)
            || self.organization.take(file, &item)
            || self.export.running.take(file, &item)
            || self.resources.take(file, &item)
            || heard
            // What identities used says nothing of what they may do: it is for `--log-config`.
            || crate::trails::is_report(&item.node)
        {
            Taken::Yes
        } else {
            Taken::No(Box::new(item))
        }
    }

    fn take_text(&mut self, file: FileIndex, _path: &str, text: &str) -> bool {
        if !credentials::is_report(text) {
            return false;
        }
        self.reports
            .extend(credentials::read(file, text, &mut self.export.remarks));
        true
    }

    fn compile(mut self: Box<Self>, snapshot: &mut Snapshot) {
        self.iam_collect
            .add_to(&mut self.export, &mut self.organization, &mut self.resources);
        self.config.add_to(&mut self.export, &mut self.resources);
        self.declared
            .add_to(&self.settings, &mut self.export, &mut self.resources);
        compile::compile(
            self.export,
            self.organization,
            self.resources,
            &self.center,
            self.reports,
            &self.settings,
            snapshot,
        );
    }
}
