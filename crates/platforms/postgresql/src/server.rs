//! Which exports speak of which server.
//!
//! A server gets an identifier when it is made, and every export carries it: exports with the same identifier are
//! of the same server, one for each of its databases. A server is called as the settings name the path of its
//! exports, else after its `cluster_name`, else after the file.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{ClusterSettings, FileIndex, Location, Remark, Settings, Snapshot, Text};

use crate::mint::Making;
use crate::object::{Export, HbaRule};

/// One server.
pub(crate) struct Server {
    /// How canonical ids name it.
    pub name: Text,
    pub environment: Option<Text>,
    /// The folders in which its exports stand.
    pub folders: BTreeSet<Text>,
    /// Where clients find it, as the settings say.
    pub addresses: Vec<Text>,
    /// Whom identities of other systems become here.
    pub made: Vec<Making>,
    /// One export for each database, the first of which speaks of roles too.
    pub exports: Vec<Export>,
}

/// Divides exports among servers; servers are sorted as their identities' ids will be.
pub(crate) fn partition(
    exports: Vec<(FileIndex, Export)>,
    settings: &Settings,
    snapshot: &mut Snapshot,
) -> Vec<Server> {
    let mut systems: BTreeMap<Text, Vec<(FileIndex, Export)>> = BTreeMap::new();
    for (file, export) in exports {
        systems
            .entry(export.system.clone())
            .or_default()
            .push((file, export));
    }
    let mut groups: Vec<Vec<(FileIndex, Export)>> = systems.into_values().collect();
    groups.sort_by_key(|group| group.first().map(|(file, _)| *file));
    let mut taken = BTreeSet::new();
    let mut servers = Vec::new();
    for group in groups {
        let files: Vec<FileIndex> = group.iter().map(|(file, _)| *file).collect();
        let (name, cluster) = name(&group, settings, snapshot, &taken);
        taken.insert(name.clone());
        let exports = one_each(group, snapshot);
        differences(&exports, &files, snapshot);
        servers.push(Server {
            name,
            environment: cluster.and_then(|cluster| cluster.environment.clone()),
            folders: files.iter().map(|file| folder(snapshot, *file)).collect(),
            addresses: cluster
                .map(|cluster| cluster.addresses.clone())
                .unwrap_or_default(),
            made: Vec::new(),
            exports,
        });
    }
    servers.sort_by_key(|server| format!("{}:", server.name));
    servers
}

fn path(snapshot: &Snapshot, file: FileIndex) -> (Text, Text) {
    match snapshot.file(file) {
        Some(file) => (file.path.clone(), file.unit.clone()),
        None => ("server".into(), "server".into()),
    }
}

fn folder(snapshot: &Snapshot, file: FileIndex) -> Text {
    let path = path(snapshot, file).0;
    path.rsplit_once('/').map_or("", |(folder, _)| folder).into()
}

/// Gives each server the rules of the `pg_hba.conf` that stands beside its exports; what the server itself told comes first.
pub(crate) fn admit(
    servers: &mut [Server],
    files: Vec<(FileIndex, Text, Vec<HbaRule>)>,
    snapshot: &mut Snapshot,
) {
    for (file, folder, rules) in files {
        let beside: Vec<usize> = (0..)
            .zip(servers.iter())
            .filter(|(_, server)| server.folders.contains(&folder))
            .map(|(at, _)| at)
            .collect();
        let at = match (beside.as_slice(), servers.len()) {
            ([one], _) => Some(*one),
            ([], 1) => Some(0),
            _ => None,
        };
        let first = at
            .and_then(|at| servers.get_mut(at))
            .and_then(|server| server.exports.first_mut());
        let (what, hint) = match first {
            Some(first) if first.hba.is_none() => {
                first.hba = Some(rules);
                continue;
            }
            Some(_) => (
                "it is left out: the export of the server tells the rules of pg_hba.conf, or another file does",
                "leave one of them out",
            ),
            None => (
                "it is left out: of which server it is, is not known",
                "put it into the folder of the server's exports",
            ),
        };
        snapshot.remarks.push(Remark {
            location: Some(Location {
                file,
                line: 1,
                column: 1,
                pointer: Box::default(),
            }),
            what: what.into(),
            hint: hint.into(),
            loses: at.is_none(),
        });
    }
}

