//! What must hold beside a privilege: a session in the database, and USAGE of the schema.
//!
//! CONNECT is asked once, of the role that logs in, and USAGE of the role that is acted as. A role that cannot log in
//! acts in sessions of those who may take it on, so it reaches the databases that one of those can connect to.

use leastwise_permset::{PermissionSet, Region, Strings};
use rustc_hash::{FxHashMap, FxHashSet};

use super::grants::{Grants, IN_SESSION, in_schema, sessions_in};
use super::parts::Holder;
use super::roles::Roles;
use crate::object::{Database, HbaRule};
use crate::server::Server;
use crate::spell;

/// Who can have sessions where.
pub(crate) struct Bounds<'a> {
    /// Databases of the server, in order.
    pub databases: Vec<&'a Database>,
    /// For each role, the databases in which it can act, as places in `databases`.
    pub reach: Vec<FxHashSet<usize>>,
    usage: FxHashMap<Holder, PermissionSet>,
    connect: FxHashMap<Holder, PermissionSet>,
}

/// What asks for no session in a particular database.
fn anywhere() -> PermissionSet {
    let sessions = spell::region(IN_SESSION, Strings::any());
    let names = Region::new(
        Strings::any(),
        Strings::any_of(
            [crate::catalogue::Shape::Name, crate::catalogue::Shape::Server]
                .into_iter()
                .flat_map(crate::catalogue::Shape::patterns),
        ),
    );
    PermissionSet::from(names).difference(&sessions.into())
}

impl<'a> Bounds<'a> {
    pub(crate) fn of(server: &'a Server, roles: &Roles<'_>, grants: &Grants) -> Self {
        let first = server.exports.first();
        let databases: Vec<&Database> = first
            .map(|first| first.databases.iter().collect())
            .unwrap_or_default();
        let hba = first.and_then(|first| first.hba.as_deref());
        let shared = |parts: &super::parts::Parts| {
            let holders = parts.given.keys();
            holders
                .map(|holder| (holder.clone(), parts.part(holder)))
                .collect::<FxHashMap<_, _>>()
        };
        let mut bounds = Self {
            databases,
            reach: Vec::new(),
            usage: shared(&grants.usage),
            connect: shared(&grants.connect),
        };
        let by_login: Vec<FxHashSet<usize>> = roles
            .iter()
            .map(|(at, _)| bounds.by_login(at, roles, hba))
            .collect();
        let mut by_others: FxHashMap<u32, FxHashSet<usize>> = FxHashMap::default();
        for (at, role) in roles.iter().filter(|(_, role)| role.login && !role.superuser) {
            debug_assert!(!role.superuser);
            for via in roles.settable(at) {
                let reached = by_login.get(at as usize).into_iter().flatten();
                by_others.entry(via.role).or_default().extend(reached);
            }
        }
        bounds.reach = roles
            .iter()
            .map(|(at, role)| match (role.login, by_others.remove(&at)) {
                (true, _) => by_login.get(at as usize).cloned().unwrap_or_default(),
                (false, Some(others)) if !role.superuser => others,
                // Superusers can take on any role.
                (false, _) => bounds.connectable().collect(),
            })
            .collect();
        bounds
    }

    fn connectable(&self) -> impl Iterator<Item = usize> {
        let all = self.databases.iter().enumerate();
        all.filter(|(_, database)| database.connectable).map(|(at, _)| at)
    }

    fn by_login(&self, role: u32, roles: &Roles<'_>, hba: Option<&[HbaRule]>) -> FxHashSet<usize> {
        let Some(about) = roles.get(role).filter(|about| about.login) else {
            return FxHashSet::default();
        };
        let admitted = |at: &usize| {
            let Some(database) = self.databases.get(*at) else {
                return false;
            };
            let name = &database.owned.name;
            if !hba.is_none_or(|rules| admits(rules, roles, role, name)) {
                return false;
            }
            if about.superuser {
                return true;
            }
            let public = std::iter::once(Holder::Public);
            let inherited = roles.inherits.get(role as usize).into_iter().flatten();
            let owner = roles.owns(role, name).map(|_| Holder::OwnerOf(name.clone()));
            let mut holders = public
                .chain(inherited.map(|via| Holder::Role(via.role)))
                .chain(owner);
            let request = leastwise_permset::Request::new("database:connect", &spell::part(name));
            about.connections != 0
                && database.connections != 0
                && holders.any(|holder| {
                    self.connect
                        .get(&holder)
                        .is_some_and(|set| set.contains(&request))
                })
        };
        self.connectable().filter(admitted).collect()
    }

