"""Puts questions about one account to leastwise and to iamprover, and prints a table of times and of answers that differ.

    prover.py ACCOUNT.json LEASTWISE [--questions N] [--seed N]

Asked is whether an identity may make one request, in a context that is given; and who may take on which role, in any context. A
proof of iamprover that an identity cannot is taken for a no, a counterexample for a yes. No tool here talks to AWS.
"""

import collections
import dataclasses
import sys
import time

from iamprover.engine import reachability, solver
from iamprover.invariants import Invariant
from iamprover.model import Policy, Statement
from iamprover.parsers.aws import load_gaad

from shared import CONTEXT, answers, given

TAKE_ON = "sts:AssumeRole"

# What iamprover can be told, and the reason that stands in the table.
CALLER = "who asks, for whom it takes `aws:PrincipalArn` to be anybody"
UNKNOWN = "conditions that it takes as met: `Null`, and values with variables"
TRUST = "the trust policy of the role that is taken on"
BOUNDARY = "the boundary of a role that a trust policy names, which it leaves out"
SEVERAL = "several of these"


def known(condition, identity):
    """Whether a condition that it does not model holds, in a context that holds no tags; None for others."""
    if condition.operator == "Null" and condition.key == "aws:TokenIssueTime":
        absent = ":role/" not in identity
        return absent == (condition.values == ["true"])
    if condition.operator == "StringEquals" and condition.key.startswith("aws:ResourceTag/"):
        return False
    return None


def told(policy, identity):
    """The policy with what it does not model decided."""
    statements = []
    for statement in policy.statements:
        decided = [known(condition, identity) for condition in statement.conditions]
        if False in decided:
            continue
        left = [condition for condition, holds in zip(statement.conditions, decided) if holds is None]
        statements.append(dataclasses.replace(statement, conditions=left))
    return Policy(policy.name, statements)


def may(model, identity, action, resource, where, parts=frozenset()):
    """What iamprover finds of one request, told some things more."""
    principals = {principal.arn: principal for principal in model.principals}
    principal = dataclasses.replace(principals[identity])
    where = dict(where)
    if TRUST in parts and action == TAKE_ON and resource in principals:
        match = reachability._trust_match(principals[resource], principal)
        if match is None:
            return False
        if match == reachability._EXPLICIT:
            grant = Statement("Allow", actions=[TAKE_ON], resources=[resource])
            principal.policies = [*principal.policies, Policy("trust", [grant])]
            # What names a user, its boundary does not bound by silence.
            if ":user/" in identity:
                principal.permission_boundary = None
    if UNKNOWN in parts:
        principal.policies = [told(policy, identity) for policy in principal.policies]
        if principal.permission_boundary:
            principal.permission_boundary = told(principal.permission_boundary, identity)
    if CALLER in parts:
        where["aws:PrincipalArn"] = identity
    asked = Invariant(id="asked", description="", actions=[action], resources=[resource], where=where)
    return solver._check_principal(model, principal, asked) is not None


def explained(model, question, mine, where, reasons):
    """What iamprover has to be told to say the same; None where nothing of this helps."""
    if question[1] == "sts:GetCallerIdentity":
        return "AWS always allows `sts:GetCallerIdentity`"
    for reason, parts in reasons.items():
        if mine == may(model, *question, where, parts):
            return reason
    return None


def differing(model, asked, mine, theirs, where, reasons):
    """Prints how often which answers met, and why they differ; says how many differences are not explained."""
    pairs = collections.Counter((mine[at], "yes" if theirs[at] else "no") for at in range(len(asked)))
    print("\n| leastwise | iamprover | questions |\n|---|---|---|")
    for (one, other), number in sorted(pairs.items()):
        print(f"| {one} | {other} | {number} |")
    why = collections.Counter()
    for at, question in enumerate(asked):
        yes = mine[at] in ("yes", "when")
        if yes == theirs[at] and mine[at] in ("yes", "when", "no"):
            continue
        reason = explained(model, question, yes, where, reasons)
        why[reason or "not explained"] += 1
        if not reason:
            print("differs:", *question, "leastwise", mine[at], "iamprover", "yes" if theirs[at] else "no", file=sys.stderr)
    print("\n| why they differ | questions |\n|---|---|")
    for reason, number in why.most_common():
        print(f"| {reason} | {number} |")
    return why["not explained"]


def main():
    path, program, account, asked = given()
    roles = [role["Arn"] for role in account["RoleDetailList"]]

    answered, ask = answers(program, path, asked, context=CONTEXT, complete=True)
    start = time.perf_counter()
    model = load_gaad(path)
    proved = [may(model, *question, CONTEXT) for question in asked]
    prove = time.perf_counter() - start

    pairs = [(principal.arn, TAKE_ON, role) for principal in model.principals for role in roles if principal.arn != role]
    taken, take = answers(program, path, pairs)
    start = time.perf_counter()
    graph = reachability.build_graph(load_gaad(path))
    edges = time.perf_counter() - start
    reached = [role in graph[identity] for identity, _, role in pairs]

    print("| tool | what | time | ratio |\n|---|---|---|---|")
    print(f"| leastwise | {len(asked)} direct questions, reading the account included | {ask:.2f} s | 1 |")
    print(f"| iamprover 0.7.1 | the same, a query of its solver each | {prove:.1f} s | {prove / ask:.0f} |")
    print(f"| leastwise | who may take on which role: {len(pairs)} questions | {take:.2f} s | 1 |")
    print(f"| iamprover 0.7.1 | its graph of `--closure assume-role` ({sum(reached)} edges) | {edges:.1f} s | {edges / take:.0f} |")

    each = {reason: {reason} for reason in (CALLER, UNKNOWN, TRUST)}
    left = differing(model, asked, answered, proved, CONTEXT, {**each, SEVERAL: {CALLER, UNKNOWN, TRUST}})
    each = {BOUNDARY: {TRUST}, CALLER: {TRUST, CALLER}, UNKNOWN: {TRUST, UNKNOWN}}
    left += differing(model, pairs, taken, reached, {}, {**each, SEVERAL: {CALLER, UNKNOWN, TRUST}})
    return 1 if left else 0


sys.exit(main())
