//! An estate on one page: what stands there, and in `page` how people read it.

mod page;

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use crate::findings::{FindingRow, RuleRow, SilentRow};
use crate::path::PathStep;

pub use page::text;

/// An account, cluster or server.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct InstanceRow<'a> {
    /// Its platform's name.
    pub platform: Cow<'a, str>,
    /// What people call the platform.
    pub platform_title: Cow<'a, str>,
    /// How canonical ids name it.
    pub name: Cow<'a, str>,
    /// What people call it.
    pub title: Cow<'a, str>,
    /// Its stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Cow<'a, str>>,
    /// How many identities belong to it.
    pub identities: usize,
}

/// How many identities of one kind there are.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct KindRow<'a> {
    /// What people call the platform.
    pub platform_title: Cow<'a, str>,
    /// The kind.
    pub kind: Cow<'a, str>,
    /// How many.
    pub identities: usize,
}

/// How many identities there are, by who acts as them.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
pub struct Natures {
    /// All.
    pub total: usize,
    /// Machines.
    pub non_human: usize,
    /// Humans.
    pub human: usize,
    /// Both.
    pub mixed: usize,
    /// Nothing tells.
    pub unknown: usize,
    /// Of all: made by the platform's owner.
    pub provided: usize,
    /// Of all: with a known owner.
    pub owned: usize,
}

/// How many identities can do something of one class.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ClassRow {
    /// What is done.
    pub verb: String,
    /// To what.
    pub target: String,
    /// How many identities can perform at least one such action as themselves.
    pub identities: usize,
}

/// Who controls whole accounts or clusters.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Control<'a> {
    /// How many do as themselves.
    pub direct: usize,
    /// How many more come to it by becoming others or granting themselves more, for certain.
    pub beyond: usize,
    /// Somebody through whom most of the shortest ways of those lead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choke_point: Option<ChokePoint<'a>>,
}

/// Somebody through whom many ways lead.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChokePoint<'a> {
    /// Who.
    pub identity: Cow<'a, str>,
    /// For how many identities the shortest way to control leads through it.
    pub ways: usize,
}

/// The identity with which most falls that nobody would expect: one that controls nothing as itself.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Worst<'a> {
    /// Who.
    pub identity: Cow<'a, str>,
    /// How many others it can become for certain.
    pub falls: usize,
    /// In how many steps it comes to control of a whole account or cluster; missing where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hops: Option<usize>,
    /// How it comes to control: `through` or `by-granting`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<Cow<'a, str>>,
    /// Of which account or cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub controls: Option<Cow<'a, str>>,
    /// The way, step by step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<PathStep<'a>>,
    /// The crown jewels that fall with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub crown_jewels: Vec<Cow<'a, str>>,
}

/// Whoever signs up with a platform, and comes to a crown jewel for certain.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Strangers<'a> {
    /// The identity that stands for them.
    pub identity: Cow<'a, str>,
    /// In how many steps they come to the first of the jewels.
    pub hops: usize,
    /// The way, step by step.
    pub path: Vec<PathStep<'a>>,
    /// The crown jewels that they reach.
    pub crown_jewels: Vec<Cow<'a, str>>,
}

/// Who reaches a crown jewel.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JewelRow<'a> {
    /// What people call it.
    pub name: Cow<'a, str>,
    /// How many identities reach it as themselves, for certain or under conditions that can be met.
    pub direct: usize,
    /// How many more come to it by becoming those, for certain.
    pub through: usize,
    /// For how many more nobody can tell.
    pub unknown: usize,
}

/// A gap or an assumption, with how much depends on it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MissingRow<'a> {
    /// What is missing.
    pub what: Cow<'a, str>,
    /// The command or export that would settle it.
    pub settle: Cow<'a, str>,
    /// How many identities it concerns; missing where it is not about some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identities: Option<usize>,
}

/// What was read.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Input<'a> {
    /// Files that said something.
    pub files: usize,
    /// Files and parts of files that no platform knows.
    pub unrecognized: usize,
    /// Faults by which something was lost, each with its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<Cow<'a, str>>,
}

/// An estate on one page.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ScanView<'a> {
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Cow<'a, str>>,
    /// What was read.
    pub input: Input<'a>,
    /// Accounts and clusters.
    pub instances: Vec<InstanceRow<'a>>,
    /// Identities by who acts as them.
    pub identities: Natures,
    /// Identities by kind.
    pub kinds: Vec<KindRow<'a>>,
    /// Identities by what they can do as themselves.
    pub classes: Vec<ClassRow>,
    /// Who controls whole accounts or clusters.
    pub control: Control<'a>,
    /// With whom most falls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst: Option<Worst<'a>>,
    /// Whether strangers come to what must not fall.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strangers: Option<Strangers<'a>>,
    /// Who reaches the crown jewels.
    pub crown_jewels: Vec<JewelRow<'a>>,
    /// What rules say is wrong, the platforms' own last, else the worst first.
    pub findings: Vec<FindingRow<'a>>,
    /// The findings that count, rule by rule.
    pub rules: Vec<RuleRow<'a>>,
    /// Rules that could not speak, because their source of truth is missing.
    pub silent: Vec<SilentRow<'a>>,
    /// What the estate mentions and does not hold.
    pub gaps: Vec<MissingRow<'a>>,
    /// Layers of which nothing is known, taken to be absent.
    pub assuming: Vec<MissingRow<'a>>,
    /// Commands that look closer.
    pub next: Vec<String>,
}
