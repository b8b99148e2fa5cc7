//! Mined roles, and what proves them.

use std::borrow::Cow;

use leastwise_roles::assignments::Assignments;
use leastwise_roles::mining::{MinedRole, Mining};
use schemars::JsonSchema;
use serde::Serialize;

use crate::style::{QUIET, STRONG, WHEN, YES, paint};
use crate::table::{Column, Table};
use crate::text::{clean, counted, grouped};

/// One role.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MinedRoleView<'a> {
    /// After the permissions that tell it from the others.
    pub name: Cow<'a, str>,
    /// What it gives.
    pub permissions: Vec<Cow<'a, str>>,
    /// Who has it.
    pub identities: Vec<Cow<'a, str>>,
}

/// Roles that together give exactly what is needed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MiningView<'a> {
    /// Those that give most first.
    pub roles: Vec<MinedRoleView<'a>>,
    /// No set of fewer roles gives exactly this.
    pub lower_bound: usize,
    /// How many roles there may be too many; 0 where no fewer are possible.
    pub gap: usize,
    /// Whether roles make anything simpler than the assignments themselves.
    pub helps: bool,
    /// What was to be given.
    pub assignments: CountsView,
    /// Lines of the file that could not be read; nothing is said of what they need.
    pub unread: usize,
}

/// How much was to be given.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct CountsView {
    /// Identities.
    pub identities: usize,
    /// Permissions.
    pub permissions: usize,
    /// Different pairs of the two.
    pub count: usize,
}

/// Limits that roles keep to.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct LimitsView {
    /// How many permissions a role may hold; null where there is no limit.
    pub permissions_max: Option<usize>,
    /// How many roles an identity may have; null where there is no limit.
    pub roles_max: Option<usize>,
}

/// The roles of one identity.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CoverageView<'a> {
    /// Who.
    pub identity: Cow<'a, str>,
    /// Roles by name: each permission that is needed is in one of these at least.
    pub roles: Vec<Cow<'a, str>>,
}

/// One cell of the fooling set.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CellView<'a> {
    /// Who.
    pub identity: Cow<'a, str>,
    /// What it needs.
    pub permission: Cow<'a, str>,
}

/// Everything that a checker needs beside the assignments.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CertificateView<'a> {
    /// What was to be given.
    pub assignments: CountsView,
    /// What roles keep to.
    pub limits: LimitsView,
    /// The roles: each permission of a role is needed by each of its identities.
    pub roles: Vec<MinedRoleView<'a>>,
    /// Which roles give an identity what it needs, for every identity.
    pub coverage: Vec<CoverageView<'a>>,
    /// Cells no two of which one role could give without giving something that is not needed.
    pub fooling_set: Vec<CellView<'a>>,
    /// How many cells those are: so many roles are needed at least.
    pub lower_bound: usize,
    /// How many roles there are beyond that.
    pub gap: usize,
    /// What nothing is proved of.
    pub not_examined: Vec<Cow<'a, str>>,
}

fn role<'a>(assignments: &'a Assignments, role: &'a MinedRole) -> MinedRoleView<'a> {
    let permissions = role.permissions.iter();
    let identities = role.identities.iter();
    MinedRoleView {
        name: Cow::Borrowed(&role.name),
        permissions: permissions
            .map(|at| Cow::Borrowed(assignments.permission(*at)))
            .collect(),
        identities: identities
            .map(|at| Cow::Borrowed(assignments.identity(*at)))
            .collect(),
    }
}

fn counts(assignments: &Assignments) -> CountsView {
    CountsView {
        identities: assignments.identities().len(),
        permissions: assignments.permissions().len(),
        count: assignments.count(),
    }
}

/// The roles as programs read them.
#[must_use]
pub fn view<'a>(assignments: &'a Assignments, mining: &'a Mining, unread: usize) -> MiningView<'a> {
    MiningView {
        roles: mining
            .roles
            .iter()
            .map(|found| role(assignments, found))
            .collect(),
        lower_bound: mining.lower_bound(),
        gap: mining.gap(),
        helps: mining.helps(assignments),
        assignments: counts(assignments),
        unread,
    }
}

/// What proves the roles.
#[must_use]
pub fn certificate<'a>(assignments: &'a Assignments, mining: &'a Mining) -> CertificateView<'a> {
    let mut held: Vec<Vec<Cow<'a, str>>> = vec![Vec::new(); assignments.identities().len()];
    for role in &mining.roles {
        for identity in &role.identities {
            if let Some(roles) = held.get_mut(*identity as usize) {
                roles.push(Cow::Borrowed(&role.name));
            }
        }
    }
    let coverage = assignments.identities().iter().zip(held);
    CertificateView {
        assignments: counts(assignments),
        limits: LimitsView {
            permissions_max: mining.limits.permissions_max,
            roles_max: mining.limits.roles_max,
        },
        roles: mining
            .roles
            .iter()
            .map(|found| role(assignments, found))
            .collect(),
        coverage: coverage
            .map(|(identity, roles)| CoverageView {
                identity: Cow::Borrowed(identity),
                roles,
            })
            .collect(),
        fooling_set: mining
            .fooling
            .iter()
            .map(|(identity, permission)| CellView {
                identity: Cow::Borrowed(assignments.identity(*identity)),
                permission: Cow::Borrowed(assignments.permission(*permission)),
            })
            .collect(),
        lower_bound: mining.lower_bound(),
        gap: mining.gap(),
        not_examined: vec![Cow::Borrowed("conflicts of duty")],
    }
}

