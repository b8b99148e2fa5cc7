//! # everybody may act as an identity
//!
//! Something runs with the rights of an identity, and everybody of the server may set it in motion: a function that
//! runs as its owner, for instance, which the server lets everybody call unless somebody says otherwise.
//!
//! ## Why it matters
//!
//! What the owner may do is kept from others by its grants. A door that everybody may open stands beside them: whoever
//! reads the grants does not see it.
//!
//! ## Example that triggers it
//!
//! ```json shop.json
//! {"leastwise_export": "postgresql/v1", "server": {"version_num": 170010, "version": "17.10", "system": "7000000000000000002", "name": "shop-db", "database": "shop"},
//! "roles": [{"name": "postgres", "oid": 10, "superuser": true, "inherit": true, "createrole": true, "createdb": true, "login": true, "replication": true, "bypassrls": true, "connections": -1, "valid_until": null, "comment": null},
//! {"name": "owner", "oid": 101, "superuser": false, "inherit": true, "createrole": false, "createdb": false, "login": false, "replication": false, "bypassrls": false, "connections": -1, "valid_until": null, "comment": null}, {"name": "web", "oid": 102, "superuser": false, "inherit": true, "createrole": false, "createdb": false, "login": true, "replication": false, "bypassrls": false, "connections": -1, "valid_until": null, "comment": null}],
//! "memberships": [], "databases": [{"name": "shop", "owner": "postgres", "acl": null, "connectable": true, "connections": -1}],
//! "tablespaces": [], "parameters": [], "hba": null, "schemas": [{"name": "app", "owner": "owner", "acl": ["owner=UC/owner", "=U/owner"]}],
//! "relations": [{"schema": "app", "name": "cards", "kind": "r", "owner": "owner", "acl": null, "columns": null, "row_security": false, "forced": false, "policies": null, "view": null, "extension": null}],
//! "functions": [{"schema": "app", "name": "card_of", "arguments": "text", "kind": "f", "owner": "owner", "acl": null, "definer": true, "language": "sql", "search_path": null, "extension": null}],
//! "languages": [], "wrappers": [], "foreign_servers": [], "user_mappings": [], "default_privileges": []}
//! ```
//!
//! ## Example that does not
//!
//! Only one role may call the function.
//!
//! ```json shop.json
//! {"leastwise_export": "postgresql/v1", "server": {"version_num": 170010, "version": "17.10", "system": "7000000000000000002", "name": "shop-db", "database": "shop"},
//! "roles": [{"name": "postgres", "oid": 10, "superuser": true, "inherit": true, "createrole": true, "createdb": true, "login": true, "replication": true, "bypassrls": true, "connections": -1, "valid_until": null, "comment": null},
//! {"name": "owner", "oid": 101, "superuser": false, "inherit": true, "createrole": false, "createdb": false, "login": false, "replication": false, "bypassrls": false, "connections": -1, "valid_until": null, "comment": null}, {"name": "web", "oid": 102, "superuser": false, "inherit": true, "createrole": false, "createdb": false, "login": true, "replication": false, "bypassrls": false, "connections": -1, "valid_until": null, "comment": null}],
//! "memberships": [], "databases": [{"name": "shop", "owner": "postgres", "acl": null, "connectable": true, "connections": -1}],
//! "tablespaces": [], "parameters": [], "hba": null, "schemas": [{"name": "app", "owner": "owner", "acl": ["owner=UC/owner", "=U/owner"]}],
//! "relations": [{"schema": "app", "name": "cards", "kind": "r", "owner": "owner", "acl": null, "columns": null, "row_security": false, "forced": false, "policies": null, "view": null, "extension": null}],
//! "functions": [{"schema": "app", "name": "card_of", "arguments": "text", "kind": "f", "owner": "owner", "acl": ["owner=X/owner", "web=X/owner"], "definer": true, "language": "sql", "search_path": null, "extension": null}],
//! "languages": [], "wrappers": [], "foreign_servers": [], "user_mappings": [], "default_privileges": []}
//! ```
//!
//! ## Severity
//!
//! By what the identity can do: critical where it administers, high with rights over rights or identities, else medium. How
//! much of that the door lets through is not known: that stands in its own text.
//!
//! ## Fix
//!
//! Take the right away from everybody, and grant it to those who need it.
//!
//! ## Standards
//!
//! - owasp-nhi-2025 NHI5:2025, partial: rights that reach further than the grants say
//! - nist-csf-2.0 PR.AA-05, direct: access is not confined to need
//! - nist-800-53r5 AC-6, direct: rights beyond the assigned task
//! - nist-800-53r5 AC-3, partial: access is enforced for the owner, not for who asks
//! - iso-27001-2022 A.8.3, direct: information is not restricted to need
//! - pci-dss-4.0.1 7.2.5, partial: a system account that others can use
//! - mitre-attack T1548.005, partial: elevating what one holds

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{Gain, IdentityIndex, IdentityKind, InstanceIndex, Targets};
use leastwise_permset::Request;

