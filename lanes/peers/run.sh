#!/usr/bin/env bash
# leastwise beside Principal Mapper, cloudsplaining and iamprover on one synthetic account: times, and every answer that differs with
# its reason.
#
#   lanes/peers/run.sh                 # LEASTWISE=PROGRAM measures that program, ROLES=N an account of another size
#
# The peers come from PyPI, in an environment of their own that is removed at the end; one of an earlier run is used again with
# PEERS_ENVIRONMENT=FOLDER. They run as processes, on a file, and talk to nobody. Takes some minutes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lanes=$here/..
# shellcheck source=lanes/checks.sh
. "$lanes/checks.sh"

command -v python3 >/dev/null || not_run "python3 is not there"
command -v cargo >/dev/null || not_run "cargo is not there"
program
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

environment "${PEERS_ENVIRONMENT:-}" principalmapper==1.1.5 cloudsplaining==0.9.1 iamprover==0.7.1
peers=$(dirname "$python")
for peer in cloudsplaining pmapper iamprover; do
    [ -x "$peers/$peer" ] || not_run "$peer is not there: $(tail -1 "$work/pip.log" 2>/dev/null)"
done
cargo run --quiet --release -p leastwise-bench --bin leastwise-generate --manifest-path "$lanes/../Cargo.toml" -- \
    aws --roles "${ROLES:-250}" >"$work/account.json" 2>/dev/null
export PATH="$peers:$PATH"
status=0
for tool in compare prover; do
    python "$here/$tool.py" "$work/account.json" "$LEASTWISE" || status=1
    echo
done
exit $status
