"""chdb_rollup.py FOLDER: CloudTrail or Kubernetes audit files, gzip -> identity, operation, allowed, denied, last allowed as CSV."""
import glob, gzip, os, sys
try:
    import chdb
except ImportError:
    sys.exit(77)
folder = sys.argv[1]
first = gzip.open(sorted(glob.glob(folder + "/*.gz"))[0]).read(10)
if first.startswith(b'{"Records"'):
    source = f"""file('{folder}/*.gz', 'JSONEachRow', 'Records Array(Tuple(eventTime String, eventSource String, eventName String, errorCode String,
        userIdentity Tuple(arn String, invokedBy String, sessionContext Tuple(sessionIssuer Tuple(arn String)))))')"""
    query = f"""SELECT multiIf(r.userIdentity.sessionContext.sessionIssuer.arn != '', r.userIdentity.sessionContext.sessionIssuer.arn,
          r.userIdentity.arn != '', r.userIdentity.arn, r.userIdentity.invokedBy) AS who,
        concat(splitByChar('.', r.eventSource)[1], ':', r.eventName) AS operation,
        countIf(r.errorCode NOT IN ('AccessDenied', 'Client.UnauthorizedOperation')) AS allowed,
        countIf(r.errorCode IN ('AccessDenied', 'Client.UnauthorizedOperation')) AS denied,
        maxIf(r.eventTime, r.errorCode NOT IN ('AccessDenied', 'Client.UnauthorizedOperation')) AS last
      FROM (SELECT arrayJoin(Records) AS r FROM {source}) GROUP BY who, operation ORDER BY who, operation FORMAT CSV"""
else:
    source = f"""file('{folder}/*.gz', 'JSONEachRow', 'verb String, requestReceivedTimestamp String, user Tuple(username String),
        objectRef Tuple(resource String, subresource String, apiGroup String), responseStatus Tuple(code UInt16)')"""
    query = f"""SELECT user.username AS who,
        concat(if(objectRef.apiGroup = '', 'core', objectRef.apiGroup), '/', objectRef.resource,
          if(objectRef.subresource = '', '', concat('/', objectRef.subresource)), ':', verb) AS operation,
        countIf(responseStatus.code != 403) AS allowed, countIf(responseStatus.code = 403) AS denied,
        maxIf(requestReceivedTimestamp, responseStatus.code != 403) AS last
      FROM {source} GROUP BY who, operation ORDER BY who, operation FORMAT CSV"""
settings = """ SETTINGS max_threads = 1, input_format_skip_unknown_fields = 1, input_format_null_as_default = 1,
    input_format_json_ignore_unnecessary_fields = 1, max_parsing_threads = 1, input_format_parallel_parsing = 0"""
print(str(chdb.query(query + settings)).replace('"', ""), end="")
