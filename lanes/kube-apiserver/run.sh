#!/usr/bin/env bash
# A real API server with its store, on this machine: what it lets users do, asked and tried, beside what leastwise says of its export.
#
#   lanes/kube-apiserver/build.sh && lanes/kube-apiserver/run.sh    # KUBE_APISERVER=PROGRAM, LEASTWISE=PROGRAM, KUBECTL=PROGRAM
#
# Debian has the store and the client (etcd-server, kubernetes-client); nothing leaves this machine.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lanes=$here/..
# shellcheck source=lanes/checks.sh
. "$lanes/checks.sh"

server=${KUBE_APISERVER:-$HOME/.cache/leastwise-kubernetes/kube-apiserver}
[ -x "$server" ] || not_run "no API server at $server: lanes/kube-apiserver/build.sh builds one"
kubectl=$(command -v "${KUBECTL:-kubectl}" || true)
[ -n "$kubectl" ] || not_run "kubectl is not there (Debian: kubernetes-client)"
for needed in etcd openssl python3; do
    command -v "$needed" >/dev/null || not_run "$needed is not there"
done
program
work=$(mktemp -d)
running=()
trap 'for one in "${running[@]:-}"; do if [ -n "$one" ]; then kill "$one" 2>/dev/null || true; wait "$one" 2>/dev/null || true; fi; done; rm -rf "$work"' EXIT
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

store=http://127.0.0.1:$(free_port) peers=http://127.0.0.1:$(free_port) port=$(free_port)
etcd --data-dir "$work/store" --listen-client-urls "$store" --advertise-client-urls "$store" \
    --listen-peer-urls "$peers" --initial-advertise-peer-urls "$peers" --initial-cluster "default=$peers" >"$work/etcd.log" 2>&1 &
running+=($!)
openssl genrsa -out "$work/accounts.key" 2048 2>/dev/null
openssl req -new -newkey rsa:2048 -nodes -keyout "$work/wanted.key" -subj /CN=system:kube-controller-manager -out "$work/wanted" 2>/dev/null
python3 "$here/estate.py" "$here/holders.txt" "$work/objects.json" "$work/tokens"
"$server" --etcd-servers "$store" --bind-address 127.0.0.1 --secure-port "$port" --cert-dir "$work/certificates" \
    --authorization-mode Node,RBAC --token-auth-file "$work/tokens" --disable-admission-plugins ServiceAccount \
    --service-account-key-file "$work/accounts.key" --service-account-signing-key-file "$work/accounts.key" \
    --service-account-issuer https://lane.example.com --service-cluster-ip-range 10.0.0.0/24 >"$work/server.log" 2>&1 &
running+=($!)
token=$(head -1 "$work/tokens" | cut -d, -f1)
certificate=$work/certificates/apiserver.crt
cat >"$work/kubeconfig" <<CONFIG
{"apiVersion": "v1", "kind": "Config", "current-context": "lane",
 "clusters": [{"name": "lane", "cluster": {"server": "https://127.0.0.1:$port", "certificate-authority": "$certificate"}}],
 "users": [{"name": "lane", "user": {"token": "$token"}}],
 "contexts": [{"name": "lane", "context": {"cluster": "lane", "user": "lane"}}]}
CONFIG
export KUBECONFIG=$work/kubeconfig KUBECACHEDIR=$work/kubecache
ready=
for _ in $(seq 120); do
    # The default roles are there once the server says that it is ready.
    if "$kubectl" get --raw /readyz >"$work/ready" 2>&1; then ready=yes && break; fi
    sleep 0.5
done
if [ -z "$ready" ]; then
    fail "the server starts" "$(tail -3 "$work/server.log")"
    finish kube-apiserver
    exit
fi
"$kubectl" version -o json 2>/dev/null | sed -n 's/.*"gitVersion": "\(.*\)".*/version \1/p' | tail -1
"$kubectl" apply --filename "$work/objects.json" >"$work/apply" 2>&1 ||
    fail "the objects are taken" "$(tail -3 "$work/apply")"

said=$("$LEASTWISE" collect kubernetes --client "$kubectl" --out "$work/export" 2>&1 || true)
lacks "the export is read whole" "$said" "forbidden"
if python3 "$here/ask.py" "https://127.0.0.1:$port" "$certificate" "$work/tokens" "$work/export" "$LEASTWISE" "$work/wanted" | tee "$work/said"; then
    pass "the server and leastwise say the same"
else
    fail "the server and leastwise say the same" "$(grep -c DIFFERS "$work/said") answers differ, told above"
fi
finish kube-apiserver
