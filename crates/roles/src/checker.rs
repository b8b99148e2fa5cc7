//! Accepts or refuses a certificate of mined roles, from the two files alone.
//!
//! It shares no code with the miner: it reads the assignments by itself, believes nothing that it can look up, and uses no
//! cleverness. Four things are checked: every needed cell is given by a role that the certificate names for it; no role
//! gives a cell that is not needed; no two cells of the fooling set could be given by one role, so that at least so many
//! roles are needed; and the limits and figures stated are those of the roles. Work is one probe for each cell of each role,
//! one or a few for each needed cell, and two for each pair of the fooling set.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::Deserialize;

const SCHEMA: &str = "leastwise/role-certificate/v1";

/// What an accepted certificate proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Roles.
    pub roles: usize,
    /// Needed cells, each given, and no other.
    pub cells: usize,
    /// How many roles are needed at least.
    pub lower_bound: usize,
    /// What the certificate says was not examined.
    pub not_examined: Vec<String>,
}

/// Why a certificate is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

#[derive(Deserialize)]
struct Certificate {
    schema: String,
    assignments: Counts,
    limits: Limits,
    roles: Vec<Role>,
    coverage: Vec<Covered>,
    fooling_set: Vec<Cell>,
    lower_bound: usize,
    gap: usize,
    not_examined: Vec<String>,
}

#[derive(Deserialize, PartialEq)]
struct Counts {
    identities: usize,
    permissions: usize,
    count: usize,
}

#[derive(Deserialize)]
struct Limits {
    permissions_max: Option<usize>,
    roles_max: Option<usize>,
}

#[derive(Deserialize)]
struct Role {
    name: String,
    permissions: Vec<String>,
    identities: Vec<String>,
}

#[derive(Deserialize)]
struct Covered {
    identity: String,
    roles: Vec<String>,
}

#[derive(Deserialize)]
struct Cell {
    identity: String,
    permission: String,
}

/// What each identity needs: permissions by number, ascending.
#[derive(Default)]
struct Needs<'a> {
    rows: HashMap<&'a str, Vec<u32>>,
    permissions: HashMap<&'a str, u32>,
}

impl Needs<'_> {
    fn has(&self, identity: &str, permission: &str) -> bool {
        let number = self.permissions.get(permission);
        let row = self.rows.get(identity);
        number
            .zip(row)
            .is_some_and(|(number, row)| row.binary_search(number).is_ok())
    }

    /// The name of a permission.
    fn name(&self, number: u32) -> &str {
        let found = self.permissions.iter().find(|(_, other)| **other == number);
        found.map_or("", |(name, _)| name)
    }
}

/// What a role gives, permissions by number, and to whom.
struct Given<'c> {
    permissions: HashSet<u32>,
    identities: HashSet<&'c str>,
}

/// Checks a certificate against the bytes of the assignments file.
///
/// # Errors
/// With the first thing that does not hold; also where the assignments cannot be read to the last line, for then nothing is
/// known of what is needed.
pub fn check(assignments: &[u8], certificate: &[u8]) -> Result<Accepted, Refusal> {
    let needs = needs(assignments)?;
    let stated: Certificate = serde_json::from_slice(certificate)
        .map_err(|error| Refusal(format!("the certificate cannot be read: {error}")))?;
    if stated.schema != SCHEMA {
        return refuse(format!(
            "the certificate is a `{}`, not a `{SCHEMA}`",
            stated.schema
        ));
    }
    let counts = Counts {
        identities: needs.rows.len(),
        permissions: needs.permissions.len(),
        count: needs.rows.values().map(Vec::len).sum(),
    };
    if stated.assignments != counts {
        return refuse("the certificate is about other assignments: their numbers differ".into());
    }
    let given = no_excess(&needs, &stated.roles)?;
    covered(&needs, &given, &stated)?;
    within_limits(&stated)?;
    fooling(&needs, &stated.fooling_set)?;
    if stated.lower_bound != stated.fooling_set.len() {
        return refuse(format!(
            "a lower bound of {} is stated, and the fooling set has {} cells",
            stated.lower_bound,
            stated.fooling_set.len()
        ));
    }
    if stated.lower_bound.checked_add(stated.gap) != Some(stated.roles.len()) {
        return refuse(format!(
            "a gap of {} is stated, which is not that of the roles",
            stated.gap
        ));
    }
    Ok(Accepted {
        roles: stated.roles.len(),
        cells: counts.count,
        lower_bound: stated.lower_bound,
        not_examined: stated.not_examined,
    })
}

fn refuse<T>(why: String) -> Result<T, Refusal> {
    Err(Refusal(why))
}

/// Reads the assignments: a tab, or else white space, between two names; `#` begins a comment line.
fn needs(bytes: &[u8]) -> Result<Needs<'_>, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Refusal(format!(
            "the assignments are not UTF-8 from byte {} on",
            error.valid_up_to()
        ))
    })?;
    let mut needs = Needs::default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (at, line) in text.split('\n').enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let names: Vec<&str> = if line.contains('\t') {
            line.split('\t')
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .collect()
        } else {
            line.split_whitespace().collect()
        };
        let [identity, permission] = names[..] else {
            return refuse(format!(
                "line {} of the assignments is none: what it needs is not known",
                at + 1
            ));
        };
        let next = u32::try_from(needs.permissions.len()).unwrap_or(u32::MAX);
        let number = *needs.permissions.entry(permission).or_insert(next);
        needs.rows.entry(identity).or_default().push(number);
    }
    for row in needs.rows.values_mut() {
        row.sort_unstable();
        row.dedup();
    }
    Ok(needs)
}

