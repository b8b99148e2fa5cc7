//! Exports that contradict each other, and files told apart by that.
//!
//! Files are told apart by the fewest of their first folders that part all that contradict each other, else one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hash};

use leastwise_model::{Remark, Snapshot, Text};
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::unused;
use crate::object::{Meta, Objects};

/// A file of one cluster or several, and what it gave.
pub(super) type Found<'a> = (Text, &'a Objects);

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

/// Objects that several files hold with different content: the places of two files, and what of them is so.
fn contradictions(files: &[&Found<'_>]) -> BTreeMap<(usize, usize), String> {
    let mut seen: FxHashMap<(u8, Option<&Text>, &Text), (u64, usize)> = FxHashMap::default();
    let mut conflicts: BTreeMap<(usize, usize), String> = BTreeMap::new();
    for (at, (_, objects)) in files.iter().enumerate() {
        for (kind, meta, digest) in digests(objects).filter(|(_, meta, _)| meta.listed) {
            let known = seen
                .entry((kind, meta.namespace.as_ref(), &meta.name))
                .or_insert((digest, at));
            if known.0 != digest && known.1 != at {
                let name = meta
                    .namespace
                    .as_ref()
                    .map_or(meta.name.to_string(), |ns| format!("{ns}/{}", meta.name));
                conflicts
                    .entry((known.1, at))
                    .or_insert_with(|| format!("hold `{name}` with different content"));
            }
        }
    }
    conflicts
}

/// Two files that hold an object with different content, and what of them is so.
pub(super) fn contradiction(files: &[Found<'_>]) -> Option<(Text, Text, String)> {
    let files: Vec<&Found<'_>> = files.iter().collect();
    let ((first, second), what) = contradictions(&files).into_iter().next()?;
    let path = |at: usize| Some(files.get(at)?.0.clone());
    Some((path(first)?, path(second)?, what))
}

/// Adds files of different folders that tell different releases: an upgrade lies between them, if they are of one cluster.
/// Every two are compared: those of the first may be one, and yet differ from each other.
fn add_releases(files: &[&Found<'_>], conflicts: &mut BTreeMap<(usize, usize), String>) {
    let told = |(_, objects): &&Found<'_>| objects.releases.first().map(|(release, _)| release.clone());
    let all: Vec<(usize, Text)> = (0..)
        .zip(files)
        .filter_map(|(at, file)| Some((at, told(file)?)))
        .collect();
    let folder_of = |at: usize| files.get(at).map_or("", |(path, _)| folder(path));
    for (place, (first, release)) in all.iter().enumerate() {
        for (at, other) in all.iter().skip(place + 1) {
            if other != release && folder_of(*at) != folder_of(*first) {
                conflicts
                    .entry((*first, *at))
                    .or_insert_with(|| format!("tell different releases (`{release}`, `{other}`)"));
            }
        }
    }
}

/// One unnamed cluster, or several where exports contradict each other; each with the path it is called after.
pub(super) fn apart<'a>(
    unit: &Text,
    files: &[Found<'a>],
    snapshot: &mut Snapshot,
) -> Vec<(Text, Vec<&'a Objects>)> {
    let all = || files.iter().map(|(_, objects)| *objects).collect::<Vec<_>>();
    let listed = |objects: &Objects| objects.metas().any(|(_, meta)| meta.listed);
    let exports: Vec<&Found<'a>> = files
        .iter()
        .filter(|(_, objects)| listed(objects) || !objects.releases.is_empty())
        .collect();
    let mut conflicts = contradictions(&exports);
    let torn: Vec<(usize, usize)> = conflicts.keys().copied().collect();
    add_releases(&exports, &mut conflicts);
    let path = |at: usize| exports.get(at).map_or("", |(path, _)| path);
    let Some(((first, second), what)) = conflicts.first_key_value() else {
        let paths: Vec<&str> = exports
            .iter()
            .filter(|(_, objects)| listed(objects))
            .map(|(path, _)| &**path)
            .collect();
        if paths.len() < 2 {
            return vec![(unit.clone(), all())];
        }
        snapshot.remarks.push(Remark {
            location: None,
            what: format!("{} exports are read as one cluster: {}", paths.len(), shorten(&paths)).into(),
            hint: "if they are of different clusters, name each in leastwise.toml: [clusters.NAME] paths = [...]".into(),
            loses: false,
        });
        return vec![(unit.clone(), all())];
    };
    let deepest = files.iter().map(|(path, _)| path.matches('/').count()).max();
    let depth = (0..deepest.unwrap_or(0)).find(|depth| {
        let above = |at: usize| above(path(at), *depth);
        conflicts.keys().all(|(a, b)| above(*a) != above(*b))
    });
    let torn: BTreeSet<&str> = torn.iter().flat_map(|(a, b)| [path(*a), path(*b)]).collect();
    let mut crowd: BTreeMap<&str, usize> = BTreeMap::new();
    for (path, _) in files {
        *crowd.entry(above(path, depth.unwrap_or(0))).or_default() += 1;
    }
    let mut groups: BTreeMap<Text, Vec<&Objects>> = BTreeMap::new();
    for (path, objects) in files {
        let of: Text = match depth.map(|depth| above(path, depth)) {
            Some("") => unit.clone(),
            // A folder with a single file is called after the file.
            Some(folder) if crowd.get(folder).is_some_and(|count| *count > 1) => folder.into(),
            Some(_) => path.clone(),
            None if torn.contains(&**path) => path.clone(),
            None => unit.clone(),
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
            "`{}` and `{}` {what}, so they are read as exports of different clusters: {}",
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

/// The first folders of a path, one more than `depth`, or all of them.
fn above(path: &str, depth: usize) -> &str {
    let folder = folder(path);
    let end = folder.match_indices('/').nth(depth).map(|(at, _)| at);
    end.and_then(|end| folder.get(..end)).unwrap_or(folder)
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
