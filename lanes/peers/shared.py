"""What is asked of every tool: the questions about an account, the context they are asked in, and the answers of leastwise."""

import fnmatch
import json
import random
import re
import subprocess
import sys
import time


# What the request carries; what follows from the identity itself both tools add.
CONTEXT = {
    "aws:SecureTransport": "true",
    "aws:SourceIp": "192.0.2.1",
    "aws:RequestedRegion": "eu-west-1",
    "aws:CurrentTime": "2026-06-01T12:00:00Z",
    "aws:EpochTime": "1780315200",
}


def listed(value):
    return value if isinstance(value, list) else [value]


def questions(account, count, seed):
    """Requests near to what statements of the account speak of, each of a random identity."""
    chance = random.Random(seed)
    documents = [version["Document"] for policy in account["Policies"] for version in policy["PolicyVersionList"] if version["IsDefaultVersion"]]
    identities = account["RoleDetailList"] + account["UserDetailList"]
    for identity in identities:
        documents += [policy["PolicyDocument"] for key in ("RolePolicyList", "UserPolicyList") for policy in identity.get(key, [])]
    statements = [statement for document in documents for statement in listed(document["Statement"]) if "Action" in statement]
    concrete = sorted({action for statement in statements for action in listed(statement["Action"]) if "*" not in action and "?" not in action})
    own = {policy["Arn"]: policy for policy in account["Policies"]}
    asked = []
    while len(asked) < count:
        identity = chance.choice(identities)
        held = [own[attached["PolicyArn"]] for attached in identity["AttachedManagedPolicies"] if attached["PolicyArn"] in own]
        mine = [statement for policy in held for version in policy["PolicyVersionList"] if version["IsDefaultVersion"]
                for statement in listed(version["Document"]["Statement"]) if "Action" in statement]
        statement = chance.choice(mine if mine and chance.random() < 0.8 else statements)
        pattern = chance.choice(listed(statement["Action"]))
        fitting = [action for action in concrete if fnmatch.fnmatchcase(action.lower(), pattern.lower())]
        if not fitting:
            continue
        resource = chance.choice(listed(statement.get("Resource", "*")))
        if resource == "*":
            continue
        resource = re.sub(r"[*?]", "x", re.sub(r"\$\{[^}]*\}", "x", resource))
        action = chance.choice(fitting)
        # Of a role that does not exist only leastwise knows that nobody takes it on.
        if action == "sts:AssumeRole" and all(role["Arn"] != resource for role in account["RoleDetailList"]):
            continue
        asked.append((identity["Arn"], action, resource))
    return asked


def given():
    """What the command line says: the file of an account, the program, the account, and the questions about it."""
    path, program = sys.argv[1:3]
    options = dict(zip(sys.argv[3::2], sys.argv[4::2]))
    count, seed = int(options.get("--questions", 2000)), int(options.get("--seed", 1))
    with open(path) as file:
        account = json.load(file)
    return path, program, account, questions(account, count, seed)


def answers(program, path, asked, **more):
    """What leastwise answers to (identity, action, resource), by question, and how long that took, reading the account included."""
    lines = [json.dumps({"id": at, "identity": identity, "action": action, "resource": resource, **more})
             for at, (identity, action, resource) in enumerate(asked)]
    start = time.perf_counter()
    ran = subprocess.run([program, "ask", "-", "--in", path], input="\n".join(lines), capture_output=True, text=True, check=False)
    took = time.perf_counter() - start
    found = {}
    for line in ran.stdout.splitlines():
        answer = json.loads(line)
        found[answer.get("id")] = answer.get("answer") or "refused: " + str(answer.get("error", ""))[:60]
    return found, took
