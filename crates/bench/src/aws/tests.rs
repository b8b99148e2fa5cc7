//! What the AWS generators promise: size, shape, determinism.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::Value;

use super::*;

fn written(account: &AwsAccount) -> (Size, Vec<u8>) {
    let mut out = Vec::new();
    let size = aws_account(account, &mut out).unwrap();
    (size, out)
}

#[test]
fn an_account_holds_what_was_asked_for() {
    let account = AwsAccount {
        roles: 200,
        policies: 50,
        users: 20,
        groups: 5,
        ..AwsAccount::default()
    };
    let (size, bytes) = written(&account);
    let export: Value = serde_json::from_slice(&bytes).unwrap();
    let count = |list: &str| export[list].as_array().unwrap().len();
    assert_eq!(count("RoleDetailList"), 200);
    assert_eq!(count("UserDetailList"), 20);
    assert_eq!(count("GroupDetailList"), 5);
    assert_eq!(count("Policies"), 53);
    assert_eq!(size.identities, 220);
    assert_eq!(size.objects, 278);
    let text = String::from_utf8(bytes).unwrap();
    for shape in [
        "NotAction",
        "NotResource",
        "\"Deny\"",
        "Condition",
        "PermissionsBoundaryArn",
        "Federated",
    ] {
        assert!(text.contains(shape), "{shape} is missing");
    }
}

#[test]
fn the_same_arguments_give_the_same_bytes_and_another_seed_does_not() {
    let account = AwsAccount {
        roles: 30,
        ..AwsAccount::default()
    };
    assert_eq!(written(&account), written(&account));
    assert_ne!(written(&account).1, written(&AwsAccount { seed: 8, ..account }).1);
}

#[test]
fn every_attached_policy_exists() {
    let (_, bytes) = written(&AwsAccount {
        roles: 100,
        ..AwsAccount::default()
    });
    let export: Value = serde_json::from_slice(&bytes).unwrap();
    let policies: Vec<&str> = export["Policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|policy| policy["Arn"].as_str().unwrap())
        .collect();
    for list in ["RoleDetailList", "UserDetailList", "GroupDetailList"] {
        for holder in export[list].as_array().unwrap() {
            for attachment in holder["AttachedManagedPolicies"].as_array().unwrap() {
                assert!(policies.contains(&attachment["PolicyArn"].as_str().unwrap()));
            }
        }
    }
}

#[test]
fn an_estate_has_ten_grants_an_identity() {
    let files: RefCell<BTreeMap<String, Vec<u8>>> = RefCell::default();
    struct File<'a>(String, &'a RefCell<BTreeMap<String, Vec<u8>>>);
    impl Write for File<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1
                .borrow_mut()
                .entry(self.0.clone())
                .or_default()
                .extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let estate = AwsEstate {
        identities: 2_300,
        ..AwsEstate::default()
    };
    let size = aws_estate(&estate, |id| Ok(File(id.to_owned(), &files))).unwrap();
    assert_eq!((size.identities, size.grants), (2_300, 23_000));
    let files = files.into_inner();
    assert_eq!(files.len(), 3);
    let counted: usize = files
        .values()
        .map(|bytes| {
            let export: Value = serde_json::from_slice(bytes).unwrap();
            let grants = |list: &str, inline: &str| -> usize {
                export[list]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|identity| {
                        identity["AttachedManagedPolicies"].as_array().unwrap().len()
                            + identity[inline]
                                .as_array()
                                .unwrap()
                                .iter()
                                .map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap().len())
                                .sum::<usize>()
                    })
                    .sum()
            };
            grants("RoleDetailList", "RolePolicyList") + grants("UserDetailList", "UserPolicyList")
        })
        .sum();
    assert_eq!(counted, 23_000);
}
