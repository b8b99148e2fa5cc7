//! Who can have a client certificate in the name of somebody else.
//!
//! Sources: Kubernetes documentation, "Certificates and Certificate Signing Requests"; kubernetes/kubernetes
//! `plugin/pkg/admission/certificates` (approval: `approve` on the signer, or on all signers of its domain;
//! subjectrestriction: never `system:masters`). A certificate names its user and groups itself, so that whoever approves what it
//! asks for is anybody. To sign takes the signer's key, which no right gives.

use std::sync::Arc;

use leastwise_model::{IdentityIndex, Text};

use super::accounts::{MASTERS, NODE_PREFIX, Person, Who};
use super::adding::{Adding, named, need, need_one_of};
use super::identities::Placed;
use crate::rule::request;

const GROUP: &str = "certificates.k8s.io";

/// Adds that one becomes whom a certificate names.
pub(super) fn of_certificates(people: &[(usize, &Person<'_>)], placed: &Placed, adding: &mut Adding<'_>) {
    let (mut machines, mut others): (Vec<IdentityIndex>, Vec<IdentityIndex>) = Default::default();
    for (at, person) in people {
        let Some(index) = placed.index(*at) else { continue };
        match &person.who {
            Who::Group(name) if &**name == MASTERS => {}
            // Nobody presents a certificate and is nobody.
            Who::User(name) if &**name == super::accounts::ANONYMOUS => {}
            Who::Group(name) if &**name == "system:unauthenticated" => {}
            Who::User(name) if name.starts_with(NODE_PREFIX) => machines.push(index),
            Who::User(_) | Who::Group(_) | Who::Account { .. } => others.push(index),
        }
    }
    let create: Text = format!("{GROUP}/certificatesigningrequests:create").into();
    let approval =
        ["update", "patch"].map(|verb| format!("{GROUP}/certificatesigningrequests/approval:{verb}"));
    let approve: Text = format!("{GROUP}/signers:approve").into();
    // A client's signer signs for machines as well; that of machines for them alone.
    others.extend(machines.iter().copied());
    others.sort_unstable();
    let signers = [
        ("kubernetes.io/kube-apiserver-client", others),
        ("kubernetes.io/kube-apiserver-client-kubelet", machines),
    ];
    for (signer, targets) in signers {
        let either = [signer, "kubernetes.io/*"].map(|name| request(&approve, &format!("/{name}")));
        let needs = vec![
            need(&create, "/"),
            need_one_of(&approve, either),
            need_one_of(&approval[0], approval.each_ref().map(|action| named(action, ""))),
        ];
        adding.become_one_of("approve-certificate", needs, &Arc::from(targets));
    }
}
