"""orjson_rollup.py FOLDER: CloudTrail or Kubernetes audit files, gzip -> identity, operation, allowed, denied, last allowed as CSV."""
import glob, gzip, sys
try:
    import orjson
except ImportError:
    sys.exit(77)
rollup = {}
def count(who, operation, denied, at):
    row = rollup.setdefault((who, operation), [0, 0, ""])
    if denied:
        row[1] += 1
    else:
        row[0] += 1
        if at > row[2]:
            row[2] = at
for path in sorted(glob.glob(sys.argv[1] + "/*.gz")):
    with gzip.open(path) as file:
        text = file.read()
    if text.startswith(b'{"Records"'):
        for event in orjson.loads(text)["Records"]:
            identity = event["userIdentity"]
            issuer = identity.get("sessionContext", {}).get("sessionIssuer", {})
            who = issuer.get("arn") or identity.get("arn") or identity.get("invokedBy")
            operation = event["eventSource"].split(".")[0] + ":" + event["eventName"]
            count(who, operation, event.get("errorCode") in ("AccessDenied", "Client.UnauthorizedOperation"), event["eventTime"])
    else:
        for line in text.splitlines():
            event = orjson.loads(line)
            ref = event["objectRef"]
            sub = "/" + ref["subresource"] if "subresource" in ref else ""
            operation = (ref.get("apiGroup") or "core") + "/" + ref["resource"] + sub + ":" + event["verb"]
            count(event["user"]["username"], operation, event["responseStatus"]["code"] == 403, event["requestReceivedTimestamp"])
for key, row in sorted(rollup.items()):
    print(*key, *row, sep=",")
