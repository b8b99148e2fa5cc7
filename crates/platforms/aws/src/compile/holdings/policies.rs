//! Managed policies, groups and inline policies, lowered once each, and which of them an identity holds.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{FileIndex, Remark, Snapshot, Step, Text};
use leastwise_permset::{Label, PermissionSet};

use super::Held;
use crate::compile::controls::Lower;
use crate::compile::units::{Sets, Titles, UnitIndex, Units};
use crate::compile::{is_provided, location};
use crate::export::{Attached, Entity, Group, Inline, Managed};
use crate::keys::Keys;
use crate::lower::{Caller, account_of};
use crate::policy::{Place, Sized, too_long};
use crate::sessions::Session;

/// One version of a managed policy that is not the default.
pub struct OtherVersion {
    /// The policy.
    pub arn: Text,
    /// What it says.
    pub unit: UnitIndex,
}

/// One inline policy.
pub struct InlinePolicy {
    /// Canonical name.
    pub name: Text,
    /// The account.
    pub account: Text,
    /// What it says.
    pub unit: UnitIndex,
    /// Where it stands.
    pub location: leastwise_model::Location,
}

/// One group.
pub struct Membership {
    /// Canonical id; empty for a group that is not in the export.
    pub arn: Text,
    /// What its members hold.
    pub held: Vec<Held>,
}

/// Managed policies and groups, lowered.
pub struct Policies {
    /// Default versions by ARN, also of policies that are only mentioned.
    pub managed: BTreeMap<Text, UnitIndex>,
    /// What the export says of them.
    pub described: BTreeMap<Text, Managed>,
    /// Versions that are not the default.
    pub others: Vec<OtherVersion>,
    /// Groups by account and name.
    pub groups: BTreeMap<(Text, Text), Membership>,
    /// Inline policies.
    pub inline: Vec<InlinePolicy>,
    /// Attached policies that are not in the export.
    pub(super) missing: BTreeSet<Text>,
    pub(super) words: Words,
}

/// Kinds of steps, shared.
pub(super) struct Words {
    managed: Text,
    inline: Text,
    attached: Text,
    member: Text,
    pub(super) boundary: Text,
    /// The command that shows inline policies again.
    settle: Text,
}

fn settle_policy(arn: &str) -> Text {
    format!(
        "aws iam get-account-authorization-details without --filter, or aws iam get-policy-version for {arn}"
    )
    .into()
}

fn name_of(arn: &str) -> Text {
    arn.rsplit('/').next().unwrap_or(arn).into()
}

/// Tells where AWS would not take policies because they are too long.
fn remark_length(
    of: Sized,
    title: &str,
    arn: &str,
    (characters, place, file): (usize, &Place, FileIndex),
    snapshot: &mut Snapshot,
) {
    if let Some(why) = too_long(of, arn, characters) {
        snapshot.remarks.push(Remark {
            location: Some(location(file, place)),
            what: format!("AWS would not take {title}: {why}").into(),
            hint: "part it into several managed policies".into(),
            loses: false,
        });
    }
}

impl Policies {
    /// Lowers managed policies and the policies of groups.
    pub fn read(
        managed: BTreeMap<Text, Managed>,
        groups: Vec<Group>,
        units: &mut Units,
        keys: &mut Keys,
        snapshot: &mut Snapshot,
    ) -> Self {
        let mut policies = Self {
            managed: BTreeMap::new(),
            described: BTreeMap::new(),
            others: Vec::new(),
            groups: BTreeMap::new(),
            inline: Vec::new(),
            missing: BTreeSet::new(),
            words: Words {
                managed: "managed policy statement".into(),
                inline: "inline policy statement".into(),
                attached: "attached managed policy".into(),
                member: "group membership".into(),
                boundary: "permissions boundary".into(),
                settle: "aws iam get-account-authorization-details".into(),
            },
        };
        for (arn, mut policy) in managed {
            policies.versions(&arn, &mut policy, units, keys, snapshot);
            policies.described.insert(arn, policy);
        }
        for group in groups {
            let mut entity = group.entity;
            let held = policies.own(&mut entity, units, keys, snapshot);
            let account: Text = account_of(&entity.arn).unwrap_or_default().into();
            let membership = Membership {
                arn: entity.arn.clone(),
                held,
            };
            policies.groups.insert((account, entity.name), membership);
        }
        policies
    }

