//! The inventory: who there is, and what each can do in sum.

use std::borrow::Cow;

use leastwise_effective::World;
use leastwise_model::{
    ActionClass, ActionClasses, Identity, IdentityIndex, IdentityKind, LastUse, Nature, Target, Verb,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::style::{ALARM, CARE};
use crate::table::{Cell, Column, Table};
use crate::text::grouped;

/// One identity.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct IdentityRow<'a> {
    /// Canonical id.
    pub identity: Cow<'a, str>,
    /// Further spellings by which it can be asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<Cow<'a, str>>,
    /// Its platform.
    pub platform: Cow<'a, str>,
    /// The account or cluster it belongs to.
    pub instance: Cow<'a, str>,
    /// `user`, `role`, `service-account`, `group` or `root`.
    pub kind: Cow<'a, str>,
    /// `human`, `non-human`, `mixed` or `unknown`.
    pub nature: Cow<'a, str>,
    /// The signs that tell its nature.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Cow<'a, str>>,
    /// Accountable team, where a source says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Cow<'a, str>>,
    /// Who says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_source: Option<Cow<'a, str>>,
    /// Its stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Cow<'a, str>>,
    /// How many catalogued actions it can perform on something, as itself.
    pub actions: usize,
    /// The classes of those actions.
    pub classes: Vec<String>,
    /// Whether it controls its whole account or cluster, as itself.
    pub administers: bool,
    /// When it was last used: a moment, `never`, or missing where the estate does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_use: Option<String>,
    /// How many of its credentials can be used now.
    pub credentials: usize,
    /// What runs as it; missing where the estate holds no workloads at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workloads: Option<usize>,
    /// Whether the platform's owner made it.
    pub provided: bool,
}

/// All identities.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct IdentitiesView<'a> {
    /// In the order of their ids.
    pub identities: Vec<IdentityRow<'a>>,
}

/// The word for a kind.
#[must_use]
pub fn kind_word(kind: IdentityKind) -> &'static str {
    match kind {
        IdentityKind::User => "user",
        IdentityKind::Role => "role",
        IdentityKind::ServiceAccount => "service-account",
        IdentityKind::Group => "group",
        IdentityKind::Root => "root",
    }
}

/// The word for a nature.
#[must_use]
pub fn nature_word(nature: &Nature) -> &'static str {
    match nature {
        Nature::Human(_) => "human",
        Nature::NonHuman(_) => "non-human",
        Nature::Mixed(_) => "mixed",
        Nature::Unknown => "unknown",
    }
}

fn evidence(nature: &Nature) -> Vec<Cow<'_, str>> {
    match nature {
        Nature::Human(signs) | Nature::NonHuman(signs) | Nature::Mixed(signs) => {
            signs.iter().map(|sign| Cow::Borrowed(&*sign.what)).collect()
        }
        Nature::Unknown => Vec::new(),
    }
}

fn last_use_words(last_use: LastUse) -> Option<String> {
    match last_use {
        LastUse::Unknown => None,
        LastUse::Never => Some("never".into()),
        LastUse::At(moment) => Some(moment.to_string()),
    }
}

/// What is done, the one that weighs most first.
pub(crate) const VERBS_BY_WEIGHT: [Verb; 8] = [
    Verb::Grant,
    Verb::Impersonate,
    Verb::Execute,
    Verb::Delete,
    Verb::Write,
    Verb::Revoke,
    Verb::Read,
    Verb::List,
];

/// All classes, the one that weighs most first: granting and becoming others before everything else; then what
/// changes before what reads; and of those what concerns who may do what before infrastructure before data.
pub fn by_weight() -> impl Iterator<Item = ActionClass> {
    const TARGETS: [Target; 3] = [Target::Control, Target::System, Target::Data];
    VERBS_BY_WEIGHT.into_iter().flat_map(|verb| {
        TARGETS
            .into_iter()
            .map(move |target| ActionClass::new(verb, target))
    })
}

