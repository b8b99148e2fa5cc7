#!/usr/bin/env bash
# Builds the program that asks the real RBAC authorizer: build.sh [FOLDER], by default ~/.cache/leastwise-kubernetes.
# Takes Kubernetes from Debian's source package, with all it depends on; needs apt-get and Go (Debian: golang-1.19-go).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$HOME/.cache/leastwise-kubernetes}
suite=bookworm

for go in "$(command -v go || true)" /usr/lib/go-1.19/bin/go; do
    if [ -n "$go" ] && [ -x "$go" ]; then break; fi
done
[ -x "$go" ] || { echo "no Go: apt-get install golang-1.19-go" >&2; exit 1; }
mkdir -p "$folder/lists/partial" "$folder/archives/partial"
cd "$folder"

# The source list is our own: that of the machine stays as it is.
if ! compgen -G 'kubernetes_*.orig.tar.gz' >/dev/null; then
    echo "deb-src http://deb.debian.org/debian $suite main" >sources.list
    apt=(apt-get -o Dir::Etc::SourceList="$folder/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o Dir::State::Lists="$folder/lists" -o Dir::Cache="$folder")
    "${apt[@]}" --quiet update
    "${apt[@]}" --quiet --download-only source kubernetes
fi

# Built without modules, from the folder that its import path names.
source=$folder/src/k8s.io/kubernetes
rm -rf "$source"
mkdir -p "$source"
tar --extract --gzip --strip-components=1 --directory "$source" --file kubernetes_*.orig.tar.gz
mkdir "$source/cmd/ask-rbac"
cp "$here/main.go" "$source/cmd/ask-rbac/"
cd "$source"
GO111MODULE=off CGO_ENABLED=0 GOPATH=$folder GOCACHE=$folder/go "$go" build -o "$folder/ask-rbac" ./cmd/ask-rbac
rm -rf "$source" "$folder/go" "$folder/lists"
echo "built $folder/ask-rbac"
