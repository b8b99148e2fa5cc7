//! What the people who own an estate say about it in `leastwise.toml`, as values.

use crate::{Identity, Owner, Text};
use leastwise_permset::{Case, Context, Pattern};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What `leastwise.toml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// What people call the estate.
    pub name: Option<Text>,
    /// Accounts by id.
    pub accounts: Vec<AccountSettings>,
    /// Clusters by name.
    pub clusters: Vec<ClusterSettings>,
    /// Who owns what, first match wins.
    pub owners: Vec<OwnerRule>,
    /// Which stage is whose, first match wins.
    #[serde(default)]
    pub environments: Vec<EnvironmentRule>,
    /// What must not fall.
    pub crown_jewels: Vec<CrownJewel>,
    /// What identities are meant for.
    pub declared: Vec<Declared>,
    /// Accounts of others that are known.
    pub partners: Vec<Partner>,
    /// What counts as old or unused.
    pub thresholds: Thresholds,
    /// Canonical ids or patterns of identities that are silent by design.
    pub dormant: Vec<Text>,
    /// The release whose default grants are assumed where an export does not hold them, by a platform that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defaults: Option<Text>,
    /// How rules of platforms that no document settles are read, by name, where not as the platform reads them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<Text, bool>,
    /// What is taken to be called otherwise from now on, by a platform whose tokens name it.
    #[serde(skip)]
    pub renaming: Option<Renaming>,
}

/// What is taken to be called otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renaming {
    /// What it is called.
    pub from: Text,
    /// What it would be called.
    pub to: Text,
}

impl Settings {
    /// Names the owners that the settings know, over what exports tell: the first rule that speaks of an identity wins.
    /// Identities times rules.
    pub fn name_owners<'i>(&self, identities: impl IntoIterator<Item = &'i mut Identity>) {
        let rules = self.owners.iter().map(|rule| (&rule.pattern, &rule.team));
        first_of(rules, identities, |identity, team| {
            identity.owner = Some(Owner {
                team: team.clone(),
                source: "leastwise.toml".into(),
            });
        });
    }

    /// Names the stages that the settings know, over what exports tell, likewise.
    pub fn name_environments<'i>(&self, identities: impl IntoIterator<Item = &'i mut Identity>) {
        let rules = self.environments.iter();
        let rules = rules.map(|rule| (&rule.pattern, &rule.environment));
        first_of(rules, identities, |identity, environment| {
            identity.environment = Some(environment.clone());
        });
    }
}

/// Does something with every identity that a rule speaks of, and with what the first such rule says.
fn first_of<'i, 'r>(
    rules: impl Iterator<Item = (&'r Text, &'r Text)>,
    identities: impl IntoIterator<Item = &'i mut Identity>,
    each: impl Fn(&mut Identity, &Text),
) {
    let rules: Vec<(Pattern, &Text)> = rules
        .map(|(pattern, says)| (Pattern::glob(pattern, Case::Exact), says))
        .collect();
    if rules.is_empty() {
        return;
    }
    let nothing = Context::new();
    for identity in identities {
        let known = [&identity.id].into_iter().chain(&identity.names);
        let known: Vec<&Text> = known.collect();
        let speaks = |pattern: &Pattern| known.iter().any(|name| pattern.matches(name, &nothing));
        if let Some((_, says)) = rules.iter().find(|(pattern, _)| speaks(pattern)) {
            each(identity, says);
        }
    }
}

/// An account of somebody else that may be trusted without being ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    /// The platform's id of it.
    pub account: Text,
    /// Who it is.
    pub name: Option<Text>,
}

/// From when on something is old or unused, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thresholds {
    /// An identity or credential not used for longer is unused.
    pub unused_days: u32,
    /// A credential older than this should have been rotated.
    pub key_age_days: u32,
}

impl Default for Thresholds {
    /// Ninety days without use; a year without rotation.
    fn default() -> Self {
        Self {
            unused_days: 90,
            key_age_days: 365,
        }
    }
}

/// An account by its id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSettings {
    /// The platform's id of it.
    pub id: Text,
    /// What people call it.
    pub name: Option<Text>,
    /// Its stage.
    pub environment: Option<Text>,
}

/// A cluster by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterSettings {
    /// Its name, used in canonical ids.
    pub name: Text,
    /// Files or folders of its exports, relative to the settings file, with `/`.
    pub paths: Vec<Text>,
    /// Its release, such as `1.33`.
    pub version: Option<Text>,
    /// The issuer of its workload tokens.
    pub issuer: Option<Text>,
    /// The account it runs in.
    pub account: Option<Text>,
    /// Where clients find it: `host` or `host:port`.
    pub addresses: Vec<Text>,
    /// Its stage.
    pub environment: Option<Text>,
}

/// `team` owns the identities whose canonical id or another name matches `pattern` (`*` and `?`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerRule {
    /// Over canonical ids and other names.
    pub pattern: Text,
    /// The team.
    pub team: Text,
}

/// Identities whose canonical id or another name matches `pattern` (`*` and `?`) are of `environment`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentRule {
    /// Over canonical ids and other names.
    pub pattern: Text,
    /// The stage.
    pub environment: Text,
}

/// A resource that must not fall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrownJewel {
    /// What people call it.
    pub name: Text,
    /// Action patterns that count as reaching it.
    pub actions: Vec<Text>,
    /// Resource patterns, as the platform writes resources.
    pub resources: Vec<Text>,
    /// Only on this instance (account id or cluster name), if given.
    pub instance: Option<Text>,
    /// Only on this platform, if given.
    pub platform: Option<Text>,
}

/// What an identity is meant for, according to its owner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// Canonical id or pattern.
    pub identity: Text,
    /// The permissions it needs: all of them and nothing else, unless `says` stands in their place.
    pub permissions: Vec<DeclaredPermission>,
    /// What its owner says in a word, such as `read-only`, where no permissions are listed.
    pub says: Option<Text>,
}

/// One permission that an owner declares as needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredPermission {
    /// Action pattern.
    pub action: Text,
    /// Resource pattern.
    pub resource: Text,
}
