//! What a pod has of the machine it runs on, and of which secrets that machine learns because of it.
//!
//! Source: Kubernetes documentation, "Pod Security Standards" (Privileged Containers, HostPath Volumes) and "Volumes" (hostPath).

use std::collections::BTreeSet;

use leastwise_document::Node;

use crate::object::Host;

/// Folders and sockets of a machine with which it can be taken over, as can what lies above and below them: keys, tokens and
/// programs lie in them, or whoever talks to the socket starts containers. `/var/run` is `/run`.
const TELLING: [&str; 15] = [
    "/etc/cni",
    "/etc/cron.d",
    "/etc/kubernetes",
    "/etc/ssh",
    "/etc/systemd",
    "/opt/cni/bin",
    "/proc",
    "/root",
    "/run/containerd",
    "/run/crio",
    "/run/docker.sock",
    "/usr",
    "/var/lib/containerd",
    "/var/lib/docker",
    "/var/lib/kubelet",
];

/// Capabilities with which a process that is root takes its machine over, or may.
const CAPABLE: [&str; 5] = ["ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "DAC_READ_SEARCH"];

/// The one that takes the processes of the machine, where they are seen.
const TRACES: &str = "SYS_PTRACE";

/// The parts of a path, without what says nothing.
fn parts(path: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    match parts.split_first() {
        Some((&"var", rest)) if rest.first() == Some(&"run") => rest.to_vec(),
        _ => parts,
    }
}

/// Whether a path is one of those that tell, or lies above or below it.
fn tells(path: &str) -> bool {
    let path = parts(path);
    TELLING.iter().any(|known| {
        let mut both = path.iter().zip(known.split('/').skip(1));
        both.all(|(part, known)| *part == known)
    })
}

/// Whether a container is given a capability that counts.
fn capable(container: &Node, sees_processes: bool) -> bool {
    let added = container.find("/securityContext/capabilities/add");
    let mut added = added.into_iter().flat_map(Node::list).filter_map(Node::scalar);
    added.any(|name| {
        let name = name.strip_prefix("CAP_").unwrap_or(name);
        CAPABLE.contains(&name) || (sees_processes && name == TRACES)
    })
}

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
    let sees_processes = spec.get("hostPID").and_then(Node::boolean) == Some(true);
    let may = |container: &Node| privileged(&container) || capable(container, sees_processes);
    (paths.any(tells) || containers().any(may)).then_some(Host::Files)
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
