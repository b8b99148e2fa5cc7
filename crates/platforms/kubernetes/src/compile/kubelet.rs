//! What kubelets of a release never ask about.
//!
//! A kubelet authorizes those who come to it through the API server. Of most of what it tells it asks about nodes/proxy, with which
//! one runs commands as well; since some release it asks about a part of its own first. A rule that grants the part on an earlier
//! release is what the API server says, and no kubelet heeds it.

use leastwise_model::{Remark, Snapshot};

use super::{World, release};
use crate::catalogue::rows;
use crate::object::Rule;

const PARTS: &str = include_str!("../../data/kubelet.tsv");

/// Says which rules grant what kubelets of the cluster's release do not ask about. Linear in rules.
pub(super) fn remark(world: &World<'_>, snapshot: &mut Snapshot) {
    let Some(version) = world.version else {
        return;
    };
    for row in rows(PARTS) {
        let [part, since, ..] = *row else { continue };
        if release(since).is_none_or(|since| version >= since) {
            continue;
        }
        let resource = format!("nodes/{part}");
        for role in world.roles.iter().filter(|role| !role.meta.provided) {
            if !role.rules.iter().any(|rule| grants(rule, &resource)) {
                continue;
            }
            let (major, minor) = version;
            snapshot.remarks.push(Remark {
                location: Some(role.meta.location.clone()),
                what: format!(
                    "kubelets of {major}.{minor} do not ask about `{resource}`, which they do from {since} on"
                )
                .into(),
                hint: "until then only nodes/proxy gives it, with which one runs commands as well".into(),
                loses: false,
            });
        }
    }
}

/// Whether a rule names a part of nodes to read it.
fn grants(rule: &Rule, resource: &str) -> bool {
    let has = |texts: &[leastwise_model::Text], wanted: &str| texts.iter().any(|text| **text == *wanted);
    (has(&rule.groups, "") || has(&rule.groups, "*"))
        && has(&rule.resources, resource)
        && (has(&rule.verbs, "get") || has(&rule.verbs, "*"))
}
