//! Small random accounts, as JSON, made of few words so that they meet often.

mod condition;
pub mod organization;
pub mod resources;

use leastwise_bench::Random;
use serde_json::{Value, json};

use condition::condition;

/// The two accounts of a world.
pub const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];

/// Actions that requests name.
pub const ACTIONS: [&str; 13] = [
    "kms:Decrypt",
    "kms:ScheduleKeyDeletion",
    "s3:ListBucket",
    "s3:GetObject",
    "s3:PutObject",
    "sqs:SendMessage",
    "sqs:DeleteQueue",
    "iam:PassRole",
    "sts:AssumeRole",
    "sts:GetCallerIdentity",
    "ec2:DescribeInstances",
    "iam:PutRolePolicy",
    "iam:CreateRole",
];

/// Action patterns of statements.
const PATTERNS: [&str; 10] = [
    "kms:*",
    "*",
    "s3:*",
    "S3:get*",
    "s3:?utObject",
    "sqs:*",
    "iam:*",
    "sts:AssumeRole",
    "sts:*",
    "ec2:Describe*",
];

/// Resources that requests name.
pub fn resources() -> Vec<String> {
    let mut all = vec!["*".to_owned()];
    all.extend(
        ["b", "b/k", "b/a/k", "B/k", "b/x", "b/anna", "b/*"].map(|name| format!("arn:aws:s3:::{name}")),
    );
    for account in ACCOUNTS {
        all.push(format!("arn:aws:sqs:eu-west-1:{account}:q"));
        all.push(format!("arn:aws:kms:eu-west-1:{account}:key/k"));
        all.extend((0..3).map(|number| format!("arn:aws:iam::{account}:role/r{number}")));
    }
    all
}

/// A word, by chance.
fn pick<'w>(random: &mut Random, words: &[&'w str]) -> &'w str {
    words[random.below(words.len())]
}

fn resource(random: &mut Random) -> String {
    match random.below(10) {
        0..=2 => "*".into(),
        3 => "arn:aws:s3:::b/*".into(),
        4 => "arn:aws:s3:::b/?".into(),
        5 => format!(
            "arn:aws:s3:::b/{}",
            pick(
                random,
                &[
                    "${aws:username}",
                    "${aws:PrincipalTag/T}",
                    "${aws:PrincipalTag/t, 'x'}",
                    "${*}",
                    "${aws:ResourceTag/t, 'k'}"
                ]
            )
        ),
        6 => "arn:aws:*:*:111122223333:*".into(),
        7 => "arn:aws:iam::*:role/r*".into(),
        _ => {
            let all = resources();
            all[random.below(all.len())].clone()
        }
    }
}

fn statement(random: &mut Random) -> Value {
    let mut made = json!({ "Effect": if random.chance(0.3) { "Deny" } else { "Allow" } });
    let actions: Vec<&str> = (0..=random.below(2)).map(|_| pick(random, &PATTERNS)).collect();
    made[if random.chance(0.15) {
        "NotAction"
    } else {
        "Action"
    }] = json!(actions);
    let resources: Vec<String> = (0..=random.below(2)).map(|_| resource(random)).collect();
    made[if random.chance(0.15) {
        "NotResource"
    } else {
        "Resource"
    }] = json!(resources);
    if random.chance(0.5) {
        let mut all = condition(random);
        if random.chance(0.3) {
            let more = condition(random);
            for (operator, keys) in more.as_object().into_iter().flatten() {
                all[operator] = keys.clone();
            }
        }
        made["Condition"] = all;
    }
    made
}

/// One policy document.
pub fn document(random: &mut Random) -> Value {
    let statements: Vec<Value> = (0..=random.below(3)).map(|_| statement(random)).collect();
    let mut made = json!({ "Statement": statements });
    if random.chance(0.9) {
        made["Version"] = json!("2012-10-17");
    }
    made
}

