//! Policies of an organization as layers: what bounds the identities of an account, and what is refused on its resources.
//!
//! Service control policies bound identities: each level from the root to the account must allow (policies of one level
//! together), and a refusal on any level refuses. They do not bind the management account nor service-linked roles; they
//! bind root users, and what other sides grant as well. Resource control policies can only refuse, on resources of the
//! accounts below, whoever asks, but service-linked roles; not `kms:RetireGrant`, nor keys that AWS manages.
//!
//! Sources: AWS Organizations User Guide, "SCP evaluation", "Service control policies (SCPs)", "Resource control policies
//! (RCPs)"; AWS KMS Developer Guide, "Resource control policies in AWS KMS".
//!
//! **Growth of cost.** Linear in levels and policies; identities of an account share what does not depend on them.

mod bind;

use std::collections::BTreeMap;

use leastwise_model::{Assumption, Side, Snapshot, Step, Text};
use leastwise_permset::{Label, Pattern, PermissionSet};
use rustc_hash::FxHashMap;

use super::holdings;
use super::resources::Spoken;
use super::units::{Titles, UnitIndex, Units};
use crate::keys::Keys;
use crate::lower::Caller;
use crate::organization::{Control, Kind, Level, Organization, State, is_full_access};
use bind::Bound;
pub use bind::Lower;

/// A policy on a level.
#[derive(Clone, Copy, Debug)]
struct Attached {
    /// What it says; nothing for the policy of AWS that allows everything.
    unit: Option<UnitIndex>,
    label: Label,
}

/// One level and its policies.
#[derive(Clone, Debug)]
struct Rung {
    node: Text,
    policies: Vec<Attached>,
}

/// A resource control policy and the accounts on whose resources it refuses.
#[derive(Clone, Debug)]
struct Refusing {
    unit: UnitIndex,
    accounts: Vec<Text>,
}

/// The organization's policies, lowered.
#[derive(Default)]
pub struct Controls {
    /// Levels of service control policies by account.
    service: BTreeMap<Text, Vec<Rung>>,
    resource: Vec<Refusing>,
    /// By account, the kinds of which nothing was exported.
    untold: BTreeMap<Text, Vec<Kind>>,
    /// Names without an account, by the account whose they are.
    buckets: BTreeMap<Text, Vec<Pattern>>,
    assumptions: FxHashMap<Text, Vec<Assumption>>,
    /// Whether policies of some resources are known.
    resources: bool,
    bounds: FxHashMap<(Text, Vec<usize>), Bound>,
    refusals: FxHashMap<Vec<usize>, PermissionSet>,
}

struct Reading<'r> {
    policies: BTreeMap<Text, Control>,
    units: &'r mut Units,
    keys: &'r mut Keys,
    snapshot: &'r mut Snapshot,
    known: BTreeMap<Text, Option<UnitIndex>>,
    labels: BTreeMap<(Text, Text), Label>,
}

