//! Roles that give exactly what is needed: as few as can be found, and how few are possible at least.
//!
//! The steps, each in a module of its own: identities and permissions that are alike are taken together (`matrix`); the
//! cells that decide are found (`entries`); a fooling set among them bounds the number of roles from below (`bound`);
//! maximal roles are grown until all is covered (`cover`); neighbors are replaced by fewer (`search`); what is given twice
//! is left out (`trim`); limits that were asked for are met (`limits`); roles get names (`names`); and every cell is
//! compared with what was asked for before anything is told.
//!
//! Growth: linear in the assignments but for sorting, plus the inclusion of rows and columns, in which only lists are
//! compared that hold the rarest item of the smaller one, plus the growing of roles, each within the rectangle around one
//! cell. Searching is limited in rounds and steps, never in time, so that the same assignments give the same roles.
//!
//! Lineage: essential entries after Belohlavek and Trnecka, "From-Below Approximations in Boolean Matrix Factorization"
//! (2015); the reduction is one pass over the orders of rows and of columns. It is not repeated, and no graph whose
//! vertices are cells is built; whoever changes that must first read US patent 8,209,742, which claims such a reduction.

mod bound;
mod cover;
mod entries;
mod limits;
mod matrix;
mod names;
mod random;
mod search;
mod trim;

use std::fmt;

use crate::assignments::Assignments;
use crate::lists::{Lists, numbers};
use cover::Cover;
use entries::Entries;
use matrix::Matrix;
use trim::Part;

/// What roles must keep to beside giving exactly what is needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// How many permissions a role may hold.
    pub permissions_max: Option<usize>,
    /// How many roles an identity may have.
    pub roles_max: Option<usize>,
}

/// A mined role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MinedRole {
    /// After the permissions that tell it from the others; no two roles have the same.
    pub name: String,
    /// Its permissions as places in [`Assignments::permissions`], ascending.
    pub permissions: Vec<u32>,
    /// Who has it, as places in [`Assignments::identities`], ascending.
    pub identities: Vec<u32>,
}

/// Roles that together give exactly what is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mining {
    /// The roles, those that give most first.
    pub roles: Vec<MinedRole>,
    /// Pairs of identity and permission, no two of which one role could give without giving something that is not needed:
    /// at least so many roles are needed, whatever limits there are.
    pub fooling: Vec<(u32, u32)>,
    /// What roles had to keep to.
    pub limits: Limits,
    /// What the matrix was reduced to.
    pub reduction: Reduction,
}

/// How large the task was once what is alike was taken together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reduction {
    /// Different rows.
    pub rows: usize,
    /// Different columns.
    pub columns: usize,
    /// Needed cells of these.
    pub cells: usize,
    /// Those that decide.
    pub essential: usize,
}

impl Mining {
    /// How many roles are needed at least.
    #[must_use]
    pub fn lower_bound(&self) -> usize {
        self.fooling.len()
    }

    /// How many roles there may be too many: 0 where no fewer are possible.
    #[must_use]
    pub fn gap(&self) -> usize {
        self.roles.len().saturating_sub(self.lower_bound())
    }

    /// How many assignments of a role to an identity there are.
    #[must_use]
    pub fn role_assignments(&self) -> usize {
        self.roles.iter().map(|role| role.identities.len()).sum()
    }

    /// How many permissions all roles hold together, each role for itself.
    #[must_use]
    pub fn role_permissions(&self) -> usize {
        self.roles.iter().map(|role| role.permissions.len()).sum()
    }

    /// Whether roles make anything simpler: fewer of them than permissions, and fewer decisions to review (roles, and who
    /// has them) than there are assignments.
    #[must_use]
    pub fn helps(&self, assignments: &Assignments) -> bool {
        self.roles.len() < assignments.permissions().len()
            && self.roles.len() + self.role_assignments() < assignments.count()
    }
}

/// Why there are no roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MiningError {
    /// No set of roles can keep to the limits: this identity needs more permissions than its roles could hold.
    Impossible {
        /// The identity.
        identity: String,
        /// How many permissions it needs.
        permissions: usize,
        /// How many it could have.
        possible: usize,
    },
    /// The roles do not give what is needed; a defect of the program, found before anything was told.
    Defect {
        /// The first identity of which that is so.
        identity: String,
    },
}

impl fmt::Display for MiningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Impossible {
                identity,
                permissions,
                possible,
            } => write!(
                f,
                "`{identity}` needs {permissions} permissions, and with these limits its roles hold {possible} at most"
            ),
            Self::Defect { identity } => write!(f, "the roles do not give `{identity}` what it needs"),
        }
    }
}

