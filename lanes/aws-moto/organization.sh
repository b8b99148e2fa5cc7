# An organization of three accounts, collected by a role that is taken on in each; sourced by run.sh.
#
# The imitation lets anybody take on any role, and knows by the keys that this gives in which account a request is. A program
# between leastwise and the client counts what is asked, answers some of it as AWS does when it is asked too much, and refuses
# what a file names.

organization=$work/organization
mkdir "$organization" "$organization/bin"
aws organizations create-organization --feature-set ALL >/dev/null
root=$(aws organizations list-roots --query 'Roots[0].Id' --output text)
unit=$(aws organizations create-organizational-unit --parent-id "$root" --name shops --query OrganizationalUnit.Id --output text)
for name in shop bank; do
    id=$(aws organizations create-account --email "$name@example.com" --account-name "$name" --query CreateAccountStatus.AccountId --output text)
    declare "$name=$id"
    keys=$(aws sts assume-role --role-arn "arn:aws:iam::$id:role/OrganizationAccountAccessRole" --role-session-name lane \
        --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)
    read -r key secret token <<<"$keys"
    as() { AWS_ACCESS_KEY_ID=$key AWS_SECRET_ACCESS_KEY=$secret AWS_SESSION_TOKEN=$token aws "$@"; }
    as iam create-role --role-name "$name-reader" --assume-role-policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}' >/dev/null
    as iam put-role-policy --role-name "$name-reader" --policy-name read --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
    as s3api create-bucket --bucket "$name-reports" --create-bucket-configuration LocationConstraint=eu-west-1 >/dev/null
    as s3api put-bucket-policy --bucket "$name-reports" --policy "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::$name-reports/hidden/*\"}]}"
done
# shellcheck disable=SC2154
aws organizations move-account --account-id "$shop" --source-parent-id "$root" --destination-parent-id "$unit"

# A permission set, assigned to a group in the one account that the imitation provisions, and its role there as AWS would make it.
read -r instance store <<<"$(aws sso-admin list-instances --query 'Instances[0].[InstanceArn,IdentityStoreId]' --output text)"
set=$(aws sso-admin create-permission-set --instance-arn "$instance" --name Reader --query PermissionSet.PermissionSetArn --output text)
reads='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
aws sso-admin put-inline-policy-to-permission-set --instance-arn "$instance" --permission-set-arn "$set" --inline-policy "$reads"
directory() { aws identitystore "$@" --identity-store-id "$store"; }
member=$(directory create-user --user-name analyst --display-name analyst --name Formatted=analyst,GivenName=analyst,FamilyName=analyst --emails Value=planted@example.com --query UserId --output text)
outsider=$(directory create-user --user-name outsider --display-name outsider --name Formatted=outsider,GivenName=outsider,FamilyName=outsider --query UserId --output text)
group=$(directory create-group --display-name analysts --query GroupId --output text)
directory create-group-membership --group-id "$group" --member-id "UserId=$member" >/dev/null
aws sso-admin provision-permission-set --instance-arn "$instance" --permission-set-arn "$set" --target-type AWS_ACCOUNT --target-id 123456789012 >/dev/null
aws sso-admin create-account-assignment --instance-arn "$instance" --permission-set-arn "$set" --target-type AWS_ACCOUNT \
    --target-id 123456789012 --principal-type GROUP --principal-id "$group" >/dev/null
aws iam create-role --path /aws-reserved/sso.amazonaws.com/ --role-name AWSReservedSSO_Reader_0123456789abcdef --assume-role-policy-document \
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::123456789012:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"},"Action":["sts:AssumeRoleWithSAML","sts:TagSession"],"Condition":{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}}]}' >/dev/null
aws iam put-role-policy --role-name AWSReservedSSO_Reader_0123456789abcdef --policy-name AwsSSOInlinePolicy --policy-document "$reads"

# Between leastwise and the client: what is asked goes to a file, with the account that the keys are of.
cat >"$organization/bin/aws" <<EOT
#!/bin/sh
printf '%s %s\n' "\${AWS_SESSION_TOKEN:+member}" "\$*" >>"$organization/asked.txt"
while read -r word; do
    case "\$*" in *"\$word"*) echo "An error occurred (AccessDenied) when calling it: refused" >&2; exit 254 ;; esac
done <"$organization/refused.txt"
case "\$*" in
    *"sns list-topics"*) if mkdir "$organization/throttled-\${AWS_SESSION_TOKEN:+member}" 2>/dev/null; then
        echo "An error occurred (ThrottlingException) when calling the ListTopics operation (reached max retries: 4): Rate exceeded" >&2; exit 254; fi ;;
    # What the imitation lacks: reports on last use, which take a while.
    *generate-service-last-accessed-details*) echo '{"JobId":"job-'"\$(printf '%s' "\$*" | cksum | cut -d ' ' -f 1)"'"}'; exit ;;
    *get-service-last-accessed-details*) if mkdir "$organization/report-\$(printf '%s' "\$*" | cksum | cut -d ' ' -f 1)" 2>/dev/null; then
        echo '{"JobStatus":"IN_PROGRESS","JobCreationDate":"2026-01-01T00:00:00+00:00"}'; else
        echo '{"JobStatus":"COMPLETED","JobType":"ACTION_LEVEL","JobCreationDate":"2026-01-01T00:00:00+00:00","JobCompletionDate":"2026-01-01T00:00:01+00:00","ServicesLastAccessed":[{"ServiceName":"Amazon S3","ServiceNamespace":"s3","TotalAuthenticatedEntities":0}],"IsTruncated":false}'; fi; exit ;;
    # Its address would begin with the number of the account, which names nobody here.
    *s3control*) echo "An error occurred (NoSuchPublicAccessBlockConfiguration) when calling the GetPublicAccessBlock operation: none" >&2; exit 254 ;;
    # The imitation lacks it; AWS answers so where there is no boundary.
    *get-permissions-boundary-for-permission-set*) echo "An error occurred (ResourceNotFoundException) when calling it: none" >&2; exit 254 ;;
    *"sqs list-queues"*) [ -z "\$AWS_SESSION_TOKEN" ] || [ ! -e "$organization/slow" ] || sleep 20 ;;
