"""Asks a running API server and leastwise the same, and says where they differ: ask.py SERVER CA TOKENS EXPORT LEASTWISE REQUEST.

Every user is asked about every request of a list by SubjectAccessReview; then each tries itself what it could gain: to bind a role, to
change its role, to act as an account that may more, to have a token of it, to start a pod as it, to approve the certificate that REQUEST
asks for. Nothing is kept: such writes are dry runs, which the server authorizes like others.
"""

import base64
import json
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

SERVER, CA, TOKENS, EXPORT, LEASTWISE, REQUEST = sys.argv[1:]
TLS = ssl.create_default_context(cafile=CA)
TLS.check_hostname = False
RBAC = "rbac.authorization.k8s.io"
TOKEN = {}
for line in open(TOKENS, encoding="utf-8"):
    token, user = line.split(",")[:2]
    TOKEN[user] = token


def call(user, method, path, body=None, **headers):
    request = urllib.request.Request(SERVER + path, method=method, data=body and json.dumps(body).encode())
    request.add_header("Authorization", "Bearer " + TOKEN[user])
    request.add_header("Content-Type", headers.pop("content", "application/json"))
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request, context=TLS, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def let_through(user, method, path, body=None, **headers):
    status, answer = call(user, method, path, body, **headers)
    if status == 403:
        return False
    if 200 <= status < 300 or status in (404, 409):
        return True
    raise SystemExit(f"{method} {path} as {user}: {status} {str(answer)[:400]}")


