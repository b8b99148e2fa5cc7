-- Calls that CloudTrail recorded, alike ones of a day counted together, for `leastwise usage`. For DuckDB.
-- Write the result as CSV with names of columns, or as JSON Lines. It holds no addresses, keys, answers or names of objects.
WITH records AS (
  {from}
),
-- The members of a record that leastwise reads, as they are written.
told AS (
  SELECT
    r,
    CASE WHEN json_type(r, '$.eventTime') = 'VARCHAR' THEN json_extract_string(r, '$.eventTime') ELSE '' END AS instant,
    json_extract(r, '$.eventID')::VARCHAR AS id,
    list_distinct([x::VARCHAR FOR x IN json_extract(r, '$.resources[*].ARN')]) AS arns
  FROM records
),
calls AS (
  SELECT
    instant,
    id,
    '{' || concat_ws(',',
      '"eventVersion":' || json_extract(r, '$.eventVersion')::VARCHAR,
      '"eventSource":' || json_extract(r, '$.eventSource')::VARCHAR,
      '"eventName":' || json_extract(r, '$.eventName')::VARCHAR,
      '"eventType":' || json_extract(r, '$.eventType')::VARCHAR,
      '"eventCategory":' || json_extract(r, '$.eventCategory')::VARCHAR,
      '"managementEvent":' || json_extract(r, '$.managementEvent')::VARCHAR,
      '"awsRegion":' || json_extract(r, '$.awsRegion')::VARCHAR,
      '"recipientAccountId":' || json_extract(r, '$.recipientAccountId')::VARCHAR,
      '"errorCode":' || json_extract(r, '$.errorCode')::VARCHAR,
      CASE WHEN {denied} THEN '"errorMessage":' || json_extract(r, '$.errorMessage')::VARCHAR END,
      CASE WHEN json_extract(r, '$.userIdentity') IS NOT NULL THEN '"userIdentity":{' || concat_ws(',',
        '"type":' || json_extract(r, '$.userIdentity.type')::VARCHAR,
        '"principalId":' || json_extract(r, '$.userIdentity.principalId')::VARCHAR,
        '"arn":' || json_extract(r, '$.userIdentity.arn')::VARCHAR,
        '"accountId":' || json_extract(r, '$.userIdentity.accountId')::VARCHAR,
        '"userName":' || json_extract(r, '$.userIdentity.userName')::VARCHAR,
        '"invokedBy":' || json_extract(r, '$.userIdentity.invokedBy')::VARCHAR,
        '"identityProvider":' || json_extract(r, '$.userIdentity.identityProvider')::VARCHAR,
        '"onBehalfOf":{"userId":' || json_extract(r, '$.userIdentity.onBehalfOf.userId')::VARCHAR || '}',
        '"sessionContext":{' || concat_ws(',',
          '"sourceIdentity":' || json_extract(r, '$.userIdentity.sessionContext.sourceIdentity')::VARCHAR,
          '"sessionIssuer":{' || concat_ws(',',
            '"arn":' || json_extract(r, '$.userIdentity.sessionContext.sessionIssuer.arn')::VARCHAR,
            '"principalId":' || json_extract(r, '$.userIdentity.sessionContext.sessionIssuer.principalId')::VARCHAR) || '}',
          '"webIdFederationData":{"federatedProvider":'
            || json_extract(r, '$.userIdentity.sessionContext.webIdFederationData.federatedProvider')::VARCHAR || '}') || '}') || '}' END,
      '"requestParameters":{' || concat_ws(',',
        {parameters}) || '}',
      -- Objects count with their bucket, unless a record names several.
      '"resources":[' || array_to_string(list_sort([
        '{"ARN":' || CASE
          WHEN len([y FOR y IN arns IF regexp_matches(y, '^"arn:[^:"\\]*:s3:::[^/"\\]+/[^"\\]+"$')]) <= 1
          THEN regexp_replace(x, '^("arn:[^:"\\]*:s3:::[^/"\\]+/)[^"\\]+"$', '\1-"')
          ELSE x END || '}' FOR x IN arns]), ',') || ']') || '}' AS record
  FROM told
),
-- An event counts once, however often it was delivered; one without an id counts each time.
-- Deliveries of one id that differ are no call: leastwise counts them apart.
events AS (
  SELECT
    min(instant) AS instant,
    CASE WHEN min(record) = max(record) AND min(instant) = max(instant) THEN min(record) ELSE '{}' END AS record,
    count(*) AS records
  FROM calls WHERE id LIKE '"_%"' GROUP BY id
  UNION ALL
  SELECT instant, record, 1 FROM calls WHERE id IS NULL OR id NOT LIKE '"_%"'
)
SELECT
  'leastwise/cloudtrail-calls/v1' AS "schema",
  record,
  CAST(count(*) AS BIGINT) AS calls,
  CAST(sum(records) AS BIGINT) AS records,
  min(instant) AS "first",
  max(instant) AS "last"
FROM events
GROUP BY record, CASE WHEN regexp_matches(instant, '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$') THEN substr(instant, 1, 10) ELSE instant END
ORDER BY "first", "last", record
