"""An API server that answers what `kubectl get` asks, out of memory: discovery, and lists in pages of two.

    cluster.py PORT-FILE LOG        # writes the port it listens on; one line of LOG is one request

It knows no custom resource, refuses to list namespaces, and ends a page early, as a real one does when a page grows too large.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PLANTED = "planted-secret"
RBAC = "rbac.authorization.k8s.io"
PAGE = 2


def meta(name, namespace=None, **more):
    about = {"name": name, "uid": f"uid-{namespace or ''}-{name}", "resourceVersion": "7"}
    if namespace:
        about["namespace"] = namespace
    return {"metadata": about | more}


def role_ref(kind, name):
    return {"roleRef": {"apiGroup": RBAC, "kind": kind, "name": name}}


def account(name, namespace):
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


def pod(name, who):
    container = {"name": "c", "image": "x", "env": [{"name": "PASSWORD", "value": PLANTED}], "args": [f"--token={PLANTED}"]}
    return meta(name, "shop") | {
        "spec": {"serviceAccountName": who, "nodeName": "n1", "containers": [container]},
        "status": {"phase": "Running"},
    }


# Resource, kind, whether it is namespaced, and the objects, by group and version.
WORLD = {
    "v1": [
        ("namespaces", "Namespace", False, []),
        ("pods", "Pod", True, [pod("api-0", "api"), pod("api-1", "api"), pod("web-0", "web")]),
        ("secrets", "Secret", True, [meta("s", "shop") | {"data": {"k": PLANTED}}]),
        ("serviceaccounts", "ServiceAccount", True,
         [meta(name, "shop") for name in ("default", "api", "web", "ops", "auditor")]
         + [meta("default", space) for space in ("kube-system", "default")]),
        ("configmaps", "ConfigMap", True, []),
        ("replicationcontrollers", "ReplicationController", True, []),
    ],
    "apps/v1": [
        ("deployments", "Deployment", True, []),
        ("statefulsets", "StatefulSet", True, []),
        ("daemonsets", "DaemonSet", True, []),
        ("replicasets", "ReplicaSet", True, []),
    ],
    "batch/v1": [("jobs", "Job", True, []), ("cronjobs", "CronJob", True, [])],
    f"{RBAC}/v1": [
        ("clusterroles", "ClusterRole", False, [
            meta("system:basic-user", labels={"kubernetes.io/bootstrapping": "rbac-defaults"}) | {"rules": []},
            meta("reads-secrets") | {"rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]},
            meta("runs-commands") | {"rules": [{"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]}]},
            meta("reads-pods") | {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]},
            meta("reads-logs") | {"rules": [{"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}]},
        ]),
        ("clusterrolebindings", "ClusterRoleBinding", False, [
            meta("reads-logs") | role_ref("ClusterRole", "reads-logs") | {"subjects": [account("auditor", "shop")]},
        ]),
        ("roles", "Role", True, []),
        ("rolebindings", "RoleBinding", True, [
            meta("api", "shop") | role_ref("ClusterRole", "reads-secrets") | {"subjects": [account("api", "shop")]},
            meta("web", "shop") | role_ref("ClusterRole", "reads-pods") | {"subjects": [account("web", "shop")]},
            # On the last page.
            meta("ops", "shop") | role_ref("ClusterRole", "runs-commands") | {"subjects": [account("ops", "shop")]},
        ]),
    ],
    "admissionregistration.k8s.io/v1": [
        (f"{name}s", kind, False, [])
        for name, kind in (
            ("validatingwebhookconfiguration", "ValidatingWebhookConfiguration"),
            ("mutatingwebhookconfiguration", "MutatingWebhookConfiguration"),
            ("validatingadmissionpolicybinding", "ValidatingAdmissionPolicyBinding"),
        )
    ] + [("validatingadmissionpolicies", "ValidatingAdmissionPolicy", False, [])],
}
GROUPS = sorted({version.split("/")[0] for version in WORLD if "/" in version})


def discovery(version):
    resources = [
        {"name": name, "singularName": kind.lower(), "namespaced": namespaced, "kind": kind, "verbs": ["get", "list"]}
        for name, kind, namespaced, _ in WORLD[version]
    ]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": resources}


def status(code, reason, message):
    return code, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                  "message": message, "reason": reason, "code": code}


def listing(version, rest, query):
    """A page of a list, or one object."""
    space, name = None, None
    if rest[0] == "namespaces" and len(rest) > 2:
        space, rest = rest[1], rest[2:]
    if len(rest) > 1:
        name = rest[1]
    found = [entry for entry in WORLD[version] if entry[0] == rest[0]]
    if not found:
        return status(404, "NotFound", "the server could not find the requested resource")
    resource, kind, _, objects = found[0]
    if resource == "namespaces":
        return status(403, "Forbidden", 'namespaces is forbidden: User "auditor" cannot list resource "namespaces"')
    if space:
        objects = [one for one in objects if one["metadata"].get("namespace") == space]
    if name:
        return status(404, "NotFound", f'{resource} "{name}" not found')
    begin = int(query.get("continue", ["0"])[0])
    end = len(objects) if "limit" not in query else min(begin + PAGE, len(objects))
    about = {"resourceVersion": "7"}
    if end < len(objects):
        about |= {"continue": str(end), "remainingItemCount": len(objects) - end}
    # Elements of a list name neither kind nor version, as those of a real one.
    return 200, {"kind": f"{kind}List", "apiVersion": version, "metadata": about, "items": objects[begin:end]}


def answer(path, query):
    parts = [part for part in path.split("/") if part]
    if parts == ["version"]:
        return 200, {"major": "1", "minor": "33", "gitVersion": "v1.33.2", "platform": "linux/amd64"}
    if parts == ["api"]:
        return 200, {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
    if parts == ["apis"]:
        versions = [{"groupVersion": f"{group}/v1", "version": "v1"} for group in GROUPS]
        groups = [{"name": one["groupVersion"].split("/")[0], "versions": [one], "preferredVersion": one} for one in versions]
        return 200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    core = parts[0] == "api"
    version = "v1" if core else "/".join(parts[1:3])
    rest = parts[2:] if core else parts[3:]
    if version not in WORLD:
        return status(404, "NotFound", "the server could not find the requested resource")
    return (200, discovery(version)) if not rest else listing(version, rest, query)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.respond(*answer(urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)))

    def refuse(self):
        self.respond(*status(405, "MethodNotAllowed", "this server is only read"))

    do_POST = do_PUT = do_PATCH = do_DELETE = refuse

    def respond(self, code, body):
        with open(sys.argv[2], "a", encoding="utf-8") as log:
            log.write(f"{self.command} {self.path}\n")
        text = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[1], "w", encoding="utf-8") as place:
    place.write(str(server.server_port))
server.serve_forever()
