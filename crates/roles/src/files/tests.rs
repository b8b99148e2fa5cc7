//! Strictness, canonical form and schema, on files that must be read and files that must not.
use proptest::prelude::*;

use super::{Folder, business_roles_schema, canonical, role_schema};

const WHOLE: &str = "\
# What the dashboard may do.
id: report-reader
name: Read reports
purpose: 'Shows reports: all of them'
platform: aws
environment: production
owner: team-reports
sponsor: head-of-reports
state: active
includes: [base]
permissions:
  - resources: ['arn:aws:s3:::reports/*']
    actions: ['s3:GetObject', 's3:GetObject', 's3:*']
    condition:
      StringEquals: {aws:SourceVpc: [vpc-1, '2']}
      Bool: {aws:SecureTransport: true}
    reason: it shows them
assigned_to:
  - {identity: 'arn:aws:iam::111122223333:role/dashboard', workload: dashboard, expires: 2027-01-31}
expires: 2027-03-31T12:00:00Z
sod: {duties: [read-customer-data]}
review: {tier: high, last: 2026-10-01}
evidence:
  - {source: CloudTrail, window: 90 days, digest: 'sha256:00'}
";

const SMALL: &str = "id: base\nname: Base\nplatform: aws\nenvironment: production\nstate: active\n\
permissions: [{actions: ['s3:ListAllMyBuckets'], resources: ['*'], reason: the list of buckets}]\n";

const BUSINESS: &str =
    "business_roles:\n  - id: analyst\n    owner: finance\n    why: reads figures\n    roles: [base]\n";

/// What is wrong with files, each with its place.
fn faults(files: &[(&str, &str)]) -> Vec<String> {
    let mut folder = Folder::default();
    for (name, text) in files {
        folder.add(name, text.as_bytes());
    }
    folder.finish().1.iter().map(ToString::to_string).collect()
}

#[test]
fn whole_files_are_read() {
    assert_eq!(
        faults(&[("a", WHOLE), ("b", SMALL), ("c", BUSINESS)]),
        Vec::<String>::new()
    );
}

#[test]
fn every_fault_has_its_place() {
    let wrong = "id: Base\nname: 7\nplatform: [aws, vault]\nenvironment: production\nstate: activ\nownr: x\nexpires: 2027-02-30\n\
permissions:\n  - {actions: [], resources: ['*'], reason: \"a\\nb\"}\n  - [x]\n";
    assert_eq!(
        faults(&[("a.yaml", wrong)]),
        [
            "a.yaml:1:5: `Base` cannot be an id",
            "a.yaml:2:7: `name` is a number, where a text is expected",
            "a.yaml:3:11: `platform` is a list, where a text is expected",
            "a.yaml:5:8: `state` cannot be `activ`",
            "a.yaml:6:1: `ownr` is no field of a role; did you mean `owner`?",
            "a.yaml:7:10: `expires` cannot be `2027-02-30`: there is no such day or instant",
            "a.yaml:9:15: `actions` is an empty list, where a list with something in it is expected",
            "a.yaml:9:45: `reason` holds a line break or another control character",
            "a.yaml:10:5: a list stands where an element of `permissions` is expected",
        ]
    );
}

#[test]
fn a_repeated_id_names_both_places() {
    assert_eq!(
        faults(&[("a.yaml", SMALL), ("b.yaml", SMALL)]),
        ["b.yaml:1:5: role `base` is also at a.yaml:1:5"]
    );
}

#[test]
fn references_lead_somewhere() {
    let lost = SMALL
        .replace("permissions:", "includes: [bass]\npermissions:")
        .replace("id: base", "id: other");
    assert_eq!(
        faults(&[("a", &lost), ("b", SMALL)]),
        ["a:6:12: there is no technical role `bass`; did you mean `base`?"]
    );
    let foreign = lost
        .replace("bass", "base")
        .replace("platform: aws", "platform: vault");
    assert_eq!(
        faults(&[("a", &foreign), ("b", SMALL)]),
        ["a:6:12: `base` is for the platform `aws`, and this role for `vault`"]
    );
}

