//! Technical roles as code: what they allow, from a business role down to actions.

use std::collections::BTreeSet;

use leastwise_permset::{Node, PermissionSet, Strings};
use leastwise_roles::files::{BusinessRole, Role, Roles};
use leastwise_roles::meaning::{Meaning, Meant};
use schemars::JsonSchema;
use serde::Serialize;

use crate::style::{QUIET, STRONG, paint};
use crate::table::{Column, Table};
use crate::text::{clean, counted};

/// One permission of a role.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PermissionView<'a> {
    /// The business role by which one gets there; null where it was not asked for one.
    pub business_role: Option<&'a str>,
    /// The technical role.
    pub role: &'a str,
    /// The role that says it: the same, or one that it includes.
    pub said_by: &'a str,
    /// Its platform.
    pub platform: &'a str,
    /// Its environment.
    pub environment: &'a str,
    /// Actions as they are written.
    pub actions: Vec<&'a str>,
    /// The catalogued actions that they stand for.
    pub stands_for: Vec<String>,
    /// Resources as they are written.
    pub resources: Vec<&'a str>,
    /// What a request must satisfy besides, as JSON; null where it must not.
    pub condition: Option<String>,
    /// Why it is needed.
    pub reason: &'a str,
    /// Where it is said: file, line and column.
    pub place: String,
}

/// What roles allow.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExpansionView<'a> {
    /// Their permissions, in the order of business roles and roles.
    pub permissions: Vec<PermissionView<'a>>,
}

/// The languages of actions in a set, as they were written.
fn actions(set: &PermissionSet, found: &mut Vec<Strings>) {
    match set.node() {
        Node::Region(region) => found.push(region.actions.clone()),
        Node::Union(sets) | Node::Intersection(sets) => sets.iter().for_each(|set| actions(set, found)),
        Node::Difference(given, _) => actions(given, found),
        Node::Labelled(_, set) => actions(set, found),
    }
}

fn stands_for(meaning: &Meaning<'_>, meant: &Meant<'_>) -> Vec<String> {
    let catalogue = meaning.platform.catalogue();
    let mut languages = Vec::new();
    actions(&meant.set, &mut languages);
    let mut names = BTreeSet::new();
    for language in languages {
        names.extend(
            catalogue
                .select(&language)
                .iter()
                .map(|action| catalogue.name(action).to_owned()),
        );
    }
    names.into_iter().collect()
}

fn permission<'a>(
    business: Option<&'a BusinessRole>,
    meaning: &Meaning<'a>,
    meant: &Meant<'a>,
) -> PermissionView<'a> {
    let what = &meant.permission.what;
    PermissionView {
        business_role: business.map(|business| &*business.id.text),
        role: &meaning.role.id.text,
        said_by: &meant.role.id.text,
        platform: &meaning.role.platform.text,
        environment: &meaning.role.environment.text,
        actions: what.actions.iter().map(|one| &*one.text).collect(),
        stands_for: stands_for(meaning, meant),
        resources: what.resources.iter().map(|one| &*one.text).collect(),
        condition: what.condition.as_ref().map(|node| node.to_json()),
        reason: &meant.permission.reason.text,
        place: format!("{}:{}:{}", meant.role.file, what.at.line, what.at.column),
    }
}

/// Roles in the order in which they are told: business roles with theirs, or technical roles alone.
pub type Told<'a> = Vec<(Option<&'a BusinessRole>, Meaning<'a>)>;

/// What programs read.
#[must_use]
pub fn view<'a>(told: &Told<'a>) -> ExpansionView<'a> {
    let permissions = told.iter().flat_map(|(business, meaning)| {
        meaning
            .permissions
            .iter()
            .map(|meant| permission(*business, meaning, meant))
    });
    ExpansionView {
        permissions: permissions.collect(),
    }
}

/// A line for each action on each resource.
#[must_use]
pub fn table(told: &Told<'_>) -> Table {
    let mut table = Table::new(&[
        Column::text("business role"),
        Column::text("role"),
        Column::text("platform"),
        Column::text("environment"),
        Column::long("action"),
        Column::long("resource"),
        Column::sentence("condition"),
        Column::sentence("reason"),
        Column::text("place"),
    ]);
    for view in view(told).permissions {
        for action in &view.actions {
            for resource in &view.resources {
                table.push([
                    view.business_role.unwrap_or_default().into(),
                    view.role.into(),
                    view.platform.into(),
                    view.environment.into(),
                    clean(action).into_owned().into(),
                    clean(resource).into_owned().into(),
                    view.condition.clone().unwrap_or_default().into(),
                    view.reason.into(),
                    view.place.clone().into(),
                ]);
            }
        }
    }
    table
}

/// What people read: a business role, its technical roles, their permissions.
#[must_use]
pub fn text(told: &Told<'_>, roles: &Roles) -> String {
    let mut out = String::new();
    let mut last: Option<&str> = None;
    for (business, meaning) in told {
        let indent = if let Some(business) = business {
            if last != Some(&business.id.text) {
                head(&mut out, business);
                last = Some(&business.id.text);
            }
            "  "
        } else {
            ""
        };
        role(&mut out, meaning.role, indent, roles);
        for meant in &meaning.permissions {
            one(&mut out, &permission(*business, meaning, meant), indent);
        }
    }
    out
}

fn head(out: &mut String, business: &BusinessRole) {
    let owner = business
        .owner
        .as_ref()
        .map(|owner| format!(", owned by {}", owner.text));
    out.push_str(&format!(
        "{}: {}{}\n",
        paint(STRONG, &business.id.text),
        business.why.text,
        owner.unwrap_or_default()
    ));
}

fn role(out: &mut String, role: &Role, indent: &str, roles: &Roles) {
    let included = roles.with_included(role).len().saturating_sub(1);
    let with = match included {
        0 => String::new(),
        count => format!(", with {}", counted(count, "included role", "included roles")),
    };
    out.push_str(&format!(
        "{indent}{}: {} ({}, {}, {}{with})\n",
        paint(STRONG, &role.id.text),
        role.name.text,
        role.platform.text,
        role.environment.text,
        role.state.as_str()
    ));
}

fn one(out: &mut String, view: &PermissionView<'_>, indent: &str) {
    for resource in &view.resources {
        for action in &view.actions {
            out.push_str(&format!("{indent}  {action} on {resource}\n"));
        }
    }
    if let Some(condition) = &view.condition {
        out.push_str(&format!("{indent}    when {condition}\n"));
    }
    let written: Vec<&str> = view.actions.clone();
    if view
        .stands_for
        .iter()
        .any(|name| !written.iter().any(|action| action.eq_ignore_ascii_case(name)))
    {
        let example = view.stands_for.first().map_or("", String::as_str);
        let count = counted(view.stands_for.len(), "known action", "known actions");
        let line = format!("stands for {count}, such as {example}");
        out.push_str(&format!("{indent}    {}\n", paint(QUIET, &line)));
    }
    let because = format!("{} ({})", view.reason, view.place);
    out.push_str(&format!("{indent}    {}\n", paint(QUIET, &because)));
}
