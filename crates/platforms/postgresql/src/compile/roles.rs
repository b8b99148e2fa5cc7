//! Roles of a server, and which of them each inherits from, may take on, and may grant.
//!
//! Up to version 15 a membership is inherited where the *member* has the attribute INHERIT, and every membership allows
//! SET ROLE; from 16 on each membership says so itself. Attributes are never inherited.

use leastwise_model::{Location, Snapshot, Step, Text};
use leastwise_permset::Label;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::object::{Export, Role};

/// The first version in which each membership says what it allows.
const OPTIONS_SINCE: u32 = 16;
/// The role whose one member is, in each database, the owner of that database.
pub(crate) const DATABASE_OWNER: &str = "pg_database_owner";

/// One grant of a role to a role.
pub(crate) struct Row {
    pub role: u32,
    pub admin: bool,
    inherit: bool,
    set: bool,
    pub label: Label,
}

/// A role that is reached, and the memberships on the way.
pub(crate) struct Via {
    pub role: u32,
    pub chain: Vec<Label>,
}

/// The roles of one server.
pub(crate) struct Roles<'a> {
    pub version: u32,
    pub all: &'a [Role],
    by_name: FxHashMap<&'a str, u32>,
    of_member: Vec<Vec<Row>>,
    /// Each role itself, and those whose rights it has without further ado, nearest first.
    pub inherits: Vec<Vec<Via>>,
    held: Vec<FxHashSet<u32>>,
    /// The owner of each database.
    owner_of: FxHashMap<&'a str, u32>,
    database_owner: Option<u32>,
}

fn statement(role: &str, member: &str, options: &[&str]) -> String {
    let with = if options.is_empty() {
        String::new()
    } else {
        format!(" WITH {}", options.join(", "))
    };
    format!("GRANT {} TO {}{with}", quoted(role), quoted(member))
}

