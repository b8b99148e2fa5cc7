//! What an organization's policies come to for one identity.

use leastwise_model::{Effect, Layer, Side, Snapshot, Text};
use leastwise_permset::{Case, Guard, Node, Pattern, PermissionSet, Region, Strings};

use super::{Attached, Controls};
use crate::catalogue::Catalogue;
use crate::compile::accounts::of_account;
use crate::compile::holdings::{CONTROLS, Restraint};
use crate::compile::units::{Sets, Units};
use crate::keys::Keys;
use crate::lower::{Caller, Lowering};

/// What bounds the identities of an account alike.
#[derive(Clone, Debug)]
pub struct Bound {
    /// What each level lets through, where that is not everything.
    levels: Vec<(Text, PermissionSet)>,
    /// What service control policies refuse.
    denies: PermissionSet,
    /// What the levels do not let through, as a refusal.
    outside: PermissionSet,
}

/// Everything that lowering needs.
pub struct Lower<'l> {
    /// Documents.
    pub units: &'l mut Units,
    /// Condition keys.
    pub keys: &'l mut Keys,
    /// Where gaps go.
    pub snapshot: &'l mut Snapshot,
}

impl Controls {
    /// Adds the layers of an identity, and what they take from whatever it is granted.
    pub fn bind(
        &mut self,
        account: &Text,
        caller: Caller<'_>,
        lower: &mut Lower<'_>,
        layers: &mut Vec<Layer>,
        restraint: &mut Restraint,
    ) {
        let bound = self.service(account, caller, lower);
        let outside = bound.iter().map(|bound| &bound.outside);
        let outside = outside.filter(|set| !set.is_plainly_empty()).cloned();
        restraint.denies.extend(outside.map(|set| (CONTROLS, set)));
        let mut refuse = |title: &str, set: PermissionSet, layers: &mut Vec<Layer>| {
            if set.is_plainly_empty() {
                return;
            }
            restraint.denies.push((CONTROLS, set.clone()));
            layers.push(Layer {
                effect: Effect::Denies,
                title: title.into(),
                set,
            });
        };
        if let Some(bound) = bound {
            for (title, set) in &bound.levels {
                layers.push(Layer {
                    effect: Effect::Bounds { others: true },
                    title: title.clone(),
                    set: set.clone(),
                });
            }
            refuse("service control policy denies", bound.denies, layers);
        }
        let refused = self.refused(account, caller, lower);
        refuse("resource control policy denies", refused, layers);
    }

    /// The part of `most` that is within what binds the account, for anybody there.
    pub fn within(&mut self, account: &Text, most: PermissionSet, lower: &mut Lower<'_>) -> PermissionSet {
        let mut taken = vec![self.refused(account, Caller::Anyone, lower)];
        if let Some(bound) = self.service(account, Caller::Anyone, lower) {
            taken.extend([bound.denies, bound.outside]);
        }
        taken.retain(|set| !set.is_plainly_empty());
        if taken.is_empty() {
            return most;
        }
        most.difference(&PermissionSet::union_of(taken))
    }

    /// What service control policies leave to identities of an account; `None` where none bind them.
    fn service(&mut self, account: &Text, caller: Caller<'_>, lower: &mut Lower<'_>) -> Option<Bound> {
        let levels = self.service.get(account)?;
        let mut sets: Vec<Vec<Option<Sets>>> = Vec::with_capacity(levels.len());
        let mut key = Vec::new();
        for level in levels {
            let each = level.policies.iter().map(|attached| {
                let unit = attached.unit?;
                let sets = lower.units.sets(unit, caller, lower.keys, lower.snapshot);
                key.extend([sets.allows.address(), sets.denies.address()]);
                Some(sets)
            });
            sets.push(each.collect());
        }
        let key = (account.clone(), key);
        if let Some(known) = self.bounds.get(&key) {
            return Some(known.clone());
        }
        let always = lower.units.always().clone();
        let mut bound = Bound {
            levels: Vec::new(),
            denies: PermissionSet::empty(),
            outside: PermissionSet::empty(),
        };
        let mut denies = Vec::new();
        for (level, sets) in levels.iter().zip(sets) {
            let full = sets
                .iter()
                .any(|sets| sets.as_ref().is_none_or(|sets| is_everything(&sets.allows)));
            let labelled = level.policies.iter().zip(sets);
            let labelled = labelled.filter_map(|(Attached { label, .. }, sets)| Some(sets?.labelled(*label)));
            let Sets {
                allows,
                denies: refused,
            } = Sets::together(labelled);
            if !refused.is_plainly_empty() {
                denies.push(refused);
            }
            if !full {
                let title = format!("service control policies of {}", level.node);
                bound.levels.push((title.into(), allows.union(&always)));
            }
        }
        bound.denies = PermissionSet::union_of(denies);
        let outside = bound
            .levels
            .iter()
            .map(|(_, set)| PermissionSet::everything().difference(set));
        bound.outside = PermissionSet::union_of(outside);
        self.bounds.insert(key, bound.clone());
        Some(bound)
    }

