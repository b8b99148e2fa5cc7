//! The config map `aws-auth`: which identities of the cloud a cluster knows, and as whom.
//!
//! Source: Amazon EKS User Guide, "Grant IAM users access to Kubernetes with a ConfigMap"; `kubernetes-sigs/aws-iam-authenticator`
//! README ("mapRoles", "mapUsers": a user name that is missing is the identity's own id).

use leastwise_document::{Limits, Node, read};
use leastwise_model::Text;

use super::{Odd, odd};
use crate::object::Mapped;

/// Where the map is, by namespace and name.
const HOME: (&str, &str) = ("kube-system", "aws-auth");

/// Its lists, and the key that names the identity in each.
const LISTS: [(&str, &str); 2] = [("/data/mapRoles", "rolearn"), ("/data/mapUsers", "userarn")];

/// The entries, where a config map is that map.
pub(super) fn entries(node: &Node) -> Option<Result<Box<[Mapped]>, Odd>> {
    let text = |pointer: &str| node.find(pointer).and_then(Node::scalar);
    ((text("/metadata/namespace")?, text("/metadata/name")?) == HOME).then(|| {
        let mut found = Vec::new();
        for (list, key) in LISTS {
            let Some(value) = node.find(list) else { continue };
            let mut whole = true;
            let faults = read(
                value.scalar().unwrap_or_default().as_bytes(),
                &Limits::default(),
                &mut |item| match entry(&item.node, key) {
                    Some(entry) => found.push(entry),
                    None => whole &= item.node.is_list() && item.node.list().is_empty(),
                },
            );
            if !whole || !faults.is_empty() {
                return odd(
                    value.at,
                    format!("`{list}` is no list of maps with `{key}` and `groups`"),
                );
            }
        }
        Ok(found.into())
    })
}

fn entry(node: &Node, key: &str) -> Option<Mapped> {
    let identity: Text = node.get(key)?.scalar()?.trim().into();
    let user = node
        .get("username")
        .and_then(Node::scalar)
        .filter(|user| !user.is_empty());
    let groups = match node.get("groups") {
        Some(groups) => groups
            .list()
            .iter()
            .map(|group| group.scalar().map(Text::from))
            .collect::<Option<_>>()?,
        None => Box::default(),
    };
    Some(Mapped {
        user: user.map_or_else(|| identity.clone(), Text::from),
        identity,
        groups,
    })
}
