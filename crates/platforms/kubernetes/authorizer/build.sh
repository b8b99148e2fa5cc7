#!/usr/bin/env bash
# Builds the program that asks the real RBAC authorizer: build.sh [FOLDER], by default ~/.cache/leastwise-kubernetes.
# Takes Kubernetes from Debian's source package, with all it depends on; needs apt-get and Go (Debian: golang-1.19-go).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$HOME/.cache/leastwise-kubernetes}
. "$here/source.sh"
mkdir "$source/cmd/ask-rbac"
cp "$here/main.go" "$source/cmd/ask-rbac/"
cd "$source"
GO111MODULE=off CGO_ENABLED=0 GOPATH=$folder GOCACHE=$folder/go "$go" build -o "$folder/ask-rbac" ./cmd/ask-rbac
rm -rf "$source" "$folder/go" "$folder/lists"
echo "built $folder/ask-rbac"
