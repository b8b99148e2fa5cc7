//! What is taken for an export, and what is not.

use leastwise_document::{Limits, read};
use leastwise_model::FileIndex;

use super::*;

fn taken(text: &str) -> (Export, usize) {
    let mut export = Export::default();
    let mut others = 0;
    let faults = read(text.as_bytes(), &Limits::default(), &mut |item| {
        others += usize::from(!export.take(FileIndex(0), &item));
    });
    assert!(faults.is_empty(), "{faults:?}");
    (export, others)
}

#[test]
fn only_what_is_an_export_is_taken() {
    let (export, others) = taken(
        r#"{"Policies": [{"name": "x"}, {"Arn": "arn:aws:iam::aws:policy/P", "PolicyVersionList": []}]}"#,
    );
    assert_eq!((export.policies.len(), others), (1, 1));
    let (_, others) = taken(r#"{"kind": "List", "items": [{"kind": "Pod"}]}"#);
    assert_eq!(others, 1);
    let (_, others) = taken(r#"{"Policies": []}"#);
    assert_eq!(others, 1);
    let (_, others) =
        taken(r#"{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}"#);
    assert_eq!(others, 0);
}

#[test]
fn what_names_nobody_is_left_out_with_a_remark() {
    let (export, others) =
        taken(r#"{"RoleDetailList": [{"RoleName": "x"}, {"Arn": "arn:aws:iam::111122223333:role/r"}]}"#);
    assert_eq!((export.roles.len(), others), (1, 0));
    let remark = &export.remarks[0];
    assert!(remark.loses && remark.what.contains("without an ARN"));
    assert_eq!(
        remark.location.as_ref().map(|place| &*place.pointer),
        Some("/RoleDetailList/0")
    );
}

#[test]
fn moments_in_both_spellings() {
    let iso = moment("2026-11-21T10:00:00+00:00").expect("a moment");
    assert_eq!(moment("1795255200"), Some(iso));
    assert_eq!(moment("yesterday"), None);
}
