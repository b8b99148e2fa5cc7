//! What one identity can do in all, as itself.

use std::borrow::Cow;

use leastwise_effective::{Ability, World};
use leastwise_model::{ActionCatalogue, IdentityIndex, Snapshot};
use leastwise_permset::{Node, Region, Strings};
use schemars::JsonSchema;
use serde::Serialize;

use crate::guard;
use crate::identities::{gravest, gravity};
use crate::path::{self, PathStep};
use crate::table::{Column, Table};
use crate::text::grouped;
use crate::words::words;

/// Requests: action strings on resource strings under a condition.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RegionRow {
    /// Action patterns.
    pub actions: String,
    /// Resource patterns.
    pub resources: String,
    /// The condition, readable; missing where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// Requests that one statement lets through.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AbilityRow<'a> {
    /// The requests of the statement, as written.
    #[serde(flatten)]
    pub requests: RegionRow,
    /// The classes of its catalogued actions.
    pub classes: Vec<String>,
    /// How many catalogued actions there are.
    pub count: usize,
    /// In all of these a request must lie as well (the namespace of a binding, a bound).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<RegionRow>,
    /// What is taken away from it again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<ExceptRow<'a>>,
    /// The native statements, outermost first.
    pub steps: Vec<PathStep<'a>>,
}

/// What takes part of it away again.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExceptRow<'a> {
    /// The layer that does so.
    pub layer: Cow<'a, str>,
    /// The requests that are taken away; missing for a bound, which lets through only what it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<RegionRow>,
    /// The native statements, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<PathStep<'a>>,
}

/// All that one identity can do as itself.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WhatView<'a> {
    /// Who.
    pub identity: Cow<'a, str>,
    /// How many catalogued actions it can perform on something.
    pub actions: usize,
    /// Whether it controls its whole account or cluster.
    pub administers: bool,
    /// One entry for each statement.
    pub abilities: Vec<AbilityRow<'a>>,
}

/// The abilities as programs read them.
#[must_use]
pub fn view<'a>(world: &'a World, index: IdentityIndex, abilities: &'a [Ability]) -> WhatView<'a> {
    let snapshot = world.snapshot();
    let steps = |labels: &[leastwise_permset::Label]| -> Vec<PathStep<'a>> {
        labels
            .iter()
            .map(|label| PathStep {
                identity: Cow::Borrowed(path::id(snapshot, index)),
                ..path::statement(snapshot, *label)
            })
            .collect()
    };
    WhatView {
        identity: Cow::Borrowed(path::id(snapshot, index)),
        actions: world.abilities(index).map_or(0, |abilities| abilities.count),
        administers: world.administers(index),
        abilities: abilities
            .iter()
            .map(|ability| AbilityRow {
                requests: region_row(snapshot, &ability.region),
                classes: ability.classes.iter().map(|class| class.to_string()).collect(),
                count: ability.count,
                within: ability
                    .within
                    .iter()
                    .map(|region| region_row(snapshot, region))
                    .collect(),
                except: ability
                    .except
                    .iter()
                    .map(|except| ExceptRow {
                        layer: Cow::Borrowed(&except.layer),
                        requests: except.region.as_ref().map(|region| region_row(snapshot, region)),
                        steps: steps(&except.steps),
                    })
                    .collect(),
                steps: steps(&ability.steps),
            })
            .collect(),
    }
}

fn region_row(snapshot: &Snapshot, region: &Region) -> RegionRow {
    RegionRow {
        actions: region.actions.to_string(),
        resources: region.resources.to_string(),
        when: (!region.guard.is_always()).then(|| guard::guard(snapshot, &region.guard)),
    }
}

/// The abilities as a table, the gravest class first; of many patterns the first `shown` are printed.
#[must_use]
pub fn table(world: &World, index: IdentityIndex, abilities: &[Ability], shown: usize) -> Table {
    let mut table = Table::new(&[
        Column::text("gravest"),
        Column::number("actions"),
        Column::long("may"),
        Column::long("on"),
        Column::long("when"),
        Column::long("except"),
        Column::long("by"),
    ]);
    let snapshot = world.snapshot();
    let platform = world.platform_of(index);
    let catalogue = platform.map(|platform| platform.catalogue());
    // That everything is of the identity's own account goes without saying.
    let own: Vec<Strings> = platform
        .zip(snapshot.identities.get(index.0 as usize))
        .map(|(platform, identity)| platform.belonging(snapshot, identity.instance))
        .into_iter()
        .filter_map(|set| match set.node() {
            Node::Region(region) => Some(region.resources.clone()),
            _ => None,
        })
        .collect();
    let covers_own = |strings: &Strings| {
        own.iter().any(|own| {
            !own.is_any()
                && own
                    .patterns()
                    .iter()
                    .all(|pattern| strings.patterns().contains(pattern))
        })
    };
    let mut order: Vec<&Ability> = abilities.iter().collect();
    order.sort_by_key(|ability| gravity(ability.classes));
    for ability in order {
        let rows = || [&ability.region].into_iter().chain(&ability.within);
        let narrowest =
            |strings: fn(&Region) -> &Strings, catalogue: Option<&dyn ActionCatalogue>| -> String {
                let mut parts: Vec<String> = rows()
                    .map(strings)
                    .filter(|strings| !strings.is_any() && !covers_own(strings))
                    .map(|strings| words(strings, catalogue, shown))
                    .collect();
                parts.dedup();
                if parts.is_empty() {
                    "*".into()
                } else {
                    parts.join(" and ")
                }
            };
        let when: Vec<String> = rows()
            .filter(|region| !region.guard.is_always())
            .map(|region| guard::guard(snapshot, &region.guard))
            .collect();
        let except: Vec<String> = ability
            .except
            .iter()
            .map(|except| match &except.region {
                Some(region) => {
                    let when = match region.guard.is_always() {
                        true => String::new(),
                        false => format!(" when {}", guard::guard(snapshot, &region.guard)),
                    };
                    format!(
                        "{} on {}{when}",
                        words(&region.actions, catalogue, shown),
                        words(&region.resources, None, shown)
                    )
                }
                None => format!("what the {} does not name", except.layer),
            })
            .collect();
        let by: Vec<&str> = ability
            .steps
            .iter()
            .filter_map(|label| snapshot.step(*label))
            .map(|step| {
                if step.name.is_empty() {
                    &*step.kind
                } else {
                    &*step.name
                }
            })
            .collect();
        table.push([
            gravest(ability.classes)
                .map(|class| class.to_string())
                .unwrap_or_default()
                .into(),
            grouped(ability.count).into(),
            narrowest(|region| &region.actions, catalogue).into(),
            narrowest(|region| &region.resources, None).into(),
            when.join(" and ").into(),
            except.join("; ").into(),
            by.first().copied().unwrap_or_default().into(),
        ]);
    }
    table
}
