//! Which files speak of which cluster.
//!
//! A file belongs to the cluster whose `paths` in the settings name it or a folder above it, the longest path
//! first. Files of no named cluster that were found under one argument are one unnamed cluster, called after
//! that argument, unless two exports among them contradict each other: then they are exports of different
//! clusters, or of one cluster at different times, and are kept apart.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hash};

use leastwise_model::{FileIndex, Remark, Settings, Snapshot, Text};
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::object::{Meta, Objects};

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
    let mut named: BTreeMap<usize, Vec<&Objects>> = BTreeMap::new();
    let mut units: BTreeMap<Text, Vec<(FileIndex, Text, &Objects)>> = BTreeMap::new();
    for (index, objects) in files {
        let (path, unit): (Text, Text) = match snapshot.file(*index) {
            Some(file) => (file.path.clone(), file.unit.clone()),
            None => ("cluster".into(), "cluster".into()),
        };
        match claimed(&path, &unit, settings) {
            Some(cluster) => named.entry(cluster).or_default().push(objects),
            None => units.entry(unit).or_default().push((*index, path, objects)),
        }
    }
    let mut clusters = Vec::new();
    let mut taken: BTreeSet<Text> = BTreeSet::new();
    for (at, files) in named {
        let Some(known) = settings.clusters.get(at) else {
            continue;
        };
        taken.insert(known.name.clone());
        clusters.push(Cluster {
            name: known.name.clone(),
            version: known.version.clone(),
            environment: known.environment.clone(),
            issuer: known.issuer.clone(),
            account: known.account.clone(),
            files,
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
        let told = cluster.files.iter().find_map(|objects| objects.version.clone());
        cluster.version = cluster.version.take().or(told);
    }
    clusters.sort_by_key(|cluster| format!("{}:", cluster.name));
    clusters
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

type Found<'a> = (FileIndex, Text, &'a Objects);

fn digest(value: impl Hash) -> u64 {
    FxBuildHasher.hash_one(value)
}

/// What an object says, as a number; of kinds whose content is not compared only who it is.
fn digests(objects: &Objects) -> impl Iterator<Item = (u8, &Meta, u64)> {
    let content: FxHashMap<*const Meta, u64> = objects
        .roles
        .iter()
        .map(|role| {
            (
                std::ptr::from_ref(&role.meta),
                digest((&role.rules, &role.aggregation)),
            )
        })
        .chain(objects.bindings.iter().map(|binding| {
            let content = digest((binding.role_cluster, &binding.role, &binding.subjects));
            (std::ptr::from_ref(&binding.meta), content)
        }))
        .collect();
    objects.metas().map(move |(kind, meta)| {
        let content = content.get(&std::ptr::from_ref(meta)).copied().unwrap_or(0);
        (kind, meta, digest((content, meta.uid)))
    })
}

/// One unnamed cluster, or several where exports contradict each other; each with the path it is called after.
fn apart<'a>(unit: &Text, files: &[Found<'a>], snapshot: &mut Snapshot) -> Vec<(Text, Vec<&'a Objects>)> {
    let all = || files.iter().map(|(_, _, objects)| *objects).collect::<Vec<_>>();
    let exports: Vec<&Found<'a>> = files
        .iter()
        .filter(|(_, _, objects)| objects.metas().any(|(_, meta)| meta.listed))
        .collect();
    if exports.len() < 2 {
        return vec![(unit.clone(), all())];
    }
    let mut seen: FxHashMap<(u8, Option<&Text>, &Text), (u64, usize)> = FxHashMap::default();
    let mut conflicts: BTreeMap<(usize, usize), String> = BTreeMap::new();
    for (at, (_, _, objects)) in exports.iter().enumerate() {
        for (kind, meta, digest) in digests(objects).filter(|(_, meta, _)| meta.listed) {
            let known = seen
                .entry((kind, meta.namespace.as_ref(), &meta.name))
                .or_insert((digest, at));
            if known.0 != digest && known.1 != at {
                let name = meta
                    .namespace
                    .as_ref()
                    .map_or(meta.name.to_string(), |ns| format!("{ns}/{}", meta.name));
                conflicts.entry((known.1, at)).or_insert(name);
            }
        }
    }
    let path = |at: usize| exports.get(at).map_or("", |(_, path, _)| path);
    let Some(((first, second), object)) = conflicts.first_key_value() else {
        let paths: Vec<&str> = (0..exports.len()).map(path).collect();
        snapshot.remarks.push(Remark {
            location: None,
            what: format!("{} exports are read as one cluster: {}", paths.len(), shorten(&paths)).into(),
            hint: "if they are of different clusters, name each in leastwise.toml: [clusters.NAME] paths = [...]".into(),
            loses: false,
        });
        return vec![(unit.clone(), all())];
    };
    let by_folder = conflicts
        .keys()
        .all(|(a, b)| folder(path(*a)) != folder(path(*b)));
    let torn: BTreeSet<&str> = conflicts.keys().flat_map(|(a, b)| [path(*a), path(*b)]).collect();
    let mut crowd: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, path, _) in files {
        *crowd.entry(folder(path)).or_default() += 1;
    }
    let mut groups: BTreeMap<Text, Vec<&Objects>> = BTreeMap::new();
    for (_, path, objects) in files {
        let of: Text = match () {
            () if by_folder && folder(path).is_empty() => unit.clone(),
            // A folder with a single file is called after the file.
            () if by_folder && crowd.get(folder(path)).is_some_and(|count| *count > 1) => folder(path).into(),
            () if by_folder || torn.contains(&**path) => path.clone(),
            () => unit.clone(),
        };
        groups.entry(of).or_default().push(objects);
    }
    let names: Vec<String> = groups.keys().map(|path| format!("`{path}`")).collect();
    let example: Vec<String> = groups
        .keys()
        .take(2)
        .map(|path| {
            format!(
                "[clusters.{}] paths = [\"{path}\"]",
                unused(path, &BTreeSet::new())
            )
        })
        .collect();
    snapshot.remarks.push(Remark {
        location: None,
        what: format!(
            "`{}` and `{}` hold `{object}` with different content, so they are read as exports of different clusters: {}",
            path(*first),
            path(*second),
            names.join(", ")
        )
        .into(),
        hint: format!("name the clusters in leastwise.toml: {}", example.join(" and ")).into(),
        loses: false,
    });
    groups.into_iter().collect()
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn shorten(paths: &[&str]) -> String {
    let mut text: String = paths
        .iter()
        .take(5)
        .map(|path| format!("`{path}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if paths.len() > 5 {
        text.push_str(", …");
    }
    text
}
