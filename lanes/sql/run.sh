#!/usr/bin/env bash
# Records counted by an engine, with the query that `leastwise usage --sql` prints, give the rollup of the files, to the last count.
#
#   lanes/sql/run.sh
#
# The engines come from PyPI, in an environment that is removed at the end; one of an earlier run is used again with
# ENGINES_ENVIRONMENT=FOLDER. An engine that is not there is named, and makes the lane end with 77. Trino needs a server: its
# query is read by sqlglot in Trino's dialect, and run by DuckDB.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lanes=$here/..
# shellcheck source=lanes/checks.sh
. "$lanes/checks.sh"

command -v cargo >/dev/null || not_run "cargo is not there"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

environment "${ENGINES_ENVIRONMENT:-}" duckdb chdb sqlglot
cargo build --quiet -p leastwise --manifest-path "$lanes/../Cargo.toml"
program=${CARGO_TARGET_DIR:-$lanes/../target}/debug/leastwise

mkdir -p "$work/demo" "$work/odd" "$work/escaped" "$work/differing"
cp "$lanes/../examples/halcyon-pay-logs/events/halcyon-prod/cloudtrail.json.gz" "$work/demo/"
python3 "$here/odd.py" "$work/odd/records.json" plain
python3 "$here/odd.py" "$work/escaped/records.json" escaped
python3 "$here/odd.py" "$work/differing/records.json" differing

absent=0
for engine in duckdb clickhouse; do
    module=$engine
    [ "$engine" = clickhouse ] && module=chdb
    if ! "$python" -c "import $module" 2>/dev/null; then
        echo "not run: $module is not there" >&2
        absent=1
        continue
    fi
    for logs in demo odd escaped differing; do
        "$program" usage "$work/$logs" --format json >"$work/files.json" 2>/dev/null
        "$program" usage --sql "$engine" "$work/$logs/*.json*" >"$work/query.sql"
        for form in jsonl csv; do
            "$python" "$here/engines.py" "$engine" "$work/query.sql" "$work/calls.$form"
            "$program" usage "$work/calls.$form" --format json >"$work/calls.json" 2>"$work/said"
            if [ "$logs" = differing ]; then
                contains "$engine, $form: deliveries that differ are left out and counted" "$(cat "$work/said")" "2 records left out"
                continue
            fi
            differences=$(python3 "$here/compare.py" "$work/files.json" "$work/calls.json" 2>&1) || true
            equal "$engine, $logs, $form: the rollup of the files" "" "$differences"
        done
    done
done
# Trino's own query, read as Trino reads it and run by another engine: the dialect, not the server.
if "$python" -c "import sqlglot, duckdb" 2>/dev/null; then
    "$program" usage --sql trino cloudtrail >"$work/query.sql"
    for form in jsonl csv; do
        "$python" "$here/trino.py" "$work/query.sql" "$work/calls.$form" "$work"/demo/*.json.gz 2>"$work/said" ||
            fail "trino, $form: the query is read and run" "$(tail -1 "$work/said")"
        "$program" usage "$work/calls.$form.told.json" --format json >"$work/files.json" 2>/dev/null
        "$program" usage "$work/calls.$form" --format json >"$work/calls.json" 2>/dev/null
        differences=$(python3 "$here/compare.py" "$work/files.json" "$work/calls.json" 2>&1) || true
        equal "trino, by sqlglot and DuckDB, demo, $form: the rollup of the files" "" "$differences"
    done
else
    echo "not run: sqlglot or duckdb is not there" >&2
    absent=1
fi
finish "queries"
[ "$absent" = 0 ] || exit 77
