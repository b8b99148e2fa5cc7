//! Small accounts and what they compile to.

use leastwise_document::{Limits, read};
use leastwise_model::{
    Admits, CredentialKind, DanglingKind, File, Gain, Identity, IdentityKind, LastUse, Nature, Platform,
    Settings, Snapshot,
};

use crate::Aws;

const ACCOUNT: &str = r#"{
 "UserDetailList": [
  {"Arn": "arn:aws:iam::111122223333:user/anna", "UserName": "anna", "UserId": "AIDAANNA", "CreateDate": "2026-01-02T03:04:05+00:00",
   "GroupList": ["g"], "AttachedManagedPolicies": [{"PolicyName": "gone", "PolicyArn": "arn:aws:iam::111122223333:policy/gone"}],
   "Tags": [{"Key": "Team", "Value": "blue"}, {"Key": "env", "Value": "prod"}]},
  {"Arn": "arn:aws:iam::111122223333:user/bob", "UserName": "bob", "UserId": "AIDABOB"}],
 "GroupDetailList": [{"Arn": "arn:aws:iam::111122223333:group/g", "GroupName": "g",
   "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::111122223333:policy/p"}]}],
 "RoleDetailList": [
  {"Arn": "arn:aws:iam::111122223333:role/job", "RoleName": "job", "RoleId": "AROAJOB", "RoleLastUsed": {},
   "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com", "AWS": ["AIDADELETED", "arn:aws:iam::999900001111:root"]},
     "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "7"}}},
    {"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.example.com/x"},
     "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {"StringLike": {"token.example.com/x:sub": ["repo:a/b:*"]}}}]}}],
 "Policies": [{"Arn": "arn:aws:iam::111122223333:policy/p", "PolicyName": "p", "PolicyVersionList": [
   {"VersionId": "v1", "IsDefaultVersion": true, "Document": {"Version": "2012-10-17", "Statement": [
    {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:username}"}]}}]}]
}"#;

const REPORT: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,mfa_active,\
access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date\n\
anna,arn:aws:iam::111122223333:user/anna,2026-01-02T03:04:05+00:00,true,2026-11-01T00:00:00+00:00,2026-01-02T03:04:05+00:00,false,true,2026-01-02T03:04:05+00:00,N/A,false,N/A,N/A\n\
carol,arn:aws:iam::111122223333:user/carol,2026-01-02T03:04:05+00:00,false,N/A,N/A,false,false,N/A,N/A,false,N/A,N/A\n";

fn compiled(files: &[&str], settings: &Settings) -> Snapshot {
    let mut snapshot = Snapshot::new();
    let mut reader = Aws.reader(settings);
    for (at, text) in files.iter().enumerate() {
        let path = format!("f{at}");
        let file = snapshot.add_file(File {
            path: path.as_str().into(),
            unit: "u".into(),
        });
        if reader.take_text(file, &path, text) {
            continue;
        }
        let faults = read(text.as_bytes(), &Limits::default(), &mut |item| {
            let _ = reader.take(file, &path, item);
        });
        assert!(faults.is_empty(), "{faults:?}");
    }
    reader.compile(&mut snapshot);
    snapshot
}

fn identity<'s>(snapshot: &'s Snapshot, name: &str) -> &'s Identity {
    snapshot
        .identities
        .iter()
        .find(|identity| &*identity.name == name)
        .expect("an identity of that name")
}

#[test]
fn what_is_known_beside_permissions() {
    let snapshot = compiled(&[ACCOUNT, REPORT], &Settings::default());
    let anna = identity(&snapshot, "anna");
    assert_eq!(
        (anna.kind, anna.environment.as_deref()),
        (IdentityKind::User, Some("prod"))
    );
    let owner = anna.owner.as_ref().expect("an owner");
    assert_eq!((&*owner.team, &*owner.source), ("blue", "tag `Team`"));
    assert!(matches!(anna.nature, Nature::Mixed(_)));
    let kinds: Vec<CredentialKind> = anna
        .credentials
        .iter()
        .map(|credential| credential.kind)
        .collect();
    assert_eq!(kinds, [CredentialKind::Password, CredentialKind::Key]);
    assert_eq!(anna.credentials[1].last_use, LastUse::Never);
    assert!(matches!(anna.last_use, LastUse::At(_)));
    let bob = identity(&snapshot, "bob");
    assert_eq!(
        (&bob.nature, bob.last_use, bob.owner.is_none()),
        (&Nature::Unknown, LastUse::Unknown, true)
    );
    let job = identity(&snapshot, "job");
    assert_eq!((job.last_use, &job.owner), (LastUse::Never, &None));
    assert!(matches!(job.nature, Nature::NonHuman(_)));
    assert!(snapshot.remarks.iter().any(|remark| {
        remark
            .what
            .contains("user/carol` is in the credential report but not")
    }));
}

#[test]
fn trusts_as_they_are_written() {
    let snapshot = compiled(&[ACCOUNT], &Settings::default());
    let admits: Vec<&Admits> = snapshot.trusts.iter().map(|trust| &trust.admits).collect();
    assert!(admits.contains(&&Admits::Service("lambda.amazonaws.com".into())));
    assert!(admits.contains(&&Admits::Instance {
        name: "999900001111".into(),
        known: false
    }));
    assert!(admits.contains(&&Admits::Identity {
        name: "AIDADELETED".into(),
        exists: Some(false)
    }));
    let issuer = admits.iter().find_map(|admits| match admits {
        Admits::Issuer { issuer, subjects, .. } => Some((issuer, subjects)),
        _ => None,
    });
    let (issuer, subjects) = issuer.expect("a trust of an issuer");
    assert_eq!((&**issuer, subjects.len()), ("https://token.example.com/x", 1));
    assert!(snapshot.trusts.iter().all(|trust| !trust.demands.is_empty()));
    let deleted = snapshot
        .dangling
        .iter()
        .find(|one| one.kind == DanglingKind::Subject)
        .expect("a dangling trust");
    assert_eq!((&*deleted.missing, deleted.complete), ("AIDADELETED", true));
}

#[test]
fn policies_know_their_holders() {
    let snapshot = compiled(&[ACCOUNT], &Settings::default());
    let policy = snapshot
        .entitlements
        .iter()
        .find(|one| one.name.ends_with("policy/p"))
        .expect("the policy");
    let holders: Vec<&str> = policy
        .holders
        .iter()
        .filter_map(|index| snapshot.identity(*index))
        .map(|one| &*one.name)
        .collect();
    assert_eq!(holders, ["anna"]);
    let missing = snapshot
        .dangling
        .iter()
        .find(|one| one.kind == DanglingKind::Entitlement)
        .expect("a missing policy");
    assert!(missing.missing.ends_with("policy/gone") && !missing.complete);
}

#[test]
fn paths_name_group_attachment_and_statement() {
    let snapshot = compiled(&[ACCOUNT], &Settings::default());
    let anna = identity(&snapshot, "anna");
    let request = leastwise_permset::Request::new("s3:GetObject", "arn:aws:s3:::b/anna");
    let trails = anna
        .holding
        .effective()
        .trails(&request, &leastwise_permset::Answers::none(), 4);
    let kinds: Vec<&str> = trails[0]
        .iter()
        .filter_map(|label| snapshot.step(*label))
        .map(|step| &*step.kind)
        .collect();
    assert_eq!(
        kinds,
        [
            "group membership",
            "attached managed policy",
            "managed policy statement"
        ]
    );
    let last = trails[0]
        .last()
        .and_then(|label| snapshot.step(*label))
        .expect("a step");
    assert_eq!(&*last.name, "p#Read");
    assert_eq!(last.location.as_ref().map(|place| place.line), Some(18));
    let other = leastwise_permset::Request::new("s3:GetObject", "arn:aws:s3:::b/bob");
    assert!(!anna.holding.effective().contains(&other));
}

#[test]
fn what_is_told_twice_alike_counts_once_and_is_no_remark() {
    let once = compiled(&[ACCOUNT], &Settings::default());
    let twice = compiled(&[ACCOUNT, ACCOUNT], &Settings::default());
    assert_eq!(once.identities.len(), twice.identities.len());
    assert_eq!(once.remarks.len(), twice.remarks.len());
}

#[test]
fn what_is_told_in_two_ways_is_not_known_in_either_order() {
    let other = ACCOUNT.replace("s3:GetObject", "s3:PutObject");
    assert_ne!(other, ACCOUNT);
    let limits = leastwise_permset::Limits::default();
    let (known, absent) = (
        leastwise_permset::Context::new(),
        std::collections::BTreeSet::new(),
    );
    for inputs in [[ACCOUNT, &other], [&other, ACCOUNT]] {
        let snapshot = compiled(&inputs, &Settings::default());
        let told = |remark: &leastwise_model::Remark| remark.what.contains("described in different ways");
        assert!(snapshot.remarks.iter().any(told));
        let held = identity(&snapshot, "anna").holding.effective();
        for action in ["s3:GetObject", "s3:PutObject"] {
            let question = leastwise_permset::Question {
                action,
                resource: "arn:aws:s3:::b/anna",
                known: &known,
                absent: &absent,
                given: None,
            };
            let verdict = held.verdict(&question, &|_| leastwise_permset::Openness::Favourable, &limits);
            assert!(
                matches!(verdict, leastwise_permset::Verdict::Depends(_)),
                "{action}: {verdict:?}"
            );
        }
    }
}

#[test]
fn the_same_input_gives_the_same_snapshot() {
    let written = || {
        let mut out = Vec::new();
        let snapshot = compiled(&[ACCOUNT, REPORT], &Settings::default());
        leastwise_model::format::write(&snapshot, &Settings::default(), &mut out)
            .expect("memory takes everything");
        out
    };
    assert!(written() == written());
}

#[test]
fn a_snapshot_file_keeps_which_keys_hold_one_value() {
    let text = ACCOUNT.replace(
        r#""Resource": "arn:aws:s3:::b/${aws:username}""#,
        r#""Resource": "*", "Condition": {"StringEquals": {"aws:SourceVpc": "v"}, "ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": "t"}}"#,
    );
    let snapshot = compiled(&[&text], &Settings::default());
    let mut out = Vec::new();
    leastwise_model::format::write(&snapshot, &Settings::default(), &mut out)
        .expect("memory takes everything");
    let restored = leastwise_model::format::read(&out, &["aws"])
        .expect("what was written can be read")
        .0;
    let single = |snapshot: &Snapshot, name: &str| {
        let keys = identity(snapshot, "anna").holding.effective().keys();
        keys.iter()
            .find(|key| key.as_str() == name)
            .map(leastwise_permset::Key::is_single)
    };
    for snapshot in [&snapshot, &restored] {
        assert_eq!(single(snapshot, "aws:SourceVpc"), Some(true));
        assert_eq!(single(snapshot, "aws:PrincipalOrgPaths"), Some(false));
    }
}

#[test]
fn opportunities_grow_with_identities() {
    let count = |roles: usize| {
        let mut out = Vec::new();
        let account = leastwise_bench::AwsAccount {
            roles,
            policies: 20,
            users: 5,
            groups: 2,
            ..Default::default()
        };
        leastwise_bench::aws_account(&account, &mut out).expect("memory takes everything");
        let text = String::from_utf8(out).expect("JSON is UTF-8");
        let snapshot = compiled(&[&text], &Settings::default());
        assert!(snapshot.remarks.is_empty(), "{:?}", snapshot.remarks);
        let become_count = snapshot
            .opportunities
            .iter()
            .filter(|one| one.gain == Gain::Become)
            .count();
        (become_count, snapshot.opportunities.len())
    };
    let (small, large) = (count(50), count(200));
    assert!(
        large.0 <= small.0 * 5 && large.1 <= small.1 * 5,
        "{small:?} {large:?}"
    );
}
