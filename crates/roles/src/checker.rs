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

/// What each identity needs.
type Needs<'a> = HashMap<&'a str, HashSet<&'a str>>;

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
    let permissions: HashSet<&str> = needs.values().flatten().copied().collect();
    let counts = Counts {
        identities: needs.len(),
        permissions: permissions.len(),
        count: needs.values().map(HashSet::len).sum(),
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
    let mut needs = Needs::new();
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
        needs.entry(identity).or_default().insert(permission);
    }
    Ok(needs)
}

/// What each role gives to whom; an error where that is more than is needed.
fn no_excess<'c>(
    needs: &Needs<'_>,
    roles: &'c [Role],
) -> Result<HashMap<&'c str, (HashSet<&'c str>, HashSet<&'c str>)>, Refusal> {
    let mut given = HashMap::new();
    for role in roles {
        let permissions: HashSet<&str> = role.permissions.iter().map(String::as_str).collect();
        let identities: HashSet<&str> = role.identities.iter().map(String::as_str).collect();
        if permissions.is_empty() || identities.is_empty() {
            return refuse(format!("role `{}` gives nothing", role.name));
        }
        if permissions.len() != role.permissions.len() || identities.len() != role.identities.len() {
            return refuse(format!("role `{}` says something twice", role.name));
        }
        for identity in &identities {
            let Some(needed) = needs.get(identity) else {
                return refuse(format!(
                    "role `{}` is given to `{identity}`, who needs nothing",
                    role.name
                ));
            };
            if let Some(excess) = permissions
                .iter()
                .filter(|permission| !needed.contains(*permission))
                .min()
            {
                return refuse(format!(
                    "role `{}` gives `{identity}` `{excess}`, which is not needed",
                    role.name
                ));
            }
        }
        if given
            .insert(role.name.as_str(), (permissions, identities))
            .is_some()
        {
            return refuse(format!("two roles are called `{}`", role.name));
        }
    }
    Ok(given)
}

/// Every needed cell is given by a role that is named for its identity and given to it; and no role is given unnamed.
fn covered(
    needs: &Needs<'_>,
    given: &HashMap<&str, (HashSet<&str>, HashSet<&str>)>,
    stated: &Certificate,
) -> Result<(), Refusal> {
    let mut named: HashSet<(&str, &str)> = HashSet::new();
    let mut seen = HashSet::new();
    for Covered { identity, roles } in &stated.coverage {
        let Some(needed) = needs.get(identity.as_str()) else {
            return refuse(format!("coverage is stated of `{identity}`, who needs nothing"));
        };
        if !seen.insert(identity.as_str()) {
            return refuse(format!("coverage of `{identity}` is stated twice"));
        }
        let mut held = Vec::new();
        for role in roles {
            match given.get(role.as_str()) {
                Some((permissions, identities)) if identities.contains(identity.as_str()) => {
                    held.push(permissions)
                }
                _ => {
                    return refuse(format!(
                        "`{identity}` is said to have role `{role}`, which is not given to it"
                    ));
                }
            }
            named.insert((identity, role));
        }
        let missing = needed
            .iter()
            .filter(|permission| !held.iter().any(|role| role.contains(*permission)))
            .min();
        if let Some(missing) = missing {
            return refuse(format!("no role gives `{identity}` `{missing}`, which is needed"));
        }
    }
    if let Some(left) = needs.keys().filter(|identity| !seen.contains(*identity)).min() {
        return refuse(format!("no coverage is stated of `{left}`"));
    }
    if named.len()
        != given
            .values()
            .map(|(_, identities)| identities.len())
            .sum::<usize>()
    {
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
    let mut cells: Vec<(&HashSet<&str>, &Cell)> = Vec::with_capacity(set.len());
    for cell in set {
        match needs
            .get(cell.identity.as_str())
            .filter(|needed| needed.contains(cell.permission.as_str()))
        {
            Some(needed) => cells.push((needed, cell)),
            None => {
                return refuse(format!(
                    "the fooling set holds `{}` with `{}`, which is not needed",
                    cell.identity, cell.permission
                ));
            }
        }
    }
    for (at, (needed, cell)) in cells.iter().enumerate() {
        for (other_needed, other) in cells.iter().skip(at + 1) {
            if needed.contains(other.permission.as_str()) && other_needed.contains(cell.permission.as_str()) {
                return refuse(format!(
                    "one role could give both `{}` with `{}` and `{}` with `{}` of the fooling set",
                    cell.identity, cell.permission, other.identity, other.permission
                ));
            }
        }
    }
    Ok(())
}
