#!/usr/bin/env bash
# The public matrices of HP Labs: roles as few as can be, and every certificate accepted by the checker that shares no code with the miner.
#
#   lanes/role-mining/run.sh FOLDER      # or LEASTWISE_ROLE_MATRICES=FOLDER; LEASTWISE=PROGRAM, VERBOSE=1
#
# FOLDER holds, one `user permission` pair a line, plain or packed (`.gz`), what this repository does not copy:
#   hc.txt domino.txt emea.txt fire1.txt fire2.txt
# The matrices: Ene, Horne, Milosavljevic, Rao, Schreiber, Tarjan, "Fast exact and heuristic methods for role minimization problems"
# (SACMAT 2008), where the fewest roles stand as well.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lanes=$here/..
# shellcheck source=lanes/checks.sh
. "$lanes/checks.sh"

matrices=${1:-${LEASTWISE_ROLE_MATRICES:-}}
[ -n "$matrices" ] || not_run "no folder of matrices is given; the top of $0 says what goes into it"
program
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# matrix NAME FEWEST: the roles of one matrix are so many, are proved to be as few as can be, and the proof holds.
matrix() {
    local name=$1 fewest=$2 pairs=$work/$1.txt proof=$work/$1.json from found seconds
    if [ -f "$matrices/$name.txt" ]; then
        cp "$matrices/$name.txt" "$pairs"
    elif [ -f "$matrices/$name.txt.gz" ]; then
        gzip -dc "$matrices/$name.txt.gz" >"$pairs"
    else
        not_run "$matrices/$name.txt is not there; the top of $0 says where to get it"
    fi
    from=$(date +%s%N)
    "$LEASTWISE" roles mine --assignments "$pairs" --certificate "$proof" --format json >"$work/roles.json" 2>"$work/err" ||
        fail "$name is mined" "$(cat "$work/err")"
    seconds=$(awk -v from="$from" -v to="$(date +%s%N)" 'BEGIN { printf "%.2f", (to - from) / 1e9 }')
    found=$(grep -c '^      "name":' "$work/roles.json") || true
    equal "$name: as few roles as can be" "$fewest" "$found"
    equal "$name: the bound says so" "$fewest" "$(sed -nE 's/^  "lower_bound": ([0-9]+),?$/\1/p' "$work/roles.json")"
    if "$LEASTWISE" roles verify --assignments "$pairs" --certificate "$proof" >"$work/verified" 2>&1; then
        pass "$name: the certificate holds"
    else
        fail "$name: the certificate holds" "$(cat "$work/verified")"
    fi
    # A checker that accepts everything proves nothing.
    sed '$d' "$pairs" >"$work/less.txt"
    if "$LEASTWISE" roles verify --assignments "$work/less.txt" --certificate "$proof" >/dev/null 2>&1; then
        fail "$name: the certificate does not hold of other assignments" "it was accepted"
    else
        pass "$name: the certificate does not hold of other assignments"
    fi
    printf '%-8s %3s roles  %s s\n' "$name" "$found" "$seconds"
}

matrix hc 14
matrix domino 20
matrix emea 34
matrix fire1 64
matrix fire2 10
finish "role mining"