/// What each role gives to whom; an error where that is more than is needed.
fn no_excess<'c>(needs: &Needs<'_>, roles: &'c [Role]) -> Result<HashMap<&'c str, Given<'c>>, Refusal> {
    let mut given = HashMap::new();
    for role in roles {
        let identities: HashSet<&str> = role.identities.iter().map(String::as_str).collect();
        let mut permissions = HashSet::new();
        for permission in &role.permissions {
            let Some(number) = needs.permissions.get(permission.as_str()) else {
                return refuse(format!(
                    "role `{}` gives `{permission}`, which nobody needs",
                    role.name
                ));
            };
            permissions.insert(*number);
        }
        if permissions.is_empty() || identities.is_empty() {
            return refuse(format!("role `{}` gives nothing", role.name));
        }
        if permissions.len() != role.permissions.len() || identities.len() != role.identities.len() {
            return refuse(format!("role `{}` says something twice", role.name));
        }
        for identity in &role.identities {
            let Some(row) = needs.rows.get(identity.as_str()) else {
                return refuse(format!(
                    "role `{}` is given to `{identity}`, who needs nothing",
                    role.name
                ));
            };
            let excess = permissions
                .iter()
                .filter(|number| row.binary_search(number).is_err())
                .min();
            if let Some(excess) = excess {
                let excess = needs.name(*excess);
                return refuse(format!(
                    "role `{}` gives `{identity}` `{excess}`, which is not needed",
                    role.name
                ));
            }
        }
        let role_gives = Given {
            permissions,
            identities,
        };
        if given.insert(role.name.as_str(), role_gives).is_some() {
            return refuse(format!("two roles are called `{}`", role.name));
        }
    }
    Ok(given)
}

/// Every needed cell is given by a role that is named for its identity and given to it; and no role is given unnamed.
fn covered(needs: &Needs<'_>, given: &HashMap<&str, Given<'_>>, stated: &Certificate) -> Result<(), Refusal> {
    let mut named = 0;
    let mut seen = HashSet::new();
    for Covered { identity, roles } in &stated.coverage {
        let Some(row) = needs.rows.get(identity.as_str()) else {
            return refuse(format!("coverage is stated of `{identity}`, who needs nothing"));
        };
        if !seen.insert(identity.as_str()) {
            return refuse(format!("coverage of `{identity}` is stated twice"));
        }
        if roles.iter().collect::<HashSet<_>>().len() != roles.len() {
            return refuse(format!("coverage of `{identity}` names a role twice"));
        }
        let mut held = Vec::new();
        for role in roles {
            match given.get(role.as_str()) {
                Some(found) if found.identities.contains(identity.as_str()) => held.push(&found.permissions),
                _ => {
                    return refuse(format!(
                        "`{identity}` is said to have role `{role}`, which is not given to it"
                    ));
                }
            }
        }
        named += roles.len();
        let missing = row
            .iter()
            .find(|number| !held.iter().any(|role| role.contains(*number)));
        if let Some(missing) = missing {
            let missing = needs.name(*missing);
            return refuse(format!("no role gives `{identity}` `{missing}`, which is needed"));
        }
    }
    if let Some(left) = needs
        .rows
        .keys()
        .filter(|identity| !seen.contains(*identity))
        .min()
    {
        return refuse(format!("no coverage is stated of `{left}`"));
    }
    if named != given.values().map(|role| role.identities.len()).sum::<usize>() {
        return refuse("a role is given to an identity whose coverage does not name it".into());
    }
    Ok(())
}

fn within_limits(stated: &Certificate) -> Result<(), Refusal> {
    let above = |count: usize, limit: Option<usize>| limit.is_some_and(|limit| count > limit);
    for role in &stated.roles {
        if above(role.permissions.len(), stated.limits.permissions_max) {
            return refuse(format!(
                "role `{}` has more permissions than the limit stated",
                role.name
            ));
        }
    }
    for covered in &stated.coverage {
        if above(covered.roles.len(), stated.limits.roles_max) {
            return refuse(format!(
                "`{}` has more roles than the limit stated",
                covered.identity
            ));
        }
    }
    Ok(())
}

/// Of any two cells (u, p) and (v, q), either (u, q) or (v, p) is not needed: no role holds both.
fn fooling(needs: &Needs<'_>, set: &[Cell]) -> Result<(), Refusal> {
    for (at, cell) in set.iter().enumerate() {
        if !needs.has(&cell.identity, &cell.permission) {
            return refuse(format!(
                "the fooling set holds `{}` with `{}`, which is not needed",
                cell.identity, cell.permission
            ));
        }
        for other in set.iter().skip(at + 1) {
            if needs.has(&cell.identity, &other.permission) && needs.has(&other.identity, &cell.permission) {
                return refuse(format!(
                    "one role could give both `{}` with `{}` and `{}` with `{}` of the fooling set",
                    cell.identity, cell.permission, other.identity, other.permission
                ));
            }
        }
    }
    Ok(())
}
