#!/usr/bin/env bash
# What users install, made and used: the static program, and the container image by buildah.
#
#   lanes/packages/run.sh              # BASE=IMAGE begins with another image, PROFILE=dev builds faster
#
# Where no registry can be reached, the image begins with a Debian that debootstrap makes here. Needs cargo, buildah and the right to make
# containers; git and the network for the packages of the base.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lanes=$here/..
# shellcheck source=lanes/checks.sh
. "$lanes/checks.sh"

command -v cargo >/dev/null || not_run "cargo is not there"
command -v buildah >/dev/null || not_run "buildah is not there (Debian: buildah)"
command -v git >/dev/null || not_run "git is not there"
work=$(mktemp -d)
containers=()
images=()
clean() {
    for container in "${containers[@]}"; do buildah rm "$container" >/dev/null 2>&1 || true; done
    for image in "${images[@]}"; do buildah rmi "$image" >/dev/null 2>&1 || true; done
    rm -rf "$work"
}
trap clean EXIT
# Without a runtime of its own, buildah runs commands in a chroot.
if [ -z "${BUILDAH_ISOLATION:-}" ] && ! command -v runc >/dev/null && ! command -v crun >/dev/null; then
    export BUILDAH_ISOLATION=chroot
fi
buildah info >/dev/null 2>"$work/info" || not_run "buildah makes no containers here: $(tail -1 "$work/info")"

base=${BASE:-$(sed -n 's/^ARG BASE=//p' "$lanes/../Containerfile")}
if ! buildah pull --quiet "$base" >"$work/pull" 2>&1; then
    [ -z "${BASE:-}" ] || not_run "the image $base cannot be had: $(tail -1 "$work/pull")"
    echo "no image of a registry: $(tail -1 "$work/pull")"
    command -v debootstrap >/dev/null || not_run "no registry, and debootstrap is not there to make a base without one"
    debootstrap --variant=minbase bookworm "$work/root" >"$work/debootstrap" 2>&1 ||
        not_run "debootstrap makes no base: $(tail -1 "$work/debootstrap")"
    base=localhost/leastwise-base
    container=$(buildah from scratch)
    containers+=("$container")
    buildah copy --quiet "$container" "$work/root" / >/dev/null
    buildah commit --quiet "$container" "$base" >/dev/null
    images+=("$base")
    echo "begins with a Debian made here"
fi

cargo xtask package image --out "$work/out" --profile "${PROFILE:-release}" --base "$base" >"$work/image" 2>&1 || {
    tail -20 "$work/image"
    fail "the image is built" "see above"
    finish packages
    exit
}
pass "the image is built"
images+=(leastwise)

static=$work/out/leastwise
lacks "the program needs no library" "$(ldd "$static" 2>&1 || true)" "=>"
version=$("$static" --version)
config=$(buildah inspect --type image --format '{{.OCIv1.Config}}' leastwise)
contains "the image runs the program" "$config" "[leastwise]"
contains "as nobody" "$config" "nobody"

container=$(buildah from --pull-never leastwise)
containers+=("$container")
inside() { buildah run "$@" 2>"$work/err" || printf 'ended with %s: %s' "$?" "$(tail -3 "$work/err")"; }
equal "it is the same program" "$version" "$(inside "$container" -- leastwise --version)"
equal "nobody is who runs it" "nobody" "$(inside "$container" -- id -un)"
contains "the demo runs in it" "$(inside "$container" -- leastwise demo)" "Halcyon Pay"

# A repository that is mounted, that belongs to somebody else, and of which only git knows the older version.
repository=$work/repository
mkdir "$repository"
cat >"$repository/role.yaml" <<'YAML'
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
YAML
as_somebody() { git -C "$repository" -c user.name=lane -c user.email=lane@example.com "$@" >/dev/null; }
as_somebody init --quiet
as_somebody add .
as_somebody commit --quiet --message base
sed -i 's/configmaps/configmaps, secrets/' "$repository/role.yaml"
chmod -R a+rX "$work"
said=$(inside --volume "$repository:/work:ro" "$container" -- leastwise check --base HEAD .)
contains "check --base reads the older version through git" "$said" "core/secrets:get"
finish packages
