//! `leastwise.toml`: what the owners of an estate say about it.
//!
//! ```toml
//! name = "Corner Shop"
//!
//! [accounts."111122223333"]
//! name = "shop-prod"
//! environment = "production"
//!
//! [clusters.shop-eu]
//! path = "kubernetes/shop-eu"     # or `paths`; relative to this file
//! version = "1.33"
//! account = "111122223333"
//! issuer = "https://oidc.example.com/id/1"
//!
//! [clusters.shop-db]              # a database server is a cluster too
//! path = "postgresql/shop-db"
//! addresses = ["db.example.com:5432"]
//!
//! [[partners]]
//! account = "444455556666"
//! name = "monitoring vendor"
//!
//! [[owners]]
//! match = "arn:aws:iam::111122223333:role/shop-*"
//! team = "shop"
//!
//! [[crown-jewels]]
//! name = "card numbers"
//! account = "111122223333"        # or `cluster`; and `platform`
//! actions = ["s3:GetObject"]
//! resources = ["arn:aws:s3:::cards/*"]
//!
//! [[declared]]
//! identity = "arn:aws:iam::111122223333:role/shop-reports"
//! permissions = [{ action = "s3:GetObject", resource = "arn:aws:s3:::reports/*" }]
//!
//! [[declared]]
//! identity = "arn:aws:iam::111122223333:role/shop-dashboard"
//! says = "read-only"
//!
//! [rules]                         # what no document of a vendor settles, read the other way
//! star-principal-beats-caps = false
//!
//! [settings]
//! unused-days = 90
//! key-age-days = 365
//! dormant = ["arn:aws:iam::111122223333:user/break-glass"]
//! ```

use std::collections::BTreeMap;

use leastwise_model::{
    AccountSettings, ClusterSettings, CrownJewel, Declared, DeclaredPermission, EnvironmentRule, OwnerRule,
    Partner, Settings, Text, Thresholds, nearest,
};
use serde::Deserialize;
use toml::Spanned;

use crate::platforms::PLATFORMS;

/// The name of the file.
pub const FILE_NAME: &str = "leastwise.toml";

