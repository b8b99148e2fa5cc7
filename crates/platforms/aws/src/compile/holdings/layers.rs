//! The layers of one identity: what its documents and others' trust grant, within its boundary, less what is refused.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{Effect, Layer, Snapshot, Step, Text};
use leastwise_permset::{Case, Emptiness, Limits, Pattern, PermissionSet, Region, Strings};

use super::{
    BOUNDARY, BOUNDARY_LAYER, Held, Holder, IDENTITY_POLICIES, Policies, RESOURCES, Restraint, TRUST_POLICIES,
};
use crate::compile::accounts::{Reach, assume};
use crate::compile::location;
use crate::compile::resources::Share;
use crate::compile::units::{Sets, Units};
use crate::export::{Attached, Entity};
use crate::keys::Keys;
use crate::lower::Caller;

impl Policies {
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
        let shared = |set: fn(&Share) -> &PermissionSet| holder.shared(set);
        let (everybody, sessions) = (holder.everybody(), holder.spoken.sessions(holder.index));
        let named = list(holder.admitted.here.get(&holder.index)).union(&holder.spoken.here(holder.index));
        let trusted = PermissionSet::union_of([named.clone(), everybody.clone(), sessions.clone()]);
        let refused = holder.spoken.refused(holder.account, holder.index, &allows);
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
                grants(IDENTITY_POLICIES, reach.at_home(&allows, assumes).union(&always));
                let elsewhere = list(holder.admitted.elsewhere.get(&holder.index));
                let admitted = reach.admitted.union(&elsewhere);
                let admitted = if assumes {
                    less_unpassed(admitted, &holder.admitted.also, &allows.difference(&denies))
                } else {
                    admitted
                };
                let beyond = reach.share.admitted.union(&holder.spoken.elsewhere(holder.index));
                if !beyond.is_plainly_empty() && !allows.is_plainly_empty() {
                    grants(
                        "identity policies and the policies of resources",
                        beyond.intersection(&allows),
                    );
                }
                if assumes && !admitted.is_plainly_empty() {
                    let both = PermissionSet::intersection_of([reach.assume.clone(), allows, admitted]);
                    grants("identity policies and the trust policies of roles", both);
                }
            }
            None => grants(IDENTITY_POLICIES, allows.union(&always)),
        }
        grants(TRUST_POLICIES, trusted.clone());
        if !denies.is_plainly_empty() {
            layers.push(Layer {
                effect: Effect::Denies,
                title: "identity policy denies".into(),
                set: denies,
            });
        }
        // A grant may be of anything.
        let of_all = [
            shared(|share| &share.denies),
            holder.spoken.refused_by_name(holder.index),
        ];
        let of_all = of_all.into_iter().filter(|set| !set.is_plainly_empty());
        restraint.denies.extend(of_all.map(|set| (RESOURCES, set)));
        if !refused.is_plainly_empty() {
            layers.push(Layer {
                effect: Effect::Denies,
                title: "resource policy denies of what is granted".into(),
                set: refused,
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
            let mut past = vec![lets.allows, always, sessions];
            past.extend(holder.rules.star.then_some(everybody));
            past.extend((!holder.role).then_some(named));
            let bound = PermissionSet::union_of(past);
            restraint.bound = Some(bound.clone());
            layers.push(Layer {
                effect: Effect::Bounds { others: holder.role },
                title: BOUNDARY_LAYER.into(),
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
}

fn list(sets: Option<&Vec<PermissionSet>>) -> PermissionSet {
    PermissionSet::union_of(sets.into_iter().flatten().cloned())
}

impl Holder<'_> {
    fn shared(&self, set: fn(&Share) -> &PermissionSet) -> PermissionSet {
        let share = self.reach.get(self.account).map(|reach| &reach.share);
        share.map_or_else(PermissionSet::empty, |share| set(share).clone())
    }

    /// What policies of resources and of roles of its account grant to everybody.
    pub fn everybody(&self) -> PermissionSet {
        list(self.admitted.open.get(self.account)).union(&self.shared(|share| &share.open))
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
    let mut layers = vec![Layer {
        effect: Effect::Grants,
        title: "root user of the account".into(),
        set: all.labelled(label),
    }];
    let Some(share) = reach.get(account).map(|reach| &reach.share) else {
        return layers;
    };
    let granted = share.open.union(&share.admitted);
    if !granted.is_plainly_empty() {
        layers.push(Layer {
            effect: Effect::Grants,
            title: "policies of resources".into(),
            set: granted,
        });
    }
    if !share.denies.is_plainly_empty() {
        // Nothing takes the policy of an own bucket out of its hands.
        let policies = [
            "s3:GetBucketPolicy",
            "s3:PutBucketPolicy",
            "s3:DeleteBucketPolicy",
        ];
        let actions = Strings::any_of(policies.map(|action| Pattern::glob(action, Case::Folded)));
        let spared = PermissionSet::intersection_of(
            [Region::new(actions, Strings::any()).into()]
                .into_iter()
                .chain(reach.get(account).into_iter().flat_map(|reach| reach.own.clone())),
        );
        layers.push(Layer {
            effect: Effect::Denies,
            title: "resource policy denies".into(),
            set: share.denies.difference(&spared),
        });
    }
    layers
}
