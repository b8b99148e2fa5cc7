//! What each identity holds: its policies, those of its groups, its boundary.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leastwise_model::{
    Assumption, Dangling, DanglingKind, Effect, Facts, FileIndex, IdentityIndex, Layer, Side, Snapshot, Step,
    Text,
};
use leastwise_permset::{Case, Emptiness, Label, Limits, Pattern, PermissionSet, Region, Strings};
use rustc_hash::FxHashMap;

use super::accounts::{Accounts, Reach, assume};
use super::people::Person;
use super::trusts::Admitted;
use super::units::{Sets, Titles, UnitIndex, Units};
use super::{is_provided, location};
use crate::export::{Attached, Entity, Group, Inline, Managed};
use crate::keys::Keys;
use crate::lower::{Caller, account_of};
use crate::policy::Place;

/// The layers that account authorization details do not hold.
pub fn assumptions() -> Vec<Assumption> {
    use std::sync::OnceLock;
    static LAYERS: OnceLock<Vec<Assumption>> = OnceLock::new();
    LAYERS
        .get_or_init(|| {
            vec![
                Assumption {
                    layer: "organization policies (service and resource control policies)".into(),
                    settle: "aws organizations list-policies --filter SERVICE_CONTROL_POLICY, and RESOURCE_CONTROL_POLICY"
                        .into(),
                    side: Side::Removes,
                },
                Assumption {
                    layer: "policies on resources, of sessions and of VPC endpoints; who owns a resource whose name carries no account"
                        .into(),
                    settle: "aws s3api get-bucket-policy, aws kms get-key-policy, and the like for each service".into(),
                    side: Side::Both,
                },
            ]
        })
        .clone()
}

/// Stands for the boundary among documents that refuse something.
pub const BOUNDARY: UnitIndex = UnitIndex(u32::MAX);

/// The layer of what trust policies grant, whatever an identity's own policies say.
pub const TRUST_POLICIES: &str = "trust policies";

/// One document that an identity holds, and by which steps.
#[derive(Clone, Debug)]
pub struct Held {
    /// The document.
    pub unit: UnitIndex,
    /// Steps from the identity to the document, outermost first.
    pub steps: [Option<Label>; 2],
}

/// What keeps a grant to an identity from taking full effect.
#[derive(Clone, Debug, Default)]
pub struct Restraint {
    /// What its boundary lets through.
    pub bound: Option<PermissionSet>,
    /// Refusals, by the document that holds them.
    pub denies: Vec<(UnitIndex, PermissionSet)>,
}

/// An identity, as far as its layers need it.
pub struct Holder<'a> {
    /// In the snapshot.
    pub index: IdentityIndex,
    /// Its account.
    pub account: &'a Text,
    /// What follows from who it is.
    pub facts: &'a Facts,
    /// What trust policies let through.
    pub admitted: &'a Admitted,
    /// What an account's policies can reach.
    pub reach: &'a BTreeMap<Text, Reach>,
    /// Whether it is a role.
    pub role: bool,
    /// The unique id of a role.
    pub unique: Option<&'a str>,
}

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
    missing: BTreeSet<Text>,
    words: Words,
}

