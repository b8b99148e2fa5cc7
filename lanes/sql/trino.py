"""Runs a query of Trino without one: sqlglot reads it in Trino's dialect and writes it in DuckDB's, which runs it on a table like that of the
Amazon Athena User Guide, made of files of CloudTrail. What the dialects mean differently and sqlglot takes as the same is rewritten
first: `CAST(text AS json)` is a text of JSON in Trino and reads one in DuckDB, and groups of a pattern are `$1` and `\\1`.

    trino.py QUERY OUT FILE…

Beside OUT stands `OUT.told.json`: the records without what that table does not tell, for a comparison.
"""

import gzip
import json
import sys

import duckdb
import sqlglot
from sqlglot import exp

query, out, *files = sys.argv[1:]

ISSUER = "STRUCT(type VARCHAR, principalid VARCHAR, arn VARCHAR, accountid VARCHAR, username VARCHAR)"
CONTEXT = f"STRUCT(attributes STRUCT(mfaauthenticated VARCHAR, creationdate VARCHAR), sessionissuer {ISSUER}, \
ec2roledelivery VARCHAR, webidfederationdata STRUCT(federatedprovider VARCHAR, attributes MAP(VARCHAR, VARCHAR)))"
IDENTITY = f"STRUCT(type VARCHAR, principalid VARCHAR, arn VARCHAR, accountid VARCHAR, invokedby VARCHAR, accesskeyid VARCHAR, \
username VARCHAR, onbehalfof STRUCT(userid VARCHAR, identitystorearn VARCHAR), sessioncontext {CONTEXT})"
TEXTS = ["eventversion", "eventtime", "eventsource", "eventname", "awsregion", "errorcode", "errormessage", "requestparameters", "eventid",
         "eventtype", "recipientaccountid", "eventcategory"]
# What the table tells as a text of JSON.
WRITTEN = {"requestparameters"}


def lowered(value):
    """A value under the names of the table's columns."""
    if isinstance(value, dict):
        return {key.lower(): lowered(inner) for key, inner in value.items()}
    return value


def row(record):
    told = {key.lower(): value for key, value in record.items()}
    made = {}
    for name in TEXTS:
        value = told.get(name)
        if name in WRITTEN and value is not None:
            value = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        made[name] = value
    made["useridentity"] = lowered(told.get("useridentity"))
    resources = told.get("resources")
    made["resources"] = resources and [{"arn": one.get("ARN"), "accountid": one.get("accountId"), "type": one.get("type")} for one in resources]
    return made


records = []
for file in files:
    opened = gzip.open if file.endswith(".gz") else open
    with opened(file, "rt", encoding="utf-8") as text:
        records.extend(json.load(text)["Records"])
with open(out + ".rows", "w", encoding="utf-8") as rows:
    rows.writelines(json.dumps(row(record)) + "\n" for record in records)
for record in records:
    record["athena"] = True
    record.get("userIdentity", {}).pop("identityProvider", None)
with open(out + ".told.json", "w", encoding="utf-8") as told:
    json.dump({"Records": records}, told)

columns = {name: "VARCHAR" for name in TEXTS}
columns["useridentity"] = IDENTITY
columns["resources"] = "STRUCT(arn VARCHAR, accountid VARCHAR, type VARCHAR)[]"
kinds = ", ".join(f"{name}: '{kind}'" for name, kind in columns.items())
duckdb.sql(f"CREATE TABLE cloudtrail AS SELECT * FROM read_json('{out}.rows', format = 'newline_delimited', columns = {{{kinds}}})")


def rewritten(node):
    if isinstance(node, exp.JSONFormat):
        inner = node.this
        if isinstance(inner, exp.Cast) and inner.to.this == exp.DataType.Type.JSON:
            inner = inner.this.transform(rewritten)
            text = exp.Cast(this=exp.func("to_json", inner.copy()), to=exp.DataType.build("text"))
            return exp.Case(ifs=[exp.If(this=inner.is_(exp.null()).not_(), true=text)])
        return exp.Cast(this=inner, to=exp.DataType.build("text"))
    if isinstance(node, exp.RegexpReplace):
        replacement = node.args.get("replacement")
        if isinstance(replacement, exp.Literal):
            replacement.set("this", replacement.this.replace("$1", "\\1"))
    return node


with open(query, encoding="utf-8") as file:
    parsed = sqlglot.parse_one(file.read(), read="trino", error_level=sqlglot.ErrorLevel.RAISE)
text = parsed.transform(rewritten).sql(dialect="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)
form = "FORMAT csv, HEADER" if out.endswith(".csv") else "FORMAT json"
duckdb.sql(f"COPY ({text}) TO '{out}' ({form})")
