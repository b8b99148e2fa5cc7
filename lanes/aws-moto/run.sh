#!/usr/bin/env bash
# An account built with the real AWS client in a local imitation of the AWS API, exported with the same client, and asked.
#
#   lanes/aws-moto/run.sh              # LEASTWISE=PROGRAM asks that program, VERBOSE=1 names every check
#
# The imitation is `moto` and the client `awscli`, both from PyPI, in a folder of their own that is removed at the end. The
# imitation listens on 127.0.0.1 only; keys and accounts are made up, and no other address is ever asked for. The environment of
# an earlier run is used again with MOTO_ENVIRONMENT=FOLDER. Takes about two minutes, most of it the client starting up.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lanes=$here/..
# shellcheck source=lanes/checks.sh
. "$lanes/checks.sh"

command -v python3 >/dev/null || not_run "python3 is not there"
program
work=$(mktemp -d)
server=
finally() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
    rm -rf "$work"
}
trap finally EXIT

environment "${MOTO_ENVIRONMENT:-}" 'moto[server]==5.2.5' 'awscli==1.46.3'
programs=$(dirname "$python")
for wanted in moto_server aws; do
    [ -x "$programs/$wanted" ] || not_run "$wanted is not there: $(tail -1 "$work/pip.log" 2>/dev/null)"
done

# Nothing of the user's own accounts may be reached.
while IFS= read -r variable; do unset "$variable"; done < <(compgen -v AWS_ || true)
export AWS_ACCESS_KEY_ID=synthetic AWS_SECRET_ACCESS_KEY=synthetic AWS_DEFAULT_REGION=eu-west-1 AWS_PAGER='' \
    AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true no_proxy=127.0.0.1
export PATH="$programs:$PATH"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export AWS_ENDPOINT_URL=http://127.0.0.1:$port
MOTO_IAM_LOAD_MANAGED_POLICIES=true moto_server -H 127.0.0.1 -p "$port" >"$work/server.log" 2>&1 &
server=$!
for attempt in $(seq 60); do
    if aws iam get-account-summary >/dev/null 2>&1; then break; fi
    [ "$attempt" -lt 60 ] || not_run "the imitation does not answer: $(tail -1 "$work/server.log")"
    sleep 1
done

"$here/account.sh"

# What users do to export an account: in one piece, in pages, without the policies of AWS.
whole=$work/whole
mkdir "$whole" "$work/pages" "$work/joined" "$work/local" "$work/both"
aws iam get-account-authorization-details >"$whole/account-authorization-details.json"
aws iam generate-credential-report >/dev/null
aws iam get-credential-report --query Content --output text | base64 -d >"$whole/credential-report.csv"
aws iam get-account-authorization-details --filter User Group Role LocalManagedPolicy >"$work/local/account.json"
token=
for page in $(seq 1 50); do
    aws iam get-account-authorization-details --max-items 3 ${token:+--starting-token "$token"} >"$work/pages/$page.json"
    token=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1])).get("NextToken") or "")' "$work/pages/$page.json")
    [ -n "$token" ] || break
done
pages=$page
cp "$whole/credential-report.csv" "$work/pages/"
cp "$whole/credential-report.csv" "$work/joined/"
cp "$whole/credential-report.csv" "$work/both/"
for page in $(seq 1 "$pages"); do cat "$work/pages/$page.json"; done >"$work/joined/pages.jsonl"
cp "$whole/account-authorization-details.json" "$work/both/first.json"
cp "$whole/account-authorization-details.json" "$work/both/second.json"

say() { "$LEASTWISE" "$@" 2>"$work/err" || true; }
arn=arn:aws:iam::123456789012
sed "s|\$A|$arn|g" "$here/questions.txt" >"$work/questions.txt"

# The whole export
questions "$work/questions.txt" "$whole"
inventory=$(say identities --in "$whole" --format csv)
# Beside them stands whoever makes a repository on GitHub, whom the trust of one role may let in.
equal "there are as many identities as were made" 24 "$(grep -c '^arn:' <<<"$inventory")"
contains "whom a trust lets in from elsewhere is one more" "$inventory" "github:anyone"
contains "a tag names the owner" "$(grep ':user/ci-bot,' <<<"$inventory")" build
scan=$(say scan "$whole")
lacks "every file is recognized" "$(cat "$work/err")" "not recognized"
lacks "every file is read" "$(cat "$work/err")" "not read"
contains "the account is named" "$scan" 123456789012
lacks "no secret of the account is printed" "$scan$inventory" Synthetic-only
why=$(say why "$arn:role/nearly-all" s3:DeleteObject arn:aws:s3:::ledger/2026 --in "$whole" --reach direct)
contains "why names the deny" "$why" nearly-all
contains "and where it stands" "$why" account-authorization-details.json:
why=$(say why "$arn:user/ci-bot" s3:PutObject arn:aws:s3:::anything/object --in "$whole")
contains "why names the role on the way" "$why" role/deploy-site
equal "the same export gives the same bytes" "$(say scan "$whole" --format json | cksum)" "$(say scan "$whole" --format json | cksum)"

# The same in other pieces
equal "there are several pages" yes "$([ "$pages" -gt 1 ] && echo yes)"
for form in pages joined both; do
    cut -d '|' -f 1-7 "$work/questions.txt" | sed -E "s/^([^#|]+)\|/\1 ($form) |/" >"$work/again.txt"
    questions "$work/again.txt" "$work/$form"
    others=$(say identities --in "$work/$form" --format csv)
    equal "the same identities ($form)" "$(cut -d, -f1 <<<"$inventory")" "$(cut -d, -f1 <<<"$others")"
done
# Without the policies of AWS, what they say is not known; what the account itself says is.
cat >"$work/partial.txt" <<EOT
a policy that was left out is not guessed | $arn:user/svc-console | s3:GetObject | arn:aws:s3:::anything/object | direct | unknown |
what needs none is known | $arn:role/tables | dynamodb:Query | arn:aws:dynamodb:eu-west-1:123456789012:table/orders | direct | yes | direct
a deny of the account still denies | $arn:role/nearly-all | s3:DeleteObject | arn:aws:s3:::ledger/2026 | direct | no |
EOT
questions "$work/partial.txt" "$work/local"

# shellcheck source=lanes/aws-moto/organization.sh
. "$here/organization.sh"

finish aws-moto
