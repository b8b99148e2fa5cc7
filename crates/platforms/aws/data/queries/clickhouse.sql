-- Calls that CloudTrail recorded, alike ones of a day counted together, for `leastwise usage`. For ClickHouse.
-- Write the result as CSV with names of columns, or as JSON Lines. It holds no addresses, keys, answers or names of objects.
WITH records AS (
  {from}
),
told AS (
  SELECT
    r,
    JSONExtractString(r, 'eventTime') AS instant,
    JSONExtractRaw(r, 'eventID') AS id,
    arrayDistinct(arrayFilter(x -> x != '', arrayMap(x -> JSONExtractRaw(x, 'ARN'), JSONExtractArrayRaw(r, 'resources')))) AS arns
  FROM records
),
-- The members of a record that leastwise reads, as they are written.
calls AS (
  SELECT
    instant,
    id,
    concat('{', arrayStringConcat(arrayFilter(x -> x != '', [
      if(JSONExtractRaw(r, 'eventVersion') = '', '', concat('"eventVersion":', JSONExtractRaw(r, 'eventVersion'))),
      if(JSONExtractRaw(r, 'eventSource') = '', '', concat('"eventSource":', JSONExtractRaw(r, 'eventSource'))),
      if(JSONExtractRaw(r, 'eventName') = '', '', concat('"eventName":', JSONExtractRaw(r, 'eventName'))),
      if(JSONExtractRaw(r, 'eventType') = '', '', concat('"eventType":', JSONExtractRaw(r, 'eventType'))),
      if(JSONExtractRaw(r, 'eventCategory') = '', '', concat('"eventCategory":', JSONExtractRaw(r, 'eventCategory'))),
      if(JSONExtractRaw(r, 'managementEvent') = '', '', concat('"managementEvent":', JSONExtractRaw(r, 'managementEvent'))),
      if(JSONExtractRaw(r, 'awsRegion') = '', '', concat('"awsRegion":', JSONExtractRaw(r, 'awsRegion'))),
      if(JSONExtractRaw(r, 'recipientAccountId') = '', '', concat('"recipientAccountId":', JSONExtractRaw(r, 'recipientAccountId'))),
      if(JSONExtractRaw(r, 'errorCode') = '', '', concat('"errorCode":', JSONExtractRaw(r, 'errorCode'))),
      if({denied}, if(JSONExtractRaw(r, 'errorMessage') = '', '', concat('"errorMessage":', JSONExtractRaw(r, 'errorMessage'))), ''),
      if(JSONHas(r, 'userIdentity'), concat('"userIdentity":{', arrayStringConcat(arrayFilter(x -> x != '', [
        if(JSONExtractRaw(r, 'userIdentity', 'type') = '', '', concat('"type":', JSONExtractRaw(r, 'userIdentity', 'type'))),
        if(JSONExtractRaw(r, 'userIdentity', 'principalId') = '', '', concat('"principalId":', JSONExtractRaw(r, 'userIdentity', 'principalId'))),
        if(JSONExtractRaw(r, 'userIdentity', 'arn') = '', '', concat('"arn":', JSONExtractRaw(r, 'userIdentity', 'arn'))),
        if(JSONExtractRaw(r, 'userIdentity', 'accountId') = '', '', concat('"accountId":', JSONExtractRaw(r, 'userIdentity', 'accountId'))),
        if(JSONExtractRaw(r, 'userIdentity', 'userName') = '', '', concat('"userName":', JSONExtractRaw(r, 'userIdentity', 'userName'))),
        if(JSONExtractRaw(r, 'userIdentity', 'invokedBy') = '', '', concat('"invokedBy":', JSONExtractRaw(r, 'userIdentity', 'invokedBy'))),
        if(JSONExtractRaw(r, 'userIdentity', 'identityProvider') = '', '', concat('"identityProvider":', JSONExtractRaw(r, 'userIdentity', 'identityProvider'))),
        concat('"onBehalfOf":{', if(JSONExtractRaw(r, 'userIdentity', 'onBehalfOf', 'userId') = '', '', concat('"userId":', JSONExtractRaw(r, 'userIdentity', 'onBehalfOf', 'userId'))), '}'),
        concat('"sessionContext":{', arrayStringConcat(arrayFilter(x -> x != '', [
          if(JSONExtractRaw(r, 'userIdentity', 'sessionContext', 'sourceIdentity') = '', '', concat('"sourceIdentity":', JSONExtractRaw(r, 'userIdentity', 'sessionContext', 'sourceIdentity'))),
          concat('"sessionIssuer":{', arrayStringConcat(arrayFilter(x -> x != '', [
            if(JSONExtractRaw(r, 'userIdentity', 'sessionContext', 'sessionIssuer', 'arn') = '', '', concat('"arn":', JSONExtractRaw(r, 'userIdentity', 'sessionContext', 'sessionIssuer', 'arn'))),
            if(JSONExtractRaw(r, 'userIdentity', 'sessionContext', 'sessionIssuer', 'principalId') = '', '', concat('"principalId":', JSONExtractRaw(r, 'userIdentity', 'sessionContext', 'sessionIssuer', 'principalId')))]), ','), '}'),
          concat('"webIdFederationData":{', if(JSONExtractRaw(r, 'userIdentity', 'sessionContext', 'webIdFederationData', 'federatedProvider') = '', '', concat('"federatedProvider":', JSONExtractRaw(r, 'userIdentity', 'sessionContext', 'webIdFederationData', 'federatedProvider'))), '}')]), ','), '}')]), ','), '}'), ''),
      concat('"requestParameters":{', arrayStringConcat(arrayFilter(x -> x != '', [
        {parameters}]), ','), '}'),
      -- Objects count with their bucket, unless a record names several.
      concat('"resources":[', arrayStringConcat(arraySort(arrayMap(x -> concat('{"ARN":',
        if(arrayCount(y -> match(y, '^"arn:[^:"\\\\]*:s3:::[^/"\\\\]+/[^"\\\\]+"$'), arns) <= 1,
          replaceRegexpOne(x, '^("arn:[^:"\\\\]*:s3:::[^/"\\\\]+/)[^"\\\\]+"$', '\\1-"'),
          x), '}'), arns)), ','), ']')
    ]), ','), '}') AS record
  FROM told
),
-- An event counts once, however often it was delivered; one without an id counts each time.
-- Deliveries of one id that differ are no call: leastwise counts them apart.
events AS (
  SELECT
    min(c.instant) AS instant,
    if(min(c.record) = max(c.record) AND min(c.instant) = max(c.instant), min(c.record), '{}') AS record,
    count() AS records
  FROM calls AS c WHERE c.id LIKE '"_%"' GROUP BY c.id
  UNION ALL
  SELECT c.instant AS instant, c.record AS record, toUInt64(1) AS records FROM calls AS c WHERE c.id NOT LIKE '"_%"'
)
SELECT
  'leastwise/cloudtrail-calls/v1' AS schema,
  e.record AS record,
  count() AS calls,
  sum(e.records) AS records,
  min(e.instant) AS first,
  max(e.instant) AS last
FROM events AS e
GROUP BY e.record, if(match(e.instant, '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$'), substring(e.instant, 1, 10), e.instant)
ORDER BY first, last, record
