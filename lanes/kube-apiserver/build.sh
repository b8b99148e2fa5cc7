#!/usr/bin/env bash
# Builds a real API server: build.sh [FOLDER], by default ~/.cache/leastwise-kubernetes. From Debian's source package of Kubernetes, with all it depends
# on, without the libraries of clouds; needs apt-get and Go (Debian: golang-1.19-go), and ten minutes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$HOME/.cache/leastwise-kubernetes}
. "$here/../../crates/platforms/kubernetes/authorizer/source.sh"
cd "$source"
export GO111MODULE=off CGO_ENABLED=0 GOPATH=$folder GOCACHE=$folder/go PATH="$(dirname "$go"):$PATH"
# The server describes its types by code that is generated, and not part of the source.
go build -o "$folder/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
described=$(grep -rl --include='*.go' '+k8s:openapi-gen=true' pkg staging/src |
    grep -v -e '_test.go' -e zz_gen -e /sample- -e testdata -e code-generator | xargs -n1 dirname | sort -u |
    sed 's#^staging/src/#k8s.io/kubernetes/vendor/#; s#^pkg/#k8s.io/kubernetes/pkg/#' | paste -sd,)
: >"$folder/no-header"
"$folder/openapi-gen" --go-header-file "$folder/no-header" --output-file-base zz_generated.openapi --input-dirs "$described" \
    --output-package k8s.io/kubernetes/pkg/generated/openapi --output-base "$folder/src" --report-filename "$folder/no-report"
# A server that does not know its release says that it has none.
release=$(basename "$folder"/kubernetes_*.orig.tar.gz | sed -E 's/^kubernetes_(.*really)?([0-9.]+)\.orig.*/\2/')
flags=
for package in component-base/version client-go/pkg/version; do
    package=k8s.io/kubernetes/vendor/k8s.io/$package
    flags="$flags -X $package.gitVersion=v$release -X $package.gitMajor=${release%%.*} -X $package.gitMinor=$(cut -d. -f2 <<<"$release")"
done
go build -tags providerless -ldflags "$flags" -o "$folder/kube-apiserver" ./cmd/kube-apiserver
rm -rf "$source" "$folder/go" "$folder/lists" "$folder/openapi-gen" "$folder/no-header" "$folder/no-report"
echo "built $folder/kube-apiserver"
