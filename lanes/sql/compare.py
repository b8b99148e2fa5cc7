"""Compares two rollups: all but the places of records that were left out, which are those of the file that was read, and but
records that name no call, which are foreign in a log and odd in the result of a query."""

import json
import sys

files, calls = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:])
for part in ["window", "sources", "uses", "without_use"]:
    one, other = files[part], calls[part]
    if one == other:
        continue
    if isinstance(one, list):
        one, other = [row for row in one if row not in other], [row for row in other if row not in one]
    print(f"{part}: files {json.dumps(one)}, query {json.dumps(other)}")
