# Shared by the lanes: how a check is counted, and how a lane says that it cannot run. To be sourced.

passed=0
failed=0

# A lane that cannot run says so where nobody can overlook it, and does not look like a success to a script: 77, as
# test harnesses have it for "skipped".
not_run() {
    printf 'not run: %s\n' "$1" >&2
    exit 77
}

# pass CLAIM / fail CLAIM DETAIL
pass() { passed=$((passed + 1)); if [ -n "${VERBOSE:-}" ]; then printf 'ok    %s\n' "$1"; fi; }
fail() { failed=$((failed + 1)); printf 'FAIL  %s\n      %s\n' "$1" "$2"; }

# equal CLAIM EXPECTED ACTUAL
equal() { if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "expected \`$2\`, got \`$3\`"; fi; }

# contains CLAIM TEXT NEEDLE / lacks CLAIM TEXT NEEDLE
contains() { case "$2" in *"$3"*) pass "$1" ;; *) fail "$1" "\`$3\` is not in: $(head -c 400 <<<"$2")" ;; esac; }
lacks() { case "$2" in *"$3"*) fail "$1" "\`$3\` is in: $(head -c 400 <<<"$2")" ;; *) pass "$1" ;; esac; }

# The program under test: $LEASTWISE, or the one this checkout builds.
program() {
    if [ -n "${LEASTWISE:-}" ]; then
        [ -x "$LEASTWISE" ] || not_run "LEASTWISE=$LEASTWISE is not a program"
    else
        command -v cargo >/dev/null || not_run "neither LEASTWISE=PROGRAM nor cargo is there"
        cargo build --release --quiet -p leastwise --manifest-path "$lanes/../Cargo.toml"
        LEASTWISE=${CARGO_TARGET_DIR:-$lanes/../target}/release/leastwise
    fi
}

# environment FOLDER PACKAGE…: a Python of its own, $python, with packages from PyPI: in FOLDER, or in $work where that is empty. One of an
# earlier run is used as it is. What cannot be installed is missing, and $work/pip.log says why.
environment() {
    local folder=${1:-$work/environment} package
    shift
    command -v python3 >/dev/null || not_run "python3 is not there"
    python=$folder/bin/python
    [ -x "$python" ] && return
    python3 -m venv "$folder" >"$work/pip.log" 2>&1 || not_run "python3 makes no environments: $(tail -1 "$work/pip.log")"
    local install=("$python" -m pip install --quiet --disable-pip-version-check)
    "${install[@]}" "$@" >"$work/pip.log" 2>&1 && return
    for package in "$@"; do
        "${install[@]}" "$package" >>"$work/pip.log" 2>&1 || true
    done
}

# questions FILE ESTATE…: asks every line of FILE (claim | identity | action | resource | reach | expected answer | how;
# spaces around `|` are free, `#` begins a comment) in one run and compares the answer and, where it is given, how.
questions() {
    local file=$1 claim identity action resource reach expected how answer got line paths=()
    shift
    for line in "$@"; do paths+=(--in "$line"); done
    local asked=$work/asked.txt answers=$work/answers.jsonl
    grep -v -e '^#' -e '^ *$' "$file" | sed -E 's/ *\| */|/g; s/^ +//; s/ +$//' >"$asked"
    # Names and ARNs hold nothing that JSON would want escaped.
    awk -F'|' '{ printf "{\"id\":\"%d\",\"identity\":\"%s\",\"action\":\"%s\",\"resource\":\"%s\",\"reach\":\"%s\"}\n", NR, $2, $3, $4, $5 }' \
        "$asked" >"$work/questions.jsonl"
    "$LEASTWISE" ask "$work/questions.jsonl" "${paths[@]}" >"$answers" 2>"$work/ask.err" ||
        fail "every question is understood" "$(tail -3 "$work/ask.err")"
    while IFS='|' read -r claim identity action resource reach expected how <&3 && IFS= read -r answer <&4; do
        got=$(sed -E 's/.*"answer":"([a-z]+)".*/\1/' <<<"$answer")
        if [ -n "$how" ]; then
            expected="$expected $how"
            got="$got $(sed -nE 's/.*"how":"([a-z-]+)".*/\1/p' <<<"$answer")"
        fi
        if [ "$got" = "$expected" ]; then
            pass "$claim"
        else
            fail "$claim" "$identity $action $resource --reach $reach: expected \`$expected\`, got \`${answer:0:300}\`"
        fi
    done 3<"$asked" 4<"$answers"
    equal "every question has its answer" "$(wc -l <"$asked")" "$(wc -l <"$answers")"
}

# Prints the sum, and ends with 1 where something failed.
finish() {
    printf '%s: %s passed, %s failed\n' "$1" "$passed" "$failed"
    [ "$failed" -eq 0 ]
}
