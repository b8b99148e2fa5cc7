# Unpacks Kubernetes from Debian's source package, with all it depends on, into $folder; sets $go and $source. For scripts that build something of
# it: needs apt-get and Go (Debian: golang-1.19-go).
suite=bookworm

for go in "$(command -v go || true)" /usr/lib/go-1.19/bin/go; do
    if [ -n "$go" ] && [ -x "$go" ]; then break; fi
done
[ -x "$go" ] || { echo "no Go: apt-get install golang-1.19-go" >&2; exit 1; }
mkdir -p "$folder/lists/partial" "$folder/archives/partial"
folder=$(cd "$folder" && pwd)
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