    /// What resource control policies refuse to somebody of an account, on resources of whichever.
    pub fn refused(&mut self, account: &str, caller: Caller<'_>, lower: &mut Lower<'_>) -> PermissionSet {
        if self.resource.is_empty() {
            return PermissionSet::empty();
        }
        let mut each = Vec::with_capacity(self.resource.len());
        let mut key = Vec::with_capacity(self.resource.len() + 1);
        for (at, refusing) in self.resource.iter().enumerate() {
            let denies = lower
                .units
                .sets(refusing.unit, caller, lower.keys, lower.snapshot)
                .denies;
            let home = refusing.accounts.iter().any(|one| **one == *account);
            key.extend([denies.address(), usize::from(home)]);
            each.push((at, denies, home));
        }
        if let Some(known) = self.refusals.get(&key) {
            return known.clone();
        }
        let mut parts = Vec::new();
        for (at, denies, home) in each {
            let Some(refusing) = self.resource.get(at).filter(|_| !denies.is_plainly_empty()) else {
                continue;
            };
            let buckets = refusing.accounts.iter().filter_map(|id| self.buckets.get(id));
            let names = refusing.accounts.iter().map(|id| of_account(id));
            let named = Strings::any_of(names.chain(buckets.flatten().cloned()));
            let mut scopes: Vec<PermissionSet> = vec![Region::new(plainly_bound(), named.clone()).into()];
            if home {
                // A name without an account counts as the caller's own, unless it is known to be another's.
                let known = Strings::any_of(self.buckets.values().flatten().cloned());
                let unnamed = Region::new(plainly_bound(), Strings::one(of_account("")));
                scopes.push(if known.patterns().is_empty() {
                    unnamed.into()
                } else {
                    PermissionSet::from(unnamed).difference(&Region::new(Strings::any(), known).into())
                });
            }
            let keys = Region::new(Strings::one(Pattern::glob("kms:*", Case::Folded)), named);
            scopes.push(perhaps(
                keys,
                MANAGED_KEYS,
                "aws kms describe-key --key-id",
                lower,
            ));
            if home {
                let nameless = Region::new(bound_services(), Strings::literal("*"));
                scopes.push(perhaps(
                    nameless,
                    NAMELESS,
                    "aws iam simulate-principal-policy",
                    lower,
                ));
            }
            parts.push(PermissionSet::intersection_of([
                PermissionSet::union_of(scopes),
                denies,
            ]));
        }
        let retire = Strings::one(Pattern::glob("kms:RetireGrant", Case::Folded));
        let all = PermissionSet::union_of(parts);
        let all = if all.is_plainly_empty() {
            all
        } else {
            all.difference(&Region::new(retire, Strings::any()).into())
        };
        self.refusals.insert(key, all.clone());
        all
    }
}

const MANAGED_KEYS: &str =
    "whether a key is AWS's own, which resource control policies do not bind, was not exported";
const NAMELESS: &str =
    "whether resource control policies bind requests that name no resource is not documented";

/// A region under a gap.
fn perhaps(region: Region, name: &str, settle: &str, lower: &mut Lower<'_>) -> PermissionSet {
    let mut lowering = Lowering {
        keys: &mut *lower.keys,
        gaps: &mut lower.snapshot.gaps,
    };
    let atom = lowering.gap(name, settle, Side::Removes);
    region.when(Guard::all_of([atom])).into()
}

/// Services that resource control policies bind, without that of keys.
fn plainly_bound() -> Strings {
    services(|prefix| prefix != "kms")
}

fn bound_services() -> Strings {
    services(|_| true)
}

fn services(wanted: impl Fn(&str) -> bool) -> Strings {
    let catalogue = Catalogue::embedded();
    let bound = catalogue
        .services()
        .filter(|prefix| wanted(prefix) && catalogue.resource_control_applies(prefix));
    Strings::any_of(bound.map(|prefix| Pattern::glob(&format!("{prefix}:*"), Case::Folded)))
}

/// Whether a set plainly holds every request.
fn is_everything(set: &PermissionSet) -> bool {
    match set.node() {
        Node::Region(region) => {
            region.actions.is_any() && region.resources.is_any() && region.guard.is_always()
        }
        Node::Labelled(_, inner) => is_everything(inner),
        Node::Union(sets) => sets.iter().any(is_everything),
        Node::Intersection(_) | Node::Difference(..) => false,
    }
}
