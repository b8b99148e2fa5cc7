#!/usr/bin/env bash
# Builds an account in the API at $AWS_ENDPOINT_URL with the real client. Everything is synthetic.
set -euo pipefail
account=123456789012
here="arn:aws:iam::$account"
managed=arn:aws:iam::aws:policy

iam() { aws iam "$@" >/dev/null; }
statement() { printf '{"Version":"2012-10-17","Statement":[%s]}' "$1"; }
trusts() { statement "{\"Effect\":\"Allow\",\"Principal\":$1,\"Action\":\"${2:-sts:AssumeRole}\"${3:+,\"Condition\":$3}}"; }
role() { iam create-role --role-name "$1" --assume-role-policy-document "$2" "${@:3}"; }

# Who stands in the policies below.
iam create-open-id-connect-provider --url https://token.actions.githubusercontent.com \
    --client-id-list sts.amazonaws.com --thumbprint-list 6938fd4d98bab03faadb97b34396831e3780aea1
aws iam create-saml-provider --name corporate \
    --saml-metadata-document "$(printf '<EntityDescriptor>%01100d</EntityDescriptor>' 0)" >/dev/null

# Customer-managed policies: one with several versions, one that is a boundary.
iam create-policy --policy-name table-access --policy-document "$(statement '{"Effect":"Allow","Action":"*","Resource":"*"}')"
iam create-policy-version --policy-arn "$here:policy/table-access" \
    --policy-document "$(statement '{"Effect":"Allow","Action":"dynamodb:*","Resource":"*"}')"
iam create-policy-version --policy-arn "$here:policy/table-access" --set-as-default \
    --policy-document "$(statement "{\"Effect\":\"Allow\",\"Action\":[\"dynamodb:GetItem\",\"dynamodb:Query\"],\"Resource\":\"arn:aws:dynamodb:eu-west-1:$account:table/orders\"}")"
iam create-policy --policy-name developer-boundary --policy-document "$(statement '{"Effect":"Allow","Action":["s3:*","dynamodb:*"],"Resource":"*"},{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"}')"
iam create-policy --path /teams/store/ --policy-name wait --policy-document "$(statement "{\"Effect\":\"Allow\",\"Action\":\"iam:SetDefaultPolicyVersion\",\"Resource\":\"$here:policy/table-access\"}")"

# Groups.
iam create-group --group-name deployers
iam put-group-policy --group-name deployers --policy-name assume --policy-document "$(statement "{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Resource\":\"$here:role/deploy-*\"}")"
iam put-group-policy --group-name deployers --policy-name own-keys --policy-document "$(statement "{\"Effect\":\"Allow\",\"Action\":[\"iam:CreateAccessKey\",\"iam:DeleteAccessKey\"],\"Resource\":\"$here:user/\${aws:username}\"}")"
iam create-group --group-name auditors
iam attach-group-policy --group-name auditors --policy-arn $managed/SecurityAudit

