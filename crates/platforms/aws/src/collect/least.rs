//! The least policies for a collection.

use std::collections::BTreeSet;

use leastwise_model::{Least, Text, Wanted};
use serde_json::{Value, json};

use super::identity_center;
use super::table::rows;

/// Actions for what no row asks of an account.
const OF_ACCOUNTS: [&str; 6] = [
    "ec2:DescribeVpcEndpoints",
    "iam:GenerateCredentialReport",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetCredentialReport",
    "s3:GetAccountPublicAccessBlock",
    "sts:GetCallerIdentity",
];

/// Actions for the organization.
const OF_ORGANIZATIONS: [&str; 8] = [
    "organizations:DescribeOrganization",
    "organizations:DescribePolicy",
    "organizations:ListAccounts",
    "organizations:ListDelegatedAdministrators",
    "organizations:ListParents",
    "organizations:ListPolicies",
    "organizations:ListRoots",
    "organizations:ListTargetsForPolicy",
];

const READ: &str = "CollectWhatAnswersNeed";
const READ_ORGANIZATION: &str = "CollectTheOrganization";

/// What is needed for what is wanted.
pub(super) fn least(wanted: &Wanted) -> Vec<Least> {
    let account = of_account(wanted);
    let organization: BTreeSet<&str> = OF_ORGANIZATIONS
        .into_iter()
        .chain(identity_center::ACTIONS)
        .collect();
    let on_all = |sid: &str, actions: &BTreeSet<&str>| allowed(sid, actions, &json!("*"));
    if let Some(role) = &wanted.role {
        let mut own = organization;
        own.insert("sts:GetCallerIdentity");
        let assume = BTreeSet::from(["sts:AssumeRole"]);
        let caller = [
            on_all(READ_ORGANIZATION, &own),
            allowed("TakeOnTheRoleInEachAccount", &assume, &roles(wanted, role)),
        ];
        let mut member = account;
        member.remove("sts:GetCallerIdentity");
        return vec![
            policy("for whoever collects", &caller),
            policy(
                &format!(
                    "for the role `{role}` in each account, whose trust policy lets whoever collects assume it; and for whoever \
                     collects too, where the own account is read"
                ),
                &[on_all(READ, &member)],
            ),
        ];
    }
    if wanted.profiles.len() > 1 {
        return vec![
            policy("for each profile", &[on_all(READ, &account)]),
            policy(
                "for the first profile, besides",
                &[on_all(READ_ORGANIZATION, &organization)],
            ),
        ];
    }
    let all = account.union(&organization).copied().collect();
    vec![policy("for whoever collects", &[on_all(READ, &all)])]
}

fn of_account(wanted: &Wanted) -> BTreeSet<&'static str> {
    let mut actions: BTreeSet<&str> = OF_ACCOUNTS.into_iter().collect();
    for row in rows() {
        actions.extend(row.needs.split(' '));
    }
    if wanted.within.is_empty() {
        actions.insert("ec2:DescribeRegions");
    }
    if wanted.last_use {
        actions.insert("iam:GenerateServiceLastAccessedDetails");
        actions.insert("iam:GetServiceLastAccessedDetails");
    }
    actions
}

/// The roles that are taken on.
fn roles(wanted: &Wanted, role: &str) -> Value {
    let partition = match wanted.within.first() {
        Some(region) if region.starts_with("cn-") => "aws-cn",
        Some(region) if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    let of = |account: &str| format!("arn:{partition}:iam::{account}:role/{role}");
    match wanted.accounts.as_slice() {
        [] => json!(of("*")),
        [one] => json!(of(one)),
        all => json!(all.iter().map(|account: &Text| of(account)).collect::<Vec<_>>()),
    }
}

fn allowed(sid: &str, actions: &BTreeSet<&str>, resource: &Value) -> Value {
    json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource })
}

fn policy(title: &str, statements: &[Value]) -> Least {
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    Least {
        title: title.into(),
        policy: serde_json::to_string_pretty(&policy).unwrap_or_default(),
    }
}
