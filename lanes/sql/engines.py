"""Runs a query on an engine inside of this process and writes its result as JSON Lines or CSV with names of columns."""

import sys

engine, query, out = sys.argv[1:]
with open(query, encoding="utf-8") as file:
    query = file.read()
if engine == "duckdb":
    import duckdb

    form = "FORMAT csv, HEADER" if out.endswith(".csv") else "FORMAT json"
    duckdb.sql(f"COPY ({query}\n) TO '{out}' ({form})")
else:
    import chdb

    result = chdb.query(query, "CSVWithNames" if out.endswith(".csv") else "JSONEachRow")
    with open(out, "wb") as file:
        file.write(result.bytes())