/// A name as SQL writes it.
pub(crate) fn quoted(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

impl<'a> Roles<'a> {
    pub(crate) fn of(export: &'a Export, snapshot: &mut Snapshot) -> Self {
        let all = export.roles.as_slice();
        let by_name: FxHashMap<&str, u32> = (0u32..).zip(all).map(|(at, role)| (&*role.name, at)).collect();
        let mut roles = Self {
            version: export.version,
            all,
            database_owner: by_name.get(DATABASE_OWNER).copied(),
            owner_of: export
                .databases
                .iter()
                .filter_map(|database| Some((&*database.owned.name, *by_name.get(&*database.owned.owner)?)))
                .collect(),
            by_name,
            of_member: all.iter().map(|_| Vec::new()).collect(),
            inherits: Vec::new(),
            held: Vec::new(),
        };
        let by_row = roles.version >= OPTIONS_SINCE;
        for membership in &export.memberships {
            let (Some(role), Some(member)) = (roles.find(&membership.role), roles.find(&membership.member))
            else {
                continue;
            };
            let (inherit, set) = if by_row {
                (
                    membership.inherit.unwrap_or(false),
                    membership.set.unwrap_or(false),
                )
            } else {
                (roles.get(member).is_some_and(|member| member.inherit), true)
            };
            let mut options = Vec::new();
            if membership.admin {
                options.push(if by_row { "ADMIN TRUE" } else { "ADMIN OPTION" });
            }
            if by_row {
                options.push(if inherit { "INHERIT TRUE" } else { "INHERIT FALSE" });
                options.push(if set { "SET TRUE" } else { "SET FALSE" });
            }
            let label = snapshot.add_step(Step {
                kind: "membership".into(),
                name: membership.role.clone(),
                statement: statement(&membership.role, &membership.member, &options).into(),
                location: membership.at.clone(),
                provided: membership.role.starts_with("pg_") && membership.member.starts_with("pg_"),
            });
            if let Some(rows) = roles.of_member.get_mut(member as usize) {
                rows.push(Row {
                    role,
                    admin: membership.admin,
                    inherit,
                    set,
                    label,
                });
            }
        }
        roles.inherits = roles.each(|roles, role| roles.closure(role, |row| row.inherit));
        roles.held = roles
            .inherits
            .iter()
            .map(|all| all.iter().map(|via| via.role).collect())
            .collect();
        roles
    }

    fn each<T>(&self, one: impl Fn(&Self, u32) -> T) -> Vec<T> {
        (0u32..).zip(self.all).map(|(at, _)| one(self, at)).collect()
    }

    /// Every role with its place.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &'a Role)> {
        (0u32..).zip(self.all)
    }

    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn get(&self, role: u32) -> Option<&'a Role> {
        self.all.get(role as usize)
    }

    pub(crate) fn name(&self, role: u32) -> Text {
        self.get(role).map_or_else(|| "".into(), |role| role.name.clone())
    }

    pub(crate) fn location(&self, role: u32) -> Option<Location> {
        self.get(role)?.at.clone()
    }

    pub(crate) fn superuser(&self, role: u32) -> bool {
        self.get(role).is_some_and(|role| role.superuser)
    }

    fn rows(&self, member: u32) -> &[Row] {
        self.of_member.get(member as usize).map_or(&[], Vec::as_slice)
    }

    /// The role itself and those it comes to over memberships that `follow`, nearest first.
    fn closure(&self, from: u32, follow: impl Fn(&Row) -> bool) -> Vec<Via> {
        let mut found = vec![Via {
            role: from,
            chain: Vec::new(),
        }];
        let mut seen = FxHashSet::from_iter([from]);
        let mut next = 0;
        while let Some(via) = found.get(next) {
            let (member, chain) = (via.role, via.chain.clone());
            next += 1;
            for row in self.rows(member).iter().filter(|row| follow(row)) {
                if seen.insert(row.role) {
                    let chain = [chain.as_slice(), &[row.label]].concat();
                    found.push(Via {
                        role: row.role,
                        chain,
                    });
                }
            }
        }
        found
    }

    /// Those that a role may take on with SET ROLE, without itself.
    pub(crate) fn settable(&self, role: u32) -> Vec<Via> {
        let mut all = self.closure(role, |row| row.set);
        all.remove(0);
        all
    }

    /// Those that a role may grant because it, or a role it acts for, was granted them with the ADMIN option. The grant
    /// is made in the name of a role whose rights it has from 16 on; before, of any that it is a member of.
    pub(crate) fn administers(&self, role: u32) -> Vec<Via> {
        if self.version >= OPTIONS_SINCE {
            return self.admin_of(role, self.inherits.get(role as usize).map_or(&[], Vec::as_slice));
        }
        self.admin_of_any(role)
    }

    /// Those of which a role holds the ADMIN option by whatever membership.
    pub(crate) fn admin_of_any(&self, role: u32) -> Vec<Via> {
        self.admin_of(role, &self.closure(role, |_| true))
    }

    fn admin_of(&self, role: u32, acting: &[Via]) -> Vec<Via> {
        let mut seen = FxHashSet::default();
        let mut found = Vec::new();
        for via in acting {
            for row in self.rows(via.role).iter().filter(|row| row.admin) {
                if row.role != role && !self.superuser(row.role) && seen.insert(row.role) {
                    let chain = [via.chain.as_slice(), &[row.label]].concat();
                    found.push(Via {
                        role: row.role,
                        chain,
                    });
                }
            }
        }
        found
    }

    /// Those a role is a member of in any way, and itself.
    pub(crate) fn memberships(&self, role: u32) -> FxHashSet<u32> {
        self.closure(role, |_| true)
            .into_iter()
            .map(|via| via.role)
            .collect()
    }

    /// How a role owns a database, or acts for its owner: the memberships on the way.
    pub(crate) fn owns(&self, role: u32, database: &str) -> Option<&[Label]> {
        let owner = *self.owner_of.get(database)?;
        // Before 16 a role without INHERIT is not looked at any further, not even for this.
        if self.version < OPTIONS_SINCE && !self.get(owner).is_some_and(|owner| owner.inherit) {
            return None;
        }
        let via = self
            .inherits
            .get(role as usize)?
            .iter()
            .find(|via| via.role == owner)?;
        Some(&via.chain)
    }

    /// Whether a role has the rights of another in a database. Superusers have everybody's.
    pub(crate) fn acts_for(&self, role: u32, other: u32, database: &str) -> bool {
        self.superuser(role)
            || self
                .held
                .get(role as usize)
                .is_some_and(|held| held.contains(&other))
            || self.is_database_owner(other) && self.owns(role, database).is_some()
    }

    pub(crate) fn is_database_owner(&self, role: u32) -> bool {
        self.database_owner == Some(role)
    }
}