use crate::estate::{Estate, statement_for};
use crate::found::{Draft, Found};
use crate::rule::Rule;
use crate::severity::Reached;

pub(crate) static RULE: Rule = Rule {
    id: "LW020",
    name: "open-door",
    source: include_str!("open_door.rs"),
    follows: false,
    check,
};

/// The effect of techniques by which one has something done as another, without becoming it.
const ACTS_AS: &str = "act-as";

fn check(estate: &Estate<'_>, found: &mut Found<'_, '_>) {
    let snapshot = estate.snapshot();
    // Groups that the platforms made are everybody.
    let mut everybody: BTreeMap<InstanceIndex, Vec<IdentityIndex>> = BTreeMap::new();
    for (index, identity) in estate.identities() {
        if identity.kind == IdentityKind::Group && identity.provided {
            everybody.entry(identity.instance).or_default().push(index);
        }
    }
    let mut seen = BTreeSet::new();
    for (number, opportunity) in (0u32..).zip(&snapshot.opportunities) {
        let technique = snapshot.techniques.get(opportunity.technique.0 as usize);
        let ([need], Gain::Become, bearers, Targets::These(targets)) = (
            opportunity.needs.as_slice(),
            &opportunity.gain,
            &opportunity.bearers,
            &opportunity.targets,
        ) else {
            continue;
        };
        let (Some(resource), true) = (&need.resource, technique.is_some_and(|it| &*it.effect == ACTS_AS))
        else {
            continue;
        };
        let request = Request::new(&need.action, resource);
        for target in targets.iter() {
            let Some(home) = estate.identity(*target).map(|identity| identity.instance) else {
                continue;
            };
            let open = everybody.get(&home).into_iter().flatten();
            let bears = |all: &IdentityIndex| bearers.binary_search(all).is_ok();
            let Some(all) = open
                .copied()
                .filter(bears)
                .find(|all| estate.world.effective(*all).contains(&request))
            else {
                continue;
            };
            if !seen.insert((*target, resource)) {
                continue;
            }
            let steps = statement_for(&estate.world.effective(all), &need.action, Some(resource));
            let cause = steps.and_then(|steps| estate.blame(&steps));
            let classes = estate
                .world
                .abilities(*target)
                .map(|it| it.classes)
                .unwrap_or_default();
            let reached = match estate.administers(*target) {
                true => Reached::Administration,
                false => Reached::by(classes).max(Reached::Changing),
            };
            found.add(Draft {
                cause,
                reached,
                classes,
                title: format!(
                    "everybody of {} may act as {{who}}: can {} ({resource})",
                    estate.home(*target),
                    estate.technique(number)
                ),
                witness: Some(request.clone()),
                fix: match cause {
                    Some(label) => format!("take it away from everybody in {}", estate.call(label)),
                    None => format!("take `{}` on {resource} away from everybody", need.action),
                },
                about: resource.to_string(),
                ..Draft::about(vec![*target])
            });
        }
    }
}