impl Controls {
    /// Lowers what binds these accounts.
    pub fn read<'a>(
        mut organization: Organization,
        accounts: impl Iterator<Item = &'a Text>,
        spoken: &Spoken,
        units: &mut Units,
        keys: &mut Keys,
        snapshot: &mut Snapshot,
    ) -> Self {
        snapshot.remarks.append(&mut organization.remarks);
        let mut controls = Self {
            buckets: spoken.buckets().clone(),
            resources: spoken.is_told(),
            ..Self::default()
        };
        let mut reading = Reading {
            policies: organization.take_policies(),
            units,
            keys,
            snapshot,
            known: BTreeMap::new(),
            labels: BTreeMap::new(),
        };
        let mut refusing: BTreeMap<UnitIndex, Vec<Text>> = BTreeMap::new();
        for account in accounts {
            for kind in Kind::ALL {
                let levels = match organization.state(account, kind) {
                    State::Untold => {
                        controls.untold.entry(account.clone()).or_default().push(kind);
                        continue;
                    }
                    State::None => continue,
                    State::Levels(levels) => levels.iter().map(|level| reading.level(level, kind)).collect(),
                    State::Unknown { why, settle } => vec![reading.unknown(account, kind, &why, &settle)],
                };
                match kind {
                    Kind::Service => {
                        controls.service.insert(account.clone(), levels);
                    }
                    Kind::Resource => {
                        let units = levels.iter().flat_map(|level| &level.policies);
                        for unit in units.filter_map(|attached| attached.unit) {
                            refusing.entry(unit).or_default().push(account.clone());
                        }
                    }
                }
            }
        }
        let each = refusing.into_iter();
        controls.resource = each.map(|(unit, accounts)| Refusing { unit, accounts }).collect();
        controls
    }

    /// The layers of which nothing was exported, for an identity of this account.
    pub fn assumptions(&mut self, account: &Text) -> Vec<Assumption> {
        if let Some(known) = self.assumptions.get(account) {
            return known.clone();
        }
        let mut made: Vec<Assumption> = self.assumed(account).into_iter().collect();
        made.extend(holdings::assumptions(self.resources));
        self.assumptions.insert(account.clone(), made.clone());
        made
    }

    fn assumed(&self, account: &Text) -> Option<Assumption> {
        let command = |kind: Kind| format!("aws organizations list-policies --filter {}", kind.native());
        let own = self.untold.get(account).map(Vec::as_slice).unwrap_or_default();
        // What is asked for may lie in any account.
        let resource = self.untold.values().any(|kinds| kinds.contains(&Kind::Resource));
        let (layer, settle) = match (own.contains(&Kind::Service), resource) {
            (false, false) => return None,
            (true, true) => (
                "organization policies (service and resource control policies)".into(),
                format!("{}, and RESOURCE_CONTROL_POLICY", command(Kind::Service)),
            ),
            (true, false) => (Kind::Service.words().to_owned(), command(Kind::Service)),
            (false, true) => (Kind::Resource.words().to_owned(), command(Kind::Resource)),
        };
        Some(Assumption {
            layer: layer.into(),
            settle: settle.into(),
            side: Side::Removes,
        })
    }

    /// What resource control policies refuse on each account's own resources, to anybody.
    pub fn refused_by_account<'a>(
        &mut self,
        accounts: impl Iterator<Item = &'a Text>,
        lower: &mut Lower<'_>,
    ) -> BTreeMap<Text, PermissionSet> {
        let each = accounts.map(|id| (id.clone(), self.refused(id, Caller::Anyone, lower)));
        each.filter(|(_, set)| !set.is_plainly_empty()).collect()
    }
}

impl Reading<'_> {
    fn level(&mut self, level: &Level, kind: Kind) -> Rung {
        let policies = level.policies.iter();
        Rung {
            node: level.node.clone(),
            policies: policies.map(|id| self.attached(id, &level.node, kind)).collect(),
        }
    }

    fn attached(&mut self, id: &Text, node: &Text, kind: Kind) -> Attached {
        let unit = match self.known.get(id) {
            Some(known) => *known,
            None => {
                let made = self.unit(id, kind);
                self.known.insert(id.clone(), made);
                made
            }
        };
        let key = (id.clone(), node.clone());
        let label = match self.labels.get(&key) {
            Some(known) => *known,
            None => {
                let label = self.snapshot.add_step(Step {
                    kind: format!("attached {}", one(kind)).into(),
                    name: format!("{id} to {node}").into(),
                    statement: format!("{{\"PolicyId\":\"{id}\",\"TargetId\":\"{node}\"}}").into(),
                    location: None,
                    provided: is_full_access(id),
                });
                self.labels.insert(key, label);
                label
            }
        };
        Attached { unit, label }
    }

    fn unit(&mut self, id: &Text, kind: Kind) -> Option<UnitIndex> {
        let settle: Text = format!("aws organizations describe-policy --policy-id {id}").into();
        let Some(Control {
            name, document, spot, ..
        }) = self.policies.remove(id)
        else {
            if is_full_access(id) {
                return None;
            }
            let title: Text = format!("{} {id}", one(kind)).into();
            let why = "its document is not in the export";
            return Some(self.units.unknown(&title, why, &settle, self.snapshot));
        };
        let title: Text = format!("{} {id} ({name})", one(kind)).into();
        let document = document?;
        let titles = Titles {
            kind: &format!("{} statement", one(kind)).into(),
            name: &name,
            title,
            settle,
            provided: is_full_access(id),
            account: None,
            principals: true,
        };
        Some(
            self.units
                .add(document, spot.file, titles, self.keys, self.snapshot),
        )
    }

    fn unknown(&mut self, account: &Text, kind: Kind, why: &str, settle: &Text) -> Rung {
        let title: Text = format!("the {} of account {account}", kind.words()).into();
        let unit = self.units.unknown(&title, why, settle, self.snapshot);
        let label = self.snapshot.add_step(Step {
            kind: kind.words().into(),
            name: account.clone(),
            statement: Box::default(),
            location: None,
            provided: false,
        });
        Rung {
            node: account.clone(),
            policies: vec![Attached {
                unit: Some(unit),
                label,
            }],
        }
    }
}

fn one(kind: Kind) -> &'static str {
    match kind {
        Kind::Service => "service control policy",
        Kind::Resource => "resource control policy",
    }
}
