"""Writes records of CloudTrail as odd as they come, in the form of a delivered file, to the path that is given first; behind it stands
`plain`, `escaped` (what is not ASCII in escapes) or `differing` (two deliveries of one event that say different things)."""

import json
import sys

ROLE = {
    "type": "AssumedRole",
    "principalId": "AROAEXAMPLE:build-17",
    "arn": "arn:aws:sts::111122223333:assumed-role/app/build-17",
    "accountId": "111122223333",
    "sessionContext": {
        "sessionIssuer": {"type": "Role", "principalId": "AROAEXAMPLE", "arn": "arn:aws:iam::111122223333:role/team/app"},
        "attributes": {"creationDate": "2026-03-01T00:00:00Z"},
    },
}
records = []


def record(**members):
    """Adds a record of an ordinary call, with other members; those that are `...` are left out."""
    one = {
        "eventVersion": "1.11",
        "userIdentity": ROLE,
        "eventTime": "2026-03-01T10:00:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "awsRegion": "eu-west-1",
        "requestParameters": {"bucketName": "data", "key": f"in/{len(records)}"},
        "responseElements": None,
        "eventID": f"id-{len(records)}",
        "eventType": "AwsApiCall",
        "managementEvent": False,
        "eventCategory": "Data",
        "recipientAccountId": "111122223333",
    }
    one.update(members)
    records.append({name: value for name, value in one.items() if value is not ...})
    return records[-1]


def arns(*names):
    return [{"type": "AWS::S3::Object", "ARN": name} for name in names]


BUCKET = "arn:aws:s3:::data"
# Deliveries: again, with other words that are not read, without an id.
records.append(record())
again = dict(record(eventTime="2026-03-01T23:59:59Z"))
records.extend([again, again, dict(again, userAgent="another")])
for _ in range(3):
    record(eventID=...)
    record(eventID=None)
    record(eventID="")
    record(eventID=7)
# Instants.
for time in ["2026-03-02T00:00:00Z", "2026-03-02T00:00:00.5Z", "2026-03-02T02:00:00+02:00", "yesterday", "", None, 12, ..., "2026-02-30T00:00:00Z"]:
    record(eventTime=time)
    record(eventTime=time)
# Kinds.
for kind in ["Insight", "NetworkActivity", "Management", None, ..., "Data"]:
    for managed in [True, False, None, ...]:
        record(eventCategory=kind, managementEvent=managed)
record(eventType="AwsServiceEvent")
twice = record(eventType="AwsServiceEvent")
records.append(twice)
record(eventCategory="NetworkActivity", errorCode="VpceAccessDenied", errorMessage="no")
# What names no call.
for member in ["eventSource", "eventName"]:
    for value in [..., None, 5, ""]:
        record(**{member: value})
record(eventVersion=..., userIdentity=...)
record(eventVersion=None, userIdentity=None)
# Who.
for identity in [
    None, "nobody", {}, {"type": "Root", "arn": "arn:aws:iam::111122223333:root", "accountId": "111122223333", "principalId": "111122223333"},
    {"type": "IAMUser", "principalId": "AIDA1", "arn": "arn:aws:iam::111122223333:user/ann", "userName": "ann", "accessKeyId": "AKIA1"},
    {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}, {"type": "AWSService", "principalId": "ec2.amazonaws.com"},
    {"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL"}, {"type": "AWSAccount", "accountId": "444455556666", "principalId": "AROA2:x"},
    {"type": "WebIdentityUser", "principalId": "p:q", "userName": "repo:a/b", "identityProvider": "token.actions.githubusercontent.com"},
    {"type": "IdentityCenterUser", "onBehalfOf": {"userId": "u-1", "identityStoreArn": "arn:aws:identitystore::1:identitystore/d"}, "principalId": "x"},
    {"type": "IdentityCenterUser", "onBehalfOf": None, "principalId": "x"},
    {"type": "FederatedUser", "principalId": "1:bob", "arn": "arn:aws:sts::111122223333:federated-user/bob", "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:user/ann", "principalId": "AIDA1"}}},
    {"type": "AssumedRole", "principalId": "AROA3:s1", "arn": "arn:aws:sts::111122223333:assumed-role/app/s1"},
    dict(ROLE, invokedBy="athena.amazonaws.com"), dict(ROLE, arn=5), dict(ROLE, accountId=None),
    dict(ROLE, sessionContext=dict(ROLE["sessionContext"], sourceIdentity="ann")),
    dict(ROLE, sessionContext=dict(ROLE["sessionContext"], webIdFederationData={"federatedProvider": "arn:aws:iam::111122223333:oidc-provider/x"})),
    dict(ROLE, sessionContext={"sessionIssuer": {}, "webIdFederationData": {}}), dict(ROLE, sessionContext=[]),
]:
    for recipient in ["111122223333", ..., None]:
        record(userIdentity=identity, recipientAccountId=recipient)
