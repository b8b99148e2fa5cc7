"""Puts the same questions about one account to leastwise and to other tools, and prints a table of times and of answers that differ.

    compare.py ACCOUNT.json LEASTWISE [--questions N] [--seed N]

Asked is whether an identity may make one request, in a context that is complete: keys that are not given are absent. Principal
Mapper decides it by itself; its own graph and cloudsplaining's report are timed beside `leastwise scan`. No tool here talks to AWS.
"""

import collections
import collections.abc
import subprocess
import sys
import tempfile
import time

# Principal Mapper 1.1.5 is older than Python 3.10, which moved these.
for name in ("Mapping", "MutableMapping", "OrderedDict"):
    if not hasattr(collections, name):
        setattr(collections, name, getattr(collections.abc, name))


from principalmapper.graphing import gathering  # noqa: E402
from principalmapper.querying import query_interface  # noqa: E402

from shared import CONTEXT, answers, given  # noqa: E402


class Client:
    """Answers as the AWS client would that reads this account, and finds nothing else."""

    def __init__(self, account):
        self.account = account

    def get_paginator(self, operation):
        pages = [self.account] if operation == "get_account_authorization_details" else []
        return type("Pages", (), {"paginate": lambda self, **_: pages})()

    def list_access_keys(self, **_):
        return {"AccessKeyMetadata": []}

    def list_mfa_devices(self, **_):
        return {"MFADevices": []}

    def get_login_profile(self, **_):
        raise LookupError("NoSuchEntity")


def main():
    path, program, account, asked = given()

    start = time.perf_counter()
    subprocess.run([program, "scan", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    scan = time.perf_counter() - start

    answered, ask = answers(program, path, asked, context=CONTEXT, complete=True)

    client = Client(account)
    start = time.perf_counter()
    found = gathering.get_nodes_groups_and_policies(client)
    gathering.update_admin_status(found["nodes"], None)
    nodes = {node.arn: node for node in found["nodes"]}
    from principalmapper.graphing.iam_edges import generate_edges_locally as iam_edges
    from principalmapper.graphing.sts_edges import generate_edges_locally as sts_edges
    edges = len(iam_edges(found["nodes"], None)) + len(sts_edges(found["nodes"], None))
    graph = time.perf_counter() - start

    start = time.perf_counter()
    theirs = []
    for identity, action, resource in asked:
        owner = identity.split(":")[4]
        theirs.append(query_interface.local_check_authorization_full(nodes[identity], action, resource, dict(CONTEXT), None, owner))
    mapper = time.perf_counter() - start

    with tempfile.TemporaryDirectory() as work:
        start = time.perf_counter()
        subprocess.run(["cloudsplaining", "scan", "--input-file", path, "--output", work, "--skip-open-report"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        splaining = time.perf_counter() - start

    print("| tool | what | time | ratio |\n|---|---|---|---|")
    print(f"| leastwise | `scan`: all ways, all findings | {scan:.2f} s | 1 |")
    print(f"| Principal Mapper 1.1.5 | its graph: administrators, edges by IAM and STS alone ({edges}) | {graph:.1f} s | {graph / scan:.0f} |")
    print(f"| cloudsplaining | its report, policy by policy | {splaining:.1f} s | {splaining / scan:.0f} |")
    print(f"| leastwise | {len(asked)} direct questions, reading the account included | {ask:.2f} s | 1 |")
    print(f"| Principal Mapper 1.1.5 | the same questions, its graph at hand | {mapper:.1f} s | {mapper / ask:.0f} |")
    pairs = collections.Counter((answered.get(at, "none"), "yes" if other else "no") for at, other in enumerate(theirs))
    print("\n| leastwise | Principal Mapper | questions |\n|---|---|---|")
    for (mine, other), number in sorted(pairs.items()):
        print(f"| {mine} | {other} | {number} |")

    differing = [at for at, other in enumerate(theirs) if answered.get(at) != ("yes" if other else "no")]
    why = collections.Counter()
    for at in differing:
        reasons = explained(account, found, nodes, asked[at], answered.get(at))
        why[reasons or "not explained"] += 1
        if not reasons:
            print("differs:", *asked[at], "leastwise", answered.get(at), "mapper", "yes" if theirs[at] else "no", file=sys.stderr)
    print("\n| why they differ | questions |\n|---|---|")
    for reasons, number in why.most_common():
        print(f"| {reasons} | {number} |")
    return 1 if why["not explained"] else 0


def explained(account, found, nodes, question, mine):
    """What Principal Mapper has to be told to say the same; None where nothing of this helps."""
    identity, action, resource = question
    details = {one["Arn"]: one for one in account["RoleDetailList"] + account["UserDetailList"]}
    if action == "sts:GetCallerIdentity":
        return "AWS always allows `sts:GetCallerIdentity`"
    told = {
        "the boundary of a role, which its graph leaves out": {"boundary"},
        "that sessions of roles carry `aws:TokenIssueTime`": {"token"},
        "the trust policy of the role that is taken on": {"trust"},
        "several of these": {"boundary", "token", "trust"},
    }
    node = nodes[identity]
    policies = {policy.arn: policy for policy in found["policies"]}
    for reason, parts in told.items():
        context, trust, before = dict(CONTEXT), None, node.permissions_boundary
        bound = details[identity].get("PermissionsBoundary")
        if "boundary" in parts and bound:
            node.permissions_boundary = policies[bound["PermissionsBoundaryArn"]]
        if "token" in parts and ":role/" in identity:
            context["aws:TokenIssueTime"] = CONTEXT["aws:CurrentTime"]
        if "trust" in parts and action == "sts:AssumeRole" and resource in details:
            trust = details[resource]["AssumeRolePolicyDocument"]
        owner = identity.split(":")[4]
        other = query_interface.local_check_authorization_full(node, action, resource, context, trust, owner)
        node.permissions_boundary = before
        if mine == ("yes" if other else "no"):
            return reason
    return None


sys.exit(main())