    fn versions(
        &mut self,
        arn: &Text,
        policy: &mut Managed,
        units: &mut Units,
        keys: &mut Keys,
        snapshot: &mut Snapshot,
    ) {
        let name = name_of(arn);
        // Without a mark, a single version is the default.
        let alone = policy.versions.len() == 1;
        for version in &mut policy.versions {
            let Some(document) = version.document.take() else {
                continue;
            };
            let titles = Titles {
                kind: &self.words.managed,
                name: &name,
                title: if version.default || alone {
                    format!("policy {arn}").into()
                } else {
                    format!("version {} of policy {arn}", version.id).into()
                },
                settle: settle_policy(arn),
                provided: is_provided(arn),
                account: account_of(arn).map(Text::from),
                principals: false,
            };
            if !titles.provided {
                let whole = (document.characters, &document.place, policy.spot.file);
                remark_length(Sized::Managed, &titles.title, arn, whole, snapshot);
            }
            let unit = units.add(document, policy.spot.file, titles, keys, snapshot);
            if version.default || alone {
                self.managed.insert(arn.clone(), unit);
            } else {
                self.others.push(OtherVersion {
                    arn: arn.clone(),
                    unit,
                });
            }
        }
    }

    /// The default version of a managed policy; unknown where the export lacks it.
    pub(super) fn policy(
        &mut self,
        arn: &Text,
        units: &mut Units,
        snapshot: &mut Snapshot,
    ) -> (UnitIndex, bool) {
        let described = self.described.contains_key(arn);
        if let Some(unit) = self.managed.get(arn) {
            return (*unit, described);
        }
        let title: Text = format!("policy {arn}").into();
        let why = "its document is not in the export";
        let unit = units.unknown(&title, why, &settle_policy(arn), snapshot);
        self.managed.insert(arn.clone(), unit);
        (unit, described)
    }

    /// What an entity holds by itself.
    fn own(
        &mut self,
        entity: &mut Entity,
        units: &mut Units,
        keys: &mut Keys,
        snapshot: &mut Snapshot,
    ) -> Vec<Held> {
        let mut held = Vec::with_capacity(entity.inline.len() + entity.attached.len());
        let characters = entity.inline.iter().map(|one| one.document.characters).sum();
        let title = format!("the inline policies of {}", entity.arn);
        let whole = (characters, &entity.spot.place, entity.spot.file);
        remark_length(Sized::Inline, &title, &entity.arn, whole, snapshot);
        for Inline { name, document } in std::mem::take(&mut entity.inline) {
            let titles = Titles {
                kind: &self.words.inline,
                name: &name,
                title: format!("inline policy {name} of {}", entity.arn).into(),
                settle: self.words.settle.clone(),
                provided: false,
                account: account_of(&entity.arn).map(Text::from),
                principals: false,
            };
            let (place, file) = (document.place.clone(), document.file.unwrap_or(entity.spot.file));
            let unit = units.add(document, file, titles, keys, snapshot);
            self.inline.push(InlinePolicy {
                name: format!("{}/{name}", entity.arn).into(),
                account: account_of(&entity.arn).unwrap_or_default().into(),
                unit,
                location: location(file, &place),
            });
            held.push(Held {
                unit,
                steps: [None, None],
            });
        }
        for attached in &entity.attached {
            let label = self.attachment(attached, entity.spot.file, snapshot);
            let (unit, described) = self.policy(&attached.arn, units, snapshot);
            if !described {
                self.missing.insert(attached.arn.clone());
            }
            held.push(Held {
                unit,
                steps: [None, Some(label)],
            });
        }
        held
    }

