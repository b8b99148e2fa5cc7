//! What must hold beside a privilege: a session in the database, and USAGE of the schema.
//!
//! CONNECT is asked once, of the role that logs in, and USAGE of the role that is acted as. A role that cannot log in
//! acts in sessions of those who may take it on, so it reaches the databases that one of those can connect to.

use leastwise_model::{Snapshot, Step};
use leastwise_permset::{Label, PermissionSet, Region, Strings};
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
    /// For each role, the rules of `pg_hba.conf` that let it in.
    admitted: FxHashMap<u32, Label>,
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
    pub(crate) fn of(
        server: &'a Server,
        roles: &Roles<'_>,
        grants: &Grants,
        snapshot: &mut Snapshot,
    ) -> Self {
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
            admitted: FxHashMap::default(),
            usage: shared(&grants.usage),
            connect: shared(&grants.connect),
        };
        let by_login: Vec<FxHashSet<usize>> = roles
            .iter()
            .map(|(at, _)| bounds.by_login(at, roles, hba))
            .collect();
        if let Some(rules) = hba {
            bounds.tell(rules, roles, &by_login, snapshot);
        }
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

    /// Makes a step for each different choice of rules that lets somebody in: from where, and by which method.
    fn tell(
        &mut self,
        rules: &[HbaRule],
        roles: &Roles<'_>,
        reach: &[FxHashSet<usize>],
        snapshot: &mut Snapshot,
    ) {
        let mut steps: FxHashMap<Vec<usize>, Label> = FxHashMap::default();
        for (at, reached) in (0u32..).zip(reach) {
            let mut all: Vec<usize> = reached
                .iter()
                .filter_map(|place| self.databases.get(*place))
                .flat_map(|database| admitting(rules, roles, at, &database.owned.name))
                .collect();
            all.sort_unstable();
            all.dedup();
            let chosen: Vec<&HbaRule> = all.iter().filter_map(|place| rules.get(*place)).collect();
            let Some(first) = chosen.first() else { continue };
            let label = *steps.entry(all.clone()).or_insert_with(|| {
                let shown: Vec<String> = chosen.iter().map(|rule| written(rule)).collect();
                snapshot.add_step(Step {
                    kind: "pg_hba.conf".into(),
                    name: "connections".into(),
                    statement: shown.join("; ").into(),
                    location: first.at.clone(),
                    provided: false,
                })
            });
            self.admitted.insert(at, label);
        }
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
            if hba.is_some_and(|rules| admitting(rules, roles, role, name).is_empty()) {
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
            let own = granted.difference(&refused).union(&anywhere());
            return match self.admitted.get(&role) {
                Some(label) => own.labelled(*label),
                None => own,
            };
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

/// The rules, by their places, that let a connection as this role to this database through; none where none does. Where
/// a rule cannot be decided (a regular expression, a list in another file), it is taken to let through.
fn admitting(rules: &[HbaRule], roles: &Roles<'_>, role: u32, database: &str) -> Vec<usize> {
    let name = roles.name(role);
    let memberships = roles.memberships(role);
    // In quotes a word is a name.
    let is_name = |token: &str, name: &str| {
        let quoted = token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        token == name || quoted == Some(name)
    };
    let is_role = |token: &str| {
        token == "all"
            || is_name(token, &name)
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
        token => is_name(token, database),
    };
    let open = |token: &str| token.starts_with('/');
    let local: fn(&HbaRule) -> bool = |rule| rule.kind.starts_with("local");
    let four: fn(&HbaRule) -> bool = |rule| rule.kind.starts_with("host") && rule.four;
    let six: fn(&HbaRule) -> bool = |rule| rule.kind.starts_with("host") && rule.six;
    let mut found = Vec::new();
    for way in [local, four, six] {
        for (at, rule) in rules.iter().enumerate().filter(|(_, rule)| way(rule)) {
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
            let all = rule.everywhere && matches!(&*rule.kind, "local" | "host");
            if !rule.rejects {
                found.push(at);
            }
            // The first that matches decides.
            if all {
                break;
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// A rule as the file writes it.
fn written(rule: &HbaRule) -> String {
    let address = rule
        .address
        .as_ref()
        .map(|address| format!(" {address}"))
        .unwrap_or_default();
    let (databases, roles) = (rule.databases.join(","), rule.roles.join(","));
    format!("{} {databases} {roles}{address} {}", rule.kind, rule.method)
}

/// What a role gets from PUBLIC, from itself and from those it inherits from, by the memberships on the way.
pub(crate) struct Inherited<'s> {
    /// Makes a step for acting as PUBLIC and for owning a database.
    pub public: Label,
    pub owner: &'s dyn Fn(&str) -> Option<Label>,
}

impl Inherited<'_> {
    pub(crate) fn of(
        &self,
        roles: &Roles<'_>,
        role: u32,
        parts: &FxHashMap<Holder, PermissionSet>,
    ) -> PermissionSet {
        let mut all = Vec::new();
        let mut add = |holder: &Holder, chain: &[Label]| {
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