# Users.
iam create-user --user-name ci-bot --tags Key=team,Value=build Key=purpose,Value=pipeline
iam add-user-to-group --group-name deployers --user-name ci-bot
iam create-access-key --user-name ci-bot
iam create-user --user-name svc-backup --path /services/
iam put-user-policy --user-name svc-backup --policy-name backup --policy-document "$(statement '{"Effect":"Allow","Action":["s3:PutObject","s3:GetObject"],"Resource":"arn:aws:s3:::backup-??-west-*/daily/*"}')"
iam create-access-key --user-name svc-backup
iam create-access-key --user-name svc-backup
iam create-user --user-name svc-console
iam attach-user-policy --user-name svc-console --policy-arn $managed/ReadOnlyAccess
iam create-login-profile --user-name svc-console --password 'Synthetic-only-1' --no-password-reset-required
iam create-user --user-name auditor
iam add-user-to-group --group-name auditors --user-name auditor
iam create-user --user-name developer --permissions-boundary "$here:policy/developer-boundary"
iam attach-user-policy --user-name developer --policy-arn $managed/AdministratorAccess
iam create-user --user-name key-maker
iam put-user-policy --user-name key-maker --policy-name keys --policy-document "$(statement "{\"Effect\":\"Allow\",\"Action\":\"iam:CreateAccessKey\",\"Resource\":\"$here:user/svc-*\"}")"
iam create-user --user-name nobody

# Roles, by who may assume them.
role deploy-site "$(trusts "{\"AWS\":\"$here:user/ci-bot\"}")" --description 'deploys the site' --max-session-duration 7200 --tags Key=team,Value=site
iam attach-role-policy --role-name deploy-site --policy-arn $managed/PowerUserAccess
role deploy-secrets "$(trusts "{\"AWS\":\"$here:root\"}" sts:AssumeRole '{"Bool":{"aws:MultiFactorAuthPresent":"true"}}')"
iam put-role-policy --role-name deploy-secrets --policy-name secrets --policy-document "$(statement "{\"Effect\":\"Allow\",\"Action\":\"secretsmanager:GetSecretValue\",\"Resource\":\"arn:aws:secretsmanager:eu-west-1:$account:secret:prod/*\"}")"
role identity-admin "$(trusts "{\"AWS\":\"$here:user/nobody\"}")"
iam attach-role-policy --role-name identity-admin --policy-arn $managed/IAMFullAccess
role lambda-basic "$(trusts '{"Service":"lambda.amazonaws.com"}')"
iam attach-role-policy --role-name lambda-basic --policy-arn $managed/service-role/AWSLambdaBasicExecutionRole
role lambda-admin "$(trusts '{"Service":["lambda.amazonaws.com","edgelambda.amazonaws.com"]}')"
iam attach-role-policy --role-name lambda-admin --policy-arn $managed/AdministratorAccess
role function-deployer "$(trusts "{\"AWS\":\"$account\"}")" --path /pipelines/
iam put-role-policy --role-name function-deployer --policy-name functions --policy-document "$(statement "{\"Effect\":\"Allow\",\"Action\":[\"lambda:CreateFunction\",\"lambda:InvokeFunction\"],\"Resource\":\"*\"},{\"Effect\":\"Allow\",\"Action\":\"iam:PassRole\",\"Resource\":\"$here:role/lambda-*\",\"Condition\":{\"StringEquals\":{\"iam:PassedToService\":\"lambda.amazonaws.com\"}}}")"
role function-writer "$(trusts "{\"AWS\":\"$account\"}")" --path /pipelines/
iam put-role-policy --role-name function-writer --policy-name functions --policy-document "$(statement "{\"Effect\":\"Allow\",\"Action\":[\"lambda:CreateFunction\",\"lambda:InvokeFunction\"],\"Resource\":\"*\"},{\"Effect\":\"Allow\",\"Action\":\"iam:PassRole\",\"Resource\":\"$here:role/lambda-basic\"}")"
role instance "$(trusts '{"Service":"ec2.amazonaws.com"}')"
iam attach-role-policy --role-name instance --policy-arn $managed/AmazonS3FullAccess
iam attach-role-policy --role-name instance --policy-arn $managed/AmazonSSMManagedInstanceCore
iam create-instance-profile --instance-profile-name instance
iam add-role-to-instance-profile --instance-profile-name instance --role-name instance
role workflow "$(trusts "{\"Federated\":\"$here:oidc-provider/token.actions.githubusercontent.com\"}" sts:AssumeRoleWithWebIdentity '{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"},"StringLike":{"token.actions.githubusercontent.com:sub":"repo:example/site:ref:refs/heads/main"}}')"
iam put-role-policy --role-name workflow --policy-name upload --policy-document "$(statement '{"Effect":"Allow","Action":"s3:PutObject","NotResource":"arn:aws:s3:::private-*"}')"
role people "$(trusts "{\"Federated\":\"$here:saml-provider/corporate\"}" sts:AssumeRoleWithSAML '{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}')"
iam attach-role-policy --role-name people --policy-arn $managed/job-function/ViewOnlyAccess
role partner "$(trusts '{"AWS":"arn:aws:iam::999988887777:root"}' sts:AssumeRole '{"StringEquals":{"sts:ExternalId":"2f6c"}}')"
iam attach-role-policy --role-name partner --policy-arn $managed/SecurityAudit
role nearly-all "$(trusts "{\"AWS\":[\"$here:user/svc-console\",\"$here:role/partner\"]}")"
iam put-role-policy --role-name nearly-all --policy-name nearly-all --policy-document "$(statement '{"Effect":"Allow","NotAction":["iam:*","sts:*"],"Resource":"*"},{"Effect":"Deny","Action":"s3:Delete*","Resource":["arn:aws:s3:::ledger","arn:aws:s3:::ledger/*"]}')"
role office "$(trusts "{\"AWS\":\"$here:user/nobody\"}")"
iam put-role-policy --role-name office --policy-name inside --policy-document "$(statement '{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}')"
role tables "$(trusts '{"Service":"ecs-tasks.amazonaws.com"}')"
iam attach-role-policy --role-name tables --policy-arn "$here:policy/table-access"
iam attach-role-policy --role-name tables --policy-arn "$here:policy/teams/store/wait"
role tables-only "$(trusts '{"Service":"ecs-tasks.amazonaws.com"}')"
iam attach-role-policy --role-name tables-only --policy-arn "$here:policy/table-access"
role capped "$(trusts "{\"AWS\":\"$here:user/nobody\"}")" --permissions-boundary "$here:policy/developer-boundary"
iam attach-role-policy --role-name capped --policy-arn $managed/AdministratorAccess
role orphan "$(trusts "{\"AWS\":\"AROAEXAMPLEDELETED00\"}")"
iam attach-role-policy --role-name orphan --policy-arn $managed/AmazonDynamoDBReadOnlyAccess