/// Kinds of steps, shared.
struct Words {
    managed: Text,
    inline: Text,
    attached: Text,
    member: Text,
    boundary: Text,
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
            };
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
    fn policy(&mut self, arn: &Text, units: &mut Units, snapshot: &mut Snapshot) -> (UnitIndex, bool) {
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
        for Inline { name, document } in std::mem::take(&mut entity.inline) {
            let titles = Titles {
                kind: &self.words.inline,
                name: &name,
                title: format!("inline policy {name} of {}", entity.arn).into(),
                settle: self.words.settle.clone(),
                provided: false,
                account: account_of(&entity.arn).map(Text::from),
            };
            let place = document.place.clone();
            let unit = units.add(document, entity.spot.file, titles, keys, snapshot);
            self.inline.push(InlinePolicy {
                name: format!("{}/{name}", entity.arn).into(),
                account: account_of(&entity.arn).unwrap_or_default().into(),
                unit,
                location: location(entity.spot.file, &place),
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

    /// The layers of an identity, and what keeps further grants to it within bounds.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one identity and what is shared by all"
    )]
    pub fn layers(
        &mut self,
        holder: &Holder<'_>,
        held: &[Held],
        entity: &Entity,
        boundary: Option<&Attached>,
        units: &mut Units,
        keys: &mut Keys,
        snapshot: &mut Snapshot,
    ) -> (Vec<Layer>, Restraint) {
        let caller = Caller::Identity(holder.facts, holder.unique);
        let mut restraint = Restraint::default();
        let mut parts = Vec::with_capacity(held.len() + 1);
        let mut at = 0;
        while let Some(one) = held.get(at) {
            // What one group gives stands together under the membership.
            let together = held
                .iter()
                .skip(at)
                .take_while(|next| next.steps[0].is_some() && next.steps[0] == one.steps[0]);
            let count = together.count().max(1);
            let documents = held.get(at..at + count).unwrap_or_default();
            let mut sets = Vec::with_capacity(count);
            for document in documents {
                let own = units.sets(document.unit, caller, keys, snapshot);
                if !own.denies.is_plainly_empty() {
                    restraint.denies.push((document.unit, own.denies.clone()));
                }
                sets.push(match document.steps[1] {
                    Some(label) => own.labelled(label),
                    None => own,
                });
            }
            let sets = if let [one] = sets.as_slice() {
                one.clone()
            } else {
                Sets::together(sets)
            };
            parts.push(match one.steps[0] {
                Some(label) => sets.labelled(label),
                None => sets,
            });
            at += count;
        }
        let Sets { allows, denies } = Sets::together(parts);
        let always = units.always().clone();
        let assumes = held.iter().any(|one| units.assumes(one.unit));
        let list =
            |sets: Option<&Vec<PermissionSet>>| PermissionSet::union_of(sets.into_iter().flatten().cloned());
        let open = list(holder.admitted.open.get(holder.account));
        let trusted = list(holder.admitted.here.get(&holder.index)).union(&open);
        let mut layers = Vec::with_capacity(4);
        let mut grants = |title: &str, set: PermissionSet| {
            if !set.is_plainly_empty() {
                layers.push(Layer {
                    effect: Effect::Grants,
                    title: title.into(),
                    set,
                });
            }
        };
        match holder.reach.get(holder.account) {
            Some(reach) => {
                grants(
                    "identity policies",
                    reach.at_home(&allows, assumes).union(&always),
                );
                let elsewhere = list(holder.admitted.elsewhere.get(&holder.index));
                let admitted = reach.admitted.union(&elsewhere);
                let admitted = if assumes {
                    less_unpassed(admitted, &holder.admitted.also, &allows.difference(&denies))
                } else {
                    admitted
                };
                if assumes && !admitted.is_plainly_empty() {
                    let both = PermissionSet::intersection_of([reach.assume.clone(), allows, admitted]);
                    grants("identity policies and the trust policies of roles", both);
                }
            }
            None => grants("identity policies", allows.union(&always)),
        }
        grants(TRUST_POLICIES, trusted.clone());
        if !denies.is_plainly_empty() {
            layers.push(Layer {
                effect: Effect::Denies,
                title: "identity policy denies".into(),
                set: denies,
            });
        }
        if let Some(boundary) = boundary {
            let label = snapshot.add_step(Step {
                kind: self.words.boundary.clone(),
                name: boundary.arn.clone(),
                statement: format!("{{\"PermissionsBoundaryArn\":\"{}\"}}", boundary.arn).into(),
                location: Some(location(entity.spot.file, &boundary.place)),
                provided: false,
            });
            let (unit, _) = self.policy(&boundary.arn, units, snapshot);
            let own = units.sets(unit, caller, keys, snapshot);
            let lets = own.labelled(label);
            // A trust that names a user, or everybody, is not held back by a boundary.
            let past = if holder.role { open } else { trusted };
            let bound = PermissionSet::union_of([lets.allows, always, past]);
            restraint.bound = Some(bound.clone());
            layers.push(Layer {
                effect: Effect::Bounds { others: holder.role },
                title: "permissions boundary".into(),
                set: bound,
            });
            if !lets.denies.is_plainly_empty() {
                restraint.denies.push((BOUNDARY, own.denies));
                layers.push(Layer {
                    effect: Effect::Denies,
                    title: "permissions boundary denies".into(),
                    set: lets.denies,
                });
            }
        }
        (layers, restraint)
    }

    /// Attachments of policies that are not there.
    pub fn dangling(&self, people: &[Person], accounts: &Accounts, snapshot: &mut Snapshot) {
        let mut holders: FxHashMap<UnitIndex, Vec<(IdentityIndex, Label)>> = FxHashMap::default();
        let missing: BTreeMap<UnitIndex, &Text> = self
            .missing
            .iter()
            .filter_map(|arn| Some((*self.managed.get(arn)?, arn)))
            .collect();
        if missing.is_empty() {
            return;
        }
        for person in people {
            for held in person.held.iter().filter(|held| missing.contains_key(&held.unit)) {
                if let Some(label) = held.steps[1] {
                    holders.entry(held.unit).or_default().push((person.index, label));
                }
            }
        }
        for (unit, arn) in missing {
            let holders = holders.remove(&unit).unwrap_or_default();
            let Some((first, step)) = holders.first().copied() else {
                continue;
            };
            let account = people
                .iter()
                .find(|person| person.index == first)
                .map(|person| &person.account);
            let Some(account) = account.and_then(|account| accounts.get(account)) else {
                continue;
            };
            let mut subjects: Vec<IdentityIndex> = holders.into_iter().map(|(index, _)| index).collect();
            subjects.dedup();
            snapshot.dangling.push(Dangling {
                kind: DanglingKind::Entitlement,
                instance: account.instance,
                missing: arn.clone(),
                subjects,
                gives: None,
                armed_by: (!is_provided(arn)).then(|| ("iam:CreatePolicy".into(), arn.clone())),
                step,
                // AWS does not delete a policy that is attached: the export is what lacks it.
                complete: false,
            });
        }
    }
}

/// What trust policies admit, less the roles that ask for tags or a source identity which these policies do not let the
/// caller pass.
fn less_unpassed(
    admitted: PermissionSet,
    also: &BTreeMap<Text, BTreeSet<&'static str>>,
    allowed: &PermissionSet,
) -> PermissionSet {
    let lacks = |role: &Text, action: &str| {
        let actions = Strings::one(Pattern::glob(action, Case::Folded));
        let asked = PermissionSet::from(Region::new(actions, Strings::literal(role)));
        let both = allowed.intersection(&asked);
        matches!(both.emptiness(&Limits::default()), Emptiness::Empty)
    };
    let unpassed: Vec<Pattern> = also
        .iter()
        .filter(|(role, actions)| actions.iter().any(|action| lacks(role, action)))
        .map(|(role, _)| Pattern::literal(role))
        .collect();
    if unpassed.is_empty() {
        return admitted;
    }
    admitted.difference(&Region::new(assume(), Strings::any_of(unpassed)).into())
}

/// What the root user of an account holds: everything on the account's own resources, but it takes on no role.
pub fn root_layers(account: &Text, reach: &BTreeMap<Text, Reach>, snapshot: &mut Snapshot) -> Vec<Layer> {
    let label = snapshot.add_step(Step {
        kind: "root user".into(),
        name: account.clone(),
        statement: Box::default(),
        location: None,
        provided: true,
    });
    let all = match reach.get(account) {
        Some(reach) => reach.at_home(&PermissionSet::everything(), true),
        None => PermissionSet::everything(),
    };
    vec![Layer {
        effect: Effect::Grants,
        title: "root user of the account".into(),
        set: all.labelled(label),
    }]
}

/// A shared list of one.
pub fn alone(index: IdentityIndex) -> Arc<[IdentityIndex]> {
    Arc::from([index])
}
