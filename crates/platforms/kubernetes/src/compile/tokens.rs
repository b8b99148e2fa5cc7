//! Tokens of service accounts for others than the cluster's own API.
//!
//! A pod holds such a token where its specification projects one for an audience, or where the cloud's webhook does so
//! because the service account carries an annotation. Whoever makes pods, or has tokens issued, chooses the audience.
//! Sources: Kubernetes documentation, "Configure Service Accounts for Pods" (ServiceAccount token volume projection) and
//! "TokenRequest"; `aws/amazon-eks-pod-identity-webhook` README.

use std::collections::BTreeSet;

use leastwise_model::{
    Acceptance, Accepted, IdentityIndex, Issuer, Snapshot, Step, Text, TokenHolder, TokenRequest,
};
use leastwise_permset::PermissionSet;

use super::accounts::{People, Person, Who};
use super::identities::Placed;
use super::{Techniques, World};
use crate::catalogue::rows;
use crate::cluster::Cluster;
use crate::extract::ANNOTATIONS;
use crate::object::label;

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
    let mut holders = Vec::new();
    let mut requests = Vec::new();
    for (at, person) in people.all.iter().enumerate() {
        let (Who::Account { namespace, name }, Some(identity)) = (&person.who, placed.index(at)) else {
            continue;
        };
        let mut held: BTreeSet<Option<Text>> =
            projected(person).map(|audience| Some(audience.clone())).collect();
        for annotation in rows(ANNOTATIONS).filter_map(Annotation::read) {
            let subject = format!("system:serviceaccount:{namespace}:{name}");
            let Some((request, audience)) = annotation.of(person, identity, &subject) else {
                continue;
            };
            held.extend(audience);
            requests.push(request);
        }
        holders.extend(held.into_iter().map(|audience| TokenHolder {
            identity,
            audience,
            claims: None,
            step: None,
        }));
    }
    requests.sort_by(|a, b| (a.identity, &a.asks).cmp(&(b.identity, &b.asks)));
    holders.sort_by(|a, b| (a.identity, &a.audience).cmp(&(b.identity, &b.audience)));
    snapshot.issuers.push(Issuer {
        strangers: Vec::new(),
        takers: Vec::new(),
        pipelines: false,
        known: Vec::new(),
        named: Vec::new(),
        untold: Vec::new(),
        instance: world.instance,
        url: cluster.issuer.clone(),
        host: cluster.account.clone(),
        hostless: false,
        strays: Vec::new(),
        whole: world.complete.knows_all_accounts(),
        holders,
        requests,
        free: FREE.iter().filter_map(|id| techniques.get(id).copied()).collect(),
    });
    admit(world, people, placed, techniques, snapshot);
}

/// The audiences for which pods of somebody hold tokens by what their own specification says.
fn projected<'a>(person: &'a Person<'_>) -> impl Iterator<Item = &'a Text> {
    let work = person.work.iter().map(|(work, _)| *work);
    let pods = person.pods.iter().map(|(work, _)| *work);
    work.chain(pods).flat_map(|work| work.audiences.iter())
}

/// A row of the table of annotations.
struct Annotation {
    names: &'static str,
    audience: &'static str,
    usual: &'static str,
    pods: &'static str,
    whom: &'static str,
    settle: &'static str,
}

impl Annotation {
    fn read(row: Vec<&'static str>) -> Option<Self> {
        let [names, audience, usual, pods, whom, settle, _] = *row else {
            return None;
        };
        Some(Self {
            names,
            audience,
            usual,
            pods,
            whom,
            settle,
        })
    }

    /// Whom an account asks to become by it, and for which audience its pods are given a token; `None` where it asks for
    /// nobody. Pods with the label alone say by themselves whom they ask for.
    fn of(
        &self,
        person: &Person<'_>,
        identity: IdentityIndex,
        subject: &str,
    ) -> Option<(TokenRequest, Option<Option<Text>>)> {
        let labels = person.declared.map(|account| &account.labels);
        let annotated = labels.and_then(|labels| label(labels, self.names));
        let needs_label = self.pods != "-";
        let given = needs_label && projected(person).any(|audience| **audience == *self.usual);
        let (named, id): (&str, &str) = match annotated {
            Some(named) => (named, named),
            None if given => ("that its own code names", "ID"),
            None => return None,
        };
        let runs = !(person.work.is_empty() && person.pods.is_empty());
        let lacks = (needs_label && runs && !given).then(|| {
            let (name, value) = self.pods.split_once('=').unwrap_or_default();
            format!(
                "none of its pods has the label `{name}: \"{value}\"`, without which they are given no token"
            )
            .into()
        });
        let chosen = labels.and_then(|labels| label(labels, self.audience)).cloned();
        let audience = match self.usual {
            "-" => None,
            "*" => Some(chosen),
            _ if lacks.is_some() => None,
            usual => Some(Some(chosen.unwrap_or_else(|| usual.into()))),
        };
        let request = TokenRequest {
            identity,
            asks: self.whom.replace("{}", named).into(),
            lacks,
            settle: self.settle.replace("{}", id).replace("{subject}", subject).into(),
        };
        Some((request, audience))
    }
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