def review(user, action, resource):
    kind, verb = action.rsplit(":", 1)
    spec = {"user": user, "groups": ["system:authenticated"]}
    if kind == "nonresource":
        spec["nonResourceAttributes"] = {"path": resource, "verb": verb}
    else:
        group, _, rest = kind.partition("/")
        what, _, sub = rest.partition("/")
        namespace, _, name = resource.partition("/")
        spec["resourceAttributes"] = {
            "group": "" if group == "core" else group, "resource": what, "subresource": sub,
            "verb": verb, "namespace": namespace, "name": name,
        }
    _, answer = call("admin", "POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                     {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec})
    return answer["status"]["allowed"]


def ask(questions):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(json.dumps({"id": str(at), **question}) + "\n" for at, question in enumerate(questions))
        file.flush()
        done = subprocess.run([LEASTWISE, "ask", file.name, "--in", EXPORT], capture_output=True, text=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != len(questions):
        raise SystemExit(done.stderr[-600:])
    return [answer["answer"] for answer in answers]


USERS = [user for user in TOKEN if user != "admin"]
REQUESTS = [(f"{kind}:{verb}", resource)
            for kind in ["core/secrets", "core/pods", "core/pods/exec", "core/pods/log", "core/nodes/proxy", "core/nodes/pods",
                         "core/serviceaccounts", "core/serviceaccounts/token", f"{RBAC}/roles", f"{RBAC}/clusterroles",
                         f"{RBAC}/rolebindings", f"{RBAC}/clusterrolebindings", "core/users",
                         "certificates.k8s.io/certificatesigningrequests/approval", "certificates.k8s.io/signers"]
            for verb in ["get", "list", "create", "update", "bind", "escalate", "impersonate", "approve"]
            for resource in ["shop/", "shop/key", "vault/key", "/", "/prize", "/n1"]]
REQUESTS += [("nonresource:get", url) for url in ["/healthz", "/metrics", "/logs/x", "/version"]]

ROLES = f"/apis/{RBAC}/v1"


def binding(kind, role, user):
    return {"apiVersion": RBAC + "/v1", "kind": kind, "metadata": {"generateName": "lane-"},
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole" if role == "prize" else "Role", "name": role},
            "subjects": [{"apiGroup": RBAC, "kind": "User", "name": user}]}


CERTIFICATES = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
with open(REQUEST, "rb") as file:
    WANTED = {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": "lane"},
              "spec": {"request": base64.b64encode(file.read()).decode(), "signerName": "kubernetes.io/kube-apiserver-client",
                       "usages": ["client auth"]}}
MADE = call("admin", "POST", CERTIFICATES, WANTED)[1]


def approves(user):
    """Whether a user asks for a certificate in another's name and approves it itself."""
    asks = let_through(user, "POST", CERTIFICATES + "?dryRun=All", {**WANTED, "metadata": {"generateName": "lane-"}})
    granted = {"type": "Approved", "status": "True", "reason": "lane", "message": ""}
    return asks and let_through(user, "PUT", CERTIFICATES + "/lane/approval?dryRun=All", {**MADE, "status": {"conditions": [granted]}})


def gains(user):
    """Whether a user comes to read the key of shop by what it tries itself; and in the whole cluster."""
    here = any([let_through(user, "POST", f"{ROLES}/namespaces/shop/rolebindings?dryRun=All", binding("RoleBinding", role, user))
                for role in ("prize", "prize-here")])
    all_ = let_through(user, "POST", f"{ROLES}/clusterrolebindings?dryRun=All", binding("ClusterRoleBinding", "prize", user))
    # A role that is not bound to anybody gives nothing, so changing one counts where the user has it.
    own = f"{ROLES}/clusterroles/{user}"
    patch = [{"op": "add", "path": "/rules/-", "value": {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}}]
    grown = let_through(user, "PATCH", own + "?dryRun=All", patch, content="application/json-patch+json")
    where = WHERE.get(user)
    here, all_ = here or (grown and where == "shop"), all_ or (grown and where == "")
    acting = let_through(user, "GET", "/api/v1/namespaces/shop/secrets/key",
                         Impersonate_User="system:serviceaccount:shop:keeper")
    minted = let_through(user, "POST", "/api/v1/namespaces/shop/serviceaccounts/keeper/token?dryRun=All",
                         {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"audiences": ["lane"]}})
    pods = let_through(user, "POST", "/api/v1/namespaces/shop/pods?dryRun=All",
                       {"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "lane-"},
                        "spec": {"serviceAccountName": "keeper", "containers": [{"name": "c", "image": "x"}]}})
    # Somebody among those that every cluster has may read all secrets.
    all_ = all_ or approves(user)
    return here or all_ or acting or minted or pods, all_


WHERE = {}
for kind, space in (("clusterrolebindings", ""), ("namespaces/shop/rolebindings", "shop")):
    for one in call("admin", "GET", f"{ROLES}/{kind}")[1]["items"]:
        for subject in one.get("subjects", []):
            if subject["name"] in USERS:
                WHERE[subject["name"]] = space

asked = differ = 0
expected = [review(user, action, resource) for user in USERS for action, resource in REQUESTS]
told = ask([{"identity": user, "action": action, "resource": resource, "reach": "direct"}
            for user in USERS for action, resource in REQUESTS])
places = [(user, action, resource) for user in USERS for action, resource in REQUESTS]
for place, real, ours in zip(places, expected, told):
    asked += 1
    if ours != ("yes" if real else "no"):
        differ += 1
        print("DIFFERS review", *place, "server:", real, "leastwise:", ours)
print(f"reviews: {asked} requests of {len(USERS)} users, {sum(expected)} allowed, {differ} differ")

tried = other = let = 0
for user in USERS:
    real_here, real_all = gains(user)
    direct_here, direct_all = review(user, "core/secrets:get", "shop/key"), review(user, "core/secrets:get", "vault/key")
    ours = ask([{"identity": user, "action": "core/secrets:get", "resource": place, "reach": "any"} for place in ("shop/key", "vault/key")])
    for place, real, answer in (("shop/key", real_here or direct_here, ours[0]), ("vault/key", real_all or direct_all, ours[1])):
        tried += 1
        let += real
        if answer != ("yes" if real else "no"):
            other += 1
            print("DIFFERS gain", user, place, "server:", real, "leastwise:", answer)
print(f"gains: {tried} tried, {let} let through, {other} differ")
sys.exit(differ + other > 0)