/// What a server is called, and what the settings say of it.
fn name<'s>(
    group: &[(FileIndex, Export)],
    settings: &'s Settings,
    snapshot: &Snapshot,
    taken: &BTreeSet<Text>,
) -> (Text, Option<&'s ClusterSettings>) {
    let claimed = group.iter().find_map(|(file, _)| {
        let (path, unit) = path(snapshot, *file);
        claimed(&path, &unit, settings)
    });
    let wanted = match (claimed.and_then(|at| settings.clusters.get(at)), group) {
        (Some(cluster), _) => cluster.name.clone(),
        (None, [(file, first), rest @ ..]) => match (&first.name, rest.is_empty()) {
            (Some(name), _) => name.replace(':', "-").into(),
            (None, true) if first.dumped => stem(
                path(snapshot, *file)
                    .0
                    .rsplit_once('/')
                    .map_or("server", |(folder, _)| folder),
            ),
            (None, true) => stem(&path(snapshot, *file).0),
            (None, false) => stem(&path(snapshot, *file).1),
        },
        (None, []) => "server".into(),
    };
    let cluster = claimed.and_then(|at| settings.clusters.get(at));
    let free = [wanted.to_string()]
        .into_iter()
        .chain((2u32..).map(|number| format!("{wanted}-{number}")))
        .find(|name| !taken.contains(name.as_str()));
    (free.map_or(wanted, Text::from), cluster)
}

/// The version that the settings tell of the server under a folder.
pub(crate) fn version(folder: &str, settings: &Settings) -> Option<u32> {
    let cluster = settings.clusters.get(claimed(folder, folder, settings)?)?;
    cluster.version.as_ref()?.split('.').next()?.parse().ok()
}

fn trim(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.strip_prefix("./").unwrap_or(path)
}

/// The last part of a path without what tells its format.
fn stem(path: &str) -> Text {
    let last = trim(path).rsplit('/').next().unwrap_or_default();
    let stem = last.strip_suffix(".json").unwrap_or(last).replace(':', "-");
    match stem.as_str() {
        "" | "." | ".." => "server".into(),
        stem => stem.into(),
    }
}

/// The named cluster to which a path belongs: the longest path wins.
pub(crate) fn claimed(path: &str, unit: &str, settings: &Settings) -> Option<usize> {
    let path = trim(path);
    let within = path
        .strip_prefix(trim(unit))
        .and_then(|rest| rest.strip_prefix('/'));
    let fits = |pattern: &str| {
        [Some(path), within].into_iter().flatten().any(|path| {
            path.strip_prefix(pattern)
                .is_some_and(|rest| pattern.is_empty() || rest.is_empty() || rest.starts_with('/'))
        })
    };
    let claims = settings.clusters.iter().enumerate().flat_map(|(at, cluster)| {
        let paths = cluster.paths.iter();
        paths.map(move |pattern| (at, if &**pattern == "." { "" } else { trim(pattern) }))
    });
    claims
        .filter(|(_, pattern)| fits(pattern))
        .max_by_key(|(at, pattern)| (pattern.len(), std::cmp::Reverse(*at)))
        .map(|(at, _)| at)
}

/// Each database once; further exports of one are told and left out.
fn one_each(group: Vec<(FileIndex, Export)>, snapshot: &mut Snapshot) -> Vec<Export> {
    let mut seen: BTreeMap<Text, FileIndex> = BTreeMap::new();
    let mut exports = Vec::new();
    for (file, export) in group {
        if let Some(first) = seen.get(&export.database) {
            let what = format!(
                "`{}` and `{}` are both exports of the database `{}` of one server: the second is left out",
                path(snapshot, *first).0,
                path(snapshot, file).0,
                export.database
            );
            snapshot.remarks.push(Remark {
                location: None,
                what: what.into(),
                hint: "keep the one that is to be looked at".into(),
                loses: true,
            });
            continue;
        }
        seen.insert(export.database.clone(), file);
        exports.push(export);
    }
    exports
}

/// Roles that exports of one server tell differently were changed between them.
fn differences(exports: &[Export], files: &[FileIndex], snapshot: &mut Snapshot) {
    let Some((first, rest)) = exports.split_first() else {
        return;
    };
    let name = |role: &crate::object::Role| crate::object::Role {
        at: None,
        ..role.clone()
    };
    let member = |membership: &crate::object::Membership| crate::object::Membership {
        at: None,
        ..membership.clone()
    };
    let same = |other: &&Export| {
        first.roles.iter().map(name).eq(other.roles.iter().map(name))
            && first
                .memberships
                .iter()
                .map(member)
                .eq(other.memberships.iter().map(member))
    };
    if let Some(other) = rest.iter().find(|other| !same(other)) {
        let shown = files
            .first()
            .map_or_else(|| "server".into(), |file| path(snapshot, *file).0);
        snapshot.remarks.push(Remark {
            location: None,
            what: format!(
                "the export of the database `{}` tells the roles of the server differently: they are taken from `{shown}`",
                other.database
            )
            .into(),
            hint: "run the export of all databases again, one right after the other".into(),
            loses: true,
        });
    }
}
