//! Tokens of service accounts for others than the cluster's own API.
//!
//! A pod holds such a token where its specification projects one for an audience, or where the cloud's webhook does so
//! because the service account carries an annotation. Whoever makes pods, or has tokens issued, chooses the audience.
//! Sources: Kubernetes documentation, "Configure Service Accounts for Pods" (ServiceAccount token volume projection) and
//! "TokenRequest"; `aws/amazon-eks-pod-identity-webhook` README.

use std::collections::BTreeSet;

use leastwise_model::{Acceptance, Accepted, Issuer, Snapshot, Step, Text, TokenHolder};
use leastwise_permset::PermissionSet;

use super::accounts::{People, Who};
use super::identities::Placed;
use super::{Techniques, World};
use crate::catalogue::rows;
use crate::cluster::Cluster;
use crate::object::label;

const ANNOTATIONS: &str = include_str!("../../data/token-annotations.tsv");

/// Ways of becoming a service account that choose for which audience it gets a token.
const FREE: [&str; 4] = ["run-pod", "change-template", "token-request", "operator-pod"];

/// Tells who of a cluster holds tokens for others, and by which ways one gets them.
pub(crate) fn compile(
    cluster: &Cluster<'_>,
    world: &World<'_>,
    people: &People<'_>,
    placed: &Placed,
    techniques: &Techniques,
    snapshot: &mut Snapshot,
) {
    let annotations: Vec<Vec<&str>> = rows(ANNOTATIONS).collect();
    let mut holders = Vec::new();
    for (at, person) in people.all.iter().enumerate() {
        let (Who::Account { .. }, Some(identity)) = (&person.who, placed.index(at)) else {
            continue;
        };
        let work = person.work.iter().map(|(work, _)| *work);
        let pods = person.pods.iter().map(|(work, _)| *work);
        // Each audience, and whom an annotation asks to become with it.
        let mut audiences: BTreeSet<(Option<Text>, Option<Text>)> = work
            .chain(pods)
            .flat_map(|work| work.audiences.iter().cloned())
            .map(|audience| (Some(audience), None))
            .collect();
        for row in &annotations {
            let [names, audience, ..] = **row else { continue };
            let labels = person.declared.map(|account| &account.labels);
            if let Some(asks) = labels.and_then(|labels| label(labels, names)) {
                let audience = labels.and_then(|labels| label(labels, audience)).cloned();
                audiences.insert((audience, Some(asks.clone())));
            }
        }
        holders.extend(audiences.into_iter().map(|(audience, asks)| TokenHolder {
            identity,
            audience,
            claims: None,
            asks,
            step: None,
        }));
    }
    holders.sort_by(|a, b| (a.identity, &a.audience).cmp(&(b.identity, &b.audience)));
    snapshot.issuers.push(Issuer {
        strangers: Vec::new(),
        pipelines: false,
        known: Vec::new(),
        untold: Vec::new(),
        instance: world.instance,
        url: cluster.issuer.clone(),
        host: cluster.account.clone(),
        hostless: false,
        strays: Vec::new(),
        whole: world.complete.knows_all_accounts(),
        holders,
        free: FREE.iter().filter_map(|id| techniques.get(id).copied()).collect(),
    });
    admit(world, people, placed, techniques, snapshot);
}

/// Adds which identities of the cloud become which users of the cluster.
fn admit(
    world: &World<'_>,
    people: &People<'_>,
    placed: &Placed,
    techniques: &Techniques,
    snapshot: &mut Snapshot,
) {
    let (Some(mapping), Some(technique)) = (world.mapping, techniques.get("mapped-identity")) else {
        return;
    };
    for entry in mapping.entries.iter().filter(|entry| !entry.is_template()) {
        let user = people.find(&Who::of_user(&entry.user));
        let Some(target) = user.and_then(|at| placed.index(at)) else {
            continue;
        };
        let step = snapshot.add_step(Step {
            kind: "mapped identity".into(),
            name: entry.user.clone(),
            statement: format!("{} is {}", entry.identity, entry.user).into(),
            location: Some(mapping.meta.location.clone()),
            provided: false,
        });
        snapshot.acceptances.push(Acceptance {
            target,
            admits: Accepted::Identity {
                id: entry.identity.clone(),
            },
            technique: *technique,
            action: "".into(),
            resource: "".into(),
            set: PermissionSet::everything(),
            step,
        });
    }
}