fn trust(random: &mut Random) -> Value {
    let principal = |random: &mut Random| {
        let account = pick(random, &ACCOUNTS);
        match random.below(6) {
            0 => json!("*"),
            1 => json!({ "AWS": account }),
            2 => json!({ "AWS": format!("arn:aws:iam::{account}:root") }),
            3 => json!({ "Service": "lambda.amazonaws.com" }),
            4 => {
                json!({ "AWS": [format!("arn:aws:iam::{account}:user/anna"), format!("arn:aws:iam::{account}:role/r1")] })
            }
            _ => json!({ "AWS": format!("arn:aws:iam::{account}:role/r{}", random.below(3)) }),
        }
    };
    let statements: Vec<Value> = (0..=random.below(2))
        .map(|_| {
            let effect = if random.chance(0.15) { "Deny" } else { "Allow" };
            let mut made =
                json!({ "Effect": effect, "Principal": principal(random), "Action": "sts:AssumeRole" });
            if random.chance(0.4) {
                made["Condition"] = condition(random);
            }
            made
        })
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn tags(random: &mut Random) -> Value {
    match random.below(3) {
        0 => json!([]),
        1 => json!([{ "Key": "T", "Value": "x" }]),
        _ => json!([{ "Key": "t", "Value": "anna" }, { "Key": "other", "Value": "*" }]),
    }
}

fn inline(random: &mut Random) -> Value {
    let policies: Vec<Value> = (0..random.below(3))
        .map(|number| json!({ "PolicyName": format!("i{number}"), "PolicyDocument": document(random) }))
        .collect();
    json!(policies)
}

/// One account: two users, a group, three roles, two policies.
pub fn account(random: &mut Random, id: &str) -> Value {
    let policy = |number: usize| format!("arn:aws:iam::{id}:policy/p{number}");
    let attached = |random: &mut Random| {
        let some: Vec<Value> = (0..2)
            .filter(|_| random.chance(0.4))
            .map(|number| json!({ "PolicyArn": policy(number) }))
            .collect();
        json!(some)
    };
    let bound = |random: &mut Random, mut made: Value| {
        if random.chance(0.3) {
            made["PermissionsBoundary"] = json!({ "PermissionsBoundaryArn": policy(random.below(2)) });
        }
        made
    };
    let mut users = Vec::new();
    for name in ["anna", "x"] {
        let groups: &[&str] = if random.chance(0.5) { &["g"] } else { &[] };
        let user = json!({
            "Arn": format!("arn:aws:iam::{id}:user/{name}"), "UserName": name, "UserId": format!("AIDA{name}{id}"),
            "UserPolicyList": inline(random), "GroupList": groups, "AttachedManagedPolicies": attached(random), "Tags": tags(random),
        });
        users.push(bound(random, user));
    }
    let mut roles = Vec::new();
    for number in 0..3 {
        let role = json!({
            "Arn": format!("arn:aws:iam::{id}:role/r{number}"), "RoleName": format!("r{number}"), "RoleId": format!("AROA{number}{id}"),
            "AssumeRolePolicyDocument": trust(random), "RolePolicyList": inline(random), "AttachedManagedPolicies": attached(random),
            "Tags": tags(random),
        });
        roles.push(bound(random, role));
    }
    let policies: Vec<Value> = (0..2)
        .map(|number| {
            let versions = json!([{ "VersionId": "v1", "IsDefaultVersion": false, "Document": document(random) },
                { "VersionId": "v2", "IsDefaultVersion": true, "Document": document(random) }]);
            json!({ "Arn": policy(number), "PolicyName": format!("p{number}"), "PolicyVersionList": versions })
        })
        .collect();
    let group = json!({ "Arn": format!("arn:aws:iam::{id}:group/g"), "GroupName": "g", "GroupPolicyList": inline(random),
        "AttachedManagedPolicies": attached(random) });
    json!({ "UserDetailList": users, "GroupDetailList": [group], "RoleDetailList": roles, "Policies": policies })
}

/// Keys of a request that do not follow from who asks, in lower case. Only a listing carries
/// `s3:max-keys`, only taking on a role `aws:TagKeys`.
pub fn circumstances(random: &mut Random, action: &str) -> Vec<(&'static str, Vec<&'static str>)> {
    let mut made = Vec::new();
    let mut maybe = |random: &mut Random, key, values: &[&'static str]| {
        if random.chance(0.7) {
            made.push((key, vec![pick(random, values)]));
        }
    };
    maybe(random, "aws:resourcetag/t", &["x", "y", "X", "*", "anna", "x*"]);
    maybe(random, "aws:resourcetag/u", &["x", "anna"]);
    maybe(
        random,
        "aws:sourceip",
        &["10.1.2.3", "10.2.2.3", "192.0.2.1", "::1"],
    );
    maybe(random, "aws:resourceorgid", &["o-world", "o-other"]);
    maybe(random, "aws:resourceaccount", &["111122223333", "999999999999"]);
    if matches!(action, "iam:PutRolePolicy" | "iam:CreateRole") {
        let some = [
            "arn:aws:iam::111122223333:policy/p0",
            "arn:aws:iam::444455556666:policy/p1",
        ];
        maybe(random, "iam:permissionsboundary", &some);
    }
    if action == "s3:ListBucket" {
        maybe(random, "s3:max-keys", &["0", "1", "1.5", "2", "none"]);
    }
    maybe(
        random,
        "aws:currenttime",
        &[
            "2026-05-31T23:59:59Z",
            "2026-06-01T00:00:00Z",
            "2026-06-01T03:00:00+02:00",
        ],
    );
    maybe(random, "aws:multifactorauthpresent", &["true", "false"]);
    if action == "sts:AssumeRole" && random.chance(0.7) {
        let many: Vec<&str> = ["x", "y", "anna", "*"]
            .into_iter()
            .filter(|_| random.chance(0.4))
            .collect();
        made.push(("aws:tagkeys", many));
    }
    made
}

/// Sessions of some of the roles, each with a policy of its own.
pub fn sessions(random: &mut Random, accounts: &[Value]) -> Vec<Value> {
    let roles = accounts
        .iter()
        .filter_map(|account| account["RoleDetailList"].as_array());
    let mut sessions = Vec::new();
    for role in roles.flatten().filter_map(|role| role["Arn"].as_str()) {
        if random.chance(0.5) {
            let policy = document(random).to_string();
            sessions.push(json!({ "RoleArn": role, "RoleSessionName": "session", "Policy": policy }));
        }
    }
    sessions
}