    /// What a role can do in sessions: for one that logs in, in its own.
    pub(crate) fn sessions(&self, role: u32, roles: &Roles<'_>, inherited: &Inherited<'_>) -> PermissionSet {
        let nothing = FxHashSet::default();
        let reach = self.reach.get(role as usize).unwrap_or(&nothing);
        let Some(about) = roles.get(role) else {
            return PermissionSet::empty();
        };
        let name = |at: &usize| self.databases.get(*at).map(|database| &*database.owned.name);
        let login = spell::region(["database:connect"], Strings::any());
        if about.login && !about.superuser {
            if reach.is_empty() {
                return PermissionSet::empty();
            }
            // The statements that admit it, without what pg_hba.conf and limits refuse.
            let granted = inherited.of(roles, role, &self.connect);
            let refused = self.connectable().filter(|at| !reach.contains(at));
            let refused = PermissionSet::union_of(refused.filter_map(|at| Some(sessions_in(name(&at)?))));
            return granted.difference(&refused).union(&anywhere());
        }
        let closed = (0..self.databases.len()).filter(|at| !reach.contains(at));
        let closed = PermissionSet::union_of(closed.filter_map(|at| Some(sessions_in(name(&at)?))));
        let all = PermissionSet::everything().difference(&closed);
        if about.login {
            return all;
        }
        all.difference(&login.into())
    }

    /// What a role can look up in schemas; superusers everything.
    pub(crate) fn lookups(&self, role: u32, roles: &Roles<'_>, inherited: &Inherited<'_>) -> PermissionSet {
        let free = Region::new(in_schema().complement(), Strings::any());
        inherited.of(roles, role, &self.usage).union(&free.into())
    }
}

/// Whether some connection as this role to this database is let through. Where a rule cannot be decided (a regular
/// expression), it is taken to let through.
fn admits(rules: &[HbaRule], roles: &Roles<'_>, role: u32, database: &str) -> bool {
    let name = roles.name(role);
    let memberships = roles.memberships(role);
    let is_role = |token: &str| {
        token == "all"
            || token == &*name
            || token
                .strip_prefix('+')
                .and_then(|group| roles.find(group))
                .is_some_and(|group| memberships.contains(&group))
    };
    let is_database = |token: &str| match token {
        "all" => true,
        "sameuser" => database == &*name,
        "samerole" | "samegroup" => roles
            .find(database)
            .is_some_and(|group| memberships.contains(&group)),
        "replication" => false,
        token => token == database,
    };
    let open = |token: &str| token.starts_with('/');
    ["local", "host"].iter().any(|kind| {
        for rule in rules.iter().filter(|rule| rule.kind.starts_with(kind)) {
            let matches = rule
                .roles
                .iter()
                .any(|token| is_role(token) || !rule.rejects && open(token))
                && rule
                    .databases
                    .iter()
                    .any(|token| is_database(token) || !rule.rejects && open(token));
            if !matches {
                continue;
            }
            if !rule.rejects {
                return true;
            }
            if rule.everywhere && matches!(&*rule.kind, "local" | "host") {
                return false;
            }
        }
        false
    })
}

/// What a role gets from PUBLIC, from itself and from those it inherits from, by the memberships on the way.
pub(crate) struct Inherited<'s> {
    /// Makes a step for acting as PUBLIC and for owning a database.
    pub public: leastwise_permset::Label,
    pub owner: &'s dyn Fn(&str) -> Option<leastwise_permset::Label>,
}

impl Inherited<'_> {
    pub(crate) fn of(
        &self,
        roles: &Roles<'_>,
        role: u32,
        parts: &FxHashMap<Holder, PermissionSet>,
    ) -> PermissionSet {
        let mut all = Vec::new();
        let mut add = |holder: &Holder, chain: &[leastwise_permset::Label]| {
            if let Some(set) = parts.get(holder) {
                all.push(
                    chain
                        .iter()
                        .rev()
                        .fold(set.clone(), |set, label| set.labelled(*label)),
                );
            }
        };
        for via in roles.inherits.get(role as usize).into_iter().flatten() {
            add(&Holder::Role(via.role), &via.chain);
        }
        let mut owned: Vec<&Holder> = parts
            .keys()
            .filter(|holder| matches!(holder, Holder::OwnerOf(_)))
            .collect();
        owned.sort();
        for holder in owned {
            let Holder::OwnerOf(database) = holder else {
                continue;
            };
            if let (Some(chain), Some(label)) = (roles.owns(role, database), (self.owner)(database)) {
                add(holder, &[chain, &[label]].concat());
            }
        }
        add(&Holder::Public, &[self.public]);
        PermissionSet::union_of(all)
    }
}