# On what.
for listed in [
    ..., None, [], "x", [5, None, {"ARN": 6}, {"arn": "arn:aws:s3:::data/lower"}], arns(f"{BUCKET}/a"), arns(f"{BUCKET}/a", BUCKET),
    arns(f"{BUCKET}/a", f"{BUCKET}/a"), arns(f"{BUCKET}/a", f"{BUCKET}/b"), arns(f"{BUCKET}/a", "arn:aws:s3:::other/a", BUCKET),
    arns(f'{BUCKET}/say "a"\\b'), arns(f'{BUCKET}/say "a"', f"{BUCKET}/b"), arns(f"{BUCKET}/Grüße/日本 \U0001f600"), arns(f"{BUCKET}/"),
    arns("arn:aws-cn:s3:::data/a/b/c", "arn:aws:kms:eu-west-1:111122223333:key/1"),
]:
    record(resources=listed)
    record(resources=listed, eventName="PutObject", requestParameters={"bucketName": "data"})
    record(resources=listed, requestParameters=None)
for given in [
    ..., None, [], "text", {}, {"bucketName": "data", "key": ""}, {"bucketName": "data", "key": "arn:aws:s3:::other/x"}, {"bucketName": "data", "key": "arn"},
    {"bucketName": "data", "key": 'a"b\\c'}, {"bucketName": "data", "key": "\u00fc/\u2028/\t"}, {"bucketName": 5, "key": "x"}, {"bucketName": "data", "key": ["x"]},
    {"bucketName": "data", "key": None}, {"bucketName": "data", "key": "x", "versionId": "v1"}, {"bucketName": "data", "key": "x", "versionId": None},
    {"bucketName": "data", "key": "x", "versionId": {"a": 1}}, {"bucketName": "data", "key": "x", "versionId": ""}, {"bucketName": "a/b'c", "key": "x"},
]:
    for name in ["GetObject", "PutObject", "DeleteObjects", "ListObjectsV2"]:
        record(eventName=name, requestParameters=given)
for source, name, given in [
    ("lambda", "CreateFunction20150331", {"functionName": "f", "role": "arn:aws:iam::111122223333:role/app"}),
    ("lambda", "Invoke", {"functionName": "arn:aws:lambda:eu-west-1:111122223333:function:f"}),
    ("lambda", "UpdateFunctionConfiguration20150331v2", {"functionName": "f", "role": 5}),
    ("ecs", "RegisterTaskDefinition", {"taskRoleArn": "arn:aws:iam::111122223333:role/app", "executionRoleArn": "arn:aws:iam::111122223333:role/exec"}),
    ("ec2", "RunInstances", {"iamInstanceProfile": {"name": "p"}, "instancesSet": {"items": [{"a": "b"}]}}),
    ("sts", "AssumeRole", {"roleArn": "arn:aws:iam::111122223333:role/app", "roleSessionName": "x"}), ("sts", "GetCallerIdentity", None),
    ("dynamodb", "BatchGetItem", {"requestItems": {"t": {}}}), ("logs", "CreateLogStream", {"logGroupName": "/app", "logStreamName": "s"}),
    ("kms", "Decrypt", {"keyId": "arn:aws:kms:eu-west-1:111122223333:key/1"}), ("made-up", "Thing", {"a": 1}),
]:
    for region in ["eu-west-1", "", None, ..., "cn-north-1", "us-gov-west-1"]:
        record(eventSource=f"{source}.amazonaws.com", eventName=name, requestParameters=given, awsRegion=region)
# How it ended.
DENIED = "User: x is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::data/secret\" because no policy allows it"
for code in ["AccessDenied", "Client.UnauthorizedOperation", "AccessDeniedException", "NoSuchKey", "NoSuchBucket", "ThrottlingException", "", None, 5]:
    for message in [DENIED, DENIED.replace(" on resource", ".on"), "denied: made-up:Thing", None, 5, ...]:
        record(errorCode=code, errorMessage=message)
path, form = sys.argv[1:]
if form == "differing":
    # Two deliveries of one event that do not say the same: nobody knows which one is right.
    records.clear()
    records.append(dict(record(), eventName="PutObject"))
with open(path, "w", encoding="utf-8") as file:
    json.dump({"Records": records}, file, ensure_ascii=form == "escaped")