    fn attachment(&self, attached: &Attached, file: FileIndex, snapshot: &mut Snapshot) -> Label {
        snapshot.add_step(Step {
            kind: self.words.attached.clone(),
            name: attached.arn.clone(),
            statement: format!("{{\"PolicyArn\":\"{}\"}}", attached.arn).into(),
            location: Some(location(file, &attached.place)),
            provided: false,
        })
    }

    /// What the policies that were passed to a session let through, and what they refuse, also document by document.
    pub fn of_session(
        &mut self,
        session: Session,
        caller: Caller<'_>,
        lower: &mut Lower<'_>,
    ) -> (Sets, Vec<(UnitIndex, PermissionSet)>) {
        let Lower {
            units,
            keys,
            snapshot,
        } = lower;
        let mut parts: Vec<(UnitIndex, Option<Label>)> = Vec::with_capacity(session.managed.len() + 1);
        if let Some(document) = session.inline {
            let titles = Titles {
                kind: &"session policy statement".into(),
                name: &session.arn,
                title: format!("the policy of session {}", session.arn).into(),
                settle: "aws sts assume-role --generate-cli-skeleton input".into(),
                provided: false,
                account: account_of(&session.arn).map(Text::from),
                principals: false,
            };
            parts.push((
                units.add(document, session.spot.file, titles, keys, snapshot),
                None,
            ));
        }
        for attached in &session.managed {
            let label = snapshot.add_step(Step {
                kind: "policy passed to the session".into(),
                name: attached.arn.clone(),
                statement: format!("{{\"arn\":\"{}\"}}", attached.arn).into(),
                location: Some(location(session.spot.file, &attached.place)),
                provided: false,
            });
            parts.push((self.policy(&attached.arn, units, snapshot).0, Some(label)));
        }
        let mut denies = Vec::new();
        let sets = parts.into_iter().map(|(unit, label)| {
            let own = units.sets(unit, caller, keys, snapshot);
            if !own.denies.is_plainly_empty() {
                denies.push((unit, own.denies.clone()));
            }
            match label {
                Some(label) => own.labelled(label),
                None => own,
            }
        });
        (Sets::together(sets.collect::<Vec<_>>()), denies)
    }

    /// All documents that an identity holds.
    pub fn held(
        &mut self,
        entity: &mut Entity,
        groups: &[(Text, Place)],
        units: &mut Units,
        keys: &mut Keys,
        snapshot: &mut Snapshot,
    ) -> Vec<Held> {
        let mut held = self.own(entity, units, keys, snapshot);
        let account: Text = account_of(&entity.arn).unwrap_or_default().into();
        for (name, place) in groups {
            let label = snapshot.add_step(Step {
                kind: self.words.member.clone(),
                name: name.clone(),
                statement: format!("member of group {name}").into(),
                location: Some(location(entity.spot.file, place)),
                provided: false,
            });
            let key = (account.clone(), name.clone());
            if !self.groups.contains_key(&key) {
                let title: Text = format!("group {name} of account {account}").into();
                let settle = "aws iam get-account-authorization-details without --filter".into();
                let unit = units.unknown(&title, "it is not in the export", &settle, snapshot);
                let held = vec![Held {
                    unit,
                    steps: [None, None],
                }];
                let arn = "".into();
                self.groups.insert(key.clone(), Membership { arn, held });
            }
            let members = self
                .groups
                .get(&key)
                .map(|group| group.held.as_slice())
                .unwrap_or_default();
            held.extend(members.iter().map(|one| Held {
                unit: one.unit,
                steps: [Some(label), one.steps[1]],
            }));
        }
        held
    }

    /// The canonical ids of groups, as far as the export has them.
    pub fn group_ids(&self, account: &Text, names: &[(Text, Place)]) -> Vec<Text> {
        let known = names
            .iter()
            .filter_map(|(name, _)| self.groups.get(&(account.clone(), name.clone())));
        known
            .map(|group| group.arn.clone())
            .filter(|arn| !arn.is_empty())
            .collect()
    }
}
