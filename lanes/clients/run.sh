#!/usr/bin/env bash
# The real `kubectl` and the real `gh` against small servers of this lane: what `collect` asks is what they understand, pages are
# joined, what is refused is said, and no byte of what looks like a secret is kept.
#
#   lanes/clients/run.sh            # LEASTWISE=PROGRAM, KUBECTL=PROGRAM, GH=PROGRAM, VERBOSE=1
#
# Debian has both clients (kubernetes-client, gh). A client that is missing is said, and the other is tried all the same.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lanes=$here/..
# shellcheck source=lanes/checks.sh
. "$lanes/checks.sh"

command -v python3 >/dev/null || not_run "python3 is not there"
kubectl=$(command -v "${KUBECTL:-kubectl}" || true)
gh=$(command -v "${GH:-gh}" || true)
[ -n "$kubectl$gh" ] || not_run "neither kubectl nor gh is there"
program
work=$(mktemp -d)
servers=()
trap 'for one in "${servers[@]:-}"; do if [ -n "$one" ]; then kill "$one" 2>/dev/null || true; fi; done; rm -rf "$work"' EXIT

# wait_for FILE: until a server has made it.
wait_for() {
    for _ in $(seq 100); do
        if [ -e "$1" ] && { [ -S "$1" ] || [ -s "$1" ]; }; then return 0; fi
        sleep 0.1
    done
    fail "the server of this lane starts" "$1 was never made"
    finish clients
}

only_reads() {
    lacks "$1 only reads" "$(grep -v '^GET ' "$2" || true)" " "
    if grep -rq planted-secret "$3"; then fail "$1 keeps no secret" "$(grep -rl planted-secret "$3")"; else pass "$1 keeps no secret"; fi
}

if [ -n "$kubectl" ]; then
    python3 "$here/cluster.py" "$work/port" "$work/kubernetes.log" &
    servers+=($!)
    wait_for "$work/port"
    cat >"$work/kubeconfig" <<CONFIG
{"apiVersion": "v1", "kind": "Config", "current-context": "lane",
 "clusters": [{"name": "lane", "cluster": {"server": "http://127.0.0.1:$(cat "$work/port")"}}],
 "users": [{"name": "lane", "user": {}}],
 "contexts": [{"name": "lane", "context": {"cluster": "lane", "user": "lane"}}]}
CONFIG
    export KUBECONFIG=$work/kubeconfig KUBECACHEDIR=$work/kubecache
    said=$("$LEASTWISE" collect kubernetes --client "$kubectl" --out "$work/cluster" 2>&1 || true)
    contains "what the cluster refuses is said" "$said" "forbidden"
    contains "lists are asked for in pages" "$(cat "$work/kubernetes.log")" "continue="
    lacks "secrets are never asked for" "$(cat "$work/kubernetes.log")" "/secrets"
    lacks "kinds that the cluster does not have are no failure" "$said" "cronworkflows"
    only_reads "collect kubernetes" "$work/kubernetes.log" "$work/cluster"
    questions "$here/cluster.txt" "$work/cluster"
    live=$("$LEASTWISE" kubectl can system:serviceaccount:shop:api get secrets -n shop --client "$kubectl" 2>&1 || true)
    contains "the plugin asks the cluster itself" "$live" "yes"
else
    printf 'not run: kubectl is not there\n' >&2
fi

if [ -n "$gh" ]; then
    python3 "$here/github.py" "$work/socket" "$work/github.log" &
    servers+=($!)
    wait_for "$work/socket"
    mkdir "$work/gh"
    printf 'http_unix_socket: %s\n' "$work/socket" >"$work/gh/config.yml"
    export GH_CONFIG_DIR=$work/gh GH_TOKEN=none-is-asked-for GH_NO_UPDATE_NOTIFIER=1
    unset GH_HOST GH_ENTERPRISE_TOKEN GITHUB_TOKEN
    said=$("$LEASTWISE" collect github --client "$gh" --out "$work/github" --within acme 2>&1 || true)
    contains "what GitHub refuses is said" "$said" "personal-access-tokens"
    contains "lists are followed to their last page" "$(cat "$work/github.log")" "page=3"
    only_reads "collect github" "$work/github.log" "$work/github"
    questions "$here/github.txt" "$work/github"
else
    printf 'not run: gh is not there\n' >&2
fi
finish clients
