//! Which files speak of which cluster.
//!
//! A file belongs to the cluster whose `paths` in the settings name it or a folder above it, the longest path
//! first. Files of no named cluster that were found under one argument are one unnamed cluster, called after
//! that argument, unless two exports among them contradict each other: then they are exports of different
//! clusters, or of one cluster at different times, and are kept apart. Where somebody named them as one, a remark says so.

mod apart;

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{FileIndex, Remark, Settings, Snapshot, Text};

use self::apart::{Found, apart, contradiction};
use crate::compile::release;
use crate::object::Objects;

/// One cluster and the files that speak of it.
pub(crate) struct Cluster<'a> {
    pub name: Text,
    pub version: Option<Text>,
    pub environment: Option<Text>,
    /// What its tokens name as their issuer.
    pub issuer: Option<Text>,
    /// The account of the cloud it runs in.
    pub account: Option<Text>,
    pub files: Vec<&'a Objects>,
    /// The release whose default roles and bindings were added.
    pub assumed: Option<&'static str>,
}

impl<'a> Cluster<'a> {
    /// Adds defaults of a release that its files lack.
    pub(crate) fn assume(&mut self, release: &'static str, lacking: &'a Objects) {
        self.files.push(lacking);
        self.assumed = Some(release);
    }
}

/// Divides files among clusters; clusters are sorted as their identities' ids will be.
pub(crate) fn partition<'a>(
    files: &'a BTreeMap<FileIndex, Objects>,
    settings: &Settings,
    snapshot: &mut Snapshot,
) -> Vec<Cluster<'a>> {
    let mut named: BTreeMap<usize, Vec<Found<'_>>> = BTreeMap::new();
    let mut units: BTreeMap<Text, Vec<Found<'_>>> = BTreeMap::new();
    for (index, objects) in files {
        let (path, unit): (Text, Text) = match snapshot.file(*index) {
            Some(file) => (file.path.clone(), file.unit.clone()),
            None => ("cluster".into(), "cluster".into()),
        };
        match claimed(&path, &unit, settings) {
            Some(cluster) => named.entry(cluster).or_default().push((path, objects)),
            None => units.entry(unit).or_default().push((path, objects)),
        }
    }
    let mut clusters = Vec::new();
    let mut taken: BTreeSet<Text> = BTreeSet::new();
    for (at, files) in named {
        let Some(known) = settings.clusters.get(at) else {
            continue;
        };
        taken.insert(known.name.clone());
        if let Some((first, second, what)) = contradiction(&files) {
            snapshot.remarks.push(Remark {
                location: None,
                what: format!(
                    "`{first}` and `{second}` {what}, and are both of cluster `{}` by leastwise.toml",
                    known.name
                )
                .into(),
                hint:
                    "give each of two clusters its own [clusters.NAME]; of one cluster, keep the newer export"
                        .into(),
                loses: false,
            });
        }
        clusters.push(Cluster {
            name: known.name.clone(),
            version: known.version.clone(),
            environment: known.environment.clone(),
            issuer: known.issuer.clone(),
            account: known.account.clone(),
            files: files.into_iter().map(|(_, objects)| objects).collect(),
            assumed: None,
        });
    }
    for (unit, files) in units {
        for (path, files) in apart(&unit, &files, snapshot) {
            let name = unused(&path, &taken);
            taken.insert(name.clone());
            clusters.push(Cluster {
                name,
                version: None,
                environment: None,
                issuer: None,
                account: None,
                files,
                assumed: None,
            });
        }
    }
    for cluster in &mut clusters {
        if cluster.version.is_none() {
            cluster.version = told(cluster, snapshot);
        }
    }
    clusters.sort_by_key(|cluster| format!("{}:", cluster.name));
    clusters
}

/// The release that the files of a cluster tell, where they tell one.
fn told(cluster: &Cluster<'_>, snapshot: &mut Snapshot) -> Option<Text> {
    let mut all = cluster.files.iter().flat_map(|objects| &objects.releases);
    let (first, place) = all.next()?;
    let Some((other, elsewhere)) = all.find(|(other, _)| release(other) != release(first)) else {
        return Some(first.clone());
    };
    let file = snapshot.file(place.file).map_or("", |file| &file.path);
    let what = format!(
        "cluster `{}` runs `{other}` here and `{first}` by `{file}`, so that its release is not known",
        cluster.name
    );
    snapshot.remarks.push(Remark {
        location: Some(elsewhere.clone()),
        what: what.into(),
        hint: format!(
            "keep the newer of the two, or set [clusters.{}] version; two clusters need a folder each",
            cluster.name
        )
        .into(),
        loses: false,
    });
    None
}

fn trim(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.strip_prefix("./").unwrap_or(path)
}

/// The named cluster to which a path belongs.
pub(crate) fn claimed(path: &str, unit: &str, settings: &Settings) -> Option<usize> {
    let path = trim(path);
    let within = path
        .strip_prefix(trim(unit))
        .and_then(|rest| rest.strip_prefix('/'));
    let fits = |pattern: &str| {
        [Some(path), within].into_iter().flatten().any(|path| {
            pattern.is_empty()
                || path
                    .strip_prefix(pattern)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    let claims = settings.clusters.iter().enumerate().flat_map(|(at, cluster)| {
        cluster
            .paths
            .iter()
            .map(move |pattern| (at, if &**pattern == "." { "" } else { trim(pattern) }))
    });
    // The longest path wins; of equal ones the first.
    claims
        .filter(|(_, pattern)| fits(pattern))
        .fold(None, |best: Option<(usize, usize)>, (at, pattern)| match best {
            Some((_, length)) if length >= pattern.len() => best,
            _ => Some((at, pattern.len())),
        })
        .map(|(at, _)| at)
}

/// The last part of a path without what tells its format, or more parts of it if that is taken.
fn unused(path: &str, taken: &BTreeSet<Text>) -> Text {
    let mut stem = trim(path);
    for ending in [".json", ".yaml", ".yml"] {
        stem = stem.strip_suffix(ending).unwrap_or(stem);
    }
    let stem = stem.replace(':', "-");
    let parts: Vec<&str> = stem
        .split('/')
        .filter(|part| !part.is_empty() && *part != "." && *part != "..")
        .collect();
    for count in 1..=parts.len() {
        let name = parts.get(parts.len() - count..).unwrap_or_default().join("/");
        if !taken.contains(name.as_str()) {
            return name.into();
        }
    }
    let base = parts.last().copied().unwrap_or("cluster");
    if !taken.contains(base) {
        return base.into();
    }
    (2u32..)
        .map(|number| format!("{base}-{number}"))
        .find(|name| !taken.contains(name.as_str()))
        .unwrap_or_default()
        .into()
}
