//! GitHub repositories, workflows and tokens compiled into permission sets.
//!
//! A job is an identity: its token has permissions, it reads secrets, and it can have tokens for other systems. Who may
//! write to a repository decides what its jobs do. What is read, what each rule means, and what is not evaluated:
//! `docs/semantics/github.md`. [`concrete`] computes the permissions of one token as the documentation tells, one permission
//! at a time; compiled sets are compared with it.
//!
//! Everything is linear in the input, but for calls of workflows, each of which is followed from every caller, up to the
//! depth that GitHub allows. Nothing here reads files, talks to a server, or keeps the value of a secret.

mod catalogue;
mod collect;
mod compile;
pub mod concrete;
mod export;
mod expression;
mod levels;
mod reader;
mod refs;
mod roles;
mod rows;
mod spell;
mod subject;
mod workflow;

use leastwise_document::Item;
use leastwise_model::{
    ActionCatalogue, Collector, InstanceIndex, KeyOrigin, Platform, PolicyReading, Reader, RoleLanguage,
    Settings, Snapshot, Text, Wanted,
};
use leastwise_permset::{Case, Element, Key, Pattern, PermissionSet, Region, Strings};

/// GitHub.
#[derive(Clone, Copy, Debug, Default)]
pub struct GitHub;

impl Platform for GitHub {
    fn name(&self) -> &'static str {
        "github"
    }

    fn title(&self) -> &'static str {
        "GitHub"
    }

    fn reader(&self, settings: &Settings) -> Box<dyn Reader> {
        Box::new(reader::GitHubReader::new(settings.renaming.clone()))
    }

    fn catalogue(&self) -> &dyn ActionCatalogue {
        &catalogue::Catalogue
    }

    /// Whether others agree is up to them.
    fn key_origin(&self, _key: &Key) -> KeyOrigin {
        KeyOrigin::World
    }

    fn requests(&self, action: &str, resource: &str) -> PermissionSet {
        spell::requests(action, resource)
    }

    fn objection(&self, action: &str, resource: &str) -> Option<Text> {
        spell::objection(action, resource)
    }

    /// Administering the organization.
    fn administration(&self, snapshot: &Snapshot, instance: InstanceIndex) -> PermissionSet {
        let owner = snapshot.instance(instance).map(|instance| instance.name.clone());
        Region::new(
            Strings::literal("organization-administration:write"),
            Strings::literal(&owner.unwrap_or_default()),
        )
        .into()
    }

    fn belonging(&self, snapshot: &Snapshot, instance: InstanceIndex) -> PermissionSet {
        let owner = snapshot.instance(instance).map(|instance| instance.name.clone());
        let owner = owner.unwrap_or_default();
        let below = |sign: &str| {
            let head = Element::Text(format!("{owner}{sign}").into());
            Pattern::new([head, Element::Many], Case::Exact)
        };
        let resources = [Pattern::literal(&owner), below("/"), below(":")];
        Region::new(Strings::any(), Strings::any_of(resources)).into()
    }

    /// Tokens of other platforms make nobody an identity here.
    fn tells_acceptances(&self) -> bool {
        true
    }

    fn collects(&self) -> &'static [&'static str] {
        &["github"]
    }

    fn collector(&self, wanted: &Wanted) -> Option<Box<dyn Collector>> {
        Some(Box::new(collect::GitHubCollector::new(wanted)))
    }

    fn roles(&self) -> Option<&'static dyn RoleLanguage> {
        Some(&roles::GitHubRoles)
    }

    fn policy(&self, _item: &Item) -> Option<PolicyReading> {
        None
    }
}
