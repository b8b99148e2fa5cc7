//! What a pod has of the machine it runs on, and of which secrets that machine learns because of it.
//!
//! Source: Kubernetes documentation, "Pod Security Standards" (Privileged Containers, HostPath Volumes) and "Volumes" (hostPath).

use std::collections::BTreeSet;

use leastwise_document::Node;

use crate::object::Host;

/// Folders and sockets of a machine with which it can be taken over: keys and tokens lie in them, or whoever talks to the socket
/// starts containers.
const TELLING: [&str; 9] = [
    "/",
    "/etc",
    "/etc/kubernetes",
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/var/lib",
    "/var/lib/kubelet",
    "/var/run/docker.sock",
    "/run/docker.sock",
];

/// What the specification of a pod says.
pub(super) fn access(spec: &Node) -> Option<Host> {
    let privileged = |container: &&Node| {
        let asked = container.find("/securityContext/privileged");
        asked.and_then(Node::boolean) == Some(true)
    };
    let containers = || spec.get("containers").into_iter().flat_map(Node::list);
    // As which user a container runs may also stand in its image.
    let root = |container: &Node| {
        let context = [container.get("securityContext"), spec.get("securityContext")];
        let number = |key: &str| {
            let given = context.iter().flatten().find_map(|context| context.get(key));
            given.and_then(Node::number)
        };
        let never = context
            .iter()
            .flatten()
            .find_map(|context| context.get("runAsNonRoot")?.boolean());
        number("runAsUser").is_none_or(|user| user == "0") && never != Some(true)
    };
    if containers().filter(privileged).any(root) {
        return Some(Host::All);
    }
    let volumes = spec.get("volumes").into_iter().flat_map(Node::list);
    let mut paths = volumes
        .filter_map(|volume| volume.find("/hostPath/path"))
        .filter_map(Node::scalar);
    let telling = |path: &str| {
        let path = path.trim_end_matches('/');
        TELLING.contains(&if path.is_empty() { "/" } else { path })
    };
    let files = paths.any(telling) || containers().any(|container| privileged(&container));
    files.then_some(Host::Files)
}

/// Names of the secrets that a pod mounts or reads.
pub(super) fn secrets(spec: &Node) -> BTreeSet<&str> {
    fn each<'n>(node: &'n Node, key: &str) -> std::slice::Iter<'n, Node> {
        node.get(key).map_or(&[][..], Node::list).iter()
    }
    let mut found: Vec<Option<&Node>> = Vec::new();
    for volume in each(spec, "volumes") {
        found.push(volume.find("/secret/secretName"));
        let projected = volume.find("/projected/sources").map_or(&[][..], Node::list);
        found.extend(projected.iter().map(|source| source.find("/secret/name")));
    }
    found.extend(each(spec, "imagePullSecrets").map(|one| one.get("name")));
    for container in each(spec, "containers").chain(each(spec, "initContainers")) {
        found.extend(each(container, "env").map(|one| one.find("/valueFrom/secretKeyRef/name")));
        found.extend(each(container, "envFrom").map(|one| one.find("/secretRef/name")));
    }
    let names = found.into_iter().flatten().filter_map(Node::scalar);
    names.filter(|name| !name.is_empty()).collect()
}
