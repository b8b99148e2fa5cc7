//! Estates out of native files, through the real platforms.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot read its input must stop"
)]

use std::path::Path;

use leastwise_document::{Item, Limits, read};
use leastwise_effective::World;
use leastwise_findings::{Finding, Options, Report, check};
use leastwise_model::{
    AccountSettings, ClusterSettings, CrownJewel, Declared, DeclaredPermission, File, OwnerRule, Partner,
    Platform, Settings, Snapshot, Taken, Text,
};

static PLATFORMS: [&dyn Platform; 5] = [
    &leastwise_aws::Aws,
    &leastwise_kubernetes::Kubernetes,
    &leastwise_vault::Vault,
    &leastwise_postgresql::PostgreSql,
    &leastwise_github::GitHub,
];

/// An estate ready for rules.
pub struct Ready {
    pub world: World,
    pub settings: Settings,
}

#[allow(dead_code, reason = "each test file uses a part of this module")]
impl Ready {
    /// All that the rules say on the day of the examples.
    pub fn report(&self) -> Report {
        let now = "2026-11-21T00:00:00Z".parse().unwrap();
        check(&self.world, &self.settings, Some(now), &Options::default())
    }

    /// The ids of the identities of a finding, and what is missing.
    pub fn about(&self, finding: &Finding) -> Vec<String> {
        let ids = finding
            .identities
            .iter()
            .filter_map(|index| self.world.snapshot().identity(*index));
        ids.map(|identity| identity.id.to_string())
            .chain(finding.missing.iter().map(ToString::to_string))
            .collect()
    }
}

/// Reads an estate from pairs of path and text; `leastwise.toml` among them holds the settings.
pub fn ready<P: AsRef<str>, T: AsRef<str>>(files: &[(P, T)]) -> Ready {
    let settings = files
        .iter()
        .find(|(path, _)| path.as_ref().ends_with("leastwise.toml"))
        .map(|(_, text)| settings(text.as_ref()))
        .unwrap_or_default();
    let mut snapshot = Snapshot::new();
    let mut readers: Vec<_> = PLATFORMS
        .iter()
        .map(|platform| platform.reader(&settings))
        .collect();
    for (path, text) in files {
        let (path, text) = (path.as_ref(), text.as_ref());
        if path.ends_with(".toml") {
            continue;
        }
        let file = snapshot.add_file(File {
            path: path.into(),
            unit: "estate".into(),
        });
        let is_json = text.trim_start().starts_with(['{', '[']);
        if !is_json
            && readers
                .iter_mut()
                .any(|reader| reader.take_text(file, path, text))
        {
            continue;
        }
        let mut taken = 0;
        let faults = read(text.as_bytes(), &Limits::default(), &mut |item: Item| {
            let mut rest = Some(item);
            for reader in &mut readers {
                let Some(item) = rest.take() else { break };
                match reader.take(file, path, item) {
                    Taken::Yes => taken += 1,
                    Taken::No(back) => rest = Some(*back),
                }
            }
        });
        assert!(faults.is_empty(), "{path}: {faults:?}");
        assert!(taken > 0, "{path}: nobody knows it");
    }
    for reader in readers {
        reader.compile(&mut snapshot);
    }
    Ready {
        world: World::new(snapshot, &PLATFORMS),
        settings,
    }
}

/// Reads every file below a folder, in the order of paths, except for those that `skip` names.
#[allow(dead_code, reason = "each test file uses a part of this module")]
pub fn folder(root: &Path, skip: impl Fn(&str) -> bool) -> Ready {
    let mut files = Vec::new();
    collect(root, root, &skip, &mut files);
    files.sort();
    ready(&files)
}

fn collect(root: &Path, at: &Path, skip: &impl Fn(&str) -> bool, files: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(at).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_string();
        if path.is_dir() {
            collect(root, &path, skip, files);
        } else if !skip(&name) {
            files.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The parts of `leastwise.toml` that rules look at.
fn settings(text: &str) -> Settings {
    let table: toml::Table = text.parse().unwrap();
    let text = |value: &toml::Value, key: &str| value.get(key).and_then(|it| it.as_str()).map(Text::from);
    let texts = |value: &toml::Value, key: &str| -> Vec<Text> {
        let list = value.get(key).and_then(|it| it.as_array());
        list.into_iter()
            .flatten()
            .filter_map(|it| it.as_str())
            .map(Text::from)
            .collect()
    };
    let list = |key: &str| {
        table
            .get(key)
            .and_then(|it| it.as_array())
            .cloned()
            .unwrap_or_default()
    };
    let named = |key: &str| {
        table
            .get(key)
            .and_then(|it| it.as_table())
            .cloned()
            .unwrap_or_default()
            .into_iter()
            .collect::<Vec<_>>()
    };
    let mut settings = Settings {
        name: table.get("name").and_then(|it| it.as_str()).map(Text::from),
        ..Settings::default()
    };
    settings.accounts = named("accounts")
        .iter()
        .map(|(id, it)| AccountSettings {
            id: id.as_str().into(),
            name: text(it, "name"),
            environment: text(it, "environment"),
        })
        .collect();
    settings.clusters = named("clusters")
        .iter()
        .map(|(name, it)| ClusterSettings {
            name: name.as_str().into(),
            paths: text(it, "path").into_iter().collect(),
            version: text(it, "version"),
            issuer: text(it, "issuer"),
            account: text(it, "account"),
            addresses: texts(it, "addresses"),
            environment: text(it, "environment"),
        })
        .collect();
    let owners = list("owners");
    settings.owners = owners
        .iter()
        .map(|it| OwnerRule {
            pattern: text(it, "match").unwrap(),
            team: text(it, "team").unwrap(),
        })
        .collect();
    settings.partners = list("partners")
        .iter()
        .map(|it| Partner {
            account: text(it, "account").unwrap(),
            name: text(it, "name"),
        })
        .collect();
    settings.crown_jewels = list("crown-jewels")
        .iter()
        .map(|it| CrownJewel {
            name: text(it, "name").unwrap(),
            actions: texts(it, "actions"),
            resources: texts(it, "resources"),
            instance: text(it, "account").or(text(it, "cluster")),
            platform: text(it, "platform"),
        })
        .collect();
    settings.declared = list("declared")
        .iter()
        .map(|it| Declared {
            identity: text(it, "identity").unwrap(),
            permissions: it
                .get("permissions")
                .and_then(|it| it.as_array())
                .into_iter()
                .flatten()
                .map(|it| DeclaredPermission {
                    action: text(it, "action").unwrap(),
                    resource: text(it, "resource").unwrap(),
                })
                .collect(),
            says: text(it, "says"),
        })
        .collect();
    if let Some(more) = table.get("settings") {
        settings.dormant = texts(more, "dormant");
        let days = |key: &str| {
            more.get(key)
                .and_then(|it| it.as_integer())
                .and_then(|it| u32::try_from(it).ok())
        };
        settings.thresholds.unused_days = days("unused-days").unwrap_or(settings.thresholds.unused_days);
        settings.thresholds.key_age_days = days("key-age-days").unwrap_or(settings.thresholds.key_age_days);
    }
    settings
}
