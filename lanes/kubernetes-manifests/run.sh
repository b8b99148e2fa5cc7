#!/usr/bin/env bash
# Argo CD's and Flux's own manifests over the roles that every cluster begins with, and what they allow.
#
#   lanes/kubernetes-manifests/run.sh FOLDER      # or LEASTWISE_MANIFESTS=FOLDER; LEASTWISE=PROGRAM, VERBOSE=1
#
# FOLDER is made of upstream's files (all Apache-2.0), which this repository does not copy:
#   argo-cd-install.yaml       argoproj/argo-cd, manifests/install.yaml
#   flux-*.yaml                fluxcd/flux2, manifests/rbac/{controller,edit,reconciler,view}.yaml
#   default-roles-1.36.2/      kubernetes/kubernetes v1.36.2, plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata/*.yaml
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lanes=$here/..
# shellcheck source=lanes/checks.sh
. "$lanes/checks.sh"

manifests=${1:-${LEASTWISE_MANIFESTS:-}}
[ -n "$manifests" ] || not_run "no folder of manifests is given; the top of $0 says what goes into it"
for wanted in argo-cd-install.yaml flux-controller.yaml flux-edit.yaml flux-reconciler.yaml flux-view.yaml default-roles-1.36.2; do
    [ -e "$manifests/$wanted" ] || not_run "$manifests/$wanted is not there; the top of $0 says where to get it"
done
program
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One folder is one cluster.
cluster=$work/cluster
mkdir "$cluster"
cp -r "$manifests/." "$cluster"
cp "$here/holders.yaml" "$cluster"
chmod -R u+w "$cluster"

say() { "$LEASTWISE" "$@" 2>"$work/err" || true; }
account=system:serviceaccount

questions "$here/questions.txt" "$cluster"
scan=$(say scan "$cluster")
lacks "every file is recognized" "$(cat "$work/err")" "not recognized"
lacks "every file is read" "$(cat "$work/err")" "not read"
contains "the application controller is named on the page" "$scan" argocd-application-controller
why=$(say why $account:argocd:argocd-server rbac.authorization.k8s.io/clusterrolebindings:create / --in "$cluster")
contains "why leads through the controller" "$why" argocd-application-controller
contains "and names the file" "$why" argo-cd-install.yaml:
who=$(say who-can rbac.authorization.k8s.io/clusterroles:escalate /anything --in "$cluster" --reach direct --format plain)
for name in argocd:argocd-application-controller flux-system:kustomize-controller flux-system:helm-controller kube-system:clusterrole-aggregation-controller; do
    contains "who-can escalate: $name" "$who" "$account:$name"
done
for name in argocd:argocd-server flux-system:source-controller team:admin; do
    lacks "who-can escalate: not $name" "$who" "$account:$name"
done

# Quiet: the objects that every cluster begins with are nobody's mistake, and a manifest never proves that something is missing.
findings() { sed -n 's/^ *"findings": \[\]/none/p; /"findings": \[/,/^  \]/p' <<<"$1"; }
own() { findings "$1" | grep -c '"provided": false' || true; }
defaults=$(say scan "$manifests/default-roles-1.36.2" --format json)
equal "the roles of a new cluster alone: no finding of its own" 0 "$(own "$defaults")"
both=$(say scan "$cluster" --format json)
lacks "nothing is told as missing" "$(findings "$both")" armed-binding
lacks "a watcher is no reader" "$(findings "$both")" misleading-name
equal "findings of Argo CD, Flux and the holders of default roles" 8 "$(own "$both")"

finish kubernetes-manifests