/// The class that weighs most.
#[must_use]
pub fn gravest(classes: ActionClasses) -> Option<ActionClass> {
    by_weight().find(|class| classes.contains(*class))
}

/// Its place in the order of weight; the last where there is no class.
#[must_use]
pub fn gravity(classes: ActionClasses) -> usize {
    by_weight()
        .position(|class| classes.contains(class))
        .unwrap_or(usize::MAX)
}

/// The rows for these identities.
#[must_use]
pub fn view<'w>(world: &'w World, which: &[IdentityIndex]) -> IdentitiesView<'w> {
    let rows = which
        .iter()
        .filter_map(|index| Some(row(world, *index, world.snapshot().identity(*index)?)));
    IdentitiesView {
        identities: rows.collect(),
    }
}

fn row<'w>(world: &'w World, index: IdentityIndex, identity: &'w Identity) -> IdentityRow<'w> {
    let instance = world.snapshot().instance(identity.instance);
    let abilities = world.abilities(index);
    IdentityRow {
        identity: Cow::Borrowed(&identity.id),
        names: identity.names.iter().map(|name| Cow::Borrowed(&**name)).collect(),
        platform: Cow::Borrowed(instance.map_or("", |instance| instance.platform)),
        instance: Cow::Borrowed(instance.map_or("", |instance| &*instance.name)),
        kind: Cow::Borrowed(kind_word(identity.kind)),
        nature: Cow::Borrowed(nature_word(&identity.nature)),
        evidence: evidence(&identity.nature),
        owner: identity.owner.as_ref().map(|owner| Cow::Borrowed(&*owner.team)),
        owner_source: identity.owner.as_ref().map(|owner| Cow::Borrowed(&*owner.source)),
        environment: identity.environment.as_deref().map(Cow::Borrowed),
        actions: abilities.map_or(0, |abilities| abilities.count),
        classes: abilities
            .map(|abilities| abilities.classes.iter().map(|class| class.to_string()).collect())
            .unwrap_or_default(),
        administers: world.administers(index),
        last_use: last_use_words(identity.last_use),
        credentials: identity
            .credentials
            .iter()
            .filter(|credential| credential.active)
            .count(),
        workloads: identity.workloads_known.then_some(identity.workloads.len()),
        provided: identity.provided,
    }
}

/// The rows as a table.
#[must_use]
pub fn table(world: &World, which: &[IdentityIndex]) -> Table {
    let mut table = Table::new(&[
        Column::long("identity"),
        Column::text("kind"),
        Column::text("nature"),
        Column::text("owner"),
        Column::text("environment"),
        Column::number("actions"),
        Column::text("gravest"),
        Column::text("last use"),
    ]);
    for index in which {
        let Some(identity) = world.snapshot().identity(*index) else {
            continue;
        };
        let row = row(world, *index, identity);
        let classes = world
            .abilities(*index)
            .map(|abilities| abilities.classes)
            .unwrap_or_default();
        let gravest = if row.administers {
            Cell::styled("administers", ALARM)
        } else {
            match gravest(classes) {
                Some(class) if matches!(class.verb, Verb::Grant | Verb::Impersonate) => {
                    Cell::styled(class.to_string(), CARE)
                }
                Some(class) => class.to_string().into(),
                None => "".into(),
            }
        };
        table.push([
            row.identity.into_owned().into(),
            row.kind.into_owned().into(),
            row.nature.into_owned().into(),
            row.owner.map(Cow::into_owned).unwrap_or_default().into(),
            row.environment.map(Cow::into_owned).unwrap_or_default().into(),
            grouped(row.actions).into(),
            gravest,
            row.last_use.map(|moment| day(&moment)).unwrap_or_default().into(),
        ]);
    }
    table
}

/// A moment's date; other words as they are.
fn day(moment: &str) -> String {
    moment.split_once('T').map_or(moment, |(day, _)| day).to_owned()
}