#[test]
fn circles_are_told_once_with_all_places() {
    let including = |id: &str, other: &str| {
        SMALL
            .replace("permissions:", &format!("includes: [{other}]\npermissions:"))
            .replace("id: base", &format!("id: {id}"))
    };
    let (a, b, c) = (including("a", "b"), including("b", "c"), including("c", "b"));
    assert_eq!(
        faults(&[("a", &a), ("b", &b), ("c", &c)]),
        ["b:6:12: roles include each other in a circle: `c` at b:6:12, then `b` at c:6:12"]
    );
    let diamond = [including("a", "b"), SMALL.replace("id: base", "id: b")];
    assert!(faults(&[("a", &diamond[0]), ("b", &diamond[1])]).is_empty());
}

/// Whether an editor that knows the schema accepts a file.
fn by_schema(text: &str) -> bool {
    let mut json = None;
    leastwise_document::read(text.as_bytes(), &Default::default(), &mut |item| {
        json = serde_json::from_str::<serde_json::Value>(&item.node.to_json()).ok();
    });
    let json = json.unwrap();
    let schema = if json.get("business_roles").is_some() {
        business_roles_schema()
    } else {
        role_schema()
    };
    jsonschema::validator_for(&schema).unwrap().is_valid(&json)
}

/// Whether the reader accepts a file, references aside.
fn by_reader(text: &str) -> bool {
    super::read::file(&"x".into(), text.as_bytes()).is_ok()
}

// canonical(canonical(f)) = canonical(f), and f says what canonical(f) says
#[test]
fn the_canonical_form_is_its_own_and_says_the_same() {
    for text in [WHOLE, SMALL, BUSINESS] {
        let once = canonical("x", text.as_bytes()).unwrap().text;
        assert_eq!(canonical("x", once.as_bytes()).unwrap().text, once);
        assert!(by_schema(&once));
    }
    assert!(
        canonical("x", WHOLE.as_bytes())
            .unwrap()
            .text
            .starts_with("# What the dashboard may do.\nid: report-reader\n")
    );
}

#[test]
fn comments_are_never_lost_in_silence() {
    let commented = SMALL.replace("state: active", "state: active # since May");
    let lost = canonical("x", commented.as_bytes()).unwrap_err();
    assert_eq!(lost[0].to_string(), "x:5:15: the comment would be lost");
    let text = SMALL.replace("the list of buckets", "'issue #7, # and more'");
    assert!(
        canonical("x", text.as_bytes())
            .unwrap()
            .text
            .contains("reason: \"issue #7, # and more\"")
    );
}

#[test]
fn schema_and_reader_agree_on_wrong_files() {
    // Each replaces something right by something wrong.
    let wrongs = [
        ("id: base", "id: Base"),
        ("id: base", "id: [base]"),
        ("name: Base\n", ""),
        ("name: Base", "name: ''"),
        ("name: Base", "name: \"a\\tb\""),
        ("platform: aws", "platform: [aws]"),
        ("environment: production", "environment: null"),
        ("state: active", "state: on"),
        ("state: active", "stage: active"),
        ("state: active", "state: active\nexpires: tomorrow"),
        ("state: active", "state: active\nsod: {duty: [x]}"),
        ("state: active", "state: active\nincludes: []"),
        ("reason: the list of buckets", "why: x"),
        ("actions: ['s3:ListAllMyBuckets']", "actions: s3:ListAllMyBuckets"),
        ("resources: ['*'],", "resources: ['*'], condition: {},"),
    ];
    for (right, wrong) in wrongs {
        let text = SMALL.replace(right, wrong);
        assert_ne!(text, SMALL);
        assert!(!by_reader(&text), "the reader accepts {wrong}");
        assert!(!by_schema(&text), "the schema accepts {wrong}");
    }
    for text in [WHOLE, SMALL, BUSINESS] {
        assert!(by_reader(text) && by_schema(text));
    }
}

proptest! {
    // Whatever a text is, its canonical form is read as it.
    #[test]
    fn texts_survive_the_canonical_form(reason in "[ -~äß…\u{2028}]{1,30}", action in "[!-~]{1,12}") {
        let text = SMALL
            .replace("the list of buckets", &serde_json::to_string(&reason).unwrap())
            .replace("'s3:ListAllMyBuckets'", &serde_json::to_string(&action).unwrap());
        let once = canonical("x", text.as_bytes()).unwrap().text;
        let super::read::Said::Role(role) = super::read::file(&"x".into(), once.as_bytes()).ok().unwrap() else {
            panic!("no role");
        };
        prop_assert_eq!(&*role.permissions[0].reason.text, &reason);
        prop_assert_eq!(&*role.permissions[0].what.actions[0].text, &action);
        prop_assert_eq!(canonical("x", once.as_bytes()).unwrap().text, once);
    }
}
