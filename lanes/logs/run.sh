#!/usr/bin/env bash
# Audit logs folded into use, beside chDB and Python with orjson on the same files: processor time, memory, and the truth.
#
#   lanes/logs/run.sh                  # EVENTS=N makes logs of another size
#
# The peers come from PyPI, in an environment of their own that is removed at the end; one of an earlier run is used again with
# PEERS_ENVIRONMENT=FOLDER. Each way is a process of its own that reads files and talks to nobody. Takes some minutes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lanes=$here/..
# shellcheck source=lanes/checks.sh
. "$lanes/checks.sh"

command -v cargo >/dev/null || not_run "cargo is not there"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

environment "${PEERS_ENVIRONMENT:-}" chdb orjson
"$python" -c "import chdb, orjson" 2>/dev/null || not_run "the peers are not there: $(tail -1 "$work/pip.log" 2>/dev/null)"
"$python" -m pip list --disable-pip-version-check 2>/dev/null | grep -E '^(chdb|orjson) ' | tr -s ' '
LEASTWISE_BENCH_PYTHON=$python cargo bench --quiet -p leastwise-bench --bench logs \
    --manifest-path "$lanes/../Cargo.toml" -- --events "${EVENTS:-200000}"
