//! What an audit log would have shown: the list of audit devices, or what its entries let one conclude.
//!
//! A device writes every request that comes with a token, unless it has a filter. So a server of which a device without one is
//! told shows everything; of one whose devices are not told that is assumed. The log names entities: what a role or a token
//! did stands there under its entity. Sources: HashiCorp Vault documentation, "Audit devices", "Filter syntax for audit
//! results"; openbao/openbao `vault/audit.go`.

use std::collections::BTreeMap;
use std::sync::Arc;

use leastwise_document::{Item, Node};
use leastwise_model::{
    Identity, Instance, LogCoverage, LogScope, Remark, ShownBy, Sighting, Source, Taken, Text, Unshown,
};
use leastwise_permset::{PermissionSet, Region, Strings};

use crate::operation::Operation;
use crate::usage::KIND;

/// What is known of audit devices.
#[derive(Debug, Default)]
pub(crate) struct Devices {
    /// Where a list of them stands, and whether one of them writes everything.
    told: Option<(Text, bool)>,
    /// The servers of which there are entries; the empty name where the log does not say.
    logged: Vec<Text>,
    known: BTreeMap<(Text, bool), Arc<LogCoverage>>,
}

impl LogScope for Devices {
    fn take(&mut self, path: &str, item: Item, remarks: &mut Vec<Remark>) -> Taken {
        // As the command prints it, or as the API answers.
        let list = item.node.get("data").unwrap_or(&item.node);
        if !is_list(list) {
            return Taken::No(Box::new(item));
        }
        let place = format!("{path}:{}", item.node.position().line);
        let mut whole = false;
        for (name, device) in list.entries() {
            let option = |name: &str| device.get("options").and_then(|options| options.get(name));
            let filtered = ["filter", "exclude"].iter().any(|name| {
                option(name)
                    .and_then(Node::scalar)
                    .is_some_and(|text| !text.is_empty())
            });
            if filtered {
                remarks.push(Remark {
                    location: None,
                    what: format!(
                        "{place}: the device `{}` leaves something out; it counts as recording nothing",
                        name.text
                    )
                    .into(),
                    hint: "enable a device without `filter` and `exclude`, and look again after a quarter"
                        .into(),
                    loses: true,
                });
            }
            whole |= !filtered;
        }
        self.told = Some((place.as_str().into(), whole));
        Taken::Yes
    }

    fn source(&mut self, source: &Source<'_>) {
        if source.platform == "vault" && source.kind == KIND {
            self.logged.push(source.instance.into());
        }
    }

    fn sighting(&mut self, _sighting: &Sighting<'_>) {}

    fn coverage(&mut self, instance: &Instance, identity: &Identity) -> Arc<LogCoverage> {
        let named = identity.names.iter().any(|name| is_entity_id(name));
        let key = (instance.name.clone(), named);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let coverage = Arc::new(self.of(instance, named));
        self.known.insert(key, coverage.clone());
        coverage
    }
}

fn nothing(why: &str, settle: &str) -> LogCoverage {
    LogCoverage {
        unshown: vec![Unshown {
            requests: PermissionSet::everything(),
            why: why.into(),
            settle: settle.into(),
        }],
        ..LogCoverage::default()
    }
}

impl Devices {
    fn of(&self, instance: &Instance, named: bool) -> LogCoverage {
        if !self
            .logged
            .iter()
            .any(|name| name.is_empty() || **name == *instance.name)
        {
            let why = format!("the logs hold no record of {}", instance.title);
            return nothing(&why, "give what its audit device writes with --usage");
        }
        if !named {
            return nothing(
                "the audit log names entities, and no entity is known to be this one alone",
                "ask for the entity: `leastwise identities` lists them",
            );
        }
        let (what, assumed) = match &self.told {
            Some((place, true)) => (
                format!("every request with a token, as the list of audit devices ({place}) says"),
                false,
            ),
            Some((place, false)) => {
                let why =
                    format!("every device of the list ({place}) leaves something out, or there is none");
                return nothing(
                    &why,
                    "enable one without `filter` and `exclude`, and look again after a quarter",
                );
            }
            None => (
                "every request with a token: audit devices leave out nothing unless they have a filter"
                    .to_owned(),
                true,
            ),
        };
        let sudo = Strings::literal(Operation::Sudo.as_str());
        LogCoverage {
            unshown: vec![Unshown {
                requests: Region::new(sudo, Strings::any()).into(),
                why: "the log does not tell whether a path asked for `sudo` besides".into(),
                settle: Text::default(),
            }],
            shown_by: vec![ShownBy {
                what: what.into(),
                assumed,
            }],
            ..LogCoverage::default()
        }
    }
}

/// Whether this is a list of audit devices, by path.
fn is_list(node: &Node) -> bool {
    let entries = node.entries();
    let device = |device: &Node| {
        let kind = device.get("type").and_then(Node::text);
        device.get("options").is_some() && matches!(kind, Some("file" | "socket" | "syslog" | "http"))
    };
    !entries.is_empty() && entries.iter().all(|(_, entry)| device(entry))
}

/// Whether this is the id of an entity: a UUID, outside of the root namespace with that of the namespace behind it.
fn is_entity_id(name: &str) -> bool {
    let uuid = name.split('.').next().unwrap_or_default();
    uuid.len() == 36
        && uuid.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
