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

command -v python3 >/dev/null || not_run "python3 is not there"
command -v cargo >/dev/null || not_run "cargo is not there"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

environment=${PEERS_ENVIRONMENT:-$work/environment}
if ! "$environment/bin/python" -c "import chdb, orjson" 2>"$work/pip.log"; then
    python3 -m venv "$environment" >"$work/pip.log" 2>&1 || not_run "python3 makes no environments: $(tail -1 "$work/pip.log")"
    "$environment/bin/pip" install --quiet --disable-pip-version-check chdb orjson >"$work/pip.log" 2>&1 ||
        not_run "the peers cannot be installed: $(tail -1 "$work/pip.log")"
fi
"$environment/bin/pip" list --disable-pip-version-check 2>/dev/null | grep -E '^(chdb|orjson) ' | tr -s ' '
LEASTWISE_BENCH_PYTHON=$environment/bin/python cargo bench --quiet -p leastwise-bench --bench logs \
    --manifest-path "$lanes/../Cargo.toml" -- --events "${EVENTS:-200000}"
