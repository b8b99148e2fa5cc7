"""Makes a small cluster of a list of users and their rules: estate.py HOLDERS OBJECTS TOKENS."""

import json
import secrets
import sys

HOLDERS, OBJECTS, TOKENS = sys.argv[1:]
RBAC = "rbac.authorization.k8s.io"


def rule(words):
    group, resources, verbs, *names = words.split()
    if group == "url":
        return {"nonResourceURLs": resources.split(","), "verbs": verbs.split(",")}
    made = {"apiGroups": ["" if group == "_" else group], "resources": resources.split(","), "verbs": verbs.split(",")}
    return {**made, "resourceNames": names[0].split(",")} if names else made


def role(kind, name, rules, **where):
    return {"apiVersion": RBAC + "/v1", "kind": kind, "metadata": {"name": name, **where}, "rules": rules}


def binding(name, role, subject, **where):
    return {"apiVersion": RBAC + "/v1", "kind": "RoleBinding" if where else "ClusterRoleBinding",
            "metadata": {"name": name, **where}, "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
            "subjects": [subject]}


def account(name, namespace):
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}


objects = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in ("shop", "vault")]
# What the controllers of a whole cluster make.
objects += [account("default", namespace) for namespace in ("default", "kube-system", "shop", "vault")]
objects += [
    account("keeper", "shop"),
    role("ClusterRole", "prize", [rule("_ secrets get")]),
    role("Role", "prize-here", [rule("_ secrets get key")], namespace="shop"),
    binding("keeper", "prize", {"kind": "ServiceAccount", "name": "keeper", "namespace": "shop"}, namespace="shop"),
]
users = ["admin"]
for line in open(HOLDERS, encoding="utf-8"):
    if line.startswith("#") or not line.strip():
        continue
    user, where, rules = (part.strip() for part in line.split("|"))
    users.append(user)
    subject = {"apiGroup": RBAC, "kind": "User", "name": user}
    objects.append(role("ClusterRole", user, [rule(one) for one in rules.split(";")]))
    objects.append(binding(user, user, subject, **({} if where == "-" else {"namespace": where})))
with open(OBJECTS, "w", encoding="utf-8") as out:
    json.dump({"apiVersion": "v1", "kind": "List", "items": objects}, out)
with open(TOKENS, "w", encoding="utf-8") as out:
    for user in users:
        groups = ',"system:masters"' if user == "admin" else ""
        out.write(f"{secrets.token_hex(16)},{user},{user}{groups}\n")
