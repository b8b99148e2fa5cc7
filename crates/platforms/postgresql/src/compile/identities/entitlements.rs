//! Entitlements: what can be granted, and who holds it.

use std::sync::Arc;

use leastwise_model::{Entitlement, IdentityIndex, InstanceIndex, Snapshot, Statement, Text};
use rustc_hash::FxHashMap;

use super::super::grants::Grants;
use super::super::parts::Holder;
use super::super::roles::{DATABASE_OWNER, Roles};
use super::Placed;

/// One entitlement for each holder of grants: its statements, and who inherits them.
pub(super) fn entitlements(
    instance: InstanceIndex,
    roles: &Roles<'_>,
    grants: &Grants,
    placed: &Placed,
    all: &[IdentityIndex],
    public: Option<IdentityIndex>,
    snapshot: &mut Snapshot,
) {
    let mut heirs: FxHashMap<u32, Vec<IdentityIndex>> = FxHashMap::default();
    for (at, role) in roles.iter().filter(|(_, role)| !role.superuser) {
        debug_assert!(!role.superuser);
        for via in roles.inherits.get(at as usize).into_iter().flatten() {
            heirs.entry(via.role).or_default().extend(placed.index(at));
        }
    }
    let mut holders: Vec<&Holder> = grants.parts.given.keys().collect();
    holders.sort();
    for holder in holders {
        let (kind, name, provided, mut who): (&str, Text, bool, Vec<IdentityIndex>) = match holder {
            Holder::Public => (
                "grants to",
                "PUBLIC".into(),
                false,
                all.iter().copied().chain(public).collect(),
            ),
            Holder::Role(role) => {
                let name = roles.name(*role);
                let provided = name.starts_with("pg_");
                (
                    "grants to",
                    name,
                    provided,
                    heirs.remove(role).unwrap_or_default(),
                )
            }
            Holder::OwnerOf(database) => (
                "grants to",
                format!("{DATABASE_OWNER} in {database}").into(),
                true,
                roles
                    .iter()
                    .filter(|(at, role)| !role.superuser && roles.owns(*at, database).is_some())
                    .filter_map(|(at, _)| placed.index(at))
                    .collect(),
            ),
        };
        who.sort_unstable();
        let statements = grants.parts.given.get(holder).into_iter().flatten();
        let statements = statements.map(|given| Statement {
            label: given.label,
            denies: false,
            set: given.set.clone(),
        });
        snapshot.entitlements.push(Entitlement {
            kind: kind.into(),
            name,
            instance,
            statements: statements.collect(),
            holders: Arc::from(who),
            provided,
            location: match holder {
                Holder::Role(role) => roles.location(*role),
                Holder::Public | Holder::OwnerOf(_) => None,
            },
        });
    }
}
