-- Calls that CloudTrail recorded, alike ones of a day counted together, for `leastwise usage`. For Trino and Amazon Athena, on the
-- table that the Amazon Athena User Guide ("Create the table for CloudTrail logs in Athena using partition projection") makes.
-- Write the result as CSV with names of columns, or as JSON Lines. It holds no addresses, keys, answers or names of objects.
WITH told AS (
  SELECT
    t.*,
    coalesce(eventtime, '') AS instant,
    array_distinct(filter(transform(resources, x -> json_format(CAST(x.arn AS json))), x -> x IS NOT NULL)) AS arns
  FROM {from} AS t
),
-- The columns that leastwise reads, as a record has them. That table tells no source identity, no identity provider and not
-- whether an event is one of management: `athena` says so.
calls AS (
  SELECT
    instant,
    eventid AS id,
    '{' || concat_ws(',',
      '"athena":true',
      '"eventVersion":' || json_format(CAST(eventversion AS json)),
      '"eventSource":' || json_format(CAST(eventsource AS json)),
      '"eventName":' || json_format(CAST(eventname AS json)),
      '"eventType":' || json_format(CAST(eventtype AS json)),
      '"eventCategory":' || json_format(CAST(eventcategory AS json)),
      '"awsRegion":' || json_format(CAST(awsregion AS json)),
      '"recipientAccountId":' || json_format(CAST(recipientaccountid AS json)),
      '"errorCode":' || json_format(CAST(errorcode AS json)),
      CASE WHEN {denied} THEN '"errorMessage":' || json_format(CAST(errormessage AS json)) END,
      CASE WHEN useridentity IS NOT NULL THEN '"userIdentity":{' || concat_ws(',',
        '"type":' || json_format(CAST(useridentity.type AS json)),
        '"principalId":' || json_format(CAST(useridentity.principalid AS json)),
        '"arn":' || json_format(CAST(useridentity.arn AS json)),
        '"accountId":' || json_format(CAST(useridentity.accountid AS json)),
        '"userName":' || json_format(CAST(useridentity.username AS json)),
        '"invokedBy":' || json_format(CAST(useridentity.invokedby AS json)),
        '"onBehalfOf":{"userId":' || json_format(CAST(useridentity.onbehalfof.userid AS json)) || '}',
        '"sessionContext":{' || concat_ws(',',
          '"sessionIssuer":{' || concat_ws(',',
            '"arn":' || json_format(CAST(useridentity.sessioncontext.sessionissuer.arn AS json)),
            '"principalId":' || json_format(CAST(useridentity.sessioncontext.sessionissuer.principalid AS json))) || '}',
          '"webIdFederationData":{"federatedProvider":'
            || json_format(CAST(useridentity.sessioncontext.webidfederationdata.federatedprovider AS json)) || '}') || '}') || '}' END,
      '"requestParameters":{' || concat_ws(',',
        {parameters}) || '}',
      -- Objects count with their bucket, unless a record names several.
      '"resources":[' || array_join(array_sort(transform(arns, x -> '{"ARN":' ||
        IF(cardinality(filter(arns, y -> regexp_like(y, '^"arn:[^:"\\]*:s3:::[^/"\\]+/[^"\\]+"$'))) <= 1,
          regexp_replace(x, '^("arn:[^:"\\]*:s3:::[^/"\\]+/)[^"\\]+"$', '$1-"'),
          x) || '}')), ',') || ']') || '}' AS record
  FROM told
),
-- An event counts once, however often it was delivered; one without an id counts each time.
-- Deliveries of one id that differ are no call: leastwise counts them apart.
events AS (
  SELECT
    min(instant) AS instant,
    CASE WHEN min(record) = max(record) AND min(instant) = max(instant) THEN min(record) ELSE '{}' END AS record,
    count(*) AS records
  FROM calls WHERE id <> '' GROUP BY id
  UNION ALL
  SELECT instant, record, 1 AS records FROM calls WHERE id IS NULL OR id = ''
)
SELECT
  'leastwise/cloudtrail-calls/v1' AS "schema",
  record,
  count(*) AS calls,
  sum(records) AS records,
  min(instant) AS "first",
  max(instant) AS "last"
FROM events
GROUP BY record, CASE WHEN regexp_like(instant, '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$') THEN substr(instant, 1, 10) ELSE instant END
ORDER BY min(instant), max(instant), record