esac
# For queues this client asks an address of its own unless it is told here.
exec "$programs/aws" --endpoint-url "$AWS_ENDPOINT_URL" "\$@"
EOT
chmod +x "$organization/bin/aws"
: >"$organization/refused.txt"
out=$organization/out
collecting=("$LEASTWISE" collect aws --client "$organization/bin/aws" --out "$out" --role-name OrganizationAccountAccessRole --within eu-west-1 --last-used)
collects() { "${collecting[@]}" >"$work/out" 2>"$work/err"; }
whole() { python3 -c 'import json, sys; parts = json.load(open(sys.argv[1]))["parts"]; print(sum(part["state"] == "whole" for part in parts), len(parts))' "$out/collected.json"; }

# A run that is ended from outside: what it has read by then stands, with a manifest.
touch "$organization/slow"
"${collecting[@]}" >/dev/null 2>&1 & running=$!
for attempt in $(seq 240); do
    if [ -s "$out/collected.json" ] && grep -q 123456789012/account-authorization "$out/collected.json"; then break; fi
    sleep 0.5
done
kill "$running" 2>/dev/null || true
wait "$running" 2>/dev/null || true
rm "$organization/slow"
read -r done_before _ <<<"$(whole)"
equal "a run that ended early has whole parts" yes "$([ "$done_before" -ge 1 ] && echo yes)"
contains "what is there can be asked, and says that it is not all" "$(say doctor --in "$out" --format csv)" "the run ended before"

# Taken up, with a refusal in one place.
echo "lambda list-functions" >"$organization/refused.txt"
: >"$organization/asked.txt"
collects
contains "a run is taken up" "$(cat "$work/err")" "taking up an earlier run: $done_before of"
contains "a question that was too much is asked again" "$(cat "$work/err")" "ThrottlingException"
contains "a refusal is told" "$(cat "$work/err")" "$shop eu-west-1: lambda list-functions: AccessDenied"
contains "doctor tells it" "$(say doctor --in "$out" --format csv)" '`lambda list-functions` was not collected: AccessDenied'
: >"$organization/refused.txt"
: >"$organization/asked.txt"
collects
equal "in the end every part is whole" "" "$(say doctor --in "$out" --format csv | grep ^asked)"
lacks "what was got is not asked again" "$(cat "$organization/asked.txt")" get-account-authorization-details
contains "what was refused is" "$(cat "$organization/asked.txt")" "lambda list-functions"
: >"$organization/asked.txt"
collects
equal "after that only who asks is asked, and which accounts there are" 2 "$(wc -l <"$organization/asked.txt")"

found=$(say identities --in "$out" --format csv)
for name in shop bank; do contains "the role of $name is read" "$found" "arn:aws:iam::${!name}:role/$name-reader"; done
cat >"$work/organization.txt" <<EOT
what a bucket of a member denies is denied | arn:aws:iam::$shop:role/shop-reader | s3:GetObject | arn:aws:s3:::shop-reports/hidden/june | direct | no |
the rest is allowed | arn:aws:iam::$shop:role/shop-reader | s3:GetObject | arn:aws:s3:::shop-reports/june | direct | yes | direct
who is in a group signs in to the role that is assigned to it | arn:aws:identitystore:::user/$member | s3:GetObject | arn:aws:s3:::anything/object | any | yes | through
EOT
questions "$work/organization.txt" "$out"
# The imitation gives keys that begin like those of AWS; a request is signed with nothing else.
equal "no login of a role is in what was written" "" "$(grep -rlE 'ASIA[A-Z0-9]{16}|"SessionToken"|"SecretAccessKey"' "$out" || true)"
equal "nor in the arguments of a command" "" "$(grep -E 'ASIA[A-Z0-9]{16}' "$organization/asked.txt" || true)"
lacks "of people nothing is kept but their names" "$(cat "$out"/*.jsonl)" planted
contains "who may read is told by the names of people" "$(say who-can s3:GetObject arn:aws:s3:::anything/object --in "$out" --format csv)" "user/$member"
# The imitation calls permission sets otherwise than AWS does, so that there may be assignments which it did not tell.
lacks "and nobody else of the directory for sure" "$(say who-can s3:GetObject arn:aws:s3:::anything/object --in "$out" --format csv | grep ^yes)" "user/$outsider"
excess=$(say excess "arn:aws:iam::$shop:role/shop-reader" --in "$out" --log-config "$out/last-accessed" --format json)
lacks "reports on last use are read" "$(cat "$work/err")" "not read"