impl std::error::Error for MiningError {}

/// Mines roles.
///
/// ```
/// use leastwise_roles::{assignments::Assignments, mining::{Limits, mine}};
///
/// let needs = [("cron", "read"), ("cron", "list"), ("web", "read"), ("web", "list"), ("web", "write")];
/// let assignments = Assignments::from_pairs(needs);
/// let mining = mine(&assignments, Limits::default())?;
/// assert_eq!((mining.roles.len(), mining.lower_bound()), (2, 2));
/// # Ok::<(), leastwise_roles::mining::MiningError>(())
/// ```
///
/// # Errors
/// Where limits cannot be kept, and where the roles are not exact, which would be a defect.
pub fn mine(assignments: &Assignments, limits: Limits) -> Result<Mining, MiningError> {
    limits::possible(assignments, limits)?;
    let matrix = Matrix::collapse(assignments);
    let entries = Entries::essential(&matrix);
    let reduction = Reduction {
        rows: matrix.rows.len(),
        columns: matrix.columns.len(),
        cells: matrix.rows.sum(),
        essential: entries.len(),
    };
    let companionships = entries.companionships(&matrix);
    let mut cover = Cover::new(&matrix, &entries);
    cover.complete(&cover::fewest_first(&entries, &companionships));
    let found = cover.roles.len();
    let fooling = bound::fooling(&matrix, &entries, &companionships, |size| size >= found);
    search::improve(&mut cover, fooling.len());
    let parts: Vec<Part> = cover
        .roles
        .iter()
        .map(|role| Part {
            rows: role.rows.clone(),
            columns: role.columns.clone(),
        })
        .collect();
    drop(cover);
    let parts = trim::trimmed(&matrix, &parts);
    let mut roles: Vec<MinedRole> = parts.iter().map(|part| expanded(&matrix, part)).collect();
    limits::keep(assignments, limits, &mut roles);
    roles.sort_by_cached_key(|role| {
        let cells = role.permissions.len() * role.identities.len();
        (
            std::cmp::Reverse(cells),
            role.permissions.clone(),
            role.identities.clone(),
        )
    });
    names::give(assignments, &mut roles);
    exact(assignments, &roles)?;
    let one_of = |lists: &Lists, at: u32| lists.get(at).first().copied().unwrap_or_default();
    let mut fooling: Vec<(u32, u32)> = fooling
        .into_iter()
        .map(|entry| {
            let identity = one_of(&matrix.identities, entries.row(entry));
            (identity, one_of(&matrix.permissions, entries.column(entry)))
        })
        .collect();
    fooling.sort_unstable();
    Ok(Mining {
        roles,
        fooling,
        limits,
        reduction,
    })
}

/// A role of the identities and permissions behind its rows and columns; it gets its name later.
fn expanded(matrix: &Matrix, part: &Part) -> MinedRole {
    let all = |lists: &Lists, of: &[u32]| -> Vec<u32> {
        let mut members: Vec<u32> = of.iter().flat_map(|at| lists.get(*at)).copied().collect();
        members.sort_unstable();
        members
    };
    MinedRole {
        name: String::new(),
        permissions: all(&matrix.permissions, &part.columns),
        identities: all(&matrix.identities, &part.rows),
    }
}

/// The roles of each identity.
fn roles_of(assignments: &Assignments, roles: &[MinedRole]) -> Lists {
    let pairs: Vec<(u32, u32)> = roles
        .iter()
        .zip(numbers(roles.len()))
        .flat_map(|(role, at)| role.identities.iter().map(move |identity| (*identity, at)))
        .collect();
    Lists::from_pairs(assignments.identities().len(), &pairs)
}

/// Compares what the roles give with what is needed, cell by cell.
fn exact(assignments: &Assignments, roles: &[MinedRole]) -> Result<(), MiningError> {
    let held = roles_of(assignments, roles);
    // The identity to which each permission was given last.
    let mut given_to = vec![u32::MAX; assignments.permissions().len()];
    for identity in numbers(assignments.identities().len()) {
        let mut given = 0;
        let permissions = held
            .get(identity)
            .iter()
            .filter_map(|role| roles.get(*role as usize));
        for permission in permissions.flat_map(|role| &role.permissions) {
            if let Some(last) = given_to.get_mut(*permission as usize)
                && *last != identity
            {
                *last = identity;
                given += 1;
            }
        }
        let needs = assignments.needs(identity);
        let covered = needs
            .iter()
            .all(|permission| given_to.get(*permission as usize) == Some(&identity));
        if !covered || given != needs.len() {
            return Err(MiningError::Defect {
                identity: assignments.identity(identity).to_owned(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
