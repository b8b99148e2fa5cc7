//! Subjects that nobody has any more, of an owner all of whose repositories are listed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot read its input must stop"
)]

mod common;

fn role(name: &str, subject: &str) -> serde_json::Value {
    let provider = "token.actions.githubusercontent.com";
    serde_json::json!({
        "Path": "/", "RoleName": name, "RoleId": format!("AROA{name}"),
        "Arn": format!("arn:aws:iam::111122223333:role/{name}"),
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": format!("arn:aws:iam::111122223333:oidc-provider/{provider}")},
            "Condition": {
                "StringEquals": {format!("{provider}:aud"): "sts.amazonaws.com"},
                "StringLike": {format!("{provider}:sub"): subject},
            },
        }]},
        "RolePolicyList": [], "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": [],
    })
}

/// What `dangling-trust` says where the organization says that it has so many private repositories.
fn found(private: u32) -> Vec<String> {
    let roles = [
        role("here", "repo:acme/shop:*"),
        role("every", "repo:acme/*"),
        role("numbered", "repo:acme@7/shop@42:ref:refs/heads/main"),
        role("other-case", "repo:Acme/Shop:*"),
        role("elsewhere", "repo:other/gone:*"),
        role("gone", "repo:acme/gone:ref:refs/heads/main"),
        role("sibling", "repo:acme/shop-?:*"),
        role("other-number", "repo:acme@7/shop@43:*"),
        role("archived", "repo:acme/old:*"),
    ];
    let account = serde_json::json!({
        "UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": roles,
    });
    let export = serde_json::json!({"leastwise": "github-export/v1", "responses": {
        "orgs/acme": {"id": 7, "public_repos": 0, "total_private_repos": private},
        "orgs/acme/repos": [
            {"id": 42, "full_name": "acme/shop", "archived": false},
            {"id": 41, "full_name": "acme/old", "archived": true},
        ],
    }});
    let ready = common::ready(&[
        ("account.json", account.to_string()),
        ("github.json", export.to_string()),
    ]);
    let report = ready.report();
    let dangling = report.findings.iter().filter(|one| one.rule.id == "LW021");
    let role = "arn:aws:iam::111122223333:role/";
    let mut told: Vec<String> = dangling.map(|one| one.title.replacen(role, "", 1)).collect();
    told.sort();
    told
}

#[test]
fn subjects_of_repositories_that_are_gone_or_archived_are_found() {
    let gone = "which does not exist: whoever takes the name becomes it";
    assert_eq!(
        found(2),
        [
            "archived admits `repo:acme/old:*`, whose holder is kept and does nothing any more".to_owned(),
            format!("gone admits `repo:acme/gone:ref:refs/heads/main`, {gone}"),
            format!("other-number admits `repo:acme@7/shop@43:*`, {gone}"),
            format!("sibling admits `repo:acme/shop-?:*`, {gone}"),
        ]
    );
}

#[test]
fn nothing_is_said_of_an_owner_whose_list_is_not_whole() {
    assert_eq!(found(3), Vec::<String>::new());
}