/// Why settings cannot be used: the place in the text and the cause.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {what}")]
pub struct SettingsError {
    /// Line, from 1.
    line: usize,
    /// Column in characters, from 1.
    column: usize,
    /// What is wrong, lower case, without full stop.
    what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    name: Option<Text>,
    #[serde(default)]
    accounts: BTreeMap<Text, Account>,
    #[serde(default)]
    clusters: BTreeMap<Text, Cluster>,
    #[serde(default)]
    partners: Vec<WrittenPartner>,
    #[serde(default)]
    owners: Vec<Owners>,
    #[serde(default)]
    environments: Vec<Environments>,
    #[serde(default)]
    crown_jewels: Vec<Jewel>,
    #[serde(default)]
    declared: Vec<Need>,
    #[serde(default)]
    rules: BTreeMap<Spanned<Text>, bool>,
    #[serde(default)]
    settings: Numbers,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Account {
    name: Option<Text>,
    environment: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Cluster {
    path: Option<Text>,
    #[serde(default)]
    paths: Vec<Text>,
    version: Option<Text>,
    issuer: Option<Text>,
    account: Option<Text>,
    #[serde(default)]
    addresses: Vec<Text>,
    environment: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenPartner {
    account: Text,
    name: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Owners {
    #[serde(rename = "match")]
    pattern: Text,
    team: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Environments {
    #[serde(rename = "match")]
    pattern: Text,
    environment: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Jewel {
    name: Spanned<Text>,
    platform: Option<Text>,
    account: Option<Text>,
    cluster: Option<Text>,
    #[serde(default)]
    actions: Vec<Text>,
    resources: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Need {
    identity: Spanned<Text>,
    #[serde(default)]
    permissions: Vec<Permission>,
    says: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Permission {
    action: Text,
    resource: Text,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Numbers {
    unused_days: Option<u32>,
    key_age_days: Option<u32>,
    #[serde(default)]
    dormant: Vec<Text>,
}

/// Reads the text of a settings file.
///
/// # Errors
/// Where it is not TOML, holds a key that means nothing, or says two things where only one can hold.
pub fn parse(text: &str) -> Result<Settings, SettingsError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let fault = |at: usize, what: String| {
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        SettingsError {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            what,
        }
    };
    let written: Written = toml::from_str(text).map_err(|error| {
        let what = error.message().trim().replace('\n', ", ");
        fault(error.span().map_or(0, |span| span.start), what)
    })?;
    let mut jewels = BTreeMap::new();
    for jewel in &written.crown_jewels {
        let name = jewel.name.get_ref();
        if jewels.insert(name, ()).is_some() {
            return Err(fault(
                jewel.name.span().start,
                format!("crown jewel `{name}` stands here twice"),
            ));
        }
        if jewel.account.is_some() && jewel.cluster.is_some() {
            let what = format!("crown jewel `{name}` names an account and a cluster: it lies in one of them");
            return Err(fault(jewel.name.span().start, what));
        }
    }
    let known = || {
        PLATFORMS
            .iter()
            .flat_map(|platform| platform.rules())
            .map(|rule| rule.name)
    };
    for name in written.rules.keys() {
        let typed = name.get_ref();
        if known().any(|known| *known == **typed) {
            continue;
        }
        let what = match nearest(typed, known()) {
            Some(near) => format!("there is no rule `{typed}` (`{near}`?)"),
            None => {
                let known: Vec<&str> = known().collect();
                format!("there is no rule `{typed}`; there are {}", known.join(", "))
            }
        };
        return Err(fault(name.span().start, what));
    }
    for need in &written.declared {
        if need.permissions.is_empty() == need.says.is_none() {
            let what = format!(
                "`{}` needs either `permissions` or `says`",
                need.identity.get_ref()
            );
            return Err(fault(need.identity.span().start, what));
        }
    }
    Ok(settings(written))
}

fn settings(written: Written) -> Settings {
    let usual = Thresholds::default();
    Settings {
        defaults: None,
        renaming: None,
        rules: written
            .rules
            .into_iter()
            .map(|(name, holds)| (name.into_inner(), holds))
            .collect(),
        name: written.name,
        accounts: written
            .accounts
            .into_iter()
            .map(|(id, account)| AccountSettings {
                id,
                name: account.name,
                environment: account.environment,
            })
            .collect(),
        clusters: written
            .clusters
            .into_iter()
            .map(|(name, cluster)| ClusterSettings {
                name,
                paths: cluster.path.into_iter().chain(cluster.paths).collect(),
                version: cluster.version,
                issuer: cluster.issuer,
                account: cluster.account,
                addresses: cluster.addresses,
                environment: cluster.environment,
            })
            .collect(),
        owners: written
            .owners
            .into_iter()
            .map(|owner| OwnerRule {
                pattern: owner.pattern,
                team: owner.team,
            })
            .collect(),
        environments: written
            .environments
            .into_iter()
            .map(|rule| EnvironmentRule {
                pattern: rule.pattern,
                environment: rule.environment,
            })
            .collect(),
        crown_jewels: written
            .crown_jewels
            .into_iter()
            .map(|jewel| CrownJewel {
                name: jewel.name.into_inner(),
                actions: jewel.actions,
                resources: jewel.resources,
                instance: jewel.account.or(jewel.cluster),
                platform: jewel.platform,
            })
            .collect(),
        declared: written
            .declared
            .into_iter()
            .map(|declared| Declared {
                identity: declared.identity.into_inner(),
                permissions: declared
                    .permissions
                    .into_iter()
                    .map(|needed| DeclaredPermission {
                        action: needed.action,
                        resource: needed.resource,
                    })
                    .collect(),
                says: declared.says,
            })
            .collect(),
        partners: written
            .partners
            .into_iter()
            .map(|partner| Partner {
                account: partner.account,
                name: partner.name,
            })
            .collect(),
        thresholds: Thresholds {
            unused_days: written.settings.unused_days.unwrap_or(usual.unused_days),
            key_age_days: written.settings.key_age_days.unwrap_or(usual.key_age_days),
        },
        dormant: written.settings.dormant,
    }
}

#[cfg(test)]
mod tests;