/// One row a role; permissions and identities in full, with spaces between them.
#[must_use]
pub fn table(assignments: &Assignments, mining: &Mining) -> Table {
    let mut table = Table::new(&[
        Column::text("role"),
        Column::long("permissions"),
        Column::long("identities"),
    ]);
    for found in &mining.roles {
        let shown = role(assignments, found);
        table.push([
            shown.name.into_owned().into(),
            shown.permissions.join(" ").into(),
            shown.identities.join(" ").into(),
        ]);
    }
    table
}

/// What was found, in a few lines; `unread` lines of the file could not be read.
#[must_use]
pub fn summary(assignments: &Assignments, mining: &Mining, unread: usize) -> String {
    let count = mining.roles.len();
    let roles = paint(STRONG, counted(count, "role", "roles"));
    let gives = if count == 1 { "gives" } else { "give" };
    let bound = mining.lower_bound();
    let fewest = if mining.gap() == 0 {
        paint(YES, "no fewer roles can".to_owned()).to_string()
    } else {
        paint(
            WHEN,
            format!(
                "at least {} are needed, so up to {} may be too many",
                grouped(bound),
                grouped(mining.gap())
            ),
        )
        .to_string()
    };
    let before = assignments.count();
    let needed = if unread == 0 {
        "needed"
    } else {
        "that could be read"
    };
    let decisions = count + mining.role_assignments();
    let mut out = format!(
        "{roles} {gives} {} exactly the {} {needed}; {fewest}\n",
        counted(assignments.identities().len(), "identity", "identities"),
        counted(before, "assignment", "assignments"),
    );
    out.push_str(&format!(
        "  exact       every assignment was compared: nothing is missing, nothing is extra\n  \
         bound       {}, of which no role could give two\n  \
         to review   {} and {} of them, instead of {} ({})\n",
        counted(bound, "assignment", "assignments"),
        counted(count, "role", "roles"),
        counted(mining.role_assignments(), "assignment", "assignments"),
        counted(before, "assignment", "assignments"),
        share(decisions, before),
    ));
    let limits = [
        (mining.limits.permissions_max, "permissions a role"),
        (mining.limits.roles_max, "roles an identity"),
    ];
    let limits: Vec<String> = limits
        .iter()
        .filter_map(|(limit, what)| limit.map(|limit| format!("at most {} {what}", grouped(limit))))
        .collect();
    if !limits.is_empty() {
        out.push_str(&format!(
            "  limits      {}; the bound does not know of them\n",
            limits.join(", ")
        ));
    }
    if let Some(remark) = remark(assignments, mining) {
        out.push_str(&format!("  {}\n", paint(WHEN, remark)));
    }
    out
}

/// What should be known before these roles are adopted.
fn remark(assignments: &Assignments, mining: &Mining) -> Option<String> {
    let (roles, identities) = (mining.roles.len(), assignments.identities().len());
    if !mining.helps(assignments) {
        return Some(format!(
            "roles do not help here: {} and {} of them are no fewer decisions than {}",
            counted(roles, "role", "roles"),
            counted(mining.role_assignments(), "assignment", "assignments"),
            if roles >= assignments.permissions().len() {
                format!(
                    "one role for each of {}",
                    counted(assignments.permissions().len(), "permission", "permissions")
                )
            } else {
                counted(assignments.count(), "assignment", "assignments")
            }
        ));
    }
    (identities > 2 && roles * 10 >= identities * 9)
        .then(|| "nearly every identity has a role of its own: these identities share little".into())
}

fn share(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "nothing".into();
    }
    let per_mille = part.saturating_mul(1000) / whole;
    format!("{}.{} %", grouped(per_mille / 10), per_mille % 10)
}

/// What was found, as people read it: where roles help, the first `shown` of them.
#[must_use]
pub fn text(assignments: &Assignments, mining: &Mining, unread: usize, shown: usize, width: usize) -> String {
    let mut out = summary(assignments, mining, unread);
    if !mining.helps(assignments) {
        out.push_str(&format!(
            "  {}\n",
            paint(QUIET, "--format json tells them all the same")
        ));
        return out;
    }
    let mut table = Table::new(&[
        Column::text("role"),
        Column::number("permissions"),
        Column::number("identities"),
        Column::sentence("such as"),
    ]);
    for role in mining.roles.iter().take(shown) {
        let first = |all: &[u32], name: &dyn Fn(u32) -> String| {
            let words: Vec<String> = all.iter().take(2).map(|at| name(*at)).collect();
            let more = if all.len() > 2 { ", …" } else { "" };
            format!("{}{more}", words.join(", "))
        };
        let permissions = first(&role.permissions, &|at| {
            clean(assignments.permission(at)).into_owned()
        });
        let identities = first(&role.identities, &|at| {
            clean(assignments.identity(at)).into_owned()
        });
        table.push([
            role.name.as_str().into(),
            grouped(role.permissions.len()).into(),
            grouped(role.identities.len()).into(),
            format!("{permissions} for {identities}").into(),
        ]);
    }
    out.push('\n');
    out.push_str(&table.terminal(width, "  "));
    if let Some(more) = mining.roles.len().checked_sub(shown).filter(|more| *more > 0) {
        out.push_str(&format!(
            "  {}\n",
            paint(
                QUIET,
                format!("{} more; --format json tells all, with every name", grouped(more))
            )
        ));
    }
    out
}
